"""Filters on the records: the chips of those in force, and the panel in which one is made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.filters import Condition, Operator, check_value, operators_for
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Money, Value, parse_number, plain_number
from desktop.ui.data.cells import text_of
from desktop.ui.data.columns import title_keys
from desktop.ui.data.editors.base import CalmCombo, FieldEditor
from desktop.ui.data.editors.choices import BooleanEditor, ChoiceEditor
from desktop.ui.data.editors.dates import DateEditor
from desktop.ui.data.editors.number import NumberEditor
from desktop.ui.data.editors.reference import ReferenceEditor, References
from desktop.ui.data.flow import FlowLayout
from desktop.ui.data.form_state import Typed
from desktop.ui.text import number
from desktop.ui.widgets.buttons import link, plain, primary
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.pill import Chip

_OPERATORS = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.EMPTY: "is empty",
    Operator.NOT_EMPTY: "is not empty",
    Operator.CONTAINS: "contains",
    Operator.NOT_CONTAINS: "does not contain",
    Operator.ABOVE: "is more than",
    Operator.BELOW: "is less than",
    Operator.AFTER: "is after",
    Operator.BEFORE: "is before",
    Operator.HAS: "has",
    Operator.HAS_NOT: "has not",
}


def operator_name(operator: Operator) -> str:
    """The operator in the words of the interface."""
    return QCoreApplication.translate("Filters", _OPERATORS[operator])


def condition_text(condition: Condition, schema: ObjectSchema, titles: dict[str, str] | None = None) -> str:
    """A condition in words: ``Status is not Draft``."""
    item = schema.field(condition.field)
    label = item.label if item else condition.field
    words = f"{label} {operator_name(condition.operator)}"
    if not condition.operator.takes_value:
        return words
    return f"{words} {_value_text(condition.value, item, titles or {})}"


def _value_text(value: str, item: Field | None, titles: dict[str, str]) -> str:
    if item is None:
        return value
    if value in titles:
        return titles[value]
    if (option := item.option(value)) is not None:
        return option.label
    if item.type is FieldType.BOOLEAN:
        return text_of(value == "yes", item)
    amount = parse_number(value) if item.type in (FieldType.NUMBER, FieldType.MONEY) else None
    if amount is not None:
        return number(amount)
    if item.type in (FieldType.DATE, FieldType.DATETIME):
        try:
            return text_of(date.fromisoformat(value), item)
        except ValueError:
            return value
    return value


def notation(value: Value) -> str:
    """A value in the notation of conditions: plain numbers, ISO dates, option keys."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Money):
        return plain_number(value.amount)
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return next(iter(value), "")
    return value if isinstance(value, str) else ""


