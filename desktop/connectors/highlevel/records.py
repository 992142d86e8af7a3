"""Records of custom objects and companies: from the wire and back.

Source: https://marketplace.gohighlevel.com/docs/ghl/objects/ and the record guides that it links. ``locationId`` goes
into the body of a create, into the query of an update and nowhere on a delete; anything else is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from desktop.connectors.base import Related
from desktop.connectors.guard import confirming, id_text
from desktop.connectors.highlevel.auth import CONTACT_READ, RECORD_READ, RECORD_WRITE
from desktop.connectors.highlevel.client import Wire
from desktop.connectors.highlevel.convert import (
    parse_time,
    plain,
    read_into,
    write_delta,
    write_property,
)
from desktop.connectors.highlevel.kinds import Searched, merged
from desktop.connectors.highlevel.people import APP, author_of
from desktop.connectors.highlevel.relations import Relations, name_in
from desktop.connectors.highlevel.search import listing_of, matching
from desktop.connectors.highlevel.standard import BUSINESS, CONTACT
from desktop.domain.errors import NotFound, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Money, Value, Values, is_empty, parse_number

BUSINESS_LINK = "BUSINESSES_CONTACTS_ASSOCIATION"
_CONTACTS = 100
_UNSEARCHED = (FieldType.FILE, FieldType.REFERENCE, FieldType.CHOICES)


class Records(Searched):
    """The records of one account's custom objects, and its companies, which the platform serves in the same way."""

    def __init__(self, wire: Wire, relations: Relations) -> None:
        super().__init__(wire)
        self._relations = relations

    def find_keys(self, schema: ObjectSchema) -> frozenset[str]:
        """Fields that the search can filter by."""
        return frozenset(
            field.key
            for field in schema.fields
            if not field.is_system and field.type not in _UNSEARCHED and field.native_type != "TEXTBOX_LIST"
        )

    @staticmethod
    def read_row(schema: ObjectSchema, row: Mapping[str, Any]) -> Record:
        """A record as search lists it, or as reads and writes of one record answer it.

        Unset properties are left out on the wire: they are blank. Relations stand in search results only.
        """
        properties: Mapping[str, Any] = row["properties"]
        if not isinstance(properties, dict):
            raise TypeError("the properties of a record are no object")
        values: dict[str, Value] = {}
        related: Mapping[str, frozenset[str]] | None = None
        for field in schema.fields:
            if field.key in properties:
                read_into(values, field, properties[field.key])
            elif field.type is FieldType.REFERENCE:
                if related is None:
                    related = Relations.inline(row)
                if "createdAt" in row and "relations" in row:
                    values[field.key] = related.get(field.wire) or None
            elif not field.is_system:
                read_into(values, field, _nested(properties, field))
        return Record(
            schema.key,
            id_text(row["id"]),
            values,
            created_at=parse_time(row.get("createdAt") or row.get("dateAdded")),
            updated_at=parse_time(row.get("updatedAt") or row.get("dateUpdated")),
            updated_by=author_of(row.get("lastUpdatedBy")),
        )

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record with its relations, past the index."""
        data = await self._wire.data(
            "GET",
            f"/objects/{schema.key}/records/{quote(record_id, safe='')}",
            RECORD_READ,
            record=_named(schema, record_id),
        )
        record = self._answered(schema, data)
        # A message does not say of which object its record is, so another object's may be asked for.
        if data["record"].get("objectKey") not in (None, schema.key):
            raise NotFound(
                f"{self._wire.transport.name} does not have {_named(schema, record_id)}.",
                "It is a record of another object.",
            )
        return await self._relations.complete(schema, record)

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The records that the index knows with that value; the caller compares exactly."""
        condition = _condition(field, value)
        if condition is None:
            return []
        rows = await matching(self._wire, listing_of(schema), condition)
        return [self.read_row(schema, row) for row in rows]

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a record, then its relations."""
        properties = {
            key: write_property(field, value)
            for key, value in values.items()
            if (field := schema.field(key)) is not None
            and not field.is_system
            and not is_empty(value)
            and field.type is not FieldType.REFERENCE
        }
        answer = await self._wire.call(
            "POST",
            f"/objects/{schema.key}/records",
            RECORD_WRITE,
            json={"locationId": self._wire.location, "properties": properties},
            idempotent=False,
            record=f"the new {schema.label}",
        )
        with confirming(self._wire.transport):
            record = self._written(schema, self._wire.as_object(answer))
        return await self._relations.relate_new(schema, record, values)

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Send what changes and nothing else; relations are made and ended one by one."""
        properties: dict[str, object] = {}
        for key, value in changes.items():
            field = schema.field(key)
            if field is None or field.is_system or field.type is FieldType.REFERENCE:
                continue
            if field.type is FieldType.CHOICES:
                delta = write_delta(value, record.get(key))
                if delta is not None:
                    properties[key] = delta
            else:
                properties[key] = write_property(field, value)
        updated: Record | None = None
        if properties:
            data = await self._wire.data(
                "PUT",
                f"/objects/{schema.key}/records/{quote(record.id, safe='')}",
                RECORD_WRITE,
                params={"locationId": self._wire.location},
                json={"properties": properties},
                record=_named(schema, record.id),
            )
            updated = self._written(schema, data)
        relations = await self._relations.change(schema, record, changes)
        if updated is None:
            return await self.get(schema, record.id)
        kept = {field.key: record.values[field.key] for field in _references(schema) if field.key in record.values}
        return updated.patched({**kept, **relations})

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a record; one that is gone is no error."""
        try:
            await self._wire.call(
                "DELETE",
                f"/objects/{schema.key}/records/{quote(record_id, safe='')}",
                RECORD_WRITE,
                record=_named(schema, record_id),
            )
        except NotFound:
            return

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The records that one is linked to; of a company also its contacts, with their names."""
        linked = await self._relations.listed(schema, record_id)
        return merged(linked, await self._contacts_of(record_id)) if schema.key == BUSINESS else linked

    async def _contacts_of(self, business_id: str) -> list[Related]:
        params = {"locationId": self._wire.location, "limit": str(_CONTACTS)}
        path = f"/contacts/business/{quote(business_id, safe='')}"
        try:
            rows = self._wire.rows(await self._wire.data("GET", path, CONTACT_READ, params=params), "contacts")
        except (ScopeMissing, NotFound):
            return []
        return [Related("", BUSINESS_LINK, "Contacts", CONTACT, str(row["id"]), name_in(row)) for row in rows]

    def _written(self, schema: ObjectSchema, data: Mapping[str, Any]) -> Record:
        """The record as a write answers it, which does not state who wrote it: an app."""
        record = self._answered(schema, data)
        return record if record.updated_by else replace(record, updated_by=APP)

    def _answered(self, schema: ObjectSchema, data: Mapping[str, Any]) -> Record:
        row = data.get("record")
        if not isinstance(row, dict) or not row.get("id"):
            raise self._wire.unexpected("the answer holds no record")
        return self.read_row(schema, row)


