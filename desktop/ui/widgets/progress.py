"""A thin bar that shows how far something is, or only that it goes on."""

from __future__ import annotations

from PySide6.QtCore import QBasicTimer, QRectF, QSize, Qt, QTimerEvent
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.ui.theme import colours

_HEIGHT = 6


class ProgressLine(QProgressBar):
    """Give it a maximum of 0 (:meth:`set_unknown`) where nobody knows how much there is to do."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setTextVisible(False)
        self.setFixedHeight(_HEIGHT)
        self._timer = QBasicTimer()
        self._phase = 0.0
        self.set_share(0.0)

    def set_share(self, share: float) -> None:
        """How much is done, from 0 to 1."""
        self._timer.stop()
        self.setRange(0, 1000)
        self.setValue(round(min(max(share, 0.0), 1.0) * 1000))

    def set_unknown(self) -> None:
        """Something is being done, and nobody knows for how long."""
        self.setRange(0, 0)
        if self.isVisible():
            self._timer.start(30, self)

    def sizeHint(self) -> QSize:
        return QSize(120, _HEIGHT)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.maximum() == 0:
            self._timer.start(30, self)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def timerEvent(self, event: QTimerEvent) -> None:
        self._phase = (self._phase + 0.012) % 1.0
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.colour("line" if palette.dark else "faint_line"))
        track = QRectF(self.rect())
        painter.drawRoundedRect(track, 3, 3)
        painter.setBrush(palette.colour("accent"))
        if self.maximum() == 0:
            start = (self._phase * 1.3 - 0.3) * track.width()
            part = QRectF(start, 0, track.width() * 0.3, track.height()).intersected(track)
            painter.drawRoundedRect(part, 3, 3)
        elif self.value() > 0:
            done = max(track.width() * self.value() / self.maximum(), float(_HEIGHT))
            painter.drawRoundedRect(QRectF(0, 0, done, track.height()), 3, 3)
