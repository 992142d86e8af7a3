"""The tab of a sync's earlier runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.change import UNDO
from desktop.ui.shell.page import Shell
from desktop.ui.syncs.columns import Share, SharedColumns
from desktop.ui.syncs.words import length_words, started_words, status_tone, status_words, tally_of
from desktop.ui.text import number
from desktop.ui.widgets.buttons import quiet
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.rows import PillRole
from desktop.ui.widgets.table import Table
from desktop.workspace.views import RunView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_Index = QModelIndex | QPersistentModelIndex
_WHEN, _STATUS, _CREATED, _UPDATED, _UNCHANGED, _SKIPPED, _FAILED, _TOOK = range(8)
_AT_ONCE = 50


class RunsModel(QAbstractTableModel):
    """Runs, the newest first."""

    def __init__(self, headers: Sequence[str], triggers: dict[str, str]) -> None:
        super().__init__()
        self._headers = tuple(headers)
        self._triggers = triggers
        self.runs: list[RunView] = []

    def show(self, runs: list[RunView]) -> None:
        """Show these runs."""
        if runs == self.runs:
            return
        self.beginResetModel()
        self.runs = runs
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    @staticmethod
    def _alignment(column: int) -> int | None:
        return int(Qt.AlignmentFlag.AlignRight) if _CREATED <= column <= _FAILED else None

    def data(self, index: _Index, role: int = 0) -> Any:
        run = self.runs[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._text(run, index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(index.column())
            case Qt.ItemDataRole.ToolTipRole if index.column() == _STATUS:
                return run.problem.message if run.problem else status_words(run.status)
            case _ if role == PillRole and index.column() == _STATUS:
                return status_tone(run.status)
        return None

    def _text(self, run: RunView, column: int) -> str:
        if column == _WHEN:
            when = started_words(run, datetime.now(UTC))
            trigger = self._triggers.get(run.trigger, "")
            return f"{when} · {trigger}" if trigger else when
        if column == _STATUS:
            return status_words(run.status)
        if column == _TOOK:
            return length_words(run)
        tally = tally_of(run.result)
        counts = {
            _CREATED: tally.created,
            _UPDATED: tally.updated,
            _UNCHANGED: tally.unchanged,
            _SKIPPED: tally.skipped,
            _FAILED: tally.failed,
        }
        return number(counts[column])


class RunsTab(QWidget):
    """Earlier runs. `chosen` tells the run whose changes are to be shown."""

    chosen = Signal(object)

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._name = ""
        self._limit = _AT_ONCE
        self._loading: asyncio.Task[Any] | None = None
        headers = (
            self.tr("Started"),
            self.tr("Result"),
            self.tr("Created"),
            self.tr("Updated"),
            self.tr("Unchanged"),
            self.tr("Skipped"),
            self.tr("Failed"),
            self.tr("Took"),
        )
        self.model = RunsModel(headers, {"retry": self.tr("retry"), UNDO: self.tr("undo")})
        self.table = Table(self.tr("Earlier runs"), self.model)
        self.more = quiet(self.tr("Show older runs"), self._show_older)
        self._build()
        self.table.activated_row.connect(self._choose)
        self.table.clicked.connect(lambda index: self._choose(index.row()))

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        counts = {place: Share(0.117, 62, 130) for place in range(_CREATED, _FAILED + 1)}
        shares = {_WHEN: Share(0.18, 90, 260), **counts, _TOOK: Share(0.1, 64, 140)}
        SharedColumns(self.table, shares, rest=_STATUS)
        text = self.tr("Each run is listed here with what it did.")
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState("ph.clock", self.tr("Not run yet"), text))
        self._stack.addWidget(self.table)
        column.addWidget(self._stack, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 4, 16, 4)
        foot.addStretch(1)
        foot.addWidget(self.more)
        foot.addStretch(1)
        column.addLayout(foot)
        self.more.hide()

    def show_sync(self, name: str) -> None:
        """Show the runs of a sync."""
        if name != self._name:
            self._name, self._limit = name, _AT_ONCE
        self._reload()

    def _show_older(self) -> None:
        self._limit += _AT_ONCE * 4
        self._reload()

    def _reload(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._shell.scope.start(self._load(self._name, self._limit))

    async def _load(self, name: str, limit: int) -> None:
        runs = await self._desk.activity.runs(name, limit)
        self.model.show(runs)
        self.more.setVisible(len(runs) >= limit)
        self._stack.setCurrentIndex(1 if runs else 0)

    def _choose(self, row: int) -> None:
        self.chosen.emit(self.model.runs[row])
