"""The states of objects: completed and open, archived, in the trash; the routes take the global id.

``PUT /complete/<type>/<id>``, ``/open/...``, ``/move-to-trash/...`` and their companions ``/restore-from-trash/...``,
``/move-to-archive/...``, ``/restore-from-archive/...``, named after the same pattern. ``GET /trash`` lists what lies
there by class; ``DELETE /trash`` empties it, a hundred things a time.
"""

from __future__ import annotations

from collections.abc import Callable

from desktop.sandbox.activecollab.errors import HTML, forbidden, unmatched
from desktop.sandbox.activecollab.journal import Journal
from desktop.sandbox.activecollab.kinds import (
    BY_ROUTE,
    COMMENT,
    COMPANY,
    NOTE,
    OPEN,
    PROJECT,
    SUBTASK,
    TASK,
    TASK_LIST,
    TIME_RECORD,
    TRASHED,
    USER,
    Document,
    Kind,
)
from desktop.sandbox.activecollab.reading import Reader
from desktop.sandbox.activecollab.site import Site, whoami
from desktop.sandbox.kernel import Answer, Call, Endpoint, Refusal

WAVE = 100
_INSIDE = {
    PROJECT: (TASK_LIST, TASK, SUBTASK, COMMENT, NOTE, TIME_RECORD),
    TASK_LIST: (TASK,),
    TASK: (SUBTASK, COMMENT, TIME_RECORD),
}
_ALONG = {PROJECT: ((TASK_LIST, "project"), (TASK, "project")), TASK_LIST: ((TASK, "parent"),)}
_COMPLETED = (PROJECT, TASK_LIST, TASK, SUBTASK)
_ARCHIVED = (COMPANY, USER)
_TRASHED = (PROJECT, TASK_LIST, TASK, SUBTASK, COMMENT, NOTE, TIME_RECORD, COMPANY, USER)

Change = Callable[[Call, Kind, Document], Document]


class States:
    """Moves objects between their states; people and companies only at an owner's word."""

    def __init__(self, site: Site, reader: Reader, journal: Journal) -> None:
        self._site = site
        self._reader = reader
        self._journal = journal

    def endpoints(self) -> list[Endpoint]:
        return [
            self._route("complete", self.complete, _COMPLETED),
            self._route("open", self.reopen, _COMPLETED),
            self._route("move-to-trash", self.trash, _TRASHED),
            self._route("restore-from-trash", self.restore, _TRASHED),
            self._route("move-to-archive", self.archive, _ARCHIVED),
            self._route("restore-from-archive", self.unarchive, _ARCHIVED),
            Endpoint("GET", "/trash", self.content),
            Endpoint("DELETE", "/trash", self.empty, scope="Owner"),
        ]

    def _route(self, name: str, change: Change, kinds: tuple[Kind, ...]) -> Endpoint:
        def handle(call: Call) -> Answer:
            kind = BY_ROUTE.get(call.params["type"])
            if kind not in kinds:
                raise Refusal(unmatched(call))
            if kind in (USER, COMPANY) and "Owner" not in call.caller.scopes:
                raise forbidden()
            return self._reader.single(kind, change(call, kind, self._site.find(call, kind)))

        return Endpoint("PUT", f"/{name}/{{type}}/{{id}}", handle)

    def complete(self, call: Call, kind: Kind, document: Document) -> Document:
        """Complete an object; what is completed stays as it is."""
        if document["is_completed"]:
            return document
        changes = {"is_completed": True, "completed_on": self._site.now(), "completed_by_id": whoami(call)}
        return self._journal.changed(call, kind, document, changes, "Completed")

    def reopen(self, call: Call, kind: Kind, document: Document) -> Document:
        """Open an object again."""
        if not document["is_completed"]:
            return document
        changes = {"is_completed": False, "completed_on": None, "completed_by_id": None}
        return self._journal.changed(call, kind, document, changes, "Reopened")

    def trash(self, call: Call, kind: Kind, document: Document) -> Document:
        """Move an object into the trash; a project takes its lists and tasks along, a list its tasks."""
        if document["is_trashed"]:
            return document
        _not_oneself(call, kind, document)
        changes = {"is_trashed": True, "trashed_on": self._site.now(), "trashed_by_id": whoami(call)}
        for inner, column in _ALONG.get(kind, ()):
            for inside in self._site.objects.find(inner, f"{column} = ? AND state < ?", document["id"], TRASHED):
                along = {**inside, **changes, "trashed_with": document["url_path"]}
                self._site.objects.put(inner, self._journal.stamp(call, along))
        return self._journal.changed(call, kind, document, changes, "MoveToTrash")

    def restore(self, call: Call, kind: Kind, document: Document) -> Document:
        """Take an object out of the trash, and what it took along."""
        if not document["is_trashed"]:
            return document
        changes: Document = {"is_trashed": False, "trashed_on": None, "trashed_by_id": 0}
        for inner, column in _ALONG.get(kind, ()):
            for inside in self._site.objects.find(inner, f"{column} = ? AND state = ?", document["id"], TRASHED):
                if inside["trashed_with"] == document["url_path"]:
                    self._site.objects.put(inner, self._journal.stamp(call, {**inside, **changes, "trashed_with": ""}))
        if "trashed_with" in kind.defaults:
            changes["trashed_with"] = ""
        return self._journal.changed(call, kind, document, changes, "RestoredFromTrash")

    def archive(self, call: Call, kind: Kind, document: Document) -> Document:
        """Archive a person or company."""
        _not_oneself(call, kind, document)
        return self._journal.changed(call, kind, document, {"is_archived": True}, "MoveToArchive")

    def unarchive(self, call: Call, kind: Kind, document: Document) -> Document:
        """Take a person or company out of the archive."""
        return self._journal.changed(call, kind, document, {"is_archived": False}, "RestoredFromArchive")

    def content(self, call: Call) -> Answer:
        """``GET /trash``: names by class and id; an empty trash is a list."""
        found: dict[str, dict[str, str]] = {}
        for kind in _TRASHED:
            for document in self._site.objects.find(kind, f"state = {TRASHED}"):
                if not document.get("trashed_with"):
                    found.setdefault(document["class"], {})[str(document["id"])] = _title(document)
        return Answer(200, found or [])

    def empty(self, call: Call) -> Answer:
        """``DELETE /trash``: the first hundred things are gone for good, with all that is in them."""
        left = WAVE
        for kind in _TRASHED:
            for number in self._site.objects.ids(kind, f"state = {TRASHED}")[:left]:
                self._forget(kind, number)
                left -= 1
        return Answer(200, None, content_type=HTML)

    def _forget(self, kind: Kind, number: int) -> None:
        objects = self._site.objects
        objects.remove(kind, number)
        column = "project" if kind is PROJECT else "parent"
        state = OPEN if kind is not TASK_LIST else TRASHED
        for inner in _INSIDE.get(kind, ()):
            for inside in objects.ids(inner, f"{column} = ? AND state >= ?", number, state):
                self._forget(inner, inside)


def _not_oneself(call: Call, kind: Kind, document: Document) -> None:
    if kind is USER and document["id"] == whoami(call):
        raise forbidden()


def _title(document: Document) -> str:
    for name in ("name", "email", "summary", "body"):
        if document.get(name):
            return document[name]
    return f"{document['class']} #{document['id']}"
