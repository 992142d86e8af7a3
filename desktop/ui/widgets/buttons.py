"""Buttons: primary, plain, quiet, link, danger. Focus by keyboard shows as a ring, by mouse it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from desktop.ui.theme import colours, icon

ButtonKind = Literal["plain", "primary", "quiet", "link", "danger", "destructive"]

_UNCHANGED = {Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason}


def shows_focus(reason: Qt.FocusReason, before: bool) -> bool:
    """Whether focus that came for `reason` is to be seen; coming back to the window leaves it as it was."""
    return before if reason in _UNCHANGED else reason != Qt.FocusReason.MouseFocusReason


def draw_focus_ring(painter: QPainter, widget: QWidget, radius: float, *, inside: bool = False) -> None:
    """A line in the accent along the edge of `widget`, or inside it where its own colour is the accent."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    gap = 3.0 if inside else 1.0
    painter.setPen(QPen(colours().colour("on_accent" if inside else "accent"), 1.5 if inside else 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    area = QRectF(widget.rect()).adjusted(gap, gap, -gap, -gap)
    painter.drawRoundedRect(area, radius - gap / 2, radius - gap / 2)


class Button(QPushButton):
    """A push button whose accessible name is its label.

    :param kind: ``primary`` once a view, for what it is there for; ``quiet`` for lesser acts; ``link`` within
        text; ``danger`` opens something destructive, ``destructive`` does it.
    """

    def __init__(
        self,
        text: str,
        kind: ButtonKind = "plain",
        *,
        clicked: Callable[[], object] | None = None,
        icon_name: str = "",
        compact: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._kind = kind
        self._ring = False
        self.setProperty("kind", kind)
        self.setProperty("compact", compact)
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        if icon_name:
            role = {"primary": "on_accent", "destructive": "on_accent", "danger": "bad", "link": "accent"}
            self.setIcon(icon(icon_name, role.get(kind, "muted")))
            self.setIconSize(QSize(16, 16))
        if clicked is not None:
            self.clicked.connect(lambda: clicked())

    def set_label(self, text: str) -> None:
        """Change the text and the accessible name with it."""
        self.setText(text)
        self.setAccessibleName(text)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = shows_focus(event.reason(), self._ring)
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.width() < self.sizeHint().width():
            self._paint_shortened()
        else:
            super().paintEvent(event)
        if self._ring and self.hasFocus():
            painter = QPainter(self)
            filled = self._kind in ("primary", "destructive")
            draw_focus_ring(painter, self, 4.0 if self._kind == "link" else 6.0, inside=filled)

    def _paint_shortened(self) -> None:
        """Paint with an ellipsis where there is too little room; the tool tip then has the whole label."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.width() - (self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text()))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, max(room, 1))
        option.text = shown
        if not self.toolTip():
            self.setToolTip(self.text())
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)


class IconButton(QToolButton):
    """A small button with an icon alone; `name` is its accessible name and tool tip."""

    def __init__(
        self,
        icon_name: str,
        name: str,
        *,
        clicked: Callable[[], object] | None = None,
        role: str = "muted",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ring = False
        self.setIcon(icon(icon_name, role))
        self.setIconSize(QSize(16, 16))
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if clicked is not None:
            self.clicked.connect(lambda: clicked())

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = shows_focus(event.reason(), self._ring)
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ring and self.hasFocus():
            draw_focus_ring(QPainter(self), self, 6.0)


def primary(text: str, clicked: Callable[[], object] | None = None, compact: bool = False) -> Button:
    """The one button that the view is there for."""
    return Button(text, "primary", clicked=clicked, compact=compact)


def plain(text: str, clicked: Callable[[], object] | None = None, compact: bool = False) -> Button:
    """An ordinary button."""
    return Button(text, "plain", clicked=clicked, compact=compact)


def quiet(text: str, clicked: Callable[[], object] | None = None, compact: bool = False) -> Button:
    """A lesser act: text without a frame."""
    return Button(text, "quiet", clicked=clicked, compact=compact)


def link(text: str, clicked: Callable[[], object] | None = None) -> Button:
    """A button that looks like a link, for use within or after text."""
    return Button(text, "link", clicked=clicked)


def danger(text: str, clicked: Callable[[], object] | None = None, compact: bool = False) -> Button:
    """Leads to something that destroys."""
    return Button(text, "danger", clicked=clicked, compact=compact)


def set_icon(button: QAbstractButton, name: str, role: str = "muted") -> None:
    """Give `button` the icon `name` in the colour of `role`."""
    button.setIcon(icon(name, role) if name else QIcon())
    button.setIconSize(QSize(16, 16))
