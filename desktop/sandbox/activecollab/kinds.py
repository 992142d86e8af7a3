"""The kinds of objects: what each is called, where it lies, and what it says when nobody said anything.

Field lists follow the vendor's API stories and captured payloads of versions 5 to 8. ``0`` is the null of ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

OPEN, DONE, TRASHED = 0, 1, 2

_TRASH: Document = {"is_trashed": False, "trashed_on": None, "trashed_by_id": 0}
_MADE: Document = {"created_on": 0, "created_by_id": 1, "updated_on": 0, "updated_by_id": 1}
_COMPLETION: Document = {"completed_on": None, "completed_by_id": None, "is_completed": False}


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of object, kept in a table of its own.

    ``route``: its name in ``/complete/<route>/<id>`` and its likes. ``done``: the flag of what is completed or
    archived. ``project``, ``parent`` and ``person`` name the fields by which it is looked up. ``url``: the template
    of ``url_path``. ``hidden``: kept, but never shown.
    """

    table: str
    name: str
    route: str
    url: str
    defaults: Mapping[str, Any]
    project: str = "project_id"
    parent: str = ""
    person: str = ""
    done: str = ""
    hidden: tuple[str, ...] = ()

    def state(self, document: Document) -> int:
        """Open, completed (or archived), or in the trash."""
        if document.get("is_trashed"):
            return TRASHED
        return DONE if self.done and document.get(self.done) else OPEN


PROJECT = Kind(
    table="projects",
    name="Project",
    route="project",
    url="/projects/{id}",
    project="",
    parent="company_id",
    person="leader_id",
    done="is_completed",
    hidden=("last_task_number",),
    defaults={
        "name": "",
        **_COMPLETION,
        "members": [],
        "category_id": 0,
        "label_id": 0,
        **_TRASH,
        **_MADE,
        "body": "",
        "company_id": 1,
        "leader_id": 0,
        "currency_id": 2,
        "template_id": 0,
        "based_on_type": None,
        "based_on_id": None,
        "is_tracking_enabled": True,
        "is_client_reporting_enabled": False,
        "budget": None,
        "budget_type": "pay_as_you_go",
        "last_activity_on": 0,
        "last_task_number": 0,
    },
)

TASK_LIST = Kind(
    table="task_lists",
    name="TaskList",
    route="task-list",
    url="/projects/{project_id}/task-lists/{id}",
    done="is_completed",
    hidden=("trashed_with",),
    defaults={
        "name": "",
        **_TRASH,
        **_COMPLETION,
        "project_id": 0,
        **_MADE,
        "start_on": None,
        "due_on": None,
        "position": 1,
        "trashed_with": "",
    },
)

TASK = Kind(
    table="tasks",
    name="Task",
    route="task",
    url="/projects/{project_id}/tasks/{id}",
    parent="task_list_id",
    person="assignee_id",
    done="is_completed",
    hidden=("subscribers", "trashed_with"),
    defaults={
        "name": "",
        "assignee_id": 0,
        "delegated_by_id": 0,
        **_COMPLETION,
        "attachments": [],
        "labels": [],
        **_TRASH,
        "project_id": 0,
        "is_hidden_from_clients": False,
        "body": "",
        **_MADE,
        "task_number": 0,
        "task_list_id": 0,
        "position": 1,
        "is_important": False,
        "start_on": None,
        "due_on": None,
        "estimate": 0,
        "job_type_id": 0,
        "fake_assignee_name": None,
        "fake_assignee_email": None,
        "created_from_recurring_task_id": 0,
        "subscribers": [],
        "trashed_with": "",
    },
)

SUBTASK = Kind(
    table="subtasks",
    name="Subtask",
    route="subtask",
    url="/projects/{project_id}/tasks/{task_id}/subtasks/{id}",
    parent="task_id",
    person="assignee_id",
    done="is_completed",
    defaults={
        "name": "",
        "task_id": 0,
        "project_id": 0,
        "assignee_id": 0,
        "delegated_by_id": 0,
        **_COMPLETION,
        **_TRASH,
        "due_on": None,
        "position": 1,
        **_MADE,
    },
)

COMMENT = Kind(
    table="comments",
    name="Comment",
    route="comment",
    url="/comments/{id}",
    parent="parent_id",
    hidden=("project_id",),
    defaults={
        "attachments": [],
        **_TRASH,
        "parent_type": "Task",
        "parent_id": 0,
        "project_id": 0,
        "body": "",
        **_MADE,
    },
)

NOTE = Kind(
    table="notes",
    name="Note",
    route="note",
    url="/projects/{project_id}/notes/{id}",
    defaults={
        "name": "",
        "attachments": [],
        **_TRASH,
        "project_id": 0,
        "is_hidden_from_clients": False,
        "body": "",
        **_MADE,
        "position": 1,
    },
)

TIME_RECORD = Kind(
    table="time_records",
    name="TimeRecord",
    route="time-record",
    url="/projects/{project_id}/time-records/{id}",
    parent="task_id",
    person="user_id",
    hidden=("project_id", "task_id"),
    defaults={
        **_TRASH,
        "project_id": 0,
        "task_id": 0,
        "parent_type": "Project",
        "parent_id": 0,
        "billable_status": 1,
        "value": 0,
        "record_date": 0,
        "summary": "",
        "user_id": 1,
        "job_type_id": 1,
        "source": "api",
        **_MADE,
    },
)

COMPANY = Kind(
    table="companies",
    name="Company",
    route="company",
    url="/companies/{id}",
    project="",
    done="is_archived",
    defaults={
        "name": "",
        **_TRASH,
        "is_archived": False,
        **_MADE,
        "address": "",
        "phone": "",
        "homepage_url": "",
        "tax_id": "",
        "currency_id": 2,
        "is_owner": False,
        "has_note": False,
    },
)

USER = Kind(
    table="users",
    name="Member",
    route="user",
    url="/users/{id}",
    project="",
    parent="company_id",
    done="is_archived",
    hidden=("password", "may_issue_tokens"),
    defaults={
        "class": "Member",
        "is_archived": False,
        **_TRASH,
        **_MADE,
        "language_id": 0,
        "first_name": "",
        "last_name": "",
        "email": "",
        "additional_email_addresses": [],
        "is_pending_activation": False,
        "custom_permissions": [],
        "company_id": 1,
        "title": None,
        "phone": None,
        "im_type": None,
        "im_handle": None,
        "note": None,
        "password": "",
        "may_issue_tokens": True,
    },
)

LABEL = Kind(
    table="labels",
    name="Label",
    route="label",
    url="/labels/{id}",
    project="",
    defaults={"name": "", "color": "#EAEAEA", "lighter_text_color": "#A0A0A0", "is_default": False, "position": 1},
)

JOB_TYPE = Kind(
    table="job_types",
    name="JobType",
    route="job-type",
    url="/job-types/{id}",
    project="",
    done="is_archived",
    defaults={"name": "", "default_hourly_rate": 0, "is_default": False, "is_archived": False},
)

KINDS = (PROJECT, TASK_LIST, TASK, SUBTASK, COMMENT, NOTE, TIME_RECORD, COMPANY, USER, LABEL, JOB_TYPE)
BY_ROUTE = {kind.route: kind for kind in KINDS}
