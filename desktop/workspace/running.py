"""Running syncs: previews, runs, their progress, and the records that failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast
from uuid import uuid4

from desktop.domain.change import Progress, RunResult, RunStatus
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import InvalidInput, NotFound
from desktop.domain.values import Json
from desktop.store import Store, SyncRow
from desktop.sync.carrying import Carrier, default_carry
from desktop.sync.endpoint import Place, Places
from desktop.sync.lease import is_gone
from desktop.sync.routes import Itinerary, itinerary
from desktop.sync.run import Order, Run, interrupted
from desktop.workspace.context import Context
from desktop.workspace.definitions import definition_of
from desktop.workspace.topics import Topic
from desktop.workspace.views import FailureView

Watch = Callable[[Progress], None]


@dataclass(slots=True)
class _Current:
    """A run that is under way in this process."""

    run_id: str
    progress: Progress | None = None
    cancelled: bool = False


class Running:
    """Runs the syncs of a workspace."""

    def __init__(self, context: Context, owner: str) -> None:
        self._context = context
        self._store: Store = context.store
        self._owner = owner
        self._current: dict[str, _Current] = {}

    async def preview(self, name: str, *, watch: Watch | None = None) -> RunResult:
        """What a run would do. Nothing is sent that writes."""
        return await self._run(name, Order(uuid4().hex, preview=True, trigger="preview"), watch)

    async def run(
        self,
        name: str,
        *,
        confirmed: bool = False,
        only: Sequence[str] | None = None,
        trigger: str = "manual",
        watch: Watch | None = None,
    ) -> RunResult:
        """Run a sync.

        :param confirmed: go ahead where a guard would stop and ask.
        :param only: source record ids, to sync only these.
        :raises AlreadyRunning: when it is running, here or in another process.
        """
        order = Order(uuid4().hex, confirmed=confirmed, only=only, trigger=trigger)
        return await self._run(name, order, watch)

    async def retry(
        self, name: str, source_ids: Sequence[str] | None = None, *, watch: Watch | None = None
    ) -> RunResult:
        """Run only the records that failed before: the named ones, or all."""
        row = await self._row(name)
        ids = list(source_ids) if source_ids is not None else await self._store.read(self._store.due.ids, row.id)
        return await self.run(name, only=ids, trigger="retry", watch=watch)

    async def approve(self, name: str) -> None:
        """A person has seen the preview and agreed to what the sync does."""
        row = await self._row(name)
        await self._store.write(self._store.syncs.update, replace(row, approved=True))
        self._context.news.tell(Topic.SYNCS)

    async def cancel(self, name: str) -> None:
        """Ask a run to stop; what was started is finished."""
        current = self._current.get(name.casefold())
        if current is not None:
            current.cancelled = True

    async def running(self) -> dict[str, Progress | None]:
        """The syncs that are running in this process, with their progress."""
        names = {row.name.casefold(): row.name for row in await self._store.read(self._store.syncs.all)}
        return {names.get(key, key): current.progress for key, current in self._current.items()}

    def is_running(self, name: str) -> bool:
        """Whether a run of the sync is under way in this process."""
        return name.casefold() in self._current

    async def failures(self, name: str, offset: int = 0, limit: int = 200) -> list[FailureView]:
        """Records that could not be written and wait to be retried."""
        row = await self._row(name)
        rows = await self._store.read(self._store.due.page, row.id, offset, limit)
        return [FailureView(item.record_id, item.title, item.problem, item.since, item.attempts) for item in rows]

    async def dismiss(self, name: str, source_ids: Sequence[str]) -> None:
        """Take records off the list of failures; they are looked at again once they change."""
        row = await self._row(name)
        source = definition_of(row).direction.source
        await self._store.write(self._store.due.remove, row.id, source, list(source_ids))
        self._context.news.tell(Topic.SYNCS)

    async def close_interrupted(self) -> None:
        """Say of runs whose process is gone that they were interrupted."""

        def close() -> None:
            for row in self._store.syncs.all():
                holder = self._store.leases.holder(row.id)
                if holder is not None and not self._has_ended(holder):
                    continue
                if holder is not None:
                    self._store.leases.release(row.id, holder)
                self._end_unfinished(row)

        await self._store.write(close)

    def _has_ended(self, holder: str) -> bool:
        """Whether who holds a lease is known not to run any more: a process that is gone, or a run that broke off."""
        if holder.startswith(f"{self._owner}:"):
            return holder not in {f"{self._owner}:{current.run_id}" for current in self._current.values()}
        return is_gone(holder)

    def _end_unfinished(self, row: SyncRow) -> None:
        for run in self._store.runs.unfinished(row.id):
            result = RunResult(row.name, run.id, RunStatus.INTERRUPTED, error=interrupted())
            document = cast("Json", result.as_json())
            self._store.runs.end(run.id, RunStatus.INTERRUPTED, document, self._context.now())

    async def _run(self, name: str, order: Order, watch: Watch | None) -> RunResult:
        row = await self._row(name)
        key = row.name.casefold()
        await self.close_interrupted()
        places, plan, carriers = await self._prepare(definition_of(row))
        current = _Current(order.run_id)

        def seen(progress: Progress) -> None:
            current.progress = progress
            if watch is not None:
                watch(progress)

        order.watch = seen
        order.cancel = lambda: current.cancelled
        run = Run(self._store, row, places, plan, carriers, order, owner=self._owner, now=self._context.now)
        owned = key not in self._current
        if owned:
            self._current[key] = current
        self._context.news.tell(Topic.RUNS)
        try:
            return await run.execute()
        finally:
            if owned:
                del self._current[key]
            self._context.news.tell(Topic.RUNS, Topic.SYNCS, Topic.RECORDS)

    async def _prepare(self, definition: SyncDefinition) -> tuple[Places, Itinerary, Mapping[str, Carrier]]:
        left = await self._context.place(definition.left.connection, definition.left.object)
        right = await self._context.place(definition.right.connection, definition.right.object)
        places = Places(left, right)
        plan = itinerary(definition, left.schema, right.schema)
        return places, plan, await self._carriers(places, plan)

    async def _carriers(self, places: Places, plan: Itinerary) -> dict[str, Carrier]:
        source, target = places.on(plan.source), places.on(plan.target)
        carriers: dict[str, Carrier] = {}
        for route in plan.lines:
            if not route.is_reference:
                continue
            here = await self._referenced(source, route.source.target, route.source.label)
            there = await self._referenced(target, route.target.target, route.target.label)
            carry = route.pair.carry or default_carry(here.schema, there.schema, plan.source)
            if carry is None:
                raise InvalidInput(
                    f"{route.source.label} can't be carried: {here.schema.plural} and {there.schema.plural} share "
                    "no field by which they could be matched.",
                    hint="Edit the sync and say by which fields they are the same.",
                )
            carriers[route.target.key] = Carrier(carry, here, there, plan.target)
        return carriers

    async def _referenced(self, place: Place, object_key: str | None, label: str) -> Place:
        if not object_key:
            raise NotFound(f"{label} points to nothing that can be read.", "Leave this line out of the mapping.")
        return await self._context.place(place.connection, object_key)

    async def _row(self, name: str) -> SyncRow:
        row = await self._store.read(self._store.syncs.by_name, name)
        if row is None:
            raise NotFound(f"There is no sync “{name}”.", "See the list of syncs for their names.")
        return row
