"""How rows and headers are painted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from desktop.ui.theme import BODY, SMALL, Tone, colours, type_font
from desktop.ui.widgets.pill import paint_pill, pill_font, pill_width
from desktop.ui.widgets.platform_mark import MARK, paint_mark

KeyRole = Qt.ItemDataRole.UserRole + 100
"""What the item stands for."""
PillRole = Qt.ItemDataRole.UserRole + 101
"""A :class:`Tone`: the text is drawn as a pill of that tint."""
ToneRole = Qt.ItemDataRole.UserRole + 102
"""A :class:`Tone`: the text (of a two-line item: its second line) is drawn in that colour."""
SecondLineRole = Qt.ItemDataRole.UserRole + 103
"""The second line of a list's item."""
MarkRole = Qt.ItemDataRole.UserRole + 104
"""A platform's key: its mark is drawn before the text."""
CountRole = Qt.ItemDataRole.UserRole + 105
"""How many, as text: stands at the right of a tree's item."""
CellRole = Qt.ItemDataRole.UserRole + 106
"""A :class:`Cell`: all that a cell shows in one answer, for models in which each question costs time."""

_Index = QModelIndex | QPersistentModelIndex
_PADDING = 12
_MARGIN = 4
_LONGEST = 200
"""Characters of a text that count for a column's width."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell of a table shows.

    :param right: aligned to the right, as numbers are.
    :param pill: the text is a pill of that tint.
    :param tone: the text's colour.
    :param mark: key of the platform whose mark stands before the text.
    :param checked: the cell is a box, ticked or not; None where it is text.
    """

    text: str = ""
    right: bool = False
    pill: Tone | None = None
    tone: Tone | None = None
    mark: str = ""
    checked: bool | None = None


def _cell(index: _Index) -> Cell:
    """The cell's :class:`Cell`, or one made of what the model says role by role."""
    cell = index.data(CellRole)
    if cell is not None:
        return cell
    alignment = index.data(Qt.ItemDataRole.TextAlignmentRole)
    checked = index.data(Qt.ItemDataRole.CheckStateRole)
    text = index.data(Qt.ItemDataRole.DisplayRole)
    return Cell(
        text="" if text is None else str(text),
        right=alignment is not None and bool(int(alignment) & int(Qt.AlignmentFlag.AlignRight)),
        pill=index.data(PillRole),
        tone=index.data(ToneRole),
        mark=index.data(MarkRole) or "",
        checked=None if checked is None else Qt.CheckState(checked) == Qt.CheckState.Checked,
    )


