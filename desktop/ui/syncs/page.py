"""The Syncs page: the list, the chosen sync, and in their place the wizard while a sync is made or changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import InvalidInput
from desktop.ui.aio import ask
from desktop.ui.shell.page import Page, Shell
from desktop.ui.syncs.detail import SyncDetail
from desktop.ui.syncs.files import file_name, read_text, write_text
from desktop.ui.syncs.runs import Runs
from desktop.ui.syncs.words import health_line
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import plain, quiet
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.question import Choice, Question, ask_question
from desktop.ui.widgets.table import ItemList, ListItem
from desktop.ui.wizard.drafts import kept_draft
from desktop.ui.wizard.state import WizardState, WizardStep
from desktop.ui.wizard.wizard import Wizard
from desktop.workspace.topics import Topic
from desktop.workspace.views import RunView, SyncView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_LIST_WIDTH = 248
_LIST_WIDTH_NARROW = 208
_ROOMY = 980
"""Width in pixels from which on the list has its full width."""


class SyncsPage(Page):
    """Makes, runs, changes and removes syncs."""

    def __init__(self, desk: Desk, shell: Shell) -> None:
        super().__init__(shell)
        self._desk = desk
        self._views: dict[str, SyncView] = {}
        self._runs = Runs(desk, shell, self)
        self._wizard: Wizard | None = None
        self._choosing: asyncio.Task[Any] | None = None
        self._reloading: asyncio.Task[Any] | None = None
        self._stale = False
        self._build()
        self._runs.changed.connect(lambda _: self._fill_list())
        self._runs.ended.connect(lambda *_: self._reload_later())
        self._unsubscribe = desk.subscribe(self._heard)
        self.destroyed.connect(self._unsubscribe)

    def _build(self) -> None:
        self.list = ItemList(self.tr("Syncs"))
        self.list.chosen.connect(self._choose)
        self.new_button = plain(self.tr("New sync"), self.start_wizard, compact=True)
        self.add_button = quiet(self.tr("Add a file…"), self._add_file, compact=True)
        self.detail = SyncDetail(self._desk, self.shell, self._runs)
        self.detail.edit_wanted.connect(lambda name: self._edit(name, WizardStep.FIELDS))
        self.detail.rename_wanted.connect(lambda name: self._edit(name, WizardStep.FINISH))
        self.detail.export_wanted.connect(lambda name: self._later(self._export(name)))
        self.detail.delete_wanted.connect(lambda name: self._later(self._delete(name)))
        self.notice = Notice("")
        self.notice.hide()
        self.empty = self._empty_state()
        self._right = QStackedWidget()
        self._right.addWidget(self.detail)
        self._right.addWidget(self.empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._home())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        for keys, slot in (("Ctrl+N", self.start_wizard), ("F5", self.detail.preview)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)
        self.list.installEventFilter(self)

    def _empty_state(self) -> EmptyState:
        return EmptyState(
            "ph.arrows-left-right",
            self.tr("No syncs yet"),
            self.tr("A sync keeps the records of two systems in step: say once which field is which."),
            (self.tr("Make the first sync"), self.start_wizard),
        )

    def _home(self) -> QWidget:
        home = QWidget()
        row = QHBoxLayout(home)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._side = self._side_panel()
        row.addWidget(self._side)
        row.addWidget(hairline(vertical=True))
        right = QVBoxLayout()
        right.setSpacing(0)
        holder = QVBoxLayout()
        holder.setContentsMargins(24, 12, 24, 0)
        holder.addWidget(self.notice)
        self._holder = holder
        right.addLayout(holder)
        right.addWidget(self._right, 1)
        row.addLayout(right, 1)
        return home

    def _side_panel(self) -> QFrame:
        side = QFrame()
        side.setProperty("surface", "raised")
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(16, 16, 16, 8)
        head.addWidget(Label(self.tr("Syncs"), "heading"), 1)
        head.addWidget(self.new_button)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 0, 8, 0)
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        column.addLayout(foot)
        return side

    async def shown(
        self,
        sync: str = "",
        tab: str = "",
        *,
        new: bool = False,
        preview: bool = False,
        start: bool = False,
        undo: RunView | None = None,
        **_: Any,
    ) -> None:
        """Show the page.

        :param sync: name of the sync to choose.
        :param tab: ``changes``, ``conflicts``, ``failures``, ``runs`` or ``mapping``.
        :param new: begin with a new sync.
        :param preview: find out what a run would do.
        :param start: run the sync; the first time its preview is asked about.
        :param undo: ask whether to take this run back.
        """
        self.while_shown(self._runs.watch_others())
        await self._reload(choose=sync)
        await self._offer_draft()
        if new:
            self.start_wizard()
        elif self._wizard is not None:
            self._stack.setCurrentWidget(self._wizard)
        elif tab:
            self.detail.show_tab(tab)
        if preview and self._wizard is None:
            self.detail.preview()
        elif start and self._wizard is None:
            self.detail.sync_now()
        elif undo is not None and self._wizard is None:
            self.detail.undo_run(undo)
        if self._wizard is None:
            (self.list if self._views else self.new_button).setFocus()

    def panes(self) -> list[QWidget]:
        """The list and the chosen sync, or the wizard."""
        return [self._wizard] if self._wizard is not None else [self._side, self._right]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._side.setFixedWidth(_LIST_WIDTH if self.width() >= _ROOMY else _LIST_WIDTH_NARROW)

    def _later(self, coro: Any) -> None:
        self.shell.scope.start(coro)

    def _heard(self, topic: Topic) -> None:
        if topic is Topic.RUNS:
            self._runs.look()
        if topic in (Topic.SYNCS, Topic.RUNS, Topic.CONNECTIONS) and self.isVisible():
            self._reload_later()

    def _reload_later(self) -> None:
        self._stale = True
        if self._reloading is None or self._reloading.done():
            self._reloading = self.shell.scope.start(self._catch_up())

    async def _catch_up(self) -> None:
        while self._stale:
            self._stale = False
            await self._reload()

    async def _reload(self, choose: str = "") -> None:
        views = await self._desk.syncs.all()
        self._views = {view.name: view for view in views}
        self._fill_list()
        self._right.setCurrentWidget(self.detail if views else self.empty)
        wanted = choose if choose in self._views else self.list.current_key()
        if wanted is None and views:
            wanted = views[0].name
        if wanted is not None and wanted in self._views:
            self.list.choose(wanted)
            await self.detail.show_sync(self._views[wanted])

    def _fill_list(self) -> None:
        now = datetime.now(UTC)
        items: list[ListItem] = []
        for view in self._views.values():
            running = self._runs.is_running(view.name)
            line, tone = health_line(view, self._runs.progress(view.name), now, running=running)
            items.append(ListItem(view.name, view.name, line, tone))
        self.list.set_items(items)

    def _choose(self, name: str) -> None:
        view = self._views.get(name)
        if view is None or name == self.detail.name:
            return
        if self._choosing is not None:
            self._choosing.cancel()
        self._choosing = self.shell.scope.start(self.detail.show_sync(view))

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Delete in the list deletes the chosen sync."""
        pressed = watched is self.list and event.type() == QEvent.Type.KeyPress
        if pressed and event.key() == Qt.Key.Key_Delete and self.list.current_key():  # type: ignore[attr-defined]
            self._later(self._delete(self.list.current_key()))
            return True
        return super().eventFilter(watched, event)

    def start_wizard(self) -> None:
        """Begin with a new sync; a draft that is still there is asked about."""
        self.shell.scope.start(self._begin(WizardState()), busy=self.new_button)

    def _edit(self, name: str, step: WizardStep) -> None:
        view = self._views.get(name)
        if view is not None:
            state = WizardState.editing(view.definition)
            state.step = step
            self._later(self._begin(state))

    async def _begin(self, state: WizardState) -> None:
        draft = await kept_draft(self._desk, self._views) if self._wizard is None else None
        resumed = False
        if draft is not None and (not state.replaces or draft.replaces != state.replaces):
            question = Question(
                self.tr("There is an unfinished sync"),
                self.tr("You were making a sync and did not finish it. Starting another discards it."),
                (
                    Choice("discard", self.tr("Discard it"), "danger"),
                    Choice("continue", self.tr("Continue with it"), "primary"),
                ),
            )
            answer = await ask_question(self, question)
            if answer is None:
                return
            if answer == "discard":
                await self._desk.syncs.drop_wizard()
            state, resumed = (draft, True) if answer == "continue" else (state, False)
        elif draft is not None:
            state, resumed = draft, True
        self._open_wizard(state, resumed=resumed)

    def _open_wizard(self, state: WizardState, *, resumed: bool) -> None:
        if self._wizard is not None:
            return
        self._tell("")
        self._wizard = Wizard(self._desk, self.shell, state, resumed=resumed)
        self._wizard.closed.connect(self._close_wizard)
        self._wizard.finished.connect(lambda name: self._later(self._finish(name)))
        self._stack.addWidget(self._wizard)
        self._stack.setCurrentWidget(self._wizard)
        self._wizard.start()

    def _close_wizard(self) -> None:
        wizard = self._wizard
        self._drop_wizard()
        self.new_button.setFocus()
        self._later(self._offer_draft(wizard))

    def _drop_wizard(self) -> None:
        wizard, self._wizard = self._wizard, None
        self._stack.setCurrentIndex(0)
        if wizard is not None:
            wizard.end()
            self._stack.removeWidget(wizard)
            wizard.deleteLater()

    async def _finish(self, name: str) -> None:
        self._drop_wizard()
        await self._reload(choose=name)
        self.detail.preview_button.setFocus()

    async def _offer_draft(self, left: Wizard | None = None) -> None:
        """Offer to go on with the draft that there is.

        :param left: the wizard that was left just now.
        """
        if left is not None:
            await left.draft_kept()
        state = await kept_draft(self._desk, self._views) if self._wizard is None else None
        if state is None:
            return
        edited = self.tr("You were changing “%1”.").replace("%1", escape(state.replaces, quote=False))
        text = edited if state.replaces else self.tr("You were making a sync.")

        def go_on() -> None:
            self._open_wizard(state, resumed=True)

        def discard() -> None:
            self._tell("")
            self._later(self._desk.syncs.drop_wizard())

        self._tell(text, Tone.ACCENT, ((self.tr("Continue"), go_on), (self.tr("Discard"), discard)))

    def _tell(self, text: str, tone: Tone = Tone.WARNING, actions: tuple[Any, ...] = ()) -> None:
        if text:
            self.notice.set_notice(text, tone, actions)
        self.notice.setVisible(bool(text))

    def _add_file(self) -> None:
        self.shell.scope.start(self._add_chosen_file(), busy=self.add_button)

    async def _add_chosen_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Add a sync from a file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Sync files (*.json)"))
        try:
            chosen = dialog.selectedFiles()[:1] if await ask(dialog) else []
        finally:
            dialog.deleteLater()
        if chosen:
            await self.add_file(Path(chosen[0]))

    async def add_file(self, path: Path) -> None:
        """Add the sync that a file holds; what is wrong with it is listed in the page."""
        self._tell("")
        try:
            view = await self._desk.syncs.add_file(await asyncio.to_thread(read_text, path))
        except InvalidInput as error:
            self._refuse(path, error)
            return
        await self._reload(choose=view.name)
        added = self.tr("“%1” was added").replace("%1", view.name)
        self.shell.bus.success(added, self.tr("“Preview” shows what it would do."))

    def _refuse(self, path: Path, error: InvalidInput) -> None:
        head = self.tr("%1 was not added.").replace("%1", f"<b>{escape(path.name, quote=False)}</b>")
        lines = [f"{escape(item.place, quote=False)}: {escape(item.message, quote=False)}" for item in error.problems]
        body = "<br>".join(lines) if lines else escape(error.message, quote=False)
        hint = escape(error.hint, quote=False)
        close = ((self.tr("Close"), lambda: self._tell("")),)
        self._tell("<br>".join(filter(None, (head, body, hint))), Tone.BAD, close)

    async def _export(self, name: str) -> None:
        text = await self._desk.syncs.export(name)
        dialog = QFileDialog(self, self.tr("Export the sync as a file"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Sync files (*.json)"))
        dialog.setDefaultSuffix("json")
        dialog.selectFile(f"{file_name(name)}.json")
        try:
            chosen = dialog.selectedFiles()[:1] if await ask(dialog) else []
        finally:
            dialog.deleteLater()
        if chosen:
            await asyncio.to_thread(write_text, Path(chosen[0]), text)
            saved = self.tr("“%1” was exported").replace("%1", name)
            self.shell.bus.success(saved, self.tr("The file holds no credentials and can be shared."))

    async def _delete(self, name: str) -> None:
        text = await self._desk.syncs.removal(name)
        title = self.tr("Delete “%1”?").replace("%1", name)
        question = Question(title, text, (Choice("delete", self.tr("Delete the sync"), "destructive"),))
        if await ask_question(self, question) != "delete":
            return
        await self._desk.syncs.remove(name)
        await self._reload()
        deleted = self.tr("“%1” was deleted").replace("%1", name)
        self.shell.bus.info(deleted, self.tr("No record was changed."))
