"""Objects whose listing comes whole with few requests: projects, companies, people and labels."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import ClassVar

from desktop.connectors.activecollab.client import PathUnknown
from desktop.connectors.activecollab.kind import Kind
from desktop.connectors.activecollab.listing import Listed, listed
from desktop.connectors.base import ChangeReport, Page
from desktop.domain.errors import NotFound
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Json, Values


class Directory(Kind):
    """Objects that are listed whole.

    Every read is a whole one and gives no cursor: reading the changes alone would cost the same requests, and a whole
    read sees as well what was deleted.
    """

    path: ClassVar[str]
    changes = ChangeReport.NONE

    async def everything(self) -> Listed:
        """All rows outside the trash."""
        return await listed(self._wire, self.path)

    async def read(self, schema: ObjectSchema, cursor: Json) -> AsyncGenerator[Page]:
        rows = (await self.everything()).rows
        yield Page([self.record(schema, row) for row in rows], None, len(rows), last=True)

    async def count(self) -> int | None:
        return len((await self.everything()).rows)

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        return self.record(schema, await self.single(schema, self._address(record_id), record_id))

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        return await self.post(schema, self.path, values)

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        return await self.put(schema, self._address(record.id), record, changes, self.body(schema, changes))

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        await self.drop(self._address(record_id), record_id)

    def _address(self, record_id: str) -> str:
        if not record_id.isdecimal():
            raise self._wire.missing(self.named(record_id))
        return f"{self.path}/{record_id}"


class WithArchive(Directory):
    """Objects of which the plain listing may leave out the archived ones.

    The vendor's documentation has ``/all`` for every one with the archived and trashed; an instance that does not
    know it is asked for the plain listing.
    """

    async def everything(self) -> Listed:
        try:
            return await listed(self._wire, f"{self.path}/all")
        except (PathUnknown, NotFound):
            return await listed(self._wire, self.path)
