"""The definitions of objects, their fields and folders, kept in memory and written through to storage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from desktop.sandbox.clock import iso_ms
from desktop.sandbox.storage import Storage, from_text, to_text

PREFIX = "custom_objects."
CHOICES = frozenset({"SINGLE_OPTIONS", "RADIO", "MULTIPLE_OPTIONS", "CHECKBOX", "TEXTBOX_LIST"})
MULTIPLE = frozenset({"MULTIPLE_OPTIONS", "CHECKBOX"})


@dataclass(slots=True)
class Folder:
    id: str
    object_key: str
    name: str
    created: int
    updated: int

    def report(self, location: str) -> dict[str, Any]:
        return {"id": self.id, "objectKey": self.object_key, "locationId": location, "name": self.name}


@dataclass(slots=True)
class FieldDef:
    """A field of a custom object or of ``business``; ``key`` is the short key that records use."""

    id: str
    object_key: str
    key: str
    name: str
    data_type: str
    parent_id: str
    created: int
    updated: int
    description: str = ""
    placeholder: str = ""
    show_in_forms: bool = True
    options: list[dict[str, str]] = field(default_factory=list)
    accepted_formats: str | None = None
    max_file_limit: int | None = None
    allow_custom_option: bool = False

    @property
    def full_key(self) -> str:
        return f"{self.object_key}.{self.key}"

    def option_keys(self) -> set[str]:
        return {option["key"] for option in self.options}

    def report(self, location: str) -> dict[str, Any]:
        """As the API shows it."""
        shown: dict[str, Any] = {
            "id": self.id,
            "locationId": location,
            "name": self.name,
            "description": self.description,
            "placeholder": self.placeholder,
            "showInForms": self.show_in_forms,
            "objectKey": self.object_key,
            "fieldKey": self.full_key,
            "dataType": self.data_type,
            "parentId": self.parent_id,
            "dateAdded": iso_ms(self.created),
            "dateUpdated": iso_ms(self.updated),
        }
        if self.data_type in CHOICES:
            shown["options"] = self.options
        if self.data_type == "RADIO":
            shown["allowCustomOption"] = self.allow_custom_option
        if self.data_type == "FILE_UPLOAD":
            shown["acceptedFormats"] = self.accepted_formats or "all"
            shown["maxFileLimit"] = self.max_file_limit or 1
        return shown


@dataclass(slots=True)
class ObjectDef:
    """An object; ``kind`` is its number in storage. ``primary`` and ``searchable`` are full field keys."""

    kind: int
    id: str
    key: str
    singular: str
    plural: str
    primary: str
    created: int
    updated: int
    description: str | None = None
    searchable: list[str] = field(default_factory=list)
    standard: bool = False

    @property
    def has_records(self) -> bool:
        """Whether the objects API serves its records."""
        return not self.standard or self.key == "business"

    def report(self, location: str) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.id,
            "standard": self.standard,
            "key": self.key,
            "labels": {"singular": self.singular, "plural": self.plural},
            "locationId": location,
            "primaryDisplayProperty": self.primary,
            "searchableProperties": self.searchable,
            "requiredProperties": [self.primary],
            "type": "SYSTEM_DEFINED" if self.standard else "USER_DEFINED",
            "dateAdded": iso_ms(self.created),
            "dateUpdated": iso_ms(self.updated),
        }
        if self.description is not None:
            shown["description"] = self.description
        return shown


class Catalogue:
    """Finds definitions by key or id and keeps what is put into it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        storage.script(
            "CREATE TABLE IF NOT EXISTS highlevel_definitions"
            " (sort TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (sort, id))"
        )
        self.objects: dict[str, ObjectDef] = {}
        self.fields: dict[str, FieldDef] = {}
        self.folders: dict[str, Folder] = {}
        self._by_object: dict[str, dict[str, FieldDef]] = {}
        for sort, text in storage.all("SELECT sort, doc FROM highlevel_definitions ORDER BY rowid"):
            self._remember(msgspec.convert(from_text(text), _SORTS[sort]))

    def put(self, item: ObjectDef | FieldDef | Folder) -> None:
        """Add or replace a definition."""
        self._remember(item)
        self._storage.execute(
            "INSERT INTO highlevel_definitions VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc",
            (type(item).__name__, item.id, to_text(item)),
        )

    def remove(self, item: ObjectDef | FieldDef | Folder) -> None:
        if isinstance(item, ObjectDef):
            self.objects.pop(item.key, None)
        elif isinstance(item, FieldDef):
            self.fields.pop(item.id, None)
            self._by_object.get(item.object_key, {}).pop(item.key, None)
        else:
            self.folders.pop(item.id, None)
        self._storage.execute(
            "DELETE FROM highlevel_definitions WHERE sort = ? AND id = ?", (type(item).__name__, item.id)
        )

    def _remember(self, item: ObjectDef | FieldDef | Folder) -> None:
        if isinstance(item, ObjectDef):
            self.objects[item.key] = item
        elif isinstance(item, FieldDef):
            self.fields[item.id] = item
            self._by_object.setdefault(item.object_key, {})[item.key] = item
        else:
            self.folders[item.id] = item

    def find(self, key_or_id: str) -> ObjectDef | None:
        """An object by its key, its key with the singular prefix, or its id."""
        found = self.objects.get(normal_key(key_or_id))
        if found is not None:
            return found
        return next((item for item in self.objects.values() if item.id == key_or_id), None)

    def by_kind(self, kind: int) -> ObjectDef:
        return next(item for item in self.objects.values() if item.kind == kind)

    def fields_of(self, object_key: str) -> dict[str, FieldDef]:
        """Short key to field, in the order they were made."""
        return self._by_object.get(object_key, {})

    def folders_of(self, object_key: str) -> list[Folder]:
        return [folder for folder in self.folders.values() if folder.object_key == object_key]

    def next_kind(self) -> int:
        return max((item.kind for item in self.objects.values()), default=0) + 1


_SORTS: dict[str, Any] = {"ObjectDef": ObjectDef, "FieldDef": FieldDef, "Folder": Folder}


def normal_key(key: str) -> str:
    """``custom_object.pet`` (as one file of the specification writes it) becomes ``custom_objects.pet``."""
    return PREFIX + key.removeprefix("custom_object.") if key.startswith("custom_object.") else key
