"""The Data page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.domain.schema import ObjectSchema
from desktop.ui.aio import sleep
from desktop.ui.data.designing import Designing
from desktop.ui.data.drafts import list_drafts
from desktop.ui.data.fields_tab import FieldsTab
from desktop.ui.data.grid_model import Place
from desktop.ui.data.latest import Latest
from desktop.ui.data.news import News
from desktop.ui.data.read_control import ReadControl
from desktop.ui.data.reading import AgePill
from desktop.ui.data.records_tab import RecordsTab
from desktop.ui.data.relationships_tab import RelationshipsTab
from desktop.ui.data.session import RecordKey
from desktop.ui.data.tree import ObjectsPane
from desktop.ui.shell.page import Page, Shell
from desktop.ui.widgets.buttons import primary
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.question import Choice, Question, ask_question
from desktop.ui.widgets.tabs import Tabs
from desktop.workspace.topics import Topic

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_LAST = "data.last"
_MINUTE = 60.0


class DataPage(Page):
    """Objects at the left; the chosen one's records, fields and relationships at the right."""

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(shell, parent)
        self._desk = desk
        self._opening = Latest(shell.scope)
        self._news = News(desk, shell.scope, self._follow)
        self._arriving = False
        self.reading = ReadControl(desk, shell, lambda: self.place, self)
        self.objects = ObjectsPane()
        self.records = RecordsTab(desk, shell)
        self.fields = FieldsTab(shell.bus)
        self.relationships = RelationshipsTab(desk, shell.scope)
        self.designing = Designing(desk, shell, self.fields, self.objects, self)
        self._build()
        self._connect()
        self._add_shortcuts()

    # Building

    def _build(self) -> None:
        self.header = PageHeader("", over_tabs=True)
        self.connection = Label("", "muted")
        self.age = AgePill()
        self.header.add_note(self.connection)
        self.header.add_note(self.age)
        self.new_button = primary(self.tr("New record"), self._new)
        self.header.add_action(self.reading.bar)
        self.header.add_action(self.new_button)
        self.tabs = Tabs(self.tr("Data"))
        self.tabs.add(self.tr("Records"), self.records)
        self.tabs.add(self.tr("Fields"), self.fields)
        self.tabs.add(self.tr("Relationships"), self.relationships)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.tabs, 1)
        self._no_connection = EmptyState(
            "msc.plug",
            self.tr("No account is connected"),
            self.tr("Connect an account to see its objects and records here."),
            (self.tr("Connect an account"), lambda: self.shell.go("connections")),
        )
        self._no_object = EmptyState(
            "ph.table", self.tr("No object chosen"), self.tr("Choose an object in the list at the left.")
        )
        self.stack = QStackedWidget()
        for part in (self._no_object, self._no_connection, whole):
            self.stack.addWidget(part)
        self._whole = whole
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.objects)
        splitter.addWidget(self.stack)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([216, 900])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _connect(self) -> None:
        self.objects.chosen.connect(self._object_chosen)
        self.objects.refresh_wanted.connect(self._refresh_objects)
        self.reading.bar.fields_wanted.connect(self._read_fields)
        self.records.read_wanted.connect(self.reading.read)
        self.records.new_wanted.connect(self._new)
        self.records.draft_wanted.connect(self._open_draft)
        self.records.editing.opened.connect(self._record_opened)
        self.records.editing.record_wanted.connect(self._go_to_record)
        self.relationships.go_wanted.connect(self._go_related)
        self.objects.new_object_wanted.connect(self._new_object)
        self.designing.object_made.connect(lambda *made: self._opening.start(self._show_made(*made)))
        self.designing.object_gone.connect(self.objects.tree.setFocus)
        self.designing.schema_changed.connect(lambda *new: self._opening.start(self._show_schema(*new)))
        self.tabs.bar.currentChanged.connect(lambda _: self._tab_changed())

    def _add_shortcuts(self) -> None:
        for keys, act in (
            ("Ctrl+F", self._focus_search),
            ("F5", self.reading.read),
            ("Ctrl+N", self.new_button.click),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def panes(self) -> list[QWidget]:
        return [self.objects.tree, self.records.grid, self.records.form]

    @property
    def place(self) -> Place | None:
        """Whose records are shown."""
        return self.records.place

    # Showing

    async def shown(self, connection: str = "", object: str = "", record: str = "", **target: Any) -> None:
        """Show a connection's object and, where given, one of its records; without a target, what was shown last."""
        self._arriving = True
        try:
            await self._arrive(connection, object, record)
        finally:
            self._arriving = False

    async def _arrive(self, connection: str, object_key: str, record: str) -> None:
        self._news.listen()
        await self._load_tree()
        await self.records.syncs.load()
        self.designing.find_makers()
        self.while_shown(self._keep_time())
        place = self.place
        if not connection and place is not None:
            await self._refresh_all()
            self.while_shown(self._look_again(place))
            return
        named = connection and object_key
        wanted = (connection, object_key) if named else await self._first_target(connection)
        if wanted is None:
            self._show_empty()
            return
        await self._show_object(*wanted, record=record)
        if not record:
            self.objects.tree.setFocus()

    def left(self) -> None:
        self._news.stop()

    async def may_close(self) -> bool:
        await self.records.editing.drafts.flush()
        unreadable = self.records.editing.unreadable()
        if not unreadable:
            return True
        question = Question(
            self.tr("Close all the same?"),
            self.tr(
                "Some of what you typed is marked as wrong and can't be kept as a draft. "
                "Everything else is kept until you come back."
            ),
            (Choice("close", self.tr("Close"), "destructive"),),
            listing=tuple(session.state.title or session.state.schema.label for session in unreadable),
        )
        return await ask_question(self, question) == "close"

    async def _first_target(self, connection: str) -> tuple[str, str] | None:
        """The object that was looked at last, or else the first that there is."""
        kept = await self._desk.settings.get(_LAST, None)
        if not connection and isinstance(kept, list) and len(kept) == 2:
            last = (str(kept[0]), str(kept[1]))
            if self.objects.view_of(*last) is not None:
                return last
        for branch in self.objects.branches:
            if branch.objects and connection in ("", branch.connection):
                read = next((view for view in branch.objects if view.count is not None), branch.objects[0])
                return branch.connection, read.key
        return None

    async def _load_tree(self) -> None:
        self.objects.show_tree(await self._desk.data.tree())

    def _show_empty(self) -> None:
        self.records.show_nothing()
        connected = bool(self.objects.branches)
        self.stack.setCurrentWidget(self._no_object if connected else self._no_connection)

    def _object_chosen(self, connection: str, object_key: str) -> None:
        self._opening.start(self._show_object(connection, object_key))

    async def _show_object(self, connection: str, object_key: str, record: str = "") -> None:
        place = self.place
        same = place is not None and (place.connection, place.object) == (connection, object_key)
        if not same:
            schema = await self._desk.data.schema(connection, object_key)
            await self._show_place(Place(connection, schema))
            await self._desk.settings.put(_LAST, [connection, object_key])
        self.objects.choose(connection, object_key)
        if record:
            self.tabs.show_tab(0)
            await self.records.open_record(record)

    async def _show_place(self, place: Place) -> None:
        mirror = await self._desk.data.mirror(place.connection, place.object)
        await self.records.show_place(place, mirror)
        self.header.set_title(place.schema.plural)
        self.connection.setText(place.connection)
        self.age.show_age(mirror)
        self.reading.show()
        refusal = place.schema.refusals.get("create", "")
        self.new_button.setEnabled(not refusal)
        self.new_button.setToolTip(refusal or self.tr("New record (Ctrl+N)"))
        self.designing.show_place(place)
        self._show_relationships()
        self.stack.setCurrentWidget(self._whole)
        await self._show_drafts()

    def _show_relationships(self) -> None:
        place = self.place
        branch = self.objects.branch_of(place.connection) if place else None
        plurals = {view.key: view.label for view in branch.objects} if branch else {}
        self.relationships.show_object(place.schema if place else None, plurals)
        self._tab_changed()

    def _tab_changed(self) -> None:
        place = self.place
        if place is None or self.tabs.bar.currentIndex() != 2:
            return
        session = self.records.editing.current
        record = session.state.base if session else None
        self.relationships.show_record(place.connection, place.schema, record)

    # News

    async def _follow(self, topics: set[Topic]) -> None:
        if topics & {Topic.CONNECTIONS, Topic.OBJECTS, Topic.RECORDS}:
            await self._refresh_all()
        elif Topic.DRAFTS in topics:
            await self._show_drafts()
        if Topic.CONNECTIONS in topics:
            self.designing.find_makers(anew=True)
        if Topic.SYNCS in topics:
            await self.records.syncs.load()

    async def _refresh_all(self) -> None:
        await self._load_tree()
        place = self.place
        if place is None:
            if not self._arriving:
                target = await self._first_target("")
                if target is not None:
                    await self._show_object(*target)
                else:
                    self._show_empty()
            return
        if self.objects.view_of(place.connection, place.object) is None:
            self._show_empty()
            return
        mirror = await self._desk.data.mirror(place.connection, place.object)
        if place is self.place:
            self.age.show_age(mirror)
            self.records.show_mirror(mirror)
            self.records.refresh()
            await self._show_drafts()

    async def _show_drafts(self) -> None:
        session = self.records.editing.current
        self.records.strip.show_lines(await list_drafts(self._desk, session.key if session else None))

    async def _keep_time(self) -> None:
        """Let the pill grow older."""
        while True:
            await sleep(_MINUTE)
            place = self.place
            if place is not None:
                self.age.show_age(await self._desk.data.mirror(place.connection, place.object))

    # Schemas

    async def _look_again(self, place: Place) -> None:
        """The fields may be others by now, as after a change of the connection's options."""
        try:
            schema: ObjectSchema = await self._desk.data.schema(place.connection, place.object)
        except CrosswalkError:
            return
        if place is self.place and schema != place.schema:
            await self._show_place(Place(place.connection, schema))

    def _read_fields(self) -> None:
        self.shell.scope.start(self._refresh_schema(), busy=self.reading.bar.more)

    async def _refresh_schema(self) -> None:
        place = self.place
        if place is None:
            return
        schema = await self._desk.data.refresh_schema(place.connection, place.object)
        if self.place is place:
            await self._show_place(Place(place.connection, schema))
            self.shell.bus.success(self.tr("Fields of %1 read").replace("%1", schema.plural))

    async def _show_schema(self, connection: str, schema: ObjectSchema) -> None:
        place = self.place
        if place is not None and (place.connection, place.object) == (connection, schema.key):
            await self._show_place(Place(connection, schema))

    async def _show_made(self, connection: str, object_key: str) -> None:
        await self._load_tree()
        await self._show_object(connection, object_key)

    def _new_object(self, connection: str) -> None:
        self.tabs.show_tab(1)
        self.designing.new_object(connection)

    def _refresh_objects(self, connection: str) -> None:
        self.shell.scope.start(self._reload_objects(connection), busy=self.objects.refresh)

    async def _reload_objects(self, connection: str) -> None:
        found = await self._desk.data.refresh_objects(connection)
        await self._load_tree()
        text = self.tr("%1 has %2 objects.").replace("%1", connection).replace("%2", str(len(found)))
        self.shell.bus.success(self.tr("Objects read"), text)

    # Going about

    def _new(self) -> None:
        if self.place is not None and self.new_button.isEnabled():
            self.tabs.show_tab(0)
            self.records.open_new()

    def _focus_search(self) -> None:
        search = self.fields.search if self.tabs.bar.currentIndex() == 1 else self.records.toolbar.search
        search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        search.selectAll()

    def _record_opened(self) -> None:
        self._tab_changed()
        self.shell.scope.start(self._show_drafts())

    def _go_to_record(self, connection: str, object_key: str, record_id: str) -> None:
        self._opening.start(self._show_object(connection, object_key, record_id))

    def _go_related(self, object_key: str, record_id: str) -> None:
        place = self.place
        if place is not None:
            self._go_to_record(place.connection, object_key, record_id)

    def _open_draft(self, key: RecordKey) -> None:
        self._opening.start(self._show_draft(key))

    async def _show_draft(self, key: RecordKey) -> None:
        await self._show_object(key.connection, key.object, key.id)
        if not key.id:
            self.tabs.show_tab(0)
            self.records.open_new()
