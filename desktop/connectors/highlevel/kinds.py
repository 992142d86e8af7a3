"""What the connector asks of each kind of object, and the part that those with a search share."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from desktop.connectors.base import ChangeReport, Related
from desktop.connectors.highlevel.client import Wire
from desktop.connectors.highlevel.search import Found, changed_since, count, listing_of, pages
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import Value, Values


class Kind(Protocol):
    """How records of one kind are read and written. Calls are those of the connector, for this kind only."""

    changes: ChangeReport

    def find_keys(self, schema: ObjectSchema) -> frozenset[str]:
        """Fields that records can be looked up by, beside their id."""
        ...

    def page_size(self, schema: ObjectSchema) -> int:
        """Rows of a page unless the operator chose another number."""
        ...

    def pages(self, schema: ObjectSchema, since: datetime | None, size: int | None) -> AsyncGenerator[Found]:
        """The rows, or those that changed at or after a time.

        :raises SearchRefused: when the platform does not take the filter.
        """
        ...

    def read_row(self, schema: ObjectSchema, row: Mapping[str, Any]) -> Record | None:
        """A row of a page as a record, ``None`` for one that is no record of this kind."""
        ...

    async def count(self, schema: ObjectSchema) -> int | None:
        """How many there are."""
        ...

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record, past the index."""
        ...

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """Records that may have the value; the caller compares exactly."""
        ...

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create one."""
        ...

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change the given fields of one."""
        ...

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete one; one that is gone is no error."""
        ...

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """What one is linked to."""
        ...


class Searched:
    """Listing and counting by the object's search."""

    changes = ChangeReport.SINCE

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def page_size(self, schema: ObjectSchema) -> int:
        """What the platform takes at most, or what is in common use."""
        return listing_of(schema).size

    def pages(self, schema: ObjectSchema, since: datetime | None, size: int | None) -> AsyncGenerator[Found]:
        """The rows, the oldest first."""
        listing = listing_of(schema)
        return pages(self._wire, listing, changed_since(listing, since) if since else [], size)

    async def count(self, schema: ObjectSchema) -> int | None:
        """How many records the index knows."""
        return await count(self._wire, listing_of(schema))


def merged(*parts: Sequence[Related]) -> list[Related]:
    """Links from several sources, each record once: with the id that the first one gives, and any one's title."""
    found: dict[tuple[str, str], Related] = {}
    for item in (item for part in parts for item in part):
        known = found.setdefault((item.object, item.record_id), item)
        if item.title and not known.title:
            found[item.object, item.record_id] = Related(
                known.id, known.association, known.label, known.object, known.record_id, item.title
            )
    return list(found.values())
