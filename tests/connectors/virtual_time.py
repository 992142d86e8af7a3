"""Simulated time: everybody sleeps on it, and it jumps to whoever wakes up next."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

_SETTLE_TURNS = 20


class VirtualClock:
    """A clock of the simulation.

    :param early: share of each wait by which a timer may fire too early.
    """

    def __init__(self, early: float = 0.0) -> None:
        self.time = 0.0
        self._early = early
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.time)

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        wait = seconds * (1 - self._early) if seconds > 1e-6 else seconds
        heapq.heappush(self._sleepers, (self.time + max(wait, 0.0), next(self._order), future))
        await future

    async def run(self, *work: Callable[[], Awaitable[None]]) -> None:
        """Run coroutines until all have ended, moving the time whenever all of them wait."""
        tasks = [asyncio.ensure_future(item()) for item in work]
        while not all(task.done() for task in tasks):
            for _ in range(_SETTLE_TURNS):
                await asyncio.sleep(0)
            if self._sleepers:
                due, _, future = heapq.heappop(self._sleepers)
                self.time = max(self.time, due)
                if not future.done():
                    future.set_result(None)
        for task in tasks:
            task.result()
