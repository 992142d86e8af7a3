"""How far a run is, how fast it goes and how long it will take, from what really happened."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import anyio

from desktop.domain.change import Phase, Progress, RunResult
from desktop.sync.endpoint import Place, Places

Watch = Callable[[Progress], None]
_WINDOW = 10.0
_TICK_SECONDS = 0.5


class Meter:
    """Watches one run and reports its progress.

    :param monotonic: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        result: RunResult,
        places: Places,
        watch: Watch,
        monotonic: Callable[[], float],
        paused: Callable[[], bool],
    ) -> None:
        self._result = result
        self._places = places
        self._watch = watch
        self._monotonic = monotonic
        self._paused = paused
        self._phase = Phase.READING
        self._done = 0
        self._total: int | None = None
        self._phase_started = monotonic()
        self._samples: deque[tuple[float, int]] = deque([(monotonic(), self._requests())])

    def enter(self, phase: Phase, total: int | None = None) -> None:
        """A new phase begins."""
        self._phase, self._done, self._total = phase, 0, total
        self._phase_started = self._monotonic()
        self.report()

    def advance(self, done: int, total: int | None = None) -> None:
        """So many are done in this phase."""
        self._done = done
        if total is not None:
            self._total = total
        self.report()

    def report(self) -> None:
        """Tell whoever watches."""
        now = self._monotonic()
        self._samples.append((now, self._requests()))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW:
            self._samples.popleft()
        waiting_for, waiting_seconds = self._waiting(now)
        self._watch(
            Progress(
                self._phase,
                self._done,
                self._total,
                self._rate(),
                self._seconds_left(now),
                max(self._share(self._places.left), self._share(self._places.right)),
                self._result.left,
                self._result.right,
                self._result.conflicts,
                waiting_for,
                waiting_seconds,
                self._paused(),
            )
        )

    async def tick(self) -> None:
        """Report now and then, also while nothing moves. Runs until it is cancelled."""
        while True:
            await anyio.sleep(_TICK_SECONDS)
            self.report()

    def _waiting(self, now: float) -> tuple[str, float]:
        """The connection that is waited for, and how many seconds still."""
        waits = [
            (place.connector.traffic.blocked_until - now, place.connection)
            for place in (self._places.left, self._places.right)
        ]
        seconds, name = max(waits)
        return (name, seconds) if seconds > 0 else ("", 0.0)

    def _requests(self) -> int:
        connectors = {id(place.connector): place.connector for place in (self._places.left, self._places.right)}
        return sum(connector.traffic.requests for connector in connectors.values())

    def _rate(self) -> float:
        (started, first), (ended, last) = self._samples[0], self._samples[-1]
        return (last - first) / (ended - started) if ended > started else 0.0

    def _seconds_left(self, now: float) -> float | None:
        elapsed = now - self._phase_started
        if not self._total or not self._done or elapsed < 1.0:
            return None
        return max(0.0, elapsed / self._done * (self._total - self._done))

    def _share(self, place: Place) -> float:
        quota = place.connector.quota
        if quota is None or quota.remaining is None or not quota.limit:
            return 0.0
        return min(1.0, max(0.0, 1.0 - quota.remaining / quota.limit))
