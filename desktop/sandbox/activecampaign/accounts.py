"""Accounts and the link of a contact to its account (developers.activecampaign.com/reference/accounts)."""

from __future__ import annotations

import sqlite3
from typing import Any

from desktop.sandbox.activecampaign.contact_store import ContactStore
from desktop.sandbox.activecampaign.custom_values import CustomValues
from desktop.sandbox.activecampaign.errors import invalid, missing
from desktop.sandbox.activecampaign.query import Query, Selection, like, whole
from desktop.sandbox.activecampaign.state import State, base, payload, text
from desktop.sandbox.activecampaign.times import account_time
from desktop.sandbox.kernel import Answer, Call, Endpoint

ACCOUNTS = "activecampaign_accounts"
LINKS = "activecampaign_account_contacts"
_ORDERS = {
    "id": "id",
    "name": "name",
    "createdTimestamp": "created",
    "updatedTimestamp": "updated",
    "created_timestamp": "created",
    "updated_timestamp": "updated",
}


class Accounts:
    """The resources ``accounts`` and ``accountContacts``."""

    def __init__(self, state: State, store: ContactStore, values: CustomValues) -> None:
        self._state = state
        self._db = state.db
        self._store = store
        self._values = values

    def endpoints(self) -> list[Endpoint]:
        """Routes of these resources."""
        return [
            Endpoint("GET", "/api/3/accounts", self.browse),
            Endpoint("POST", "/api/3/accounts", self.create),
            Endpoint("GET", "/api/3/accounts/{id}", self.get),
            Endpoint("PUT", "/api/3/accounts/{id}", self.update),
            Endpoint("DELETE", "/api/3/accounts/{id}", self.delete),
            Endpoint("GET", "/api/3/accountContacts", self.browse_links),
            Endpoint("POST", "/api/3/accountContacts", self.link),
            Endpoint("GET", "/api/3/accountContacts/{id}", self.get_link),
            Endpoint("PUT", "/api/3/accountContacts/{id}", self.update_link),
            Endpoint("DELETE", "/api/3/accountContacts/{id}", self.unlink),
        ]

    def browse(self, call: Call) -> Answer:
        """``GET /accounts``; ``search`` and ``filters[name]`` find a part of the name."""
        query = Query(call.query_all)
        selection = Selection(ACCOUNTS)
        name = query.text("search") or query.filter("name", "search")
        if name:
            selection.where(r"name LIKE ? ESCAPE '\'", f"%{like(name)}%")
        owner = query.filter("owner")
        if owner:
            selection.where("owner = ?", owner)
        rows, total = selection.page(self._db, query, _ORDERS)
        accounts = [self._document(row, base(call)) for row in rows]
        return Answer(200, {"accounts": accounts, "meta": {"total": str(total)}})

    def get(self, call: Call) -> Answer:
        """``GET /accounts/{id}``."""
        return Answer(200, {"account": self._document(self._account(call.params["id"]), base(call))})

    def create(self, call: Call) -> Answer:
        """``POST /accounts``: 201; 422 ``field_missing`` without a name, ``duplicate`` with one that is
        taken.
        """
        given = payload(call, "account")
        name = self._checked_name(given, None)
        identifier = self.make(name, text(given.get("accountUrl")), text(given.get("owner") or 1))
        self._values.set_all("account", identifier, given.get("fields"))
        return Answer(201, {"account": self._document(self._account(identifier), base(call))})

    def update(self, call: Call) -> Answer:
        """``PUT /accounts/{id}``: only the keys that are sent are touched."""
        row = self._account(call.params["id"])
        given = payload(call, "account")
        name = self._checked_name(given, row["id"]) if "name" in given else row["name"]
        self._db.run(
            f"UPDATE {ACCOUNTS} SET name = ?, account_url = ?, owner = ?, updated = ? WHERE id = ?",
            name,
            text(given.get("accountUrl", row["account_url"])),
            text(given.get("owner") or row["owner"]),
            self._state.now(),
            row["id"],
        )
        self._values.set_all("account", row["id"], given.get("fields"))
        return Answer(200, {"account": self._document(self._account(row["id"]), base(call))})

    def delete(self, call: Call) -> Answer:
        """``DELETE /accounts/{id}`` also ends its links to contacts."""
        identifier = self._account(call.params["id"])["id"]
        self._db.run(f"DELETE FROM {LINKS} WHERE account = ?", identifier)
        self._db.run("UPDATE activecampaign_deals SET account = 0 WHERE account = ?", identifier)
        self._values.forget_owner("account", identifier)
        self._db.run(f"DELETE FROM {ACCOUNTS} WHERE id = ?", identifier)
        return Answer(200, {})

    def browse_links(self, call: Call) -> Answer:
        """``GET /accountContacts``; filters ``contact`` and ``account``."""
        query = Query(call.query_all)
        selection = Selection(LINKS)
        for column in ("contact", "account"):
            wanted = query.filter(column)
            if wanted:
                selection.where(f"{column} = ?", whole(wanted) or 0)
        rows, total = selection.page(self._db, query, {"id": "id"})
        links = [account_contact_document(row, base(call)) for row in rows]
        return Answer(200, {"accountContacts": links, "meta": {"total": str(total)}})

    def get_link(self, call: Call) -> Answer:
        """``GET /accountContacts/{id}``."""
        return Answer(200, {"accountContact": account_contact_document(self._link(call.params["id"]), base(call))})

    def link(self, call: Call) -> Answer:
        """``POST /accountContacts``: 201.

        A contact has one account; a second link is 422 ``field_invalid``.
        """
        given = payload(call, "accountContact")
        contact = self._store.find(given.get("contact"))
        if contact is None:
            raise invalid("The related contact does not exist.", "related_missing", "contact")
        account = whole(given.get("account"))
        if self._db.value(f"SELECT 1 FROM {ACCOUNTS} WHERE id = ?", account) is None:
            raise invalid("The related account does not exist.", "related_missing", "account")
        if self._db.value(f"SELECT 1 FROM {LINKS} WHERE contact = ?", contact["id"]) is not None:
            raise invalid("The contact is already associated with an account.", "field_invalid", "contact")
        assert account is not None
        identifier = self.bind(account, contact["id"], text(given.get("jobTitle")))
        return Answer(201, {"accountContact": account_contact_document(self._link(identifier), base(call))})

    def update_link(self, call: Call) -> Answer:
        """``PUT /accountContacts/{id}`` changes the job title."""
        row = self._link(call.params["id"])
        given = payload(call, "accountContact")
        self._db.run(
            f"UPDATE {LINKS} SET job_title = ?, updated = ? WHERE id = ?",
            text(given.get("jobTitle", row["job_title"])),
            self._state.now(),
            row["id"],
        )
        return Answer(200, {"accountContact": account_contact_document(self._link(row["id"]), base(call))})

    def unlink(self, call: Call) -> Answer:
        """``DELETE /accountContacts/{id}``."""
        self._db.run(f"DELETE FROM {LINKS} WHERE id = ?", self._link(call.params["id"])["id"])
        return Answer(200, {})

    def make(self, name: str, url: str, owner: str) -> int:
        """A new account; its id."""
        now = self._state.now()
        cursor = self._db.run(
            f"INSERT INTO {ACCOUNTS} (name, account_url, owner, created, updated) VALUES (?, ?, ?, ?, ?)",
            name,
            url,
            owner,
            now,
            now,
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def bind(self, account: int, contact: int, job_title: str) -> int:
        """Link a contact that has no account yet; the id of the link."""
        now = self._state.now()
        cursor = self._db.run(
            f"INSERT INTO {LINKS} (account, contact, job_title, created, updated) VALUES (?, ?, ?, ?, ?)",
            account,
            contact,
            job_title,
            now,
            now,
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def attach(self, contact: int, name: str) -> None:
        """Link a contact to the account with this name, made when missing; an existing link stays."""
        if self._db.value(f"SELECT 1 FROM {LINKS} WHERE contact = ?", contact) is not None:
            return
        known = self._db.value(f"SELECT id FROM {ACCOUNTS} WHERE name = ?", name)
        self.bind(self.make(name, "", "1") if known is None else known, contact, "")

    def _checked_name(self, given: dict[str, Any], own: int | None) -> str:
        name = text(given.get("name")).strip()
        if not name:
            raise invalid("The account name was not provided.", "field_missing", "name")
        if self._db.value(f"SELECT id FROM {ACCOUNTS} WHERE name = ?", name) not in (None, own):
            raise invalid("The account name already exists in the system.", "duplicate", "name")
        return name

    def _account(self, identifier: object) -> sqlite3.Row:
        row = self._db.row(f"SELECT * FROM {ACCOUNTS} WHERE id = ?", whole(identifier))
        if row is None:
            raise missing("Account", identifier)
        return row

    def _link(self, identifier: object) -> sqlite3.Row:
        row = self._db.row(f"SELECT * FROM {LINKS} WHERE id = ?", whole(identifier))
        if row is None:
            raise missing("AccountContact", identifier)
        return row

    def _document(self, row: sqlite3.Row, address: str) -> dict[str, Any]:
        identifier = str(row["id"])
        contacts = self._db.value(f"SELECT COUNT(*) FROM {LINKS} WHERE account = ?", row["id"])
        deals = self._db.value("SELECT COUNT(*) FROM activecampaign_deals WHERE account = ?", row["id"])
        return {
            "name": row["name"],
            "accountUrl": row["account_url"],
            "createdTimestamp": account_time(row["created"]),
            "updatedTimestamp": account_time(row["updated"]),
            "contactCount": str(contacts),
            "dealCount": str(deals),
            "owner": row["owner"],
            "fields": self._values.of_owner("account", row["id"]),
            "links": {
                "notes": f"{address}/accounts/{identifier}/notes",
                "accountCustomFieldData": f"{address}/accounts/{identifier}/accountCustomFieldData",
                "accountContacts": f"{address}/accounts/{identifier}/accountContacts",
            },
            "id": identifier,
        }


def account_contact_document(row: sqlite3.Row, address: str) -> dict[str, Any]:
    """The link between a contact and its account."""
    identifier = str(row["id"])
    return {
        "account": str(row["account"]),
        "contact": str(row["contact"]),
        "jobTitle": row["job_title"],
        "createdTimestamp": account_time(row["created"]),
        "updatedTimestamp": account_time(row["updated"]),
        "links": {
            "account": f"{address}/accountContacts/{identifier}/account",
            "contact": f"{address}/accountContacts/{identifier}/contact",
        },
        "id": identifier,
    }
