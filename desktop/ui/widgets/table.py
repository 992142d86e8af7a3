"""Tables and lists: hairlines instead of boxes, whole rows under the pointer, pills and second lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListView,
    QTableView,
    QWidget,
)

from desktop.ui.theme import BODY, Tone, type_font
from desktop.ui.widgets.rows import (
    Cell,
    CellRole,
    KeyRole,
    MarkRole,
    PillRole,
    RowDelegate,
    SecondLineRole,
    TableHeader,
    ToneRole,
    TwoLineDelegate,
)

__all__ = [
    "Cell",
    "CellRole",
    "ItemList",
    "KeyRole",
    "ListItem",
    "MarkRole",
    "PillRole",
    "SecondLineRole",
    "Table",
    "ToneRole",
]

ROW = 33
"""Height of a table's row in pixels."""


class Table(QTableView):
    """A table over any item model. Whole rows are selected; the keyboard moves by row and by cell.

    The model's ``DisplayRole`` is what is shown and spoken; ``TextAlignmentRole`` aligns (numbers to the
    right); ``PillRole`` (a :class:`Tone`) draws the text as a pill; ``ToneRole`` colours it.
    A model that answers ``CellRole`` with a :class:`Cell` is asked only once for each cell that is painted.
    """

    activated_row = Signal(int)
    """A row was double-clicked, or Enter was pressed on it."""

    def __init__(self, name: str, model: QAbstractItemModel | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setHorizontalHeader(TableHeader(self))
        self.setItemDelegate(RowDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW)
        rows.setMinimumSectionSize(ROW)
        self.hovered_row = -1
        self.activated.connect(lambda index: self.activated_row.emit(index.row()))
        if model is not None:
            self.setModel(model)

    def set_lines(self, lines: int) -> None:
        """Give each row the height of so many lines, into which words that are too long are broken."""
        self.verticalHeader().setDefaultSectionSize(ROW + (lines - 1) * QFontMetrics(type_font(BODY)).lineSpacing())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row == self.hovered_row:
            return
        for changed in (self.hovered_row, row):
            if changed >= 0:
                top, height = self.rowViewportPosition(changed), self.rowHeight(changed)
                self.viewport().update(QRect(0, top, self.viewport().width(), height))
        self.hovered_row = row

    def chosen_rows(self) -> list[int]:
        """Numbers of the selected rows, in order."""
        selection = self.selectionModel()
        return sorted(index.row() for index in selection.selectedRows()) if selection else []


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item of a list: what it stands for, its first and second line.

    :param tone: colour of the second line.
    """

    key: Any
    title: str
    subtitle: str = ""
    tone: Tone = Tone.NEUTRAL


class ItemList(QListView):
    """A list of two-line items, such as the syncs. `chosen` tells the key of the item that became current."""

    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setProperty("surface", "raised")
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(TwoLineDelegate(self))
        self._items = QStandardItemModel(self)
        self.setModel(self._items)
        self.selectionModel().currentChanged.connect(self._changed)

    def set_items(self, items: list[ListItem]) -> None:
        """Show these items. The current one stays current if its key is still there."""
        current = self.current_key()
        if [self._key(row) for row in range(self._items.rowCount())] != [item.key for item in items]:
            self.selectionModel().blockSignals(True)
            self._items.clear()
            for _ in items:
                self._items.appendRow(QStandardItem())
            self.selectionModel().blockSignals(False)
        for row, item in enumerate(items):
            self._fill(self._items.item(row), item)
        if current is not None:
            self.choose(current)

    @staticmethod
    def _fill(place: QStandardItem, item: ListItem) -> None:
        wanted = {
            int(Qt.ItemDataRole.DisplayRole): item.title,
            int(KeyRole): item.key,
            int(SecondLineRole): item.subtitle,
            int(ToneRole): item.tone,
            int(Qt.ItemDataRole.AccessibleTextRole): ", ".join(filter(None, (item.title, item.subtitle))),
        }
        for role, value in wanted.items():
            if place.data(role) != value:
                place.setData(value, role)

    def _key(self, row: int) -> Any:
        return self._items.item(row).data(KeyRole)

    def current_key(self) -> Any:
        """Key of the current item, or None."""
        index = self.currentIndex()
        return self._key(index.row()) if index.isValid() else None

    def choose(self, key: Any) -> bool:
        """Make the item with `key` current; False where there is none."""
        for row in range(self._items.rowCount()):
            if self._key(row) == key:
                self.setCurrentIndex(self._items.index(row, 0))
                return True
        return False

    def _changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self._key(current.row()))
