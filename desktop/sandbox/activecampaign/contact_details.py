"""``GET /contacts/{id}`` with its side collections, and each of these collections by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.sandbox.activecampaign.accounts import account_contact_document
from desktop.sandbox.activecampaign.contact_store import ContactStore, field_value_document
from desktop.sandbox.activecampaign.deals import deal_document
from desktop.sandbox.activecampaign.lists import contact_list_document
from desktop.sandbox.activecampaign.state import State, base
from desktop.sandbox.activecampaign.tags import contact_tag_document
from desktop.sandbox.kernel import Answer, Call, Endpoint

_SIDES: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "accountContacts": ("account_contacts", account_contact_document),
    "contactLists": ("contact_lists", contact_list_document),
    "contactTags": ("contact_tags", contact_tag_document),
    "deals": ("deals", deal_document),
    "fieldValues": ("field_values", field_value_document),
}
_EMPTY_SIDES = ("contactAutomations", "contactData", "contactGoals", "contactLogs", "geoAddresses", "geoIps")


class ContactDetails:
    """Reads everything that hangs on one contact."""

    def __init__(self, state: State, store: ContactStore) -> None:
        self._state = state
        self._store = store

    def endpoints(self) -> list[Endpoint]:
        """Routes of these resources."""
        return [
            Endpoint("GET", "/api/3/contacts/{id}", self.get),
            *[Endpoint("GET", f"/api/3/contacts/{{id}}/{name}", self._reader(name)) for name in _SIDES],
            *[Endpoint("GET", f"/api/3/contacts/{{id}}/{name}", self._empty_reader(name)) for name in _EMPTY_SIDES],
            Endpoint("GET", "/api/3/contacts/{id}/scoreValues", self._empty_reader("scoreValues")),
        ]

    def get(self, call: Call) -> Answer:
        """``GET /contacts/{id}``: the contact and every side collection."""
        contact = self._store.get(call.params["id"])
        body: dict[str, Any] = {name: [] for name in _EMPTY_SIDES}
        body |= {name: self._side(name, contact["id"], base(call)) for name in _SIDES}
        body["contact"] = self._store.document(contact["id"], base(call))
        return Answer(200, body)

    def _reader(self, name: str) -> Callable[[Call], Answer]:
        def read(call: Call) -> Answer:
            contact = self._store.get(call.params["id"])
            return Answer(200, {name: self._side(name, contact["id"], base(call))})

        return read

    def _empty_reader(self, name: str) -> Callable[[Call], Answer]:
        def read(call: Call) -> Answer:
            self._store.get(call.params["id"])
            return Answer(200, {name: []})

        return read

    def _side(self, name: str, contact: int, address: str) -> list[dict[str, Any]]:
        table, document = _SIDES[name]
        rows = self._state.db.rows(f"SELECT * FROM activecampaign_{table} WHERE contact = ? ORDER BY id", contact)
        return [document(row, address) for row in rows]
