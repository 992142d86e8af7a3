"""A tree of things under their owners, such as objects under their connections."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from desktop.ui.icons import paint_glyph
from desktop.ui.theme import BODY, SMALL, colours, type_font
from desktop.ui.widgets.platform_mark import MARK, paint_mark
from desktop.ui.widgets.rows import CountRole, MarkRole

_ROW = 28
_LEVEL = 18
_Index = QModelIndex | QPersistentModelIndex


class Tree(QTreeView):
    """A tree over any model: ``MarkRole`` draws a platform's mark, ``CountRole`` (text) is at the right."""

    def __init__(self, name: str, model: QAbstractItemModel | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setProperty("surface", "raised")
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setExpandsOnDoubleClick(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setItemDelegate(TreeDelegate(self))
        if model is not None:
            self.setModel(model)

    def drawBranches(self, painter: QPainter, rect: QRect, index: _Index) -> None:
        """Nothing: the rows draw their own caret."""


class TreeDelegate(QStyledItemDelegate):
    """Rows of a :class:`Tree`."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette = colours()
        area = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(palette.colour("accent_tint" if chosen else "line" if palette.dark else "faint_line"))
            painter.drawRoundedRect(area, 6, 6)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setPen(QPen(palette.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 5, 5)
        self._paint_words(painter, area.adjusted(8, 0, -8, 0), index, strong=chosen)
        painter.restore()

    def _paint_words(self, painter: QPainter, area: QRectF, index: _Index, *, strong: bool) -> None:
        palette = colours()
        level = _level(index)
        area.setLeft(area.left() + level * _LEVEL)
        if platform := index.data(MarkRole):
            mark = QRectF(area.left(), area.center().y() - MARK / 2, MARK, MARK)
            paint_mark(painter, mark, platform)
            area.setLeft(mark.right() + 6)
        view = self.parent()
        if isinstance(view, QTreeView) and index.model().hasChildren(index) and not view.isExpanded(index):
            caret = QRectF(area.right() - 12, area.center().y() - 6, 12, 12)
            paint_glyph(painter, caret, "ph.caret-right", palette.colour("muted"))
            area.setRight(caret.left() - 4)
        if count := str(index.data(CountRole) or ""):
            painter.setFont(type_font(SMALL))
            painter.setPen(palette.colour("faint"))
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
            area.setRight(area.right() - painter.fontMetrics().horizontalAdvance(count) - 8)
        weight = QFont.Weight.DemiBold if strong else QFont.Weight.Normal if level else QFont.Weight.Medium
        painter.setFont(type_font(BODY, weight))
        painter.setPen(palette.colour("text"))
        text = str(index.data() or "")
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, _ROW)


def _level(index: _Index) -> int:
    level, parent = 0, index.parent()
    while parent.isValid():
        level, parent = level + 1, parent.parent()
    return level
