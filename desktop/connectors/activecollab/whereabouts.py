"""In which project a record lies: its id alone is not enough to reach it.

Ids are the vendor's own, which are unique in the account and stay when a record moves to another project. Every listing
tells where its records are, and that is remembered. For one that no listing told of (a form opened before anything
was read), the projects are gone through once, a request or two for each, the most active first; from then on only
those in which something has happened since are gone through again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from datetime import datetime
from functools import partial

from desktop.connectors.activecollab.client import Row
from desktop.connectors.activecollab.convert import id_of, read_moment
from desktop.connectors.activecollab.in_turn import in_turn
from desktop.connectors.activecollab.projects import Projects
from desktop.connectors.activecollab.walk import CONCURRENCY, QUIET_DOUBT, is_quiet
from desktop.domain.errors import NotFound

Ids = Callable[[str], Awaitable[Iterable[str]]]
"""The ids of every record of one kind in a project, completed ones included."""


class Whereabouts:
    """Knows the project of each record of one kind."""

    def __init__(self, projects: Projects, ids: Ids) -> None:
        self._projects = projects
        self._ids = ids
        self._known: dict[str, str] = {}
        self._searched: dict[str, datetime] = {}
        self._search = asyncio.Lock()

    def note(self, record_id: str, project_id: str) -> None:
        """Remember where a record is."""
        if record_id and project_id:
            self._known[record_id] = project_id

    def known(self, record_id: str) -> str | None:
        """Where a record was last seen."""
        return self._known.get(record_id)

    def forget(self, record_id: str) -> None:
        """It is not where it was last seen."""
        self._known.pop(record_id, None)

    async def find(self, record_id: str) -> str | None:
        """The project in which a record is, ``None`` when it is in none."""
        if record_id not in self._known and record_id.isdecimal():
            async with self._search:
                if record_id not in self._known:
                    await self._look_for(record_id)
        return self._known.get(record_id)

    async def _look_for(self, record_id: str) -> None:
        listing = await self._projects.everything()
        rows = sorted(listing.rows, key=_activity, reverse=True)
        due = [row for row in rows if not is_quiet(row, self._searched.get(id_of(row["id"])), QUIET_DOUBT)]
        work = (partial(self._look_into, id_of(row["id"])) for row in due)
        async with aclosing(in_turn(work, CONCURRENCY)) as searched:
            async for project_id in searched:
                if listing.server_time is not None:
                    self._searched[project_id] = listing.server_time
                if record_id in self._known:
                    return

    async def _look_into(self, project_id: str) -> str:
        try:
            for found in await self._ids(project_id):
                self.note(found, project_id)
        except NotFound:
            pass
        return project_id


def _activity(row: Row) -> float:
    moment = read_moment(row.get("last_activity_on")) or read_moment(row.get("updated_on"))
    return moment.timestamp() if moment else 0.0
