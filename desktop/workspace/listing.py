"""Records and previews as documents, for commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desktop.domain.errors import InvalidInput
from desktop.domain.filters import Condition, Operator, all_met, check_value, operators_for
from desktop.domain.record import Record, encode_values
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import to_json
from desktop.workspace.data import Data
from desktop.workspace.workspace import Workspace

_PAGE = 500


async def list_records(
    data: Data, connection: str, object_key: str, limit: int, where: Sequence[str]
) -> list[dict[str, Any]]:
    """Records as they are on the platform, read until the limit is reached.

    :param where: conditions such as ``status is not draft``; a record must meet all.
    """
    schema = await data.schema(connection, object_key)
    conditions = [parse_condition(text, schema) for text in where]
    found: list[Record] = []
    async for page in data.stream(connection, object_key):
        found += [record for record in page if all_met(conditions, record, schema.field)]
        if len(found) >= limit:
            break
    return [record_document(record) for record in found[:limit]]


def parse_condition(text: str, schema: ObjectSchema) -> Condition:
    """A condition as typed: the field's key or label, an operator in words, and a value.

    :raises InvalidInput: when the field, the operator or the value does not fit.
    """
    for operator in sorted(Operator, key=len, reverse=True):
        name, separator, value = f"{text.strip()} ".partition(f" {operator.value} ")
        if separator:
            break
    else:
        raise InvalidInput(f"“{text}” is no condition.", hint="Write it like: status is not draft.")
    field = schema.field(name.strip()) or next(
        (item for item in schema.fields if item.label.casefold() == name.strip().casefold()), None
    )
    if field is None:
        raise InvalidInput(f"{schema.plural} have no field “{name.strip()}”.", hint="See the command fields.")
    if operator not in operators_for(field.type):
        fitting = ", ".join(operators_for(field.type))
        raise InvalidInput(f"{field.label} can't be asked with “{operator}”.", hint=f"Use one of: {fitting}.")
    said = check_value(operator, value, field)
    if said:
        raise InvalidInput(said)
    return Condition(field.key, operator, value.strip())


def record_document(record: Record) -> dict[str, Any]:
    """A record as JSON data."""
    return {
        "id": record.id,
        "external_id": record.external_id,
        "created_at": to_json(record.created_at),
        "updated_at": to_json(record.updated_at),
        "values": encode_values(record.values),
    }


async def preview_document(workspace: Workspace, name: str) -> dict[str, Any]:
    """A preview with each change that it lists: the document of ``sync preview --json``."""
    result = await workspace.syncs.preview(name)
    changes: list[dict[str, Any]] = []
    while True:
        page = await workspace.activity.raw_changes(result.run_id, len(changes), _PAGE)
        changes += [
            {
                "action": change.action.value,
                "side": change.side.value,
                "object": change.object or None,
                "left_id": change.left_id,
                "right_id": change.right_id,
                "title": change.title,
                "state": change.state.value,
                "fields": {key: {"before": item.before, "after": item.after} for key, item in change.fields.items()},
                "problem": change.problem.message if change.problem else None,
            }
            for change in page
        ]
        if len(page) < _PAGE:
            return {**result.as_json(), "changes": changes}
