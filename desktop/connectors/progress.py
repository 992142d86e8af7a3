"""Where the next read of changes starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from desktop.domain.values import Json

_CLOCK_DOUBT = timedelta(minutes=5)


def parse_moment(text: object) -> datetime | None:
    """An ISO 8601 time, in UTC where it states no offset; ``None`` when it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def utc_milliseconds(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, rounded down."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class Progress:
    """The time from which the next read has to look, found out while one read goes on.

    A read that begins at the platform's time t has surely seen what changed until t less the lag of the platform's
    index. The next one need not start later than the newest change that was seen, since nothing newer was there:
    where the index stands still for longer than its lag, nothing is lost by it.

    :param cursor: what the last read gave, ``None`` for a whole read.
    :param lag_seconds: how long a listing may not show a write; three times as long is read again.
    """

    def __init__(self, cursor: Json, now: datetime, lag_seconds: float) -> None:
        self.since = parse_moment(cursor.get("since")) if isinstance(cursor, dict) else None
        self._newest: datetime | None = None
        self._margin = timedelta(seconds=3 * lag_seconds)
        self._bound = now - _CLOCK_DOUBT
        self._began = False

    def begin(self, server_time: datetime | None) -> None:
        """Note the platform's time at the first answer; without it this computer's is taken, with a margin."""
        if not self._began and server_time is not None:
            self._bound = server_time - self._margin
        self._began = True

    def see(self, changed: datetime | None) -> bool:
        """Note when a record changed; whether that is the newest change so far."""
        if changed is None or (self._newest is not None and changed <= self._newest):
            return False
        self._newest = changed
        return True

    def cursor(self) -> dict[str, Json]:
        """The cursor to give to the next read."""
        start = self._bound if self._newest is None else min(self._newest, self._bound)
        if self.since is not None:
            start = self.since if self._newest is None else max(start, self.since)
        return {"since": utc_milliseconds(start)}
