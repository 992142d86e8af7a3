"""Labels in the window's type sizes, and labels that shorten themselves."""

from __future__ import annotations

from html import escape
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QWidget

LabelRole = Literal["title", "heading", "strong", "body", "muted", "small", "faint", "side", "error", "edited"]


def plain_tip(text: str) -> str:
    """`text` as a tool tip that shows it as it is, also where Qt would take it for HTML."""
    return f"<span>{escape(text)}</span>" if "<" in text or "&" in text else text


class Label(QLabel):
    """Plain text in one of the type roles.

    :param wrap: break into lines where it is too long.
    """

    def __init__(
        self, text: str = "", role: LabelRole = "body", *, wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setProperty("role", role)

    def set_role(self, role: LabelRole) -> None:
        """Change what kind of text it is."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)


class ElidedLabel(Label):
    """One line that is shortened with an ellipsis where there is no room; the whole text is its tool tip."""

    def __init__(self, text: str = "", role: LabelRole = "body", parent: QWidget | None = None) -> None:
        super().__init__(text, role, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), self.fontMetrics().averageCharWidth() * 4), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        area = self.contentsRect()
        shown = self.text()
        metrics = QFontMetrics(self.font())
        if metrics.horizontalAdvance(shown) > area.width():
            shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, area.width())
        tip = plain_tip(self.text()) if shown != self.text() else ""
        if self.toolTip() != tip:
            self.setToolTip(tip)
        alignment = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        painter.setPen(option.palette.windowText().color())
        painter.drawText(area, int(alignment) | int(Qt.TextFlag.TextSingleLine), shown)
