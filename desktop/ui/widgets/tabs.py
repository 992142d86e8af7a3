"""Underlined tabs: a real tab bar, drawn as text with a line under the chosen one, and counts."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop.ui.theme import BODY, Tone, colours, type_font
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.pill import paint_pill, pill_font, pill_width

_SPACE = 20
_RING = 4
"""Room around a tab's words for the mark of the focus."""
_HEIGHT = 36


class TabBar(QTabBar):
    """Tabs that can carry a count on a tint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: dict[int, tuple[str, Tone]] = {}
        self._hovered = -1
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_count(self, index: int, count: str, tone: Tone = Tone.WARNING) -> None:
        """Show `count` (already formatted) beside the tab's name; an empty one goes away."""
        if count:
            self._counts[index] = (count, tone)
        else:
            self._counts.pop(index, None)
        self.setTabToolTip(index, f"{self.tabText(index)}: {count}" if count else "")
        self.setTabText(index, self.tabText(index))
        self.updateGeometry()

    def count_of(self, index: int) -> str:
        """The count that the tab shows, or an empty string."""
        return self._counts.get(index, ("", Tone.NEUTRAL))[0]

    def _text_width(self, index: int) -> int:
        font = type_font(BODY, QFont.Weight.DemiBold)
        return QFontMetrics(font).horizontalAdvance(self.tabText(index)) + 1

    def _count_width(self, index: int) -> int:
        count = self.count_of(index)
        return pill_width(count, QFontMetrics(pill_font())) + 4 if count else 0

    def tabSizeHint(self, index: int) -> QSize:
        return QSize(self._text_width(index) + self._count_width(index) + _SPACE, _HEIGHT)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.tabAt(event.position().toPoint())
        if at != self._hovered:
            self._hovered = at
            self.update()
        super().mouseMoveEvent(event)

    def leaveEvent(self, event) -> None:
        self._hovered = -1
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self.count()):
            self._paint_tab(painter, index)

    def _paint_tab(self, painter: QPainter, index: int) -> None:
        palette = colours()
        chosen = index == self.currentIndex()
        area = self.tabRect(index)
        area = QRect(area.left() + _RING, area.top(), area.width() - _SPACE, area.height())
        role = "text" if chosen or index == self._hovered else "muted"
        painter.setPen(palette.colour(role if self.isTabEnabled(index) else "faint"))
        painter.setFont(type_font(BODY, QFont.Weight.DemiBold if chosen else QFont.Weight.Medium))
        width = self._text_width(index)
        words = QRect(area.left(), area.top(), width, area.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.tabText(index))
        if count := self.count_of(index):
            painter.setFont(pill_font())
            place = QRect(area.left() + width + 4, area.top(), self._count_width(index), area.height())
            paint_pill(painter, place, count, self._counts[index][1])
        if chosen:
            painter.fillRect(QRect(area.left(), area.bottom() - 1, area.width(), 2), palette.colour("accent"))
            if self.hasFocus():
                painter.setPen(palette.colour("accent"))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(words).adjusted(-3.5, 6.5, 3.5, -8.5), 4, 4)


class Tabs(QWidget):
    """A tab bar over a hairline, and the chosen tab's content below.

    :param margin: room at the left of the first tab, in pixels.
    """

    def __init__(self, name: str, *, margin: int = 24, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.bar = TabBar()
        self.bar.setAccessibleName(name)
        holder = QWidget()
        inset = QVBoxLayout(holder)
        inset.setContentsMargins(margin - _RING, 0, 0, 0)
        inset.addWidget(self.bar)
        column.addWidget(holder)
        column.addWidget(hairline())
        self.pages = QStackedWidget()
        column.addWidget(self.pages, 1)
        self.bar.currentChanged.connect(self.pages.setCurrentIndex)

    def add(self, title: str, page: QWidget) -> int:
        """Append a tab; returns its index."""
        self.pages.addWidget(page)
        return self.bar.addTab(title)

    def show_tab(self, index: int) -> None:
        """Choose a tab."""
        self.bar.setCurrentIndex(index)
