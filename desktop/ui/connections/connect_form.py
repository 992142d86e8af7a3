"""The form that connects an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.ui.connections.fields import LineField, SecretField
from desktop.ui.connections.trouble import Trouble
from desktop.ui.shell.page import Shell
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import plain, primary, quiet
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.platform_mark import mark_pixmap
from desktop.workspace.views import IdentityView, PlatformView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_WIDTH = 520


class ConnectForm(QWidget):
    """Platform, name, address and credential. What is typed stays until the account is connected.

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
        self.name = LineField(self.tr("Name"), self.tr("What you call this account, such as “Agency” or “Shop”."))
        self.address = LineField(self.tr("Address"))
        self.account = LineField(self.tr("Account"))
        self.secret = SecretField(self.tr("Credential"))
        self.test_button = plain(self.tr("Test connection"), self._test)
        self.connect_button = primary(self.tr("Connect"), self._connect)
        self.cancel_button = quiet(self.tr("Cancel"), self.close_form)
        self.trouble = Trouble()
        self._build()

    @property
    def _fields(self) -> dict[str, LineField]:
        return {"name": self.name, "base_url": self.address, "account": self.account, "secret": self.secret}

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
        for field in (self.name, self.address, self.account, self.secret):
            card.body.addWidget(field)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.connect_button)
        buttons.addWidget(self.test_button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        card.body.addLayout(buttons)
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(24, 0, 24, 24)
        inner.addWidget(card, 0, Qt.AlignmentFlag.AlignLeft)
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
        escape.activated.connect(self.close_form)

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
        self.account.setVisible(view.account_label is not None)
        self.account.set_name(view.account_label or self.tr("Account"))
        self.secret.set_name(view.secret_label)
        for field in self._fields.values():
            field.mark("")
        self.trouble.hide()

    def begin(self) -> None:
        """Put the keyboard's focus where typing starts."""
        (self.name.edit if not self.name.text else self.secret.edit).setFocus()

    def close_form(self) -> None:
        """Leave the form; the credential is forgotten, the rest stays as it was typed."""
        self.secret.clear()
        self.trouble.hide()
        self.closed.emit()

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
        if self.connect_button.isEnabled():
            self._start()
            self._hold(self._connect_now())

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
        self.secret.clear()
        for field in (self.name, self.account):
            field.edit.clear()
        self.address.edit.setText(view.base_url)
        self.connected.emit(connection.name)


def _who(identity: IdentityView) -> str:
    return f"{identity.name}, {identity.detail}" if identity.detail else identity.name
