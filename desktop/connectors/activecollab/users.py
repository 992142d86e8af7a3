"""People: ``/users`` (https://developers.activecollab.com/api-documentation, people/users).

They are invited and removed in ActiveCollab itself; their names, company and the like are changed here.
"""

from __future__ import annotations

from desktop.connectors.activecollab.directory import WithArchive
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Values


class Users(WithArchive):
    """The people of one account, archived ones included."""

    noun = "person"
    path = "/users"

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        raise self._refusal(schema, "create")

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        raise self._refusal(schema, "delete")
