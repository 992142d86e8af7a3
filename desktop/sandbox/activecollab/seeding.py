"""What the emulated instance holds at first: projects with task lists and tasks, and the people of every platform.

Person number ``i`` has the e-mail address that the other platforms know. Everything was made between two years and one
day ago, and everything follows from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator

from desktop.sandbox.activecollab.kinds import (
    COMMENT,
    COMPANY,
    JOB_TYPE,
    LABEL,
    PROJECT,
    SUBTASK,
    TASK,
    TASK_LIST,
    TIME_RECORD,
    USER,
    Document,
    Kind,
)
from desktop.sandbox.activecollab.objects import Objects
from desktop.sandbox.people import COMPANIES, FIRST_NAMES, LAST_NAMES, NOTES, created_ms, mix, person, pick

PASSWORD = "open-sesame"
TASKS_PER_PROJECT = 25
_DAY = 86_400
_CHUNK = 10_000
_CLIENTS = 4
_LABELS = (
    ("URGENT", "#FF9C9C"),
    ("NEW", "#98B57C"),
    ("WAITING", "#FBD75B"),
    ("FEEDBACK", "#C49FFF"),
    ("APPROVED", "#9FC6E7"),
)
_JOB_TYPES = (("General", True), ("Design", True), ("Consulting", False), ("Support", False))
_PROJECTS = ("Website", "Spring catalogue", "Online shop", "Rebranding", "Newsletter", "Member area", "Photo archive")
_LISTS = ("Inbox", "Preparation", "Production", "Review", "Delivery")
_VERBS = ("Prepare", "Review", "Send", "Plan", "Update", "Test", "Translate", "Publish", "Discuss", "Collect")
_THINGS = ("offer", "invoice", "landing page", "price list", "photos", "contract", "order form", "welcome mail")
_STEPS = ("Check prices", "Ask for approval", "Proof-read", "File the receipt", "Tell the customer")
_COMMENTS = ("Done soon.", "Waiting for the customer's answer.", "Looks good to me.", "Please have a look & tell me.")


class Seeding:
    """Fills an empty instance, the same way for the same seed."""

    def __init__(self, objects: Objects, seed: int, now: int) -> None:
        self._objects = objects
        self._seed = seed
        self._now = now
        self._start = now - 731 * _DAY
        self._users = 0
        self._tasks = 0
        self._projects = 0
        self._last = {SUBTASK: 0, COMMENT: 0, TIME_RECORD: 0}

    def fill(self, records: int) -> None:
        """``records`` tasks and what they need; people, companies, labels and one project always."""
        self._tasks = records
        self._projects = max(1, records // TASKS_PER_PROJECT)
        self._users = min(8 + records // 50, 40)
        self._definitions()
        self._people()
        self._objects.bulk(PROJECT, self._each_project())
        self._objects.bulk(TASK_LIST, self._each_list())
        for first in range(0, records, _CHUNK):
            self._chunk(range(first, min(first + _CHUNK, records)))

    def _definitions(self) -> None:
        labels = [{"name": name, "color": colour, "position": at} for at, (name, colour) in enumerate(_LABELS, 1)]
        self._objects.bulk(LABEL, enumerate(labels, 1))
        kinds = [{"name": name, "is_default": default, "default_hourly_rate": 100} for name, default in _JOB_TYPES]
        self._objects.bulk(JOB_TYPE, enumerate(kinds, 1))
        made = {"created_on": self._start, "updated_on": self._start}
        companies = [{"name": "Crosswalk Studio", "is_owner": True} | made]
        companies += [
            {"name": name, "homepage_url": f"https://www.example.com/{i}"} | made for i, name in enumerate(COMPANIES)
        ]
        self._objects.bulk(COMPANY, enumerate(companies, 1))

    def _people(self) -> None:
        for i in range(self._users):
            someone = person(self._seed, i)
            role = "Owner" if i == 0 else "Client" if i % _CLIENTS == 3 else "Member"
            user: Document = {
                "class": role,
                "first_name": someone.first_name,
                "last_name": someone.last_name,
                "email": someone.email,
                "phone": someone.phone,
                "company_id": 2 + i % len(COMPANIES) if role == "Client" else 1,
                "password": PASSWORD,
                "may_issue_tokens": role != "Client",
                # One who has left: their address is known, and nothing can be signed in with it.
                "is_archived": i == 6,
                "created_on": self._start + i,
                "updated_on": self._start + i,
            }
            self._objects.add(USER, user)

    def _members(self, project: int) -> list[int]:
        """The ids of who works in a project, its leader first; the one who has left is in none."""
        bits = mix(self._seed, 41, project)
        found = [1 + (bits >> shift) % self._users for shift in (0, 12, 24, 36)]
        return [each for each in dict.fromkeys([*found[: 2 + project % 3], 1]) if each != 7]

    def _made(self, task: int) -> int:
        return created_ms(self._seed, task, self._tasks, self._now * 1000) // 1000

    def _span(self, project: int) -> tuple[int, int]:
        """The first and the last task of a project, the latter excluded."""
        last = self._tasks if project == self._projects - 1 else (project + 1) * TASKS_PER_PROJECT
        return min(project * TASKS_PER_PROJECT, self._tasks), last

    def _each_project(self) -> Iterator[tuple[int, Document]]:
        for p in range(self._projects):
            bits = mix(self._seed, 42, p)
            first, last = self._span(p)
            made = (self._made(first) if last > first else self._start + 2 * _DAY) - _DAY
            company = pick(bits, 8, range(len(COMPANIES)))
            members = self._members(p)
            yield (
                p + 1,
                {
                    "name": f"{COMPANIES[company]}: {pick(bits, 0, _PROJECTS)} {p + 1}",
                    "members": members,
                    "leader_id": members[0],
                    "company_id": company + 2,
                    "body": f"<p>{pick(bits, 20, _PROJECTS)} for {COMPANIES[company].replace('&', '&amp;')}</p>"
                    if bits & 1
                    else "",
                    "budget_type": "not_billable" if p % 4 == 3 else "pay_as_you_go",
                    "created_on": made,
                    "updated_on": made,
                    "last_activity_on": max((self._changed(task) for task in range(first, last)), default=made),
                    "last_task_number": last - first,
                },
            )
        made = self._start + _DAY
        closed = {"is_completed": True, "completed_on": made + 90 * _DAY, "completed_by_id": 1}
        times = {"created_on": made, "updated_on": made + 90 * _DAY, "last_activity_on": made + 90 * _DAY}
        yield self._projects + 1, {"name": "Old website", "members": [1], "leader_id": 1, **closed, **times}

    def _lists_of(self, project: int) -> tuple[int, int]:
        """The first list's id of a project, and how many lists it has: three, four, five and so on."""
        return 1 + project // 3 * 12 + (0, 3, 7)[project % 3], 3 + project % 3

    def _each_list(self) -> Iterator[tuple[int, Document]]:
        for p in range(self._projects):
            first, count = self._lists_of(p)
            task, end = self._span(p)
            made = (self._made(task) if end > task else self._start + 2 * _DAY) - _DAY
            for at in range(count):
                begin = made // _DAY * _DAY + at * 14 * _DAY
                yield (
                    first + at,
                    {
                        "name": _LISTS[at],
                        "project_id": p + 1,
                        "position": at + 1,
                        "start_on": begin if at else None,
                        "due_on": begin + 13 * _DAY if at else None,
                        "created_on": made,
                        "updated_on": made,
                    },
                )

    def _changed(self, task: int) -> int:
        """When a task was last changed, or completed."""
        made = self._made(task)
        return made + mix(self._seed, 43, task) % max(1, self._now - _DAY - made)

    def _chunk(self, numbers: range) -> None:
        rows: dict[Kind, list[tuple[int, Document]]] = {kind: [] for kind in (TASK, *self._last)}
        members: list[int] = []
        at = -1
        for i in numbers:
            project = min(i // TASKS_PER_PROJECT, self._projects - 1)
            if project != at:
                at, members = project, self._members(project)
            task = self._task(i, project, members)
            rows[TASK].append((i + 1, task))
            for kind, part in self._parts(i, task, members):
                self._last[kind] += 1
                rows[kind].append((self._last[kind], part))
        for kind, documents in rows.items():
            self._objects.bulk(kind, documents)

    def _task(self, i: int, project: int, members: list[int]) -> Document:
        bits = mix(self._seed, 44, i)
        made, changed = self._made(i), self._changed(i)
        first, lists = self._lists_of(project)
        assignee = pick(bits, 4, members) if bits & 7 > 1 else 0
        whom = f"{pick(bits, 16, FIRST_NAMES)} {pick(bits, 24, LAST_NAMES)}"
        number = i - project * TASKS_PER_PROJECT + 1
        task: Document = {
            "name": f"{pick(bits, 8, _VERBS)} {pick(bits, 12, _THINGS)} for {whom}",
            "assignee_id": assignee,
            "delegated_by_id": members[0] if assignee else 0,
            "project_id": project + 1,
            "task_number": number,
            "task_list_id": first + number % lists,
            "position": number,
            "created_on": made,
            "created_by_id": members[0],
            "updated_on": changed,
            "updated_by_id": members[0],
            "subscribers": members[:2],
        }
        if i % 5 == 4:
            task |= {"is_completed": True, "completed_on": changed, "completed_by_id": members[0]}
        if bits >> 32 & 3:
            due = (made // _DAY + 5 + (bits >> 34) % 60) * _DAY
            task |= {"due_on": due, "start_on": due - (bits >> 40) % 6 * _DAY}
        if (bits >> 43) % 3 == 0:
            task |= {"estimate": 0.5 * (1 + (bits >> 45) % 16), "job_type_id": 1 + (bits >> 49) % len(_JOB_TYPES)}
        if bits >> 51 & 1:
            task["body"] = f"<p>{pick(bits, 40, NOTES)}</p>".replace("\n", "<br>")
        if bits >> 52 & 3 == 0:
            task["labels"] = sorted({1 + (bits >> shift) % len(_LABELS) for shift in (54, 57)[: 1 + (bits >> 56 & 1)]})
        if (bits >> 59) % 10 == 0:
            task["is_important"] = True
        return task

    def _parts(self, i: int, task: Document, members: list[int]) -> Iterator[tuple[Kind, Document]]:
        """The subtasks, comments and hours of a task; most have none."""
        bits = mix(self._seed, 45, i)
        made, project = task["created_on"], task["project_id"]
        times = {"created_on": made, "updated_on": made}
        for at in range(1 + (bits >> 8) % 3 if bits % 10 == 0 else 0):
            place = {"task_id": i + 1, "project_id": project, "position": at + 1}
            done = {"is_completed": True, "completed_on": made, "completed_by_id": 1} if (bits >> 12 + at) & 1 else {}
            yield SUBTASK, {"name": pick(bits, 16 + 8 * at, _STEPS), **place, **done, **times}
        for at in range(1 + (bits >> 40) % 2 if (bits >> 4) % 8 == 0 else 0):
            body = f"<p>{pick(bits, 42 + 4 * at, _COMMENTS).replace('&', '&amp;')}</p>"
            place = {"parent_id": i + 1, "project_id": project, "created_by_id": members[-1]}
            yield COMMENT, {"body": body, **place, **times}
        if (bits >> 50) % 20 == 0:
            place = {"project_id": project, "task_id": i + 1, "parent_type": "Task", "parent_id": i + 1}
            worked = {
                "value": 0.25 * (1 + (bits >> 54) % 16),
                "record_date": made // _DAY * _DAY,
                "user_id": members[0],
            }
            billable = 0 if project % 4 == 0 else 1
            yield TIME_RECORD, {**place, **worked, "billable_status": billable, "summary": task["name"], **times}
