"""Trying a mapping on real records: everything is read, nothing is written or remembered."""

from __future__ import annotations

from desktop.domain.definition import Endpoint, SyncDefinition
from desktop.domain.errors import CrosswalkError, Problem
from desktop.domain.filters import all_met
from desktop.domain.mapping import Side
from desktop.domain.query import RecordQuery
from desktop.domain.record import Record, title_of
from desktop.domain.schema import Field
from desktop.domain.values import Value, is_empty
from desktop.mapping.route import Route
from desktop.sync.carrying import Carrier, default_carry
from desktop.sync.comparing import Comparer, Pair
from desktop.sync.endpoint import Place
from desktop.sync.lookup import look_up
from desktop.sync.routes import Itinerary
from desktop.workspace.context import Context
from desktop.workspace.views import TrialField, TrialRecord


class Trial:
    """Reads real records and tells what a sync would do with them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    async def samples(self, endpoint: Endpoint, count: int) -> list[Record]:
        """Some real records: from the mirror, or a first page from the platform where it was never read."""
        place = await self._context.place(endpoint.connection, endpoint.object)
        records = await self._store.read(self._store.mirror.page, place.mirror, RecordQuery(), 0, count)
        if records:
            return records
        async for page in place.connector.read(place.schema):
            return list(page.records[:count])
        return []

    async def run(self, definition: SyncDefinition, plan: Itinerary, count: int) -> list[TrialRecord]:
        """Try the mapping on up to ``count`` records of the source."""
        source = await self._place(definition.endpoint(plan.source))
        target = await self._place(definition.endpoint(plan.target))
        carriers = await self._carriers(plan, source, target)
        records = await self.samples(definition.endpoint(plan.source), count * 4)
        conditions = definition.conditions(plan.source)
        taking_part = [record for record in records if all_met(conditions, record, source.schema.field)]
        trial = _OneByOne(plan, source, target, carriers)
        return [await trial.try_record(record) for record in taking_part[:count]]

    async def _place(self, endpoint: Endpoint) -> Place:
        return await self._context.place(endpoint.connection, endpoint.object)

    async def _carriers(self, plan: Itinerary, source: Place, target: Place) -> dict[str, Carrier]:
        carriers: dict[str, Carrier] = {}
        for route in plan.routes(plan.target):
            if not (route.is_reference and route.source.target and route.target.target):
                continue
            here = await self._context.place(source.connection, route.source.target)
            there = await self._context.place(target.connection, route.target.target)
            carry = route.pair.carry or default_carry(here.schema, there.schema, plan.source)
            if carry is not None:
                carriers[route.target.key] = Carrier(carry, here, there, plan.target)
        return carriers


class _OneByOne:
    """Tries single records against the platforms as they are now."""

    def __init__(self, plan: Itinerary, source: Place, target: Place, carriers: dict[str, Carrier]) -> None:
        self._plan = plan
        self._source = source
        self._target = target
        self._carriers = carriers
        self._comparer = Comparer(plan)
        self._routes = plan.routes(plan.target)
        self._match_routes = plan.match_routes(plan.target)

    async def try_record(self, record: Record) -> TrialRecord:
        title = title_of(record, self._source.schema)
        try:
            return await self._outcome(record, title)
        except CrosswalkError as error:
            return TrialRecord(title, record, "failed", error.message, ())

    async def _outcome(self, record: Record, title: str) -> TrialRecord:
        references = {
            route.target.key: await self._reference(route, record) for route in self._routes if route.is_reference
        }
        fields = tuple(self._field(route, record, references) for route in self._routes)
        problem = next((item.problem for item in fields if item.problem), None)
        if problem:
            return TrialRecord(title, record, "failed", problem, fields)
        arrivals = {item.pair.on(self._plan.target): item.arrives for item in fields}
        keys: list[Field] = [route.target for route in self._match_routes]
        wanted = dict(arrivals)
        for route in self._match_routes:
            wanted[route.target.key] = route.arrival(record.get(route.source.key)).value
        blank = next(
            (route.source.label for route in self._match_routes if is_empty(wanted[route.target.key])),
            None,
        )
        if blank:
            return TrialRecord(title, record, "failed", f"{blank} is blank, so it can't be matched.", fields)
        found = await look_up(self._target, keys, wanted)
        return self._told(record, title, fields, found, references)

    def _told(
        self,
        record: Record,
        title: str,
        fields: tuple[TrialField, ...],
        found: list[Record],
        references: dict[str, frozenset[str] | Problem],
    ) -> TrialRecord:
        name, noun = self._target.connection, self._target.schema.label
        if len(found) > 1:
            said = f"{name} has {len(found)} {self._target.schema.plural} that could be this one, so none is chosen."
            return TrialRecord(title, record, "failed", said, fields)
        if not found:
            missing = [
                item.label
                for item in self._target.schema.fields
                if item.required
                and not any(f.pair.on(self._plan.target) == item.key and not is_empty(f.arrives) for f in fields)
            ]
            if missing:
                return TrialRecord(title, record, "failed", f"{missing[0]} is empty, and {name} requires it.", fields)
            return TrialRecord(title, record, "create", f"A new {noun} would be created in {name}.", fields)
        left, right = (record, found[0]) if self._plan.source is Side.LEFT else (found[0], record)
        outcome = self._comparer.compare(Pair(left, right, None, {self._plan.target: references}))
        writes = outcome.writes[self._plan.target]
        if outcome.problem:
            return TrialRecord(title, record, "failed", outcome.problem.message, fields)
        if writes:
            labels = ", ".join(_label(self._target, key) for key in writes)
            return TrialRecord(
                title, record, "update", f"It is already in {name}; this would change: {labels}.", fields
            )
        if outcome.conflicts:
            labels = ", ".join(line.field(self._plan.target).label for line in outcome.conflicts)
            said = f"It is already in {name} with other values: {labels}. You would be asked about them."
            return TrialRecord(title, record, "unchanged", said, fields)
        return TrialRecord(title, record, "unchanged", f"It is already in {name} and would stay as it is.", fields)

    def _field(self, route: Route, record: Record, references: dict[str, frozenset[str] | Problem]) -> TrialField:
        value = record.get(route.source.key)
        if route.is_reference:
            found = references[route.target.key]
            if isinstance(found, Problem):
                return TrialField(route.pair, value, None, found.message)
            return TrialField(route.pair, value, found, None)
        arrival = route.arrival(value)
        return TrialField(route.pair, value, arrival.value, arrival.problem.message if arrival.problem else None)

    async def _reference(self, route: Route, record: Record) -> frozenset[str] | Problem:
        carrier = self._carriers.get(route.target.key)
        value = record.get(route.source.key)
        if carrier is None or not isinstance(value, frozenset):
            return frozenset()
        ids: set[str] = set()
        for item in sorted(value):
            referenced = await carrier.source.connector.get(carrier.source.schema, item)
            wanted: dict[str, Value] = {
                match.target.key: match.arrival(referenced.get(match.source.key)).value for match in carrier.matches
            }
            blank = next((match for match in carrier.matches if is_empty(wanted[match.target.key])), None)
            if blank is not None:
                name = title_of(referenced, carrier.source.schema)
                message = f"{carrier.source.schema.label} {name} has no {blank.source.label}, so it can't be found."
                return Problem("record_refused", message, f"Fill in {blank.source.label}.")
            found = await look_up(carrier.target, [match.target for match in carrier.matches], wanted)
            if len(found) > 1:
                name = title_of(referenced, carrier.source.schema)
                return Problem("ambiguous", f"{carrier.target.connection} has {len(found)} records for {name}.")
            ids |= {entry.id for entry in found}
        return frozenset(ids)


def _label(place: Place, key: str) -> str:
    field = place.schema.field(key)
    return field.label if field else key
