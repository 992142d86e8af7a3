"""What the parts of a workspace share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from desktop.domain.errors import NotFound
from desktop.domain.schema import ObjectSchema
from desktop.store import Store
from desktop.sync.endpoint import Place
from desktop.workspace.hub import Hub
from desktop.workspace.topics import News

SCHEMA_AGE = timedelta(minutes=15)
"""How old a schema may be before it is read again."""


Clock = Callable[[], datetime]
"""Tells the current time, with its zone."""


def current_time() -> datetime:
    """The time of this computer's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """The store, the open connections, the news and the clock of one workspace."""

    store: Store
    hub: Hub
    news: News
    clock: Clock = current_time

    def now(self) -> datetime:
        """The current time, with its zone."""
        return self.clock()

    async def schema(self, connection: str, object_key: str, *, fresh: bool = False) -> ObjectSchema:
        """An object's schema, from the workspace unless it is old or asked for anew.

        :raises NotFound: when the connection has no such object.
        """
        row = await self.hub.row(connection)
        known = await self.store.read(self.store.schemas.get, row.id, object_key)
        if known is not None and not fresh and self.now() - known[1] < SCHEMA_AGE:
            return known[0]
        connector = await self.hub.connector(connection)
        schema = await connector.schema(object_key)
        await self.store.write(self.store.schemas.put_one, row.id, schema, self.now())
        return schema

    async def place(self, connection: str, object_key: str, *, fresh: bool = False) -> Place:
        """An object ready to be read and written, with its mirror."""
        row = await self.hub.row(connection)
        connector = await self.hub.connector(connection)
        schema = await self.schema(connection, object_key, fresh=fresh)
        mirror = await self.store.write(self.store.mirror.object_id, row.id, schema.key)
        return Place(row.name, connector, schema, mirror)

    async def mirror(self, connection: str, object_key: str) -> tuple[ObjectSchema, int]:
        """An object's schema and mirror, without needing the connection where both are known."""
        row = await self.hub.row(connection)
        known = await self.store.read(self.store.schemas.get, row.id, object_key)
        schema = known[0] if known and known[0].fields else await self.schema(connection, object_key)
        if not schema.fields:
            raise NotFound(f"{connection} has no object “{object_key}”.", "Choose one from the list of objects.")
        return schema, await self.store.write(self.store.mirror.object_id, row.id, schema.key)
