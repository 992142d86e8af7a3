"""Editors for yes or no, one option, several options."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.schema import Field, Option
from desktop.ui.data.cells import text_of
from desktop.ui.data.editors.base import CalmCombo, FieldEditor
from desktop.ui.data.form_state import Typed
from desktop.ui.theme import dress
from desktop.ui.widgets.search import SearchBox

_LINE = 28
_SEARCHED_FROM = 9
"""From so many options on, the list has a search box."""


class BooleanEditor(FieldEditor):
    """Yes, no, or empty."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.combo = CalmCombo()
        for text, value in ((self.tr("(empty)"), None), (self.tr("Yes"), True), (self.tr("No"), False)):
            self.combo.addItem(text, value)
        self.add_control(self.combo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.combo)
        self.combo.activated.connect(lambda _: self.changed.emit())

    def typed(self) -> Typed:
        return Typed(self.combo.currentData())

    def fill(self, typed: Typed) -> None:
        self.combo.setCurrentIndex({None: 0, True: 1, False: 2}.get(typed.value, 0))  # type: ignore[call-overload]


class ChoiceEditor(FieldEditor):
    """One option: picked from the list, or found by typing a part of it."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.combo = CalmCombo()
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(CalmCombo.InsertPolicy.NoInsert)
        self._empty = self.tr("(empty)")
        self.combo.addItem(self._empty, None)
        for option in item.options:
            self.combo.addItem(option.label, option.key)
        completer = QCompleter(self.combo.model(), self.combo)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.combo.setCompleter(completer)
        self.add_control(self.combo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.combo)
        line = self.combo.lineEdit()
        assert line is not None
        line.setPlaceholderText(self.tr("empty"))
        line.textEdited.connect(lambda _: self._edited(completer))
        self.combo.activated.connect(lambda _: self.changed.emit())

    def _edited(self, completer: QCompleter) -> None:
        popup = completer.popup()
        if popup is not None and not popup.styleSheet():
            dress(popup)
        self.changed.emit()

    def typed(self) -> Typed:
        text = self.combo.currentText().strip()
        if text in ("", self._empty):
            return Typed()
        for at in range(1, self.combo.count()):
            if self.combo.itemText(at).casefold() == text.casefold():
                return Typed(self.combo.itemData(at))
        if self.item.open_choice:
            return Typed(text)
        said = self.tr("“%1” is not an option of %2. Choose one from the list.")
        return Typed(text=text, problem=said.replace("%1", text).replace("%2", self.item.label))

    def fill(self, typed: Typed) -> None:
        if not typed.is_value:
            self.combo.setEditText(typed.text)
            return
        index = 0 if typed.value is None else self.combo.findData(typed.value)
        self.combo.setCurrentIndex(index)
        if index < 0:
            self.combo.setEditText(str(typed.value))


class CheckList(QFrame):
    """The options of a multiple choice, each with its box, over the window until something else is clicked."""

    toggled = Signal(str, bool)

    def __init__(self, name: str, options: tuple[Option, ...], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        self.search = SearchBox(self.tr("Find an option"))
        column.addWidget(self.search)
        self.search.setVisible(len(options) >= _SEARCHED_FROM)
        self.list = QListWidget()
        self.list.setAccessibleName(name)
        for option in options:
            line = QListWidgetItem(option.label)
            line.setData(Qt.ItemDataRole.UserRole, option.key)
            line.setFlags(line.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            line.setCheckState(Qt.CheckState.Unchecked)
            line.setSizeHint(QSize(0, _LINE))
            self.list.addItem(line)
        column.addWidget(self.list)
        self.search.textChanged.connect(self._narrow)
        self.list.itemChanged.connect(self._changed)

    def _narrow(self, words: str) -> None:
        for line in self._lines():
            line.setHidden(words.strip().casefold() not in line.text().casefold())

    def _lines(self) -> list[QListWidgetItem]:
        return [self.list.item(at) for at in range(self.list.count())]

    def _changed(self, line: QListWidgetItem) -> None:
        self.toggled.emit(line.data(Qt.ItemDataRole.UserRole), line.checkState() == Qt.CheckState.Checked)

    def open_below(self, field: QWidget, chosen: frozenset[str]) -> None:
        """Open below `field` with these boxes ticked."""
        self.list.blockSignals(True)
        for line in self._lines():
            ticked = line.data(Qt.ItemDataRole.UserRole) in chosen
            line.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.list.blockSignals(False)
        self.search.clear()
        rows = min(max(self.list.count(), 1), 9)
        self.list.setFixedHeight(rows * _LINE + 8)
        self.setFixedWidth(max(field.width(), 220))
        self.adjustSize()
        self.move(field.mapToGlobal(QPoint(0, field.height() + 2)))
        self.show()
        self.list.setCurrentRow(0)
        (self.search if not self.search.isHidden() else self.list).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        else:
            super().keyPressEvent(event)


class ChecksCombo(CalmCombo):
    """Looks and opens as a combo box does; what opens is a list with a box for each option."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.addItem("")

    def showPopup(self) -> None:
        self.wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_F4):
            self.wanted.emit()
        else:
            event.ignore()


class ChoicesEditor(FieldEditor):
    """Several options: their names in a row, and the list with a box for each option."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self._keys: frozenset[str] = frozenset()
        self.combo = ChecksCombo()
        self.add_control(self.combo)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.combo)
        self._list: CheckList | None = None
        self.combo.wanted.connect(self._open)
        self._tell()

    def _open(self) -> None:
        if self._list is None:
            unknown = tuple(Option(key, key) for key in sorted(self._keys) if not self.item.option(key))
            name = self.tr("Options of %1").replace("%1", self.item.label)
            self._list = CheckList(name, (*self.item.options, *unknown), self)
            self._list.toggled.connect(self._toggled)
        self._list.open_below(self.combo, self._keys)

    def _toggled(self, key: str, ticked: bool) -> None:
        self._keys = self._keys | {key} if ticked else self._keys - {key}
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        self.combo.setItemText(0, text_of(self._keys, self.item) or self.tr("(empty)"))

    def typed(self) -> Typed:
        return Typed(self._keys or None)

    def fill(self, typed: Typed) -> None:
        self._keys = typed.value if isinstance(typed.value, frozenset) else frozenset()
        self._tell()
