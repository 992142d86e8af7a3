"""A workspace as a window uses it: the same calls, made on the workspace's own thread."""

from __future__ import annotations

import asyncio
import functools
import inspect
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from desktop.sync.beside import beside
from desktop.vault import Vault
from desktop.workspace.activity import Activity
from desktop.workspace.alerts import Alerts
from desktop.workspace.background import Background
from desktop.workspace.connections import Connections
from desktop.workspace.data import Data
from desktop.workspace.preferences import Preferences
from desktop.workspace.reception import Reception
from desktop.workspace.syncs import Syncs
from desktop.workspace.topics import Listener, Topic
from desktop.workspace.workspace import Workspace, open_workspace

T = TypeVar("T")

_REPORT_EVERY = 0.1
"""Seconds between two reports of progress to a window; the last one is always delivered."""


class Desk:
    """A workspace on a thread of its own.

    Each part's methods are awaited from the window's loop and work on the workspace's. A callback named ``watch``
    is called on the window's loop, at most ten times a second.
    """

    def __init__(self, workspace: Workspace, background: Background) -> None:
        self.path: Path = workspace.path
        self.notice: str | None = workspace.notice
        self.demo: bool = workspace.demo
        self._workspace = workspace
        self._background = background
        self._ends: list[Callable[[], None]] = []
        self.connections: Connections = self._part(workspace.connections)
        self.data: Data = self._part(workspace.data)
        self.syncs: Syncs = self._part(workspace.syncs)
        self.reception: Reception = self._part(workspace.reception)
        self.alerts: Alerts = self._part(workspace.alerts)
        self.activity: Activity = self._part(workspace.activity)
        self.settings: Preferences = self._part(workspace.settings)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Be told, on the loop that runs now, what changed. Returns what ends it."""
        loop = asyncio.get_running_loop()

        def pass_on(topic: Topic) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(listener, topic)

        return self._workspace.news.subscribe(pass_on)

    def _part(self, part: T) -> T:
        return cast("T", _Part(part, self._background))


class _Part:
    """Stands for one part of a workspace on another loop."""

    def __init__(self, part: object, background: Background) -> None:
        self._part = part
        self._background = background

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._part, name)
        if not inspect.iscoroutinefunction(method):
            raise AttributeError(f"{type(self._part).__name__}.{name} can't be called from another loop")

        @functools.wraps(method)
        async def call(*args: object, **kwargs: object) -> object:
            watch = kwargs.get("watch")
            if callable(watch):
                kwargs["watch"] = _Throttle(cast("Callable[[object], None]", watch))
            return await self._background.call(lambda: method(*args, **kwargs))

        return call


class _Throttle:
    """Passes reports of progress to the loop that it was made on, no more often than a person can see."""

    def __init__(self, watch: Callable[[object], None]) -> None:
        self._watch = watch
        self._loop = asyncio.get_running_loop()
        self._last = 0.0
        self._waiting: object = None

    def __call__(self, report: object) -> None:
        now = time.monotonic()
        first = self._waiting is None
        self._waiting = report
        if first:
            delay = max(0.0, _REPORT_EVERY - (now - self._last))
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._loop.call_later, delay, self._deliver)

    def _deliver(self) -> None:
        report, self._waiting = self._waiting, None
        self._last = time.monotonic()
        if report is not None:
            self._watch(report)


@asynccontextmanager
async def open_desk(path: Path, vault: Vault | None = None) -> AsyncGenerator[Desk]:
    """Open a workspace on a thread of its own."""
    async with serve_desk(lambda: open_workspace(path, vault)) as desk:
        yield desk


@asynccontextmanager
async def serve_desk(opening: Callable[[], AbstractAsyncContextManager[Workspace]]) -> AsyncGenerator[Desk]:
    """Open what ``opening`` opens on a thread of its own, and close it there. Meanwhile its schedules are served.

    The workspace's context is entered and left by one task of that thread's loop, as its cancel scopes require.
    """
    background = Background("workspace")
    window = asyncio.get_running_loop()
    opened: asyncio.Future[Workspace] = window.create_future()
    closing = await background.call(_event)

    async def live() -> None:
        try:
            async with opening() as workspace:
                window.call_soon_threadsafe(_resolve, opened, workspace)
                async with beside(workspace.automatic.serve):
                    await closing.wait()
        except Exception as error:
            window.call_soon_threadsafe(_reject, opened, error)
            raise

    life = asyncio.run_coroutine_threadsafe(live(), background.loop)
    try:
        yield Desk(await opened, background)
    finally:
        background.loop.call_soon_threadsafe(closing.set)
        await asyncio.wait([asyncio.wrap_future(life)])
        await asyncio.to_thread(background.stop)


async def _event() -> asyncio.Event:
    return asyncio.Event()


def _resolve(future: asyncio.Future[Workspace], workspace: Workspace) -> None:
    if not future.done():
        future.set_result(workspace)


def _reject(future: asyncio.Future[Workspace], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
