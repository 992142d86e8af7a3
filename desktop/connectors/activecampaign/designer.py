"""Changes custom objects and the custom fields of contacts.

Source: https://developers.activecampaign.com/reference/update-schema and the guide to custom objects. A schema is
changed by sending it whole. So it is read just before: what somebody else changed since the operator saw it is kept,
and what somebody else changed of the very field is not changed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.designer_contacts import ContactFields
from desktop.connectors.activecampaign.designer_drafts import (
    CHOICES,
    LIMITS,
    RELATIONSHIPS,
    Mistakes,
    check_labels,
    field_labels,
    live_fields,
    merged_options,
    new_field,
    new_object,
)
from desktop.connectors.activecampaign.listing import Row
from desktop.connectors.activecampaign.schemas import CONTACTS, SCHEMAS, Schemas, custom_schema
from desktop.connectors.guard import shaped
from desktop.domain.design import Change, DesignRules, FieldDraft, ObjectDraft
from desktop.domain.errors import InvalidInput, NotFound, NotSupported, OutcomeUnknown, Problem, ScopeMissing
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType

_FIELD_CHANGES = (Change.CREATE_FIELD, Change.CHANGE_FIELD, Change.DELETE_FIELD)
_CHANGES = (Change.CHANGE_OBJECT, Change.DELETE_OBJECT, *_FIELD_CHANGES)


class ActiveCampaignDesigner:
    """Changes the schemas of one account."""

    def __init__(self, wire: Wire, schemas: Schemas) -> None:
        self._wire = wire
        self._transport = wire.transport
        self._schemas = schemas
        self._contacts = ContactFields(wire)

    @shaped
    async def rules(self, schema: ObjectSchema | None) -> DesignRules:
        """What can be changed of an object, or what a new one can have."""
        if schema is None:
            return await self._new_rules()
        if schema.custom:
            return DesignRules(await self._refusals(await self._row(schema)), CHOICES, limits=LIMITS)
        own = f"{schema.plural} belong to ActiveCampaign itself"
        said = f"{own}: only their custom fields can be changed."
        refusals: dict[Change, str] = {Change.CHANGE_OBJECT: said, Change.DELETE_OBJECT: said}
        if schema.key == CONTACTS:
            return self._contacts.rules(refusals)
        said = f"Custom fields of {schema.plural} are changed in ActiveCampaign itself, under Settings."
        return DesignRules({**refusals, **dict.fromkeys(_FIELD_CHANGES, said)})

    async def _new_rules(self) -> DesignRules:
        refusals: dict[Change, str] = {}
        try:
            await self._wire.call("GET", SCHEMAS, params={"limit": 1})
        except (ScopeMissing, NotFound):
            refusals[Change.CREATE_OBJECT] = (
                f"{self._wire.transport.name} can't have custom objects of its own: that needs ActiveCampaign's "
                "Enterprise plan and the key of a user who may change it."
            )
        return DesignRules(refusals, CHOICES, relates_to=tuple(RELATIONSHIPS), limits=LIMITS)

    async def _refusals(self, row: Row) -> dict[Change, str]:
        label = _label(row)
        if row.get("visibility") == "public":
            said = f"The object {label} belongs to an app and is shared by it. Only the app can change it."
            return dict.fromkeys(_CHANGES, said)
        if row.get("parentId"):
            parent = await self._parent(str(row["parentId"]))
            said = f"The object {label} follows the shared object {parent}, so that its fields can't be deleted."
            return {Change.DELETE_FIELD: said}
        return {}

    async def _parent(self, parent_id: str) -> str:
        try:
            return _label(await self._get(parent_id))
        except (NotFound, ScopeMissing):
            return parent_id

    async def _require(self, change: Change, row: Row) -> None:
        refusal = (await self._refusals(row)).get(change)
        if refusal:
            raise NotSupported(refusal, "Choose another object.")

    def _own_only(self, schema: ObjectSchema) -> None:
        if not schema.custom:
            raise NotSupported(
                f"{schema.plural} belong to ActiveCampaign itself and can't be changed from here.",
                "Change them in ActiveCampaign, under Settings.",
            )

    async def _row(self, schema: ObjectSchema) -> Row:
        return await self._get(schema.id, f"the object {schema.label}")

    async def _get(self, schema_id: str, named: str | None = None) -> Row:
        """A schema as it is now, its deleted fields included."""
        data = await self._wire.data("GET", _path(schema_id), params={"showFields": "all"}, record=named)
        return self._described(data)

    def _described(self, data: Mapping[str, Any]) -> Row:
        row = data.get("schema")
        if not isinstance(row, dict) or not row.get("id"):
            raise self._wire.unexpected("the answer holds no schema")
        return row

    @shaped
    async def create_object(self, draft: ObjectDraft) -> ObjectSchema:
        """Create a custom object with its fields.

        When the answer is lost, its key, which was free before, tells whether it was created.
        """
        slugs = [str(row.get("slug")) async for row in self._schemas.custom()]
        body = new_object(draft, slugs)
        try:
            data = await self._wire.data(
                "POST", SCHEMAS, json={"schema": body}, idempotent=False, record=f"the object {draft.label}"
            )
        except OutcomeUnknown:
            found = await self._by_slug(body["slug"])
            if found is None:
                raise
            return custom_schema(found)
        made = data.get("schema")
        found = made if isinstance(made, dict) and made.get("id") else await self._by_slug(body["slug"])
        if found is None:
            raise self._wire.unexpected("the new schema is not in the list")
        return custom_schema(found)

    async def _by_slug(self, slug: str) -> Row | None:
        async for row in self._schemas.custom():
            if row.get("slug") == slug:
                return row
        return None

    @shaped
    async def change_object(self, schema: ObjectSchema, draft: ObjectDraft) -> ObjectSchema:
        """Change an object's labels and description."""
        self._own_only(schema)
        mistakes = Mistakes()
        check_labels(draft, mistakes)
        mistakes.check()
        row = await self._row(schema)
        await self._require(Change.CHANGE_OBJECT, row)
        seen = (schema.label, schema.plural, schema.description)
        labels = row.get("labels") or {}
        now = (_label(row), str(labels.get("plural") or _label(row)), str(row.get("description") or ""))
        if now != seen:
            raise _changed_meanwhile(f"The object {schema.label}", "label")
        head = {
            "labels": {"singular": draft.label.strip(), "plural": draft.plural.strip()},
            "description": draft.description.strip(),
        }
        return await self._put(row, live_fields(row), head)

    @shaped
    async def delete_object(self, schema: ObjectSchema) -> None:
        """Delete an object with all of its records."""
        self._own_only(schema)
        try:
            await self._require(Change.DELETE_OBJECT, await self._row(schema))
            await self._wire.call("DELETE", _path(schema.id), record=f"the object {schema.label}")
        except NotFound:
            return

    @shaped
    async def create_field(self, schema: ObjectSchema, draft: FieldDraft) -> ObjectSchema:
        """Add a field."""
        if schema.key == CONTACTS and not schema.custom:
            await self._contacts.create(draft)
            return await self._schemas.schema(CONTACTS)
        self._own_only(schema)
        row = await self._row(schema)
        await self._require(Change.CREATE_FIELD, row)
        mistakes = Mistakes()
        entry = new_field(draft, row.get("fields") or [], mistakes)
        mistakes.check()
        return await self._put(row, [*live_fields(row), entry])

    @shaped
    async def change_field(self, schema: ObjectSchema, field: Field, draft: FieldDraft) -> ObjectSchema:
        """Change a field's label, description and options. Options that stay keep their ids and values."""
        if schema.key == CONTACTS and not schema.custom:
            await self._contacts.change(field, field.wire, draft)
            return await self._schemas.schema(CONTACTS)
        self._own_only(schema)
        row = await self._row(schema)
        await self._require(Change.CHANGE_FIELD, row)
        entry = self._entry(row, schema, field, "changed")
        fields = [item for item in live_fields(row) if item.get("id") != field.key]
        mistakes = Mistakes()
        if draft.type is not field.type or draft.native_type not in ("", field.native_type):
            mistakes.add("type", f"The type of {field.label} can't be changed. Add a field of the other type instead.")
        if draft.label.strip() != field.label:
            entry["labels"] = field_labels(draft.label, fields, mistakes)
        if draft.description.strip() or entry.get("description"):
            entry["description"] = draft.description.strip()
        if field.type in (FieldType.CHOICE, FieldType.CHOICES):
            entry["options"] = merged_options(entry.get("options") or [], draft.options, mistakes)
        mistakes.check()
        return await self._put(row, [entry if item.get("id") == field.key else item for item in live_fields(row)])

    @shaped
    async def delete_field(self, schema: ObjectSchema, field: Field) -> ObjectSchema:
        """Delete a field with its values in all records; one that is already gone is no error."""
        if schema.key == CONTACTS and not schema.custom:
            await self._contacts.delete(field, field.wire)
            return await self._schemas.schema(CONTACTS)
        self._own_only(schema)
        row = await self._row(schema)
        await self._require(Change.DELETE_FIELD, row)
        if _is_own(schema, field) and not any(item.get("id") == field.key for item in live_fields(row)):
            return custom_schema(row)
        self._entry(row, schema, field, "deleted", compared=False)
        path = f"{_path(schema.id)}/fields/{quote(field.key, safe='')}"
        with suppress(NotFound):
            await self._wire.call("DELETE", path, record=f"the field {field.label} of {schema.label}")
        return custom_schema(await self._row(schema))

    def _entry(
        self, row: Row, schema: ObjectSchema, field: Field, verb: str, *, compared: bool = True
    ) -> dict[str, Any]:
        """The field as it is now.

        :param compared: whether it has to be as the operator saw it.
        :raises NotSupported: for what is no field of the object's own.
        :raises InvalidInput: when somebody else changed it meanwhile.
        """
        if not _is_own(schema, field):
            what = "link to another object" if field.type is FieldType.REFERENCE else "field"
            raise NotSupported(
                f"{field.label} is a {what} that ActiveCampaign keeps itself, so that it can't be {verb}.",
                "Choose another field.",
            )
        entry = next((item for item in live_fields(row) if item.get("id") == field.key), None)
        if entry is None:
            raise NotFound(
                f"The object {schema.label} does not have the field {field.label} any more.", "Refresh the fields."
            )
        if entry.get("inherited"):
            raise NotSupported(
                f"{field.label} comes from the shared object that {schema.label} follows, so that it can't be {verb} "
                "here.",
                "Choose another field.",
            )
        if compared and _told(custom_schema({**row, "fields": [entry]}).fields, field) != _told([field], field):
            raise _changed_meanwhile(f"The field {field.label}", "label")
        return entry

    async def _put(
        self, row: Row, fields: Sequence[Mapping[str, Any]], head: Mapping[str, Any] | None = None
    ) -> ObjectSchema:
        """Send the whole schema, and read it again."""
        kept = {key: row[key] for key in ("slug", "labels", "description") if row.get(key) is not None}
        body = {**kept, **(head or {}), "fields": list(fields), "relationships": row.get("relationships") or []}
        named = f"the object {_label(row)}"
        await self._wire.call("PUT", _path(str(row["id"])), json={"schema": body}, record=named)
        return custom_schema(await self._get(str(row["id"]), named))


def _path(schema_id: str) -> str:
    return f"{SCHEMAS}/{quote(schema_id, safe='')}"


def _label(row: Row) -> str:
    return str((row.get("labels") or {}).get("singular") or row.get("slug") or row.get("id"))


def _is_own(schema: ObjectSchema, field: Field) -> bool:
    return not field.is_system and field.type is not FieldType.REFERENCE


def _told(fields: Sequence[Field], like: Field) -> tuple[object, ...]:
    """What an operator sees of a field and can change."""
    field = next(item for item in fields if item.key == like.key)
    return field.label, field.description, field.type, tuple(option.key for option in field.options)


def _changed_meanwhile(what: str, place: str) -> InvalidInput:
    message = f"{what} was changed by somebody else since it was read. Nothing was sent."
    return InvalidInput(
        message,
        (Problem("invalid_input", message, place=place),),
        "Refresh the fields, look at it again, then change it.",
    )
