"""Comments on tasks: read with their task, written under ``/comments``.

Source: https://developers.activecollab.com/api-documentation (comments); ``/comments/<id>`` is the address that a
comment states of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from desktop.connectors.activecollab.client import Row
from desktop.connectors.activecollab.convert import id_of, only_id
from desktop.connectors.activecollab.listing import in_trash, listed
from desktop.connectors.activecollab.task_parts import TASK, TaskParts
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Values


class Comments(TaskParts):
    """The comments on the tasks of one account."""

    noun = "comment"
    counted = "comments_count"

    async def rows(self, project_id: str, task: Row) -> list[Row]:
        """The comments that come with the task; where these are fewer than it counts, all of their own listing."""
        task_id = id_of(task["id"])
        answer: Mapping[str, Any] = await self._wire.data("GET", self._tasks.place(project_id, task_id))
        inline = answer.get("comments")
        counted = (answer.get("single") or {}).get(self.counted)
        if isinstance(inline, list) and (counted is None or len(inline) >= int(str(counted))):
            found = [row for row in cast("list[Row]", inline) if not in_trash(row)]
        else:
            found = (await listed(self._wire, f"/comments/task/{task_id}")).rows
        return [{**_on(task_id), **row} for row in found]

    def record(self, schema: ObjectSchema, row: Row) -> Record:
        return super().record(schema, {**row, "task_id": row.get("parent_id")})

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        row = await self.single(schema, self._address(record_id), record_id)
        if row.get("parent_type") not in (None, "Task"):
            raise self._wire.missing(self.named(record_id), "a comment on something else than a task")
        return self.record(schema, row)

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        task_id = self.task_of(values)
        named = f"the task {task_id}"
        return await self.post(schema, f"/comments/task/{task_id}", values, _on(task_id), named)

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        self.check_fixed(schema, record, changes)
        task_id = only_id((await self.get(schema, record.id)).values, TASK)
        body = self.body(schema, changes)
        return await self.put(schema, self._address(record.id), record, changes, body, _on(task_id))

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        await self.drop(f"/comments/{record_id}", record_id)

    def _address(self, record_id: str) -> str:
        if not record_id.isdecimal():
            raise self._wire.missing(self.named(record_id))
        return f"/comments/{record_id}"


def _on(task_id: str) -> Row:
    return {"parent_type": "Task", "parent_id": task_id}
