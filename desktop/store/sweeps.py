"""When each object was last read whole: that shows which of its records are gone, where a platform does not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desktop.store.columns import micros, moment
from desktop.store.database import Repository


@dataclass(frozen=True, slots=True)
class Sweep:
    """A whole read.

    :param at: when it began.
    :param surplus: how many records more the platform counted than it listed.
    """

    at: datetime
    surplus: int


class Sweeps(Repository):
    """The last whole read of each mirrored object."""

    def get(self, object_id: int) -> Sweep | None:
        """The last one, ``None`` before the first."""
        row = self._driver.execute("SELECT at, surplus FROM mirror_whole WHERE object_id = ?", (object_id,)).fetchone()
        return None if row is None else Sweep(moment(row[0]), row[1])

    def put(self, object_id: int, sweep: Sweep) -> None:
        """Note a whole read."""
        self._driver.execute(
            "INSERT OR REPLACE INTO mirror_whole (object_id, at, surplus) VALUES (?, ?, ?)",
            (object_id, micros(sweep.at), sweep.surplus),
        )
