"""Sync files: reading them with a clear word on what is wrong and where, and writing them.

The form is documented by the JSON Schema ``resources/sync-file.schema.json``. A file is foreign until it was
read here: nothing of it is trusted, and a bad one changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar, cast

from desktop.domain.definition import DeleteRule, Endpoint, SideCondition, SyncDefinition
from desktop.domain.errors import InvalidInput, Problem
from desktop.domain.filters import Condition, Operator
from desktop.domain.mapping import Argument, Carry, ConflictRule, Direction, FieldPair, MatchPair, Side, Step
from desktop.domain.schedule import BadSchedule, Schedule, read_schedule

VERSION = 1
MAX_BYTES = 1_000_000

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def read_sync_file(text: str) -> SyncDefinition:
    """Read a sync file.

    :raises InvalidInput: with every problem found, each with its place (``fields[2].right``).
    """
    reader = _Reader()
    definition = reader.definition(_parse(text))
    if reader.problems or definition is None:
        first = reader.problems[0]
        more = f" ({len(reader.problems) - 1} more problems.)" if len(reader.problems) > 1 else ""
        raise InvalidInput(
            f"The sync file can't be used: {first.place}: {first.message}{more}",
            tuple(reader.problems),
            hint="Correct the file and add it again. Nothing was changed.",
            details="\n".join(f"{item.place}: {item.message}" for item in reader.problems),
        )
    return definition


def write_sync_file(definition: SyncDefinition) -> str:
    """The sync file of a definition, as indented JSON."""
    return json.dumps(as_document(definition), indent=2, ensure_ascii=False) + "\n"


def as_document(definition: SyncDefinition) -> dict[str, object]:
    """The sync file of a definition, as JSON data."""
    return {
        "crosswalk": VERSION,
        "name": definition.name,
        "left": {"connection": definition.left.connection, "object": definition.left.object},
        "right": {"connection": definition.right.connection, "object": definition.right.object},
        "direction": definition.direction.value,
        "match": [_pair(pair) for pair in definition.match],
        "fields": [_field(pair) for pair in definition.fields],
        "filter": [_condition(item) for item in definition.filter],
        "conflict": definition.conflict.value,
        "delete": definition.delete.value,
        "delete_limit_percent": definition.delete_limit_percent,
        "schedule": definition.schedule and definition.schedule.as_document(),
    }


def _pair(pair: MatchPair) -> dict[str, object]:
    return {"left": pair.left, "right": pair.right}


def _field(pair: FieldPair) -> dict[str, object]:
    document = _pair(MatchPair(pair.left, pair.right))
    if pair.values:
        document["values"] = dict(pair.values)
    if pair.transform:
        document["transform"] = [{"use": step.use, **step.arguments} for step in pair.transform]
    if pair.carry:
        document["carry"] = _carry(pair.carry)
    if pair.blank_erases:
        document["blank_erases"] = True
    if pair.conflict:
        document["conflict"] = pair.conflict.value
    if pair.one_way:
        document["one_way"] = pair.one_way.value
    return document


def _carry(carry: Carry) -> dict[str, object]:
    return {
        "match": [_pair(pair) for pair in carry.match],
        "fields": [_pair(pair) for pair in carry.fields],
        "create": carry.create,
    }


def _condition(item: SideCondition) -> dict[str, object]:
    document: dict[str, object] = {
        "side": item.side.value,
        "field": item.condition.field,
        "is": item.condition.operator.value,
    }
    if item.condition.operator.takes_value:
        document["value"] = item.condition.value
    return document


def _parse(text: str) -> Mapping[str, object]:
    if len(text.encode()) > MAX_BYTES:
        raise InvalidInput("The sync file is larger than 1 MB, so it can't be one.", hint="Choose another file.")
    try:
        document: object = json.loads(text)
    except ValueError as error:
        raise InvalidInput(
            "This is not a sync file: it is not JSON.",
            hint="Choose a file that Crosswalk exported. A table of records is not a sync.",
            details=str(error),
        ) from None
    except RecursionError:
        raise InvalidInput("This is not a sync file: it is nested too deeply.", hint="Choose another file.") from None
    if not isinstance(document, dict):
        raise InvalidInput("This is not a sync file: it holds no sync.", hint="Choose a file that Crosswalk exported.")
    return cast("Mapping[str, object]", document)


class _Reader:
    """Reads a document and collects what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def definition(self, document: Mapping[str, object]) -> SyncDefinition | None:
        known = {
            *("crosswalk", "name", "left", "right", "direction", "match", "fields", "filter"),
            *("conflict", "delete", "delete_limit_percent", "schedule"),
        }
        self._only(document, known, "")
        if document.get("crosswalk") != VERSION:
            self._say("crosswalk", f"must be {VERSION}: this says that the file is a sync of this form.")
        name = self._text(document, "name", "")
        left = self._endpoint(document, "left")
        right = self._endpoint(document, "right")
        direction = self._enum(Direction, document.get("direction"), "direction")
        match = self._all(document, "match", self._match_pair, at_least=1)
        fields = self._all(document, "fields", self._field_pair)
        filters = self._all(document, "filter", self._side_condition, optional=True)
        conflict = self._enum(ConflictRule, document.get("conflict", "ask"), "conflict")
        delete = self._enum(DeleteRule, document.get("delete", "keep"), "delete")
        schedule = self._schedule(document.get("schedule"))
        limit = self._percent(document.get("delete_limit_percent", 10))
        if left and left == right:
            self._say("right", "is the same object as left.")
        if self.problems or not (name and left and right and direction and conflict and delete):
            return None
        return SyncDefinition(name, left, right, direction, match, fields, filters, conflict, delete, limit, schedule)

    def _schedule(self, item: object) -> Schedule | None:
        try:
            return read_schedule(item)
        except BadSchedule as error:
            self._say(f"schedule.{error.place}" if error.place else "schedule", error.message)
            return None

    def _endpoint(self, document: Mapping[str, object], place: str) -> Endpoint | None:
        data = self._mapping(document.get(place), place)
        if data is None:
            return None
        self._only(data, {"connection", "object"}, place)
        connection = self._text(data, "connection", place)
        object_key = self._text(data, "object", place)
        return Endpoint(connection, object_key) if connection and object_key else None

    def _match_pair(self, item: object, place: str) -> MatchPair | None:
        data = self._mapping(item, place)
        if data is None:
            return None
        self._only(data, {"left", "right"}, place)
        left, right = self._text(data, "left", place), self._text(data, "right", place)
        return MatchPair(left, right) if left and right else None

    def _field_pair(self, item: object, place: str) -> FieldPair | None:
        data = self._mapping(item, place)
        if data is None:
            return None
        self._only(
            data, {"left", "right", "values", "transform", "conflict", "carry", "blank_erases", "one_way"}, place
        )
        left, right = self._text(data, "left", place), self._text(data, "right", place)
        rule = self._enum(ConflictRule, data["conflict"], f"{place}.conflict") if "conflict" in data else None
        one_way = self._enum(Direction, data["one_way"], f"{place}.one_way") if "one_way" in data else None
        if one_way is not None and one_way.two_way:
            self._say(f"{place}.one_way", "must be one of: left_to_right, right_to_left.")
        steps = self._all(data, "transform", self._step, place=place, optional=True)
        values = self._values(data.get("values", {}), f"{place}.values")
        carry = self._carry(data["carry"], f"{place}.carry") if "carry" in data else None
        erases = self._flag(data, "blank_erases", place, default=False)
        if not (left and right):
            return None
        return FieldPair(left, right, values, steps, rule, carry, erases, one_way)

    def _carry(self, item: object, place: str) -> Carry | None:
        data = self._mapping(item, place)
        if data is None:
            return None
        self._only(data, {"match", "fields", "create"}, place)
        match = self._all(data, "match", self._match_pair, place=place, at_least=1)
        fields = self._all(data, "fields", self._match_pair, place=place, optional=True)
        return Carry(match, fields, self._flag(data, "create", place, default=True))

    def _step(self, item: object, place: str) -> Step | None:
        data = self._mapping(item, place)
        if data is None:
            return None
        use = self._text(data, "use", place)
        arguments: dict[str, Argument] = {}
        for key, value in data.items():
            if key == "use":
                continue
            if isinstance(value, str | int | float | bool):
                arguments[key] = value
            else:
                self._say(f"{place}.{key}", "must be text, a number, true or false.")
        return Step(use, arguments) if use else None

    def _side_condition(self, item: object, place: str) -> SideCondition | None:
        data = self._mapping(item, place)
        if data is None:
            return None
        self._only(data, {"side", "field", "is", "value"}, place)
        side = self._enum(Side, data.get("side"), f"{place}.side")
        field = self._text(data, "field", place)
        operator = self._enum(Operator, data.get("is"), f"{place}.is")
        if side is None or field is None or operator is None:
            return None
        value = data.get("value", "")
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if not isinstance(value, str | int | float):
            self._say(f"{place}.value", "must be text or a number.")
            return None
        if operator.takes_value and not str(value).strip():
            self._say(f"{place}.value", f"is missing: “{operator}” compares with something.")
        return SideCondition(side, Condition(field, operator, str(value)))

    def _values(self, item: object, place: str) -> dict[str, str]:
        data = self._mapping(item, place) or {}
        for key, value in data.items():
            if not isinstance(value, str):
                self._say(f"{place}.{key}", "must be text: the option on the right side.")
        return {key: str(value) for key, value in data.items()}

    def _all(
        self,
        document: Mapping[str, object],
        key: str,
        read: Callable[[object, str], T | None],
        *,
        place: str = "",
        at_least: int = 0,
        optional: bool = False,
    ) -> tuple[T, ...]:
        path = f"{place}.{key}" if place else key
        data = document.get(key)
        if data is None and optional:
            return ()
        if not isinstance(data, list):
            self._say(path, "is missing." if data is None else "must be a list.")
            return ()
        items = cast("list[object]", data)
        if len(items) < at_least:
            self._say(path, "must name at least one pair of fields.")
        read_items = [read(item, f"{path}[{index}]") for index, item in enumerate(items)]
        return tuple(item for item in read_items if item is not None)

    def _mapping(self, item: object, place: str) -> Mapping[str, object] | None:
        if isinstance(item, dict):
            return cast("Mapping[str, object]", item)
        self._say(place, "is missing." if item is None else "must be an object in braces.")
        return None

    def _text(self, data: Mapping[str, object], key: str, place: str) -> str | None:
        value = data.get(key)
        path = f"{place}.{key}" if place else key
        if not isinstance(value, str) or not value.strip():
            self._say(path, "is missing." if value in (None, "") else "must be text.")
            return None
        return value.strip()

    def _flag(self, data: Mapping[str, object], key: str, place: str, *, default: bool) -> bool:
        value = data.get(key, default)
        if not isinstance(value, bool):
            self._say(f"{place}.{key}", "must be true or false.")
            return default
        return value

    def _enum(self, kind: type[E], value: object, place: str) -> E | None:
        try:
            return kind(cast("str", value))
        except ValueError:
            choices = ", ".join(item.value for item in kind)
            self._say(place, f"must be one of: {choices}.")
            return None

    def _percent(self, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
            return value
        self._say("delete_limit_percent", "must be a whole number from 0 to 100.")
        return 10

    def _only(self, data: Mapping[str, object], known: set[str], place: str) -> None:
        for key in data:
            if key not in known:
                path = f"{place}.{key}" if place else key
                self._say(path, "is not a known setting. Known are: " + ", ".join(sorted(known)) + ".")

    def _say(self, place: str, message: str) -> None:
        self.problems.append(Problem("invalid_input", message, place=place))
