"""The tab that shows what one run changed, or a preview would."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.change import RunStatus
from desktop.domain.schema import Field
from desktop.ui.shell.page import Shell
from desktop.ui.syncs.changes_model import ChangeCells
from desktop.ui.syncs.changes_table import ChangesTable
from desktop.ui.syncs.paged import PagedModel
from desktop.ui.syncs.words import may_be_undone
from desktop.ui.text import counted, moment
from desktop.ui.widgets.buttons import link
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import ElidedLabel
from desktop.ui.widgets.search import SearchBox
from desktop.workspace.views import ChangeView, RunView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk


class ChangesTab(QWidget):
    """Changes of a run, filtered by what happened and by words."""

    undo_wanted = Signal(object)
    """The earlier run that is to be taken back."""

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._run: RunView | None = None
        self._latest: RunView | None = None
        self._loading: asyncio.Task[Any] | None = None
        self._cells = ChangeCells()
        headers = (self.tr("Record"), self.tr("Action"), self.tr("Field"), self.tr("Before → after"))
        self.model: PagedModel[ChangeView] = PagedModel(shell.scope, headers, self._cells)
        self.table = ChangesTable(self.tr("Changes"), self.model, self._cells)
        self.search = SearchBox(self.tr("Search changes"))
        self.search.searched.connect(lambda _: self._reload())
        self.filter = self._make_filter()
        self.caption = ElidedLabel("", "small")
        self.undo = link(self.tr("Undo this run"), self._undo)
        self.back = link(self.tr("Show the latest run"), self._show_latest)
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QWidget()
        bar.setProperty("surface", "surface")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.caption, 1)
        row.addWidget(self.undo)
        row.addWidget(self.back)
        row.addWidget(self.filter)
        row.addWidget(self.search)
        self._bar = bar
        column.addWidget(bar)
        self.empty = EmptyState("ph.list-bullets", self.tr("No changes"), self.tr("This run wrote nothing."))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        column.addWidget(self._stack, 1)

    def _make_filter(self) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(self.tr("Show"))
        choices = (
            (self.tr("All changes"), None, None),
            (self.tr("Created"), "create", None),
            (self.tr("Updated"), "update", None),
            (self.tr("Linked"), "link", None),
            (self.tr("Skipped"), None, "skipped"),
            (self.tr("Failed"), None, "failed"),
        )
        for label, action, state in choices:
            box.addItem(label, {"action": action, "state": state})
        box.currentIndexChanged.connect(lambda _: self._reload())
        return box

    def show_run(self, run: RunView | None, fields: Mapping[str, Field], *, latest: RunView | None) -> None:
        """Show the changes of `run`; `latest` is what "Show the latest run" goes back to.

        :param fields: fields of the written object by their labels.
        """
        same = run is not None and self._run is not None and run.id == self._run.id
        self._run, self._latest, self._cells.fields = run, latest, fields
        self._cells.preview = run is not None and run.status is RunStatus.PREVIEW
        earlier = run is not None and latest is not None and run.id != latest.id
        self.back.setVisible(earlier)
        self.undo.setVisible(earlier and run is not None and may_be_undone(run))
        if not same:
            self._cells.unfolded.clear()
        self._reload(keep=same)

    def _undo(self) -> None:
        self.undo_wanted.emit(self._run)

    def _show_latest(self) -> None:
        self.show_run(self._latest, self._cells.fields, latest=self._latest)

    def _reload(self, *, keep: bool = False) -> None:
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._shell.scope.start(self._load(keep))

    async def _load(self, keep: bool) -> None:
        run = self._run
        if run is None:
            self.model.clear()
            self._say(0)
            return
        wanted: dict[str, Any] = {**self.filter.currentData(), "search": self.search.text().strip()}
        count = await self._desk.activity.change_count(run.id, **wanted)

        async def fetch(offset: int, limit: int) -> list[ChangeView]:
            return await self._desk.activity.changes(run.id, offset, limit, **wanted)

        if keep and self.model.rowCount() <= count:
            self.model.grow(count, fetch)
        else:
            self.model.show(count, fetch)
        self._say(count)

    def _say(self, count: int) -> None:
        narrowed = bool(self.search.text().strip()) or self.filter.currentIndex() > 0
        words = counted(count, "%n change", "%n changes", "ChangesTab")
        if self._run is not None and self.back.isVisibleTo(self):
            pattern = self.tr("%1 of %2")
            words = pattern.replace("%1", words).replace("%2", moment(self._run.started_at))
        self.caption.setText(words)
        self._bar.setVisible(self._run is not None)
        if count:
            self._stack.setCurrentWidget(self.table)
            return
        self._stack.setCurrentWidget(self.empty)
        if self._run is None:
            title, text = self.tr("Not run yet"), self.tr("“Preview” shows what a run would do.")
        elif narrowed:
            title, text = self.tr("Nothing found"), self.tr("Search for other words, or show all changes.")
        elif self._run.status is RunStatus.PREVIEW:
            title, text = self.tr("No changes"), self.tr("Both sides agree: a run would write nothing.")
        else:
            title, text = self.tr("No changes"), self.tr("This run wrote nothing.")
        self.empty.title_label.setText(title)
        self.empty.text_label.setText(text)
        self.empty.setAccessibleName(title)
