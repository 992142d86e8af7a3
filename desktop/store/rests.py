"""Which syncs rest, and when each last ran by its schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desktop.store.columns import micros, moment
from desktop.store.database import Repository


@dataclass(frozen=True, slots=True)
class Rest:
    """How a sync stands with its schedule.

    :param paused: whether it rests: it does not run by itself until a person resumes it.
    :param scheduled_at: the last moment at which its schedule was served, ``None`` before the first.
    """

    paused: bool = False
    scheduled_at: datetime | None = None


class Rests(Repository):
    """The rest of each sync."""

    def get(self, sync_id: int) -> Rest:
        """How a sync stands."""
        row = self._driver.execute(
            "SELECT paused, scheduled_at FROM sync_rest WHERE sync_id = ?", (sync_id,)
        ).fetchone()
        return Rest() if row is None else Rest(bool(row[0]), None if row[1] is None else moment(row[1]))

    def pause(self, sync_id: int, paused: bool) -> None:
        """Let a sync rest, or run by itself again."""
        self._driver.execute(
            "INSERT INTO sync_rest (sync_id, paused) VALUES (?, ?) "
            "ON CONFLICT (sync_id) DO UPDATE SET paused = excluded.paused",
            (sync_id, paused),
        )

    def served(self, sync_id: int, at: datetime) -> None:
        """Note when the schedule was last served."""
        self._driver.execute(
            "INSERT INTO sync_rest (sync_id, paused, scheduled_at) VALUES (?, 0, ?) "
            "ON CONFLICT (sync_id) DO UPDATE SET scheduled_at = excluded.scheduled_at",
            (sync_id, micros(at)),
        )
