"""The transformations of a line, in their order, with their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from desktop.domain.mapping import Argument, Step
from desktop.domain.values import FieldType
from desktop.ui.widgets.buttons import IconButton
from desktop.ui.widgets.label import Label

if TYPE_CHECKING:
    from desktop.workspace.syncs import ParameterView, TransformView

_LARGEST = 1_000_000


class StepsEditor(QWidget):
    """Adds, changes, moves and removes transformations. `edited` tells that :attr:`steps` changed."""

    edited = Signal()

    def __init__(self, catalogue: Sequence[TransformView], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = {item.name: item for item in catalogue}
        self._type = FieldType.TEXT
        self.steps: list[Step] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        column.addLayout(self._rows)
        self.add_box = QComboBox()
        self.add_box.setAccessibleName(self.tr("Add a transformation"))
        self.add_box.activated.connect(self._add)
        column.addWidget(self.add_box)

    def show_steps(self, steps: Sequence[Step], source_type: FieldType) -> None:
        """Show these steps of a value that starts as `source_type`."""
        self.steps, self._type = list(steps), source_type
        self._rebuild()

    def _rebuild(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (row := item.widget()) is not None:
                row.hide()
                row.deleteLater()
        for at, step in enumerate(self.steps):
            self._rows.addWidget(self._row(at, step))
        self._offer()

    def _offer(self) -> None:
        landed = self._type
        for step in self.steps:
            entry = self._catalogue.get(step.use)
            landed = (entry.gives if entry else None) or landed
        self.add_box.clear()
        self.add_box.addItem(self.tr("Add a transformation"), "")
        for entry in self._catalogue.values():
            if landed in entry.takes:
                self.add_box.addItem(entry.label, entry.name)

    def _row(self, at: int, step: Step) -> QWidget:
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(0)
        entry = self._catalogue.get(step.use)
        label = entry.label if entry else step.use
        head.addWidget(Label(f"{at + 1}.  {label}", "body"), 1)
        earlier = self.tr("Move “%1” up").replace("%1", label)
        up = IconButton("ph.arrow-up", earlier, clicked=lambda: self._move(at, -1))
        up.setEnabled(at > 0)
        remove_words = self.tr("Remove “%1”").replace("%1", label)
        head.addWidget(up)
        head.addWidget(IconButton("ph.x", remove_words, clicked=lambda: self._remove(at)))
        column.addLayout(head)
        for parameter in entry.parameters if entry else ():
            column.addLayout(self._parameter(at, step, parameter))
        return row

    def _parameter(self, at: int, step: Step, parameter: ParameterView) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(18, 0, 0, 0)
        label = Label(parameter.label, "small")
        label.setFixedWidth(96)
        line.addWidget(label)
        value = step.arguments.get(parameter.name, parameter.default)
        if parameter.kind == "integer":
            spin = QSpinBox()
            spin.setRange(0, _LARGEST)
            spin.setValue(int(value) if isinstance(value, int) else 0)
            spin.setAccessibleName(parameter.label)
            spin.valueChanged.connect(lambda number: self._set(at, parameter.name, number))
            line.addWidget(spin, 1)
            return line
        edit = QLineEdit("" if value is None else str(value))
        edit.setAccessibleName(parameter.label)
        edit.textEdited.connect(lambda text: self._set(at, parameter.name, text))
        line.addWidget(edit, 1)
        return line

    def _set(self, at: int, name: str, value: Argument) -> None:
        step = self.steps[at]
        self.steps[at] = Step(step.use, {**step.arguments, name: value})
        self.edited.emit()

    def _add(self, index: int) -> None:
        name = self.add_box.itemData(index)
        entry = self._catalogue.get(name) if name else None
        if entry is None:
            return
        arguments = {item.name: "" if item.default is None else item.default for item in entry.parameters}
        self.steps.append(Step(entry.name, arguments))
        self._rebuild()
        self.edited.emit()

    def _move(self, at: int, by: int) -> None:
        self.steps.insert(at + by, self.steps.pop(at))
        self._rebuild()
        self.edited.emit()

    def _remove(self, at: int) -> None:
        del self.steps[at]
        self._rebuild()
        self.edited.emit()
        self.add_box.setFocus()
