"""The application as a whole: opening, what keeps it from opening, and closing."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile, QRect
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QToolButton, QWidget

from desktop.domain.errors import KeyringMissing, StorageFailure
from desktop.ui.app import Source, hold_folder, show_workspace
from desktop.ui.app_appearance import Appearance, keep_appearance, read_appearance
from desktop.ui.app_faults import watch_faults
from desktop.ui.app_problem import ProblemWindow
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.bus import Bus, Message
from desktop.ui.shell.navigation import NavigationItem
from desktop.ui.theme import colours, current_theme
from desktop.workspace.desk import Desk, serve_desk
from desktop.workspace.workspace import open_throwaway
from tests.ui.finding import all_named, named, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def no_theme_left(qapp: QApplication):
    """`show_workspace` sets the application's theme up."""
    yield
    while (theme := current_theme()) is not None:
        theme.setParent(None)
        theme.deleteLater()


def source(folder: Path, *failures: Exception, gate: asyncio.Event | None = None) -> Source:
    """A workspace in a folder; opening it fails once for each of `failures`, and waits for `gate`."""
    left = list(failures)

    @asynccontextmanager
    async def open_it() -> AsyncIterator[Desk]:
        if gate is not None:
            await gate.wait()
        if left:
            raise left.pop(0)
        inner = folder / "data"
        inner.mkdir(exist_ok=True)
        async with serve_desk(lambda: open_throwaway(inner)) as desk:
            yield desk

    return Source("desktop.workspace.desk", open_it, folder)


@asynccontextmanager
async def running(qapp: QApplication, wanted: Source) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.ensure_future(show_workspace(qapp, wanted))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def shown(kind: type) -> list:
    return [window for window in QApplication.topLevelWidgets() if isinstance(window, kind) and window.isVisible()]


async def main_window() -> WorkspaceWindow:
    await until(lambda: shown(WorkspaceWindow))
    return shown(WorkspaceWindow)[0]


async def problem_window() -> ProblemWindow:
    await until(lambda: shown(ProblemWindow))
    return shown(ProblemWindow)[0]


async def test_the_window_shows_before_the_workspace_is_open(qapp: QApplication, folder: Path) -> None:
    gate = asyncio.Event()
    async with running(qapp, source(folder, gate=gate)) as task:
        window = await main_window()
        assert not window.serving
        window.go("settings")
        gate.set()
        await until(lambda: window.serving)
        await until(lambda: window.current == "settings")
        names = [item.accessibleName() for item in window.findChildren(NavigationItem)]
        assert names == ["Home", "Data", "Syncs", "Activity", "Connections", "Settings"]
        window.close()
        await asyncio.wait_for(task, 5)
    assert not shown(QWidget)


async def test_closing_while_it_opens_ends_it(qapp: QApplication, folder: Path) -> None:
    async with running(qapp, source(folder, gate=asyncio.Event())) as task:
        window = await main_window()
        window.close()
        await asyncio.wait_for(task, 5)


async def test_a_request_to_end_closes_window_and_workspace(qapp: QApplication, folder: Path) -> None:
    async with running(qapp, source(folder)) as task:
        window = await main_window()
        await until(lambda: window.serving)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not shown(QWidget)
    with hold_folder(folder):
        pass


async def test_a_second_window_is_told_and_the_first_goes_on(qapp: QApplication, folder: Path) -> None:
    first = QLockFile(str(folder / "window.lock"))
    assert first.tryLock(0)
    async with running(qapp, source(folder)) as task:
        window = await problem_window()
        assert window.accessibleName() == "Crosswalk is already open with this workspace"
        assert not shown(WorkspaceWindow)
        named(window, "Try again", QPushButton).click()
        await until(lambda: shown(ProblemWindow) and shown(ProblemWindow)[0] is not window)
        first.unlock()
        named(await problem_window(), "Try again", QPushButton).click()
        opened = await main_window()
        await until(lambda: opened.serving)
        opened.close()
        await asyncio.wait_for(task, 5)


