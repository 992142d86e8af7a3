"""Reading what a person types: numbers, dates and times as the operator's locale writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.domain.values import parse_number, plain_number
from desktop.ui.text import day, number

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_CURRENCY_SIGNS = re.compile(r"[$€£¥₹₩₪₴]")


def _tr(text: str) -> str:
    return QCoreApplication.translate("DataInput", text)


def read_number(text: str) -> Decimal | None:
    """A number in the locale's notation, grouped or not, or ``None``.

    Separators are only taken where the locale puts them: with a decimal point, ``89,90`` is no number, because
    it would silently become 8,990.
    """
    locale = QLocale()
    return _number_with(text, locale.decimalPoint(), locale.groupSeparator())


def number_problem(text: str, decimals: int | None = None) -> str:
    """Why `text` is no number, with the way to write it."""
    locale = QLocale()
    point = locale.decimalPoint()
    other = "," if point == "." else "."
    meant = _number_with(text, other, point)
    if meant is None:
        sample = number(Decimal("1204.50") if decimals != 0 else Decimal(1204))
        return _tr("“%1” is not a number. Write it like %2.").replace("%1", text.strip()).replace("%2", sample)
    return _tr("Write %1.").replace("%1", write_number(meant, decimals))


def write_number(value: Decimal, decimals: int | None = None) -> str:
    """A number as it stands in an editor: the locale's decimal separator, no grouping.

    :param decimals: at least so many digits after the separator.
    """
    plain = plain_number(value)
    whole, _, fraction = plain.partition(".")
    fraction = fraction.ljust(decimals or 0, "0")
    return f"{whole}{QLocale().decimalPoint()}{fraction}" if fraction else whole


def _number_with(text: str, point: str, group: str) -> Decimal | None:
    bare = _CURRENCY_SIGNS.sub("", _SPACES.sub("", text)).replace("\u2212", "-")
    if _SPACES.fullmatch(group) or not group:
        grouped = r"\d+"
    else:
        mark = re.escape(group)
        grouped = rf"(?:\d{{1,3}}(?:{mark}\d{{2,3}})*{mark}\d{{3}}|\d+)"
    if not re.fullmatch(rf"[-+]?(?:{grouped})?(?:{re.escape(point)}\d*)?", bare) or not re.search(r"\d", bare):
        return None
    return parse_number(bare.replace(group, "").replace(point, "."))


def _day_patterns() -> list[str]:
    locale = QLocale()
    short = locale.dateFormat(QLocale.FormatType.ShortFormat)
    long = locale.dateFormat(QLocale.FormatType.LongFormat)
    middle = re.sub(r"d{3,4}[,.]?\s*", "", long).replace("MMMM", "MMM").strip(" ,")
    full = short if "yyyy" in short else short.replace("yy", "yyyy")
    return [
        full,
        full.replace("MM", "M").replace("dd", "d"),
        short,
        middle,
        middle.replace("MMM", "MMMM"),
        long,
    ]


def read_day(text: str) -> date | None:
    """A date in the locale's short, middle or long form, or as ``2026-11-19``; ``None`` where it is none."""
    text = text.strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    locale = QLocale()
    for pattern in _day_patterns():
        found = locale.toDate(text, pattern, 2000)
        if found.isValid() and found.year() >= 1000:
            return date(found.year(), found.month(), found.day())
    return None


def day_problem(text: str) -> str:
    """Why `text` is no date, with the way to write it."""
    sample = day(date(2026, 11, 19))
    return _tr("“%1” is not a date. Write it like %2.").replace("%1", text.strip()).replace("%2", sample)


def read_clock(text: str) -> time | None:
    """A time of day in the locale's short form or as ``16:02`` or ``16:02:30``; ``None`` where it is none."""
    text = text.strip()
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
        try:
            return time.fromisoformat(text.zfill(5 if text.count(":") == 1 else 8))
        except ValueError:
            return None
    locale = QLocale()
    for form in (QLocale.FormatType.ShortFormat, QLocale.FormatType.LongFormat):
        found = locale.toTime(text, form)
        if found.isValid():
            return time(found.hour(), found.minute(), found.second())
    return None


def clock_problem(text: str) -> str:
    """Why `text` is no time of day, with the way to write it."""
    return _tr("“%1” is not a time. Write it like 16:02.").replace("%1", text.strip())


def write_clock(value: datetime) -> str:
    """The time of day of a moment in its own zone, seconds where it has any."""
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")


def zone_name(zone: tzinfo, at: datetime) -> str:
    """A zone as ``UTC+01:00``."""
    offset = zone.utcoffset(at) or timedelta()
    if not offset:
        return "UTC"
    minutes = round(offset.total_seconds() / 60)
    sign = "+" if minutes > 0 else "\u2212"
    return f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


_OFFSETS = (
    -720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -120, -60, 0, 60, 120, 180, 210, 240,
    270, 300, 330, 345, 360, 390, 420, 480, 525, 540, 570, 600, 630, 660, 720, 765, 780, 840,
)  # fmt: skip
"""Offsets from UTC that are in use, in minutes (IANA time zone database)."""


def zones() -> tuple[timezone, ...]:
    """The offsets from UTC that are in use, from west to east."""
    return tuple(timezone(timedelta(minutes=minutes)) for minutes in _OFFSETS)


def local_zone(at: datetime | None = None) -> timezone:
    """The machine's own offset at a moment."""
    moment = (at or datetime.now(UTC)).astimezone()
    return timezone(moment.utcoffset() or timedelta())
