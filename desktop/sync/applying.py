"""Applying a plan: each intent goes to the journal before it is sent, each outcome in one step with its link."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import anyio

from desktop.domain.change import Action, Change, ChangeState, SideCounts
from desktop.domain.errors import CrosswalkError, PlatformUnavailable, Problem, RateLimited
from desktop.domain.record import Record
from desktop.domain.schema import Field
from desktop.store import DueRow, Link, Store
from desktop.sync.carrying import NEW, Carrier
from desktop.sync.comparing import Comparer, References
from desktop.sync.endpoint import Place, Places
from desktop.sync.routes import Itinerary
from desktop.sync.sending import Outcome, Sender, Sleep, Task

_SMALLEST, _LARGEST = 16, 256
_SECONDS_A_CHUNK = 2.0
_PATIENCE = 12
"""Failures of the platform in a row after which a run stops instead of trying the rest."""


class Stopped(Exception):
    """The run can't go on; carries the reason."""

    def __init__(self, error: CrosswalkError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True)
class _Ends:
    """What a chunk came to, gathered so that each table is written once.

    :ivar written: by mirror, the place and its written records.
    :ivar settled: ids of source records that are not due any more.
    """

    done: list[tuple[int, str | None, str | None]] = field(default_factory=list[tuple[int, str | None, str | None]])
    failed: list[tuple[int, Problem]] = field(default_factory=list[tuple[int, Problem]])
    written: dict[int, tuple[Place, list[Record]]] = field(default_factory=dict[int, tuple[Place, list[Record]]])
    links: list[Link] = field(default_factory=list[Link])
    settled: list[str] = field(default_factory=list[str])


