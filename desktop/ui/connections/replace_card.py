"""The form within a connection's page that takes new credentials: pasted, or by signing in again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from desktop.ui.connections.connect_form import PASTE, SIGN_IN, ways
from desktop.ui.connections.edit_card import EditCard, Work
from desktop.ui.connections.fields import ChoiceField, SecretField
from desktop.ui.connections.sign_in_flow import SignInFlow
from desktop.ui.shell.page import Shell
from desktop.workspace.connection_views import PlatformView, SignInView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk


class ReplaceCard(EditCard):
    """New credentials of one connection.

    :param name: the connection that is shown.
    :param work: keeps what was pasted.
    """

    replaced = Signal(object)
    """The connection, once signing in has given it new credentials."""

    def __init__(
        self, desk: Desk, shell: Shell, name: Callable[[], str], work: Work, parent: QWidget | None = None
    ) -> None:
        self.secret = SecretField("")
        title = QCoreApplication.translate("ReplaceCard", "Replace credentials")
        super().__init__(shell, title, self.secret, "secret", "", work, parent)
        self._desk = desk
        self._name = name
        self._offered: PlatformView | None = None
        self.way = ChoiceField(self.tr("How to connect"), {})
        self.way.box.currentIndexChanged.connect(lambda _: self._show_way())
        self.flow = SignInFlow(desk, shell, lambda: "", {})
        self.flow.began.connect(lambda: self._hold_entries(True))
        self.flow.ended.connect(lambda: self._hold_entries(False))
        self.flow.connected.connect(self._signed_in)
        self.body.insertWidget(1, self.way)
        self.body.insertWidget(3, self.flow)

    def offer(self, view: PlatformView) -> None:
        """Ask for what the platform wants."""
        self.secret.set_name(view.secret_label)
        if view == self._offered:
            return
        self._offered = view
        self.way.setVisible(view.signs_in)
        self.way.set_choices(ways(view))
        self.way.choose(SIGN_IN if view.sign_in_first else PASTE)
        self._show_way()

    @property
    def signs_in(self) -> bool:
        """Whether the new credentials are to come from a sign-in."""
        return self._offered is not None and self._offered.signs_in and self.way.text == SIGN_IN

    def begin(self, text: str = "") -> None:
        """Show the card, ready to type."""
        if self.flow.under_way:
            return
        super().begin(text)
        if self.signs_in:
            self.save_button.setFocus()

    def close_card(self) -> None:
        """Leave everything as it is; what was typed is forgotten and a sign-in given up."""
        self.flow.forget()
        self._hold_entries(False)
        super().close_card()

    def _escape(self) -> None:
        """Give up a sign-in first, then the card."""
        if self.flow.under_way:
            self.flow.cancel()
        else:
            self.close_card()

    def _show_way(self) -> None:
        self.secret.setVisible(not self.signs_in)
        self.save_button.set_label(self.tr("Sign in") if self.signs_in else self.tr("Replace"))
        self.flow.clear_trouble()

    def _save(self) -> None:
        if not self.signs_in:
            super()._save()
        elif self.save_button.isEnabled() and not self.flow.under_way:
            name = self._name()

            async def begin() -> SignInView:
                return await self._desk.connections.sign_in_again(name)

            async def first_step() -> None:
                await self.flow.begin(begin)

            self.trouble.hide()
            self._shell.scope.start(first_step(), busy=self.save_button)

    def _hold_entries(self, held: bool) -> None:
        self.way.box.setEnabled(not held)
        self.save_button.setVisible(not held)
        self.cancel_button.setVisible(not held)

    def _signed_in(self, connection: object) -> None:
        self.close_card()
        self.replaced.emit(connection)
