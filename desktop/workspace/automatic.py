"""Syncs that run by themselves: while the window is open, or in ``crosswalk worker``."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import anyio

from desktop.domain.change import RunResult, RunStatus
from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import AlreadyRunning, CrosswalkError
from desktop.store import Rest, SyncRow
from desktop.sync.timing import is_due, next_run
from desktop.workspace.context import Context
from desktop.workspace.definitions import definition_of
from desktop.workspace.running import Running

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 15.0
"""How often it is looked what is due: the wall clock decides, since a laptop may have slept."""
_AT_ONCE = 3
"""So many syncs run at once."""
_RUN_ONCE = frozenset({RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS})

Ended = Callable[[RunResult], None]


class Automatic:
    """Serves the schedules of a workspace.

    A sync runs by itself once a person has approved or run it, unless it rests or waits for an answer. Whoever notes
    first that a moment is served runs it: two processes on one workspace never both do.
    """

    def __init__(self, context: Context, syncs: Running) -> None:
        self._context = context
        self._store = context.store
        self._syncs = syncs

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
        async with anyio.create_task_group() as group:
            limiter = anyio.CapacityLimiter(_AT_ONCE)
            while going_on():
                for name in await self.claim():
                    group.start_soon(self._run, name, limiter, ended)
                await wait(_LOOK_SECONDS)

    async def run_due(self, ended: Ended = lambda _result: None) -> None:
        """Run what is due now, and return once it has ended."""
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        async with anyio.create_task_group() as group:
            for name in await self.claim():
                group.start_soon(self._run, name, limiter, ended)

    async def claim(self) -> list[str]:
        """The names of the syncs that are due; their moment is noted as served, so that nobody else runs them."""
        return await self._store.write(self._claim)

    def _claim(self) -> list[str]:
        now = self._context.now()
        names: list[str] = []
        for row in self._store.syncs.all():
            definition = definition_of(row)
            rest = self._store.rests.get(row.id)
            if definition.schedule is None or rest.paused or not self._may_run(row):
                continue
            if is_due(definition.schedule, served(row, rest), now) and not self._syncs.is_running(row.name):
                self._store.rests.served(row.id, now)
                names.append(row.name)
        return names

    def _may_run(self, row: SyncRow) -> bool:
        """Whether a person allowed it, and no run waits for a person's answer."""
        runs = self._store.runs.recent(row.id, 1, previews=False)
        if runs and runs[0].status is RunStatus.NEEDS_CONFIRMATION:
            return False
        return row.approved or bool(runs and runs[0].status in _RUN_ONCE)

    async def _run(self, name: str, limiter: anyio.CapacityLimiter, ended: Ended) -> None:
        async with limiter:
            try:
                ended(await self._syncs.run(name, trigger="schedule"))
            except AlreadyRunning:
                logger.info("A scheduled run of %s was left out: it is running already", name)
            except CrosswalkError as error:
                logger.warning("A scheduled run of %s could not begin: %s", name, error.message)


def served(row: SyncRow, rest: Rest) -> datetime:
    """From when on the next moment of a sync's schedule counts."""
    return max(rest.scheduled_at, row.updated_at) if rest.scheduled_at else row.updated_at


def next_of(row: SyncRow, definition: SyncDefinition, rest: Rest, now: datetime) -> datetime | None:
    """When a sync runs by itself next; ``None`` where it does not. What is overdue runs at once."""
    if definition.schedule is None or rest.paused:
        return None
    due = next_run(definition.schedule, served(row, rest))
    return due if due is None else max(due, now)
