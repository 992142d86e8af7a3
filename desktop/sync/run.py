"""One run of a sync, from reading to its report."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import anyio

from desktop.connectors.base import Traffic
from desktop.domain.change import Phase, RunResult, RunStatus
from desktop.domain.errors import CrosswalkError, NotFound, Problem, StorageFailure
from desktop.domain.mapping import Side
from desktop.domain.values import Json
from desktop.store import Store, SyncRow
from desktop.sync.applying import Applier, Stopped
from desktop.sync.beside import beside
from desktop.sync.candidates import Candidates
from desktop.sync.carrying import Carrier
from desktop.sync.comparing import Comparer
from desktop.sync.endpoint import Place, Places
from desktop.sync.guards import Outlook, guard
from desktop.sync.lease import hold_lease
from desktop.sync.meter import Meter, Watch
from desktop.sync.planning import Planner
from desktop.sync.reading import read_into_mirror
from desktop.sync.recovery import recover
from desktop.sync.routes import Itinerary
from desktop.sync.sending import Sleep

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Order:
    """What is asked of a run.

    :param preview: plan only: no request that writes is sent, and nothing but the plan is stored.
    :param confirmed: a person has seen what the guards ask about.
    :param only: ids of the source records to sync; ``None`` for all that changed.
    :param trigger: what started it, for the history.
    """

    run_id: str
    preview: bool = False
    confirmed: bool = False
    only: Sequence[str] | None = None
    trigger: str = "manual"
    cancel: Callable[[], bool] = field(default=lambda: False)
    watch: Watch = field(default=lambda _progress: None)


class Run:
    """Runs one sync once.

    :param owner: names this process in the lease that keeps two runs of one sync apart.
    :param now: the current time, aware.
    """

    def __init__(
        self,
        store: Store,
        row: SyncRow,
        places: Places,
        itinerary: Itinerary,
        carriers: Mapping[str, Carrier],
        order: Order,
        *,
        owner: str,
        now: Callable[[], datetime],
        sleep: Sleep = anyio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._row = row
        self._places = places
        self._itinerary = itinerary
        self._carriers = carriers
        self._order = order
        self._owner = f"{owner}:{order.run_id}"
        self._now = now
        self._sleep = sleep
        self._monotonic = monotonic
        self.result = RunResult(row.name, order.run_id, RunStatus.RUNNING)
        self._meter = Meter(self.result, places, order.watch, monotonic)
        self._before: dict[Side, Traffic] = {}
        self._revised = bool(row.fingerprint) and row.fingerprint != itinerary.fingerprint
        self._comparer = Comparer(itinerary, revised=self._revised)
        self._candidates = Candidates(store, row, places, itinerary, order.only)

    async def execute(self) -> RunResult:
        """Run, and report how it ended. Failures are part of the report.

        :raises AlreadyRunning: when a run of this sync is under way, here or in another process.
        """
        started = self._monotonic()
        self._before = {side: self._traffic(side) for side in Side}
        async with hold_lease(self._store, self._row.id, self._row.name, self._owner, self._now):
            await self._store.write(self._begin)
            try:
                async with beside(self._meter.tick):
                    self.result.status = await self._run()
            except Stopped as stop:
                self._fail(stop.error)
            except CrosswalkError as error:
                self._fail(error)
            except anyio.get_cancelled_exc_class():
                self.result.status = RunStatus.CANCELLED
                with anyio.CancelScope(shield=True):
                    await self._end(started)
                raise
            except Exception as error:
                logger.exception("A run of %s failed unexpectedly", self._row.name)
                self._fail(_unforeseen(error))
            await self._end(started)
        return self.result

    async def _run(self) -> RunStatus:
        self._meter.enter(Phase.READING)
        if not self._order.preview:
            await self._store.write(self._declare)
            await recover(
                self._store,
                self._row.id,
                self._places,
                self._itinerary,
                self._carriers,
                now=self._now,
                sleep=self._sleep,
            )
        else:
            await self._store.write(self._declare)
        await self._read()
        if self._order.cancel():
            return RunStatus.CANCELLED
        marks = await self._store.read(self._latest)
        linked = await self._store.read(self._store.links.count, self._row.id)
        planner = await self._plan()
        if self._order.cancel():
            return RunStatus.CANCELLED
        self._count_plan(planner, linked)
        if self._candidates.everything:
            self.result.counts(self._itinerary.source).read = planner.tally.compared
        if self._order.preview:
            return RunStatus.PREVIEW
        return await self._apply(planner, linked, marks)

    async def _apply(self, planner: Planner, linked: int, marks: tuple[int, int]) -> RunStatus:
        source, target = self._places.on(self._itinerary.source), self._places.on(self._itinerary.target)
        outlook = Outlook(linked, await self._source_count(), planner.tally.updates_of_linked, self._order.only is None)
        self.result.error = None if self._order.confirmed else guard(outlook, source, target)
        if self.result.error is not None:
            return RunStatus.NEEDS_CONFIRMATION
        applier = self._applier()
        target_counts = self.result.counts(self._itinerary.target)
        self._reset_target_counts(planner)
        self._meter.enter(Phase.WRITING, planner.planned)
        try:
            await applier.apply(self._meter.advance)
            if applier.again and not self._order.cancel():
                await self._once_more(planner, applier)
        finally:
            target_counts.unchanged = await self._unchanged(planner, applier)
            self.result.referenced_created = applier.carried
        if self._order.cancel():
            return RunStatus.CANCELLED
        self._meter.enter(Phase.CLOSING)
        if self._order.only is None:
            await self._store.write(self._mark, marks)
        return RunStatus.COMPLETED_WITH_ERRORS if target_counts.failed else RunStatus.COMPLETED

    def _applier(self) -> Applier:
        return Applier(
            self._store,
            self._row.id,
            self._order.run_id,
            self._places,
            self._itinerary,
            self._comparer,
            self._carriers,
            self.result.counts(self._itinerary.target),
            now=self._now,
            sleep=self._sleep,
            cancelled=self._order.cancel,
        )

    async def _once_more(self, planner: Planner, applier: Applier) -> None:
        """Plan and apply again, once, the records whose plan did not hold when it came to writing."""
        ids, applier.again = applier.again, []
        records = await self._store.read(self._store.mirror.get, self._source.mirror, ids)
        failed = planner.tally.failed
        await self._store.write(planner.plan, list(records.values()))
        self.result.counts(self._itinerary.target).failed += planner.tally.failed - failed
        await applier.apply(self._meter.advance)

    async def _plan(self) -> Planner:
        planner = Planner(
            self._store,
            self._row.id,
            self._order.run_id,
            self._places,
            self._itinerary,
            self._comparer,
            self._carriers,
            self._now(),
            keep=not self._order.preview,
            recreate=self._order.only is not None,
        )
        self._meter.enter(Phase.COMPARING)
        async for batch, total in self._candidates.batches():
            await self._store.write(planner.plan, batch)
            self._meter.advance(planner.tally.compared, total)
            if self._order.cancel():
                break
        return planner

    async def _read(self) -> None:
        """Bring the mirrors that the run needs up to date."""
        if self._order.only is not None:
            await self._read_chosen(self._order.only)
            return
        for side in (self._itinerary.source, self._itinerary.target):
            counts = self.result.counts(side)

            def seen(read: int, total: int | None, counts: object = counts) -> None:
                self._meter.advance(read, total)

            summary = await read_into_mirror(self._store, self._places.on(side), self._now, seen)
            counts.read = summary.read
        for place in self._referenced():
            await read_into_mirror(self._store, place, self._now, self._meter.advance)

    async def _read_chosen(self, ids: Sequence[str]) -> None:
        for record_id in ids:
            try:
                record = await self._source.connector.get(self._source.schema, record_id)
            except NotFound:
                await self._store.write(self._store.mirror.mark_gone, self._source.mirror, [record_id])
                continue
            await self._store.write(self._store.mirror.put, self._source.mirror, self._source.schema, [record])
            self.result.counts(self._itinerary.source).read += 1
        for place in (self._target, *self._referenced()):
            await read_into_mirror(self._store, place, self._now, self._meter.advance)

    def _referenced(self) -> list[Place]:
        """The objects that references point to, each once."""
        places = {
            place.mirror: place for carrier in self._carriers.values() for place in (carrier.source, carrier.target)
        }
        for side in Side:
            places.pop(self._places.on(side).mirror, None)
        return list(places.values())

    def _declare(self) -> None:
        """Make the mirrors findable by what records are matched by."""
        matches = self._itinerary.matches
        mirror = self._store.mirror
        mirror.ensure_keys(self._source.mirror, self._source.schema, [route.source.key for route in matches])
        mirror.ensure_keys(self._target.mirror, self._target.schema, [route.target.key for route in matches])
        for carrier in self._carriers.values():
            carrier.declare_keys(self._store)

    def _latest(self) -> tuple[int, int]:
        states = (self._store.mirror.state(self._places.on(side).mirror) for side in Side)
        left, right = (state.last_seq for state in states)
        return left, right

    def _mark(self, marks: tuple[int, int]) -> None:
        self._store.syncs.set_marks(self._row.id, *marks, self._itinerary.fingerprint)

    async def _source_count(self) -> int:
        state = await self._store.read(self._store.mirror.state, self._source.mirror)
        return state.count

    async def _unchanged(self, planner: Planner, applier: Applier) -> int:
        linked = await self._store.read(self._store.links.count, self._row.id)
        counts = self.result.counts(self._itinerary.target)
        written = counts.created + counts.updated
        return max(0, linked - written - applier.failed_linked - planner.tally.failed_linked)

    def _count_plan(self, planner: Planner, linked: int) -> None:
        tally = planner.tally
        self.result.counts(self._itinerary.source).skipped = tally.filtered
        self.result.conflicts = tally.conflicts
        counts = self.result.counts(self._itinerary.target)
        counts.created = tally.creates
        counts.updated = tally.updates
        counts.failed = tally.failed
        self.result.referenced_created = tally.carried
        matched = tally.matched if self._order.preview else 0
        counts.unchanged = max(0, linked + matched - tally.updates_of_linked - tally.failed_linked)

    def _reset_target_counts(self, planner: Planner) -> None:
        """From here on, the target's counts are of what was really written."""
        counts = self.result.counts(self._itinerary.target)
        counts.created = counts.updated = 0
        counts.failed = planner.tally.failed

    @property
    def _source(self) -> Place:
        return self._places.on(self._itinerary.source)

    @property
    def _target(self) -> Place:
        return self._places.on(self._itinerary.target)

    def _begin(self) -> None:
        status = RunStatus.RUNNING
        self._store.runs.begin(self._order.run_id, self._row.id, self._now(), status, self._order.trigger)

    async def _end(self, started: float) -> None:
        result = self.result
        result.duration_seconds = self._monotonic() - started
        for side in Side:
            spent = self._traffic(side).requests - self._before[side].requests
            if side is Side.LEFT:
                result.left_requests = spent
            else:
                result.right_requests = spent
        result.retries, result.throttled_seconds = self._throttling()
        await self._store.write(
            self._store.runs.end,
            self._order.run_id,
            result.status,
            cast("Json", result.as_json()),
            self._now(),
        )
        self._meter.report()

    def _throttling(self) -> tuple[int, float]:
        retries, seconds = 0, 0.0
        for side in Side:
            now, before = self._traffic(side), self._before[side]
            retries += now.retries - before.retries
            seconds += now.throttled_seconds - before.throttled_seconds
            if self._places.left.connector is self._places.right.connector:
                break
        return retries, seconds

    def _traffic(self, side: Side) -> Traffic:
        traffic = self._places.on(side).connector.traffic
        return Traffic(traffic.requests, traffic.retries, traffic.throttled_seconds)

    def _fail(self, error: CrosswalkError) -> None:
        self.result.status = RunStatus.FAILED
        self.result.error = error.report()


def _unforeseen(error: Exception) -> CrosswalkError:
    if isinstance(error, OSError):
        return StorageFailure(
            "The workspace could not be written.",
            "Look whether the disk is full, then sync again.",
            str(error),
        )
    return CrosswalkError(
        "Something unexpected happened in Crosswalk, so the run was stopped.",
        "What was written is kept and nothing is sent twice. Sync again; if it happens again, report it.",
        type(error).__name__,
    )


def interrupted() -> Problem:
    """What the history says of a run whose process ended before it did."""
    return Problem(
        "interrupted",
        "Crosswalk was closed or stopped while this run was under way.",
        "Sync again: it goes on where it stopped, and nothing is sent twice.",
    )
