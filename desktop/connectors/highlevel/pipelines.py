"""Pipelines with their stages, and the reasons for which opportunities are lost: both are kept in HighLevel itself.

Source: https://marketplace.gohighlevel.com/docs/ghl/opportunities/get-pipelines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.connectors.highlevel.auth import OPPORTUNITY_READ
from desktop.connectors.highlevel.client import SearchRefused, Wire
from desktop.domain.errors import NotFound, ScopeMissing
from desktop.domain.schema import Option


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline and its stages (id to name) in their order."""

    id: str
    name: str
    stages: Mapping[str, str]


class Pipelines:
    """The pipelines of one account."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: tuple[Pipeline, ...] = ()

    async def read(self) -> tuple[Pipeline, ...]:
        """All pipelines as they are now."""
        params = {"locationId": self._wire.location}
        data = await self._wire.data("GET", "/opportunities/pipelines", OPPORTUNITY_READ, params=params)
        self._known = tuple(_pipeline(item) for item in self._wire.rows(data, "pipelines"))
        return self._known

    async def of_stage(self, stage_id: str) -> str | None:
        """The pipeline that a stage belongs to, ``None`` when no pipeline has it."""
        found = self._holding(stage_id)
        if found is None:
            await self.read()
            found = self._holding(stage_id)
        return found

    def _holding(self, stage_id: str) -> str | None:
        return next((item.id for item in self._known if stage_id in item.stages), None)

    async def lost_reasons(self) -> tuple[Option, ...]:
        """Reasons by their ids; none where the token or the version of the API does not serve them."""
        params = {"locationId": self._wire.location, "limit": 100}
        try:
            data = await self._wire.data("GET", "/opportunities/lost-reason", OPPORTUNITY_READ, params=params)
        except (ScopeMissing, NotFound, SearchRefused):
            return ()
        return tuple(
            Option(str(item["id"]), str(item.get("name") or item["id"])) for item in data.get("lostReasons") or []
        )


def _pipeline(item: Mapping[str, Any]) -> Pipeline:
    stages = [stage for stage in item.get("stages") or [] if isinstance(stage, dict) and stage.get("id")]
    ordered = sorted(stages, key=lambda stage: stage.get("position") or 0)
    return Pipeline(
        str(item["id"]),
        str(item.get("name") or item["id"]),
        {str(stage["id"]): str(stage.get("name") or stage["id"]) for stage in ordered},
    )
