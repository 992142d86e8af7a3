"""A contact as it is kept, and the ways in which the API takes and shows it.

Kept: the writable keys as given, ``fields`` (V1 field id to value) and lower-case copies of what is
searched without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from desktop.sandbox.clock import iso_ms
from desktop.sandbox.highlevel.documents import Document
from desktop.sandbox.highlevel.location import LISTED, MULTIPLE, LocationField, LocationFields
from desktop.sandbox.highlevel.wire import Key, Shape, refuse
from desktop.sandbox.storage import from_text

Contact = dict[str, Any]

UPDATE: Shape = {
    **{
        name: Key(nullable=True)
        for name in (
            "firstName", "lastName", "name", "email", "phone", "address1", "city", "state", "postalCode",
            "website", "timezone",
            "source", "dateOfBirth", "country", "assignedTo",
        )
    },
    "dnd": Key("boolean"),
    "dndSettings": Key("object"),
    "inboundDndSettings": Key("object"),
    "tags": Key("strings"),
    "customFields": Key("array"),
}  # fmt: skip
CREATE: Shape = {
    **UPDATE,
    "locationId": Key(required=True),
    "gender": Key(),
    "companyName": Key(nullable=True),
}
UPSERT: Shape = {**CREATE, "createNewIfDuplicateAllowed": Key("boolean")}

_PLAIN = tuple(name for name, key in CREATE.items() if key.kind == "string" and name not in ("name", "locationId"))
_SHOWN_NULL = (
    "email", "phone", "companyName", "address1", "city", "state", "postalCode", "country", "website",
    "timezone", "source",
    "dateOfBirth", "assignedTo", "firstNameLowerCase", "lastNameLowerCase", "businessId", "firstName",
    "lastName",
)  # fmt: skip
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE = re.compile(r"(\d{4})[-/._](\d\d)[-/._](\d\d)|(\d\d)[-/._](\d\d)[-/._](\d{4})")
LOWERED = {"firstName": "firstNameLowerCase", "lastName": "lastNameLowerCase", "email": "emailLowerCase"}


def changed(old: Contact, given: Mapping[str, Any], fields: LocationFields) -> Contact:
    """A contact after a write: null and empty text clear, tags are replaced, custom fields are merged by
    id.
    """
    new = dict(old)
    if given.get("name") and not given.get("firstName") and not given.get("lastName"):
        first, _, last = str(given["name"]).strip().partition(" ")
        new |= {"firstName": first, "lastName": last.strip()}
    for name in _PLAIN:
        if name in given:
            new[name] = _plain(name, given[name])
    for name in ("dnd", "dndSettings", "inboundDndSettings"):
        if given.get(name) is not None:
            new[name] = given[name]
    if given.get("tags") is not None:
        new["tags"] = list(dict.fromkeys(given["tags"]))
    if given.get("customFields") is not None:
        new["fields"] = _custom(old.get("fields") or {}, given["customFields"], fields)
    for name, lowered in LOWERED.items():
        new[lowered] = new[name].lower() if new.get(name) else None
    return {name: value for name, value in new.items() if value not in (None, "", {})}


def _plain(name: str, value: Any) -> Any:
    if not value:
        return None
    if name == "email":
        if not _EMAIL.fullmatch(value):
            raise refuse(422, ["email must be an email"])
        return value.strip()
    if name == "phone":
        return phone(value)
    return _birthday(value) if name == "dateOfBirth" else value


def phone(text: str) -> str:
    """A phone number without its punctuation; ten digits are taken as a number of the United States."""
    digits = re.sub(r"[\s().-]", "", text)
    if re.fullmatch(r"\d{10}", digits):
        return f"+1{digits}"
    if not re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        raise refuse(422, ["phone must be a valid phone number"])
    return digits


def _birthday(text: str) -> str:
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month, day, us_month, us_day, us_year = match.groups()
        return date(int(year or us_year), int(month or us_month), int(day or us_day)).isoformat()
    except ValueError:
        raise refuse(422, ["dateOfBirth must be a valid date"]) from None


def _custom(old: Mapping[str, Any], given: list[Any], fields: LocationFields) -> dict[str, Any]:
    kept = dict(old)
    for item in given:
        if not isinstance(item, dict) or not (item.get("id") or item.get("key")):
            raise refuse(422, ["each value in customFields must have id or key"])
        definition = fields.of_contacts(str(item.get("id") or item["key"]))
        if definition is None:
            raise refuse(400, f"Custom field {item.get('id') or item['key']} not found")
        value = item.get("field_value", item.get("fieldValue", item.get("value")))
        if value in (None, "", []):
            kept.pop(definition.id, None)
        else:
            kept[definition.id] = custom_value(definition, value)
    return kept


def custom_value(definition: LocationField, value: Any) -> Any:
    """A V1 field's value, checked: money is a bare number here, options are their texts."""
    kind = definition.data_type
    if kind in ("NUMERICAL", "MONETORY"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _invalid(definition, "it must be a number")
        return value
    if kind in MULTIPLE:
        if not isinstance(value, list):
            raise _invalid(definition, "it must be an array of options")
        return list(dict.fromkeys(_option(definition, item) for item in value))
    if kind == "FILE_UPLOAD":
        return value
    if not isinstance(value, str):
        raise _invalid(definition, "it must be a string")
    if kind in LISTED:
        return _option(definition, value)
    if kind == "DATE":
        return _day(definition, value)
    return value


def _day(definition: LocationField, value: str) -> str:
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        raise _invalid(definition, "it must be a date, YYYY-MM-DD") from None


def _option(definition: LocationField, value: Any) -> str:
    if value not in definition.options:
        raise _invalid(definition, f"{value} is not one of its options")
    return value


def _invalid(definition: LocationField, expected: str) -> Exception:
    return refuse(400, f"Invalid value passed for custom field {definition.name}: {expected}")


def full_name(kept: Contact) -> str:
    return " ".join(part for part in (kept.get("firstName"), kept.get("lastName")) if part)


def shown(item: Document, location: str, fields: LocationFields) -> dict[str, Any]:
    """A contact as reads and writes of one contact answer it: only what is set."""
    kept: Contact = from_text(item.doc)
    values = kept.pop("fields", {})
    name = full_name(kept)
    return {
        "id": item.id,
        "locationId": location,
        "name": name,
        "fullNameLowerCase": name.lower(),
        "type": "lead",
        "dnd": False,
        **kept,
        "tags": kept.get("tags", []),
        "customFields": _listed(values, fields),
        "dateAdded": iso_ms(item.created),
        "dateUpdated": iso_ms(item.updated),
    }


def found(item: Document, location: str, fields: LocationFields) -> dict[str, Any]:
    """A contact as search answers it: unset standard properties are null, further keys from the index."""
    kept: Contact = from_text(item.doc)
    values = kept.pop("fields", {})
    return {
        "id": item.id,
        "locationId": location,
        "contactName": full_name(kept) or None,
        **dict.fromkeys(_SHOWN_NULL),
        "type": "lead",
        "dnd": False,
        **kept,
        "address": kept.get("address1"),
        "additionalEmails": [],
        "additionalPhones": [],
        "followers": [],
        "tags": kept.get("tags", []),
        "customFields": _listed(values, fields),
        "dateAdded": iso_ms(item.created),
        "dateUpdated": iso_ms(item.updated),
    }


def _listed(values: Mapping[str, Any], fields: LocationFields) -> list[dict[str, Any]]:
    return [{"id": id_, "value": value} for id_, value in values.items() if id_ in fields.all]
