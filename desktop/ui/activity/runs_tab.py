"""The tab of all runs: a table, and below it the chosen run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from desktop.ui.activity.layout import fill, fit_columns, over
from desktop.ui.activity.run_pane import RunPane
from desktop.ui.activity.runs_model import CREATED, FAILED, RESULT, SYNC, TOOK, TRIGGER, UPDATED, WHEN, RunsModel
from desktop.ui.activity.words import is_troubled
from desktop.ui.shell.page import Shell
from desktop.ui.widgets.buttons import quiet
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.table import Table
from desktop.workspace.views import RunView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_AT_ONCE = 100
_WIDTHS = {WHEN: 150, TRIGGER: 110, RESULT: 150, CREATED: 80, UPDATED: 80, FAILED: 70, TOOK: 100}


class RunsTab(QWidget):
    """Runs of all syncs, or of one, or those only that need a look."""

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._wanted = _AT_ONCE
        self._loading: asyncio.Task[Any] | None = None
        headers = (
            self.tr("When"),
            self.tr("Sync"),
            self.tr("Started"),
            self.tr("Result"),
            self.tr("Created"),
            self.tr("Updated"),
            self.tr("Failed"),
            self.tr("Took"),
        )
        self.model = RunsModel(headers)
        self.table = Table(self.tr("Runs"), self.model)
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.sync = self._combo(self.tr("Sync"), [(self.tr("All syncs"), "")])
        results = [(self.tr("All results"), False), (self.tr("With trouble"), True)]
        self.result = self._combo(self.tr("Result"), results)
        self.more = quiet(self.tr("Show older runs"), self._show_older)
        self.pane = RunPane(desk, shell)
        self.pane.retried.connect(self.reload)
        self.empty = EmptyState("ph.activity", "", "")
        self._build()
        self.table.selectionModel().currentRowChanged.connect(lambda current, _: self._choose(current.row()))

    def _combo(self, name: str, items: list[tuple[str, Any]]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        for label, value in items:
            box.addItem(label, value)
        box.activated.connect(lambda _: self._narrow())
        return box

    def _build(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(24, 8, 24, 8)
        bar.setSpacing(8)
        bar.addWidget(self.sync)
        bar.addWidget(self.result)
        bar.addStretch(1)
        bar.addWidget(self.more)
        fit_columns(self.table, _WIDTHS, SYNC)
        self._split = over(self.table, self.pane, (260, 360))
        self._stack = fill(self, bar, self._split, self.empty)

    def show_syncs(self, names: list[str]) -> None:
        """Offer these syncs to narrow by; the chosen one stays while it is there."""
        chosen = self.sync.currentData()
        while self.sync.count() > 1:
            self.sync.removeItem(1)
        for name in names:
            self.sync.addItem(name, name)
        self.sync.setCurrentIndex(max(self.sync.findData(chosen), 0))

    def _narrow(self) -> None:
        self._wanted = _AT_ONCE
        self.reload()

    def _show_older(self) -> None:
        self._wanted += _AT_ONCE
        self.reload()

    def reload(self) -> None:
        """Read the runs anew."""
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._shell.scope.start(self._load(), busy=None)

    async def load(self, choose: str = "") -> None:
        """Read the runs, and choose one of them."""
        if self._loading is not None:
            self._loading.cancel()
        await self._load(choose)

    async def _load(self, choose: str = "") -> None:
        row = self.table.currentIndex().row()
        before = choose or (self.model.runs[row].id if 0 <= row < len(self.model.runs) else "")
        runs, older = await self._read()
        self.model.show(runs)
        self.more.setVisible(older)
        self._stack.setCurrentWidget(self._split if runs else self.empty)
        if not runs:
            self._say_empty()
            return
        row = self.model.row_of(before)
        row = 0 if row is None else row
        if self.table.currentIndex().row() != row:
            self.table.selectRow(row)
        self.pane.show_run(runs[row])

    async def _read(self) -> tuple[list[RunView], bool]:
        """The newest runs that are wanted, and whether there are older ones."""
        name, troubled = self.sync.currentData() or None, bool(self.result.currentData())
        found: list[RunView] = []
        before: str | None = None
        while True:
            page = await self._desk.activity.runs(name, _AT_ONCE, before)
            found += [run for run in page if is_troubled(run)] if troubled else page
            if not page:
                return found, False
            if len(found) > self._wanted:
                return found[: self._wanted], True
            before = page[-1].id

    def _say_empty(self) -> None:
        if self.sync.currentIndex() > 0 or self.result.currentIndex() > 0:
            title, text = self.tr("Nothing found"), self.tr("No run fits. Show all syncs or all results.")
        else:
            title, text = self.tr("No runs yet"), self.tr("Each run of a sync is listed here with what it changed.")
        self.empty.title_label.setText(title)
        self.empty.text_label.setText(text)
        self.empty.text_label.show()
        self.empty.setAccessibleName(title)

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self.model.runs):
            self.pane.show_run(self.model.runs[row])
