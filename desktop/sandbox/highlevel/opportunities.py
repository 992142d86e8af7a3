"""``/opportunities``: possible sales, their pipelines and both of their searches.

Source: https://marketplace.gohighlevel.com/docs/ghl/opportunities/ and the search guide that it links
(https://doc.clickup.com/8631005/d/h/87cpx-424216/7bf11bc9b94f80f).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.sandbox.clock import Clock
from desktop.sandbox.highlevel import opportunity_values
from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.associations import Relations
from desktop.sandbox.highlevel.documents import Document, Documents
from desktop.sandbox.highlevel.ids import new_short_id
from desktop.sandbox.highlevel.location import LocationFields
from desktop.sandbox.highlevel.opportunity_search import grammar_of, last_of, listed, searched
from desktop.sandbox.highlevel.opportunity_values import CREATE, FOLLOWERS, STATUS, UPDATE, UPSERT, Opportunity
from desktop.sandbox.highlevel.pipelines import Pipelines
from desktop.sandbox.highlevel.records import cursor, run
from desktop.sandbox.highlevel.wire import (
    LOCATION_QUERY,
    Key,
    body_of,
    is_v3,
    not_served,
    query_of,
    raw_body,
    refuse,
)
from desktop.sandbox.kernel import Answer, Call, Endpoint
from desktop.sandbox.storage import from_text, to_text


class Opportunities:
    """Handlers of the opportunity endpoints. ``kind`` and ``contact_kind`` are numbers of objects in storage."""

    def __init__(
        self,
        account: Account,
        documents: Documents,
        relations: Relations,
        fields: LocationFields,
        pipelines: Pipelines,
        clock: Clock,
        kind: int,
        contact_kind: int,
    ) -> None:
        self._account = account
        self._documents = documents
        self._relations = relations
        self._fields = fields
        self._pipelines = pipelines
        self._clock = clock
        self._kind = kind
        self._contact_kind = contact_kind

    def endpoints(self) -> list[Endpoint]:
        read, write = "opportunities.readonly", "opportunities.write"
        one = "/opportunities/{id}"
        return [
            Endpoint("POST", "/opportunities/", self.create, write),
            Endpoint("GET", "/opportunities/search", self.list, read),
            Endpoint("POST", "/opportunities/search", self.search, read, write=False),
            Endpoint("GET", "/opportunities/pipelines", self.pipelines, read),
            Endpoint("GET", "/opportunities/lost-reason", self.reasons, read),
            Endpoint("POST", "/opportunities/upsert", self.upsert, write),
            Endpoint("GET", one, self.get, read),
            Endpoint("PUT", one, self.update, write),
            Endpoint("DELETE", one, self.delete, write),
            Endpoint("PUT", f"{one}/status", self.set_status, write),
            Endpoint("POST", f"{one}/followers", self.add_followers, write),
            Endpoint("DELETE", f"{one}/followers", self.remove_followers, write),
        ]

    # One opportunity

    def create(self, call: Call) -> Answer:
        body = body_of(call, CREATE)
        self._account.admit(call, body["locationId"])
        return Answer(201, {"opportunity": self._shown(self._insert(call, body))})

    def get(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        return Answer(200, {"opportunity": self._shown(self._existing(call.params["id"]))})

    def update(self, call: Call) -> Answer:
        query_of(call, {})
        body = body_of(call, UPDATE)
        self._account.admit(call)
        changed = self._change(call, self._existing(call.params["id"]), body)
        return Answer(200, {"opportunity": self._shown(changed)})

    def delete(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        gone = self._existing(call.params["id"])
        self._documents.delete(gone.id, gone.kind)
        self._relations.forget_record(gone.id)
        return self._done(call)

    def set_status(self, call: Call) -> Answer:
        body = body_of(call, STATUS)
        self._account.admit(call)
        reason = body.get("lostReasonId")
        if reason and reason not in self._pipelines.reasons:
            raise refuse(400, "The lost reason id is invalid.")
        self._change(call, self._existing(call.params["id"]), body)
        return self._done(call)

    def upsert(self, call: Call) -> Answer:
        body = body_of(call, UPSERT)
        self._account.admit(call, body["locationId"])
        changes = {key: value for key, value in body.items() if key in UPDATE or key == "lostReasonId"}
        contact = str(body.get("contactId") or "")
        old = self._existing(body["id"]) if body.get("id") else self._open_one(contact)
        if old is not None:
            return Answer(200, {"new": False, "opportunity": self._shown(self._change(call, old, changes))})
        made = self._insert(call, {"status": "open", **body})
        return Answer(200, {"new": True, "opportunity": self._shown(made)})

    def add_followers(self, call: Call) -> Answer:
        body = body_of(call, FOLLOWERS)
        self._account.admit(call)
        old = self._existing(call.params["id"])
        held = from_text(old.doc).get("followers", [])
        added = [item for item in dict.fromkeys(body["followers"]) if item not in held]
        self._follow(old, [*held, *added])
        return Answer(201, {"followers": [*held, *added], "followersAdded": added})

    def remove_followers(self, call: Call) -> Answer:
        everyone = query_of(call, {"isRemoveAllFollowers": Key()}).get("isRemoveAllFollowers") == "true"
        body = body_of(call, FOLLOWERS)
        self._account.admit(call)
        old = self._existing(call.params["id"])
        held = from_text(old.doc).get("followers", [])
        kept = [] if everyone else [item for item in held if item not in body["followers"]]
        self._follow(old, kept)
        return Answer(200, {"followers": kept, "followersRemoved": [item for item in held if item not in kept]})

    def _insert(self, call: Call, body: Mapping[str, Any]) -> Document:
        contact = str(body.get("contactId") or "")
        if self._contact(contact) is None:
            raise refuse(400, f"Contact not found for id:{contact}")
        same = None if self._account.settings.allow_duplicate_opportunities else self._open_one(contact)
        if same is not None:
            raise refuse(
                400,
                "Can not create duplicate opportunity for the contact.",
                code="OPPORTUNITY_NO_DUPLICATE",
                meta={"existingId": same.id},
            )
        now = self._clock.ms()
        new = Document(new_short_id(), self._kind, now, now, 3, "", to_text(self._changed(call, {}, body)))
        self._documents.insert(new)
        return new

    def _change(self, call: Call, old: Document, body: Mapping[str, Any]) -> Document:
        return self._replace(old, self._changed(call, from_text(old.doc), body))

    def _follow(self, old: Document, followers: list[str]) -> None:
        self._replace(old, from_text(old.doc) | {"followers": followers})

    def _replace(self, old: Document, doc: Opportunity) -> Document:
        changed = max(self._clock.ms(), old.updated)
        new = Document(old.id, old.kind, old.created, changed, old.origin | 1, "", to_text(doc))
        self._documents.replace(new)
        return new

    def _changed(self, call: Call, old: Opportunity, body: Mapping[str, Any]) -> Opportunity:
        return opportunity_values.changed(old, body, self._fields, self._pipelines, self._clock.ms(), v3=is_v3(call))

    def _open_one(self, contact_id: str) -> Document | None:
        """The contact's open opportunity: duplicates are counted by contact."""
        where = "json_extract(doc, '$.contactId') = ? AND json_extract(doc, '$.status') = 'open'"
        return self._documents.first(self._kind, where, [contact_id]) if contact_id else None

    def _existing(self, id_: str) -> Document:
        item = self._documents.get(id_)
        if item is None or item.kind != self._kind:
            raise refuse(400, f"Opportunity not found for id:{id_}")
        return item

    def _contact(self, id_: str) -> Document | None:
        item = self._documents.get(id_) if id_ else None
        return item if item is not None and item.kind == self._contact_kind else None

    def _shown(self, item: Document) -> dict[str, Any]:
        contact = self._contact(from_text(item.doc).get("contactId", ""))
        return opportunity_values.shown(item, self._account.location, self._fields, contact)

    def _done(self, call: Call) -> Answer:
        return Answer(200, {"succeded": True} | ({"success": True} if is_v3(call) else {}))

    # Many opportunities

    def search(self, call: Call) -> Answer:
        if not self._account.settings.opportunity_search:
            raise not_served()
        query_of(call, {})
        body = raw_body(call)
        query = searched(body, grammar_of(self._fields))
        self._account.admit(call, body["locationId"])
        page, total = run(self._documents, self._kind, query)
        found = [self._found(item) | {"searchAfter": cursor(item, query.keys)} for item in page]
        answer = {"opportunities": found, "total": total, "aggregations": {}}
        return Answer(self._account.settings.search_status, answer)

    def list(self, call: Call) -> Answer:
        location, query = listed(call)
        self._account.admit(call, location)
        page, total = run(self._documents, self._kind, query)
        meta = {"total": total, "currentPage": query.offset // query.limit + 1} | last_of(page, query.limit)
        return Answer(200, {"opportunities": [self._found(item) for item in page], "meta": meta, "aggregations": {}})

    def _found(self, item: Document) -> dict[str, Any]:
        contact = self._contact(from_text(item.doc).get("contactId", ""))
        return opportunity_values.found(item, self._account.location, self._fields, contact)

    def pipelines(self, call: Call) -> Answer:
        self._account.admit(call, query_of(call, LOCATION_QUERY)["locationId"])
        return Answer(200, {"pipelines": [item.report(self._account.location) for item in self._pipelines.all]})

    def reasons(self, call: Call) -> Answer:
        optional = dict.fromkeys(("name", "deleted", "query", "skip", "limit", "getCount"), Key())
        self._account.admit(call, query_of(call, {**LOCATION_QUERY, **optional})["locationId"])
        shown = [
            {"id": id_, "name": name, "locationId": self._account.location}
            for id_, name in self._pipelines.reasons.items()
        ]
        return Answer(200, {"lostReasons": shown, "total": len(shown)})

    def forget_contact(self, contact_id: str) -> None:
        """The opportunities of a deleted contact go with it."""
        while True:
            gone = self._documents.first(self._kind, "json_extract(doc, '$.contactId') = ?", [contact_id])
            if gone is None:
                return
            self._documents.delete(gone.id, gone.kind)
