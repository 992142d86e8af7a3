"""Comparing a pair of records: what to write on each side, what to remember, what is in conflict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from desktop.domain.conflict import Decision
from desktop.domain.errors import Problem
from desktop.domain.mapping import Side
from desktop.domain.record import Record, display
from desktop.domain.values import Json, Value, canonical, is_empty
from desktop.mapping.route import Arrival, Route
from desktop.store import Link
from desktop.sync.decide import Base, Cell, Rules, Times, Verdict, decide
from desktop.sync.routes import Itinerary, Line

References = Mapping[str, frozenset[str] | Problem]
"""For each reference that goes to a side, by the field's key there: the ids there, or why there are none."""

Decisions = Mapping[tuple[str, str], Decision]
"""What a person decided, by the keys of the left and the right field."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that are the same thing, and what is known of them.

    :param references: by the side that they go to.
    :param decisions: of fields whose values are still what they were when a person decided.
    """

    left: Record
    right: Record
    link: Link | None = None
    references: Mapping[Side, References] = field(default_factory=dict[Side, References])
    decisions: Decisions = field(default_factory=dict[tuple[str, str], Decision])

    def on(self, side: Side) -> Record:
        """The record on a side."""
        return self.left if side is Side.LEFT else self.right


@dataclass(slots=True)
class Comparison:
    """The outcome for one pair.

    :param writes: values to write, by side and field key.
    :param conflicts: lines that both sides changed and a person has to decide.
    :param problem: why the pair can't be written at all.
    :param bases: what both sides agree on anew, by side and field key: changes to the link's base.
    """

    writes: dict[Side, dict[str, Value]] = field(default_factory=lambda: {side: {} for side in Side})
    conflicts: list[Line] = field(default_factory=list[Line])
    problem: Problem | None = None
    bases: dict[Side, dict[str, Json]] = field(default_factory=lambda: {side: {} for side in Side})


class Comparer:
    """Compares the pairs of one sync.

    :param revised: whether the mapping has changed since the links' bases were stored.
    """

    def __init__(self, itinerary: Itinerary, *, revised: bool = False) -> None:
        self._itinerary = itinerary
        self._revised = revised

    def arrivals(self, source: Record, target: Side, references: References) -> dict[str, Value] | Problem:
        """What arrives of a record on the other side, by the field keys there, blanks included."""
        values: dict[str, Value] = {}
        for route in self._itinerary.routes(target):
            if not source.has(route.source.key):
                continue
            arrival = _arrival(route, source, references)
            if arrival.problem:
                return arrival.problem
            values[route.target.key] = arrival.value
        return values

    def compare(self, pair: Pair) -> Comparison:
        """Compare two records, given the link's base where there is a link."""
        outcome = Comparison()
        for line in self._itinerary.lines:
            cell = _cell(line, pair)
            if cell is None or _carried_before(line, pair):
                continue
            self._weigh(outcome, line, pair, cell)
            if outcome.problem:
                return outcome
        return outcome

    def remember(self, outcome: Comparison, side: Side, source: Record, written: Record) -> None:
        """Take what was written on a side into the base: the source's value, and what the platform made of it."""
        for line in self._itinerary.lines:
            here, there = line.field(side), line.field(side.other)
            if line.route(side) is not None and here.key in outcome.writes[side]:
                outcome.bases[side.other][there.key] = canonical(source.get(there.key), there.type)
                outcome.bases[side][here.key] = canonical(written.get(here.key), here.type)

    def changed_since(self, side: Side, record: Record, link: Link) -> list[str]:
        """Labels of the mapped fields of a side that are not what both sides last agreed on."""
        base = link.base_on(side)
        labels: list[str] = []
        for line in self._itinerary.lines:
            here = line.field(side)
            if record.has(here.key) and canonical(record.get(here.key), here.type) != base.get(here.key):
                labels.append(here.label)
        return labels

    def _weigh(self, outcome: Comparison, line: Line, pair: Pair, cell: Cell) -> None:
        decision = pair.decisions.get((line.left.key, line.right.key))
        if decision is not None:
            self._obey(outcome, line, cell, decision)
            return
        rules = Rules(self._itinerary.definition.rule(line.pair), line.pair.blank_erases, self._revised)
        verdict = decide(cell, _base(line, pair.link), rules, Times(pair.left.updated_at, pair.right.updated_at))
        match verdict:
            case Verdict.TO_LEFT:
                _write(outcome, line, cell, Side.LEFT)
            case Verdict.TO_RIGHT:
                _write(outcome, line, cell, Side.RIGHT)
            case Verdict.CONFLICT:
                outcome.conflicts.append(line)
            case _:
                _agree(outcome, line, cell)

    def _obey(self, outcome: Comparison, line: Line, cell: Cell, decision: Decision) -> None:
        """Do what a person decided; where a line does not go that way, both values stand."""
        if decision is Decision.BOTH:
            text = both_texts(cell.left, cell.right)
            for side in self._itinerary.written:
                if line.route(side) is not None:
                    outcome.writes[side][line.field(side).key] = text
            return
        side = Side(decision.value).other
        if line.route(side) is None:
            _agree(outcome, line, cell)
        else:
            _write(outcome, line, cell, side)


