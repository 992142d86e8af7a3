"""Example rows, records and schemas."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from desktop.domain.change import Action, Change, FieldChange
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType, Money, Value
from desktop.store import ConnectionRow, SyncRow

ROOT = Path(__file__).parents[2]
KEY = "0f" * 32
NOW = datetime(2026, 11, 20, 9, 30, 0, 123456, tzinfo=UTC)

ORDERS = ObjectSchema(
    "custom_objects.orders",
    "Order",
    "Orders",
    title="number",
    fields=(
        *system_fields(external_id=True),
        Field("number", "Number", FieldType.TEXT),
        Field("total", "Total", FieldType.MONEY),
        Field("items", "Items", FieldType.NUMBER),
        Field("status", "Status", FieldType.CHOICE, options=(Option("open", "Received"), Option("sent", "Shipped"))),
        Field("tags", "Tags", FieldType.CHOICES, options=(Option("vip", "Very important"), Option("b", "B"))),
        Field("on", "On", FieldType.DATE),
        Field("at", "At", FieldType.DATETIME),
        Field("paid", "Paid", FieldType.BOOLEAN),
        Field("phone", "Phone", FieldType.PHONE),
        Field("email", "E-mail", FieldType.EMAIL),
        Field("files", "Files", FieldType.FILE),
        Field("buyer", "Buyer", FieldType.REFERENCE, target="contact", many=True),
    ),
)


def connection_row(name: str) -> ConnectionRow:
    return ConnectionRow(0, name, "highlevel", "https://example.com", "loc-1", {"currency": "USD"}, NOW)


def sync_row(name: str, left: str = "Agency", right: str = "Shop") -> SyncRow:
    document = {
        "crosswalk": 1,
        "name": name,
        "left": {"connection": left, "object": "a"},
        "right": {"connection": right, "object": "b"},
    }
    return SyncRow(0, name, document, NOW, NOW)


def order(record_id: str, external_id: str | None = None, **values: Value) -> Record:
    return Record(ORDERS.key, record_id, values, external_id, NOW, NOW)


def orders_numbered(count: int, start: int = 0) -> list[Record]:
    return [
        order(
            f"id-{number}",
            f"ext-{number}",
            number=f"Order {number:05d}",
            total=Money(Decimal(number) / 4, "USD"),
            items=Decimal(number % 7),
        )
        for number in range(start, start + count)
    ]


def change(change_id: int, title: str = "Order 1", action: Action = Action.UPDATE) -> Change:
    fields = {"status": FieldChange("open", "sent"), "tags": FieldChange(None, ["b", "vip"])}
    return Change(change_id, action, Side.RIGHT, f"left-{change_id}", None, title, fields)
