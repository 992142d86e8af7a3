"""How objects look in answers: labels by name, counts, HTML as it was written, and what is kept back.

A single object comes under ``single``, next to what belongs to it; a collection is a bare list.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from desktop.sandbox.activecollab.kinds import (
    COMMENT,
    DONE,
    LABEL,
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
from desktop.sandbox.activecollab.objects import Objects
from desktop.sandbox.kernel import Answer, Call

PAGE_SIZE = 100
_TAG = re.compile(r"<[^>]*>")


class Reader:
    """Turns documents into what the API shows."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def show(self, kind: Kind, documents: Sequence[Document]) -> list[Document]:
        """The documents of one kind, as collections and singles show them."""
        shown = [{name: value for name, value in each.items() if name not in kind.hidden} for each in documents]
        match kind.name:
            case "Project":
                for each in shown:
                    self._project(each)
            case "TaskList":
                self._task_lists(shown)
            case "Task":
                self._tasks(shown)
            case "Comment":
                for each in shown:
                    each |= {"body_formatted": each["body"], "body_plain_text": plain(each["body"])}
            case "Note":
                for each in shown:
                    each |= {
                        "body_formatted": each["body"],
                        "body_plain_text": plain(each["body"]),
                        "comments_count": 0,
                    }
            case "TimeRecord":
                self._time_records(shown)
            case "Company":
                for each in shown:
                    each["members"] = self._objects.ids(USER, "parent = ? AND state < ?", each["id"], TRASHED)
            case _:
                pass
        if kind is USER:
            for each in shown:
                _person(each)
        return shown

    def one(self, kind: Kind, document: Document) -> Document:
        """One object, unwrapped."""
        return self.show(kind, [document])[0]

    def single(self, kind: Kind, document: Document, **beside: object) -> Answer:
        """The answer for one object, with what lies beside it."""
        return Answer(200, {"single": self.one(kind, document), **beside})

    def page(self, call: Call, kind: Kind, where: str, *values: int) -> Answer:
        """One page of a collection that comes in pages, with the three headers that tell of the others."""
        wanted = call.query.get("page", "")
        number = max(int(wanted), 1) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 1
        found = self._objects.find(kind, where, *values, page=((number - 1) * PAGE_SIZE, PAGE_SIZE))
        headers = (
            ("X-Angie-PaginationCurrentPage", str(number)),
            ("X-Angie-PaginationItemsPerPage", str(PAGE_SIZE)),
            ("X-Angie-PaginationTotalItems", str(self._objects.count(kind, where, *values))),
        )
        return Answer(200, self.show(kind, found), headers)

    def _project(self, project: Document) -> None:
        here = "project = ? AND state = ?"
        project["body_formatted"] = project["body"]
        project["email"] = f"notifications-0+m2p{project['id']}@collab.example.com"
        project["count_tasks"] = self._objects.count(TASK, here, project["id"], OPEN)
        project["count_discussions"] = 0
        project["count_files"] = 0
        project["count_notes"] = self._objects.count(NOTE, here, project["id"], OPEN)

    def _task_lists(self, lists: list[Document]) -> None:
        counts = self._objects.per_parent(TASK, [each["id"] for each in lists])
        for each in lists:
            each["open_tasks"] = counts.get((each["id"], OPEN), 0)
            each["completed_tasks"] = counts.get((each["id"], DONE), 0)

    def _tasks(self, tasks: list[Document]) -> None:
        numbers = [each["id"] for each in tasks]
        comments = self._objects.per_parent(COMMENT, numbers)
        subtasks = self._objects.per_parent(SUBTASK, numbers)
        used = sorted({label for each in tasks for label in each["labels"]})
        labels = {number: found for number in used if (found := self._objects.get(LABEL, number))}
        for each in tasks:
            number = each["id"]
            undone, done = subtasks.get((number, OPEN), 0), subtasks.get((number, DONE), 0)
            each["labels"] = [
                {"id": label, "name": labels[label]["name"], "color": labels[label]["color"]}
                for label in each["labels"]
                if label in labels
            ]
            each["body_formatted"] = each["body"]
            each["comments_count"] = comments.get((number, OPEN), 0)
            each["total_subtasks"] = undone + done
            each["completed_subtasks"] = done
            each["open_subtasks"] = undone

    def _time_records(self, records: list[Document]) -> None:
        users = {number: self._objects.get(USER, number) for number in {each["user_id"] for each in records}}
        for each in records:
            user = users[each["user_id"]] or {"first_name": "", "last_name": "", "email": ""}
            each["user_name"] = full_name(user)
            each["user_email"] = user["email"]

    def task_beside(self, task: Document) -> Document:
        """What lies beside a task: its list, comments, subtasks, subscribers and the hours worked on it."""
        here = "parent = ? AND state < ?"
        task_list = self._objects.get(TASK_LIST, task["task_list_id"])
        hours = self._objects.find(TIME_RECORD, here, task["id"], TRASHED)
        return {
            "comments": self.show(COMMENT, self._objects.find(COMMENT, here, task["id"], TRASHED)),
            "subtasks": self.show(SUBTASK, self._objects.find(SUBTASK, here, task["id"], TRASHED)),
            "task_list": self.one(TASK_LIST, task_list) if task_list else None,
            "subscribers": task["subscribers"],
            "tracked_time": round(sum((each["value"] for each in hours), 0.0), 2),
            "tracked_expenses": 0,
        }

    def project_of(self, number: int) -> Document | None:
        """A project as it is shown."""
        found = self._objects.get(PROJECT, number)
        return self.one(PROJECT, found) if found else None


def full_name(user: Document) -> str:
    """First and last name, or the address where there is none."""
    return f"{user['first_name']} {user['last_name']}".strip() or user["email"]


def plain(body: str) -> str:
    """HTML as plain text."""
    return html.unescape(_TAG.sub("", body)).strip()


def _person(user: Document) -> None:
    name = full_name(user)
    initial = f"{user['last_name'][:1]}." if user["last_name"] else ""
    user["display_name"] = name
    user["short_display_name"] = f"{user['first_name']} {initial}".strip() or name
    user["avatar_url"] = f"https://collab.example.com/proxy.php?proxy=avatar&user_id={user['id']}&size=--SIZE--"
