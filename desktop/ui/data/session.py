"""The editing of one record: what its form holds, and the way back through it."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from desktop.ui.data.form_state import FormState, Typed


class RecordKey(NamedTuple):
    """Which record: its connection's name, its object's key, its id (blank for a new one)."""

    connection: str
    object: str
    id: str


class FieldEdit(QUndoCommand):
    """One field's change; a burst of typing in a field is one step."""

    def __init__(self, session: Session, key: str, before: Typed, after: Typed, burst: int) -> None:
        super().__init__()
        self._session = session
        self.key, self.before, self.after, self.burst = key, before, after, burst

    def id(self) -> int:
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, FieldEdit) or (other.key, other.burst) != (self.key, self.burst):
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)
        return True

    def redo(self) -> None:
        self._session.apply(self.key, self.after)

    def undo(self) -> None:
        self._session.apply(self.key, self.before)


class Session(QObject):
    """One record that is being edited. Every change goes through :meth:`type_in`, so that it can be undone."""

    changed = Signal(str)
    """A field's content changed: its key."""

    def __init__(self, key: RecordKey, state: FormState) -> None:
        super().__init__()
        self.key = key
        self.state = state
        self.stack = QUndoStack()
        self._burst = 0

    def type_in(self, key: str, typed: Typed) -> None:
        """Put `typed` in the field, as a step that can be undone."""
        before = self.state.current(key)
        if before != typed:
            self.stack.push(FieldEdit(self, key, before, typed, self._burst))

    def end_burst(self) -> None:
        """What is typed from now on is a step of its own."""
        self._burst += 1

    def apply(self, key: str, typed: Typed) -> None:
        """Put `typed` in the field."""
        self.state.put(key, typed)
        self.changed.emit(key)

    @property
    def is_dirty(self) -> bool:
        """Whether something would be lost if it were forgotten."""
        return self.state.changes > 0
