"""Task lists: ``/projects/<id>/task-lists``, the completed ones under ``/archive``.

Source: https://developers.activecollab.com/api-documentation (projects/elements/task-lists).
"""

from __future__ import annotations

from typing import Any

from desktop.connectors.activecollab.client import Row
from desktop.connectors.activecollab.in_project import InProject, lone_due_date, with_start
from desktop.connectors.activecollab.listing import listed
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Values


class TaskLists(InProject):
    """The task lists of one account."""

    noun = "task list"
    route = "task-list"
    segment = "task-lists"

    async def rows(self, project_id: str) -> list[Row]:
        """Open lists and completed ones; one that is completed in between counts as completed."""
        path, named = self.place(project_id), f"the project {project_id}"
        active = await listed(self._wire, path, record=named)
        archived = await listed(self._wire, f"{path}/archive", record=named)
        rows = {str(row["id"]): {"project_id": project_id, **row} for row in (*active.rows, *archived.rows)}
        return list(rows.values())

    async def changed_body(self, schema: ObjectSchema, record: Record, changes: Values) -> dict[str, Any]:
        body = self.body(schema, changes)
        return with_start(body, await self.get(schema, record.id), changes) if lone_due_date(changes) else body
