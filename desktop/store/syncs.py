"""Syncs: their documents, and how far each side was compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row

from desktop.domain.errors import InvalidInput, NotFound, Problem
from desktop.domain.values import Json
from desktop.store.database import Repository
from desktop.store.tables import sync


@dataclass(frozen=True, slots=True)
class SyncRow:
    """One sync.

    :param id: given by the store; what is passed to :meth:`Syncs.add` does not matter.
    :param document: the sync file.
    :param left_seq: records of the left mirror up to this sequence number were compared.
    :param fingerprint: of the settings that the marks were made under.
    :param approved: whether a person has seen and allowed a first run.
    """

    id: int
    name: str
    document: Json
    created_at: datetime
    updated_at: datetime
    left_seq: int = 0
    right_seq: int = 0
    fingerprint: str = ""
    approved: bool = False


class Syncs(Repository):
    """The saved syncs; a name is taken once, whatever its case."""

    def add(self, row: SyncRow) -> int:
        """Store a new sync; returns its id.

        :raises InvalidInput: when the name is taken.
        """
        self._refuse_taken(row.name, None)
        result = self._connection.execute(insert(sync).values(created_at=row.created_at, **_columns(row)))
        return int(result.lastrowid)

    def update(self, row: SyncRow) -> None:
        """Store a sync's document, marks and approval.

        :raises InvalidInput: when the name is taken by another.
        :raises NotFound: when it is not there any more.
        """
        self._refuse_taken(row.name, row.id)
        self._change(row.id, _columns(row))

    def get(self, sync_id: int) -> SyncRow:
        """The sync.

        :raises NotFound: when there is none with that id.
        """
        row = self._connection.execute(select(sync).where(sync.c.id == sync_id)).one_or_none()
        if row is None:
            raise _not_there()
        return _row(row)

    def by_name(self, name: str) -> SyncRow | None:
        """The sync of that name, whatever its case."""
        query = select(sync).where(sync.c.folded_name == name.strip().casefold())
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _row(row)

    def all(self) -> list[SyncRow]:
        """All syncs, by name."""
        return [_row(row) for row in self._connection.execute(select(sync).order_by(sync.c.folded_name))]

    def using(self, connection_name: str) -> list[SyncRow]:
        """The syncs whose document names the connection on either side, whatever its case."""
        wanted = connection_name.strip().casefold()
        return [row for row in self.all() if wanted in _connections(row.document)]

    def rename_connection(self, old: str, new: str) -> None:
        """Let the documents of all syncs that name a connection follow its new name."""
        for row in self.using(old):
            self._change(row.id, {"document": _renamed(row.document, old.strip().casefold(), new.strip())})

    def remove(self, sync_id: int) -> None:
        """Remove a sync with its links, runs, journal and due records."""
        self._connection.execute(delete(sync).where(sync.c.id == sync_id))

    def rename(self, sync_id: int, name: str, at: datetime) -> None:
        """Give a sync another name, in its document as well.

        :raises InvalidInput: when the name is taken by another.
        """
        row = self.get(sync_id)
        document = {**row.document, "name": name.strip()} if isinstance(row.document, dict) else row.document
        self.update(replace(row, name=name, document=document, updated_at=at))

    def set_marks(self, sync_id: int, left_seq: int, right_seq: int, fingerprint: str) -> None:
        """Note how far the mirrors were compared, and under which settings."""
        self._change(sync_id, {"left_seq": left_seq, "right_seq": right_seq, "fingerprint": fingerprint})

    def count(self) -> int:
        """How many syncs there are."""
        return self._connection.execute(select(func.count()).select_from(sync)).scalar_one()

    def _change(self, sync_id: int, values: dict[str, Any]) -> None:
        if not self._connection.execute(update(sync).where(sync.c.id == sync_id).values(values)).rowcount:
            raise _not_there()

    def _refuse_taken(self, name: str, own_id: int | None) -> None:
        if not name.strip():
            raise InvalidInput("The sync needs a name.", (Problem("invalid_input", "Give it a name.", place="name"),))
        other = self.by_name(name)
        if other is not None and other.id != own_id:
            message = f"There is already a sync named {other.name}."
            raise InvalidInput(message, (Problem("invalid_input", message, place="name"),), "Choose another name.")


def _not_there() -> NotFound:
    return NotFound("This sync is not there any more.", "Choose another sync.")


def _connections(document: Json) -> set[str]:
    sides = [document.get(side) for side in ("left", "right")] if isinstance(document, dict) else []
    return {str(side.get("connection", "")).strip().casefold() for side in sides if isinstance(side, dict)}


def _renamed(document: Json, old: str, new: str) -> Json:
    if not isinstance(document, dict):
        return document
    renamed = dict(document)
    for side in ("left", "right"):
        place = document.get(side)
        if isinstance(place, dict) and str(place.get("connection", "")).strip().casefold() == old:
            renamed[side] = {**place, "connection": new}
    return renamed


def _columns(row: SyncRow) -> dict[str, Any]:
    return {
        "name": row.name.strip(),
        "folded_name": row.name.strip().casefold(),
        "document": row.document,
        "updated_at": row.updated_at,
        "left_seq": row.left_seq,
        "right_seq": row.right_seq,
        "fingerprint": row.fingerprint,
        "approved": row.approved,
    }


def _row(row: Row[Any]) -> SyncRow:
    return SyncRow(
        row.id,
        row.name,
        row.document,
        row.created_at,
        row.updated_at,
        row.left_seq,
        row.right_seq,
        row.fingerprint,
        row.approved,
    )
