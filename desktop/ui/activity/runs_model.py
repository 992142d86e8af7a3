"""The rows of the table of runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from desktop.ui.activity.words import trigger_words
from desktop.ui.syncs.words import length_words, started_words, status_tone, status_words, tally_of
from desktop.ui.text import number
from desktop.ui.widgets.rows import PillRole
from desktop.workspace.views import RunView

_Index = QModelIndex | QPersistentModelIndex
WHEN, SYNC, TRIGGER, RESULT, CREATED, UPDATED, FAILED, TOOK = range(8)


class RunsModel(QAbstractTableModel):
    """Runs of all syncs, the newest first."""

    def __init__(self, headers: Sequence[str]) -> None:
        super().__init__()
        self._headers = tuple(headers)
        self.runs: list[RunView] = []

    def show(self, runs: list[RunView]) -> None:
        """Show these runs; rows that are the same stay."""
        if runs == self.runs:
            return
        if [run.id for run in runs] == [run.id for run in self.runs]:
            self.runs = runs
            self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, TOOK))
            return
        self.beginResetModel()
        self.runs = runs
        self.endResetModel()

    def row_of(self, run_id: str) -> int | None:
        """The row of a run."""
        return next((at for at, run in enumerate(self.runs) if run.id == run_id), None)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: _Index, role: int = 0) -> Any:
        run = self.runs[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return _text(run, index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.ToolTipRole if index.column() == RESULT and run.problem:
                return run.problem.message
            case _ if role == PillRole and index.column() == RESULT:
                return status_tone(run.status)
        return None


def _alignment(column: int) -> int | None:
    return int(Qt.AlignmentFlag.AlignRight) if CREATED <= column <= TOOK else None


def _text(run: RunView, column: int) -> str:
    words = {
        WHEN: lambda: started_words(run, datetime.now(UTC)),
        SYNC: lambda: run.sync,
        TRIGGER: lambda: trigger_words(run.trigger),
        RESULT: lambda: status_words(run.status),
        TOOK: lambda: length_words(run),
    }
    if column in words:
        return words[column]()
    tally = tally_of(run.result)
    return number({CREATED: tally.created, UPDATED: tally.updated, FAILED: tally.failed}[column])