@pytest.mark.parametrize(
    "failure",
    [
        StorageFailure("The workspace is damaged.", "Restore it from a backup.", "page 3"),
        KeyringMissing("The key is not in the keyring.", "Open it as the user who made it.", "workspace.db"),
    ],
)
async def test_what_keeps_it_from_opening_is_told_with_what_to_do(
    qapp: QApplication, folder: Path, failure: StorageFailure
) -> None:
    async with running(qapp, source(folder, failure)) as task:
        window = await problem_window()
        assert not shown(WorkspaceWindow)
        assert (window.accessibleName(), window.accessibleDescription()) == (failure.message, failure.hint)
        again = named(window, "Try again", QPushButton)
        assert again.grab().toImage().pixelColor(8, again.height() // 2) == colours().colour("accent")
        named(window, "Details", QToolButton).click()
        assert named(window, "Details", QPlainTextEdit).toPlainText() == failure.details
        named(window, "Quit", QPushButton).click()
        await asyncio.wait_for(task, 5)
    assert not shown(QWidget)


@pytest.mark.allow_log_errors
async def test_an_unforeseen_failure_is_told_too(qapp: QApplication, folder: Path) -> None:
    async with running(qapp, source(folder, ZeroDivisionError("by nothing"))) as task:
        window = await problem_window()
        assert window.accessibleName() == "Something went wrong in Crosswalk"
        window.close()
        await asyncio.wait_for(task, 5)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "file"
    file.touch()
    return file


async def test_a_folder_that_cannot_be_made_is_told(qapp: QApplication, file: Path) -> None:
    async with running(qapp, source(file / "workspace")) as task:
        window = await problem_window()
        assert "can’t be written" in window.accessibleName()
        named(window, "Quit", QPushButton).click()
        await asyncio.wait_for(task, 5)


async def test_place_and_colours_are_there_from_the_first_paint(qapp: QApplication, folder: Path) -> None:
    async with running(qapp, source(folder)) as task:
        window = await main_window()
        await until(lambda: window.serving)
        window.setGeometry(QRect(40, 50, 1100, 700))
        window.go("settings")
        await window.scope.settle()
        await window._open_desk().settings.put("theme", "dark")
        await until(lambda: (theme := current_theme()) is not None and theme.palette.dark)
        window.close()
        await asyncio.wait_for(task, 5)
    gate = asyncio.Event()
    async with running(qapp, source(folder, gate=gate)) as task:
        window = await main_window()
        theme = current_theme()
        assert theme is not None
        assert theme.palette.dark
        assert window.height() == 700
        window.close()
        await asyncio.wait_for(task, 5)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"theme": "pink"}', '{"theme": 3}'])
def test_a_damaged_file_of_looks_is_as_none(folder: Path, text: str) -> None:
    (folder / "window.json").write_text(text)
    assert read_appearance(folder) == Appearance()
    keep_appearance(folder, Appearance("dark"))
    assert json.loads((folder / "window.json").read_text())["theme"] == "dark"


async def test_a_demo_says_so_for_as_long_as_it_is_open(window: WorkspaceWindow) -> None:
    (notice,) = all_named(
        window,
        "This is the demo: made-up records on a practice server on this computer. Nothing is kept.",
    )
    assert notice.isVisible()


@pytest.mark.allow_log_errors
async def test_failures_that_no_scope_caught_reach_the_operator(folder: Path) -> None:
    bus, told = Bus(), list[Message]()
    bus.posted.connect(told.append)

    async def fail() -> None:
        raise ZeroDivisionError("by nothing")

    with watch_faults(bus, folder):
        task = asyncio.get_running_loop().create_task(fail())
        await asyncio.wait([task])
        del task
        await until(lambda: told)
        error = ValueError("in a slot")
        sys.excepthook(ValueError, error, None)
    assert ["ZeroDivisionError" in message.details for message in told] == [True, False]
    assert "in a slot" in told[1].details
