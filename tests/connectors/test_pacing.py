"""Pacing in simulated time, against a platform that counts requests somewhere on their way."""

from __future__ import annotations

import asyncio
import random
from collections import deque

import pytest

from desktop.connectors.base import Quota
from desktop.connectors.pacing import Pacer, Pacers, Ticket
from tests.connectors.virtual_time import VirtualClock

pytestmark = pytest.mark.anyio

HIGHLEVEL = (100, 10.0)
ACTIVECAMPAIGN = (5, 1.0)


class Platform:
    """Counts a request when it arrives: in windows that start with a request, or over the last interval."""

    def __init__(
        self, clock: VirtualClock, limit: int, seconds: float, *, sliding: bool, latency: tuple[float, float]
    ) -> None:
        self.clock = clock
        self.limit = limit
        self.seconds = seconds
        self.sliding = sliding
        self.latency = latency
        self.taken: deque[float] = deque()
        self.arrivals: list[float] = []
        self.rejected = 0
        self._random = random.Random(7)

    def foreign(self, requests: int) -> None:
        """Somebody else uses the same quota."""
        self.taken.extend([self.clock.time] * requests)

    async def request(self, pacer: Pacer, share: float) -> Quota:
        ticket = await pacer.turn(share)
        await self.clock.sleep(self._random.uniform(*self.latency))
        self._expire()
        if len(self.taken) < self.limit:
            self.taken.append(self.clock.time)
        else:
            self.rejected += 1
        self.arrivals.append(self.clock.time)
        quota = Quota(self.limit, self.seconds, self.limit - len(self.taken))
        await self.clock.sleep(self._random.uniform(*self.latency))
        pacer.observe(quota, ticket)
        pacer.finished(ticket)
        return quota

    def _expire(self) -> None:
        if self.sliding:
            while self.taken and self.taken[0] <= self.clock.time - self.seconds:
                self.taken.popleft()
        elif self.taken and self.clock.time >= self.taken[0] + self.seconds:
            self.taken.clear()


async def use(clock: VirtualClock, platform: Platform, pacer: Pacer, share: float, until: float) -> None:
    async def worker() -> None:
        while clock.time < until:
            await platform.request(pacer, share)

    await clock.run(*[worker] * 8)


@pytest.mark.parametrize("sliding", [True, False], ids=["sliding", "fixed"])
@pytest.mark.parametrize("latency", [(0.001, 0.002), (0.01, 0.08), (0.1, 0.16)], ids=["near", "usual", "far"])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("quota", [HIGHLEVEL, ACTIVECAMPAIGN], ids=["highlevel", "activecampaign"])
async def test_no_request_is_refused_and_the_allowed_share_is_used(
    quota: tuple[int, float], share: float, latency: tuple[float, float], sliding: bool
) -> None:
    limit, seconds = quota
    clock = VirtualClock(early=0.01)
    platform = Platform(clock, limit, seconds, sliding=sliding, latency=latency)
    duration = 120.0
    await use(clock, platform, Pacer(limit, seconds, clock), share, duration)
    allowed = share * limit / seconds * duration
    assert platform.rejected == 0
    assert len(platform.arrivals) >= 0.95 * allowed
    assert len(platform.arrivals) <= allowed + limit + 8


@pytest.mark.parametrize("quota", [HIGHLEVEL, ACTIVECAMPAIGN], ids=["highlevel", "activecampaign"])
async def test_a_program_started_anew_finds_out_what_is_left_first(quota: tuple[int, float]) -> None:
    clock = VirtualClock()
    platform = Platform(clock, *quota, sliding=True, latency=(0.01, 0.02))
    for end in (15.0, 30.0, 45.0):
        await use(clock, platform, Pacer(*quota, clock), 0.8, end)
    assert platform.rejected == 0


async def test_a_limit_that_the_headers_state_replaces_the_documented_one() -> None:
    clock = VirtualClock()
    platform = Platform(clock, 25, 10.0, sliding=False, latency=(0.01, 0.02))
    await use(clock, platform, Pacer(*HIGHLEVEL, clock), 0.8, 30.0)
    assert platform.rejected == 0
    assert len(platform.arrivals) <= 20 * 4


