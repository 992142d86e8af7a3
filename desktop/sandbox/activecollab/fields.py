"""Reading what is written: one parser for each kind of field, and one refusal for all that are wrong.

Dates are written as ``YYYY-MM-DD`` and kept as UNIX seconds at UTC midnight; ``null`` and ``0`` clear. The texts of
the refusals are the sandbox's own, but for the ones that the README of public clients quote.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time

from desktop.sandbox.activecollab.errors import invalid
from desktop.sandbox.activecollab.kinds import Document

Parser = Callable[[object], object]
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_HOURS = re.compile(r"(\d{1,4}):([0-5]\d)\Z")


class Unfit(ValueError):
    """A value that its field cannot take; the text goes on after the field's name."""


def midnight(day: date) -> int:
    """UNIX seconds of a day's UTC midnight."""
    return int(datetime.combine(day, time(), UTC).timestamp())


def day(value: object) -> int | None:
    """A date, or None for null and the empty text. Raises ``Unfit``."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _DAY.match(value):
        raise Unfit("must be a date like 2026-05-29")
    try:
        return midnight(date.fromisoformat(value))
    except ValueError:
        raise Unfit("must be a date of the calendar") from None


def text(value: object) -> str:
    """A text; null is the empty one. Raises ``Unfit``."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unfit("must be text")
    return value


def required(value: object) -> str:
    """A text that is not blank. Raises ``Unfit``."""
    if not text(value).strip():
        raise Unfit("is required")
    return text(value).strip()


def flag(value: object) -> bool:
    """True or false, also as 1 or 0. Raises ``Unfit``."""
    if value in (0, 1, None):
        return bool(value)
    raise Unfit("must be true or false")


def whole(value: object) -> int:
    """An id, 0 for null. Raises ``Unfit``."""
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise Unfit("must be an id")
    return value


def existing(exists: Callable[[int], bool]) -> Parser:
    """An id of something that exists, or 0 for none."""

    def parse(value: object) -> int:
        number = whole(value)
        if number and not exists(number):
            raise Unfit("does not exist")
        return number

    return parse


def ids(exists: Callable[[int], bool]) -> Parser:
    """A list of ids of things that exist."""
    one = existing(exists)

    def parse(value: object) -> list[object]:
        if not isinstance(value, list):
            raise Unfit("must be a list of ids")
        return list(dict.fromkeys(one(entry) for entry in value))

    return parse


def hours(value: object) -> float:
    """Hours as a number, or as ``1:30``; null is 0. Raises ``Unfit``."""
    if value is None:
        return 0.0
    if isinstance(value, str):
        clock = _HOURS.match(value)
        if clock:
            return round(int(clock[1]) + int(clock[2]) / 60, 2)
        try:
            value = float(value)
        except ValueError:
            raise Unfit("must be hours") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise Unfit("must be hours")
    return round(float(value), 2)


def one_of(*allowed: object) -> Parser:
    """One of a few values."""

    def parse(value: object) -> object:
        if isinstance(value, bool) or value not in allowed:
            raise Unfit(f"must be one of {', '.join(str(choice) for choice in allowed)}")
        return value

    return parse


def read(body: Mapping[str, object], parsers: Mapping[str, Parser], needed: tuple[str, ...] = ()) -> Document:
    """The fields of ``body`` that have a parser; others are ignored. Raises the refusal that names every wrong one."""
    found: Document = {}
    errors: dict[str, str] = {}
    for name, parse in parsers.items():
        if name not in body and name not in needed:
            continue
        try:
            found[name] = parse(body.get(name))
        except Unfit as error:
            errors[name] = f"{name.replace('_', ' ').capitalize()} {error}"
    if errors:
        raise invalid(errors)
    return found
