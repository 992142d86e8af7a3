"""The records of an object as rows: pages are read from the workspace when they come into view, and forgotten later."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop.domain.query import RecordQuery
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType
from desktop.ui.aio import TaskScope
from desktop.ui.data.cells import alignment, text_of, tone_of
from desktop.ui.data.latest import Latest
from desktop.ui.theme import Tone
from desktop.ui.widgets.table import KeyRole, PillRole, ToneRole

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

PAGE = 100
"""Records that are read at once."""
_KEPT = 60
"""Pages that are remembered."""
_SEEN = 2
"""Pages that can be in view at once."""
_SAMPLED = 30
"""Rows whose texts a column's first width is taken from."""
_WANTED = 4
"""Pages that wait to be read; what was scrolled past is not read."""

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Place:
    """Whose records are shown."""

    connection: str
    schema: ObjectSchema

    @property
    def object(self) -> str:
        """The object's key."""
        return self.schema.key


class RecordsModel(QAbstractTableModel):
    """Every field is a column; the view shows those that were chosen."""

    page_arrived = Signal()

    def __init__(self, desk: Desk, scope: TaskScope, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._fetching = Latest(scope)
        self._naming = Latest(scope)
        self._place: Place | None = None
        self._query = RecordQuery()
        self._count = 0
        self._fields: tuple[Field, ...] = ()
        self._pages: OrderedDict[int, list[Record]] = OrderedDict()
        self._stale: set[int] = set()
        self._wanted: list[int] = []
        self._titles: dict[tuple[str, str], str] = {}
        self._unnamed: dict[str, set[str]] = {}

    @property
    def place(self) -> Place | None:
        """Whose records are shown."""
        return self._place

    @property
    def query(self) -> RecordQuery:
        """What was asked of the records."""
        return self._query

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns."""
        return self._fields

    @property
    def count(self) -> int:
        """How many records the query found."""
        return self._count

    def clear(self) -> None:
        """Show nothing."""
        self._start_over(None, RecordQuery(), 0, [])

    async def show(self, place: Place, query: RecordQuery) -> None:
        """Show what `query` finds; what was shown stays until the answer is there."""
        data = self._desk.data
        count = await data.count(place.connection, place.object, query)
        first = await data.page(place.connection, place.object, query, 0, PAGE) if count else []
        self._start_over(place, query, count, first)

    def _start_over(self, place: Place | None, query: RecordQuery, count: int, first: list[Record]) -> None:
        self._fetching.cancel()
        self._naming.cancel()
        self.beginResetModel()
        if place is None or self._place is None or place.schema is not self._place.schema:
            self._titles.clear()
        self._place, self._query, self._count = place, query, count
        self._fields = tuple(place.schema.fields) if place else ()
        self._pages.clear()
        self._stale.clear()
        self._wanted.clear()
        self._unnamed.clear()
        if first:
            self._take(0, first)
        self.endResetModel()

    async def refresh(self, before: Callable[[], M], after: Callable[[M], None]) -> None:
        """Read anew what is in view: the records changed. Place and scrolling stay.

        :param before: called when everything is read, just before it is shown.
        :param after: called with what `before` returned, once it is shown.
        """
        place, query = self._place, self._query
        if place is None:
            return
        data = self._desk.data
        count = await data.count(place.connection, place.object, query)
        seen = [page for page in list(self._pages)[-_SEEN:] if page * PAGE < count]
        read = [await data.page(place.connection, place.object, query, page * PAGE, PAGE) for page in seen]
        if place is not self._place or query is not self._query:
            return
        marks = before()
        self._resize(count)
        self._stale = {page for page in self._pages if page * PAGE < count}
        for page, records in zip(seen, read, strict=True):
            self._take(page, records)
        if self._count:
            last = len(self._fields) - 1
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, last))
        after(marks)
        self.page_arrived.emit()

    def _resize(self, count: int) -> None:
        if count > self._count:
            self.beginInsertRows(_ROOT, self._count, count - 1)
            self._stale.add(self._count // PAGE)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginRemoveRows(_ROOT, count, self._count - 1)
            self._count = count
            for page in [page for page in self._pages if page * PAGE >= count]:
                del self._pages[page]
            self.endRemoveRows()

    def record(self, row: int) -> Record | None:
        """The record of a row, where it was read already; otherwise it is asked for."""
        page, at = divmod(row, PAGE)
        records = self._pages.get(page)
        if records is None or page in self._stale:
            self._want(page)
        if records is None:
            return None
        self._pages.move_to_end(page)
        return records[at] if at < len(records) else None

    def known(self, row: int) -> Record | None:
        """The record of a row, where it was read already; nothing is asked for."""
        page, at = divmod(row, PAGE)
        records = self._pages.get(page, [])
        return records[at] if at < len(records) else None

    def first_texts(self, column: int) -> list[str]:
        """What stands in a column's first rows, as far as they were read."""
        item = self._fields[column]
        known = (self.known(row) for row in range(min(self._count, _SAMPLED)))
        return [text_of(record.get(item.key), item, {}) for record in known if record is not None]

    async def records_of(self, rows: Iterable[int]) -> list[Record]:
        """The records of some rows; pages that were not read yet are read for it."""
        place, query, found = self._place, self._query, list[Record]()
        by_page: dict[int, list[int]] = {}
        for row in rows:
            by_page.setdefault(row // PAGE, []).append(row % PAGE)
        for page, places in by_page.items():
            records = self._pages.get(page)
            if place is None:
                break
            if records is None or page in self._stale:
                records = await self._desk.data.page(place.connection, place.object, query, page * PAGE, PAGE)
            found += [records[at] for at in places if at < len(records)]
        return found

    def row_of(self, record_id: str) -> int | None:
        """The row of a record among those that were read."""
        for page, records in self._pages.items():
            for at, record in enumerate(records):
                if record.id == record_id:
                    return page * PAGE + at
        return None

    def _want(self, page: int) -> None:
        if page in self._wanted:
            self._wanted.remove(page)
        self._wanted.append(page)
        del self._wanted[:-_WANTED]
        if not self._fetching.is_running:
            self._fetching.start(self._fetch())

    async def _fetch(self) -> None:
        """Read the pages that are wanted, the last asked for first."""
        while self._wanted and self._place is not None:
            page = self._wanted.pop()
            place = self._place
            found = await self._desk.data.page(place.connection, place.object, self._query, page * PAGE, PAGE)
            self._take(page, found)
            last = min((page + 1) * PAGE, self._count) - 1
            if last >= page * PAGE:
                self.dataChanged.emit(self.index(page * PAGE, 0), self.index(last, len(self._fields) - 1))
            self.page_arrived.emit()

    def _take(self, page: int, records: list[Record]) -> None:
        self._pages[page] = records
        self._pages.move_to_end(page)
        self._stale.discard(page)
        while len(self._pages) > _KEPT:
            self._pages.popitem(last=False)
        self._collect(records)

    def _collect(self, records: Iterable[Record]) -> None:
        for item in self._fields:
            if item.type is not FieldType.REFERENCE or not item.target:
                continue
            wanted = {key for record in records for key in _keys(record.get(item.key))}
            missing = {key for key in wanted if (item.key, key) not in self._titles}
            if missing:
                self._unnamed.setdefault(item.key, set()).update(missing)
        if self._unnamed and not self._naming.is_running:
            self._naming.start(self._name())

    async def _name(self) -> None:
        """Look up what referred records are called."""
        while self._unnamed and self._place is not None:
            place = self._place
            key, ids = self._unnamed.popitem()
            found = await self._desk.data.reference_titles(place.connection, place.object, key, sorted(ids))
            self._titles.update({(key, record_id): found.get(record_id, record_id) for record_id in ids})
            column = next((at for at, item in enumerate(self._fields) if item.key == key), None)
            if column is not None and self._count:
                self.dataChanged.emit(self.index(0, column), self.index(self._count - 1, column))

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._fields)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self._fields[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(item)
        if role not in _ROLES:
            return None
        record = self.record(index.row())
        if record is None:
            return "…" if role in _TEXT_ROLES else Tone.NEUTRAL if role == ToneRole else None
        if role == KeyRole:
            return record.id
        if role == PillRole:
            return tone_of(record.get(item.key), item)
        if role == ToneRole:
            return Tone.NEUTRAL if item.is_system else None
        text = self.text(record, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.label}: {text}"
        return text

    def text(self, record: Record, column: int) -> str:
        """What a record says in a column."""
        item = self._fields[column]
        value = record.get(item.key)
        return text_of(value, item, self._names(item, value))

    def _names(self, item: Field, value: Any) -> dict[str, str]:
        if item.type is not FieldType.REFERENCE:
            return {}
        return {key: self._titles.get((item.key, key), "…") for key in _keys(value)}

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if not 0 <= section < len(self._fields):
            return None
        item = self._fields[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.label
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(item)
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.key
        return None


_TEXT_ROLES = frozenset({int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.AccessibleTextRole)})
_ROLES = _TEXT_ROLES | {int(KeyRole), int(PillRole), int(ToneRole)}


def _keys(value: Any) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