def renewed_link(
    link: Link | None, left_id: str, right_id: str, bases: Mapping[Side, Mapping[str, Json]], at: datetime
) -> Link:
    """The link of a pair with what both sides agree on anew."""
    old_left: Mapping[str, Json] = link.left_base if link else {}
    old_right: Mapping[str, Json] = link.right_base if link else {}
    return Link(left_id, right_id, {**old_left, **bases[Side.LEFT]}, {**old_right, **bases[Side.RIGHT]}, at)


def both_texts(left: Value, right: Value) -> str:
    """Two texts as one, the left one first; a text that holds the other already stands alone."""
    one, other = display(left).strip(), display(right).strip()
    if other in one:
        return one
    return other if one in other else f"{one}\n{other}"


def _cell(line: Line, pair: Pair) -> Cell | None:
    """The line's field as it is in a pair, ``None`` where it was not read on the side that it comes from."""
    for side in Side:
        if line.route(side.other) is not None and not pair.on(side).has(line.field(side).key):
            return None
    return Cell(
        pair.left.get(line.left.key),
        pair.right.get(line.right.key),
        line.left.type,
        line.right.type,
        line.to_left and _arrival(line.to_left, pair.right, pair.references.get(Side.LEFT, {})),
        line.to_right and _arrival(line.to_right, pair.left, pair.references.get(Side.RIGHT, {})),
    )


def _arrival(route: Route, source: Record, references: References) -> Arrival:
    if route.is_reference:
        found = references.get(route.target.key, frozenset())
        return Arrival(problem=found) if isinstance(found, Problem) else Arrival(found or None)
    return route.arrival(source.get(route.source.key))


def _carried_before(line: Line, pair: Pair) -> bool:
    """Whether a reference is the one that was carried over already: what it refers to need not be found again."""
    base = _base(line, pair.link)
    if not base.known:
        return False
    routes = [(side, route) for side in Side if (route := line.route(side)) is not None]
    return all(
        route.is_reference
        and isinstance(pair.references.get(side, {}).get(route.target.key), Problem)
        and canonical(pair.on(side.other).get(route.source.key), route.source.type) == _of(base, side.other)
        for side, route in routes
    )


def _base(line: Line, link: Link | None) -> Base:
    if link is None or line.left.key not in link.left_base or line.right.key not in link.right_base:
        return Base(None, None, known=False)
    return Base(link.left_base[line.left.key], link.right_base[line.right.key], known=True)


def _of(base: Base, side: Side) -> Json:
    return base.left if side is Side.LEFT else base.right


def _agree(outcome: Comparison, line: Line, cell: Cell) -> None:
    outcome.bases[Side.LEFT][line.left.key] = canonical(cell.left, line.left.type)
    outcome.bases[Side.RIGHT][line.right.key] = canonical(cell.right, line.right.type)


def _write(outcome: Comparison, line: Line, cell: Cell, side: Side) -> None:
    arrival = cell.arrival(side) or Arrival()
    here, there = line.field(side), line.field(side.other)
    if arrival.problem:
        outcome.problem = arrival.problem
    elif is_empty(arrival.value) and here.required:
        message = f"{there.label} is blank, and {here.label} is required."
        outcome.problem = Problem("record_refused", message, f"Fill in {there.label}.", place=here.key)
    else:
        outcome.writes[side][here.key] = arrival.value
