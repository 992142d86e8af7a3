"""The form of one record, at the right of the grid."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QUndoGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.domain.schema import Field, ObjectSchema
from desktop.ui.data.editors.reference import References
from desktop.ui.data.field_row import FieldRow
from desktop.ui.data.form_state import FormState, Typed
from desktop.ui.data.session import Session
from desktop.ui.text import counted, moment
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import IconButton, plain, primary
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.disclosure import Disclosure
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import ElidedLabel
from desktop.ui.widgets.notice import Notice


class RecordForm(QFrame):
    """Shows one :class:`Session` at a time and types into it. Saving and deleting is for whoever listens."""

    save_wanted = Signal()
    delete_wanted = Signal()
    history_wanted = Signal()
    discarded = Signal()
    closed = Signal()

    def __init__(self, references: References, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._references = references
        self._session: Session | None = None
        self._rows: dict[str, FieldRow] = {}
        self._built_for: tuple[object, ...] = ()
        self._busy = False
        self._undo = QUndoGroup(self)
        self.setAccessibleName(self.tr("Record"))
        self.setProperty("surface", "surface")
        self.setMinimumWidth(280)
        self._stack = QStackedLayout(self)
        nothing = EmptyState(
            "ph.cursor",
            self.tr("No record chosen"),
            self.tr("Choose a record in the list to see its fields."),
        )
        self._stack.addWidget(nothing)
        self._stack.addWidget(self._build())
        self._add_shortcuts()

    def _build(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addLayout(self._messages())
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.viewport().setAutoFillBackground(False)
        column.addWidget(self.area, 1)
        column.addWidget(hairline())
        column.addLayout(self._foot())
        return whole

    def _head(self) -> QVBoxLayout:
        self.title = ElidedLabel("", "heading")
        self.note = ElidedLabel("", "faint")
        self.undo_button = IconButton("ph.arrow-u-up-left", self.tr("Undo"), clicked=self._undo.undo)
        self.redo_button = IconButton("ph.arrow-u-up-right", self.tr("Redo"), clicked=self._undo.redo)
        self.history_button = IconButton("ph.clock", self.tr("History"), clicked=self.history_wanted.emit)
        self.delete_button = IconButton("ph.trash", self.tr("Delete"), clicked=self.delete_wanted.emit)
        self.close_button = IconButton("ph.x", self.tr("Hide record"), clicked=self.closed.emit)
        self._undo.canUndoChanged.connect(self.undo_button.setEnabled)
        self._undo.canRedoChanged.connect(self.redo_button.setEnabled)
        self.undo_button.setEnabled(False)
        self.redo_button.setEnabled(False)
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.title, 1)
        buttons = (self.undo_button, self.redo_button, self.history_button, self.delete_button, self.close_button)
        for button in buttons:
            row.addWidget(button)
        head = QVBoxLayout()
        head.setContentsMargins(16, 10, 8, 8)
        head.setSpacing(0)
        head.addLayout(row)
        head.addWidget(self.note)
        return head

    def _messages(self) -> QVBoxLayout:
        self.notice = Notice("", Tone.BAD)
        self.details = Disclosure()
        self.notice.hide()
        self.details.hide()
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self.notice)
        column.addWidget(self.details)
        column.setContentsMargins(16, 0, 26, 4)
        return column

    def _foot(self) -> QHBoxLayout:
        self.count = ElidedLabel("", "small")
        self.discard_button = plain(self.tr("Discard"), self._discard)
        self.save_button = primary(self.tr("Save"), self.save_wanted.emit)
        row = QHBoxLayout()
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(8)
        row.addWidget(self.count, 1)
        row.addWidget(self.discard_button)
        row.addWidget(self.save_button)
        return row

    def _add_shortcuts(self) -> None:
        standard = QKeySequence.StandardKey
        for keys, act in (
            (standard.Save, self.save_button.click),
            (standard.Undo, self.undo_button.click),
            (standard.Redo, self.redo_button.click),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        again = QShortcut(QKeySequence("Ctrl+Y"), self)
        again.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        again.activated.connect(self.redo_button.click)
        self.save_button.setToolTip(self.tr("Save (Ctrl+S)"))

    @property
    def session(self) -> Session | None:
        """What is being edited."""
        return self._session

    def show_session(self, session: Session | None) -> None:
        """Show another record, or that none is chosen."""
        if self._session is not None:
            self._session.changed.disconnect(self._field_changed)
        self._session = session
        self.clear_message()
        if session is None:
            self._undo.setActiveStack(None)  # type: ignore[arg-type]
            self._stack.setCurrentIndex(0)
            return
        session.changed.connect(self._field_changed)
        if session.stack not in self._undo.stacks():
            self._undo.addStack(session.stack)
        self._undo.setActiveStack(session.stack)
        self._stack.setCurrentIndex(1)
        self._fit_rows(session.state)
        self.refresh()
        self.area.verticalScrollBar().setValue(0)

    def _fit_rows(self, state: FormState) -> None:
        """Build the rows anew where another object, or other rights, are shown than before."""
        wanted = (state.schema, state.is_new, state.refusal())
        if self._built_for and self._built_for[0] is state.schema and self._built_for[1:] == wanted[1:]:
            return
        self._built_for = wanted
        body = QWidget()
        body.setObjectName("form")
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(12)
        self._rows = {}
        for item in shown_fields(state.schema, new=state.is_new):
            row = FieldRow(item, self._references, editable=state.editable(item))
            row.typed.connect(self._typed)
            row.finished.connect(self._finished)
            row.undo_wanted.connect(self._undo_field)
            row.resolved.connect(self._resolve)
            self._rows[item.key] = row
            column.addWidget(row)
        column.addStretch(1)
        self.area.setWidget(body)
        body.setAutoFillBackground(False)

    def refresh(self) -> None:
        """Show the session as it is now."""
        session = self._session
        if session is None:
            return
        for row in self._rows.values():
            row.show_state(session.state, session.key.connection)
        self._refresh_frame(session.state)

    def set_busy(self, busy: bool) -> None:
        """Something is being sent: it can be typed on, but not be sent or deleted a second time."""
        had_focus = self.save_button.hasFocus()
        self._busy = busy
        if self._session is not None:
            self._refresh_frame(self._session.state)
        if had_focus and not self.save_button.isEnabled():
            self.focus_first()

    def _refresh_frame(self, state: FormState) -> None:
        new = self.tr("New %1").replace("%1", state.schema.label)
        title = new if state.is_new else record_title(state.title, state.schema)
        self.title.setText(title)
        changed = state.base.updated_at if state.base else None
        self.note.setText(self.tr("changed %1").replace("%1", moment(changed)) if changed else "")
        self.note.setVisible(bool(changed))
        waiting = len(state.collisions)
        self.count.setText(
            counted(waiting, "%n field to choose", "%n fields to choose", "RecordForm")
            if waiting
            else counted(state.changes, "%n change", "%n changes", "RecordForm")
            if state.changes
            else ""
        )
        refusal = state.refusal()
        ready = not refusal and not waiting and not self._busy
        self.save_button.setEnabled(ready and (state.is_new or state.changes > 0))
        self.save_button.setToolTip(refusal or self.tr("Save (Ctrl+S)"))
        self.discard_button.setEnabled(not self._busy and (state.is_new or state.changes > 0))
        self.history_button.setEnabled(not state.is_new)
        refused = "" if state.is_new else state.schema.refusals.get("delete", "")
        self.delete_button.setEnabled(not self._busy and not state.is_new and not refused)
        self.delete_button.setToolTip(refused or self.tr("Delete"))

    def _typed(self, key: str) -> None:
        if self._session is not None:
            self._session.type_in(key, self._rows[key].editor.typed())

    def _finished(self, key: str) -> None:
        if self._session is not None:
            self._session.end_burst()

    def _field_changed(self, key: str) -> None:
        session = self._session
        if session is None:
            return
        row = self._rows.get(key)
        if row is not None:
            row.show_state(session.state, session.key.connection)
        self._refresh_frame(session.state)

    def _undo_field(self, key: str) -> None:
        if self._session is not None:
            self._session.end_burst()
            self._session.type_in(key, Typed(self._session.state.original(key)))
            self._session.end_burst()

    def _resolve(self, key: str, choice: str) -> None:
        session = self._session
        if session is None:
            return
        typed = session.state.resolve(key, "theirs" if choice == "theirs" else "mine")
        session.end_burst()
        session.type_in(key, typed)
        self._field_changed(key)
        following = next(iter(session.state.unresolved()), None)
        if following is not None:
            self.focus_field(following)
        else:
            self.clear_message()
            self.save_button.setFocus()

    def _discard(self) -> None:
        if self._session is not None:
            self._session.state.discard()
            self._session.stack.clear()
            self.clear_message()
            self.refresh()
            self.discarded.emit()

    def focus_field(self, key: str) -> None:
        """Bring a field into view and give it the keyboard's focus."""
        row = self._rows.get(key)
        if row is not None:
            row.editor.setFocus(Qt.FocusReason.OtherFocusReason)
            self.area.ensureWidgetVisible(row, 0, 24)

    def focus_first(self) -> None:
        """Give the first field that can be typed in the keyboard's focus."""
        row = next((row for row in self._rows.values() if row.editable), None)
        if row is not None:
            self.focus_field(row.item.key)
        else:
            self.close_button.setFocus()

    def row(self, key: str) -> FieldRow:
        """The row of a field."""
        return self._rows[key]

    def say(self, text: str, tone: Tone, *actions: tuple[str, Callable[[], object]]) -> None:
        """Say something above the fields."""
        self.notice.set_notice(escape(text), tone, actions)
        self.notice.show()
        self.details.hide()

    def say_error(self, error: CrosswalkError) -> None:
        """Say what failed and what to do; the edits stay."""
        self.notice.set_notice(f"<b>{escape(error.message)}</b> {escape(error.hint)}", Tone.BAD)
        self.notice.show()
        self.details.set_text(error.details)
        self.details.setVisible(bool(error.details))

    def clear_message(self) -> None:
        """Take away what was said above the fields."""
        self.notice.hide()
        self.details.hide()


def shown_fields(schema: ObjectSchema, *, new: bool) -> list[Field]:
    """The fields in the order of the form: what can be typed first, what the platform keeps last."""
    own = [item for item in schema.fields if not item.is_system or not item.read_only]
    external = [item for item in own if item.is_system]
    typed = [item for item in own if not item.is_system]
    kept = [] if new else [item for item in schema.fields if item.is_system and item.read_only]
    if new:
        typed = [item for item in typed if not item.read_only]
    return [*typed, *external, *kept]


def record_title(title: str, schema: ObjectSchema) -> str:
    """What the record is called in a heading: a bare number or id gets its object's name before it."""
    return title if any(letter.isalpha() for letter in title[:3]) else f"{schema.label} {title}".strip()
