"""Drafts of custom objects: checked against the platform's limits, and as the platform takes them.

Sources: https://developers.activecampaign.com/reference/create-schema and the guide to custom objects: ids of fields
are chosen by their creator and stay taken when the field is deleted; labels are unique whatever their case; an option
keeps its id when it is sent with it; an object relates to one standard object.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from desktop.connectors.activecampaign.listing import Row
from desktop.domain.design import FieldChoice, FieldDraft, ObjectDraft, OptionDraft
from desktop.domain.errors import InvalidInput, Problem
from desktop.domain.values import FieldType

LARGEST_SCALE = 53
DELETED = "marked_for_deletion"
CHOICES = (
    FieldChoice(FieldType.TEXT, "text", "Text"),
    FieldChoice(FieldType.LONG_TEXT, "textarea", "Long text"),
    FieldChoice(FieldType.NUMBER, "number", "Number"),
    FieldChoice(FieldType.MONEY, "currency", "Amount with currency"),
    FieldChoice(FieldType.DATE, "date", "Date"),
    FieldChoice(FieldType.DATETIME, "datetime", "Date and time"),
    FieldChoice(FieldType.CHOICE, "dropdown", "One of several options"),
    FieldChoice(FieldType.CHOICES, "multiselect", "Several options"),
)
RELATIONSHIPS: Mapping[str, Mapping[str, Any]] = {
    "contacts": {"id": "primary-contact", "labels": {"singular": "Primary contact", "plural": "Primary contacts"}},
    "accounts": {"id": "account", "labels": {"singular": "Account", "plural": "Accounts"}},
    "deals": {"id": "deal", "labels": {"singular": "Deal", "plural": "Deals"}},
}
LIMITS = (
    "An object can be linked to contacts, accounts or deals, to one of them only, and that can't be changed later.",
    "No two fields of an object have the same label, whatever its capitals.",
    "The key of a field can't be changed, and not be used again after the field was deleted.",
    f"A number keeps {LARGEST_SCALE} decimals at most, an amount two.",
    "The type of a field can't be changed later.",
    "A record that has an option which was removed or renamed needs another one before it can be changed again.",
)


class Mistakes:
    """What is wrong with a draft, each with its place."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, place: str, message: str) -> None:
        """Note a mistake."""
        self._problems.append(Problem("invalid_input", message, place=place))

    def check(self) -> None:
        """Go on only without mistakes.

        :raises InvalidInput: with all of them.
        """
        if self._problems:
            raise InvalidInput(self._problems[0].message, tuple(self._problems), "Nothing was sent. Correct it first.")


def slug(text: str) -> str:
    """A key made of a label: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def free_key(wish: str, taken: Iterable[str]) -> str:
    """The wish, with a number behind it when it is taken."""
    used = set(taken)
    stem, key, number = wish or "field", wish or "field", 1
    while key in used:
        number += 1
        key = f"{stem}-{number}"
    return key


def live_fields(schema: Row) -> list[dict[str, Any]]:
    """The fields of a schema that are not deleted."""
    return [dict(row) for row in schema.get("fields") or [] if row.get("status") != DELETED]


def new_object(draft: ObjectDraft, slugs: Sequence[str]) -> dict[str, Any]:
    """A new schema as it is sent.

    :param slugs: keys of the objects that are there.
    :raises InvalidInput: when the draft breaks a limit.
    """
    mistakes = Mistakes()
    check_labels(draft, mistakes)
    key = draft.key.strip()
    if key in slugs:
        mistakes.add("key", f"There is already an object with the key {key}. Choose another.")
    if len(draft.relates_to) > 1:
        mistakes.add("relates_to", "ActiveCampaign links an object to contacts, accounts or deals: choose one of them.")
    for target in draft.relates_to:
        if target not in RELATIONSHIPS:
            mistakes.add(
                "relates_to", f"ActiveCampaign can't link an object to {target}: choose contacts, accounts or deals."
            )
    fields: list[dict[str, Any]] = []
    for place, field in enumerate(draft.fields):
        fields.append(new_field(field, fields, mistakes, f"fields[{place}]."))
    mistakes.check()
    return {
        "slug": key or free_key(slug(draft.label) or "object", slugs),
        "labels": {"singular": draft.label.strip(), "plural": draft.plural.strip()},
        "description": draft.description.strip(),
        "fields": fields,
        "relationships": [_relationship(target) for target in draft.relates_to],
    }


def check_labels(draft: ObjectDraft, mistakes: Mistakes) -> None:
    """An object has two names."""
    if not draft.label.strip():
        mistakes.add("label", "The object needs a name for one of its records.")
    if not draft.plural.strip():
        mistakes.add("plural", "The object needs a name for several of its records.")


def new_field(
    draft: FieldDraft, present: Sequence[Mapping[str, Any]], mistakes: Mistakes, place: str = ""
) -> dict[str, Any]:
    """A new field as it is sent.

    :param present: the fields that the object has, deleted ones included: their keys stay taken.
    :param place: what the places of mistakes begin with.
    """
    native = _native(draft, mistakes, place)
    taken = {str(row.get("id")): row for row in present}
    key = draft.key.strip()
    if key in taken:
        was = taken[key].get("status") == DELETED
        said = "belonged to a field that was deleted, and can't be used again" if was else "is taken by another field"
        mistakes.add(f"{place}key", f"The key {key} {said}. Choose another.")
    entry: dict[str, Any] = {
        "id": key or free_key(slug(draft.label), taken),
        "labels": field_labels(draft.label, present, mistakes, f"{place}label"),
        "type": native,
        "required": draft.required,
    }
    if draft.description.strip():
        entry["description"] = draft.description.strip()
    return entry | _settings(draft, native, mistakes, place)


def _native(draft: FieldDraft, mistakes: Mistakes, place: str) -> str:
    """The platform's type: the one that is named, else the usual one."""
    for choice in CHOICES:
        if choice.type is draft.type and draft.native_type in ("", choice.native_type):
            return choice.native_type
    mistakes.add(
        f"{place}type", f"ActiveCampaign has no fields of the type {draft.native_type or draft.type} in objects."
    )
    return ""


