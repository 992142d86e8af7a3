"""What the modules for each kind of object share: how one record is written and its answer read."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from typing import Any, ClassVar

from desktop.connectors.activecollab.client import Row, Wire
from desktop.connectors.activecollab.convert import COMPLETED, read_record, wire_names, write_values
from desktop.connectors.activecollab.key_line import BODY, body_to_send, keyed, touches_line
from desktop.connectors.activecollab.listing import in_trash
from desktop.connectors.base import ChangeReport, Page, Related
from desktop.domain.errors import CrosswalkError, NotFound, NotSupported, RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Json, Value, Values, is_choices, is_empty, same

IN_TRASH = "in the trash"
"""Details of the error for a record that is there but deleted."""

_log = logging.getLogger(__name__)


class Kind(ABC):
    """One kind of object. Its address depends on the kind, its fields' names on the wire stand in the schema."""

    noun: ClassVar[str]
    route: ClassVar[str] = ""
    """Its name in the addresses that complete and reopen, blank where it can't be completed."""
    fixed: ClassVar[str] = ""
    """The reference that says where a record lies, which can't be changed."""
    changes: ClassVar[ChangeReport] = ChangeReport.SINCE

    def __init__(self, wire: Wire, *, key_line: bool = False) -> None:
        self._wire = wire
        self.key_line = key_line

    @abstractmethod
    def read(self, schema: ObjectSchema, cursor: Json) -> AsyncGenerator[Page]:
        """All records, or those that changed since a cursor."""

    async def count(self) -> int | None:
        """How many there are, ``None`` where only a whole read tells."""
        return None

    @abstractmethod
    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record as it is now."""

    async def near(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record] | None:
        """The records among which all with that value are, ``None`` where that is the whole listing."""
        return None

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a record."""
        raise self._refusal(schema, "create")

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change only the given fields."""
        raise self._refusal(schema, "update")

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Move a record to the trash."""
        raise self._refusal(schema, "delete")

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """What the record refers to."""
        return references(schema, await self.get(schema, record_id))

    @staticmethod
    def _refusal(schema: ObjectSchema, action: str) -> NotSupported:
        return NotSupported(schema.refusals.get(action, f"ActiveCollab can't {action} a {schema.label}."))

    def named(self, record_id: str) -> str:
        """A record in a sentence: ``the task 12``."""
        return f"the {self.noun} {record_id}"

    def record(self, schema: ObjectSchema, row: Row) -> Record:
        """A record from the wire."""
        record = read_record(schema, row)
        return keyed(record) if self.key_line else record

    def body(self, schema: ObjectSchema, values: Values) -> dict[str, Any]:
        """What a write sends of these values."""
        return write_values(schema, values, frozenset({self.fixed}))

    async def single(self, schema: ObjectSchema, path: str, record_id: str) -> Row:
        """One row by its address.

        :raises NotFound: also when it is in the trash.
        """
        row = await self._wire.single("GET", path, record=self.named(record_id))
        if in_trash(row):
            raise self._wire.missing(self.named(record_id), IN_TRASH)
        return row

    async def post(
        self, schema: ObjectSchema, path: str, values: Values, context: Row | None = None, inside: str = ""
    ) -> Record:
        """Create a record at an address, completed where the values say so.

        Where completing fails the record is returned as it is: it is there, and an error would have it made again.

        :param context: what is known of the row beside what the answer says.
        :param inside: what the record is made in, for the sentence when that is gone.
        :raises RecordRefused: also when there is nothing at the address.
        """
        given = {key: value for key, value in values.items() if not is_empty(value)}
        label = next((str(given[key]) for key in schema.title_keys if key in given), "")
        named = f"the {self.noun} {label}".strip()
        body = self.body(schema, given)
        if self.key_line and touches_line(given):
            body[BODY] = body_to_send(None, given)
        try:
            row = await self._wire.single("POST", path, json=body, record=named, names=wire_names(schema))
        except NotFound as error:
            name = self._wire.transport.name
            raise RecordRefused(
                f"{name} does not have {inside or 'the place'} (any more) where {named} should go.",
                "Choose another one, then try again.",
                error.details,
                self.fixed or None,
            ) from None
        try:
            if given.get(COMPLETED) is True:
                row = await self._complete(str(row["id"]), done=True)
        except CrosswalkError as error:
            _log.warning("%s was created but not completed: %s", self.named(str(row["id"])), error.message)
        return self.record(schema, {**(context or {}), **row})

    async def put(
        self,
        schema: ObjectSchema,
        path: str,
        record: Record,
        changes: Values,
        body: Mapping[str, Any],
        context: Row | None = None,
    ) -> Record:
        """Change a record at an address; completing and reopening go their own way.

        :param context: what is known of the row beside what the answer says.
        """
        row: Row | None = None
        named, wire_id = self.named(record.id), path.rpartition("/")[2]
        done = changes.get(COMPLETED, record.get(COMPLETED))
        if self.key_line and touches_line(changes):
            body = {**body, BODY: body_to_send(await self.get(schema, record.id), changes)}
        if COMPLETED in changes and not done:
            row = await self._complete(wire_id, done=False, named=named)
        if body:
            row = await self._wire.single("PUT", path, json=body, record=named, names=wire_names(schema))
        if COMPLETED in changes and done:
            row = await self._complete(wire_id, done=True, named=named)
        if row is None:
            return await self.get(schema, record.id)
        if in_trash(row):
            raise self._wire.missing(named, IN_TRASH)
        return self.record(schema, {**(context or {}), **row})

    async def _complete(self, wire_id: str, *, done: bool, named: str = "") -> Row:
        verb = "complete" if done else "open"
        return await self._wire.single("PUT", f"/{verb}/{self.route}/{wire_id}", json={}, record=named)

    async def drop(self, path: str, record_id: str) -> None:
        """Move what is at an address to the trash; what is not there is no error."""
        try:
            answer = await self._wire.call("DELETE", path, record=self.named(record_id))
        except NotFound:
            return
        if isinstance(answer.data, dict) and "type" in answer.data and "single" not in answer.data:
            raise self._wire.unexpected(f"status {answer.status}, but not done: {self._wire.said(answer)}")

    def check_fixed(self, schema: ObjectSchema, record: Record, changes: Values) -> None:
        """See that a change leaves a record where it is.

        :raises RecordRefused: when it would move it.
        """
        field = schema.field(self.fixed)
        if field is None or field.key not in changes or not record.has(field.key):
            return
        if not same(changes[field.key], record.get(field.key), field.type):
            raise RecordRefused(
                f"ActiveCollab's API has no way to move {self.named(record.id)} to another {field.label.lower()}.",
                f"Move it in ActiveCollab, or leave the {field.label.lower()} out of the mapping.",
                field=field.key,
            )


def references(schema: ObjectSchema, record: Record) -> list[Related]:
    """The records that a record's fields refer to."""
    found: list[Related] = []
    for field in schema.fields:
        value = record.get(field.key)
        if field.type is FieldType.REFERENCE and is_choices(value):
            found.extend(Related("", field.key, field.label, field.target or "", item) for item in sorted(value))
    return found
