"""The tab of the records that could not be written: why, what to do, and trying again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.shell.page import Shell
from desktop.ui.syncs.columns import Share, SharedColumns
from desktop.ui.syncs.paged import PagedModel
from desktop.ui.text import counted, number, relative
from desktop.ui.widgets.buttons import plain, quiet
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import ElidedLabel, Label
from desktop.ui.widgets.table import Table
from desktop.workspace.views import FailureView, SyncView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_RECORD, _REASON, _REMEDY, _SINCE, _ATTEMPTS = range(5)


class FailuresTab(QWidget):
    """Failed records. Retrying is asked for by signals: ids of the chosen ones, or all."""

    retry_wanted = Signal(object)
    """The source ids of the records to retry, or None for all."""

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._name = ""
        self._busy = False
        self._loading: asyncio.Task[Any] | None = None
        headers = (
            self.tr("Record"),
            self.tr("Reason"),
            self.tr("What to do"),
            self.tr("Since"),
            self.tr("Attempts"),
        )
        self.model: PagedModel[FailureView] = PagedModel(shell.scope, headers, _describe)
        self.table = Table(self.tr("Failures"), self.model)
        self.retry_selected = plain(self.tr("Retry selected"), self._retry_selected, compact=True)
        self.retry_all = plain(self.tr("Retry all"), lambda: self.retry_wanted.emit(None), compact=True)
        self.dismiss = quiet(self.tr("Dismiss"), self._dismiss_selected, compact=True)
        self.dismiss.setAccessibleDescription(
            self.tr("Takes the selected records off this list. They are tried again once they change.")
        )
        self.dismiss.setToolTip(self.dismiss.accessibleDescription())
        self.caption = ElidedLabel("", "small")
        self._build()
        self.model.modelReset.connect(self._sense)
        self.model.loaded.connect(lambda *_: self._show_current())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._sense())

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._bar = QWidget()
        self._bar.setProperty("surface", "surface")
        self._bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self._bar)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.caption, 1)
        for button in (self.dismiss, self.retry_selected, self.retry_all):
            row.addWidget(button)
        column.addWidget(self._bar)
        shares = {
            _RECORD: Share(0.15, 90, 240),
            _REMEDY: Share(0.25, 110, 420),
            _SINCE: Share(0.12, 80, 160),
            _ATTEMPTS: Share(0.1, 72, 110),
        }
        SharedColumns(self.table, shares, rest=_REASON)
        self.table.set_lines(2)
        text = self.tr("Records that can’t be sent are listed here with the reason.")
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState("ph.check", self.tr("No failures"), text))
        self._stack.addWidget(self.table)
        column.addWidget(self._stack, 1)
        self.current = Label("", "small", wrap=True)
        self.current.setContentsMargins(16, 10, 16, 10)
        column.addWidget(self.current)

    def show_sync(self, view: SyncView, *, busy: bool) -> None:
        """Show the failures of a sync; `busy` while it runs, when nothing can be retried."""
        self._busy = busy
        same = view.name == self._name and self.model.rowCount() == view.due
        self._name = view.name
        self._bar.setVisible(view.due > 0)
        self._stack.setCurrentIndex(1 if view.due else 0)
        one, many = "%n record could not be sent", "%n records could not be sent"
        self.caption.setText(counted(view.due, one, many, "FailuresTab"))
        name = view.name

        async def fetch(offset: int, limit: int) -> list[FailureView]:
            return await self._desk.syncs.failures(name, offset, limit)

        if same:
            self.model.grow(view.due, fetch)
        else:
            self.model.show(view.due, fetch)
        self._sense()

    def _show_current(self) -> None:
        """Say the current failure in full, which the table has no room for."""
        row = self.table.currentIndex().row()
        item = self.model.item(row) if row >= 0 else None
        said = f"{item.title}: {item.problem.message} {item.problem.hint}".strip() if item else ""
        self.current.setText(said)
        self.current.setVisible(bool(said) and self.table.isVisibleTo(self))

    def _sense(self) -> None:
        self._show_current()
        chosen = bool(self.table.chosen_rows())
        self.retry_selected.setEnabled(chosen and not self._busy)
        self.dismiss.setEnabled(chosen and not self._busy)
        self.retry_all.setEnabled(self.model.rowCount() > 0 and not self._busy)

    def _chosen_ids(self) -> list[str]:
        items = (self.model.item(row) for row in self.table.chosen_rows())
        return [item.source_id for item in items if item is not None]

    def _retry_selected(self) -> None:
        ids = self._chosen_ids()
        if ids:
            self.retry_wanted.emit(ids)

    def _dismiss_selected(self) -> None:
        ids = self._chosen_ids()
        if ids:
            self._shell.scope.start(self._desk.syncs.dismiss(self._name, ids), busy=self.dismiss)


def _describe(item: FailureView, column: int, role: int) -> Any:
    if role == Qt.ItemDataRole.TextAlignmentRole and column == _ATTEMPTS:
        return int(Qt.AlignmentFlag.AlignRight)
    texts = {
        _RECORD: item.title,
        _REASON: item.problem.message,
        _REMEDY: item.problem.hint,
        _SINCE: relative(item.since, datetime.now(UTC)),
        _ATTEMPTS: number(item.attempts),
    }
    shown = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
    if role in shown or (role == Qt.ItemDataRole.ToolTipRole and column in (_REASON, _REMEDY)):
        return texts[column]
    return None
