"""The whole window over a real workspace, connected to a sandbox in this process.

A test (``pytestmark = pytest.mark.anyio``) takes `window` and `desk`::

    async def test_a_preview_opens_the_syncs(window, desk):
        named(window, "Preview", QPushButton).click()      # tests.ui.finding
        await window.scope.settle()                        # what the page loads is there
        assert window.current == "syncs"

`desk` is a workspace with the connections "Agency" (HighLevel) and "Shop" (ActiveCampaign), 40 records on each side
and the demo's two syncs; ``@pytest.mark.demo(records=5, syncs=False)`` changes that. `sandbox` is the server behind
it, and `control` sets its faults and reads its counts. `bare_desk` and `bare_window` have nothing connected. The
fixtures of `tests/ui/conftest.py` hold here too.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from PySide6.QtWidgets import QApplication

from desktop.sandbox.server import SandboxServer
from desktop.ui.app_garbage import collect_here
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.theme import Theme
from desktop.workspace.demo import CONTACTS, ORDERS, connect_both
from desktop.workspace.desk import Desk, serve_desk
from desktop.workspace.workspace import Workspace, open_throwaway
from tests.ui.conftest import (
    _assert_no_task_left,
    anyio_backend,
    make_window,
    no_window_left,
    reported,
    scope,
    theme,
)
from tests.ui.finding import until

__all__ = ["anyio_backend", "make_window", "no_window_left", "reported", "scope", "theme"]

RECORDS = 40

Control = Callable[..., Any]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "demo(records, syncs): what the workspace of the window's tests holds")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Close the windows while the test's loop still runs: between a test and its teardown Qt's events are handled
    without it, and a task of a window that took its next step then would fail.
    """
    windows = [value for value in pyfuncitem.funcargs.values() if isinstance(value, WorkspaceWindow)]
    test = pyfuncitem.obj
    if not windows or not inspect.iscoroutinefunction(test):
        return

    @functools.wraps(test)
    async def closing(*args: Any, **kwargs: Any) -> None:
        try:
            await test(*args, **kwargs)
        finally:
            for window in windows:
                await _close(window)

    pyfuncitem.obj = closing


@pytest.fixture(autouse=True)
def garbage_of_this_thread(qapp: QApplication) -> Iterator[None]:
    """As in the application: no widget is destroyed on the workspace's thread."""
    with collect_here():
        yield


@pytest.fixture
def wanted(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the mark ``demo`` asks for."""
    mark = request.node.get_closest_marker("demo")
    return {"records": RECORDS, "syncs": True, **(mark.kwargs if mark else {})}


@pytest.fixture
def sandbox(wanted: dict[str, Any]) -> Iterator[SandboxServer]:
    """The platforms, in this process."""
    with SandboxServer(records=wanted["records"]) as server:
        yield server


@pytest.fixture
def control(sandbox: SandboxServer) -> Control:
    """Speaks to the sandbox's control address: ``control("faults", platform="activecampaign", kind="500", next=3)``
    posts, ``control("stats")`` reads, ``control("faults", method="DELETE")`` clears.
    """

    def call(path: str, /, *, method: str = "", **body: Any) -> Any:
        data = json.dumps(body).encode() if body else None
        wanted = method or ("POST" if body else "GET")
        with urlopen(Request(f"{sandbox.control_url}/{path}", data=data, method=wanted), timeout=5) as answer:
            return json.loads(answer.read())

    return call


@pytest.fixture
async def desk(sandbox: SandboxServer, wanted: dict[str, Any], tmp_path: Path) -> AsyncIterator[Desk]:
    """A workspace that is connected to `sandbox`."""

    @asynccontextmanager
    async def connected() -> AsyncIterator[Workspace]:
        async with open_throwaway(_folder(tmp_path), demo=True) as workspace:
            await connect_both(workspace, sandbox.ready)
            for definition in (ORDERS, CONTACTS) if wanted["syncs"] else ():
                await workspace.syncs.save(definition)
            yield workspace

    async with serve_desk(connected) as desk:
        yield desk


@pytest.fixture
async def bare_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A workspace in which nothing is connected."""
    async with serve_desk(lambda: open_throwaway(_folder(tmp_path))) as desk:
        yield desk


def _folder(parent: Path) -> Path:
    folder = parent / "window-workspace"
    folder.mkdir()
    return folder


@pytest.fixture
async def window(desk: Desk, theme: Theme) -> AsyncIterator[WorkspaceWindow]:
    """The main window over `desk`, at Home; it is closed after the test, which fails if a task is left."""
    async with _shown(desk) as window:
        yield window


@pytest.fixture
async def bare_window(bare_desk: Desk, theme: Theme) -> AsyncIterator[WorkspaceWindow]:
    """The main window over `bare_desk`."""
    async with _shown(bare_desk) as window:
        yield window


@asynccontextmanager
async def _shown(desk: Desk) -> AsyncIterator[WorkspaceWindow]:
    window = WorkspaceWindow()
    window.show()
    window.activateWindow()
    await until(window.isActiveWindow)
    window.serve(desk)
    await window.scope.settle()
    yield window
    await _close(window)
    _assert_no_task_left()


async def _close(window: WorkspaceWindow) -> None:
    window.close()
    async with asyncio.timeout(5):
        await window.closed()
