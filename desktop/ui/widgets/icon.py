"""Icons that stand by themselves."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.icons import SIZE, paint_glyph
from desktop.ui.theme import colours

_DISC = 48


class IconMark(QWidget):
    """An icon in the colour of `role`, as decoration beside words that say the same."""

    def __init__(self, icon_name: str, role: str = "muted", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._role = role
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, icon_name: str, role: str) -> None:
        """Show another icon."""
        self._icon_name, self._role = icon_name, role
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIZE, SIZE)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_glyph(QPainter(self), QRectF(0, 0, SIZE, SIZE), self._icon_name, colours().colour(self._role))


class IconDisc(IconMark):
    """A large icon on a round tint."""

    def __init__(self, icon_name: str, parent: QWidget | None = None) -> None:
        super().__init__(icon_name, "accent", parent)

    def sizeHint(self) -> QSize:
        return QSize(_DISC, _DISC)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours().colour(f"{self._role}_tint"))
        area = QRectF(0, 0, _DISC, _DISC)
        painter.drawEllipse(area)
        paint_glyph(painter, area.adjusted(12, 12, -12, -12), self._icon_name, colours().colour(self._role))
