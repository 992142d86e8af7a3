"""Tags and the tags of contacts (developers.activecampaign.com/reference/tags)."""

from __future__ import annotations

import sqlite3
from typing import Any

from desktop.sandbox.activecampaign.contact_store import ContactStore
from desktop.sandbox.activecampaign.errors import invalid, missing, refuse, related_not_found
from desktop.sandbox.activecampaign.query import Query, Selection, like, whole
from desktop.sandbox.activecampaign.state import Database, State, base, payload, text
from desktop.sandbox.activecampaign.times import account_time
from desktop.sandbox.kernel import Answer, Call, Endpoint

TABLE = "activecampaign_tags"
_COMPARISONS = {"eq": "=", "neq": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


class Tags:
    """The resources ``tags`` and ``contactTags``."""

    def __init__(self, state: State, store: ContactStore) -> None:
        self._state = state
        self._db = state.db
        self._store = store

    def endpoints(self) -> list[Endpoint]:
        """Routes of these resources."""
        return [
            Endpoint("GET", "/api/3/tags", self.browse),
            Endpoint("POST", "/api/3/tags", self.create),
            Endpoint("GET", "/api/3/tags/{id}", self.get),
            Endpoint("PUT", "/api/3/tags/{id}", self.update),
            Endpoint("DELETE", "/api/3/tags/{id}", self.delete),
            Endpoint("POST", "/api/3/contactTags", self.attach),
            Endpoint("DELETE", "/api/3/contactTags/{id}", self.detach),
        ]

    def browse(self, call: Call) -> Answer:
        """``GET /tags``: contact tags only; a tag made without ``tagType`` is not listed."""
        query = Query(call.query_all)
        selection = Selection(TABLE)
        selection.where("tag_type = 'contact'")
        search = query.text("search")
        if search:
            selection.where(r"tag LIKE ? ESCAPE '\'", f"%{like(search)}%")
        for wanted in query.filters():
            if wanted.prop != "search":
                continue
            if wanted.op in _COMPARISONS:
                selection.where(f"tag {_COMPARISONS[wanted.op]} ?", wanted.value)
            elif wanted.op in ("contains", "starts_with"):
                start = "%" if wanted.op == "contains" else ""
                selection.where(r"tag LIKE ? ESCAPE '\'", f"{start}{like(wanted.value)}%")
        rows, total = selection.page(self._db, query, {"id": "id", "tag": "tag", "search": "tag"})
        return Answer(
            200, {"tags": [tag_document(self._db, row, base(call)) for row in rows], "meta": {"total": str(total)}}
        )

    def get(self, call: Call) -> Answer:
        """``GET /tags/{id}``."""
        return Answer(200, {"tag": tag_document(self._db, self._row(call.params["id"]), base(call))})

    def create(self, call: Call) -> Answer:
        """``POST /tags``: 201; an existing name answers 200 with that tag."""
        given = payload(call, "tag")
        name = text(given.get("tag")).strip()
        if not name:
            raise invalid("The tag name was not provided.", "field_missing", "tag")
        known = self._db.row(f"SELECT * FROM {TABLE} WHERE tag = ?", name)
        if known is not None:
            return Answer(200, {"tag": tag_document(self._db, known, base(call))})
        identifier = self.make(name, text(given.get("tagType")), text(given.get("description")))
        return Answer(201, {"tag": tag_document(self._db, self._row(identifier), base(call))})

    def update(self, call: Call) -> Answer:
        """``PUT /tags/{id}``: only the keys that are sent are touched."""
        row = self._row(call.params["id"])
        given = payload(call, "tag")
        name = text(given["tag"]).strip() if given.get("tag") else row["tag"]
        other = self._db.value(f"SELECT id FROM {TABLE} WHERE tag = ?", name)
        if other not in (None, row["id"]):
            raise invalid("A tag with this name already exists.", "duplicate", "tag")
        self._db.run(
            f"UPDATE {TABLE} SET tag = ?, tag_type = ?, description = ? WHERE id = ?",
            name,
            text(given.get("tagType", row["tag_type"])),
            text(given.get("description", row["description"])),
            row["id"],
        )
        return Answer(200, {"tag": tag_document(self._db, self._row(row["id"]), base(call))})

    def delete(self, call: Call) -> Answer:
        """``DELETE /tags/{id}`` also takes it off every contact."""
        row = self._row(call.params["id"])
        self._db.run(
            "UPDATE activecampaign_contacts SET udate = ?"
            " WHERE id IN (SELECT contact FROM activecampaign_contact_tags WHERE tag = ?)",
            self._state.now(),
            row["id"],
        )
        self._db.run("DELETE FROM activecampaign_contact_tags WHERE tag = ?", row["id"])
        self._db.run(f"DELETE FROM {TABLE} WHERE id = ?", row["id"])
        return Answer(200, {})

    def attach(self, call: Call) -> Answer:
        """``POST /contactTags``: 201; the same tag again answers 200 with the same id.

        A tag's name is not its id.
        """
        given = payload(call, "contactTag")
        tag = whole(given.get("tag"))
        if tag is None:
            raise refuse(422, {"errors": [{"title": "No tag id provided"}]})
        contact = self._store.find(given.get("contact"))
        if contact is None:
            raise related_not_found("Contact not found")
        if self._db.row(f"SELECT 1 FROM {TABLE} WHERE id = ?", tag) is None:
            raise related_not_found("Tag not found")
        identifier, new = self._store.add_tag(contact["id"], tag, self._state.now())
        row = self._db.row("SELECT * FROM activecampaign_contact_tags WHERE id = ?", identifier)
        assert row is not None
        contacts = [self._store.document(contact["id"], base(call))]
        return Answer(201 if new else 200, {"contacts": contacts, "contactTag": contact_tag_document(row, base(call))})

    def detach(self, call: Call) -> Answer:
        """``DELETE /contactTags/{id}``: the id of the bond, not of the tag."""
        sql = "SELECT * FROM activecampaign_contact_tags WHERE id = ?"
        row = self._db.row(sql, whole(call.params["id"]))
        if row is None:
            raise missing("SubscriberTag", call.params["id"])
        self._db.run("DELETE FROM activecampaign_contact_tags WHERE id = ?", row["id"])
        self._store.touch(row["contact"], self._state.now())
        return Answer(200, {})

    def make(self, name: str, kind: str, description: str) -> int:
        """A new tag; its id."""
        cursor = self._db.run(
            f"INSERT INTO {TABLE} (tag, tag_type, description, cdate) VALUES (?, ?, ?, ?)",
            name,
            kind,
            description,
            self._state.now(),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def named(self, name: str) -> int:
        """The id of the contact tag with this name, which is made when it is missing."""
        known = self._db.value(f"SELECT id FROM {TABLE} WHERE tag = ?", name)
        return self.make(name, "contact", "") if known is None else known

    def _row(self, identifier: object) -> sqlite3.Row:
        row = self._db.row(f"SELECT * FROM {TABLE} WHERE id = ?", whole(identifier))
        if row is None:
            raise missing("Tag", identifier)
        return row


def tag_document(db: Database, row: sqlite3.Row, address: str) -> dict[str, Any]:
    """A tag with the number of contacts that have it."""
    identifier = str(row["id"])
    count = db.value("SELECT COUNT(*) FROM activecampaign_contact_tags WHERE tag = ?", row["id"])
    return {
        "tagType": row["tag_type"],
        "tag": row["tag"],
        "description": row["description"],
        "subscriber_count": str(count),
        "cdate": account_time(row["cdate"]),
        "links": {"contactGoalTags": f"{address}/tags/{identifier}/contactGoalTags"},
        "id": identifier,
    }


def contact_tag_document(row: sqlite3.Row, address: str) -> dict[str, Any]:
    """The bond between a contact and a tag."""
    identifier, stamp = str(row["id"]), account_time(row["cdate"])
    return {
        "contact": str(row["contact"]),
        "tag": str(row["tag"]),
        "cdate": stamp,
        "created_timestamp": stamp,
        "updated_timestamp": stamp,
        "links": {
            "contact": f"{address}/contactTags/{identifier}/contact",
            "tag": f"{address}/contactTags/{identifier}/tag",
        },
        "id": identifier,
    }
