"""Leases: who runs a sync now, in whichever process. One that was not renewed in time can be taken over."""

from __future__ import annotations

from datetime import datetime, timedelta

from desktop.store.columns import micros
from desktop.store.database import Repository


class Leases(Repository):
    """At most one owner a sync. All times are the caller's clock."""

    def acquire(self, sync_id: int, owner: str, now: datetime, ttl_seconds: float) -> bool:
        """Take the lease where it is free, expired or one's own already; whether it is the owner's now."""
        cursor = self._driver.execute(
            "INSERT INTO lease (sync_id, owner, expires_at) VALUES (?, ?, ?) ON CONFLICT (sync_id) DO UPDATE SET "
            "owner = excluded.owner, expires_at = excluded.expires_at "
            "WHERE lease.owner = excluded.owner OR lease.expires_at <= ?",
            (sync_id, owner, _end(now, ttl_seconds), micros(now)),
        )
        return cursor.rowcount > 0

    def renew(self, sync_id: int, owner: str, now: datetime, ttl_seconds: float) -> bool:
        """Keep the lease for longer; false when it was lost to another owner."""
        cursor = self._driver.execute(
            "UPDATE lease SET expires_at = ? WHERE sync_id = ? AND owner = ?",
            (_end(now, ttl_seconds), sync_id, owner),
        )
        return cursor.rowcount > 0

    def release(self, sync_id: int, owner: str) -> None:
        """Give the lease back; another owner's stays."""
        self._driver.execute("DELETE FROM lease WHERE sync_id = ? AND owner = ?", (sync_id, owner))

    def holder(self, sync_id: int, now: datetime | None = None) -> str | None:
        """The owner, ``None`` when it is free. With ``now`` an expired lease counts as free."""
        row = self._driver.execute("SELECT owner, expires_at FROM lease WHERE sync_id = ?", (sync_id,)).fetchone()
        if row is None or (now is not None and row[1] <= micros(now)):
            return None
        return row[0]


def _end(now: datetime, ttl_seconds: float) -> int:
    return micros(now + timedelta(seconds=ttl_seconds))
