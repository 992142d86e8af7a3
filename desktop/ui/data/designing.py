"""Changing schemas from the tab "Fields": which controls are offered, the panels, the questions, the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.domain.design import Change, DesignRules, FieldDraft
from desktop.domain.errors import CrosswalkError
from desktop.domain.schema import Field, ObjectSchema
from desktop.ui.data.design_questions import GO, SHOW, field_question, object_question, options_question, refused
from desktop.ui.data.design_rows import DesignPanel
from desktop.ui.data.fields_tab import FieldsTab
from desktop.ui.data.grid_model import Place
from desktop.ui.data.latest import Latest
from desktop.ui.data.tree import ObjectsPane
from desktop.ui.shell.page import Shell
from desktop.ui.widgets.question import Question, ask_question
from desktop.workspace.designing import Loss

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_Slot = tuple[str, str, str]
"""A connection, an object, and a field's key or a blank text for a new field."""


class Designing(QObject):
    """Stands between the tab, the panels in it, and the desk."""

    schema_changed = Signal(str, object)
    """A connection's name, and the new :class:`ObjectSchema` of one of its objects."""
    object_made = Signal(str, str)
    """A connection's name, and the key of its new object."""
    object_gone = Signal()

    def __init__(self, desk: Desk, shell: Shell, tab: FieldsTab, objects: ObjectsPane, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._tab = tab
        self._objects = objects
        self._place: Place | None = None
        self._rules: DesignRules | None = None
        self._makers: tuple[str, ...] = ()
        self._asked: tuple[str, ...] = ()
        self._typed: dict[_Slot, FieldDraft] = {}
        self._slot: _Slot | None = None
        self._target = ""
        self._to_choose = ""
        self._looking = Latest(shell.scope)
        self._asking = Latest(shell.scope)
        self._finding = Latest(shell.scope)
        self._connect()

    def _connect(self) -> None:
        tab, fields, objects = self._tab, self._tab.field_panel, self._tab.object_panel
        tab.new_field_wanted.connect(self._new_field)
        tab.edit_field_wanted.connect(self._edit_field)
        tab.delete_field_wanted.connect(lambda item: self._start(self._delete_field(item)))
        tab.new_object_wanted.connect(self.new_object)
        tab.edit_object_wanted.connect(self._edit_object)
        tab.delete_object_wanted.connect(lambda: self._start(self._delete_object()))
        fields.save_wanted.connect(lambda: self._send(fields, self._save_field()))
        fields.closed.connect(self._leave_field)
        fields.cancelled.connect(self._close_field)
        objects.save_wanted.connect(lambda: self._send(objects, self._save_object()))
        objects.closed.connect(self._leave)
        objects.cancelled.connect(self._close_object)
        objects.connection_chosen.connect(self._show_target)

    def _start(self, work) -> None:
        self._shell.scope.start(work)

    # What is offered

    def show_place(self, place: Place) -> None:
        """Another object is shown, or the same with another schema."""
        before, self._place = self._place, place
        same = before is not None and (before.connection, before.object) == (place.connection, place.object)
        chosen = (self._to_choose or self._tab.chosen_key()) if same else ""
        self._to_choose = ""
        self._tab.show_schema(place.schema)
        self._tab.choose(chosen)
        if not same:
            self._keep_typed()
            if self._tab.field_panel.isVisible() or self._tab.object_panel.schema is not None:
                self._tab.show_panel(None)
            self._rules = None
            self._tab.show_rules(None, self.tr("Looking what can be changed here…"))
        self._looking.start(self._look(place))

    async def _look(self, place: Place) -> None:
        try:
            self._rules = await self._desk.data.design_rules(place.connection, place.object)
            self._tab.show_rules(self._rules)
        except CrosswalkError as error:
            self._tab.show_rules(None, f"{error.message} {error.hint}".strip())

    def find_makers(self, *, anew: bool = False) -> None:
        """Find out on which connections objects can be made; "New object" is there only where there is one.

        :param anew: also where all the same connections were asked before.
        """
        names = tuple(branch.connection for branch in self._objects.branches)
        if anew or names != self._asked:
            self._finding.start(self._find_makers(names))

    async def _find_makers(self, names: tuple[str, ...]) -> None:
        makers: list[str] = []
        self._asked = names
        for name in names:
            try:
                rules = await self._desk.data.design_rules(name)
            except CrosswalkError:
                self._asked = ()
                continue
            if rules.allows(Change.CREATE_OBJECT):
                makers.append(name)
        self._makers = tuple(makers)
        self._tab.new_object.setVisible(bool(makers))
        self._objects.offer_new_object(self._makers)

    # Fields

    def _new_field(self) -> None:
        place, rules = self._place, self._rules
        if place is None or rules is None or not rules.allows(Change.CREATE_FIELD):
            return
        self._keep_typed()
        self._slot = (place.connection, place.object, "")
        self._tab.show_panel(self._tab.field_panel)
        known = [item.key for item in place.schema.fields]
        self._tab.field_panel.open_new(rules, known, self._typed.pop(self._slot, None))

    def _edit_field(self, item: Field) -> None:
        place, rules = self._place, self._rules
        if place is None or rules is None:
            return
        self._keep_typed()
        self._slot = (place.connection, place.object, item.key)
        self._tab.show_panel(self._tab.field_panel)
        self._tab.field_panel.open_edit(rules, item, self._typed.pop(self._slot, None))

    def _keep_typed(self) -> None:
        """Keep what was typed of a field that is left, until it is come back to."""
        panel = self._tab.field_panel
        if self._slot is not None and panel.isVisible() and panel.is_touched:
            self._typed[self._slot] = panel.draft()
        self._slot = None

    def _leave_field(self) -> None:
        self._keep_typed()
        self._leave()

    def _close_field(self) -> None:
        self._slot = None
        self._leave()

    def _leave(self) -> None:
        self._tab.show_panel(None)
        self._tab.table.setFocus()

    async def _save_field(self) -> None:
        panel, slot = self._tab.field_panel, self._slot
        if slot is None:
            return
        connection, object_key, key = slot
        draft, item = panel.draft(), panel.field
        data = self._desk.data
        if item is None:
            schema = await data.create_field(connection, object_key, draft)
            said = self.tr("Field %1 created")
        else:
            if not await self._may_lose_options(slot, item, draft):
                return
            schema = await data.change_field(connection, object_key, item, draft)
            said = self.tr("Field %1 saved")
        self._shell.bus.success(said.replace("%1", draft.label))
        if self._slot == slot:
            self._close_field()
        self._to_choose = key or _new_key(schema, draft)
        self.schema_changed.emit(connection, schema)

    async def _may_lose_options(self, slot: _Slot, item: Field, draft: FieldDraft) -> bool:
        kept = {option.key for option in draft.options}
        lost = [option for option in item.options if option.key not in kept]
        if not lost:
            return True
        keys = [option.key for option in lost]
        loss: Loss = await self._desk.data.field_loss(*slot, keys)
        question = options_question(item, [option.label for option in lost], loss)
        return await ask_question(self._tab, question) == GO

    async def _delete_field(self, item: Field) -> None:
        place = self._place
        if place is None:
            return
        loss: Loss = await self._desk.data.field_loss(place.connection, place.object, item.key)
        question = field_question(place.connection, place.schema, item, loss, self._lost(Change.DELETE_FIELD))
        if not await self._may_lose(item.label, loss, question):
            return
        schema = await self._desk.data.delete_field(place.connection, place.object, item.key)
        if self._slot == (place.connection, place.object, item.key):
            self._close_field()
        self._shell.bus.success(self.tr("Field %1 deleted").replace("%1", item.label))
        self.schema_changed.emit(place.connection, schema)

    def _lost(self, change: Change) -> str:
        """What a deletion loses where that is not everything; blank where it is."""
        return self._rules.losses.get(change, "") if self._rules is not None else ""

    async def _may_lose(self, label: str, loss: Loss, question: Question) -> bool:
        """Ask, or tell which syncs refuse it."""
        if not loss.syncs:
            return await ask_question(self._tab, question) == GO
        if await ask_question(self._tab, refused(label, loss)) == SHOW:
            self._shell.go("syncs", sync=loss.syncs[0])
        return False

    # Objects

    def new_object(self, connection: str = "") -> None:
        """Open the panel for a new object, on a connection where one can be made."""
        if not self._makers:
            return
        shown = self._place.connection if self._place else ""
        wanted = next((name for name in (connection, shown) if name in self._makers), self._makers[0])
        self._keep_typed()
        self._tab.show_panel(self._tab.object_panel)
        self._tab.object_panel.open_new(self._makers, wanted)
        self._show_target(wanted)

    def _show_target(self, connection: str) -> None:
        self._target = connection
        self._asking.start(self._show_target_rules(connection))

    async def _show_target_rules(self, connection: str) -> None:
        panel = self._tab.object_panel
        panel.set_busy(True)
        try:
            rules = await self._desk.data.design_rules(connection)
        except CrosswalkError as error:
            panel.tell(error)
            return
        branch = self._objects.branch_of(connection)
        panel.show_rules(rules, {view.key: view.label for view in branch.objects} if branch else {})
        panel.set_busy(False)

    def _edit_object(self) -> None:
        if self._place is not None and self._rules is not None:
            self._keep_typed()
            self._tab.show_panel(self._tab.object_panel)
            self._tab.object_panel.open_edit(self._rules, self._place.schema)

    def _close_object(self) -> None:
        self._tab.object_panel.forget()
        self._leave()

    async def _save_object(self) -> None:
        panel, place = self._tab.object_panel, self._place
        draft, before = panel.draft(), panel.schema
        if before is None:
            connection = self._target
            schema: ObjectSchema = await self._desk.data.create_object(connection, draft)
            self._shell.bus.success(self.tr("Object %1 created").replace("%1", schema.plural))
            self._close_object()
            self.object_made.emit(connection, schema.key)
        elif place is not None:
            schema = await self._desk.data.change_object(place.connection, before, draft)
            self._shell.bus.success(self.tr("Object %1 saved").replace("%1", schema.plural))
            self._close_object()
            self.schema_changed.emit(place.connection, schema)

    async def _delete_object(self) -> None:
        place = self._place
        if place is None:
            return
        loss: Loss = await self._desk.data.object_loss(place.connection, place.object)
        question = object_question(place.connection, place.schema, loss, self._lost(Change.DELETE_OBJECT))
        if not await self._may_lose(place.schema.plural, loss, question):
            return
        await self._desk.data.delete_object(place.connection, place.object)
        self._shell.bus.success(self.tr("Object %1 deleted").replace("%1", place.schema.plural))
        self._tab.show_panel(None)
        self.object_gone.emit()

    # Sending

    def _send(self, panel: DesignPanel, work) -> None:
        self._start(self._sent(panel, work))

    async def _sent(self, panel: DesignPanel, work) -> None:
        """Do the work of a panel; what fails is told in it, and what was typed stays."""
        slot = self._slot
        panel.set_busy(True)
        try:
            await work
        except CrosswalkError as error:
            if slot != self._slot or not panel.isVisible():
                raise
            panel.tell(error)
            await self._show_fresh()
        finally:
            panel.set_busy(False)

    async def _show_fresh(self) -> None:
        """After a failure, show the object as the platform was found to have it."""
        place = self._place
        if place is not None:
            schema: ObjectSchema = await self._desk.data.schema(place.connection, place.object)
            if place is self._place and schema != place.schema:
                self.schema_changed.emit(place.connection, schema)


def _new_key(schema: ObjectSchema, draft: FieldDraft) -> str:
    """The key that a new field got."""
    return next((item.key for item in reversed(schema.fields) if item.label == draft.label), "")
