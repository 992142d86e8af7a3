"""Long runs against the sandbox with its real limits: no request is refused, and what is allowed is used.

Waiting moves the sandbox's clock instead of costing time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from desktop.connectors.base import Connector
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect, QuickClock, Sandbox

pytestmark = pytest.mark.anyio

WORKERS = 6


class SharedClock(QuickClock):
    """A clock that everybody who waits moves for the sandbox too, by as much as the first of them needs.

    It does not jump while a request is on its way.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.sandbox = sandbox
        self.busy: Callable[[], bool] = lambda: False
        self._due: list[float] = []

    async def sleep(self, seconds: float) -> None:
        due = self.monotonic() + seconds
        self._due.append(due)
        for _ in range(WORKERS):
            await asyncio.sleep(0)
        while self.busy():  # noqa: ASYNC110 - the answers come from outside
            await asyncio.sleep(0)
        step = min(self._due) - self.monotonic()
        if step > 0:
            self.sandbox.advance(step)
            self.ahead += step
        self._due.remove(due)


@pytest.fixture
def clock(sandbox: Sandbox) -> SharedClock:
    return SharedClock(sandbox)


@pytest.mark.parametrize(
    ("platform", "object_key", "requests"),
    [("highlevel", "contact", 330), ("activecampaign", "contacts", 110)],
)
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
async def test_a_long_run_uses_its_share_and_sees_no_refusal(
    sandbox: Sandbox, connect: Connect, clock: SharedClock, platform: str, object_key: str, requests: int, share: float
) -> None:
    connector: Any = await connect(platform, share=share)
    clock.busy = lambda: bool(connector._transport._pacer._in_flight)
    schema = await connector.schema(object_key)
    records, _ = await read(connector, schema)
    record = next(iter(records.values()))
    sandbox.configure(platform, limits="real")
    sandbox.control("DELETE", "/stats")
    await _until_counted(connector, schema.key, record.id)
    before, sent = clock.monotonic(), connector.traffic.requests

    async def worker() -> None:
        while connector.traffic.requests - sent < requests:
            await connector.get(schema, record.id)

    await asyncio.gather(*(worker() for _ in range(WORKERS)))
    seconds = clock.monotonic() - before
    quota = connector.quota
    assert quota is not None
    allowed = share * quota.limit / quota.interval_seconds * seconds
    used = connector.traffic.requests - sent
    assert sandbox.stats(platform)["429"] == 0
    assert connector.traffic.throttled_seconds > 0
    assert 0.95 * allowed <= used <= allowed + quota.limit + WORKERS


async def _until_counted(connector: Connector, object_key: str, record_id: str) -> None:
    """One request after which the pacer knows that the platform counts."""
    await connector.get(await connector.schema(object_key), record_id)
