"""The Connections page: the accounts, the chosen one, and in its place the form that connects another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.errors import InvalidInput
from desktop.ui.bus import Action
from desktop.ui.connections.connect_form import ConnectForm
from desktop.ui.connections.detail import ConnectionDetail
from desktop.ui.connections.words import quota_left, state_of
from desktop.ui.shell.page import Page, Shell
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import plain
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.question import Choice, Question, ask_question
from desktop.ui.widgets.table import ItemList, ListItem
from desktop.workspace.connection_views import ConnectionView
from desktop.workspace.topics import Topic

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_LIST_WIDTH = 248


class ConnectionsPage(Page):
    """Connects accounts, tests them, and replaces or removes their credentials."""

    def __init__(self, desk: Desk, shell: Shell) -> None:
        super().__init__(shell)
        self._desk = desk
        self._views: dict[str, ConnectionView] = {}
        self._loading: asyncio.Task[Any] | None = None
        self._connecting = False
        self._build()
        unsubscribe = desk.subscribe(self._heard)
        self.destroyed.connect(lambda: unsubscribe())

    def _build(self) -> None:
        self.list = ItemList(self.tr("Connections"))
        self.list.chosen.connect(self._choose)
        self.connect_button = plain(self.tr("Connect an account"), self.start_connecting)
        self.detail = ConnectionDetail(self._desk, self.shell)
        self.detail.remove_wanted.connect(lambda name: self._later(self._remove(name)))
        self.detail.renamed.connect(lambda name: self._later(self._load(choose=name)))
        self.form = ConnectForm(self._desk, self.shell)
        self.form.connected.connect(lambda name: self._later(self._connected(name)))
        self.form.closed.connect(self._stop_connecting)
        self.empty = EmptyState(
            "ph.key",
            self.tr("No account connected yet"),
            self.tr("Connect the accounts whose records you want to see and keep in step."),
            (self.tr("Connect the first account"), self.start_connecting),
        )
        self._right = QStackedWidget()
        for widget in (QWidget(), self.detail, self.form, self.empty):
            self._right.addWidget(widget)
        self._side = self._side_panel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side)
        row.addWidget(hairline(vertical=True))
        row.addWidget(self._right, 1)
        shortcut = QShortcut(QKeySequence("Ctrl+N"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.start_connecting)

    def _side_panel(self) -> QFrame:
        side = QFrame()
        side.setProperty("surface", "raised")
        side.setFixedWidth(_LIST_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 16)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(16, 20, 16, 12)
        head.addWidget(Label(self.tr("Connections"), "heading"), 1)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 16, 0)
        foot.addWidget(self.connect_button, 1)
        column.addLayout(foot)
        return side

    async def shown(self, connection: str = "", new: bool = False, replace: bool = False, **_: Any) -> None:
        """Show the page.

        :param connection: name of the connection to choose.
        :param new: connect another account.
        :param replace: ask for new credentials of the chosen connection.
        """
        self.form.set_platforms(await self._desk.connections.platforms())
        await self._load(choose=connection)
        if new:
            self.start_connecting()
        elif self._connecting and not connection:
            self.form.begin()
        elif self._views:
            self._stop_connecting()
            if replace:
                self.detail.replace()
        elif self.empty.action_button is not None:
            self.empty.action_button.setFocus()

    def left(self) -> None:
        """Another page is shown: a credential that was shown in plain text is dotted again."""
        self.form.conceal()
        self.detail.replace_card.flow.conceal()
        if not self.detail.replace_card.flow.under_way:
            self.detail.replace_card.close_card()

    async def may_close(self) -> bool:
        unsaved = self.detail.options.unsaved()
        if not unsaved:
            return True
        question = Question(
            self.tr("Close without saving the options?"),
            self.tr("What you changed in the options of these connections is not saved yet."),
            (Choice("close", self.tr("Close"), "destructive"),),
            listing=tuple(unsaved),
        )
        return await ask_question(self, question) == "close"

    def panes(self) -> list[QWidget]:
        """The list, and what is beside it."""
        return [self._side, self._right]

    def _later(self, coro: Any) -> None:
        self.shell.scope.start(coro)

    def _heard(self, topic: Topic) -> None:
        if topic in (Topic.CONNECTIONS, Topic.SYNCS) and self.isVisible():
            if self._loading is not None:
                self._loading.cancel()
            self._loading = self.shell.scope.start(self._load())

    async def _load(self, choose: str = "") -> None:
        views = await self._desk.connections.all()
        self._views = {view.name: view for view in views}
        self.list.set_items([_item(view) for view in views])
        wanted = choose if choose in self._views else self.list.current_key()
        if wanted not in self._views:
            wanted = next(iter(self._views), None)
        if wanted is not None:
            self.list.choose(wanted)
            self.detail.show_connection(self._views[wanted])
        self._show_right()

    def _show_right(self) -> None:
        if self._connecting:
            self._right.setCurrentWidget(self.form)
        else:
            self._right.setCurrentWidget(self.detail if self._views else self.empty)

    def _choose(self, name: str) -> None:
        view = self._views.get(name)
        if view is None:
            return
        self.detail.show_connection(view)
        if self._connecting and self.list.hasFocus():
            self.form.close_form()

    def start_connecting(self) -> None:
        """Show the form."""
        self._connecting = True
        self._show_right()
        self.form.begin()

    def _stop_connecting(self) -> None:
        self._connecting = False
        self._show_right()
        (self.list if self._views else self.connect_button).setFocus()

    async def _connected(self, name: str) -> None:
        first = not self._views
        self._connecting = False
        await self._load(choose=name)
        self.list.setFocus()
        connected = self.tr("%1 is connected").replace("%1", name)
        browse = Action(self.tr("Show its data"), lambda: self.shell.go("data", connection=name))
        text = self.tr("Connect a second account to keep the two in step.") if first else ""
        self.shell.bus.success(connected, text, action=browse)

    async def _remove(self, name: str) -> None:
        view = self._views[name]
        if view.used_by:
            text = self.tr("These syncs use it. Delete them first.")
            used = self.tr("%1 can’t be removed yet").replace("%1", name)
            show = Choice("show", self.tr("Show the sync"), "primary")
            question = Question(used, text, (show,), listing=view.used_by)
            if await ask_question(self, question) == "show":
                self.shell.go("syncs", sync=view.used_by[0])
            return
        text = await self._desk.connections.removal(name)
        title = self.tr("Remove %1?").replace("%1", name)
        remove = Choice("remove", self.tr("Remove the connection"), "destructive")
        if await ask_question(self, Question(title, text, (remove,))) != "remove":
            return
        try:
            await self._desk.connections.remove(name)
        except InvalidInput as error:
            self.shell.bus.report(error)
            return
        self.detail.options.forget(name)
        await self._load()
        removed = self.tr("%1 was removed").replace("%1", name)
        self.shell.bus.info(removed, self.tr("Nothing was changed on the platform."))


def _item(view: ConnectionView) -> ListItem:
    words, tone = state_of(view)
    quota = view.identity.quota if view.identity and tone is Tone.GOOD else None
    left = quota_left(quota) if quota else ""
    line = " · ".join(filter(None, (view.platform.label, left))) if tone is Tone.GOOD else words
    return ListItem(view.name, view.name, line, Tone.NEUTRAL if tone is Tone.GOOD else tone)
