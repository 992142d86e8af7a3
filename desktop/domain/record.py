"""Records: the items of an object, as read from a platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from desktop.domain.schema import CREATED_AT, EXTERNAL_ID, ID, UPDATED_AT, ObjectSchema
from desktop.domain.values import FieldType, Value, Values, from_json, is_empty, to_json


@dataclass(frozen=True, slots=True)
class Record:
    """One item of an object.

    :param id: the platform's id. Blank only where a platform's answer to a write does not state it.
    :param values: the fields that were read; a key that is missing was not read, ``None`` is blank.
    :param created_at: with its offset, ``None`` where the platform states none.
    :param updated_by: the platform's id of who changed it last, blank where it states none. Not all answers of a
        platform state it, so records are equal without it.
    """

    object: str
    id: str
    values: Values = field(default_factory=dict[str, Value])
    external_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    updated_by: str = field(default="", compare=False)

    def get(self, key: str) -> Value:
        """The value of a field or system field, ``None`` when blank or absent."""
        match key:
            case "@id":
                return self.id or None
            case "@external_id":
                return self.external_id
            case "@created_at":
                return self.created_at
            case "@updated_at":
                return self.updated_at
            case _:
                return self.values.get(key)

    def has(self, key: str) -> bool:
        """Whether the field was read, be it blank."""
        return key in self.values or key in (ID, EXTERNAL_ID, CREATED_AT, UPDATED_AT)

    def patched(self, changes: Values) -> Record:
        """The record as it will be once the changes (field key to value) are written."""
        external = changes.get(EXTERNAL_ID, self.external_id)
        values = {**self.values, **{key: value for key, value in changes.items() if not key.startswith("@")}}
        return replace(self, values=values, external_id=str(external) if external else None)


def title_of(record: Record, schema: ObjectSchema) -> str:
    """What people call the record: its title fields' values, else its e-mail address, else its id."""
    words = [display(value) for key in schema.title_keys if not is_empty(value := record.get(key))]
    if words:
        return " ".join(words)
    addresses = (record.get(field.key) for field in schema.fields if field.type is FieldType.EMAIL)
    named = next((value for value in addresses if not is_empty(value)), None)
    return display(named or record.external_id or record.id)


def display(value: Value) -> str:
    """A plain, locale-free text of a value, for reports, logs and search."""
    data = to_json(value)
    if data is None:
        return ""
    if isinstance(data, bool):
        return "yes" if data else "no"
    if isinstance(data, dict):
        return f"{data['amount']} {data['currency']}"
    if isinstance(data, list):
        return ", ".join(str(item["name"] or item["url"]) if isinstance(item, dict) else str(item) for item in data)
    return str(data)


def encode_values(values: Values) -> dict[str, object]:
    """Values as JSON data."""
    return {key: to_json(value) for key, value in values.items()}


def decode_values(data: Mapping[str, object], types: Mapping[str, FieldType]) -> dict[str, Value]:
    """Read values that :func:`encode_values` wrote; keys without a known type are left out."""
    return {
        key: from_json(item, types[key])  # type: ignore[arg-type]  # JSON data by construction
        for key, item in data.items()
        if key in types
    }
