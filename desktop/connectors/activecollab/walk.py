"""Going through the projects, since what lies in them can only be listed project by project."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial

from desktop.connectors.activecollab.client import Row, Wire
from desktop.connectors.activecollab.convert import id_of, read_moment
from desktop.connectors.activecollab.in_turn import in_turn
from desktop.connectors.activecollab.projects import Projects
from desktop.connectors.base import Page
from desktop.connectors.progress import parse_moment, utc_milliseconds
from desktop.domain.errors import CrosswalkError, NotFound, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.values import Json

CONCURRENCY = 4
CLOCK_DOUBT = timedelta(minutes=1)
"""How far the time in an answer's header and the times in records may be apart: so much is read again."""
QUIET_DOUBT = timedelta(minutes=5)
"""How much later than a change the project's last activity may be noted."""

Gather = Callable[[str], Awaitable[list[Record]]]
"""Reads every record of one kind in a project, by the project's id."""


class Walk:
    """Goes through the projects of one account."""

    def __init__(self, wire: Wire, projects: Projects) -> None:
        self._wire = wire
        self._projects = projects

    async def pages(self, gather: Gather, cursor: Json) -> AsyncGenerator[Page]:
        """All records, or those that changed since a cursor, a page for each project.

        There is no filter for changes. A project whose ``last_activity_on`` and ``updated_on`` are older than the
        cursor is taken for quiet and not asked; of the others everything is listed, and what has a newer
        ``updated_on`` is passed on. So a read of changes costs the listing of the projects (a request for each hundred
        and one for the completed ones) and the listing of each project in which something happened. What was deleted
        is seen by a whole read only. What was moved to another project is seen when the move counts as a change of it.

        Whatever moves between two projects while they are read one after the other could be missed, and missing from a
        whole read means gone. So at its end the projects in which something happened meanwhile are read again.
        """
        since = parse_moment(cursor.get("since")) if isinstance(cursor, dict) else None
        listing = await self._projects.everything()
        began = (listing.server_time or self._wire.transport.clock.now()) - CLOCK_DOUBT
        due = [row for row in listing.rows if not is_quiet(row, since, QUIET_DOUBT)]
        async with aclosing(self._gathered(gather, due)) as found:
            async for records in found:
                yield Page(_changed(records, since))
        if since is None:
            known = {id_of(row["id"]) for row in listing.rows}
            again = [
                row
                for row in (await self._projects.everything()).rows
                if id_of(row["id"]) not in known or happened_since(row, listing.server_time)
            ]
            async with aclosing(self._gathered(gather, again)) as found:
                async for records in found:
                    yield Page(_changed(records, since))
        yield Page((), {"since": utc_milliseconds(began if since is None else max(began, since))}, last=True)

    async def _gathered(self, gather: Gather, rows: Iterable[Row]) -> AsyncGenerator[list[Record]]:
        work = (partial(self._of_project, gather, row) for row in rows)
        async with aclosing(in_turn(work, CONCURRENCY)) as found:
            async for records in found:
                yield records

    async def _of_project(self, gather: Gather, row: Row) -> list[Record]:
        """The records of a project; none when it is gone by now.

        :raises ScopeMissing: when it is there and its content is kept back: that must not look like nothing.
        """
        project_id = id_of(row["id"])
        try:
            return await gather(project_id)
        except (NotFound, ScopeMissing) as error:
            if not await self._projects.exists(project_id):
                return []
            raise self._kept_back(row, error) from None

    def _kept_back(self, row: Row, error: CrosswalkError) -> ScopeMissing:
        name = row.get("name") or id_of(row["id"])
        return ScopeMissing(
            f"ActiveCollab lists the project {name} to {self._wire.transport.name} but not what was asked for in it.",
            "Have an owner of the account give the token's owner access to it, or sign in under Connections as "
            "somebody who has it.",
            error.details,
        )


def happened_since(row: Row, since: datetime | None) -> bool:
    """Whether a project's times say that something happened in it at that time or later."""
    times = [read_moment(row.get(name)) for name in ("last_activity_on", "updated_on")]
    return since is not None and any(time is not None and time >= since for time in times)


def is_quiet(row: Row, since: datetime | None, doubt: timedelta) -> bool:
    """Whether nothing can have happened in a project since; not known where the project does not state its activity."""
    if since is None or read_moment(row.get("last_activity_on")) is None:
        return False
    return not happened_since(row, since - doubt)


def _changed(records: list[Record], since: datetime | None) -> list[Record]:
    return [record for record in records if since is None or record.updated_at is None or record.updated_at >= since]
