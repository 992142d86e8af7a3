"""Pages of an object's records, searched, filtered and ordered, for grids of a million rows.

A page near the top is read directly. Further down, and wherever counting went through all records anyway, the row
numbers of the whole result are kept in order, nine characters each, so that any page is found by its position.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from desktop.domain.errors import StorageFailure
from desktop.domain.query import RecordQuery
from desktop.domain.record import Record
from desktop.store.columns import id_list
from desktop.store.conditions import Cells, Clause, condition_clause, order_clause
from desktop.store.database import Database, Repository
from desktop.store.mirror_object import ROW_BITS, MirrorObject, load
from desktop.store.record_codec import SEPARATOR, decode_record, fold
from desktop.store.search_index import BACKLOG, SHORTEST, SMALLEST_OBJECT, Found, find_rows, holds

_NEAR_TOP = 1_000
_MANY = 50_000
_FEW = 10_000
_MOST_WORDS = 8
_KEPT_RESULTS = 2
_WIDTH = ROW_BITS // 4
_MASK = (1 << ROW_BITS) - 1


@dataclass(slots=True)
class _Selection:
    """The SQL of a query: everything but what is selected, the order and the limit."""

    source: str
    where: Clause
    order: Clause

    def rows(self) -> Clause:
        """The row numbers, in order."""
        return Clause(
            f"SELECT c.row AS row FROM {self.source} WHERE {self.where.sql} ORDER BY {self.order.sql}",
            [*self.where.parameters, *self.order.parameters],
        )


class Grid(Repository):
    """Answers queries on mirrored objects."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._results: OrderedDict[object, str] = OrderedDict()
        self._lock = threading.Lock()
        self._ahead: tuple[int, RecordQuery] | None = None
        self._index_wanted: Callable[[int], None] = lambda _object_id: None

    def when_index_wanted(self, told: Callable[[int], None]) -> None:
        """Be told the id of each object that a search found without an up-to-date index."""
        self._index_wanted = told

    def count(self, object_id: int, query: RecordQuery, limit: int | None = None) -> int:
        """How many records meet the query.

        :param limit: stop counting there, which is quicker when there are many.
        """
        row = load(self._driver, object_id)
        if not _is_narrowed(query):
            return row.live if limit is None else min(row.live, limit)
        known = self._known(row, query)
        if known is not None:
            found = len(known) // _WIDTH
            return found if limit is None else min(found, limit)
        matches = self._search(row, query)
        if matches is not None and not query.conditions:
            if len(matches.rows) <= _FEW:
                return len(matches.rows) if limit is None else min(len(matches.rows), limit)
            if limit is not None and limit <= len(matches.rows):
                return limit
        selection = self._select(row, query, matches)
        counted = f"SELECT 1 FROM {selection.source} WHERE {selection.where.sql}"
        return self._driver.execute(
            f"SELECT count(*) FROM ({counted} LIMIT ?)",
            (*selection.where.parameters, -1 if limit is None else limit),
        ).fetchone()[0]

    def page(self, object_id: int, query: RecordQuery, offset: int, limit: int) -> list[Record]:
        """Records that meet the query, in its order, leaving out the first ``offset`` ones."""
        row = load(self._driver, object_id)
        return self._records(row, self._rows(row, query, offset, limit))

    def ids(self, object_id: int, query: RecordQuery, limit: int, offset: int = 0) -> list[str]:
        """The ids of the records that :meth:`page` gives."""
        row = load(self._driver, object_id)
        rows = self._rows(row, query, offset, limit)
        found = dict(
            self._driver.execute(
                "SELECT row, record_id FROM json_each(?) wanted CROSS JOIN mirror_record r ON r.row = wanted.value",
                (id_list(rows),),
            )
        )
        return [found[number] for number in rows]

    def _rows(self, row: MirrorObject, query: RecordQuery, offset: int, limit: int) -> list[int]:
        if not _is_narrowed(query) and query.sort is None:
            found = self._driver.execute(
                "SELECT row FROM mirror_record INDEXED BY mirror_record_order WHERE object_id = ? AND gone = 0 "
                "ORDER BY seq DESC LIMIT ? OFFSET ?",
                (row.id, limit, offset),
            )
            return [number for (number,) in found]
        known = self._known(row, query)
        matches = self._search(row, query) if known is None else None
        if matches is not None and matches.newest_first and not query.conditions and query.sort is None:
            found = matches.rows
            if len(found) <= _FEW or offset + limit <= len(found):
                return found[offset : offset + limit]
        if known is None and offset + limit > _NEAR_TOP:
            known = self._ordered(row, query, matches)
        if known is not None:
            part = known[offset * _WIDTH : (offset + limit) * _WIDTH]
            places = (part[start : start + _WIDTH] for start in range(0, len(part), _WIDTH))
            return [row.first_row | int(place, 16) for place in places]
        if query.sort is not None and row.live > _MANY:
            self._look_ahead(row.id, query)
        clause = self._select(row, query, matches).rows()
        found = self._driver.execute(f"{clause.sql} LIMIT ? OFFSET ?", (*clause.parameters, limit, offset))
        return [number for (number,) in found]

    def _compute(self, row: MirrorObject, query: RecordQuery, matches: Found | None) -> str:
        clause = self._select(row, query, matches).rows()
        places: str = self._driver.execute(
            f"SELECT group_concat(printf('%0{_WIDTH}x', row & {_MASK}), '') FROM ({clause.sql} LIMIT -1)",
            clause.parameters,
        ).fetchone()[0]
        with self._lock:
            self._results[_key(row, query)] = places or ""
            while len(self._results) > _KEPT_RESULTS:
                self._results.popitem(last=False)
        return places or ""

    def _look_ahead(self, object_id: int, query: RecordQuery) -> None:
        """Put the whole result in order in the background: whoever looks at its top may scroll far down next.

        Once for each choice of order; one that was superseded before its turn is left out.
        """
        wanted = (object_id, query)
        with self._lock:
            if wanted == self._ahead:
                return
            self._ahead = wanted
        with suppress(StorageFailure):  # the store is being closed
            self._database.submit_order(self._order_ahead, object_id, query)

    def _order_ahead(self, object_id: int, query: RecordQuery) -> None:
        if self._ahead == (object_id, query):
            self._order(object_id, query)

    def _order(self, object_id: int, query: RecordQuery) -> None:
        row = load(self._driver, object_id)
        if self._known(row, query) is None:
            self._compute(row, query, self._search(row, query))
            self._driver.execute("PRAGMA shrink_memory")

    def _ordered(self, row: MirrorObject, query: RecordQuery, matches: Found | None) -> str:
        """The whole result in order, made on the thread for that where it sees the same records as this one."""
        if row.live > _MANY:
            self._database.submit_order(self._order, row.id, query).result()
        known = self._known(row, query)
        return self._compute(row, query, matches) if known is None else known

    def _known(self, row: MirrorObject, query: RecordQuery) -> str | None:
        with self._lock:
            key = _key(row, query)
            found = self._results.get(key)
            if found is not None:
                self._results.move_to_end(key)
            return found

    def _search(self, row: MirrorObject, query: RecordQuery) -> Found | None:
        words = _searched(query)
        if not words:
            return None
        waiting = row.last_seq - (row.indexed_seq or 0)
        if row.live >= SMALLEST_OBJECT and waiting > BACKLOG and max(map(len, words)) >= SHORTEST:
            self._index_wanted(row.id)
        return find_rows(self._driver, row, words, _FEW + 1)

    def _select(self, row: MirrorObject, query: RecordQuery, matches: Found | None) -> _Selection:
        schema = row.read_schema()
        cells = Cells(schema, row.fields)
        clauses = [condition_clause(condition, cells, schema) for condition in query.conditions]
        words = _searched(query)
        few = matches.rows if matches is not None and len(matches.rows) <= _FEW else None
        if few is not None:
            source = "json_each(?) found CROSS JOIN mirror_cell c ON c.row = found.value"
            clauses.insert(0, Clause("1", []))
            first = [id_list(few)]
            if query.sort is None:
                source += " CROSS JOIN mirror_record r ON r.row = c.row"
        elif query.sort is None:
            source = "mirror_record r INDEXED BY mirror_record_order CROSS JOIN mirror_cell c ON c.row = r.row"
            clauses.insert(0, Clause("r.object_id = ? AND r.gone = 0", [row.id]))
            first = []
        else:
            source = "mirror_cell c"
            clauses.insert(0, Clause("c.row >= ? AND c.row < ?", [row.first_row, row.end_row]))
            first = []
        if words and few is None:
            source += " CROSS JOIN mirror_text t ON t.row = c.row"
            clauses.insert(1, Clause(holds(words), list(words)))
        where = Clause(
            " AND ".join(f"({clause.sql})" for clause in clauses),
            [*first, *(item for clause in clauses for item in clause.parameters)],
        )
        order = (
            Clause("r.seq DESC") if query.sort is None else order_clause(query.sort, cells, descending=query.descending)
        )
        return _Selection(source, where, order)

    def _records(self, row: MirrorObject, rows: list[int]) -> list[Record]:
        found = {
            number: decode_record(row.key, record_id, body, row.fields)
            for number, record_id, body in self._driver.execute(
                "SELECT r.row, r.record_id, r.body FROM json_each(?) wanted CROSS JOIN mirror_record r "
                "ON r.row = wanted.value",
                (id_list(rows),),
            )
        }
        return [found[number] for number in rows]


def _searched(query: RecordQuery) -> tuple[str, ...]:
    """The words to look for, each once."""
    return tuple(dict.fromkeys(fold(query.search.replace("\0", "").replace(SEPARATOR, " ")).split()))[:_MOST_WORDS]


def _is_narrowed(query: RecordQuery) -> bool:
    return bool(query.conditions or _searched(query))


def _key(row: MirrorObject, query: RecordQuery) -> object:
    return row.id, row.last_seq, query, row.schema
