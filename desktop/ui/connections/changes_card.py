"""Changes as they happen: where a connection's platform sends its messages, and whether it does."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.ui.connections.fields import LineField
from desktop.ui.connections.option_fields import NumberOption
from desktop.ui.connections.trouble import Trouble
from desktop.ui.shell.page import Shell
from desktop.ui.text import relative
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import plain, primary
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.pill import Pill
from desktop.workspace.connection_views import ConnectionView
from desktop.workspace.reception import ReceptionView, WebhookView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_WIDTH = 560


class ChangesCard(Card):
    """Switches a connection's messages on and off; hidden where its platform sends none.

    The public address holds for all connections. One that was typed stays until it is saved.
    """

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        self.pill = Pill()
        title = QCoreApplication.translate("ChangesCard", "Changes as they happen")
        super().__init__(title, aside=self.pill, parent=parent)
        self._desk = desk
        self._shell = shell
        self._name = ""
        self._view: WebhookView | None = None
        self._typed = False
        self.covers = Label("", "small", wrap=True)
        self.notice = Notice("")
        self.trouble = Trouble()
        self.address = LineField(
            self.tr("Public address"),
            self.tr(
                "The https address of the tunnel that leads to this computer, such as one of Cloudflare Tunnel or "
                "ngrok. It holds for all connections."
            ),
        )
        self.address.edit.setPlaceholderText("https://crosswalk.example.com")
        self.port = NumberOption(self.tr("Port of this computer"), 1024, 65535, " ")
        self.on_button = primary(self.tr("Switch on"), self._switch_on)
        self.off_button = plain(self.tr("Switch off"), self._switch_off)
        self.save_button = plain(self.tr("Save address"), self._save)
        self.steps = Label("", "body", wrap=True)
        self.hook = LineField(self.tr("Address for the platform"))
        self.hook.edit.setReadOnly(True)
        self.copy_button = plain(self.tr("Copy address"), self._copy_address)
        self.secret_button = plain(self.tr("Copy secret"), self._copy_secret)
        self._arrange()
        for signal in (self.address.edit.textEdited, self.port.box.valueChanged):
            signal.connect(lambda *_: self._edited())
        self.hide()

    def _arrange(self) -> None:
        self.by_hand = QWidget()
        hand = QVBoxLayout(self.by_hand)
        hand.setContentsMargins(0, 0, 0, 0)
        hand.setSpacing(8)
        hand.addWidget(self.steps)
        hand.addWidget(self.hook)
        hand.addLayout(_row(self.copy_button, self.secret_button))
        holder = QWidget()
        holder.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.address)
        column.addWidget(self.port)
        column.addWidget(self.by_hand)
        # Beside a stretch: a layout gives a widget of limited width no more height than the whole width needs.
        beside = QHBoxLayout()
        beside.addWidget(holder, 100)
        beside.addStretch(1)
        self.body.setSpacing(16)
        for widget in (self.covers, self.notice, self.trouble):
            self.body.addWidget(widget)
        self.body.addLayout(beside)
        self.body.addLayout(_row(self.on_button, self.save_button, self.off_button))

    def show_connection(self, view: ConnectionView) -> None:
        """Show how a connection tells of changes, once that is known."""
        if view.name != self._name:
            self._name, self._view = view.name, None
            self.trouble.hide()
            self.hide()
        self._shell.scope.start(self._load(view.name))

    async def _load(self, name: str) -> None:
        webhook = await self._desk.reception.webhook(name)
        settings = await self._desk.reception.settings()
        if name == self._name:
            self._show(webhook, settings)

    def _show(self, view: WebhookView | None, settings: ReceptionView) -> None:
        self._view = view
        self.setVisible(view is not None)
        if view is None:
            return
        self.covers.setText(view.covers)
        if not self._typed:
            self.address.edit.setText(settings.address)
            self.port.box.blockSignals(True)
            self.port.box.setValue(settings.port)
            self.port.box.blockSignals(False)
        self._say_port()
        self.pill.set_status(*_state(view, settings))
        problem = settings.problem if view.on else None
        self.notice.setVisible(problem is not None)
        if problem is not None:
            self.notice.set_notice(f"<b>{escape(problem.message)}</b> {escape(problem.hint)}", Tone.WARNING)
        self.by_hand.setVisible(view.on and view.by_hand)
        self.steps.setText("\n".join(f"{at}. {step}" for at, step in enumerate(view.steps, 1)))
        self.hook.edit.setText(view.address)
        self.secret_button.setVisible(view.has_secret)
        self._follow()

    def _say_port(self) -> None:
        local = f"http://127.0.0.1:{self.port.box.value()}"
        self.port.set_hint(self.tr("What the tunnel has to lead to: %1").replace("%1", local))

    def _edited(self) -> None:
        self._typed = True
        self.trouble.hide()
        self._say_port()
        self._follow()

    def _follow(self) -> None:
        on = self._view is not None and self._view.on
        self.on_button.setVisible(not on)
        self.off_button.setVisible(on)
        self.save_button.setVisible(on and self._typed)

    # What is done

    def _switch_on(self) -> None:
        self._start(self._switch_on_now(self._name), self.on_button)

    def _switch_off(self) -> None:
        self._start(self._switch_off_now(self._name), self.off_button)

    def _save(self) -> None:
        self._start(self._save_now(), self.save_button)

    def _start(self, work: Coroutine[Any, Any, None], button: QWidget) -> None:
        self.trouble.hide()
        self._shell.scope.start(self._told(self._name, work), busy=button)

    async def _told(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do something, and tell in place what goes wrong."""
        try:
            await work
        except CrosswalkError as error:
            if name != self._name:
                raise
            self.trouble.tell(error, {"address": self.address, "port": self.port})
        await self._load(name)

    async def _save_now(self) -> None:
        await self._desk.reception.set_address(self.address.text, self.port.box.value())
        self._typed = False

    async def _switch_on_now(self, name: str) -> None:
        await self._save_now()
        await self._desk.reception.switch_on(name)

    async def _switch_off_now(self, name: str) -> None:
        await self._desk.reception.switch_off(name)

    def _copy_address(self) -> None:
        QApplication.clipboard().setText(self.hook.text)
        self._shell.bus.info(self.tr("The address was copied"), self.hook.text)

    def _copy_secret(self) -> None:
        self._shell.scope.start(self._copy_secret_now(self._name), busy=self.secret_button)

    async def _copy_secret_now(self, name: str) -> None:
        QApplication.clipboard().setText(await self._desk.reception.secret(name))
        self._shell.bus.info(self.tr("The secret was copied"), self.tr("Paste it on the platform, and nowhere else."))


def _row(*buttons: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return row


def _state(view: WebhookView, settings: ReceptionView) -> tuple[str, Tone]:
    """How it stands, in a few words, and their tint."""
    translate = QCoreApplication.translate
    if not view.on:
        return translate("ChangesCard", "off"), Tone.NEUTRAL
    if settings.problem is not None:
        return translate("ChangesCard", "not received"), Tone.WARNING
    if view.last is None:
        return translate("ChangesCard", "nothing received yet"), Tone.ACCENT
    received = translate("ChangesCard", "last received %1")
    return received.replace("%1", relative(view.last, datetime.now(UTC))), Tone.GOOD
