"""Checks of what is sent to the control address; each raises ``ValueError`` with a sentence."""

from __future__ import annotations

import re
from collections.abc import Collection


def one_of(name: str, value: object, allowed: Collection[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}")
    return value


def number(name: str, value: object) -> float:
    """A number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} must be a number, 0 or more")
    return float(value)


def signed(name: str, value: object) -> float:
    """A number, which may be negative."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"{name} must be a number")


def flag(name: str, value: object) -> bool:
    if value is True or value is False:
        return bool(value)
    raise ValueError(f"{name} must be true or false")


def pattern(name: str, value: object) -> re.Pattern[str]:
    try:
        return re.compile(str(value))
    except re.error as error:
        raise ValueError(f"{name} is not a regular expression: {error}") from None


def only(given: Collection[str], known: Collection[str]) -> None:
    """Refuse names that mean nothing."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
