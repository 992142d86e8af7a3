"""Due records: those that a run could not write. They stay due until they succeed or a person dismisses them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.errors import Problem
from desktop.domain.mapping import Side
from desktop.store.columns import micros, moment, pack, unpack_as
from desktop.store.database import Repository


@dataclass(frozen=True, slots=True)
class DueRow:
    """A record that has to be tried again.

    :param side: the side that the record is on.
    :param run_id: the run that failed to write it last.
    :param attempts: how often it was tried.
    :param since: when it first failed.
    """

    side: Side
    record_id: str
    title: str
    problem: Problem
    run_id: str
    attempts: int
    since: datetime


class Due(Repository):
    """The due records of each sync, the longest due first."""

    def put_many(self, sync_id: int, rows: Iterable[DueRow]) -> None:
        """Note failures. A record that was due already keeps its first time and counts one attempt more
        when another run failed on it."""
        self._driver.executemany(
            "INSERT INTO due (sync_id, side, record_id, title, problem, run_id, attempts, since) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sync_id, side, record_id) DO UPDATE SET "
            "title = excluded.title, problem = excluded.problem, run_id = excluded.run_id, "
            "attempts = max(excluded.attempts, attempts + (run_id <> excluded.run_id)), "
            "since = min(since, excluded.since)",
            [
                (
                    sync_id,
                    row.side.value,
                    row.record_id,
                    row.title,
                    pack(row.problem),
                    row.run_id,
                    row.attempts,
                    micros(row.since),
                )
                for row in rows
            ],
        )

    def remove(self, sync_id: int, side: Side, ids: Iterable[str]) -> None:
        """Forget records: they succeeded, or a person dismissed them."""
        self._driver.executemany(
            "DELETE FROM due WHERE sync_id = ? AND side = ? AND record_id = ?",
            [(sync_id, side.value, record_id) for record_id in ids],
        )

    def page(self, sync_id: int, offset: int = 0, limit: int = 200) -> list[DueRow]:
        """Due records, leaving out the first ``offset`` ones."""
        rows = self._driver.execute(
            "SELECT side, record_id, title, problem, run_id, attempts, since FROM due WHERE sync_id = ? "
            "ORDER BY since, side, record_id LIMIT ? OFFSET ?",
            (sync_id, limit, offset),
        )
        return [
            DueRow(Side(side), record_id, title, unpack_as(problem, Problem), run_id, attempts, moment(since))
            for side, record_id, title, problem, run_id, attempts, since in rows
        ]

    def count(self, sync_id: int) -> int:
        """How many records are due."""
        return self._driver.execute("SELECT count(*) FROM due WHERE sync_id = ?", (sync_id,)).fetchone()[0]

    def ids(self, sync_id: int, side: Side | None = None) -> list[str]:
        """The ids of the due records, of one side or both."""
        rows = self._driver.execute(
            "SELECT record_id FROM due WHERE sync_id = ?1 AND (?2 IS NULL OR side = ?2) "
            "ORDER BY since, side, record_id",
            (sync_id, side and side.value),
        )
        return [record_id for (record_id,) in rows]
