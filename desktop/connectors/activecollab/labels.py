"""Labels: ``/labels``, read only. A task's labels are written by their names in the task."""

from __future__ import annotations

from desktop.connectors.activecollab.directory import Directory
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Values


class Labels(Directory):
    """The labels of one account."""

    noun = "label"
    path = "/labels"

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One label, out of the listing: no source has an address for one alone."""
        for row in (await self.everything()).rows:
            record = self.record(schema, row)
            if record.id == record_id:
                return record
        raise self._wire.missing(self.named(record_id))

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        raise self._refusal(schema, "create")

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        raise self._refusal(schema, "update")

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        raise self._refusal(schema, "delete")
