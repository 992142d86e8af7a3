"""The bar of a wizard's steps: done with a tick, the current one, those to come."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from desktop.ui.icons import paint_glyph
from desktop.ui.theme import BODY, SMALL, colours, type_font
from desktop.ui.widgets.buttons import draw_focus_ring

_DISC = 20
_GAP = 7


class StepButton(QAbstractButton):
    """One step; it can be pressed once it is done."""

    def __init__(self, number: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self._state = "to come"
        self.setText(name)
        self.setToolTip(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_state(self, state: str) -> None:
        """One of ``done``, ``current``, ``to come``."""
        self._state = state
        spoken = {"done": self.tr("done"), "current": self.tr("current step"), "to come": self.tr("to come")}
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(
            self.tr("Step %1, %2").replace("%1", str(self._number)).replace("%2", spoken[state])
        )
        self.setEnabled(state == "done")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if state == "done" else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if state == "done" else Qt.CursorShape.ArrowCursor)
        self.update()

    def _font(self) -> QFont:
        weight = QFont.Weight.DemiBold if self._state == "current" else QFont.Weight.Medium
        return type_font(BODY, weight)

    def sizeHint(self) -> QSize:
        widest = QFontMetrics(type_font(BODY, QFont.Weight.DemiBold))
        return QSize(_DISC + _GAP + widest.horizontalAdvance(self.text()) + 4, 32)

    def minimumSizeHint(self) -> QSize:
        return QSize(_DISC + 4, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = colours()
        ink, disc, label = {
            "done": ("good", "good_tint", "text"),
            "current": ("on_accent", "accent", "text"),
            "to come": ("muted", "line" if palette.dark else "faint_line", "faint"),
        }[self._state]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = QRectF(0, (self.height() - _DISC) / 2, _DISC, _DISC)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.colour(disc))
        painter.drawEllipse(circle)
        if self._state == "done":
            paint_glyph(painter, circle.adjusted(4, 4, -4, -4), "ph.check-bold", palette.colour(ink))
        else:
            painter.setFont(type_font(SMALL - 1, QFont.Weight.DemiBold))
            painter.setPen(palette.colour(ink))
            painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.setFont(self._font())
        painter.setPen(palette.colour(label))
        room = QRectF(_DISC + _GAP, 0, self.width() - _DISC - _GAP, self.height())
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        if self.hasFocus():
            draw_focus_ring(painter, self, 6.0)


class StepBar(QWidget):
    """The steps in a row. `chosen` tells the index of a finished step that was pressed."""

    chosen = Signal(int)

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Steps"))
        self.setFixedHeight(48)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 24, 0)
        row.setSpacing(16)
        self.steps = [StepButton(at + 1, name) for at, name in enumerate(names)]
        for at, step in enumerate(self.steps):
            if at:
                row.addStretch(1)
            row.addWidget(step)
            step.clicked.connect(lambda _=False, at=at: self.chosen.emit(at))
        self._current = 0
        self.set_current(0)

    @property
    def current(self) -> int:
        """Index of the current step."""
        return self._current

    def set_current(self, index: int) -> None:
        """Make `index` the current step; those before it are done."""
        self._current = index
        for at, step in enumerate(self.steps):
            step.set_state("done" if at < index else "current" if at == index else "to come")
