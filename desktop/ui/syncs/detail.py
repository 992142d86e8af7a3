"""One sync: what it joins, how its run goes, what it did, what failed, and its mapping."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from desktop.domain.change import RunResult, RunStatus
from desktop.domain.errors import CrosswalkError
from desktop.domain.mapping import Side
from desktop.domain.schema import Field, ObjectSchema
from desktop.ui.aio import sleep
from desktop.ui.shell.page import Shell
from desktop.ui.syncs.announce import announce
from desktop.ui.syncs.changes_tab import ChangesTab
from desktop.ui.syncs.conflicts_tab import ConflictsTab
from desktop.ui.syncs.failures_tab import FailuresTab
from desktop.ui.syncs.mapping_tab import MappingTab, Vocabulary
from desktop.ui.syncs.run_panel import Asking, ResultPanel, RunningPanel
from desktop.ui.syncs.runs import Runs
from desktop.ui.syncs.runs_tab import RunsTab
from desktop.ui.syncs.words import Targets, next_words, rule_words, targets_of, will_do
from desktop.ui.text import moment, number
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import IconButton, plain, primary
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.platform_mark import Joined
from desktop.ui.widgets.question import Choice, Question, ask_question
from desktop.ui.widgets.tabs import Tabs
from desktop.workspace.connection_views import PlatformView
from desktop.workspace.views import RunView, SyncView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_FRESH = 1.0
"""Seconds between two looks at what a run has written so far."""

TABS = ("changes", "conflicts", "failures", "runs", "mapping")
"""Names of the tabs, as other pages ask for them."""


class SyncDetail(QWidget):
    """The right part of the page. What concerns the list or the wizard is asked for by signals."""

    edit_wanted = Signal(str)
    rename_wanted = Signal(str)
    export_wanted = Signal(str)
    delete_wanted = Signal(str)

    def __init__(self, desk: Desk, shell: Shell, runs: Runs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._runs = runs
        self._view: SyncView | None = None
        self._fields: Mapping[str, Field] = {}
        self._previews: dict[str, RunView] = {}
        self._declined: set[str] = set()
        self._decided: set[str] = set()
        self._live: asyncio.Task[Any] | None = None
        self._joined: Joined | None = None
        self._build()
        runs.changed.connect(self._progressed)
        runs.ended.connect(self._ended)

    def _build(self) -> None:
        self.preview_button = plain(self.tr("Preview"), self.preview)
        self.run_button = primary(self.tr("Sync now"), self.sync_now)
        self.run_button.setShortcut(QKeySequence("Ctrl+Return"))
        self.edit_button = plain(self.tr("Edit"), lambda: self._pass_on(self.edit_wanted))
        self.pause_button = plain(self.tr("Pause"), lambda: self._rest(True))
        self.resume_button = plain(self.tr("Resume"), lambda: self._rest(False))
        self.more_button = IconButton("ph.dots-three-bold", self.tr("More"))
        self.more_button.setMenu(self._menu())
        self.more_button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        actions = (
            self.edit_button,
            self.pause_button,
            self.resume_button,
            self.preview_button,
            self.run_button,
            self.more_button,
        )
        self.header = PageHeader("", actions=actions)
        self.running = RunningPanel()
        self.running.cancelled.connect(self._cancel)
        self.result = ResultPanel()
        self.result.answered.connect(self._answer)
        self.result.undo_wanted.connect(self.undo)
        self.result.failures_wanted.connect(lambda: self.show_tab("failures"))
        self.changes = ChangesTab(self._desk, self._shell)
        self.changes.undo_wanted.connect(self.undo_run)
        self.conflicts = ConflictsTab(self._desk, self._shell)
        self.conflicts.apply_wanted.connect(self._apply_settled)
        self.failures = FailuresTab(self._desk, self._shell)
        self.failures.retry_wanted.connect(self._retry)
        self.earlier = RunsTab(self._desk, self._shell)
        self.earlier.chosen.connect(self._show_earlier)
        self.mapping = MappingTab()
        self.tabs = Tabs(self.tr("Parts of the sync"))
        self.tabs.add(self.tr("This run’s changes"), self.changes)
        self.tabs.add(self.tr("Conflicts"), self.conflicts)
        self.tabs.add(self.tr("Failures"), self.failures)
        self.tabs.add(self.tr("Earlier runs"), self.earlier)
        self.tabs.add(self.tr("Mapping"), self.mapping)
        self._arrange()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        panels = QVBoxLayout()
        panels.setContentsMargins(24, 0, 24, 12)
        panels.setSpacing(12)
        for panel in (self.running, self.result):
            panels.addWidget(panel)
        column.addLayout(panels)
        column.addWidget(self.tabs, 1)
        self.running.hide()
        self.result.hide()

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(self.tr("Rename"), lambda: self._pass_on(self.rename_wanted))
        menu.addAction(self.tr("Export as a file…"), lambda: self._pass_on(self.export_wanted))
        menu.addSeparator()
        self.delete_action = menu.addAction(self.tr("Delete"), lambda: self._pass_on(self.delete_wanted))
        return menu

    def _pass_on(self, signal: Any) -> None:
        if self._view is not None:
            signal.emit(self._view.name)

    @property
    def name(self) -> str:
        """Name of the sync that is shown."""
        return self._view.name if self._view else ""

    @property
    def _targets(self) -> Targets:
        return targets_of(self._view.definition) if self._view is not None else {}

    async def show_sync(self, view: SyncView) -> None:
        """Show a sync; what was shown of it before stays where it is."""
        another = view.name != self.name
        redrawn = another or self._view is None or self._view.definition != view.definition
        self._view = view
        if another:
            self.tabs.show_tab(0)
        if redrawn:
            self._show_head(view)
            await self._learn(view)
        parts = (next_words(view, datetime.now(UTC)), rule_words(view.definition.conflict, view.definition))
        self.header.set_subtitle(" ".join(f"· {part}" for part in parts if part))
        self._show_state()
        self._show_run()
        self.conflicts.show_sync(view)
        self.tabs.bar.set_count(TABS.index("conflicts"), number(view.conflicts) if view.conflicts else "")
        self.failures.show_sync(view, busy=self._runs.is_running(view.name))
        self.tabs.bar.set_count(TABS.index("failures"), number(view.due) if view.due else "", Tone.BAD)
        self.earlier.show_sync(view.name)

    def show_tab(self, tab: str) -> None:
        """Show one of :data:`TABS`."""
        if tab in TABS:
            self.tabs.show_tab(TABS.index(tab))

    def _show_head(self, view: SyncView) -> None:
        definition = view.definition
        self.header.set_title(view.name)
        if self._joined is not None:
            self._joined.hide()
            self._joined.deleteLater()
        left = (_platform(view.left_platform), f"{definition.left.connection} · {view.left_label}")
        right = (_platform(view.right_platform), f"{definition.right.connection} · {view.right_label}")
        self._joined = Joined(left, right, definition.direction.value)
        self.header.add_below(self._joined)

    async def _learn(self, view: SyncView) -> None:
        """Read what the words of the sync's mapping and values are taken from."""
        left, right = await self._schema(view, left=True), await self._schema(view, left=False)
        transforms = {item.name: item.label for item in await self._desk.syncs.transforms()}
        if self._view is not view:
            return
        written = [schema for side, schema in zip(Side, (left, right), strict=True) if side in self._targets]
        self._fields = {field.label: field for schema in written if schema for field in schema.fields}
        self.conflicts.know(left, right)
        self.mapping.show_sync(view, Vocabulary(left, right, transforms))

    async def _schema(self, view: SyncView, *, left: bool) -> ObjectSchema | None:
        endpoint = view.definition.left if left else view.definition.right
        try:
            return await self._desk.data.schema(endpoint.connection, endpoint.object)
        except CrosswalkError:
            return None

    def _show_state(self) -> None:
        view = self._view
        if view is None:
            return
        running = self._runs.is_running(view.name)
        run, asking = self._shown_run(), self._asking()
        buttons = (self.preview_button, self.run_button, self.edit_button)
        led = any(button.hasFocus() for button in (*buttons, self.result.agree, self.result.decline))
        followed = self.running.cancel_button.hasFocus()
        self.running.setVisible(running)
        self.result.setVisible(not running and run is not None)
        self.run_button.setVisible(asking is None)
        if running:
            self.running.show_progress(
                self._runs.progress(view.name),
                preview=self._runs.is_preview(view.name),
                cancelling=self._runs.is_cancelling(view.name),
            )
        elif run is not None:
            self.result.show_run(run, self._targets, datetime.now(UTC), due=view.due, asking=asking)
        if running and led:
            self.running.cancel_button.setFocus()
        for widget in buttons:
            widget.setEnabled(not running)
        self.result.undo_button.setVisible(view.can_undo and asking is None)
        self._show_rest(view, running=running)
        self.delete_action.setEnabled(not running)
        if not running and (led or followed):
            self._focus_next()

    def _show_rest(self, view: SyncView, *, running: bool) -> None:
        """A run under way can be held; a sync that runs by itself can rest."""
        led = self.pause_button.hasFocus() or self.resume_button.hasFocus()
        can_rest = running or view.paused or view.definition.schedule is not None
        self.pause_button.setVisible(can_rest and not view.paused)
        self.resume_button.setVisible(view.paused)
        if led and can_rest:
            (self.resume_button if view.paused else self.pause_button).setFocus()

    def _focus_next(self) -> None:
        """Put the keyboard's focus on what comes next."""
        (self.result.agree if self.result.asks else self.run_button).setFocus()

    def _shown_run(self) -> RunView | None:
        """The last thing that was done: the preview, if it is newer than the last run."""
        if self._view is None:
            return None
        preview, run = self._previews.get(self._view.name), self._view.last_run
        if preview is not None and (run is None or run.started_at < preview.started_at):
            return preview
        return run

    def _show_run(self) -> None:
        run = self._shown_run()
        preview = run is not None and run.status is RunStatus.PREVIEW
        self.tabs.bar.setTabText(0, self.tr("Preview") if preview else self.tr("This run’s changes"))
        self.changes.show_run(run, self._fields, latest=run)

    def _show_earlier(self, run: RunView) -> None:
        self.changes.show_run(run, self._fields, latest=self._shown_run())
        self.tabs.show_tab(0)

    def _asking(self) -> Asking | None:
        """What has to be answered before the sync goes on."""
        view, run = self._view, self._shown_run()
        if view is None or run is None or self._runs.is_running(view.name) or run.id in self._declined:
            return None
        later = self.tr("Not now")
        if run.status is RunStatus.NEEDS_CONFIRMATION and run.problem is not None:
            text = " ".join(filter(None, (run.problem.message, run.problem.hint)))
            return Asking(self.tr("stopped"), Tone.WARNING, text, self.tr("Go ahead"), later)
        if run.status is RunStatus.PREVIEW and not view.approved:
            promise = self.tr("Nothing is sent until you confirm.")
            text = f"{will_do(run, self._targets)} {promise}"
            return Asking(self.tr("first run"), Tone.ACCENT, text, self.tr("Start"), later)
        return None

    def _answer(self, agreed: bool) -> None:
        view, run = self._view, self._shown_run()
        if view is None or run is None:
            return
        self._declined.add(run.id)
        if not agreed:
            self._show_state()
            self.run_button.setFocus()
        elif run.status is RunStatus.NEEDS_CONFIRMATION:
            self._runs.run(view.name, confirmed=True)
        else:
            self._shell.scope.start(self._approve_and_run(view.name))

    async def _approve_and_run(self, name: str) -> None:
        await self._desk.syncs.approve(name)
        await self._runs.run(name)

    def preview(self) -> None:
        """Find out what a run would do."""
        if self._view is not None and not self._runs.is_running(self._view.name):
            self._runs.preview(self._view.name)

    def sync_now(self) -> None:
        """Run the sync; the first time its preview is shown and asked about."""
        view = self._view
        if view is None or self._runs.is_running(view.name):
            return
        if view.approved:
            self._runs.run(view.name)
        else:
            self._runs.preview(view.name)

    def _retry(self, ids: list[str] | None) -> None:
        if self._view is not None and not self._runs.is_running(self._view.name):
            self._runs.retry(self._view.name, ids)

    def undo(self) -> None:
        """Take back what the last run wrote, once the operator has agreed."""
        if self._view is not None and not self._runs.is_running(self._view.name):
            title = self.tr("Undo the last run of “%1”?").replace("%1", self._view.name)
            self._shell.scope.start(self._undo(self._view.name, None, title), busy=self.result.undo_button)

    def undo_run(self, run: RunView) -> None:
        """Take back what an earlier run wrote, once the operator has agreed."""
        if self._runs.is_running(run.sync):
            running = self.tr("“%1” is running").replace("%1", run.sync)
            self._shell.bus.info(running, self.tr("Undo the earlier run once this one has ended."))
            return
        title = self.tr("Undo the run of “%1” of %2?").replace("%1", run.sync)
        self._shell.scope.start(self._undo(run.sync, run.id, title.replace("%2", moment(run.started_at))))

    async def _undo(self, name: str, run_id: str | None, title: str) -> None:
        outlook = await self._desk.syncs.undo_outlook(name, run_id)
        question = Question(title, outlook, (Choice("undo", self.tr("Undo the run"), "destructive"),))
        if await ask_question(self, question) == "undo" and not self._runs.is_running(name):
            self._runs.undo(name, run_id)

    def _rest(self, paused: bool) -> None:
        if self._view is not None:
            work = self._desk.syncs.pause if paused else self._desk.syncs.resume
            self._shell.scope.start(work(self._view.name))

    def _apply_settled(self, name: str) -> None:
        """Carry out decisions, at once or after the run that is under way."""
        if self._runs.is_running(name):
            self._decided.add(name)
        else:
            self._runs.apply_settled(name)

    def _cancel(self) -> None:
        if self._view is not None:
            self._runs.cancel(self._view.name)

    def _progressed(self, name: str) -> None:
        if name != self.name:
            return
        self._show_state()
        if not self._runs.is_preview(name) and (self._live is None or self._live.done()):
            self._live = self._shell.scope.start(self._follow(name), lasting=True)

    async def _follow(self, name: str) -> None:
        """Show what a run has written so far, while it runs and is looked at."""
        while self._runs.is_running(name) and self.name == name:
            await sleep(_FRESH)
            view = await self._desk.syncs.get(name)
            run = view.last_run
            if run is not None and run.status is RunStatus.RUNNING and self.name == name:
                self.tabs.bar.setTabText(0, self.tr("This run’s changes"))
                self.changes.show_run(run, self._fields, latest=run)

    def _ended(self, name: str, result: RunResult | None) -> None:
        self._shell.scope.start(self._refresh(name, result))
        if name in self._decided:
            self._decided.discard(name)
            self._runs.apply_settled(name)

    async def _refresh(self, name: str, result: RunResult | None) -> None:
        if result is not None and result.status is RunStatus.PREVIEW:
            self._previews[name] = await self._desk.activity.run(result.run_id)
        elif result is not None:
            self._previews.pop(name, None)
        if name != self.name:
            return
        view = await self._desk.syncs.get(name)
        if name == self.name:
            await self.show_sync(view)
            announce(self.result, self.result.sentence.text())


def _platform(view: PlatformView | None) -> str:
    return view.name if view else "?"
