"""The form that connects an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.ui.connections.companion import CompanionPart
from desktop.ui.connections.fields import ChoiceField, FormField, LineField, SecretField
from desktop.ui.connections.sign_in_flow import SignInFlow
from desktop.ui.connections.trouble import Trouble
from desktop.ui.shell.page import Shell
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import plain, primary, quiet
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.platform_mark import mark_pixmap
from desktop.workspace.connection_views import ConnectionView, IdentityView, PlatformView, SignInView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_WIDTH = 520
SIGN_IN, PASTE = "sign_in", "paste"


def ways(view: PlatformView) -> dict[str, str]:
    """How an account of the platform can be connected, the simpler way first."""
    paste = _tr("Paste the %1").replace("%1", view.secret_label)
    found = {SIGN_IN: _tr("Sign in"), PASTE: paste}
    return found if view.sign_in_first else dict(reversed(found.items()))


def _tr(text: str) -> str:
    return QCoreApplication.translate("ConnectForm", text)


class ConnectForm(QWidget):
    """Platform, name, address, and a credential or a sign-in. What is typed stays until the account is connected.

    The credential is held by its field alone, and is cleared once it is in the keyring or the form is closed.
    """

    connected = Signal(str)
    """The name of the new connection."""
    closed = Signal()

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._platforms: list[PlatformView] = []
        self._shown: PlatformView | None = None
        self.platform = QComboBox()
        self.platform.setAccessibleName(self.tr("Platform"))
        self.platform.setIconSize(QSize(18, 18))
        self.platform.currentIndexChanged.connect(lambda _: self._show_platform())
        self.way = ChoiceField(self.tr("How to connect"), {})
        self.way.box.currentIndexChanged.connect(lambda _: self._show_way())
        self.name = LineField(self.tr("Name"), self.tr("What you call this account, such as “Agency” or “Shop”."))
        self.address = LineField(self.tr("Address"))
        self.account = LineField(self.tr("Account"))
        self.secret = SecretField(self.tr("Credential"))
        self.test_button = plain(self.tr("Test connection"), self._test)
        self.connect_button = primary(self.tr("Connect"), self._connect)
        self.cancel_button = quiet(self.tr("Cancel"), self.close_form)
        self.trouble = Trouble()
        around: dict[str, FormField] = {"name": self.name, "base_url": self.address}
        self.flow = SignInFlow(desk, shell, lambda: self.name.text, around)
        self.flow.began.connect(lambda: self._hold_entries(True))
        self.flow.ended.connect(self._sign_in_ended)
        self.flow.connected.connect(self._signed_in)
        self.companion = CompanionPart(desk, shell)
        self._buttons = QWidget()
        self._build()

    @property
    def _fields(self) -> dict[str, LineField]:
        return {"name": self.name, "base_url": self.address, "account": self.account, "secret": self.secret}

    @property
    def signs_in(self) -> bool:
        """Whether the account is to be connected by signing in."""
        return self._shown is not None and self._shown.signs_in and self.way.text == SIGN_IN

    def _build(self) -> None:
        card = Card()
        card.setAccessibleName(self.tr("Connect an account"))
        card.setFixedWidth(_WIDTH)
        card.body.setContentsMargins(24, 8, 24, 8)
        card.body.setSpacing(16)
        card.body.addWidget(self.trouble)
        choice = QVBoxLayout()
        choice.setSpacing(4)
        label = Label(self.tr("Platform"), "strong")
        label.setBuddy(self.platform)
        choice.addWidget(label)
        choice.addWidget(self.platform)
        card.body.addLayout(choice)
        for field in (self.way, self.name, self.address, self.account, self.secret, self.flow):
            card.body.addWidget(field)
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(8)
        buttons.addWidget(self.connect_button)
        buttons.addWidget(self.test_button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        card.body.addWidget(self._buttons)
        card.body.addWidget(self.companion)
        self.companion.rule_off()
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(24, 0, 24, 24)
        # Beside a stretch, not by alignment: that would give the card no more height than short texts need.
        row = QHBoxLayout()
        row.addWidget(card)
        row.addStretch(1)
        inner.addLayout(row)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(holder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        header = PageHeader(self.tr("Connect an account"))
        kept = self.tr("The credential is tested first, then kept in this computer’s keyring.")
        for_now = self.tr("The credential is tested first, then kept until Crosswalk closes.")
        header.set_subtitle(for_now if self._desk.notice else kept)
        column.addWidget(header)
        column.addWidget(scroll, 1)
        for field in self._fields.values():
            field.edit.returnPressed.connect(self._connect)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self._escape)

    def set_platforms(self, platforms: list[PlatformView]) -> None:
        """Offer these platforms; what was chosen and typed stays."""
        if platforms == self._platforms:
            return
        self._platforms = platforms
        self.platform.clear()
        for view in platforms:
            pixmap = mark_pixmap(view.name, self.devicePixelRatioF())
            self.platform.addItem(QIcon(pixmap), view.label)

    def _show_platform(self) -> None:
        at = self.platform.currentIndex()
        if not 0 <= at < len(self._platforms):
            return
        before, view = self._shown, self._platforms[at]
        self._shown = view
        if not self.address.text or (before is not None and self.address.text == before.base_url):
            self.address.edit.setText(view.base_url)
        self.address.edit.setPlaceholderText(view.base_url or "https://")
        self.address.set_hint(view.base_url_hint)
        self.account.set_name(view.account_label or self.tr("Account"))
        self.secret.set_name(view.secret_label)
        self.companion.offer(view)
        self.way.setVisible(view.signs_in)
        self.way.set_choices(ways(view))
        self.way.choose(SIGN_IN if view.sign_in_first else PASTE)
        self._show_way()
        for field in self._fields.values():
            field.mark("")
        self.trouble.hide()

    def _show_way(self) -> None:
        view = self._shown
        if view is None:
            return
        signs_in = self.signs_in
        self.account.setVisible(view.account_label is not None and not signs_in)
        self.secret.setVisible(not signs_in)
        self.test_button.setVisible(not signs_in)
        self.connect_button.set_label(self.tr("Sign in") if signs_in else self.tr("Connect"))
        self.flow.clear_trouble()

    def begin(self) -> None:
        """Put the keyboard's focus where typing starts."""
        if self.flow.under_way:
            return
        entries = [self.name.edit, self.address.edit if self.signs_in else self.secret.edit]
        (entries[0] if not self.name.text else entries[1]).setFocus()

    def conceal(self) -> None:
        """Show dots where something secret was shown."""
        self.secret.conceal()
        self.flow.conceal()

    def close_form(self) -> None:
        """Leave the form; the credential and a sign-in are forgotten, the rest stays as it was typed."""
        self.secret.clear()
        self.flow.forget()
        self._hold_entries(False)
        self.trouble.hide()
        self.closed.emit()

    def _escape(self) -> None:
        """Give up a sign-in first, then the form."""
        if self.flow.under_way:
            self.flow.cancel()
        else:
            self.close_form()

    def _start(self) -> None:
        for field in self._fields.values():
            field.mark("")
        self.trouble.hide()

    def _account(self) -> str:
        return self.account.text if self.account.isVisibleTo(self) else ""

    def _test(self) -> None:
        self._start()
        self._hold(self._try_out())

    async def _try_out(self) -> None:
        view = self._shown
        if view is None or not self._complete(view):
            return
        try:
            identity = await self._desk.connections.try_out(
                view.name, self.address.text, self._account(), self.secret.edit.text()
            )
        except CrosswalkError as error:
            self.trouble.tell(error, self._fields)
            return
        self.trouble.say(self.tr("It works:"), _who(identity), Tone.GOOD)
        if not self.name.text:
            self.name.edit.setText(identity.name)

    def _complete(self, view: PlatformView) -> bool:
        """Mark what is missing for a test."""
        needed = {self.address: self.tr("Enter the address."), self.secret: self.tr("Paste the credential.")}
        if view.account_label is not None:
            needed[self.account] = self.tr("Enter the %1.").replace("%1", view.account_label)
        missing = [field for field in needed if not field.text]
        for field in missing:
            field.mark(needed[field])
        if missing:
            missing[0].edit.setFocus()
        return not missing

    def _connect(self) -> None:
        if self.flow.under_way or not self.connect_button.isEnabled():
            return
        self._start()
        if self.signs_in:
            self._hold(self._sign_in())
        else:
            self._hold(self._connect_now())

    async def _sign_in(self) -> None:
        view = self._shown
        if view is None:
            return
        address = self.address.text

        async def begin() -> SignInView:
            return await self._desk.connections.sign_in(view.name, self.name.text, address)

        await self.flow.begin(begin)

    def _hold_entries(self, held: bool) -> None:
        """While a sign-in is under way, its platform and address stay as they are."""
        for entry in (self.platform, self.way.box, self.address.edit):
            entry.setEnabled(not held)
        self._buttons.setVisible(not held)

    def _sign_in_ended(self) -> None:
        self._hold_entries(False)
        self.connect_button.setFocus()

    def _signed_in(self, connection: ConnectionView) -> None:
        self._hold_entries(False)
        self._clear(connection.platform)
        self.connected.emit(connection.name)

    def _hold(self, work) -> None:
        """Run `work` with both buttons disabled."""

        async def wait() -> None:
            await task

        task = self._shell.scope.start(work, busy=self.connect_button)
        self._shell.scope.start(wait(), busy=self.test_button)

    async def _connect_now(self) -> None:
        view = self._shown
        if view is None:
            return
        try:
            connection = await self._desk.connections.connect(
                view.name, self.name.text, self.address.text, self._account(), self.secret.edit.text()
            )
        except CrosswalkError as error:
            self.trouble.tell(error, self._fields)
            return
        self._clear(view)
        self.connected.emit(connection.name)

    def _clear(self, view: PlatformView) -> None:
        self.secret.clear()
        for field in (self.name, self.account):
            field.edit.clear()
        self.address.edit.setText(view.base_url)


def _who(identity: IdentityView) -> str:
    return f"{identity.name}, {identity.detail}" if identity.detail else identity.name
