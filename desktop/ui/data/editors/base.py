"""What every field editor offers to its row."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from desktop.domain.schema import Field
from desktop.ui.data.form_state import Typed
from desktop.ui.widgets.field import set_invalid


class FieldEditor(QWidget):
    """Edits the value of one field. What it holds is a :class:`Typed`: a value, or text that is none."""

    changed = Signal()
    """The person changed what it holds."""
    finished = Signal()
    """The keyboard's focus left it: one burst of typing is over."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        self.controls: list[QWidget] = []

    def typed(self) -> Typed:
        """What it holds now."""
        raise NotImplementedError

    def fill(self, typed: Typed) -> None:
        """Hold `typed`, without telling of a change."""
        raise NotImplementedError

    def show_typed(self, typed: Typed) -> None:
        """Hold `typed`; where it does already, the cursor stays where it is."""
        if self.typed() != typed:
            self.fill(typed)

    def set_problem(self, reason: str) -> None:
        """Frame the editor as wrong for `reason`, or as right where that is blank."""
        for control in self.controls:
            set_invalid(control, bool(reason), reason)

    def add_control(self, control: QWidget, name: str = "") -> None:
        """Take `control` as part of the editor; the first one has the focus for all and the field's name."""
        control.setAccessibleName(name or self.item.label)
        if not self.controls:
            self.setFocusProxy(control)
        self.controls.append(control)
        control.installEventFilter(self)
        inner = control.lineEdit() if isinstance(control, QComboBox) else None
        if inner is not None:
            inner.setAccessibleName(name or self.item.label)
            inner.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave undo and redo to the form, and tell when the focus goes."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_undo(event):
            event.ignore()
            return True
        if event.type() == QEvent.Type.FocusOut:
            self.finished.emit()
        return super().eventFilter(watched, event)


def _is_undo(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)


class CalmCombo(QComboBox):
    """A combo box that leaves the wheel to the form: scrolling past it must not change a value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def line_edit(placeholder: str = "") -> QLineEdit:
    """A line for typing, with a word in it where it is blank."""
    line = QLineEdit()
    line.setPlaceholderText(placeholder)
    return line
