"""Alerts: what nobody looked at is told, and told once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop.domain.change import RunStatus
from desktop.domain.errors import CredentialRefused, ScopeMissing, Unreachable
from desktop.domain.values import Json
from desktop.sandbox.server import SandboxServer
from desktop.store import RunRow
from desktop.workspace.alerts import AlertKind, Alerts, alert_of
from desktop.workspace.demo import connect_both
from desktop.workspace.workspace import Workspace, open_throwaway
from tests.workspace.clock import Clock
from tests.workspace.test_automatic import HOURLY, NAME

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def row(status: str, code: str = "unreachable") -> RunRow:
    error: dict[str, Json] = {"code": code, "message": "What happened.", "hint": "What to do."}
    return RunRow("run", 1, NOW, NOW, RunStatus(status), "schedule", {"error": error})


@pytest.mark.parametrize(
    ("runs", "kind"),
    [
        ([], None),
        (["completed"], None),
        (["failed"], None),
        (["failed", "failed", "completed"], None),
        (["failed", "failed", "failed"], "failing"),
        (["needs_confirmation", "completed"], "question"),
        (["completed", "failed", "failed", "failed"], None),
        (["cancelled", "failed", "failed"], None),
    ],
)
def test_what_is_worth_telling(runs: list[str], kind: str | None) -> None:
    alert = alert_of("Orders", [row(status) for status in runs])
    assert (alert.kind if alert else None) == kind


@pytest.mark.parametrize("code", [CredentialRefused.code, ScopeMissing.code])
def test_a_refused_credential_is_told_at_once(code: str) -> None:
    alert = alert_of("Orders", [row("failed", code)])
    assert alert is not None
    assert (alert.kind, alert.message, alert.hint) == (AlertKind.CREDENTIAL, "What happened.", "What to do.")


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(records=5, seed=3, limits="off") as running:
        yield running


@pytest.fixture
async def workspace(tmp_path: Path, server: SandboxServer, clock: Clock) -> AsyncIterator[Workspace]:
    folder = tmp_path / "watched"
    folder.mkdir()
    async with open_throwaway(folder, clock=clock) as opened:
        await connect_both(opened, server.ready)
        await opened.syncs.save(HOURLY)
        await opened.syncs.run(NAME)
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def hour(workspace: Workspace, clock: Clock) -> list[AlertKind]:
    """An hour passes. What is told then."""
    clock.pass_(minutes=61)
    await workspace.automatic.run_due()
    return [alert.kind for alert in await workspace.alerts.take()]


async def failed(workspace: Workspace, alerts: Alerts | None = None) -> list[AlertKind]:
    """A run by the clock could not begin, as when a platform is down. What is told then."""
    await workspace.syncs.note_not_begun(NAME, "schedule", Unreachable("It does not answer.", "Try again."))
    alerts = alerts or workspace.alerts
    await alerts.look_at(NAME)
    return [alert.kind for alert in await alerts.take()]


async def test_repeated_failures_are_told_once_and_again_after_it_worked(workspace: Workspace, clock: Clock) -> None:
    assert [await failed(workspace) for _ in range(5)] == [[], [], [AlertKind.FAILING], [], []]
    assert await hour(workspace, clock) == []
    assert [await failed(workspace) for _ in range(3)] == [[], [], [AlertKind.FAILING]]


async def test_another_process_does_not_tell_it_again(workspace: Workspace) -> None:
    another = Alerts(workspace.syncs._context)
    assert [await failed(workspace) for _ in range(3)][-1] == [AlertKind.FAILING]
    assert await failed(workspace, another) == []


async def test_a_run_that_cannot_begin_is_in_the_history(workspace: Workspace, clock: Clock) -> None:
    hub = workspace.syncs._context.hub
    await hub.forget_secret(await hub.row("Agency"))
    assert await hour(workspace, clock) == [AlertKind.CREDENTIAL]
    assert await hour(workspace, clock) == []
    last = (await workspace.activity.runs(NAME))[0]
    assert (last.status, last.trigger) == (RunStatus.FAILED, "schedule")
    assert last.problem is not None
    assert "keyring" in last.problem.message
