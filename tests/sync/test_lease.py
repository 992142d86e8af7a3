"""A run whose computer slept: another one may have taken over, and only one goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.domain.change import Phase, Progress, RunStatus
from desktop.sandbox.server import SandboxServer
from desktop.workspace.demo import CONTACTS, connect_both
from desktop.workspace.workspace import open_throwaway

pytestmark = pytest.mark.anyio

NAME = CONTACTS.name


@pytest.mark.parametrize("taken_over", [False, True])
async def test_after_a_sleep_a_run_goes_on_only_if_no_other_took_over(tmp_path: Path, *, taken_over: bool) -> None:
    now = datetime.now(UTC)
    with SandboxServer(records=120, seed=3, limits="off") as server:
        async with open_throwaway(tmp_path, clock=lambda: now) as workspace:
            await connect_both(workspace, server.ready)
            await workspace.syncs.save(CONTACTS)
            store, row = workspace.syncs._store, await workspace.syncs._row(NAME)

            def sleep(progress: Progress) -> None:
                nonlocal now
                if progress.phase is Phase.WRITING and progress.done and not slept:
                    slept.append(True)
                    now += timedelta(hours=1)
                    if taken_over:
                        store.call_sync(store.leases.acquire, row.id, "another process", now, 300.0)

            slept: list[bool] = []
            result = await workspace.syncs.run(NAME, watch=sleep)
            assert slept
            if not taken_over:
                assert result.status is RunStatus.COMPLETED
                return
            assert result.status is RunStatus.FAILED
            assert result.error is not None
            assert "took over" in result.error.message
            store.call_sync(store.leases.release, row.id, "another process")
            assert (await workspace.syncs.run(NAME)).status is RunStatus.COMPLETED
            again = await workspace.syncs.run(NAME)
            assert (again.right.created, again.right.updated) == (0, 0)
