"""What hangs on tasks: subtasks under the task's address, comments under ``/comments``."""

from __future__ import annotations

from desktop.sandbox.activecollab import fields
from desktop.sandbox.activecollab.attachments import CODES, Attachments
from desktop.sandbox.activecollab.errors import unmatched
from desktop.sandbox.activecollab.journal import Journal
from desktop.sandbox.activecollab.kinds import COMMENT, PROJECT, SUBTASK, TASK, TRASHED, USER, Document
from desktop.sandbox.activecollab.reading import Reader
from desktop.sandbox.activecollab.site import Site, given, whoami
from desktop.sandbox.activecollab.states import States
from desktop.sandbox.kernel import Answer, Call, Endpoint, Refusal

_SUBTASKS = "/projects/{project}/tasks/{task}/subtasks"


class TaskParts:
    """Subtasks, whose text is written as ``body`` and read as ``name``, and comments."""

    def __init__(self, site: Site, reader: Reader, journal: Journal, states: States, files: Attachments) -> None:
        self._site = site
        self._reader = reader
        self._journal = journal
        self._states = states
        self._files = files
        objects = site.objects
        self._parsers: dict[str, fields.Parser] = {
            "body": fields.required,
            "assignee_id": fields.existing(lambda number: objects.exists(USER, number)),
            "due_on": fields.day,
            "position": fields.whole,
        }

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", _SUBTASKS, self.subtasks),
            Endpoint("POST", _SUBTASKS, self.add_subtask),
            Endpoint("GET", f"{_SUBTASKS}/{{id}}", self.subtask),
            Endpoint("PUT", f"{_SUBTASKS}/{{id}}", self.change_subtask),
            Endpoint("DELETE", f"{_SUBTASKS}/{{id}}", self.drop_subtask),
            Endpoint("GET", "/comments/{type}/{id}", self.comments),
            Endpoint("POST", "/comments/{type}/{id}", self.add_comment),
            Endpoint("GET", "/comments/{id}", self.comment),
            Endpoint("PUT", "/comments/{id}", self.change_comment),
            Endpoint("DELETE", "/comments/{id}", self.drop_comment),
        ]

    def subtasks(self, call: Call) -> Answer:
        """The subtasks of a task, completed ones too."""
        found = self._site.objects.find(SUBTASK, "parent = ? AND state < ?", self._task(call)["id"], TRASHED)
        return Answer(200, self._reader.show(SUBTASK, found))

    def subtask(self, call: Call) -> Answer:
        """One subtask."""
        return self._reader.single(SUBTASK, self._subtask(call))

    def add_subtask(self, call: Call) -> Answer:
        """A new subtask."""
        task = self._task(call)
        found = _renamed(fields.read(given(call), self._parsers, ("body",)))
        if found.get("assignee_id"):
            found["delegated_by_id"] = whoami(call)
        last = self._site.objects.count(SUBTASK, "parent = ?", task["id"])
        document = {"position": last + 1, **found, "task_id": task["id"], "project_id": task["project_id"]}
        return self._reader.single(SUBTASK, self._journal.born(call, SUBTASK, document))

    def change_subtask(self, call: Call) -> Answer:
        """Only what is sent is touched."""
        changes = _renamed(fields.read(given(call), self._parsers))
        return self._reader.single(SUBTASK, self._journal.changed(call, SUBTASK, self._subtask(call), changes))

    def drop_subtask(self, call: Call) -> Answer:
        """Into the trash."""
        return self._reader.single(SUBTASK, self._states.trash(call, SUBTASK, self._subtask(call)))

    def comments(self, call: Call) -> Answer:
        """``GET /comments/task/<id>``."""
        found = self._site.objects.find(COMMENT, "parent = ? AND state < ?", self._parent(call)["id"], TRASHED)
        return Answer(200, self._reader.show(COMMENT, found))

    def add_comment(self, call: Call) -> Answer:
        """``POST /comments/task/<id>``; its author subscribes to the task."""
        task = self._parent(call)
        found = fields.read(given(call), {"body": fields.required, CODES: self._files.codes}, ("body",))
        self._files.attach(found, {})
        document = {**found, "parent_type": TASK.name, "parent_id": task["id"], "project_id": task["project_id"]}
        added = self._journal.born(call, COMMENT, document)
        if whoami(call) not in task["subscribers"]:
            self._site.objects.put(TASK, {**task, "subscribers": [*task["subscribers"], whoami(call)]})
        return self._reader.single(COMMENT, added)

    def comment(self, call: Call) -> Answer:
        """``GET /comments/<id>``."""
        return self._reader.single(COMMENT, self._site.find(call, COMMENT))

    def change_comment(self, call: Call) -> Answer:
        """``PUT /comments/<id>``."""
        comment = self._site.find(call, COMMENT)
        changes = fields.read(given(call), {"body": fields.required, CODES: self._files.codes})
        self._files.attach(changes, comment)
        return self._reader.single(COMMENT, self._journal.changed(call, COMMENT, comment, changes))

    def drop_comment(self, call: Call) -> Answer:
        """Into the trash."""
        return self._reader.single(COMMENT, self._states.trash(call, COMMENT, self._site.find(call, COMMENT)))

    def _parent(self, call: Call) -> Document:
        if call.params["type"] != TASK.route:
            raise Refusal(unmatched(call))
        return self._site.find(call, TASK)

    def _task(self, call: Call) -> Document:
        project = self._site.find(call, PROJECT, "project")
        return self._site.find_in(call, TASK, "task", project_id=project["id"])

    def _subtask(self, call: Call) -> Document:
        return self._site.find_in(call, SUBTASK, "id", task_id=self._task(call)["id"])


def _renamed(found: Document) -> Document:
    return {"name" if name == "body" else name: value for name, value in found.items()}
