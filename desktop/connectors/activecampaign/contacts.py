"""Contacts: from the wire and back.

Source: https://developers.activecampaign.com/reference/contact. Created with ``POST /contacts``, which refuses an
address that is taken; ``/contact/sync`` would overwrite that contact silently.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from desktop.connectors.activecampaign.bonds import INCLUDE as BONDS
from desktop.connectors.activecampaign.bonds import Bonds, has_bonds
from desktop.connectors.activecampaign.client import PAGE, QueryRefused, Wire
from desktop.connectors.activecampaign.convert import parse_time, read_contact_value, write_contact_value
from desktop.connectors.activecampaign.listing import Listed, Row, page, sweep, whole
from desktop.connectors.activecampaign.schemas import LISTS, TAGS, is_custom_field
from desktop.connectors.activecampaign.values import INCLUDE as VALUES
from desktop.connectors.activecampaign.values import FieldValues, ValueReader, by_field, listed_values, side_loaded
from desktop.connectors.guard import confirming, id_text
from desktop.domain.errors import CrosswalkError, NotFound, RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import Value, Values, is_empty, key_text

_STANDARD = ("email", "firstName", "lastName", "phone")


class Contacts:
    """The contacts of one account."""

    def __init__(self, wire: Wire, bonds: Bonds) -> None:
        self._wire = wire
        self._bonds = bonds

    def reader(self, schema: ObjectSchema) -> ValueReader:
        """Reads the custom field values of contacts."""
        return ValueReader(self._wire, (field.wire for field in schema.fields if is_custom_field(field)))

    async def records(
        self, schema: ObjectSchema, listed: Listed, reader: ValueReader, expected: int = 0
    ) -> list[Record]:
        """Contacts of a listing with their custom fields, tags and lists.

        :param expected: how many contacts will be read with this reader in all.
        """
        contacts = [str(row["id"]) for row in listed.rows]
        custom = side_loaded(listed.rows, listed.beside)
        missing = [contact_id for contact_id in contacts if contact_id not in custom]
        custom |= await reader.of(missing, len(missing) if custom else max(expected, len(missing)))
        bonds = await self._bonds.of_rows(schema, listed.rows, listed.beside)
        return [
            _record(schema, row, custom.get(contact_id, {}), bonds[contact_id])
            for contact_id, row in zip(contacts, listed.rows, strict=True)
        ]

    async def listed(self, schema: ObjectSchema, since: datetime | None) -> AsyncGenerator[Listed]:
        """Every contact by its id, or those that changed since a time (inclusive).

        Paged by ``id_greater`` as the vendor advises: nothing shifts when contacts come and go.
        """
        size = self._wire.page_size
        filters = _changed_after(since)
        after = seen = 0
        total: int | None = None
        while True:
            params = {**filters, **_beside(schema), "orders[id]": "ASC", "id_greater": after, "limit": size}
            try:
                found = await page(self._wire, "/contacts", "contacts", params)
            except QueryRefused:
                if since is None or after or filters == (by_day := _changed_after_day(since)):
                    raise
                filters = by_day
                continue
            rows = [row for row in found.rows if str(row.get("deleted") or "0") != "1"]
            # Behind the first page, what counts as the total is what is left.
            total = found.total if not after else total
            seen += len(found.rows)
            last = not found.rows or (len(found.rows) < size and (total is None or seen >= total))
            if last:
                whole(self._wire, "contacts", seen, total)
            yield Listed(rows, total, found.server_time, last, found.beside)
            if last:
                return
            upcoming = int(found.rows[-1]["id"])
            if upcoming <= after:
                raise self._wire.unexpected("the contacts are not in the order of their ids")
            after = upcoming

    async def count(self) -> int | None:
        """How many contacts there are."""
        return (await page(self._wire, "/contacts", "contacts", {"limit": 1})).total

    async def get(self, schema: ObjectSchema, contact_id: str) -> Record:
        """One contact with its custom fields, tags and lists."""
        data = await self._wire.data(
            "GET", f"/contacts/{quote(contact_id, safe='')}", record=f"the contact {contact_id}"
        )
        row = self._contact(data)
        bonds = (await self._bonds.of_rows(schema, [row], data))[str(row["id"])]
        return _record(schema, row, listed_values(self._wire, data), bonds)

    async def changed_at(self, contact_id: str) -> datetime | None:
        """When a contact changed last, ``None`` when it is gone."""
        try:
            data = await self._wire.data("GET", f"/contacts/{quote(contact_id, safe='')}")
        except NotFound:
            return None
        return parse_time(self._contact(data).get("udate"))

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The contacts that may have that value; the caller compares exactly."""
        if not is_custom_field(field) and field.key not in ("email", "phone"):
            return await self._search(schema, field, value)
        filters: Mapping[str, str | int] = {field.key: str(value).strip()}
        if is_custom_field(field):
            filters = await self._with_value(schema, field, value)
            if not filters:
                return []
        found = await page(self._wire, "/contacts", "contacts", {**filters, **_beside(schema), "limit": PAGE})
        return await self.records(schema, found, self.reader(schema))

    async def _search(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The contacts with a name; the search brings all whose names hold it, so that all its pages are read."""
        params = {"search": str(value).strip(), **_beside(schema), "orders[id]": "ASC"}
        wanted = key_text(value, field.type)
        reader = self.reader(schema)
        found: list[Record] = []
        async with aclosing(sweep(self._wire, "/contacts", "contacts", params)) as pages:
            async for listed in pages:
                rows = [row for row in listed.rows if key_text(row.get(field.key), field.type) == wanted]
                found += await self.records(schema, replace(listed, rows=rows), reader)
        return found

    async def _with_value(self, schema: ObjectSchema, field: Field, value: Value) -> Mapping[str, str | int]:
        """The filter for the contacts that have a value in a custom field, nothing when there are none."""
        filters = {"filters[fieldid]": field.wire, "filters[val]": write_contact_value(field, value)}
        found = await page(self._wire, "/fieldValues", "fieldValues", {**filters, "limit": PAGE})
        contacts = sorted({str(row.get("contact")) for row in found.rows if row.get("contact")})
        return {f"ids[{place}]": contact_id for place, contact_id in enumerate(contacts)}

    @staticmethod
    def body(schema: ObjectSchema, values: Values) -> dict[str, Any]:
        """What is sent of a contact: its own fields, and the custom ones by their ids."""
        body: dict[str, Any] = {}
        custom: list[dict[str, str]] = []
        for key, value in values.items():
            field = schema.field(key)
            if field is None or field.is_system or field.read_only:
                continue
            if key in _STANDARD:
                body[key] = "" if is_empty(value) else str(value)
            elif is_custom_field(field):
                custom.append({"field": field.wire, "value": write_contact_value(field, value)})
        if custom:
            body["fieldValues"] = custom
        return body

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a contact, then give it its tags and lists.

        :raises Duplicate: when its e-mail address is taken.
        :raises RecordRefused: also when the contact was created but could not be given its tags or lists.
        """
        given = {key: value for key, value in values.items() if not is_empty(value)}
        named = f"the contact {values.get('email') or ''}".strip()
        body = {"contact": self.body(schema, given)}
        answer = await self._wire.call("POST", "/contacts", json=body, idempotent=False, record=named)
        nothing = {key: None for key in (TAGS, LISTS) if schema.field(key)}
        with confirming(self._wire.transport):
            data = self._wire.as_object(answer)
            record = _record(schema, self._contact(data), by_field(data.get("fieldValues")), nothing)
        await self._bind(record, given, named)
        sent = {key: value for key, value in given.items() if record.values.get(key) is None}
        if "fieldValues" in data:
            sent = {key: value for key, value in sent.items() if key in nothing}
        return record.patched(sent)

    async def _bind(self, record: Record, given: Values, named: str) -> None:
        try:
            await self._bonds.send(record.id, self._bonds.first(given))
        except CrosswalkError as error:
            if error.stops_run:
                raise
            raise RecordRefused(
                f"{self._wire.transport.name} created {named}, but did not give it its tags and lists: {error.message}",
                "Sync again, or set them on the contact.",
                error.details,
                getattr(error, "field", None),
            ) from error

    async def imported(self, schema: ObjectSchema, row: Row, values: Values) -> Record:
        """A contact that was just created with these values, from a listing's row."""
        nothing = {key: None for key in (TAGS, LISTS) if schema.field(key)}
        return _record(schema, row, {}, nothing).patched(values)

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Send the keys that change and nothing else. The answer holds the custom fields that were sent.

        Tags and lists are changed by what differs from what the contact has just now.

        :raises RecordRefused: also when the contact has left a list that it would be subscribed to again.
        :raises NotFound: also when a custom field is not there any more.
        """
        difference = await self._bonds.difference(schema, record.id, record.values, changes)
        body = self.body(schema, changes)
        updated = await self._put(schema, record, changes, body) if body else None
        await self._bonds.send(record.id, difference)
        if updated is None or difference or TAGS in changes or LISTS in changes:
            return await self.get(schema, record.id)
        return updated

    async def _put(self, schema: ObjectSchema, record: Record, changes: Values, body: Mapping[str, Any]) -> Record:
        data = await self._wire.data(
            "PUT", f"/contacts/{quote(record.id, safe='')}", json={"contact": body}, record=f"the contact {record.id}"
        )
        answered = _record(schema, self._contact(data), by_field(data.get("fieldValues")), {})
        confirmed = {item["field"] for item in body.get("fieldValues", [])} & {
            str(item.get("field")) for item in data.get("fieldValues") or [] if isinstance(item, dict)
        }
        await self._check_there(schema, [item["field"] for item in body.get("fieldValues", [])], confirmed)
        values: dict[str, Value] = dict(record.patched(changes).values)
        for key, value in answered.values.items():
            field = schema.field(key)
            if key in _STANDARD or (field is not None and field.wire in confirmed):
                values[key] = value
        return Record(schema.key, record.id, values, created_at=answered.created_at, updated_at=answered.updated_at)

    async def _check_there(self, schema: ObjectSchema, sent: Sequence[str], confirmed: set[str]) -> None:
        """Values of a field that was deleted are ignored without a word: ask for fields whose value was not answered.

        :raises NotFound: when one of them is not there any more.
        """
        for field in schema.fields:
            if field.wire in sent and field.wire not in confirmed:
                try:
                    await self._wire.data("GET", f"/fields/{quote(field.wire, safe='')}")
                except NotFound:
                    raise NotFound(
                        f"{self._wire.transport.name} does not have the field {field.label} of contacts any more.",
                        "Refresh the fields, and take it out of the mapping where it is used.",
                    ) from None

    async def delete(self, contact_id: str) -> None:
        """Delete a contact; one that is gone is no error."""
        try:
            await self._wire.call(
                "DELETE", f"/contacts/{quote(contact_id, safe='')}", record=f"the contact {contact_id}"
            )
        except NotFound:
            return

    def _contact(self, data: Mapping[str, Any]) -> Row:
        row = data.get("contact")
        if not isinstance(row, dict) or not row.get("id"):
            raise self._wire.unexpected("the answer holds no contact")
        return row


def _changed_after(since: datetime | None) -> dict[str, str | int]:
    """The filter for changes to the second."""
    if since is None:
        return {}
    return {"filters[updated_after]": since.astimezone(UTC).isoformat(timespec="seconds")}


def _changed_after_day(since: datetime) -> dict[str, str | int]:
    """The filter for changes as the documents show it: a date, of which the time zone is not stated."""
    return {"filters[updated_after]": (since - timedelta(days=1)).date().isoformat()}


def _beside(schema: ObjectSchema) -> Mapping[str, str | int]:
    """What brings tags, lists and custom values along with a listing."""
    custom = any(is_custom_field(field) for field in schema.fields)
    names = (*(BONDS if has_bonds(schema) else ()), *(VALUES if custom else ()))
    return {"include": ",".join(names)} if names else {}


def _record(schema: ObjectSchema, row: Row, custom: FieldValues, bonds: Mapping[str, Value]) -> Record:
    """A contact from the wire.

    :param custom: values of the custom fields, by their ids.
    :param bonds: tags and lists, as far as they were read.
    """
    values: dict[str, Value] = dict(bonds)
    for field in schema.fields:
        if is_custom_field(field):
            read_contact_value(values, field, custom.get(field.wire))
        elif field.key in _STANDARD:
            values[field.key] = str(row.get(field.key) or "") or None
    return Record(
        schema.key,
        id_text(row["id"]),
        values,
        created_at=parse_time(row.get("cdate")),
        updated_at=parse_time(row.get("udate")),
    )
