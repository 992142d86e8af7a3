"""Hours worked: ``/projects/<id>/time-records``, on the project itself or on one of its tasks.

Source: https://developers.activecollab.com/api-documentation (projects/elements/time-records).
"""

from __future__ import annotations

import re
from typing import Any

from desktop.connectors.activecollab.client import Row
from desktop.connectors.activecollab.convert import id_of
from desktop.connectors.activecollab.in_project import InProject
from desktop.connectors.activecollab.listing import listed
from desktop.domain.errors import RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType, Values, same

_BILLABLE = "billable_status"
_PROJECT_IN_PATH = re.compile(r"/projects/(\d+)/")


class TimeRecords(InProject):
    """The time records of one account."""

    noun = "time record"
    segment = "time-records"

    async def rows(self, project_id: str) -> list[Row]:
        """Every time record of a project and its tasks."""
        path = self.place(project_id)
        found = await listed(self._wire, path, "time_records", f"the project {project_id}")
        return [{"project_id": project_id, **row} for row in found.rows]

    def record(self, schema: ObjectSchema, row: Row) -> Record:
        """A time record. Its project stands in its address where it is not among its fields."""
        return super().record(schema, located(row))

    async def row(self, schema: ObjectSchema, record_id: str) -> Row:
        return located(await super().row(schema, record_id))

    def body(self, schema: ObjectSchema, values: Values) -> dict[str, Any]:
        body = super().body(schema, values)
        if body.get("task_id") == 0:
            del body["task_id"]
        return body

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change the given fields, and see that the platform kept whether the hours are billable.

        :raises RecordRefused: when it kept something else (a project that is not billable makes its hours so), or when
            the hours would move to another task.
        """
        if "task" in changes and not same(changes["task"], record.get("task"), FieldType.REFERENCE):
            raise RecordRefused(
                f"ActiveCollab's API has no way to move {self.named(record.id)} to another task.",
                "Move it in ActiveCollab, or leave the task out of the mapping.",
                field="task",
            )
        updated = await super().update(schema, record, changes)
        if _BILLABLE in changes and not same(changes[_BILLABLE], updated.get(_BILLABLE), FieldType.CHOICE):
            raise RecordRefused(
                f"ActiveCollab did not keep whether {self.named(record.id)} is billable: its project decides that.",
                "Change the project's budget in ActiveCollab, or leave the field out of the mapping.",
                field=_BILLABLE,
            )
        return updated


def located(row: Row) -> Row:
    """The row with the project and task that it says it belongs to."""
    match = _PROJECT_IN_PATH.search(str(row.get("url_path") or ""))
    of_task = row.get("parent_type") == "Task"
    project = row.get("project_id") or (match[1] if match else None)
    if project is None and row.get("parent_type") == "Project":
        project = row.get("parent_id")
    return {**row, "project_id": project, "task_id": id_of(row.get("parent_id")) if of_task else 0}
