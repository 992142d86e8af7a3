"""``/objects/{schemaKey}/records``: the records of custom objects and of ``business``.

Source: https://marketplace.gohighlevel.com/docs/ghl/objects/ and the guides that it links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from desktop.sandbox.clock import Clock, iso_ms
from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.associations import Relations
from desktop.sandbox.highlevel.catalogue import MULTIPLE, Catalogue, FieldDef, ObjectDef
from desktop.sandbox.highlevel.documents import Document, Documents
from desktop.sandbox.highlevel.ids import new_hex_id
from desktop.sandbox.highlevel.search import Column, Compiler, Grammar, Query, SortKey, extract, pointer
from desktop.sandbox.highlevel.users import Users
from desktop.sandbox.highlevel.values import apply
from desktop.sandbox.highlevel.wire import Key, Shape, check, query_of, raw_body, refuse
from desktop.sandbox.kernel import Answer, Call, Endpoint
from desktop.sandbox.storage import from_text, to_text

MAX_PAGE = 500
CREATED = Column("created", "time", required=True, indexable=False)
UPDATED = Column("updated", "time", required=True, indexable=False)
_SEARCH: Shape = {
    "locationId": Key(required=True),
    "pageLimit": Key("number", required=True),
    "page": Key("number"),
    "query": Key(),
    "searchAfter": Key("array"),
    "filters": Key("array"),
    "sort": Key("array"),
    "includeTopRelations": Key("boolean"),
}
_PEOPLE: Shape = {"owner": Key("any"), "owners": Key("any"), "followers": Key("any")}
_FAMILIES = {
    "TEXT": "text",
    "LARGE_TEXT": "text",
    "PHONE": "text",
    "EMAIL": "text",
    "SINGLE_OPTIONS": "text",
    "RADIO": "text",
    "TEXTBOX_LIST": "text",
    "MULTIPLE_OPTIONS": "many",
    "CHECKBOX": "many",
    "FILE_UPLOAD": "many",
    "NUMERICAL": "number",
    "MONETORY": "number",
    "DATE": "date",
}


class Records:
    """Handlers of the record endpoints. ``find_object`` refuses an unknown schema key with 404."""

    def __init__(
        self,
        account: Account,
        catalogue: Catalogue,
        documents: Documents,
        relations: Relations,
        clock: Clock,
        find_object: Callable[[str], ObjectDef],
        users: Users,
    ) -> None:
        self._account = account
        self._catalogue = catalogue
        self._documents = documents
        self._relations = relations
        self._clock = clock
        self._find_object = find_object
        self._users = users

    def endpoints(self) -> list[Endpoint]:
        read, write = "objects/record.readonly", "objects/record.write"
        base = "/objects/{schemaKey}/records"
        return [
            Endpoint("POST", base, self.create, write),
            Endpoint("GET", f"{base}/{{id}}", self.get, read),
            Endpoint("PUT", f"{base}/{{id}}", self.update, write),
            Endpoint("DELETE", f"{base}/{{id}}", self.delete, write),
            Endpoint("POST", f"{base}/search", self.search, read, write=False),
        ]

    # One record

    def create(self, call: Call) -> Answer:
        query_of(call, {})
        body = raw_body(call)
        check(body, self._shape({"locationId": Key(), "properties": Key("object", required=True)}))
        if not body.get("locationId"):
            raise refuse(400, "LocationId is not specified")
        self._account.admit(call, body["locationId"])
        target = self._object(call)
        fields = self._catalogue.fields_of(target.key)
        properties = apply(target, fields, None, body["properties"])
        now = self._clock.ms()
        new = Document(new_hex_id(), target.kind, now, now, 3, _people(body, ""), to_text(properties))
        self._documents.insert(new)
        return Answer(201, {"record": self._record(new)})

    def get(self, call: Call) -> Answer:
        given = query_of(call, {"locationId": Key()}).get("locationId")
        self._account.admit(call, given)
        found = self._existing(call, self._object(call))
        return Answer(200, {"record": self._record(found) | {"relations": []}})

    def update(self, call: Call) -> Answer:
        location = query_of(call, {"locationId": Key()}).get("locationId")
        body = raw_body(call)
        check(
            body,
            self._shape({"properties": Key("object", required=not self._account.settings.owner_writable)}),
        )
        if not location:
            raise refuse(404, f"Custom Object ({call.params['schemaKey']}) not found")
        self._account.admit(call, location)
        target = self._object(call)
        old = self._existing(call, target)
        fields = self._catalogue.fields_of(target.key)
        properties = apply(target, fields, from_text(old.doc), body.get("properties") or {})
        new = Document(
            old.id,
            old.kind,
            old.created,
            max(self._clock.ms(), old.updated),
            old.origin | 1,
            _people(body, old.people),
            to_text(properties),
        )
        self._documents.replace(new)
        return Answer(200, {"record": self._record(new)})

    def delete(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        gone = self._existing(call, self._object(call))
        self._documents.delete(gone.id, gone.kind)
        self._relations.forget_record(gone.id)
        return Answer(200, {"id": gone.id, "success": True})

    def _shape(self, shape: Shape) -> Shape:
        return {**shape, **_PEOPLE} if self._account.settings.owner_writable else shape

    def _object(self, call: Call) -> ObjectDef:
        found = self._find_object(call.params["schemaKey"])
        if not found.has_records:
            raise refuse(400, f"Records of {found.key} are not supported by this API")
        return found

    def _existing(self, call: Call, target: ObjectDef) -> Document:
        found = self._documents.get(call.params["id"])
        if found is None or found.kind != target.kind:
            raise refuse(404, f"Record ({call.params['id']}) not found")
        return found

    def _record(self, found: Document) -> dict[str, Any]:
        people = from_text(found.people) if found.people else {}
        return {
            "id": found.id,
            "owner": people.get("owner", []),
            "followers": people.get("followers", []),
            "properties": msgspec.Raw(found.doc.encode()),
            "dateAdded": iso_ms(found.created),
            "dateUpdated": iso_ms(found.updated),
        }

    # Search

    def search(self, call: Call) -> Answer:
        query_of(call, {})
        body = raw_body(call)
        check(body, _SEARCH)
        self._account.admit(call, body["locationId"])
        if body.get("page") is None and body.get("searchAfter") is None:
            raise refuse(422, ["page must be a number conforming to the specified constraints"])
        target = self._object(call)
        fields = self._catalogue.fields_of(target.key)
        grammar = Grammar(lambda name: column_of(fields, name), 422, "Invalid field - {name}")
        texts = [extract(key.rpartition(".")[2]) for key in target.searchable]
        query = Compiler(grammar).compile(
            body,
            texts=texts,
            default=[SortKey(CREATED, descending=True)],
            max_page=MAX_PAGE,
            max_sort=MAX_PAGE,
        )
        page, total = run(self._documents, target.kind, query)
        return Answer(
            self._account.settings.search_status,
            {"records": self._items(target, page, query), "total": total},
        )

    def _items(self, target: ObjectDef, page: list[Document], query: Query) -> list[msgspec.Raw]:
        related = self._relations.of_records([item.id for item in page])
        where = f'"locationId":"{self._account.location}","objectId":"{target.id}","objectKey":"{target.key}"'
        items = []
        for item in page:
            people = from_text(item.people) if item.people else {}
            created, updated = iso_ms(item.created), iso_ms(item.updated)
            # Put together as text: this is what benchmarks read most, and the properties are JSON already.
            items.append(
                f'{{"id":"{item.id}","owners":{to_text(people.get("owner", []))},'
                f'"followers":{to_text(people.get("followers", []))},"properties":{item.doc},'
                f'"createdAt":"{created}","updatedAt":"{updated}",{where},'
                f'"createdBy":{self._by(item, item.origin & 2, created)},'
                f'"lastUpdatedBy":{self._by(item, item.origin & 1, updated)},'
                f'"relations":{to_text(related.get(item.id, []))},'
                f'"searchAfter":{to_text(cursor(item, query.keys))}}}'
            )
        return [msgspec.Raw(item.encode()) for item in items]

    def _by(self, item: Document, api: int, at: str) -> str:
        """The app, or for what nobody changed through the API, one of the users."""
        channel, source = ("OAUTH", "PUBLIC_API") if api else ("WEB_USER", "WEB_USER")
        who = self._account.company if api else self._users.ids[item.created % len(self._users.ids)]
        return f'{{"channel":"{channel}","createdAt":"{at}","source":"{source}","sourceId":"{who}"}}'


def _people(body: dict[str, Any], old: str) -> str:
    """Owner and followers after a write: arrays set, ``{add, remove}`` changes them; at most 1 and 10."""
    kept: dict[str, list[str]] = from_text(old) if old else {}
    for name, target, most in (("owner", "owner", 1), ("owners", "owner", 1), ("followers", "followers", 10)):
        if name not in body:
            continue
        kept[target] = _changed_people(name, kept.get(target, []), body[name])
        if len(kept[target]) > most:
            raise refuse(400, f"{name} is limited to {most}")
    return to_text(kept) if any(kept.values()) else ""


def _changed_people(name: str, old: list[str], given: Any) -> list[str]:
    if isinstance(given, list):
        return [str(item) for item in given]
    if not isinstance(given, dict) or set(given) - {"add", "remove"}:
        raise refuse(422, [f"{name} must be an array"])
    gone = set(given.get("remove") or [])
    kept: list[str] = [*old, *(given.get("add") or [])]
    return [item for item in dict.fromkeys(kept) if item not in gone]


def column_of(fields: dict[str, FieldDef], name: str) -> Column | None:
    """A search field of an object: ``properties.<short key>``, ``customFields.<id>.<option>``, a time or
    ``relations``.
    """
    if name == "createdAt":
        return CREATED
    if name == "updatedAt":
        return UPDATED
    if name == "relations":
        return Column("", "relations")
    prefix, _, rest = name.partition(".")
    if prefix == "properties":
        definition = fields.get(rest)
        return None if definition is None or definition.data_type == "TEXTBOX_LIST" else _property_column(definition)
    if prefix == "customFields":
        id_, _, option = rest.partition(".")
        definition = next((item for item in fields.values() if item.id == id_), None)
        if definition is None or definition.data_type != "TEXTBOX_LIST" or option not in definition.option_keys():
            return None
        key = f"{definition.key}.{option}"
        return Column(extract(key), "text", (key,))
    return None


def _property_column(definition: FieldDef) -> Column:
    family = _FAMILIES[definition.data_type]
    if definition.data_type in MULTIPLE or family == "many":
        return Column(pointer(definition.key), family)
    sql = extract(definition.key)
    if definition.data_type == "MONETORY":
        return Column(f"{sql[:-2]}.value')", family, (definition.key, "value"))
    return Column(sql, family, (definition.key,))


def run(documents: Documents, kind: int, query: Query) -> tuple[list[Document], int]:
    """A compiled search's page and total."""
    return documents.search(
        kind,
        query.where,
        query.params,
        query.after,
        query.after_params,
        query.order,
        query.limit,
        query.offset,
        query.equals,
    )


def cursor(item: Document, keys: Iterable[SortKey]) -> list[Any]:
    """What ``searchAfter`` is for a row: the values that it is sorted by, then its id."""
    values: list[Any] = []
    for key in keys:
        if key.column.sql == "id":
            values.append(item.id)
        elif key.column is CREATED:
            values.append(item.created)
        elif key.column is UPDATED:
            values.append(item.updated)
        else:
            values.append(_sorted_by(item, key.column))
    return [*values, item.id]


def _sorted_by(item: Document, column: Column) -> Any:
    value = from_text(item.doc)
    for key in column.path:
        value = value.get(key) if isinstance(value, dict) else None
    return value.lower() if column.folded and isinstance(value, str) else value
