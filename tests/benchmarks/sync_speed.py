"""A first full sync against a bare loop of the same requests, and what a run without changes costs."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx

from desktop.connectors.wire import Header, Reply, Wire
from desktop.domain.mapping import FieldPair
from desktop.workspace.demo import CONTACTS, ORDERS, connect_both
from desktop.workspace.workspace import Workspace, open_throwaway
from tests.benchmarks.figures import figure, sandbox

Sent = tuple[str, str, dict[str, str], bytes, float, float]
"""Method, address, headers and body of a request, and when it was under way."""

_OF_THE_CLIENT = (b"host", b"content-length")


async def first_sync(ready: dict[str, Any]) -> tuple[float, int]:
    """Run the demo's order sync once: its duration and the records that it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_throwaway(Path(folder)) as workspace:
            await connect_both(workspace, ready)
            await workspace.syncs.save(ORDERS)
            started = time.monotonic()
            result = await workspace.syncs.run(ORDERS.name)
            assert result.status == "completed", result
            return time.monotonic() - started, result.right.created


async def recorded(work: Callable[[], Awaitable[object]]) -> list[Sent]:
    """The requests that some work sends, in the order in which they were sent."""
    sent: list[Sent] = []
    original = Wire.exchange

    async def exchange(self: Wire, method: str, target: bytes, headers: Sequence[Header], body: bytes | None) -> Reply:
        started = time.monotonic()
        reply = await original(self, method, target, headers, body)
        told = {key.decode(): value.decode() for key, value in headers if key.lower() not in _OF_THE_CLIENT}
        sent.append((method, target.decode(), told, body or b"", started, time.monotonic()))
        return reply

    Wire.exchange = exchange  # type: ignore[method-assign]
    try:
        await work()
    finally:
        Wire.exchange = original  # type: ignore[method-assign]
    return sorted(sent, key=lambda item: item[4])


def concurrency(sent: Sequence[Sent]) -> int:
    """The most requests that were under way at once."""
    moments = sorted([(item[4], 1) for item in sent] + [(item[5], -1) for item in sent])
    most = now = 0
    for _at, change in moments:
        now += change
        most = max(most, now)
    return most


async def bare_loop(origin: str, sent: Sequence[Sent], workers: int) -> float:
    """Send the same requests as fast as a plain client can, and parse each answer. Returns seconds."""
    queue = list(reversed(sent))
    async with httpx.AsyncClient(base_url=origin, timeout=60) as client:

        async def work() -> None:
            while queue:
                method, path, headers, body, *_times = queue.pop()
                answer = await client.request(method, path, headers=headers, content=body)
                if answer.content:
                    json.loads(answer.content)

        started = time.monotonic()
        await asyncio.gather(*(work() for _ in range(workers)))
        return time.monotonic() - started


async def measure_first_sync(records: int, rounds: int = 3) -> None:
    """The best of some rounds of each, in turns: what else the machine does disturbs both alike."""
    with sandbox(records) as ready:
        sent = await recorded(lambda: first_sync(ready))
    workers = concurrency(sent)
    bare: list[float] = []
    ours: list[float] = []
    written = 0
    for _ in range(rounds):
        with sandbox(records) as ready:
            bare.append(await bare_loop(ready["control_url"].removesuffix("/control"), sent, workers))
        with sandbox(records) as ready:
            seconds, written = await first_sync(ready)
            ours.append(seconds)
    print(f"{len(sent):,} requests, at most {workers} at once; {written:,} records written in {min(ours):.1f} s")
    figure("first full sync: records a second", written / min(ours), "1/s", "")
    figure("first full sync against a bare loop of the same requests", min(bare) / min(ours), "x", ">= 0.7")


async def measure_no_change(records: int) -> None:
    """Orders that are there already are matched once; a day later, a run with nothing to do is measured."""
    number_only = replace(ORDERS, fields=(FieldPair("order_number", "order-number"),), filter=())
    with sandbox(records) as ready, tempfile.TemporaryDirectory() as folder:
        await _make_counterparts(ready, records)
        async with open_throwaway(Path(folder)) as workspace:
            await connect_both(workspace, ready)
            await workspace.syncs.save(number_only)
            started = time.monotonic()
            first = await workspace.syncs.run(ORDERS.name)
            figure(f"matching run over {first.left.read:,} records: duration", time.monotonic() - started, "s", "")
            assert first.right.unchanged == records, first
            async with httpx.AsyncClient() as control:
                await control.post(f"{ready['control_url']}/clock", json={"advance_seconds": 86400})
            await workspace.syncs.run(ORDERS.name)
            await _report_quiet_run(workspace)


async def _make_counterparts(ready: dict[str, Any], records: int) -> None:
    """Put the orders into ActiveCampaign, past our own code."""
    platform = ready["platforms"]["activecampaign"]
    headers = {"Api-Token": platform["token"]}
    async with httpx.AsyncClient(base_url=f"{platform['base_url']}/api/3", headers=headers, timeout=60) as client:
        schemas = (await client.get("/customObjects/schemas")).json()["schemas"]
        path = f"/customObjects/records/{next(item['id'] for item in schemas if item['slug'] == 'orders')}"
        numbers = iter(range(10001, 10001 + records))

        async def work() -> None:
            for number in numbers:
                record = {"externalId": str(number), "fields": [{"id": "order-number", "value": str(number)}]}
                (await client.post(path, json={"record": record})).raise_for_status()

        await asyncio.gather(*(work() for _ in range(8)))


async def _report_quiet_run(workspace: Workspace) -> None:
    started, spent = time.monotonic(), time.process_time()
    result = await workspace.syncs.run(ORDERS.name)
    seconds, cpu = time.monotonic() - started, time.process_time() - spent
    assert (result.right.created, result.right.updated) == (0, 0)
    requests = result.left_requests + result.right_requests
    figure(f"no-change run, {result.right.unchanged:,} links: requests", requests, "", "<= 6")
    figure(f"no-change run, {result.right.unchanged:,} links: engine's CPU", cpu, "s", "<= 0.5")
    figure(f"no-change run, {result.right.unchanged:,} links: duration", seconds, "s", "")


async def measure_quota(seconds: float) -> None:
    """A long read of one platform and a long write on the other, under the vendors' real limits."""
    with sandbox(2000, limits="real") as ready, tempfile.TemporaryDirectory() as folder:
        async with open_throwaway(Path(folder)) as workspace:
            await connect_both(workspace, ready)
            await workspace.syncs.save(CONTACTS)
            before = await _stats(ready)
            started = time.monotonic()
            with anyio.move_on_after(seconds):
                await workspace.syncs.run(CONTACTS.name)
            elapsed = time.monotonic() - started
            after = await _stats(ready)
    sent = after["requests"] - before["requests"]
    allowed = 5 * 0.8 * elapsed
    figure("use of the quota that is allowed (80 % of ActiveCampaign's 5 a second)", 100 * sent / allowed, "%", ">= 95")
    figure("requests refused for being too many", after["429"], "", "0")


async def _stats(ready: dict[str, Any]) -> dict[str, int]:
    async with httpx.AsyncClient() as control:
        return (await control.get(f"{ready['control_url']}/stats")).json()["activecampaign"]


def run(records: int = 5000, links: int = 100_000) -> None:
    anyio.run(measure_first_sync, records)
    anyio.run(measure_quota, 60.0)
    for count in sorted({1000, 10_000, links}):
        anyio.run(measure_no_change, count)
