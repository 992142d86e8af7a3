"""Typed values, what makes two of them equal, and how they are written down.

A record's values are a mapping from field key to :data:`Value`. A key that is missing was not read or not
sent (*absent*); a value of ``None`` is known to be blank (*empty*). The two are different everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeGuard, cast


class FieldType(StrEnum):
    """The kinds of value that every platform's fields are translated to."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    MONEY = "currency"
    CHOICE = "single_choice"
    CHOICES = "multiple_choice"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    FILE = "file"
    REFERENCE = "reference"

    @property
    def is_textual(self) -> bool:
        """Whether values of this type are plain strings that any text can stand in."""
        return self in _TEXTUAL


_TEXTUAL = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.PHONE, FieldType.EMAIL, FieldType.URL})


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency: decimal arithmetic, ISO 4217 code in capitals."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class File:
    """A stored file: where it can be fetched and what it is called."""

    url: str
    name: str = ""


type_names = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "long text",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "yes or no",
    FieldType.DATE: "date",
    FieldType.DATETIME: "date and time",
    FieldType.MONEY: "currency",
    FieldType.CHOICE: "choice",
    FieldType.CHOICES: "multiple choice",
    FieldType.PHONE: "phone",
    FieldType.EMAIL: "e-mail",
    FieldType.URL: "web address",
    FieldType.FILE: "file",
    FieldType.REFERENCE: "reference",
}
"""The operator's word for each type."""

Value = str | Decimal | bool | date | datetime | Money | frozenset[str] | tuple[File, ...] | None
"""``frozenset[str]`` holds option keys of a multiple choice, or record ids of a reference."""

Values = Mapping[str, Value]

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def is_empty(value: Value) -> bool:
    """Whether the value is blank: nothing, blank text, no options, no files."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, frozenset | tuple) and not value


def canonical(value: Value, type_: FieldType) -> Json:
    """The form in which two values of a type are compared.

    Text is compared in Unicode NFC, trimmed, with one kind of line end; e-mail addresses without regard to
    case; phone numbers by their digits; instants in UTC to the second; numbers without trailing zeros; options
    and references as sets. Every form of blank is ``None``.
    """
    if is_empty(value):
        return None
    if isinstance(value, str):
        return _canonical_text(value, type_)
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Money):
        return f"{plain_number(value.amount)} {value.currency.upper()}"
    if isinstance(value, frozenset):
        return cast("list[Json]", sorted(value))
    return cast("list[Json]", [file.url for file in value or ()])


def same(left: Value, right: Value, type_: FieldType) -> bool:
    """Whether two values of a type mean the same."""
    return left == right or canonical(left, type_) == canonical(right, type_)


def key_text(value: Value, type_: FieldType) -> str | None:
    """The text by which records are matched across platforms, or ``None`` when blank.

    ``10421`` as a number, ``"10421"`` as text and ``" 10421 "`` give the same key; case is ignored.
    """
    if is_empty(value):
        return None
    if isinstance(value, frozenset):
        return " ".join(sorted(value)).casefold()
    form = canonical(value, type_)
    return str(form).casefold() if form is not None else None


def plain_number(number: Decimal) -> str:
    """The number's shortest plain notation: no exponent, no trailing zeros, no negative zero."""
    if not number:
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_number(text: str) -> Decimal | None:
    """A finite decimal number from plain notation, or ``None`` when the text is none."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _canonical_text(text: str, type_: FieldType) -> str:
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if type_ is FieldType.EMAIL:
        return text.casefold()
    if type_ is FieldType.PHONE:
        digits = re.sub(r"\D", "", text)
        return f"+{digits}" if text.startswith("+") else digits or text
    return text


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def to_json(value: Value) -> Json:
    """The value as JSON that :func:`from_json` reads back, given the field's type."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Money):
        return {"amount": plain_number(value.amount), "currency": value.currency}
    if isinstance(value, frozenset):
        return cast("list[Json]", sorted(value))
    return [{"url": file.url, "name": file.name} for file in value]


def from_json(data: Json, type_: FieldType) -> Value:
    """Read a value that :func:`to_json` wrote.

    :raises ValueError: when the data does not fit the type.
    """
    if data is None:
        return None
    if type_ in (FieldType.CHOICES, FieldType.REFERENCE):
        return frozenset(str(item) for item in _list(data))
    if type_ is FieldType.MONEY:
        return _money(data)
    if type_ is FieldType.FILE:
        return tuple(_file(item) for item in _list(data))
    if type_ is FieldType.BOOLEAN:
        if isinstance(data, bool):
            return data
        raise ValueError(f"{data!r} is neither true nor false")
    if not isinstance(data, str):
        raise ValueError(f"{data!r} is not text")  # noqa: TRY004 - one error type for all bad data
    return _from_text(data, type_)


def _from_text(text: str, type_: FieldType) -> Value:
    if type_ is FieldType.NUMBER:
        number = parse_number(text)
        if number is None:
            raise ValueError(f"{text!r} is not a number")
        return number
    if type_ is FieldType.DATE:
        return date.fromisoformat(text)
    if type_ is FieldType.DATETIME:
        return datetime.fromisoformat(text)
    return text


def _money(data: Json) -> Money:
    if not isinstance(data, dict):
        raise ValueError(f"{data!r} is not an amount with a currency")  # noqa: TRY004
    amount = parse_number(str(data.get("amount")))
    if amount is None:
        raise ValueError(f"{data.get('amount')!r} is not a number")
    return Money(amount, str(data.get("currency") or ""))


def _file(data: Json) -> File:
    if not isinstance(data, dict):
        raise ValueError(f"{data!r} is not a file")  # noqa: TRY004
    return File(str(data.get("url") or ""), str(data.get("name") or ""))


def _list(data: Json) -> list[Json]:
    if not isinstance(data, list):
        raise ValueError(f"{data!r} is not a list")  # noqa: TRY004
    return data


def is_choices(value: Value) -> TypeGuard[frozenset[str]]:
    """Whether the value is a set of option keys or record ids."""
    return isinstance(value, frozenset)
