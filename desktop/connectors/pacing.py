"""Requests kept within the share of a platform's quota that the operator allows.

A platform counts a request somewhere between its start and its answer. So that no window of the platform's can ever
hold more requests than were meant for it, a request's place becomes free again one interval after the *latest* time at
which it may have been counted: its end, less the shortest round trip seen (the part of the way that every request
takes). On top of that the average pace follows the share exactly (generic cell rate algorithm, ITU-T I.371), which
matters where the share of a small limit is not a whole number.
"""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_right, insort
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from desktop.connectors.base import Quota
from desktop.connectors.clock import Clock, wait_until

_HELD_SECONDS = 5.0
"""A request that has no answer after so long was certainly counted by then."""
_MARGIN_SECONDS = 0.002
_TRUST_FULL = ((10, 1.0),)
_TRUST_TIGHT = ((100, 0.8), (10, 0.7))
_SMALL_LIMIT = 20
_UNCOUNTED = 2
_DAILY_PROBE_SECONDS = 60.0
_PLENTY_PER_SECOND = 1000.0
_LONGEST_NUMBER = 18


@dataclass(slots=True, eq=False)
class Ticket:
    """One request under way: when it was started."""

    started: float


class Pacer:
    """The pace of one connection, shared by everything that uses it.

    :param limit: requests in ``seconds`` as documented, until the platform's headers say otherwise.
    """

    def __init__(self, limit: int, seconds: float, clock: Clock) -> None:
        self.limit = limit
        self.seconds = seconds
        self._clock = clock
        self._queues: dict[float, asyncio.Lock] = {}
        self._freed = asyncio.Event()
        self._in_flight: set[Ticket] = set()
        self._ends: deque[float] = deque()
        self._starts: deque[float] = deque(maxlen=2)
        self._theoretical = -math.inf
        self._blocked_until = -math.inf
        self._shortest = math.inf
        self._samples = 0
        self._foreign = 0
        self._foreign_until = -math.inf
        self._uncounted = 0
        self._daily: tuple[int, int] | None = None
        self._daily_probe = -math.inf

    async def turn(self, share: float) -> Ticket:
        """Wait until a request may start and note that it does.

        :param share: the share of the quota that this caller may use, 0 to 0.95.
        """
        if self._unlimited(share) and self._clock.monotonic() >= self._blocked_until:
            return self._start(0.0)
        # One queue for each share: who waits with a small share must not hold up who may use more.
        async with self._queues.setdefault(share, asyncio.Lock()):
            await self._wait(share)
            return self._start(self._spacing(share))

    def finished(self, ticket: Ticket) -> None:
        """Note that a request got its answer, or failed."""
        now = self._clock.monotonic()
        if ticket in self._in_flight:
            self._shortest = min(self._shortest, now - ticket.started)
            self._samples += 1
            self._release(ticket, now)
        self._freed.set()

    def observe(self, quota: Quota, ticket: Ticket) -> None:
        """Take over what the headers of a request's answer say."""
        if quota.limit > 0 and quota.interval_seconds > 0:
            self.limit, self.seconds = quota.limit, quota.interval_seconds
        if quota.daily_limit is not None and quota.daily_remaining is not None:
            self._daily = quota.daily_limit, quota.daily_remaining
        if quota.remaining is not None:
            self._observe_remaining(quota.limit, quota.remaining, ticket)

    def refused(self, seconds: float) -> None:
        """The platform refused for too many requests: nothing starts for so long."""
        self._uncounted = 0
        self._blocked_until = max(self._blocked_until, self._clock.monotonic() + seconds)

    def day_used_up(self, share: float) -> bool:
        """Whether the share of the day's requests is used up. Now and then one request may find out anew."""
        if self._daily is None:
            return False
        limit, remaining = self._daily
        if remaining > limit * (1 - share):
            return False
        now = self._clock.monotonic()
        if now - self._daily_probe >= _DAILY_PROBE_SECONDS:
            self._daily_probe = now
            return False
        return True

    async def _wait(self, share: float) -> None:
        while True:
            now = self._clock.monotonic()
            due = self._due(share, now)
            if due is None:
                await self._place_freed()
            elif due <= now:
                return
            else:
                await wait_until(self._clock, due)

    async def _place_freed(self) -> None:
        self._freed.clear()
        try:
            async with asyncio.timeout(_HELD_SECONDS):
                await self._freed.wait()
        except TimeoutError:
            return

    def _due(self, share: float, now: float) -> float | None:
        """When a request may start; ``None`` when that depends on the end of one that is under way."""
        if self._unlimited(share):
            return self._blocked_until
        self._tidy(now)
        places = self._places(share, now)
        burst = self._theoretical - (places - 1) * self._spacing(share)
        due = max(self._blocked_until, burst)
        held = self._held(places)
        free = bisect_right(self._ends, now - held)
        over = len(self._in_flight) + len(self._ends) - free - places
        if over < 0:
            return due
        if free + over >= len(self._ends):
            return None
        return max(due, self._ends[free + over] + held)

    def _places(self, share: float, now: float) -> int:
        if not self._samples:
            # The first answer tells what is left: somebody else, or this program a moment ago, may have used it.
            return 1
        allowed = share * self.limit
        places = math.floor(allowed + 1e-9) if allowed >= _SMALL_LIMIT else math.ceil(allowed - 1e-9)
        if now < self._foreign_until:
            places -= self._foreign
        return max(1, min(places, self.limit))

    def _spacing(self, share: float) -> float:
        return 0.0 if self._unlimited(share) else self.seconds / max(share * self.limit, 1e-3)

    def _unlimited(self, share: float) -> bool:
        return self._uncounted >= _UNCOUNTED or share * self.limit > _PLENTY_PER_SECOND * self.seconds

    def _start(self, spacing: float) -> Ticket:
        now = self._clock.monotonic()
        ticket = Ticket(now)
        self._in_flight.add(ticket)
        self._starts.append(now)
        self._tidy(now)
        self._theoretical = max(self._theoretical, now) + spacing
        return ticket

    def _release(self, ticket: Ticket, counted: float) -> None:
        self._in_flight.discard(ticket)
        if self._ends and counted < self._ends[-1]:
            insort(self._ends, counted)
        else:
            self._ends.append(counted)

    def _held(self, places: int) -> float:
        """Seconds after a request's end for which its place is taken.

        The shortest round trip is taken off as far as it can be trusted: wholly where a place is to spare.
        """
        trusts = _TRUST_FULL if places < self.limit else _TRUST_TIGHT
        trust = next((trust for samples, trust in trusts if self._samples >= samples), 0.0)
        return self.seconds + _MARGIN_SECONDS - (self._shortest * trust if trust else 0.0)

    def _tidy(self, now: float) -> None:
        for ticket in [item for item in self._in_flight if now - item.started > _HELD_SECONDS]:
            self._release(ticket, ticket.started + _HELD_SECONDS)
        # A late answer still speaks of the interval before it: its requests are remembered that long.
        while self._ends and self._ends[0] <= now - self.seconds - _HELD_SECONDS:
            self._ends.popleft()

    def _observe_remaining(self, limit: int, remaining: int, ticket: Ticket) -> None:
        """Learn from what is left: whether others use the quota too, or whether nothing is counted at all.

        What was left was counted at some time after the request's start, so at most the requests that may have been
        counted in the interval before that start or since then were our own.
        """
        now = self._clock.monotonic()
        if remaining >= limit:
            # A platform that counts would have counted the other request of the last half interval too.
            if len(self._starts) == 2 and self._starts[0] > now - self.seconds / 2:
                self._uncounted += 1
            return
        self._uncounted = 0
        self._tidy(now)
        own = len(self._ends) - bisect_right(self._ends, ticket.started - self.seconds) + len(self._in_flight)
        others = limit - remaining - own
        if others > 0:
            self._foreign, self._foreign_until = others, now + self.seconds


class Pacers:
    """The pacers of all open connections: two openings of one account at one pace share one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pacers: dict[tuple[str, str, int, float], Pacer] = {}

    def of(self, base_url: str, account: str, limit: int, seconds: float) -> Pacer:
        """The pacer of an account, made when first asked for.

        :param limit: requests in so many ``seconds`` until the platform states another quota.
        """
        key = (base_url.strip().rstrip("/").lower(), account.strip(), limit, seconds)
        if key not in self._pacers:
            self._pacers[key] = Pacer(limit, seconds, self._clock)
        return self._pacers[key]


def header_number(headers: Mapping[str, str], name: str) -> int | None:
    """A header's whole number, ``None`` when it is absent or none."""
    text = (headers.get(name) or "").strip()
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_NUMBER else None
