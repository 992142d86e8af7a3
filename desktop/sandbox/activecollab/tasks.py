"""``/projects/<id>/tasks``.

The list is an object with the open tasks only; the completed ones are ids there, and in full under
``/tasks/archive``. A task alone brings its comments, subtasks, list, subscribers and hours along. Its ``id`` is the
site's, its ``task_number`` the project's own. ``updated_on`` changes with each write to the task; whether it does with
comments, subtasks or hours is in no public source: here it does not.
"""

from __future__ import annotations

from desktop.sandbox.activecollab import fields
from desktop.sandbox.activecollab.attachments import CODES, Attachments
from desktop.sandbox.activecollab.errors import invalid
from desktop.sandbox.activecollab.journal import Journal
from desktop.sandbox.activecollab.kinds import DONE, JOB_TYPE, OPEN, PROJECT, TASK, TASK_LIST, TRASHED, USER, Document
from desktop.sandbox.activecollab.labels import Labels
from desktop.sandbox.activecollab.reading import Reader
from desktop.sandbox.activecollab.site import Site, given, whoami
from desktop.sandbox.activecollab.states import States
from desktop.sandbox.activecollab.terms import check_term, fill_start
from desktop.sandbox.kernel import Answer, Call, Endpoint

_HERE = "project = ? AND state = ?"


class Tasks:
    """The tasks of projects and of people."""

    def __init__(
        self, site: Site, reader: Reader, journal: Journal, states: States, labels: Labels, files: Attachments
    ) -> None:
        self._site = site
        self._reader = reader
        self._journal = journal
        self._states = states
        self._labels = labels
        self._files = files
        objects = site.objects
        self._parsers: dict[str, fields.Parser] = {
            "name": fields.required,
            "body": fields.text,
            "assignee_id": fields.existing(lambda number: objects.exists(USER, number)),
            "task_list_id": fields.existing(lambda number: objects.exists(TASK_LIST, number)),
            "start_on": fields.day,
            "due_on": fields.day,
            "estimate": fields.hours,
            "job_type_id": fields.existing(lambda number: objects.exists(JOB_TYPE, number)),
            "is_important": fields.flag,
            "is_hidden_from_clients": fields.flag,
            "labels": _names,
            "subscribers": fields.ids(lambda number: objects.exists(USER, number)),
            "position": fields.whole,
            CODES: files.codes,
        }

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/projects/{project}/tasks", self.open),
            Endpoint("GET", "/projects/{project}/tasks/archive", self.archive),
            Endpoint("POST", "/projects/{project}/tasks", self.create),
            Endpoint("GET", "/projects/{project}/tasks/{id}", self.get),
            Endpoint("PUT", "/projects/{project}/tasks/{id}", self.update),
            Endpoint("DELETE", "/projects/{project}/tasks/{id}", self.delete),
            Endpoint("GET", "/users/{user}/tasks", self.of_person),
        ]

    def open(self, call: Call) -> Answer:
        """The open tasks and what belongs to them, all at once."""
        project = self._site.find(call, PROJECT, "project")
        objects, number = self._site.objects, project["id"]
        lists = objects.find(TASK_LIST, _HERE, number, OPEN)
        body = {
            "tasks": self._reader.show(TASK, objects.find(TASK, _HERE, number, OPEN)),
            "task_lists": self._reader.show(TASK_LIST, lists),
            "project": self._reader.one(PROJECT, project),
            "completed_task_ids": objects.ids(TASK, _HERE, number, DONE),
            "trashed_task_ids": objects.ids(TASK, _HERE, number, TRASHED),
        }
        return Answer(200, body)

    def archive(self, call: Call) -> Answer:
        """The completed tasks: a list, in pages unless the instance is one that does not page it."""
        project = self._site.find(call, PROJECT, "project")
        if self._site.settings.archive_paged:
            return self._reader.page(call, TASK, _HERE, project["id"], DONE)
        return Answer(200, self._reader.show(TASK, self._site.objects.find(TASK, _HERE, project["id"], DONE)))

    def of_person(self, call: Call) -> Answer:
        """``GET /users/<id>/tasks``: what somebody has to do."""
        user = self._site.find(call, USER, "user")
        return self._reader.page(call, TASK, "person = ? AND state = ?", user["id"], OPEN)

    def get(self, call: Call) -> Answer:
        """One task, completed or not, with what belongs to it."""
        return self._answer(self._task(call)[1])

    def create(self, call: Call) -> Answer:
        """A new task, under the project's next number."""
        project = self._site.find(call, PROJECT, "project")
        found = fields.read(given(call), self._parsers, ("name",))
        fill_start(found, None)
        self._check(project, found)
        task_number = project["last_task_number"] + 1
        self._site.objects.put(PROJECT, {**project, "last_task_number": task_number})
        found.setdefault("subscribers", [whoami(call)])
        found["labels"] = self._labels.named(found.get("labels", []))
        self._files.attach(found, {})
        if found.get("assignee_id"):
            found["delegated_by_id"] = whoami(call)
        document = {"position": task_number, **found, "project_id": project["id"], "task_number": task_number}
        return self._answer(self._journal.born(call, TASK, document))

    def update(self, call: Call) -> Answer:
        """Only what is sent is touched; labels are replaced as a whole."""
        project, task = self._task(call)
        changes = fields.read(given(call), self._parsers)
        fill_start(changes, task["start_on"])
        self._check(project, {**task, **changes})
        if "labels" in changes:
            changes["labels"] = self._labels.named(changes["labels"])
        self._files.attach(changes, task)
        if changes.get("assignee_id", task["assignee_id"]) != task["assignee_id"]:
            changes["delegated_by_id"] = whoami(call)
        moved = changes.get("task_list_id", task["task_list_id"]) != task["task_list_id"]
        event = "ListChanged" if moved else "Updated"
        return self._answer(self._journal.changed(call, TASK, task, changes, event))

    def delete(self, call: Call) -> Answer:
        """Into the trash."""
        return self._reader.single(TASK, self._states.trash(call, TASK, self._task(call)[1]))

    def _task(self, call: Call) -> tuple[Document, Document]:
        """The task of the path and its project; a task of another project is none."""
        project = self._site.find(call, PROJECT, "project")
        return project, self._site.find_in(call, TASK, "id", project_id=project["id"])

    def _answer(self, task: Document) -> Answer:
        return self._reader.single(TASK, task, **self._reader.task_beside(task))

    def _check(self, project: Document, task: Document) -> None:
        """What single fields cannot tell."""
        check_term(task.get("start_on"), task.get("due_on"))
        if task.get("estimate") and not task.get("job_type_id"):
            raise invalid({"job_type_id": "Job type is required for tasks with estimates"})
        number = task.get("task_list_id")
        task_list = self._site.objects.get(TASK_LIST, number) if number else None
        if task_list is not None and task_list["project_id"] != project["id"]:
            raise invalid({"task_list_id": "Task list belongs to another project"})


def _names(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        raise fields.Unfit("must be a list of names")
    return [name.strip() for name in value]
