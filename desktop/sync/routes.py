"""A definition made ready for many records: its lines as routes, checked against both schemas."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from desktop.domain.compatibility import Fit
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import InvalidInput, Problem
from desktop.domain.mapping import FieldPair, MatchPair, Side
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.sync_file import as_document
from desktop.mapping.route import Route, way_back_problem
from desktop.mapping.transforms import step_problem


@dataclass(frozen=True, slots=True)
class Line:
    """Two fields that belong together, and the ways that values go between them.

    :param to_left: the way from the right to the left, ``None`` where values do not go there.
    """

    pair: FieldPair
    left: Field
    right: Field
    to_left: Route | None
    to_right: Route | None

    def field(self, side: Side) -> Field:
        """The field on a side."""
        return self.left if side is Side.LEFT else self.right

    def route(self, target: Side) -> Route | None:
        """The way to a side."""
        return self.to_left if target is Side.LEFT else self.to_right


@dataclass(frozen=True)
class Itinerary:
    """All that a run needs to know of a definition.

    :param matches: by what records are the same, in the definition's order; each has a way to each written side.
    :param lines: the mapped fields, match pairs that are not mapped otherwise first.
    :param fingerprint: changes when anything that decides about values changes.
    """

    definition: SyncDefinition
    matches: tuple[Line, ...]
    lines: tuple[Line, ...]
    fingerprint: str

    @property
    def source(self) -> Side:
        """The side that values come from; the left one where they come from both."""
        return self.definition.direction.source

    @property
    def target(self) -> Side:
        """The side opposite of the source."""
        return self.definition.direction.target

    @property
    def written(self) -> tuple[Side, ...]:
        """The sides that are written."""
        return self.definition.direction.written

    @property
    def sources(self) -> tuple[Side, ...]:
        """The sides whose records are carried over."""
        return tuple(side.other for side in reversed(self.written))

    @cached_property
    def _routes(self) -> dict[Side, tuple[Route, ...]]:
        return {side: tuple(route for line in self.lines if (route := line.route(side))) for side in Side}

    @cached_property
    def _match_routes(self) -> dict[Side, tuple[Route, ...]]:
        return {side: tuple(route for line in self.matches if (route := line.route(side))) for side in Side}

    def routes(self, target: Side) -> tuple[Route, ...]:
        """The ways of the mapped fields to a side."""
        return self._routes[target]

    def match_routes(self, target: Side) -> tuple[Route, ...]:
        """The ways of the match fields to a side, in the definition's order."""
        return self._match_routes[target]


def itinerary(definition: SyncDefinition, left: ObjectSchema, right: ObjectSchema) -> Itinerary:
    """Prepare a definition.

    :raises InvalidInput: with a problem for each line that can't work, its place in the sync file's terms.
    """
    drawing = _Drawing(definition, left, right)
    matches = [drawing.match(pair, f"match[{index}]") for index, pair in enumerate(definition.match)]
    lines = [drawing.line(pair, f"fields[{index}]") for index, pair in enumerate(definition.fields)]
    drawing.check_filters()
    drawing.check_targets()
    if drawing.problems:
        raise _invalid(definition, drawing.problems)
    good_matches = tuple(line for line in matches if line is not None)
    good_lines = tuple(line for line in lines if line is not None)
    return Itinerary(
        definition, good_matches, (*_keys(good_matches, good_lines), *good_lines), _fingerprint(definition)
    )


def _keys(matches: tuple[Line, ...], lines: tuple[Line, ...]) -> list[Line]:
    """Match pairs as lines of the mapping, each way where nothing else fills the field and it can be written."""
    filled = {(side, line.field(side).key) for line in lines for side in Side if line.route(side)}
    keys: list[Line] = []
    for line in matches:
        ways = {
            side: None if (side, line.field(side).key) in filled or line.field(side).read_only else line.route(side)
            for side in Side
        }
        if any(ways.values()):
            keys.append(Line(line.pair, line.left, line.right, ways[Side.LEFT], ways[Side.RIGHT]))
    return keys


