"""People: ``/users`` (https://developers.activecollab.com/api-documentation, people/users).

They are invited and removed in ActiveCollab itself; their names, company and the like are changed here.
"""

from __future__ import annotations

from collections.abc import Sequence

from desktop.connectors.activecollab.directory import WithArchive
from desktop.domain.errors import NotFound, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Values


class Users(WithArchive):
    """The people of one account, archived ones included."""

    noun = "person"
    path = "/users"

    async def names(self, ids: Sequence[str]) -> dict[str, str]:
        """The names of people by their ids, without those that this person may not see."""
        found: dict[str, str] = {}
        for key in ids:
            try:
                row = await self._wire.single("GET", self._address(key), record=self.named(key))
            except (NotFound, ScopeMissing):
                continue
            if name := row.get("display_name") or row.get("email"):
                found[key] = str(name)
        return found

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        raise self._refusal(schema, "create")

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        raise self._refusal(schema, "delete")
