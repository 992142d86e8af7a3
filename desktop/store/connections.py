"""Connections: the accounts that the operator connected. Their credentials are in the keyring, not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from desktop.domain.errors import InvalidInput, NotFound, Problem
from desktop.domain.values import Json
from desktop.store.database import Database, Repository
from desktop.store.mirror import Mirror
from desktop.store.syncs import Syncs
from desktop.store.tables import connection


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connected account.

    :param id: given by the store; what is passed to :meth:`Connections.add` does not matter.
    :param platform: the platform's key, such as ``highlevel``.
    :param options: what else the platform needs to be reached.
    :param checked_at: when the credentials last worked or were last refused.
    :param identity: what the platform said about the account.
    :param problem: why the connection does not work.
    """

    id: int
    name: str
    platform: str
    base_url: str
    account: str
    options: Mapping[str, str]
    created_at: datetime
    checked_at: datetime | None = None
    identity: Json = field(default=None)
    problem: Problem | None = None


class Connections(Repository):
    """The connected accounts; a name is taken once, whatever its case."""

    def __init__(self, database: Database, mirror: Mirror, syncs: Syncs) -> None:
        super().__init__(database)
        self._mirror = mirror
        self._syncs = syncs

    def add(self, row: ConnectionRow) -> int:
        """Store a new connection; returns its id.

        :raises InvalidInput: when the name is taken.
        """
        self._refuse_taken(row.name, None)
        values = _columns(row)
        values["created_at"] = row.created_at
        result = self._connection.execute(insert(connection).values(values))
        return int(result.lastrowid)

    def get(self, connection_id: int) -> ConnectionRow:
        """The connection.

        :raises NotFound: when there is none with that id.
        """
        row = self.by_id(connection_id)
        if row is None:
            raise NotFound("This connection is not there any more.", "Choose another connection.")
        return row

    def by_id(self, connection_id: int) -> ConnectionRow | None:
        """The connection, ``None`` where it is not there any more."""
        row = self._connection.execute(select(connection).where(connection.c.id == connection_id)).one_or_none()
        return None if row is None else _row(row)

    def by_name(self, name: str) -> ConnectionRow | None:
        """The connection of that name, whatever its case."""
        query = select(connection).where(connection.c.folded_name == name.strip().casefold())
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _row(row)

    def all(self) -> list[ConnectionRow]:
        """All connections, by name."""
        return [_row(row) for row in self._connection.execute(select(connection).order_by(connection.c.folded_name))]

    def update(self, row: ConnectionRow) -> None:
        """Store what changed about a connection. A new name is carried into no sync: rename those as well.

        :raises InvalidInput: when the name is taken by another.
        :raises NotFound: when it is not there any more.
        """
        self._refuse_taken(row.name, row.id)
        result = self._connection.execute(update(connection).where(connection.c.id == row.id).values(_columns(row)))
        if not result.rowcount:
            raise NotFound(f"The connection {row.name} is not there any more.", "Connect the account again.")

    def remove(self, connection_id: int) -> None:
        """Remove a connection with its mirror, schemas, drafts and views.

        :raises InvalidInput: when a sync uses it.
        """
        row = self.get(connection_id)
        users = self._syncs.using(row.name)
        if users:
            names = ", ".join(sync.name for sync in users)
            raise InvalidInput(
                f"{row.name} is used by {names}.",
                hint="Remove or change what uses it, then remove the connection.",
            )
        self._mirror.remove_connection(connection_id)
        self._connection.execute(delete(connection).where(connection.c.id == connection_id))

    def _refuse_taken(self, name: str, own_id: int | None) -> None:
        if not name.strip():
            raise InvalidInput(
                "The connection needs a name.", (Problem("invalid_input", "Give it a name.", place="name"),)
            )
        other = self.by_name(name)
        if other is not None and other.id != own_id:
            message = f"There is already a connection named {other.name}."
            raise InvalidInput(message, (Problem("invalid_input", message, place="name"),), "Choose another name.")


def _columns(row: ConnectionRow) -> dict[str, Any]:
    return {
        "name": row.name.strip(),
        "folded_name": row.name.strip().casefold(),
        "platform": row.platform,
        "base_url": row.base_url,
        "account": row.account,
        "options": dict(row.options),
        "checked_at": row.checked_at,
        "identity": row.identity,
        "problem": row.problem,
    }


def _row(row: Row[Any]) -> ConnectionRow:
    return ConnectionRow(
        row.id,
        row.name,
        row.platform,
        row.base_url,
        row.account,
        row.options,
        row.created_at,
        row.checked_at,
        row.identity,
        row.problem,
    )
