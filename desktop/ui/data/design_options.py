"""The options of a choice: added, renamed, put in order, removed."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLineEdit, QListView, QVBoxLayout, QWidget

from desktop.domain.design import OptionDraft
from desktop.ui.widgets.buttons import IconButton, plain

_KeyRole = Qt.ItemDataRole.UserRole + 1
_SHOWN = 7
"""Options that are shown before the list scrolls."""


class _List(QListView):
    """Options are renamed with F2 or a double click, moved with Alt and the arrows, and removed with Delete."""

    remove_wanted = Signal()
    move_wanted = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() == Qt.Key.Key_Delete:
            self.remove_wanted.emit()
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in moves:
            self.move_wanted.emit(moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class _NewLine(QLineEdit):
    """A line in which Enter adds an option, and does not send the form."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class OptionsEditor(QWidget):
    """A line for new options above the list of those that there are. Each keeps its key when it is renamed."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = _NewLine()
        self.line.setAccessibleName(self.tr("New option"))
        self.line.setPlaceholderText(self.tr("New option"))
        self.line.entered.connect(self._add)
        self.add = plain(self.tr("Add option"), self._add, compact=True)
        self._items = QStandardItemModel(self)
        self.list = _List()
        self.list.setModel(self._items)
        self.list.setAccessibleName(name)
        self.list.setProperty("framed", True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        edits = QAbstractItemView.EditTrigger
        self.list.setEditTriggers(edits.DoubleClicked | edits.EditKeyPressed)
        self.list.remove_wanted.connect(self._remove)
        self.list.move_wanted.connect(self._move)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._offer())
        self._items.itemChanged.connect(lambda _: self.changed.emit())
        for told in (self._items.rowsInserted, self._items.rowsRemoved):
            told.connect(lambda *_: self._offer())
        self.rename = IconButton("ph.pencil-simple", self.tr("Rename option"), clicked=self._rename)
        self.up = IconButton("ph.arrow-up", self.tr("Move option up"), clicked=lambda: self._move(-1))
        self.down = IconButton("ph.arrow-down", self.tr("Move option down"), clicked=lambda: self._move(1))
        self.remove = IconButton("ph.trash", self.tr("Remove option"), clicked=self._remove)
        self._arrange()
        self._offer()

    def _arrange(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.line, 1)
        first.addWidget(self.add)
        tools = QHBoxLayout()
        tools.setSpacing(2)
        for button in (self.rename, self.up, self.down, self.remove):
            tools.addWidget(button)
        tools.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(first)
        column.addWidget(self.list)
        column.addLayout(tools)

    def show_options(self, options: Iterable[OptionDraft]) -> None:
        """Show these options in the place of others."""
        self._items.removeRows(0, self._items.rowCount())
        self.line.clear()
        for option in options:
            self._append(option.label, option.key)
        self._offer()

    def options(self) -> tuple[OptionDraft, ...]:
        """The options as they stand; one that was typed and not added yet is the last of them."""
        items = (self._items.item(row) for row in range(self._items.rowCount()))
        found = [OptionDraft(item.text().strip(), str(item.data(_KeyRole) or "")) for item in items]
        waiting = self.line.text().strip()
        if waiting and waiting.casefold() not in {option.label.casefold() for option in found}:
            found.append(OptionDraft(waiting))
        return tuple(found)

    def _append(self, label: str, key: str = "") -> QStandardItem:
        item = QStandardItem(label)
        item.setDropEnabled(False)
        item.setData(key, _KeyRole)
        self._items.appendRow(item)
        return item

    def _add(self) -> None:
        label = self.line.text().strip()
        if not label:
            self.line.setFocus()
            return
        there = self._items.findItems(label, Qt.MatchFlag.MatchFixedString)
        item = there[0] if there else self._append(label)
        self.list.setCurrentIndex(item.index())
        self.line.clear()
        self.line.setFocus()
        self.changed.emit()

    def _rename(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self.list.setFocus()
            self.list.edit(index)

    def _move(self, by: int) -> None:
        row = self.list.currentIndex().row()
        if row >= 0 and 0 <= row + by < self._items.rowCount():
            taken = self._items.takeRow(row)
            self._items.insertRow(row + by, taken)
            self.list.setCurrentIndex(self._items.index(row + by, 0))
            self.changed.emit()

    def _remove(self) -> None:
        row = self.list.currentIndex().row()
        if row >= 0:
            self._items.removeRow(row)
            (self.list if self._items.rowCount() else self.line).setFocus()
            self.changed.emit()

    def _offer(self) -> None:
        row, count = self.list.currentIndex().row(), self._items.rowCount()
        self.rename.setEnabled(row >= 0)
        self.remove.setEnabled(row >= 0)
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        height = max(self.list.sizeHintForRow(0), 24)
        self.list.setFixedHeight(min(max(count, 2), _SHOWN) * height + 12)
