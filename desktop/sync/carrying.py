"""References: finding the counterpart of a referenced record on the other side, or planning to make it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from desktop.domain.errors import InvalidInput, Problem
from desktop.domain.mapping import Carry, FieldPair, MatchPair, Side
from desktop.domain.record import Record, title_of
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Value, is_empty, key_text
from desktop.mapping.route import Route
from desktop.mapping.suggest import suggest_fields, suggest_match
from desktop.store import Store
from desktop.sync.endpoint import Place

NEW = "new:"
"""Marks, in a planned reference, the source id of a record whose counterpart is created by the same run."""


@dataclass(frozen=True, slots=True)
class Counterpart:
    """What a referenced record is on the other side: its id there, values to create it with, or a problem."""

    source: Record | None
    target_id: str | None = None
    create: Mapping[str, Value] | None = None
    problem: Problem | None = None


class Carrier:
    """Carries the references of one line of a mapping."""

    def __init__(self, carry: Carry, source: Place, target: Place, target_side: Side) -> None:
        self.source = source
        self.target = target
        self.create = carry.create
        self.matches = _routes(carry.match, source.schema, target.schema, target_side)
        self.lines = (*self.matches, *_routes(carry.fields, source.schema, target.schema, target_side))
        if not self.matches:
            raise InvalidInput(
                f"{source.schema.plural} can't be matched with {target.schema.plural}.",
                hint="Edit the sync and say by which field they are the same.",
            )

    def declare_keys(self, store: Store) -> None:
        """Make both mirrors findable by the fields that match. Runs in a transaction of the store."""
        keys = [route.target.key for route in self.matches]
        store.mirror.ensure_keys(self.target.mirror, self.target.schema, keys)

    def resolve(self, store: Store, source_ids: Iterable[str]) -> dict[str, Counterpart]:
        """The counterparts of referenced records. Runs in a transaction of the store."""
        wanted = sorted(set(source_ids))
        known = store.mirror.get(self.source.mirror, wanted)
        arrivals = {key: self._arrivals(record) for key, record in known.items()}
        found = self._find(store, arrivals)
        return {key: self._counterpart(known.get(key), key, arrivals.get(key), found) for key in wanted}

    def _arrivals(self, record: Record) -> dict[str, Value] | Problem:
        values: dict[str, Value] = {}
        for route in self.lines:
            arrival = route.arrival(record.get(route.source.key))
            if arrival.problem:
                return arrival.problem
            if not is_empty(arrival.value):
                values[route.target.key] = arrival.value
        return values

    def _find(
        self, store: Store, arrivals: Mapping[str, dict[str, Value] | Problem]
    ) -> dict[tuple[str, str], Sequence[str]]:
        found: dict[tuple[str, str], Sequence[str]] = {}
        for route in self.matches:
            field = route.target
            texts = {
                text
                for values in arrivals.values()
                if not isinstance(values, Problem) and (text := key_text(values.get(field.key), field.type))
            }
            hits = store.mirror.find_keys(self.target.mirror, field.key, sorted(texts))
            found.update({(field.key, text): ids for text, ids in hits.items()})
        return found

    def _counterpart(
        self,
        source: Record | None,
        source_id: str,
        values: dict[str, Value] | Problem | None,
        found: Mapping[tuple[str, str], Sequence[str]],
    ) -> Counterpart:
        noun = self.source.schema.label
        if source is None or values is None:
            message = f"The {noun} it refers to ({source_id}) is not in {self.source.connection} any more."
            return Counterpart(None, problem=Problem("not_found", message, "Choose another one there, then retry."))
        name = title_of(source, self.source.schema)
        if isinstance(values, Problem):
            return Counterpart(source, problem=Problem(values.code, f"{noun} {name}: {values.message}", values.hint))
        ids: set[str] | None = None
        for route in self.matches:
            text = key_text(values.get(route.target.key), route.target.type)
            if text is None:
                message = (
                    f"{noun} {name} has no {route.source.label}, so it can't be found in {self.target.connection}."
                )
                return Counterpart(source, problem=Problem("record_refused", message, f"Fill in {route.source.label}."))
            hits = set(found.get((route.target.key, text), ()))
            ids = hits if ids is None else ids & hits
        return self._chosen(source, name, ids or set(), values)

    def _chosen(self, source: Record, name: str, ids: set[str], values: Mapping[str, Value]) -> Counterpart:
        noun = self.target.schema.label
        if len(ids) == 1:
            return Counterpart(source, target_id=next(iter(ids)))
        if ids:
            message = f"{self.target.connection} has {len(ids)} {self.target.schema.plural} that could be {name}."
            return Counterpart(source, problem=Problem("ambiguous", message, "Merge them there, then retry."))
        if not self.create:
            message = f"{self.target.connection} has no {noun} for {name}."
            return Counterpart(source, problem=Problem("not_found", message, f"Create the {noun} there, then retry."))
        return Counterpart(source, create=values)


Carriers = Mapping[tuple[Side, str], Carrier]
"""By the side that a reference goes to, and the key of its field there."""


def default_carry(source: ObjectSchema, target: ObjectSchema, source_side: Side) -> Carry | None:
    """How references are carried where the mapping does not say: matched as suggested, with the names filled in."""
    matches = suggest_match(source, target, source_side=source_side)
    if not matches:
        return None
    used = {matches[0].pair.left, matches[0].pair.right}
    fields = tuple(
        MatchPair(item.pair.left, item.pair.right)
        for item in suggest_fields(source, target, source_side=source_side)
        if item.fit.fit.value == "exact" and item.score >= _SURE and not {item.pair.left, item.pair.right} & used
    )
    return Carry((matches[0].pair,), fields)


_SURE = 95.0


def _routes(
    pairs: Iterable[MatchPair], source: ObjectSchema, target: ObjectSchema, target_side: Side
) -> tuple[Route, ...]:
    routes: list[Route] = []
    for pair in pairs:
        here, there = (pair.left, pair.right) if target_side is Side.RIGHT else (pair.right, pair.left)
        source_field, target_field = source.field(here), target.field(there)
        if source_field is None or target_field is None:
            missing, schema = (here, source) if source_field is None else (there, target)
            raise InvalidInput(
                f"There is no field “{missing}” in {schema.plural}.",
                hint="Edit the sync and choose another field for the reference.",
            )
        routes.append(Route(FieldPair(pair.left, pair.right), source_field, target_field, target_side))
    return tuple(routes)
