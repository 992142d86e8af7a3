"""One run of a sync, from reading to its report."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

import anyio

from desktop.domain.change import Phase, RunStatus
from desktop.domain.mapping import Side
from desktop.store import Store, SyncRow
from desktop.sync.applying import Applier
from desktop.sync.candidates import Batch, Candidates
from desktop.sync.carrying import Carriers
from desktop.sync.comparing import Comparer
from desktop.sync.endpoint import Places
from desktop.sync.execution import Execution, Order
from desktop.sync.gathering import Gatherer
from desktop.sync.guards import Outlook, guard
from desktop.sync.lookup import Sleep
from desktop.sync.naming import name_people
from desktop.sync.planning import Planner, Terms
from desktop.sync.preparing import Preparer
from desktop.sync.recovery import recover
from desktop.sync.routes import Itinerary
from desktop.sync.sending import Sender
from desktop.sync.settling import Settler


class Run(Execution):
    """Runs one sync once."""

    def __init__(
        self,
        store: Store,
        row: SyncRow,
        places: Places,
        itinerary: Itinerary,
        carriers: Carriers,
        order: Order,
        *,
        owner: str,
        now: Callable[[], datetime],
        sleep: Sleep = anyio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(store, row, places, order, owner=owner, now=now, monotonic=monotonic)
        self._itinerary = itinerary
        self._carriers = carriers
        self._sleep = sleep
        revised = bool(row.fingerprint) and row.fingerprint != itinerary.fingerprint
        self._comparer = Comparer(itinerary, revised=revised)
        self._candidates = Candidates(store, row, places, itinerary, order.only)
        self._preparer = Preparer(store, row.id, places, itinerary, carriers)
        self._settler = Settler(store, row.id, order.run_id, places, self.result, now)
        self._gatherer = Gatherer(store, row.id, places, itinerary, carriers, self._meter, self.result, now)

    async def _run(self) -> RunStatus:
        self._meter.enter(Phase.READING)
        await self._store.write(self._gatherer.declare)
        if not self._order.preview:
            await recover(self._store, self._row.id, self._preparer, now=self._now, sleep=self._sleep)
        await self._gatherer.read(self._order.only)
        if self._order.cancel():
            return RunStatus.CANCELLED
        marks = await self._store.read(self._latest)
        linked = await self._store.read(self._store.links.count, self._row.id)
        planner = await self._plan()
        if self._order.cancel():
            return RunStatus.CANCELLED
        self._count_plan(planner, linked)
        if self._order.preview:
            return RunStatus.PREVIEW
        return await self._apply(planner, linked, marks)

    async def _plan(self) -> Planner:
        terms = Terms(self._order.run_id, self._now(), keep=not self._order.preview, recreate=self._order.recreate)
        planner = Planner(
            self._store, self._row.id, self._places, self._itinerary, self._comparer, self._carriers, terms
        )
        self._meter.enter(Phase.COMPARING)
        async for batch in self._candidates.batches():
            await self._hold()
            await self._store.write(planner.plan, batch, settled=self._candidates.everything)
            self._meter.advance(sum(planner.tally.compared.values()), batch.total)
            if self._order.cancel():
                return planner
        for side, rivals in planner.doubted().items():
            await self._gatherer.look_at(side, sorted({item for ids in rivals.values() for item in ids}))
            records = await self._store.read(self._store.mirror.get, self._places.on(side).mirror, list(rivals))
            planner.tally.compared[side] -= len(records)
            await self._store.write(planner.plan, Batch(side, list(records.values())), settled=True)
        if planner.tally.conflicts and not self._order.preview:
            await name_people(self._store, self._row.id, self._places)
        return planner

    async def _apply(self, planner: Planner, linked: int, marks: tuple[int, int]) -> RunStatus:
        tally = planner.tally
        outlook = Outlook(linked, await self._store.read(self._held), tally, self._order.only is None)
        if not self._order.confirmed:
            definition, sources = self._itinerary.definition, self._itinerary.sources
            self.result.error = guard(outlook, definition, sources, self._places)
        if self.result.error is not None:
            return RunStatus.NEEDS_CONFIRMATION
        applier = self._applier()
        self._reset_counts(planner)
        self._meter.enter(Phase.WRITING, tally.planned)
        try:
            await applier.apply(self._meter.advance)
            if any(self._settler.again.values()) and not self._order.cancel():
                await self._once_more(planner, applier)
        finally:
            await self._count_unchanged(planner)
            self.result.referenced_created = self._settler.carried
        if self._order.cancel():
            return RunStatus.CANCELLED
        self._meter.enter(Phase.CLOSING)
        if self._order.only is None:
            await self._store.write(self._store.syncs.set_marks, self._row.id, *marks, self._itinerary.fingerprint)
        failed = any(self.result.counts(side).failed for side in Side)
        return RunStatus.COMPLETED_WITH_ERRORS if failed else RunStatus.COMPLETED

    def _applier(self) -> Applier:
        sender = Sender(self._comparer, self._places, self._sleep)
        return Applier(
            self._store,
            self._order.run_id,
            self._preparer,
            sender,
            self._settler,
            self._comparer,
            self._control,
            self._now,
        )

    async def _once_more(self, planner: Planner, applier: Applier) -> None:
        """Plan and apply again, once, the records whose plan did not hold when it came to writing."""
        again, self._settler.again = self._settler.again, {side: [] for side in Side}
        for side, ids in again.items():
            records = await self._store.read(self._store.mirror.get, self._places.on(side).mirror, ids)
            failed = {on: planner.tally.on[on].failed for on in Side}
            await self._store.write(planner.plan, Batch(side, list(records.values())), settled=True)
            for on in Side:
                self.result.counts(on).failed += planner.tally.on[on].failed - failed[on]
        self.result.conflicts = await self._store.read(self._store.conflicts.raised, self._order.run_id)
        if self.result.conflicts:
            await name_people(self._store, self._row.id, self._places)
        await applier.apply(self._meter.advance)

    def _latest(self) -> tuple[int, int]:
        left, right = (self._store.mirror.state(self._places.on(side).mirror).last_seq for side in Side)
        return left, right

    def _held(self) -> dict[Side, int]:
        return {side: self._store.mirror.state(self._places.on(side).mirror).count for side in Side}

    def _count_plan(self, planner: Planner, linked: int) -> None:
        """The counts of what the run means to do."""
        tally = planner.tally
        self.result.conflicts = tally.conflicts
        self.result.referenced_created = tally.carried
        matched = tally.matched if self._order.preview else 0
        for side in self._itinerary.sources:
            counts = self.result.counts(side)
            counts.skipped = tally.filtered[side]
            if self._candidates.everything:
                counts.read = max(tally.compared[side], counts.read)
        for side in self._itinerary.written:
            counts, planned = self.result.counts(side), tally.on[side]
            counts.created, counts.updated, counts.deleted = planned.creates, planned.updates, planned.deletes
            counts.failed = planned.failed
            kept = linked + matched - planned.updates_of_linked - planned.deletes - planned.failed_linked
            counts.unchanged = max(0, kept)

    def _reset_counts(self, planner: Planner) -> None:
        """From here on, the counts are of what was really written."""
        for side in self._itinerary.written:
            counts = self.result.counts(side)
            counts.created = counts.updated = counts.deleted = 0
            counts.failed = planner.tally.on[side].failed

    async def _count_unchanged(self, planner: Planner) -> None:
        linked = await self._store.read(self._store.links.count, self._row.id)
        for side in self._itinerary.written:
            counts = self.result.counts(side)
            failed = self._settler.failed_linked[side] + planner.tally.on[side].failed_linked
            counts.unchanged = max(0, linked - counts.created - counts.updated - failed)
