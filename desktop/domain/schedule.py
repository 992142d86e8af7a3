"""When a sync runs by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import cast

from cronsim import CronSim, CronSimError

_EVERY = re.compile(r"([1-9][0-9]{0,4})\s*([mhd])")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
_LONGEST = 31 * 24 * 60
_BESIDE_LIVE = 60
"""Minutes between the runs that make good what messages missed."""
_TIMES = ("every", "daily", "cron")
_KNOWN = ("between", "cron", "daily", "every", "live")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a sync runs: every so often, once a day, or by a cron expression; times are the local clock's.

    :param every_minutes: from 1 minute up.
    :param between: with ``every_minutes``, the hours in which it runs, over midnight where the end is earlier.
    :param live: whether it also runs as the platforms tell of changes. Messages get lost: where nothing else is said it
        runs every hour beside.
    """

    every_minutes: int | None = None
    daily: time | None = None
    cron: str | None = None
    between: tuple[time, time] | None = None
    live: bool = False

    def next_after(self, moment: datetime) -> datetime | None:
        """The first moment after this one at which a run is due, in its zone; ``None`` where there is none."""
        if self.cron is not None:
            return next(CronSim(self.cron, moment), None)
        if self.daily is not None:
            return _at(self.daily, moment)
        minutes = self.every_minutes or (_BESIDE_LIVE if self.live else None)
        return None if minutes is None else self._inside(moment + timedelta(minutes=minutes))

    def _inside(self, moment: datetime) -> datetime:
        """The moment itself where it lies in the hours, else the next beginning of them."""
        return moment if self.between is None or self.allows(moment) else _at(self.between[0], moment)

    def allows(self, moment: datetime) -> bool:
        """Whether the moment lies in the hours in which it runs."""
        if self.between is None:
            return True
        begin, end = self.between
        now = moment.time()
        return begin <= now < end if begin < end else now >= begin or now < end

    def as_document(self) -> dict[str, object]:
        """The schedule as a sync file has it."""
        document: dict[str, object] = {}
        if self.every_minutes is not None:
            document["every"] = _every(self.every_minutes)
        if self.daily is not None:
            document["daily"] = f"{self.daily:%H:%M}"
        if self.cron is not None:
            document["cron"] = self.cron
        if self.between is not None:
            document["between"] = [f"{item:%H:%M}" for item in self.between]
        if self.live:
            document["live"] = True
        return document


class BadSchedule(ValueError):
    """What was written is no schedule; carries the place in it, blank for the whole, and a sentence."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


def read_schedule(data: object) -> Schedule | None:
    """A schedule as a sync file has it: ``{"every": "15m"}``, ``{"daily": "02:00"}``, ``{"cron": "..."}``, or
    ``{"live": true}``, which may also stand beside one of these.

    Beside ``every`` there may be ``"between": ["22:00", "06:00"]``.

    :raises BadSchedule: with the place and what is wrong.
    """
    if data is None:
        return None
    if not isinstance(data, dict):
        raise BadSchedule("", 'must be null, or an object such as {"every": "15m"}.')
    document = cast("Mapping[str, object]", data)
    for key in document:
        if key not in _KNOWN:
            raise BadSchedule(key, f"is not a known setting. Known are: {', '.join(_KNOWN)}.")
    live = document.get("live", False)
    if not isinstance(live, bool):
        raise BadSchedule("live", "must be true or false.")
    times = sum(key in document for key in _TIMES)
    if times > 1 or (not times and not live):
        raise BadSchedule("", "must have exactly one of every, daily and cron, or live alone.")
    if "between" in document and "every" not in document:
        raise BadSchedule("between", "goes with every only.")
    return Schedule(
        _read_every(document["every"]) if "every" in document else None,
        _read_clock("daily", document["daily"]) if "daily" in document else None,
        _read_cron(document["cron"]) if "cron" in document else None,
        _read_between(document["between"]) if "between" in document else None,
        live,
    )


def _read_every(value: object) -> int:
    found = _EVERY.fullmatch(value.strip()) if isinstance(value, str) else None
    minutes = int(found[1]) * _MINUTES[found[2]] if found else 0
    if not 1 <= minutes <= _LONGEST:
        raise BadSchedule("every", "must be a number of minutes, hours or days, such as 15m, 2h or 1d.")
    return minutes


def _read_clock(place: str, value: object) -> time:
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise BadSchedule(place, "must be a time of day, such as 02:00.")
    return time(int(found[1]), int(found[2]))


def _read_between(value: object) -> tuple[time, time]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    if len(items) != 2:
        raise BadSchedule("between", 'must be two times of day, such as ["22:00", "06:00"].')
    begin, end = (_read_clock("between", item) for item in items)
    if begin == end:
        raise BadSchedule("between", "must begin and end at different times.")
    return begin, end


def _read_cron(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    try:
        CronSim(text, datetime(2026, 1, 1))  # noqa: DTZ001 - only the expression is looked at
    except CronSimError as error:
        said = str(error).rstrip(".").lower() or "it can't be read"
        raise BadSchedule("cron", f"must be a cron expression such as 0 2 * * *: {said}.") from None
    return text


def _every(minutes: int) -> str:
    for unit in ("d", "h"):
        if minutes % _MINUTES[unit] == 0:
            return f"{minutes // _MINUTES[unit]}{unit}"
    return f"{minutes}m"


def _at(clock: time, moment: datetime) -> datetime:
    """The next moment after this one at which the clock shows that time."""
    same_day = moment.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return same_day if same_day > moment else same_day + timedelta(days=1)
