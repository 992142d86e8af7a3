"""Syncs that run by themselves, over real HTTP, by a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from desktop.connectors.pacing import Pacer, Ticket
from desktop.domain.change import RunResult, RunStatus
from desktop.domain.errors import StorageFull, Unreachable
from desktop.domain.schedule import Schedule
from desktop.sandbox.server import SandboxServer
from desktop.workspace.automatic import Automatic
from desktop.workspace.demo import CONTACTS, connect_both
from desktop.workspace.workspace import Workspace, open_throwaway
from tests.workspace.clock import Clock

pytestmark = pytest.mark.anyio

NAME = CONTACTS.name
HOURLY = replace(CONTACTS, schedule=Schedule(every_minutes=60))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def workspace(tmp_path: Path, clock: Clock) -> AsyncIterator[Workspace]:
    folder = tmp_path / "scheduled"
    folder.mkdir()
    with SandboxServer(records=5, seed=3, limits="off") as server:
        async with open_throwaway(folder, clock=clock) as opened:
            await connect_both(opened, server.ready)
            await opened.syncs.save(HOURLY)
            yield opened


async def served(workspace: Workspace) -> list[RunResult]:
    """What runs by itself now."""
    ended: list[RunResult] = []
    await workspace.automatic.run_due(ended.append)
    return ended


async def test_a_sync_runs_when_it_is_due_and_a_missed_one_runs_once(workspace: Workspace, clock: Clock) -> None:
    await workspace.syncs.approve(NAME)
    assert await served(workspace) == []
    clock.pass_(minutes=61)
    (first,) = await served(workspace)
    assert first.status is RunStatus.COMPLETED
    assert await served(workspace) == []
    clock.pass_(days=3)
    assert len(await served(workspace)) == 1
    assert await served(workspace) == []
    runs = await workspace.activity.runs(NAME)
    assert {run.trigger for run in runs} == {"schedule"}


async def test_the_first_run_is_a_persons(workspace: Workspace, clock: Clock) -> None:
    clock.pass_(hours=2)
    assert await served(workspace) == []
    assert (await workspace.syncs.get(NAME)).next_run is None
    await workspace.syncs.run(NAME)
    assert len(await served(workspace)) == 1


async def test_a_run_that_failed_is_not_the_last(workspace: Workspace, clock: Clock) -> None:
    await workspace.syncs.run(NAME)
    store = workspace.syncs._store
    await workspace.syncs.run(NAME)
    last = (await workspace.activity.runs(NAME))[0]
    await store.write(store.runs.end, last.id, RunStatus.FAILED, {}, clock.now)
    clock.pass_(hours=2)
    assert [result.status for result in await served(workspace)] == [RunStatus.COMPLETED]


async def test_a_paused_sync_rests_until_it_is_resumed(workspace: Workspace, clock: Clock) -> None:
    await workspace.syncs.approve(NAME)
    await workspace.syncs.pause(NAME)
    clock.pass_(hours=2)
    assert await served(workspace) == []
    view = await workspace.syncs.get(NAME)
    assert view.paused
    assert view.next_run is None
    await workspace.syncs.resume(NAME)
    assert len(await served(workspace)) == 1


async def test_the_next_run_is_told(workspace: Workspace, clock: Clock) -> None:
    await workspace.syncs.approve(NAME)
    saved = clock.now
    assert (await workspace.syncs.get(NAME)).next_run == saved + timedelta(hours=1)
    clock.pass_(hours=5)
    assert (await workspace.syncs.get(NAME)).next_run == clock.now


async def test_a_run_that_asks_waits_for_a_person(workspace: Workspace, clock: Clock) -> None:
    await workspace.syncs.approve(NAME)
    await workspace.syncs.run(NAME)
    store = workspace.syncs._store
    row = await workspace.syncs._row(NAME)
    run = (await workspace.activity.runs(NAME))[0]
    await store.write(store.runs.end, run.id, RunStatus.NEEDS_CONFIRMATION, {}, clock.now)
    clock.pass_(hours=2)
    assert row.approved
    assert await served(workspace) == []


async def test_two_that_serve_one_workspace_never_both_run_a_sync(workspace: Workspace, clock: Clock) -> None:
    await workspace.syncs.approve(NAME)
    clock.pass_(hours=2)
    another = Automatic(workspace.syncs._context, workspace.syncs, workspace.reception, workspace.alerts)
    claims: list[list[str]] = []

    async def claim(automatic: Automatic) -> None:
        claims.append(await automatic.claim())

    async with anyio.create_task_group() as group:
        for automatic in (workspace.automatic, another):
            group.start_soon(claim, automatic)
    assert sorted(claims) == [[], [NAME]]


async def test_serving_looks_again_and_again_and_waits_for_what_runs(workspace: Workspace, clock: Clock) -> None:
    await workspace.syncs.approve(NAME)
    clock.pass_(hours=1)
    ended: list[RunResult] = []
    came = anyio.Event()

    def tell(result: RunResult) -> None:
        ended.append(result)
        came.set()

    async def wait(_seconds: float) -> None:
        nonlocal came
        await came.wait()
        came = anyio.Event()
        clock.pass_(hours=1)

    with anyio.fail_after(20):
        await workspace.automatic.serve(tell, wait=wait, going_on=lambda: len(ended) < 2)
    assert [result.status for result in ended] == [RunStatus.COMPLETED] * 2


async def test_a_run_that_nobody_waits_for_leaves_more_of_the_quota_to_others(
    workspace: Workspace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: set[float] = set()
    turn = Pacer.turn

    async def seen(pacer: Pacer, share: float) -> Ticket:
        used.add(share)
        return await turn(pacer, share)

    monkeypatch.setattr(Pacer, "turn", seen)
    await workspace.syncs.run(NAME)
    assert used == {0.8}
    used.clear()
    clock.pass_(hours=2)
    await served(workspace)
    assert used == {0.5}
    await workspace.connections.set_options("Agency", {"quota_share": "95", "background_share": "40"})
    await workspace.connections.set_options("Shop", {"quota_share": "30", "background_share": "60"})
    used.clear()
    await workspace.syncs.run(NAME)
    assert used == {0.95, 0.3}
    used.clear()
    clock.pass_(hours=2)
    await served(workspace)
    assert used == {0.4, 0.3}


async def test_a_full_disk_does_not_end_what_serves_the_schedules(workspace: Workspace, clock: Clock) -> None:
    await workspace.syncs.approve(NAME)
    store = workspace.syncs._store

    def limit(pages: int) -> None:
        store.settings._driver.execute(f"PRAGMA max_page_count = {pages}")

    async def fill() -> None:
        for _run in range(200):
            await workspace.syncs.note_not_begun(NAME, "schedule", Unreachable("It does not answer.", "Try again."))

    used = await store.read(lambda: store.settings._driver.execute("PRAGMA page_count").fetchone()[0])
    await store.write(limit, used + 1)
    with pytest.raises(StorageFull):
        await fill()
    clock.pass_(hours=2)
    assert await served(workspace) == []
    await store.write(limit, 1_000_000)
    clock.pass_(hours=2)
    assert [result.status for result in await served(workspace)] == [RunStatus.COMPLETED]
