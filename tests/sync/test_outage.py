"""The network is gone for an hour, in the middle of a run: it ends honestly, and the first run afterwards goes on."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import anyio.to_thread
import pytest

from desktop.domain.change import Phase, Progress, RunResult, RunStatus
from desktop.domain.schedule import Schedule
from desktop.sandbox.server import SandboxServer
from desktop.workspace.demo import ORDERS, connect_both
from desktop.workspace.workspace import Workspace, open_throwaway
from tests.sync.world import ActiveCampaignClient
from tests.workspace.clock import Clock

pytestmark = pytest.mark.anyio

RECORDS = 60
NAME = ORDERS.name
QUARTERLY = replace(ORDERS, schedule=Schedule(every_minutes=15))


class Network:
    """A server at one port that can be out of reach; what it holds lies in a folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self._folder = folder
        self.server = self._started()

    def _started(self) -> SandboxServer:
        server = SandboxServer(records=RECORDS, seed=3, port=self._port, state_dir=self._folder)
        server.start()
        return server

    def lose(self) -> None:
        """From now on nobody answers."""
        self.server.stop()

    def come_back(self) -> None:
        self.server = self._started()


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    folder.mkdir()
    opened = Network(folder)
    try:
        yield opened
    finally:
        opened.server.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def workspace(tmp_path: Path, clock: Clock) -> AsyncIterator[Workspace]:
    folder = tmp_path / "workspace"
    folder.mkdir()
    async with open_throwaway(folder, clock=clock) as opened:
        yield opened


async def quarter(workspace: Workspace, clock: Clock) -> list[RunResult]:
    """A quarter of an hour passes. The runs of the clock."""
    ended: list[RunResult] = []
    clock.pass_(minutes=16)
    await workspace.automatic.run_due(ended.append)
    return ended


async def test_an_hour_without_network_costs_nothing_but_the_hour(
    tmp_path: Path, workspace: Workspace, clock: Clock
) -> None:
    with network(tmp_path / "platforms") as away:
        await connect_both(workspace, away.server.ready)
        await workspace.syncs.save(QUARTERLY)
        await workspace.syncs.approve(NAME)
        lost = False

        def watch(progress: Progress) -> None:
            nonlocal lost
            if progress.phase is Phase.WRITING and progress.done and not lost:
                lost = True
                away.lose()

        broken = await workspace.syncs.run(NAME, watch=watch)
        assert lost
        assert broken.status in (RunStatus.FAILED, RunStatus.COMPLETED_WITH_ERRORS)
        assert broken.right.created < RECORDS - broken.left.skipped
        problems = [broken.error] if broken.error else [item.problem for item in await workspace.syncs.failures(NAME)]
        assert problems
        assert all(problem.retryable for problem in problems)
        for _quarter in range(4):
            assert await quarter(workspace, clock) == []
        history = await workspace.activity.runs(NAME)
        assert [run.status for run in history[:4]] == [RunStatus.FAILED] * 4
        assert [alert.sync for alert in await workspace.alerts.take()] == [NAME]
        await anyio.to_thread.run_sync(away.come_back)
        (after,) = await quarter(workspace, clock)
        assert after.status is RunStatus.COMPLETED
        (again,) = await quarter(workspace, clock)
        assert (again.right.created, again.right.updated) == (0, 0)
        there = ActiveCampaignClient(away.server)
        assert len(there.orders()) == RECORDS - after.left.skipped
        assert there.contacts()
        there.http.close()
