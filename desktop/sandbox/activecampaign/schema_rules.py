"""What makes a custom object schema valid, and how the server completes what it is sent.

Rules: developers.activecampaign.com/reference/schemas and the Custom Objects guide. A field's id is chosen by
its creator and stays taken when the field is deleted; labels are unique in the schema whatever their case;
option ids come from the server; ``isRequired`` means nothing, only ``required`` does; a schema relates to one
kind of standard object.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from desktop.sandbox.activecampaign.errors import bad_request, invalid_value

TYPES = ("text", "textarea", "number", "date", "datetime", "currency", "dropdown", "multiselect")
CHOICES = ("dropdown", "multiselect")
NAMESPACES = ("contacts", "accounts", "deals")
LARGEST_SCALE = 53
DELETED = "marked_for_deletion"

NewId = Callable[[], str]


def checked_slug(value: object) -> str:
    """A schema's slug. Raises 422 when it is missing."""
    if not isinstance(value, str) or not value.strip():
        raise invalid_value("schema.slug", "Schema must provide a slug")
    return value


def checked_labels(value: object, path: str, what: str) -> dict[str, str]:
    """``{"singular", "plural"}``, both filled. Raises 422 otherwise."""
    if not isinstance(value, dict):
        raise invalid_value(path, f"{what} must provide labels")
    labels: dict[str, str] = {}
    for form in ("singular", "plural"):
        label = value.get(form)
        if not isinstance(label, str) or not label.strip():
            raise invalid_value(path, f"{what} must provide labels")
        labels[form] = label
    return labels


def is_deleted(field: dict[str, Any]) -> bool:
    """Whether a field is on its way out."""
    return field.get("status") == DELETED


def merged_fields(existing: list[dict[str, Any]], given: object, new_id: NewId) -> list[dict[str, Any]]:
    """The fields after a create (`existing` empty) or update; fields that are not sent stay. Raises 422."""
    if not isinstance(given, list):
        raise bad_request("schema.fields must be a list.")
    merged = {field["id"]: field for field in existing}
    seen: set[str] = set()
    for entry in given:
        field = _checked_field(entry, merged, new_id)
        if field["id"] in seen:
            raise invalid_value("schema.fields.id", "Schema field ids must be unique")
        seen.add(field["id"])
        merged[field["id"]] = field
    fields = list(merged.values())
    _check_label_uniqueness(fields)
    return fields


def _checked_field(entry: object, known: dict[str, dict[str, Any]], new_id: NewId) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise bad_request("schema.fields must hold objects.")
    identifier = entry.get("id")
    if not isinstance(identifier, str) or not identifier.strip():
        raise invalid_value("schema.fields.id", "Schema fields must provide an id")
    labels = checked_labels(entry.get("labels"), "schema.fields.labels", "Schema fields")
    before = known.get(identifier)
    if before is not None and is_deleted(before):
        raise invalid_value("schema.fields.id", f"{identifier} was used by a field that has been deleted")
    kind = entry.get("type", before["type"] if before else None)
    if kind not in TYPES:
        raise invalid_value("schema.fields.type", f"Schema field type must be one of {', '.join(TYPES)}")
    if before is not None and before["type"] != kind:
        raise invalid_value("schema.fields.type", "The type of a schema field cannot be changed")
    if before is not None and before["inherited"]:
        return before
    field: dict[str, Any] = {"id": identifier, "labels": labels}
    description = entry.get("description", before.get("description") if before else None)
    if description is not None:
        field["description"] = description
    field["type"] = kind
    field |= _type_settings(kind, entry, before or {}, new_id)
    required = entry.get("required", before["required"] if before else False)
    if not isinstance(required, bool):
        raise invalid_value("schema.fields.required", "required must be true or false")
    field["required"] = required
    field["inherited"] = False
    return field


def _type_settings(kind: str, entry: dict[str, Any], before: dict[str, Any], new_id: NewId) -> dict[str, Any]:
    if kind == "number":
        scale = entry.get("scale", before.get("scale"))
        if scale is None:
            return {}
        if isinstance(scale, bool) or not isinstance(scale, int) or not 0 <= scale <= LARGEST_SCALE:
            raise invalid_value("schema.fields.scale", f"scale must be a whole number from 0 to {LARGEST_SCALE}")
        return {"scale": scale}
    if kind == "currency":
        currency = entry.get("defaultCurrency", before.get("defaultCurrency", "USD"))
        if not isinstance(currency, str) or re.fullmatch(r"[A-Z]{3}", currency) is None:
            raise invalid_value("schema.fields.defaultCurrency", "defaultCurrency must be an ISO 4217 code")
        return {"defaultCurrency": currency}
    if kind in CHOICES:
        return {"options": _checked_options(entry, before.get("options", []), new_id)}
    return {}


def _checked_options(entry: dict[str, Any], before: list[dict[str, str]], new_id: NewId) -> list[dict[str, str]]:
    """The full list of options: an entry with a known id keeps it, every other gets one from the server."""
    given = entry.get("options", before)
    if not isinstance(given, list) or not given:
        raise invalid_value("schema.fields.options", "Schema fields of this type must provide options")
    known = {option["id"] for option in before}
    options: list[dict[str, str]] = []
    for option in given:
        value = option.get("value") if isinstance(option, dict) else None
        if not isinstance(value, str) or not value:
            raise invalid_value("schema.fields.options", "Schema field options must provide a value")
        if any(value == other["value"] for other in options):
            raise invalid_value("schema.fields.options", "Schema field options must be unique")
        identifier = option.get("id")
        options.append({"id": identifier if identifier in known else new_id(), "value": value})
    return options


def _check_label_uniqueness(fields: list[dict[str, Any]]) -> None:
    for form in ("singular", "plural"):
        labels = [field["labels"][form].casefold() for field in fields if not is_deleted(field)]
        if len(set(labels)) != len(labels):
            raise invalid_value("schema.fields.labels", f"Schema field {form} labels must be unique")


def merged_relationships(existing: list[dict[str, Any]], given: object) -> list[dict[str, Any]]:
    """The relationships after a create or update. Raises 422."""
    if not isinstance(given, list):
        raise bad_request("schema.relationships must be a list.")
    merged = {relationship["id"]: relationship for relationship in existing}
    for entry in given:
        relationship = _checked_relationship(entry)
        before = merged.get(relationship["id"])
        if before is None or not before["inherited"]:
            merged[relationship["id"]] = relationship
    relationships = list(merged.values())
    if len({relationship["namespace"] for relationship in relationships}) > 1:
        raise invalid_value("schema.relationships", "Schema can relate to one standard object only")
    return relationships


def _checked_relationship(entry: object) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise bad_request("schema.relationships must hold objects.")
    identifier = entry.get("id")
    if not isinstance(identifier, str) or not identifier.strip():
        raise invalid_value("schema.relationships.id", "Schema relationships must provide an id")
    if entry.get("namespace") not in NAMESPACES:
        raise invalid_value("schema.relationships.namespace", f"namespace must be one of {', '.join(NAMESPACES)}")
    if entry.get("hasMany") not in (None, False):
        raise invalid_value("schema.relationships.hasMany", "Only hasMany false is supported")
    labels = checked_labels(entry.get("labels"), "schema.relationships.labels", "Schema relationships")
    return {
        "id": identifier,
        "labels": labels,
        "description": entry.get("description", ""),
        "namespace": entry["namespace"],
        "hasMany": False,
        "inherited": False,
    }
