"""The tab "Fields": the object's schema as a table."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.schema import Field, ObjectSchema
from desktop.ui.bus import Bus
from desktop.ui.data.cells import type_name
from desktop.ui.text import counted
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import plain
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.search import SearchBox
from desktop.ui.widgets.table import Table, ToneRole

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LABEL, _KEY, _TYPE, _REQUIRED, _OPTIONS, _LIMITS, _TAG = range(7)
_WIDTHS = (
    (_LABEL, 150),
    (_KEY, 160),
    (_TYPE, 124),
    (_REQUIRED, 84),
    (_OPTIONS, 180),
    (_LIMITS, 170),
)


def _tr(text: str) -> str:
    return QCoreApplication.translate("FieldsTab", text)


def limits_text(item: Field) -> str:
    """What limits a field's values: length, decimals, currency, who may write it."""
    parts: list[str] = []
    if item.max_length is not None:
        parts.append(counted(item.max_length, "%n character", "at most %n characters", "FieldsTab"))
    if item.scale is not None:
        parts.append(counted(item.scale, "%n decimal", "%n decimals", "FieldsTab"))
    if item.currency:
        parts.append(item.currency)
    if item.target:
        many = _tr("several of %1") if item.many else _tr("one of %1")
        parts.append(many.replace("%1", item.target))
    if item.read_only:
        parts.append(_tr("read only"))
    return ", ".join(parts)


class FieldsModel(QAbstractTableModel):
    """The fields that a search finds, one a row."""

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[Field, ...] = ()
        self._shown: list[Field] = []
        self._words = ""
        self._heads = tuple(map(_tr, ("Label", "Key", "Type", "Required", "Options", "Limits", "Tag")))

    def show_fields(self, fields: tuple[Field, ...]) -> None:
        """Show these fields."""
        self._all = fields
        self.search(self._words)

    def search(self, words: str) -> None:
        """Show the fields with these words in their name, key, type or options."""
        self.beginResetModel()
        self._words = words
        wanted = words.strip().casefold()
        self._shown = [item for item in self._all if wanted in self._text(item).casefold()]
        self.endResetModel()

    def _text(self, item: Field) -> str:
        return " ".join(self.cell(item, column) for column in (_LABEL, _KEY, _TYPE, _OPTIONS, _TAG))

    def field(self, row: int) -> Field | None:
        """The field of a row."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def cell(self, item: Field, column: int) -> str:
        """The text of a cell."""
        match column:
            case 0:
                return item.label
            case 1:
                return item.key
            case 2:
                return type_name(item)
            case 3:
                return _tr("required") if item.required else ""
            case 4:
                return ", ".join(option.label for option in item.options)
            case 5:
                return limits_text(item)
            case _:
                return item.tag

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._heads)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(item, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._heads[index.column()]}: {self.cell(item, index.column())}"
        if role == Qt.ItemDataRole.ToolTipRole:
            if index.column() == _OPTIONS:
                return "\n".join(f"{option.label} ({option.key})" for option in item.options)
            if index.column() == _TYPE:
                return item.native_type
            return item.description if index.column() == _LABEL else None
        if role == ToneRole:
            return Tone.NEUTRAL if index.column() != _LABEL else None
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return None


class FieldsTable(Table):
    """Copies the cell that the keyboard stands on."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.currentIndex().isValid():
            QApplication.clipboard().setText(str(self.currentIndex().data() or ""))
        else:
            super().keyPressEvent(event)


class FieldsTab(QWidget):
    """A search over the fields, the table, and what can be copied from it."""

    def __init__(self, bus: Bus, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bus = bus
        self._model = FieldsModel()
        self.search = SearchBox(self.tr("Search fields"))
        self.search.searched.connect(self._search)
        self.copy_key = plain(self.tr("Copy key"), self._copy_key)
        self.copy_tag = plain(self.tr("Copy tag"), self._copy_tag)
        self.table = FieldsTable(self.tr("Fields"), self._model)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._offer())
        for column, width in _WIDTHS:
            self.table.setColumnWidth(column, width)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 10, 16, 10)
        bar.setSpacing(8)
        bar.addWidget(self.search)
        bar.addStretch(1)
        bar.addWidget(self.copy_key)
        bar.addWidget(self.copy_tag)
        self.status = Label("", "small")
        self.status.setContentsMargins(16, 10, 16, 10)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(hairline())
        column.addWidget(self.table, 1)
        column.addWidget(hairline())
        column.addWidget(self.status)
        self._offer()

    def show_schema(self, schema: ObjectSchema | None) -> None:
        """Show an object's fields."""
        self._model.show_fields(schema.fields if schema else ())
        self.table.setColumnHidden(_TAG, not any(item.tag for item in schema.fields) if schema else True)
        self.copy_tag.setVisible(not self.table.isColumnHidden(_TAG))
        self._tell()

    def _search(self, words: str) -> None:
        self._model.search(words)
        self._tell()

    def _tell(self) -> None:
        count = self._model.rowCount()
        self.status.setText(
            counted(count, "%n field", "%n fields", "FieldsTab") if count else _tr("No field with these words.")
        )
        self._offer()

    def _chosen(self) -> Field | None:
        return self._model.field(self.table.currentIndex().row())

    def _offer(self) -> None:
        item = self._chosen()
        self.copy_key.setEnabled(item is not None)
        self.copy_tag.setEnabled(item is not None and bool(item.tag))

    def _copy_key(self) -> None:
        item = self._chosen()
        if item is not None:
            self._copy(item.key)

    def _copy_tag(self) -> None:
        item = self._chosen()
        if item is not None:
            self._copy(item.tag)

    def _copy(self, text: str) -> None:
        QApplication.clipboard().setText(text)
        self._bus.info(self.tr("Copied %1").replace("%1", text))