async def test_a_second_user_of_the_quota_is_noticed() -> None:
    clock = VirtualClock()
    platform = Platform(clock, 100, 10.0, sliding=True, latency=(0.01, 0.02))
    pacer = Pacer(*HIGHLEVEL, clock)

    async def somebody_else() -> None:
        for _ in range(12):
            await clock.sleep(5.0)
            platform.foreign(20)

    async def worker() -> None:
        while clock.time < 60.0:
            await platform.request(pacer, 0.8)

    await clock.run(*[worker] * 4, somebody_else)
    assert platform.rejected <= 5
    assert len(platform.arrivals) >= 300


async def test_users_of_one_account_share_its_pace_and_the_larger_share_goes_first() -> None:
    clock = VirtualClock()
    pacers = Pacers(clock)
    pacer = pacers.of("https://one.example/", "loc", *HIGHLEVEL)
    assert pacers.of("https://ONE.example", "loc", *HIGHLEVEL) is pacer
    assert pacers.of("https://one.example", "other", *HIGHLEVEL) is not pacer
    assert pacers.of("https://one.example", "loc", 7, 1.0) is not pacer, "another pace that the operator chose"
    platform = Platform(clock, 100, 10.0, sliding=True, latency=(0.01, 0.02))
    waits: list[float] = []

    async def background() -> None:
        while clock.time < 40.0:
            await platform.request(pacer, 0.5)

    async def person() -> None:
        for _ in range(6):
            await clock.sleep(5.0)
            before = clock.time
            await platform.request(pacer, 0.8)
            waits.append(clock.time - before)

    await clock.run(*[background] * 8, person)
    assert platform.rejected == 0
    assert max(waits) < 0.1


async def test_a_refusal_holds_everything_back() -> None:
    clock = VirtualClock()
    platform = Platform(clock, 5, 1.0, sliding=True, latency=(0.0, 0.0))
    pacer = Pacer(*ACTIVECAMPAIGN, clock)
    pacer.refused(30.0)

    async def one() -> None:
        await platform.request(pacer, 0.8)

    await clock.run(one)
    assert clock.time >= 30.0


@pytest.mark.parametrize("quota", [HIGHLEVEL, ACTIVECAMPAIGN], ids=["highlevel", "activecampaign"])
async def test_a_platform_that_counts_nothing_slows_nothing(quota: tuple[int, float]) -> None:
    clock = VirtualClock()
    pacer = Pacer(*quota, clock)

    async def work() -> None:
        for _ in range(2000):
            ticket = await pacer.turn(0.8)
            await clock.sleep(0.001)
            pacer.observe(Quota(quota[0], quota[1], quota[0]), ticket)
            pacer.finished(ticket)

    await clock.run(work)
    assert clock.time < 2.1
    pacer.observe(Quota(quota[0], quota[1], quota[0] - 1), Ticket(clock.time))

    async def counted() -> None:
        await pacer.turn(0.8)

    before = clock.time
    await clock.run(counted)
    assert clock.time - before > quota[1] / 2


async def test_a_very_high_limit_slows_nothing() -> None:
    clock = VirtualClock()
    pacer = Pacer(1_000_000, 1.0, clock)

    async def work() -> None:
        for _ in range(1000):
            pacer.finished(await pacer.turn(0.5))

    await clock.run(work)
    assert clock.time == 0.0


async def test_the_share_of_the_day_is_kept_and_looked_at_again_later() -> None:
    clock = VirtualClock()
    pacer = Pacer(*HIGHLEVEL, clock)
    assert not pacer.day_used_up(0.8)
    pacer.observe(Quota(100, 10.0, 50, 200_000, 30_000), Ticket(0.0))
    assert not pacer.day_used_up(0.95)
    assert not pacer.day_used_up(0.8), "one request may find out whether a new day has begun"
    assert pacer.day_used_up(0.8)
    clock.time += 61
    assert not pacer.day_used_up(0.8)
    pacer.observe(Quota(100, 10.0, 99, 200_000, 199_999), Ticket(0.0))
    assert not pacer.day_used_up(0.8)


async def test_a_request_given_up_while_it_waits_leaves_the_queue() -> None:
    clock = VirtualClock()
    pacer = Pacer(2, 10.0, clock)

    done: list[str] = []

    async def first() -> None:
        for _ in range(2):
            pacer.finished(await pacer.turn(0.95))
        impatient = asyncio.ensure_future(pacer.turn(0.95))
        patient = asyncio.ensure_future(pacer.turn(0.95))
        await asyncio.sleep(0)
        impatient.cancel()
        pacer.finished(await patient)
        done.append("patient")

    await clock.run(first)
    assert done == ["patient"]
    assert clock.time < 12.0
