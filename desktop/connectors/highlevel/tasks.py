"""Tasks of contacts: from the wire and back.

Sources: https://marketplace.gohighlevel.com/docs/ghl/contacts/tasks and .../locations/task-search. One task is read and
written under its contact, so that a record's id holds both: ``contact:task``. The search over all contacts' tasks
filters by no time, and states none: every read is a whole one. Tasks of other objects than contacts, which it may
list as well, can't be read one by one and are left out.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any
from urllib.parse import quote

from desktop.connectors.base import ChangeReport, Related
from desktop.connectors.guard import confirming, id_text
from desktop.connectors.highlevel.auth import CONTACT_READ, CONTACT_WRITE, TASK_READ
from desktop.connectors.highlevel.client import Wire
from desktop.connectors.highlevel.convert import read_into
from desktop.connectors.highlevel.search import LAG_SECONDS, Found
from desktop.connectors.highlevel.standard import CONTACT, TASK, TASK_FIELDS
from desktop.connectors.progress import utc_milliseconds
from desktop.domain.errors import NotFound, RecordRefused, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Value, Values, is_choices, is_empty

LINK = "TASK_CONTACTS_ASSOCIATION"
LAG = LAG_SECONDS
_SIZE = 100
_MOST_TEXT = 75


class Tasks:
    """The tasks of one account's contacts."""

    changes = ChangeReport.NONE

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def find_keys(self, schema: ObjectSchema) -> frozenset[str]:
        """The title: the search looks in it."""
        return frozenset({"title"})

    def page_size(self, schema: ObjectSchema) -> int:
        """Rows of a page; no largest number is documented."""
        return _SIZE

    def read_row(self, schema: ObjectSchema, row: Mapping[str, Any]) -> Record | None:
        """A task of a contact, ``None`` for another one."""
        contact, task = row.get("contactId"), row.get("id") or row.get("_id")
        if not contact or not task:
            return None
        values: dict[str, Value] = {"contactId": frozenset({str(contact)})}
        for field in TASK_FIELDS:
            if field.type is FieldType.BOOLEAN:
                values[field.key] = bool(row.get(field.key))
            elif field.type is not FieldType.REFERENCE:
                read_into(values, field, row.get(field.key))
        return Record(schema.key, f"{id_text(contact)}:{id_text(task)}", values)

    async def pages(self, schema: ObjectSchema, since: datetime | None, size: int | None) -> AsyncGenerator[Found]:
        """Every task."""
        async with aclosing(self._search({}, size or _SIZE)) as found_pages:
            async for found in found_pages:
                yield found

    async def _search(self, wanted: Mapping[str, object], size: int) -> AsyncGenerator[Found]:
        """The rows of a search until a page has none: no total is stated, and a page may hold fewer than asked for.

        Where rows carry no ``searchAfter`` pages go by ``skip``, each beginning with the last row of the one
        before: so it is noticed when rows move while they are read.
        """
        path = f"/locations/{quote(self._wire.location, safe='')}/tasks/search"
        after: dict[str, object] = {}
        places: set[str] = set()
        seen, last = 0, None
        while True:
            body = {**wanted, "limit": size, **after}
            answer = await self._wire.call("POST", path, TASK_READ, json=body, idempotent=True)
            rows = self._wire.as_object(answer).get("tasks")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise self._wire.unexpected("the search has no list of tasks")
            if "skip" in after:
                if not rows or _id(rows[0]) != last:
                    raise self._wire.unexpected("tasks came or went while they were listed")
                rows = rows[1:]
            yield Found(rows, None, answer.server_time, not rows)
            if not rows:
                return
            seen += len(rows)
            if _id(rows[-1]) in places:
                raise self._wire.unexpected("the search gives no way to its next page")
            last = _id(rows[-1])
            places.add(last)
            cursor = rows[-1].get("searchAfter")
            after = {"searchAfter": cursor} if cursor else {"skip": seen - 1}

    async def count(self, schema: ObjectSchema) -> int | None:
        """Not stated by the platform."""
        return None

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One task, past the index."""
        data = await self._wire.data("GET", self._path(record_id), CONTACT_READ, record=_named(record_id))
        return self._answered(schema, record_id, data)

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The tasks that the search knows by that title; the caller compares exactly."""
        if not isinstance(value, str) or not value.strip():
            return []
        found: list[Record] = []
        async with aclosing(self._search({"query": value.strip()[:_MOST_TEXT]}, _SIZE)) as found_pages:
            async for page in found_pages:
                found += [record for row in page.rows if (record := self.read_row(schema, row)) is not None]
        return found

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a task of a contact.

        :raises RecordRefused: when no contact is given.
        """
        contact = values.get("contactId")
        if not is_choices(contact) or not contact:
            raise RecordRefused(
                f"{self._wire.transport.name} keeps tasks with contacts, and no contact is given for the new task.",
                "Give the task a contact.",
                field="contactId",
            )
        id_ = min(contact)
        given = {key: value for key, value in values.items() if not is_empty(value)}
        answer = await self._wire.call(
            "POST",
            f"/contacts/{quote(id_, safe='')}/tasks",
            CONTACT_WRITE,
            json={"completed": False, **_body(given)},
            idempotent=False,
            record="the new task",
        )
        with confirming(self._wire.transport):
            return self._answered(schema, f"{id_}:", self._wire.as_object(answer))

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Send the keys that change and nothing else.

        :raises RecordRefused: when the contact is to change, which the platform offers no way for.
        """
        if "contactId" in changes and changes["contactId"] != record.get("contactId"):
            raise RecordRefused(
                f"{self._wire.transport.name} keeps the task {record.id} with the contact that it was created for.",
                "Delete it and create it for the other contact, or leave the contact out of what is changed.",
                field="contactId",
            )
        body = _body(changes)
        if not body:
            return await self.get(schema, record.id)
        path = self._path(record.id)
        data = await self._wire.data("PUT", path, CONTACT_WRITE, json=body, record=_named(record.id))
        return self._answered(schema, record.id, data)

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a task; one that is gone is no error."""
        try:
            await self._wire.call("DELETE", self._path(record_id), CONTACT_WRITE, record=_named(record_id))
        except NotFound:
            return

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The task's contact."""
        contact = record_id.partition(":")[0]
        return [Related("", LINK, "Contact", CONTACT, contact)] if contact else []

    async def of_contact(self, contact_id: str) -> list[Related]:
        """The tasks of a contact; none where the token may not see them."""
        path = f"/contacts/{quote(contact_id, safe='')}/tasks"
        try:
            rows = self._wire.rows(await self._wire.data("GET", path, CONTACT_READ), "tasks")
        except (ScopeMissing, NotFound):
            return []
        return [
            Related("", LINK, "Tasks", TASK, f"{contact_id}:{_id(row)}", str(row.get("title") or ""))
            for row in rows
            if isinstance(row, dict)
        ]

    def _path(self, record_id: str) -> str:
        contact, _, task = record_id.partition(":")
        if not contact or not task:
            raise NotFound(
                f"{self._wire.transport.name} does not have {_named(record_id)} (any more).",
                "Refresh the list: it may have been deleted or moved.",
            )
        return f"/contacts/{quote(contact, safe='')}/tasks/{quote(task, safe='')}"

    def _answered(self, schema: ObjectSchema, record_id: str, data: Mapping[str, Any]) -> Record:
        row = data.get("task")
        contact = record_id.partition(":")[0]
        record = self.read_row(schema, {"contactId": contact, **row}) if isinstance(row, dict) else None
        if record is None:
            raise self._wire.unexpected("the answer holds no task")
        return record


def _body(values: Values) -> dict[str, object]:
    body: dict[str, object] = {}
    for field in TASK_FIELDS:
        if field.key not in values or field.type is FieldType.REFERENCE:
            continue
        value = values[field.key]
        if field.type is FieldType.BOOLEAN:
            body[field.key] = bool(value)
        elif isinstance(value, datetime):
            body[field.key] = utc_milliseconds(value)
        else:
            body[field.key] = None if is_empty(value) else value
    return body


def _id(row: Mapping[str, Any]) -> str:
    return str(row.get("id") or row.get("_id") or "")


def _named(record_id: str) -> str:
    return f"the task {record_id}"
