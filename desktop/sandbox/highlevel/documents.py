"""Records and contacts in storage, with the lag of the platform's search index.

A document has up to two rows: the current one, which reads by id see, and the one that the search index
still shows. ``state`` tells them apart: 0 is both at once, 1 is current but not indexed yet, 2 is what the
index shows of something since changed or deleted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.sandbox.clock import Clock
from desktop.sandbox.storage import Storage

BOTH, CURRENT, INDEXED = 0, 1, 2
_COLUMNS = "id, kind, created, updated, origin, people, doc"
_AUTO_INDEX_ROWS = 5_000
_MOST_COUNTED = 1_000


def _fold(text: str | float | None) -> str | float | None:
    return text.lower() if isinstance(text, str) else text


@dataclass(frozen=True, slots=True)
class Document:
    """One record or contact.

    ``kind``: the number of its object. ``created``, ``updated``: milliseconds. ``origin``: 2 bits, made and
    last changed through the API. ``people``: JSON with owners and followers, or "". ``doc``: the properties
    as JSON text.
    """

    id: str
    kind: int
    created: int
    updated: int
    origin: int
    people: str
    doc: str


class Documents:
    """The table ``highlevel_documents``. ``delay_ms`` is how long the search index lags behind."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self.delay_ms = 0
        self._totals: dict[int, int] = {}
        self._counted: dict[tuple[Any, ...], int] = {}
        self._indexes: set[str] = set()
        storage.db.create_function("fold", 1, _fold, deterministic=True)
        storage.script(
            """
            CREATE TABLE IF NOT EXISTS highlevel_documents (
                id TEXT NOT NULL, kind INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
                origin INTEGER NOT NULL, people TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, doc TEXT
                NOT NULL
            );
            CREATE TABLE IF NOT EXISTS highlevel_lagging (
                due INTEGER NOT NULL, id TEXT NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY (id)
            );
            """
        )
        self._add_indexes()
        for (name,) in storage.all("SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'highlevel_x%'"):
            self._indexes.add(name)
        self._lagging: deque[tuple[int, str, int]] = deque(
            storage.all("SELECT due, id, kind FROM highlevel_lagging ORDER BY due")
        )

    def _add_indexes(self) -> None:
        self._storage.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS highlevel_documents_id ON highlevel_documents (id, state)"
        )
        for column in ("created", "updated"):
            self._storage.execute(
                f"CREATE INDEX IF NOT EXISTS highlevel_documents_{column} ON highlevel_documents (kind, {column}, id)"
            )

    # Writing

    def load(self, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many (id, kind, created, updated, origin, people, doc) at once, into a table without its
        indexes; see ``loaded``.
        """
        for name in ("id", "created", "updated"):
            self._storage.execute(f"DROP INDEX IF EXISTS highlevel_documents_{name}")
        self._storage.many(f"INSERT INTO highlevel_documents ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def loaded(self) -> None:
        """Make the indexes after the last ``load``."""
        self._add_indexes()
        self._changed()
        self._totals.clear()

    def insert(self, new: Document) -> None:
        with self._storage.transaction():
            self._write(new, CURRENT if self.delay_ms else BOTH)
            if self.delay_ms:
                self._lag(new.id, new.kind)
        self._changed()
        if not self.delay_ms and new.kind in self._totals:
            self._totals[new.kind] += 1

    def replace(self, new: Document) -> None:
        """Store a new version of an existing document."""
        storage = self._storage
        with storage.transaction():
            if self.delay_ms:
                storage.execute(
                    "UPDATE highlevel_documents SET state = ? WHERE id = ? AND state = ?",
                    (INDEXED, new.id, BOTH),
                )
                storage.execute("DELETE FROM highlevel_documents WHERE id = ? AND state = ?", (new.id, CURRENT))
                self._write(new, CURRENT)
                self._lag(new.id, new.kind)
            else:
                storage.execute(
                    "UPDATE highlevel_documents SET updated = ?, origin = ?, people = ?, doc = ?"
                    " WHERE id = ? AND state != 2",
                    (new.updated, new.origin, new.people, new.doc, new.id),
                )
        self._changed()

    def delete(self, id_: str, kind: int) -> None:
        storage = self._storage
        with storage.transaction():
            if self.delay_ms:
                storage.execute(
                    "UPDATE highlevel_documents SET state = ? WHERE id = ? AND state = ?",
                    (INDEXED, id_, BOTH),
                )
                storage.execute("DELETE FROM highlevel_documents WHERE id = ? AND state = ?", (id_, CURRENT))
                self._lag(id_, kind)
            else:
                storage.execute("DELETE FROM highlevel_documents WHERE id = ?", (id_,))
        self._changed()
        if self.delay_ms:
            self._totals.pop(kind, None)
        elif kind in self._totals:
            self._totals[kind] -= 1

    def delete_kind(self, kind: int) -> None:
        """Everything of one object, at once in the index too."""
        self._storage.execute("DELETE FROM highlevel_documents WHERE kind = ?", (kind,))
        self._totals.pop(kind, None)
        self._changed()

    def forget_property(self, kind: int, pointer: str) -> None:
        """Take one property (a JSON path such as ``$."note"``) out of every document of an object."""
        self._storage.execute(
            "UPDATE highlevel_documents SET doc = json_remove(doc, ?) WHERE kind = ? AND json_type(doc, ?) IS NOT NULL",
            (pointer, kind, pointer),
        )
        self._changed()

    def _write(self, new: Document, state: int) -> None:
        self._storage.execute(
            f"INSERT INTO highlevel_documents ({_COLUMNS}, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (new.id, new.kind, new.created, new.updated, new.origin, new.people, new.doc, state),
        )

    def _changed(self) -> None:
        self._counted.clear()

    # The lag of the index

    def _lag(self, id_: str, kind: int) -> None:
        due = self._clock.ms() + self.delay_ms
        self._storage.execute("INSERT OR REPLACE INTO highlevel_lagging VALUES (?, ?, ?)", (due, id_, kind))
        self._lagging = deque(item for item in self._lagging if item[1] != id_)
        self._lagging.append((due, id_, kind))

    def _catch_up(self) -> bool:
        """Index what is due; whether anything still lags."""
        if not self._lagging:
            return False
        now = self._clock.ms()
        with self._storage.transaction():
            for due, id_, kind in [item for item in self._lagging if item[0] <= now or not self.delay_ms]:
                self._lagging.remove((due, id_, kind))
                self._storage.execute("DELETE FROM highlevel_documents WHERE id = ? AND state = ?", (id_, INDEXED))
                self._storage.execute(
                    "UPDATE highlevel_documents SET state = ? WHERE id = ? AND state = ?",
                    (BOTH, id_, CURRENT),
                )
                self._storage.execute("DELETE FROM highlevel_lagging WHERE id = ?", (id_,))
                self._totals.pop(kind, None)
                self._changed()
        return bool(self._lagging)

    # Reading

    def get(self, id_: str) -> Document | None:
        """The current version, whatever the index shows."""
        row = self._storage.one(f"SELECT {_COLUMNS} FROM highlevel_documents WHERE id = ? AND state != 2", (id_,))
        return None if row is None else Document(*row)

    def first(self, kind: int, where: str, params: Sequence[Any]) -> Document | None:
        """The oldest current document of an object that fits an SQL condition."""
        row = self._storage.one(
            f"SELECT {_COLUMNS} FROM highlevel_documents"
            f" WHERE kind = {kind} AND {where} AND state != 2 ORDER BY +created, +id LIMIT 1",
            params,
        )
        return None if row is None else Document(*row)

    def search(
        self,
        kind: int,
        where: str,
        params: Sequence[Any],
        after: str,
        after_params: Sequence[Any],
        order: str,
        limit: int,
        offset: int,
        equals: str | None,
    ) -> tuple[list[Document], int]:
        """A page as the index shows it, and how many documents fit ``where`` in all.

        ``after`` limits the page only, not the total. ``equals`` names an expression that ``where``
        compares with a constant: it gets an index of its own in a large table.
        """
        lagging = self._catch_up()
        source = "highlevel_documents"
        if equals is not None:
            source += self._indexed_by(kind, equals)
        seen = " AND state != 1" if lagging else ""
        # The number stands in the text, so that SQLite can see that an object's own indexes fit.
        condition = f"kind = {kind}{where}{seen}"
        rows = self._storage.all(
            f"SELECT {_COLUMNS} FROM {source} WHERE {condition}{after} ORDER BY {order} LIMIT ? OFFSET ?",
            (*params, *after_params, limit, offset),
        )
        return [Document(*row) for row in rows], self._total(kind, source, condition, params, lagging=lagging)

    def _total(self, kind: int, source: str, condition: str, params: Sequence[Any], *, lagging: bool) -> int:
        plain = condition == f"kind = {kind}"
        if plain and kind in self._totals:
            return self._totals[kind]
        key = (kind, condition, *params)
        if key not in self._counted:
            if len(self._counted) >= _MOST_COUNTED:
                self._counted.clear()
            row = self._storage.one(f"SELECT count(*) FROM {source} WHERE {condition}", params)
            self._counted[key] = row[0] if row else 0
        if plain and not lagging:
            self._totals[kind] = self._counted[key]
        return self._counted[key]

    def ensure_index(self, kind: int, expression: str) -> str:
        """An index on an expression over ``doc`` of one object, made when first wanted; its name."""
        name = f"highlevel_x{kind}_{expression.encode().hex()}"
        if name not in self._indexes:
            self._storage.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON highlevel_documents ({expression}) WHERE kind = {kind}"
            )
            self._indexes.add(name)
        return name

    def _indexed_by(self, kind: int, expression: str) -> str:
        name = f"highlevel_x{kind}_{expression.encode().hex()}"
        if name not in self._indexes:
            if self._total(kind, "highlevel_documents", f"kind = {kind}", (), lagging=False) < _AUTO_INDEX_ROWS:
                return ""
            self.ensure_index(kind, expression)
        return f" INDEXED BY {name}"
