"""One field in a record's form: its name, its editor, and what is to be said about it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop.domain.schema import Field
from desktop.ui.data.collision import CollisionPanel
from desktop.ui.data.editors.choose import editor_for
from desktop.ui.data.editors.reference import References
from desktop.ui.data.form_state import FormState
from desktop.ui.widgets.buttons import IconButton
from desktop.ui.widgets.label import ElidedLabel, Label


class FieldRow(QWidget):
    """Shows a field of whatever record its form holds.

    :param editable: whether it can be typed in; otherwise its value stands as text.
    """

    typed = Signal(str)
    """The person changed the field: its key."""
    finished = Signal(str)
    undo_wanted = Signal(str)
    resolved = Signal(str, str)
    """A collision was settled: the field's key, and ``theirs`` or ``mine``."""

    def __init__(self, item: Field, references: References, *, editable: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        self.editable = editable
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.label = ElidedLabel(item.label, "small")
        self.tag = Label("", "faint")
        self.revert = IconButton(
            "ph.arrow-counter-clockwise", self.tr("Undo this field"), clicked=self._revert, role="accent"
        )
        self.revert.setAccessibleDescription(item.label)
        self.revert.setFixedSize(20, 20)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.label, 1)
        head.addWidget(self.tag)
        head.addWidget(self.revert)
        column.addLayout(head)
        self.editor = editor_for(item, references, editable=editable)
        self.label.setBuddy(self.editor)
        column.addWidget(self.editor)
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        column.addWidget(self.error)
        self._collision: CollisionPanel | None = None
        self._column = column
        self.label.setFixedHeight(20)
        self._explain()
        self.editor.changed.connect(lambda: self.typed.emit(item.key))
        self.editor.finished.connect(lambda: self.finished.emit(item.key))

    def _explain(self) -> None:
        self.label.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.label.customContextMenuRequested.connect(self._open_menu)
        if self.item.description:
            self.label.setToolTip(self.item.description)

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy key"), lambda: QApplication.clipboard().setText(self.item.key))
        if tag := self.item.tag:
            menu.addAction(self.tr("Copy personalization tag"), lambda: QApplication.clipboard().setText(tag))
        if not self.revert.isHidden():
            menu.addAction(self.tr("Undo this field"), self._revert)
        menu.popup(self.label.mapToGlobal(at))

    def _revert(self) -> None:
        self.editor.setFocus()
        self.undo_wanted.emit(self.item.key)

    def show_state(self, state: FormState, connection: str) -> None:
        """Show the field as `state` has it."""
        key = self.item.key
        self.editor.show_typed(state.current(key))
        edited = state.is_edited(key)
        self.revert.setVisible(edited)
        needed = self.item.required and self.editable
        self.tag.setText(self.tr("edited") if edited else self.tr("required") if needed else "")
        self.tag.set_role("edited" if edited else "faint")
        problem = state.problem(key)
        self.error.setText(problem)
        self.error.setVisible(bool(problem))
        self.editor.set_problem(problem)
        self._show_collision(state, connection)

    def _show_collision(self, state: FormState, connection: str) -> None:
        collision = state.collisions.get(self.item.key)
        if self._collision is not None:
            self._collision.hide()
            self._collision.deleteLater()
            self._collision = None
        if collision is not None:
            panel = CollisionPanel(connection, self.item, collision)
            panel.chosen.connect(lambda choice: self.resolved.emit(self.item.key, choice))
            self._column.addWidget(panel)
            self._collision = panel
