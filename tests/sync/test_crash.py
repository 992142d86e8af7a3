"""Killed at any step and started again, a sync makes nothing twice and loses nothing."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from desktop.domain.change import Action, ChangeState, RunStatus
from desktop.domain.definition import DeleteRule
from desktop.domain.mapping import Direction, Side
from desktop.sandbox.server import SandboxServer
from desktop.workspace.demo import CONTACTS, ORDERS, connect_both
from desktop.workspace.workspace import Workspace
from tests.sandbox.client import HighLevelClient
from tests.sync.crash_driver import open_persistent
from tests.sync.people import People
from tests.sync.world import ActiveCampaignClient

pytestmark = pytest.mark.anyio

POINTS = int(os.environ.get("CROSSWALK_CRASH_POINTS", "8"))
"""Places at which the run is killed, spread over all its steps; a large number means every step."""
RECORDS = int(os.environ.get("CROSSWALK_CRASH_RECORDS", "5"))
_FEW = 8


async def drive(
    folder: Path, tokens: dict[int, str], fatal: int, sync: str = ORDERS.name, work: str = "run"
) -> tuple[int, str]:
    """Run the sync, or undo its last run, in another process: its exit code and what it printed."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), **{f"TOKEN_{key}": value for key, value in tokens.items()}}
    command = [sys.executable, "-m", "tests.sync.crash_driver", str(folder), sync, str(fatal), work]
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


async def kill_and_go_on(folder: Path, fatal: int, *, torn: int = 0) -> int:
    """Kill a run and go on. Returns the number of steps of a run that is not killed.

    :param torn: bytes at the end of what the database wrote last that a power cut spoils.
    """
    with SandboxServer(records=RECORDS, seed=3, limits="off") as server:
        tokens = await prepared(folder, server)
        code, printed = await drive(folder, tokens, fatal)
        assert code == (-signal.SIGKILL if fatal else 0), printed
        if torn:
            await tear(folder / "workspace.db-wal", torn)
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
        assert there.orders().keys() == wanted_orders(server)
        assert there.contacts()
        there.http.close()
    return int(printed.split()[0]) if not fatal else 0


