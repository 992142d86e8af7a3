"""Projects: the active ones under ``/projects``, the completed ones under ``/projects/archive``.

Source: https://developers.activecollab.com/api-documentation (projects, projects/archive).
"""

from __future__ import annotations

from desktop.connectors.activecollab.directory import Directory
from desktop.connectors.activecollab.kind import references
from desktop.connectors.activecollab.listing import Listed, listed
from desktop.connectors.base import Related
from desktop.domain.errors import NotFound
from desktop.domain.schema import ObjectSchema


class Projects(Directory):
    """The projects that the token's owner takes part in, completed ones included."""

    noun = "project"
    route = "project"
    path = "/projects"

    async def everything(self) -> Listed:
        """All rows. One that is completed in between is in both listings, and then counts as completed."""
        active = await listed(self._wire, self.path)
        archived = await listed(self._wire, f"{self.path}/archive")
        rows = {str(row["id"]): row for row in (*active.rows, *archived.rows)}
        return Listed(list(rows.values()), active.server_time)

    async def exists(self, project_id: str) -> bool:
        """Whether a project is there and not in the trash."""
        try:
            await self.single_row(project_id)
        except NotFound:
            return False
        return True

    async def single_row(self, project_id: str) -> dict[str, object]:
        """A project's row."""
        return dict(await self._wire.single("GET", self._address(project_id), record=self.named(project_id)))

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The company and people of a project, and its task lists."""
        found = references(schema, await self.get(schema, record_id))
        lists = await listed(self._wire, f"{self._address(record_id)}/task-lists", record=self.named(record_id))
        return found + [
            Related("", "task_lists", "Task list", "task_lists", str(row["id"]), str(row.get("name") or ""))
            for row in lists.rows
        ]
