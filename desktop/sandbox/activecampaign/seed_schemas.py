"""The custom objects that the emulated account starts with, and a few records of one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

_PLANS = ("Monthly", "Yearly")


def _field(identifier: str, singular: str, plural: str, kind: str, **settings: Any) -> dict[str, Any]:
    labels = {"singular": singular, "plural": plural}
    return {"id": identifier, "labels": labels, "type": kind, "required": False} | settings


def _options(*values: str) -> list[dict[str, str]]:
    return [{"value": value} for value in values]


def _relationship(identifier: str, singular: str, plural: str, namespace: str) -> dict[str, Any]:
    labels = {"singular": singular, "plural": plural}
    return {"id": identifier, "labels": labels, "description": "", "namespace": namespace, "hasMany": False}


ORDERS: dict[str, Any] = {
    "slug": "orders",
    "labels": {"singular": "Online Order", "plural": "Online Orders"},
    "description": "Orders placed in the online shop",
    "fields": [
        _field("order-number", "Order number", "Order numbers", "text"),
        _field("order-date", "Order date", "Order dates", "date"),
        _field("placed-at", "Placed at", "Placed at times", "datetime"),
        _field("order-total", "Total", "Totals", "currency", defaultCurrency="USD"),
        _field("order-receipt-link", "Receipt", "Receipts", "text"),
        _field("order-instructions", "Instructions", "Instruction texts", "textarea"),
        _field(
            "order-ship-status",
            "Shipping status",
            "Shipping statuses",
            "dropdown",
            options=_options("Received", "Processing", "Shipped"),
        ),
        _field("extras", "Extra", "Extras", "multiselect", options=_options("gift wrap", "insured", "express")),
        _field("weight", "Weight (kg)", "Weights (kg)", "number", scale=1),
    ],
    "relationships": [_relationship("primary-contact", "Primary Contact", "Primary Contacts", "contacts")],
}
SUBSCRIPTIONS: dict[str, Any] = {
    "slug": "subscriptions",
    "labels": {"singular": "Subscription", "plural": "Subscriptions"},
    "description": "Software that a customer pays for regularly",
    "fields": [
        _field("name", "Name", "Names", "text", required=True),
        _field("billing", "Billing", "Billings", "dropdown", options=_options(*_PLANS)),
        _field("fee", "Fee", "Fees", "currency", defaultCurrency="USD"),
        _field("seats", "Seat", "Seats", "number", scale=0),
        _field("started", "Started on", "Started on dates", "date"),
        _field("renews-at", "Renews at", "Renews at times", "datetime"),
    ],
    "relationships": [_relationship("account", "Account", "Accounts", "accounts")],
}


def subscription(i: int, renews: datetime) -> list[dict[str, Any]]:
    """The fields of subscription number `i` (from 0)."""
    fields: list[dict[str, Any]] = [
        {"id": "name", "value": f"Booking suite {i + 1}"},
        {"id": "billing", "value": _PLANS[i % 2]},
        {"id": "fee", "value": 19.5 + 10 * i, "currency": "USD"},
    ]
    if i % 3:
        fields.append({"id": "seats", "value": 5 * i})
    fields.append({"id": "started", "value": renews.date().isoformat()})
    if i % 2:
        fields.append({"id": "renews-at", "value": renews.isoformat(timespec="seconds")})
    return fields