def wanted_orders(server: SandboxServer) -> set[str]:
    """The numbers of the source's orders that take part: drafts do not."""
    source = HighLevelClient(server)
    found: list[dict[str, Any]] = []
    while batch := source.search(page=len(found) // 100 + 1, pageLimit=100)["records"]:
        found += batch
    source.http.close()
    return {item["properties"]["order_number"] for item in found if item["properties"].get("status") != "draft"}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
async def test_killed_at_any_step_it_makes_nothing_twice(tmp_path: Path) -> None:
    await at_each_point(lambda step: kill_and_go_on(tmp_path / f"killed-{step}", step))


async def tear(file: Path, count: int) -> None:
    """Spoil the end of a file, as when the power is cut while it is written."""
    content = await anyio.Path(file).read_bytes()
    assert len(content) > count
    await anyio.Path(file).write_bytes(content[:-count] + bytes(255 - byte for byte in content[-count:]))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize(("fatal", "torn"), [(9, 100), (20, 4096), (31, 9000)])
async def test_a_page_torn_by_a_power_cut_costs_nothing_that_was_sent(tmp_path: Path, fatal: int, torn: int) -> None:
    await kill_and_go_on(tmp_path / "torn", fatal, torn=torn)


BOTH = replace(CONTACTS, direction=Direction.TWO_WAY, delete=DeleteRule.PROPAGATE, delete_limit_percent=100)


async def changed_on_both_sides(folder: Path, server: SandboxServer) -> tuple[dict[int, str], People]:
    """A workspace whose contacts are in step, and then edited, made and deleted on both sides."""
    await anyio.Path(folder).mkdir()
    platforms = server.ready["platforms"]
    tokens = {1: platforms["highlevel"]["token"], 2: platforms["activecampaign"]["token"]}
    workspace = await open_persistent(folder, {})
    await connect_both(workspace, server.ready)
    await workspace.syncs.save(BOTH)
    assert (await workspace.syncs.run(BOTH.name)).status is RunStatus.COMPLETED
    await workspace.aclose()
    people = People(server)
    one, two, three, four = sorted(people.on(Side.LEFT))[:4]
    people.change(Side.LEFT, one, firstName="Here")
    people.change(Side.RIGHT, one, lastName="There")
    people.change(Side.RIGHT, two, firstName="There")
    people.delete(Side.LEFT, three)
    people.delete(Side.RIGHT, four)
    people.create(Side.LEFT, "new-here@example.com", firstName="New")
    people.create(Side.RIGHT, "new-there@example.com", firstName="New")
    return tokens, people


def names(people: People) -> list[dict[str, tuple[str, str]]]:
    """The names on both sides, by address; none is there twice."""
    return [
        {email: (item["firstName"] or "", item["lastName"] or "") for email, item in people.on(side).items()}
        for side in Side
    ]


def in_step(people: People) -> bool:
    """Whether both sides have the same contacts with the same names."""
    left, right = names(people)
    return left == right


async def journalled_twice(workspace: Workspace, name: str) -> list[tuple[str, ...]]:
    """Field changes that the journal tells to have been made in more than one run: one of them would be a lie."""
    told: Counter[tuple[str, ...]] = Counter()
    for run in await workspace.activity.runs(name):
        for change in await workspace.activity.raw_changes(run.id, 0, 100):
            if change.state is ChangeState.DONE and change.action is Action.UPDATE:
                record_id = str(change.id_on(change.side))
                told.update((change.side.value, record_id, key, str(item)) for key, item in change.fields.items())
    return [key for key, times in told.items() if times > 1]


async def kill_both_ways(folder: Path, fatal: int) -> int:
    """Kill a run both ways and go on. Returns the number of steps of a run that is not killed."""
    with SandboxServer(records=6, seed=3, limits="off") as server:
        tokens, people = await changed_on_both_sides(folder, server)
        code, printed = await drive(folder, tokens, fatal, BOTH.name)
        assert code == (-signal.SIGKILL if fatal else 0), printed
        workspace = await open_persistent(folder, tokens)
        try:
            result = await workspace.syncs.run(BOTH.name)
            before = people.writes()
            again = await workspace.syncs.run(BOTH.name)
            told_twice = await journalled_twice(workspace, BOTH.name)
        finally:
            await workspace.aclose()
        assert result.status is again.status is RunStatus.COMPLETED, (fatal, result.error)
        assert people.writes() == before, fatal
        assert not told_twice, fatal
        assert in_step(people), fatal
        assert {"new-here@example.com", "new-there@example.com"} <= people.on(Side.LEFT).keys()
        people.close()
    return int(printed.split()[0]) if not fatal else 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
async def test_killed_at_any_step_a_run_both_ways_loses_and_doubles_nothing(tmp_path: Path) -> None:
    await at_each_point(lambda step: kill_both_ways(tmp_path / f"both-{step}", step))


async def kill_an_undo(folder: Path, fatal: int) -> int:
    """Kill an undo and undo once more. Returns the number of steps of one that is not killed."""
    with SandboxServer(records=6, seed=3, limits="off") as server:
        tokens, people = await changed_on_both_sides(folder, server)
        before = names(people)
        workspace = await open_persistent(folder, tokens)
        assert (await workspace.syncs.run(BOTH.name)).status is RunStatus.COMPLETED
        await workspace.aclose()
        assert names(people) != before
        code, printed = await drive(folder, tokens, fatal, BOTH.name, "undo")
        assert code == (-signal.SIGKILL if fatal else 0), printed
        workspace = await open_persistent(folder, tokens)
        try:
            latest = (await workspace.activity.runs(BOTH.name))[0]
            if latest.trigger != "undo" or latest.status is not RunStatus.COMPLETED:
                result = await workspace.syncs.undo(BOTH.name)
                assert result.status is RunStatus.COMPLETED, (fatal, result.error)
        finally:
            await workspace.aclose()
        assert names(people) == before, fatal
        people.close()
    return int(printed.split()[0]) if not fatal else 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
async def test_an_undo_that_is_killed_at_any_step_is_gone_on_with(tmp_path: Path) -> None:
    await at_each_point(lambda step: kill_an_undo(tmp_path / f"undo-{step}", step))


async def at_each_point(kill: Callable[[int], Awaitable[int]]) -> None:
    """Kill at points that are spread over all steps, two at a time."""
    count = await kill(0)
    points = min(POINTS, count)
    limiter = anyio.CapacityLimiter(2)

    async def one(step: int) -> None:
        async with limiter:
            await kill(step)

    async with anyio.create_task_group() as group:
        for step in sorted({1 + index * (count - 1) // (points - 1) for index in range(points)}):
            group.start_soon(one, step)
    if POINTS > _FEW:
        sys.stdout.write(
            f"killed at {points} of {count} steps: 0 duplicates, 0 lost values, 0 second runs with writes\n"
        )
