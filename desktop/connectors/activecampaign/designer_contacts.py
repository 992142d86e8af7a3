"""Custom fields of contacts: created, changed, deleted.

Sources: https://developers.activecampaign.com/reference/create-a-contact-custom-field, .../create-custom-field-options
and .../create-a-custom-field-relationship-to-lists. A field is created in three calls: the field, its options, and the
relation to all lists, without which nobody sees it. No call is documented that renames or removes an option.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.designer_drafts import Mistakes, check_options
from desktop.connectors.activecampaign.listing import Row, sweep
from desktop.domain.design import Change, DesignRules, FieldChoice, FieldDraft, OptionDraft
from desktop.domain.errors import CrosswalkError, NotFound, NotSupported, OutcomeUnknown, RecordRefused
from desktop.domain.schema import Field
from desktop.domain.values import FieldType

_CHOICES = (
    FieldChoice(FieldType.TEXT, "text", "Text"),
    FieldChoice(FieldType.TEXT, "hidden", "Hidden text"),
    FieldChoice(FieldType.LONG_TEXT, "textarea", "Long text"),
    FieldChoice(FieldType.NUMBER, "number", "Number"),
    FieldChoice(FieldType.DATE, "date", "Date"),
    FieldChoice(FieldType.DATETIME, "datetime", "Date and time"),
    FieldChoice(FieldType.CHOICE, "dropdown", "One of several options, as a menu"),
    FieldChoice(FieldType.CHOICE, "radio", "One of several options, as buttons"),
    FieldChoice(FieldType.CHOICES, "checkbox", "Several options, to tick"),
    FieldChoice(FieldType.CHOICES, "listbox", "Several options, as a list"),
)
_LIMITS = (
    "No two fields of contacts have the same label, whatever its capitals.",
    "Options can be added. They are renamed and removed in ActiveCampaign itself.",
    "The type of a field can't be changed later.",
)
_SENT = ("type", "title", "descript", "perstag", "defval", "visible", "ordernum", "isrequired")
_ALL_LISTS = 0


class ContactFields:
    """The custom fields of the contacts of one account."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @staticmethod
    def rules(refusals: Mapping[Change, str]) -> DesignRules:
        """What can be changed."""
        return DesignRules(refusals, _CHOICES, limits=_LIMITS)

    async def create(self, draft: FieldDraft) -> None:
        """Create a field with its options, for the contacts of all lists.

        :raises RecordRefused: also when the field was created, but not its options.
        """
        mistakes = Mistakes()
        native = _native(draft, mistakes)
        title, tag = draft.label.strip(), draft.key.strip().strip("%").upper()
        rows = await self._rows()
        _check_title(title, rows, mistakes)
        if tag and tag in {str(row.get("perstag") or "").upper() for row in rows}:
            mistakes.add("key", f"The key {draft.key} is taken by another field. Choose another.")
        if draft.type in (FieldType.CHOICE, FieldType.CHOICES):
            check_options(draft.options, mistakes)
        mistakes.check()
        body = {"type": native, "title": title, "descript": draft.description.strip(), "visible": 1}
        body |= {"perstag": tag} if tag else {}
        body |= {"isrequired": 1} if draft.required else {}
        field_id = await self._post(title, body)
        try:
            await self._add_options(field_id, draft.options, 1)
            relation = {"fieldRel": {"field": field_id, "relid": _ALL_LISTS}}
            await self._wire.call("POST", "/fieldRels", json=relation, idempotent=False, record=f"the field {title}")
        except CrosswalkError as error:
            if error.stops_run:
                raise
            raise RecordRefused(
                f"The field {title} was created in {self._wire.transport.name}, but not its options, or it is not "
                f"shown for all lists: {error.message}",
                "Look at it in ActiveCampaign under Contacts, Manage fields; or delete it and create it anew.",
                error.details,
            ) from error

    async def _post(self, title: str, body: Mapping[str, object]) -> str:
        """Create the field itself; when the answer is lost, its title, which was free before, tells."""
        try:
            data = await self._wire.data(
                "POST", "/fields", json={"field": body}, idempotent=False, record=f"the field {title}"
            )
        except OutcomeUnknown:
            found = next((row for row in await self._rows() if row.get("title") == title), None)
            if found is None:
                raise
            return str(found["id"])
        return str(data["field"]["id"])

    async def change(self, field: Field, field_id: str, draft: FieldDraft) -> None:
        """Change a field's label and description, and add options.

        :raises NotSupported: when an option would be renamed or removed.
        """
        _check_custom(field, field_id, "changed")
        rows = await self._rows()
        row = next((item for item in rows if str(item["id"]) == field_id), None)
        if row is None:
            raise NotFound(
                f"{self._wire.transport.name} does not have the field {field.label} any more.", "Refresh the fields."
            )
        mistakes = Mistakes()
        title = draft.label.strip()
        if draft.type is not field.type or draft.native_type not in ("", field.native_type):
            mistakes.add("type", f"The type of {field.label} can't be changed. Add a field of the other type instead.")
        if (str(row.get("title") or ""), str(row.get("descript") or "")) != (field.label, field.description):
            mistakes.add(
                "label", f"The field {field.label} was changed by somebody else since it was read: refresh the fields."
            )
        elif title != field.label:
            _check_title(title, [item for item in rows if item is not row], mistakes)
        added = _added(field, draft.options, mistakes)
        mistakes.check()
        changed = {"title": title, "descript": draft.description.strip()}
        if changed != {"title": field.label, "descript": field.description}:
            body = {**{key: row[key] for key in _SENT if row.get(key) is not None}, **changed}
            path = f"/fields/{quote(field_id, safe='')}"
            await self._wire.call("PUT", path, json={"field": body}, record=f"the field {title}")
        await self._add_options(field_id, added, len(field.options) + 1)

    async def delete(self, field: Field, field_id: str) -> None:
        """Delete a field with its values in all contacts; one that is gone is no error."""
        if not field_id and field.native_type:
            return
        _check_custom(field, field_id, "deleted")
        try:
            await self._wire.call("DELETE", f"/fields/{quote(field_id, safe='')}", record=f"the field {field.label}")
        except NotFound:
            return

    async def _add_options(self, field_id: str, options: Sequence[OptionDraft], first: int) -> None:
        entries: list[dict[str, Any]] = [
            {"orderid": place, "value": text, "label": text, "isdefault": False, "field": field_id}
            for place, text in enumerate((option.label.strip() for option in options), first)
        ]
        if entries:
            await self._wire.call(
                "POST", "/fieldOption/bulk", json={"fieldOptions": entries}, idempotent=False, record="the options"
            )

    async def _rows(self) -> list[Row]:
        rows: list[Row] = []
        async for listed in sweep(self._wire, "/fields", "fields", {"orders[id]": "ASC"}):
            rows.extend(listed.rows)
        return rows


