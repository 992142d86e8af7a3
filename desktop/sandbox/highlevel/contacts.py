"""``/contacts``: people, their tags, the duplicate rule and the contact search.

Source: https://marketplace.gohighlevel.com/docs/ghl/contacts/ and the search guide that it links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from desktop.sandbox.clock import Clock
from desktop.sandbox.highlevel import contact_values
from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.associations import Relations
from desktop.sandbox.highlevel.contact_values import CREATE, UPDATE, UPSERT, Contact
from desktop.sandbox.highlevel.documents import Document, Documents
from desktop.sandbox.highlevel.ids import new_short_id
from desktop.sandbox.highlevel.location import LocationFields
from desktop.sandbox.highlevel.records import CREATED, UPDATED, cursor, run
from desktop.sandbox.highlevel.search import Column, Compiler, Grammar, Query, SortKey, extract, pointer
from desktop.sandbox.highlevel.wire import (
    LOCATION_QUERY,
    Key,
    Shape,
    body_of,
    check,
    is_v3,
    query_of,
    raw_body,
    refuse,
    whole,
)
from desktop.sandbox.kernel import Answer, Call, Endpoint
from desktop.sandbox.storage import from_text, to_text

MAX_PAGE = 500
MAX_LIST = 100
MAX_BULK = 50
BUSINESS_LINK = "BUSINESSES_CONTACTS_ASSOCIATION"
EMAIL = Column(extract("emailLowerCase"), "exact", ("emailLowerCase",), folded=True)
PHONE = Column(extract("phone"), "text", ("phone",))
INDEXED = (EMAIL, PHONE)
_SEARCH: Shape = {
    "locationId": Key(required=True),
    "pageLimit": Key("number", required=True),
    "page": Key("number"),
    "query": Key(),
    "searchAfter": Key("array"),
    "filters": Key("array"),
    "sort": Key("array"),
}
_LIST: Shape = {**LOCATION_QUERY, "startAfterId": Key(), "startAfter": Key(), "query": Key(), "limit": Key()}
_TAGS: Shape = {"tags": Key("strings", required=True)}
_BULK_BUSINESS: Shape = {
    "locationId": Key(required=True),
    "ids": Key("strings", required=True),
    "businessId": Key(required=True, nullable=True),
}
_TEXTS = (
    "source",
    "companyName",
    "city",
    "state",
    "country",
    "postalCode",
    "website",
    "timezone",
    "assignedTo",
)
_COLUMNS: dict[str, Column] = {
    "id": Column("id", "exact", required=True, indexable=False),
    "dateAdded": CREATED,
    "dateUpdated": UPDATED,
    "email": EMAIL,
    "phone": PHONE,
    "type": Column(f"ifnull({extract('type')}, 'lead')", "text", ("type",), indexable=False),
    "tags": Column(pointer("tags"), "many"),
    "dnd": Column(f"ifnull({extract('dnd')}, 0)", "boolean", indexable=False),
    "dateOfBirth": Column(extract("dateOfBirth"), "date", ("dateOfBirth",)),
    "address": Column(extract("address1"), "text", ("address1",)),
    **{name: Column(extract(name), "text", (name,)) for name in _TEXTS},
    **{
        name: Column(extract(name), "text", (name,), folded=True)
        for name in ("firstNameLowerCase", "lastNameLowerCase")
    },
}
_QUERY_TEXTS = [extract(name) for name in ("firstNameLowerCase", "lastNameLowerCase", "emailLowerCase", "phone")] + [
    f"{extract('firstNameLowerCase')} || ' ' || {extract('lastNameLowerCase')}"
]
_CUSTOM_FAMILIES = {
    "NUMERICAL": "number",
    "MONETORY": "number",
    "DATE": "date",
    "MULTIPLE_OPTIONS": "many",
    "CHECKBOX": "many",
    "FILE_UPLOAD": "many",
}


class Contacts:
    """Handlers of the contact endpoints. ``kind`` is the number of the standard object ``contact`` in
    storage.
    """

    def __init__(
        self,
        account: Account,
        documents: Documents,
        relations: Relations,
        fields: LocationFields,
        clock: Clock,
        kind: int,
        on_delete: Callable[[str], None],
    ) -> None:
        self._account = account
        self._documents = documents
        self._relations = relations
        self._fields = fields
        self._clock = clock
        self._kind = kind
        self._on_delete = on_delete

    def endpoints(self) -> list[Endpoint]:
        read, write = "contacts.readonly", "contacts.write"
        return [
            Endpoint("POST", "/contacts/", self.create, write),
            Endpoint("GET", "/contacts/", self.list, read),
            Endpoint("POST", "/contacts/search", self.search, read, write=False),
            Endpoint("GET", "/contacts/search/duplicate", self.duplicate, read),
            Endpoint("POST", "/contacts/upsert", self.upsert, write),
            Endpoint("GET", "/contacts/{contactId}", self.get, read),
            Endpoint("PUT", "/contacts/{contactId}", self.update, write),
            Endpoint("DELETE", "/contacts/{contactId}", self.delete, write),
            Endpoint("GET", "/contacts/business/{businessId}", self.of_business, read),
            Endpoint("POST", "/contacts/bulk/business", self.set_business, write),
            Endpoint("POST", "/contacts/{contactId}/tags", self.add_tags, write),
            Endpoint("DELETE", "/contacts/{contactId}/tags", self.remove_tags, write),
        ]

    # One contact

    def create(self, call: Call) -> Answer:
        body = body_of(call, CREATE)
        self._account.admit(call, body["locationId"])
        if not any(body.get(name) for name in ("firstName", "lastName", "name", "email", "phone")):
            raise refuse(400, "Contact must have at least one of name, email or phone")
        return Answer(201, {"contact": self._shown(self._insert(body))})

    def get(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        return Answer(200, {"contact": self._shown(self._existing(call))})

    def update(self, call: Call) -> Answer:
        query_of(call, {})
        body = body_of(call, UPDATE)
        self._account.admit(call)
        return Answer(200, _succeeded(call) | {"contact": self._shown(self._change(self._existing(call), body))})

    def delete(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        gone = self._existing(call)
        self._documents.delete(gone.id, gone.kind)
        self._relations.forget_record(gone.id)
        self._on_delete(gone.id)
        return Answer(200, _succeeded(call))

    def upsert(self, call: Call) -> Answer:
        body = body_of(call, UPSERT)
        self._account.admit(call, body["locationId"])
        if not any(body.get(name) for name in ("email", "phone")):
            raise refuse(400, "Contact must have at least one of email or phone")
        settings = self._account.settings
        free = bool(body.get("createNewIfDuplicateAllowed")) and settings.allow_duplicate_contacts
        old = None if free else self._same(contact_values.changed({}, body, self._fields))[0]
        if old is None:
            return Answer(200, {"new": True, "contact": self._shown(self._insert(body))})
        return Answer(200, {"new": False, "contact": self._shown(self._change(old, body))})

    def duplicate(self, call: Call) -> Answer:
        query = query_of(call, {**LOCATION_QUERY, "number": Key(), "email": Key()})
        self._account.admit(call, query["locationId"])
        if not query.get("number") and not query.get("email"):
            raise refuse(400, "Either email or number is required")
        wanted = {"email": query.get("email"), "phone": query.get("number")}
        settings = self._account.settings
        rule = ("email", "phone") if settings.allow_duplicate_contacts else settings.duplicate_rule
        for name in rule:
            value = wanted[name]
            same = self._with(name, value) if value else None
            if same is not None:
                return Answer(200, {"contact": self._shown(same)})
        return Answer(200, {"contact": None})

    def add_tags(self, call: Call) -> Answer:
        body = body_of(call, _TAGS)
        self._account.admit(call)
        old = self._existing(call)
        held = from_text(old.doc).get("tags", [])
        added = [tag for tag in dict.fromkeys(body["tags"]) if tag not in held]
        self._change(old, {"tags": [*held, *added]})
        return Answer(201, {"tags": [*held, *added], "tagsAdded": added})

    def remove_tags(self, call: Call) -> Answer:
        body = body_of(call, _TAGS)
        self._account.admit(call)
        old = self._existing(call)
        held = from_text(old.doc).get("tags", [])
        kept = [tag for tag in held if tag not in body["tags"]]
        self._change(old, {"tags": kept})
        return Answer(200, {"tags": kept, "tagsRemoved": [tag for tag in held if tag not in kept]})

    def _existing(self, call: Call) -> Document:
        id_ = call.params["contactId"]
        found = self._documents.get(id_)
        if found is None or found.kind != self._kind:
            raise refuse(400, f"Contact not found for id:{id_}")
        return found

    def _insert(self, body: dict[str, Any]) -> Document:
        kept = contact_values.changed({}, body, self._fields)
        self._check_duplicate(kept, None)
        now = self._clock.ms()
        new = Document(new_short_id(), self._kind, now, now, 3, "", to_text(kept))
        self._documents.insert(new)
        return new

    def _change(self, old: Document, given: dict[str, Any]) -> Document:
        kept = contact_values.changed(from_text(old.doc), given, self._fields)
        if given.get("email") or given.get("phone"):
            self._check_duplicate(kept, old.id)
        now = max(self._clock.ms(), old.updated)
        new = Document(old.id, old.kind, old.created, now, old.origin | 1, "", to_text(kept))
        self._documents.replace(new)
        return new

    def _check_duplicate(self, kept: Contact, own_id: str | None) -> None:
        if self._account.settings.allow_duplicate_contacts:
            return
        same, field = self._same(kept, own_id)
        if same is not None:
            meta = {
                "contactId": same.id,
                "contactName": contact_values.full_name(from_text(same.doc)),
                "matchingField": field,
            }
            raise refuse(400, "This location does not allow duplicated contacts.", meta=meta)

    def _same(self, kept: Contact, own_id: str | None = None) -> tuple[Document | None, str]:
        """The first other contact that the location's rule takes for the same, and by which field."""
        for name in self._account.settings.duplicate_rule:
            value = kept.get(name)
            same = self._with(name, value, own_id) if value else None
            if same is not None:
                return same, name
        return None, ""

    def _with(self, name: str, value: str, own_id: str | None = None) -> Document | None:
        if name == "email":
            return self._documents.first(self._kind, f"{EMAIL.sql} = ? AND id IS NOT ?", [value.lower(), own_id])
        return self._documents.first(
            self._kind, f"{PHONE.sql} = ? AND id IS NOT ?", [contact_values.phone(value), own_id]
        )

    def _shown(self, item: Document) -> dict[str, Any]:
        return contact_values.shown(item, self._account.location, self._fields)

    # Many contacts

    def search(self, call: Call) -> Answer:
        query_of(call, {})
        body = raw_body(call)
        check(body, _SEARCH)
        self._account.admit(call, body["locationId"])
        if body.get("page") is not None and body.get("searchAfter"):
            raise refuse(400, "Please provide either page or searchAfter, not both")
        grammar = Grammar(self._column, 400, "Invalid field {name}", least_contains=3)
        query = Compiler(grammar).compile(
            body,
            texts=_QUERY_TEXTS,
            default=[SortKey(CREATED, descending=True)],
            max_page=MAX_PAGE,
            max_sort=2,
        )
        page, total = run(self._documents, self._kind, query)
        return Answer(200, {"contacts": self._found(page, query.keys), "total": total})

    def list(self, call: Call) -> Answer:
        """Gone in version 3."""
        if is_v3(call):
            raise refuse(404, f"Cannot GET {call.path}")
        query = query_of(call, _LIST)
        self._account.admit(call, query["locationId"])
        limit = whole(query.get("limit"), "limit", 20)
        if not 1 <= limit <= MAX_LIST:
            raise refuse(422, [f"limit must not be greater than {MAX_LIST}"])
        body: dict[str, Any] = {"pageLimit": limit, "query": query.get("query")}
        if query.get("startAfter") and query.get("startAfterId"):
            body["searchAfter"] = [whole(query["startAfter"], "startAfter"), query["startAfterId"]]
        compiled: Query = Compiler(Grammar(self._column, 400, "Invalid field {name}")).compile(
            body,
            texts=_QUERY_TEXTS,
            default=[SortKey(CREATED, descending=True)],
            max_page=MAX_LIST,
            max_sort=0,
        )
        page, total = run(self._documents, self._kind, compiled)
        contacts = self._found(page, compiled.keys)
        meta: dict[str, Any] = {"total": total, "currentPage": 1, "nextPage": None, "prevPage": None}
        meta |= {"nextPageUrl": None, "startAfter": None, "startAfterId": None}
        if len(page) == limit:
            last = page[-1]
            after = f"startAfter={last.created}&startAfterId={last.id}"
            url = f"{call.base_url}/contacts/?locationId={self._account.location}&limit={limit}&{after}"
            meta |= {"startAfter": last.created, "startAfterId": last.id, "nextPageUrl": url, "nextPage": 2}
        return Answer(200, {"contacts": contacts, "count": total, "meta": meta})

    def _found(self, page: Iterable[Document], keys: Iterable[SortKey]) -> list[dict[str, Any]]:
        location = self._account.location
        return [
            contact_values.found(item, location, self._fields) | {"searchAfter": cursor(item, keys)} for item in page
        ]

    def of_business(self, call: Call) -> Answer:
        query = query_of(call, {**LOCATION_QUERY, "limit": Key(), "skip": Key(), "query": Key()})
        self._account.admit(call, query["locationId"])
        limit, skip = whole(query.get("limit"), "limit", 25), whole(query.get("skip"), "skip", 0)
        where, params = f" AND {extract('businessId')} = ?", (call.params["businessId"],)
        page, total = self._documents.search(self._kind, where, params, "", (), "created, id", limit, skip, None)
        location = self._account.location
        return Answer(
            200, {"contacts": [contact_values.found(item, location, self._fields) for item in page], "count": total}
        )

    def set_business(self, call: Call) -> Answer:
        body = body_of(call, _BULK_BUSINESS)
        self._account.admit(call, body["locationId"])
        if len(body["ids"]) > MAX_BULK:
            raise refuse(422, [f"ids must contain no more than {MAX_BULK} elements"])
        for id_ in body["ids"]:
            old = self._documents.get(id_)
            if old is not None and old.kind == self._kind:
                self._set_business(old, body["businessId"])
        return Answer(200, {"success": True, "ids": body["ids"]})

    def _set_business(self, old: Document, business_id: str | None) -> None:
        doc = from_text(old.doc)
        for link, association, first, _ in self._relations.of_record(old.id, [BUSINESS_LINK]):
            if association == BUSINESS_LINK and first != business_id:
                self._relations.remove(link)
        doc.pop("businessId", None)
        if business_id:
            doc["businessId"] = business_id
            if not self._relations.exists(BUSINESS_LINK, business_id, old.id):
                self._relations.add(BUSINESS_LINK, business_id, old.id)
        changed = max(self._clock.ms(), old.updated)
        self._documents.replace(
            Document(old.id, old.kind, old.created, changed, old.origin | 1, old.people, to_text(doc))
        )

    def _column(self, name: str) -> Column | None:
        prefix, _, id_ = name.partition(".")
        if prefix != "customFields":
            return _COLUMNS.get(name)
        definition = self._fields.all.get(id_)
        if definition is None or definition.model != "contact":
            return None
        path = f'$."fields"."{definition.id}"'
        family = _CUSTOM_FAMILIES.get(definition.data_type, "text")
        if family == "many":
            return Column(path, family)
        return Column(f"json_extract(doc, '{path}')", family, ("fields", definition.id))


def _succeeded(call: Call) -> dict[str, Any]:
    """The misspelt key, in version 3 beside the right one."""
    return {"succeded": True} | ({"succeeded": True} if is_v3(call) else {})
