"""Drafts: what was typed into a record's form and not saved yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desktop.domain.values import Json
from desktop.store.columns import micros, moment, pack, unpack
from desktop.store.database import Repository


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved input.

    :param record_id: blank for a new record.
    """

    connection_id: int
    object: str
    record_id: str
    document: Json
    at: datetime


class Drafts(Repository):
    """One draft a record."""

    def put(self, draft: Draft) -> None:
        """Keep a draft in place of the record's earlier one."""
        self._driver.execute(
            "INSERT OR REPLACE INTO draft (connection_id, object, record_id, document, at) VALUES (?, ?, ?, ?, ?)",
            (draft.connection_id, draft.object, draft.record_id, pack(draft.document), micros(draft.at)),
        )

    def get(self, connection_id: int, object_key: str, record_id: str) -> Draft | None:
        """A record's draft."""
        row = self._driver.execute(
            "SELECT document, at FROM draft WHERE connection_id = ? AND object = ? AND record_id = ?",
            (connection_id, object_key, record_id),
        ).fetchone()
        return row and Draft(connection_id, object_key, record_id, unpack(row[0]), moment(row[1]))

    def all(self, connection_id: int | None = None, object_key: str | None = None) -> list[Draft]:
        """All drafts, or those of one connection or object; the latest first."""
        rows = self._driver.execute(
            "SELECT connection_id, object, record_id, document, at FROM draft "
            "WHERE (?1 IS NULL OR connection_id = ?1) AND (?2 IS NULL OR object = ?2) ORDER BY at DESC, record_id",
            (connection_id, object_key),
        )
        return [
            Draft(connection, key, record_id, unpack(document), moment(at))
            for connection, key, record_id, document, at in rows
        ]

    def remove(self, connection_id: int, object_key: str, record_id: str) -> None:
        """Forget a record's draft."""
        self._driver.execute(
            "DELETE FROM draft WHERE connection_id = ? AND object = ? AND record_id = ?",
            (connection_id, object_key, record_id),
        )
