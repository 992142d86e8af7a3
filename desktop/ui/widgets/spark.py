"""A tiny bar chart: how much happened in each of the last runs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme import colours


class Spark(QWidget):
    """Bars from the oldest to the newest, the newest strongest.

    :param summary: what the bars show, in words, for those who cannot see them.
    """

    def __init__(self, values: Sequence[float] = (), summary: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_values(values, summary)

    def set_values(self, values: Sequence[float], summary: str) -> None:
        """Show these bars, and say what they show."""
        self._values = tuple(values)
        self.setAccessibleName(summary)
        self.setToolTip(summary)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(131, 28)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._values:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        count, tallest = len(self._values), max(*self._values, 1.0)
        gap = 2.0
        width = min((self.width() - gap * (count - 1)) / count, 14.0)
        left = self.width() - count * width - (count - 1) * gap
        accent = colours().colour("accent")
        for at, value in enumerate(self._values):
            share = 0.35 + 0.65 * (at + 1) / count
            shade = QColor(accent)
            shade.setAlphaF(share)
            painter.setBrush(shade)
            height = max(value / tallest * self.height(), 1.0)
            bar = QRectF(left + at * (width + gap), self.height() - height, width, height)
            painter.drawRoundedRect(bar, min(2.0, height / 2), min(2.0, height / 2))
