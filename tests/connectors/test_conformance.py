"""The suite of what every connector promises, run against the sandbox for each kind of object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import ClassVar

import pytest

from desktop.domain.schema import EXTERNAL_ID
from desktop.domain.values import Money, Value
from tests.connectors.conformance import Conformance

pytestmark = pytest.mark.anyio


class TestHighLevelRecords(Conformance):
    platform = "highlevel"
    object_key = "custom_objects.orders"
    key = "order_number"
    change: ClassVar[Mapping[str, Value]] = {
        "note": "Two\nlines, ünïcode",
        "extras": frozenset({"express"}),
        "weight": Decimal("0.5"),
    }
    other_change: ClassVar[Mapping[str, Value]] = {"status": "sent", "total": Money(Decimal("99.90"), "USD")}
    optional = ("order_date", "status", "total", "receipt_link", "note", "extras", "weight", "order_contact")

    @pytest.fixture(autouse=True)
    async def _contact(self, connector: object, schema: object) -> None:
        contacts = await connector.schema("contact")  # type: ignore[attr-defined]
        async for page in connector.read(contacts):  # type: ignore[attr-defined]
            if page.records:
                self.contact = page.records[0].id

    def full(self, number: int) -> dict[str, Value]:
        return {
            "order_number": f"N-{number}",
            "order_date": date(2024, 2, 29),
            "status": "processing",
            "total": Money(Decimal("1234.05"), "USD"),
            "receipt_link": "https://shop.example.com/receipts/1",
            "note": "Leave it at the door.",
            "extras": frozenset({"gift_wrap", "insured"}),
            "weight": Decimal("12.75"),
            "internal_score": Decimal(7),
            "order_contact": frozenset({self.contact}),
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"order_number": f"M-{number}"}


class TestHighLevelContacts(Conformance):
    platform = "highlevel"
    object_key = "contact"
    key = "email"
    change: ClassVar[Mapping[str, Value]] = {
        "firstName": "Grace",
        "interests": frozenset({"Music"}),
        "tags": frozenset({"vip"}),
    }
    other_change: ClassVar[Mapping[str, Value]] = {"city": "Bergen", "lifetime_value": Money(Decimal("12.50"), "USD")}
    optional = (
        "lastName",
        "city",
        "country",
        "website",
        "dateOfBirth",
        "tags",
        "favourite_colour",
        "interests",
        "lifetime_value",
        "member_since",
        "plan",
    )

    def full(self, number: int) -> dict[str, Value]:
        return {
            "firstName": "Ada",
            "lastName": "Lovelace",
            "email": f"ada.{number}@conformance.example",
            "phone": f"+1512555{number:04d}",
            "city": "Austin",
            "country": "US",
            "website": "https://example.com",
            "dateOfBirth": date(1990, 9, 25),
            "dnd": True,
            "tags": frozenset({"customer", "newsletter"}),
            "favourite_colour": "green",
            "interests": frozenset({"Gardening", "Travel"}),
            "lifetime_value": Money(Decimal("320.10"), "USD"),
            "member_since": date(2020, 1, 31),
            "plan": "Pro",
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"email": f"minimal.{number}@conformance.example"}


class TestActiveCampaignRecords(Conformance):
    platform = "activecampaign"
    object_key = "orders"
    key = "order-number"
    change: ClassVar[Mapping[str, Value]] = {
        "order-instructions": "Two\nlines, ünïcode",
        "extras": frozenset({"express"}),
        "primary-contact": frozenset({"2"}),
    }
    other_change: ClassVar[Mapping[str, Value]] = {
        "order-ship-status": "Shipped",
        "order-total": Money(Decimal("99.90"), "EUR"),
    }
    optional = (
        "order-date",
        "placed-at",
        "order-total",
        "order-receipt-link",
        "order-instructions",
        "order-ship-status",
        "extras",
        "weight",
        "primary-contact",
    )

    def full(self, number: int) -> dict[str, Value]:
        return {
            EXTERNAL_ID: f"external/{number} ö",
            "order-number": f"N-{number}",
            "order-date": date(2024, 2, 29),
            "placed-at": datetime(2024, 2, 29, 23, 30, 1, tzinfo=timezone(timedelta(hours=-5))),
            "order-total": Money(Decimal("1234.05"), "USD"),
            "order-receipt-link": "https://shop.example.com/receipts/1",
            "order-instructions": "Leave it at the door.",
            "order-ship-status": "Processing",
            "extras": frozenset({"gift wrap", "insured"}),
            "weight": Decimal("12.5"),
            "primary-contact": frozenset({"1"}),
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {EXTERNAL_ID: f"minimal-{number}"}


class TestActiveCampaignContacts(Conformance):
    platform = "activecampaign"
    object_key = "contacts"
    key = "email"
    change: ClassVar[Mapping[str, Value]] = {
        "firstName": "Grace",
        "interests": frozenset({"Music"}),
        "notes": "Two\nlines, ünïcode",
    }
    other_change: ClassVar[Mapping[str, Value]] = {"phone": "+4712345678", "lifetime_value": Decimal("12.5")}
    optional = (
        "lastName",
        "phone",
        "favourite_colour",
        "interests",
        "lifetime_value",
        "member_since",
        "plan",
        "last_order_at",
        "notes",
    )

    def full(self, number: int) -> dict[str, Value]:
        return {
            "email": f"ada.{number}@conformance.example",
            "firstName": "Ada",
            "lastName": "Lovelace",
            "phone": f"+1512555{number:04d}",
            "favourite_colour": "green",
            "interests": frozenset({"Gardening", "Travel"}),
            "lifetime_value": Decimal("320.1"),
            "member_since": date(2020, 1, 31),
            "plan": "Pro",
            "last_order_at": datetime(2024, 2, 29, 23, 30, 1, tzinfo=timezone(timedelta(hours=-5))),
            "notes": "Calls in the evening.",
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"email": f"minimal.{number}@conformance.example"}
