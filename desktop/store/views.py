"""Saved views of an object's records, by name."""

from __future__ import annotations

from desktop.domain.values import Json
from desktop.store.columns import pack, unpack
from desktop.store.database import Repository


class Views(Repository):
    """The saved views of each object."""

    def put(self, connection_id: int, object_key: str, name: str, document: Json) -> None:
        """Save a view in place of an earlier one of that name."""
        self._driver.execute(
            "INSERT OR REPLACE INTO view (connection_id, object, name, document) VALUES (?, ?, ?, ?)",
            (connection_id, object_key, name, pack(document)),
        )

    def all(self, connection_id: int, object_key: str) -> dict[str, Json]:
        """The object's views by their names, in the order of the names."""
        rows = self._driver.execute(
            "SELECT name, document FROM view WHERE connection_id = ? AND object = ? ORDER BY name COLLATE NOCASE",
            (connection_id, object_key),
        )
        return {name: unpack(document) for name, document in rows}

    def remove(self, connection_id: int, object_key: str, name: str) -> None:
        """Forget a view."""
        self._driver.execute(
            "DELETE FROM view WHERE connection_id = ? AND object = ? AND name = ?",
            (connection_id, object_key, name),
        )
