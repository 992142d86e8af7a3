"""``/locations/{id}``: the sub-account itself, and the custom fields of its contacts and opportunities
(V1).

Source: https://marketplace.gohighlevel.com/docs/ghl/locations/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.catalogue import Catalogue
from desktop.sandbox.highlevel.ids import new_short_id
from desktop.sandbox.highlevel.wire import Key, Shape, body_of, query_of, refuse
from desktop.sandbox.kernel import Answer, Call, Endpoint
from desktop.sandbox.storage import Storage, from_text, to_text

MODELS = ("contact", "opportunity")
LISTED = frozenset({"SINGLE_OPTIONS", "RADIO", "MULTIPLE_OPTIONS", "CHECKBOX"})
MULTIPLE = frozenset({"MULTIPLE_OPTIONS", "CHECKBOX"})
DATA_TYPES = frozenset(
    {"TEXT", "LARGE_TEXT", "NUMERICAL", "PHONE", "MONETORY", "DATE", "FILE_UPLOAD", "TEXTBOX_LIST"} | LISTED
)
_UPDATE: Shape = {
    "name": Key(required=True),
    "placeholder": Key(),
    "acceptedFormat": Key("strings"),
    "isMultipleFile": Key("boolean"),
    "maxNumberOfFiles": Key("number"),
    "textBoxListOptions": Key("array"),
    "options": Key("strings"),
    "position": Key("number"),
    "model": Key(),
}
_CREATE: Shape = {**_UPDATE, "dataType": Key(required=True)}


@dataclass(slots=True)
class LocationField:
    """A V1 field; ``options`` are the texts that a value may be."""

    id: str
    name: str
    key: str
    data_type: str
    model: str
    position: int
    placeholder: str = ""
    options: list[str] = field(default_factory=list)
    max_files: int = 1

    def report(self, location: str) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "model": self.model,
            "fieldKey": f"{self.model}.{self.key}",
            "placeholder": self.placeholder,
            "dataType": self.data_type,
            "position": self.position,
            "locationId": location,
        }
        if self.data_type in LISTED:
            shown["picklistOptions"] = self.options
        if self.data_type == "FILE_UPLOAD":
            shown |= {"isMultiFileAllowed": self.max_files > 1, "maxFileLimit": self.max_files}
        return shown


class LocationFields:
    """The V1 fields, kept in storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        storage.execute("CREATE TABLE IF NOT EXISTS highlevel_v1_fields (id TEXT PRIMARY KEY, doc TEXT NOT NULL)")
        rows = storage.all("SELECT doc FROM highlevel_v1_fields ORDER BY rowid")
        loaded = [msgspec.convert(from_text(text), LocationField) for (text,) in rows]
        self.all: dict[str, LocationField] = {item.id: item for item in loaded}

    def put(self, item: LocationField) -> None:
        self.all[item.id] = item
        self._storage.execute(
            "INSERT INTO highlevel_v1_fields VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc",
            (item.id, to_text(item)),
        )

    def remove(self, id_: str) -> None:
        del self.all[id_]
        self._storage.execute("DELETE FROM highlevel_v1_fields WHERE id = ?", (id_,))

    def of_contacts(self, id_or_key: str) -> LocationField | None:
        """A contact's field by its id, its key or its key with the prefix ``contact.``."""
        return self._of("contact", id_or_key)

    def of_opportunities(self, id_or_key: str) -> LocationField | None:
        """The same for opportunities."""
        return self._of("opportunity", id_or_key)

    def _of(self, model: str, id_or_key: str) -> LocationField | None:
        found = self.all.get(id_or_key)
        if found is None:
            key = id_or_key.removeprefix(f"{model}.")
            found = next((item for item in self.all.values() if item.key == key and item.model == model), None)
        return found if found is not None and found.model == model else None

    def free_key(self, name: str, model: str) -> str:
        """A key made from a name, as the platform makes it, unlike every other of the model."""
        base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "field"
        taken = {item.key for item in self.all.values() if item.model == model}
        key, number = base, 0
        while key in taken:
            number += 1
            key = f"{base}_{number}"
        return key


