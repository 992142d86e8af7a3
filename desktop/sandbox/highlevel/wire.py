"""How HighLevel words its refusals, and the whitelists that it checks queries and bodies against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.sandbox.kernel import Answer, Call, Refusal

REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def failure(status: int, message: str | list[str], **more: object) -> Answer:
    """An error body: ``statusCode``, ``message``, ``error`` and what else the case carries."""
    body: dict[str, object] = {"statusCode": status, "message": message}
    if status in REASONS:
        body["error"] = REASONS[status]
    return Answer(status, body | more)


def refuse(status: int, message: str | list[str], **more: object) -> Refusal:
    return Refusal(failure(status, message, **more))


@dataclass(frozen=True, slots=True)
class Key:
    """One allowed key of a body or query. ``kind``: string, number, boolean, object, array, strings, any."""

    kind: str = "string"
    required: bool = False
    nullable: bool = False


Shape = Mapping[str, Key]

_TEXT = {
    "string": "{name} must be a string",
    "number": "{name} must be a number conforming to the specified constraints",
    "boolean": "{name} must be a boolean value",
    "object": "{name} must be an object",
    "array": "{name} must be an array",
    "strings": "each value in {name} must be a string",
}


def _fits(kind: str, value: object) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "strings":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case _:
            return True


def problems(given: Mapping[str, Any], shape: Shape, prefix: str = "") -> list[str]:
    """Every complaint about ``given``, in the platform's words; keys that the shape lacks come first."""
    found = [f"{prefix}property {name} should not exist" for name in given if name not in shape]
    for name, key in shape.items():
        if name not in given:
            if key.required:
                found += _missing(prefix + name, key.kind)
            continue
        value = given[name]
        if value is None and (key.nullable or not key.required):
            continue
        if not _fits(key.kind, value):
            found.append(_TEXT[key.kind].format(name=prefix + name))
        elif key.required and value in ("", None):
            found.append(f"{prefix}{name} should not be empty")
    return found


def _missing(name: str, kind: str) -> list[str]:
    complaint = _TEXT.get(kind)
    return [*([complaint.format(name=name)] if complaint else []), f"{name} should not be empty"]


def check(given: Mapping[str, Any], shape: Shape) -> None:
    """Refuse with 422 and the list of complaints unless ``given`` fits."""
    found = problems(given, shape)
    if found:
        raise refuse(422, found)


def body_of(call: Call, shape: Shape) -> dict[str, Any]:
    """The body of a call, checked; an absent one counts as ``{}``."""
    given = raw_body(call)
    check(given, shape)
    return given


def raw_body(call: Call) -> dict[str, Any]:
    given = call.json()
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise refuse(400, "Request body must be a JSON object")
    return given


def query_of(call: Call, shape: Shape) -> dict[str, str]:
    """The query of a call, checked: every value is a string there."""
    given = call.query
    check(given, shape)
    return given


def whole(text: str | None, name: str, default: int | None = None) -> int:
    """A query value that must be a number, 0 or more."""
    if text is None and default is not None:
        return default
    if text is None or not text.isdigit():
        raise refuse(422, [f"{name} must be a number conforming to the specified constraints"])
    return int(text)


def is_v3(call: Call) -> bool:
    """Whether the call asks for version 3 of the API, which renames some keys."""
    return call.headers.get("version") == "v3"


def not_served() -> Refusal:
    """What the platform says of a call that API tokens may not make."""
    return refuse(401, "This route is not yet supported by the IAM Service. Please update your IAM config.")


LOCATION_QUERY: Shape = {"locationId": Key(required=True)}
