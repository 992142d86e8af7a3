"""The objects of the site, kept as documents with the columns that they are looked up by.

A document in storage holds only what differs from its kind's defaults, so that a million tasks stay small.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop.sandbox.activecollab.kinds import KINDS, TRASHED, Document, Kind
from desktop.sandbox.storage import Row, Storage, from_text, to_text

_OWN = ("id", "url_path")


def _script(kind: Kind) -> str:
    table = f"activecollab_{kind.table}"
    lookups = [name for name in ("project", "parent", "person") if getattr(kind, name)]
    indexes = "".join(f"CREATE INDEX IF NOT EXISTS {table}_{name} ON {table} ({name}, state);\n" for name in lookups)
    return (
        f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY AUTOINCREMENT, project INTEGER NOT NULL,"
        " parent INTEGER NOT NULL, person INTEGER NOT NULL, state INTEGER NOT NULL, document TEXT NOT NULL);\n"
        f"CREATE INDEX IF NOT EXISTS {table}_trash ON {table} (id) WHERE state = {TRASHED};\n{indexes}"
    )


class Objects:
    """Documents by kind and id. Ids count up within a kind and are never given twice."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        for kind in KINDS:
            storage.script(_script(kind))

    def add(self, kind: Kind, document: Document) -> Document:
        """Keep a new document; the same with its id and defaults."""
        sql = f"INSERT INTO activecollab_{kind.table} (project, parent, person, state, document) VALUES (?, ?, ?, ?, ?)"
        cursor = self.storage.execute(sql, _columns(kind, document))
        assert cursor.lastrowid is not None
        return _whole(kind, cursor.lastrowid, document)

    def bulk(self, kind: Kind, documents: Iterable[tuple[int, Document]]) -> None:
        """Keep many new documents under the given ids."""
        sql = f"INSERT INTO activecollab_{kind.table} VALUES (?, ?, ?, ?, ?, ?)"
        self.storage.many(sql, ((number, *_columns(kind, document)) for number, document in documents))

    def put(self, kind: Kind, document: Document) -> None:
        """Overwrite a document."""
        sql = (
            f"UPDATE activecollab_{kind.table} SET project = ?, parent = ?, person = ?, state = ?, document = ?"
            " WHERE id = ?"
        )
        self.storage.execute(sql, (*_columns(kind, document), document["id"]))

    def remove(self, kind: Kind, number: int) -> None:
        """Forget a document for good."""
        self.storage.execute(f"DELETE FROM activecollab_{kind.table} WHERE id = ?", (number,))

    def get(self, kind: Kind, number: int) -> Document | None:
        """The document, or None."""
        row = self.storage.one(f"SELECT id, document FROM activecollab_{kind.table} WHERE id = ?", (number,))
        return None if row is None else _read(kind, row)

    def find(
        self, kind: Kind, where: str = "state = 0", *values: int, page: tuple[int, int] = (0, -1)
    ) -> list[Document]:
        """The documents that match, by id; ``page``: how many to leave out, and how many to take."""
        skipped, taken = page
        sql = f"SELECT id, document FROM activecollab_{kind.table} WHERE {where} ORDER BY id LIMIT ? OFFSET ?"
        return [_read(kind, row) for row in self.storage.all(sql, (*values, taken, skipped))]

    def ids(self, kind: Kind, where: str, *values: int) -> list[int]:
        """The ids of what matches."""
        sql = f"SELECT id FROM activecollab_{kind.table} WHERE {where} ORDER BY id"
        return [row[0] for row in self.storage.all(sql, values)]

    def count(self, kind: Kind, where: str = "state = 0", *values: int) -> int:
        """How many match."""
        row = self.storage.one(f"SELECT COUNT(*) FROM activecollab_{kind.table} WHERE {where}", values)
        return 0 if row is None else row[0]

    def exists(self, kind: Kind, number: object) -> bool:
        """Whether there is such an object outside the trash."""
        if isinstance(number, bool) or not isinstance(number, int):
            return False
        return self.count(kind, f"id = ? AND state < {TRASHED}", number) == 1

    def per_parent(self, kind: Kind, parents: Sequence[int]) -> dict[tuple[int, int], int]:
        """How many there are under each parent and in each state."""
        found: dict[tuple[int, int], int] = {}
        for start in range(0, len(parents), 500):
            chunk = parents[start : start + 500]
            marks = ", ".join("?" * len(chunk))
            sql = (
                f"SELECT parent, state, COUNT(*) FROM activecollab_{kind.table}"
                f" WHERE parent IN ({marks}) GROUP BY parent, state"
            )
            found |= {(parent, state): count for parent, state, count in self.storage.all(sql, chunk)}
        return found


def _columns(kind: Kind, document: Document) -> Row:
    defaults = kind.defaults
    kept = {
        name: value
        for name, value in document.items()
        if name not in _OWN
        and (name not in defaults or defaults[name] != value)
        and (name, value) != ("class", kind.name)
    }
    return (
        document.get(kind.project, 0),
        document.get(kind.parent, 0),
        document.get(kind.person, 0),
        kind.state(document),
        to_text(kept),
    )


def _read(kind: Kind, row: Row) -> Document:
    return _whole(kind, row[0], from_text(row[1]))


def _whole(kind: Kind, number: int, document: Document) -> Document:
    whole = {"id": number, "class": kind.name, "url_path": "", **kind.defaults, **document}
    whole["url_path"] = kind.url.format_map(whole)
    return whole
