"""Runs: each execution of a sync, how it ended, and what it counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from desktop.domain.change import RunStatus
from desktop.domain.errors import NotFound
from desktop.domain.values import Json
from desktop.store.database import Repository
from desktop.store.tables import run


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run.

    :param trigger: what started it: ``manual``, ``schedule``, ``undo``, ...
    :param result: the document of :meth:`desktop.domain.change.RunResult.as_json`.
    """

    id: str
    sync_id: int
    started_at: datetime
    ended_at: datetime | None = None
    status: RunStatus = RunStatus.RUNNING
    trigger: str = ""
    result: Json = field(default=None)


class Runs(Repository):
    """The runs of all syncs, in the order in which they began."""

    def begin(
        self,
        run_id: str,
        sync_id: int,
        at: datetime,
        status: RunStatus = RunStatus.RUNNING,
        trigger: str = "",
    ) -> None:
        """Store a run that begins."""
        self._connection.execute(
            insert(run).values(id=run_id, sync_id=sync_id, started_at=at, status=status.value, trigger=trigger)
        )

    def update_result(self, run_id: str, status: RunStatus, result: Json) -> None:
        """Note where a run stands."""
        self._change(run_id, {"status": status.value, "result": result})

    def end(self, run_id: str, status: RunStatus, result: Json, at: datetime) -> None:
        """Note how a run ended."""
        self._change(run_id, {"status": status.value, "result": result, "ended_at": at})

    def get(self, run_id: str) -> RunRow:
        """The run.

        :raises NotFound: when there is none with that id.
        """
        row = self._connection.execute(select(run).where(run.c.id == run_id)).one_or_none()
        if row is None:
            raise _not_there()
        return _row(row)

    def recent(
        self, sync_id: int | None, limit: int, before: str | None = None, *, previews: bool = True
    ) -> list[RunRow]:
        """The latest runs, of one sync or of all, newest first.

        :param previews: whether previews count as runs.

        :param before: id of a run: only runs that began before it.
        """
        query = select(run).order_by(run.c.number.desc()).limit(limit)
        if sync_id is not None:
            query = query.where(run.c.sync_id == sync_id)
        if not previews:
            query = query.where(run.c.status != RunStatus.PREVIEW.value)
        if before is not None:
            query = query.where(run.c.number < select(run.c.number).where(run.c.id == before).scalar_subquery())
        return [_row(row) for row in self._connection.execute(query)]

    def last(self, sync_id: int) -> RunRow | None:
        """The run of a sync that began last."""
        return next(iter(self.recent(sync_id, 1)), None)

    def any_ended(self, sync_id: int, statuses: Collection[RunStatus]) -> bool:
        """Whether any run of a sync ended in one of these ways."""
        wanted = [status.value for status in statuses]
        query = select(run.c.id).where(run.c.sync_id == sync_id, run.c.status.in_(wanted)).limit(1)
        return self._connection.execute(query).first() is not None

    def unfinished(self, sync_id: int) -> list[RunRow]:
        """Runs of a sync that are not known to have ended, newest first."""
        query = (
            select(run)
            .where(run.c.sync_id == sync_id, run.c.status == RunStatus.RUNNING.value)
            .order_by(run.c.number.desc())
        )
        return [_row(row) for row in self._connection.execute(query)]

    def remove(self, run_id: str) -> None:
        """Forget a run that had nothing to do."""
        self._connection.execute(delete(run).where(run.c.id == run_id))

    def _change(self, run_id: str, values: dict[str, Any]) -> None:
        if not self._connection.execute(update(run).where(run.c.id == run_id).values(values)).rowcount:
            raise _not_there()


def _not_there() -> NotFound:
    return NotFound("This run is not in the history any more.", "Choose another run.")


def _row(row: Row[Any]) -> RunRow:
    return RunRow(row.id, row.sync_id, row.started_at, row.ended_at, RunStatus(row.status), row.trigger, row.result)
