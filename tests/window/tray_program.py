"""A whole window in a process of its own, since Qt asks a process's desktop for a tray only once.

Prints ``open``, ``shown`` and ``hidden`` as the window becomes so, and at last ``ended``; takes the lines ``close``
(the window is closed), ``stay`` (closing is to hide it), ``fail`` (a run by the clock meets a refused credential) and
``setting`` (what Settings offers), each answered with ``done``.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.domain.errors import CredentialRefused
from desktop.ui.aio import run_application
from desktop.ui.app import Source, show_workspace
from desktop.ui.app_presence import CLOSE_TO_TRAY
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.settings.page import SettingsPage
from desktop.workspace.demo import CONTACTS, open_demo


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def opened_window() -> WorkspaceWindow:
    while True:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, WorkspaceWindow) and widget.serving:
                return widget
        await asyncio.sleep(0.02)


async def tell_visibility(window: WorkspaceWindow) -> None:
    shown = True
    while True:
        await asyncio.sleep(0.02)
        if window.isVisible() != shown:
            shown = not shown
            say("shown" if shown else "hidden")


async def obey(window: WorkspaceWindow, word: str) -> None:
    desk = window._open_desk()
    match word:
        case "stay":
            await desk.settings.put(CLOSE_TO_TRAY, True)
            await window.scope.settle()
        case "setting":
            window.go("settings")
            await window.scope.settle()
            page = window.page("settings")
            assert isinstance(page, SettingsPage)
            say(f"{page.closing.isEnabled()} {page.closing.currentText()}")
        case "close":
            window.close()
        case "fail":
            error = CredentialRefused("The credentials of Agency were refused.", "Replace them under Connections.")
            await desk.syncs.note_not_begun(CONTACTS.name, "schedule", error)
            await desk.alerts.look_at(CONTACTS.name)
        case _:
            raise ValueError(word)
    say("done")


async def drive() -> None:
    window = await opened_window()
    say("open")
    async with asyncio.TaskGroup() as group:
        telling = group.create_task(tell_visibility(window))
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            await obey(window, word)
        telling.cancel()


async def main(app: QApplication, folder: Path) -> None:
    source = Source("desktop.workspace.demo", lambda: open_demo(5), folder)
    driving = asyncio.ensure_future(drive())
    await show_workspace(app, source)
    driving.cancel()
    with suppress(asyncio.CancelledError):
        await driving
    say("ended")


if __name__ == "__main__":
    sys.exit(run_application(lambda app: main(app, Path(sys.argv[1]))))
