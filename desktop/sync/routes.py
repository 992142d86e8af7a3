"""A definition made ready for many records: its lines as routes, checked against both schemas."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from desktop.domain.compatibility import Fit
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import InvalidInput, Problem
from desktop.domain.mapping import FieldPair, MatchPair, Side
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.sync_file import as_document
from desktop.mapping.route import Route
from desktop.mapping.transforms import step_problem


@dataclass(frozen=True, slots=True)
class Itinerary:
    """All that a run needs to know of a definition.

    :param matches: the match pairs as routes from source to target, in the definition's order.
    :param lines: the mapped fields as routes, match pairs that are not mapped otherwise included first.
    :param fingerprint: changes when anything that decides about values changes.
    """

    definition: SyncDefinition
    matches: tuple[Route, ...]
    lines: tuple[Route, ...]
    fingerprint: str

    @property
    def source(self) -> Side:
        """The side that is read."""
        return self.definition.direction.source

    @property
    def target(self) -> Side:
        """The side that is written."""
        return self.definition.direction.target


def itinerary(definition: SyncDefinition, left: ObjectSchema, right: ObjectSchema) -> Itinerary:
    """Prepare a definition.

    :raises InvalidInput: with a problem for each line that can't work, its place in the sync file's terms.
    """
    problems: list[Problem] = []
    matches = [
        _match_route(definition, pair, f"match[{index}]", left, right, problems)
        for index, pair in enumerate(definition.match)
    ]
    lines = [
        _line(definition, pair, f"fields[{index}]", left, right, problems)
        for index, pair in enumerate(definition.fields)
    ]
    _check_filters(definition, left, right, problems)
    _check_targets(definition, problems)
    if problems:
        raise _invalid(definition, problems)
    good_matches = tuple(route for route in matches if route is not None)
    good_lines = tuple(route for route in lines if route is not None)
    mapped = {route.target.key for route in good_lines}
    keys = tuple(route for route in good_matches if route.target.key not in mapped and not route.target.read_only)
    return Itinerary(definition, good_matches, (*keys, *good_lines), _fingerprint(definition))


def _match_route(
    definition: SyncDefinition,
    pair: MatchPair,
    place: str,
    left: ObjectSchema,
    right: ObjectSchema,
    problems: list[Problem],
) -> Route | None:
    fields = _fields(pair.left, pair.right, place, left, right, problems)
    if fields is None:
        return None
    source, target = fields if definition.direction.source is Side.LEFT else (fields[1], fields[0])
    route = Route(FieldPair(pair.left, pair.right), source, target, definition.direction.target)
    if route.is_reference or (route.fit.fit is Fit.IMPOSSIBLE and not target.read_only):
        problems.append(Problem("invalid_input", f"records can't be matched by {source.label}.", place=place))
        return None
    return route


def _line(
    definition: SyncDefinition,
    pair: FieldPair,
    place: str,
    left: ObjectSchema,
    right: ObjectSchema,
    problems: list[Problem],
) -> Route | None:
    fields = _fields(pair.left, pair.right, place, left, right, problems)
    said = [
        (f"{place}.transform[{index}]", problem)
        for index, step in enumerate(pair.transform)
        if (problem := step_problem(step))
    ]
    problems.extend(Problem("invalid_input", problem, place=where) for where, problem in said)
    if fields is None or said:
        return None
    source, target = fields if definition.direction.source is Side.LEFT else (fields[1], fields[0])
    route = Route(pair, source, target, definition.direction.target)
    if route.fit.fit is Fit.IMPOSSIBLE:
        problems.append(Problem("invalid_input", route.fit.reason, place=place))
        return None
    return route


def _fields(
    left_key: str,
    right_key: str,
    place: str,
    left: ObjectSchema,
    right: ObjectSchema,
    problems: list[Problem],
) -> tuple[Field, Field] | None:
    found_left, found_right = left.field(left_key), right.field(right_key)
    for side, key, field, schema in (
        ("left", left_key, found_left, left),
        ("right", right_key, found_right, right),
    ):
        if field is None:
            message = f"there is no field “{key}” in {schema.plural}."
            problems.append(Problem("invalid_input", message, place=f"{place}.{side}"))
    return (found_left, found_right) if found_left and found_right else None


def _check_filters(
    definition: SyncDefinition, left: ObjectSchema, right: ObjectSchema, problems: list[Problem]
) -> None:
    for index, item in enumerate(definition.filter):
        schema = left if item.side is Side.LEFT else right
        if schema.field(item.condition.field) is None:
            message = f"there is no field “{item.condition.field}” in {schema.plural}."
            problems.append(Problem("invalid_input", message, place=f"filter[{index}].field"))


def _check_targets(definition: SyncDefinition, problems: list[Problem]) -> None:
    seen: dict[str, int] = {}
    for index, pair in enumerate(definition.fields):
        key = pair.on(definition.direction.target)
        if key in seen:
            message = f"“{key}” is already filled by line {seen[key] + 1}."
            problems.append(Problem("invalid_input", message, place=f"fields[{index}]"))
        seen.setdefault(key, index)


def _invalid(definition: SyncDefinition, problems: list[Problem]) -> InvalidInput:
    first = problems[0]
    more = f" {len(problems) - 1} more lines need a look too." if len(problems) > 1 else ""
    return InvalidInput(
        f"“{definition.name}” can't run: {first.place}: {first.message}{more}",
        tuple(problems),
        hint="Edit the sync and correct its mapping. Nothing was sent.",
        details="\n".join(f"{item.place}: {item.message}" for item in problems),
    )


def _fingerprint(definition: SyncDefinition) -> str:
    document = as_document(definition)
    decisive = {key: document[key] for key in ("left", "right", "direction", "match", "fields", "filter", "conflict")}
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
