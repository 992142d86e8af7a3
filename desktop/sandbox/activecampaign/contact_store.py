"""Contacts in the database and as the documents that the API answers."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from desktop.sandbox.activecampaign.errors import Refusal, invalid, missing, refuse
from desktop.sandbox.activecampaign.query import whole
from desktop.sandbox.activecampaign.state import Database, text
from desktop.sandbox.activecampaign.times import account_time, utc_time

_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s.,;<>\"]+(\.[^@\s.,;<>\"]+)+")
_NAMES = {"firstName": "first_name", "lastName": "last_name", "phone": "phone"}
_LINKS = ("accountContacts", "contactLists", "contactTags", "deals", "fieldValues")


def is_email(value: object) -> bool:
    """Whether the vendor would take this for an e-mail address."""
    return isinstance(value, str) and _EMAIL.fullmatch(value) is not None


def contact_hash(email: str) -> str:
    """The 32 hexadecimal digits that every contact carries."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def contact_document(row: sqlite3.Row, base: str, account_contacts: Sequence[str] = ()) -> dict[str, Any]:
    """A contact in the form of the list: every value is text or null."""
    identifier = str(row["id"])
    created, updated = row["cdate"], row["udate"]
    address = f"{base}/contacts/{identifier}/"
    return {
        "cdate": account_time(created),
        "email": row["email"],
        "phone": row["phone"],
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "orgid": "0",
        "orgname": "",
        "segmentio_id": "",
        "bounced_hard": str(row["bounced_hard"]),
        "bounced_soft": "0",
        "bounced_date": None,
        "ip": "0",
        "ua": None,
        "hash": row["hash"],
        "socialdata_lastcheck": None,
        "email_local": "",
        "email_domain": "",
        "sentcnt": "0",
        "rating_tstamp": None,
        "gravatar": "0",
        "deleted": "0",
        "anonymized": "0",
        "adate": None,
        "udate": account_time(updated),
        "edate": None,
        "deleted_at": None,
        "created_utc_timestamp": utc_time(created),
        "updated_utc_timestamp": utc_time(updated),
        "scoreValues": [],
        "accountContacts": list(account_contacts),
        "links": {name: address + name for name in _LINKS},
        "id": identifier,
        "organization": None,
    }


def field_value_document(row: sqlite3.Row, base: str) -> dict[str, Any]:
    """One custom field value of a contact."""
    identifier, contact = str(row["id"]), str(row["contact"])
    return {
        "contact": contact,
        "field": str(row["field"]),
        "value": row["value"],
        "cdate": account_time(row["cdate"]),
        "udate": account_time(row["udate"]),
        "created_by": None,
        "updated_by": None,
        "links": {
            "owner": f"{base}/fieldValues/{identifier}/owner",
            "field": f"{base}/fieldValues/{identifier}/field",
        },
        "id": identifier,
        "owner": contact,
    }


