"""The table of changes: each record with its fields one below the other, old values struck through."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.ui.syncs.changes_model import ACTION, FIELD, RECORD, VALUES, ChangeCells, Line, LinesRole
from desktop.ui.syncs.columns import Share, SharedColumns
from desktop.ui.syncs.paged import PagedModel
from desktop.ui.theme import BODY, SMALL, Tone, colours, type_font
from desktop.ui.widgets.pill import PILL_HEIGHT, paint_pill, pill_font
from desktop.ui.widgets.rows import PillRole
from desktop.ui.widgets.table import Table
from desktop.workspace.views import ChangeView

_Index = QModelIndex | QPersistentModelIndex
_LINE = 20
_EDGE = 11
_SIDE = 12
_ACTION = Share(0.11, 84, 110)
_ACTION_AND_PLACE = Share(0.17, 96, 240)
"""Where changes went both ways, each says to which place."""


class ChangeDelegate(QStyledItemDelegate):
    """Paints the cells of the table of changes."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette = colours()
        area: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, palette.colour("accent_tint"))
        elif getattr(self.parent(), "hovered_row", -1) == index.row():
            painter.fillRect(area, palette.colour("raised"))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), palette.colour("line"))
        inner = area.adjusted(_SIDE, _EDGE, -_SIDE, -_EDGE)
        self._content(painter, inner, index)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(palette.colour("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(1.5, 1.5, -1.5, -2.5), 4, 4)
        painter.restore()

    def _content(self, painter: QPainter, inner: QRect, index: _Index) -> None:
        first = QRect(inner.left(), inner.top(), inner.width(), _LINE)
        if index.column() == RECORD:
            _words(painter, first, str(index.data() or ""), "text", type_font(BODY, QFont.Weight.Medium))
        elif index.column() == ACTION:
            tone = index.data(PillRole)
            if tone is not None:
                painter.setFont(pill_font())
                pill = QRect(inner.left(), inner.top(), inner.width(), PILL_HEIGHT)
                paint_pill(painter, pill, str(index.data() or ""), Tone(tone))
        else:
            lines: list[Line] = index.data(LinesRole) or []
            for at, line in enumerate(lines):
                row = first.translated(0, at * _LINE)
                if index.column() == FIELD:
                    _words(painter, row, line.field, "muted", type_font(SMALL))
                else:
                    _values(painter, row, line)


def _words(painter: QPainter, area: QRect, text: str, role: str, font: QFont) -> int:
    """Draw one line, shortened where there is no room; returns its width."""
    painter.setFont(font)
    painter.setPen(colours().colour(role))
    metrics = QFontMetrics(font)
    plain = text.replace("\n", " ")
    shown = metrics.elidedText(plain, Qt.TextElideMode.ElideRight, max(area.width(), 0))
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    return metrics.horizontalAdvance(shown)


def _values(painter: QPainter, area: QRect, line: Line) -> None:
    font = type_font(SMALL)
    if line.remark:
        _words(painter, area, line.remark, "faint" if line.tone is Tone.NEUTRAL else line.tone.value, font)
        return
    left = area.left()
    if line.before:
        struck = QFont(font)
        struck.setStrikeOut(True)
        room = QRect(left, area.top(), area.width() // 2 if line.after else area.width(), area.height())
        left += _words(painter, room, line.before, "bad", struck) + 4
    if line.after:
        _words(painter, area.adjusted(left - area.left(), 0, 0, 0), line.after, "good", font)


class ChangesTable(Table):
    """Changes of one run. Enter on a change shows all of its fields, or the first ones only again."""

    def __init__(
        self, name: str, model: PagedModel[ChangeView], cells: ChangeCells, parent: QWidget | None = None
    ) -> None:
        super().__init__(name, model, parent)
        self._changes = model
        self._cells = cells
        self.setItemDelegate(ChangeDelegate(self))
        shares = {RECORD: Share(0.2, 96, 260), ACTION: _ACTION, FIELD: Share(0.18, 90, 220)}
        self._columns = SharedColumns(self, shares, rest=VALUES)
        self.verticalHeader().setDefaultSectionSize(_LINE + 2 * _EDGE + 1)
        model.loaded.connect(self._fit)
        model.modelReset.connect(lambda: self._columns.set_share(ACTION, _ACTION))
        self.activated_row.connect(self._unfold)

    def _fit(self, first: int, after: int) -> None:
        loaded = (self._changes.item(row) for row in range(first, after))
        if any(change is not None and change.place for change in loaded):
            self._columns.set_share(ACTION, _ACTION_AND_PLACE)
        for row in range(first, after):
            self._fit_row(row)

    def _fit_row(self, row: int) -> None:
        change = self._changes.item(row)
        if change is None:
            return
        height = max(self._cells.line_count(change), 1) * _LINE + 2 * _EDGE + 1
        if self.rowHeight(row) != height:
            self.setRowHeight(row, height)

    def _unfold(self, row: int) -> None:
        change = self._changes.item(row)
        if change is None:
            return
        self._cells.unfolded ^= {change.id}
        self._fit_row(row)
        model = self.model()
        model.dataChanged.emit(model.index(row, 0), model.index(row, VALUES))
