"""One condition of a filter: a field, a comparison and a value, each chosen without losing the keyboard's place."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from desktop.domain.filters import Condition, Operator, check_value, operators_for
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType
from desktop.ui.syncs.line_words import operator_words
from desktop.ui.widgets.buttons import IconButton
from desktop.ui.widgets.field import set_invalid
from desktop.ui.wizard.field_box import FieldBox


class ConditionRow(QWidget):
    """Edits a condition on the records of an object."""

    changed = Signal()
    removed = Signal()

    def __init__(self, schema: ObjectSchema, condition: Condition, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.condition = condition
        self._schema = schema
        self.field_box = FieldBox(self.tr("Field"), schema.fields, condition.field)
        self.field_box.currentIndexChanged.connect(lambda _: self._set_field())
        self.operator_box = QComboBox()
        self.operator_box.setAccessibleName(self.tr("Comparison"))
        self.operator_box.currentIndexChanged.connect(lambda _: self._set_operator())
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(8)
        self._line.addWidget(self.field_box, 3)
        self._line.addWidget(self.operator_box, 2)
        self._value_box = QWidget()
        self._line.addWidget(self._value_box, 3)
        self._line.addWidget(IconButton("ph.x", self.tr("Remove the condition"), clicked=self.removed.emit))
        self._offer_operators()
        self._offer_value()

    @property
    def _field(self) -> Field | None:
        return self._schema.field(self.condition.field)

    def _set_field(self) -> None:
        field = self._schema.field(self.field_box.key)
        if field is None:
            return
        self.condition = Condition(field.key, operators_for(field.type)[0])
        self._offer_operators()
        self._offer_value()
        self.changed.emit()

    def _set_operator(self) -> None:
        operator = Operator(self.operator_box.currentData())
        value = self.condition.value if operator.takes_value else ""
        before, self.condition = self.condition, Condition(self.condition.field, operator, value)
        if before.operator.takes_value != operator.takes_value:
            self._offer_value()
        self.changed.emit()

    def _set_value(self, value: str) -> None:
        self.condition = Condition(self.condition.field, self.condition.operator, value)
        self.changed.emit()

    def _offer_operators(self) -> None:
        field = self._field
        with QSignalBlocker(self.operator_box):
            self.operator_box.clear()
            for operator in operators_for(field.type if field else FieldType.TEXT):
                self.operator_box.addItem(operator_words(operator), operator.value)
            self.operator_box.setCurrentIndex(max(self.operator_box.findData(self.condition.operator.value), 0))

    def _offer_value(self) -> None:
        box = self._new_value_box()
        self._line.replaceWidget(self._value_box, box)
        QWidget.setTabOrder(self.operator_box, box)
        self._value_box.hide()
        self._value_box.deleteLater()
        self._value_box = box

    def _new_value_box(self) -> QWidget:
        if not self.condition.operator.takes_value:
            return QWidget()
        field = self._field
        options = [(option.key, option.label) for option in field.options] if field else []
        if field is not None and field.type is FieldType.BOOLEAN:
            options = [("yes", self.tr("yes")), ("no", self.tr("no"))]
        return self._choice(options) if options else self._text(field)

    def _choice(self, options: list[tuple[str, str]]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(self.tr("Value"))
        box.addItem(self.tr("Choose a value"), "")
        for key, label in options:
            box.addItem(label, key)
        wanted = self.condition.value.casefold()
        keys = [key for key, label in options if wanted and wanted in (key.casefold(), label.casefold())]
        box.setCurrentIndex(max(box.findData(keys[0] if keys else ""), 0))
        box.currentIndexChanged.connect(lambda _: self._set_value(str(box.currentData())))
        return box

    def _text(self, field: Field | None) -> QLineEdit:
        edit = QLineEdit(self.condition.value)
        edit.setAccessibleName(self.tr("Value"))

        def typed(text: str) -> None:
            self._set_value(text)
            problem = check_value(self.condition.operator, text, field) if field else None
            set_invalid(edit, problem is not None, problem or "")

        edit.textChanged.connect(typed)
        return edit
