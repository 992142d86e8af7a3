"""Opportunities: from the wire and back.

Source: https://marketplace.gohighlevel.com/docs/ghl/opportunities/ and the search guide that it links
(https://doc.clickup.com/8631005/d/h/87cpx-424216/7bf11bc9b94f80f). The search with filters and ``searchAfter`` is not
open to every token; without it the older one lists everything by ``startAfter`` and ``startAfterId``, in which case
there is no filter by the time of change.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any
from urllib.parse import quote

from desktop.connectors.base import Related
from desktop.connectors.guard import confirming, id_text
from desktop.connectors.highlevel.auth import OPPORTUNITY_READ, OPPORTUNITY_WRITE
from desktop.connectors.highlevel.client import SearchRefused, Wire
from desktop.connectors.highlevel.convert import parse_time, plain, read_into
from desktop.connectors.highlevel.kinds import Searched, merged
from desktop.connectors.highlevel.pipelines import Pipelines
from desktop.connectors.highlevel.records import wire_value
from desktop.connectors.highlevel.relations import Relations
from desktop.connectors.highlevel.search import OPPORTUNITIES, Found, count, matching, page_of
from desktop.connectors.highlevel.standard import CONTACT, OPPORTUNITY
from desktop.connectors.highlevel.v1 import read_values, write_value
from desktop.domain.errors import NotFound, NotSupported, RecordRefused, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Money, Value, Values, is_choices, is_empty

LINK = "OPPORTUNITIES_CONTACTS_ASSOCIATION"
_LIST_SIZE = 100
"""Rows of a page of the older search at most."""
_SEARCHED = {
    "name": "name",
    "monetaryValue": "monetary_value",
    "pipelineId": "pipeline_id",
    "pipelineStageId": "pipeline_stage_id",
    "status": "status",
    "assignedTo": "assigned_to",
    "source": "source",
    "lostReasonId": "lost_reason_id",
}
_CUSTOM_UNSEARCHED = (FieldType.CHOICES, FieldType.FILE)


class Opportunities(Searched):
    """The opportunities of one account.

    :param v3: whether the connection speaks version 3 of the API.
    """

    def __init__(self, wire: Wire, relations: Relations, pipelines: Pipelines, *, v3: bool) -> None:
        super().__init__(wire)
        self._relations = relations
        self._pipelines = pipelines
        self._v3 = v3

    def find_keys(self, schema: ObjectSchema) -> frozenset[str]:
        """Fields that the search can filter by."""
        return frozenset(
            field.key
            for field in schema.fields
            if field.key in _SEARCHED or (field.wire and field.type not in _CUSTOM_UNSEARCHED)
        )

    def read_row(self, schema: ObjectSchema, row: Mapping[str, Any]) -> Record:
        """An opportunity as a search lists it, or as reads and writes of one answer it."""
        custom = read_values(row)
        values: dict[str, Value] = {}
        for field in schema.fields:
            if field.wire:
                read_into(values, field, custom.get(field.wire))
            elif field.type is FieldType.REFERENCE:
                id_ = row.get(field.key)
                values[field.key] = frozenset({str(id_)}) if id_ else None
            elif not field.is_system:
                read_into(values, field, row.get(field.key))
        return Record(
            schema.key,
            id_text(row["id"]),
            values,
            created_at=parse_time(row.get("createdAt")),
            updated_at=parse_time(row.get("updatedAt")),
        )

    async def pages(self, schema: ObjectSchema, since: datetime | None, size: int | None) -> AsyncGenerator[Found]:
        """The rows, the oldest first; by the older search where the token may not use the other one."""
        began = False
        try:
            async with aclosing(super().pages(schema, since, size)) as found_pages:
                async for found in found_pages:
                    began = True
                    yield found
        except (SearchRefused, ScopeMissing, NotFound) as refusal:
            if began:
                raise
            if since is not None:
                raise SearchRefused(refusal.message, refusal.hint, refusal.details) from refusal
        if not began:
            async with aclosing(self._listed(size)) as found_pages:
                async for found in found_pages:
                    yield found

    async def _listed(self, size: int | None) -> AsyncGenerator[Found]:
        size = min(size or _LIST_SIZE, _LIST_SIZE)
        place = "locationId" if self._v3 else "location_id"
        first: dict[str, str | int] = {place: self._wire.location, "limit": size, "order": "added_asc"}
        after: dict[str, str | int] = {}
        places: set[str] = set()
        seen = 0
        while True:
            answer = await self._wire.call("GET", OPPORTUNITIES.path, OPPORTUNITY_READ, params={**first, **after})
            meta = self._wire.as_object(answer).get("meta") or {}
            found = page_of(self._wire, OPPORTUNITIES, answer, meta.get("total"), seen, size)
            seen += found.distinct
            # One of the two alone brings the first page again.
            upcoming = {name: meta.get(name) for name in ("startAfter", "startAfterId")}
            leads_on = all(upcoming.values())
            if (not leads_on and not found.last) or (leads_on and str(upcoming) in places):
                raise self._wire.unexpected("the search gives no way to its next page")
            places.add(str(upcoming))
            yield found
            if found.last:
                return
            after = {name: str(value) for name, value in upcoming.items()}

    async def count(self, schema: ObjectSchema) -> int | None:
        """How many opportunities the index knows."""
        try:
            return await count(self._wire, OPPORTUNITIES)
        except (SearchRefused, ScopeMissing, NotFound):
            place = "locationId" if self._v3 else "location_id"
            data = await self._wire.data(
                "GET", OPPORTUNITIES.path, OPPORTUNITY_READ, params={place: self._wire.location, "limit": 1}
            )
            total = (data.get("meta") or {}).get("total")
            return total if isinstance(total, int) else None

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One opportunity, past the index."""
        return self.read_row(schema, await self._one(record_id))

    async def _one(self, record_id: str) -> Mapping[str, Any]:
        data = await self._wire.data("GET", _path(record_id), OPPORTUNITY_READ, record=_named(record_id))
        return self._answered(data)

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The opportunities that the index knows with that value; the caller compares exactly."""
        wanted = wire_value(field, value)
        if wanted is None:
            return []
        rows = await matching(self._wire, OPPORTUNITIES, _condition(field, wanted))
        return [self.read_row(schema, row) for row in rows]

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create an opportunity for a contact.

        :raises Duplicate: when the location allows one open opportunity for a contact, and there is one.
        """
        given = {key: value for key, value in values.items() if not is_empty(value)}
        contact = given.pop("contactId", None)
        body = {
            "locationId": self._wire.location,
            "status": "open",
            **(await self._body(schema, given)),
            **({"contactId": _only(contact)} if is_choices(contact) else {}),
        }
        answer = await self._wire.call(
            "POST",
            "/opportunities/",
            OPPORTUNITY_WRITE,
            json=body,
            idempotent=False,
            record="the new opportunity",
        )
        with confirming(self._wire.transport):
            return self.read_row(schema, self._answered(self._wire.as_object(answer)))

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Send the keys that change and nothing else.

        :raises RecordRefused: when the contact is to change, which the platform offers no way for.
        """
        if "contactId" in changes and changes["contactId"] != record.get("contactId"):
            raise RecordRefused(
                f"{self._wire.transport.name} keeps the opportunity {record.id} with the contact that it was created "
                "for.",
                "Delete it and create it for the other contact, or leave the contact out of what is changed.",
                field="contactId",
            )
        body = await self._body(schema, {key: value for key, value in changes.items() if key != "contactId"})
        if not body:
            return await self.get(schema, record.id)
        data = await self._wire.data("PUT", _path(record.id), OPPORTUNITY_WRITE, json=body, record=_named(record.id))
        return self.read_row(schema, self._answered(data))

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete an opportunity; one that is gone is no error."""
        try:
            await self._wire.call("DELETE", _path(record_id), OPPORTUNITY_WRITE, record=_named(record_id))
        except NotFound:
            return

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The contact, and what is linked by associations."""
        row = await self._one(record_id)
        contact: Mapping[str, Any] = row.get("contact") or {}
        id_ = str(row.get("contactId") or contact.get("id") or "")
        title = str(contact.get("name") or contact.get("email") or "")
        own = [Related("", LINK, "Contact", CONTACT, id_, title)] if id_ else []
        return merged(await self._relations.listed(schema, record_id), own)

    async def of_contact(self, contact_id: str) -> list[Related]:
        """The opportunities of a contact; none where they can't be searched with this token."""
        condition = {"field": "contact_id", "operator": "eq", "value": contact_id}
        try:
            rows = await matching(self._wire, OPPORTUNITIES, condition, limit=_LIST_SIZE)
        except (ScopeMissing, NotFound, NotSupported):
            return []
        return [
            Related("", LINK, "Opportunities", OPPORTUNITY, str(row["id"]), str(row.get("name") or "")) for row in rows
        ]

    async def _body(self, schema: ObjectSchema, values: Values) -> dict[str, Any]:
        body: dict[str, Any] = {}
        custom: list[dict[str, object]] = []
        for key, value in values.items():
            field = schema.field(key)
            if field is None or field.is_system or field.read_only:
                continue
            if field.wire:
                custom.append(write_value(field, value, v3=self._v3))
            elif isinstance(value, Money):
                body[key] = plain(value.amount)
            else:
                body[key] = None if is_empty(value) else value
        stage = body.get("pipelineStageId")
        if stage and "pipelineId" not in body:
            # A stage of another pipeline is refused unless the pipeline comes with it.
            pipeline = await self._pipelines.of_stage(stage)
            if pipeline is not None:
                body["pipelineId"] = pipeline
        return body | ({"customFields": custom} if custom else {})

    def _answered(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        row = data.get("opportunity")
        if not isinstance(row, dict) or not row.get("id"):
            raise self._wire.unexpected("the answer holds no opportunity")
        return row


def _condition(field: Field, wanted: object) -> dict[str, Any]:
    path = f"custom_fields.{field.wire}" if field.wire else _SEARCHED[field.key]
    if field.type is FieldType.DATE:
        return {"field": path, "operator": "range", "value": {"gte": wanted, "lte": wanted}}
    return {"field": path, "operator": "eq", "value": wanted}


def _only(ids: frozenset[str]) -> str:
    return min(ids)


def _path(record_id: str) -> str:
    return f"/opportunities/{quote(record_id, safe='')}"


def _named(record_id: str) -> str:
    return f"the opportunity {record_id}"
