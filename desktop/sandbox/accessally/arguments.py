"""What a route's parameters may be, and reading them from the query, a JSON body or a form.

developer.wordpress.org/rest-api/extending-the-rest-api/routes-and-endpoints/#arguments and
.../schema/: a value is first validated against its schema, then sanitized; every wrong one is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from desktop.sandbox.accessally.errors import Problem, invalid_params, missing_params, refuse
from desktop.sandbox.kernel import Call

Check = Callable[[Any], Any]
"""Makes of a valid value the one that is kept. Raises :class:`Wrong`."""

_SEPARATORS = re.compile(r"[\s,]+")
_NUMBER = re.compile(r"[ \t\n\r\v\f]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t\n\r\v\f]*")
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z0-9]"
)


class Wrong(Exception):
    """A value is not what its schema asks for."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Arg:
    """One parameter of a route; ``items`` is the kind of a list's elements, ``max_items`` how many it may have."""

    name: str
    kind: str = "string"
    items: str = ""
    max_items: int | None = None
    default: object = None
    enum: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    min_length: int = 0
    pattern: str = ""
    email: bool = False
    required: bool = False
    check: Check | None = None

    def schema(self) -> dict[str, object]:
        """The parameter as the answer to OPTIONS tells it."""
        told: dict[str, object] = {"type": self.kind}
        optional = {
            "items": {"type": self.items} if self.items else None,
            "maxItems": self.max_items,
            "default": self.default,
            "enum": list(self.enum) or None,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "format": "email" if self.email else None,
        }
        return told | {key: value for key, value in optional.items() if value is not None} | {"required": self.required}


CONTEXT = Arg("context", enum=("view", "embed", "edit"), default="view")


def read(call: Call, args: Sequence[Arg], given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The parameters of a call by name, with defaults; one that was not sent and has none is absent.

    Raises a refusal that names what is missing, else everything that is wrong.
    """
    raw = parameters(call) if given is None else given
    missing = [arg.name for arg in args if arg.required and raw.get(arg.name) is None]
    if missing:
        raise missing_params(missing)
    values: dict[str, Any] = {}
    _each(args, raw, values, lambda arg, value: valid(value, arg, arg.name))
    checked = dict(values)
    _each(args, values, checked, lambda arg, value: arg.check(value) if arg.check else value)
    return {arg.name: arg.default for arg in args if arg.default is not None} | checked


def _each(
    args: Sequence[Arg], source: Mapping[str, Any], target: dict[str, Any], step: Callable[[Arg, Any], Any]
) -> None:
    problems: dict[str, Problem] = {}
    for arg in args:
        if arg.name not in source:
            continue
        try:
            target[arg.name] = step(arg, source[arg.name])
        except Wrong as wrong:
            problems[arg.name] = wrong.problem
    if problems:
        raise invalid_params(problems)


def parameters(call: Call) -> dict[str, Any]:
    """What was sent: the body wins over the query."""
    sent = nested(call.query_all)
    if call.method in ("GET", "HEAD", "OPTIONS"):
        return sent
    kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return sent | _json(call)
    if kind == "application/x-www-form-urlencoded":
        return sent | nested(parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True))
    return sent


def _json(call: Call) -> dict[str, Any]:
    try:
        body = call.json()
    except msgspec.DecodeError:
        raise refuse(
            "rest_invalid_json",
            "Invalid JSON body passed.",
            json_error_code=4,
            json_error_message="Syntax error",
        ) from None
    return body if isinstance(body, dict) else {}


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Names with brackets as PHP reads them: ``include[]=1`` is the list of ``"1"``, ``meta[a]=b`` an object."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        keys = _BRACKETS.findall(name[len(head) :]) if bracket else []
        _put(found, [head, *keys], value)
    return {name: _listed(value) for name, value in found.items()}


def _put(place: dict[str, Any], keys: Sequence[str], value: str) -> None:
    key = keys[0] if keys[0] or not place else str(len(place))
    key = key or "0"
    if len(keys) == 1:
        place[key] = value
        return
    inner = place.get(key)
    if not isinstance(inner, dict):
        inner = place[key] = {}
    _put(inner, keys[1:], value)


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(part) for key, part in value.items()}
    return list(inner.values()) if list(inner) == [str(index) for index in range(len(inner))] else inner


def valid(value: Any, arg: Arg, place: str) -> Any:
    """The value in its kind. Raises :class:`Wrong`."""
    value = of_kind(value, arg.kind, place)
    if arg.kind == "array":
        value = [of_kind(item, arg.items, f"{place}[{index}]") for index, item in enumerate(value)]
        if arg.max_items is not None and len(value) > arg.max_items:
            raise Wrong(Problem("rest_too_many_items", f"{place} must contain at most {arg.max_items} items."))
    if arg.enum and value not in arg.enum:
        raise Wrong(Problem("rest_not_in_enum", f"{place} is not one of {_either(arg.enum)}."))
    if arg.minimum is not None and not _within(value, arg.minimum, arg.maximum):
        raise Wrong(Problem("rest_out_of_bounds", f"{place} must be {_bounds(arg.minimum, arg.maximum)}"))
    if len(str(value)) < arg.min_length:
        plural = "" if arg.min_length == 1 else "s"
        raise Wrong(Problem("rest_too_short", f"{place} must be at least {arg.min_length} character{plural} long."))
    if arg.pattern and re.search(arg.pattern, str(value)) is None:
        raise Wrong(Problem("rest_invalid_pattern", f"{place} does not match pattern {arg.pattern}."))
    if arg.email and not is_email(value):
        raise Wrong(Problem("rest_invalid_email", "Invalid email address."))
    return value


def of_kind(value: Any, kind: str, place: str) -> Any:
    """The value as one of this kind: what comes as text from a query is converted. Raises :class:`Wrong`."""
    match kind:
        case "any":
            return value
        case "string" if isinstance(value, str):
            return value
        case "integer" if is_numeric(value) and float(value).is_integer():
            return int(float(value))
        case "number" if is_numeric(value):
            return float(value)
        case "boolean":
            known = _BOOLEANS.get(value.lower() if isinstance(value, str) else value) if _scalar(value) else None
            if known is not None:
                return known
        case "array" if isinstance(value, list):
            return value
        case "array" if _scalar(value):
            return [part for part in _SEPARATORS.split(_text(value)) if part]
        case "object" if isinstance(value, dict) or value in ([], ""):
            return value or {}
        case _:
            pass
    raise Wrong(Problem("rest_invalid_type", f"{place} is not of type {kind}.", {"param": place}))


_BOOLEANS = {"true": True, "1": True, 1: True, "false": False, "0": False, 0: False}


def is_numeric(value: object) -> bool:
    """A number or a text that is one; true and false are none."""
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_email(value: object) -> bool:
    """WordPress's own idea of an address: ASCII, with a domain of two parts or more."""
    return isinstance(value, str) and len(value) >= 6 and _EMAIL.fullmatch(value) is not None


def _scalar(value: object) -> bool:
    return isinstance(value, str | int | float)


def _text(value: object) -> str:
    """A scalar as PHP makes text of it."""
    return ("1" if value else "") if isinstance(value, bool) else str(value)


def _within(value: Any, minimum: int, maximum: int | None) -> bool:
    return value >= minimum and (maximum is None or value <= maximum)


def _bounds(minimum: int, maximum: int | None) -> str:
    if maximum is None:
        return f"greater than or equal to {minimum}"
    return f"between {minimum} (inclusive) and {maximum} (inclusive)"


def _either(words: Sequence[str]) -> str:
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"
