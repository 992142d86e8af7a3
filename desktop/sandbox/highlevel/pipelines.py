"""The pipelines of the location with their stages, and the reasons for which opportunities are lost.

Both are made in the web app only: the API reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desktop.sandbox.highlevel.ids import hex_id, short_id, uuid_text
from desktop.sandbox.highlevel.wire import refuse

_PIPELINES = (
    ("Sales", ("New lead", "Contacted", "Offer sent", "Closed")),
    ("Renewals", ("Due", "Contacted", "Renewed")),
)
_REASONS = ("Too expensive", "Chose another shop", "No answer")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline; ``stages``: id to name, in order."""

    id: str
    name: str
    stages: dict[str, str]

    def report(self, location: str) -> dict[str, Any]:
        stages = [
            {"id": id_, "name": name, "position": position, "showInFunnel": True, "showInPieChart": True}
            for position, (id_, name) in enumerate(self.stages.items())
        ]
        return {
            "id": self.id,
            "name": self.name,
            "stages": stages,
            "showInFunnel": True,
            "showInPieChart": True,
            "locationId": location,
        }


class Pipelines:
    """What a location of this seed has."""

    def __init__(self, seed: int) -> None:
        self.all = tuple(
            Pipeline(
                short_id(seed, 301, number),
                name,
                {uuid_text(seed, 310 + 10 * number + position): stage for position, stage in enumerate(stages)},
            )
            for number, (name, stages) in enumerate(_PIPELINES)
        )
        self.reasons = {hex_id(seed, 302, number): name for number, name in enumerate(_REASONS)}

    def stage(self, pipeline_id: str, stage_id: str) -> str:
        """A stage of a pipeline, the first when none is named; refuses what does not belong together."""
        pipeline = next((item for item in self.all if item.id == pipeline_id), None)
        if pipeline is None:
            raise refuse(400, "The pipeline id is invalid.")
        if not stage_id:
            return next(iter(pipeline.stages))
        if stage_id not in pipeline.stages:
            raise refuse(400, "The pipeline stage id is invalid.")
        return stage_id
