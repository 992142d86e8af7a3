"""Whether a value fits a field, told in the operator's words before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from desktop.domain.schema import Field
from desktop.domain.values import FieldType, Money, Value, is_empty

_EMAIL = re.compile(r"^[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]+$")
_URL = re.compile(r"^https?://[^\s/]+\S*$", re.IGNORECASE)
_CURRENCY = re.compile(r"^[A-Z]{3}$")


def problem_with(field: Field, value: Value) -> str | None:
    """What is wrong with the value, as a sentence that stands beside the field, or ``None``."""
    if is_empty(value):
        return f"{field.label} is required." if field.required else None
    return _checks.get(field.type, _text)(field, value)


def _text(field: Field, value: Value) -> str | None:
    if not isinstance(value, str):
        return f"{field.label} takes text."
    if field.max_length is not None and len(value) > field.max_length:
        return f"{len(value):,} characters; {field.label} takes at most {field.max_length:,}."
    return None


def _email(field: Field, value: Value) -> str | None:
    if not isinstance(value, str) or not _EMAIL.match(value.strip()):
        return f"“{value}” is not an e-mail address. Write it like name@example.com."
    return _text(field, value)


def _url(field: Field, value: Value) -> str | None:
    if not isinstance(value, str) or not _URL.match(value.strip()):
        return f"“{value}” is not a web address. Write it like https://example.com."
    return _text(field, value)


def _phone(field: Field, value: Value) -> str | None:
    digits = re.sub(r"\D", "", value) if isinstance(value, str) else ""
    if not isinstance(value, str) or not 5 <= len(digits) <= 15 or re.search(r"[^\d+().\-/ extEXT]", value):
        return f"“{value}” is not a phone number. Write it with its country code, like +1 415 555 0100."
    return _text(field, value)


def _number(field: Field, value: Value) -> str | None:
    if not isinstance(value, Decimal):
        return f"{field.label} takes a number."
    return _decimals(value, field.scale, field.label)


def _money(field: Field, value: Value) -> str | None:
    if not isinstance(value, Money):
        return f"{field.label} takes an amount."
    if not _CURRENCY.match(value.currency):
        return f"“{value.currency}” is not a currency. Write its three letters, like USD."
    return _decimals(value.amount, 2 if field.scale is None else field.scale, field.label)


def _decimals(number: Decimal, scale: int | None, label: str) -> str | None:
    exponent = number.normalize().as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    if scale is not None and decimals > scale:
        kept = "no decimals" if scale == 0 else f"{scale} decimal" + ("" if scale == 1 else "s")
        return f"{label} keeps {kept}; this has {decimals}."
    return None


def _date(field: Field, value: Value) -> str | None:
    if isinstance(value, datetime) or not isinstance(value, date):
        return f"{field.label} takes a date."
    return None


def _datetime(field: Field, value: Value) -> str | None:
    if not isinstance(value, datetime):
        return f"{field.label} takes a date and a time."
    if value.tzinfo is None:
        return f"{field.label} needs a time zone."
    return None


def _boolean(field: Field, value: Value) -> str | None:
    return None if isinstance(value, bool) else f"{field.label} takes yes or no."


def _choice(field: Field, value: Value) -> str | None:
    if not isinstance(value, str):
        return f"{field.label} takes one option."
    if field.open_choice or field.option(value):
        return None
    return f"“{value}” is not an option of {field.label}."


def _choices(field: Field, value: Value) -> str | None:
    if not isinstance(value, frozenset):
        return f"{field.label} takes a list of options."
    unknown = sorted(key for key in value if not field.option(key))
    if unknown and not field.open_choice:
        return f"“{unknown[0]}” is not an option of {field.label}."
    return None


def _reference(field: Field, value: Value) -> str | None:
    if not isinstance(value, frozenset):
        return f"{field.label} takes a record."
    if len(value) > 1 and not field.many:
        return f"{field.label} takes one record only."
    return None


def _files(field: Field, value: Value) -> str | None:
    return None if isinstance(value, tuple) else f"{field.label} takes files."


_checks: dict[FieldType, Callable[[Field, Value], str | None]] = {
    FieldType.EMAIL: _email,
    FieldType.URL: _url,
    FieldType.PHONE: _phone,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _money,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.REFERENCE: _reference,
    FieldType.FILE: _files,
}
