"""Changing which profile fields Crosswalk may use: keys of user meta that the bridge plugin registers.

Source: ``resources/wordpress/README.md`` (fields). The members themselves are WordPress's own kind of thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from desktop.connectors.accessally.bridge import INSTALL, Bridge
from desktop.connectors.accessally.client import Wire
from desktop.connectors.accessally.schemas import Schemas
from desktop.domain.design import Change, DesignRules, FieldChoice, FieldDraft, ObjectDraft
from desktop.domain.errors import InvalidInput, NotSupported, Problem
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType

CHOICES = (
    FieldChoice(FieldType.TEXT, "string", "Text"),
    FieldChoice(FieldType.NUMBER, "number", "Number"),
    FieldChoice(FieldType.NUMBER, "integer", "Whole number"),
    FieldChoice(FieldType.BOOLEAN, "boolean", "Yes or no"),
    FieldChoice(FieldType.DATE, "date", "Date"),
    FieldChoice(FieldType.CHOICES, "array", "Multiple choice"),
)
_OBJECTS = "WordPress has members and no other objects that could be added, changed or removed from here."
_LOSSES = {
    Change.DELETE_FIELD: "Crosswalk forgets the field. What members have in it stays stored in WordPress, and is there "
    "again when a field with the same key is added."
}
_LIMITS = (
    "The key is what the value is stored under in WordPress. Give the key that a plugin of the site already uses to "
    "read and write its values.",
    "A multiple choice takes any options: WordPress keeps no list of them.",
    "Deleting a field takes it away from Crosswalk. What members have in it stays stored in WordPress.",
)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,189}")
_LONGEST_LABEL = 200


class MemberDesigner:
    """Adds and removes profile fields of one site."""

    def __init__(self, wire: Wire, bridge: Bridge, schemas: Schemas) -> None:
        self._wire = wire
        self._bridge = bridge
        self._schemas = schemas

    async def rules(self, schema: ObjectSchema | None) -> DesignRules:
        """What can be changed; without the plugin nothing."""
        refusals: dict[Change, str] = dict.fromkeys(
            (Change.CREATE_OBJECT, Change.CHANGE_OBJECT, Change.DELETE_OBJECT), _OBJECTS
        )
        reason = await self._refusal()
        if reason:
            refusals |= dict.fromkeys((Change.CREATE_FIELD, Change.CHANGE_FIELD, Change.DELETE_FIELD), reason)
            return DesignRules(refusals)
        return DesignRules(refusals, CHOICES, limits=_LIMITS, losses=_LOSSES)

    async def _refusal(self) -> str:
        if not await self._bridge.installed():
            return f"WordPress alone can't be told which profile fields to share. {INSTALL}"
        if "manage_options" not in (await self._wire.account()).capabilities:
            return (
                "The WordPress user of this connection may not change settings of the site. Use the application "
                "password of an administrator."
            )
        return ""

    async def create_object(self, draft: ObjectDraft) -> ObjectSchema:
        """Not possible."""
        raise NotSupported(_OBJECTS)

    async def change_object(self, schema: ObjectSchema, draft: ObjectDraft) -> ObjectSchema:
        """Not possible."""
        raise NotSupported(_OBJECTS)

    async def delete_object(self, schema: ObjectSchema) -> None:
        """Not possible."""
        raise NotSupported(_OBJECTS)

    async def create_field(self, schema: ObjectSchema, draft: FieldDraft) -> ObjectSchema:
        """Register a key.

        :raises InvalidInput: when the key or the type can't be used, or the key is there already.
        """
        await self._check()
        key = draft.key.strip() or _made_of(draft.label)
        native = draft.native_type or _native.get(draft.type, "")
        problems = _problems(schema, draft, key, native)
        if problems:
            raise InvalidInput(f"The field {draft.label or key} can't be added. Nothing was changed.", problems)
        await self._put(key, native, draft.label.strip())
        return await self._schemas.schema(schema.key)

    async def change_field(self, schema: ObjectSchema, field: Field, draft: FieldDraft) -> ObjectSchema:
        """Give a registered key another label."""
        await self._check()
        await self._own(field)
        if not draft.label.strip():
            raise InvalidInput(
                f"The field {field.label} needs a label.", (Problem("required", "Enter a label.", place="label"),)
            )
        await self._put(field.wire, field.native_type, draft.label.strip())
        return await self._schemas.schema(schema.key)

    async def delete_field(self, schema: ObjectSchema, field: Field) -> ObjectSchema:
        """Stop registering a key; what members have under it stays in WordPress."""
        await self._check()
        await self._own(field)
        await self._bridge.remove_field(field.wire)
        return await self._schemas.schema(schema.key)

    async def _check(self) -> None:
        reason = await self._refusal()
        if reason:
            raise NotSupported(reason)

    async def _own(self, field: Field) -> None:
        if not field.wire or field.wire not in await self._bridge.labels():
            raise NotSupported(
                f"The field {field.label} is kept by WordPress or by another plugin, so it can't be changed from here.",
                "Change it in WordPress.",
            )

    async def _put(self, key: str, native: str, label: str) -> None:
        answer = await self._bridge.put_field(key, native, label)
        if answer.status < 400:
            return
        refusal = self._wire.refusals.read(answer)
        said = _PLACED.get(refusal.code)
        if said is None:
            raise self._wire.error(answer, record=f"the field {label}", writes=True)
        problem = Problem(refusal.code, said, place="key")
        raise InvalidInput(f"The field {label} can't be added: {said}", (problem,), details=refusal.details)


_native: Mapping[FieldType, str] = {choice.type: choice.native_type for choice in reversed(CHOICES)}
_PLACED = {
    "crosswalk_invalid_key": "WordPress uses this key itself, or it can't be one. Choose another.",
    "crosswalk_field_exists": "A field with this key and another type is there already. Choose another key.",
}


def _problems(schema: ObjectSchema, draft: FieldDraft, key: str, native: str) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    if not draft.label.strip():
        problems.append(Problem("required", "Enter a label.", place="label"))
    elif len(draft.label) > _LONGEST_LABEL:
        problems.append(Problem("too_long", f"Use {_LONGEST_LABEL} characters at most.", place="label"))
    if not _KEY.fullmatch(key):
        said = "A key starts with a letter and has letters, digits, hyphens and underscores, 190 at most."
        problems.append(Problem("invalid", said, place="key"))
    elif any(key in (field.wire, field.key) for field in schema.fields):
        problems.append(Problem("taken", "There is a field with this key already.", place="key"))
    if native not in {choice.native_type for choice in CHOICES}:
        problems.append(Problem("invalid", "WordPress has no fields of this type.", place="type"))
    return tuple(problems)


def _made_of(label: str) -> str:
    """A key of a label: lower case, underscores between words."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:190]
