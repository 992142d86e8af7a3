"""The small window that says why the workspace can't be opened."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.bus import Message
from desktop.ui.shell.logo import window_icon
from desktop.ui.theme import dress
from desktop.ui.widgets.buttons import plain, primary
from desktop.ui.widgets.disclosure import Disclosure
from desktop.ui.widgets.label import Label

_WIDTH = 460


class ProblemWindow(QWidget):
    """What happened, what to do about it, and "Try again" or "Quit"."""

    def __init__(self, message: Message, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        dress(self)
        self._answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.setWindowTitle("Crosswalk")
        self.setWindowIcon(window_icon())
        self.setAccessibleName(message.title)
        self.setAccessibleDescription(message.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(8)
        for label in (Label(message.title, "heading", wrap=True), Label(message.text, "muted", wrap=True)):
            label.setFixedWidth(_WIDTH)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
            label.setVisible(bool(label.text()))
        if message.details:
            column.addWidget(Disclosure(self.tr("Details"), message.details))
        column.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(plain(self.tr("Quit"), lambda: self._decide(False)))
        again = primary(self.tr("Try again"), lambda: self._decide(True))
        again.setDefault(True)
        buttons.addWidget(again)
        column.addLayout(buttons)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        again.setFocus()

    def _decide(self, again: bool) -> None:
        if not self._answer.done():
            self._answer.set_result(again)
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._answer.done():
            self._answer.set_result(False)
        super().closeEvent(event)

    async def ask(self) -> bool:
        """Show the window; True for "Try again"."""
        self.show()
        try:
            return await self._answer
        finally:
            self.hide()
            self.deleteLater()
