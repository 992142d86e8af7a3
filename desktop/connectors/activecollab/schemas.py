"""ActiveCollab's objects and fields as the domain's schemas.

Source: https://developers.activecollab.com/api-documentation (v1, projects and people). ActiveCollab has no custom
fields, so all but the names of labels and job types is the same in every account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from desktop.connectors.activecollab.client import Wire
from desktop.connectors.activecollab.convert import COMPLETED, HOURS, ID_NUMBER, id_of
from desktop.connectors.activecollab.key_line import keyed_schema
from desktop.connectors.activecollab.listing import listed
from desktop.domain.errors import NotFound
from desktop.domain.schema import Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType

_T = FieldType
_TRASH = "Deleting moves it to ActiveCollab's trash, which keeps it for 30 days."
_HTML = "HTML, carried as it is."
_FIXED = "Can't be changed later: ActiveCollab's API has no way to move it."


def _text(key: str, label: str, type_: FieldType = _T.TEXT, **more: Any) -> Field:
    return Field(key, label, type_, **more)


def _reference(key: str, label: str, target: str, **more: Any) -> Field:
    wire = "" if more.get("many") else f"{key}_id"
    return Field(key, label, _T.REFERENCE, target=target, native_type=ID_NUMBER, wire=wire, **more)


def _body(label: str = "Description", **more: Any) -> Field:
    return _text("body", label, _T.LONG_TEXT, description=_HTML, native_type="html", **more)


def _day(key: str, label: str, **more: Any) -> Field:
    return _text(key, label, _T.DATE, native_type="date", **more)


_NAME = _text("name", "Name", required=True)
_DONE = Field(COMPLETED, "Completed", _T.BOOLEAN, wire="is_completed", native_type="boolean")
_DONE_ON = Field("completed_on", "Completed on", _T.DATETIME, read_only=True, native_type="timestamp")
_MAKER = _reference("created_by", "Created by", "users", read_only=True)
_ARCHIVED = _text("is_archived", "Archived", _T.BOOLEAN, read_only=True, native_type="boolean")
_JOB_TYPE = Field("job_type", "Job type", _T.CHOICE, wire="job_type_id", native_type=ID_NUMBER)
_BILLABLE = (
    Option("0", "Not billable"),
    Option("1", "Billable"),
    Option("2", "On an invoice"),
    Option("3", "Paid"),
)

PROJECTS = ObjectSchema(
    "projects",
    "Project",
    "Projects",
    title="name",
    description=_TRASH,
    fields=(
        *system_fields(),
        _NAME,
        _body(),
        _reference("company", "Company", "companies"),
        _reference("leader", "Leader", "users"),
        _reference("members", "Members", "users", many=True),
        _reference(
            "label", "Label", "labels", description="A label of projects; 0 or more of them are in the account."
        ),
        _DONE,
        _DONE_ON,
        _text("is_tracking_enabled", "Time tracking", _T.BOOLEAN, native_type="boolean"),
        _text("is_client_reporting_enabled", "Reports for clients", _T.BOOLEAN, native_type="boolean"),
        _MAKER,
    ),
)
TASK_LISTS = ObjectSchema(
    "task_lists",
    "Task list",
    "Task lists",
    title="name",
    description=f"What earlier versions called milestones. {_TRASH} Its tasks go there with it.",
    fields=(
        *system_fields(),
        _NAME,
        _reference("project", "Project", "projects", required=True, description=_FIXED),
        _day("start_on", "Starts on"),
        _day("due_on", "Due on"),
        _DONE,
        _DONE_ON,
        _MAKER,
    ),
)
TASKS = ObjectSchema(
    "tasks",
    "Task",
    "Tasks",
    title="name",
    description=_TRASH,
    fields=(
        *system_fields(),
        _NAME,
        _text("task_number", "Number", _T.NUMBER, read_only=True, scale=0, description="Counted in each project."),
        _reference("project", "Project", "projects", required=True, description=_FIXED),
        _reference("task_list", "Task list", "task_lists"),
        _reference("assignee", "Assignee", "users"),
        _body(),
        _day("start_on", "Starts on", description="ActiveCollab fills it in when only the due date is given."),
        _day("due_on", "Due on"),
        Field(
            "labels",
            "Labels",
            _T.CHOICES,
            open_choice=True,
            native_type="labels",
            description="A name that is new makes a new label.",
        ),
        Field(
            "estimate",
            "Estimate",
            _T.NUMBER,
            native_type=HOURS,
            description="Hours. ActiveCollab wants a job type as well.",
        ),
        _JOB_TYPE,
        _text("is_important", "Important", _T.BOOLEAN, native_type="boolean"),
        _text("is_hidden_from_clients", "Hidden from clients", _T.BOOLEAN, native_type="boolean"),
        _DONE,
        _DONE_ON,
        _MAKER,
    ),
)
SUBTASKS = ObjectSchema(
    "subtasks",
    "Subtask",
    "Subtasks",
    title="name",
    description=f"Its id has the task's id in front, since it is reached through its task. {_TRASH}",
    fields=(
        *system_fields(),
        _NAME,
        _reference("task", "Task", "tasks", required=True, description=_FIXED),
        _reference("assignee", "Assignee", "users"),
        _day("due_on", "Due on"),
        _DONE,
        _DONE_ON,
        _MAKER,
    ),
)
COMMENTS = ObjectSchema(
    "comments",
    "Comment",
    "Comments",
    title="body_plain_text",
    description=f"Comments on tasks. {_TRASH}",
    fields=(
        *system_fields(),
        _body("Comment", required=True),
        _text("body_plain_text", "Text", _T.LONG_TEXT, read_only=True, description="The comment without its HTML."),
        _reference("task", "Task", "tasks", required=True, description=_FIXED),
        _MAKER,
    ),
)
TIME_RECORDS = ObjectSchema(
    "time_records",
    "Time record",
    "Time records",
    title="summary",
    description=_TRASH,
    fields=(
        *system_fields(),
        _text("value", "Hours", _T.NUMBER, required=True, native_type="number"),
        _day("record_date", "Date", required=True),
        replace(_JOB_TYPE, required=True),
        _text("summary", "Summary", _T.LONG_TEXT),
        _reference("user", "Person", "users"),
        _reference("project", "Project", "projects", required=True, description=_FIXED),
        _reference("task", "Task", "tasks", description="Blank for hours on the project itself."),
        Field(
            "billable_status",
            "Billable",
            _T.CHOICE,
            options=_BILLABLE,
            native_type="number",
            description="Where the project is not billable, ActiveCollab makes every record so.",
        ),
        _MAKER,
    ),
)
COMPANIES = ObjectSchema(
    "companies",
    "Company",
    "Companies",
    title="name",
    description=_TRASH,
    fields=(
        *system_fields(),
        _NAME,
        _text("address", "Address", _T.LONG_TEXT),
        _text("phone", "Phone", _T.PHONE),
        _text("homepage_url", "Website", _T.URL),
        _text("tax_id", "Tax id"),
        _text("is_owner", "Own company", _T.BOOLEAN, read_only=True, native_type="boolean"),
        _ARCHIVED,
    ),
)
USERS = ObjectSchema(
    "users",
    "Person",
    "People",
    title="display_name",
    fields=(
        *system_fields(),
        _text("display_name", "Name", read_only=True),
        _text("first_name", "First name"),
        _text("last_name", "Last name"),
        _text("email", "E-mail", _T.EMAIL, read_only=True, description="People sign in with it."),
        _text("title", "Title"),
        _text("phone", "Phone", _T.PHONE),
        _reference("company", "Company", "companies"),
        Field(
            "class",
            "Role",
            _T.CHOICE,
            read_only=True,
            options=(Option("Owner", "Owner"), Option("Member", "Member"), Option("Client", "Client")),
            open_choice=True,
        ),
        _ARCHIVED,
    ),
    refusals={
        "create": "A person needs a password and a paid place. Invite people in ActiveCollab itself.",
        "delete": "What a person did hangs on them. Archive or remove people in ActiveCollab itself.",
    },
)
_LABELS_ELSEWHERE = "Crosswalk only reads labels. A task's labels are set in the task; change a label in ActiveCollab."
LABELS = ObjectSchema(
    "labels",
    "Label",
    "Labels",
    title="name",
    fields=(
        *system_fields(times=False),
        _text("name", "Name", read_only=True),
        _text("color", "Colour", read_only=True),
        _text("class", "Kind", read_only=True, description="What it is a label of."),
    ),
    refusals=dict.fromkeys(("create", "update", "delete"), _LABELS_ELSEWHERE),
)

ALL = (PROJECTS, TASK_LISTS, TASKS, SUBTASKS, COMMENTS, COMPANIES, USERS, TIME_RECORDS, LABELS)
_BY_KEY = {schema.key: schema for schema in ALL}


class Schemas:
    """The schemas of one account.

    :param keyed: keys of the objects whose records carry an external id.
    """

    def __init__(self, wire: Wire, keyed: frozenset[str] = frozenset()) -> None:
        self._wire = wire
        self._keyed = keyed

    @staticmethod
    def objects() -> list[ObjectSchema]:
        """Every object, without fields."""
        return [schema.with_fields() for schema in ALL]

    async def schema(self, key: str) -> ObjectSchema:
        """One object with its fields, and the options that this account has.

        :raises NotFound: when there is none with that key.
        """
        schema = _BY_KEY.get(key)
        if schema is None:
            raise NotFound(
                f"{self._wire.transport.name} has no object {key}.", "Choose one of the objects in the list."
            )
        if key in self._keyed:
            schema = keyed_schema(schema)
        options: dict[str, tuple[Option, ...]] = {}
        if schema.field("labels"):
            options["labels"] = await self._options("/labels", _task_label)
        if schema.field("job_type"):
            options["job_type"] = await self._options("/job-types", _job_type)
        fields = (
            replace(field, options=options[field.key]) if field.key in options else field for field in schema.fields
        )
        return schema.with_fields(*fields)

    async def _options(self, path: str, read: Any) -> tuple[Option, ...]:
        found = await listed(self._wire, path)
        return tuple(dict.fromkeys(option for row in found.rows if (option := read(row))))


def _task_label(row: Mapping[str, Any]) -> Option | None:
    name = str(row.get("name") or "")
    return Option(name, name) if name and row.get("class") != "ProjectLabel" else None


def _job_type(row: Mapping[str, Any]) -> Option | None:
    return Option(id_of(row["id"]), str(row.get("name") or row["id"]))
