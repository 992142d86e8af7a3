"""``/associations``: typed links between objects, and the relations between their records.

Source: https://marketplace.gohighlevel.com/docs/ghl/associations/.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.catalogue import Catalogue, ObjectDef, normal_key
from desktop.sandbox.highlevel.documents import Documents
from desktop.sandbox.highlevel.ids import new_hex_id
from desktop.sandbox.highlevel.wire import (
    LOCATION_QUERY,
    Key,
    Shape,
    body_of,
    query_of,
    refuse,
    whole,
)
from desktop.sandbox.kernel import Answer, Call, Endpoint
from desktop.sandbox.storage import Storage, from_text, to_text

MAX_LABELS = 10
_CREATE: Shape = {
    "locationId": Key(required=True),
    "key": Key(required=True),
    "firstObjectLabel": Key(required=True),
    "firstObjectKey": Key(required=True),
    "secondObjectLabel": Key(required=True),
    "secondObjectKey": Key(required=True),
}
_UPDATE: Shape = {"firstObjectLabel": Key(required=True), "secondObjectLabel": Key(required=True)}
_PAGE: Shape = {**LOCATION_QUERY, "skip": Key(required=True), "limit": Key(required=True)}
_RELATION: Shape = {
    "locationId": Key(),
    "associationId": Key(required=True),
    "firstRecordId": Key(required=True),
    "secondRecordId": Key(required=True),
}


@dataclass(frozen=True, slots=True)
class Association:
    """A link type; ``internal`` ones show only when asked for."""

    id: str
    key: str
    first_label: str
    first_key: str
    second_label: str
    second_key: str
    system: bool = False
    internal: bool = False

    def report(self, location: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "locationId": location,
            "key": self.key,
            "firstObjectLabel": self.first_label,
            "firstObjectKey": self.first_key,
            "secondObjectLabel": self.second_label,
            "secondObjectKey": self.second_key,
            "associationType": "SYSTEM_DEFINED" if self.system else "USER_DEFINED",
            "cardinality": "ONE_TO_MANY" if self.system else "MANY_TO_MANY",
        }


def _system(key: str, first: tuple[str, str], second: tuple[str, str], *, internal: bool = False) -> Association:
    return Association(key, key, *first, *second, system=True, internal=internal)


_CONTACT = ("Contacts", "contact")
SYSTEM = (
    _system("OPPORTUNITIES_CONTACTS_ASSOCIATION", ("Opportunities", "opportunity"), _CONTACT),
    _system("BUSINESSES_CONTACTS_ASSOCIATION", ("Companies", "business"), _CONTACT),
    _system("TASK_CONTACTS_ASSOCIATION", ("Tasks", "task"), _CONTACT, internal=True),
)


class Relations:
    """The table ``highlevel_relations``: which record is linked to which, by which association."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        storage.execute(
            "CREATE TABLE IF NOT EXISTS highlevel_relations (id TEXT NOT NULL, association_id TEXT NOT NULL,"
            " first_id TEXT NOT NULL, second_id TEXT NOT NULL)"
        )
        self.keys: dict[str, tuple[str, str]] = {}
        self.add_indexes()

    def add_indexes(self) -> None:
        for name, columns in (("id", "id"), ("first", "first_id"), ("second", "second_id")):
            self._storage.execute(
                f"CREATE INDEX IF NOT EXISTS highlevel_relations_{name} ON highlevel_relations ({columns})"
            )

    def load(self, rows: Iterable[Sequence[str]]) -> None:
        """Insert many (id, association id, first id, second id) without indexes; ``add_indexes``
        afterwards.
        """
        for name in ("id", "first", "second"):
            self._storage.execute(f"DROP INDEX IF EXISTS highlevel_relations_{name}")
        self._storage.many("INSERT INTO highlevel_relations VALUES (?, ?, ?, ?)", rows)

    def add(self, association_id: str, first: str, second: str) -> str:
        id_ = new_hex_id()
        self._storage.execute(
            "INSERT INTO highlevel_relations VALUES (?, ?, ?, ?)", (id_, association_id, first, second)
        )
        return id_

    def exists(self, association_id: str, first: str, second: str) -> bool:
        found = self._storage.one(
            "SELECT 1 FROM highlevel_relations WHERE first_id = ? AND second_id = ? AND association_id = ?",
            (first, second, association_id),
        )
        return found is not None

    def find(self, id_: str) -> tuple[str, str, str, str] | None:
        row = self._storage.one("SELECT * FROM highlevel_relations WHERE id = ?", (id_,))
        return None if row is None else (row[0], row[1], row[2], row[3])

    def of_record(self, record_id: str, associations: Sequence[str]) -> list[tuple[str, str, str, str]]:
        """Every relation of a record, limited to some associations when any are given."""
        limit = f" AND association_id IN ({', '.join('?' * len(associations))})" if associations else ""
        rows = self._storage.all(
            f"SELECT * FROM highlevel_relations WHERE (first_id = ? OR second_id = ?){limit} ORDER BY rowid",
            (record_id, record_id, *associations),
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def of_records(self, ids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
        """The other ends of many records' relations, as search shows them inline."""
        found: dict[str, list[dict[str, str]]] = {}
        if not ids:
            return found
        marks = ", ".join("?" * len(ids))
        for own, other, side in (("first_id", "second_id", 1), ("second_id", "first_id", 0)):
            rows = self._storage.all(
                f"SELECT {own}, {other}, association_id, id FROM highlevel_relations WHERE {own} IN ({marks})",
                ids,
            )
            for record, target, association, relation in rows:
                found.setdefault(record, []).append(
                    {
                        "objectKey": self.keys[association][side],
                        "recordId": target,
                        "associationId": association,
                        "relationId": relation,
                    }
                )
        return found

    def remove(self, id_: str) -> None:
        self._storage.execute("DELETE FROM highlevel_relations WHERE id = ?", (id_,))

    def forget_record(self, record_id: str) -> None:
        self._storage.execute("DELETE FROM highlevel_relations WHERE first_id = ?", (record_id,))
        self._storage.execute("DELETE FROM highlevel_relations WHERE second_id = ?", (record_id,))

    def forget_association(self, association_id: str) -> None:
        self._storage.execute("DELETE FROM highlevel_relations WHERE association_id = ?", (association_id,))


class Associations:
    """Handlers of the association and relation endpoints."""

    def __init__(
        self,
        account: Account,
        catalogue: Catalogue,
        documents: Documents,
        relations: Relations,
        storage: Storage,
    ) -> None:
        self._account = account
        self._catalogue = catalogue
        self._documents = documents
        self._relations = relations
        self._storage = storage
        storage.execute("CREATE TABLE IF NOT EXISTS highlevel_associations (id TEXT PRIMARY KEY, doc TEXT NOT NULL)")
        self._all: dict[str, Association] = {}
        for item in SYSTEM:
            self._remember(item)
        for (text,) in storage.all("SELECT doc FROM highlevel_associations ORDER BY rowid"):
            self._remember(msgspec.convert(from_text(text), Association))

    def endpoints(self) -> list[Endpoint]:
        read, write = "associations.readonly", "associations.write"
        link_read, link_write = "associations/relation.readonly", "associations/relation.write"
        return [
            Endpoint("POST", "/associations/", self.create, write),
            Endpoint("GET", "/associations/", self.list, read),
            Endpoint("GET", "/associations/{associationId}", self.get, read),
            Endpoint("PUT", "/associations/{associationId}", self.update, write),
            Endpoint("DELETE", "/associations/{associationId}", self.delete, write),
            Endpoint("GET", "/associations/key/{key_name}", self.get_by_key, read),
            Endpoint("GET", "/associations/objectKey/{objectKey}", self.list_of_object, read),
            Endpoint("POST", "/associations/relations", self.create_relation, link_write),
            Endpoint("GET", "/associations/relations/{recordId}", self.list_relations, link_read),
            Endpoint("DELETE", "/associations/relations/{relationId}", self.delete_relation, link_write),
        ]

    def define(self, item: Association) -> None:
        """Add or replace an association of the user's own."""
        self._remember(item)
        self._storage.execute("INSERT OR REPLACE INTO highlevel_associations VALUES (?, ?)", (item.id, to_text(item)))

    def _remember(self, item: Association) -> None:
        self._all[item.id] = item
        self._relations.keys[item.id] = (item.first_key, item.second_key)

    # Associations

    def create(self, call: Call) -> Answer:
        body = body_of(call, _CREATE)
        self._account.admit(call, body["locationId"])
        first, second = self._object(body["firstObjectKey"]), self._object(body["secondObjectKey"])
        _check_pair(first, second)
        if any(item.key == body["key"] for item in self._all.values()):
            raise refuse(400, f"Association with key {body['key']} already exists")
        pair = {first.key, second.key}
        if sum({item.first_key, item.second_key} == pair for item in self._all.values()) >= MAX_LABELS:
            raise refuse(400, f"Only {MAX_LABELS} association labels are allowed between two objects")
        made = Association(
            new_hex_id(),
            body["key"],
            body["firstObjectLabel"],
            first.key,
            body["secondObjectLabel"],
            second.key,
        )
        self.define(made)
        return Answer(201, made.report(self._account.location))

    def list(self, call: Call) -> Answer:
        query = query_of(call, _PAGE)
        self._account.admit(call, query["locationId"])
        skip, limit = whole(query["skip"], "skip"), whole(query["limit"], "limit")
        shown = [item for item in self._all.values() if not item.internal]
        return self._listed(shown[skip : skip + limit])

    def list_of_object(self, call: Call) -> Answer:
        query = query_of(call, {"locationId": Key(), "includeInternalAssociations": Key()})
        self._account.admit(call, query.get("locationId"))
        key = normal_key(call.params["objectKey"])
        internal = query.get("includeInternalAssociations") == "true"
        shown = [item for item in self._all.values() if key in (item.first_key, item.second_key)]
        return self._listed([item for item in shown if internal or not item.internal])

    def get(self, call: Call) -> Answer:
        query_of(call, {"locationId": Key()})
        self._account.admit(call)
        return Answer(200, self._existing(call).report(self._account.location))

    def get_by_key(self, call: Call) -> Answer:
        self._account.admit(call, query_of(call, LOCATION_QUERY)["locationId"])
        for item in self._all.values():
            if item.key == call.params["key_name"]:
                return Answer(200, item.report(self._account.location))
        raise refuse(404, f"Association with key {call.params['key_name']} not found")

    def update(self, call: Call) -> Answer:
        body = body_of(call, _UPDATE)
        self._account.admit(call)
        old = self._own(call)
        changed = Association(
            old.id,
            old.key,
            body["firstObjectLabel"],
            old.first_key,
            body["secondObjectLabel"],
            old.second_key,
        )
        self.define(changed)
        return Answer(200, changed.report(self._account.location))

    def delete(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        gone = self._own(call)
        del self._all[gone.id]
        self._relations.forget_association(gone.id)
        self._storage.execute("DELETE FROM highlevel_associations WHERE id = ?", (gone.id,))
        return Answer(200, {"deleted": True, "id": gone.id, "message": "Association deleted successfully"})

    def forget_object(self, object_key: str) -> list[str]:
        """Take away the associations of a deleted object with their relations; their ids."""
        gone = [item.id for item in self._all.values() if object_key in (item.first_key, item.second_key)]
        for id_ in gone:
            del self._all[id_]
            self._relations.forget_association(id_)
            self._storage.execute("DELETE FROM highlevel_associations WHERE id = ?", (id_,))
        return gone

    def _listed(self, items: Sequence[Association]) -> Answer:
        return Answer(200, {"associations": [item.report(self._account.location) for item in items]})

    def _object(self, key: str) -> ObjectDef:
        found = self._catalogue.objects.get(normal_key(key))
        if found is None:
            raise refuse(404, f"Custom Object ({key}) not found")
        return found

    def _existing(self, call: Call) -> Association:
        found = self._all.get(call.params["associationId"])
        if found is None:
            raise refuse(404, f"Association ({call.params['associationId']}) not found")
        return found

    def _own(self, call: Call) -> Association:
        found = self._existing(call)
        if found.system:
            raise refuse(400, "System defined associations cannot be changed")
        return found

    # Relations

    def create_relation(self, call: Call) -> Answer:
        query_of(call, {})
        body = body_of(call, _RELATION)
        if not body.get("locationId"):
            raise refuse(400, "LocationId is not specified")
        self._account.admit(call, body["locationId"])
        link = self._all.get(body["associationId"])
        if link is None:
            raise refuse(404, f"Association ({body['associationId']}) not found")
        if link.system:
            raise refuse(400, "Relations of system defined associations cannot be created here")
        first, second = body["firstRecordId"], body["secondRecordId"]
        self._check_record(first, link.first_key, "firstRecordId")
        self._check_record(second, link.second_key, "secondRecordId")
        if self._relations.exists(link.id, first, second):
            raise refuse(400, "Relation already exists between the given records")
        id_ = self._relations.add(link.id, first, second)
        return Answer(201, self._relation((id_, link.id, first, second)))

    def list_relations(self, call: Call) -> Answer:
        query = query_of(call, {**_PAGE, "associationIds": Key(), "associationIds[]": Key()})
        self._account.admit(call, query["locationId"])
        skip, limit = whole(query["skip"], "skip"), whole(query["limit"], "limit")
        wanted = [
            id_
            for name, value in call.query_all
            if name in ("associationIds", "associationIds[]")
            for id_ in value.split(",")
        ]
        found = self._relations.of_record(call.params["recordId"], wanted)
        shown = [self._relation(row) for row in found[skip : skip + limit]]
        return Answer(200, {"relations": shown, "total": len(found)})

    def delete_relation(self, call: Call) -> Answer:
        self._account.admit(call, query_of(call, LOCATION_QUERY)["locationId"])
        row = self._relations.find(call.params["relationId"])
        if row is None:
            raise refuse(404, f"Relation ({call.params['relationId']}) not found")
        self._relations.remove(row[0])
        return Answer(200, self._relation(row))

    def _relation(self, row: tuple[str, str, str, str]) -> dict[str, Any]:
        id_, association_id, first, second = row
        first_key, second_key = self._relations.keys[association_id]
        return {
            "id": id_,
            "associationId": association_id,
            "firstObjectKey": first_key,
            "firstRecordId": first,
            "secondObjectKey": second_key,
            "secondRecordId": second,
            "locationId": self._account.location,
        }

    def _check_record(self, record_id: str, object_key: str, name: str) -> None:
        found = self._documents.get(record_id)
        if found is None or self._catalogue.by_kind(found.kind).key != object_key:
            raise refuse(400, f"{name} {record_id} is not a record of {object_key}")


def _check_pair(first: ObjectDef, second: ObjectDef) -> None:
    """Contact with contact or custom object, custom with custom, opportunity with custom."""
    standard = sorted(item.key for item in (first, second) if item.standard)
    if standard in ([], ["contact"], ["contact", "contact"], ["opportunity"]):
        return
    raise refuse(400, f"Associations between {first.key} and {second.key} are not supported")
