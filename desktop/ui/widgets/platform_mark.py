"""The small coloured square that stands for a platform."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.ui.theme import colours, type_font
from desktop.ui.widgets.label import ElidedLabel, Label

MARK = 18
_MARKS = {
    "highlevel": ("H", "HighLevel"),
    "activecampaign": ("A", "ActiveCampaign"),
    "activecollab": ("C", "ActiveCollab"),
    "accessally": ("W", "AccessAlly"),
}


def platform_name(platform: str) -> str:
    """The platform's name as it writes it itself; `platform` is our key, such as ``highlevel``."""
    return _MARKS[platform][1] if platform in _MARKS else platform


def paint_mark(painter: QPainter, area: QRect | QRectF, platform: str) -> None:
    """Draw the platform's mark over `area`."""
    palette = colours()
    letter = _MARKS[platform][0] if platform in _MARKS else platform[:1].upper()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.colour(platform if platform in _MARKS else "muted"))
    painter.drawRoundedRect(QRectF(area), 5, 5)
    painter.setPen(palette.colour("on_platform"))
    painter.setFont(type_font(11, QFont.Weight.DemiBold))
    painter.drawText(QRectF(area), Qt.AlignmentFlag.AlignCenter, letter)
    painter.restore()


def mark_pixmap(platform: str, ratio: float = 1.0) -> QPixmap:
    """The mark as a picture, for item views and combo boxes. `ratio` is the screen's device pixel ratio."""
    pixmap = QPixmap(round(MARK * ratio), round(MARK * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_mark(painter, QRectF(0, 0, MARK, MARK), platform)
    painter.end()
    return pixmap


class PlatformMark(QWidget):
    """The platform's mark; its accessible name is the platform's name."""

    def __init__(self, platform: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._platform = platform
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(platform_name(platform))
        self.setToolTip(platform_name(platform))

    def sizeHint(self) -> QSize:
        return QSize(MARK, MARK)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_mark(QPainter(self), QRectF(0, 0, MARK, MARK), self._platform)


class Joined(QWidget):
    """What a sync joins: mark and name at the left, an arrow for the direction, mark and name at the right.

    :param left, right: platform key and text, such as ``("highlevel", "Agency · Orders")``.
    :param direction: ``left_to_right``, ``right_to_left`` or ``two_way``.
    """

    def __init__(
        self, left: tuple[str, str], right: tuple[str, str], direction: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        arrow, spoken = {
            "left_to_right": ("→", self.tr("to")),
            "right_to_left": ("←", self.tr("from")),
            "two_way": ("⇄", self.tr("both ways with")),
        }[direction]
        self.setAccessibleName(f"{left[1]} {spoken} {right[1]}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._add(row, left)
        between = Label(arrow, "faint")
        between.setAccessibleName(spoken)
        between.setContentsMargins(2, 0, 2, 0)
        row.addWidget(between)
        self._add(row, right)
        row.addStretch(1)

    def _add(self, row: QHBoxLayout, side: tuple[str, str]) -> None:
        row.addWidget(PlatformMark(side[0]))
        row.addWidget(ElidedLabel(side[1], "side"))
