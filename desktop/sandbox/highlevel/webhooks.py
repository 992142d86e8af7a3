"""Events sent to an address, as an installed app gets them: flat JSON, signed over the body with Ed25519.

Source: marketplace.gohighlevel.com/docs (webhook integration guide). The vendor's private key is the vendor's alone:
here messages are signed with one of our own, whose public half is :data:`PUBLIC_KEY`. The control address sets where
messages go. Those of records carry neither a type nor the object's key, as in the vendor's samples.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from desktop.sandbox.highlevel.ids import new_uuid
from desktop.sandbox.outgoing import Outgoing
from desktop.sandbox.storage import to_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from desktop.sandbox.clock import Clock
    from desktop.sandbox.highlevel.account import Account
    from desktop.sandbox.kernel import Answer, Call

_CONTACT, _TASK = "/contacts/{contactId}", "/contacts/{contactId}/tasks"
_OPPORTUNITY, _RECORDS = "/opportunities/{id}", "/objects/{schemaKey}/records"
_RELATIONS = "/associations/relations"
_EVENTS: Mapping[str, tuple[str, str]] = {
    "POST /contacts/": ("ContactCreate", "contact"),
    "POST /contacts/upsert": ("ContactUpdate", "contact"),
    f"PUT {_CONTACT}": ("ContactUpdate", "contact"),
    f"DELETE {_CONTACT}": ("ContactDelete", "contactId"),
    f"POST {_CONTACT}/tags": ("ContactTagUpdate", "contactId"),
    f"DELETE {_CONTACT}/tags": ("ContactTagUpdate", "contactId"),
    f"POST {_TASK}": ("TaskCreate", "task"),
    f"PUT {_TASK}/{{taskId}}/completed": ("TaskComplete", "task"),
    f"DELETE {_TASK}/{{taskId}}": ("TaskDelete", "taskId"),
    "POST /opportunities/": ("OpportunityCreate", "opportunity"),
    "POST /opportunities/upsert": ("OpportunityUpdate", "opportunity"),
    f"PUT {_OPPORTUNITY}": ("OpportunityUpdate", "opportunity"),
    f"DELETE {_OPPORTUNITY}": ("OpportunityDelete", "id"),
    f"PUT {_OPPORTUNITY}/status": ("OpportunityStatusUpdate", "id"),
    f"POST {_RECORDS}": ("", "record"),
    f"PUT {_RECORDS}/{{id}}": ("", "record"),
    f"DELETE {_RECORDS}/{{id}}": ("", "id"),
    f"POST {_RELATIONS}": ("", ""),
    f"DELETE {_RELATIONS}/{{relationId}}": ("", ""),
}
"""By endpoint: the event, and where the record's id is: in that object of the answer, or in that part of the path."""
_TOLD = frozenset(
    {
        "address1", "city", "state", "country", "postalCode", "companyName", "source", "dateAdded",
        "dateOfBirth", "dnd", "email", "name", "firstName", "lastName", "phone", "tags", "website",
        "assignedTo", "customFields", "contactId", "monetaryValue", "pipelineId", "pipelineStageId", "status",
        "body", "title", "dueDate", "associationId", "firstObjectKey", "firstRecordId", "secondObjectKey",
        "secondRecordId",
    }
)  # fmt: skip


class Webhooks:
    """Sends what is done through the API."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._outgoing = Outgoing("highlevel-webhooks")

    def tell(self, call: Call, answer: Answer) -> None:
        """Send what a call did, when an address is set and the call did something that is told."""
        url = self._account.settings.webhook_url
        event = _EVENTS.get(call.endpoint.name) if url and call.endpoint is not None and answer.status < 400 else None
        if event is None or not isinstance(answer.body, dict):
            return
        message = {**_about(call, answer.body, event[1]), "locationId": self._account.location}
        if event[0]:
            message["type"] = event[0]
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        message |= {"timestamp": now.isoformat().replace("+00:00", "Z"), "webhookId": new_uuid()}
        body = to_text(message).encode()
        headers = {"Content-Type": "application/json", "x-wh-signature": "N/A", "x-ghl-signature": _signature(body)}
        self._outgoing.send(url, headers, body)


def _about(call: Call, body: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What a message says of the record."""
    if where in call.params:
        return {"id": call.params[where]}
    found: Mapping[str, Any] = body[where] if where else body
    told = {key: value for key, value in found.items() if key in _TOLD}
    if where:
        told["id"] = found["id"]
    if where == "record":
        properties = _plain(found["properties"])
        told["properties"] = [{"key": key, "valueString": _as_text(value)} for key, value in properties.items()]
        told |= {"owners": [], "followers": []}
    return told


def _plain(properties: object) -> Mapping[str, Any]:
    """Properties, which an answer may hold as the text that they are stored as."""
    return (
        msgspec.json.decode(properties)
        if isinstance(properties, msgspec.Raw)
        else cast("Mapping[str, Any]", properties)
    )


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else to_text(value)


@cache
def _key() -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the sandbox's own").digest())


def _signature(body: bytes) -> str:
    return base64.b64encode(_key().sign(body)).decode()


PUBLIC_KEY = "MCowBQYDK2VwAyEAdQYbJQ6GOIZ8/HEK5k9XVYU+81GRwSISIKiF8NAWQrU="
"""SubjectPublicKeyInfo in base64; what stands for the vendor's key where the sandbox stands for the vendor."""
