"""Cards side by side, as many in a row as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

_GAP = 16


class CardGrid(QWidget):
    """Cards of equal width in rows of equal height.

    :param least: least width of a card in pixels.
    """

    def __init__(self, least: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least = least
        self._cards: list[QWidget] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)

    def set_cards(self, cards: Sequence[QWidget]) -> None:
        """Show these cards in this order; others that were shown are left to the caller."""
        if list(cards) == self._cards:
            return
        self._cards = list(cards)
        self._columns = 0
        self._arrange()
        before: QWidget | None = None
        for card in self._cards:
            if before is not None:
                QWidget.setTabOrder(before, card)
            before = card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = max((self.width() + _GAP) // (self._least + _GAP), 1)
        if columns == self._columns:
            return
        for at in range(max(columns, self._columns)):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        self._columns = columns
        while self._grid.takeAt(0) is not None:
            pass
        for at, card in enumerate(self._cards):
            self._grid.addWidget(card, at // columns, at % columns)
