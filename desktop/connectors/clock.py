"""The time that pacing and retries go by, so that tests can bring their own."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time of day, a time that only grows, and a way to wait."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait about that long; it may be a little less."""
        ...


class SystemClock:
    """The computer's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def wait_until(clock: Clock, due: float) -> None:
    """Return when the clock's monotonic time has reached ``due``: timers may fire early, so it is looked at again."""
    while (left := due - clock.monotonic()) > 0:
        await clock.sleep(left)
