"""The product's mark."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from desktop.ui.icons import paint_glyph
from desktop.ui.theme import colours, type_font


def paint_logo(painter: QPainter, square: QRectF) -> None:
    """Draw the mark over `square`."""
    palette = colours()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.colour("accent"))
    edge = square.width()
    painter.drawRoundedRect(square, edge / 4, edge / 4)
    inset = edge * 0.15
    inner = square.adjusted(inset, inset, -inset, -inset)
    paint_glyph(painter, inner, "ph.arrows-left-right-bold", palette.colour("on_accent"))


def window_icon() -> QIcon:
    """The mark for the window's frame and the task bar."""
    pixmap = QPixmap(64, 64)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_logo(painter, QRectF(0, 0, 64, 64))
    painter.end()
    return QIcon(pixmap)


class Logo(QWidget):
    """The mark and the product's name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Crosswalk")
        self.setFixedHeight(58)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_logo(painter, QRectF(20, 20, 20, 20))
        painter.setPen(colours().colour("text"))
        painter.setFont(type_font(15, QFont.Weight.Bold))
        words = QRectF(48, 20, self.width() - 48, 20)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "Crosswalk")
