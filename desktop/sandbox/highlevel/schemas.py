"""``/objects``: the definitions of custom and standard objects.

Source: https://marketplace.gohighlevel.com/docs/ghl/objects/. The delete is no part of the public API: it is the call
that the vendor's web app sends.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from desktop.sandbox.clock import Clock
from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.catalogue import PREFIX, Catalogue, FieldDef, Folder, ObjectDef, normal_key
from desktop.sandbox.highlevel.ids import new_hex_id
from desktop.sandbox.highlevel.wire import (
    LOCATION_QUERY,
    Key,
    Shape,
    body_of,
    not_served,
    problems,
    query_of,
    refuse,
)
from desktop.sandbox.kernel import Answer, Call, Endpoint

MAX_OBJECTS = 10
MAX_SEARCHABLE = 3
MAX_DESCRIPTION = 100
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LABELS: Shape = {"singular": Key(required=True), "plural": Key(required=True)}
_PRIMARY: Shape = {"key": Key(required=True), "name": Key(required=True), "dataType": Key(required=True)}
_CREATE: Shape = {
    "labels": Key("object", required=True),
    "key": Key(required=True),
    "description": Key(),
    "locationId": Key(required=True),
    "primaryDisplayPropertyDetails": Key("object", required=True),
}
_UPDATE: Shape = {
    "labels": Key("object"),
    "description": Key(nullable=True),
    "locationId": Key(required=True),
    "searchableProperties": Key("strings", required=True),
}


class Schemas:
    """Handlers of the schema endpoints."""

    def __init__(
        self,
        account: Account,
        catalogue: Catalogue,
        clock: Clock,
        index: Callable[[ObjectDef], None],
        forget: Callable[[ObjectDef], list[str]],
    ) -> None:
        """``forget`` takes a deleted object's records and associations away and gives the associations' ids."""
        self._account = account
        self._catalogue = catalogue
        self._clock = clock
        self._index = index
        self._forget = forget

    def endpoints(self) -> list[Endpoint]:
        read, write = "objects/schema.readonly", "objects/schema.write"
        return [
            Endpoint("GET", "/objects/", self.list, read),
            Endpoint("POST", "/objects/", self.create, write),
            Endpoint("GET", "/objects/{key}", self.get, read),
            Endpoint("PUT", "/objects/{key}", self.update, write),
            Endpoint("DELETE", "/objects/{key}", self.delete, write),
        ]

    def list(self, call: Call) -> Answer:
        self._account.admit(call, query_of(call, LOCATION_QUERY)["locationId"])
        return Answer(200, {"objects": [self._report(item) for item in self._catalogue.objects.values()]})

    def get(self, call: Call) -> Answer:
        query = query_of(call, {**LOCATION_QUERY, "fetchProperties": Key()})
        self._account.admit(call, query["locationId"])
        found = self.existing(call.params["key"])
        body: dict[str, Any] = {"object": self._report(found), "cache": False}
        wanted = query.get("fetchProperties", "false")
        if wanted not in ("true", "false"):
            raise refuse(422, ["fetchProperties must be a boolean string"])
        if wanted == "true":
            fields = self._catalogue.fields_of(found.key).values()
            body["fields"] = [item.report(self._account.location) for item in fields]
        return Answer(200, body)

    def create(self, call: Call) -> Answer:
        body = body_of(call, _CREATE)
        labels, primary = body["labels"], body["primaryDisplayPropertyDetails"]
        found = problems(labels, _LABELS, "labels.") + problems(primary, _PRIMARY, "primaryDisplayPropertyDetails.")
        if primary.get("dataType") not in ("TEXT", "NUMERICAL"):
            found.append("primaryDisplayPropertyDetails.dataType must be one of the following values: TEXT, NUMERICAL")
        if found:
            raise refuse(422, found)
        self._account.admit(call, body["locationId"])
        self._check_description(body.get("description"))
        if sum(not item.standard for item in self._catalogue.objects.values()) >= MAX_OBJECTS:
            raise refuse(400, f"Maximum number of custom objects reached. Only {MAX_OBJECTS} are allowed.")
        made = self.define(
            slug(body["key"]),
            labels["singular"],
            labels["plural"],
            primary["key"],
            primary["name"],
            primary["dataType"],
        )
        made.description = body.get("description")
        self._catalogue.put(made)
        return Answer(201, {"object": self._report(made)})

    def update(self, call: Call) -> Answer:
        body = body_of(call, _UPDATE)
        self._account.admit(call, body["locationId"])
        changed = self.existing(call.params["key"])
        labels = body.get("labels") or {}
        found = problems(labels, {"singular": Key(), "plural": Key()}, "labels.")
        if found:
            raise refuse(422, found)
        self._check_description(body.get("description"))
        changed.searchable = self._searchable(changed, body["searchableProperties"])
        changed.singular = labels.get("singular") or changed.singular
        changed.plural = labels.get("plural") or changed.plural
        if "description" in body:
            changed.description = body["description"]
        changed.updated = self._clock.ms()
        self._catalogue.put(changed)
        return Answer(200, {"object": self._report(changed)})

    def delete(self, call: Call) -> Answer:
        """Not in the public API."""
        if not self._account.settings.schema_delete:
            raise not_served()
        self._account.admit(call, query_of(call, LOCATION_QUERY)["locationId"])
        gone = self.existing(call.params["key"])
        if gone.standard:
            raise refuse(400, "Standard objects cannot be deleted")
        fields = list(self._catalogue.fields_of(gone.key).values())
        associations = self._forget(gone)
        for item in (*fields, *self._catalogue.folders_of(gone.key), gone):
            self._catalogue.remove(item)
        meta = {"deletedFields": [item.id for item in fields], "deletedAssociationIds": associations}
        return Answer(200, {"id": gone.id, "success": True, "meta": meta})

    def existing(self, key: str) -> ObjectDef:
        """The object with this key or id; refuses with 404."""
        found = self._catalogue.find(key)
        if found is None:
            raise refuse(404, f"Custom Object ({key}) not found")
        return found

    def define(
        self, key: str, singular: str, plural: str, primary_key: str, primary_name: str, data_type: str
    ) -> ObjectDef:
        """A new object with its first folder and its required field; the key gets a suffix when it is
        taken.
        """
        key = self._free_key(PREFIX + key)
        now = self._clock.ms()
        short = short_key(primary_key, key)
        made = ObjectDef(
            kind=self._catalogue.next_kind(),
            id=new_hex_id(),
            key=key,
            singular=singular,
            plural=plural,
            primary=f"{key}.{short}",
            created=now,
            updated=now,
            searchable=[f"{key}.{short}"],
        )
        folder = Folder(new_hex_id(), key, f"{singular} Details", now, now)
        first = FieldDef(new_hex_id(), key, short, primary_name, data_type, folder.id, now, now)
        self._catalogue.put(made)
        self._catalogue.put(folder)
        self._catalogue.put(first)
        self._index(made)
        return made

    def _free_key(self, key: str) -> str:
        free, number = key, 1
        while free in self._catalogue.objects:
            number += 1
            free = f"{key}_{number}"
        return free

    def _searchable(self, changed: ObjectDef, keys: list[str]) -> list[str]:
        keys = [normal_key(key) for key in keys]
        if not keys:
            raise refuse(400, "At least one searchable property is required.")
        if len(keys) > MAX_SEARCHABLE:
            raise refuse(
                400,
                f"Too many searchable properties. Maximum allowed is {MAX_SEARCHABLE}, but received {len(keys)}.",
            )
        known = {item.full_key for item in self._catalogue.fields_of(changed.key).values()}
        for key in keys:
            if key not in known:
                raise refuse(400, f"Invalid searchable property - {key}")
        return keys

    @staticmethod
    def _check_description(text: str | None) -> None:
        if text is not None and len(text) > MAX_DESCRIPTION:
            raise refuse(422, [f"description must be shorter than or equal to {MAX_DESCRIPTION} characters"])

    def _report(self, item: ObjectDef) -> dict[str, Any]:
        return item.report(self._account.location)


def slug(key: str) -> str:
    """The part of an object key after the prefix; refuses what is not lower case with underscores."""
    short = normal_key(key).removeprefix(PREFIX)
    if not _SLUG.fullmatch(short):
        raise refuse(400, f"Invalid key - {key}. Use lower case letters, digits and underscores.")
    return short


def short_key(given: str, object_key: str) -> str:
    """A field's short key, given as short or as full key of this object."""
    short = normal_key(given).removeprefix(f"{object_key}.")
    if "." in short and short.startswith(PREFIX):
        # The object's own key may have been suffixed; the caller still names the one it asked for.
        short = short.rpartition(".")[2]
    if not _SLUG.fullmatch(short):
        raise refuse(400, f"Invalid fieldKey - {given}. Use lower case letters, digits and underscores.")
    return short