def _settings(draft: FieldDraft, native: str, mistakes: Mistakes, place: str) -> dict[str, Any]:
    match native:
        case "number" if draft.scale is not None:
            if not 0 <= draft.scale <= LARGEST_SCALE:
                mistakes.add(f"{place}scale", f"A number keeps from 0 to {LARGEST_SCALE} decimals, not {draft.scale}.")
            return {"scale": draft.scale}
        case "currency":
            currency = (draft.currency or "").strip().upper()
            if not re.fullmatch(r"[A-Z]{3}", currency):
                mistakes.add(f"{place}currency", "Amounts need a currency: write its three letters, like USD.")
            return {"defaultCurrency": currency}
        case "dropdown" | "multiselect":
            check_options(draft.options, mistakes, place)
            return {"options": [{"value": option.label.strip()} for option in draft.options]}
        case _:
            return {}


def check_options(options: Sequence[OptionDraft], mistakes: Mistakes, place: str = "") -> None:
    """At least one option, none blank, none twice."""
    if not options:
        mistakes.add(f"{place}options", "A field of this type needs at least one option.")
    seen: set[str] = set()
    for number, option in enumerate(options):
        label = option.label.strip()
        if not label:
            mistakes.add(f"{place}options[{number}]", "An option can't be blank.")
        elif label in seen:
            mistakes.add(f"{place}options[{number}]", f"The option {label} is there twice.")
        seen.add(label)


def field_labels(
    label: str, others: Sequence[Mapping[str, Any]], mistakes: Mistakes, place: str = "label"
) -> dict[str, str]:
    """Both forms of a field's label: the draft has one, so that it stands for both where it can."""
    singular = label.strip()
    if not singular:
        mistakes.add(place, "The field needs a label.")
    present = [row.get("labels") or {} for row in others if row.get("status") != DELETED]
    if singular.casefold() in {str(labels.get("singular")).casefold() for labels in present}:
        mistakes.add(place, f"There is already a field called {singular}. Choose another label.")
    plurals = {str(labels.get("plural")).casefold() for labels in present}
    plural = singular
    while plural.casefold() in plurals:
        plural += " values"
    return {"singular": singular, "plural": plural}


def merged_options(present: Sequence[Row], options: Sequence[OptionDraft], mistakes: Mistakes) -> list[dict[str, Any]]:
    """The whole list of options to send: known ones with their ids, so that records keep their values."""
    check_options(options, mistakes)
    known = {str(row.get("value")): row for row in present}
    merged: list[dict[str, Any]] = []
    for number, option in enumerate(options):
        entry: dict[str, Any] = {"value": option.label.strip()}
        if option.key and option.key not in known:
            mistakes.add(
                f"options[{number}]", f"The option {option.key} is not there any more. Take it out, or add it anew."
            )
        elif option.key:
            entry["id"] = known[option.key].get("id")
        merged.append(entry)
    return merged


def _relationship(target: str) -> dict[str, Any]:
    return {**RELATIONSHIPS[target], "description": "", "namespace": target, "hasMany": False}
