"""What a record may hold: values by field type, required fields, relationships.

developers.activecampaign.com/docs/custom-objects: numbers are rounded to the field's ``scale``, amounts to
two decimals with ``currency`` beside ``value``; choices are option texts; anything else is 422. Null is as
good as left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from desktop.sandbox.activecampaign.errors import bad_request, invalid_value, refuse
from desktop.sandbox.activecampaign.query import whole
from desktop.sandbox.activecampaign.schema_rules import is_deleted
from desktop.sandbox.kernel import Refusal

_LARGEST_EXACT = 2**53
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})")

Field = dict[str, Any]


def checked_fields(schema: dict[str, Any], given: object) -> list[Field]:
    """The values to keep, in the order sent. Raises 400 for a wrong shape, 422 with every wrong value, or,
    when there is none, with every required field that is missing.
    """
    if not isinstance(given, list):
        raise bad_request("fields must be a list.")
    definitions = {field["id"]: field for field in schema["fields"] if not is_deleted(field)}
    values: dict[str, Field] = {}
    problems: list[Refusal] = []
    for entry in given:
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            raise bad_request("fields must hold objects with an id and a value.")
        identifier = entry["id"]
        definition = definitions.get(identifier)
        if definition is None:
            problems.append(invalid_value(identifier, f"{identifier} is not defined in the schema."))
        elif identifier in values:
            problems.append(invalid_value(identifier, f"{identifier} was provided more than once."))
        elif entry.get("value") is not None:
            try:
                values[identifier] = {"id": identifier} | _CHECKS[definition["type"]](definition, entry)
            except Refusal as refusal:
                problems.append(refusal)
    if not problems:
        problems = [
            invalid_value(identifier, f"{identifier} is required.")
            for identifier, definition in definitions.items()
            if definition["required"] and identifier not in values
        ]
    if problems:
        raise refuse(422, {"errors": [error for problem in problems for error in _errors(problem)]})
    return list(values.values())


def checked_relationships(schema: dict[str, Any], given: object) -> dict[str, list[str]]:
    """Related ids as text by relationship.

    Raises 400 for a wrong shape, 422 for what the schema does not allow.
    """
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise bad_request("relationships must be an object.")
    known = {relationship["id"] for relationship in schema["relationships"]}
    related: dict[str, list[str]] = {}
    for identifier, targets in given.items():
        path = f"relationships.{identifier}"
        if identifier not in known:
            raise invalid_value(path, f"{identifier} is not defined in the schema.")
        if targets is None:
            continue
        if not isinstance(targets, list) or any(whole(target) is None for target in targets):
            raise invalid_value(path, f"{identifier} must be a list of ids.")
        if len(targets) > 1:
            raise invalid_value(path, f"{identifier} accepts one id only.")
        related[identifier] = [str(whole(target)) for target in targets]
    return related


def _errors(refusal: Refusal) -> list[dict[str, Any]]:
    body: Any = refusal.answer.body
    return body["errors"]


def _text(definition: Field, entry: Field) -> Field:
    if not isinstance(entry["value"], str):
        raise invalid_value(definition["id"], f"{definition['id']} must be a string.")
    return {"value": entry["value"]}


def _number(definition: Field, entry: Field) -> Field:
    value = _finite(definition, entry["value"])
    scale = definition.get("scale")
    return {"value": value if scale is None else _rounded(value, scale)}


def _currency(definition: Field, entry: Field) -> Field:
    value = _rounded(_finite(definition, entry["value"]), 2)
    currency = entry.get("currency") or definition["defaultCurrency"]
    if not isinstance(currency, str) or re.fullmatch(r"[A-Z]{3}", currency) is None:
        raise invalid_value(definition["id"], f"{definition['id']} must have an ISO 4217 currency.")
    return {"value": value, "currency": currency}


def _day(definition: Field, entry: Field) -> Field:
    value = entry["value"]
    try:
        if not isinstance(value, str) or _DAY.fullmatch(value) is None:
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        raise invalid_value(definition["id"], f"{definition['id']} must be a date in the form YYYY-MM-DD.") from None
    return {"value": value}


def _moment(definition: Field, entry: Field) -> Field:
    value = entry["value"]
    try:
        if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
            raise ValueError
        datetime.fromisoformat(value)
    except ValueError:
        detail = f"{definition['id']} must be an ISO 8601 date and time with a zone."
        raise invalid_value(definition["id"], detail) from None
    return {"value": value}


def _choice(definition: Field, entry: Field) -> Field:
    if entry["value"] not in [option["value"] for option in definition["options"]]:
        raise _undefined(definition)
    return {"value": entry["value"]}


def _choices(definition: Field, entry: Field) -> Field:
    value = entry["value"]
    if not isinstance(value, list):
        raise invalid_value(definition["id"], f"{definition['id']} must be a list of strings.")
    options = [option["value"] for option in definition["options"]]
    if any(chosen not in options for chosen in value):
        raise _undefined(definition)
    return {"value": value}


def _undefined(definition: Field) -> Refusal:
    detail = f"{definition['id']} cannot accept a value that is not defined in the schema."
    return invalid_value(definition["id"], detail)


def _finite(definition: Field, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise invalid_value(definition["id"], f"{definition['id']} must be a number.")
    return float(value) if isinstance(value, int) and abs(value) > _LARGEST_EXACT else value


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _rounded(value: int | float, decimals: int) -> int | float:
    if isinstance(value, int):
        return value
    if abs(value) >= _LARGEST_EXACT:
        return value
    step = Decimal(1).scaleb(-decimals)
    context_free = Decimal(repr(value))
    if -int(context_free.as_tuple().exponent) <= decimals:  # type: ignore[arg-type]
        return value if decimals else int(value)
    rounded = context_free.quantize(step, rounding=ROUND_HALF_UP)
    return float(rounded) if decimals else int(rounded)


_CHECKS: dict[str, Callable[[Field, Field], Field]] = {
    "text": _text,
    "textarea": _text,
    "number": _number,
    "currency": _currency,
    "date": _day,
    "datetime": _moment,
    "dropdown": _choice,
    "multiselect": _choices,
}
