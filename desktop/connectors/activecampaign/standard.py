"""Accounts and deals: from the wire and back.

Sources: https://developers.activecampaign.com/reference/accounts and .../reference/deal. Amounts are in cents, their
currency in small letters; an update touches the keys that are sent. A listing may leave the custom fields out: they are
then read for all records at once (``/accountCustomFieldData``, ``/dealCustomFieldData``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.convert import moment_text, parse_time, read_contact_value
from desktop.connectors.activecampaign.listing import Listed, Row, sweep
from desktop.connectors.activecampaign.standard_schemas import DEALS
from desktop.connectors.guard import confirming, id_text
from desktop.domain.errors import NotFound, RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import (
    FieldType,
    Money,
    Value,
    Values,
    is_choices,
    is_empty,
    key_text,
    parse_number,
    plain_number,
)

_CENT = Decimal("0.01")
_OWNERS = ("customerAccountId", "accountId", "dealId")

Custom = Mapping[str, Mapping[str, Any]]
"""Entries of one record's custom fields by the ids of the fields."""


class Standard:
    """The accounts and deals of one account."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def listed(self, schema: ObjectSchema) -> AsyncGenerator[Listed]:
        """Every record. What changed can't be told reliably: these are few, and read wholly."""
        params: dict[str, str | int] = {"orders[id]": "ASC"}
        async with aclosing(sweep(self._wire, f"/{schema.key}", schema.key, params, parallel=4)) as pages:
            async for item in pages:
                yield item

    async def read_rows(
        self, schema: ObjectSchema, rows: Sequence[Row], known: dict[str, dict[str, Row]] | None = None
    ) -> list[Record]:
        """Records from a listing.

        :param known: custom field entries that were read for an earlier page of it, and are added to.
        """
        known = {} if known is None else known
        custom = any(field.wire for field in schema.fields)
        if custom and not known and not all(isinstance(row.get("fields"), list) for row in rows):
            known.update(await self._all_entries(schema))
        return [
            self.read_row(schema, row, by_field(row["fields"]))
            if isinstance(row.get("fields"), list)
            else self.read_row(schema, row, known.get(str(row.get("id")), {}))
            for row in rows
        ]

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record."""
        named = f"the {schema.label} {record_id}"
        data = await self._wire.data("GET", _path(schema, record_id), record=named)
        return await self._answered(schema, data)

    async def _answered(self, schema: ObjectSchema, data: Mapping[str, Any]) -> Record:
        row = self._row(schema, data)
        if isinstance(row.get("fields"), list):
            return self.read_row(schema, row, by_field(row["fields"]))
        key = f"{_singular(schema)}CustomFieldData"
        entries: object = []
        if any(field.wire for field in schema.fields):
            entries = (await self._wire.data("GET", f"{_path(schema, str(row['id']))}/{key}")).get(key)
        return self.read_row(schema, row, by_field(entries))

    def _row(self, schema: ObjectSchema, data: Mapping[str, Any]) -> Row:
        row = data.get(_singular(schema))
        if not isinstance(row, dict) or not row.get("id"):
            raise self._wire.unexpected(f"the answer holds no {schema.label}")
        return row

    async def _all_entries(self, schema: ObjectSchema) -> dict[str, dict[str, Row]]:
        key = f"{_singular(schema)}CustomFieldData"
        found: dict[str, dict[str, Row]] = {}
        async with aclosing(sweep(self._wire, f"/{key}", key, {"orders[id]": "ASC"}, parallel=4)) as pages:
            async for listed in pages:
                for row in listed.rows:
                    owner = next((str(row[name]) for name in _OWNERS if row.get(name)), "")
                    found.setdefault(owner, {}).update(by_field([row]))
        return found

    async def find(self, schema: ObjectSchema, value: Value) -> list[Record]:
        """The records with that name. The filter brings every name that holds it, so that all its pages are read."""
        params = {f"filters[{schema.title}]": str(value).strip(), "orders[id]": "ASC"}
        wanted = key_text(value, FieldType.TEXT)
        rows: list[Row] = []
        async with aclosing(sweep(self._wire, f"/{schema.key}", schema.key, params)) as pages:
            async for listed in pages:
                rows += [row for row in listed.rows if key_text(row.get(schema.title), FieldType.TEXT) == wanted]
        if all(isinstance(row.get("fields"), list) for row in rows):
            return await self.read_rows(schema, rows)
        return [await self.get(schema, str(row["id"])) for row in rows]

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create an account or deal.

        A deal whose owner is left blank gets the user of the API key, since the platform wants one.

        :raises Duplicate: when an account has that name.
        """
        given = {key: value for key, value in values.items() if not is_empty(value)}
        body = _body(schema, given)
        if schema.key == DEALS.key and "owner" not in body:
            user = (await self._wire.data("GET", "/users/me")).get("user") or {}
            body["owner"] = str(user.get("id") or "")
        title = str(values.get(schema.title) or "")
        answer = await self._wire.call(
            "POST",
            f"/{schema.key}",
            json={_singular(schema): body},
            idempotent=False,
            record=f"the {schema.label} {title}".strip(),
        )
        with confirming(self._wire.transport):
            row = self._row(schema, self._wire.as_object(answer))
            # The custom fields, which the answer may leave out, are as they were sent.
            return self.read_row(schema, row, by_field(row.get("fields"))).patched(_unanswered(schema, row, given))

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Send the keys that change and nothing else."""
        body = _body(schema, changes)
        if not body:
            return await self.get(schema, record.id)
        data = await self._wire.data(
            "PUT",
            _path(schema, record.id),
            json={_singular(schema): body},
            record=f"the {schema.label} {record.id}",
        )
        return await self._answered(schema, data)

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete an account or deal; one that is gone is no error."""
        try:
            await self._wire.call("DELETE", _path(schema, record_id), record=f"the {schema.label} {record_id}")
        except NotFound:
            return

    @staticmethod
    def read_row(schema: ObjectSchema, row: Row, custom: Custom) -> Record:
        """A record from the wire."""
        values: dict[str, Value] = {}
        for field in schema.fields:
            if field.wire:
                _read_entry(values, field, custom.get(field.wire))
            elif not field.is_system:
                values[field.key] = _value(field, row)
        return Record(
            schema.key,
            id_text(row["id"]),
            values,
            created_at=parse_time(row.get("createdTimestamp") or row.get("cdate")),
            updated_at=parse_time(row.get("updatedTimestamp") or row.get("mdate")),
        )


