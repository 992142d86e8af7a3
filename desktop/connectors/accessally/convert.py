"""WordPress's values and the domain's.

Source: https://developer.wordpress.org/reference/functions/register_meta/. A key that was never set shows the default
of its type (blank text, 0, false, no items): unset and empty are the same there, so 0 and false are read as values.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from desktop.domain.schema import Field
from desktop.domain.values import FieldType, Value, is_choices, is_empty, parse_number

TYPES: Mapping[str, FieldType] = {
    "string": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "integer": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "array": FieldType.CHOICES,
    "date": FieldType.DATE,
}
"""Types of registered meta; ``date`` is text with a pattern."""
FORMATS: Mapping[str, FieldType] = {"email": FieldType.EMAIL, "uri": FieldType.URL}

_log = logging.getLogger(__name__)


def read_value(values: dict[str, Value], field: Field, raw: object) -> None:
    """Put a value into a member's values; one of an unknown form is left out, as if it was not read."""
    try:
        values[field.key] = _value(field, raw)
    except (ValueError, TypeError):
        _log.warning("a value of the field %s has a form that is not known; it is left out", field.key)


def _value(field: Field, raw: object) -> Value:
    if raw is None or raw in ("", [], {}):
        return None
    match field.type:
        case FieldType.NUMBER:
            return _number(raw)
        case FieldType.BOOLEAN:
            if isinstance(raw, bool):
                return raw
            raise ValueError("neither true nor false")
        case FieldType.DATE:
            return date.fromisoformat(str(raw)[:10])
        case FieldType.CHOICES:
            items = cast("list[object]", raw) if isinstance(raw, list) else [raw]
            return frozenset(_text(item) for item in items) or None
        case _:
            return _text(raw)


def _text(raw: object) -> str:
    if isinstance(raw, str):
        return raw
    return json.dumps(raw, ensure_ascii=False, default=str)


def _number(raw: object) -> Decimal:
    if isinstance(raw, bool):
        raise ValueError("not a number")  # noqa: TRY004 - one error type for all bad data
    number = raw if isinstance(raw, Decimal) else parse_number(str(raw))
    if number is None:
        raise ValueError("not a number")
    return number


def write_core(field: Field, value: Value) -> Any:
    """A value as one of WordPress's own user fields takes it; blank text clears."""
    if field.type is FieldType.CHOICES:
        return _in_order(field, value) if is_choices(value) else []
    return "" if is_empty(value) else str(value)


def write_meta(field: Field, value: Value) -> Any:
    """A value as a registered key takes it; ``None`` resets the key to its type's default."""
    match field.type:
        case FieldType.CHOICES:
            return _in_order(field, value) if is_choices(value) else []
        case FieldType.NUMBER | FieldType.BOOLEAN | FieldType.CHOICE if is_empty(value):
            return None
        case _ if is_empty(value):
            return ""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, datetime):
        return (value.date() if field.type is FieldType.DATE else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | bool) else str(value)


def is_default(field: Field, value: Value) -> bool:
    """Whether a value is what its key shows where nothing was ever set."""
    if field.type is FieldType.NUMBER:
        return value == 0
    return value is False if field.type is FieldType.BOOLEAN else is_empty(value)


def _in_order(field: Field, chosen: frozenset[str]) -> list[str]:
    known = [option.key for option in field.options if option.key in chosen]
    return known + sorted(chosen.difference(known))
