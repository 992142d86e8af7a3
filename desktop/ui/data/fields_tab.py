"""The tab "Fields": the object's schema as a table, and what can be changed of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QMenu, QSplitter, QVBoxLayout, QWidget

from desktop.domain.design import Change, DesignRules
from desktop.domain.schema import Field, ObjectSchema
from desktop.ui.bus import Bus
from desktop.ui.data.cells import type_name
from desktop.ui.data.design_field import FieldPanel
from desktop.ui.data.design_object import ObjectPanel
from desktop.ui.data.design_rows import WIDTH, DesignPanel
from desktop.ui.data.flow import FlowLayout
from desktop.ui.text import counted
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import Button, IconButton, danger, plain
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.label import ElidedLabel, plain_tip
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
_NARROW, _WIDE = 104, 200
"""Width of the search in pixels, beside a panel and without."""


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

    def row_of(self, key: str) -> int | None:
        """The row in which a field is shown."""
        return next((row for row, item in enumerate(self._shown) if item.key == key), None)

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


class FieldsTab(QFrame):
    """The table with a search, what can be done with a field above it and with the object below, the panels beside."""

    new_field_wanted = Signal()
    edit_field_wanted = Signal(object)
    delete_field_wanted = Signal(object)
    new_object_wanted = Signal()
    edit_object_wanted = Signal()
    delete_object_wanted = Signal()

    def __init__(self, bus: Bus, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surface")
        self._bus = bus
        self._model = FieldsModel()
        self._rules: DesignRules | None = None
        self._reason = ""
        self.search = SearchBox(self.tr("Search fields"))
        self.search.setMinimumWidth(_NARROW)
        self.search.setMaximumWidth(_WIDE)
        self.search.searched.connect(self._search)
        self.new_field = plain(self.tr("New field"), self.new_field_wanted.emit)
        self.edit_field = plain(self.tr("Edit field"), self._edit_field)
        self.delete_field = danger(self.tr("Delete field"), self._delete_field)
        self.copy_key = plain(self.tr("Copy key"), self._copy_key)
        self.more = IconButton("ph.dots-three-bold", self.tr("More to copy"))
        menu = QMenu(self)
        self.copy_tag = menu.addAction(self.tr("Copy personalization tag"), self._copy_tag)
        self.more.setMenu(menu)
        self.more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self.new_object = plain(self.tr("New object"), self.new_object_wanted.emit, compact=True)
        self.edit_object = plain(self.tr("Edit object"), self.edit_object_wanted.emit, compact=True)
        self.delete_object = danger(self.tr("Delete object"), self.delete_object_wanted.emit, compact=True)
        self.new_object.hide()
        self.table = FieldsTable(self.tr("Fields"), self._model)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._offer())
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        self.table.activated_row.connect(lambda _: self._edit_field())
        for column, width in _WIDTHS:
            self.table.setColumnWidth(column, width)
        self.field_panel = FieldPanel()
        self.object_panel = ObjectPanel()
        self._arrange()
        self._offer()

    def _arrange(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 10, 16, 10)
        bar.setSpacing(8)
        bar.addWidget(self.search, 1, Qt.AlignmentFlag.AlignTop)
        buttons = FlowLayout(6)
        for button in (self.new_field, self.edit_field, self.delete_field, self.copy_key, self.more):
            buttons.addWidget(button)
        bar.addLayout(buttons, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(hairline())
        column.addWidget(self.table, 1)
        column.addWidget(hairline())
        column.addWidget(self._foot())
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for part in (left, self.field_panel, self.object_panel):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([700, WIDTH, WIDTH])
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)

    def _foot(self) -> QFrame:
        self.status = ElidedLabel("", "small")
        foot = QFrame()
        foot.setProperty("surface", "background")
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.status, 1)
        for button in (self.new_object, self.edit_object, self.delete_object):
            row.addWidget(button)
        return foot

    def show_schema(self, schema: ObjectSchema | None) -> None:
        """Show an object's fields."""
        self._model.show_fields(schema.fields if schema else ())
        self.table.setColumnHidden(_TAG, not (schema and any(item.tag for item in schema.fields)))
        self.more.setVisible(not self.table.isColumnHidden(_TAG))
        self._tell()

    def show_rules(self, rules: DesignRules | None, reason: str = "") -> None:
        """Offer what the platform allows; without rules nothing is, for that reason."""
        self._rules, self._reason = rules, reason
        self._offer()

    def show_panel(self, panel: DesignPanel | None) -> None:
        """Show one of the panels beside the table, or none."""
        for one in (self.field_panel, self.object_panel):
            one.setVisible(one is panel)
        self.search.setMaximumWidth(_WIDE if panel is None else _NARROW)

    def chosen_key(self) -> str:
        """The key of the current field, blank where there is none."""
        item = self._chosen()
        return item.key if item else ""

    def choose(self, key: str) -> None:
        """Make a field current; nothing happens where it is not shown."""
        row = self._model.row_of(key)
        if row is not None:
            self.table.setCurrentIndex(self._model.index(row, _LABEL))
            self.table.scrollTo(self.table.currentIndex())

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

    def _refusal(self, change: Change) -> str:
        return self._reason if self._rules is None else self._rules.refusals.get(change, "")

    def _field_refusal(self, change: Change, item: Field | None) -> str:
        if refusal := self._refusal(change):
            return refusal
        if item is None:
            return self.tr("Choose a field in the table first.")
        return self.tr("%1 is kept by the platform.").replace("%1", item.label) if item.is_system else ""

    def _offer(self) -> None:
        item = self._chosen()
        self.copy_key.setEnabled(item is not None)
        self.copy_tag.setEnabled(item is not None and bool(item.tag))
        _allow(self.new_field, self._refusal(Change.CREATE_FIELD))
        _allow(self.edit_field, self._field_refusal(Change.CHANGE_FIELD, item))
        _allow(self.delete_field, self._field_refusal(Change.DELETE_FIELD, item))
        _allow(self.edit_object, self._refusal(Change.CHANGE_OBJECT))
        _allow(self.delete_object, self._refusal(Change.DELETE_OBJECT))

    def _menu(self, at: QPoint) -> None:
        item = self._model.field(self.table.rowAt(at.y()))
        if item is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy key"), self._copy_key)
        if item.tag:
            menu.addAction(self.tr("Copy personalization tag"), self._copy_tag)
        menu.addSeparator()
        edit = menu.addAction(self.tr("Edit field"), self._edit_field)
        edit.setEnabled(not self._field_refusal(Change.CHANGE_FIELD, item))
        delete = menu.addAction(self.tr("Delete field"), self._delete_field)
        delete.setEnabled(not self._field_refusal(Change.DELETE_FIELD, item))
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _edit_field(self) -> None:
        item = self._chosen()
        if item is not None and not self._field_refusal(Change.CHANGE_FIELD, item):
            self.edit_field_wanted.emit(item)

    def _delete_field(self) -> None:
        item = self._chosen()
        if item is not None and not self._field_refusal(Change.DELETE_FIELD, item):
            self.delete_field_wanted.emit(item)

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


def _allow(button: Button, refusal: str) -> None:
    """Enable a button, or say to hand and ear why it is not."""
    button.setEnabled(not refusal)
    button.setToolTip(plain_tip(refusal))
    button.setAccessibleDescription(refusal)
