"""Tasks: ``/projects/<id>/tasks``, where the open ones are, and ``/tasks/archive`` with the completed ones.

Source: https://developers.activecollab.com/api-documentation (projects/elements/tasks).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from desktop.connectors.activecollab.client import Row
from desktop.connectors.activecollab.convert import id_of, wire_name, write_value
from desktop.connectors.activecollab.in_project import InProject, lone_due_date, with_start
from desktop.connectors.activecollab.kind import references
from desktop.connectors.activecollab.listing import in_trash, listed
from desktop.connectors.base import Related
from desktop.domain.errors import NotFound
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Value, Values, is_choices

_LABELS = "labels"


class Tasks(InProject):
    """The tasks of one account."""

    noun = "task"
    route = "task"
    segment = "tasks"

    async def rows(self, project_id: str) -> list[Row]:
        """Open tasks and completed ones.

        A task that is reopened between the two answers is in neither, but its id stands among the completed ones of the
        first: what the archive lacks of these is read alone.
        """
        first = await self._open(project_id)
        found = {id_of(row["id"]): row for row in first.get("tasks") or () if not in_trash(row)}
        completed = {id_of(item) for item in first.get("completed_task_ids") or ()}
        archive = await listed(self._wire, f"{self.place(project_id)}/archive", record=f"the project {project_id}")
        found.update({id_of(row["id"]): row for row in archive.rows})
        for task_id in sorted(completed - found.keys()):
            try:
                row = await self._wire.single("GET", self.place(project_id, task_id))
            except NotFound:
                continue
            if not in_trash(row):
                found[task_id] = row
        return list(found.values())

    async def ids(self, project_id: str) -> Iterable[str]:
        """The ids of every task, which the listing of the open ones tells."""
        first = await self._open(project_id)
        done = [id_of(item) for item in first.get("completed_task_ids") or ()]
        return [*(id_of(row["id"]) for row in first.get("tasks") or ()), *done]

    async def _open(self, project_id: str) -> dict[str, Any]:
        data = await self._wire.data("GET", self.place(project_id), record=f"the project {project_id}")
        if not isinstance(data, dict) or not isinstance(data.get("tasks"), list):
            raise self._wire.unexpected("the list of tasks is no object with tasks")
        return data

    async def changed_body(self, schema: ObjectSchema, record: Record, changes: Values) -> dict[str, Any]:
        """What an update sends.

        Two fields take others along when they are written: labels are replaced as a whole, and a lone due date fills in
        the start. So the task is read again before, and what others set meanwhile is sent with it.
        """
        body = self.body(schema, changes)
        field = schema.field(_LABELS)
        if not lone_due_date(changes) and _LABELS not in changes:
            return body
        current = await self.get(schema, record.id)
        body = with_start(body, current, changes)
        if field is not None and _LABELS in changes:
            wanted, known = _names(changes[_LABELS]), _names(record.get(_LABELS))
            body[wire_name(field)] = write_value(field, (_names(current.get(_LABELS)) - (known - wanted)) | wanted)
        return body

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """What a task refers to, its subtasks and its comments."""
        row = await self.row(schema, record_id)
        found = references(schema, self.record(schema, row))
        path = self.place(id_of(row["project_id"]), record_id)
        beside = await self._wire.data("GET", path, record=self.named(record_id))
        for part in beside.get("subtasks") or ():
            title = str(part.get("name") or "")
            found.append(Related("", "subtasks", "Subtask", "subtasks", f"{record_id}/{id_of(part['id'])}", title))
        for part in beside.get("comments") or ():
            title = str(part.get("body_plain_text") or "")[:80]
            found.append(Related("", "comments", "Comment", "comments", id_of(part["id"]), title))
        return found


def _names(value: Value) -> frozenset[str]:
    return value if is_choices(value) else frozenset()
