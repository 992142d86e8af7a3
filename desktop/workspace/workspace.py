"""A workspace: connections, data, syncs, history and settings of one operator or team."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread

from desktop.sync.lease import process_owner
from desktop.vault import Vault
from desktop.workspace.activity import Activity
from desktop.workspace.alerts import Alerts
from desktop.workspace.automatic import Automatic
from desktop.workspace.connections import Connections
from desktop.workspace.context import Clock, Context, current_time
from desktop.workspace.data import Data
from desktop.workspace.hub import Hub
from desktop.workspace.logs import start_log, stop_log
from desktop.workspace.opening import Opened, open_parts, open_temporary
from desktop.workspace.preferences import Preferences
from desktop.workspace.reception import Reception
from desktop.workspace.syncs import Syncs
from desktop.workspace.topics import News


class Workspace:
    """An open workspace. Its parts are used on the event loop that it was opened on."""

    def __init__(
        self, opened: Opened, log_file: Path | None, *, demo: bool = False, clock: Clock = current_time
    ) -> None:
        self.path = opened.path
        self.notice = opened.notice
        self.demo = demo
        self.news = News()
        self._passing = opened.passing
        self._store = opened.store
        self._hub = Hub(opened.store, opened.vault, opened.id, opened.path)
        context = Context(opened.store, self._hub, self.news, clock)
        self.reception = Reception(context)
        self.connections = Connections(context, self.reception)
        self.data = Data(context)
        self.syncs = Syncs(context, process_owner())
        self.alerts = Alerts(context)
        self.automatic = Automatic(context, self.syncs, self.reception, self.alerts)
        self.activity = Activity(context)
        self.settings = Preferences(context, opened.path, log_file, opened.vault)

    async def aclose(self) -> None:
        """Close all connections and the database."""
        await self.connections.aclose()
        await self._hub.aclose()
        await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        self._store.close()
        stop_log()
        if self._passing:
            shutil.rmtree(self.path, ignore_errors=True)


@asynccontextmanager
async def open_workspace(path: Path, vault: Vault | None = None) -> AsyncGenerator[Workspace]:
    """Open the workspace in a folder, or make one there.

    :raises StorageFailure: when it can't be read or written.
    :raises KeyringMissing: when its key is not in the keyring.
    """
    opened = await anyio.to_thread.run_sync(open_parts, path, vault)
    async with _serve(opened, demo=False) as workspace:
        yield workspace


@asynccontextmanager
async def open_throwaway(path: Path, *, demo: bool = False, clock: Clock = current_time) -> AsyncGenerator[Workspace]:
    """A workspace in an empty folder whose secrets live in memory only.

    :param demo: whether it is the demo's, which the window says.
    """
    opened = await anyio.to_thread.run_sync(open_temporary, path)
    async with _serve(opened, demo=demo, clock=clock) as workspace:
        yield workspace


@asynccontextmanager
async def _serve(opened: Opened, *, demo: bool, clock: Clock = current_time) -> AsyncGenerator[Workspace]:
    workspace = Workspace(opened, start_log(opened.path), demo=demo, clock=clock)
    try:
        await workspace.syncs.close_interrupted()
        yield workspace
    finally:
        with anyio.CancelScope(shield=True):
            await workspace.aclose()
