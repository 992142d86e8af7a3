"""What happens is written down: the history of an object, the stream of activities, and webhooks.

``GET /history/<type>/<id>`` lists the changes of fields. ``GET /whats-new`` (the whole site, or one project, newest
first) lists activities; the vendor names the address and captured webhooks show such activities, but the shape of
the list is in no public source: here it is ``{"activity_logs": [...], "related": {...}}``, in pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from desktop.sandbox.activecollab.errors import unmatched
from desktop.sandbox.activecollab.kinds import BY_ROUTE, COMMENT, PROJECT, TASK, USER, Document, Kind
from desktop.sandbox.activecollab.reading import PAGE_SIZE, Reader, full_name
from desktop.sandbox.activecollab.site import Site, whoami
from desktop.sandbox.activecollab.webhooks import Webhooks
from desktop.sandbox.kernel import Answer, Call, Endpoint, Refusal
from desktop.sandbox.storage import from_text, to_text

_TABLES = """
CREATE TABLE IF NOT EXISTS activecollab_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    object INTEGER NOT NULL,
    at INTEGER NOT NULL,
    user INTEGER NOT NULL,
    changes TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS activecollab_history_object ON activecollab_history (kind, object);
CREATE TABLE IF NOT EXISTS activecollab_activities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS activecollab_activities_project ON activecollab_activities (project);
"""
_UNTOLD = frozenset({"updated_on", "updated_by_id", "last_activity_on", "last_task_number"})


class Journal:
    """Keeps and tells what happened."""

    def __init__(self, site: Site, reader: Reader, webhooks: Webhooks) -> None:
        self._site = site
        self._reader = reader
        self._webhooks = webhooks
        site.storage.script(_TABLES)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/history/{type}/{id}", self.history),
            Endpoint("GET", "/whats-new", self.whats_new),
            Endpoint("GET", "/projects/{project}/whats-new", self.whats_new),
        ]

    def remember(self, kind: Kind, documents: Iterable[Document]) -> None:
        """What was made before anybody looked."""
        sql = "INSERT INTO activecollab_activities (project, document) VALUES (?, ?)"
        for document in documents:
            project, author = document["project_id"], self._author(document["created_by_id"])
            made = {**self._activity(kind, document, "Created", project), "created_on": document["created_on"]}
            self._site.storage.execute(sql, (project, to_text(made | author)))

    def stamp(self, call: Call, document: Document) -> Document:
        """The document with the time and author of this change."""
        return {**document, "updated_on": self._site.now(), "updated_by_id": whoami(call)}

    def born(self, call: Call, kind: Kind, document: Document) -> Document:
        """Keep a new object, with the time and author of its making."""
        made = {"created_on": self._site.now(), "created_by_id": whoami(call)}
        added = self._site.objects.add(kind, self.stamp(call, {**document, **made}))
        self.tell(call, kind, added, "Created")
        return added

    def changed(self, call: Call, kind: Kind, before: Document, changes: Document, event: str = "Updated") -> Document:
        """Keep what was changed of an object, and the history of it."""
        after = self.stamp(call, {**before, **changes})
        self._site.objects.put(kind, after)
        told = {
            name: [before.get(name), value, f"{name.replace('_', ' ').capitalize()} changed"]
            for name, value in changes.items()
            if name not in _UNTOLD | set(kind.hidden) and before.get(name) != value
        }
        if told:
            sql = "INSERT INTO activecollab_history (kind, object, at, user, changes) VALUES (?, ?, ?, ?, ?)"
            row = (kind.name, before["id"], self._site.now(), whoami(call), to_text(told))
            self._site.storage.execute(sql, row)
        self.tell(call, kind, after, event)
        return after

    def tell(self, call: Call, kind: Kind, document: Document, event: str) -> None:
        """Move the project's ``last_activity_on``, add to the stream of activities, and send webhooks."""
        project = self._move_project(kind, document)
        author = self._author(whoami(call))
        activity = self._activity(kind, document, event, project) | author
        sql = "INSERT INTO activecollab_activities (project, document) VALUES (?, ?)"
        row = self._site.storage.execute(sql, (project, to_text(activity))).lastrowid
        shown = self._reader.one(kind, document)
        if kind is COMMENT:
            shown |= {"project_id": project, **author}
        self._webhooks.send(f"{_event_name(kind)}{event}", shown)
        log = {"id": row, "url_path": f"/activity-logs/{row}", **activity}
        self._webhooks.send("ActivityLogCreated", log)

    def _move_project(self, kind: Kind, document: Document) -> int:
        """The id of the project in which something happened, 0 for none."""
        objects = self._site.objects
        number = document["id"] if kind is PROJECT else document.get("project_id", 0)
        project = objects.get(PROJECT, number) if number else None
        if project is not None:
            objects.put(PROJECT, {**project, "last_activity_on": self._site.now()})
        return number

    def _author(self, number: int) -> Document:
        user = self._site.objects.get(USER, number)
        name, email = (full_name(user), user["email"]) if user else ("", "")
        return {"created_by_id": number, "created_by_name": name, "created_by_email": email}

    def _activity(self, kind: Kind, document: Document, event: str, project: int) -> Document:
        parent, name = document["id"], kind.name
        if kind is COMMENT or kind.table == "subtasks":
            parent, name = document[kind.parent], TASK.name
        path = document["url_path"] if name == kind.name else f"/projects/{project}/tasks/{parent}"
        seen = path.replace(f"projects/{project}/", f"projects/{project}/visible-to-clients/", 1)
        return {
            "class": f"{kind.name}{event}ActivityLog",
            "parent_type": name,
            "parent_id": parent,
            "parent_path": seen.lstrip("/"),
            "created_on": self._site.now(),
        }

    def history(self, call: Call) -> Answer:
        """``GET /history/<type>/<id>``: what was changed, oldest first."""
        kind = BY_ROUTE.get(call.params["type"])
        if kind is None:
            raise Refusal(unmatched(call))
        found = self._site.find(call, kind)
        sql = "SELECT at, user, changes FROM activecollab_history WHERE kind = ? AND object = ? ORDER BY id"
        rows = self._site.storage.all(sql, (kind.name, found["id"]))
        entries = [{"timestamp": at, **self._author(user), "modifications": from_text(text)} for at, user, text in rows]
        return Answer(200, entries)

    def whats_new(self, call: Call) -> Answer:
        """``GET /whats-new`` and ``/projects/<id>/whats-new``: a page of activities, newest first."""
        where, values = "1", ()
        if "project" in call.params:
            where, values = "project = ?", (self._site.find(call, PROJECT, "project")["id"],)
        wanted = call.query.get("page", "1")
        page = max(int(wanted), 1) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 1
        sql = (
            f"SELECT id, document FROM activecollab_activities WHERE {where}"
            f" ORDER BY id DESC LIMIT {PAGE_SIZE} OFFSET ?"
        )
        rows = self._site.storage.all(sql, (*values, (page - 1) * PAGE_SIZE))
        logs = [{"id": row, "url_path": f"/activity-logs/{row}", **from_text(text)} for row, text in rows]
        return Answer(200, {"activity_logs": logs, "related": self._related(logs)})

    def _related(self, logs: list[Document]) -> dict[str, dict[str, Any]]:
        by_name = {kind.name: kind for kind in BY_ROUTE.values()}
        related: dict[str, dict[str, Any]] = {}
        for name, parent in sorted({(log["parent_type"], log["parent_id"]) for log in logs}):
            found = self._site.objects.get(by_name[name], parent)
            if found is not None:
                related.setdefault(name, {})[str(parent)] = self._reader.one(by_name[name], found)
        return related


def _event_name(kind: Kind) -> str:
    return "User" if kind is USER else kind.name
