"""Lists and the subscriptions of contacts (developers.activecampaign.com/reference/lists)."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from desktop.sandbox.activecampaign.contact_store import ContactStore
from desktop.sandbox.activecampaign.documents import Documents, page
from desktop.sandbox.activecampaign.errors import invalid, missing
from desktop.sandbox.activecampaign.query import Query, whole
from desktop.sandbox.activecampaign.state import State, base, payload, text
from desktop.sandbox.activecampaign.times import account_time
from desktop.sandbox.kernel import Answer, Call, Endpoint

_TEXTS = ("name", "stringid", "sender_url", "sender_reminder", "subscription_notify", "unsubscription_notify")


class Lists:
    """The resources ``lists`` and ``contactLists``."""

    def __init__(self, state: State, store: ContactStore, documents: Documents) -> None:
        self._state = state
        self._store = store
        self._documents = documents

    def endpoints(self) -> list[Endpoint]:
        """Routes of these resources."""
        return [
            Endpoint("GET", "/api/3/lists", self.browse),
            Endpoint("POST", "/api/3/lists", self.create),
            Endpoint("GET", "/api/3/lists/{id}", self.get),
            Endpoint("PUT", "/api/3/lists/{id}", self.update),
            Endpoint("DELETE", "/api/3/lists/{id}", self.delete),
            Endpoint("POST", "/api/3/contactLists", self.subscribe),
        ]

    def browse(self, call: Call) -> Answer:
        """``GET /lists``; ``filters[name]`` finds a part of the name."""
        query = Query(call.query_all)
        found = self._documents.all("list")
        name = query.filter("name")
        if name:
            found = [entry for entry in found if name.casefold() in entry["name"].casefold()]
        lists, total = page(query, found)
        return Answer(200, {"lists": lists, "meta": {"total": str(total)}})

    def get(self, call: Call) -> Answer:
        """``GET /lists/{id}``."""
        return Answer(200, {"list": self._list(call)})

    def create(self, call: Call) -> Answer:
        """``POST /lists`` answers 200."""
        given = payload(call, "list")
        name = text(given.get("name")).strip()
        if not name:
            raise invalid("The list name was not provided.", "field_missing", "name")
        return Answer(200, {"list": self.make(name, given)})

    def update(self, call: Call) -> Answer:
        """``PUT /lists/{id}``: only the keys that are sent are touched."""
        entry = self._list(call)
        given = payload(call, "list")
        entry |= {key: text(given[key]) for key in _TEXTS if given.get(key) is not None}
        entry["udate"] = account_time(self._state.now())
        self._documents.put("list", entry)
        return Answer(200, {"list": entry})

    def delete(self, call: Call) -> Answer:
        """``DELETE /lists/{id}`` ends every subscription to it."""
        number = int(self._list(call)["id"])
        now = self._state.now()
        self._state.db.run(
            "UPDATE activecampaign_contacts SET udate = ?"
            " WHERE id IN (SELECT contact FROM activecampaign_contact_lists WHERE list = ?)",
            now,
            number,
        )
        self._state.db.run("DELETE FROM activecampaign_contact_lists WHERE list = ?", number)
        self._documents.remove("list", number)
        return Answer(200, {})

    def subscribe(self, call: Call) -> Answer:
        """``POST /contactLists`` answers 200; ``status`` 1 subscribes, 2 unsubscribes, 0 and 3 pass."""
        given = payload(call, "contactList")
        status = whole(given.get("status"))
        if status is None or status > 3:
            raise invalid("The status is not valid.", "field_invalid", "status")
        list_id = whole(given.get("list"))
        if list_id is None or not self._documents.has("list", list_id):
            raise invalid("The list does not exist.", "related_missing", "list")
        contact = self._store.find(given.get("contact"))
        if contact is None:
            raise invalid("The contact does not exist.", "related_missing", "contact")
        source = text(given.get("sourceid", "0"))
        identifier = self._store.set_list(contact["id"], list_id, status, source, self._state.now())
        row = self._state.db.row("SELECT * FROM activecampaign_contact_lists WHERE id = ?", identifier)
        assert row is not None
        contacts = [self._store.document(contact["id"], base(call))]
        return Answer(200, {"contacts": contacts, "contactList": contact_list_document(row, base(call))})

    def make(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """A new list."""
        stamp = account_time(self._state.now())
        entry: dict[str, Any] = {
            "stringid": re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
            "userid": "1",
            "name": name,
            "cdate": stamp,
            "udate": stamp,
            "private": "0",
            "sender_url": "",
            "sender_reminder": "",
            "subscription_notify": None,
            "unsubscription_notify": None,
            "deletestamp": None,
            "links": [],
        }
        entry |= {key: text(given[key]) for key in _TEXTS if given.get(key) is not None}
        return self._documents.add("list", entry)

    def _list(self, call: Call) -> dict[str, Any]:
        entry = self._documents.get("list", whole(call.params["id"]))
        if entry is None:
            raise missing("List", call.params["id"])
        return entry


def contact_list_document(row: sqlite3.Row, address: str) -> dict[str, Any]:
    """A contact's standing on a list."""
    identifier = str(row["id"])
    return {
        "contact": str(row["contact"]),
        "list": str(row["list"]),
        "form": None,
        "seriesid": "0",
        "sdate": None if row["sdate"] is None else account_time(row["sdate"]),
        "udate": None if row["udate"] is None else account_time(row["udate"]),
        "status": str(row["status"]),
        "responder": "1",
        "sync": "0",
        "unsubreason": "",
        "campaign": None,
        "message": None,
        "first_name": "",
        "last_name": "",
        "ip4Sub": "0",
        "sourceid": row["sourceid"],
        "autosyncLog": None,
        "ip4_last": "0",
        "ip4Unsub": "0",
        "unsubscribeAutomation": None,
        "links": {
            "list": f"{address}/contactLists/{identifier}/list",
            "contact": f"{address}/contactLists/{identifier}/contact",
        },
        "id": identifier,
        "automation": None,
    }
