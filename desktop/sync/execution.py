"""What every run has: its lease, its place in the history, its progress and its report, however it ends."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import anyio

from desktop.connectors.base import Traffic
from desktop.domain.change import UNDO, RunResult, RunStatus
from desktop.domain.errors import CrosswalkError, Problem, StorageFailure
from desktop.domain.mapping import Side
from desktop.domain.values import Json
from desktop.store import Store, SyncRow
from desktop.sync.applying import Control, Stopped
from desktop.sync.beside import beside
from desktop.sync.endpoint import Places
from desktop.sync.lease import Lease, hold_lease
from desktop.sync.meter import Meter, Watch

logger = logging.getLogger(__name__)


async def _go_on() -> None:
    """Hold nothing."""


@dataclass(slots=True)
class Order:
    """What is asked of a run.

    :param preview: plan only: no request that writes is sent, and nothing but the plan is stored.
    :param confirmed: a person has seen what the guards ask about.
    :param only: ids of the records to sync, by side; ``None`` for all that changed.
    :param recreate: whether counterparts that were deleted are made again, because a person asked for these records.
    :param trigger: what started it, for the history.
    :param hold: waits while the run is paused.
    """

    run_id: str
    preview: bool = False
    confirmed: bool = False
    only: Mapping[Side, Sequence[str]] | None = None
    recreate: bool = False
    trigger: str = "manual"
    cancel: Callable[[], bool] = field(default=lambda: False)
    hold: Callable[[], Awaitable[None]] = field(default=_go_on)
    paused: Callable[[], bool] = field(default=lambda: False)
    watch: Watch = field(default=lambda _progress: None)


class Execution(ABC):
    """One run of one sync, of whichever kind.

    :param owner: names this process in the lease that keeps two runs of one sync apart.
    :param now: the current time, aware.
    """

    def __init__(
        self,
        store: Store,
        row: SyncRow,
        places: Places,
        order: Order,
        *,
        owner: str,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._row = row
        self._places = places
        self._order = order
        self._owner = f"{owner}:{order.run_id}"
        self._now = now
        self._monotonic = monotonic
        self._lease: Lease | None = None
        self._control = Control(order.cancel, self._hold)
        self.result = RunResult(row.name, order.run_id, RunStatus.RUNNING)
        self._meter = Meter(self.result, places, order.watch, monotonic, order.paused)
        self._before: dict[Side, Traffic] = {}

    @abstractmethod
    async def _run(self) -> RunStatus:
        """Do the work, and say how it ended."""

    async def execute(self) -> RunResult:
        """Run, and report how it ended. Failures are part of the report.

        :raises AlreadyRunning: when a run of this sync is under way, here or in another process.
        """
        started = self._monotonic()
        self._before = {side: self._traffic(side) for side in Side}
        async with hold_lease(self._store, self._row.id, self._row.name, self._owner, self._now) as self._lease:
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

    async def _hold(self) -> None:
        """Wait while the run is paused; then make sure that it is still this one's to go on.

        :raises AlreadyRunning: when another run took over meanwhile.
        """
        await self._order.hold()
        if self._lease is not None:
            await self._lease.check()

    def _begin(self) -> None:
        status = RunStatus.RUNNING
        self._store.runs.begin(self._order.run_id, self._row.id, self._now(), status, self._order.trigger)

    async def _end(self, started: float) -> None:
        result = self.result
        result.duration_seconds = self._monotonic() - started
        result.left_requests, result.right_requests = (
            self._traffic(side).requests - self._before[side].requests for side in Side
        )
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


def interrupted(trigger: str) -> Problem:
    """What the history says of a run whose process ended before it did."""
    again = "Undo the last run" if trigger == UNDO else "Sync"
    return Problem(
        "interrupted",
        "Crosswalk was closed or stopped while this run was under way.",
        f"{again} again: it goes on where it stopped, and nothing is sent twice.",
    )
