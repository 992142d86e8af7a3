"""Records of custom objects: from the wire and back.

Source: https://developers.activecampaign.com/reference/create-record and the guide to custom objects. One call writes:
an upsert that replaces the whole record and answers neither its id nor its times. A listing can't be limited to
what changed, but it can be ordered by it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, nullcontext
from datetime import datetime
from typing import Any
from urllib.parse import quote

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.convert import parse_time, read_entry, write_entry
from desktop.connectors.activecampaign.listing import Listed, Row, page, sweep
from desktop.connectors.activecampaign.newcomers import Newcomers
from desktop.connectors.activecampaign.schemas import relationship_id
from desktop.connectors.guard import confirming, id_text
from desktop.connectors.together import together
from desktop.domain.errors import Duplicate, NotFound
from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID, Field, ObjectSchema
from desktop.domain.values import FieldType, Money, Value, Values, is_choices, is_empty, to_json

_FEW = 5
_A_MOMENT = 3.0
"""Seconds for which a record that was read is taken to be as it was read."""
_REMEMBERED = 64
_ROOT = "/customObjects/records"
_GONE = frozenset({400, 404})
"""What the platform answers for a record that is not there: 400 is documented, 404 is seen."""


class Disordered(Exception):
    """The listing is not in the order that was asked for."""


class Records:
    """The records of one account's custom objects."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._newcomers = Newcomers(wire, self.by_external_id)
        self._just_read: OrderedDict[str, tuple[float, Row]] = OrderedDict()

    @staticmethod
    def read_row(schema: ObjectSchema, row: Row) -> Record:
        """A record from the wire; a field that is left out is blank."""
        return Record(
            schema.key,
            id_text(row["id"]) if row["id"] != "" else "",
            _values(schema, row),
            external_id=str(row["externalId"]) if row.get("externalId") else None,
            created_at=parse_time(row.get("createdTimestamp")),
            updated_at=parse_time(row.get("updatedTimestamp")),
        )

    async def everything(self, schema: ObjectSchema) -> AsyncGenerator[Listed]:
        """Every record, the oldest first: what is added meanwhile comes at the end."""
        params: dict[str, str | int] = {"orders[createdTimestamp]": "ASC"}
        async with aclosing(sweep(self._wire, _path(schema), "records", params, parallel=6)) as pages:
            async for item in pages:
                yield item

    async def changed(self, schema: ObjectSchema, since: datetime) -> AsyncGenerator[Listed]:
        """The records that changed at or after a time, the newest change first.

        :raises Disordered: when the platform lists them in another order, so that where to stop can't be told.
        """
        params: dict[str, str | int] = {"orders[updatedTimestamp]": "DESC"}
        before: datetime | None = None
        async with aclosing(sweep(self._wire, _path(schema), "records", params)) as pages:
            async for listed in pages:
                fresh: list[Row] = []
                reached = False
                for row in listed.rows:
                    changed = parse_time(row.get("updatedTimestamp"))
                    if changed is None or (before is not None and changed > before):
                        raise Disordered
                    before = changed
                    reached = reached or changed < since
                    if not reached:
                        fresh.append(row)
                last = reached or listed.last
                yield Listed(fresh, None, listed.server_time, last)
                if last:
                    return

    async def count(self, schema: ObjectSchema) -> int | None:
        """How many records the listing has."""
        return (await page(self._wire, _path(schema), "records", {"limit": 1})).total

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record, past the listing's delay."""
        row = await self._row(schema, record_id)
        self._just_read[record_id] = (self._wire.transport.clock.monotonic(), row)
        while len(self._just_read) > _REMEMBERED:
            self._just_read.popitem(last=False)
        return self.read_row(schema, row)

    async def _current(self, schema: ObjectSchema, record: Record) -> Row:
        """A record as it is now; one that was only just created may be known by its external id alone.

        What :meth:`get` read a moment ago is not asked for again.
        """
        read_at, row = self._just_read.pop(record.id, (0.0, {}))
        if row and self._wire.transport.clock.monotonic() - read_at < _A_MOMENT:
            return row
        if record.id or not record.external_id:
            return await self._row(schema, record.id)
        path = f"{_path(schema)}/external/{quote(record.external_id, safe='')}"
        return await self._one(path, f"the {schema.label} {record.external_id}")

    async def _row(self, schema: ObjectSchema, record_id: str) -> Row:
        if not record_id:
            raise NotFound(f"The {schema.label} has no id yet.", "Read the records again.")
        path = f"{_path(schema)}/{quote(record_id, safe='')}"
        return await self._one(path, f"the {schema.label} {record_id}")

    async def _one(self, path: str, named: str) -> Row:
        row = (await self._wire.data("GET", path, record=named, gone=_GONE)).get("record")
        if not isinstance(row, dict):
            raise self._wire.unexpected("the answer holds no record")
        return row

    async def by_external_id(self, schema: ObjectSchema, external_id: str) -> Record | None:
        """The record with an external id, past the listing's delay; ``None`` when there is none."""
        path = f"{_path(schema)}/external/{quote(external_id, safe='')}"
        try:
            row = await self._one(path, f"the {schema.label} {external_id}")
        except NotFound:
            return None
        return self.read_row(schema, row)

    async def by_external_ids(self, schema: ObjectSchema, external_ids: Sequence[str]) -> dict[str, Record]:
        """Records by external ids: a few one by one; many in the newest pages first, the rest one by one."""
        wanted = dict.fromkeys(external_ids)
        found: dict[str, Record] = {}
        if len(wanted) > _FEW:
            params: dict[str, str | int] = {"orders[createdTimestamp]": "DESC"}
            budget = -(-len(wanted) // 100) + 1
            async with aclosing(sweep(self._wire, _path(schema), "records", params)) as pages:
                async for listed in pages:
                    for row in listed.rows:
                        if row.get("externalId") in wanted:
                            found[str(row["externalId"])] = self.read_row(schema, row)
                    budget -= 1
                    if not budget or len(found) == len(wanted):
                        break
        missing = [external_id for external_id in wanted if external_id not in found]
        singles = await together(self.by_external_id(schema, item) for item in missing)
        for external_id, record in zip(missing, singles, strict=True):
            if record is not None:
                found[external_id] = record
        for record in found.values():
            self._newcomers.check_age(schema, record)
        return found

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The records that the listing knows with that value; the caller compares exactly."""
        if field.type is FieldType.REFERENCE:
            targets = sorted(value) if is_choices(value) else []
            if len(targets) != 1:
                return []
            params: dict[str, str | int] = {f"filters[relationships.{relationship_id(field)}][eq]": targets[0]}
        else:
            params = {f"filters[fields.{field.key}][eq]": _filter_text(value)}
        rows = (await page(self._wire, _path(schema), "records", {**params, "limit": 100})).rows
        return [self.read_row(schema, row) for row in rows]

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a record. The answer states no id.

        With an external id the same request makes the same record however often it is sent.

        :raises Duplicate: when a record is known to have its external id, which the platform would replace.
        """
        external = str(values.get(EXTERNAL_ID) or "").strip()
        body = _body(schema, {}, values)
        named = f"the new {schema.label}"
        if not external:
            row, _ = await self._write(schema, body, named)
        else:
            await self._newcomers.refuse_taken(schema, external)
            clock = self._wire.transport.clock
            began = clock.monotonic()
            row, answered_at = await self._write(schema, {**body, "externalId": external}, named)
            self._newcomers.created(schema, external, answered_at, clock.monotonic() - began)
        return self.read_row(schema, {**row, "id": row.get("id") or ""})

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Send the record as it is now with the changes in it: a write replaces the whole record.

        It is read just before, by the caller or here, so that what other people changed since stays.
        """
        row = await self._current(schema, record)
        record_id = str(row.get("id") or record.id)
        body = {"id": record_id, **_body(schema, row, changes)}
        external = changes.get(EXTERNAL_ID, row.get("externalId"))
        if not is_empty(external):
            body["externalId"] = str(external).strip()
        if EXTERNAL_ID in changes and external != row.get("externalId"):
            await self._check_free(schema, record_id, str(external or ""))
        answered, _ = await self._write(schema, body, f"the {schema.label} {record_id}")
        kept = {"createdTimestamp": row.get("createdTimestamp"), "externalId": body.get("externalId")}
        return self.read_row(schema, {**kept, **answered, "id": record_id})

    async def _check_free(self, schema: ObjectSchema, record_id: str, external_id: str) -> None:
        """The external id decides which record a write replaces: it must not be another one's."""
        other = await self.by_external_id(schema, external_id) if external_id else None
        if other is not None and other.id != record_id:
            raise Duplicate(
                f"{self._wire.transport.name} already has a {schema.label} with the external id {external_id}.",
                "Choose another external id.",
                field=EXTERNAL_ID,
            )

    async def _write(self, schema: ObjectSchema, body: Mapping[str, Any], named: str) -> tuple[Row, datetime | None]:
        """Send a record: what the platform answered, and its time."""
        idempotent = "externalId" in body or "id" in body
        answer = await self._wire.call(
            "POST", _path(schema), json={"record": body}, idempotent=idempotent, record=named
        )
        with nullcontext() if "id" in body else confirming(self._wire.transport):
            row = self._wire.as_object(answer).get("record")
            if not isinstance(row, dict):
                raise self._wire.unexpected("the answer holds no record")
        # What was sent stands in for what is not answered.
        return {**body, **row}, answer.server_time

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a record; one that is gone is no error."""
        try:
            await self._wire.call(
                "DELETE",
                f"{_path(schema)}/{quote(record_id, safe='')}",
                record=f"the {schema.label} {record_id}",
                gone=_GONE,
            )
        except NotFound:
            return


def _path(schema: ObjectSchema) -> str:
    return f"{_ROOT}/{schema.id}"


def _entries(row: Row) -> dict[str, Row]:
    """A record's fields by their ids. A record without the list is not one without values: nothing is made up.

    :raises TypeError: when they are not listed.
    """
    fields = row["fields"]
    if not isinstance(fields, list) or not all(isinstance(entry, dict) for entry in fields):
        raise TypeError("the fields of a record are not listed")
    return {str(entry["id"]): entry for entry in fields if entry.get("id") is not None}


def _values(schema: ObjectSchema, row: Row) -> dict[str, Value]:
    entries = _entries(row)
    related = row.get("relationships")
    related = related if isinstance(related, dict) else {}
    values: dict[str, Value] = {}
    for field in schema.fields:
        if field.type is FieldType.REFERENCE:
            ids = related.get(relationship_id(field))
            values[field.key] = frozenset(map(str, ids)) if isinstance(ids, list) and ids else None
        elif not field.is_system:
            read_entry(values, field, entries.get(field.key))
    return values


def _body(schema: ObjectSchema, row: Row, changes: Values) -> dict[str, Any]:
    """The whole record to send: what it is now (fields that are not known too), with the changes in it."""
    entries: dict[str, Any] = {**_entries(row)} if row else {}
    related: dict[str, Any] = dict(row.get("relationships") or {})
    for key, value in changes.items():
        field = schema.field(key)
        if field is None or field.is_system or field.read_only:
            continue
        if field.type is FieldType.REFERENCE:
            related[relationship_id(field)] = sorted(value) if is_choices(value) else []
            continue
        entry = write_entry(field, value)
        if entry is None:
            entries.pop(key, None)
        else:
            entries[key] = entry
    return {
        "fields": list(entries.values()),
        "relationships": {key: ids for key, ids in related.items() if ids},
    }


def _filter_text(value: Value) -> str:
    if isinstance(value, Money):
        return str(value.amount)
    if is_choices(value):
        return next(iter(sorted(value)), "")
    return str(to_json(value))