class PlainLine(FieldEditor):
    """Any text."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.line = QLineEdit()
        self.add_control(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line)

    def typed(self) -> Typed:
        return Typed(self.line.text() or None)

    def fill(self, typed: Typed) -> None:
        self.line.setText(str(typed.value or ""))


class FilterPanel(QFrame):
    """Field, operator and value of one condition. It opens below the toolbar and stands in nobody's way."""

    made = Signal(object, object)
    """The :class:`Condition`, and the one that it takes the place of, or None."""

    def __init__(self, references: References, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._references = references
        self._schema: ObjectSchema | None = None
        self._replaces: Condition | None = None
        self._editor: FieldEditor | None = None
        self.titles: dict[str, str] = {}
        self.setProperty("surface", "raised")
        self.setAccessibleName(self.tr("Filter"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(6)
        self.field = CalmCombo()
        self.field.setAccessibleName(self.tr("Field"))
        self.operator = CalmCombo()
        self.operator.setAccessibleName(self.tr("Condition"))
        self._value = QHBoxLayout()
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.field, 3)
        first.addWidget(self.operator, 2)
        first.addLayout(self._value, 3)
        column.addLayout(first)
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        column.addWidget(self.error)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addStretch(1)
        self.cancel = plain(self.tr("Cancel"), self.close_panel, compact=True)
        self.apply = primary(self.tr("Apply filter"), self._apply, compact=True)
        second.addWidget(self.cancel)
        second.addWidget(self.apply)
        column.addLayout(second)
        self.field.currentIndexChanged.connect(self._field_chosen)
        self.operator.currentIndexChanged.connect(self._operator_chosen)
        self.hide()

    def open_panel(self, schema: ObjectSchema, condition: Condition | None = None) -> None:
        """Open for a new condition, or to change one."""
        self._schema, self._replaces = schema, condition
        self.field.blockSignals(True)
        self.field.clear()
        for item in schema.fields:
            self.field.addItem(item.label, item.key)
        first = next(iter((*title_keys(schema), *(item.key for item in schema.fields if not item.is_system))), "")
        wanted = condition.field if condition else first
        self.field.setCurrentIndex(max(self.field.findData(wanted), 0))
        self.field.blockSignals(False)
        self._field_chosen()
        if condition is not None:
            self.operator.setCurrentIndex(self.operator.findData(condition.operator.value))
            self._fill(condition)
        self.show()
        self.field.setFocus()

    def close_panel(self) -> None:
        """Close without a change."""
        self.hide()

    @property
    def _item(self) -> Field | None:
        return self._schema.field(self.field.currentData()) if self._schema else None

    def _field_chosen(self) -> None:
        item = self._item
        if item is None:
            return
        self.operator.blockSignals(True)
        self.operator.clear()
        for operator in operators_for(item.type):
            self.operator.addItem(operator_name(operator), operator.value)
        self.operator.blockSignals(False)
        self._operator_chosen()

    def _operator_chosen(self) -> None:
        item = self._item
        if item is None:
            return
        self._tell("")
        if self._editor is not None:
            self._value.removeWidget(self._editor)
            self._editor.hide()
            self._editor.deleteLater()
            self._editor = None
        operator = Operator(self.operator.currentData())
        if operator.takes_value:
            self._editor = self._value_editor(item, operator)
            self._editor.controls[0].setAccessibleName(self.tr("Value"))
            self._value.addWidget(self._editor)
            self._editor.show()

    def _value_editor(self, item: Field, operator: Operator) -> FieldEditor:
        if operator in (Operator.CONTAINS, Operator.NOT_CONTAINS):
            return PlainLine(item)
        match item.type:
            case FieldType.NUMBER | FieldType.MONEY:
                return NumberEditor(item)
            case FieldType.DATE | FieldType.DATETIME:
                return DateEditor(item)
            case FieldType.BOOLEAN:
                return BooleanEditor(item)
            case FieldType.CHOICE | FieldType.CHOICES:
                return ChoiceEditor(item)
            case FieldType.REFERENCE if item.target:
                return ReferenceEditor(item, self._references)
            case _:
                return PlainLine(item)

    def _fill(self, condition: Condition) -> None:
        if self._editor is None:
            return
        value: Value = condition.value
        if isinstance(self._editor, NumberEditor):
            value = parse_number(condition.value)
        elif isinstance(self._editor, DateEditor):
            value = date.fromisoformat(condition.value[:10])
        elif isinstance(self._editor, BooleanEditor):
            value = condition.value == "yes"
        elif isinstance(self._editor, ReferenceEditor):
            value = frozenset({condition.value})
        self._editor.fill(Typed(value))

    def _apply(self) -> None:
        item = self._item
        if item is None:
            return
        operator = Operator(self.operator.currentData())
        typed = self._editor.typed() if self._editor else Typed()
        value = notation(typed.value)
        problem = typed.problem or check_value(operator, value, item) or ""
        if problem:
            self._tell(problem)
            if self._editor is not None:
                self._editor.setFocus()
            return
        if isinstance(self._editor, ReferenceEditor):
            self.titles.update(self._editor.names())
        self.hide()
        self.made.emit(Condition(item.key, operator, value), self._replaces)

    def _tell(self, problem: str) -> None:
        self.error.setText(problem)
        self.error.setVisible(bool(problem))
        if self._editor is not None:
            self._editor.set_problem(problem)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._apply()
        else:
            super().keyPressEvent(event)


class FilterChips(QWidget):
    """The conditions in force, each to be changed by a click and taken away by its cross."""

    edited = Signal(object)
    removed = Signal(object)
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(6, self)
        self._flow.setContentsMargins(16, 0, 16, 10)
        self.setAccessibleName(self.tr("Filters"))
        self.hide()

    def show_conditions(self, conditions: Iterable[Condition], schema: ObjectSchema, titles: dict[str, str]) -> None:
        """Show these conditions."""
        self._flow.clear()
        count = 0
        for condition in conditions:
            chip = Chip(
                condition_text(condition, schema, titles),
                clicked=partial(self.edited.emit, condition),
                removed=partial(self.removed.emit, condition),
            )
            self._flow.add(chip)
            count += 1
        if count > 1:
            self._flow.add(link(self.tr("Clear filters"), self.cleared.emit))
        self.setVisible(count > 0)
        self.updateGeometry()
