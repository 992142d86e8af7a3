"""What is shown while no account is connected: what Crosswalk is for, and the two ways to begin."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.shell.page import Shell
from desktop.ui.welcome.demo import start_demo
from desktop.ui.widgets.buttons import Button, plain, primary
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.icon import IconDisc
from desktop.ui.widgets.label import Label

_CARD = 320


class Welcome(QWidget):
    """Two cards: connect an account, or look around in the demo first.

    :param durable: whether credentials are kept in the keyring.
    :param launch: starts the demo; tells whether it could.
    """

    def __init__(
        self,
        shell: Shell,
        *,
        durable: bool = True,
        launch: Callable[[], bool] = start_demo,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._launch = launch
        self.connect_button = primary(self.tr("Connect an account"), self._connect)
        self.demo_button = plain(self.tr("Explore with demo data"), self._explore)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(2)
        title = self._centred(column, self.tr("Welcome to Crosswalk"), "title")
        self.setAccessibleName(title.text())
        promise = self.tr(
            "Say once which field here is which field there. From then on one click keeps both systems in step."
        )
        self._centred(column, promise, "muted")
        column.addSpacing(24)
        column.addLayout(self._cards())
        column.addSpacing(16)
        safe = self.tr("Nothing is written anywhere before you have seen a preview.")
        if durable:
            safe = f"{self.tr('Credentials stay in this computer’s keyring.')} {safe}"
        self._centred(column, safe, "small")
        column.addStretch(3)

    @staticmethod
    def _centred(column: QVBoxLayout, text: str, role) -> Label:
        label = Label(text, role, wrap=True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setFixedWidth(2 * _CARD)
        column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        return label

    def _cards(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addStretch(1)
        connect = self.tr(
            "Bring in HighLevel, ActiveCampaign, ActiveCollab or AccessAlly. It is tested first, and changes nothing."
        )
        explore = self.tr("Opens in a window of its own with made-up orders and contacts. Nothing real is touched.")
        row.addWidget(self._card("ph.key", self.tr("Begin with your data"), connect, self.connect_button))
        row.addWidget(self._card("ph.flask", self.tr("Look around first"), explore, self.demo_button))
        row.addStretch(1)
        return row

    @staticmethod
    def _card(icon: str, title: str, text: str, button: Button) -> Card:
        card = Card()
        card.setAccessibleName(title)
        card.setFixedWidth(_CARD)
        card.body.setContentsMargins(24, 8, 24, 8)
        card.body.setSpacing(12)
        card.body.addWidget(IconDisc(icon))
        card.body.addWidget(Label(title, "heading"))
        words = Label(text, "muted", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.setMinimumHeight(72)
        card.body.addWidget(words, 1)
        card.body.addWidget(button)
        return card

    def _connect(self) -> None:
        self._shell.go("connections", new=True)

    def _explore(self) -> None:
        if self._launch():
            self._shell.bus.info(
                self.tr("The demo opens in its own window"),
                self.tr("This takes a few seconds. This window stays as it is."),
            )
        else:
            self._shell.bus.error(
                self.tr("The demo could not be started"),
                self.tr("Start “crosswalk demo” from a terminal to see why."),
            )
