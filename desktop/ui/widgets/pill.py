"""A status in a word or two, on a soft tint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QSizePolicy, QWidget

from desktop.ui.theme import SMALL, Tone, colours, type_font
from desktop.ui.widgets.buttons import draw_focus_ring

PILL_HEIGHT = 20
_PADDING = 8


def pill_font() -> QFont:
    """The type that pills are set in."""
    return type_font(SMALL, QFont.Weight.Medium)


def pill_width(text: str, metrics: QFontMetrics) -> int:
    """Width in pixels of the pill that says `text`."""
    return max(metrics.horizontalAdvance(text) + 2 * _PADDING, PILL_HEIGHT)


def paint_pill(painter: QPainter, area: QRect, text: str, tone: Tone) -> None:
    """Draw a pill at the left of `area`, in its middle, shortened where there is no room."""
    ink, tint = tone.colours(colours())
    metrics = QFontMetrics(painter.font())
    natural = pill_width(text, metrics)
    width = min(natural, area.width())
    box = QRect(area.left(), area.center().y() - PILL_HEIGHT // 2 + 1, width, PILL_HEIGHT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawRoundedRect(QRectF(box), PILL_HEIGHT / 2, PILL_HEIGHT / 2)
    painter.setPen(QColor(ink))
    inner = box.adjusted(_PADDING, 0, -_PADDING, 0) if width > PILL_HEIGHT else box
    cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(inner.width(), 1))
    shown = text if width == natural else cut
    painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, shown)


class Pill(QLabel):
    """A label on a soft tint.

    :param tone: which tint: what the status means.
    """

    def __init__(self, text: str = "", tone: Tone = Tone.NEUTRAL, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._tone = tone
        self.setFont(pill_font())
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_status(self, text: str, tone: Tone) -> None:
        """Say `text`, in the tint of `tone`."""
        self._tone = tone
        self.setText(text)
        self.update()

    @property
    def tone(self) -> Tone:
        """What the status means."""
        return self._tone

    def sizeHint(self) -> QSize:
        return QSize(pill_width(self.text(), QFontMetrics(pill_font())), PILL_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 48), PILL_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(pill_font())
        paint_pill(painter, self.rect(), self.text(), self._tone)


class Chip(QAbstractButton):
    """A pill that can be pressed, or taken away by its cross or Delete: a filter, an attached record.

    :param removed: called when it is taken away; without it there is no cross.
    """

    def __init__(
        self,
        text: str,
        tone: Tone = Tone.ACCENT,
        *,
        clicked: Callable[[], object] | None = None,
        removed: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tone = tone
        self._removed = removed
        self.setText(text)
        self.setAccessibleName(text)
        if removed is not None:
            self.setAccessibleDescription(self.tr("Press Delete to take it away"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        if clicked is not None:
            self.clicked.connect(lambda: clicked())

    def _shown(self) -> str:
        return f"{self.text()} ✕" if self._removed is not None else self.text()

    def sizeHint(self) -> QSize:
        return QSize(pill_width(self._shown(), QFontMetrics(pill_font())), 24)

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._removed is not None:
            self._removed()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._removed is not None and self._on_cross(event.position().toPoint()):
            self.setDown(False)
            self._removed()
        else:
            super().mouseReleaseEvent(event)

    def _on_cross(self, point: QPoint) -> bool:
        return self.rect().contains(point) and point.x() > self.width() - 24

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(pill_font())
        ink, tint = self._tone.colours(colours())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(QRectF(self.rect()), 12, 12)
        painter.setPen(ink)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._shown())
        if self.hasFocus():
            draw_focus_ring(painter, self, 12.0)
