"""The drawing of a mapping: fields at the left and right, and the lines that join them between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.domain.compatibility import Fit
from desktop.domain.mapping import FieldPair
from desktop.ui.theme import SMALL, colours, type_font
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.label import ElidedLabel
from desktop.ui.widgets.platform_mark import PlatformMark
from desktop.ui.wizard.field_list import ROW, FieldItem, FieldList

_GAP = 160
_GAP_NARROW = 72
_HEAD = 42
_DISC = 22
_PLACES = (0.5, 0.32, 0.68, 0.2, 0.8, 0.42, 0.58)
_SYMBOLS = {Fit.EXACT: "=", Fit.TRANSFORM: "ƒ", Fit.LOSSY: "!", Fit.IMPOSSIBLE: "✕"}
_INKS = {Fit.EXACT: "accent", Fit.TRANSFORM: "accent", Fit.LOSSY: "warning", Fit.IMPOSSIBLE: "bad"}


@dataclass(frozen=True, slots=True)
class LineItem:
    """A line as it is drawn; `name` says in words what it joins, `meaning` how well."""

    pair: FieldPair
    source: str
    target: str
    fit: Fit
    name: str
    meaning: str


class LineButton(QAbstractButton):
    """The symbol on a line. Enter opens its editor, Delete removes the line."""

    removed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._fit = Fit.EXACT
        self.chosen = False
        self.setFixedSize(_DISC, _DISC)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_line(self, line: LineItem, *, chosen: bool) -> None:
        """Stand for this line."""
        self._fit, self.chosen = line.fit, chosen
        self.setText(_SYMBOLS[line.fit])
        self.setAccessibleName(line.name)
        self.setAccessibleDescription(line.meaning)
        self.setToolTip(f"{line.name}\n{line.meaning}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_DISC, _DISC)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self.chosen or self.hasFocus() or self.underMouse()
        quiet = self._fit in (Fit.EXACT, Fit.TRANSFORM)
        painter.setPen(QPen(palette.colour("accent" if marked else "line"), 2 if marked else 1))
        painter.setBrush(palette.colour("surface"))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5))
        painter.setPen(palette.colour("muted" if quiet else _INKS[self._fit]))
        painter.setFont(type_font(SMALL, QFont.Weight.Medium))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class LineLayer(QWidget):
    """The space between the columns, with the lines."""

    opened = Signal(object)
    removed = Signal(object)

    def __init__(self, canvas: MappingCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._lines: list[LineItem] = []
        self._chosen: FieldPair | None = None
        self._buttons: list[LineButton] = []
        self._loose: tuple[QPointF, QPointF] | None = None
        self.setMinimumWidth(_GAP_NARROW)
        self.setMaximumWidth(_GAP)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_lines(self, lines: Sequence[LineItem], chosen: FieldPair | None) -> None:
        """Draw these lines; the chosen one stands out."""
        self._lines, self._chosen = list(lines), chosen
        while len(self._buttons) < len(lines):
            self._buttons.append(self._button(len(self._buttons)))
        while len(self._buttons) > len(lines):
            button = self._buttons.pop()
            button.hide()
            button.deleteLater()
        for button, line in zip(self._buttons, self._lines, strict=True):
            button.show_line(line, chosen=_same(line.pair, chosen))
        self.arrange()

    def _button(self, at: int) -> LineButton:
        button = LineButton(self)
        button.clicked.connect(lambda: self.opened.emit(self._lines[at].pair))
        button.removed.connect(lambda: self.removed.emit(self._lines[at].pair))
        return button

    def focus_line(self, pair: FieldPair) -> None:
        """Put the keyboard's focus on a line's symbol."""
        for button, line in zip(self._buttons, self._lines, strict=True):
            if _same(line.pair, pair):
                button.setFocus()

    def drag(self, ends: tuple[QPointF, QPointF] | None) -> None:
        """Draw the line that is being dragged, or none."""
        self._loose = ends
        self.update()

    def arrange(self) -> None:
        """Put the symbols onto their lines, none upon another."""
        taken: list[QPointF] = []
        for button, line in zip(self._buttons, self._lines, strict=True):
            start, end = self._ends(line)
            spots = [_curve(start, end).pointAtPercent(share) for share in _PLACES]
            free = (spot for spot in spots if all(_apart(spot, other) for other in taken))
            spot = next(free, spots[0])
            taken.append(spot)
            button.move(round(spot.x() - _DISC / 2), round(spot.y() - _DISC / 2))
            button.setVisible(start.y() > 0 and end.y() > 0)
        self.update()

    def _ends(self, line: LineItem) -> tuple[QPointF, QPointF]:
        return (
            QPointF(0, self._canvas.height_of(line.source, source=True)),
            QPointF(self.width(), self._canvas.height_of(line.target, source=False)),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line in self._lines:
            start, end = self._ends(line)
            if start.y() <= 0 or end.y() <= 0:
                continue
            ink = colours().colour(_INKS[line.fit])
            chosen = _same(line.pair, self._chosen)
            ink.setAlphaF(1.0 if chosen else 0.8)
            painter.setPen(QPen(ink, 3 if chosen else 2))
            painter.drawPath(_curve(start, end))
        if self._loose is not None:
            painter.setPen(QPen(colours().colour("accent"), 2, Qt.PenStyle.DashLine))
            painter.drawPath(_curve(*self._loose))


def _same(one: FieldPair, other: FieldPair | None) -> bool:
    return other is not None and (one.left, one.right) == (other.left, other.right)


def _apart(one: QPointF, other: QPointF) -> bool:
    return abs(one.x() - other.x()) >= _DISC or abs(one.y() - other.y()) >= _DISC


def _curve(start: QPointF, end: QPointF) -> QPainterPath:
    bend = (end.x() - start.x()) / 2
    path = QPainterPath(start)
    path.cubicTo(QPointF(start.x() + bend, start.y()), QPointF(end.x() - bend, end.y()), end)
    return path


class _Column(QFrame):
    """A card with a heading and a list of fields."""

    def __init__(self, fields: FieldList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 8)
        column.setSpacing(0)
        head = QWidget()
        head.setFixedHeight(_HEAD)
        self._row = QHBoxLayout(head)
        self._row.setContentsMargins(14, 0, 14, 0)
        self._row.setSpacing(6)
        self._mark: PlatformMark | None = None
        self._title = ElidedLabel("", "strong")
        self._row.addWidget(self._title, 1)
        column.addWidget(head)
        column.addWidget(hairline())
        column.addWidget(fields)
        column.addStretch(1)

    def show_head(self, platform: str, title: str) -> None:
        """Name the side."""
        if self._mark is not None:
            self._mark.hide()
            self._mark.deleteLater()
        self._mark = PlatformMark(platform)
        self._row.insertWidget(0, self._mark)
        self._title.setText(title)


class MappingCanvas(QWidget):
    """Joins fields: by Enter on one and then on the other, or by dragging from one to the other."""

    joined = Signal(str, str)
    """Source and target key that the operator wants joined."""
    opened = Signal(object)
    removed = Signal(object)
    seen = Signal(QRectF)
    """The part that should be scrolled into view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = FieldList("", source=True)
        self.target = FieldList("", source=False)
        self._source_column, self._target_column = _Column(self.source), _Column(self.target)
        self.lines = LineLayer(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._source_column, 3)
        row.addWidget(self.lines, 1)
        row.addWidget(self._target_column, 3)
        self._items: list[LineItem] = []
        self.lines.opened.connect(self.opened)
        self.lines.removed.connect(self.removed)
        for box, other in ((self.source, self.target), (self.target, self.source)):
            box.picked_key.connect(self._picker(box, other))
            box.remove_key.connect(self._remover(box))
            box.cross.connect(other.setFocus)
            box.escaped.connect(self.let_go)
            box.dragged.connect(self._dragger(box, other))
            box.dropped.connect(self._dropper(box, other))
            box.current_row.connect(lambda row, box=box: self._show_row(box, row))

    def show_sides(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Name the sides: platform key and title of each."""
        for column, box, (platform, title) in (
            (self._source_column, self.source, source),
            (self._target_column, self.target, target),
        ):
            column.show_head(platform, title)
            box.setAccessibleName(title)

    def show_mapping(
        self,
        sources: Sequence[FieldItem],
        targets: Sequence[FieldItem],
        lines: Sequence[LineItem],
        chosen: FieldPair | None,
    ) -> None:
        """Show the fields and the lines between them."""
        self.source.show_fields(sources)
        self.target.show_fields(targets)
        self._items = list(lines)
        self.lines.show_lines(lines, chosen)

    def height_of(self, key: str, *, source: bool) -> float:
        """Where a field's middle is, in the layer's coordinates; 0 where it is not shown."""
        row = (self.source if source else self.target).row_of(key)
        return _HEAD + 2 + row * ROW + ROW / 2 if row >= 0 else 0.0

    def let_go(self) -> None:
        """Nothing waits to be joined any more."""
        self.source.mark(picked="", offered="")
        self.target.mark(picked="", offered="")
        self.lines.drag(None)

    def _picker(self, box: FieldList, other: FieldList):
        def pick(key: str) -> None:
            if other.picked:
                source, target = (key, other.picked) if box is self.source else (other.picked, key)
                self.let_go()
                self.joined.emit(source, target)
                return
            box.mark(picked="" if box.picked == key else key)
            if box.picked:
                self._lead_to_partner(box, other, key)
                other.setFocus()

        return pick

    def _lead_to_partner(self, box: FieldList, other: FieldList, key: str) -> None:
        for line in self._items:
            mine, theirs = (line.source, line.target) if box is self.source else (line.target, line.source)
            if mine == key:
                other.choose(theirs)
                return

    def _remover(self, box: FieldList):
        def remove(key: str) -> None:
            for line in self._items:
                if key == (line.source if box is self.source else line.target):
                    self.removed.emit(line.pair)

        return remove

    def _dragger(self, box: FieldList, other: FieldList):
        def drag(key: str, position: QPoint) -> None:
            box.mark(picked=key)
            other.mark(offered=other.key_at(position))
            start = QPointF(
                0 if box is self.source else self.lines.width(), self.height_of(key, source=box is self.source)
            )
            end = QPointF(self.lines.mapFromGlobal(position))
            self.lines.drag((start, end) if box is self.source else (end, start))

        return drag

    def _dropper(self, box: FieldList, other: FieldList):
        def drop(key: str, position: QPoint) -> None:
            over = other.key_at(position)
            self.let_go()
            if over:
                source, target = (key, over) if box is self.source else (over, key)
                self.joined.emit(source, target)

        return drop

    def _show_row(self, box: FieldList, row: int) -> None:
        if row >= 0 and box.hasFocus():
            self.seen.emit(QRectF(0, _HEAD + row * ROW, 10, ROW))

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.lines.arrange()
