"""``/projects/<id>/task-lists``: what older versions called milestones, with a start and an end."""

from __future__ import annotations

from desktop.sandbox.activecollab import fields
from desktop.sandbox.activecollab.journal import Journal
from desktop.sandbox.activecollab.kinds import DONE, OPEN, PROJECT, TASK_LIST, Document
from desktop.sandbox.activecollab.reading import Reader
from desktop.sandbox.activecollab.site import Site, given
from desktop.sandbox.activecollab.states import States
from desktop.sandbox.activecollab.terms import check_term
from desktop.sandbox.kernel import Answer, Call, Endpoint

_PARSERS: dict[str, fields.Parser] = {
    "name": fields.required,
    "start_on": fields.day,
    "due_on": fields.day,
    "position": fields.whole,
}


class TaskLists:
    """The task lists of projects."""

    def __init__(self, site: Site, reader: Reader, journal: Journal, states: States) -> None:
        self._site = site
        self._reader = reader
        self._journal = journal
        self._states = states

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/projects/{project}/task-lists", self.active),
            Endpoint("GET", "/projects/{project}/task-lists/archive", self.archive),
            Endpoint("POST", "/projects/{project}/task-lists", self.create),
            Endpoint("GET", "/projects/{project}/task-lists/{id}", self.get),
            Endpoint("PUT", "/projects/{project}/task-lists/{id}", self.update),
            Endpoint("DELETE", "/projects/{project}/task-lists/{id}", self.delete),
        ]

    def active(self, call: Call) -> Answer:
        """The lists that are not completed, all at once."""
        return self._lists(call, OPEN)

    def archive(self, call: Call) -> Answer:
        """The completed lists, all at once."""
        return self._lists(call, DONE)

    def _lists(self, call: Call, state: int) -> Answer:
        project = self._site.find(call, PROJECT, "project")
        found = self._site.objects.find(TASK_LIST, "project = ? AND state = ?", project["id"], state)
        return Answer(200, self._reader.show(TASK_LIST, sorted(found, key=lambda each: each["position"])))

    def get(self, call: Call) -> Answer:
        """One list."""
        return self._reader.single(TASK_LIST, self._list(call))

    def create(self, call: Call) -> Answer:
        """A new list, after the others unless its ``position`` is given."""
        project = self._site.find(call, PROJECT, "project")
        found = fields.read(given(call), _PARSERS, ("name",))
        check_term(found.get("start_on"), found.get("due_on"))
        last = self._site.objects.count(TASK_LIST, "project = ?", project["id"])
        document = {"position": last + 1, **found, "project_id": project["id"]}
        return self._reader.single(TASK_LIST, self._journal.born(call, TASK_LIST, document))

    def update(self, call: Call) -> Answer:
        """Only what is sent is touched."""
        task_list = self._list(call)
        changes = fields.read(given(call), _PARSERS)
        after = {**task_list, **changes}
        check_term(after["start_on"], after["due_on"])
        return self._reader.single(TASK_LIST, self._journal.changed(call, TASK_LIST, task_list, changes))

    def delete(self, call: Call) -> Answer:
        """Into the trash, with its tasks."""
        return self._reader.single(TASK_LIST, self._states.trash(call, TASK_LIST, self._list(call)))

    def _list(self, call: Call) -> Document:
        project = self._site.find(call, PROJECT, "project")
        return self._site.find_in(call, TASK_LIST, "id", project_id=project["id"])
