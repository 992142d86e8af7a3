"""ActiveCollab's messages: JSON with the agreed secret in clear in a header.

Source: captured deliveries of 2018 and 2026, and the vendor's page on its Webhooks add-on. Nothing is signed, so what
is in a message is believed no further than that something happened. Webhooks are made in the vendor's own page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from desktop.connectors.webhooks import (
    Delivery,
    Forged,
    Happened,
    Proof,
    Receipt,
    WebhookInfo,
    check_age,
    digest,
    document,
    same,
)

_SECRET = "x-angie-webhooksecret"
_OBJECTS = {
    "Project": "projects",
    "TaskList": "task_lists",
    "Task": "tasks",
    "Subtask": "subtasks",
    "Comment": "comments",
    "Company": "companies",
    "TimeRecord": "time_records",
    **dict.fromkeys(("User", "Owner", "Member", "Client", "Subcontractor"), "users"),
}


def read(delivery: Delivery, receipt: Receipt) -> list[Happened]:
    """Prove a message and say what happened."""
    if not receipt.secret or not same(delivery.headers.get(_SECRET, ""), receipt.secret):
        raise Forged("the secret is not the one that was agreed on")
    said = document(delivery)
    payload = said.get("payload")
    sent = said.get("timestamp")
    if not isinstance(payload, dict) or not isinstance(sent, int):
        raise Forged("the message has no payload or timestamp")
    check_age(datetime.fromtimestamp(sent, UTC), receipt.now)
    object_key, record_id = _record(cast("Mapping[str, Any]", payload))
    return [Happened(digest(delivery.body), object_key, record_id)] if object_key and record_id else []


def _record(payload: Mapping[str, Any]) -> tuple[str, str]:
    """The object's key and the record's id; blank where no sync could use it.

    An activity names what it happened to as its parent.
    """
    kind, record_id = str(payload.get("class") or ""), payload.get("id")
    if kind.endswith("ActivityLog"):
        kind, record_id = str(payload.get("parent_type") or ""), payload.get("parent_id")
    return _OBJECTS.get(kind, ""), str(record_id or "")


WEBHOOKS = WebhookInfo(
    Proof.SECRET,
    "ActiveCollab tells of projects, tasks, comments, companies, people and time that were added or changed.",
    tuple(dict.fromkeys(_OBJECTS.values())),
    read,
    (
        "In ActiveCollab open Add-ons and turn on Webhooks.",
        "Add a webhook with the address below as its URL.",
        "Copy the secret with the button below, paste it as the webhook’s secret, and save.",
    ),
)
