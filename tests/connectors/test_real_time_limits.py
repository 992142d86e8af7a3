"""Long runs in real time against sandboxes with their real limits: nothing is refused, and what is allowed is used.

Allowed is the connection's share of what the platform's headers state, or of the connector's own limit where the
platform states none. Every platform reads in one sandbox, writes in a second one and does both over two connections in
a third, all at the same time.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from desktop.connectors.accessally.auth import REQUESTS_PER_SECOND as ACCESSALLY_PACE
from desktop.connectors.activecollab.auth import REQUESTS_PER_SECOND as ACTIVECOLLAB_PACE
from desktop.connectors.base import ConnectionSettings, Connector
from desktop.connectors.clock import SystemClock
from desktop.connectors.pacing import Pacers
from desktop.connectors.registry import open_connector
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Values
from desktop.sandbox.server import SandboxServer
from tests.connectors.conftest import Sandbox

pytestmark = pytest.mark.anyio

SHARE = 0.8
WARMING = 5.0
"""Seconds in which what was saved up is used: only then does a run show its lasting pace."""
MEASURED = 20.0
"""Seconds: whole intervals of every platform."""
WRITERS = 4
_BEAT, _LATE = 0.05, 0.02
"""A pause of so many seconds that takes so much longer was held up by other work on this computer."""

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Course:
    """What is read and written on one platform.

    :param own_limit: requests a second of the connector's own, where the platform's headers state none.
    :param options: pages as small as they get, so that a read is many requests.
    """

    platform: str
    object_key: str
    own_limit: int | None
    options: dict[str, str]
    change: Callable[[int], Values]
    new: Callable[[int], Values]


def _named(key: str) -> Callable[[int], Values]:
    return lambda number: {key: f"Long run {number}"}


def _addressed(number: int) -> Values:
    return {"email": f"long.run.{number}@example.com"}


COURSES = (
    Course("highlevel", "contact", None, {"page_size": "2"}, _named("firstName"), _addressed),
    Course("activecampaign", "contacts", None, {"page_size": "2"}, _named("firstName"), _addressed),
    Course("activecollab", "companies", ACTIVECOLLAB_PACE, {}, _named("address"), _named("name")),
    Course("accessally", "members", ACCESSALLY_PACE, {"page_size": "2"}, _named("first_name"), _addressed),
)


@dataclass(slots=True)
class Figures:
    """What one run used, against what it might have."""

    platform: str
    work: str
    used: int
    allowed: float
    refused: int

    @property
    def share(self) -> float:
        return self.used / self.allowed

    def __str__(self) -> str:
        said = f"{self.used} of {self.allowed:.1f} requests in {MEASURED:.0f} s ({self.share:.1%})"
        return f"{self.platform} {self.work}: {said}, {self.refused} refused"


Work = Callable[[Course, list[Connector], ObjectSchema, list[Record]], AsyncIterator[None]]


async def _reading(
    _course: Course, connectors: list[Connector], schema: ObjectSchema, _records: list[Record]
) -> AsyncIterator[None]:
    while True:
        async for _page in connectors[0].read(schema):
            yield


async def _writing(
    course: Course, connectors: list[Connector], schema: ObjectSchema, records: list[Record]
) -> AsyncIterator[None]:
    """Updates, and now and then a new record."""
    for number in _serial:
        if number % 5:
            await connectors[-1].update(schema, records[number % len(records)], course.change(number))
        else:
            await connectors[-1].create(schema, course.new(number))
        yield


async def _until(over: Callable[[], bool], work: AsyncIterator[None]) -> None:
    async for _step in work:
        if over():
            return


@pytest.fixture
def sandboxes() -> Iterator[list[Sandbox]]:
    with ExitStack() as stack:
        found: list[Sandbox] = []
        for seed in (1, 2, 3):
            server = stack.enter_context(SandboxServer(records=40, seed=seed, limits="real"))
            sandbox = Sandbox(server)
            stack.callback(sandbox.close)
            found.append(sandbox)
        yield found


async def _measured(course: Course, sandbox: Sandbox, work: str) -> Figures:
    ready = sandbox.ready(course.platform)
    settings = ConnectionSettings(
        "Agency", ready["base_url"], ready.get("account", ""), SHARE, {**course.options, **_without_tags(course)}
    )
    clock = SystemClock()
    pacers = Pacers(clock)
    connectors = [
        await open_connector(course.platform, settings, ready["token"], clock, pacers)
        for _ in range(2 if work == "both" else 1)
    ]
    try:
        schema = await connectors[0].schema(course.object_key)
        records = [record async for page in connectors[0].read(schema) for record in page.records][:20]
        ending = time.monotonic() + WARMING + MEASURED
        jobs: list[Awaitable[Any]] = []
        if work != "write":
            jobs.append(_until(lambda: time.monotonic() > ending, _reading(course, connectors, schema, records)))
        if work != "read":
            jobs += [
                _until(lambda: time.monotonic() > ending, _writing(course, connectors, schema, records))
                for _ in range(WRITERS)
            ]
        counted = asyncio.ensure_future(_counted(connectors))
        await asyncio.gather(*jobs)
        used, seconds = await counted
        quota = connectors[0].quota
        rate = quota.limit / quota.interval_seconds if quota is not None else course.own_limit
        assert rate is not None
        statuses = sandbox.stats(course.platform)["by_status"]
        refused = sum(statuses.get(status, 0) for status in ("429", "503"))
        return Figures(course.platform, work, used, SHARE * rate * seconds, refused)
    finally:
        for connector in connectors:
            await connector.aclose()


def _without_tags(course: Course) -> dict[str, str]:
    return {"tags": "off"} if course.platform == "accessally" else {}


async def _counted(connectors: list[Connector]) -> tuple[int, float]:
    """The requests that are sent while the run is measured, and the seconds in which this computer let it run."""
    await asyncio.sleep(WARMING)
    before = sum(connector.traffic.requests for connector in connectors)
    began, held_up = time.monotonic(), 0.0
    while (now := time.monotonic()) < began + MEASURED:
        await asyncio.sleep(_BEAT)
        late = time.monotonic() - now - _BEAT
        held_up += late if late > _LATE else 0.0
    return sum(connector.traffic.requests for connector in connectors) - before, MEASURED - held_up


async def test_long_runs_use_what_is_allowed_and_are_never_refused(
    sandboxes: list[Sandbox], capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [
        _measured(course, sandbox, work)
        for sandbox, work in zip(sandboxes, ("read", "write", "both"), strict=True)
        for course in COURSES
    ]
    figures = await asyncio.gather(*runs)
    with capsys.disabled():
        print("", *figures, sep="\n")  # noqa: T201 - the figures are what such a run is for
    assert [str(item) for item in figures if item.refused] == []
    assert [str(item) for item in figures if item.share < 0.95] == []
