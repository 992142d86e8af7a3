"""The pages of the window in the order of the navigation; each is imported when it is first gone to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.ui.shell.page import Page, PageEntry, Shell

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk


def _home(desk: Desk, shell: Shell) -> Page:
    from desktop.ui.home.page import HomePage

    return HomePage(desk, shell)


def _data(desk: Desk, shell: Shell) -> Page:
    from desktop.ui.data.page import DataPage

    return DataPage(desk, shell)


def _syncs(desk: Desk, shell: Shell) -> Page:
    from desktop.ui.syncs.page import SyncsPage

    return SyncsPage(desk, shell)


def _activity(desk: Desk, shell: Shell) -> Page:
    from desktop.ui.activity.page import ActivityPage

    return ActivityPage(desk, shell)


def _connections(desk: Desk, shell: Shell) -> Page:
    from desktop.ui.connections.page import ConnectionsPage

    return ConnectionsPage(desk, shell)


def _settings(desk: Desk, shell: Shell) -> Page:
    from desktop.ui.settings.page import SettingsPage

    return SettingsPage(desk, shell)


def page_entries(desk: Callable[[], Desk]) -> tuple[PageEntry, ...]:
    """The entries of all pages.

    :param desk: gives the workspace that the pages show; called when a page is built.
    """

    def entry(key: str, title: str, icon: str, build: Callable[[Desk, Shell], Page]) -> PageEntry:
        return PageEntry(key, title, icon, lambda shell: build(desk(), shell), at_bottom=key == "settings")

    def tr(text: str) -> str:
        return QCoreApplication.translate("Pages", text)

    return (
        entry("home", tr("Home"), "ph.house", _home),
        entry("data", tr("Data"), "ph.layout", _data),
        entry("syncs", tr("Syncs"), "ph.arrows-left-right", _syncs),
        entry("activity", tr("Activity"), "ph.activity", _activity),
        entry("connections", tr("Connections"), "msc.plug", _connections),
        entry("settings", tr("Settings"), "ph.gear-six", _settings),
    )
