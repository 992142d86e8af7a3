"""The search box."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

DEBOUNCE = 150
"""Milliseconds without a keystroke after which the search is made."""


class SearchBox(QLineEdit):
    """A line named by its placeholder. `searched` tells the words once typing pauses, on Enter at once."""

    searched = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        self.setClearButtonEnabled(True)
        clear = self.findChild(QWidget, "_q_qlineeditclearbutton")
        if clear is not None:
            clear.setAccessibleName(self.tr("Clear"))
        self._sent = ""
        self._timer = QTimer(self, singleShot=True, interval=DEBOUNCE)
        self._timer.timeout.connect(self._send)
        self.textChanged.connect(lambda _: self._timer.start())
        self.returnPressed.connect(self._send)

    def sizeHint(self) -> QSize:
        return QSize(200, super().sizeHint().height())

    def _send(self) -> None:
        self._timer.stop()
        words = self.text().strip()
        if words != self._sent:
            self._sent = words
            self.searched.emit(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._send()
        else:
            super().keyPressEvent(event)
