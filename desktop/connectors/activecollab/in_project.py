"""Records that lie under their project's address: task lists, tasks and time records."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Iterable
from typing import Any, ClassVar

from desktop.connectors.activecollab.client import Row, Wire
from desktop.connectors.activecollab.convert import id_of, only_id
from desktop.connectors.activecollab.kind import IN_TRASH, Kind
from desktop.connectors.activecollab.projects import Projects
from desktop.connectors.activecollab.walk import Walk
from desktop.connectors.activecollab.whereabouts import Whereabouts
from desktop.connectors.base import Page
from desktop.domain.errors import NotFound, RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import Json, Value, Values, is_choices

PROJECT = "project"


class InProject(Kind):
    """Records whose address holds their project, while their ids are unique in the account."""

    segment: ClassVar[str]
    fixed = PROJECT

    def __init__(self, wire: Wire, projects: Projects, *, key_line: bool = False) -> None:
        super().__init__(wire, key_line=key_line)
        self._walk = Walk(wire, projects)
        self.whereabouts = Whereabouts(projects, self.ids)

    @abstractmethod
    async def rows(self, project_id: str) -> list[Row]:
        """Every row of a project, open and completed."""

    async def ids(self, project_id: str) -> Iterable[str]:
        """The ids of every record of a project."""
        return [id_of(row["id"]) for row in await self.rows(project_id)]

    def place(self, project_id: str, record_id: str = "") -> str:
        """The address of a project's records, or of one of them."""
        path = f"/projects/{project_id}/{self.segment}"
        return f"{path}/{record_id}" if record_id else path

    async def of_project(self, schema: ObjectSchema, project_id: str) -> list[Record]:
        """Every record of a project."""
        found = [self.record(schema, row) for row in await self.rows(project_id)]
        for record in found:
            self.whereabouts.note(record.id, project_id)
        return found

    def read(self, schema: ObjectSchema, cursor: Json) -> AsyncGenerator[Page]:
        return self._walk.pages(lambda project_id: self.of_project(schema, project_id), cursor)

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        return self.record(schema, await self.row(schema, record_id))

    async def row(self, schema: ObjectSchema, record_id: str) -> Row:
        """The row of a record, wherever it is.

        :raises NotFound: when it is in no project, or in the trash.
        """
        known = self.whereabouts.known(record_id)
        if known is not None:
            try:
                return await self._row_in(schema, known, record_id)
            except NotFound as error:
                if error.details == IN_TRASH:
                    raise
                self.whereabouts.forget(record_id)
        return await self._row_in(schema, await self._project_of(record_id), record_id)

    async def _row_in(self, schema: ObjectSchema, project_id: str, record_id: str) -> Row:
        row = await self.single(schema, self.place(project_id, record_id), record_id)
        return {"project_id": project_id, **row}

    async def near(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record] | None:
        """Those of the project, where the project is what is looked for."""
        if field.key != PROJECT:
            return None
        projects = sorted(value) if is_choices(value) else [str(value)]
        try:
            return [record for item in projects if item.isdecimal() for record in await self.of_project(schema, item)]
        except NotFound:
            return []

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        project_id = only_id(values, PROJECT)
        if not project_id.isdecimal():
            raise RecordRefused(
                f"A {self.noun} needs the project that it belongs to.", "Fill in the project.", field=PROJECT
            )
        record = await self.post(
            schema, self.place(project_id), values, {"project_id": project_id}, f"the project {project_id}"
        )
        self.whereabouts.note(record.id, project_id)
        return record

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        self.check_fixed(schema, record, changes)
        body = await self.changed_body(schema, record, changes)
        known = only_id(record.values, PROJECT) or self.whereabouts.known(record.id)
        if known:
            try:
                return await self._put_in(schema, known, record, changes, body)
            except NotFound as error:
                if error.details == IN_TRASH:
                    raise
                self.whereabouts.forget(record.id)
        return await self._put_in(schema, await self._project_of(record.id), record, changes, body)

    async def _put_in(
        self, schema: ObjectSchema, project_id: str, record: Record, changes: Values, body: dict[str, Any]
    ) -> Record:
        path = self.place(project_id, record.id)
        return await self.put(schema, path, record, changes, body, {"project_id": project_id})

    async def changed_body(self, schema: ObjectSchema, record: Record, changes: Values) -> dict[str, Any]:
        """What an update sends."""
        return self.body(schema, changes)

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        try:
            await self.row(schema, record_id)
            await self.drop(self.place(await self._project_of(record_id), record_id), record_id)
        except NotFound:
            return

    async def _project_of(self, record_id: str) -> str:
        project_id = await self.whereabouts.find(record_id)
        if project_id is None:
            raise self._wire.missing(self.named(record_id))
        return project_id


def lone_due_date(changes: Values) -> bool:
    """Whether a due date is to be written without a start."""
    return changes.get("due_on") is not None and "start_on" not in changes


def with_start(body: dict[str, Any], current: Record, changes: Values) -> dict[str, Any]:
    """A body whose lone due date leaves the start as it is.

    ActiveCollab fills in the start from a due date that comes alone. A start that is there and still fits goes along,
    so that it stays.
    """
    start = current.get("start_on")
    if start is None or not lone_due_date(changes) or str(start) > str(changes["due_on"]):
        return body
    return {**body, "start_on": str(start)}