class Locations:
    """Handlers of the location endpoints."""

    def __init__(self, account: Account, fields: LocationFields, catalogue: Catalogue) -> None:
        self._account = account
        self._fields = fields
        self._catalogue = catalogue

    def endpoints(self) -> list[Endpoint]:
        read, write = "locations/customFields.readonly", "locations/customFields.write"
        base = "/locations/{locationId}/customFields"
        return [
            Endpoint("GET", "/locations/{locationId}", self.get, "locations.readonly"),
            Endpoint("GET", base, self.list, read),
            Endpoint("POST", base, self.create, write),
            Endpoint("GET", f"{base}/{{id}}", self.get_field, read),
            Endpoint("PUT", f"{base}/{{id}}", self.update, write),
            Endpoint("DELETE", f"{base}/{{id}}", self.delete, write),
        ]

    def get(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call, call.params["locationId"])
        address = {
            "address": "48 Market Street",
            "city": "Austin",
            "state": "TX",
            "country": "US",
            "postalCode": "78701",
            "website": "https://shop.example.com",
            "timezone": "America/Chicago",
        }
        settings = {
            "allowDuplicateContact": self._account.settings.allow_duplicate_contacts,
            "allowDuplicateOpportunity": self._account.settings.allow_duplicate_opportunities,
            "allowFacebookNameMerge": False,
            "disableContactTimezone": False,
        }
        location = {
            "id": self._account.location,
            "companyId": self._account.company,
            "name": "Blue Heron Shop",
            "email": "hello@shop.example.com",
            "phone": "+15125550100",
            "firstName": "Amelia",
            "lastName": "Walker",
            **address,
            "business": {"name": "Blue Heron Shop", **address},
            "social": {},
            "settings": settings,
        }
        return Answer(200, {"location": location})

    def list(self, call: Call) -> Answer:
        model = query_of(call, {"model": Key()}).get("model", "contact")
        self._account.admit(call, call.params["locationId"])
        if model not in (*MODELS, "all"):
            raise refuse(422, ["model must be one of the following values: contact, opportunity, all"])
        location = self._account.location
        shown = [item.report(location) for item in self._fields.all.values() if model in ("all", item.model)]
        if model == "all":
            shown += [
                {
                    "id": item.id,
                    "name": item.name,
                    "model": item.object_key,
                    "fieldKey": item.full_key,
                    "placeholder": item.placeholder,
                    "dataType": item.data_type,
                    "position": 0,
                    "locationId": location,
                }
                for item in self._catalogue.fields.values()
            ]
        return Answer(200, {"customFields": shown})

    def get_field(self, call: Call) -> Answer:
        query_of(call, {})
        return self._one(200, self._existing(call))

    def create(self, call: Call) -> Answer:
        self._account.admit(call, call.params["locationId"])
        body = body_of(call, _CREATE)
        model = body.get("model") or "contact"
        if model not in MODELS:
            raise refuse(422, [f"model must be one of the following values: {', '.join(MODELS)}"])
        if body["dataType"] not in DATA_TYPES:
            raise refuse(422, [f"dataType must be one of the following values: {', '.join(sorted(DATA_TYPES))}"])
        made = LocationField(
            new_short_id(),
            body["name"],
            self._fields.free_key(body["name"], model),
            body["dataType"],
            model,
            int(body.get("position") or 0),
        )
        _describe(made, body)
        if made.data_type in LISTED and not made.options:
            raise refuse(400, f"options are required for {made.data_type} type fields")
        self._fields.put(made)
        return self._one(201, made)

    def update(self, call: Call) -> Answer:
        changed = self._existing(call)
        body = body_of(call, _UPDATE)
        changed.name = body["name"]
        _describe(changed, body)
        self._fields.put(changed)
        return self._one(200, changed)

    def delete(self, call: Call) -> Answer:
        query_of(call, {})
        self._fields.remove(self._existing(call).id)
        return Answer(200, {"succeded": True})

    def _existing(self, call: Call) -> LocationField:
        self._account.admit(call, call.params["locationId"])
        found = self._fields.all.get(call.params["id"])
        if found is None:
            raise refuse(404, f"Custom field ({call.params['id']}) not found")
        return found

    def _one(self, status: int, item: LocationField) -> Answer:
        return Answer(status, {"customField": item.report(self._account.location)})


def _describe(target: LocationField, body: dict[str, Any]) -> None:
    target.placeholder = body.get("placeholder") or target.placeholder
    target.position = int(body.get("position") or target.position)
    if body.get("options"):
        target.options = list(dict.fromkeys(body["options"]))
    elif body.get("textBoxListOptions"):
        labels = [item["label"] if isinstance(item, dict) else item for item in body["textBoxListOptions"]]
        target.options = list(dict.fromkeys(labels))
    if body.get("maxNumberOfFiles"):
        target.max_files = int(body["maxNumberOfFiles"])
