"""What hangs on tasks, and is only found through them: the base of subtasks and comments."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import ClassVar

from desktop.connectors.activecollab.client import Row, Wire
from desktop.connectors.activecollab.convert import id_of, only_id
from desktop.connectors.activecollab.in_turn import in_turn
from desktop.connectors.activecollab.kind import Kind
from desktop.connectors.activecollab.projects import Projects
from desktop.connectors.activecollab.tasks import Tasks
from desktop.connectors.activecollab.walk import CONCURRENCY, Walk
from desktop.connectors.base import Page
from desktop.domain.errors import NotFound, RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import Json, Value, Values, is_choices

TASK = "task"


class TaskParts(Kind):
    """What hangs on the tasks of one account.

    Reading costs a request for each task that has any, beside the listing of the tasks. Whether a task counts as
    changed when something of it changes is nowhere stated, so in a project that is not quiet every such task is asked.
    """

    counted: ClassVar[str]
    """The task's field that tells how many it has."""
    fixed = TASK

    def __init__(self, wire: Wire, projects: Projects, tasks: Tasks) -> None:
        super().__init__(wire)
        self._tasks = tasks
        self._walk = Walk(wire, projects)

    @abstractmethod
    async def rows(self, project_id: str, task: Row) -> list[Row]:
        """Everything of a task, each with the task's id."""

    def read(self, schema: ObjectSchema, cursor: Json) -> AsyncGenerator[Page]:
        return self._walk.pages(partial(self._of_project, schema), cursor)

    async def _of_project(self, schema: ObjectSchema, project_id: str) -> list[Record]:
        found: list[Record] = []
        tasks = await self._tasks.rows(project_id)
        for task in tasks:
            self._tasks.whereabouts.note(id_of(task["id"]), project_id)
        work = (partial(self._of_task, schema, project_id, task) for task in tasks if self._has_any(task))
        async with aclosing(in_turn(work, CONCURRENCY)) as parts:
            async for records in parts:
                found.extend(records)
        return found

    def _has_any(self, task: Row) -> bool:
        return id_of(task.get(self.counted, 1)) != ""

    async def _of_task(self, schema: ObjectSchema, project_id: str, task: Row) -> list[Record]:
        try:
            return [self.record(schema, row) for row in await self.rows(project_id, task)]
        except NotFound:
            await self._tasks_project_still_there(project_id, id_of(task["id"]))
            return []

    async def _tasks_project_still_there(self, project_id: str, task_id: str) -> None:
        """See that what is missing is the task and not the right to see it.

        :raises NotFound: when the task is there.
        """
        try:
            await self._wire.single("GET", self._tasks.place(project_id, task_id))
        except NotFound:
            return
        raise self._wire.missing(f"what belongs to the task {task_id}")

    async def near(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record] | None:
        """Those of the task, where the task is what is looked for."""
        if field.key != TASK:
            return None
        found: list[Record] = []
        for task_id in sorted(value) if is_choices(value) else [str(value)]:
            project_id = await self._tasks.whereabouts.find(task_id)
            if project_id is not None:
                found.extend(await self._of_task(schema, project_id, {"id": task_id}))
        return found

    def task_of(self, values: Values) -> str:
        """The task that a new record belongs to.

        :raises RecordRefused: when there is none.
        """
        task_id = only_id(values, TASK)
        if not task_id.isdecimal():
            raise RecordRefused(f"A {self.noun} needs the task that it belongs to.", "Fill in the task.", field=TASK)
        return task_id
