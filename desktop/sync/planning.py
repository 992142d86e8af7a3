"""Planning: from source records to changes, batch by batch, with memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from desktop.domain.change import Action, Change, ChangeState, FieldChange
from desktop.domain.errors import Problem
from desktop.domain.filters import all_met
from desktop.domain.mapping import Side
from desktop.domain.record import Record, title_of
from desktop.domain.values import Json, Value, is_empty, to_json
from desktop.store import DueRow, Link, Store
from desktop.sync.carrying import NEW, Carrier, Counterpart
from desktop.sync.comparing import Comparer, References
from desktop.sync.endpoint import Places
from desktop.sync.matching import Matcher
from desktop.sync.routes import Itinerary


@dataclass(slots=True)
class Tally:
    """Counts of a plan, as it grows."""

    compared: int = 0
    filtered: int = 0
    creates: int = 0
    updates: int = 0
    updates_of_linked: int = 0
    carried: int = 0
    matched: int = 0
    unchanged: int = 0
    failed: int = 0
    failed_linked: int = 0
    conflicts: int = 0


@dataclass(slots=True)
class _Batch:
    changes: list[Change] = field(default_factory=list[Change])
    links: list[Link] = field(default_factory=list[Link])
    due: list[DueRow] = field(default_factory=list[DueRow])
    settled: list[str] = field(default_factory=list[str])


class Planner:
    """Plans one run. Its methods run inside a transaction of the store.

    :param keep: whether links that need no write are stored as they are found; a preview keeps nothing.
    :param recreate: whether counterparts that were deleted there are made again.
    """

    def __init__(
        self,
        store: Store,
        sync_id: int,
        run_id: str,
        places: Places,
        itinerary: Itinerary,
        comparer: Comparer,
        carriers: Mapping[str, Carrier],
        now: datetime,
        *,
        keep: bool,
        recreate: bool = False,
    ) -> None:
        self._store = store
        self._sync_id = sync_id
        self._run_id = run_id
        self._places = places
        self._itinerary = itinerary
        self._comparer = comparer
        self._carriers = carriers
        self._matcher = Matcher(store, sync_id, places, itinerary)
        self._now = now
        self._keep = keep
        self._recreate = recreate
        self._next_id = 1
        self._being_created: set[str] = set()
        self.tally = Tally()

    @property
    def planned(self) -> int:
        """Changes that are to be written."""
        return self.tally.creates + self.tally.updates + self.tally.carried

    def plan(self, sources: Sequence[Record]) -> None:
        """Plan the changes that a batch of source records calls for, and put them in the journal."""
        batch = _Batch()
        taking_part = [record for record in sources if self._takes_part(record)]
        self.tally.compared += len(sources)
        self.tally.filtered += len(sources) - len(taking_part)
        links, targets, problems = self._matcher.match(taking_part, recreate=self._recreate)
        counterparts = self._resolve(taking_part)
        for source in taking_part:
            references = self._references(source, counterparts, batch)
            link = links.get(source.id)
            if source.id in problems:
                self._fail(batch, source, link, problems[source.id])
            elif source.id in targets:
                self._pair(batch, source, targets[source.id], link, references)
            else:
                self._create(batch, source, references)
        self._write(batch)

    def _takes_part(self, record: Record) -> bool:
        schema = self._places.on(self._itinerary.source).schema
        return all_met(self._itinerary.definition.conditions(self._itinerary.source), record, schema.field)

    def _resolve(self, sources: Sequence[Record]) -> dict[str, dict[str, Counterpart]]:
        resolved: dict[str, dict[str, Counterpart]] = {}
        for route in self._itinerary.lines:
            if route.is_reference:
                ids = {item for record in sources for item in _ids(record.get(route.source.key))}
                resolved[route.target.key] = self._carriers[route.target.key].resolve(self._store, ids)
        return resolved

    def _references(
        self, source: Record, counterparts: Mapping[str, Mapping[str, Counterpart]], batch: _Batch
    ) -> References:
        """The references of one record; missing counterparts are planned, each once."""
        found: dict[str, frozenset[str] | Problem] = {}
        for route in self._itinerary.lines:
            if not route.is_reference:
                continue
            known = counterparts[route.target.key]
            ids: set[str] = set()
            problem: Problem | None = None
            for item in _ids(source.get(route.source.key)):
                counterpart = known[item]
                problem = problem or counterpart.problem
                if counterpart.target_id:
                    ids.add(counterpart.target_id)
                elif counterpart.create is not None and counterpart.source is not None:
                    ids.add(NEW + item)
                    self._carry(batch, self._carriers[route.target.key], counterpart.source, counterpart.create)
            if len(ids) > 1 and not route.target.many:
                message = f"{route.source.label} has {len(ids)} records, and {route.target.label} takes one."
                problem = problem or Problem("record_refused", message, "Leave one of them, then retry.")
            found[route.target.key] = problem or frozenset(ids)
        return found

    def _carry(self, batch: _Batch, carrier: Carrier, source: Record, values: Mapping[str, Value]) -> None:
        if source.id in self._being_created:
            return
        self._being_created.add(source.id)
        self.tally.carried += 1
        title = title_of(source, carrier.source.schema)
        fields = {key: FieldChange(None, to_json(value)) for key, value in values.items()}
        batch.changes.append(self._change(Action.CREATE, source.id, None, title, fields, carrier.target.schema.key))

    def _pair(self, batch: _Batch, source: Record, target: Record, link: Link | None, references: References) -> None:
        if not all_met(
            self._itinerary.definition.conditions(self._itinerary.target),
            target,
            self._places.on(self._itinerary.target).schema.field,
        ):
            self.tally.filtered += 1
            return
        outcome = self._comparer.compare(source, target, link, references)
        if outcome.problem:
            self._fail(batch, source, link, outcome.problem)
            return
        self.tally.conflicts += len(outcome.conflicts)
        if outcome.conflicts:
            batch.due.append(self._due(source, self._conflict(outcome.conflicts)))
        else:
            batch.settled.append(source.id)
        if not outcome.writes:
            self._agree(batch, link, self._comparer.link(outcome, source.id, target.id))
            return
        fields = {key: FieldChange(to_json(target.get(key)), to_json(value)) for key, value in outcome.writes.items()}
        self.tally.updates += 1
        self.tally.updates_of_linked += link is not None
        batch.changes.append(self._change(Action.UPDATE, source.id, target.id, self._title(source), fields))

    def _agree(
        self, batch: _Batch, link: Link | None, found: tuple[str, str, dict[str, Json], dict[str, Json]]
    ) -> None:
        left_id, right_id, left_base, right_base = found
        self.tally.unchanged += 1
        self.tally.matched += link is None
        if link is None or link.left_base != left_base or link.right_base != right_base:
            batch.links.append(Link(left_id, right_id, left_base, right_base, self._now))

    def _create(self, batch: _Batch, source: Record, references: References) -> None:
        target = self._places.on(self._itinerary.target)
        arrivals = self._comparer.arrivals(source, references)
        if isinstance(arrivals, Problem):
            self._fail(batch, source, None, arrivals)
            return
        refusal = target.schema.refusals.get("create")
        missing = [item for item in target.schema.fields if item.required and is_empty(arrivals.get(item.key))]
        if refusal or missing:
            message = refusal or f"{missing[0].label} is empty, and {target.connection} requires it."
            self._fail(batch, source, None, Problem("record_refused", message, "Fill it in, or map another field."))
            return
        values = {key: value for key, value in arrivals.items() if not is_empty(value)}
        fields = {key: FieldChange(None, to_json(value)) for key, value in values.items()}
        self.tally.creates += 1
        batch.settled.append(source.id)
        batch.changes.append(self._change(Action.CREATE, source.id, None, self._title(source), fields))

    def _fail(self, batch: _Batch, source: Record, link: Link | None, problem: Problem) -> None:
        self.tally.failed += 1
        self.tally.failed_linked += link is not None
        target_id = _target_id(link, self._itinerary.source) if link else None
        change = self._change(
            Action.UPDATE if link else Action.CREATE,
            source.id,
            target_id,
            self._title(source),
            {},
            problem=problem,
        )
        batch.changes.append(change)
        batch.due.append(self._due(source, problem))

    def _conflict(self, labels: Sequence[str]) -> Problem:
        names = ", ".join(labels)
        return Problem(
            "conflict",
            f"{names} changed on both sides.",
            "Make both sides equal, or let the sync's rules say which side wins.",
        )

    def _due(self, source: Record, problem: Problem) -> DueRow:
        return DueRow(self._itinerary.source, source.id, self._title(source), problem, self._run_id, 1, self._now)

    def _title(self, source: Record) -> str:
        return title_of(source, self._places.on(self._itinerary.source).schema)

    def _change(
        self,
        action: Action,
        source_id: str,
        target_id: str | None,
        title: str,
        fields: Mapping[str, FieldChange],
        object_key: str = "",
        problem: Problem | None = None,
    ) -> Change:
        left, right = (source_id, target_id) if self._itinerary.source is Side.LEFT else (target_id, source_id)
        state = ChangeState.FAILED if problem else ChangeState.PLANNED
        change = Change(
            self._next_id,
            action,
            self._itinerary.target,
            left,
            right,
            title,
            fields,
            state,
            problem,
            object=object_key,
        )
        self._next_id += 1
        return change

    def _write(self, batch: _Batch) -> None:
        if batch.changes:
            self._store.journal.add(self._run_id, batch.changes)
        if not self._keep:
            return
        if batch.links:
            self._store.links.put_many(self._sync_id, batch.links)
        if batch.due:
            self._store.due.put_many(self._sync_id, batch.due)
        if batch.settled:
            self._store.due.remove(self._sync_id, self._itinerary.source, batch.settled)


def _ids(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def _target_id(link: Link, source: Side) -> str:
    return link.right_id if source is Side.LEFT else link.left_id
