"""ActiveCollab's values and the domain's.

Dates are written as ``YYYY-MM-DD`` and read as UNIX seconds at UTC midnight, times are UNIX seconds, ``0`` is the null
of ids, and labels are written as names and read as objects. Some versions give numbers as text and dates as they are
written: both are read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from desktop.domain.errors import InvalidInput, Problem
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Value, Values, is_choices, is_empty, parse_number

ID_NUMBER = "id"
"""Native type of choices whose options are ids: 0 is none."""
HOURS = "hours"
"""Native type of durations: 0 hours is none."""
COMPLETED = "completed"
"""Key of the field that is written through routes of its own."""

_log = logging.getLogger(__name__)


def read_record(schema: ObjectSchema, row: Mapping[str, Any], record_id: str = "") -> Record:
    """A record from the wire; a field that the answer does not have is left out, as not read.

    :param record_id: its id, where that is not the row's.
    """
    values: dict[str, Value] = {}
    for field in schema.fields:
        name = wire_name(field)
        if field.is_system or name not in row:
            continue
        try:
            values[field.key] = read_value(field, row[name])
        except (ValueError, TypeError, OverflowError, OSError):
            _log.warning("a value of the field %s has a form that is not known; it is left out", field.key)
    return Record(
        schema.key,
        record_id or id_of(row["id"]),
        values,
        created_at=read_moment(row.get("created_on")),
        updated_at=read_moment(row.get("updated_on")),
        updated_by=id_of(row.get("updated_by_id")),
    )


def id_of(raw: object) -> str:
    """An id as text, blank for none. Ids come as numbers, from some versions as text."""
    return "" if not isinstance(raw, str | int) or isinstance(raw, bool) or str(raw) in ("0", "") else str(raw)


def read_moment(raw: object) -> datetime | None:
    """A time from UNIX seconds; ``None`` for none and for what is no time."""
    try:
        return None if raw in (None, "", 0, "0") else datetime.fromtimestamp(int(str(raw)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_value(field: Field, raw: Any) -> Value:
    """A field's value.

    :raises ValueError: when it has a form that is not known.
    """
    match field.type:
        case FieldType.BOOLEAN:
            return str(raw).strip().lower() not in ("0", "false", "none", "")
        case FieldType.REFERENCE:
            ids = cast("list[object]", raw) if isinstance(raw, list) else [raw]
            return frozenset(known for item in ids if (known := id_of(item))) or None
        case FieldType.CHOICES:
            return frozenset(_names(raw or ())) or None
        case FieldType.NUMBER:
            return _number(field, raw)
        case FieldType.DATE:
            return _day(raw)
        case FieldType.DATETIME:
            return read_moment(raw)
        case FieldType.CHOICE if field.native_type == ID_NUMBER:
            return id_of(raw) or None
        case _:
            return None if raw is None else str(raw) or None


def _names(items: Iterable[Any]) -> Iterable[str]:
    for item in items:
        name = item.get("name") if isinstance(item, dict) else item
        if name:
            yield str(name)


def _number(field: Field, raw: object) -> Decimal | None:
    if raw is None or raw == "":
        return None
    number = raw if isinstance(raw, Decimal) else parse_number(str(raw))
    if number is None:
        raise ValueError("not a number")
    return None if field.native_type == HOURS and not number else number


def _day(raw: object) -> date | None:
    if raw in (None, "", 0, "0"):
        return None
    text = str(raw)
    if text.lstrip("-").isdecimal():
        return datetime.fromtimestamp(int(text), UTC).date()
    return date.fromisoformat(text[:10])


def wire_name(field: Field) -> str:
    """What a field is called on the wire."""
    return field.wire or field.key


def wire_names(schema: ObjectSchema) -> dict[str, str]:
    """The keys of an object's fields by their names on the wire."""
    return {wire_name(field): field.key for field in schema.fields if not field.is_system}


def write_values(schema: ObjectSchema, values: Values, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Values as a write takes them.

    :param leave_out: keys of fields that are written another way.
    :raises InvalidInput: when a value can't be sent.
    """
    body: dict[str, Any] = {}
    for key, value in values.items():
        field = schema.field(key)
        if field is None or field.is_system or field.read_only or key == COMPLETED or key in leave_out:
            continue
        body[wire_name(field)] = write_value(field, value)
    return body


def write_value(field: Field, value: Value) -> Any:
    """A value as a write takes it; blank ones clear.

    :raises InvalidInput: when it can't be sent.
    """
    match field.type:
        case FieldType.BOOLEAN:
            return bool(value)
        case FieldType.REFERENCE:
            ids = [write_id(field, item) for item in sorted(value)] if is_choices(value) else []
            if field.many:
                return ids
            if len(ids) > 1:
                raise _wrong(field, f"{field.label} can be one only, not {len(ids)}.")
            return ids[0] if ids else 0
        case FieldType.CHOICES:
            return sorted(value) if is_choices(value) else []
        case FieldType.CHOICE:
            return write_id(field, str(value)) if not is_empty(value) else 0
        case FieldType.NUMBER:
            return _plain(value) if isinstance(value, Decimal) else 0
        case FieldType.DATE:
            day = value.date() if isinstance(value, datetime) else value
            return day.isoformat() if isinstance(day, date) else None
        case _:
            return "" if is_empty(value) else str(value)


def write_id(field: Field, text: str) -> int:
    """An id as the platform takes it.

    :raises InvalidInput: when it is none.
    """
    if not text.strip().isdecimal():
        raise _wrong(field, f"{field.label} has to be an id of ActiveCollab, which is a number, not {text}.")
    return int(text)


def only_id(values: Values, key: str) -> str:
    """The one record that a reference among the values points to, blank for none."""
    value = values.get(key)
    return next(iter(value)) if is_choices(value) and len(value) == 1 else ""


def _wrong(field: Field, message: str) -> InvalidInput:
    return InvalidInput(message, (Problem("invalid_input", message, place=field.key),), "Nothing was sent.")


def _plain(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number
