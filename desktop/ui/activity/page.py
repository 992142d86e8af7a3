"""The Activity page: every run and every edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.ui.activity.edits_tab import EditsTab
from desktop.ui.activity.runs_tab import RunsTab
from desktop.ui.shell.page import Page, Shell
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.tabs import Tabs
from desktop.workspace.topics import Topic

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_RUNS, _EDITS = range(2)


class ActivityPage(Page):
    """What happened: by syncs, and by hand."""

    def __init__(self, desk: Desk, shell: Shell) -> None:
        super().__init__(shell)
        self._desk = desk
        self.runs = RunsTab(desk, shell)
        self.edits = EditsTab(desk, shell)
        self.tabs = Tabs(self.tr("Activity"))
        self.tabs.add(self.tr("Runs"), self.runs)
        self.tabs.add(self.tr("Edits"), self.edits)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(PageHeader(self.tr("Activity"), over_tabs=True))
        column.addWidget(self.tabs, 1)
        self.tabs.bar.currentChanged.connect(lambda _: self._focus())
        QShortcut(QKeySequence("Ctrl+F"), self).activated.connect(self._find)
        unsubscribe = desk.subscribe(self._heard)
        self.destroyed.connect(lambda: unsubscribe())

    async def shown(self, tab: str = "", run: str = "", **_: Any) -> None:
        """Show the page.

        :param tab: ``runs`` or ``edits``.
        :param run: id of the run to choose.
        """
        if tab or run:
            self.tabs.show_tab(_EDITS if tab == "edits" else _RUNS)
        self.runs.show_syncs([view.name for view in await self._desk.syncs.all()])
        await self.runs.load(choose=run)
        await self.edits.load()
        self._focus()

    def _focus(self) -> None:
        on_runs = self.tabs.bar.currentIndex() == _RUNS
        if self.tabs.bar.hasFocus():
            return
        table = self.runs.table if on_runs else self.edits.table
        (table if table.isVisible() else self.tabs.bar).setFocus()

    def _find(self) -> None:
        on_runs = self.tabs.bar.currentIndex() == _RUNS
        (self.runs.pane.changes.search if on_runs else self.edits.search).setFocus()

    def panes(self) -> list[QWidget]:
        """The tabs, the table and what is below it."""
        shown: tuple[QWidget, QWidget] = (self.runs.table, self.runs.pane)
        if self.tabs.bar.currentIndex() == _EDITS:
            shown = (self.edits.table, self.edits.pane)
        return [self.tabs.bar, *shown]

    def _heard(self, topic: Topic) -> None:
        if not self.isVisible():
            return
        if topic is Topic.RUNS:
            self.runs.reload()
        elif topic is Topic.EDITS:
            self.edits.reload()
