"""Accounts and deals: read, so that references to them can be shown; they are changed in ActiveCampaign itself.

Sources: https://developers.activecampaign.com/reference/accounts and .../reference/deal. A deal's value is in whole
cents.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.convert import parse_time
from desktop.connectors.activecampaign.listing import Listed, Row, page, sweep
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType, Money, Value

_T = FieldType
_ELSEWHERE = "Crosswalk only reads this object. Change it in ActiveCampaign."
_REFUSALS: Mapping[str, str] = {"create": _ELSEWHERE, "update": _ELSEWHERE, "delete": _ELSEWHERE}

ACCOUNTS = ObjectSchema(
    "accounts",
    "Account",
    "Accounts",
    title="name",
    fields=(
        *system_fields(),
        Field("name", "Name", _T.TEXT, required=True, read_only=True),
        Field("accountUrl", "Website", _T.URL, read_only=True),
        Field("owner", "Owner", _T.TEXT, read_only=True, description="The id of an ActiveCampaign user."),
    ),
    refusals=_REFUSALS,
)
DEALS = ObjectSchema(
    "deals",
    "Deal",
    "Deals",
    title="title",
    fields=(
        *system_fields(),
        Field("title", "Title", _T.TEXT, required=True, read_only=True),
        Field("value", "Value", _T.MONEY, required=True, read_only=True),
        Field(
            "status",
            "Status",
            _T.CHOICE,
            read_only=True,
            options=(Option("0", "Open"), Option("1", "Won"), Option("2", "Lost")),
        ),
        Field("contact", "Contact", _T.REFERENCE, read_only=True, target="contacts"),
        Field("account", "Account", _T.REFERENCE, read_only=True, target="accounts"),
        Field("description", "Description", _T.LONG_TEXT, read_only=True),
        Field("owner", "Owner", _T.TEXT, read_only=True, description="The id of an ActiveCampaign user."),
    ),
    refusals=_REFUSALS,
)
_CENT = Decimal("0.01")


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

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record."""
        named = f"the {schema.label} {record_id}"
        data = await self._wire.data("GET", f"/{schema.key}/{quote(record_id, safe='')}", record=named)
        row = data.get(schema.key.removesuffix("s"))
        if not isinstance(row, dict):
            raise self._wire.unexpected(f"the answer holds no {schema.label}")
        return self.read_row(schema, row)

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The records whose name holds the value; the caller compares exactly."""
        name = "filters[name]" if field.key == "name" else "filters[title]"
        found = await page(self._wire, f"/{schema.key}", schema.key, {name: str(value), "limit": 100})
        return [self.read_row(schema, row) for row in found.rows]

    @staticmethod
    def read_row(schema: ObjectSchema, row: Row) -> Record:
        """A record from the wire."""
        values: dict[str, Value] = {field.key: _value(field, row) for field in schema.fields if not field.is_system}
        return Record(
            schema.key,
            str(row.get("id") or ""),
            values,
            created_at=parse_time(row.get("createdTimestamp") or row.get("cdate")),
            updated_at=parse_time(row.get("updatedTimestamp") or row.get("mdate")),
        )


def _value(field: Field, row: Mapping[str, Any]) -> Value:
    raw = row.get(field.key)
    if raw is None or raw in ("", []):
        return None
    if field.type is FieldType.MONEY:
        return Money(Decimal(str(raw)) * _CENT, str(row.get("currency") or "").upper())
    if field.type is FieldType.REFERENCE:
        return frozenset({str(raw)}) if str(raw) != "0" else None
    return str(raw)
