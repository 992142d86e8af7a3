"""Item models over rows that are fetched a page at a time, as they come into view."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from desktop.ui.aio import TaskScope

T = TypeVar("T")
Index = QModelIndex | QPersistentModelIndex
PAGE = 200
"""Rows that are fetched at once."""
_REFRESHED = 3
"""Pages, the last ones fetched, that are fetched anew when the rows change; others when they are looked at."""


class PagedModel(QAbstractTableModel, Generic[T]):
    """Rows of one kind, of which only the pages that were looked at are held.

    :param headers: the names of the columns.
    :param describe: what a role of a column says about a row.
    """

    loaded = Signal(int, int)
    """Rows from the first up to, not including, the second have arrived."""

    def __init__(self, scope: TaskScope, headers: Sequence[str], describe: Callable[[T, int, int], Any]) -> None:
        super().__init__()
        self._scope = scope
        self._headers = tuple(headers)
        self._describe = describe
        self._count = 0
        self._pages: dict[int, list[T]] = {}
        self._fetch: Callable[[int, int], Awaitable[list[T]]] | None = None
        self._tasks: dict[int, asyncio.Task[Any]] = {}

    def show(self, count: int, fetch: Callable[[int, int], Awaitable[list[T]]]) -> None:
        """Show `count` rows, which `fetch(offset, limit)` gets; pages still on their way are dropped."""
        self.beginResetModel()
        self._stop()
        self._pages.clear()
        self._count, self._fetch = count, fetch
        self.endResetModel()

    def grow(self, count: int, fetch: Callable[[int, int], Awaitable[list[T]]]) -> None:
        """Show the same rows anew with those that were added at their end; what is seen stays where it is."""
        before = self._count
        awaited = [*list(self._pages)[-_REFRESHED:], *(page for page in self._tasks if page not in self._pages)]
        self._stop()
        self._pages = {page: rows for page, rows in self._pages.items() if page in awaited}
        if count > before:
            self.beginInsertRows(QModelIndex(), before, count - 1)
        self._count, self._fetch = count, fetch
        if count > before:
            self.endInsertRows()
        for page in awaited:
            self._want(page)

    def clear(self) -> None:
        """Show nothing."""
        self.beginResetModel()
        self._stop()
        self._pages.clear()
        self._count, self._fetch = 0, None
        self.endResetModel()

    def _stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def item(self, row: int) -> T | None:
        """The row, None while it has not arrived; it is fetched then."""
        page, at = divmod(row, PAGE)
        items = self._pages.get(page)
        if items is None:
            self._want(page)
            return None
        return items[at] if at < len(items) else None

    def _want(self, page: int) -> None:
        if self._fetch is not None and page not in self._tasks and 0 <= page * PAGE < self._count:
            self._tasks[page] = self._scope.start(self._load(page, self._fetch))

    async def _load(self, page: int, fetch: Callable[[int, int], Awaitable[list[T]]]) -> None:
        items = await fetch(page * PAGE, PAGE)
        if not self._count:
            return
        self._tasks.pop(page, None)
        if self._pages.get(page) == items:
            return
        self._pages[page] = items
        first, after = page * PAGE, min((page + 1) * PAGE, self._count)
        if first < after:
            self.loaded.emit(first, after)
            self.dataChanged.emit(self.index(first, 0), self.index(after - 1, self.columnCount() - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        item = self.item(index.row())
        if item is None:
            waiting = index.column() == 0 and role == Qt.ItemDataRole.DisplayRole
            return "…" if waiting else None
        return self._describe(item, index.column(), role)
