"""One sandbox: its storage, clock, faults and the platforms built on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from desktop.sandbox.clock import Clock, PlatformClock
from desktop.sandbox.faults import Faults
from desktop.sandbox.gateway import Gateway
from desktop.sandbox.kernel import Context, Platform
from desktop.sandbox.storage import Storage

PlatformFactory = Callable[[Context], Platform]


class World:
    """Everything behind the address; ``records`` and ``seed`` decide what it is filled with.

    With ``state_dir`` the data is kept in a file there and is not seeded again when the file was filled
    before.
    """

    def __init__(
        self,
        platforms: Iterable[PlatformFactory],
        *,
        records: int,
        seed: int,
        limits: bool,
        state_dir: Path | None = None,
    ) -> None:
        if state_dir is not None:
            state_dir.mkdir(parents=True, exist_ok=True)
        self._factories = list(platforms)
        self._records = records
        self._seed = seed
        self._limits = limits
        self.clock = Clock()
        self.faults = Faults(seed)
        self.storage = Storage(state_dir / "sandbox.sqlite3" if state_dir else None)
        self.gateways = self._build()

    def _build(self) -> dict[str, Gateway]:
        self.clock.frozen_at = None
        self.clock.offset = float(self.storage.get_value("clock_offset") or 0.0)
        gateways: dict[str, Gateway] = {}
        for factory in self._factories:
            clock = PlatformClock(self.clock)
            platform = factory(Context(storage=self.storage, clock=clock, seed=self._seed))
            clock.skew = float(self.storage.get_value(f"clock_skew:{platform.name}") or 0.0)
            marker = f"seeded:{platform.name}"
            if self.storage.get_value(marker) is None:
                with self.storage.transaction():
                    platform.seed(self._seed, self._records)
                    self.storage.set_value(marker, {"seed": self._seed, "records": self._records})
            gateways[platform.name] = Gateway(platform, clock, self.faults, limits=self._limits)
        return gateways

    def advance(self, seconds: float) -> None:
        """Move the clock; a sandbox with a state file remembers it. Raises ``ValueError`` for a negative
        number.
        """
        self.clock.advance(seconds)
        self.storage.set_value("clock_offset", self.clock.offset)

    def skew(self, platform: str, seconds: float) -> None:
        """Let the clock of a platform be fast, or slow where it is negative, by so many seconds from now on."""
        self.gateways[platform].clock.skew = seconds
        self.storage.set_value(f"clock_skew:{platform}", seconds)

    def reset(self) -> None:
        """Everything as it was at the first start: data, tokens, settings, faults, statistics and clock."""
        self.storage.clear()
        self.faults.clear()
        fresh = self._build()
        for name, gateway in self.gateways.items():
            gateway.replace(fresh[name])

    def ready(self, origin: str) -> dict[str, object]:
        """The ready line for a server that listens on ``origin``."""
        return {
            "ready": True,
            "control_url": f"{origin}/control",
            "platforms": {name: gateway.platform.ready(origin) for name, gateway in self.gateways.items()},
        }

    def close(self) -> None:
        self.storage.close()
