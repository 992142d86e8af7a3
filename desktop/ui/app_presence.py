"""Crosswalk beside its window: the icon in the tray, the desktop's notifications, and what closing the window means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

from desktop.ui.bus import Action
from desktop.ui.shell.logo import window_icon

if TYPE_CHECKING:
    from desktop.ui.app_window import WorkspaceWindow
    from desktop.workspace.alerts import Alert
    from desktop.workspace.desk import Desk

CLOSE_TO_TRAY = "close_to_tray"
_TOLD = "tray_told"
_MILLISECONDS = 15_000


def tray_available() -> bool:
    """Whether this desktop shows icons of programs that run without a window."""
    return QSystemTrayIcon.isSystemTrayAvailable()


class Presence(QObject):
    """Belongs to one window, from when its workspace is open until the window has closed."""

    def __init__(self, window: WorkspaceWindow, desk: Desk) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._stays = False
        self._told = False
        self._clicked: Callable[[], object] = self.open_window
        self._menu = QMenu()
        self._menu.addAction(self.tr("Open Crosswalk"), self.open_window)
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Quit"), self._quit)
        self.icon = QSystemTrayIcon(window_icon(), self)
        self.icon.setToolTip("Crosswalk")
        self.icon.setContextMenu(self._menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(lambda: self._clicked())
        self.icon.setVisible(tray_available())
        window.set_hiding(self._hides)

    async def follow_settings(self) -> None:
        """Look what the operator chose for closing the window."""
        self._stays = await self._desk.settings.get(CLOSE_TO_TRAY, False) is True
        self._told = await self._desk.settings.get(_TOLD, False) is True

    async def tell_alerts(self) -> None:
        """Tell what is to be told."""
        for alert in await self._desk.alerts.take():
            self._tell(alert)

    def end(self) -> None:
        """Take the icon away."""
        self._window.set_hiding(None)
        self.icon.hide()
        self._menu.deleteLater()

    def open_window(self) -> None:
        """Bring the window to the front."""
        self._window.setVisible(True)
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.raise_()
        self._window.activateWindow()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self.open_window()

    def _quit(self) -> None:
        """Close the window for good. Where it asks something first, it has to be seen."""
        self.open_window()
        self._window.quit()

    def _hides(self) -> bool:
        """Whether closing the window only hides it."""
        if not self._stays or not tray_available():
            return False
        if not self._told:
            self._told = True
            self._window.scope.start(self._desk.settings.put(_TOLD, True))
            text = self.tr("Schedules and changes are still served. To end Crosswalk, choose Quit at its icon.")
            self._notify(self.tr("Crosswalk goes on in the tray"), text, self.open_window)
        return True

    def _tell(self, alert: Alert) -> None:
        title = _title(alert)
        text = f"{alert.message} {alert.hint}".strip()

        def show_sync() -> None:
            self.open_window()
            self._window.go("syncs", sync=alert.sync)

        if self._window.isActiveWindow() or not self._notify(title, text, show_sync):
            show = Action(self.tr("Show the sync"), show_sync)
            self._window.bus.warning(title, text, action=show)
            QApplication.alert(self._window)

    def _notify(self, title: str, text: str, clicked: Callable[[], object]) -> bool:
        """Show a notification of the desktop. Returns whether it can."""
        if not (self.icon.isVisible() and QSystemTrayIcon.supportsMessages()):
            return False
        self._clicked = clicked
        self.icon.showMessage(title, text, window_icon(), _MILLISECONDS)
        return True


def _title(alert: Alert) -> str:
    translate = QCoreApplication.translate
    patterns = {
        "credential": translate("Presence", "“%1” needs other credentials"),
        "question": translate("Presence", "“%1” asks before it goes on"),
        "failing": translate("Presence", "“%1” has failed several times"),
    }
    return patterns[alert.kind.value].replace("%1", alert.sync)
