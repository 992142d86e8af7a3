"""Syncs that run by themselves: while the window is open, or in ``crosswalk worker``."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import datetime

import anyio

from desktop.domain.change import RunResult
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import AlreadyRunning, CrosswalkError
from desktop.store import Rest, SyncRow
from desktop.sync.beside import beside
from desktop.sync.timing import is_due, next_run
from desktop.workspace.alerts import Alerts
from desktop.workspace.context import Context
from desktop.workspace.definitions import definition_of
from desktop.workspace.live import Live
from desktop.workspace.reception import Reception
from desktop.workspace.running import Running

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 15.0
"""How often it is looked what is due: the wall clock decides, since a laptop may have slept."""
_AT_ONCE = 3
"""So many syncs run at once."""
_SETTLE_SECONDS = 2.0
"""How long after a message it is waited for more, since changes come in bursts."""

Ended = Callable[[RunResult], None]


class Automatic:
    """Serves the schedules of a workspace, and what its platforms tell.

    A sync runs by itself once a person has approved or run it, unless it rests or waits for an answer. Whoever notes
    first that a moment is served runs it: two processes on one workspace never both do.
    """

    def __init__(self, context: Context, syncs: Running, reception: Reception, alerts: Alerts) -> None:
        self._context = context
        self._store = context.store
        self._syncs = syncs
        self._reception = reception
        self._alerts = alerts
        self._live = Live(context, syncs, alerts)

    async def serve(
        self,
        ended: Ended = lambda _result: None,
        *,
        wait: Callable[[float], Awaitable[None]] = anyio.sleep,
        going_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """Run what is due, for as long as it goes on; then the runs under way are waited for.

        :param ended: told of each run that ended.
        :param wait: waits so many seconds until the next look.
        """
        over = anyio.Event()
        async with beside(self._reception.serve), anyio.create_task_group() as group:
            group.start_soon(self._serve_live, ended, over)
            limiter = anyio.CapacityLimiter(_AT_ONCE)
            while going_on():
                with _left_for_later("What is due could not be looked up"):
                    for name in await self.claim():
                        group.start_soon(self._run, name, limiter, ended)
                await wait(_LOOK_SECONDS)
            over.set()
            self._reception.arrival.set()

    async def _serve_live(self, ended: Ended, over: anyio.Event) -> None:
        """Run what the platforms told, soon after it arrived; also what another process took."""
        while not over.is_set():
            self._reception.expect()
            with _left_for_later("What the platforms told could not be served"):
                await self._live.run_waiting(ended)
            with anyio.move_on_after(_LOOK_SECONDS):
                await self._reception.arrival.wait()
                if not over.is_set():
                    await anyio.sleep(_SETTLE_SECONDS)

    async def run_due(self, ended: Ended = lambda _result: None) -> None:
        """Run what is due now and what the platforms told, and return once it has ended."""
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        async with anyio.create_task_group() as group:
            for name in await self.claim():
                group.start_soon(self._run, name, limiter, ended)
        await self._live.run_waiting(ended)

    async def claim(self) -> list[str]:
        """The names of the syncs that are due; their moment is noted as served, so that nobody else runs them."""
        return await self._store.write(self._claim)

    def _claim(self) -> list[str]:
        now = self._context.now()
        names: list[str] = []
        for row in self._store.syncs.all():
            definition = definition_of(row)
            rest = self._store.rests.get(row.id)
            if definition.schedule is None or rest.paused or not self._syncs.may_run_alone(row):
                continue
            if is_due(definition.schedule, served(row, rest), now) and not self._syncs.is_running(row.name):
                self._store.rests.served(row.id, now)
                names.append(row.name)
        return names

    async def _run(self, name: str, limiter: anyio.CapacityLimiter, ended: Ended) -> None:
        async with limiter:
            with _left_for_later("What became of a scheduled run could not be kept"):
                try:
                    ended(await self._syncs.run(name, trigger="schedule"))
                except AlreadyRunning:
                    logger.info("A scheduled run of %s was left out: it is running already", name)
                except CrosswalkError as error:
                    await self._syncs.note_not_begun(name, "schedule", error)
                await self._alerts.look_at(name)


@contextmanager
def _left_for_later(what: str) -> Generator[None]:
    """A failure, such as a full disk, ends neither the window nor the worker: the next look may go well."""
    try:
        yield
    except CrosswalkError as error:
        logger.warning("%s: %s", what, error.message)


def served(row: SyncRow, rest: Rest) -> datetime:
    """From when on the next moment of a sync's schedule counts."""
    return max(rest.scheduled_at, row.updated_at) if rest.scheduled_at else row.updated_at


def next_of(row: SyncRow, definition: SyncDefinition, rest: Rest, now: datetime) -> datetime | None:
    """When a sync runs by itself next; ``None`` where it does not. What is overdue runs at once."""
    if definition.schedule is None or rest.paused:
        return None
    due = next_run(definition.schedule, served(row, rest))
    return due if due is None else max(due, now)
