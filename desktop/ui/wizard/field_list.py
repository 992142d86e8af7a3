"""A column of fields: names, types, and the values of one real record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QStandardItem,
    QStandardItemModel,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.ui.theme import BODY, SMALL, colours, type_font

ROW = 46
"""Height of a field in pixels."""
_EDGE = 14
_ItemRole = Qt.ItemDataRole.UserRole + 300
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class FieldItem:
    """A field as the column shows it.

    :param kind: its type in words.
    :param sample: its value in the shown record.
    :param unfilled: whether it is required and nothing fills it.
    :param problem: why the value can't arrive; takes the sample's place.
    :param joined: what it is joined to, in words for a screen reader.
    """

    key: str
    label: str
    kind: str
    sample: str = ""
    required: bool = False
    unfilled: bool = False
    problem: str = ""
    joined: str = ""


class FieldDelegate(QStyledItemDelegate):
    """Paints the fields of a :class:`FieldList`."""

    def __init__(self, view: FieldList) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        item: FieldItem = index.data(_ItemRole)
        palette = colours()
        area: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if item.key == self._view.picked or item.key == self._view.offered:
            painter.fillRect(area, palette.colour("accent_tint"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, palette.colour("raised"))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), palette.colour("faint_line"))
        self._words(painter, QRectF(area).adjusted(_EDGE, 4, -_EDGE, -4), item)
        if self._view.hasFocus() and index == self._view.currentIndex():
            painter.setPen(QPen(palette.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(2, 2, -2, -3), 5, 5)
        painter.restore()

    def _words(self, painter: QPainter, inner: QRectF, item: FieldItem) -> None:
        palette = colours()
        small, strong = type_font(SMALL), type_font(BODY, QFont.Weight.Medium)
        value = item.problem or item.sample
        wanted = QFontMetrics(small).horizontalAdvance(value)
        names = QFontMetrics(strong).horizontalAdvance(item.label) + (90 if item.required else 24)
        room = min(wanted, max(inner.width() * 0.36, inner.width() - names))
        left = inner.adjusted(0, 0, -room - 12 if value else 0, 0)
        upper = QRectF(left.left(), left.top(), left.width(), left.height() / 2)
        lower = upper.translated(0, upper.height())
        used = _line(painter, upper, item.label, strong, "text")
        if item.required:
            role = "bad" if item.unfilled else "faint"
            word = self.tr("required")
            _line(painter, upper.adjusted(used + 5, 0, 0, 0), word, small, role)
        _line(painter, lower, item.kind, small, "faint")
        if value:
            place = QRectF(inner.right() - room, inner.top(), room + 1, inner.height())
            _line(painter, place, value, small, "bad" if item.problem else "muted", right=True)
            painter.setPen(palette.colour("text"))

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(200, ROW)


def _line(painter: QPainter, area: QRectF, text: str, font: QFont, role: str, *, right: bool = False) -> float:
    painter.setFont(font)
    painter.setPen(colours().colour(role))
    metrics = QFontMetrics(font)
    plain = text.replace("\n", " ")
    shown = metrics.elidedText(plain, Qt.TextElideMode.ElideRight, max(int(area.width()), 0))
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, shown)
    return metrics.horizontalAdvance(shown)


class FieldList(QListView):
    """The fields of one side, all of them at full height: what is around it scrolls.

    :ivar picked: key of the field that waits to be joined.
    :ivar offered: key of the field over which a line is being dragged.
    """

    picked_key = Signal(str)
    """Enter or Space on a field."""
    remove_key = Signal(str)
    """Delete on a field."""
    cross = Signal()
    """An arrow key towards the other column."""
    escaped = Signal()
    dragged = Signal(str, QPoint)
    """A field is being dragged; where to, in global coordinates."""
    dropped = Signal(str, QPoint)
    current_row = Signal(int)

    def __init__(self, name: str, *, source: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.picked = ""
        self.offered = ""
        self._across = Qt.Key.Key_Right if source else Qt.Key.Key_Left
        self._pressed: QPoint | None = None
        self._dragging = ""
        self._items = QStandardItemModel(self)
        self.setModel(self._items)
        self.setItemDelegate(FieldDelegate(self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTabKeyNavigation(False)
        self.selectionModel().currentChanged.connect(lambda now, _: self.current_row.emit(now.row()))

    def show_fields(self, items: Sequence[FieldItem]) -> None:
        """Show these fields, in this order."""
        current = self.current_key()
        if [self.key(row) for row in range(self._items.rowCount())] != [item.key for item in items]:
            self._items.clear()
            for _ in items:
                self._items.appendRow(QStandardItem())
            self.setFixedHeight(max(len(items), 1) * ROW)
        for row, item in enumerate(items):
            place = self._items.item(row)
            if place.data(_ItemRole) != item:
                place.setText(item.label)
                place.setData(_spoken(item, self.tr("required")), Qt.ItemDataRole.AccessibleTextRole)
                place.setData(item.problem or item.sample, Qt.ItemDataRole.ToolTipRole)
                place.setData(item, _ItemRole)
        if current:
            self.choose(current)
        elif items:
            self.setCurrentIndex(self._items.index(0, 0))

    def key(self, row: int) -> str:
        """Key of the field in a row."""
        item: FieldItem | None = self._items.item(row).data(_ItemRole)
        return item.key if item else ""

    def row_of(self, key: str) -> int:
        """Row of the field with that key, -1 where there is none."""
        return next((row for row in range(self._items.rowCount()) if self.key(row) == key), -1)

    def current_key(self) -> str:
        """Key of the current field, blank for none."""
        index = self.currentIndex()
        return self.key(index.row()) if index.isValid() else ""

    def choose(self, key: str) -> None:
        """Make the field with that key current."""
        row = self.row_of(key)
        if row >= 0:
            self.setCurrentIndex(self._items.index(row, 0))

    def key_at(self, position: QPoint) -> str:
        """Key of the field at a place in global coordinates, blank for none."""
        index = self.indexAt(self.viewport().mapFromGlobal(position))
        return self.key(index.row()) if index.isValid() else ""

    def mark(self, *, picked: str | None = None, offered: str | None = None) -> None:
        """Show which field waits, or would be joined now."""
        self.picked = self.picked if picked is None else picked
        self.offered = self.offered if offered is None else offered
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, current = event.key(), self.current_key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and current:
            self.picked_key.emit(current)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and current:
            self.remove_key.emit(current)
        elif key == self._across:
            self.cross.emit()
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            super().mouseMoveEvent(event)
            return
        if not self._dragging:
            far = (event.position().toPoint() - self._pressed).manhattanLength()
            start = self.indexAt(self._pressed)
            if far >= QApplication.startDragDistance() and start.isValid():
                self._dragging = self.key(start.row())
        if self._dragging:
            self.dragged.emit(self._dragging, event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        key, self._dragging, self._pressed = self._dragging, "", None
        if key:
            self.dropped.emit(key, event.globalPosition().toPoint())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _spoken(item: FieldItem, required: str) -> str:
    parts = (item.label, item.kind, required if item.required else "", item.problem or item.sample, item.joined)
    return ", ".join(part for part in parts if part)
