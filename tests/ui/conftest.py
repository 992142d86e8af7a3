"""Fixtures for everything in the window.

An async test (``pytestmark = pytest.mark.anyio``) here runs on qasync's event loop over the one QApplication,
as the application does; widgets can be shown, clicked and awaited in it. Typical use::

    async def test_it_saves(make_window):
        data = PageEntry("data", "Data", "ph.layout", lambda shell: DataPage(shell, workspace))
        window = make_window(data)
        window.go("data")
        await window.scope.settle()                   # what the page loads is there
        named(window, "Save", QPushButton).click()    # tests.ui.finding
        await window.scope.settle()

`make_window` closes its windows and fails the test if a task is left; `scope` and `reported` do the same for
tests of single widgets. Inside an async test never use ``qtbot.wait...``, which would nest event loops, but
``await until(condition)`` from `tests.ui.finding`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytestqt.plugin
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from desktop.ui.aio import TaskScope, create_loop
from desktop.ui.shell.page import PageEntry
from desktop.ui.shell.window import MainWindow
from desktop.ui.theme import Theme

# pytest-qt lets Qt work between a test's setup, call and teardown. The event loop does not run then, and a task that
# is woken all the same finds no loop; what a test leaves to do is done when its loop runs again.
pytestqt.plugin._process_events = lambda: None


@pytest.fixture
def anyio_backend(qapp: QApplication) -> tuple[str, dict[str, Any]]:
    """Async tests run on the window's event loop."""
    return "asyncio", {"loop_factory": lambda: create_loop(qapp)}


@pytest.fixture(autouse=True)
def no_window_left(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a visible window, and deletes all others with their timers."""
    qapp.setQuitOnLastWindowClosed(False)
    yield
    left = [type(window).__name__ for window in qapp.topLevelWidgets() if window.isVisible()]
    for window in qapp.topLevelWidgets():
        # Popups are windows too, but belong to the boxes that open them.
        if window.parent() is None:
            window.hide()
            window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not left, f"windows left open: {left}"


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme, applied to the application for the test."""
    theme = Theme(qapp, "light")
    yield theme
    theme.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def reported() -> list[str]:
    """The texts of the exceptions that `scope` reported."""
    return []


@pytest.fixture
async def scope(reported: list[str]) -> AsyncIterator[TaskScope]:
    """A task scope that is closed after the test; its errors are in `reported`."""
    scope = TaskScope(lambda error: reported.append(str(error)))
    yield scope
    await scope.close()
    _assert_no_task_left()


@pytest.fixture
async def make_window(theme: Theme) -> AsyncIterator[Callable[..., MainWindow]]:
    """Builds and shows main windows of the given entries; they are closed after the test."""
    windows: list[MainWindow] = []

    def make(*entries: PageEntry) -> MainWindow:
        window = MainWindow(entries)
        windows.append(window)
        window.show()
        return window

    yield make
    for window in windows:
        window.close()
        await asyncio.wait_for(window.closed(), 5)
    _assert_no_task_left()


def _assert_no_task_left() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    left = [task for task in tasks if "TestRunner" not in repr(task.get_coro())]
    assert not left, f"tasks left: {left}"
