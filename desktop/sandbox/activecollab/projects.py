"""``/projects``: the active ones in pages, the completed ones under ``/projects/archive``."""

from __future__ import annotations

from desktop.sandbox.activecollab import fields
from desktop.sandbox.activecollab.attachments import CODES, Attachments
from desktop.sandbox.activecollab.journal import Journal
from desktop.sandbox.activecollab.kinds import COMPANY, DONE, NOTE, OPEN, PROJECT, USER, Document
from desktop.sandbox.activecollab.reading import Reader
from desktop.sandbox.activecollab.site import Site, given, whoami
from desktop.sandbox.activecollab.states import States
from desktop.sandbox.kernel import Answer, Call, Endpoint

BUDGETS = ("fixed", "pay_as_you_go", "not_billable")


class Projects:
    """Projects, who works in them, and their notes."""

    def __init__(self, site: Site, reader: Reader, journal: Journal, states: States, files: Attachments) -> None:
        self._site = site
        self._reader = reader
        self._journal = journal
        self._states = states
        self._files = files
        objects = site.objects
        self._parsers: dict[str, fields.Parser] = {
            "name": fields.required,
            "company_id": fields.existing(lambda number: objects.exists(COMPANY, number)),
            "leader_id": fields.existing(lambda number: objects.exists(USER, number)),
            "category_id": fields.whole,
            "label_id": fields.whole,
            "currency_id": fields.whole,
            "body": fields.text,
            "members": fields.ids(lambda number: objects.exists(USER, number)),
            "template_id": fields.whole,
            "is_tracking_enabled": fields.flag,
            "is_client_reporting_enabled": fields.flag,
            "budget": _budget,
            "budget_type": fields.one_of(*BUDGETS),
        }

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/projects", self.active),
            Endpoint("GET", "/projects/archive", self.archive),
            Endpoint("GET", "/projects/names", self.names),
            Endpoint("POST", "/projects", self.create, scope="Member"),
            Endpoint("GET", "/projects/{id}", self.get),
            Endpoint("PUT", "/projects/{id}", self.update, scope="Member"),
            Endpoint("DELETE", "/projects/{id}", self.delete, scope="Member"),
            Endpoint("GET", "/projects/{id}/members", self.members),
            Endpoint("GET", "/projects/{id}/notes", self.notes),
            Endpoint("POST", "/projects/{id}/notes", self.add_note),
            Endpoint("GET", "/projects/{id}/notes/{note}", self.note),
        ]

    def active(self, call: Call) -> Answer:
        """``GET /projects``: a hundred at a time."""
        return self._reader.page(call, PROJECT, "state = ?", OPEN)

    def archive(self, call: Call) -> Answer:
        """``GET /projects/archive``: the completed ones, a hundred at a time."""
        return self._reader.page(call, PROJECT, "state = ?", DONE)

    def names(self, call: Call) -> Answer:
        """``GET /projects/names``: the active ones' names by id."""
        found = self._site.objects.find(PROJECT, "state = ?", OPEN)
        return Answer(200, {str(project["id"]): project["name"] for project in found})

    def get(self, call: Call) -> Answer:
        """``GET /projects/<id>``."""
        return self._reader.single(PROJECT, self._site.find(call, PROJECT))

    def create(self, call: Call) -> Answer:
        """``POST /projects``: who makes it is its leader and a member, unless others are named."""
        found = fields.read(given(call), self._parsers, ("name",))
        document: Document = {"leader_id": whoami(call), "last_activity_on": self._site.now(), **found}
        members: list[int] = document.get("members", [])
        if document["leader_id"] and document["leader_id"] not in members:
            members = [document["leader_id"], *members]
        added = self._journal.born(call, PROJECT, {**document, "members": members})
        return self._reader.single(PROJECT, self._site.objects.get(PROJECT, added["id"]) or added)

    def update(self, call: Call) -> Answer:
        """``PUT /projects/<id>``: only what is sent is touched."""
        project = self._site.find(call, PROJECT)
        changes = fields.read(given(call), self._parsers)
        changes["last_activity_on"] = self._site.now()
        return self._reader.single(PROJECT, self._journal.changed(call, PROJECT, project, changes))

    def delete(self, call: Call) -> Answer:
        """``DELETE /projects/<id>``: into the trash."""
        return self._reader.single(PROJECT, self._states.trash(call, PROJECT, self._site.find(call, PROJECT)))

    def members(self, call: Call) -> Answer:
        """``GET /projects/<id>/members``: bare ids."""
        return Answer(200, self._site.find(call, PROJECT)["members"])

    def notes(self, call: Call) -> Answer:
        """``GET /projects/<id>/notes``."""
        project = self._site.find(call, PROJECT)
        found = self._site.objects.find(NOTE, "project = ? AND state = ?", project["id"], OPEN)
        return Answer(200, self._reader.show(NOTE, found))

    def add_note(self, call: Call) -> Answer:
        """``POST /projects/<id>/notes``: ``name`` and ``body``."""
        project = self._site.find(call, PROJECT)
        parsers: dict[str, fields.Parser] = {"name": fields.required, "body": fields.text, CODES: self._files.codes}
        note = fields.read(given(call), parsers, ("name",))
        self._files.attach(note, {})
        return self._reader.single(NOTE, self._journal.born(call, NOTE, {**note, "project_id": project["id"]}))

    def note(self, call: Call) -> Answer:
        """``GET /projects/<id>/notes/<note>``."""
        project = self._site.find(call, PROJECT)
        return self._reader.single(NOTE, self._site.find_in(call, NOTE, "note", project_id=project["id"]))


def _budget(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise fields.Unfit("must be an amount")
    return value