def _references(schema: ObjectSchema) -> list[Field]:
    return [field for field in schema.fields if field.type is FieldType.REFERENCE]


def _named(schema: ObjectSchema, record_id: str) -> str:
    return f"the {schema.label} {record_id}"


def _nested(properties: Mapping[str, Any], field: Field) -> object:
    """A row of a text box list where it comes as an object instead of flattened keys."""
    name, dot, option = field.key.partition(".")
    if not dot:
        return None
    rows = properties.get(name)
    return rows.get(option) if isinstance(rows, dict) else None


def _condition(field: Field, value: Value) -> dict[str, Any] | None:
    path = f"properties.{field.key}"
    wanted = wire_value(field, value)
    if wanted is None:
        return None
    if field.type is FieldType.DATE:
        return {"field": path, "operator": "range", "value": {"gte": wanted, "lte": wanted}}
    return {"field": path, "operator": "eq", "value": wanted}


def wire_value(field: Field, value: Value) -> object:
    """A value as a filter compares with it, ``None`` when it can't be a value of the field."""
    if is_empty(value):
        return None
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        number = value.amount if isinstance(value, Money) else value
        if isinstance(number, str):
            number = parse_number(number)
        return plain(number) if isinstance(number, Decimal) else None
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(plain(value))
    if isinstance(value, bool):
        return value
    return value.strip() if isinstance(value, str) else None
