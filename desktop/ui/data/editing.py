"""Opening, saving and deleting records: between the form and the workspace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import CrosswalkError, InvalidInput, NotFound, RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import Field
from desktop.domain.values import is_empty
from desktop.ui.aio import TaskScope, ask, sleep
from desktop.ui.data.drafts import DraftKeeper
from desktop.ui.data.form import RecordForm, record_title
from desktop.ui.data.form_state import FormState
from desktop.ui.data.grid_model import Place
from desktop.ui.data.history import RecordHistory
from desktop.ui.data.latest import Latest
from desktop.ui.data.session import RecordKey, Session
from desktop.ui.shell.page import Shell
from desktop.ui.text import counted
from desktop.ui.theme import Tone
from desktop.ui.widgets.question import Choice, Question, ask_question
from desktop.workspace.views import Collided

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

LOOK_AFTER = 0.4
"""Seconds that a record is open before it is looked up on the platform."""


class FieldReferences:
    """Looks up the records that the fields of one object refer to."""

    def __init__(self, desk: Desk, scope: TaskScope, editing: Editing) -> None:
        self._desk = desk
        self._scope = scope
        self._editing = editing
        self.place: Place | None = None

    @property
    def scope(self) -> TaskScope:
        """Owns the look-ups."""
        return self._scope

    async def find(self, field_key: str, text: str) -> list[tuple[str, str]]:
        """Records that the field could point to: ids and names."""
        place = self.place
        if place is None:
            return []
        return await self._desk.data.find_references(place.connection, place.object, field_key, text)

    async def titles(self, field_key: str, ids: Iterable[str]) -> dict[str, str]:
        """What records are called, by id."""
        place = self.place
        if place is None:
            return {}
        return await self._desk.data.reference_titles(place.connection, place.object, field_key, list(ids))

    def open(self, item: Field, record_id: str) -> None:
        """Show the record that is referred to."""
        if self.place is not None and item.target:
            self._editing.record_wanted.emit(self.place.connection, item.target, record_id)


class Editing(QObject):
    """The records that are being edited, and the form that shows one of them.

    Edits of a record that is left stay in memory, with their way back, and are kept as a draft besides.
    """

    opened = Signal()
    """Another record, or none, is in the form."""
    saved = Signal(object, bool)
    """The :class:`Record` as it is now, and whether it is new."""
    deleted = Signal(str)
    record_wanted = Signal(str, str, str)
    """Show another record: connection, object, id."""

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._window = parent
        self._sessions: dict[RecordKey, Session] = {}
        self._look = Latest(shell.scope)
        self.drafts = DraftKeeper(desk, shell.scope)
        self.references = FieldReferences(desk, shell.scope, self)
        self.form = RecordForm(self.references)
        self.form.save_wanted.connect(self.save)
        self.form.delete_wanted.connect(self.delete)
        self.form.history_wanted.connect(self.show_history)
        self.form.discarded.connect(self._discarded)
        self._place: Place | None = None

    @property
    def current(self) -> Session | None:
        """What is in the form."""
        return self.form.session

    def set_place(self, place: Place | None) -> None:
        """Another object's records are edited from now on."""
        self._place = place
        self.references.place = place
        self.close()

    def close(self) -> None:
        """Show no record."""
        self._look.cancel()
        self._forget_untouched()
        self.form.show_session(None)
        self.opened.emit()

    def open(self, record: Record) -> None:
        """Show a record, as it is here at first, and as it is on the platform a moment later."""
        place = self._place
        if place is None:
            return
        key = RecordKey(place.connection, place.object, record.id)
        if self.current is not None and self.current.key == key:
            return
        self._forget_untouched()
        session = self._sessions.get(key) or self._begin(key, FormState(place.schema, record))
        self.form.show_session(session)
        self.opened.emit()
        self._look.start(self._settle(session))

    def open_new(self) -> None:
        """Show the form of a record that is not there yet, with what was typed into it before."""
        place = self._place
        if place is None:
            return
        self._look.cancel()
        self._forget_untouched()
        key = RecordKey(place.connection, place.object, "")
        session = self._sessions.get(key) or self._begin(key, FormState(place.schema, None))
        self.form.show_session(session)
        self.form.focus_first()
        self.opened.emit()
        self._look.start(self._restore(session))

    def _begin(self, key: RecordKey, state: FormState) -> Session:
        session = Session(key, state)
        session.changed.connect(lambda _: self.drafts.note(session))
        self._sessions[key] = session
        return session

    def _forget_untouched(self) -> None:
        session = self.current
        if session is not None and not session.is_dirty:
            self._sessions.pop(session.key, None)

    async def _settle(self, session: Session) -> None:
        await self._restore(session)
        await sleep(LOOK_AFTER)
        await self._look_up(session)

    async def _restore(self, session: Session) -> None:
        """Type a kept draft in again, unless something is typed already."""
        draft = await self._desk.data.draft(*session.key)
        if draft is None or session.is_dirty:
            return
        state = session.state
        newer = state.base
        if newer is not None and draft.base is not None:
            state.base = draft.base
        state.restore(draft.edits)
        if newer is not None:
            state.refresh(newer)
        self.drafts.restored(session.key)
        if session is self.current:
            self.form.refresh()

    async def _look_up(self, session: Session) -> None:
        try:
            record = await self._desk.data.record(*session.key)
        except NotFound as error:
            if session is self.current:
                self.form.say_error(error)
            return
        except CrosswalkError as error:
            if session is self.current:
                text = self.tr("This is the copy on this computer. %1")
                self.form.say(text.replace("%1", error.message), Tone.WARNING, (self.tr("Try again"), self.look_again))
            return
        if session is self.current and not session.state.collisions:
            session.state.refresh(record)
            self.form.refresh()

    def look_again(self) -> None:
        """Look the record in the form up on the platform."""
        session = self.current
        if session is not None and not session.state.is_new:
            self.form.clear_message()
            self._look.start(self._look_up(session))

    def take_fresh(self, record: Record) -> None:
        """A newer copy of a record was read; the form shows it if it is that record."""
        session = self.current
        if session is None or session.key.id != record.id or session.state.collisions:
            return
        if session.state.base is not None and session.state.base != record:
            session.state.refresh(record)
            self.form.refresh()

    def save(self) -> None:
        """Send what was typed."""
        session = self.current
        if session is None or not self.form.save_button.isEnabled():
            return
        problems = session.state.check()
        if problems:
            self.form.refresh()
            self.form.focus_field(next(iter(problems)))
            count = len(problems)
            said = counted(count, "%n field needs a look.", "%n fields need a look.", "Editing")
            self.form.say(f"{said} {self.tr('Nothing was sent.')}", Tone.BAD)
            return
        self.form.clear_message()
        self._look.cancel()
        self.form.set_busy(True)
        self._shell.scope.start(self._send(session))

    async def _send(self, session: Session) -> None:
        state = session.state
        sent = dict(state.edits)
        try:
            outcome = await self._desk.data.save(*session.key[:2], state.base, state.patch())
        except InvalidInput as error:
            elsewhere = state.refuse(error.problems)
            self._show_refusal(session, error, marked=len(elsewhere) < len(error.problems))
            return
        except RecordRefused as error:
            elsewhere = state.refuse([error.report()])
            self._show_refusal(session, error, marked=not elsewhere)
            return
        except CrosswalkError as error:
            self._show_refusal(session, error, marked=False)
            return
        finally:
            self.form.set_busy(False)
        if isinstance(outcome, Collided):
            self._collided(session, outcome)
            return
        await self._saved(session, outcome.record, sent)

    def _show_refusal(self, session: Session, error: CrosswalkError, *, marked: bool) -> None:
        if session is not self.current:
            self._shell.bus.report(error)
            return
        self.form.refresh()
        self.form.say_error(error)
        refused = next(iter(session.state.refused), None)
        if marked and refused is not None:
            self.form.focus_field(refused)

    def _collided(self, session: Session, outcome: Collided) -> None:
        session.state.collide(outcome.theirs, outcome.collisions)
        self.drafts.note(session)
        if session is not self.current:
            return
        self.form.refresh()
        waiting = session.state.unresolved()
        if not waiting:
            self.form.say(self.tr("The record changed meanwhile. Save again to keep your changes."), Tone.WARNING)
            return
        said = counted(
            len(waiting),
            "%n field was changed in %1 since you opened it. Choose which value to keep, then save again.",
            "%n fields were changed in %1 since you opened it. Choose which values to keep, then save again.",
            "Editing",
        )
        self.form.say(said.replace("%1", session.key.connection), Tone.WARNING)
        self.form.focus_field(waiting[0])

    async def _saved(self, session: Session, record: Record, sent: dict[str, Any]) -> None:
        state, was_new = session.state, session.state.is_new
        later = {key: typed for key, typed in state.edits.items() if sent.get(key) != typed}
        self._sessions.pop(session.key, None)
        await self.drafts.drop(session.key)
        if record.id:
            session.key = session.key._replace(id=record.id)
        state.adopt(record)
        session.stack.clear()
        for key, typed in later.items():
            session.type_in(key, typed)
        if session.is_dirty or session is self.current:
            self._sessions[session.key] = session
        title = record_title(state.title, state.schema)
        self._shell.bus.success(self.tr("%1 saved").replace("%1", title))
        if session is self.current:
            self.form.show_session(session)
        self.saved.emit(record, was_new)

    def _discarded(self) -> None:
        session = self.current
        if session is None:
            return
        self._shell.scope.start(self.drafts.drop(session.key))
        if session.state.is_new:
            self._sessions.pop(session.key, None)
            self.close()

    def delete(self) -> None:
        """Delete the record in the form, once the person has said so."""
        session = self.current
        if session is not None and not session.state.is_new:
            self._shell.scope.start(self._delete(session))

    async def _delete(self, session: Session) -> None:
        state = session.state
        title = record_title(state.title, state.schema)
        held = sum(1 for item in state.schema.fields if not item.is_system and not is_empty(state.original(item.key)))
        text = counted(
            held,
            "It is deleted in %1, with the %n value that it holds. Its last values stay in Activity.",
            "It is deleted in %1, with the %n values that it holds. Its last values stay in Activity.",
            "Editing",
        ).replace("%1", session.key.connection)
        question = Question(
            self.tr("Delete %1?").replace("%1", title),
            text,
            (Choice("delete", self.tr("Delete %1").replace("%1", title), "destructive"),),
        )
        if await ask_question(self._window, question) != "delete":
            return
        self.form.set_busy(True)
        try:
            await self._desk.data.delete(*session.key)
        except CrosswalkError as error:
            if session is self.current:
                self.form.say_error(error)
            else:
                self._shell.bus.report(error)
            return
        finally:
            self.form.set_busy(False)
        self._sessions.pop(session.key, None)
        await self.drafts.drop(session.key)
        self._shell.bus.success(self.tr("%1 deleted").replace("%1", title))
        if session is self.current:
            session.state.discard()
            self.close()
        self.deleted.emit(session.key.id)

    def show_history(self) -> None:
        """Show what became of the record in the form."""
        session = self.current
        if session is not None and not session.state.is_new:
            self._shell.scope.start(self._show_history(session))

    async def _show_history(self, session: Session) -> None:
        state = session.state
        changes = await self._desk.activity.of_record(*session.key)
        dialog = RecordHistory(record_title(state.title, state.schema), changes, state.schema.by_key, self._window)
        try:
            await ask(dialog)
        finally:
            dialog.deleteLater()

    def unreadable(self) -> list[Session]:
        """Sessions with text that no draft can keep, because it is no value of its field."""
        return [session for session in self._sessions.values() if session.state.has_unreadable]
