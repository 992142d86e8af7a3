"""Runs and changes as faces show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from desktop.domain.change import Change
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import Problem
from desktop.domain.mapping import Side
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Json
from desktop.store import RunRow
from desktop.workspace.views import ChangeView, RunView


def run_view(run: RunRow, sync: str) -> RunView:
    """A run with the document of its result."""
    result = cast("Mapping[str, Json]", run.result or {})
    error = result.get("error")
    problem = None
    if isinstance(error, dict):
        problem = Problem(str(error.get("code")), str(error.get("message")), str(error.get("hint") or ""))
    return RunView(run.id, sync, run.started_at, run.ended_at, run.status, run.trigger, result, problem)


Written = Mapping[tuple[Side, str], ObjectSchema]
"""Schemas of the objects that a sync writes, by side and key; its own under the blank key."""


def change_view(change: Change, definition: SyncDefinition, written: Written) -> ChangeView:
    """A change with labels instead of keys."""
    schema = written.get((change.side, change.object)) or written.get((change.side, ""))
    direction = definition.direction
    source = change.side.other if change.side in direction.written else change.side
    return ChangeView(
        change.id,
        change.action.value,
        change.state.value,
        change.side,
        schema.label if schema else change.object,
        change.title,
        change.left_id,
        change.right_id,
        {_label(schema, key): item for key, item in change.fields.items()},
        change.problem,
        None if change.object else change.id_on(source),
        definition.endpoint(change.side).connection if direction.two_way else "",
    )


def _label(schema: ObjectSchema | None, key: str) -> str:
    field = schema.field(key) if schema else None
    return field.label if field else key
