"""Running syncs: previews, runs, their progress, and the records that failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import cast
from uuid import uuid4

import anyio

from desktop.connectors.urgency import in_background
from desktop.domain.change import UNDO, Progress, RunResult, RunStatus
from desktop.domain.conflict import Conflict, ConflictKind
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import CrosswalkError, InvalidInput, NotFound
from desktop.domain.mapping import Side
from desktop.domain.values import Json
from desktop.store import SyncRow
from desktop.sync.carrying import Carrier, Carriers, default_carry
from desktop.sync.endpoint import Place, Places
from desktop.sync.execution import Execution, Order, interrupted
from desktop.sync.lease import is_gone
from desktop.sync.preparing import Preparer
from desktop.sync.routes import Itinerary, itinerary
from desktop.sync.run import Run
from desktop.sync.undo import Undo
from desktop.workspace.context import Context
from desktop.workspace.definitions import definition_of
from desktop.workspace.inbox import Inbox
from desktop.workspace.topics import Topic
from desktop.workspace.undoable import find_undoable, outlook, undone_by
from desktop.workspace.views import FailureView

logger = logging.getLogger(__name__)

Watch = Callable[[Progress], None]


@dataclass(slots=True)
class _Current:
    """A run that is under way in this process."""

    run_id: str
    progress: Progress | None = None
    cancelled: bool = False
    resumed: anyio.Event | None = None

    async def hold(self) -> None:
        """Wait while the run is paused. A cancelled one does not wait."""
        while self.resumed is not None and not self.cancelled:
            await self.resumed.wait()

    def go_on(self) -> None:
        """Let the run go on."""
        if self.resumed is not None:
            self.resumed.set()
            self.resumed = None


_BY_HAND = frozenset({"manual", "retry"})
"""Where a person asks for certain records, counterparts that were deleted are made again."""
_BY_ITSELF = frozenset({"schedule", "webhook"})
_RUN_ONCE = frozenset({RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS})


class Running(Inbox):
    """Runs the syncs of a workspace."""

    def __init__(self, context: Context, owner: str) -> None:
        super().__init__(context)
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
        only: Mapping[Side, Sequence[str]] | None = None,
        trigger: str = "manual",
        watch: Watch | None = None,
    ) -> RunResult:
        """Run a sync.

        :param confirmed: go ahead where a guard would stop and ask.
        :param only: record ids by side, to sync only these.
        :raises AlreadyRunning: when it is running, here or in another process.
        """
        recreate = only is not None and trigger in _BY_HAND
        order = Order(uuid4().hex, confirmed=confirmed, only=only, recreate=recreate, trigger=trigger)
        with in_background() if trigger in _BY_ITSELF else nullcontext():
            return await self._run(name, order, watch)

    async def retry(self, name: str, ids: Sequence[str] | None = None, *, watch: Watch | None = None) -> RunResult:
        """Run only the records that failed before: the named ones, or all."""
        row = await self._row(name)

        def chosen() -> dict[Side, list[str]]:
            due = {side: self._store.due.ids(row.id, side) for side in Side}
            if ids is None:
                return due
            known = {side: [item for item in due[side] if item in ids] for side in Side}
            source = definition_of(row).direction.source
            strange = [item for item in ids if not any(item in found for found in known.values())]
            return {**known, source: known[source] + strange}

        return await self.run(name, only=await self._store.read(chosen), trigger="retry", watch=watch)

    async def apply_settled(self, name: str, *, watch: Watch | None = None) -> RunResult:
        """Run only the records about which a person has decided."""
        row = await self._row(name)
        first = definition_of(row).direction.source
        decided = await self._store.read(self._store.conflicts.decided, row.id)
        only: dict[Side, list[str]] = {side: [] for side in Side}
        for conflict in decided:
            side = _looked_at_from(conflict, first)
            only[side].append(conflict.id_on(side))
        return await self.run(name, only=only, trigger="settled", watch=watch)

    async def undo(self, name: str, run_id: str | None = None, *, watch: Watch | None = None) -> RunResult:
        """Take back what a run wrote, where nobody has changed it since.

        :param run_id: the run; ``None`` for the last one that wrote, or to go on with an undo that was broken off.
        :raises NotFound: when it, or no run, wrote anything.
        """
        row = await self._row(name)
        undone = (await self._store.read(find_undoable, self._store, row, run_id)).run
        order = Order(uuid4().hex, trigger=UNDO)
        places, plan, carriers = await self._prepare(definition_of(row))
        preparer = Preparer(self._store, row.id, places, plan, carriers)

        def make() -> Execution:
            options = {"owner": self._owner, "now": self._context.now}
            return Undo(self._store, row, places, plan, preparer, order, undone.id, **options)

        return await self._execute(row, order, watch, make)

    async def undo_outlook(self, name: str, run_id: str | None = None) -> str:
        """What :meth:`undo` would do, in a sentence.

        :raises NotFound: when there is nothing to take back.
        """
        row = await self._row(name)
        return await self._store.read(lambda: outlook(self._store, find_undoable(self._store, row, run_id)))

    async def pause(self, name: str) -> None:
        """Let a sync rest: it does not run by itself, and a run under way waits at its next step."""
        row = await self._row(name)
        await self._store.write(self._store.rests.pause, row.id, True)
        current = self._current.get(row.name.casefold())
        if current is not None and current.resumed is None:
            current.resumed = anyio.Event()
        self._context.news.tell(Topic.SYNCS)

    async def resume(self, name: str) -> None:
        """Let a sync run by itself again, and a run that waits go on."""
        row = await self._row(name)
        await self._store.write(self._store.rests.pause, row.id, False)
        current = self._current.get(row.name.casefold())
        if current is not None:
            current.go_on()
        self._context.news.tell(Topic.SYNCS)

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
            current.go_on()

    async def cancel_all(self) -> None:
        """Ask every run of this process to stop; what was started is finished."""
        for current in self._current.values():
            current.cancelled = True
            current.go_on()

    async def running(self) -> dict[str, Progress | None]:
        """The syncs that are running in this process, with their progress."""
        names = {row.name.casefold(): row.name for row in await self._store.read(self._store.syncs.all)}
        return {names.get(key, key): current.progress for key, current in self._current.items()}

    def is_running(self, name: str) -> bool:
        """Whether a run of the sync is under way in this process."""
        return name.casefold() in self._current

    def may_run_alone(self, row: SyncRow) -> bool:
        """Whether a person allowed a sync to run by itself, and none of its runs waits for a person's answer. Reads
        the store.
        """
        runs = self._store.runs.recent(row.id, 1, previews=False)
        if runs and runs[0].status is RunStatus.NEEDS_CONFIRMATION:
            return False
        return row.approved or self._store.runs.any_ended(row.id, _RUN_ONCE)

    async def note_not_begun(self, name: str, trigger: str, error: CrosswalkError) -> None:
        """Keep in the history that a run which nobody asked for could not begin, and why."""
        logger.warning("A run of %s could not begin: %s", name, error.message)
        row = await self._store.read(self._store.syncs.by_name, name)
        if row is None:
            return
        now, run_id = self._context.now(), uuid4().hex
        result = RunResult(row.name, run_id, RunStatus.FAILED, error=error.report())

        def note() -> None:
            self._store.runs.begin(run_id, row.id, now, trigger=trigger)
            self._store.runs.end(run_id, RunStatus.FAILED, cast("Json", result.as_json()), now)

        await self._store.write(note)
        self._context.news.tell(Topic.RUNS, Topic.SYNCS)

    async def failures(self, name: str, offset: int = 0, limit: int = 200) -> list[FailureView]:
        """Records that could not be written and wait to be retried."""
        row = await self._row(name)
        rows = await self._store.read(self._store.due.page, row.id, offset, limit)
        return [FailureView(item.record_id, item.title, item.problem, item.since, item.attempts) for item in rows]

    async def dismiss(self, name: str, source_ids: Sequence[str]) -> None:
        """Take records off the list of failures; they are looked at again once they change."""
        row = await self._row(name)

        def remove() -> None:
            for side in Side:
                self._store.due.remove(row.id, side, list(source_ids))

        await self._store.write(remove)
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
            problem = interrupted(run.trigger)
            result = RunResult(row.name, run.id, RunStatus.INTERRUPTED, error=problem, undoes=undone_by(run))
            document = cast("Json", result.as_json())
            self._store.runs.end(run.id, RunStatus.INTERRUPTED, document, self._context.now())

    async def _run(self, name: str, order: Order, watch: Watch | None) -> RunResult:
        row = await self._row(name)
        places, plan, carriers = await self._prepare(definition_of(row))

        def make() -> Execution:
            return Run(self._store, row, places, plan, carriers, order, owner=self._owner, now=self._context.now)

        return await self._execute(row, order, watch, make)

    async def _execute(
        self, row: SyncRow, order: Order, watch: Watch | None, make: Callable[[], Execution]
    ) -> RunResult:
        key = row.name.casefold()
        await self.close_interrupted()
        current = _Current(order.run_id)

        def seen(progress: Progress) -> None:
            current.progress = progress
            if watch is not None:
                watch(progress)

        order.watch = seen
        order.cancel = lambda: current.cancelled
        order.hold = current.hold
        order.paused = lambda: current.resumed is not None
        owned = key not in self._current
        if owned:
            self._current[key] = current
        self._context.news.tell(Topic.RUNS)
        try:
            return await make().execute()
        finally:
            if owned:
                del self._current[key]
            self._context.news.tell(Topic.RUNS, Topic.SYNCS, Topic.RECORDS, Topic.CONFLICTS)

    async def _prepare(self, definition: SyncDefinition) -> tuple[Places, Itinerary, Carriers]:
        left = await self._context.place(definition.left.connection, definition.left.object)
        right = await self._context.place(definition.right.connection, definition.right.object)
        places = Places(left, right)
        plan = itinerary(definition, left.schema, right.schema)
        carriers = [item for side in plan.written for item in await self._carriers(places, plan, side)]
        return places, plan, dict(carriers)

    async def _carriers(self, places: Places, plan: Itinerary, side: Side) -> list[tuple[tuple[Side, str], Carrier]]:
        """What carries references to a side."""
        source, target = places.on(side.other), places.on(side)
        carriers: list[tuple[tuple[Side, str], Carrier]] = []
        for route in plan.routes(side):
            if not route.is_reference:
                continue
            here = await self._referenced(source, route.source.target, route.source.label)
            there = await self._referenced(target, route.target.target, route.target.label)
            carry = route.pair.carry or default_carry(here.schema, there.schema, side.other)
            if carry is None:
                raise InvalidInput(
                    f"{route.source.label} can't be carried: {here.schema.plural} and {there.schema.plural} share "
                    "no field by which they could be matched.",
                    hint="Edit the sync and say by which fields they are the same.",
                )
            carriers.append(((side, route.target.key), Carrier(carry, here, there, side)))
        return carriers

    async def _referenced(self, place: Place, object_key: str | None, label: str) -> Place:
        if not object_key:
            raise NotFound(f"{label} points to nothing that can be read.", "Leave this line out of the mapping.")
        return await self._context.place(place.connection, object_key)


def _looked_at_from(conflict: Conflict, first: Side) -> Side:
    """The side from whose record a conflict is looked at again."""
    match conflict.kind:
        case ConflictKind.FIELD:
            return first
        case ConflictKind.MATCH:
            return conflict.side
        case ConflictKind.DELETED:
            return conflict.side.other
