"""The grid of records: rows with a box, columns to choose, order by a click on their head."""

from __future__ import annotations

from functools import partial
from itertools import islice

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QHeaderView, QMenu, QTableView, QWidget

from desktop.ui.data.columns import Columns, default_columns, width_of
from desktop.ui.data.grid_model import RecordsModel
from desktop.ui.theme import BODY, colours, type_font
from desktop.ui.widgets.table import Table

_BOX = 14
_BOXES = 38
MOST_COPIED = 5000
"""Records that are copied at once."""
_REMEMBERED = 200
"""Selected records that are found again after a read."""


def _paint_box(painter: QPainter, area: QRect, *, ticked: bool, partly: bool = False) -> None:
    from desktop.ui.icons import paint_glyph

    palette = colours()
    filled = ticked or partly
    box = QRectF(area.left() + 12.5, area.center().y() - _BOX / 2 + 0.5, _BOX - 1, _BOX - 1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(palette.colour("accent" if filled else "line"))
    painter.setBrush(palette.colour("accent" if filled else "surface"))
    painter.drawRoundedRect(box, 4, 4)
    if filled:
        mark = "ph.check-bold" if ticked else "ph.minus-bold"
        paint_glyph(painter, box.adjusted(1.5, 1.5, -1.5, -1.5), mark, palette.colour("on_accent"))


class RowBoxes(QHeaderView):
    """A box before each row: ticked where the row is selected. A click ticks one more."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(Qt.Orientation.Vertical, view)
        self._view = view
        self.setSectionsClickable(False)
        self.setFixedWidth(_BOXES)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        return QSize(_BOXES, 0)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        palette = colours()
        selection = self._view.selectionModel()
        ticked = selection is not None and selection.isRowSelected(logicalIndex)
        painter.save()
        painter.fillRect(rect, palette.colour("accent_tint" if ticked else "surface"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), palette.colour("faint_line"))
        _paint_box(painter, rect, ticked=ticked)
        painter.restore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.logicalIndexAt(event.position().toPoint())
        if row < 0 or event.button() != Qt.MouseButton.LeftButton:
            return
        flag = QItemSelectionModel.SelectionFlag
        index = self._view.model().index(row, 0)
        self._view.selectionModel().select(index, flag.Toggle | flag.Rows)
        self._view.setFocus()


class AllBox(QAbstractButton):
    """The box above the rows' boxes: selects all records, or none."""

    def __init__(self, view: RecordsGrid) -> None:
        super().__init__(view)
        self._view = view
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Select all records"))
        self.setToolTip(self.accessibleName())
        self.clicked.connect(self._toggle)

    def _toggle(self) -> None:
        if self._view.selected_count():
            self._view.clearSelection()
        else:
            self._view.selectAll()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = colours()
        painter.fillRect(self.rect(), palette.colour("raised"))
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), palette.colour("line"))
        count = self._view.selected_count()
        total = self._view.model().rowCount()
        _paint_box(painter, self.rect(), ticked=0 < total == count, partly=0 < count < total)


