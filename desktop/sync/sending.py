"""Sending one planned change, and telling honestly what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from desktop.domain.change import Action, Change
from desktop.domain.errors import CrosswalkError, Duplicate, NotFound, OutcomeUnknown, Problem
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.schema import Field
from desktop.domain.values import Value, from_json, same
from desktop.store import Link
from desktop.sync.comparing import Comparer, Comparison, References
from desktop.sync.endpoint import Place
from desktop.sync.lookup import look_up

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """A change that is ready to be sent.

    :param place: the object that is written: the sync's own, or a referenced one.
    :param keys: fields by which a created record is found again.
    :param source: the source record as the mirror has it, ``None`` when it is gone.
    :param carried: whether the change makes a referenced record, which is not linked.
    """

    change: Change
    place: Place
    keys: Sequence[Field]
    source: Record | None
    link: Link | None
    references: References
    carried: bool


@dataclass(slots=True)
class Outcome:
    """What became of a change.

    :param record: the written record as it is now, where that is known.
    :param comparison: the bases to store in the link.
    :param again: the source record has to be planned once more: the plan did not hold.
    :param gone: the record to be updated was not there any more.
    """

    task: Task
    record: Record | None = None
    comparison: Comparison | None = None
    problem: Problem | None = None
    again: bool = False
    gone: bool = False
    stop: CrosswalkError | None = None

    @property
    def awaits_id(self) -> bool:
        """Whether the record was written but its id has still to be learned."""
        return self.record is not None and not self.record.id


class Sender:
    """Sends changes to the target side of one sync."""

    def __init__(self, comparer: Comparer, source: Side, sleep: Sleep) -> None:
        self._comparer = comparer
        self._source = source
        self._sleep = sleep

    async def send(self, task: Task) -> Outcome:
        """Send one change. Failures become part of the outcome; only cancellation is raised."""
        try:
            if task.change.action is Action.CREATE:
                return await self._create(task)
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
        comparison = Comparison(writes=dict(values))
        self._comparer.remember(comparison, task.source, record)
        return Outcome(task, record=record, comparison=comparison)

    async def _already_there(self, task: Task, values: Mapping[str, Value], error: Duplicate) -> Outcome:
        found = await look_up(task.place, task.keys, values)
        if len(found) == 1:
            return Outcome(task, record=found[0], again=True)
        return Outcome(task, problem=error.report())

    async def _lost_answer(self, task: Task, values: Mapping[str, Value], error: OutcomeUnknown) -> Outcome:
        """Look for the record, once more after the platform's own delay; never send again blindly."""
        lag = task.place.capabilities.lag_seconds
        for delay in (0.0, lag):
            if delay:
                await self._sleep(delay)
            found = await look_up(task.place, task.keys, values)
            if len(found) == 1:
                return self._created(task, found[0], values)
        return Outcome(task, problem=error.report())

    async def _update(self, task: Task) -> Outcome:
        target_id = task.change.id_on(self._source.other)
        if task.source is None or target_id is None:
            return _replan(task)
        try:
            current = await task.place.connector.get(task.place.schema, target_id)
        except NotFound:
            name = task.place.connection
            said = Problem("not_found", f"It was deleted in {name}.", f"Retry makes it again in {name}.")
            return Outcome(task, problem=said, gone=True)
        comparison = self._comparer.compare(task.source, current, task.link, task.references)
        if comparison.problem:
            return Outcome(task, problem=comparison.problem)
        planned = planned_values(task)
        if isinstance(planned, Problem):
            return Outcome(task, problem=planned)
        allowed = {key: value for key, value in comparison.writes.items() if _as_planned(task, key, value, planned)}
        surplus = bool(comparison.writes.keys() - allowed.keys())
        comparison.writes = allowed
        if not allowed:
            return Outcome(task, record=current, comparison=comparison, again=surplus)
        written = await task.place.connector.update(task.place.schema, current, allowed)
        self._comparer.remember(comparison, task.source, written)
        return Outcome(task, record=written, comparison=comparison, again=surplus)

    def _still_so(self, task: Task, values: Mapping[str, Value]) -> bool:
        """Whether the source record still calls for what was planned."""
        if task.source is None:
            return False
        arrivals = self._comparer.arrivals(task.source, task.references)
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
        field = task.place.schema.field(key)
        values[key] = from_json(change.after, field.type) if field else None
    return values


def _as_planned(task: Task, key: str, value: Value, planned: Mapping[str, Value]) -> bool:
    return key in planned and _equal(task, key, value, planned[key])


def _equal(task: Task, key: str, one: Value, other: Value) -> bool:
    field = task.place.schema.field(key)
    return field is not None and same(one, other, field.type)


def _replan(task: Task) -> Outcome:
    said = Problem("changed_meanwhile", "It changed while the sync was running.", "It is compared again at once.")
    return Outcome(task, problem=said, again=True)
