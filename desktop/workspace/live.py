"""Runs of what the platforms told: each sync that is to run as changes happen looks at the records that were named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desktop.connectors.webhooks import Happened
from desktop.domain.change import RunResult, RunStatus
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import AlreadyRunning, CrosswalkError
from desktop.domain.mapping import Direction, Side
from desktop.store import DeliveryRow, SyncRow
from desktop.sync.timing import allows
from desktop.workspace.alerts import Alerts
from desktop.workspace.context import Context
from desktop.workspace.definitions import definition_of
from desktop.workspace.running import Running

TRIGGER = "webhook"
_AT_ONCE = 1000
"""So much of what was told is looked at in one go."""
_ONE_BY_ONE = 100
"""Where more records of a sync are named, reading what changed costs less than reading each."""
_KEPT = timedelta(days=7)
"""So long a message is remembered, to know a replay."""
_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
_DONE = frozenset({RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS, RunStatus.NEEDS_CONFIRMATION})
"""After these, what was told is served: what is left is in the run's failures or waits for a person."""

Ended = Callable[[RunResult], None]


@dataclass(slots=True)
class _Wait:
    """When a sync whose runs failed is tried again."""

    until: datetime
    length: timedelta


@dataclass(slots=True)
class _Work:
    """What was told of one sync's records."""

    name: str
    deliveries: list[int] = field(default_factory=list[int])
    records: dict[Side, list[str]] = field(default_factory=dict[Side, list[str]])

    def add(self, delivery: DeliveryRow, side: Side) -> None:
        self.deliveries.append(delivery.id)
        self.records.setdefault(side, []).append(delivery.record_id)

    @property
    def only(self) -> dict[Side, list[str]] | None:
        """The records to look at, ``None`` for all that changed."""
        if sum(len(ids) for ids in self.records.values()) > _ONE_BY_ONE:
            return None
        return self.records


class Live:
    """Serves what was told. What no sync wants is served at once; what a run could not look at waits."""

    def __init__(self, context: Context, syncs: Running, alerts: Alerts) -> None:
        self._context = context
        self._store = context.store
        self._syncs = syncs
        self._alerts = alerts
        self._waits: dict[str, _Wait] = {}
        self._served: set[tuple[str, int]] = set()

    async def run_waiting(self, ended: Ended = lambda _result: None) -> None:
        """Run the syncs that something was told of, and return once they have ended.

        :param ended: told of each run that did something.
        """
        now = self._context.now()
        rows = await self._store.read(self._store.deliveries.waiting, _AT_ONCE)
        if not rows:
            return
        works = await self._store.read(self._works, rows)
        unserved: set[int] = set()
        for work in works:
            if await self._serve(work, ended):
                self._served.update((work.name, item) for item in work.deliveries)
            else:
                # The latest say well enough that everything is to be looked at; the rest would keep others waiting.
                unserved.update(work.deliveries[-_ONE_BY_ONE - 1 :])
        self._served = {pair for pair in self._served if pair[1] in unserved}

        def settle() -> None:
            self._store.deliveries.handled([row.id for row in rows if row.id not in unserved], now)
            self._store.deliveries.forget(now - _KEPT)

        await self._store.write(settle)

    def _works(self, rows: Sequence[DeliveryRow]) -> list[_Work]:
        names = {row.id: row.name.casefold() for row in self._store.connections.all()}
        works: list[_Work] = []
        for row in self._store.syncs.all():
            definition = definition_of(row)
            if not self._is_wanted(row, definition):
                continue
            work = _Work(row.name)
            for delivery in rows:
                for side in Side:
                    served = (row.name, delivery.id) in self._served
                    if not served and _concerns(delivery, names, definition, side):
                        work.add(delivery, side)
            if work.deliveries:
                works.append(work)
        return works

    def _is_wanted(self, row: SyncRow, definition: SyncDefinition) -> bool:
        """Whether it runs as changes happen. While it may not, messages are let go: its next run reads all changes."""
        schedule = definition.schedule
        if schedule is None or not schedule.live or self._store.rests.get(row.id).paused:
            return False
        return allows(schedule, self._context.now()) and self._syncs.may_run_alone(row)

    async def _serve(self, work: _Work, ended: Ended) -> bool:
        """Run a sync for what was told. Returns whether that is served."""
        wait = self._waits.get(work.name)
        if wait is not None and self._context.now() < wait.until:
            return False
        try:
            result = await self._syncs.run(work.name, only=work.only, trigger=TRIGGER)
        except AlreadyRunning:
            return False
        except CrosswalkError as error:
            await self._syncs.note_not_begun(work.name, TRIGGER, error)
            await self._alerts.look_at(work.name)
            self._wait_longer(work.name)
            return False
        if _did_nothing(result):
            await self._store.write(self._store.runs.remove, result.run_id)
        else:
            ended(result)
            await self._alerts.look_at(work.name)
        if result.status in _DONE:
            self._waits.pop(work.name, None)
            return True
        self._wait_longer(work.name)
        return False

    def _wait_longer(self, name: str) -> None:
        former = self._waits.get(name)
        length = min(former.length * 2, _LONGEST_WAIT) if former else _SHORTEST_WAIT
        self._waits[name] = _Wait(self._context.now() + length, length)


def _concerns(delivery: DeliveryRow, names: dict[int, str], definition: SyncDefinition, side: Side) -> bool:
    """Whether a record of that side of a sync is meant. The target of a one-way sync is not looked at."""
    endpoint = definition.endpoint(side)
    looked_at = definition.direction is Direction.TWO_WAY or side is definition.direction.source
    if not looked_at or names.get(delivery.connection_id) != endpoint.connection.casefold():
        return False
    return Happened(delivery.key, delivery.object, delivery.record_id).concerns(endpoint.object)


def _did_nothing(result: RunResult) -> bool:
    """Whether a run is not worth keeping: mostly it was told of Crosswalk's own writes."""
    sides = (result.left, result.right)
    written = sum(side.created + side.updated + side.deleted + side.failed for side in sides)
    return result.status is RunStatus.COMPLETED and not (written or result.conflicts or result.referenced_created)
