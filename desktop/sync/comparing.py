"""Comparing one source record with its counterpart: what to write, what to remember, what is in conflict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.domain.errors import Problem
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.values import Json, Value, canonical, is_empty
from desktop.mapping.route import Route
from desktop.store import Link
from desktop.sync.decide import Base, Times, Verdict, decide
from desktop.sync.routes import Itinerary


@dataclass(slots=True)
class Comparison:
    """The outcome for one pair.

    :param writes: values for the target, by its field keys.
    :param conflicts: labels of the target's fields that both sides changed.
    :param problem: why the record can't be written at all.
    """

    writes: dict[str, Value] = field(default_factory=dict[str, Value])
    conflicts: list[str] = field(default_factory=list[str])
    problem: Problem | None = None
    source_base: dict[str, Json] = field(default_factory=dict[str, Json])
    target_base: dict[str, Json] = field(default_factory=dict[str, Json])


References = Mapping[str, frozenset[str] | Problem]
"""For each reference line, by the target's field key: the ids on the other side, or why there are none."""


class Comparer:
    """Compares the pairs of one sync."""

    def __init__(self, itinerary: Itinerary, *, revised: bool = False) -> None:
        self._itinerary = itinerary
        self._revised = revised

    def arrivals(self, source: Record, references: References) -> dict[str, Value] | Problem:
        """What arrives of a source record, by the target's field keys, blanks included."""
        values: dict[str, Value] = {}
        for route in self._itinerary.lines:
            if not source.has(route.source.key):
                continue
            arrived = self._arrival(route, source, references)
            if isinstance(arrived, Problem):
                return arrived
            values[route.target.key] = arrived
        return values

    def compare(self, source: Record, target: Record, link: Link | None, references: References) -> Comparison:
        """Compare a source record with its counterpart, given the link's base where there is a link."""
        outcome = Comparison()
        if link is not None:
            here, there = _bases(link, self._itinerary.source)
            outcome.source_base.update(here)
            outcome.target_base.update(there)
        for route in self._itinerary.lines:
            if not source.has(route.source.key):
                continue
            arrived = self._arrival(route, source, references)
            if isinstance(arrived, Problem):
                if self._carried_before(outcome, route, source):
                    continue
                outcome.problem = arrived
                return outcome
            self._weigh(outcome, route, source, target, arrived)
        return outcome

    def _carried_before(self, outcome: Comparison, route: Route, source: Record) -> bool:
        """Whether a reference is the one that was carried over already: what it refers to need not be found again."""
        key = route.source.key
        known = key in outcome.source_base and route.target.key in outcome.target_base
        return (
            route.is_reference and known and canonical(source.get(key), route.source.type) == outcome.source_base[key]
        )

    def remember(self, outcome: Comparison, source: Record, written: Record) -> None:
        """Take what was written into the base: the source's value, and what the platform made of it."""
        for route in self._itinerary.lines:
            if route.target.key in outcome.writes:
                outcome.source_base[route.source.key] = canonical(source.get(route.source.key), route.source.type)
                value = written.get(route.target.key)
                outcome.target_base[route.target.key] = canonical(value, route.target.type)

    def link(
        self, outcome: Comparison, source_id: str, target_id: str
    ) -> tuple[str, str, dict[str, Json], dict[str, Json]]:
        """Left id, right id and the bases of both sides, in the order of a link."""
        if self._itinerary.source is Side.LEFT:
            return source_id, target_id, outcome.source_base, outcome.target_base
        return target_id, source_id, outcome.target_base, outcome.source_base

    def _weigh(self, outcome: Comparison, route: Route, source: Record, target: Record, arrived: Value) -> None:
        here, there = route.source, route.target
        value, current = source.get(here.key), target.get(there.key)
        known = here.key in outcome.source_base and there.key in outcome.target_base
        base = Base(outcome.source_base.get(here.key), outcome.target_base.get(there.key), known)
        verdict = decide(
            value,
            arrived,
            current,
            base,
            source_type=here.type,
            target_type=there.type,
            rule=self._itinerary.definition.rule(route.pair),
            source_side=self._itinerary.source,
            times=Times(source.updated_at, target.updated_at),
            blank_erases=route.pair.blank_erases,
            revised=self._revised,
        )
        if verdict is Verdict.WRITE:
            if is_empty(arrived) and there.required:
                message = f"{here.label} is blank, and {there.label} is required."
                outcome.problem = Problem("record_refused", message, f"Fill in {here.label}.", place=there.key)
            outcome.writes[there.key] = arrived
        elif verdict is Verdict.CONFLICT:
            outcome.conflicts.append(there.label)
        else:
            outcome.source_base[here.key] = canonical(value, here.type)
            outcome.target_base[there.key] = canonical(current, there.type)

    def _arrival(self, route: Route, source: Record, references: References) -> Value | Problem:
        if route.is_reference:
            found = references.get(route.target.key, frozenset())
            return found or None
        arrival = route.arrival(source.get(route.source.key))
        return arrival.problem or arrival.value


def _bases(link: Link, source: Side) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
    return (link.left_base, link.right_base) if source is Side.LEFT else (link.right_base, link.left_base)