def _native(draft: FieldDraft, mistakes: Mistakes) -> str:
    for choice in _CHOICES:
        if choice.type is draft.type and draft.native_type in ("", choice.native_type):
            return choice.native_type
    mistakes.add("type", f"ActiveCampaign has no fields of the type {draft.native_type or draft.type} for contacts.")
    return ""


def _check_title(title: str, others: Sequence[Row], mistakes: Mistakes) -> None:
    if not title:
        mistakes.add("label", "The field needs a label.")
    elif title.casefold() in {str(row.get("title") or "").casefold() for row in others}:
        mistakes.add("label", f"There is already a field called {title}. Choose another label.")


def _added(field: Field, options: Sequence[OptionDraft], mistakes: Mistakes) -> list[OptionDraft]:
    """The new options.

    :raises NotSupported: when one of the present ones is missing or has another label.
    """
    if field.type not in (FieldType.CHOICE, FieldType.CHOICES):
        return []
    check_options(options, mistakes)
    kept = {option.key: option.label.strip() for option in options if option.key}
    for option in field.options:
        if kept.get(option.key) != option.label:
            verb = "renamed" if option.key in kept else "removed"
            raise NotSupported(
                f"The option {option.label} of {field.label} can't be {verb} from here: ActiveCampaign's API has no "
                "way to do that.",
                "Do it in ActiveCampaign under Contacts, Manage fields. Options can be added from here.",
            )
    return [option for option in options if not option.key]


def _check_custom(field: Field, field_id: str, verb: str) -> None:
    if not field_id:
        raise NotSupported(
            f"{field.label} is a field that ActiveCampaign gives every contact, so that it can't be {verb}.",
            "Choose a custom field.",
        )
