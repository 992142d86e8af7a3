"""Undo: what a run wrote, taken back where nobody has changed it since. Undoing is itself a run, journalled alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

import anyio

from desktop.domain.change import Action, Change, ChangeState, FieldChange, Phase, RunStatus
from desktop.domain.errors import CrosswalkError, NotFound, OutcomeUnknown, Problem
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID
from desktop.domain.values import Json, canonical, from_json, to_json
from desktop.store import Store, SyncRow
from desktop.sync.agreeing import agree
from desktop.sync.applying import Stopped
from desktop.sync.endpoint import Place, Places
from desktop.sync.execution import Execution, Order
from desktop.sync.lookup import find_made, look_up, values_after, values_before
from desktop.sync.preparing import Preparer
from desktop.sync.recovery import recover
from desktop.sync.routes import Itinerary

_CHUNK = 50
_OWN_TOUCHES = timedelta(seconds=5)
"""For so long after its creation a platform may still touch a record because of that."""


@dataclass(slots=True)
class _Step:
    """Taking back one change.

    :param plan: the change that takes it back, ``None`` where nothing can be.
    :param left: why it, or some of its fields, stay as they are.
    """

    origin: Change
    place: Place
    current: Record | None = None
    plan: Change | None = None
    left: list[Change] = field(default_factory=list[Change])
    written: Record | None = None
    problem: Problem | None = None
    stop: CrosswalkError | None = None


class Undo(Execution):
    """Takes back what an earlier run of a sync wrote.

    :param undone: id of that run.
    """

    def __init__(
        self,
        store: Store,
        row: SyncRow,
        places: Places,
        itinerary: Itinerary,
        preparer: Preparer,
        order: Order,
        undone: str,
        *,
        owner: str,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(store, row, places, order, owner=owner, now=now)
        self._itinerary = itinerary
        self._preparer = preparer
        self.result.undoes = undone
        self._next_id = 1
        self._done = 0

    async def _run(self) -> RunStatus:
        await recover(self._store, self._row.id, self._preparer, now=self._now, sleep=anyio.sleep)
        total = await self._store.read(self._total)
        self._meter.enter(Phase.WRITING, total)
        before: int | None = None
        while not self._order.cancel():
            await self._hold()
            changes = await self._store.read(self._page, before)
            if not changes:
                break
            before = changes[-1].id
            await self._take_back(changes)
            self._done += len(changes)
            self._meter.advance(self._done, total)
        if self._order.cancel():
            return RunStatus.CANCELLED
        failed = any(self.result.counts(side).failed for side in Side)
        return RunStatus.COMPLETED_WITH_ERRORS if failed else RunStatus.COMPLETED

    def _begin(self) -> None:
        super()._begin()
        # What is taken back is known from the start, for going on with it after a crash.
        self._store.runs.update_result(self._order.run_id, RunStatus.RUNNING, cast("Json", self.result.as_json()))

    def _total(self) -> int:
        return self._store.journal.count(self.result.undoes, states=[ChangeState.DONE])

    def _page(self, before: int | None) -> list[Change]:
        """The changes that took effect, the last one first."""
        return self._store.journal.backwards(self.result.undoes, before, _CHUNK)

    async def _take_back(self, changes: Sequence[Change]) -> None:
        steps = [_Step(change, self._preparer.place_of(change)[0]) for change in changes]
        waiting = iter(steps)
        broken: list[CrosswalkError] = []

        async def serve() -> None:
            for step in waiting:
                await self._order.hold()
                if self._order.cancel():
                    return
                try:
                    await self._take_one_back(step)
                except CrosswalkError as error:
                    broken.append(error)
                    return

        async with anyio.create_task_group() as group:
            for _ in range(max((step.place.capabilities.concurrency for step in steps), default=0)):
                group.start_soon(serve)
        if broken:
            raise broken[0]
        await self._store.write(self._settle, steps)
        stop = next((step.stop for step in steps if step.stop is not None), None)
        if stop is not None:
            raise Stopped(stop)

    async def _take_one_back(self, step: _Step) -> None:
        """Look at the record just before it is written: what somebody changed by then is left alone.

        :raises CrosswalkError: when the workspace can't be written.
        """
        try:
            await self._look(step)
            self._draw(step)
        except CrosswalkError as error:
            self._failed(step, error)
        await self._store.write(self._intend, step)
        try:
            await self._send(step)
        except CrosswalkError as error:
            self._failed(step, error)

    def _failed(self, step: _Step, error: CrosswalkError) -> None:
        step.problem = error.report()
        step.stop = error if error.stops_run else None
        if step.plan is None:
            failed = self._change(step, step.origin.action, {})
            step.left.append(replace(failed, state=ChangeState.FAILED, problem=step.problem))

    async def _look(self, step: _Step) -> None:
        origin, place = step.origin, step.place
        record_id = origin.id_on(origin.side)
        if record_id is None:
            return
        try:
            step.current = await place.connector.get(place.schema, record_id)
        except NotFound:
            step.current = None
        if step.current is None and origin.action is Action.DELETE:
            # Made again by somebody, or by an undo that was broken off, it has another id.
            _, keys = self._preparer.place_of(origin)
            found = await look_up(place, keys, values_before(origin, place))
            step.current = found[0] if found else None

    def _draw(self, step: _Step) -> None:
        match step.origin.action:
            case Action.UPDATE:
                self._draw_restore(step)
            case Action.CREATE:
                self._draw_deletion(step)
            case Action.DELETE:
                self._draw_creation(step)
            case _:
                pass

    def _draw_restore(self, step: _Step) -> None:
        current = step.current
        if current is None:
            self._leave(step, "It was deleted since, so its fields can't be restored.")
            return
        restored: dict[str, FieldChange] = {}
        kept: list[str] = []
        for key, change in step.origin.fields.items():
            known = step.place.schema.field(key)
            if known is None:
                continue
            if canonical(current.get(key), known.type) == canonical(from_json(change.after, known.type), known.type):
                restored[key] = FieldChange(to_json(current.get(key)), change.before)
            elif to_json(current.get(key)) != change.before:
                kept.append(known.label)
        if kept:
            self._leave(step, f"{', '.join(kept)} changed since the run, so it stays as it is.")
        if restored:
            step.plan = self._change(step, Action.UPDATE, restored)

    def _draw_deletion(self, step: _Step) -> None:
        current = step.current
        if current is None:
            return
        refusal = step.place.schema.refusals.get("delete")
        if refusal:
            self._leave(step, refusal)
        elif _touched(step.origin, step.place, current):
            self._leave(step, "It changed since the run made it, so it stays.")
        else:
            values = _all_values(current)
            step.plan = self._change(
                step, Action.DELETE, {key: FieldChange(value, None) for key, value in values.items()}
            )

    def _draw_creation(self, step: _Step) -> None:
        if step.current is not None:
            self._leave(step, "It is there again already.")
            return
        refusal = step.place.schema.refusals.get("create")
        if refusal:
            self._leave(step, refusal)
            return
        fields = {
            key: FieldChange(None, change.before)
            for key, change in step.origin.fields.items()
            if (known := step.place.schema.field(key)) is not None and not (known.read_only and key != EXTERNAL_ID)
        }
        plan = self._change(step, Action.CREATE, fields)
        left_id, right_id = (None, plan.right_id) if plan.side is Side.LEFT else (plan.left_id, None)
        step.plan = replace(plan, left_id=left_id, right_id=right_id)

    def _change(self, step: _Step, action: Action, fields: Mapping[str, FieldChange]) -> Change:
        origin = step.origin
        number = self._next_id
        self._next_id += 1
        return Change(
            number,
            action,
            origin.side,
            origin.left_id,
            origin.right_id,
            origin.title,
            fields,
            object=origin.object,
        )

    def _leave(self, step: _Step, reason: str) -> None:
        problem = Problem("changed_meanwhile", reason, "Look at the record, and correct it by hand if needed.")
        left = self._change(step, Action.SKIP, {})
        step.left.append(replace(left, state=ChangeState.SKIPPED, problem=problem))

    def _intend(self, step: _Step) -> None:
        """Note what is meant, and that it is being sent."""
        self.result.counts(step.origin.side).skipped += sum(item.state is ChangeState.SKIPPED for item in step.left)
        plans = [step.plan] if step.plan is not None else []
        self._store.journal.add(self._order.run_id, [*plans, *step.left])
        self._store.journal.mark_sent(self._order.run_id, [plan.id for plan in plans], self._now())

    async def _send(self, step: _Step) -> None:
        plan, place = step.plan, step.place
        if plan is None:
            return
        match plan.action:
            case Action.DELETE:
                await place.connector.delete(place.schema, plan.id_on(plan.side) or "")
            case Action.CREATE:
                step.written = await self._make(plan, place)
            case _:
                if step.current is not None:
                    step.written = await place.connector.update(place.schema, step.current, values_after(plan, place))

    async def _make(self, plan: Change, place: Place) -> Record:
        values = values_after(plan, place)
        try:
            return await place.connector.create(place.schema, values)
        except OutcomeUnknown:
            _, keys = self._preparer.place_of(plan)
            found = await find_made(place, keys, values, anyio.sleep)
            if found is None:
                raise
            return found

    def _settle(self, steps: Sequence[_Step]) -> None:
        now = self._now()
        for step in steps:
            if step.problem is not None:
                self.result.counts(step.origin.side).failed += 1
                if step.plan is not None:
                    self._store.journal.mark_failed(self._order.run_id, [(step.plan.id, step.problem)], now)
            elif step.plan is not None:
                self._settle_one(step, step.plan, now)

    def _settle_one(self, step: _Step, plan: Change, now: datetime) -> None:
        counts = self.result.counts(plan.side)
        mirror = self._store.mirror
        left_id, right_id = plan.left_id, plan.right_id
        if plan.action is Action.DELETE:
            counts.deleted += 1
            mirror.mark_gone(step.place.mirror, [plan.id_on(plan.side) or ""])
            if left_id and not plan.object:
                self._store.links.remove(self._row.id, [left_id])
        elif step.written is not None:
            if step.written.id:
                mirror.put(step.place.mirror, step.place.schema, [step.written])
            if plan.action is Action.CREATE:
                counts.created += 1
                left_id, right_id = (
                    (step.written.id or None, right_id)
                    if plan.side is Side.LEFT
                    else (left_id, step.written.id or None)
                )
            else:
                counts.updated += 1
                agree(self._store, self._row.id, self._itinerary, plan, step.written, now)
        self._store.journal.mark_done(self._order.run_id, [(plan.id, left_id, right_id)], now)


def _touched(origin: Change, place: Place, current: Record) -> bool:
    """Whether somebody changed a record after the run made it: by its values, and by the platform's own times."""
    if current.created_at and current.updated_at and current.updated_at - current.created_at > _OWN_TOUCHES:
        return True
    for key, change in origin.fields.items():
        known = place.schema.field(key)
        if known is None or isinstance(change.after, list):
            continue
        if canonical(current.get(key), known.type) != canonical(from_json(change.after, known.type), known.type):
            return True
    return False


def _all_values(record: Record) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for key, value in record.values.items():
        data = to_json(value)
        if data is not None:
            values[key] = data
    if record.external_id:
        values[EXTERNAL_ID] = record.external_id
    return values
