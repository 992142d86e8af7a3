"""Custom fields of contacts and opportunities: creating, changing and deleting them.

Source: https://marketplace.gohighlevel.com/docs/ghl/locations/create-custom-field. ``options`` is missing in that
document and is what live accounts take for choices.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from desktop.connectors.highlevel.auth import FIELD_WRITE
from desktop.connectors.highlevel.client import Wire
from desktop.connectors.highlevel.design_rules import Findings, native_type, short_key, slug
from desktop.domain.design import DesignRules, FieldDraft
from desktop.domain.errors import NotFound, NotSupported
from desktop.domain.schema import Field, ObjectSchema


class V1Fields:
    """The custom fields of one account's contacts and opportunities."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @staticmethod
    def check(findings: Findings, draft: FieldDraft, schema: ObjectSchema) -> None:
        """What these fields do not have."""
        if draft.key and short_key(draft.key) != slug(draft.label):
            findings.add("key", f"HighLevel makes the key of the label: {slug(draft.label)}.")
        if draft.description:
            findings.add("description", f"HighLevel keeps no description with the fields of {schema.plural.lower()}.")
        if draft.folder:
            findings.add("folder", f"The fields of {schema.plural.lower()} are put into folders in HighLevel only.")

    async def create(self, model: str, draft: FieldDraft, rules: DesignRules) -> None:
        """Create a field of contacts or opportunities."""
        native = native_type(draft, rules)
        body: dict[str, Any] = {"name": draft.label.strip(), "dataType": native, "model": model}
        body |= _options(native, draft)
        if native == "FILE_UPLOAD":
            body |= {"isMultipleFile": False, "maxNumberOfFiles": 1}
        await self._wire.call("POST", self._path(), FIELD_WRITE, json=body, record=f"the new field {draft.label}")

    async def change(self, model: str, field: Field, draft: FieldDraft) -> None:
        """Change label and options."""
        body: dict[str, Any] = {"name": draft.label, "model": model, **_options(field.native_type, draft)}
        await self._wire.call("PUT", self._one(field), FIELD_WRITE, json=body, record=f"the field {field.label}")

    async def delete(self, model: str, field: Field) -> None:
        """Delete a field with its values; one that is gone is no error."""
        try:
            await self._wire.call("DELETE", self._one(field), FIELD_WRITE, record=f"the field {field.label}")
        except NotFound:
            return

    def _one(self, field: Field) -> str:
        if not field.wire:
            raise NotSupported(
                f"{field.label} is one of HighLevel's own fields, which every account has.",
                "Only fields that were added to the account can be changed or deleted.",
            )
        return f"{self._path()}/{quote(field.wire, safe='')}"

    def _path(self) -> str:
        return f"/locations/{quote(self._wire.location, safe='')}/customFields"


def _options(native: str, draft: FieldDraft) -> dict[str, Any]:
    if not draft.options:
        return {}
    if native == "TEXTBOX_LIST":
        return {"textBoxListOptions": [{"label": option.label.strip(), "prefillValue": ""} for option in draft.options]}
    return {"options": [option.label.strip() for option in draft.options]}
