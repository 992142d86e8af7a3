"""HighLevel's values and the domain's.

Sources: the vendor's record guides, linked from https://marketplace.gohighlevel.com/docs/ghl/objects/, and forms seen
on live accounts. Records wrap money, contacts carry it as a bare number; records name options by key, contacts
by their text; an update of a multiple choice on a record states what is added and what is removed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from desktop.connectors.progress import parse_moment
from desktop.domain.schema import Field
from desktop.domain.values import FieldType, File, Money, Value, is_choices, is_empty, parse_number

TYPES: Mapping[str, FieldType] = {
    "TEXT": FieldType.TEXT,
    "LARGE_TEXT": FieldType.LONG_TEXT,
    "NUMERICAL": FieldType.NUMBER,
    "PHONE": FieldType.PHONE,
    "EMAIL": FieldType.EMAIL,
    "MONETORY": FieldType.MONEY,
    "DATE": FieldType.DATE,
    "SINGLE_OPTIONS": FieldType.CHOICE,
    "RADIO": FieldType.CHOICE,
    "MULTIPLE_OPTIONS": FieldType.CHOICES,
    "CHECKBOX": FieldType.CHOICES,
    "FILE_UPLOAD": FieldType.FILE,
    "TEXTBOX_LIST": FieldType.TEXT,
}
DEFAULT_CURRENCY = "default"

_log = logging.getLogger(__name__)


def parse_time(text: object) -> datetime | None:
    """ISO 8601 (times are in UTC), or milliseconds since 1970."""
    if isinstance(text, str):
        return parse_moment(text)
    if isinstance(text, int | Decimal) and not isinstance(text, bool):
        try:
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return None


def read_into(values: dict[str, Value], field: Field, raw: object) -> None:
    """Put a wire value into a record's values; one of an unknown form is left out, as if it was not read."""
    if raw is None or raw in ("", [], {}):
        values[field.key] = None
        return
    try:
        values[field.key] = _READERS.get(field.type, _read_text)(field, raw)
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        _log.warning("a value of the field %s has a form that is not known; it is left out", field.key)


def _read_text(_field: Field, raw: object) -> Value:
    return raw if isinstance(raw, str) else _text(raw)


def _read_number(_field: Field, raw: object) -> Value:
    return _number(raw)


def _read_date(_field: Field, raw: object) -> Value:
    return _date(raw)


def _read_moment(_field: Field, raw: object) -> Value:
    moment = parse_time(raw)
    if moment is None:
        raise ValueError("not a time")
    return moment


def _read_choices(_field: Field, raw: object) -> Value:
    return frozenset(map(str, cast("list[object]", raw))) if isinstance(raw, list) else frozenset({str(raw)})


def _read_boolean(_field: Field, raw: object) -> Value:
    return raw if isinstance(raw, bool) else str(raw).lower() == "true"


def _read_files(_field: Field, raw: object) -> Value:
    return _files(raw)


def _text(raw: object) -> str:
    if isinstance(raw, list):
        return ", ".join(_text(item) for item in cast("list[object]", raw))
    if isinstance(raw, dict):
        return ", ".join(_text(item) for item in cast("dict[str, object]", raw).values())
    return str(raw)


def _number(raw: object) -> Decimal:
    number = raw if isinstance(raw, Decimal) else parse_number(str(raw))
    if number is None:
        raise ValueError("not a number")
    return number


def _money(field: Field, raw: object) -> Money:
    default = field.currency or ""
    if not isinstance(raw, dict):
        return Money(_number(raw), default)
    wrapped = cast("dict[str, object]", raw)
    currency = str(wrapped.get("currency") or DEFAULT_CURRENCY)
    return Money(_number(wrapped["value"]), default if currency == DEFAULT_CURRENCY else currency.upper())


def _date(raw: object) -> date:
    if isinstance(raw, str):
        return date.fromisoformat(raw[:10])
    moment = parse_time(raw)
    if moment is None:
        raise ValueError("not a date")
    return moment.date()


def _files(raw: object) -> tuple[File, ...]:
    entries = list(cast("dict[str, object]", raw).values()) if isinstance(raw, dict) else raw
    files: list[File] = []
    for entry in cast("list[object]", entries) if isinstance(entries, list) else [entries]:
        if isinstance(entry, dict):
            known = cast("dict[str, Any]", entry)
            meta = known.get("meta") or {}
            files.append(File(str(known["url"]), str(meta.get("name") or known.get("name") or "")))
        else:
            files.append(File(str(entry)))
    return tuple(files)


_READERS: Mapping[FieldType, Callable[[Field, object], Value]] = {
    FieldType.NUMBER: _read_number,
    FieldType.MONEY: _money,
    FieldType.DATE: _read_date,
    FieldType.DATETIME: _read_moment,
    FieldType.CHOICES: _read_choices,
    FieldType.FILE: _read_files,
    FieldType.BOOLEAN: _read_boolean,
}


def write_property(field: Field, value: Value) -> object:
    """A value as a record's property takes it; ``None`` clears."""
    if is_empty(value):
        return None
    if isinstance(value, Money):
        currency = value.currency.upper()
        return {
            "currency": DEFAULT_CURRENCY if currency in ("", (field.currency or "").upper()) else currency,
            "value": plain(value.amount),
        }
    return _write(field, value)


def write_delta(value: Value, before: Value) -> dict[str, list[str]] | None:
    """The change of a record's multiple choice, ``None`` when there is none."""
    wanted = value if is_choices(value) else frozenset[str]()
    known = before if is_choices(before) else frozenset[str]()
    if wanted == known:
        return None
    return {"add": sorted(wanted - known), "remove": sorted(known - wanted)}


def write_contact_value(field: Field, value: Value) -> object:
    """A value as a contact's custom field takes it; blank text or an empty list clears."""
    if is_empty(value):
        return [] if field.type is FieldType.CHOICES else ""
    if isinstance(value, Money):
        return plain(value.amount)
    return _write(field, value)


def _write(field: Field, value: Value) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if field.type is FieldType.DATE else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if is_choices(value):
        return sorted(value)
    return value


def plain(number: Decimal) -> int | Decimal:
    """The number as JSON writes it: whole ones without a fraction, others without trailing zeros."""
    if number == number.to_integral_value():
        return int(number)
    return Decimal(f"{number.normalize():f}")