def by_field(entries: object) -> dict[str, Row]:
    """Custom field entries by the ids of their fields."""
    rows = entries if isinstance(entries, list) else []
    return {str(row.get("customFieldId")): row for row in rows if isinstance(row, dict)}


def _unanswered(schema: ObjectSchema, row: Row, given: Values) -> Values:
    """The values of custom fields that were sent and that an answer does not hold."""
    if isinstance(row.get("fields"), list):
        return {}
    return {key: value for key, value in given.items() if (field := schema.field(key)) and field.wire}


def _path(schema: ObjectSchema, record_id: str) -> str:
    return f"/{schema.key}/{quote(record_id, safe='')}"


def _singular(schema: ObjectSchema) -> str:
    return schema.key.removesuffix("s")


def _value(field: Field, row: Row) -> Value:
    raw = row.get(field.key)
    if raw is None or raw in ("", []):
        return None
    if field.type is FieldType.MONEY:
        return Money(Decimal(str(raw)) * _CENT, str(row.get("currency") or "").upper())
    if field.type is FieldType.REFERENCE:
        return frozenset({str(raw)}) if str(raw) != "0" else None
    return str(raw)


def _read_entry(values: dict[str, Value], field: Field, entry: Mapping[str, Any] | None) -> None:
    raw = entry.get("fieldValue") if entry is not None else None
    if entry is None or raw is None or raw in ("", []):
        values[field.key] = None
    elif field.type is FieldType.MONEY:
        cents = parse_number(str(raw))
        currency = str(entry.get("fieldCurrency") or field.currency or "").upper()
        values[field.key] = Money(cents * _CENT, currency) if cents is not None else None
    elif isinstance(raw, list):
        values[field.key] = frozenset(map(str, raw))
    else:
        read_contact_value(values, field, raw)


def _body(schema: ObjectSchema, values: Values) -> dict[str, Any]:
    body: dict[str, Any] = {}
    custom: list[dict[str, Any]] = []
    for key, value in values.items():
        field = schema.field(key)
        if field is None or field.is_system or field.read_only:
            continue
        if field.wire:
            custom.append(_entry(int(field.wire) if field.wire.isdecimal() else field.wire, field, value))
        elif isinstance(value, Money):
            body |= {key: _cents(value), "currency": value.currency.lower()}
        elif field.type in (FieldType.REFERENCE, FieldType.CHOICE):
            body[key] = _chosen(schema, field, value)
        else:
            body[key] = "" if is_empty(value) else str(value)
    if custom:
        body["fields"] = custom
    return body


def _chosen(schema: ObjectSchema, field: Field, value: Value) -> str:
    """The one option or record; the documents name no way to take it away."""
    chosen = sorted(value) if is_choices(value) else [] if is_empty(value) else [str(value)]
    if len(chosen) == 1:
        return chosen[0]
    raise RecordRefused(
        f"The {field.label} of a {schema.label} can be another one but not blank: ActiveCampaign has no way to take it "
        "away.",
        f"Choose a {field.label}, or leave it as it is.",
        field=field.key,
    )


def _entry(id_: int | str, field: Field, value: Value) -> dict[str, Any]:
    entry: dict[str, Any] = {"customFieldId": id_}
    if is_empty(value):
        return {**entry, "fieldValue": None}
    if isinstance(value, Money):
        return {**entry, "fieldValue": _cents(value), "fieldCurrency": value.currency.upper() or field.currency}
    if isinstance(value, Decimal):
        return {**entry, "fieldValue": plain_number(value)}
    if isinstance(value, datetime):
        text = moment_text(value) if field.type is FieldType.DATETIME else value.date().isoformat()
        return {**entry, "fieldValue": text}
    if isinstance(value, date):
        return {**entry, "fieldValue": value.isoformat()}
    return {**entry, "fieldValue": str(value)}


def _cents(money: Money) -> int:
    return int((money.amount / _CENT).to_integral_value(ROUND_HALF_UP))
