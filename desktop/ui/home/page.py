"""The Home page: a card for each sync, what needs attention, and what happened today."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.change import RunResult, RunStatus
from desktop.ui.aio import sleep
from desktop.ui.bus import Action
from desktop.ui.home.attention import Matter, Situation, matters, needs_credentials
from desktop.ui.home.card_grid import CardGrid
from desktop.ui.home.focus import give_focus
from desktop.ui.home.side import AttentionCard, TodayCard
from desktop.ui.home.sync_card import SyncCard
from desktop.ui.shell.page import Page, Shell
from desktop.ui.syncs.runs import Runs
from desktop.ui.syncs.words import tally_of
from desktop.ui.text import counted
from desktop.ui.welcome.demo import start_demo
from desktop.ui.welcome.welcome import Welcome
from desktop.ui.widgets.buttons import plain
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.question import Choice, Question, ask_question
from desktop.workspace.topics import Topic
from desktop.workspace.views import SyncView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_CARD = 328
_SIDE = 320
_TICK = 20.0
"""Seconds after which "2 min ago" is written anew."""
_GIVE_UP = 20.0
"""Seconds that closing the window waits for runs to finish what they started."""


class HomePage(Page):
    """Where the day begins. While nothing is connected it is the welcome.

    :param launch_demo: starts the demo; tells whether it could.
    """

    def __init__(self, desk: Desk, shell: Shell, launch_demo: Callable[[], bool] = start_demo) -> None:
        super().__init__(shell)
        self._desk = desk
        self._runs = Runs(desk, shell, self)
        self._situation = Situation((), ())
        self._cards: dict[str, SyncCard] = {}
        self._loading: asyncio.Task[Any] | None = None
        self._stale = False
        self.welcome = Welcome(shell, durable=desk.notice is None, launch=launch_demo)
        self._build()
        self._runs.changed.connect(self._show_card)
        self._runs.ended.connect(self._ended)
        unsubscribe = desk.subscribe(self._heard)
        self.destroyed.connect(lambda: unsubscribe())

    def _build(self) -> None:
        self.new_button = plain(self.tr("New sync"), self._new_sync)
        self._attention = AttentionCard(self._follow)
        self._today = TodayCard()
        self._grid = CardGrid(_CARD)
        self._empty = EmptyState(
            "ph.arrows-left-right",
            self.tr("No syncs yet"),
            self.tr("A sync keeps the records of two systems in step: say once which field is which."),
            (self.tr("Make the first sync"), self._new_sync),
        )
        self._stack = QStackedWidget()
        for widget in (QWidget(), self.welcome, self._overview()):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        shortcut = QShortcut(QKeySequence("Ctrl+N"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self._new_sync)

    def _overview(self) -> QWidget:
        self._syncs = QWidget()
        cards = QVBoxLayout(self._syncs)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.addWidget(self._grid)
        cards.addWidget(self._empty, 1)
        cards.addStretch(0)
        self._side = QWidget()
        self._side.setFixedWidth(_SIDE)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(16)
        side.addWidget(self._attention)
        side.addWidget(self._today)
        side.addStretch(1)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(24, 0, 24, 24)
        row.setSpacing(24)
        row.addWidget(self._syncs, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._side)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        overview = QWidget()
        column = QVBoxLayout(overview)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(PageHeader(self.tr("Home"), actions=(self.new_button,)))
        column.addWidget(scroll, 1)
        return overview

    async def shown(self, **_: Any) -> None:
        """Show the page."""
        self.while_shown(self._runs.watch_others())
        self.while_shown(self._tick())
        await self._load()
        self._take_focus()

    def _take_focus(self) -> None:
        if self._stack.currentIndex() == 1:
            give_focus(self.welcome.connect_button)
            return
        first = next(iter(self._cards.values()), None)
        if first is None:
            button = self._empty.action_button
        else:
            button = first.mend_button if first.mend_button.isVisible() else first.run_button
        if button is not None:
            give_focus(button)

    def panes(self) -> list[QWidget]:
        """The cards, and the column at the right; or the welcome."""
        return [self.welcome] if self._stack.currentIndex() == 1 else [self._syncs, self._side, self.new_button]

    # What is shown

    def _heard(self, topic: Topic) -> None:
        if topic in (Topic.SYNCS, Topic.RUNS, Topic.CONNECTIONS, Topic.DRAFTS, Topic.EDITS):
            self._load_later()

    def _load_later(self) -> None:
        if self._loading is None or self._loading.done():
            self._loading = self.shell.scope.start(self._load_until_fresh())
        else:
            self._stale = True

    async def _load_until_fresh(self) -> None:
        self._stale = True
        while self._stale:
            self._stale = False
            await self._load()

    async def _load(self) -> None:
        connections = await self._desk.connections.all()
        if not connections:
            self._stack.setCurrentIndex(1)
            return
        syncs = await self._desk.syncs.all()
        failures = {
            view.name: found[0]
            for view in syncs
            if view.due and (found := await self._desk.syncs.failures(view.name, 0, 1))
        }
        drafts = await self._desk.data.drafts()
        now = datetime.now(UTC)
        ages = {view.name: now - view.credentials_since for view in connections}
        objects = await self._object_labels() if drafts else {}
        self._today.show_today(await self._desk.activity.today())
        self._situation = Situation(syncs, connections, failures, drafts, ages, objects)
        self._show()

    async def _object_labels(self) -> dict[tuple[str, str], str]:
        trees = await self._desk.data.tree()
        return {(tree.connection, item.key): item.label for tree in trees for item in tree.objects}

    def _show(self) -> None:
        self._stack.setCurrentIndex(2)
        views = {view.name: view for view in self._situation.syncs}
        for name in self._cards.keys() - views.keys():
            card = self._cards.pop(name)
            card.hide()
            card.deleteLater()
        self._cards = {name: self._cards.get(name) or self._new_card(view) for name, view in views.items()}
        self._grid.set_cards(list(self._cards.values()))
        self._grid.setVisible(bool(views))
        self._empty.setVisible(not views)
        self._attention.show_matters(matters(self._situation))
        for name in views:
            self._show_card(name)
        failed = sum(view.due for view in views.values())
        one, many = "%n record could not be sent", "%n records could not be sent"
        self.shell.set_badge("syncs", failed, counted(failed, one, many, "Home"))

    def _new_card(self, view: SyncView) -> SyncCard:
        card = SyncCard(view)
        card.run_wanted.connect(self._run)
        card.preview_wanted.connect(lambda name: self.shell.go("syncs", sync=name, preview=True))
        card.cancel_wanted.connect(self._runs.cancel)
        card.mend_wanted.connect(self._mend)
        return card

    def _view(self, name: str) -> SyncView | None:
        return next((view for view in self._situation.syncs if view.name == name), None)

    def _show_card(self, name: str) -> None:
        card, view = self._cards.get(name), self._view(name)
        if card is None or view is None:
            return
        mend = needs_credentials(view, self._situation.connections) is not None
        running = self._runs.is_running(name)
        card.show_view(view, self._runs.progress(name), datetime.now(UTC), running=running, mend=mend)
        card.cancel_button.setEnabled(not self._runs.is_cancelling(name))

    async def _tick(self) -> None:
        while True:
            await sleep(_TICK)
            for name in self._cards:
                self._show_card(name)

    # What is done

    def _new_sync(self) -> None:
        self.shell.go("syncs", new=True)

    def _follow(self, matter: Matter) -> None:
        self.shell.go(matter.page, **matter.target)

    def _mend(self, name: str) -> None:
        view = self._view(name)
        connection = needs_credentials(view, self._situation.connections) if view else None
        self.shell.go("connections", connection=connection or "", replace=True)

    def _run(self, name: str) -> None:
        view = self._view(name)
        if view is None or self._runs.is_running(name):
            return
        if view.approved:
            self._runs.run(name)
        else:
            self.shell.go("syncs", sync=name, start=True)

    def _ended(self, name: str, result: RunResult | None) -> None:
        self._load_later()
        if result is None:
            return
        tally = tally_of(result.as_json())  # type: ignore[arg-type]
        if result.error is not None:
            self.shell.bus.error(result.error.message, result.error.hint, details=result.error.details)
        elif tally.failed:
            one, many = "%n record could not be sent", "%n records could not be sent"
            show = Action(self.tr("Show failures"), lambda: self.shell.go("syncs", sync=name, tab="failures"))
            self.shell.bus.warning(name, counted(tally.failed, one, many, "Home"), action=show)
        elif result.status is RunStatus.COMPLETED:
            one, many = "%n record written", "%n records written"
            written = counted(tally.written, one, many, "Home")
            done = self.tr("“%1” is in step").replace("%1", name)
            self.shell.bus.success(done, written if tally.written else self.tr("Nothing had changed."))

    async def may_close(self) -> bool:
        """Ask before a run is stopped by closing the window."""
        running = list(await self._desk.syncs.running())
        if not running:
            return True
        one = self.tr("A sync is running. Stop it and close?")
        title = one if len(running) == 1 else self.tr("Syncs are running. Stop them and close?")
        text = self.tr("What was written is kept, and the next run goes on from there.")
        choice = Choice("stop", self.tr("Stop and close"), "primary")
        question = Question(title, text, (choice,), listing=tuple(running), cancel=self.tr("Keep running"))
        if await ask_question(self, question) != "stop":
            return False
        for name in running:
            await self._desk.syncs.cancel(name)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GIVE_UP):
                while await self._desk.syncs.running():
                    await sleep(0.05)
        return True
