"""The choice beside a field that was changed here and on the platform."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.schema import Field
from desktop.ui.data.cells import text_of
from desktop.ui.widgets.buttons import plain
from desktop.ui.widgets.label import Label
from desktop.workspace.views import Collision


class CollisionPanel(QFrame):
    """Says both values and lets one be chosen."""

    chosen = Signal(str)
    """``theirs`` or ``mine``."""

    def __init__(self, connection: str, item: Field, collision: Collision, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setAccessibleName(self.tr("%1 was changed on both sides").replace("%1", item.label))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        empty = self.tr("(empty)")
        theirs = self.tr("%1 has: %2").replace("%1", connection)
        column.addWidget(Label(theirs.replace("%2", text_of(collision.theirs, item) or empty), "body", wrap=True))
        mine = self.tr("You typed: %1").replace("%1", text_of(collision.mine, item) or empty)
        column.addWidget(Label(mine, "body", wrap=True))
        row = QHBoxLayout()
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(8)
        self.theirs = plain(self.tr("Keep theirs"), lambda: self.chosen.emit("theirs"), compact=True)
        self.mine = plain(self.tr("Keep mine"), lambda: self.chosen.emit("mine"), compact=True)
        row.addWidget(self.theirs)
        row.addWidget(self.mine)
        row.addStretch(1)
        column.addLayout(row)
        for button in (self.theirs, self.mine):
            button.setAccessibleDescription(item.label)