class RecordsGrid(Table):
    """Shows a :class:`RecordsModel`. The current row is the record in the form; several rows can be selected."""

    record_chosen = Signal(object)
    """The current row's :class:`Record` became known, or another row became current."""
    opened = Signal()
    """Enter or a double click: go to the form."""
    sorted_by = Signal(str, bool)
    """Order by the field of that key (blank for none), descending or not."""
    selection_changed = Signal(int)
    columns_changed = Signal(object)
    rows_copied = Signal(list)
    """Several rows are to be copied as text."""
    menu_wanted = Signal(object)
    """A context menu is about to open: the :class:`QMenu`, for others to add to."""

    def __init__(self, name: str, model: RecordsModel, parent: QWidget | None = None) -> None:
        super().__init__(name, parent=parent)
        self._model = model
        self._chosen = ""
        self._awaited = -1
        self._laid_out = False
        boxes = RowBoxes(self)
        self.setVerticalHeader(boxes)
        boxes.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        boxes.setDefaultSectionSize(33)
        boxes.setMinimumSectionSize(33)
        self._all = AllBox(self)
        self._all.setGeometry(0, 0, _BOXES, self.horizontalHeader().height())
        self.setModel(model)
        head = self.horizontalHeader()
        head.setSectionsMovable(True)
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(self._head_menu)
        head.sectionClicked.connect(self._head_clicked)
        head.sectionMoved.connect(lambda *_: self._columns_left())
        head.sectionResized.connect(lambda *_: self._columns_left())
        self.activated_row.connect(lambda _: self.opened.emit())
        model.page_arrived.connect(self._page_arrived)
        model.modelAboutToBeReset.connect(self._unsettle)
        model.modelReset.connect(self._reset)
        self._reset()

    def setModel(self, model) -> None:
        super().setModel(model)
        self.selectionModel().currentRowChanged.connect(self._row_changed)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.verticalHeader().viewport().update()
        self._all.update()
        self.selection_changed.emit(self.selected_count())

    def _selected_spans(self) -> list[tuple[int, int]]:
        """First and last row of each run of selected rows, in order."""
        selection = self.selectionModel()
        if selection is None:
            return []
        spans = selection.selection()
        return sorted({(spans.at(at).top(), spans.at(at).bottom()) for at in range(spans.count())})

    def selected_count(self) -> int:
        """How many rows are selected, without listing them."""
        return sum(bottom - top + 1 for top, bottom in self._selected_spans())

    def selected_rows(self, limit: int) -> list[int]:
        """The first `limit` selected rows. Unlike Qt's own list it takes no longer where a million are selected."""
        rows = (row for top, bottom in self._selected_spans() for row in range(top, bottom + 1))
        return list(islice(rows, limit))

    def _reset(self) -> None:
        self._chosen = ""
        self._awaited = -1
        self.selection_changed.emit(0)

    def _row_changed(self, index: QModelIndex) -> None:
        self._awaited = index.row()
        self._page_arrived()

    def _page_arrived(self) -> None:
        """Tell of the record of the row that became current, once it is known."""
        row = self._awaited
        record = self._model.record(row) if 0 <= row < self._model.count else None
        if record is None:
            return
        self._awaited = -1
        if record.id != self._chosen:
            self._chosen = record.id
            self.record_chosen.emit(record)

    def marks(self) -> tuple[str, frozenset[str]]:
        """Ids of the current record and of the selected ones, as far as they are known."""
        rows = self.selected_rows(_REMEMBERED) if self.selected_count() <= _REMEMBERED else []
        known = (self._model.known(row) for row in rows)
        return self._chosen, frozenset(record.id for record in known if record is not None)

    def restore_marks(self, marks: tuple[str, frozenset[str]]) -> None:
        """The rows may have moved: make the same records current and selected again, without telling of it."""
        chosen, selected = marks
        if not chosen or self.selected_count() > _REMEMBERED:
            return
        self._chosen = chosen
        flag = QItemSelectionModel.SelectionFlag
        selection = self.selectionModel()
        rows = {record_id: self._model.row_of(record_id) for record_id in (*selected, chosen)}
        if all(row is not None and selection.isRowSelected(row) == (key in selected) for key, row in rows.items()):
            return
        selection.clearSelection()
        for key in selected:
            row = rows[key]
            if row is not None:
                selection.select(self._model.index(row, 0), flag.Select | flag.Rows)
        row = rows[chosen]
        column = max(self.currentIndex().column(), 0)
        target = self._model.index(row, column) if row is not None else QModelIndex()
        selection.setCurrentIndex(target, flag.NoUpdate)
        self._awaited = -1

    def forget_chosen(self) -> None:
        """The form shows something else: choosing the same row again tells of it again."""
        self._chosen = ""
        self.setCurrentIndex(QModelIndex())

    def choose(self, record_id: str) -> bool:
        """Make a record's row current; False where it is not among those that were read."""
        row = self._model.row_of(record_id)
        if row is None:
            return False
        self._chosen = record_id
        self.setCurrentIndex(self._model.index(row, self._first_column()))
        return True

    def choose_row(self, row: int) -> None:
        """Make a row current."""
        if 0 <= row < self._model.count:
            self.setCurrentIndex(self._model.index(row, self._first_column()))

    def _first_column(self) -> int:
        return next(iter(self.shown_sections()), 0)

    # Columns

    def lay_out(self, columns: Columns) -> None:
        """Show these columns."""
        self._laid_out = False
        head = self.horizontalHeader()
        measure = QFontMetrics(type_font(BODY)).horizontalAdvance
        places = {item.key: at for at, item in enumerate(self._model.fields)}
        shown = [key for key in columns.shown if key in places]
        for at, item in enumerate(self._model.fields):
            head.setSectionHidden(at, item.key not in shown)
            width = columns.widths.get(item.key) or width_of(item, self._model.first_texts(at), measure)
            head.resizeSection(at, width)
        for visual, key in enumerate(shown):
            head.moveSection(head.visualIndex(places[key]), visual)
        self._laid_out = True

    def _unsettle(self) -> None:
        """The head is about to be made anew: until it is laid out, what it says of its columns is nobody's choice."""
        self._laid_out = False

    def columns(self) -> Columns:
        """The columns as they are now."""
        head = self.horizontalHeader()
        fields = self._model.fields
        shown = self.shown_sections()
        widths = {fields[at].key: head.sectionSize(at) for at in shown[:-1]}
        return Columns(tuple(fields[at].key for at in shown), widths)

    def _columns_left(self) -> None:
        if self._laid_out and self._model.fields:
            self.columns_changed.emit(self.columns())

    def show_column(self, key: str, shown: bool) -> None:
        """Show or hide a column; the last one stays."""
        head = self.horizontalHeader()
        at = next((at for at, item in enumerate(self._model.fields) if item.key == key), None)
        if at is None or (not shown and len(self.columns().shown) < 2):
            return
        head.setSectionHidden(at, not shown)
        self._columns_left()

    def _move_column(self, section: int, step: int) -> None:
        head = self.horizontalHeader()
        visual = head.visualIndex(section) + step
        while 0 <= visual < head.count() and head.isSectionHidden(head.logicalIndex(visual)):
            visual += step
        if 0 <= visual < head.count():
            head.moveSection(head.visualIndex(section), visual)

    def fill_columns_menu(self, menu: QMenu) -> None:
        """List all columns, those that are shown ticked."""
        menu.clear()
        shown = set(self.columns().shown) if self._model.fields else set()
        for item in self._model.fields:
            act = menu.addAction(item.label.replace("&", "&&"))
            act.setCheckable(True)
            act.setChecked(item.key in shown)
            act.toggled.connect(partial(self.show_column, item.key))
        menu.addSeparator()
        menu.addAction(self.tr("Show the usual columns"), self._usual_columns)

    def _usual_columns(self) -> None:
        place = self._model.place
        if place is not None:
            self.lay_out(default_columns(place.schema))
            self._columns_left()

    # Order

    def _head_clicked(self, section: int) -> None:
        item = self._model.fields[section]
        query = self._model.query
        if query.sort != item.key:
            self.sorted_by.emit(item.key, False)
        elif not query.descending:
            self.sorted_by.emit(item.key, True)
        else:
            self.sorted_by.emit("", False)

    def show_order(self) -> None:
        """Mark the column by which the records are ordered."""
        head = self.horizontalHeader()
        key, descending = self._model.query.sort, self._model.query.descending
        at = next((at for at, item in enumerate(self._model.fields) if item.key == key), -1)
        head.setSortIndicatorShown(at >= 0)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        head.setSortIndicator(at, order)

    def _head_menu(self, at: QPoint) -> None:
        section = self.horizontalHeader().logicalIndexAt(at)
        if section >= 0:
            menu = self._new_menu()
            self._add_column_acts(menu, section)
            menu.popup(self.horizontalHeader().mapToGlobal(at))

    def _new_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _add_column_acts(self, menu: QMenu, section: int) -> None:
        item = self._model.fields[section]
        label = item.label.replace("&", "&&")
        name = self.tr("Column “%1”").replace("%1", label)
        part = menu.addMenu(name)
        part.addAction(self.tr("Sort ascending"), lambda: self.sorted_by.emit(item.key, False))
        part.addAction(self.tr("Sort descending"), lambda: self.sorted_by.emit(item.key, True))
        if self._model.query.sort == item.key:
            part.addAction(self.tr("Do not sort"), lambda: self.sorted_by.emit("", False))
        part.addSeparator()
        part.addAction(self.tr("Move left"), lambda: self._move_column(section, -1))
        part.addAction(self.tr("Move right"), lambda: self._move_column(section, 1))
        part.addAction(self.tr("Hide"), lambda: self.show_column(item.key, False))

    def contextMenuEvent(self, event) -> None:
        if not self.selectionModel().hasSelection():
            return
        menu = self._new_menu()
        menu.addAction(self.tr("Open"), self.opened.emit)
        menu.addAction(self.tr("Copy"), self.copy)
        self.menu_wanted.emit(menu)
        index = self.currentIndex()
        if index.isValid():
            menu.addSeparator()
            self._add_column_acts(menu, index.column())
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.key() == Qt.Key.Key_Home and not event.modifiers():
            self.choose_row(0)
        elif event.key() == Qt.Key.Key_End and not event.modifiers():
            self.choose_row(self._model.count - 1)
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Copy one cell, or ask for the shown columns of several selected rows to be copied."""
        index = self.currentIndex()
        if self.selected_count() > 1:
            self.rows_copied.emit(self.selected_rows(MOST_COPIED))
        else:
            QApplication.clipboard().setText(str(index.data() or "") if index.isValid() else "")

    def shown_sections(self) -> list[int]:
        """The model's columns that are shown, from left to right."""
        head = self.horizontalHeader()
        order = (head.logicalIndex(at) for at in range(head.count()))
        return [at for at in order if not head.isSectionHidden(at)]