class _Drawing:
    """Draws the lines of a definition and collects what is wrong with them."""

    def __init__(self, definition: SyncDefinition, left: ObjectSchema, right: ObjectSchema) -> None:
        self._definition = definition
        self._schemas = {Side.LEFT: left, Side.RIGHT: right}
        self.problems: list[Problem] = []

    def match(self, pair: MatchPair, place: str) -> Line | None:
        fields = self._fields(pair.left, pair.right, place)
        if fields is None:
            return None
        line = self._drawn(FieldPair(pair.left, pair.right), *fields, self._definition.direction.written)
        for side in self._definition.direction.written:
            route = line.route(side)
            if route and (route.is_reference or (route.fit.fit is Fit.IMPOSSIBLE and not route.target.read_only)):
                self._say(place, f"records can't be matched by {route.source.label}.")
                return None
        return line

    def line(self, pair: FieldPair, place: str) -> Line | None:
        fields = self._fields(pair.left, pair.right, place)
        said = [(index, problem) for index, step in enumerate(pair.transform) if (problem := step_problem(step))]
        for index, problem in said:
            self._say(f"{place}.transform[{index}]", problem)
        if fields is None or said:
            return None
        written = tuple(side for side in Side if self._definition.writes(pair, side))
        if not written:
            self._say(place, "goes the way that the sync does not go.")
            return None
        line = self._drawn(pair, *fields, written)
        problem = self._line_problem(line)
        if problem:
            self._say(place, problem)
            return None
        return line

    def _line_problem(self, line: Line) -> str | None:
        if line.to_left and line.to_right and (problem := way_back_problem(line.pair)):
            return f"{problem} Let this line go one way only."
        for route in (line.to_left, line.to_right):
            if route and route.fit.fit is Fit.IMPOSSIBLE:
                both = line.to_left is not None and line.to_right is not None
                return f"{route.fit.reason} Let this line go one way only." if both else route.fit.reason
        return None

    def _drawn(self, pair: FieldPair, left: Field, right: Field, written: tuple[Side, ...]) -> Line:
        both_ways = len(written) == len(Side)
        to_left = Route(pair, right, left, Side.LEFT, back=both_ways) if Side.LEFT in written else None
        to_right = Route(pair, left, right, Side.RIGHT) if Side.RIGHT in written else None
        return Line(pair, left, right, to_left, to_right)

    def _fields(self, left_key: str, right_key: str, place: str) -> tuple[Field, Field] | None:
        found: list[Field] = []
        for side, key in ((Side.LEFT, left_key), (Side.RIGHT, right_key)):
            field = self._schemas[side].field(key)
            if field is None:
                self._say(f"{place}.{side}", f"there is no field “{key}” in {self._schemas[side].plural}.")
            else:
                found.append(field)
        return (found[0], found[1]) if len(found) == 2 else None

    def check_filters(self) -> None:
        """Refuse conditions on fields that are not there."""
        for index, item in enumerate(self._definition.filter):
            schema = self._schemas[item.side]
            if schema.field(item.condition.field) is None:
                message = f"there is no field “{item.condition.field}” in {schema.plural}."
                self._say(f"filter[{index}].field", message)

    def check_targets(self) -> None:
        """Refuse two lines that fill the same field."""
        seen: dict[tuple[Side, str], int] = {}
        for index, pair in enumerate(self._definition.fields):
            for side in self._definition.direction.written:
                key = (side, pair.on(side))
                if not self._definition.writes(pair, side):
                    continue
                if key in seen:
                    self._say(f"fields[{index}]", f"“{key[1]}” is already filled by line {seen[key] + 1}.")
                seen.setdefault(key, index)

    def _say(self, place: str, message: str) -> None:
        self.problems.append(Problem("invalid_input", message, place=place))


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
