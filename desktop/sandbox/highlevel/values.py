"""Record properties: what each data type takes on create and on update, and how it is kept.

Source: the vendor's record guides linked from
https://marketplace.gohighlevel.com/docs/ghl/objects/create-object-record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from desktop.sandbox.highlevel.catalogue import MULTIPLE, FieldDef, ObjectDef
from desktop.sandbox.highlevel.wire import refuse

LARGE_TEXT_LIMIT = 12_000
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CURRENCY = re.compile(r"default|[A-Z]{3}")
_FILE_TYPES = {".pdf", ".docx", ".doc", ".jpg", ".jpeg", ".png", ".gif", ".csv", ".xlsx", ".xls"}

Properties = dict[str, Any]


def apply(
    target: ObjectDef, fields: Mapping[str, FieldDef], old: Properties | None, given: Mapping[str, Any]
) -> Properties:
    """The properties after a create (``old`` None) or a partial update; refuses what the platform refuses.

    Unset properties are left out: null and an empty list of options take a property away.
    """
    result = dict(old or {})
    for key, value in given.items():
        _one(fields, result, key, value, creating=old is None)
    required = target.primary.rpartition(".")[2]
    if result.get(required) in (None, ""):
        verb = "create" if old is None else "update"
        raise refuse(
            400,
            f"Missing required properties to {verb} {target.singular} - {required}",
            errorCode="required_property_missing",
            fieldKey=target.primary,
        )
    return result


def _one(fields: Mapping[str, FieldDef], result: Properties, key: str, value: Any, *, creating: bool) -> None:
    name, _, option = key.partition(".")
    definition = fields.get(name)
    if definition is None or bool(option) != (definition.data_type == "TEXTBOX_LIST"):
        raise refuse(400, f"Invalid Key Passed - {key}")
    if option:
        if option not in definition.option_keys():
            raise refuse(400, f"Invalid Key Passed - {key}")
        kept = None if value is None else _text(definition, value)
    elif value is None:
        kept = None
    elif definition.data_type in MULTIPLE:
        kept = _options(definition, result.get(key), value, creating=creating)
    elif definition.data_type == "FILE_UPLOAD":
        kept = _files(definition, result.get(key), value, creating=creating)
    else:
        kept = _CONVERT[definition.data_type](definition, value)
    if kept is None or kept == []:
        result.pop(key, None)
    else:
        result[key] = kept


def _invalid(definition: FieldDef, expected: str) -> Exception:
    return refuse(400, f"Invalid value passed for {definition.key}: {expected}")


def _text(definition: FieldDef, value: Any) -> str:
    if not isinstance(value, str):
        raise _invalid(definition, "it must be a string")
    return value


def _large_text(definition: FieldDef, value: Any) -> str:
    text = _text(definition, value)
    if len(text) > LARGE_TEXT_LIMIT:
        raise refuse(
            400,
            f"{definition.name} exceeds the maximum length of {LARGE_TEXT_LIMIT} characters",
            fieldKey=definition.full_key,
        )
    return text


def _number(definition: FieldDef, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _invalid(definition, "it must be a number")
    return value


def _phone(definition: FieldDef, value: Any) -> str:
    text = _text(definition, value)
    if not _PHONE.fullmatch(text):
        raise _invalid(definition, "it must be a phone number with its country code")
    return text


def _email(definition: FieldDef, value: Any) -> str:
    text = _text(definition, value)
    if not _EMAIL.fullmatch(text):
        raise _invalid(definition, "it must be an email")
    return text


def _money(definition: FieldDef, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or "currency" not in value:
        raise refuse(400, f"{definition.name} is missing a currency code", fieldKey=definition.full_key)
    if set(value) != {"currency", "value"} or not _CURRENCY.fullmatch(str(value["currency"])):
        raise _invalid(definition, "it must hold currency and value")
    return {"currency": value["currency"], "value": _number(definition, value["value"])}


def _date(definition: FieldDef, value: Any) -> str:
    text = _text(definition, value)
    try:
        if len(text) != 10:
            raise ValueError(text)
        date.fromisoformat(text)
    except ValueError:
        raise _invalid(definition, "it must be a date, YYYY-MM-DD") from None
    return text


def _option(definition: FieldDef, value: Any) -> str:
    text = _text(definition, value)
    if text not in definition.option_keys() and not definition.allow_custom_option:
        raise refuse(400, f"Invalid option passed for {definition.key} - {text}", fieldKey=definition.full_key)
    return text


def _options(definition: FieldDef, old: list[str] | None, value: Any, *, creating: bool) -> list[str]:
    if creating:
        if not isinstance(value, list):
            raise _invalid(definition, "it must be an array of option keys")
        return _distinct([_option(definition, item) for item in value])
    added, removed = _delta(definition, value)
    for item in [*added, *removed]:
        _option(definition, item)
    return [item for item in _distinct([*(old or []), *added]) if item not in removed]


def _distinct(items: list[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _delta(definition: FieldDef, value: Any) -> tuple[list[Any], list[Any]]:
    """What an update adds and removes; a plain array, as create takes it, is refused."""
    if not isinstance(value, dict) or not value or set(value) - {"add", "remove"}:
        raise _unexpected(definition)
    if not all(isinstance(part, list) for part in value.values()):
        raise _unexpected(definition)
    return value.get("add", []), value.get("remove", [])


def _unexpected(definition: FieldDef) -> Exception:
    return refuse(422, f"We couldn't apply updates to {definition.name} due to an unexpected format")


def _files(definition: FieldDef, old: list[Any] | None, value: Any, *, creating: bool) -> list[dict[str, Any]]:
    if creating:
        if not isinstance(value, list):
            raise _invalid(definition, "it must be an array of files")
        kept = [_file(definition, item, named=False) for item in value]
    else:
        added, removed = _delta(definition, value)
        gone = {item.get("url") if isinstance(item, dict) else item for item in removed}
        kept = [item for item in old or [] if item["url"] not in gone]
        kept += [_file(definition, item, named=True) for item in added]
    most = definition.max_file_limit or 1
    if len(kept) > most:
        raise refuse(400, f"{definition.name} takes at most {most} files", fieldKey=definition.full_key)
    return kept


def _file(definition: FieldDef, item: Any, *, named: bool) -> dict[str, Any]:
    if not isinstance(item, dict) or not isinstance(item.get("url"), str) or not item["url"]:
        raise _unexpected(definition)
    name = item.get("name")
    if named and not name:
        raise refuse(422, f"name is required for each file of {definition.name}")
    name = str(name or PurePosixPath(item["url"]).name)
    extension = PurePosixPath(name).suffix.lower()
    accepted = definition.accepted_formats or "all"
    if extension not in (_FILE_TYPES if accepted == "all" else {accepted}):
        raise refuse(
            400,
            f"{definition.name} does not accept {extension or 'such'} files",
            fieldKey=definition.full_key,
        )
    return {"url": item["url"], "meta": {"name": name, "extension": extension.lstrip("."), "size": 0}}


_CONVERT: dict[str, Callable[[FieldDef, Any], Any]] = {
    "TEXT": _text,
    "LARGE_TEXT": _large_text,
    "NUMERICAL": _number,
    "PHONE": _phone,
    "EMAIL": _email,
    "MONETORY": _money,
    "DATE": _date,
    "SINGLE_OPTIONS": _option,
    "RADIO": _option,
}
