"""Which columns a grid shows, in which order and how wide; kept for each object."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from desktop.domain.schema import EXTERNAL_ID, ID, UPDATED_AT, Field, ObjectSchema
from desktop.domain.values import FieldType, Json

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_FIRST_SHOWN = 10
_BEFORE_LINKED = 3
_SAMPLES = {
    FieldType.NUMBER: "1,204.50",
    FieldType.MONEY: "$1,204.50",
    FieldType.DATE: "Nov 28, 2026",
    FieldType.DATETIME: "Nov 28, 2026, 10:02 PM",
    FieldType.BOOLEAN: "Yes",
    FieldType.REFERENCE: "Somebody Somewhere",
}
_SAMPLE = "Somebody"
_WIDEST = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """Keys of the shown columns from left to right, and the widths that were set by hand."""

    shown: tuple[str, ...]
    widths: dict[str, int] = field(default_factory=dict[str, int])


def default_columns(schema: ObjectSchema) -> Columns:
    """The record's name first, then its own fields, then when it was changed."""
    first = list(title_keys(schema))
    if not first and schema.field(EXTERNAL_ID):
        first = [EXTERNAL_ID]
    fields = [item for item in schema.fields if not item.is_system and item.key not in first]
    linked = [item.key for item in fields if item.type is FieldType.REFERENCE]
    plain = [item.key for item in fields if item.type is not FieldType.REFERENCE]
    own = [*plain[:_BEFORE_LINKED], *linked, *plain[_BEFORE_LINKED:]]
    changed = [UPDATED_AT] if schema.field(UPDATED_AT) else []
    return Columns((*first, *own[:_FIRST_SHOWN], *changed) or tuple(item.key for item in schema.fields))


def title_keys(schema: ObjectSchema) -> tuple[str, ...]:
    """The fields that a record's name is put together of."""
    return tuple(key for key in schema.title.split() if schema.field(key) and key != ID)


def width_of(item: Field, texts: Iterable[str], measure: Callable[[str], int]) -> int:
    """A first guess at a column's width in pixels.

    :param texts: what stands in its first rows.
    :param measure: tells a text's width.
    """
    sample = measure(_SAMPLES.get(item.type, _SAMPLE))
    widest = max((measure(text[:100]) for text in texts), default=0)
    pill = 16 if item.type is FieldType.CHOICE else 0
    return max(min(max(sample, widest + pill), _WIDEST) + 26, min(measure(item.label) + 36, _WIDEST))


def _setting(connection: str, object_key: str) -> str:
    return f"data.columns/{connection}/{object_key}"


async def load_columns(desk: Desk, connection: str, schema: ObjectSchema) -> Columns:
    """The columns as they were last left; fields that are gone since are left out."""
    kept = await desk.settings.get(_setting(connection, schema.key), None)
    if not isinstance(kept, dict):
        return default_columns(schema)
    names = cast("list[Json]", kept.get("shown") or [])
    shown = tuple(str(key) for key in names if schema.field(str(key)))
    widths = cast("dict[str, Json]", kept.get("widths") or {})
    return Columns(
        shown or default_columns(schema).shown,
        {key: width for key, width in widths.items() if isinstance(width, int)},
    )


async def save_columns(desk: Desk, connection: str, schema: ObjectSchema, columns: Columns) -> None:
    """Keep the columns for the next time."""
    document: Json = {"shown": list(columns.shown), "widths": dict(columns.widths)}
    await desk.settings.put(_setting(connection, schema.key), document)
