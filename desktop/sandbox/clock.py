"""The sandbox's time: real time plus an offset that the control address can advance. Each platform's may be off it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate


class Clock:
    """Real time plus ``offset`` seconds. ``frozen_at``: the real time at which it stands still, or None."""

    __slots__ = ("_http_date", "_http_second", "frozen_at", "offset")

    def __init__(self) -> None:
        self.offset = 0.0
        self.frozen_at: float | None = None
        self._http_second = -1
        self._http_date = b""

    def now(self) -> float:
        """Seconds since the epoch."""
        return (time.time() if self.frozen_at is None else self.frozen_at) + self.offset

    def http_date(self) -> bytes:
        """The time as the ``Date`` header of an answer."""
        second = int(self.now())
        if second != self._http_second:
            self._http_second = second
            self._http_date = formatdate(second, usegmt=True).encode()
        return self._http_date

    def freeze(self) -> None:
        """Stand still until ``thaw``; ``advance`` still moves it."""
        if self.frozen_at is None:
            self.frozen_at = time.time()

    def thaw(self) -> None:
        """Run on from where it stood."""
        if self.frozen_at is not None:
            self.offset -= time.time() - self.frozen_at
            self.frozen_at = None

    def ms(self) -> int:
        """Whole milliseconds since the epoch."""
        return int(self.now() * 1000)

    def advance(self, seconds: float) -> None:
        """Move the sandbox's time forward.

        Raises ``ValueError`` for a negative number.
        """
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self.offset += seconds


class PlatformClock(Clock):
    """A platform's own clock: the sandbox's time, ``skew`` seconds fast, or slow where it is negative."""

    __slots__ = ("_common", "skew")

    def __init__(self, common: Clock, skew: float = 0.0) -> None:
        super().__init__()
        self._common = common
        self.skew = skew

    def now(self) -> float:
        return self._common.now() + self.skew


def iso_ms(ms: int) -> str:
    """``1735810539032`` as ``2025-01-02T09:35:39.032Z``."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec='milliseconds')[:23]}Z"


def parse_ms(text: str) -> int:
    """Milliseconds since the epoch of an ISO 8601 date or time; without an offset it is taken as UTC.

    Raises ``ValueError`` when the text is not such a time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
