"""Subtasks: ``/projects/<id>/tasks/<id>/subtasks``. Their text is written as ``body`` and read as ``name``.

A subtask is reached through its task only, and finding the task of a bare subtask's id would take a request for every
task that has any. So a subtask's id is the task's id and its own, as they stand in its address: ``288/15``. A subtask
stays with its task, and a task keeps its id when it moves, so the id is as lasting as the vendor's own.
"""

from __future__ import annotations

from typing import Any

from desktop.connectors.activecollab.client import Row
from desktop.connectors.activecollab.convert import id_of, read_record
from desktop.connectors.activecollab.listing import listed
from desktop.connectors.activecollab.task_parts import TaskParts
from desktop.domain.errors import NotFound
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Values


class Subtasks(TaskParts):
    """The subtasks of one account."""

    noun = "subtask"
    route = "subtask"
    counted = "total_subtasks"

    async def rows(self, project_id: str, task: Row) -> list[Row]:
        task_id = id_of(task["id"])
        found = await listed(self._wire, f"{self._tasks.place(project_id, task_id)}/subtasks", "subtasks")
        return [{**row, "task_id": task_id} for row in found.rows]

    def record(self, schema: ObjectSchema, row: Row) -> Record:
        return read_record(schema, row, f"{id_of(row['task_id'])}/{id_of(row['id'])}")

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One subtask, out of its task's: no source has an answer for one alone."""
        task_id, own_id = self._split(record_id)
        remembered = self._tasks.whereabouts.known(task_id) is not None
        try:
            rows = await self._listed(task_id, record_id)
        except NotFound:
            if not remembered:
                raise
            self._tasks.whereabouts.forget(task_id)
            rows = await self._listed(task_id, record_id)
        for row in rows:
            if id_of(row["id"]) == own_id:
                return self.record(schema, {**row, "task_id": task_id})
        raise self._wire.missing(self.named(record_id))

    def body(self, schema: ObjectSchema, values: Values) -> dict[str, Any]:
        body = super().body(schema, values)
        return {"body" if name == "name" else name: value for name, value in body.items()}

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        task_id = self.task_of(values)
        named = f"the task {task_id}"
        return await self.post(schema, await self._place(task_id, named), values, {"task_id": task_id}, named)

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        self.check_fixed(schema, record, changes)
        await self.get(schema, record.id)
        path, (task_id, _own_id) = await self._address(record.id), self._split(record.id)
        return await self.put(schema, path, record, changes, self.body(schema, changes), {"task_id": task_id})

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        try:
            await self.get(schema, record_id)
            await self.drop(await self._address(record_id), record_id)
        except NotFound:
            return

    async def _listed(self, task_id: str, record_id: str) -> list[Row]:
        named = self.named(record_id)
        return (await listed(self._wire, await self._place(task_id, named), "subtasks", named)).rows

    async def _address(self, record_id: str) -> str:
        task_id, own_id = self._split(record_id)
        return f"{await self._place(task_id, self.named(record_id))}/{own_id}"

    async def _place(self, task_id: str, named: str) -> str:
        """The address of a task's subtasks."""
        project_id = await self._tasks.whereabouts.find(task_id)
        if project_id is None:
            raise self._wire.missing(named)
        return f"{self._tasks.place(project_id, task_id)}/subtasks"

    def _split(self, record_id: str) -> tuple[str, str]:
        """The task's id and the subtask's own."""
        task_id, _, own_id = record_id.partition("/")
        if not (task_id.isdecimal() and own_id.isdecimal()):
            raise self._wire.missing(self.named(record_id))
        return task_id, own_id
