"""Fields and folders of custom objects and companies (the second generation of custom fields).

Source: https://marketplace.gohighlevel.com/docs/ghl/custom-fields/. An update sends the whole list of options: keys
stay, and none can go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from desktop.connectors.highlevel.auth import FIELD_READ, FIELD_WRITE
from desktop.connectors.highlevel.client import Wire
from desktop.connectors.highlevel.design_rules import OPTION_TYPES, Findings, native_type, short_key, slug
from desktop.domain.design import DesignRules, FieldDraft, OptionDraft
from desktop.domain.errors import NotFound, NotSupported
from desktop.domain.schema import Field, ObjectSchema

_FIRST_FOLDER = "Details"


@dataclass(frozen=True, slots=True)
class Definitions:
    """An object's fields by their short keys as the platform describes them, and its folders: name to id."""

    fields: Mapping[str, Mapping[str, Any]]
    folders: Mapping[str, str]


class CustomFields:
    """The fields of one account's custom objects and companies."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def read(self, object_key: str) -> Definitions:
        """What an object has."""
        data = await self._wire.data(
            "GET",
            f"/custom-fields/object-key/{quote(object_key, safe='')}",
            FIELD_READ,
            params={"locationId": self._wire.location},
            record=f"the object {object_key}",
        )
        return Definitions(
            {short_key(str(item["fieldKey"])): item for item in data.get("fields") or [] if item.get("fieldKey")},
            {str(item.get("name") or item["id"]): str(item["id"]) for item in data.get("folders") or []},
        )

    async def create(self, object_key: str, draft: FieldDraft, rules: DesignRules) -> None:
        """Create a field in its folder; a folder that is not there yet is made."""
        native = native_type(draft, rules)
        body: dict[str, Any] = {
            "locationId": self._wire.location,
            "objectKey": object_key,
            "fieldKey": f"{object_key}.{short_key(draft.key) or slug(draft.label)}",
            "dataType": native,
            "parentId": await self._folder(object_key, draft.folder.strip()),
            "showInForms": True,
            "name": draft.label.strip(),
        }
        if draft.description:
            body["description"] = draft.description
        if native in OPTION_TYPES:
            body["options"] = written_options(draft.options, {})
        if native == "FILE_UPLOAD":
            body |= {"acceptedFormats": "all", "maxFileLimit": 1}
        await self._wire.call("POST", "/custom-fields/", FIELD_WRITE, json=body, record=f"the new field {draft.label}")

    async def _folder(self, object_key: str, name: str) -> str:
        """The id of the folder with that name, made where there is none; the first one when no name is given."""
        folders = (await self.read(object_key)).folders
        if name in folders:
            return folders[name]
        if not name and folders:
            return next(iter(folders.values()))
        name = name or _FIRST_FOLDER
        body = {"objectKey": object_key, "name": name, "locationId": self._wire.location}
        data = await self._wire.data(
            "POST", "/custom-fields/folder", FIELD_WRITE, json=body, record=f"the new folder {name}"
        )
        return str(data["id"])

    async def change(self, schema: ObjectSchema, field: Field, draft: FieldDraft, findings: Findings) -> None:
        """Change label, description and options.

        :param findings: what is known to be wrong with the draft; options that would go are added to it.
        :raises InvalidInput: before anything is changed.
        """
        definitions = await self.read(schema.key)
        present = self._existing(definitions, schema, field)
        before = {str(option["key"]): option for option in present.get("options") or []}
        kept = {option.key for option in draft.options if option.key}
        for key, option in before.items():
            if draft.options and key not in kept:
                findings.add("options", f"HighLevel removes no option through its API: {option.get('label') or key}.")
        for index, option in enumerate(draft.options):
            if option.key and option.key not in before:
                findings.add(f"options[{index}]", f"The option {option.label} is not there any more.")
        folder = definitions.folders.get(draft.folder.strip()) if draft.folder.strip() else present.get("parentId")
        if folder != present.get("parentId"):
            findings.add("folder", "HighLevel can't move a field to another folder through its API.")
        findings.end(f"The field {field.label}")
        body: dict[str, Any] = {
            "locationId": self._wire.location,
            "showInForms": bool(present.get("showInForms", True)),
            "name": draft.label,
            "description": draft.description,
        }
        if before:
            body["options"] = written_options(draft.options, before)
        await self._wire.call(
            "PUT", _path(present), FIELD_WRITE, json=body, record=f"the field {field.label} of {schema.plural}"
        )

    async def delete(self, schema: ObjectSchema, field: Field) -> None:
        """Delete a field; one that is gone is no error.

        :raises NotSupported: for the field that names the records.
        """
        if field.key in schema.title_keys:
            raise NotSupported(
                f"{field.label} names the records of {schema.plural}, so HighLevel keeps it.",
                "Rename it, or delete the whole object.",
            )
        try:
            present = self._existing(await self.read(schema.key), schema, field)
            await self._wire.call(
                "DELETE", _path(present), FIELD_WRITE, record=f"the field {field.label} of {schema.plural}"
            )
        except NotFound:
            return

    def _existing(self, definitions: Definitions, schema: ObjectSchema, field: Field) -> Mapping[str, Any]:
        if field.is_system or field.native_type in ("ASSOCIATION", "TEXTBOX_LIST"):
            raise NotSupported(
                f"{field.label} of {schema.plural} is no field of its own in HighLevel, so it can't be changed here.",
                "Change it in HighLevel under Settings.",
            )
        present = definitions.fields.get(field.key)
        if present is None:
            raise NotFound(
                f"{schema.plural} of {self._wire.transport.name} do not have the field {field.label} (any more).",
                "Refresh the object's fields.",
            )
        return present


def written_options(options: tuple[OptionDraft, ...], before: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The whole list of options: those that are there keep their keys, new ones get one made of their text."""
    taken = {option.key for option in options if option.key} | set(before)
    written: list[dict[str, Any]] = []
    for option in options:
        key = option.key
        if not key:
            base, number = slug(option.label) or "option", 1
            key = base
            while key in taken:
                number += 1
                key = f"{base}_{number}"
            taken.add(key)
        written.append({**before.get(key, {}), "key": key, "label": option.label.strip()})
    return written


def _path(present: Mapping[str, Any]) -> str:
    return f"/custom-fields/{quote(str(present['id']), safe='')}"
