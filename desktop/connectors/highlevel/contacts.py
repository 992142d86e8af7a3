"""Contacts: from the wire and back.

Source: https://marketplace.gohighlevel.com/docs/ghl/contacts/. An update touches the keys that are sent; ``tags``
replaces them all. Custom fields are named by their ids and come back as ``customFields: [{id, value}]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from desktop.connectors.base import Related
from desktop.connectors.guard import confirming, id_text
from desktop.connectors.highlevel.auth import CONTACT_READ, CONTACT_WRITE
from desktop.connectors.highlevel.client import Wire
from desktop.connectors.highlevel.convert import parse_time, read_into, write_contact_value
from desktop.connectors.highlevel.kinds import Searched, merged
from desktop.connectors.highlevel.opportunities import Opportunities
from desktop.connectors.highlevel.records import wire_value
from desktop.connectors.highlevel.relations import Relations
from desktop.connectors.highlevel.search import CONTACTS, Row, matching
from desktop.connectors.highlevel.tasks import Tasks
from desktop.connectors.highlevel.v1 import read_values, write_value
from desktop.connectors.together import together
from desktop.domain.errors import NotFound
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Value, Values, is_choices, is_empty

_SEARCHED = {
    "email": "email",
    "phone": "phone",
    "firstName": "firstNameLowerCase",
    "lastName": "lastNameLowerCase",
    "companyName": "companyName",
    "source": "source",
    "assignedTo": "assignedTo",
}
_DUPLICATE = {"email": "email", "phone": "number"}
_NOT_NULL = frozenset({"postalCode", "country"})
_CUSTOM_SEARCHED = (
    FieldType.TEXT,
    FieldType.LONG_TEXT,
    FieldType.PHONE,
    FieldType.NUMBER,
    FieldType.CHOICE,
    FieldType.DATE,
)


class Contacts(Searched):
    """The contacts of one account.

    :param v3: whether the connection speaks version 3 of the API.
    """

    def __init__(
        self, wire: Wire, relations: Relations, opportunities: Opportunities, tasks: Tasks, *, v3: bool
    ) -> None:
        super().__init__(wire)
        self._relations = relations
        self._opportunities = opportunities
        self._tasks = tasks
        self._v3 = v3

    def find_keys(self, schema: ObjectSchema) -> frozenset[str]:
        """Fields that the search can filter by."""
        return frozenset(
            field.key
            for field in schema.fields
            if field.key in _SEARCHED or (field.wire and field.type in _CUSTOM_SEARCHED)
        )

    @staticmethod
    def read_row(schema: ObjectSchema, row: Mapping[str, Any]) -> Record:
        """A contact as search lists it, or as reads and writes of one contact answer it."""
        custom = read_values(row)
        values: dict[str, Value] = {}
        for field in schema.fields:
            if field.wire:
                read_into(values, field, custom.get(field.wire))
            elif not field.is_system:
                read_into(values, field, row.get(field.key))
        if values.get("address1") is None and row.get("address"):
            values["address1"] = str(row["address"])
        return Record(
            schema.key,
            id_text(row["id"]),
            values,
            created_at=parse_time(row.get("dateAdded")),
            updated_at=parse_time(row.get("dateUpdated")),
        )

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One contact, past the index."""
        data = await self._wire.data(
            "GET", f"/contacts/{quote(record_id, safe='')}", CONTACT_READ, record=f"the contact {record_id}"
        )
        return self._answered(schema, data)

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The contacts with that value; the caller compares exactly.

        E-mail addresses and phone numbers are also looked up past the index: a contact that was made a moment ago
        is found. That lookup names one contact, the search all.
        """
        wanted = wire_value(field, value)
        if wanted is None:
            return []
        rows: dict[str, Row] = {}
        if field.key in _DUPLICATE:
            duplicate = await self._duplicate(_DUPLICATE[field.key], str(wanted))
            if duplicate is not None:
                rows[str(duplicate["id"])] = duplicate
        for row in await matching(self._wire, CONTACTS, _condition(field, wanted)):
            rows.setdefault(str(row["id"]), row)
        return [self.read_row(schema, row) for row in rows.values()]

    async def _duplicate(self, name: str, value: str) -> Row | None:
        data = await self._wire.data(
            "GET",
            "/contacts/search/duplicate",
            CONTACT_READ,
            params={"locationId": self._wire.location, name: value},
        )
        contact = data.get("contact")
        return contact if isinstance(contact, dict) and contact.get("id") else None

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a contact.

        :raises Duplicate: when the location allows no second contact with this e-mail address or phone number.
        """
        given = {key: value for key, value in values.items() if not is_empty(value)}
        body = {"locationId": self._wire.location, **self._body(schema, given)}
        answer = await self._wire.call(
            "POST", "/contacts/", CONTACT_WRITE, json=body, idempotent=False, record="the new contact"
        )
        with confirming(self._wire.transport):
            return self._answered(schema, self._wire.as_object(answer))

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Send the keys that change and nothing else."""
        body = self._body(schema, changes)
        if not body:
            return await self.get(schema, record.id)
        data = await self._wire.data(
            "PUT", f"/contacts/{quote(record.id, safe='')}", CONTACT_WRITE, json=body, record=f"the contact {record.id}"
        )
        return self._answered(schema, data)

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a contact; one that is gone is no error."""
        try:
            await self._wire.call(
                "DELETE", f"/contacts/{quote(record_id, safe='')}", CONTACT_WRITE, record=f"the contact {record_id}"
            )
        except NotFound:
            return

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """What is linked by associations, and the contact's opportunities and tasks."""
        linked, opportunities, tasks = await together(
            (
                self._relations.listed(schema, record_id),
                self._opportunities.of_contact(record_id),
                self._tasks.of_contact(record_id),
            )
        )
        return merged(linked, opportunities, tasks)

    def _answered(self, schema: ObjectSchema, data: Mapping[str, Any]) -> Record:
        row = data.get("contact")
        if not isinstance(row, dict) or not row.get("id"):
            raise self._wire.unexpected("the answer holds no contact")
        return self.read_row(schema, row)

    def _body(self, schema: ObjectSchema, values: Values) -> dict[str, Any]:
        body: dict[str, Any] = {}
        custom: list[dict[str, object]] = []
        for key, value in values.items():
            field = schema.field(key)
            if field is None or field.is_system or field.read_only:
                continue
            if field.wire:
                custom.append(write_value(field, value, v3=self._v3))
            else:
                body[key] = _standard(field, value)
        if custom:
            body["customFields"] = custom
        return body


def _condition(field: Field, wanted: object) -> dict[str, Any]:
    if field.wire:
        path = f"customFields.{field.wire}"
        if field.type is FieldType.DATE:
            return {"field": path, "operator": "range", "value": {"gte": wanted, "lte": wanted}}
        return {"field": path, "operator": "eq", "value": wanted}
    path = _SEARCHED[field.key]
    value = str(wanted).lower() if path.endswith("LowerCase") else wanted
    return {"field": path, "operator": "eq", "value": value}


def _standard(field: Field, value: Value) -> object:
    if field.type is FieldType.CHOICES:
        return sorted(value) if is_choices(value) else []
    if field.type is FieldType.BOOLEAN:
        return bool(value)
    if is_empty(value):
        return "" if field.key in _NOT_NULL else None
    return write_contact_value(field, value)
