"""The tab "Records": the toolbar and the grid at the left, the form at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.query import RecordQuery
from desktop.domain.record import Record
from desktop.ui.aio import sleep
from desktop.ui.data.columns import Columns, load_columns, save_columns
from desktop.ui.data.drafts import DraftStrip
from desktop.ui.data.editing import Editing
from desktop.ui.data.grid import RecordsGrid
from desktop.ui.data.grid_model import Place, RecordsModel
from desktop.ui.data.latest import Latest
from desktop.ui.data.session import RecordKey
from desktop.ui.data.sync_action import AT_ONCE, SyncSelection
from desktop.ui.data.toolbar import RecordsToolbar
from desktop.ui.shell.page import Shell
from desktop.ui.text import counted
from desktop.ui.widgets.buttons import link, plain
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import ElidedLabel
from desktop.workspace.views import MirrorView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk


class RecordsTab(QWidget):
    """Shows the records of one object, and edits one of them."""

    read_wanted = Signal()
    new_wanted = Signal()
    draft_wanted = Signal(object)

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._place: Place | None = None
        self._mirror: MirrorView | None = None
        self._views: dict[str, RecordQuery] = {}
        self._asking = Latest(shell.scope)
        self._keeping = Latest(shell.scope)
        self._refreshing = Latest(shell.scope)
        self.editing = Editing(desk, shell, self)
        self.syncs = SyncSelection(desk, shell, self)
        self.form = self.editing.form
        self.model = RecordsModel(desk, shell.scope, self)
        self.grid = RecordsGrid(self.tr("Records"), self.model)
        self.toolbar = RecordsToolbar(self.editing.references)
        self.strip = DraftStrip(self._open_draft)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.states = QStackedWidget()
        self._never = EmptyState(
            "ph.download-simple",
            self.tr("Not read yet"),
            self.tr("Read the records once to look at them, search them and edit them here."),
            (self.tr("Read records"), self.read_wanted.emit),
        )
        self._none = EmptyState(
            "ph.rows",
            self.tr("No records"),
            self.tr("There is nothing here yet. Make the first record, or read again later."),
            others=(plain(self.tr("New record"), self.new_wanted.emit),),
        )
        self._nothing = EmptyState(
            "ph.magnifying-glass",
            self.tr("Nothing matches"),
            self.tr("No record has these words and meets these filters."),
            others=(plain(self.tr("Clear search and filters"), self.toolbar.clear),),
        )
        for state in (self.grid, self._never, self._none, self._nothing):
            self.states.addWidget(state)
        left = QFrame()
        left.setProperty("surface", "surface")
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.toolbar)
        column.addWidget(hairline())
        column.addWidget(self.states, 1)
        column.addWidget(hairline())
        column.addWidget(self._status_line())
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.form)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([700, 304])
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)

    def _status_line(self) -> QFrame:
        self.status = ElidedLabel("", "small")
        self.show_form = link(self.tr("Show record"), self._show_form)
        self.show_form.hide()
        foot = QFrame()
        foot.setProperty("surface", "background")
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(self.status, 1)
        row.addWidget(self.show_form)
        foot.setMinimumHeight(36)
        return foot

    def _connect(self) -> None:
        self.toolbar.asked.connect(self._ask)
        self.toolbar.view_named.connect(self._save_view)
        self.toolbar.view_removed.connect(self._remove_view)
        self.toolbar.columns_menu.aboutToShow.connect(lambda: self.grid.fill_columns_menu(self.toolbar.columns_menu))
        self.grid.record_chosen.connect(self._chosen)
        self.grid.opened.connect(self._go_to_form)
        self.grid.sorted_by.connect(self.toolbar.sort)
        self.grid.selection_changed.connect(lambda _: self._tell())
        self.grid.columns_changed.connect(self._keep_columns)
        self.grid.rows_copied.connect(lambda rows: self._shell.scope.start(self._copy(rows)))
        self.grid.menu_wanted.connect(self._fill_menu)
        self.model.page_arrived.connect(self._page_arrived)
        self.form.closed.connect(self._hide_form)
        self.editing.saved.connect(self._saved)
        self.editing.deleted.connect(lambda _: self.refresh())

    @property
    def place(self) -> Place | None:
        """Whose records are shown."""
        return self._place

    def show_nothing(self) -> None:
        """No object is chosen."""
        self._asking.cancel()
        self._place = None
        self.model.clear()
        self.editing.set_place(None)

    async def show_place(self, place: Place, mirror: MirrorView) -> None:
        """Show an object's records."""
        views = await self._desk.data.saved_views(place.connection, place.object)
        columns = await load_columns(self._desk, place.connection, place.schema)
        self._asking.cancel()
        await self.model.show(place, RecordQuery())
        self._asking.cancel()
        self._place, self._mirror, self._views = place, mirror, views
        self.editing.set_place(place)
        self.toolbar.show_query(place.schema, self.model.query, self._views)
        self.grid.lay_out(columns)
        self.grid.show_order()
        self._show_state()

    def show_mirror(self, mirror: MirrorView) -> None:
        """The object was read anew."""
        self._mirror = mirror
        self._show_state()

    def refresh(self) -> None:
        """The records changed: show them as they are now, where one stands."""
        self._refreshing.start(self._refresh())

    async def _refresh(self) -> None:
        await sleep(0.05)
        before = self.model.place
        if before is None:
            return
        await self.model.refresh(self.grid.marks, self.grid.restore_marks)
        if before is self.model.place:
            self._show_state()

    def _show_state(self) -> None:
        query = self.model.query
        empty = self.model.count == 0
        asked = bool(query.search or query.conditions)
        read = self._mirror is not None and self._mirror.read_at is not None
        if not empty:
            state: QWidget = self.grid
        elif asked:
            state = self._nothing
        else:
            state = self._none if read else self._never
        self.states.setCurrentWidget(state)
        refused = bool(self._place and self._place.schema.refusals.get("create"))
        for button in self._none.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if button.focusPolicy() != Qt.FocusPolicy.NoFocus:
                button.setVisible(not refused)
        self.toolbar.setEnabled(state not in (self._never, self._none))
        self._tell()

    def _tell(self) -> None:
        if self._place is None or self.states.currentWidget() is self._never:
            self.status.setText("")
            return
        text = counted(self.model.count, "%n record", "%n records", "RecordsTab")
        selected = self.grid.selected_count()
        if selected:
            text = f"{text} · {counted(selected, '%n selected', '%n selected', 'RecordsTab')}"
        self.status.setText(text)

    def _ask(self, query: RecordQuery) -> None:
        place = self._place
        if place is not None:
            self._asking.start(self._answer(place, query))

    async def _answer(self, place: Place, query: RecordQuery) -> None:
        session = self.editing.current
        columns = self.grid.columns()
        await self.model.show(place, query)
        self.grid.lay_out(columns)
        self.grid.show_order()
        self.grid.scrollToTop()
        self.toolbar.show_query(place.schema, query, self._views)
        self._show_state()
        if session is not None and session.key.id:
            self.grid.choose(session.key.id)

    def _save_view(self, name: str) -> None:
        self._shell.scope.start(self._put_view(name, self.toolbar.query))

    async def _put_view(self, name: str, query: RecordQuery) -> None:
        place = self._place
        if place is None:
            return
        await self._desk.data.save_view(place.connection, place.object, name, query)
        await self._load_views(place)
        self._shell.bus.success(self.tr("View “%1” saved").replace("%1", name))

    def _remove_view(self, name: str) -> None:
        self._shell.scope.start(self._drop_view(name))

    async def _drop_view(self, name: str) -> None:
        from desktop.ui.bus import Action

        place, query = self._place, self._views.get(name)
        if place is None or query is None:
            return
        await self._desk.data.remove_view(place.connection, place.object, name)
        await self._load_views(place)
        undo = Action(self.tr("Undo"), lambda: self._shell.scope.start(self._put_view(name, query)))
        self._shell.bus.info(self.tr("View “%1” deleted").replace("%1", name), action=undo)

    async def _load_views(self, place: Place) -> None:
        views = await self._desk.data.saved_views(place.connection, place.object)
        if place is self._place:
            self._views = views
            self.toolbar.show_query(place.schema, self.toolbar.query, views)

    def _keep_columns(self, columns: Columns) -> None:
        place = self._place
        if place is not None:
            self._keeping.start(self._put_columns(place, columns))

    async def _put_columns(self, place: Place, columns: Columns) -> None:
        await sleep(0.3)
        await save_columns(self._desk, place.connection, place.schema, columns)

    def _chosen(self, record: Record) -> None:
        self.editing.open(record)

    def _page_arrived(self) -> None:
        session = self.editing.current
        row = self.model.row_of(session.key.id) if session is not None and session.key.id else None
        record = self.model.record(row) if row is not None else None
        if record is not None:
            self.editing.take_fresh(record)

    def _go_to_form(self) -> None:
        self._show_form()
        row = self.grid.currentIndex().row()
        record = self.model.record(row) if row >= 0 else None
        if self.editing.current is None and record is not None:
            self.editing.open(record)
        self.form.focus_first()

    def _show_form(self) -> None:
        self.form.show()
        self.show_form.hide()

    def _hide_form(self) -> None:
        self.form.hide()
        self.show_form.show()
        self.grid.setFocus()

    def _saved(self, record: Record, new: bool) -> None:
        if new:
            self.grid.clearSelection()
            self.grid.forget_chosen()
        self.refresh()

    def open_new(self) -> None:
        """Show an empty form."""
        self._show_form()
        self.grid.clearSelection()
        self.grid.forget_chosen()
        self.editing.open_new()

    async def open_record(self, record_id: str) -> None:
        """Show a record, wherever it stands in the grid."""
        place = self._place
        if place is None:
            return
        self._show_form()
        if not self.grid.choose(record_id):
            self.grid.clearSelection()
            self.grid.forget_chosen()
        record = await self._desk.data.local(place.connection, place.object, record_id)
        if record is None:
            record = await self._desk.data.record(place.connection, place.object, record_id)
        if place is self._place:
            self.editing.open(record)

    def _open_draft(self, key: RecordKey) -> None:
        self.draft_wanted.emit(key)

    async def _copy(self, rows: list[int]) -> None:
        """Copy rows as lines with tabs between the cells, as spreadsheets take them."""
        columns = self.grid.shown_sections()
        records = await self.model.records_of(rows)
        lines = ["\t".join(_one_line(self.model.text(record, at)) for at in columns) for record in records]
        QApplication.clipboard().setText("\n".join(lines))
        self._shell.bus.info(counted(len(records), "%n record copied", "%n records copied", "RecordsTab"))

    def _fill_menu(self, menu: QMenu) -> None:
        place = self._place
        if place is not None:
            count = self.grid.selected_count()
            rows = self.grid.selected_rows(AT_ONCE)
            self.syncs.fill_menu(menu, place, count, lambda: self.model.records_of(rows))


def _one_line(text: str) -> str:
    return " ".join(text.split())
