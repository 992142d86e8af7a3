"""The pane at the left: connections, their objects, how many records each has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.text import counted, number
from desktop.ui.theme import BODY, SMALL, colours, type_font
from desktop.ui.widgets.buttons import IconButton
from desktop.ui.widgets.platform_mark import MARK, paint_mark, platform_name
from desktop.ui.widgets.search import SearchBox
from desktop.workspace.views import ObjectView, TreeView

_ConnectionRole = Qt.ItemDataRole.UserRole + 1
_ObjectRole = Qt.ItemDataRole.UserRole + 2
_CountRole = Qt.ItemDataRole.UserRole + 3
_PlatformRole = Qt.ItemDataRole.UserRole + 4
_ProblemRole = Qt.ItemDataRole.UserRole + 5

_ROW = 28
_Index = QModelIndex | QPersistentModelIndex


class TreeDelegate(QStyledItemDelegate):
    """Connections with their mark in strong type, objects with their count at the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette = colours()
        tree = self.parent()
        whole: QRect = option.rect  # type: ignore[attr-defined]
        width = tree.viewport().width() if isinstance(tree, QTreeView) else whole.width()
        area = QRectF(8, whole.top(), width - 16, whole.height())
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
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
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setPen(QPen(palette.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 5, 5)
        inner = area.adjusted(8, 0, -8, 0)
        platform = index.data(_PlatformRole)
        if platform:
            mark = QRect(int(inner.left()), whole.center().y() - MARK // 2 + 1, MARK, MARK)
            paint_mark(painter, mark, platform)
            inner.setLeft(inner.left() + MARK + 6)
        else:
            inner.setLeft(inner.left() + 18)
        self._words(painter, inner, index, strong=bool(platform), chosen=chosen)
        painter.restore()

    @staticmethod
    def _words(painter: QPainter, area: QRectF, index: _Index, *, strong: bool, chosen: bool) -> None:
        palette = colours()
        count = index.data(_CountRole) or ""
        middle = Qt.AlignmentFlag.AlignVCenter
        if count:
            painter.setFont(type_font(SMALL, QFont.Weight.DemiBold if chosen else QFont.Weight.Normal))
            painter.setPen(palette.colour("muted" if chosen else "faint"))
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, count)
            area.setRight(area.right() - painter.fontMetrics().horizontalAdvance(count) - 8)
        weight = QFont.Weight.DemiBold if chosen else QFont.Weight.Medium if strong else QFont.Weight.Normal
        painter.setFont(type_font(BODY, weight))
        ink = "bad" if index.data(_ProblemRole) else "text" if strong or chosen else "muted"
        painter.setPen(palette.colour(ink))
        text = str(index.data() or "")
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(160, _ROW)


class ObjectsPane(QFrame):
    """The search, and the tree "Objects"."""

    chosen = Signal(str, str)
    """A connection's name and the key of one of its objects."""
    refresh_wanted = Signal(str)
    """Ask a connection anew which objects it has."""
    new_object_wanted = Signal(str)
    """Make an object on a connection."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self.setAccessibleName(self.tr("Objects"))
        self.setMinimumWidth(180)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 8)
        column.setSpacing(8)
        self.search = SearchBox(self.tr("Find an object"))
        self.search.textChanged.connect(self._narrow)
        self.refresh = IconButton("ph.arrows-clockwise", self.tr("Refresh objects"), clicked=self._refresh)
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 8, 0)
        head.setSpacing(4)
        head.addWidget(self.search, 1)
        head.addWidget(self.refresh)
        column.addLayout(head)
        self.tree = self._build_tree()
        column.addWidget(self.tree, 1)
        self._shown: tuple[TreeView, ...] = ()
        self._makers: tuple[str, ...] = ()

    def offer_new_object(self, connections: tuple[str, ...]) -> None:
        """Offer to make an object on these connections."""
        self._makers = connections

    def _build_tree(self) -> QTreeView:
        self._items = QStandardItemModel(self)
        tree = QTreeView()
        tree.setAccessibleName(self.tr("Objects"))
        tree.setProperty("surface", "raised")
        tree.setModel(self._items)
        tree.setHeaderHidden(True)
        tree.setRootIsDecorated(False)
        tree.setIndentation(0)
        tree.setUniformRowHeights(True)
        tree.setMouseTracking(True)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        tree.setItemDelegate(TreeDelegate(tree))
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._menu)
        tree.selectionModel().currentChanged.connect(self._current_changed)
        return tree

    def show_tree(self, branches: Iterable[TreeView]) -> None:
        """Show these connections and objects; the chosen one stays chosen."""
        shown = tuple(branches)
        if shown == self._shown:
            return
        current = self.current()
        self._shown = shown
        self.tree.selectionModel().blockSignals(True)
        self._items.clear()
        for branch in shown:
            self._items.appendRow(self._branch(branch))
        self.tree.expandAll()
        self.tree.selectionModel().blockSignals(False)
        self._narrow(self.search.text())
        self.refresh.setEnabled(bool(shown))
        if current is not None:
            self.choose(*current)

    def _branch(self, branch: TreeView) -> QStandardItem:
        name = self.tr("%1, %2").replace("%1", branch.connection).replace("%2", platform_name(branch.platform.name))
        parent = _item(
            branch.connection, name, {_ConnectionRole: branch.connection, _PlatformRole: branch.platform.name}
        )
        for view in branch.objects:
            parent.appendRow(self._object(branch.connection, view))
        if branch.problem is not None:
            problem = branch.problem
            text = self.tr("Could not be read")
            line = _item(text, f"{text}: {problem.message}", {_ConnectionRole: branch.connection, _ProblemRole: True})
            line.setToolTip(f"{problem.message} {problem.hint}".strip())
            parent.appendRow(line)
        return parent

    def _object(self, connection: str, view: ObjectView) -> QStandardItem:
        count = "" if view.count is None else number(view.count)
        spoken = view.label
        if view.count is not None:
            spoken = f"{view.label}, {counted(view.count, '%n record', '%n records', 'ObjectsPane')}"
        return _item(view.label, spoken, {_ConnectionRole: connection, _ObjectRole: view.key, _CountRole: count})

    def _narrow(self, words: str) -> None:
        wanted = words.strip().casefold()
        root = self.tree.rootIndex()
        for row in range(self._items.rowCount()):
            branch = self._items.item(row)
            named = wanted in branch.text().casefold()
            hits = 0
            for at in range(branch.rowCount()):
                hit = named or wanted in branch.child(at).text().casefold()
                hits += hit
                self.tree.setRowHidden(at, branch.index(), not hit)
            self.tree.setRowHidden(row, root, not (named or hits))

    def current(self) -> tuple[str, str] | None:
        """The chosen connection and object."""
        index = self.tree.currentIndex()
        key = index.data(_ObjectRole) if index.isValid() else None
        return (index.data(_ConnectionRole), key) if key else None

    def choose(self, connection: str, object_key: str) -> bool:
        """Make an object current, without telling of it; False where it is not there."""
        for row in range(self._items.rowCount()):
            branch = self._items.item(row)
            for at in range(branch.rowCount()):
                child = branch.child(at)
                if (child.data(_ConnectionRole), child.data(_ObjectRole)) == (connection, object_key):
                    self.tree.selectionModel().currentChanged.disconnect(self._current_changed)
                    self.tree.setCurrentIndex(child.index())
                    self.tree.selectionModel().currentChanged.connect(self._current_changed)
                    return True
        return False

    def view_of(self, connection: str, object_key: str) -> ObjectView | None:
        """What the tree tells of an object."""
        for branch in self._shown:
            if branch.connection == connection:
                return next((view for view in branch.objects if view.key == object_key), None)
        return None

    def branch_of(self, connection: str) -> TreeView | None:
        """What the tree tells of a connection."""
        return next((branch for branch in self._shown if branch.connection == connection), None)

    @property
    def branches(self) -> tuple[TreeView, ...]:
        """What is shown."""
        return self._shown

    def _current_changed(self, index: QModelIndex) -> None:
        key = index.data(_ObjectRole)
        if key:
            self.chosen.emit(index.data(_ConnectionRole), key)

    def _refresh(self) -> None:
        index = self.tree.currentIndex()
        connection = index.data(_ConnectionRole) if index.isValid() else None
        for name in [connection] if connection else [branch.connection for branch in self._shown]:
            self.refresh_wanted.emit(name)

    def _menu(self, at: QPoint) -> None:
        connection = self.tree.indexAt(at).data(_ConnectionRole)
        if connection:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(self.tr("Refresh objects"), lambda: self.refresh_wanted.emit(connection))
            if connection in self._makers:
                menu.addAction(self.tr("New object"), lambda: self.new_object_wanted.emit(connection))
            menu.popup(self.tree.viewport().mapToGlobal(at))


def _item(text: str, spoken: str, data: dict[int, Any]) -> QStandardItem:
    item = QStandardItem(text)
    item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
    for role, value in data.items():
        item.setData(value, role)
    return item
