"""``/contacts`` and ``/contact/sync`` (developers.activecampaign.com/reference/contact)."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

from desktop.sandbox.activecampaign.contact_store import (
    ContactStore,
    field_value_document,
    invalid_email,
    is_email,
)
from desktop.sandbox.activecampaign.documents import Documents
from desktop.sandbox.activecampaign.errors import bad_request, invalid
from desktop.sandbox.activecampaign.query import Query, like, page_by_id, whole
from desktop.sandbox.activecampaign.side_loading import side_load
from desktop.sandbox.activecampaign.state import State, base, payload
from desktop.sandbox.activecampaign.times import parse_bound
from desktop.sandbox.kernel import Answer, Call, Endpoint

TABLE = "activecampaign_contacts"
_ORDERS = {
    "id": "id",
    "cdate": "cdate",
    "email": "email",
    "first_name": "first_name COLLATE NOCASE",
    "last_name": "last_name COLLATE NOCASE",
    "name": "first_name || ' ' || last_name COLLATE NOCASE",
}
_ABSENT = ("formid", "seriesid", "segmentid", "waitid")
_FEW = 2000


class Contacts:
    """The contact resource."""

    def __init__(self, state: State, store: ContactStore, documents: Documents) -> None:
        self._state = state
        self._db = state.db
        self._store = store
        self._documents = documents

    def endpoints(self) -> list[Endpoint]:
        """Routes of this resource."""
        return [
            Endpoint("GET", "/api/3/contacts", self.browse),
            Endpoint("POST", "/api/3/contacts", self.create),
            Endpoint("PUT", "/api/3/contacts/{id}", self.update),
            Endpoint("DELETE", "/api/3/contacts/{id}", self.delete),
            Endpoint("POST", "/api/3/contact/sync", self.sync),
        ]

    def browse(self, call: Call) -> Answer:
        """``GET /contacts``; ``meta.total`` is text. ``include`` brings along what belongs to the contacts."""
        query = Query(call.query_all)
        rows, total = self._find(query)
        contacts = self._store.documents(rows, base(call))
        body = {
            "scoreValues": [],
            **side_load(self._db, contacts, self._included(query), base(call)),
            "contacts": contacts,
            "meta": {"total": str(total), "page_input": _page_input(query)},
        }
        return Answer(200, body)

    def _included(self, query: Query) -> str:
        return query.text("include") or "" if self._state.settings.side_loading else ""

    def _find(self, query: Query) -> tuple[list[sqlite3.Row], int]:
        selection = ContactSelection(self._state, query)
        orders = [f"{_ORDERS[order.prop]} {order.word}" for order in query.orders() if order.prop in _ORDERS]
        where, params = selection.condition()
        bounds, limits = ("id > ? AND ", (selection.after,)) if selection.after else ("", ())
        if orders in ([], ["id ASC"]):
            rows = page_by_id(self._db, TABLE, bounds + where, (*limits, *params), query)
        else:
            order = ", ".join([*orders, "id"])
            sql = f"SELECT * FROM {TABLE} WHERE {bounds}{where} ORDER BY {order} LIMIT ? OFFSET ?"
            rows = self._db.rows(sql, *limits, *params, query.limit, query.offset)
        return rows, self._db.total(TABLE, where, params, selection.after)

    def create(self, call: Call) -> Answer:
        """``POST /contacts``: 201, or 422 ``duplicate`` when the address is taken."""
        given = payload(call, "contact")
        if not given.get("email"):
            raise invalid("Contact email address is required.", "field_missing", "email")
        email = self._store.checked_email(given["email"])
        now = self._state.now()
        identifier = self._store.create(email, given, now)
        values = self._set_values(identifier, given, now, base(call))
        return Answer(201, {"fieldValues": values, "contact": self._store.document(identifier, base(call))})

    def update(self, call: Call) -> Answer:
        """``PUT /contacts/{id}``: only the keys that are sent are touched."""
        contact = self._store.get(call.params["id"])
        given = payload(call, "contact")
        now = self._state.now()
        self._store.update(contact["id"], given, now)
        values = self._set_values(contact["id"], given, now, base(call))
        return Answer(200, {"fieldValues": values, "contact": self._store.document(contact["id"], base(call))})

    def delete(self, call: Call) -> Answer:
        """``DELETE /contacts/{id}``: 200 with an empty object."""
        self._store.delete(self._store.get(call.params["id"])["id"])
        return Answer(200, {})

    def sync(self, call: Call) -> Answer:
        """``POST /contact/sync``: 201 when the address was new, 200 when a contact was updated.

        ``fieldValues`` of the answer holds only the values that this call sent.
        """
        given = payload(call, "contact")
        email = given.get("email")
        if not email:
            raise bad_request("Contact email must be provided for sync")
        if not is_email(email.strip() if isinstance(email, str) else email):
            raise invalid_email()
        now = self._state.now()
        known = self._store.by_email(email)
        if known is None:
            identifier = self._store.create(email.strip(), given, now)
        else:
            identifier = known["id"]
            self._store.update(identifier, {key: value for key, value in given.items() if key != "email"}, now)
        values = self._set_values(identifier, given, now, base(call))
        body: dict[str, Any] = {}
        if isinstance(given.get("fieldValues"), list):
            body["fieldValues"] = values
        body["contact"] = self._store.document(identifier, base(call))
        if known is None:
            body["contact"] |= {"orgid": "", "orgname": "", "email_empty": False}
        return Answer(201 if known is None else 200, body)

    def _set_values(self, contact: int, given: dict[str, Any], now: int, address: str) -> list[dict[str, Any]]:
        """Custom field values inside a contact.

        A field is named by its numeric id; anything else is ignored.
        """
        entries = given.get("fieldValues")
        documents: list[dict[str, Any]] = []
        for entry in entries if isinstance(entries, list) else []:
            field = whole(entry.get("field")) if isinstance(entry, dict) else None
            if field is None or not self._documents.has("field", field):
                continue
            identifier = self._store.set_value(contact, field, entry.get("value"), now)
            row = self._db.row("SELECT * FROM activecampaign_field_values WHERE id = ?", identifier)
            assert row is not None
            documents.append(field_value_document(row, address))
        return documents


class ContactSelection:
    """The filters of ``GET /contacts`` as one SQL condition, plus `after`, the bound of ``id_greater``."""

    def __init__(self, state: State, query: Query) -> None:
        self._db = state.db
        self._query = query
        self._where: list[str] = []
        self._params: list[object] = []
        self.after = query.number("id_greater") or 0
        self._names()
        self._ids()
        self._bonds()
        self._times()

    def condition(self) -> tuple[str, tuple[object, ...]]:
        """The condition without `after`, and the values of its question marks."""
        return " AND ".join(self._where) or "1", tuple(self._params)

    def _add(self, condition: str, *params: object) -> None:
        self._where.append(condition)
        self._params.extend(params)

    def _names(self) -> None:
        query = self._query
        email = query.text("email")
        if email:
            self._add("email = ?", email.strip())
        fragment = query.text("email_like")
        if fragment:
            self._add(r"email LIKE ? ESCAPE '\'", f"%{like(fragment)}%")
        phone = query.text("phone")
        if phone:
            self._add(r"phone LIKE ? ESCAPE '\'", f"{like(phone)}%")
        search = query.text("search")
        if search:
            pattern = f"%{like(search)}%"
            columns = ("email", "first_name", "last_name", "first_name || ' ' || last_name", "phone")
            matches = " OR ".join(rf"{column} LIKE ? ESCAPE '\'" for column in columns)
            self._add(f"({matches})", *[pattern] * len(columns))

    def _ids(self) -> None:
        query = self._query
        ids = query.many("ids")
        if ids:
            numbers = [number for number in map(whole, ids) if number is not None]
            self._add(f"id IN ({', '.join('?' * len(numbers))})", *numbers)
        less = query.number("id_less")
        if less is not None:
            self._add("id < ?", less)
        for excluded in query.many("exclude"):
            self._add("id != ?", whole(excluded) or 0)

    def _bonds(self) -> None:
        query = self._query
        if any(query.number(name) for name in _ABSENT):
            self._add("0")
        tag = query.number("tagid")
        if tag:
            self._add("id IN (SELECT contact FROM activecampaign_contact_tags WHERE tag = ?)", tag)
        conditions: list[str] = []
        params: list[object] = []
        on_list = query.number("listid")
        if on_list:
            conditions.append("list = ?")
            params.append(on_list)
        status = query.number("status")
        if status is not None:
            conditions.append("status = ?")
            params.append(status)
        if query.number("in_group_lists"):
            conditions.append("list > 0")
        if conditions:
            together = " AND ".join(conditions)
            self._add(f"id IN (SELECT contact FROM activecampaign_contact_lists WHERE {together})", *params)

    def _times(self) -> None:
        """The bounds of creation and change, inclusive.

        A few changed contacts are found by the index and sorted; many are read in the order of their ids.
        """
        for column, name in (("cdate", "created"), ("udate", "updated")):
            conditions: list[str] = []
            params: list[object] = []
            for suffix, sign in (("after", ">="), ("before", "<=")):
                given = self._query.filter(f"{name}_{suffix}")
                if given is None:
                    continue
                bound = parse_bound(given, upper=suffix == "before")
                if bound is None:
                    raise bad_request(f"The filter {name}_{suffix} is not a date.")
                conditions.append(f"{column} {sign} ?")
                params.append(bound)
            if not conditions:
                continue
            inner = " AND ".join(conditions)
            probe = f"SELECT COUNT(*) FROM (SELECT 1 FROM {TABLE} WHERE {inner} LIMIT {_FEW})"
            if self._db.value(probe, *params) < _FEW:
                self._add(f"id IN (SELECT id FROM {TABLE} WHERE {inner})", *params)
            else:
                self._add(" AND ".join(f"+{condition}" for condition in conditions), *params)


def _page_input(query: Query) -> dict[str, object]:
    """``meta.page_input``, in which the vendor repeats the request."""
    status = query.number("status")
    return {
        "segmentid": query.number("segmentid"),
        "formid": query.number("formid") or 0,
        "listid": query.number("listid") or 0,
        "tagid": query.number("tagid") or 0,
        "limit": query.limit,
        "offset": query.offset,
        "search": query.text("search"),
        "sort": None,
        "seriesid": query.number("seriesid") or 0,
        "waitid": query.number("waitid") or 0,
        "status": -1 if status is None else status,
        "forceQuery": query.number("forceQuery") or 0,
        "cacheid": hashlib.md5(repr(query.filters()).encode(), usedforsecurity=False).hexdigest(),
    }
