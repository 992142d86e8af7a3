"""The application: one window over one workspace, from the first paint to the last file closed."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLockFile
from PySide6.QtWidgets import QApplication

from desktop.domain.errors import StorageFailure, WorkspaceBusy
from desktop.ui.aio import first_of, run_application
from desktop.ui.app_appearance import Appearance, keep_appearance, read_appearance
from desktop.ui.app_doorbell import Doorbell, ring
from desktop.ui.app_faults import watch_faults
from desktop.ui.app_garbage import collect_here, spare_what_stays
from desktop.ui.app_language import install_language
from desktop.ui.app_presence import Presence
from desktop.ui.app_problem import ProblemWindow
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.bus import Bus, Message, message_of
from desktop.ui.theme import Theme

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk
    from desktop.workspace.topics import Topic

log = logging.getLogger(__name__)

Opener = Callable[[], "AbstractAsyncContextManager[Desk]"]

_SWITCH = 0.001
"""Seconds after which the workspace's thread lets the window's go on."""


@dataclass(frozen=True, slots=True)
class Source:
    """The workspace to open.

    :param module: what has to be imported first; that takes time, and is done after the first paint.
    :param open: opens it, once the module is there.
    :param folder: where it lies; None for one that is thrown away.
    """

    module: str
    open: Opener
    folder: Path | None = None


def run_window(path: Path) -> int:
    """The window over the workspace in a folder, until it is closed. Returns the exit code."""

    def open_it() -> AbstractAsyncContextManager[Desk]:
        from desktop.workspace.desk import open_desk

        return open_desk(path)

    return _run(Source("desktop.workspace.desk", open_it, path))


def run_demo(records: int) -> int:
    """The window over a throw-away workspace that is connected to a sandbox. Returns the exit code."""

    def open_it() -> AbstractAsyncContextManager[Desk]:
        from desktop.workspace.demo import open_demo

        return open_demo(records)

    return _run(Source("desktop.workspace.demo", open_it))


def _run(source: Source) -> int:
    sys.setswitchinterval(_SWITCH)
    return run_application(lambda app: show_workspace(app, source))


async def show_workspace(app: QApplication, source: Source) -> None:
    """Show the workspace until its window is closed; what keeps it from opening is told in a small window."""
    app.setApplicationName("Crosswalk")
    app.setDesktopFileName("crosswalk")
    appearance = read_appearance(source.folder)
    theme = Theme(app, appearance.theme)
    install_language(app, appearance.language)
    bus = Bus()
    with collect_here(), watch_faults(bus, source.folder):
        while (problem := await _attempt(_Session(theme, bus, source, appearance))) is not None:
            if not await ProblemWindow(problem).ask():
                return


async def _attempt(session: _Session) -> Message | None:
    """Run the session to its end; what keeps it from that, None when it ended as the operator wanted."""
    try:
        with hold_folder(session.folder):
            await session.run()
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator hears of it
        return message_of(error)
    else:
        return None


@contextlib.contextmanager
def hold_folder(folder: Path | None) -> Generator[None]:
    """Keep a second window off the workspace while the first has it.

    :raises WorkspaceBusy: when another window has it open.
    :raises StorageFailure: when the folder can't be written.
    """
    if folder is None:
        yield
        return
    failure = StorageFailure(
        _tr("The workspace folder %1 can’t be written.").replace("%1", str(folder)),
        _tr("Look whether the disk is full and whether the folder belongs to you."),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        failure.details = str(error)
        raise failure from None
    lock = QLockFile(str(folder / "window.lock"))
    lock.setStaleLockTime(0)
    if not lock.tryLock(0):
        if lock.error() != QLockFile.LockError.LockFailedError:
            raise failure
        ring(folder)
        raise WorkspaceBusy(
            _tr("Crosswalk is already open with this workspace"),
            _tr("Go on in the window that is open: it was brought to the front. Nothing was changed."),
            str(folder),
        )
    try:
        yield
    finally:
        lock.unlock()


class _Session:
    """One window, from its first paint until its workspace is closed."""

    def __init__(self, theme: Theme, bus: Bus, source: Source, appearance: Appearance) -> None:
        self.folder = source.folder
        self._theme = theme
        self._source = source
        self._kept = appearance
        self._appearance = appearance
        self._window = WorkspaceWindow(bus)
        self._window.restore(appearance.geometry)

    async def run(self) -> None:
        """Show the window, open the workspace, and wait until the window is closed."""
        self._window.show()
        try:
            await first_of(self._live(), self._closed_early())
        finally:
            self._remember()
            self._window.hide()
            self._window.deleteLater()

    async def _closed_early(self) -> bool:
        """Wait until the window is closed: whether that was before the workspace was open."""
        await self._window.closed()
        return not self._window.serving

    async def _live(self) -> None:
        await self._window.painted()
        await asyncio.to_thread(importlib.import_module, self._source.module)
        async with self._source.open() as desk:
            await self._apply_settings(desk)
            presence = Presence(self._window, desk)
            unsubscribe = desk.subscribe(lambda topic: self._heard(desk, presence, topic))
            doorbell = Doorbell(self.folder, presence.open_window) if self.folder is not None else None
            try:
                self._window.serve(desk)
                await presence.follow_settings()
                await presence.tell_alerts()
                spare_what_stays()
                await self._window.closed()
            finally:
                unsubscribe()
                presence.end()
                if doorbell is not None:
                    doorbell.end()
                await self._window.scope.close()

    def _heard(self, desk: Desk, presence: Presence, topic: Topic) -> None:
        if topic == "settings":
            self._window.scope.start(self._apply_settings(desk))
            self._window.scope.start(presence.follow_settings())
        elif topic == "alerts":
            self._window.scope.start(presence.tell_alerts())

    async def _apply_settings(self, desk: Desk) -> None:
        from desktop.workspace.logs import set_level

        theme = await desk.settings.get("theme", self._appearance.theme)
        language = await desk.settings.get("language", self._appearance.language)
        set_level(str(await desk.settings.get("log_level", "info")))
        self._appearance = replace(self._appearance, theme=str(theme), language=str(language))
        self._theme.choose(self._appearance.theme)
        self._remember()

    def _remember(self) -> None:
        self._appearance = replace(self._appearance, geometry=self._window.geometry_text)
        if self._appearance != self._kept:
            self._kept = self._appearance
            keep_appearance(self._source.folder, self._appearance)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Application", text)
