"""Runs and changes as faces show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from desktop.domain.change import Change
from desktop.domain.errors import Problem
from desktop.domain.mapping import Direction
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


def change_view(change: Change, direction: Direction, written: Mapping[str, ObjectSchema]) -> ChangeView:
    """A change with labels instead of keys.

    :param written: schemas of the objects that the run writes, by key; the sync's own under the blank key.
    """
    schema = written.get(change.object) or written.get("")
    fields = {_label(schema, key): item for key, item in change.fields.items()}
    own = not change.object
    return ChangeView(
        change.id,
        change.action.value,
        change.state.value,
        change.side,
        schema.label if schema else change.object,
        change.title,
        change.left_id,
        change.right_id,
        fields,
        change.problem,
        change.id_on(direction.source) if own else None,
    )


def _label(schema: ObjectSchema | None, key: str) -> str:
    field = schema.field(key) if schema else None
    return field.label if field else key
