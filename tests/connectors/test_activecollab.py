"""What is ActiveCollab's own: pages told by headers, records that lie in projects, the trash, and 500 for a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from desktop.connectors.activecollab.auth import user_of
from desktop.connectors.activecollab.convert import read_value, write_value
from desktop.connectors.activecollab.key_line import with_key, without_key
from desktop.connectors.base import ChangeReport, Connector
from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    Duplicate,
    InvalidInput,
    NotFound,
    NotSupported,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    RecordRefused,
    ScopeMissing,
    UnexpectedAnswer,
)
from desktop.domain.record import Record, title_of
from desktop.domain.schema import EXTERNAL_ID, ID, Field, ObjectSchema
from desktop.domain.values import FieldType, Value, Values
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect, QuickClock, Sandbox
from tests.connectors.raw_server import RawServer, Reply, raw_server, reply
from tests.local_http import NO_CERTIFICATES

pytestmark = pytest.mark.anyio

ONE = frozenset({"1"})


@pytest.fixture
async def office(connect: Connect) -> Connector:
    return await connect("activecollab", name="Office")


@pytest.fixture
async def tasks(office: Connector) -> ObjectSchema:
    return await office.schema("tasks")


@pytest.mark.parametrize("ending", ["", "/", "/api/v1", "/api/v1/"])
async def test_the_address_may_end_in_the_version(connect: Connect, sandbox: Sandbox, ending: str) -> None:
    ready = sandbox.ready("activecollab")
    identity = await (await connect("activecollab", base_url=ready["base_url"] + ending)).identify()
    assert ready["username"] in identity.detail
    assert "ActiveCollab 7.4.765" in identity.detail


async def test_an_account_of_the_cloud_is_reached_at_its_number(connect: Connect, sandbox: Sandbox) -> None:
    ready = sandbox.ready("activecollab")
    cloud = await connect("activecollab", base_url=f"{ready['cloud_base_url']}/{ready['cloud_account']}")
    assert ready["username"] in (await cloud.identify()).detail


@pytest.mark.parametrize("address", [" ", "https://app.activecollab.com", "https://app.activecollab.com/api/v1/"])
async def test_a_connection_needs_its_accounts_address(connect: Connect, address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await connect("activecollab", base_url=address)
    assert "app.activecollab.com/123456" in caught.value.hint
    await connect("activecollab", base_url="https://app.activecollab.com/123456")
    await connect("activecollab", base_url="https://projects.example.com")


def test_a_token_tells_whose_it_is() -> None:
    assert user_of("17-aBcD-eF") == "17"
    assert user_of("aBcD") is None
    assert user_of("x-17") is None


@pytest.mark.parametrize(("role", "all_projects", "hidden"), [("Owner", True, True), ("Client", False, False)])
async def test_what_one_may_do_follows_from_the_role(
    connect: Connect, sandbox: Sandbox, role: str, all_projects: bool, hidden: bool
) -> None:
    token = sandbox.control("POST", "/tokens", platform="activecollab", role=role)["token"]
    identity = await (await connect("activecollab", token=token)).identify()
    granted = {item.name: item.granted for item in identity.permissions}
    assert role in identity.detail
    assert granted["projects"] is True
    assert granted["all projects"] is all_projects
    assert granted["hidden tasks"] is hidden


async def test_capabilities_say_what_is_so(office: Connector) -> None:
    reports = {item.key: office.capabilities(item).changes for item in await office.objects()}
    assert {key for key, report in reports.items() if report is ChangeReport.SINCE} == {
        "task_lists",
        "tasks",
        "subtasks",
        "comments",
        "time_records",
    }
    assert office.designer is None
    tasks = await office.schema("tasks")
    assert office.capabilities(tasks).create_answers_id
    with pytest.raises(NotSupported):
        await office.find_by_external_ids(tasks, ["1"])


async def test_fields_have_types_and_targets(office: Connector, tasks: ObjectSchema) -> None:
    fields = tasks.by_key
    assert {key: fields[key].target for key in ("project", "task_list", "assignee")} == {
        "project": "projects",
        "task_list": "task_lists",
        "assignee": "users",
    }
    assert fields["project"].required
    assert fields["labels"].open_choice
    assert "URGENT" in [option.key for option in fields["labels"].options]
    assert ("2", "Design") in [(option.key, option.label) for option in fields["job_type"].options]
    assert "trash" in tasks.description
    assert "HTML" in fields["body"].description


async def test_what_cannot_be_done_says_why(office: Connector) -> None:
    users, labels = await office.schema("users"), await office.schema("labels")
    person = next(iter((await read(office, users))[0].values()))
    for schema, call in (
        (users, office.create(users, {"first_name": "Ada"})),
        (users, office.delete(users, person.id)),
        (labels, office.create(labels, {"name": "new"})),
        (labels, office.delete(labels, "1")),
    ):
        with pytest.raises(NotSupported) as caught:
            await call
        assert caught.value.message in schema.refusals.values()
    changed = await office.update(users, person, {"title": "Head of work"})
    assert changed.values["title"] == "Head of work"


async def test_every_page_of_projects_is_read(office: Connector, sandbox: Sandbox) -> None:
    projects = await office.schema("projects")
    made = [(await office.create(projects, {"name": f"Paged {number}"})).id for number in range(105)]
    done = made[0]
    await office.update(projects, await office.get(projects, done), {"completed": True})
    listed, _ = await read(office, projects)
    assert set(made) <= set(listed)
    assert listed[done].values["completed"] is True
    assert await office.count(projects) == len(listed)
    for project_id in made:
        await office.delete(projects, project_id)
    assert not set(made) & set((await read(office, projects))[0])


def project(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "class": "Project", "name": f"P{number}", "updated_on": 1_700_000_000, **more}


def page(rows: Sequence[Mapping[str, Any]], current: int | None = None, size: int = 2, total: int = 0) -> bytes:
    headers = () if current is None else _pagination(current, size, total)
    return reply(json.dumps(list(rows)), *headers)


def _pagination(current: int, size: int, total: int) -> tuple[str, ...]:
    return (
        f"X-Angie-PaginationCurrentPage: {current}",
        f"X-Angie-PaginationItemsPerPage: {size}",
        f"X-Angie-PaginationTotalItems: {total}",
    )


async def ids_of_projects(connect: Connect, server: RawServer) -> list[str]:
    office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
    return sorted((await read(office, await office.schema("projects")))[0])


async def test_a_collection_without_headers_is_whole(connect: Connect) -> None:
    async with raw_server([page([project(1), project(2)]), page([])]) as server:
        assert await ids_of_projects(connect, server) == ["1", "2"]
        assert len(server.requests) == 2


async def test_ids_may_come_as_text(connect: Connect) -> None:
    rows = [project(1, company_id="0", leader_id="7", members=["7", "8"], is_trashed="0") | {"id": "1"}]
    async with raw_server([page(rows), page([])]) as server:
        office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
        found, _ = await read(office, await office.schema("projects"))
        assert found["1"].values["company"] is None
        assert found["1"].values["members"] == {"7", "8"}


async def test_an_instance_that_repeats_its_first_page_is_not_read_for_ever(connect: Connect) -> None:
    first = page([project(1), project(2)], 1, total=2)
    async with raw_server([first, first, page([])]) as server:
        assert await ids_of_projects(connect, server) == ["1", "2"]
        assert len(server.requests) == 3


async def test_pages_that_are_kept_back_are_an_error_and_no_end(connect: Connect) -> None:
    first = page([project(1), project(2)], 1, total=5)
    async with raw_server([first, first]) as server:
        with pytest.raises(UnexpectedAnswer) as caught:
            await ids_of_projects(connect, server)
        assert "2 of 5" in caught.value.details


async def test_a_list_that_shifts_between_its_pages_is_read_again(connect: Connect) -> None:
    shifted = [page([project(1), project(2)], 1, total=4), page([project(4)], 2, total=4)]
    steady = [page([project(1), project(2)], 1, total=4), page([project(3), project(4)], 2, total=4)]
    end = page([], 3, total=4)
    async with raw_server([*shifted, end, *steady, end]) as server:
        office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
        found, _ = await read(office, await office.schema("labels"))
        assert sorted(found) == ["1", "2", "3", "4"]
        assert len(server.requests) == 6


async def test_completed_tasks_are_read_and_trashed_ones_are_not(office: Connector, tasks: ObjectSchema) -> None:
    done = await office.create(tasks, {"name": "Done at once", "project": ONE, "completed": True})
    assert done.values["completed"] is True
    assert done.values["completed_on"] is not None
    gone = await office.create(tasks, {"name": "Gone", "project": ONE})
    await office.delete(tasks, gone.id)
    listed, _ = await read(office, tasks)
    assert listed[done.id].values == done.values
    assert gone.id not in listed
    opened = await office.update(tasks, done, {"completed": False, "name": "Open again"})
    assert (opened.values["completed"], opened.values["name"]) == (False, "Open again")


@pytest.mark.parametrize("paged", [True, False])
async def test_an_archive_is_read_whole_whether_it_pages_or_not(
    office: Connector, tasks: ObjectSchema, sandbox: Sandbox, paged: bool
) -> None:
    projects = await office.schema("projects")
    home = frozenset({(await office.create(projects, {"name": "Much done"})).id})
    for number in range(103):
        await office.create(tasks, {"name": f"Small {number}", "project": home, "completed": True})
    sandbox.configure("activecollab", archive_paged=paged)
    found = await office.find(tasks, tasks.by_key["project"], home)
    assert len(found) == 103
    await office.delete(projects, next(iter(home)))


async def test_a_task_reopened_while_it_was_read_is_not_missed(connect: Connect) -> None:
    task = {"id": 5, "class": "Task", "project_id": 1, "name": "Back", "is_completed": False}
    replies: list[Reply] = [
        page([]),
        page([]),
        reply(json.dumps({"tasks": [], "completed_task_ids": [5]})),
        page([]),
        reply(json.dumps({"single": task})),
    ]
    async with raw_server(replies) as server:
        office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
        schema = await office.schema("tasks")
        found = await office.find(schema, schema.by_key["project"], ONE)
        assert [record.id for record in found] == ["5"]


async def test_a_record_is_reached_by_its_id_alone(connect: Connect, office: Connector, tasks: ObjectSchema) -> None:
    made = await office.create(tasks, {"name": "Found by id", "project": frozenset({"2"})})
    stranger = await connect("activecollab")
    assert (await stranger.get(tasks, made.id)).values == made.values
    before = stranger.traffic.requests
    await stranger.get(tasks, made.id)
    assert stranger.traffic.requests - before == 1
    with pytest.raises(NotFound):
        await stranger.get(tasks, "999999")
    searched = stranger.traffic.requests
    with pytest.raises(NotFound):
        await stranger.get(tasks, "not a number")
    assert stranger.traffic.requests == searched


async def test_a_quiet_account_costs_two_requests_to_look_for_changes(
    sandbox: Sandbox, office: Connector, tasks: ObjectSchema
) -> None:
    _, cursor = await read(office, tasks)
    sandbox.advance(3600)
    _, cursor = await read(office, tasks, cursor)
    before = office.traffic.requests
    changed, again = await read(office, tasks, cursor)
    assert changed == {}
    assert office.traffic.requests - before == 2
    lists = await office.schema("task_lists")
    made = await office.create(lists, {"name": "New here", "project": frozenset({"2"})})
    before = office.traffic.requests
    found, _ = await read(office, lists, again)
    assert set(found) == {made.id}
    assert office.traffic.requests - before == 4


async def test_what_moved_while_it_was_read_is_not_missed(connect: Connect) -> None:
    """At the end of a whole read the projects in which something happened meanwhile are read again."""
    began = datetime(2026, 5, 29, 12, tzinfo=UTC)
    stamp = int(began.timestamp())
    dated = "Date: Fri, 29 May 2026 12:00:00 GMT"
    before = project(1, last_activity_on=stamp - 60)
    after = project(1, last_activity_on=stamp + 1)
    row = {"id": 8, "class": "TaskList", "name": "Came in", "updated_on": stamp - 900}
    replies = [
        reply(json.dumps([before]), dated),
        *(page([]), page([]), page([])),
        page([after]),
        page([]),
        page([row]),
        page([]),
    ]
    async with raw_server(replies) as server:
        office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
        found, cursor = await read(office, await office.schema("task_lists"))
        assert set(found) == {"8"}
        assert cursor == {"since": "2026-05-29T11:59:00.000Z"}


async def test_what_a_project_keeps_back_is_not_taken_for_nothing(connect: Connect) -> None:
    replies = [
        page([project(1)]),
        page([]),
        reply("", status="404 Not Found"),
        reply(json.dumps({"single": project(1)})),
    ]
    async with raw_server(replies) as server:
        office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
        with pytest.raises(ScopeMissing) as caught:
            await read(office, await office.schema("task_lists"))
        assert "P1" in caught.value.message


async def test_a_due_date_alone_leaves_the_start(office: Connector, tasks: ObjectSchema) -> None:
    start, due = date(2026, 5, 4), date(2026, 5, 29)
    made = await office.create(tasks, {"name": "Dated", "project": ONE, "due_on": due})
    assert made.values["start_on"] == due
    made = await office.update(tasks, made, {"start_on": start})
    moved = await office.update(tasks, made, {"due_on": date(2026, 6, 1)})
    assert (moved.values["start_on"], moved.values["due_on"]) == (start, date(2026, 6, 1))


async def test_labels_of_others_stay(connect: Connect, office: Connector, tasks: ObjectSchema) -> None:
    made = await office.create(tasks, {"name": "Labelled", "project": ONE, "labels": frozenset({"NEW", "URGENT"})})
    somebody = await connect("activecollab")
    await somebody.update(tasks, made, {"labels": frozenset({"NEW", "URGENT", "WAITING"})})
    after = await office.update(tasks, made, {"labels": frozenset({"NEW", "APPROVED"})})
    assert after.values["labels"] == {"NEW", "APPROVED", "WAITING"}


async def test_what_lies_in_a_project_stays_there(office: Connector, tasks: ObjectSchema) -> None:
    made = await office.create(tasks, {"name": "Stays", "project": ONE})
    with pytest.raises(RecordRefused) as caught:
        await office.update(tasks, made, {"project": frozenset({"2"})})
    assert caught.value.field == "project"
    assert made.id in caught.value.message
    assert (await office.update(tasks, made, {"project": ONE, "name": "Stayed"})).values["name"] == "Stayed"
    with pytest.raises(RecordRefused) as caught:
        await office.create(tasks, {"name": "Nowhere"})
    assert caught.value.field == "project"


async def test_what_hangs_on_a_task_is_found_and_related(office: Connector, tasks: ObjectSchema) -> None:
    task = await office.create(tasks, {"name": "With parts", "project": ONE, "assignee": frozenset({"2"})})
    here = frozenset({task.id})
    subtasks, comments = await office.schema("subtasks"), await office.schema("comments")
    step = await office.create(subtasks, {"name": "First step", "task": here, "completed": True})
    said = await office.create(comments, {"body": "<p>Well &amp; <b>good</b></p>", "task": here})
    assert step.id.startswith(f"{task.id}/")
    assert step.values["completed"] is True
    assert said.values["body_plain_text"] == "Well & good"
    assert title_of(said, comments) == "Well & good"
    assert (await read(office, subtasks))[0][step.id] == step
    assert (await read(office, comments))[0][said.id] == said
    assert await office.find(comments, comments.by_key["task"], here) == [said]
    related = {(item.object, item.record_id): item.title for item in await office.related(tasks, task.id)}
    assert related[("subtasks", step.id)] == "First step"
    assert related[("comments", said.id)] == "Well & good"
    assert ("users", "2") in related
    for missing in ("12", f"{task.id}/999999", "a/b"):
        with pytest.raises(NotFound):
            await office.get(subtasks, missing)


async def test_hours_are_booked_on_tasks_and_projects(office: Connector) -> None:
    records, projects = await office.schema("time_records"), await office.schema("projects")
    values: Values = {"value": Decimal("0.25"), "job_type": "1", "record_date": date(2026, 5, 4), "project": ONE}
    on_project = await office.create(records, values)
    assert on_project.values["task"] is None
    on_task = await office.create(records, {**values, "task": ONE})
    assert (on_task.values["task"], on_task.values["project"]) == (ONE, ONE)
    assert (await read(office, records))[0][on_task.id] == on_task
    assert await office.get(records, on_project.id) == on_project
    assert "1" in (await read(office, projects))[0]


async def test_hours_that_a_project_makes_not_billable_are_told(connect: Connect) -> None:
    row = {
        "id": 9,
        "value": 1,
        "billable_status": 0,
        "url_path": "/projects/1/time-records/9",
        "parent_type": "Project",
    }
    async with raw_server([page([]), reply(json.dumps({"single": row}))]) as server:
        office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
        schema = await office.schema("time_records")
        record = Record("time_records", "9", {"project": ONE, "billable_status": "0"})
        with pytest.raises(RecordRefused) as caught:
            await office.update(schema, record, {"billable_status": "1"})
        assert caught.value.field == "billable_status"


async def test_a_bare_answer_to_a_create_is_enough(connect: Connect) -> None:
    """What the answer leaves out is known from the request: an error would have the record made again."""
    listing = reply(json.dumps({"tasks": [{"id": 3}], "completed_task_ids": []}))
    replies = [page([project(1)]), page([]), listing, reply(json.dumps({"single": {"id": 7, "name": "Step"}}))]
    async with raw_server(replies) as server:
        office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
        made = await office.create(await office.schema("subtasks"), {"name": "Step", "task": frozenset({"3"})})
        assert (made.id, made.values) == ("3/7", {"name": "Step", "task": frozenset({"3"})})


async def test_archived_ones_are_read_and_trashed_ones_are_not(office: Connector, sandbox: Sandbox) -> None:
    companies = await office.schema("companies")
    archived = await office.create(companies, {"name": "Put away"})
    trashed = await office.create(companies, {"name": "Thrown away"})
    await office.delete(companies, trashed.id)
    ready = sandbox.ready("activecollab")
    address = f"{ready['base_url']}/api/v1/move-to-archive/company/{archived.id}"
    async with httpx.AsyncClient(
        verify=NO_CERTIFICATES, headers={"X-Angie-AuthApiToken": ready["token"]}, trust_env=False
    ) as plain:
        (await plain.put(address, json={})).raise_for_status()
    listed, _ = await read(office, companies)
    assert listed[archived.id].values["is_archived"] is True
    assert trashed.id not in listed


async def test_people_are_found_by_what_they_have(office: Connector, sandbox: Sandbox) -> None:
    users = await office.schema("users")
    found = await office.find(users, users.by_key["email"], sandbox.ready("activecollab")["username"])
    assert len(found) == 1
    assert await office.find(users, users.by_key[ID], found[0].id) == found


async def test_a_platform_without_the_whole_listing_of_people_gives_the_plain_one(connect: Connect) -> None:
    unknown = reply(
        json.dumps({"type": "RuntimeException", "message": "Failed to match 'companies/all' path."}),
        status="404 Not Found",
    )
    async with raw_server([unknown, page([{"id": 1, "class": "Company", "name": "A"}])]) as server:
        office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
        assert set((await read(office, await office.schema("companies")))[0]) == {"1"}


def day_field() -> Field:
    return Field("due_on", "Due on", FieldType.DATE)


@pytest.mark.parametrize("raw", [1_780_012_800, "1780012800", "2026-05-29", "2026-05-29T00:00:00Z"])
def test_a_day_is_read_as_it_was_written(raw: object) -> None:
    assert read_value(day_field(), raw) == date(2026, 5, 29)
    assert write_value(day_field(), date(2026, 5, 29)) == "2026-05-29"
    assert write_value(day_field(), None) is None


@pytest.mark.parametrize(
    ("field", "value", "wire"),
    [
        (Field("assignee", "Assignee", FieldType.REFERENCE), frozenset({"12"}), 12),
        (Field("assignee", "Assignee", FieldType.REFERENCE), None, 0),
        (Field("members", "Members", FieldType.REFERENCE, many=True), frozenset({"3", "2"}), [2, 3]),
        (Field("labels", "Labels", FieldType.CHOICES), None, []),
        (Field("estimate", "Estimate", FieldType.NUMBER), Decimal("2.50"), Decimal("2.50")),
        (Field("done", "Done", FieldType.BOOLEAN), None, False),
        (Field("name", "Name", FieldType.TEXT), None, ""),
    ],
)
def test_values_are_written_as_the_platform_takes_them(field: Field, value: Value, wire: object) -> None:
    assert write_value(field, value) == wire


@pytest.mark.parametrize("value", [frozenset({"1", "2"}), frozenset({"abc"})])
def test_a_reference_that_cannot_be_one_is_not_sent(value: Value) -> None:
    with pytest.raises(InvalidInput) as caught:
        write_value(Field("assignee", "Assignee", FieldType.REFERENCE), value)
    assert caught.value.problems[0].place == "assignee"


def test_moments_have_their_zone() -> None:
    field = Field("completed_on", "Completed on", FieldType.DATETIME)
    assert read_value(field, 1_780_012_800) == datetime(2026, 5, 29, tzinfo=UTC)
    assert read_value(field, None) is None


VALIDATION = {
    "type": "ValidationErrors",
    "message": "Validation failed",
    "code": 0,
    "field_errors": {"task_list_id": ["Task list belongs to another project"]},
}


def refusal(status: str, body: object = None) -> bytes:
    return reply("" if body is None else json.dumps(body), status=status)


@pytest.mark.parametrize(
    ("answer", "error", "sentence", "field"),
    [
        (
            refusal("500 Internal Server Error", VALIDATION),
            RecordRefused,
            "Office did not accept the task Sent: Task list belongs to another project.",
            "task_list",
        ),
        (
            refusal(
                "500 Internal Server Error",
                {"type": "InvalidParamError", "message": "Job type is required for tasks with estimates", "code": 0},
            ),
            RecordRefused,
            "Office did not accept the task Sent: Job type is required for tasks with estimates.",
            "",
        ),
        (
            refusal(
                "500 Internal Server Error",
                {"type": "ValidationErrors", "message": "", "field_errors": {"name": ["Name is already in use"]}},
            ),
            Duplicate,
            "Office already has the task Sent: Name is already in use.",
            "name",
        ),
        (
            refusal("400 Bad Request", {"type": "BadRequest", "message": "Not JSON"}),
            RecordRefused,
            "Office did not accept the task Sent: Not JSON.",
            "",
        ),
        (
            refusal("409 Conflict", {"type": "Conflict", "message": "It is there"}),
            Duplicate,
            "Office already has the task Sent: It is there.",
            "",
        ),
        (
            refusal("401 Unauthorized", {"type": "X", "message": "Token is not valid."}),
            CredentialRefused,
            "Office refused its API token.",
            None,
        ),
        (
            refusal("403 Forbidden", {"type": "X", "message": "You are not allowed to do this."}),
            ScopeMissing,
            "The person whose token Office uses may not do this in ActiveCollab: You are not allowed to do this.",
            None,
        ),
        (
            refusal("404 Not Found"),
            RecordRefused,
            "Office does not have the project 1 (any more) where the task Sent should go.",
            "project",
        ),
        (
            refusal("500 Error", {"type": "RuntimeException", "message": "Failed to match 'projects/1/tasks' path."}),
            NotSupported,
            "The ActiveCollab of Office does not know what was asked of it: Failed to match 'projects/1/tasks' path.",
            None,
        ),
        (
            refusal("500 Internal Server Error", {"type": "Error", "message": "Mail server is away", "code": 0}),
            OutcomeUnknown,
            "ActiveCollab failed when the task Sent of Office was sent, so it is not known whether it was saved: "
            "Mail server is away.",
            None,
        ),
        (
            refusal("500 Internal Server Error"),
            OutcomeUnknown,
            "Office did not confirm what was sent (a failure on its side), so it is not known whether it was saved.",
            None,
        ),
        (
            reply(json.dumps({"ok": True})),
            OutcomeUnknown,
            "ActiveCollab did not tell Office what it made of a new record, so it is not known whether it was saved.",
            None,
        ),
        (
            reply("<html>Sign in</html>", kind="text/html"),
            OutcomeUnknown,
            "Office did not confirm what was sent (a web page), so it is not known whether it was saved.",
            None,
        ),
    ],
)
async def test_a_create_that_fails_says_why_and_is_sent_once(
    connect: Connect, answer: bytes, error: type[CrosswalkError], sentence: str, field: str | None
) -> None:
    async with raw_server([page([]), page([]), answer]) as server:
        office = await connect("activecollab", name="Office", base_url=server.url, token="1-secret", account="")
        schema = await office.schema("tasks")
        with pytest.raises(CrosswalkError) as caught:
            await office.create(schema, {"name": "Sent", "project": ONE})
        assert caught.value.code == error.code
        assert caught.value.message == sentence
        assert caught.value.hint
        assert len(server.requests) == 3
        if field is not None:
            assert caught.value.report().place == field


@pytest.mark.parametrize(
    ("answer", "error", "sentence", "times"),
    [
        (
            refusal("500 Internal Server Error", {"type": "Error", "message": "Database is away", "code": 0}),
            PlatformUnavailable,
            "ActiveCollab failed at the company 1 of Office: Database is away.",
            3,
        ),
        (
            refusal("500 Internal Server Error"),
            PlatformUnavailable,
            "ActiveCollab does not answer Office properly at the moment (a failure on its side).",
            6,
        ),
        (
            refusal("503 Service Unavailable"),
            PlatformUnavailable,
            "ActiveCollab does not answer Office properly at the moment (a failure on its side).",
            6,
        ),
        (
            refusal("429 Too Many Requests"),
            RateLimited,
            "ActiveCollab keeps refusing requests of Office because there were too many.",
            6,
        ),
        (
            refusal("500 Internal Server Error", {"type": "InvalidParamError", "message": "Invalid timesheet period."}),
            UnexpectedAnswer,
            "ActiveCollab could not give Office what was asked for: Invalid timesheet period.",
            1,
        ),
        (
            reply("<html>Sign in</html>", kind="text/html"),
            UnexpectedAnswer,
            "127.0.0.1 answered Office with a web page instead of data.",
            1,
        ),
        (
            reply(json.dumps({"name": "not wrapped"})),
            UnexpectedAnswer,
            "ActiveCollab answered Office in a form that Crosswalk does not know.",
            1,
        ),
        (
            reply(json.dumps({"single": {"id": 1, "is_trashed": True}})),
            NotFound,
            "Office does not have the company 1 (any more).",
            1,
        ),
    ],
)
async def test_a_reading_that_fails_says_why(
    connect: Connect, answer: bytes, error: type[CrosswalkError], sentence: str, times: int
) -> None:
    async with raw_server([answer]) as server:
        office = await connect("activecollab", name="Office", base_url=server.url, token="1-secret", account="")
        with pytest.raises(error) as caught:
            await office.get(await office.schema("companies"), "1")
        assert caught.value.message == sentence
        assert caught.value.hint
        assert len(server.requests) == times


async def test_the_token_never_shows(connect: Connect) -> None:
    body = {
        "type": "ValidationErrors",
        "message": "Bad token 1-topsecret",
        "field_errors": {"name": ["no 1-topsecret"]},
    }
    async with raw_server([refusal("500 Error", body)]) as server:
        office = await connect("activecollab", base_url=server.url, token="1-topsecret", account="")
        with pytest.raises(RecordRefused) as caught:
            await office.create(await office.schema("companies"), {"name": "A"})
        assert "topsecret" not in f"{caught.value.message} {caught.value.details}"
        assert b"X-Angie-AuthApiToken: 1-topsecret" in server.requests[0]


@pytest.mark.parametrize("kind", ["reset", "truncate", "500"])
async def test_a_create_whose_answer_is_lost_is_not_sent_again(
    sandbox: Sandbox, office: Connector, tasks: ObjectSchema, kind: str
) -> None:
    name = f"Lost {kind}"
    sandbox.fault("activecollab", kind, next=1, when="after")
    with pytest.raises(OutcomeUnknown):
        await office.create(tasks, {"name": name, "project": ONE})
    assert len(await office.find(tasks, tasks.by_key["name"], name)) == 1


async def test_a_task_that_could_not_be_completed_is_there_all_the_same(connect: Connect) -> None:
    task = {"id": 5, "class": "Task", "project_id": 1, "name": "Made", "is_completed": False}
    denied = refusal("403 Forbidden", {"type": "X", "message": "No"})
    async with raw_server([page([]), page([]), reply(json.dumps({"single": task})), denied]) as server:
        office = await connect("activecollab", base_url=server.url, token="1-secret", account="")
        made = await office.create(await office.schema("tasks"), {"name": "Made", "project": ONE, "completed": True})
        assert (made.id, made.values["completed"]) == ("5", False)


async def test_the_pace_is_gentle(connect: Connect, sandbox: Sandbox, clock: QuickClock) -> None:
    office = await connect("activecollab")
    labels = await office.schema("labels")
    started = clock.monotonic()
    for _ in range(20):
        await office.get(labels, "1")
    assert clock.monotonic() - started >= 20 / 4 - 1.5


@pytest.mark.parametrize(
    "body",
    ["", "<p>Do <b>it</b>.</p>", "plain\ntext", "<p>Crosswalk: the project</p><p>more</p>"],
)
@pytest.mark.parametrize("key", ["10421", "a/b & <c> ö"])
def test_a_key_line_comes_back_as_it_was_written(body: str, key: str) -> None:
    assert without_key(with_key(body, key)) == (body, key)
    assert without_key(body) == (body, None)


@pytest.mark.parametrize(
    "body", ["<p>Text</p><p>Crosswalk: 7</p>", "Text\nCrosswalk: 7\n", "Text<br />Crosswalk: 7", "Crosswalk: 7"]
)
def test_a_key_line_is_read_however_an_editor_writes_it(body: str) -> None:
    assert without_key(body)[1] == "7"


@pytest.mark.parametrize("object_key", ["tasks", "projects"])
async def test_with_the_key_line_records_carry_an_external_id(connect: Connect, object_key: str) -> None:
    office = await connect("activecollab", key_line="on")
    schema = await office.schema(object_key)
    needed: Values = {"project": ONE} if object_key == "tasks" else {}
    made = await office.create(schema, {"name": "Keyed", EXTERNAL_ID: "K/1 & 2", "body": "<p>Text</p>", **needed})
    assert (made.external_id, made.values["body"]) == ("K/1 & 2", "<p>Text</p>")
    assert await office.find_by_external_ids(schema, ["K/1 & 2", "other"]) == {"K/1 & 2": made}
    assert await office.find(schema, schema.by_key[EXTERNAL_ID], "K/1 & 2") == [made]
    changed = await office.update(schema, made, {"body": "<p>New</p>"})
    assert (changed.external_id, changed.values["body"]) == ("K/1 & 2", "<p>New</p>")
    moved = await office.update(schema, changed, {EXTERNAL_ID: "K2"})
    assert (moved.external_id, moved.values["body"]) == ("K2", "<p>New</p>")
    blank = await office.update(schema, moved, {"body": None})
    assert (blank.external_id, blank.values["body"]) == ("K2", None)
    plain = await connect("activecollab")
    assert (await plain.get(await plain.schema(object_key), made.id)).values["body"] == "<p>Crosswalk: K2</p>"
    await office.delete(schema, made.id)


async def test_the_key_line_is_on_or_off(connect: Connect) -> None:
    with pytest.raises(InvalidInput):
        await connect("activecollab", key_line="perhaps")
