"""``/contacts/{contactId}/tasks``, and the search over the tasks of all contacts.

Source: https://marketplace.gohighlevel.com/docs/ghl/contacts/tasks and .../locations/task-search.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.sandbox.clock import Clock, iso_ms, parse_ms
from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.documents import Document, Documents
from desktop.sandbox.highlevel.ids import new_short_id
from desktop.sandbox.highlevel.wire import Key, Shape, body_of, check, is_v3, query_of, raw_body, refuse
from desktop.sandbox.kernel import Answer, Call, Endpoint
from desktop.sandbox.storage import from_text, to_text

MAX_PAGE = 500
DEFAULT_PAGE = 25
_CHANGE: Shape = {
    "title": Key(),
    "body": Key(),
    "dueDate": Key(),
    "completed": Key("boolean"),
    "assignedTo": Key(),
}
_CREATE: Shape = {
    **_CHANGE,
    "title": Key(required=True),
    "dueDate": Key(required=True),
    "completed": Key("boolean", required=True),
}
_COMPLETED: Shape = {"completed": Key("boolean", required=True)}
_SEARCH: Shape = {
    "contactId": Key("strings"),
    "completed": Key("boolean"),
    "assignedTo": Key("strings"),
    "query": Key(),
    "limit": Key("number"),
    "skip": Key("number"),
    "businessId": Key(),
    "searchAfter": Key("array"),
}
_IN_BUSINESS = (
    " AND json_extract(doc, '$.contactId') IN (SELECT second_id FROM highlevel_relations"
    " WHERE association_id = 'BUSINESSES_CONTACTS_ASSOCIATION' AND first_id = ?)"
)


class Tasks:
    """Handlers of the task endpoints. ``kind`` and ``contact_kind`` are numbers of objects in storage."""

    def __init__(self, account: Account, documents: Documents, clock: Clock, kind: int, contact_kind: int) -> None:
        self._account = account
        self._documents = documents
        self._clock = clock
        self._kind = kind
        self._contact_kind = contact_kind

    def endpoints(self) -> list[Endpoint]:
        read, write = "contacts.readonly", "contacts.write"
        base = "/contacts/{contactId}/tasks"
        return [
            Endpoint("GET", base, self.list, read),
            Endpoint("POST", base, self.create, write),
            Endpoint("GET", f"{base}/{{taskId}}", self.get, read),
            Endpoint("PUT", f"{base}/{{taskId}}", self.update, write),
            Endpoint("PUT", f"{base}/{{taskId}}/completed", self.complete, write),
            Endpoint("DELETE", f"{base}/{{taskId}}", self.delete, write),
            Endpoint(
                "POST",
                "/locations/{locationId}/tasks/search",
                self.search,
                "locations/tasks.readonly",
                write=False,
            ),
        ]

    def list(self, call: Call) -> Answer:
        query_of(call, {})
        contact = self._contact(call)
        where = " AND json_extract(doc, '$.contactId') = ?"
        rows, _ = self._documents.search(self._kind, where, (contact,), "", (), "created, id", -1, 0, None)
        return Answer(200, {"tasks": [_report(item) for item in rows]})

    def create(self, call: Call) -> Answer:
        query_of(call, {})
        body = body_of(call, _CREATE)
        contact = self._contact(call)
        now = self._clock.ms()
        doc = to_text(_changed({"contactId": contact}, body))
        new = Document(new_short_id(), self._kind, now, now, 3, "", doc)
        self._documents.insert(new)
        return Answer(201, {"task": _report(new)})

    def get(self, call: Call) -> Answer:
        query_of(call, {})
        return Answer(200, {"task": _report(self._existing(call))})

    def update(self, call: Call) -> Answer:
        query_of(call, {})
        return self._change(call, body_of(call, _CHANGE))

    def complete(self, call: Call) -> Answer:
        query_of(call, {})
        return self._change(call, body_of(call, _COMPLETED))

    def delete(self, call: Call) -> Answer:
        query_of(call, {})
        gone = self._existing(call)
        self._documents.delete(gone.id, gone.kind)
        return Answer(200, {"succeded": True} | ({"succeeded": True} if is_v3(call) else {}))

    def search(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call, call.params["locationId"])
        body = raw_body(call)
        check(body, _SEARCH)
        limit = int(body.get("limit") or DEFAULT_PAGE)
        if not 1 <= limit <= MAX_PAGE:
            raise refuse(422, [f"limit must not be greater than {MAX_PAGE}"])
        where, params = _where(body)
        after = body.get("searchAfter") or []
        if after and len(after) != 2:
            raise refuse(400, "searchAfter does not fit the sort of this search")
        rows, _ = self._documents.search(
            self._kind,
            where,
            params,
            " AND (created, id) < (?, ?)" if after else "",
            after,
            "created DESC, id DESC",
            limit,
            0 if after else int(body.get("skip") or 0),
            None,
        )
        found = [
            _report(item) | {"locationId": self._account.location, "searchAfter": [item.created, item.id]}
            for item in rows
        ]
        return Answer(self._account.settings.search_status, {"tasks": found})

    def forget_contact(self, contact_id: str) -> None:
        """The tasks of a deleted contact go with it."""
        while True:
            gone = self._documents.first(self._kind, "json_extract(doc, '$.contactId') = ?", [contact_id])
            if gone is None:
                return
            self._documents.delete(gone.id, gone.kind)

    def _change(self, call: Call, body: Mapping[str, Any]) -> Answer:
        old = self._existing(call)
        doc = to_text(_changed(from_text(old.doc), body))
        changed = max(self._clock.ms(), old.updated)
        new = Document(old.id, old.kind, old.created, changed, old.origin | 1, "", doc)
        self._documents.replace(new)
        return Answer(200, {"task": _report(new)})

    def _contact(self, call: Call) -> str:
        self._account.admit(call)
        id_ = call.params["contactId"]
        found = self._documents.get(id_)
        if found is None or found.kind != self._contact_kind:
            raise refuse(400, f"Contact not found for id:{id_}")
        return id_

    def _existing(self, call: Call) -> Document:
        contact = self._contact(call)
        found = self._documents.get(call.params["taskId"])
        if found is None or found.kind != self._kind or from_text(found.doc)["contactId"] != contact:
            raise refuse(404, f"Task not found for id:{call.params['taskId']}")
        return found


def _changed(old: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    new = {**old, **given}
    if not new.get("title"):
        raise refuse(422, ["title should not be empty"])
    try:
        new["dueDate"] = iso_ms(parse_ms(str(new.get("dueDate") or "")))
    except ValueError:
        raise refuse(422, ["dueDate must be a valid ISO 8601 date string"]) from None
    return {name: value for name, value in new.items() if value not in (None, "")}


def _report(item: Document) -> dict[str, Any]:
    return {"id": item.id, **from_text(item.doc)}


def _where(body: Mapping[str, Any]) -> tuple[str, list[Any]]:
    where, params = "", list[Any]()
    for name in ("contactId", "assignedTo"):
        wanted = body.get(name)
        if wanted:
            where += f" AND json_extract(doc, '$.{name}') IN ({', '.join('?' * len(wanted))})"
            params += wanted
    if body.get("completed") is not None:
        where += " AND json_extract(doc, '$.completed') = ?"
        params.append(int(body["completed"]))
    if body.get("query"):
        where += " AND instr(fold(json_extract(doc, '$.title')), ?) > 0"
        params.append(str(body["query"]).lower())
    if body.get("businessId"):
        where += _IN_BUSINESS
        params.append(body["businessId"])
    return where, params
