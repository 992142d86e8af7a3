"""A sandbox for each module, connections to it, and a clock on which waiting costs no time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from desktop.connectors.base import ConnectionSettings, Connector
from desktop.connectors.registry import open_connector
from desktop.sandbox.server import SandboxServer
from tests.local_http import NO_CERTIFICATES

RECORDS = 60


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class QuickClock:
    """Real time, except that a wait is over at once and has moved the time forward."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.ahead += seconds
        await asyncio.sleep(0)


class Sandbox:
    """A running sandbox and its control address.

    :ivar touched: whether anything was asked of that address.
    """

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.touched = True
        self._control = httpx.Client(verify=NO_CERTIFICATES, base_url=server.control_url, trust_env=False)

    def ready(self, platform: str) -> Mapping[str, Any]:
        return self.server.ready["platforms"][platform]

    def control(self, verb: str, address: str, /, **body: Any) -> Any:
        self.touched = True
        answer = self._control.request(verb, address, json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, platform: str, kind: str, **more: Any) -> None:
        self.control("POST", "/faults", platform=platform, kind=kind, **more)

    def configure(self, platform: str, **settings: Any) -> None:
        self.control("POST", "/settings", platform=platform, **settings)

    def advance(self, seconds: float) -> None:
        self.control("POST", "/clock", advance_seconds=seconds)

    def stats(self, platform: str) -> Mapping[str, Any]:
        return self.control("GET", "/stats")[platform]

    def close(self) -> None:
        self._control.close()


@pytest.fixture(scope="module")
def running_sandbox() -> Iterator[Sandbox]:
    with SandboxServer(records=RECORDS, seed=1, limits="off") as server:
        sandbox = Sandbox(server)
        yield sandbox
        sandbox.close()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    for gateway in running_sandbox.server.app.world.gateways.values():
        gateway.reset_stats()
    running_sandbox.touched = False
    yield running_sandbox
    if running_sandbox.touched:
        running_sandbox.control("DELETE", "/faults")
        for platform in ("highlevel", "activecampaign"):
            running_sandbox.configure(platform, index_delay_seconds=0, limits="off")
        running_sandbox.configure("activecampaign", side_loading=True)


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


Connect = Callable[..., Awaitable[Connector]]


@pytest.fixture
async def connect(sandbox: Sandbox, clock: QuickClock) -> AsyncIterator[Connect]:
    """Opens connections to the sandbox: ``await connect("highlevel", token=..., page_size="7")``."""
    async with AsyncExitStack() as stack:

        async def open_one(
            platform: str,
            *,
            token: str = "",
            base_url: str = "",
            account: str | None = None,
            share: float = 0.8,
            name: str = "Agency",
            real_time: bool = False,
            **options: str,
        ) -> Connector:
            ready = sandbox.ready(platform)
            settings = ConnectionSettings(
                name,
                base_url or ready["base_url"],
                ready.get("account", "") if account is None else account,
                share,
                options,
            )
            connector = await open_connector(platform, settings, token or ready["token"], None if real_time else clock)
            stack.push_async_callback(connector.aclose)
            return connector

        yield open_one
