"""Small resources as JSON documents: fields, options, lists, webhooks and the like.

Ids count up and are never reused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from desktop.sandbox.activecampaign.query import Query
from desktop.sandbox.activecampaign.state import Database
from desktop.sandbox.storage import from_text, to_text


class Documents:
    """Documents by kind and numeric id; each carries its ``id`` as text."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, kind: str, document: dict[str, Any]) -> dict[str, Any]:
        """Keep a new document under the next id, which it is given."""
        self._db.run("INSERT OR IGNORE INTO activecampaign_sequences VALUES (?, 0)", kind)
        self._db.run("UPDATE activecampaign_sequences SET last = last + 1 WHERE kind = ?", kind)
        number = self._db.value("SELECT last FROM activecampaign_sequences WHERE kind = ?", kind)
        document = {**document, "id": str(number)}
        self.put(kind, document)
        return document

    def put(self, kind: str, document: dict[str, Any]) -> None:
        """Overwrite a document."""
        self._db.run(
            "INSERT OR REPLACE INTO activecampaign_documents VALUES (?, ?, ?)",
            kind,
            int(document["id"]),
            to_text(document),
        )

    def get(self, kind: str, identifier: int | None) -> dict[str, Any] | None:
        """The document, or None."""
        found = self._db.value(
            "SELECT document FROM activecampaign_documents WHERE kind = ? AND id = ?", kind, identifier
        )
        return None if found is None else from_text(found)

    def has(self, kind: str, identifier: int | None) -> bool:
        """Whether there is such a document."""
        sql = "SELECT 1 FROM activecampaign_documents WHERE kind = ? AND id = ?"
        return self._db.value(sql, kind, identifier) is not None

    def all(self, kind: str, after: int = 0) -> list[dict[str, Any]]:
        """Every document of a kind whose id is greater than `after`, by id."""
        sql = "SELECT document FROM activecampaign_documents WHERE kind = ? AND id > ? ORDER BY id"
        return [from_text(row["document"]) for row in self._db.rows(sql, kind, after)]

    def remove(self, kind: str, identifier: int | None) -> None:
        """Forget a document."""
        self._db.run("DELETE FROM activecampaign_documents WHERE kind = ? AND id = ?", kind, identifier)


def page(query: Query, documents: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The documents in the order and of the page that `query` asks for, and the number of all."""
    found = list(documents)
    for order in reversed(query.orders()):
        found.sort(key=lambda document: _sort_key(document.get(order.prop)), reverse=order.descending)
    return found[query.offset : query.offset + query.limit], len(found)


def _sort_key(value: object) -> tuple[int, float, str]:
    content = "" if value is None else str(value)
    try:
        return (0, float(content), "")
    except ValueError:
        return (1, 0.0, content.casefold())
