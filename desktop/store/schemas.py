"""Schemas as they were last read: the listing of a connection's objects, and single objects with their fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert

from desktop.domain.schema import ObjectSchema
from desktop.store.columns import pack, unpack_as
from desktop.store.database import Repository
from desktop.store.tables import object_schema


class Schemas(Repository):
    """What is known of the objects of each connection."""

    def put(self, connection_id: int, listing: Sequence[ObjectSchema], at: datetime) -> None:
        """Replace the listing. Schemas with fields that were stored before stay, but for objects that are no more."""
        table = object_schema
        keys = [schema.key for schema in listing]
        self._connection.execute(delete(table).where(table.c.connection_id == connection_id, table.c.key.not_in(keys)))
        self._connection.execute(
            update(table).where(table.c.connection_id == connection_id).values(position=None, listing=None)
        )
        for position, schema in enumerate(listing):
            statement = insert(table).values(
                connection_id=connection_id,
                key=schema.key,
                position=position,
                listing=pack(schema),
                listed_at=at,
            )
            changed = {name: statement.excluded[name] for name in ("position", "listing", "listed_at")}
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["connection_id", "key"], set_=changed)
            )
            if schema.fields:
                self.put_one(connection_id, schema, at)

    def put_one(self, connection_id: int, schema: ObjectSchema, at: datetime) -> None:
        """Store one object with its fields."""
        statement = insert(object_schema).values(
            connection_id=connection_id, key=schema.key, document=pack(schema), read_at=at
        )
        changed = {name: statement.excluded[name] for name in ("document", "read_at")}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["connection_id", "key"], set_=changed))

    def outdate(self, connection_id: int) -> None:
        """Make what is known of a connection's fields as old as can be."""
        table = object_schema
        known = (table.c.connection_id == connection_id) & table.c.document.is_not(None)
        self._connection.execute(update(table).where(known).values(read_at=datetime.fromtimestamp(0, UTC)))

    def listing(self, connection_id: int) -> list[ObjectSchema]:
        """The objects as they were last listed, in the platform's order."""
        table = object_schema
        query = (
            select(table.c.listing)
            .where(table.c.connection_id == connection_id, table.c.listing.is_not(None))
            .order_by(table.c.position)
        )
        return [unpack_as(data, ObjectSchema) for data in self._connection.execute(query).scalars()]

    def get(self, connection_id: int, key: str) -> tuple[ObjectSchema, datetime] | None:
        """One object with its fields, and when they were read."""
        table = object_schema
        query = select(table.c.document, table.c.read_at).where(
            table.c.connection_id == connection_id, table.c.key == key, table.c.document.is_not(None)
        )
        row = self._connection.execute(query).one_or_none()
        return row and (unpack_as(row.document, ObjectSchema), row.read_at)
