"""Task scopes, awaitable dialogs, waits and the application's loop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.ui.aio import TaskScope, ask, create_loop, sleep, sleep_until
from tests.ui.finding import until

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


class Trouble(Exception):
    pass


async def test_a_task_lives_although_nobody_else_holds_it(scope: TaskScope) -> None:
    futures: list[weakref.ref[asyncio.Future[None]]] = []

    async def wait() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        futures.append(weakref.ref(future))
        await future

    scope.start(wait())
    await until(lambda: futures)
    gc.collect()
    future = futures[0]()
    assert future is not None
    future.set_result(None)
    await scope.settle()


async def test_an_exception_is_reported_and_let_go(scope: TaskScope, reported: list[str]) -> None:
    errors: list[weakref.ref[Trouble]] = []

    async def fail() -> None:
        error = Trouble("the disk is full")
        errors.append(weakref.ref(error))
        try:
            raise error
        finally:
            del error

    task = scope.start(fail())
    await scope.settle()
    gc.collect()
    assert reported == ["the disk is full"]
    assert task.result() is None
    assert errors[0]() is None


async def test_closing_cancels_everything_and_waits_for_the_clean_up(scope: TaskScope, reported: list[str]) -> None:
    cleaned: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append(name)

    scope.start(work("first"))
    scope.start(work("second"), lasting=True)
    await asyncio.sleep(0)
    await scope.close()
    assert sorted(cleaned) == ["first", "second"]
    assert reported == []


async def test_what_starts_after_closing_never_runs(scope: TaskScope) -> None:
    ran: list[bool] = []

    async def late() -> None:
        ran.append(True)

    await scope.close()
    task = scope.start(late())
    await asyncio.wait([task])
    assert task.cancelled()
    assert ran == []


async def test_settling_waits_for_what_tasks_start_but_not_for_watchers(scope: TaskScope) -> None:
    done: list[str] = []

    async def second() -> None:
        await asyncio.sleep(0.001)
        done.append("second")

    async def first() -> None:
        scope.start(second())
        done.append("first")

    watcher = scope.start(asyncio.Event().wait(), lasting=True)
    scope.start(first())
    await scope.settle()
    assert done == ["first", "second"]
    assert not watcher.done()


async def test_a_button_is_disabled_while_its_task_runs_and_keeps_the_focus(scope: TaskScope) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    button, other = QPushButton("Sync now"), QLineEdit()
    column.addWidget(button)
    column.addWidget(other)
    window.show()
    window.activateWindow()
    await until(window.isActiveWindow)
    button.setFocus()
    go_on = asyncio.Event()
    first = scope.start(go_on.wait(), busy=button)
    second = scope.start(asyncio.Event().wait(), busy=button)
    assert not button.isEnabled()
    go_on.set()
    await first
    assert not button.isEnabled()
    second.cancel()
    await scope.settle()
    assert button.isEnabled()
    assert button.hasFocus()
    window.close()


async def test_a_busy_widget_may_be_gone_when_its_task_ends(scope: TaskScope, reported: list[str]) -> None:
    button = QPushButton("Sync now")
    go_on = asyncio.Event()
    scope.start(go_on.wait(), busy=button)
    button.deleteLater()
    destroyed: list[bool] = []
    button.destroyed.connect(lambda: destroyed.append(True))
    await until(lambda: destroyed)
    go_on.set()
    await scope.settle()
    assert reported == []


@pytest.mark.parametrize("result", [QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected])
async def test_asking_returns_the_dialogs_result(scope: TaskScope, result: QDialog.DialogCode) -> None:
    dialog = QDialog()
    asked = asyncio.create_task(ask(dialog))
    await until(dialog.isVisible)
    dialog.done(result)
    assert await asked == result


async def test_cancelling_closes_the_dialog(scope: TaskScope) -> None:
    dialog = QDialog()
    asked = scope.start(ask(dialog))
    await until(dialog.isVisible)
    asked.cancel()
    await scope.settle()
    assert not dialog.isVisible()


async def test_a_dialog_that_is_destroyed_counts_as_rejected(scope: TaskScope) -> None:
    parent = QWidget()
    dialog = QDialog(parent)
    asked = asyncio.create_task(ask(dialog))
    await until(dialog.isVisible)
    parent.deleteLater()
    assert await asyncio.wait_for(asked, 2) == QDialog.DialogCode.Rejected


async def test_other_tasks_go_on_while_a_dialog_is_open(scope: TaskScope) -> None:
    dialog = QDialog()
    ticks: list[int] = []

    async def tick() -> None:
        while True:
            await asyncio.sleep(0)
            ticks.append(1)

    scope.start(tick(), lasting=True)
    asked = asyncio.create_task(ask(dialog))
    await until(lambda: dialog.isVisible() and len(ticks) > 3)
    dialog.accept()
    await asked


async def test_sleeping_is_never_too_short() -> None:
    start = time.monotonic()
    await sleep(0.06)
    assert time.monotonic() - start >= 0.06


def test_a_task_takes_no_step_between_two_runs_of_the_loop(qapp: QApplication) -> None:
    steps: list[str] = []

    async def later() -> None:
        await asyncio.sleep(0)
        steps.append(type(asyncio.get_running_loop()).__name__)

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(later())

    loop = create_loop(qapp)
    try:
        task = loop.run_until_complete(begin())
        assert steps == []
        loop.run_until_complete(task)
    finally:
        loop.close()
    assert steps == ["ApplicationLoop"]


async def test_a_wait_follows_the_clock_when_it_is_set_back() -> None:
    due = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    clock = iter([due - timedelta(milliseconds=2), due - timedelta(milliseconds=1), due])
    await sleep_until(due, lambda: next(clock))
    assert next(clock, None) is None


async def test_a_long_wait_is_made_of_short_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    slices: list[float] = []
    now = [datetime(2026, 1, 1, tzinfo=UTC)]

    async def pass_time(seconds: float) -> None:
        slices.append(seconds)
        now[0] += timedelta(seconds=seconds)

    monkeypatch.setattr("asyncio.sleep", pass_time)
    await sleep_until(now[0] + timedelta(days=60), lambda: now[0])
    assert max(slices) <= 3600
    assert sum(slices) == 60 * 86400


START = """
import asyncio
from PySide6.QtWidgets import QWidget
from desktop.ui.aio import run_application
"""


def run(code: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", START + code],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, errors = process.communicate(timeout=20)
    return process.returncode, out.strip(), errors.strip()


async def test_the_application_ends_with_its_main_even_with_another_binding_asked_for() -> None:
    code = """
async def main(app):
    window = QWidget(); window.show(); window.close()
    await asyncio.sleep(0.01)
    print("still here")
raise SystemExit(run_application(main))
"""
    assert outcome(run(code, QT_API="pyqt5")) == (0, "still here", "")


async def test_quitting_qt_ends_the_work_in_order() -> None:
    code = """
async def main(app):
    try:
        asyncio.get_running_loop().call_later(0.01, app.quit)
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0)
        print("cleaned up")
raise SystemExit(run_application(main))
"""
    assert outcome(run(code)) == (0, "cleaned up", "")


async def test_an_exception_in_main_is_not_hidden() -> None:
    code, _, errors = outcome(run("async def main(app):\n    raise OSError('no room')\nrun_application(main)\n"))
    assert code == 1
    assert errors.endswith("OSError: no room")


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes without asking them")
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_a_signal_ends_an_idle_application_in_order(number: int, exit_code: int) -> None:
    code = """
async def main(app):
    try:
        print("ready", flush=True)
        await asyncio.sleep(30)
    finally:
        print("cleaned up")
raise SystemExit(run_application(main))
"""
    process = run(code)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    process.send_signal(number)
    assert outcome(process) == (exit_code, "cleaned up", "")
