"""What the suite of every connector's promises writes to a members' site, be it the sandbox's or a real one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar

import pytest

from desktop.connectors.base import Connector
from desktop.domain.values import Value
from tests.connectors.conformance import Conformance
from tests.connectors.conftest import Connect


class MemberCases(Conformance):
    """Numbers and yes-or-no are not among what can be blank: unset, they show as 0 and no."""

    platform = "accessally"
    object_key = "members"
    key = "email"
    change: ClassVar[Mapping[str, Value]] = {
        "first_name": "Grace",
        "description": "Two\nlines, ünïcode",
        "crm_tags": frozenset({"silver"}),
        "crm_score": Decimal(0),
    }
    other_change: ClassVar[Mapping[str, Value]] = {
        "crm_object_id": 'rec "2" \\',
        "tags": frozenset({"2", "3"}),
        "roles": frozenset({"author"}),
    }
    optional = ("last_name", "url", "description", "crm_object_id", "crm_tags", "crm_joined", "tags")

    @pytest.fixture
    async def connector(self, connect: Connect) -> Connector:
        return await connect(self.platform, delete_members="on", reassign_to="1")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "email": f"ada.{number}@conformance.example",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "name": "Countess of Lovelace",
            "nickname": "ada",
            "url": "https://example.com",
            "description": "Writes programs.",
            "locale": "en_US",
            "roles": frozenset({"subscriber", "contributor"}),
            "crm_object_id": "rec-1",
            "crm_score": Decimal("4.5"),
            "crm_active": True,
            "crm_tags": frozenset({"gold", "early bird"}),
            "crm_joined": date(2020, 2, 29),
            "tags": frozenset({"1", "4"}),
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"email": f"minimal.{number}@conformance.example"}
