"""Killed at any step and started again, a sync makes nothing twice and loses nothing."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import anyio
import pytest

from desktop.domain.change import RunStatus
from desktop.sandbox.server import SandboxServer
from desktop.workspace.demo import ORDERS, connect_both
from tests.sync.crash_driver import open_persistent
from tests.sync.world import ActiveCampaignClient

pytestmark = pytest.mark.anyio

POINTS = int(os.environ.get("CROSSWALK_CRASH_POINTS", "8"))
"""Places at which the run is killed, spread over all its steps; a large number means every step."""


async def drive(folder: Path, tokens: dict[int, str], fatal: int) -> tuple[int, str]:
    """Run the sync in another process: its exit code and what it printed."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), **{f"TOKEN_{key}": value for key, value in tokens.items()}}
    command = [sys.executable, "-m", "tests.sync.crash_driver", str(folder), ORDERS.name, str(fatal)]
    done = await anyio.run_process(command, check=False, env=environment, cwd=root)
    return done.returncode, done.stdout.decode()


async def prepared(folder: Path, server: SandboxServer) -> dict[int, str]:
    """A workspace with both accounts and the sync; the tokens by connection."""
    await anyio.Path(folder).mkdir()
    platforms = server.ready["platforms"]
    workspace = await open_persistent(folder, {})
    await connect_both(workspace, server.ready)
    await workspace.syncs.save(ORDERS)
    await workspace.aclose()
    return {1: platforms["highlevel"]["token"], 2: platforms["activecampaign"]["token"]}


async def steps_of_a_run(folder: Path) -> int:
    with SandboxServer(records=5, seed=3, limits="off") as server:
        code, printed = await drive(folder, await prepared(folder, server), 0)
    assert (code, printed.split()[1]) == (0, RunStatus.COMPLETED.value)
    return int(printed.split()[0])


async def kill_and_go_on(folder: Path, fatal: int) -> None:
    with SandboxServer(records=5, seed=3, limits="off") as server:
        tokens = await prepared(folder, server)
        code, _printed = await drive(folder, tokens, fatal)
        assert code == -signal.SIGKILL
        workspace = await open_persistent(folder, tokens)
        try:
            result = await workspace.syncs.run(ORDERS.name)
            again = await workspace.syncs.run(ORDERS.name)
            runs = await workspace.activity.runs(ORDERS.name)
        finally:
            await workspace.aclose()
        assert result.status is again.status is RunStatus.COMPLETED, (fatal, result.error)
        assert (again.right.created, again.right.updated) == (0, 0)
        assert runs[-1].status in (RunStatus.INTERRUPTED, RunStatus.COMPLETED)
        there = ActiveCampaignClient(server)
        assert len(there.orders()) == 5 - result.left.skipped
        assert there.contacts()
        there.http.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
async def test_killed_at_any_step_it_makes_nothing_twice(tmp_path: Path) -> None:
    count = await steps_of_a_run(tmp_path / "whole")
    points = min(POINTS, count)
    fatal = sorted({1 + index * (count - 1) // (points - 1) for index in range(points)})
    limiter = anyio.CapacityLimiter(2)

    async def one(step: int) -> None:
        async with limiter:
            await kill_and_go_on(tmp_path / f"killed-{step}", step)

    async with anyio.create_task_group() as group:
        for step in fatal:
            group.start_soon(one, step)
