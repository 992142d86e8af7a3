"""Time records: hours worked on a project or on one of its tasks.

A list is ``{"time_records": [...], "related": {...}}``. The company-wide list wants ``from`` and ``to`` and ignores
every other parameter. A project that is not billable keeps 0 as ``billable_status`` whatever is sent, and answers 200.
"""

from __future__ import annotations

from typing import Any

from desktop.sandbox.activecollab import fields
from desktop.sandbox.activecollab.errors import failure
from desktop.sandbox.activecollab.journal import Journal
from desktop.sandbox.activecollab.kinds import JOB_TYPE, OPEN, PROJECT, TASK, TIME_RECORD, USER, Document
from desktop.sandbox.activecollab.reading import Reader
from desktop.sandbox.activecollab.site import Site, given, whoami
from desktop.sandbox.activecollab.states import States
from desktop.sandbox.kernel import Answer, Call, Endpoint

_HOURS = "/projects/{project}/time-records"
_DAY = 86_400


class Hours:
    """The time records of projects, tasks and people."""

    def __init__(self, site: Site, reader: Reader, journal: Journal, states: States) -> None:
        self._site = site
        self._reader = reader
        self._journal = journal
        self._states = states
        objects = site.objects
        self._parsers: dict[str, fields.Parser] = {
            "value": _worked,
            "summary": fields.text,
            "job_type_id": _needed(fields.existing(lambda number: objects.exists(JOB_TYPE, number))),
            "billable_status": fields.one_of(0, 1, 2, 3),
            "record_date": _needed(fields.day),
            "user_id": _needed(fields.existing(lambda number: objects.exists(USER, number))),
        }

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/time-records", self.company_wide),
            Endpoint("GET", _HOURS, self.of_project),
            Endpoint("POST", _HOURS, self.add),
            Endpoint("GET", f"{_HOURS}/filtered-by-date", self.of_project_between),
            Endpoint("GET", f"{_HOURS}/{{id}}", self.get),
            Endpoint("PUT", f"{_HOURS}/{{id}}", self.change),
            Endpoint("DELETE", f"{_HOURS}/{{id}}", self.drop),
            Endpoint("GET", "/projects/{project}/tasks/{task}/time-records", self.of_task),
            Endpoint("GET", "/users/{user}/time-records", self.of_person),
        ]

    def company_wide(self, call: Call) -> Answer:
        """``GET /time-records?from=&to=``."""
        return self._between(call, self._site.objects.find(TIME_RECORD, "state = ?", OPEN))

    def of_project(self, call: Call) -> Answer:
        """All of a project, its tasks' too."""
        return self._list(self._of_project(call))

    def of_project_between(self, call: Call) -> Answer:
        """Those of a project between two dates."""
        return self._between(call, self._of_project(call))

    def of_task(self, call: Call) -> Answer:
        """Those of a task."""
        project = self._site.find(call, PROJECT, "project")
        task = self._site.find_in(call, TASK, "task", project_id=project["id"])
        return self._list(self._site.objects.find(TIME_RECORD, "parent = ? AND state = ?", task["id"], OPEN))

    def of_person(self, call: Call) -> Answer:
        """Those of a person."""
        user = self._site.find(call, USER, "user")
        return self._list(self._site.objects.find(TIME_RECORD, "person = ? AND state = ?", user["id"], OPEN))

    def get(self, call: Call) -> Answer:
        """One time record."""
        return self._reader.single(TIME_RECORD, self._record(call)[1])

    def add(self, call: Call) -> Answer:
        """A new one; ``task_id`` books it on a task, without it the project has it. Today and oneself unless told."""
        project = self._site.find(call, PROJECT, "project")
        body = given(call)
        found = fields.read(body, {**self._parsers, "task_id": self._task_of(project)}, ("value", "job_type_id"))
        task = found.get("task_id", 0)
        document = {
            "record_date": self._site.now() // _DAY * _DAY,
            "user_id": whoami(call),
            **found,
            "project_id": project["id"],
            "task_id": task,
            "parent_type": "Task" if task else "Project",
            "parent_id": task or project["id"],
        }
        added = self._journal.born(call, TIME_RECORD, _billed(project, document))
        return self._reader.single(TIME_RECORD, added)

    def change(self, call: Call) -> Answer:
        """Only what is sent is touched."""
        project, record = self._record(call)
        changes = _billed(project, fields.read(given(call), self._parsers))
        return self._reader.single(TIME_RECORD, self._journal.changed(call, TIME_RECORD, record, changes))

    def drop(self, call: Call) -> Answer:
        """Into the trash."""
        return self._reader.single(TIME_RECORD, self._states.trash(call, TIME_RECORD, self._record(call)[1]))

    def _record(self, call: Call) -> tuple[Document, Document]:
        project = self._site.find(call, PROJECT, "project")
        return project, self._site.find_in(call, TIME_RECORD, "id", project_id=project["id"])

    def _of_project(self, call: Call) -> list[Document]:
        project = self._site.find(call, PROJECT, "project")
        return self._site.objects.find(TIME_RECORD, "project = ? AND state = ?", project["id"], OPEN)

    def _between(self, call: Call, records: list[Document]) -> Answer:
        try:
            first, last = (fields.day(call.query.get(name)) for name in ("from", "to"))
        except fields.Unfit:
            first = last = None
        if first is None or last is None or first > last:
            raise failure("Invalid timesheet period.")
        return self._list([record for record in records if first <= record["record_date"] <= last])

    def _list(self, records: list[Document]) -> Answer:
        related: dict[str, dict[str, Any]] = {}
        for kind in (PROJECT, TASK):
            for number in sorted({each["parent_id"] for each in records if each["parent_type"] == kind.name}):
                found = self._site.objects.get(kind, number)
                if found is not None:
                    related.setdefault(kind.name, {})[str(number)] = self._reader.one(kind, found)
        return Answer(200, {"time_records": self._reader.show(TIME_RECORD, records), "related": related})

    def _task_of(self, project: Document) -> fields.Parser:
        def parse(value: object) -> int:
            number = fields.whole(value)
            task = self._site.objects.get(TASK, number) if number else None
            if number and (task is None or task["project_id"] != project["id"]):
                raise fields.Unfit("does not exist")
            return number

        return parse


def _billed(project: Document, document: Document) -> Document:
    """A project that is not billable drops the flag without a word."""
    return {**document, "billable_status": 0} if project["budget_type"] == "not_billable" else document


def _worked(value: object) -> float:
    hours = fields.hours(value)
    if not hours:
        raise fields.Unfit("is required")
    return hours


def _needed(parse: fields.Parser) -> fields.Parser:
    def checked(value: object) -> object:
        found = parse(value)
        if not found:
            raise fields.Unfit("is required")
        return found

    return checked
