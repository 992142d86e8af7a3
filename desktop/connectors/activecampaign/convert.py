"""ActiveCampaign's values and the domain's.

Sources: https://developers.activecampaign.com/reference/fieldvalues (contacts: everything is text, ``||a||b||`` for
several options) and the guide to custom objects (records: numbers, ``value`` with ``currency`` beside it, option
texts).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from desktop.connectors.progress import parse_moment
from desktop.domain.schema import Field
from desktop.domain.values import FieldType, Money, Value, is_choices, is_empty, parse_number, plain_number

CONTACT_TYPES: Mapping[str, FieldType] = {
    "text": FieldType.TEXT,
    "hidden": FieldType.TEXT,
    "textarea": FieldType.LONG_TEXT,
    "number": FieldType.NUMBER,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "dropdown": FieldType.CHOICE,
    "radio": FieldType.CHOICE,
    "listbox": FieldType.CHOICES,
    "checkbox": FieldType.CHOICES,
}
RECORD_TYPES: Mapping[str, FieldType] = {
    "text": FieldType.TEXT,
    "textarea": FieldType.LONG_TEXT,
    "number": FieldType.NUMBER,
    "decimal": FieldType.NUMBER,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "currency": FieldType.MONEY,
    "dropdown": FieldType.CHOICE,
    "multiselect": FieldType.CHOICES,
}
_BLANK = frozenset({"", "0000-00-00", "0000-00-00 00:00:00", "||||", "||"})

_log = logging.getLogger(__name__)

Entry = Mapping[str, Any]


def parse_time(text: object) -> datetime | None:
    """A time with its offset; blank ones come as null or as zeros."""
    return None if not isinstance(text, str) or text in _BLANK else parse_moment(text)


def read_contact_value(values: dict[str, Value], field: Field, raw: object) -> None:
    """Put a contact's custom field into its values; one of an unknown form is left out, as if it was not read."""
    if raw is None or (text := str(raw)).strip() in _BLANK:
        values[field.key] = None
        return
    try:
        values[field.key] = _contact_value(field, text)
    except ValueError:
        _log.warning("a value of the field %s has a form that is not known; it is left out", field.key)


def _contact_value(field: Field, text: str) -> Value:
    match field.type:
        case FieldType.NUMBER:
            return _number(text)
        case FieldType.DATE:
            return date.fromisoformat(text[:10])
        case FieldType.DATETIME:
            return _moment(text)
        case FieldType.CHOICES:
            return frozenset(part for part in text.split("||") if part) or None
        case _:
            return text


def write_contact_value(field: Field, value: Value) -> str:
    """A value as a contact's custom field takes it; blank text clears."""
    if is_empty(value):
        return ""
    if is_choices(value):
        return f"||{'||'.join(_in_order(field, value))}||"
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, Money):
        return plain_number(value.amount)
    if isinstance(value, datetime):
        return moment_text(value) if field.type is FieldType.DATETIME else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def read_entry(values: dict[str, Value], field: Field, entry: Entry | None) -> None:
    """Put a record's field into its values; one of an unknown form is left out, as if it was not read."""
    raw = entry.get("value") if entry is not None else None
    if entry is None or raw is None or raw in ("", []):
        values[field.key] = None
        return
    try:
        values[field.key] = _entry_value(field, entry, raw)
    except (ValueError, TypeError):
        _log.warning("a value of the field %s has a form that is not known; it is left out", field.key)


def _entry_value(field: Field, entry: Entry, raw: object) -> Value:
    match field.type:
        case FieldType.NUMBER:
            return _number(raw)
        case FieldType.MONEY:
            return Money(_number(raw), str(entry.get("currency") or field.currency or "").upper())
        case FieldType.DATE:
            return date.fromisoformat(str(raw)[:10])
        case FieldType.DATETIME:
            return _moment(str(raw))
        case FieldType.CHOICES:
            parts = cast("list[object]", raw) if isinstance(raw, list) else [raw]
            return frozenset(map(str, parts))
        case _:
            return raw if isinstance(raw, str) else str(raw)


def write_entry(field: Field, value: Value) -> dict[str, Any] | None:
    """A value as a record's entry, ``None`` for a blank one: what is left out is cleared."""
    if is_empty(value):
        return None
    entry: dict[str, Any] = {"id": field.key}
    if isinstance(value, Money):
        currency = (value.currency or field.currency or "").upper()
        return {**entry, "value": _plain(value.amount), **({"currency": currency} if currency else {})}
    if isinstance(value, Decimal):
        return {**entry, "value": _plain(value)}
    if isinstance(value, datetime):
        text = moment_text(value) if field.type is FieldType.DATETIME else value.date().isoformat()
        return {**entry, "value": text}
    if isinstance(value, date):
        return {**entry, "value": value.isoformat()}
    if is_choices(value):
        return {**entry, "value": _in_order(field, value)}
    return {**entry, "value": value}


def _in_order(field: Field, chosen: frozenset[str]) -> list[str]:
    known = [option.key for option in field.options if option.key in chosen]
    return known + sorted(chosen.difference(known))


def _number(raw: object) -> Decimal:
    number = raw if isinstance(raw, Decimal) else parse_number(str(raw))
    if number is None:
        raise ValueError("not a number")
    return number


def _moment(text: str) -> datetime:
    moment = parse_moment(text)
    if moment is None:
        raise ValueError("not a time")
    return moment


def moment_text(moment: datetime) -> str:
    """A time as it is written: ISO 8601 with its offset."""
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).isoformat()


def _plain(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else Decimal(plain_number(number))