class ContactStore:
    """Reads and writes contacts.

    Whatever changes a contact, its values, tags or lists also moves its ``udate``.
    """

    def __init__(self, db: Database) -> None:
        self.db = db

    def get(self, identifier: object) -> sqlite3.Row:
        """A contact by id. Raises the vendor's 404 (its class is called Subscriber)."""
        row = self.db.row("SELECT * FROM activecampaign_contacts WHERE id = ?", whole(identifier))
        if row is None:
            raise missing("Subscriber", identifier)
        return row

    def find(self, identifier: object) -> sqlite3.Row | None:
        """A contact by id, or None."""
        return self.db.row("SELECT * FROM activecampaign_contacts WHERE id = ?", whole(identifier))

    def by_email(self, email: str) -> sqlite3.Row | None:
        """A contact by its address, upper and lower case being the same."""
        return self.db.row("SELECT * FROM activecampaign_contacts WHERE email = ?", email.strip())

    def checked_email(self, value: object, own: int | None = None) -> str:
        """An address that can be given to the contact `own`. Raises 422 when it is no address or taken."""
        email = value.strip() if isinstance(value, str) else value
        if not is_email(email):
            raise invalid_email()
        assert isinstance(email, str)
        other = self.by_email(email)
        if other is not None and other["id"] != own:
            raise invalid("Email address already exists in the system", "duplicate", "email")
        return email

    def create(self, email: str, given: dict[str, Any], now: int) -> int:
        """A new contact with the names and phone of `given`; its id."""
        cursor = self.db.run(
            "INSERT INTO activecampaign_contacts (email, phone, first_name, last_name, hash, cdate, udate)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            email,
            text(given.get("phone")),
            text(given.get("firstName")),
            text(given.get("lastName")),
            contact_hash(email),
            now,
            now,
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def update(self, identifier: int, given: dict[str, Any], now: int) -> None:
        """Set the address, names and phone that `given` names; the others keep their value."""
        columns: dict[str, object] = {column: text(given[key]) for key, column in _NAMES.items() if key in given}
        if "email" in given:
            columns["email"] = self.checked_email(given["email"], identifier)
        columns["udate"] = now
        assignments = ", ".join(f"{column} = ?" for column in columns)
        sql = f"UPDATE activecampaign_contacts SET {assignments} WHERE id = ?"
        self.db.run(sql, *columns.values(), identifier)

    def touch(self, identifier: int, now: int) -> None:
        """Move the contact's ``udate``."""
        self.db.run("UPDATE activecampaign_contacts SET udate = ? WHERE id = ?", now, identifier)

    def delete(self, identifier: int) -> None:
        """Remove a contact with its values, tags, lists, account link and deals."""
        for table in ("field_values", "contact_tags", "contact_lists", "account_contacts", "deals"):
            self.db.run(f"DELETE FROM activecampaign_{table} WHERE contact = ?", identifier)
        self.db.run("DELETE FROM activecampaign_contacts WHERE id = ?", identifier)

    def set_value(self, contact: int, field: int, value: object, now: int) -> int:
        """Create or overwrite one custom field value; its id."""
        found = self.db.value(
            "SELECT id FROM activecampaign_field_values WHERE contact = ? AND field = ?", contact, field
        )
        if found is not None:
            self.db.run(
                "UPDATE activecampaign_field_values SET value = ?, udate = ? WHERE id = ?",
                text(value),
                now,
                found,
            )
            return found
        cursor = self.db.run(
            "INSERT INTO activecampaign_field_values (contact, field, value, cdate, udate) VALUES (?, ?, ?, ?, ?)",
            contact,
            field,
            text(value),
            now,
            now,
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def add_tag(self, contact: int, tag: int, now: int) -> tuple[int, bool]:
        """Put a tag on a contact; the id of the bond and whether it is new."""
        sql = "SELECT id FROM activecampaign_contact_tags WHERE contact = ? AND tag = ?"
        found = self.db.value(sql, contact, tag)
        if found is not None:
            return found, False
        cursor = self.db.run(
            "INSERT INTO activecampaign_contact_tags (contact, tag, cdate) VALUES (?, ?, ?)",
            contact,
            tag,
            now,
        )
        self.touch(contact, now)
        assert cursor.lastrowid is not None
        return cursor.lastrowid, True

    def set_list(self, contact: int, list_id: int, status: int, sourceid: str, now: int) -> int:
        """Set a contact's status on a list; the id of the bond.

        Somebody who has unsubscribed is subscribed again only with ``sourceid`` 4
        (developers.activecampaign.com/reference/update-list-status-for-contact); otherwise the status stands.
        """
        sql = "SELECT id, status FROM activecampaign_contact_lists WHERE contact = ? AND list = ?"
        found = self.db.row(sql, contact, list_id)
        subscribed = now if status == 1 else None
        unsubscribed = now if status == 2 else None
        if found is None:
            cursor = self.db.run(
                "INSERT INTO activecampaign_contact_lists"
                " (contact, list, status, sourceid, sdate, udate, cdate) VALUES (?, ?, ?, ?, ?, ?, ?)",
                contact,
                list_id,
                status,
                sourceid,
                subscribed,
                unsubscribed,
                now,
            )
            self.touch(contact, now)
            assert cursor.lastrowid is not None
            return cursor.lastrowid
        if not (found["status"] == 2 and status == 1 and sourceid != "4"):
            self.db.run(
                "UPDATE activecampaign_contact_lists SET status = ?, sourceid = ?,"
                " sdate = COALESCE(?, sdate), udate = ? WHERE id = ?",
                status,
                sourceid,
                subscribed,
                unsubscribed,
                found["id"],
            )
            self.touch(contact, now)
        return found["id"]

    def documents(self, rows: Iterable[sqlite3.Row], base: str) -> list[dict[str, Any]]:
        """Contacts in the form of the list, with the ids of their account links."""
        rows = list(rows)
        if not rows:
            return []
        ids = [row["id"] for row in rows]
        marks = ", ".join("?" * len(ids))
        links: dict[int, list[str]] = {}
        sql = f"SELECT id, contact FROM activecampaign_account_contacts WHERE contact IN ({marks})"
        for link in self.db.rows(sql, *ids):
            links.setdefault(link["contact"], []).append(str(link["id"]))
        return [contact_document(row, base, links.get(row["id"], ())) for row in rows]

    def document(self, identifier: int, base: str) -> dict[str, Any]:
        """One contact in the form of the list."""
        return self.documents([self.get(identifier)], base)[0]


def invalid_email() -> Refusal:
    """422 of an address that is none; it carries an extra key ``error``."""
    entry = {
        "title": "Contact Email Address is not valid.",
        "code": "email_invalid",
        "error": "must_be_valid_email_address",
        "source": {"pointer": "/data/attributes/email"},
    }
    return refuse(422, {"errors": [entry]})
