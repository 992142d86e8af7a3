"""Sending one planned change, and telling honestly what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from desktop.domain.change import Action, Change
from desktop.domain.conflict import Decision
from desktop.domain.errors import CrosswalkError, Duplicate, NotFound, OutcomeUnknown, Problem
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID, Field
from desktop.domain.values import Value, from_json, is_empty, same, to_json
from desktop.store import Link
from desktop.sync.comparing import Comparer, Comparison, Decisions, Pair, References
from desktop.sync.endpoint import Place, Places
from desktop.sync.lookup import Sleep, find_made, look_up


@dataclass(frozen=True, slots=True)
class Task:
    """A change that is ready to be sent.

    :param place: the object that is written: the sync's own, or a referenced one.
    :param keys: fields by which a created record is found again.
    :param source: the record on the other side as the mirror has it, ``None`` when it is gone.
    :param carried: whether the change makes a referenced record, which is not linked.
    """

    change: Change
    place: Place
    keys: Sequence[Field]
    source: Record | None
    link: Link | None
    references: References
    decisions: Decisions = field(default_factory=dict[tuple[str, str], Decision])
    carried: bool = False

    @property
    def side(self) -> Side:
        """The side that is written."""
        return self.change.side

    @property
    def target_id(self) -> str | None:
        """The id of the record that is written."""
        return self.change.id_on(self.side)


@dataclass(slots=True)
class Outcome:
    """What became of a change.

    :param record: the written record as it is now, where that is known.
    :param comparison: what the pair agrees on since.
    :param again: the pair has to be planned once more: the plan did not hold.
    :param left_out: planned fields that were not written and have another value.
    :param gone: the record to be written was not there any more.
    :param deleted: the run deleted the record.
    :param back: the record on the other side, which was thought to be gone and is there.
    """

    task: Task
    record: Record | None = None
    comparison: Comparison | None = None
    problem: Problem | None = None
    again: bool = False
    left_out: frozenset[str] = frozenset()
    gone: bool = False
    deleted: bool = False
    back: Record | None = None
    stop: CrosswalkError | None = None

    @property
    def awaits_id(self) -> bool:
        """Whether the record was written but its id has still to be learned."""
        return self.record is not None and not self.record.id


class Sender:
    """Sends the changes of one sync."""

    def __init__(self, comparer: Comparer, places: Places, sleep: Sleep) -> None:
        self._comparer = comparer
        self._places = places
        self._sleep = sleep

    async def send(self, task: Task) -> Outcome:
        """Send one change. Failures become part of the outcome; only cancellation is raised."""
        try:
            match task.change.action:
                case Action.CREATE:
                    return await self._create(task)
                case Action.DELETE:
                    return await self._delete(task)
                case _:
                    return await self._update(task)
        except CrosswalkError as error:
            return Outcome(task, problem=error.report(), stop=error if error.stops_run else None)

    async def _create(self, task: Task) -> Outcome:
        values = planned_values(task)
        if isinstance(values, Problem):
            return Outcome(task, problem=values)
        if not task.carried and not self._still_so(task, values):
            return _replan(task)
        try:
            record = await task.place.connector.create(task.place.schema, values)
        except Duplicate as error:
            return await self._already_there(task, values, error)
        except OutcomeUnknown as error:
            return await self._lost_answer(task, values, error)
        return self._created(task, record, values)

    def _created(self, task: Task, record: Record, values: Mapping[str, Value]) -> Outcome:
        if task.carried or task.source is None:
            return Outcome(task, record=record)
        comparison = Comparison()
        comparison.writes[task.side] = dict(values)
        # A record whose id is not stated yet is remembered once it is known, as it is then.
        if record.id:
            self._comparer.remember(comparison, task.side, task.source, record)
        return Outcome(task, record=record, comparison=comparison)

    async def _already_there(self, task: Task, values: Mapping[str, Value], error: Duplicate) -> Outcome:
        found = await look_up(task.place, task.keys, values)
        if len(found) == 1:
            return Outcome(task, record=found[0], again=True, left_out=frozenset(task.change.fields))
        return Outcome(task, problem=error.report())

    async def _lost_answer(self, task: Task, values: Mapping[str, Value], error: OutcomeUnknown) -> Outcome:
        """Look for the record; never send again blindly."""
        found = await find_made(task.place, task.keys, values, self._sleep)
        return Outcome(task, problem=error.report()) if found is None else self._created(task, found, values)

    async def _update(self, task: Task) -> Outcome:
        if task.source is None or task.target_id is None:
            return _replan(task)
        try:
            current = await task.place.connector.get(task.place.schema, task.target_id)
        except NotFound:
            name = task.place.connection
            said = Problem("not_found", f"It was deleted in {name}.", f"Retry makes it again in {name}.")
            return Outcome(task, problem=said, gone=True)
        comparison = self._comparer.compare(_pair(task, task.source, current))
        if comparison.problem:
            return Outcome(task, problem=comparison.problem)
        planned = planned_values(task)
        if isinstance(planned, Problem):
            return Outcome(task, problem=planned)
        wanted = comparison.writes[task.side]
        allowed = {key: value for key, value in wanted.items() if _as_planned(task, key, value, planned, current)}
        left_out = frozenset(
            key for key in planned if key not in allowed and not _is_there(task, key, planned, current)
        )
        again = bool(left_out or wanted.keys() - allowed.keys())
        comparison.writes[task.side] = allowed
        if not allowed:
            return Outcome(task, record=current, comparison=comparison, again=again, left_out=left_out)
        written = await task.place.connector.update(task.place.schema, current, allowed)
        self._comparer.remember(comparison, task.side, task.source, written)
        return Outcome(task, record=written, comparison=comparison, again=again, left_out=left_out)

    async def _delete(self, task: Task) -> Outcome:
        """Delete a record whose counterpart is known to be gone, if both are still as the plan has them."""
        other = self._places.on(task.side.other)
        source_id = task.change.id_on(task.side.other)
        if task.target_id is None or source_id is None:
            return _replan(task)
        try:
            back = await other.connector.get(other.schema, source_id)
        except NotFound:
            pass
        else:
            return Outcome(task, problem=_is_back(other), again=True, back=back)
        try:
            current = await task.place.connector.get(task.place.schema, task.target_id)
        except NotFound:
            return Outcome(task, gone=True, problem=GONE)
        if not _as_journalled(task, current):
            return Outcome(task, record=current, problem=CHANGED, again=True)
        await task.place.connector.delete(task.place.schema, task.target_id)
        return Outcome(task, deleted=True)

    def _still_so(self, task: Task, values: Mapping[str, Value]) -> bool:
        """Whether the record on the other side still calls for what was planned."""
        if task.source is None:
            return False
        arrivals = self._comparer.arrivals(task.source, task.side, task.references)
        if isinstance(arrivals, Problem):
            return False
        return all(_equal(task, key, arrivals.get(key), value) for key, value in values.items())


def planned_values(task: Task) -> dict[str, Value] | Problem:
    """The values that a change writes, references resolved to what they are by now."""
    values: dict[str, Value] = {}
    for key, change in task.change.fields.items():
        if key in task.references:
            resolved = task.references[key]
            if isinstance(resolved, Problem):
                return resolved
            values[key] = resolved
            continue
        known = task.place.schema.field(key)
        values[key] = from_json(change.after, known.type) if known else None
    return values


def _pair(task: Task, source: Record, current: Record) -> Pair:
    left, right = (current, source) if task.side is Side.LEFT else (source, current)
    return Pair(left, right, task.link, {task.side: task.references}, task.decisions)


def _as_planned(task: Task, key: str, value: Value, planned: Mapping[str, Value], current: Record) -> bool:
    """Whether a field still takes the planned value, in the place of the one that the journal holds for undoing."""
    if key not in planned or not _equal(task, key, value, planned[key]):
        return False
    known = task.place.schema.field(key)
    return known is not None and _equal(
        task, key, current.get(key), from_json(task.change.fields[key].before, known.type)
    )


def _is_there(task: Task, key: str, planned: Mapping[str, Value], current: Record) -> bool:
    return _equal(task, key, current.get(key), planned[key])


def _as_journalled(task: Task, current: Record) -> bool:
    """Whether a record that is to be deleted is, in full, what the journal holds of it."""
    kept = {key: change.before for key, change in task.change.fields.items() if key != EXTERNAL_ID}
    now = {key: to_json(value) for key, value in current.values.items() if not is_empty(value)}
    return kept == now


def _equal(task: Task, key: str, one: Value, other: Value) -> bool:
    known = task.place.schema.field(key)
    return known is not None and same(one, other, known.type)


CHANGED = Problem("changed_meanwhile", "It changed while the sync was running.", "It is compared again at once.")
GONE = Problem("changed_meanwhile", "Somebody deleted it while the sync was running.", "It needs nothing more.")
MADE = Problem("changed_meanwhile", "Somebody made it while the sync was running.", "It is matched with that one.")


def _replan(task: Task) -> Outcome:
    return Outcome(task, problem=CHANGED, again=True)


def _is_back(other: Place) -> Problem:
    return Problem(
        "changed_meanwhile", f"It is there in {other.connection} after all.", "It is compared again at once."
    )
