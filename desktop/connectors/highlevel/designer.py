"""Changes HighLevel's schemas: custom objects, and the fields of objects that have some of their own.

Sources: https://marketplace.gohighlevel.com/docs/ghl/objects/ and .../custom-fields/. The deletion of an object is not
in the public documents: it is the call that HighLevel's own pages send, which may be refused to a token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from desktop.connectors.guard import confirming, shaped
from desktop.connectors.highlevel.auth import ASSOCIATION_WRITE, SCHEMA_READ, SCHEMA_WRITE
from desktop.connectors.highlevel.client import Wire
from desktop.connectors.highlevel.custom_fields import CustomFields
from desktop.connectors.highlevel.design_rules import (
    MAX_OBJECTS,
    MAX_SEARCHABLE,
    TITLE_TYPES,
    Findings,
    require,
    rules_of,
    rules_of_new,
    short_key,
    slug,
)
from desktop.connectors.highlevel.schemas import Schemas
from desktop.connectors.highlevel.standard import BUSINESS, CONTACT, OPPORTUNITY
from desktop.connectors.highlevel.v1_design import V1Fields
from desktop.domain.design import Change, DesignRules, FieldDraft, ObjectDraft
from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    NotFound,
    NotSupported,
    OutcomeUnknown,
    RecordRefused,
    ScopeMissing,
)
from desktop.domain.schema import Field, ObjectSchema

PREFIX = "custom_objects."


class HighLevelDesigner:
    """Changes the schemas of one account."""

    def __init__(self, wire: Wire, schemas: Schemas) -> None:
        self._wire = wire
        self._transport = wire.transport
        self._schemas = schemas
        self._v2 = CustomFields(wire)
        self._v1 = V1Fields(wire)

    @shaped
    async def rules(self, schema: ObjectSchema | None) -> DesignRules:
        """What can be changed of an object, or with ``None`` what a new one can have."""
        if schema is None:
            customs = [item.key for item in await self._schemas.objects() if item.custom]
            return rules_of_new((CONTACT, OPPORTUNITY, *customs))
        folders: tuple[str, ...] = ()
        if schema.custom or schema.key == BUSINESS:
            folders = tuple((await self._v2.read(schema.key)).folders)
        return rules_of(schema, folders)

    @shaped
    async def create_object(self, draft: ObjectDraft) -> ObjectSchema:
        """Create a custom object with its fields and the associations to others; its key is read back.

        :raises CrosswalkError: also when the object was made and something of it was not: the sentence says so.
        """
        listed = await self._schemas.objects()
        self._check_new(draft, listed)
        key, title = short_key(draft.key) or slug(draft.label), draft.fields[0]
        title_key = short_key(title.key) or slug(title.label)
        body = {
            "labels": {"singular": draft.label.strip(), "plural": draft.plural.strip()},
            "key": f"{PREFIX}{key}",
            "locationId": self._wire.location,
            "primaryDisplayPropertyDetails": {
                "key": f"{PREFIX}{key}.{title_key}",
                "name": title.label.strip(),
                "dataType": TITLE_TYPES[title.type],
            },
            **({"description": draft.description} if draft.description else {}),
        }
        answer = await self._wire.call(
            "POST", "/objects/", SCHEMA_WRITE, json=body, record=f"the new object {draft.label}"
        )
        with confirming(self._wire.transport):
            made_key = str(self._wire.as_object(answer)["object"]["key"])
        rules = rules_of_new(())
        for item in draft.fields[1:]:
            await self._part(draft.label, f"its field {item.label}", self._v2.create, made_key, item, rules)
        for other in draft.relates_to:
            target = next(item for item in listed if item.key == other)
            await self._part(draft.label, f"its link to {target.plural}", self._associate, draft, made_key, target)
        return await self._schemas.schema(made_key)

    def _check_new(self, draft: ObjectDraft, listed: list[ObjectSchema]) -> None:
        findings = Findings()
        findings.check_object(draft, new=True)
        if sum(item.custom for item in listed) >= MAX_OBJECTS:
            findings.add("", f"The account has {MAX_OBJECTS} custom objects already, which is as many as it can have.")
        allowed = {item.key for item in listed if item.custom or item.key in (CONTACT, OPPORTUNITY)}
        for index, other in enumerate(draft.relates_to):
            if other not in allowed:
                findings.add(f"relates_to[{index}]", f"Records of a custom object can't be linked to {other}.")
        findings.end(f"The object {draft.label}")

    async def _part(self, label: str, what: str, call: Callable[..., Any], *given: object) -> None:
        """Make one part of an object that is there already; a failure says that it is."""
        try:
            await call(*given)
        except CrosswalkError as error:
            outcome = "is not certain" if isinstance(error, OutcomeUnknown) else "was not"
            error.message = f"The object {label} was created, but {what} {outcome}: {error.message}"
            error.hint = f"Open {label} and add what is missing. {error.hint}".strip()
            raise

    async def _associate(self, draft: ObjectDraft, key: str, target: ObjectSchema) -> None:
        await self._wire.call(
            "POST",
            "/associations/",
            ASSOCIATION_WRITE,
            json={
                "locationId": self._wire.location,
                "key": f"{short_key(key)}_{short_key(target.key)}",
                "firstObjectLabel": draft.plural.strip(),
                "firstObjectKey": key,
                "secondObjectLabel": target.plural,
                "secondObjectKey": target.key,
            },
            record=f"the link between {draft.plural} and {target.plural}",
        )

    @shaped
    async def change_object(self, schema: ObjectSchema, draft: ObjectDraft) -> ObjectSchema:
        """Change labels and description. The fields that the platform searches have to be sent too: they stay."""
        require(rules_of(schema, ()), Change.CHANGE_OBJECT)
        findings = Findings()
        findings.check_object(draft, new=False)
        findings.end(f"The object {schema.label}")
        present = await self._described(schema)
        searched = list(present.get("searchableProperties") or [present.get("primaryDisplayProperty")])
        await self._wire.call(
            "PUT",
            _path(schema.key),
            SCHEMA_WRITE,
            json={
                "locationId": self._wire.location,
                "searchableProperties": searched[:MAX_SEARCHABLE],
                "labels": {"singular": draft.label.strip(), "plural": draft.plural.strip()},
                "description": draft.description or None,
            },
            record=f"the object {schema.label}",
        )
        return await self._schemas.schema(schema.key)

    @shaped
    async def delete_object(self, schema: ObjectSchema) -> None:
        """Delete a custom object with all of its records; one that is already gone is no error.

        :raises NotSupported: when HighLevel does not let this token delete objects.
        """
        require(rules_of(schema, ()), Change.DELETE_OBJECT)
        try:
            # A token that may not even read it is told so in the words for reading.
            present = await self._described(schema)
        except NotFound:
            return
        try:
            await self._wire.call(
                "DELETE",
                _path(str(present.get("id") or schema.id)),
                SCHEMA_WRITE,
                params={"locationId": self._wire.location},
                record=f"the object {schema.label}",
            )
        except (ScopeMissing, CredentialRefused, NotFound, RecordRefused) as refusal:
            if isinstance(refusal, NotFound) and "Cannot DELETE" not in refusal.details:
                return
            raise NotSupported(
                f"HighLevel does not let {self._wire.transport.name} delete the object {schema.label}: its public API "
                "has no call for that, and the one that its own pages send was refused.",
                "Delete it in HighLevel under Settings, Objects.",
                refusal.details,
            ) from refusal

    async def _described(self, schema: ObjectSchema) -> Mapping[str, Any]:
        data = await self._wire.data(
            "GET",
            _path(schema.key),
            SCHEMA_READ,
            params={"locationId": self._wire.location},
            record=f"the object {schema.label}",
        )
        return data.get("object") or {}

    @shaped
    async def create_field(self, schema: ObjectSchema, draft: FieldDraft) -> ObjectSchema:
        """Add a field, in a folder of that name where one is named."""
        rules = rules_of(schema, ())
        require(rules, Change.CREATE_FIELD)
        v1 = schema.key in (CONTACT, OPPORTUNITY)
        findings = Findings()
        findings.check_field(draft, rules, taken=[] if v1 else _keys(schema))
        if v1:
            V1Fields.check(findings, draft, schema)
        findings.end(f"The field {draft.label}")
        await (self._v1 if v1 else self._v2).create(schema.key, draft, rules)
        return await self._schemas.schema(schema.key)

    @shaped
    async def change_field(self, schema: ObjectSchema, field: Field, draft: FieldDraft) -> ObjectSchema:
        """Change a field's label, description and options."""
        require(rules_of(schema, ()), Change.CHANGE_FIELD)
        findings = Findings()
        if not draft.label.strip():
            findings.add("label", "A name is missing.")
        if draft.type is not field.type or draft.native_type not in ("", field.native_type):
            findings.add("type", "HighLevel can't change the type of a field.")
        if draft.key and short_key(draft.key) != short_key(field.key):
            findings.add("key", "HighLevel can't change the key of a field.")
        if draft.required and not field.required:
            findings.add("required", "HighLevel sets no field as required through its API.")
        if field.options and not draft.options:
            findings.add("options", "A field of this type needs at least one option.")
        elif draft.options and not field.options:
            findings.add("options", "Only choices and lists of texts have options.")
        findings.check_options(draft)
        whole = replace(draft, label=draft.label.strip())
        if schema.key in (CONTACT, OPPORTUNITY):
            told = "" if draft.description == field.description else draft.description
            V1Fields.check(findings, replace(whole, key="", description=told), schema)
            findings.end(f"The field {field.label}")
            await self._v1.change(schema.key, field, whole)
        else:
            await self._v2.change(schema, field, whole, findings)
        return await self._schemas.schema(schema.key)

    @shaped
    async def delete_field(self, schema: ObjectSchema, field: Field) -> ObjectSchema:
        """Delete a field with its values; one that is already gone is no error."""
        require(rules_of(schema, ()), Change.DELETE_FIELD)
        if schema.key in (CONTACT, OPPORTUNITY):
            await self._v1.delete(schema.key, field)
        else:
            await self._v2.delete(schema, field)
        return await self._schemas.schema(schema.key)


def _path(key: str) -> str:
    return f"/objects/{quote(key, safe='')}"


def _keys(schema: ObjectSchema) -> list[str]:
    return [field.key.partition(".")[0] for field in schema.fields]
