"""An opportunity as it is kept, and the ways in which the API takes and shows it.

Kept: the writable keys as given, ``fields`` (V1 field id to value) and, in milliseconds, when status and stage changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from desktop.sandbox.clock import iso_ms
from desktop.sandbox.highlevel.contact_values import custom_value, full_name
from desktop.sandbox.highlevel.documents import Document
from desktop.sandbox.highlevel.location import MULTIPLE, LocationField, LocationFields
from desktop.sandbox.highlevel.pipelines import Pipelines
from desktop.sandbox.highlevel.wire import Key, Shape, refuse
from desktop.sandbox.storage import from_text

Opportunity = dict[str, Any]

STATUSES = ("open", "won", "lost", "abandoned")
UPDATE: Shape = {
    "pipelineId": Key(),
    "name": Key(),
    "pipelineStageId": Key(),
    "status": Key(),
    "monetaryValue": Key("number"),
    "assignedTo": Key(),
    "customFields": Key("array"),
}
CREATE: Shape = {
    **UPDATE,
    **{name: Key(required=True) for name in ("pipelineId", "locationId", "name", "status", "contactId")},
}
UPSERT: Shape = {
    **UPDATE,
    "id": Key(),
    "pipelineId": Key(required=True),
    "locationId": Key(required=True),
    "contactId": Key(),
    "followers": Key("strings"),
    "isRemoveAllFollowers": Key("boolean"),
    "followersActionType": Key(),
    "lostReasonId": Key(),
}
STATUS: Shape = {"status": Key(required=True), "lostReasonId": Key()}
FOLLOWERS: Shape = {"followers": Key("strings", required=True)}
_KEPT = ("name", "monetaryValue", "assignedTo", "contactId", "lostReasonId")


def changed(
    old: Opportunity, given: Mapping[str, Any], fields: LocationFields, pipelines: Pipelines, now: int, *, v3: bool
) -> Opportunity:
    """An opportunity after a write; null and empty text clear, custom fields are merged by id."""
    new = dict(old)
    for name in _KEPT:
        if name in given:
            new[name] = given[name]
    status = given.get("status") or old.get("status") or "open"
    if status not in STATUSES:
        raise refuse(422, [f"status must be one of the following values: {', '.join(STATUSES)}"])
    pipeline = given.get("pipelineId") or old.get("pipelineId") or ""
    moved = pipeline != old.get("pipelineId")
    stage = given.get("pipelineStageId") or ("" if moved else old.get("pipelineStageId"))
    new |= {"status": status, "pipelineId": pipeline, "pipelineStageId": pipelines.stage(pipeline, stage or "")}
    for name, stamp in (("status", "lastStatusChangeAt"), ("pipelineStageId", "lastStageChangeAt")):
        if new[name] != old.get(name):
            new[stamp] = now
    if given.get("customFields") is not None:
        new["fields"] = _custom(old.get("fields") or {}, given["customFields"], fields, v3=v3)
    if not new.get("name"):
        raise refuse(422, ["name should not be empty"])
    return {name: value for name, value in new.items() if value not in (None, "", {}, [])}


def _custom(old: Mapping[str, Any], given: list[Any], fields: LocationFields, *, v3: bool) -> dict[str, Any]:
    """Custom fields by id or key; the value's key is ``field_value``, in version 3 ``fieldValue``."""
    kept = dict(old)
    name = "fieldValue" if v3 else "field_value"
    for index, item in enumerate(given):
        if not isinstance(item, dict) or not (item.get("id") or item.get("key")):
            raise refuse(422, ["each value in customFields must have id or key"])
        unknown = sorted(set(item) - {"id", "key", name})
        if unknown:
            raise refuse(422, [f"customFields.{index}.property {key} should not exist" for key in unknown])
        definition = fields.of_opportunities(str(item.get("id") or item["key"]))
        if definition is None:
            raise refuse(400, f"Custom field {item.get('id') or item['key']} not found")
        value = item.get(name)
        if value in (None, "", []):
            kept.pop(definition.id, None)
        else:
            kept[definition.id] = custom_value(definition, value)
    return kept


def shown(item: Document, location: str, fields: LocationFields, contact: Document | None) -> dict[str, Any]:
    """An opportunity as reads and writes of one answer it: only what is set."""
    kept = from_text(item.doc)
    values = kept.pop("fields", {})
    custom = [{"id": id_, "fieldValue": value} for id_, value in values.items() if id_ in fields.all]
    return _common(item, kept, location, contact) | {"customFields": custom}


def found(item: Document, location: str, fields: LocationFields, contact: Document | None) -> dict[str, Any]:
    """An opportunity as search answers it: the key of a custom value names its type."""
    kept = from_text(item.doc)
    values = kept.pop("fields", {})
    custom = [_typed(fields.all[id_], value) for id_, value in values.items() if id_ in fields.all]
    more = {"customFields": custom, "notes": [], "tasks": [], "calendarEvents": []}
    return _common(item, kept, location, contact) | more


def _common(item: Document, kept: Opportunity, location: str, contact: Document | None) -> dict[str, Any]:
    times = {name: iso_ms(kept.pop(name)) for name in ("lastStatusChangeAt", "lastStageChangeAt") if name in kept}
    return {
        "id": item.id,
        "locationId": location,
        "followers": [],
        **kept,
        **times,
        "contact": _contact(contact) if contact else {},
        "createdAt": iso_ms(item.created),
        "updatedAt": iso_ms(item.updated),
    }


def _contact(item: Document) -> dict[str, Any]:
    kept = from_text(item.doc)
    named = {name: kept[name] for name in ("companyName", "email", "phone") if name in kept}
    return {"id": item.id, "name": full_name(kept), **named, "tags": kept.get("tags", [])}


def _typed(definition: LocationField, value: Any) -> dict[str, Any]:
    if definition.data_type == "DATE":
        day = datetime.fromisoformat(value).replace(tzinfo=UTC)
        return {"id": definition.id, "type": "date", "fieldValueDate": int(day.timestamp() * 1000)}
    if definition.data_type in MULTIPLE:
        return {"id": definition.id, "type": "array", "fieldValueArray": value}
    if isinstance(value, int | float):
        return {"id": definition.id, "type": "number", "fieldValueNumber": value}
    return {"id": definition.id, "type": "string", "fieldValueString": value}
