"""Contacts: from the wire and back.

Source: https://developers.activecampaign.com/reference/contact. Created with ``POST /contacts``, which refuses an
address that is taken; ``/contact/sync`` would overwrite that contact silently.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from desktop.connectors.activecampaign.client import PAGE, QueryRefused, Wire
from desktop.connectors.activecampaign.convert import parse_time, read_contact_value, write_contact_value
from desktop.connectors.activecampaign.listing import Listed, Row, page
from desktop.connectors.activecampaign.values import FieldValues, ValueReader, by_field
from desktop.domain.errors import NotFound
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import Value, Values, is_empty

_STANDARD = ("email", "firstName", "lastName", "phone")


class Contacts:
    """The contacts of one account."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @staticmethod
    def read_row(schema: ObjectSchema, row: Row, custom: FieldValues) -> Record:
        """A contact from the wire with its custom field values."""
        values: dict[str, Value] = {}
        for field in schema.fields:
            if field.tag:
                read_contact_value(values, field, custom.get(field.tag))
            elif not field.is_system:
                values[field.key] = str(row.get(field.key) or "") or None
        return Record(
            schema.key,
            str(row["id"]),
            values,
            created_at=parse_time(row.get("cdate")),
            updated_at=parse_time(row.get("udate")),
        )

    async def listed(self, since: datetime | None) -> AsyncGenerator[Listed]:
        """Every contact by its id, or those that changed since a time (inclusive).

        Paged by ``id_greater`` as the vendor advises: nothing shifts when contacts come and go.
        """
        size = self._wire.page_size
        filters = _changed_after(since)
        after = 0
        total: int | None = None
        while True:
            params = {**filters, "orders[id]": "ASC", "id_greater": after, "limit": size}
            try:
                found = await page(self._wire, "/contacts", "contacts", params)
            except QueryRefused:
                if since is None or after or filters == (by_day := _changed_after_day(since)):
                    raise
                filters = by_day
                continue
            rows = [row for row in found.rows if str(row.get("deleted") or "0") != "1"]
            last = len(found.rows) < size
            # Behind the first page, what counts as the total is what is left.
            total = found.total if not after else total
            yield Listed(rows, total, found.server_time, last)
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
        """One contact with its custom fields."""
        data = await self._wire.data(
            "GET", f"/contacts/{quote(contact_id, safe='')}", record=f"the contact {contact_id}"
        )
        return self.read_row(schema, self._contact(data), by_field(data.get("fieldValues")))

    async def changed_at(self, contact_id: str) -> datetime | None:
        """When a contact changed last, ``None`` when it is gone."""
        try:
            data = await self._wire.data("GET", f"/contacts/{quote(contact_id, safe='')}")
        except NotFound:
            return None
        return parse_time(self._contact(data).get("udate"))

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The contacts that may have that value; the caller compares exactly."""
        if field.tag:
            rows = await self._rows_by_value(field, value)
        else:
            name = field.key if field.key in ("email", "phone") else "search"
            rows = (await page(self._wire, "/contacts", "contacts", {name: str(value), "limit": PAGE})).rows
        reader = ValueReader(self._wire, schema)
        values = await reader.of([str(row["id"]) for row in rows], len(rows))
        return [self.read_row(schema, row, values.get(str(row["id"]), {})) for row in rows]

    async def _rows_by_value(self, field: Field, value: Value) -> list[Row]:
        filters = {
            "filters[fieldid]": field.tag,
            "filters[val]": write_contact_value(field, value),
            "limit": PAGE,
        }
        found = await page(self._wire, "/fieldValues", "fieldValues", filters)
        ids = sorted({str(row.get("contact")) for row in found.rows if row.get("contact")})
        if not ids:
            return []
        params: dict[str, str | int] = {f"ids[{place}]": contact_id for place, contact_id in enumerate(ids)}
        return list((await page(self._wire, "/contacts", "contacts", {**params, "limit": PAGE})).rows)

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a contact.

        :raises Duplicate: when its e-mail address is taken.
        """
        given = {key: value for key, value in values.items() if not is_empty(value)}
        data = await self._wire.data(
            "POST",
            "/contacts",
            json={"contact": _body(schema, given)},
            idempotent=False,
            record=f"the contact {values.get('email') or ''}".strip(),
        )
        record = self.read_row(schema, self._contact(data), by_field(data.get("fieldValues")))
        sent = {key: value for key, value in given.items() if record.values.get(key) is None}
        return record.patched(sent) if "fieldValues" not in data else record

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Send the keys that change and nothing else. The answer holds the custom fields that were sent."""
        body = _body(schema, changes)
        if not body:
            return await self.get(schema, record.id)
        data = await self._wire.data(
            "PUT", f"/contacts/{quote(record.id, safe='')}", json={"contact": body}, record=f"the contact {record.id}"
        )
        answered = self.read_row(schema, self._contact(data), by_field(data.get("fieldValues")))
        confirmed = {item["field"] for item in body.get("fieldValues", [])} & {
            str(item.get("field")) for item in data.get("fieldValues") or [] if isinstance(item, dict)
        }
        values: dict[str, Value] = dict(record.patched(changes).values)
        for field in schema.fields:
            if not field.is_system and field.key in answered.values and (not field.tag or field.tag in confirmed):
                values[field.key] = answered.values[field.key]
        return Record(schema.key, record.id, values, created_at=answered.created_at, updated_at=answered.updated_at)

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


def _body(schema: ObjectSchema, values: Values) -> dict[str, Any]:
    body: dict[str, Any] = {}
    custom: list[dict[str, str]] = []
    for key, value in values.items():
        field = schema.field(key)
        if field is None or field.is_system or field.read_only:
            continue
        if field.tag:
            custom.append({"field": field.tag, "value": write_contact_value(field, value)})
        elif key in _STANDARD:
            body[key] = "" if is_empty(value) else str(value)
    if custom:
        body["fieldValues"] = custom
    return body
