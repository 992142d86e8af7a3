"""The bulk import of contacts (developers.activecampaign.com/reference/bulk-import-contacts).

Asynchronous: a batch is waiting, then active, then completed, by the sandbox's clock; its contacts appear
when it completes. Keys are snake_case here. One bad contact refuses the whole batch. No webhook is fired.
"""

from __future__ import annotations

import uuid
from typing import Any

from desktop.sandbox.activecampaign.accounts import Accounts
from desktop.sandbox.activecampaign.contact_store import ContactStore, is_email
from desktop.sandbox.activecampaign.documents import Documents
from desktop.sandbox.activecampaign.errors import import_refused, refuse
from desktop.sandbox.activecampaign.query import Query, whole
from desktop.sandbox.activecampaign.state import State, text
from desktop.sandbox.activecampaign.tags import Tags
from desktop.sandbox.kernel import Answer, Call, Endpoint

LARGEST_BATCH = 250
LARGEST_BODY = 400_000
_STAGES = ((1.0, False), (2.0, "waiting"), (3.0, "active"))
DURATION = 3.0
_NAMES = {"first_name": "firstName", "last_name": "lastName", "phone": "phone"}
_LISTS = ("fields", "tags", "subscribe", "unsubscribe")
_INVALID = (
    "JSON payload did not pass validation. Please fix failureReasons and retry."
    " The import was not queued for processing."
)


class Imports:
    """Batches of contacts, each kept until it is done and then for its report."""

    def __init__(self, state: State, store: ContactStore, documents: Documents, tags: Tags, accounts: Accounts) -> None:
        self._state = state
        self._store = store
        self._documents = documents
        self._tags = tags
        self._accounts = accounts
        self._done = 0
        self._next_due = min((job["due"] for job in self._pending()), default=None)

    def endpoints(self) -> list[Endpoint]:
        """Routes of this resource."""
        return [
            Endpoint("POST", "/api/3/import/bulk_import", self.queue),
            Endpoint("GET", "/api/3/import/info", self.info),
        ]

    def queue(self, call: Call) -> Answer:
        """``POST /import/bulk_import``: 200 with a batch id; 400 with the reasons, and nothing is queued."""
        body = call.json()
        contacts = body.get("contacts") if isinstance(body, dict) else None
        if len(call.body) >= LARGEST_BODY:
            raise import_refused(_INVALID, ["Request body must be smaller than 400,000 bytes."])
        if not isinstance(contacts, list) or not contacts:
            raise import_refused(_INVALID, ["'contacts' is a required field."])
        if len(contacts) > LARGEST_BATCH:
            raise import_refused(_INVALID, [f"Up to {LARGEST_BATCH} contacts may be imported per request."])
        limit = self._state.limit.take_import(len(contacts), self._state.clock.now())
        if limit is not None:
            raise import_refused("Rate limit exceeded.", [f"Up to {limit} imports may be requested per minute."])
        reasons = [reason for i, contact in enumerate(contacts, 1) for reason in self._problems(i, contact)]
        if reasons:
            raise import_refused(_INVALID, reasons)
        now = self._state.clock.now()
        job = {"started": now, "due": now + DURATION, "contacts": contacts, "done": None}
        job = self._documents.add("import", job)
        batch = f"{str(uuid.uuid4())[:24]}{int(job['id']):012x}"
        self._documents.put("import", {**job, "batch": batch})
        if self._next_due is None:
            self._next_due = job["due"]
        answer = {
            "success": 1,
            "queued_contacts": len(contacts),
            "batchId": batch,
            "message": "Contact import queued",
        }
        return Answer(200, answer)

    def info(self, call: Call) -> Answer:
        """``GET /import/info?batchId=``: the status, and once completed the ids and the addresses that
        failed.
        """
        batch = Query(call.query_all).text("batchId")
        if batch is None:
            raise refuse(400, {"success": 0, "message": "'batchId' is a required field."})
        job = self._documents.get("import", _number(batch))
        if job is None or job["batch"] != batch:
            return Answer(200, {"status": False, "success": [], "failure": []})
        if job["done"] is not None:
            return Answer(200, {"status": "completed", **job["done"]})
        age = self._state.clock.now() - job["started"]
        status = next((word for until, word in _STAGES if age < until), "active")
        return Answer(200, {"status": status, "success": [], "failure": []})

    def catch_up(self) -> None:
        """Complete every batch whose time has come."""
        now = self._state.clock.now()
        if self._next_due is None or now < self._next_due:
            return
        with self._state.db.storage.transaction():
            for job in self._pending():
                if job["due"] <= now:
                    self._complete(job)
                    self._done = int(job["id"])
        self._next_due = min((job["due"] for job in self._pending()), default=None)

    def _pending(self) -> list[dict[str, Any]]:
        """Batches complete in the order in which they were queued."""
        return [job for job in self._documents.all("import", after=self._done) if job["done"] is None]

    def _problems(self, position: int, contact: object) -> list[dict[str, object]]:
        if not isinstance(contact, dict):
            return [{"contact": position, "failureReason": "Contact is not an object"}]
        reasons: list[str] = []
        if not contact.get("email"):
            reasons.append("Field 'email' not found")
        elif not is_email(contact["email"]):
            reasons.append("Field 'email' is not a valid email address")
        for key in _LISTS:
            if not isinstance(contact.get(key, []), list):
                return [{"contact": position, "failureReason": f"Field '{key}' is not a list"}]
        for entry in contact.get("fields", []):
            field = whole(entry.get("id")) if isinstance(entry, dict) else None
            if field is None or not self._documents.has("field", field):
                reasons.append("Field 'fields' holds an unknown field id")
        for key in ("subscribe", "unsubscribe"):
            for entry in contact.get(key, []):
                target = whole(entry.get("listid")) if isinstance(entry, dict) else None
                if target is None or not self._documents.has("list", target):
                    reasons.append(f"Field '{key}' holds an unknown list id")
        return [{"contact": position, "failureReason": reason} for reason in reasons]

    def _complete(self, job: dict[str, Any]) -> None:
        now = int(job["due"])
        imported = [self._import(contact, now) for contact in job["contacts"]]
        done = {
            "success": [str(identifier) for identifier in imported if identifier is not None],
            "failure": [],
        }
        self._documents.put("import", {**job, "contacts": [], "done": done})

    def _import(self, contact: dict[str, Any], now: int) -> int | None:
        """Create or update one contact; a bounced address is skipped without a word."""
        known = self._store.by_email(contact["email"])
        if known is not None and known["bounced_hard"]:
            return None
        given = {theirs: contact[ours] for ours, theirs in _NAMES.items() if contact.get(ours) is not None}
        if known is None:
            identifier = self._store.create(contact["email"].strip(), given, now)
        else:
            identifier = known["id"]
            self._store.update(identifier, given, now)
        for entry in contact.get("fields", []):
            field = whole(entry["id"])
            if field is not None and self._documents.has("field", field):
                self._store.set_value(identifier, field, entry.get("value"), now)
        for name in contact.get("tags", []):
            self._store.add_tag(identifier, self._tags.named(text(name)), now)
        for key, status in (("subscribe", 1), ("unsubscribe", 2)):
            for entry in contact.get(key, []):
                self._store.set_list(identifier, int(entry["listid"]), status, "0", now)
        if contact.get("customer_acct_name"):
            self._accounts.attach(identifier, text(contact["customer_acct_name"]))
        return identifier


def _number(batch: str) -> int | None:
    """The number of the batch, which its id ends in."""
    try:
        return int(batch[-12:], 16)
    except ValueError:
        return None
