"""``/webhooks``: the subscriptions to contact, deal and account events
(developers.activecampaign.com/reference/webhooks).

There is no event for custom object records: these can only be polled.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from desktop.sandbox.activecampaign.documents import Documents, page
from desktop.sandbox.activecampaign.errors import invalid, missing
from desktop.sandbox.activecampaign.query import Query, whole
from desktop.sandbox.activecampaign.state import State, payload, text
from desktop.sandbox.activecampaign.times import account_time
from desktop.sandbox.kernel import Answer, Call, Endpoint

EVENTS = (
    "account_add",
    "account_contact_add",
    "account_contact_update",
    "account_update",
    "bounce",
    "click",
    "contact_tag_added",
    "contact_tag_removed",
    "contact_task_add",
    "deal_add",
    "deal_note_add",
    "deal_pipeline_add",
    "deal_stage_add",
    "deal_task_add",
    "deal_task_complete",
    "deal_tasktype_add",
    "deal_update",
    "forward",
    "list_add",
    "open",
    "reply",
    "sent",
    "share",
    "sms_reply",
    "sms_sent",
    "sms_unsub",
    "subscribe",
    "subscriber_note",
    "unsubscribe",
    "update",
)
SOURCES = ("public", "admin", "api", "system")


class Webhooks:
    """The webhook resource."""

    def __init__(self, state: State, documents: Documents) -> None:
        self._state = state
        self._documents = documents

    def endpoints(self) -> list[Endpoint]:
        """Routes of this resource; clients use two addresses for the list of events."""
        return [
            Endpoint("GET", "/api/3/webhooks", self.browse),
            Endpoint("POST", "/api/3/webhooks", self.create),
            Endpoint("GET", "/api/3/webhooks/{id}", self.get),
            Endpoint("PUT", "/api/3/webhooks/{id}", self.update),
            Endpoint("DELETE", "/api/3/webhooks/{id}", self.delete),
            Endpoint("GET", "/api/3/webhook/events", self.events),
            Endpoint("GET", "/api/3/webhooks/events", self.events),
        ]

    def browse(self, call: Call) -> Answer:
        """``GET /webhooks``; filters ``name``, ``url`` and ``listid``."""
        query = Query(call.query_all)
        found = self._documents.all("webhook")
        for prop in ("name", "url", "listid"):
            wanted = query.filter(prop)
            if wanted:
                found = [webhook for webhook in found if webhook[prop] == wanted]
        webhooks, total = page(query, found)
        return Answer(200, {"webhooks": webhooks, "meta": {"total": str(total)}})

    def get(self, call: Call) -> Answer:
        """``GET /webhooks/{id}``."""
        return Answer(200, {"webhook": self._webhook(call)})

    def create(self, call: Call) -> Answer:
        """``POST /webhooks``: 201; the address must be https on port 443."""
        given = payload(call, "webhook")
        for key in ("name", "url", "events", "sources"):
            if not given.get(key):
                raise invalid(f"The webhook {key} was not provided.", "field_missing", key)
        webhook: dict[str, Any] = {"cdate": account_time(self._state.now()), "listid": "0"}
        webhook |= _checked(given)
        webhook["links"] = []
        return Answer(201, {"webhook": self._documents.add("webhook", webhook)})

    def update(self, call: Call) -> Answer:
        """``PUT /webhooks/{id}``: only the keys that are sent are touched."""
        webhook = self._webhook(call)
        webhook |= _checked(payload(call, "webhook"))
        self._documents.put("webhook", webhook)
        return Answer(200, {"webhook": webhook})

    def delete(self, call: Call) -> Answer:
        """``DELETE /webhooks/{id}``."""
        self._documents.remove("webhook", int(self._webhook(call)["id"]))
        return Answer(200, {})

    def events(self, call: Call) -> Answer:
        """``GET /webhook/events``; its ``meta.total`` is a number."""
        return Answer(200, {"webhookEvents": list(EVENTS), "meta": {"total": len(EVENTS)}})

    def _webhook(self, call: Call) -> dict[str, Any]:
        webhook = self._documents.get("webhook", whole(call.params["id"]))
        if webhook is None:
            raise missing("Webhook", call.params["id"])
        return webhook


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """The parts of a webhook that a request sets. Raises 422."""
    checked: dict[str, Any] = {}
    for key in ("name", "listid"):
        if given.get(key) is not None:
            checked[key] = text(given[key])
    if given.get("url") is not None:
        checked["url"] = _target(given["url"])
    for key, allowed in (("events", EVENTS), ("sources", SOURCES)):
        if given.get(key) is None:
            continue
        if not isinstance(given[key], list) or any(value not in allowed for value in given[key]):
            raise invalid(f"The webhook {key} are not valid.", "field_invalid", key)
        checked[key] = given[key]
    return checked


def _target(url: object) -> str:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        allowed = parts is not None and parts.scheme == "https" and parts.hostname and parts.port in (None, 443)
    except ValueError:
        allowed = False
    if not allowed:
        raise invalid("The webhook url is not valid.", "field_invalid", "url")
    return str(url)