class Applier:
    """Applies the planned changes of one run.

    :param cancelled: asked before each request whether to stop.
    :ivar carried: referenced records that were created.
    :ivar again: ids of source records whose plan did not hold and that are to be planned once more.
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
        counts: SideCounts,
        *,
        now: Callable[[], datetime],
        sleep: Sleep,
        cancelled: Callable[[], bool],
    ) -> None:
        self._store = store
        self._sync_id = sync_id
        self._run_id = run_id
        self._places = places
        self._itinerary = itinerary
        self._comparer = comparer
        self._carriers = carriers
        self._counts = counts
        self._now = now
        self._cancelled = cancelled
        self._sender = Sender(comparer, itinerary.source, sleep)
        self._failures_in_a_row = 0
        self._size = _SMALLEST
        self.done = 0
        self.carried = 0
        self.failed_linked = 0
        self.again: list[str] = []

    async def apply(self, seen: Callable[[int], None]) -> None:
        """Send every planned change of the run.

        :param seen: called with the number of changes dealt with so far.
        :raises Stopped: when going on makes no sense: the credential is refused, the platform is down.
        """
        last = 0
        while not self._cancelled():
            changes = await self._store.read(self._planned, last)
            if not changes:
                return
            last = changes[-1].id
            for wave in _waves(changes):
                started = time.monotonic()
                await self._apply_chunk(wave)
                self._adapt(len(wave), time.monotonic() - started)
                seen(self.done)

    def _planned(self, after: int) -> list[Change]:
        states = [ChangeState.PLANNED]
        return self._store.journal.page(self._run_id, after_id=after, limit=self._size, states=states)

    def _adapt(self, sent: int, seconds: float) -> None:
        rate = sent / max(seconds, 0.001)
        self._size = int(min(_LARGEST, max(_SMALLEST, rate * _SECONDS_A_CHUNK)))

    async def _apply_chunk(self, changes: Sequence[Change]) -> None:
        tasks = await self._store.read(self._prepare, changes)
        await self._store.write(self._store.journal.mark_sent, self._run_id, [item.id for item in changes], self._now())
        outcomes: list[Outcome] = []
        unsent: list[Change] = []
        waiting = iter(tasks)
        stopped = False

        async def send() -> None:
            nonlocal stopped
            for task in waiting:
                if stopped or self._cancelled():
                    unsent.append(task.change)
                    continue
                outcome = await self._sender.send(task)
                stopped = stopped or outcome.stop is not None
                outcomes.append(outcome)

        async with anyio.create_task_group() as group:
            for _ in range(self._places.on(self._itinerary.target).capabilities.concurrency):
                group.start_soon(send)
        await self._learn_ids(outcomes)
        await self._store.write(self._settle, outcomes, unsent)
        self._watch(outcomes)

    def _prepare(self, changes: Sequence[Change]) -> list[Task]:
        source = self._places.on(self._itinerary.source)
        own = [change for change in changes if not change.object]
        ids = [item for change in own if (item := change.id_on(self._itinerary.source))]
        sources = self._store.mirror.get(source.mirror, ids)
        links = self._store.links.by_ids(self._sync_id, self._itinerary.source, ids)
        references = self._references(sources)
        return [self._task(change, sources, links, references) for change in changes]

    def _task(
        self,
        change: Change,
        sources: Mapping[str, Record],
        links: Mapping[str, Link],
        references: Mapping[str, References],
    ) -> Task:
        if change.object:
            carrier = next(item for item in self._carriers.values() if item.target.schema.key == change.object)
            keys: list[Field] = [route.target for route in carrier.matches]
            return Task(change, carrier.target, keys, None, None, {}, carried=True)
        source_id = change.id_on(self._itinerary.source) or ""
        return Task(
            change,
            self._places.on(self._itinerary.target),
            [route.target for route in self._itinerary.matches],
            sources.get(source_id),
            links.get(source_id),
            references.get(source_id, {}),
            carried=False,
        )

    def _references(self, sources: Mapping[str, Record]) -> dict[str, References]:
        found: dict[str, dict[str, frozenset[str] | Problem]] = {key: {} for key in sources}
        for route in self._itinerary.lines:
            if not route.is_reference:
                continue
            wanted = {key: _ids(record, route.source) for key, record in sources.items()}
            carrier = self._carriers[route.target.key]
            known = carrier.resolve(self._store, {item for ids in wanted.values() for item in ids})
            for key, ids in wanted.items():
                problem: Problem | None = None
                resolved: set[str] = set()
                for item in ids:
                    counterpart = known[item]
                    problem = problem or counterpart.problem
                    resolved.add(counterpart.target_id or NEW + item)
                if not problem and any(item.startswith(NEW) for item in resolved):
                    noun = carrier.target.schema.label
                    problem = Problem(
                        "not_found",
                        f"Its {noun} could not be created in {carrier.target.connection}.",
                        f"See the failed {noun} in this run, correct it, then retry.",
                    )
                found[key][route.target.key] = problem or frozenset(resolved)
        return dict(found)

    async def _learn_ids(self, outcomes: Sequence[Outcome]) -> None:
        """Find the ids of created records whose platform did not state them in its answer."""
        waiting = {
            str(outcome.record.external_id): outcome
            for outcome in outcomes
            if outcome.record is not None and outcome.awaits_id and outcome.record.external_id
        }
        if not waiting:
            return
        place = next(iter(waiting.values())).task.place
        try:
            found = await place.connector.find_by_external_ids(place.schema, list(waiting))
        except CrosswalkError as error:
            for outcome in waiting.values():
                outcome.stop = error if error.stops_run else None
            return
        for key, outcome in waiting.items():
            if key in found:
                outcome.record = found[key]
                if outcome.comparison is not None and outcome.task.source is not None:
                    self._comparer.remember(outcome.comparison, outcome.task.source, found[key])

    def _settle(self, outcomes: Sequence[Outcome], unsent: Sequence[Change]) -> None:
        """Store all outcomes of a chunk, each with its link and mirror, in one transaction."""
        now = self._now()
        ends = _Ends()
        for outcome in outcomes:
            self._settle_one(outcome, now, ends)
        for place, records in ends.written.values():
            self._store.mirror.put(place.mirror, place.schema, records)
        self._store.links.put_many(self._sync_id, ends.links)
        self._store.due.remove(self._sync_id, self._itinerary.source, ends.settled)
        journal = self._store.journal
        journal.mark_done(self._run_id, ends.done, now)
        journal.mark_failed(self._run_id, ends.failed, now)
        said = Problem("cancelled", "The run was cancelled before this was sent.", "Sync again to send it.")
        journal.mark_skipped(self._run_id, [(change.id, said) for change in unsent], now)

    def _settle_one(self, outcome: Outcome, now: datetime, ends: _Ends) -> None:
        task, record = outcome.task, outcome.record
        source_id = task.change.id_on(self._itinerary.source) or ""
        self.done += 1
        if outcome.again and not task.carried:
            self.again.append(source_id)
        if outcome.gone:
            self._forget(task)
        if record is None or outcome.awaits_id:
            problem = outcome.problem or Problem(
                "outcome_unknown", "It was sent, but is not shown yet.", "The next run looks for it."
            )
            self._fail(outcome, problem, source_id, now, ends)
            return
        ends.written.setdefault(task.place.mirror, (task.place, []))[1].append(record)
        if outcome.comparison is not None:
            left, right, left_base, right_base = self._comparer.link(outcome.comparison, source_id, record.id)
            ends.links.append(Link(left, right, left_base, right_base, now))
        if not outcome.again:
            ends.settled.append(source_id)
        left_id, right_id = (source_id, record.id) if self._itinerary.source.value == "left" else (record.id, source_id)
        ends.done.append((task.change.id, left_id, right_id))
        self._count(outcome)

    def _fail(self, outcome: Outcome, problem: Problem, source_id: str, now: datetime, ends: _Ends) -> None:
        ends.failed.append((outcome.task.change.id, problem))
        if outcome.again and not outcome.task.carried:
            return
        self._counts.failed += 1
        self.failed_linked += outcome.task.link is not None
        if not outcome.task.carried:
            row = DueRow(self._itinerary.source, source_id, outcome.task.change.title, problem, self._run_id, 1, now)
            self._store.due.put_many(self._sync_id, [row])

    def _forget(self, task: Task) -> None:
        target_id = task.change.id_on(self._itinerary.target)
        if target_id:
            self._store.mirror.mark_gone(task.place.mirror, [target_id])

    def _count(self, outcome: Outcome) -> None:
        if outcome.again and outcome.comparison is None:
            return
        if outcome.task.carried:
            self.carried += 1
        elif outcome.task.change.action is Action.CREATE:
            self._counts.created += 1
        elif outcome.comparison is not None and outcome.comparison.writes:
            self._counts.updated += 1

    def _watch(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.stop is not None:
                raise Stopped(outcome.stop)
            down = outcome.problem is not None and outcome.problem.code in _DOWN
            self._failures_in_a_row = self._failures_in_a_row + 1 if down else 0
            if self._failures_in_a_row >= _PATIENCE:
                name = outcome.task.place.connection
                raise Stopped(
                    PlatformUnavailable(
                        f"{name} failed {_PATIENCE} times in a row, so the run was stopped.",
                        "What was written is kept. Try again in a few minutes; the rest is sent then.",
                    )
                )


_DOWN = frozenset({PlatformUnavailable.code, RateLimited.code, "outcome_unknown"})


def _waves(changes: Sequence[Change]) -> list[list[Change]]:
    """Referenced records first, then the records that refer to them."""
    carried = [change for change in changes if change.object]
    own = [change for change in changes if not change.object]
    return [wave for wave in (carried, own) if wave]


def _ids(record: Record, field: Field) -> frozenset[str]:
    value = record.get(field.key)
    return value if isinstance(value, frozenset) else frozenset()
