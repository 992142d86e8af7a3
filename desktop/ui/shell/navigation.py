"""The navigation at the left: the product's mark, the pages, and Settings at the lower end."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.icons import paint_glyph
from desktop.ui.shell.logo import Logo
from desktop.ui.shell.page import PageEntry
from desktop.ui.text import number
from desktop.ui.theme import BODY, Tone, colours, type_font
from desktop.ui.widgets.buttons import draw_focus_ring, shows_focus
from desktop.ui.widgets.pill import paint_pill, pill_font, pill_width

WIDTH = 200


class NavigationItem(QAbstractButton):
    """One page's entry. Its accessible name is the page's title, its description what the badge counts."""

    def __init__(self, entry: PageEntry, shortcut: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = entry.key
        self._icon_name = entry.icon
        self._count = 0
        self._ring = False
        self.setText(entry.title)
        self.setAccessibleName(entry.title)
        self.setToolTip(f"{entry.title} ({shortcut})" if shortcut else entry.title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def badge(self) -> int:
        """The count shown; 0 where there is none."""
        return self._count

    def set_badge(self, count: int, meaning: str) -> None:
        """Show `count`, which `meaning` says in words."""
        self._count = count
        self.setAccessibleDescription((meaning or number(count)) if count else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 17, 32)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the page; arrows only move, which a group of buttons would take as pressing."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = shows_focus(event.reason(), self._ring)
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked() or self.underMouse():
            hover = "line" if palette.dark else "faint_line"
            painter.setBrush(palette.colour("accent_tint" if self.isChecked() else hover))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        ink = palette.colour("text" if self.isChecked() else "muted")
        paint_glyph(painter, QRectF(12, 8, 16, 16), self._icon_name, ink)
        room = QRect(38, 0, self.width() - 46, self.height())
        if self._count:
            room.setRight(self._paint_badge(painter) - 6)
        painter.setPen(ink)
        painter.setFont(type_font(BODY, QFont.Weight.DemiBold if self.isChecked() else QFont.Weight.Medium))
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        if self._ring and self.hasFocus():
            draw_focus_ring(painter, self, 6.0)

    def _paint_badge(self, painter: QPainter) -> int:
        """Draw the count at the right end; returns where it begins."""
        painter.setFont(pill_font())
        text = number(self._count) if self._count < 1000 else "999+"
        width = pill_width(text, painter.fontMetrics())
        left = self.width() - 12 - width
        paint_pill(painter, QRect(left, 0, width, self.height()), text, Tone.WARNING)
        return left


class Navigation(QFrame):
    """All entries. `chosen` tells the key of the entry that was pressed."""

    chosen = Signal(str)

    def __init__(self, entries: Iterable[PageEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Navigation"))
        self.setProperty("surface", "surface")
        self.setFixedWidth(WIDTH)
        entries = tuple(entries)
        self._items: dict[str, NavigationItem] = {}
        self._group = QButtonGroup(self)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Logo())
        column.addLayout(self._entries([entry for entry in entries if not entry.at_bottom], 0))
        column.addStretch(1)
        bottom = [entry for entry in entries if entry.at_bottom]
        column.addLayout(self._entries(bottom, len(entries) - len(bottom)))
        column.addSpacing(16)
        outer.addLayout(column, 1)
        edge = QFrame()
        edge.setProperty("rule", "line")
        edge.setFixedWidth(1)
        outer.addWidget(edge)

    def _entries(self, entries: list[PageEntry], before: int) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(2)
        for at, entry in enumerate(entries, start=before + 1):
            item = NavigationItem(entry, f"Ctrl+{at}")
            item.clicked.connect(lambda _=False, key=entry.key: self.chosen.emit(key))
            self._group.addButton(item)
            self._items[entry.key] = item
            column.addWidget(item)
        return column

    def item(self, key: str) -> NavigationItem:
        """The entry of page `key`."""
        return self._items[key]

    def set_current(self, key: str) -> None:
        """Mark the entry of the page that is shown."""
        self._items[key].setChecked(True)

    def focus_current(self) -> None:
        """Give the keyboard's focus to the current entry."""
        for item in self._items.values():
            if item.isChecked():
                item.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        items = list(self._items.values())
        focused = next((at for at, item in enumerate(items) if item.hasFocus()), None)
        if focused is None or (step is None and event.key() not in (Qt.Key.Key_Home, Qt.Key.Key_End)):
            super().keyPressEvent(event)
            return
        if step is None:
            target = 0 if event.key() == Qt.Key.Key_Home else len(items) - 1
        else:
            target = (focused + step) % len(items)
        items[target].setFocus(Qt.FocusReason.ShortcutFocusReason)
