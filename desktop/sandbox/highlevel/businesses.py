"""``/businesses``: the companies of a location, the same that the objects API serves as records of ``business``.

Source: https://marketplace.gohighlevel.com/docs/ghl/businesses/. Answers to writes misspell their key: ``buiseness``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from desktop.sandbox.clock import Clock, iso_ms
from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.associations import Relations
from desktop.sandbox.highlevel.catalogue import Catalogue
from desktop.sandbox.highlevel.documents import Document, Documents
from desktop.sandbox.highlevel.ids import new_hex_id
from desktop.sandbox.highlevel.values import apply
from desktop.sandbox.highlevel.wire import LOCATION_QUERY, Key, Shape, body_of, query_of, refuse, whole
from desktop.sandbox.kernel import Answer, Call, Endpoint
from desktop.sandbox.storage import from_text, to_text

_NAMES = ("name", "phone", "email", "website", "address", "city", "postalCode", "state", "country", "description")
_UPDATE: Shape = dict.fromkeys(_NAMES, Key())
_CREATE: Shape = {**_UPDATE, "name": Key(required=True), "locationId": Key(required=True)}
_PROPERTIES = {"postalCode": "postal_code"}


class Businesses:
    """Handlers of the business endpoints."""

    def __init__(
        self,
        account: Account,
        catalogue: Catalogue,
        documents: Documents,
        relations: Relations,
        clock: Clock,
        kind: int,
    ) -> None:
        self._account = account
        self._catalogue = catalogue
        self._documents = documents
        self._relations = relations
        self._clock = clock
        self._kind = kind

    def endpoints(self) -> list[Endpoint]:
        read, write = "businesses.readonly", "businesses.write"
        one = "/businesses/{businessId}"
        return [
            Endpoint("GET", "/businesses/", self.list, read),
            Endpoint("POST", "/businesses/", self.create, write),
            Endpoint("GET", one, self.get, read),
            Endpoint("PUT", one, self.update, write),
            Endpoint("DELETE", one, self.delete, write),
        ]

    def list(self, call: Call) -> Answer:
        query = query_of(call, {**LOCATION_QUERY, "limit": Key(), "skip": Key()})
        self._account.admit(call, query["locationId"])
        limit, skip = whole(query.get("limit"), "limit", 100), whole(query.get("skip"), "skip", 0)
        rows, _ = self._documents.search(self._kind, "", (), "", (), "created, id", limit, skip, None)
        return Answer(200, {"businesses": [self._report(item) for item in rows]})

    def create(self, call: Call) -> Answer:
        body = body_of(call, _CREATE)
        self._account.admit(call, body.pop("locationId"))
        now = self._clock.ms()
        new = Document(new_hex_id(), self._kind, now, now, 3, "", to_text(self._applied(None, body)))
        self._documents.insert(new)
        return Answer(201, {"success": True, "buiseness": self._report(new)})

    def get(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        return Answer(200, {"business": self._report(self._existing(call))})

    def update(self, call: Call) -> Answer:
        query_of(call, {})
        body = body_of(call, _UPDATE)
        self._account.admit(call)
        old = self._existing(call)
        doc = to_text(self._applied(from_text(old.doc), body))
        changed = max(self._clock.ms(), old.updated)
        new = Document(old.id, old.kind, old.created, changed, old.origin | 1, old.people, doc)
        self._documents.replace(new)
        return Answer(200, {"success": True, "buiseness": self._report(new)})

    def delete(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        gone = self._existing(call)
        self._documents.delete(gone.id, gone.kind)
        self._relations.forget_record(gone.id)
        return Answer(200, {"success": True})

    def _applied(self, old: dict[str, Any] | None, body: Mapping[str, Any]) -> dict[str, Any]:
        target = self._catalogue.by_kind(self._kind)
        given = {_PROPERTIES.get(name, name): value or None for name, value in body.items()}
        return apply(target, self._catalogue.fields_of(target.key), old, given)

    def _existing(self, call: Call) -> Document:
        id_ = call.params["businessId"]
        if not re.fullmatch(r"[0-9a-f]{24}", id_):
            raise refuse(400, f"Invalid business id - {id_}")
        found = self._documents.get(id_)
        if found is None or found.kind != self._kind:
            raise refuse(404, f"Business ({id_}) not found")
        return found

    def _report(self, item: Document) -> dict[str, Any]:
        kept = from_text(item.doc)
        return {
            "id": item.id,
            "locationId": self._account.location,
            **{name: kept[key] for name in _NAMES if (key := _PROPERTIES.get(name, name)) in kept},
            "createdAt": iso_ms(item.created),
            "updatedAt": iso_ms(item.updated),
        }
