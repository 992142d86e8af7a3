"""Planning: from records to changes, batch by batch, with memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from desktop.domain.change import Action, Change, ChangeState, FieldChange
from desktop.domain.conflict import Conflict, ConflictKind
from desktop.domain.definition import DeleteRule
from desktop.domain.errors import Problem
from desktop.domain.filters import all_met
from desktop.domain.mapping import ConflictRule, Side
from desktop.domain.record import Record, title_of
from desktop.domain.values import Value, is_empty, to_json
from desktop.store import DueRow, Link, Store
from desktop.sync.candidates import Batch
from desktop.sync.carrying import NEW, Carriers, Counterpart
from desktop.sync.comparing import Comparer, Comparison, Pair, References, renewed_link
from desktop.sync.endpoint import Places
from desktop.sync.matching import Matched, Matcher
from desktop.sync.questions import Open, Questions
from desktop.sync.routes import Itinerary
from desktop.sync.tally import Tally


@dataclass(slots=True)
class _Draft:
    """What a batch comes to, gathered so that each table is written once."""

    changes: list[Change] = field(default_factory=list[Change])
    links: list[Link] = field(default_factory=list[Link])
    unlinked: list[str] = field(default_factory=list[str])
    due: list[DueRow] = field(default_factory=list[DueRow])
    settled: list[tuple[Side, str]] = field(default_factory=list[tuple[Side, str]])
    asked: list[Conflict] = field(default_factory=list[Conflict])
    answered: list[int] = field(default_factory=list[int])


@dataclass(frozen=True, slots=True)
class Terms:
    """How a run plans.

    :param keep: whether links and questions are stored as they are found; a preview keeps nothing.
    :param recreate: whether counterparts that were deleted are made again.
    """

    run_id: str
    now: datetime
    keep: bool = True
    recreate: bool = False


class Planner:
    """Plans one run. Its methods run inside a transaction of the store."""

    def __init__(
        self,
        store: Store,
        sync_id: int,
        places: Places,
        itinerary: Itinerary,
        comparer: Comparer,
        carriers: Carriers,
        terms: Terms,
    ) -> None:
        self._store = store
        self._sync_id = sync_id
        self._places = places
        self._itinerary = itinerary
        self._definition = itinerary.definition
        self._comparer = comparer
        self._carriers = carriers
        self._terms = terms
        self._matchers = {side: Matcher(store, sync_id, places, itinerary, side) for side in Side}
        self._questions = Questions(store, sync_id, terms.run_id, places, terms.now)
        self._next_id = 1
        self._being_created: set[tuple[Side, str, str]] = set()
        self._doubted: dict[Side, dict[str, set[str]]] = {side: {} for side in Side}
        self.tally = Tally()

    def plan(self, batch: Batch, *, settled: bool = False) -> None:
        """Plan the changes that a batch of records calls for, and put them in the journal.

        :param settled: whether it was looked already if the records in whose place others would come are there.
        """
        draft = _Draft()
        side = batch.side
        self.tally.compared[side] += len(batch.records)
        records = [record for record in batch.records if self._takes_part(record, side)]
        self.tally.filtered[side] += len(batch.records) - len(records)
        open_ = self._questions.about(side, [record.id for record in records])
        matched = self._match(records, side, open_)
        passed = self._passed(matched, batch)
        references = self._resolve(records, side, matched)
        for record in records:
            if record.id not in passed:
                known = open_.get(record.id, Open())
                self._look(draft, record, side, matched, known, references, settled=settled)
        self._write(draft)

    def doubted(self) -> dict[Side, dict[str, set[str]]]:
        """By side and id, records that were put off, and the records that stand in their way: are those still there?

        They are planned with a later batch, once it has been looked.
        """
        found, self._doubted = self._doubted, {side: {} for side in Side}
        return found

    def _takes_part(self, record: Record, side: Side) -> bool:
        return all_met(self._definition.conditions(side), record, self._places.on(side).schema.field)

    def _match(self, records: Sequence[Record], side: Side, open_: Mapping[str, Open]) -> Matched:
        chosen = {key: choice for key, item in open_.items() if (choice := item.choice())}
        matcher = self._matchers[side]
        return matcher.match(records, chosen) if side in self._itinerary.sources else matcher.linked(records)

    def _passed(self, matched: Matched, batch: Batch) -> set[str]:
        """Records that were, or are, looked at from the other side: by their pair, or by who shares their key."""
        others = {key: {other.id} for key, other in matched.counterparts.items()} | matched.shared
        passed = {key for key, ids in others.items() if ids & batch.elsewhere}
        if batch.after is None:
            return passed
        mirror = self._places.on(batch.side.other).mirror
        wanted = sorted({item for ids in others.values() for item in ids})
        unchanged = self._store.mirror.get(mirror, wanted, up_to_seq=batch.after)
        return passed | {key for key, ids in others.items() if ids - unchanged.keys()}

    def _look(
        self,
        draft: _Draft,
        record: Record,
        side: Side,
        matched: Matched,
        open_: Open,
        references: Mapping[Side, Mapping[str, Mapping[str, Counterpart]]],
        *,
        settled: bool,
    ) -> None:
        link = matched.links.get(record.id)
        if record.id in matched.stale:
            draft.unlinked.append(matched.stale[record.id])
        if record.id in matched.rivals and not settled:
            self._doubted[side][record.id] = matched.rivals[record.id]
        elif record.id in matched.problems:
            self._fail(draft, record, side, link, matched.problems[record.id])
        elif record.id in matched.choices:
            self._ask_which(draft, record, side, matched.choices[record.id])
        elif record.id in matched.counterparts:
            other = matched.counterparts[record.id]
            left, right = (record, other) if side is Side.LEFT else (other, record)
            found = {
                target: self._references(source, target, references.get(target, {}), draft)
                for target, source in ((Side.LEFT, right), (Side.RIGHT, left))
                if self._itinerary.routes(target)
            }
            self._pair(draft, Pair(left, right, link, found, open_.decisions(left, right)), side, open_)
        elif link is not None:
            self._bereaved(draft, record, side, link, open_, references)
        elif side in self._itinerary.sources:
            self._create(draft, record, side, self._references(record, side.other, references[side.other], draft))

    def _resolve(
        self, records: Sequence[Record], side: Side, matched: Matched
    ) -> dict[Side, dict[str, dict[str, Counterpart]]]:
        """The counterparts of everything that the records refer to, by the side that it goes to and the field there."""
        others = list(matched.counterparts.values())
        sources = {side.other: records, side: others}
        return {
            target: {
                route.target.key: self._carriers[target, route.target.key].resolve(
                    self._store, {item for record in sources[target] for item in _ids(record.get(route.source.key))}
                )
                for route in self._itinerary.routes(target)
                if route.is_reference
            }
            for target in self._itinerary.written
        }

    def _references(
        self, source: Record, target: Side, known: Mapping[str, Mapping[str, Counterpart]], draft: _Draft
    ) -> References:
        """The references of one record; missing counterparts are planned, each once."""
        found: dict[str, frozenset[str] | Problem] = {}
        for route in self._itinerary.routes(target):
            if not route.is_reference:
                continue
            carrier = self._carriers[target, route.target.key]
            ids: set[str] = set()
            problem: Problem | None = None
            for item in _ids(source.get(route.source.key)):
                counterpart = known[route.target.key][item]
                problem = problem or counterpart.problem
                if counterpart.target_id:
                    ids.add(counterpart.target_id)
                elif counterpart.create is not None and counterpart.source is not None:
                    ids.add(NEW + item)
                    title = title_of(counterpart.source, carrier.source.schema)
                    key = carrier.target.schema.key
                    self._carry(draft, target, key, counterpart.source.id, title, counterpart.create)
            if len(ids) > 1 and not route.target.many:
                message = f"{route.source.label} has {len(ids)} records, and {route.target.label} takes one."
                problem = problem or Problem("record_refused", message, "Leave one of them, then retry.")
            found[route.target.key] = problem or frozenset(ids)
        return found

    def _carry(
        self, draft: _Draft, target: Side, key: str, source_id: str, title: str, values: Mapping[str, Value]
    ) -> None:
        if (target, key, source_id) in self._being_created:
            return
        self._being_created.add((target, key, source_id))
        self.tally.carried += 1
        fields = {name: FieldChange(None, to_json(value)) for name, value in values.items()}
        draft.changes.append(self._change(Action.CREATE, target, source_id, None, title, fields, key))

    def _pair(self, draft: _Draft, pair: Pair, side: Side, open_: Open) -> None:
        if not self._takes_part(pair.on(side.other), side.other):
            self.tally.filtered[side.other] += 1
            return
        outcome = self._comparer.compare(pair)
        record = pair.on(side)
        if outcome.problem:
            self._fail(draft, record, side, pair.link, outcome.problem)
            return
        asked = self._questions.fields(pair.left, pair.right, outcome)
        self.tally.conflicts += len(asked)
        draft.asked += asked
        draft.answered += open_.over(outcome, pair)
        draft.settled += [(Side.LEFT, pair.left.id), (Side.RIGHT, pair.right.id)]
        written = [target for target in Side if outcome.writes[target]]
        self._agree(draft, pair, outcome, written=bool(written))
        for target in written:
            self._update(draft, pair, target, outcome.writes[target])

    def _update(self, draft: _Draft, pair: Pair, target: Side, writes: Mapping[str, Value]) -> None:
        before = pair.on(target)
        fields = {key: FieldChange(to_json(before.get(key)), to_json(value)) for key, value in writes.items()}
        self.tally.on[target].updates += 1
        self.tally.on[target].updates_of_linked += pair.link is not None
        title = self._title(pair.on(target.other), target.other)
        draft.changes.append(self._change(Action.UPDATE, target, pair.on(target.other).id, before.id, title, fields))

    def _agree(self, draft: _Draft, pair: Pair, outcome: Comparison, *, written: bool) -> None:
        """Remember what both sides agree on; a pair that is new is linked once nothing is left to write."""
        link = pair.link
        if not written:
            self.tally.matched += link is None
        if link is None and written:
            return
        renewed = renewed_link(link, pair.left.id, pair.right.id, outcome.bases, self._terms.now)
        if link is None or (renewed.left_base, renewed.right_base) != (link.left_base, link.right_base):
            draft.links.append(renewed)

    def _bereaved(
        self,
        draft: _Draft,
        record: Record,
        side: Side,
        link: Link,
        open_: Open,
        references: Mapping[Side, Mapping[str, Mapping[str, Counterpart]]],
    ) -> None:
        """A record whose linked counterpart is gone: made again, deleted as well, asked about, or left as it is."""
        gone = side.other
        if self._terms.recreate and gone in self._itinerary.written:
            draft.unlinked.append(link.left_id)
            self._create(draft, record, side, self._references(record, gone, references[gone], draft))
            return
        if self._definition.delete is DeleteRule.KEEP or side not in self._itinerary.written:
            if side in self._itinerary.sources:
                self._fail(draft, record, side, link, self._deleted(gone))
            return
        changed = self._comparer.changed_since(side, record, link)
        winner = gone if not changed else self._winner(record, side, open_, changed)
        if winner is None:
            draft.asked.append(self._questions.deletion(record, side, link, changed))
            self.tally.conflicts += 1
        elif winner is gone:
            self._delete(draft, record, side, link)
        else:
            draft.unlinked.append(link.left_id)
            draft.answered += [item.id for item in open_.conflicts if item.kind is ConflictKind.DELETED]
            if gone in self._itinerary.written:
                self._create(draft, record, side, self._references(record, gone, references[gone], draft))

    def _winner(self, record: Record, side: Side, open_: Open, changed: Sequence[str]) -> Side | None:
        """Whether the deletion or the edit stands: what a person decided of it as it is now, else the rule."""
        known = open_.deletion()
        if known is not None and known.decision:
            value = known.left_value if side is Side.LEFT else known.right_value
            if value == self._questions.state_of(record, changed):
                return Side(known.decision)
        rule = self._definition.conflict
        return Side(rule.value) if rule in (ConflictRule.LEFT, ConflictRule.RIGHT) else None

    def _delete(self, draft: _Draft, record: Record, side: Side, link: Link) -> None:
        place = self._places.on(side)
        refusal = place.schema.refusals.get("delete")
        if refusal:
            hint = f"Delete it in {place.connection} itself, or let the sync keep what was deleted."
            self._fail(draft, record, side, link, Problem("not_supported", refusal, hint))
            return
        fields = {key: FieldChange(to_json(value), None) for key, value in record.values.items() if not is_empty(value)}
        if record.external_id:
            fields["@external_id"] = FieldChange(record.external_id, None)
        self.tally.on[side].deletes += 1
        if len(self.tally.deleted_titles) < _NAMED:
            self.tally.deleted_titles.append(self._title(record, side))
        title = self._title(record, side)
        draft.changes.append(self._change(Action.DELETE, side, link.id_on(side.other), record.id, title, fields))

    def _create(self, draft: _Draft, record: Record, side: Side, references: References) -> None:
        there = side.other
        target = self._places.on(there)
        arrivals = self._comparer.arrivals(record, there, references)
        if isinstance(arrivals, Problem):
            self._fail(draft, record, side, None, arrivals)
            return
        refusal = target.schema.refusals.get("create")
        missing = [item for item in target.schema.fields if item.required and is_empty(arrivals.get(item.key))]
        if refusal or missing:
            message = refusal or f"{missing[0].label} is empty, and {target.connection} requires it."
            problem = Problem("record_refused", message, "Fill it in, or map another field.")
            self._fail(draft, record, side, None, problem)
            return
        values = {key: value for key, value in arrivals.items() if not is_empty(value)}
        fields = {key: FieldChange(None, to_json(value)) for key, value in values.items()}
        self.tally.on[there].creates += 1
        draft.settled.append((side, record.id))
        draft.changes.append(self._change(Action.CREATE, there, record.id, None, self._title(record, side), fields))

    def _ask_which(self, draft: _Draft, record: Record, side: Side, ids: Sequence[str]) -> None:
        candidates = self._store.mirror.get(self._places.on(side.other).mirror, ids)
        draft.asked.append(self._questions.match(record, side, candidates))
        draft.settled.append((side, record.id))
        self.tally.conflicts += 1

    def _fail(self, draft: _Draft, record: Record, side: Side, link: Link | None, problem: Problem) -> None:
        target = side.other if side in self._itinerary.sources else side
        self.tally.on[target].failed += 1
        self.tally.on[target].failed_linked += link is not None
        own, other = (record.id, link.id_on(side.other)) if link else (record.id, None)
        source_id, target_id = (own, other) if target is side.other else (other, own)
        title = self._title(record, side)
        action = Action.UPDATE if link else Action.CREATE
        draft.changes.append(self._change(action, target, source_id, target_id, title, {}, problem=problem))
        draft.due.append(DueRow(side, record.id, title, problem, self._terms.run_id, 1, self._terms.now))

    def _deleted(self, gone: Side) -> Problem:
        name = self._places.on(gone).connection
        return Problem("not_found", f"It was deleted in {name}.", f"Retry makes it again in {name}.")

    def _title(self, record: Record, side: Side) -> str:
        return title_of(record, self._places.on(side).schema)

    def _change(
        self,
        action: Action,
        side: Side,
        source_id: str | None,
        target_id: str | None,
        title: str,
        fields: Mapping[str, FieldChange],
        object_key: str = "",
        problem: Problem | None = None,
    ) -> Change:
        """A change of the record ``target_id`` on a side, because of ``source_id`` on the other."""
        left, right = (target_id, source_id) if side is Side.LEFT else (source_id, target_id)
        state = ChangeState.FAILED if problem else ChangeState.PLANNED
        number = self._next_id
        self._next_id += 1
        return Change(number, action, side, left, right, title, fields, state, problem, object=object_key)

    def _write(self, draft: _Draft) -> None:
        if draft.changes:
            self._store.journal.add(self._terms.run_id, draft.changes)
        if not self._terms.keep:
            return
        store, sync_id = self._store, self._sync_id
        store.links.remove(sync_id, draft.unlinked)
        if draft.links:
            store.links.put_many(sync_id, draft.links)
        if draft.due:
            store.due.put_many(sync_id, draft.due)
        for side in Side:
            store.due.remove(sync_id, side, [item for on, item in draft.settled if on is side])
        store.conflicts.remove(sync_id, draft.answered)
        store.conflicts.put_many(sync_id, draft.asked)


_NAMED = 3
"""Of so many records that would be deleted, the question gives the names."""


def _ids(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
