"""HighLevel's messages: flat JSON, signed with the vendor's Ed25519 key over the body.

Source: marketplace.gohighlevel.com/docs (webhook integration guide). Where messages go is set in the app's own page on
the vendor's marketplace, never through the API. A record's message does not say of which custom object it is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from desktop.connectors.highlevel.standard import CONTACT, OPPORTUNITY, TASK
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
)

VENDOR_KEY = "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg="
"""The vendor's public key: SubjectPublicKeyInfo in base64."""
KEY_OPTION = "webhook_key"
_SIGNATURE = "x-ghl-signature"
_ANY_CUSTOM = "custom_objects.*"
_OBJECTS = {"Contact": CONTACT, "Opportunity": OPPORTUNITY, "Task": TASK, "Record": _ANY_CUSTOM}


def read(delivery: Delivery, receipt: Receipt) -> list[Happened]:
    """Prove a message and say what happened."""
    _check_signature(delivery, receipt.options.get(KEY_OPTION) or VENDOR_KEY)
    said = document(delivery)
    sent = said.get("timestamp")
    if sent is None:
        raise Forged("the message has no timestamp")
    check_age(_moment(sent), receipt.now)
    if said.get("locationId") not in (None, receipt.account):
        raise Forged("the message is for another location")
    key = str(said.get("webhookId") or digest(delivery.body))
    return [Happened(key, object_key, record_id) for object_key, record_id in _records(said)]


def _records(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The records that a message names, with their objects' keys."""
    if "firstRecordId" in said and "secondRecordId" in said:
        ends = (("firstObjectKey", "firstRecordId"), ("secondObjectKey", "secondRecordId"))
        return [(str(said[key]).lower(), str(said[record_id])) for key, record_id in ends if said.get(key)]
    record_id = said.get("id")
    if not record_id:
        return []
    type_ = str(said.get("type") or "")
    kind = next((kind for kind in _OBJECTS if type_.startswith(kind)), None)
    # The vendor's samples of record messages have no type.
    if kind is None and not type_ and "properties" in said:
        kind = "Record"
    return [] if kind is None else [(_OBJECTS[kind], str(record_id))]


def _check_signature(delivery: Delivery, key: str) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        public = load_der_public_key(base64.b64decode(key, validate=True))
        signature = base64.b64decode(delivery.headers.get(_SIGNATURE, ""), validate=True)
        if not isinstance(public, Ed25519PublicKey):
            raise Forged("the key is no Ed25519 key")
        public.verify(signature, delivery.body)
    except (InvalidSignature, ValueError, binascii.Error):
        raise Forged("the signature is not HighLevel’s") from None


def _moment(sent: object) -> datetime:
    """The message's time: ISO 8601, or a number of milliseconds."""
    try:
        if isinstance(sent, int | float):
            return datetime.fromtimestamp(sent / 1000, UTC)
        moment = datetime.fromisoformat(str(sent))
    except (ValueError, OverflowError, OSError):
        raise Forged("the message’s timestamp can’t be read") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


WEBHOOKS = WebhookInfo(
    Proof.KEY,
    "HighLevel tells of contacts, opportunities, tasks, records of custom objects and their relations, and not of "
    "companies.",
    tuple(_OBJECTS.values()),
    read,
    (
        "In HighLevel’s developer marketplace open your app, and there Advanced settings, Webhooks.",
        "Paste the address below as the webhook URL.",
        "Turn on the events of contacts, opportunities, tasks, records and relations, and save.",
    ),
)
