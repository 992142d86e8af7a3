"""Times as ActiveCampaign writes and reads them.

Contacts and everything around them carry ISO 8601 with the account's offset; two further contact properties
carry UTC without an offset; custom objects carry UTC with up to nine fraction digits. The sandbox's account
lives in United States Central time, summer time included.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

STANDARD = timezone(timedelta(hours=-6))
SUMMER = timezone(timedelta(hours=-5))
_EPOCH = date(1970, 1, 1)


@lru_cache(maxsize=256)
def _summer(year: int) -> tuple[int, int]:
    """Epoch seconds at which the year's summer time starts (second Sunday of March) and ends (first of
    November).
    """
    march, november = date(year, 3, 1), date(year, 11, 1)
    start = march + timedelta(days=(6 - march.weekday()) % 7 + 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    starts = datetime(year, 3, start.day, 8, tzinfo=UTC)
    ends = datetime(year, 11, end.day, 7, tzinfo=UTC)
    return int(starts.timestamp()), int(ends.timestamp())


@lru_cache(maxsize=1 << 16)
def _is_summer(hour: int) -> bool:
    """Whether summer time holds in an hour, counted from the epoch."""
    starts, ends = _summer(datetime.fromtimestamp(hour * 3600, UTC).year)
    return starts <= hour * 3600 < ends


@lru_cache(maxsize=1 << 16)
def _day(number: int) -> str:
    """The date so many days after the epoch."""
    return (_EPOCH + timedelta(days=number)).isoformat()


def _wall_clock(instant: int, separator: str) -> str:
    days, second = divmod(instant, 86_400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{_day(days)}{separator}{hour:02d}:{minute:02d}:{second:02d}"


def account_time(instant: int) -> str:
    """``2026-05-21T10:26:06-05:00`` for epoch seconds."""
    if _is_summer(instant // 3600):
        return _wall_clock(instant - 18_000, "T") + "-05:00"
    return _wall_clock(instant - 21_600, "T") + "-06:00"


def utc_time(instant: int) -> str:
    """``2026-05-21 15:26:06`` (UTC) for epoch seconds."""
    return _wall_clock(instant, " ")


def millisecond_time(milliseconds: int) -> str:
    """``2026-05-21T11:14:25.386Z`` for epoch milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def nanosecond_time(nanoseconds: int) -> str:
    """``2026-05-21T11:14:25.386123456Z`` for epoch nanoseconds."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def parse_bound(text: str, *, upper: bool) -> float | None:
    """Epoch seconds of a filter's date or date and time; None when it is neither.

    Without an offset the account's zone is meant. A bare date as an upper bound means the end of that day, so
    that every bound is inclusive. A plus sign that was not escaped in the address arrives as a space and is
    accepted.
    """
    text = text.strip()
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the account's zone is set below
            if upper:
                moment += timedelta(days=1)
            return _in_account_zone(moment) - (1 if upper else 0)
        head, tail = text[:10], text[10:].lstrip("T ").replace(" ", "+")
        moment = datetime.fromisoformat(f"{head}T{tail}")
    except ValueError:
        return None
    return _in_account_zone(moment) if moment.tzinfo is None else moment.timestamp()


def _in_account_zone(moment: datetime) -> float:
    standard = moment.replace(tzinfo=STANDARD).timestamp()
    summer = moment.replace(tzinfo=SUMMER).timestamp()
    return summer if _is_summer(int(summer // 3600)) else standard
