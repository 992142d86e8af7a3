"""Applying a plan: each intent goes to the journal before it is sent, each outcome in one step with its link.

The chunks overlap: while one is being sent, the next is made ready, and the one before is stored.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import anyio

from desktop.domain.change import Change, ChangeState
from desktop.domain.errors import CrosswalkError, PlatformUnavailable, RateLimited
from desktop.store import Store
from desktop.sync.comparing import Comparer
from desktop.sync.endpoint import Place
from desktop.sync.preparing import Preparer
from desktop.sync.sending import Outcome, Sender, Task
from desktop.sync.settling import Settler

_SMALLEST, _LARGEST = 16, 256
_SECONDS_A_CHUNK = 2.0
_PATIENCE = 12
"""Failures of the platform in a row after which a run stops instead of trying the rest."""


class Stopped(Exception):
    """The run can't go on; carries the reason."""

    def __init__(self, error: CrosswalkError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(slots=True)
class _Chunk:
    """Changes that are ready to be sent, and what became of them."""

    tasks: Sequence[Task]
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    unsent: list[Change] = field(default_factory=list[Change])

    @property
    def carried(self) -> bool:
        """Whether others wait for what it writes: records that they refer to."""
        return any(task.carried for task in self.tasks)


@dataclass(frozen=True, slots=True)
class Control:
    """How a person stops or holds a run.

    :param cancelled: asked before each request whether to stop.
    :param hold: waits, between chunks, while the run is paused.
    """

    cancelled: Callable[[], bool]
    hold: Callable[[], Awaitable[None]]


class Applier:
    """Applies the planned changes of one run."""

    def __init__(
        self,
        store: Store,
        run_id: str,
        preparer: Preparer,
        sender: Sender,
        settler: Settler,
        comparer: Comparer,
        control: Control,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._preparer = preparer
        self._sender = sender
        self._settler = settler
        self._comparer = comparer
        self._control = control
        self._now = now
        self._failures_in_a_row = 0
        self._stop: CrosswalkError | None = None
        self._size = _SMALLEST
        self._last = 0
        self._waves: list[list[Change]] = []

    async def apply(self, seen: Callable[[int], None]) -> None:
        """Send every planned change of the run.

        :param seen: called with the number of changes dealt with so far.
        :raises Stopped: when going on makes no sense: the credential is refused, the platform is down.
        """
        sent: _Chunk | None = None
        chunk = await self._next()
        while chunk is not None or sent is not None:
            if chunk is None:
                # What comes next may need what was written last.
                await self._settle(sent, seen)
                sent, chunk = None, await self._next()
            else:
                sent, chunk = chunk, await self._send_beside(chunk, sent, seen)
        if self._stop is not None:
            raise Stopped(self._stop)

    async def _send_beside(self, chunk: _Chunk, sent: _Chunk | None, seen: Callable[[int], None]) -> _Chunk | None:
        """Send a chunk; meanwhile store the one before, and make the next one ready unless it needs this one's.

        :returns: the next chunk, ``None`` where it is not made ready yet.
        """
        following: _Chunk | None = None
        failure: Exception | None = None

        async def work() -> None:
            nonlocal following, failure
            try:
                await self._settle(sent, seen)
                if not chunk.carried:
                    following = await self._next()
            except Exception as error:  # noqa: BLE001 - raised again below, outside the group
                failure = error

        async with anyio.create_task_group() as group:
            group.start_soon(work)
            started = time.monotonic()
            await self._send(chunk)
            self._adapt(len(chunk.tasks), time.monotonic() - started)
        if failure is not None:
            await self._settle(chunk, seen)
            raise failure
        return following

    async def _next(self) -> _Chunk | None:
        """The next changes, noted in the journal as being sent; ``None`` at the end or when the run is to stop."""
        await self._control.hold()
        if self._stop is not None or self._control.cancelled():
            return None
        if not self._waves:
            changes = await self._store.read(self._planned)
            if not changes:
                return None
            self._last = changes[-1].id
            self._waves = _waves(changes)
        wave = self._waves.pop(0)
        tasks = await self._store.read(self._preparer.prepare, wave)
        await self._store.write(self._store.journal.mark_sent, self._run_id, [item.id for item in wave], self._now())
        return _Chunk(tasks)

    def _planned(self) -> list[Change]:
        states = [ChangeState.PLANNED]
        return self._store.journal.page(self._run_id, after_id=self._last, limit=self._size, states=states)

    def _adapt(self, sent: int, seconds: float) -> None:
        rate = sent / max(seconds, 0.001)
        self._size = int(min(_LARGEST, max(_SMALLEST, rate * _SECONDS_A_CHUNK)))

    async def _send(self, chunk: _Chunk) -> None:
        waiting = iter(chunk.tasks)

        async def send() -> None:
            for task in waiting:
                if self._stop is not None or self._control.cancelled():
                    chunk.unsent.append(task.change)
                    continue
                outcome = await self._sender.send(task)
                chunk.outcomes.append(outcome)
                self._watch(outcome)

        async with anyio.create_task_group() as group:
            for _ in range(max(task.place.capabilities.concurrency for task in chunk.tasks)):
                group.start_soon(send)
        for place in {task.place.mirror: task.place for task in chunk.tasks}.values():
            await self._learn_ids(place, chunk.outcomes)

    async def _learn_ids(self, place: Place, outcomes: Sequence[Outcome]) -> None:
        """Find the ids of created records whose platform did not state them in its answer."""
        waiting = {
            str(outcome.record.external_id): outcome
            for outcome in outcomes
            if outcome.task.place.mirror == place.mirror
            and outcome.record is not None
            and outcome.awaits_id
            and outcome.record.external_id
        }
        if not waiting:
            return
        try:
            found = await place.connector.find_by_external_ids(place.schema, list(waiting))
        except CrosswalkError as error:
            self._stop = self._stop or (error if error.stops_run else None)
            return
        for key, outcome in waiting.items():
            if key in found:
                task = outcome.task
                outcome.record = found[key]
                if outcome.comparison is not None and task.source is not None:
                    self._comparer.remember(outcome.comparison, task.side, task.source, found[key])

    async def _settle(self, chunk: _Chunk | None, seen: Callable[[int], None]) -> None:
        if chunk is None:
            return
        await self._store.write(self._settler.settle, chunk.outcomes, chunk.unsent)
        seen(self._settler.done)

    def _watch(self, outcome: Outcome) -> None:
        """Note when to stop: at once, or because the platform has failed too often in a row."""
        if outcome.stop is not None:
            self._stop = outcome.stop
        down = outcome.problem is not None and outcome.problem.code in _DOWN
        self._failures_in_a_row = self._failures_in_a_row + 1 if down else 0
        if self._failures_in_a_row >= _PATIENCE and self._stop is None:
            name = outcome.task.place.connection
            self._stop = PlatformUnavailable(
                f"{name} failed {_PATIENCE} times in a row, so the run was stopped.",
                "What was written is kept. Try again in a few minutes; the rest is sent then.",
            )


_DOWN = frozenset({PlatformUnavailable.code, RateLimited.code, "outcome_unknown"})


def _waves(changes: Sequence[Change]) -> list[list[Change]]:
    """Referenced records first, then the records that refer to them, one side after the other."""
    waves: list[list[Change]] = [[item for item in changes if item.object]]
    own = [item for item in changes if not item.object]
    for side in dict.fromkeys(item.side for item in own):
        waves.append([item for item in own if item.side is side])
    return [wave for wave in waves if wave]