class RowDelegate(QStyledItemDelegate):
    """Cells of a :class:`desktop.ui.widgets.table.Table`."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette = colours()
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        view = self.parent()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, palette.colour("accent_tint"))
        elif getattr(view, "hovered_row", -1) == index.row():
            painter.fillRect(area, palette.colour("raised"))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), palette.colour("faint_line"))
        cell = _cell(index)
        if cell.checked is None:
            self._paint_text(painter, area, cell)
        else:
            self._paint_check(painter, area, checked=cell.checked)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(palette.colour("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(1.5, 1.5, -1.5, -2.5), 4, 4)

    def _paint_text(self, painter: QPainter, area: QRect, cell: Cell) -> None:
        inner = area.adjusted(_PADDING, 0, -_PADDING, -1)
        if cell.mark:
            paint_mark(painter, QRect(inner.left(), inner.center().y() - MARK // 2 + 1, MARK, MARK), cell.mark)
            inner.setLeft(inner.left() + MARK + 6)
        if not cell.text:
            return
        painter.save()
        if cell.pill is not None:
            painter.setFont(pill_font())
            paint_pill(painter, inner, cell.text, Tone(cell.pill))
        else:
            painter.setPen(_ink(cell.tone))
            painter.setFont(type_font(BODY))
            metrics = painter.fontMetrics()
            shown = "\n".join(broken(_one_line(cell.text), metrics, inner.width(), inner.height() - 2 * _MARGIN))
            side = Qt.AlignmentFlag.AlignRight if cell.right else Qt.AlignmentFlag.AlignLeft
            painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def _paint_check(self, painter: QPainter, area: QRect, *, checked: bool) -> None:
        from desktop.ui.icons import paint_glyph

        palette = colours()
        box = QRectF(area.left() + _PADDING + 0.5, area.center().y() - 6.5, 13, 13)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(palette.colour("accent" if checked else "line"))
        painter.setBrush(palette.colour("accent" if checked else "surface"))
        painter.drawRoundedRect(box, 4, 4)
        if checked:
            paint_glyph(painter, box.adjusted(1.5, 1.5, -1.5, -1.5), "ph.check-bold", palette.colour("on_accent"))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        cell = _cell(index)
        text = _one_line(cell.text)[:_LONGEST]
        if cell.pill is not None:
            width = pill_width(text, QFontMetrics(pill_font()))
        else:
            width = QFontMetrics(type_font(BODY)).horizontalAdvance(text)
        mark = MARK + 6 if cell.mark else 0
        return QSize(width + mark + 2 * _PADDING + 2, 33)


def broken(text: str, metrics: QFontMetrics, width: int, height: int) -> list[str]:
    """The lines of a text in an area of so many pixels: broken between words, the last one shortened."""
    lines: list[str] = []
    words = text.split(" ")
    while (len(lines) + 2) * metrics.lineSpacing() <= height and metrics.horizontalAdvance(" ".join(words)) > width:
        taken = 1
        while metrics.horizontalAdvance(" ".join(words[: taken + 1])) <= width:
            taken += 1
        lines.append(" ".join(words[:taken]))
        words = words[taken:]
    lines += [" ".join(words)] if words else []
    return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines]


def _ink(tone: Tone | None) -> QColor:
    return colours().colour("text") if tone is None else Tone(tone).colours(colours())[0]


def _one_line(text: str) -> str:
    return text.replace("\n", " ") if "\n" in text else text


class TableHeader(QHeaderView):
    """A table's head: quiet names, an arrow at the sorted column."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self.setHighlightSections(False)
        self.setSectionsClickable(True)
        self.setStretchLastSection(True)
        self.setMinimumSectionSize(40)
        self.setFixedHeight(35)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        palette = colours()
        painter.save()
        painter.fillRect(rect, palette.colour("raised"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), palette.colour("line"))
        model = self.model()
        role = Qt.ItemDataRole
        text = str(model.headerData(logicalIndex, Qt.Orientation.Horizontal, role.DisplayRole) or "")
        alignment = model.headerData(logicalIndex, Qt.Orientation.Horizontal, role.TextAlignmentRole)
        flags = int(alignment) if alignment is not None else int(self.defaultAlignment())
        inner = rect.adjusted(_PADDING, 0, -_PADDING, -1)
        painter.setFont(type_font(SMALL, QFont.Weight.Medium))
        painter.setPen(palette.colour("muted"))
        if self.isSortIndicatorShown() and self.sortIndicatorSection() == logicalIndex:
            text += " ↑" if self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder else " ↓"
            painter.setPen(palette.colour("text"))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        vertical = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(inner, (flags & int(Qt.AlignmentFlag.AlignHorizontal_Mask)) | vertical, shown)
        painter.restore()

    def sectionSizeFromContents(self, logicalIndex: int) -> QSize:
        size = super().sectionSizeFromContents(logicalIndex)
        return QSize(size.width() + 16, 35)


class TwoLineDelegate(QStyledItemDelegate):
    """Items of a :class:`desktop.ui.widgets.table.ItemList`."""

    HEIGHT = 56

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette = colours()
        area = QRectF(option.rect).adjusted(8, 0, -8, 0)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen:
            painter.setBrush(palette.colour("accent_tint"))
            painter.drawRoundedRect(area, 6, 6)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(palette.colour("line" if palette.dark else "faint_line"))
            painter.drawRoundedRect(area, 6, 6)
        if state & QStyle.StateFlag.State_HasFocus and _keyboard(option):
            painter.setPen(QPen(palette.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 5, 5)
        inner = area.adjusted(10, 8, -10, -8)
        half = inner.height() / 2
        upper = QRectF(inner.left(), inner.top(), inner.width(), half)
        lower = QRectF(inner.left(), inner.top() + half, inner.width(), half)
        weight = QFont.Weight.DemiBold if chosen else QFont.Weight.Medium
        self._line(painter, upper, str(index.data() or ""), type_font(BODY, weight), palette.colour("text"))
        self._line(painter, lower, str(index.data(SecondLineRole) or ""), type_font(SMALL), _second_ink(index))
        painter.restore()

    @staticmethod
    def _line(painter: QPainter, area: QRectF, text: str, font: QFont, ink: QColor) -> None:
        painter.setFont(font)
        painter.setPen(ink)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(160, self.HEIGHT)


def _second_ink(index: _Index) -> QColor:
    return Tone(index.data(ToneRole) or Tone.NEUTRAL).colours(colours())[0]


def _keyboard(option: QStyleOptionViewItem) -> bool:
    state: QStyle.StateFlag = option.state
    return bool(state & QStyle.StateFlag.State_KeyboardFocusChange)
