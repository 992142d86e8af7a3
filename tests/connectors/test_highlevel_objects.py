"""HighLevel's own objects: opportunities, companies and tasks; long listings; version 3; what the platform refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desktop.connectors.base import ChangeReport, Connector
from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    Duplicate,
    InvalidInput,
    NotFound,
    RecordRefused,
    ScopeMissing,
    UnexpectedAnswer,
)
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType, Money, Value
from desktop.sandbox.highlevel.documents import Documents
from desktop.sandbox.highlevel.seed import OPPORTUNITY, TASK
from desktop.sandbox.server import SandboxServer
from desktop.sandbox.storage import to_text
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect, Sandbox
from tests.connectors.raw_server import raw_server, reply

pytestmark = pytest.mark.anyio

MANY = 10_050
DUE = datetime(2026, 1, 2, 8, tzinfo=UTC)


@pytest.fixture
async def highlevel(connect: Connect) -> Connector:
    return await connect("highlevel")


@pytest.fixture
async def opportunities(highlevel: Connector) -> ObjectSchema:
    return await highlevel.schema("opportunity")


@pytest.fixture
async def tasks(highlevel: Connector) -> ObjectSchema:
    return await highlevel.schema("task")


@pytest.fixture
async def contact(highlevel: Connector) -> str:
    return (await highlevel.create(await highlevel.schema("contact"), {"firstName": "Ada", "lastName": "Lovelace"})).id


def opportunity(schema: ObjectSchema, contact: str, **more: Value) -> dict[str, Value]:
    pipeline = schema.by_key["pipelineId"].options[0].key
    return {"name": "Boat", "pipelineId": pipeline, "status": "open", "contactId": frozenset({contact}), **more}


async def test_what_an_opportunity_has(opportunities: ObjectSchema) -> None:
    fields = opportunities.by_key
    assert [option.label for option in fields["pipelineId"].options] == ["Sales", "Renewals"]
    assert [option.label for option in fields["pipelineStageId"].options][-2:] == [
        "Renewals: Contacted",
        "Renewals: Renewed",
    ]
    assert [option.key for option in fields["status"].options] == ["open", "won", "lost", "abandoned"]
    assert (fields["monetaryValue"].type, fields["monetaryValue"].currency) == (FieldType.MONEY, "USD")
    assert (fields["contactId"].type, fields["contactId"].target) == (FieldType.REFERENCE, "contact")
    assert "Too expensive" in [option.label for option in fields["lostReasonId"].options]
    assert fields["lostReasonId"].read_only
    assert fields["expected_close"].type is FieldType.DATE
    assert "favourite_colour" not in fields


async def test_seeded_opportunities_are_read_with_all_they_have(
    highlevel: Connector, opportunities: ObjectSchema
) -> None:
    records, _ = await read(highlevel, opportunities)
    seen = {key for record in records.values() for key, value in record.values.items() if value is not None}
    assert {"expected_close", "channel", "products", "likelihood", "setup_fee", "source"} <= seen
    assert highlevel.capabilities(opportunities).changes is ChangeReport.SINCE


async def test_a_stage_brings_its_pipeline(highlevel: Connector, opportunities: ObjectSchema, contact: str) -> None:
    record = await highlevel.create(opportunities, opportunity(opportunities, contact))
    stages = opportunities.by_key["pipelineStageId"].options
    assert record.values["pipelineStageId"] == stages[0].key
    moved = await highlevel.update(opportunities, record, {"pipelineStageId": stages[-1].key})
    assert moved.values["pipelineId"] == opportunities.by_key["pipelineId"].options[1].key
    assert moved.values["pipelineStageId"] == stages[-1].key


async def test_a_stage_of_another_pipeline_is_refused(
    highlevel: Connector, opportunities: ObjectSchema, contact: str
) -> None:
    stage = opportunities.by_key["pipelineStageId"].options[-1].key
    with pytest.raises(RecordRefused, match="did not accept the new opportunity: The pipeline stage id is invalid"):
        await highlevel.create(opportunities, opportunity(opportunities, contact, pipelineStageId=stage))


async def test_the_contact_stays(
    highlevel: Connector, opportunities: ObjectSchema, tasks: ObjectSchema, contact: str
) -> None:
    other = frozenset({"another0000000000000"})
    deal = await highlevel.create(opportunities, opportunity(opportunities, contact))
    task = await highlevel.create(tasks, {"title": "Call", "dueDate": DUE, "contactId": frozenset({contact})})
    for schema, record in ((opportunities, deal), (tasks, task)):
        with pytest.raises(RecordRefused, match="with the contact that it was created for") as caught:
            await highlevel.update(schema, record, {"contactId": other})
        assert caught.value.field == "contactId"
        same = await highlevel.update(schema, record, {"contactId": frozenset({contact})})
        assert same.values["contactId"] == frozenset({contact})


async def test_a_second_open_opportunity_is_a_duplicate_where_the_account_has_it_so(
    sandbox: Sandbox, highlevel: Connector, opportunities: ObjectSchema, contact: str
) -> None:
    sandbox.configure("highlevel", allow_duplicate_opportunities=False)
    try:
        await highlevel.create(opportunities, opportunity(opportunities, contact))
        with pytest.raises(Duplicate) as caught:
            await highlevel.create(opportunities, opportunity(opportunities, contact))
    finally:
        sandbox.configure("highlevel", allow_duplicate_opportunities=True)
    assert caught.value.message == "Agency allows one open opportunity for a contact, and this contact has one."


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("monetaryValue", Money(Decimal("7777.25"), "USD")),
        ("assignedTo", "user0000000000000042"),
        ("remarks", "found by its remarks"),
        ("likelihood", Decimal("77.77")),
        ("expected_close", datetime(1999, 12, 31, tzinfo=UTC).date()),
        ("setup_fee", Money(Decimal("8888.5"), "USD")),
    ],
)
async def test_opportunities_are_found_by_their_fields(
    highlevel: Connector, opportunities: ObjectSchema, contact: str, key: str, value: Value
) -> None:
    made = await highlevel.create(opportunities, opportunity(opportunities, contact, **{key: value}))
    found = await highlevel.find(opportunities, opportunities.by_key[key], value)
    assert [item.id for item in found] == [made.id]


async def test_links_carry_titles_where_the_platform_tells_them(
    highlevel: Connector, opportunities: ObjectSchema, tasks: ObjectSchema, contact: str
) -> None:
    deal = await highlevel.create(opportunities, opportunity(opportunities, contact))
    task = await highlevel.create(tasks, {"title": "Call", "dueDate": DUE, "contactId": frozenset({contact})})
    linked = await highlevel.related(await highlevel.schema("contact"), contact)
    assert {(item.object, item.record_id, item.title) for item in linked} == {
        ("opportunity", deal.id, "Boat"),
        ("task", task.id, "Call"),
    }
    back = await highlevel.related(opportunities, deal.id)
    assert [(item.object, item.record_id, item.title) for item in back] == [("contact", contact, "Ada Lovelace")]
    assert [item.record_id for item in await highlevel.related(tasks, task.id)] == [contact]
    companies = await highlevel.schema("business")
    records, _ = await read(highlevel, companies)
    held = next(record for record in records.values() if record.values["BUSINESSES_CONTACTS_ASSOCIATION"])
    people = await highlevel.related(companies, held.id)
    assert [item.title for item in people if item.object == "contact"]
    assert all(item.id and item.title for item in people)


async def test_a_deleted_contact_takes_its_tasks_along(
    highlevel: Connector, opportunities: ObjectSchema, tasks: ObjectSchema, contact: str
) -> None:
    task = await highlevel.create(tasks, {"title": "Call", "dueDate": DUE, "contactId": frozenset({contact})})
    await highlevel.delete(await highlevel.schema("contact"), contact)
    with pytest.raises(NotFound, match=task.id):
        await highlevel.get(tasks, task.id)
    await highlevel.delete(tasks, task.id)


@pytest.mark.parametrize("id_", ["", "onlyone", ":x", "x:"])
async def test_an_id_that_is_no_task(highlevel: Connector, tasks: ObjectSchema, id_: str) -> None:
    with pytest.raises(NotFound):
        await highlevel.get(tasks, id_)
    await highlevel.delete(tasks, id_)


async def test_tasks_need_a_contact_and_are_read_whole(highlevel: Connector, tasks: ObjectSchema) -> None:
    with pytest.raises(RecordRefused, match="no contact is given") as caught:
        await highlevel.create(tasks, {"title": "Call", "dueDate": DUE})
    assert caught.value.field == "contactId"
    with pytest.raises(RecordRefused, match="did not accept the new task: Contact not found"):
        await highlevel.create(tasks, {"title": "Call", "dueDate": DUE, "contactId": frozenset({"nobody"})})
    assert highlevel.capabilities(tasks).changes is ChangeReport.NONE
    assert await highlevel.count(tasks) is None


def _tasks(*rows: dict[str, Any]) -> bytes:
    return reply(json.dumps({"tasks": rows}), status="201 Created")


def _task(number: int, **more: Any) -> dict[str, Any]:
    return {"_id": f"t{number}", "title": f"T{number}", "contactId": "c1", "dueDate": "2026-01-02", **more}


async def test_tasks_that_carry_no_cursor_are_read_by_skipping(connect: Connect, tasks: ObjectSchema) -> None:
    replies = [_tasks(_task(1), _task(2)), _tasks(_task(2), _task(3)), _tasks(_task(3))]
    async with raw_server(replies) as server:
        highlevel = await connect("highlevel", base_url=server.url, page_size="2")
        records, _ = await read(highlevel, tasks)
    assert list(records) == ["c1:t1", "c1:t2", "c1:t3"]
    assert [json.loads(item.partition(b"\r\n\r\n")[2]).get("skip") for item in server.requests] == [None, 1, 2]


async def test_tasks_that_move_while_they_are_read_are_noticed(connect: Connect, tasks: ObjectSchema) -> None:
    async with raw_server([_tasks(_task(1), _task(2)), _tasks(_task(3))]) as server:
        highlevel = await connect("highlevel", base_url=server.url)
        with pytest.raises(UnexpectedAnswer) as caught:
            await read(highlevel, tasks)
    assert "came or went" in caught.value.details


async def test_tasks_of_no_contact_are_left_out(connect: Connect, tasks: ObjectSchema) -> None:
    rows = [_task(1, searchAfter=[1, "a"]), _task(2, contactId=None, searchAfter=[2, "b"])]
    async with raw_server([_tasks(*rows), _tasks()]) as server:
        records, _ = await read(await connect("highlevel", base_url=server.url), tasks)
    assert list(records) == ["c1:t1"]


async def test_without_the_filtering_search_the_older_one_lists_everything(
    sandbox: Sandbox, highlevel: Connector, opportunities: ObjectSchema
) -> None:
    whole, cursor = await read(highlevel, opportunities)
    count = await highlevel.count(opportunities)
    sandbox.configure("highlevel", opportunity_search=False)
    try:
        listed, _ = await read(highlevel, opportunities)
        changed, _ = await read(highlevel, opportunities, cursor)
        assert await highlevel.count(opportunities) == count == len(whole)
    finally:
        sandbox.configure("highlevel", opportunity_search=True)
    assert listed == whole
    assert changed == whole, "it filters by no time"


async def test_a_search_that_leads_no_further_gives_way_to_the_older_one(
    connect: Connect, opportunities: ObjectSchema
) -> None:
    rows = [{"id": "o1", "name": "One"}, {"id": "o2", "name": "Two"}, {"id": "o3", "name": "Three"}]
    search = reply(json.dumps({"opportunities": rows[:2], "total": 3}), status="201 Created")
    first = reply(json.dumps({"opportunities": rows[:2], "meta": {"total": 3, "startAfter": 1, "startAfterId": "o2"}}))
    second = reply(json.dumps({"opportunities": rows[2:], "meta": {"total": 3}}))
    async with raw_server([search, first, second]) as server:
        highlevel = await connect("highlevel", base_url=server.url, page_size="2")
        records, _ = await read(highlevel, opportunities)
    assert list(records) == ["o1", "o2", "o3"]
    assert b"startAfter=1&startAfterId=o2" in server.requests[-1]


@pytest.mark.parametrize("version", ["2023-02-21", "v3"])
async def test_other_versions_of_the_api(
    sandbox: Sandbox, connect: Connect, opportunities: ObjectSchema, contact: str, version: str
) -> None:
    highlevel = await connect("highlevel", api_version=version)
    values = opportunity(opportunities, contact, remarks="by another version", products=frozenset({"Training"}))
    made = await highlevel.create(opportunities, values)
    changed = await highlevel.update(opportunities, made, {"remarks": "again", "channel": "Web shop"})
    assert (await highlevel.get(opportunities, made.id)).values["remarks"] == "again"
    contacts = await highlevel.schema("contact")
    person = await highlevel.create(contacts, {"firstName": "Vera", "favourite_colour": version})
    assert (await highlevel.get(contacts, person.id)).values["favourite_colour"] == version
    sandbox.configure("highlevel", opportunity_search=False)
    try:
        listed, _ = await read(highlevel, opportunities)
    finally:
        sandbox.configure("highlevel", opportunity_search=True)
    assert listed[made.id] == changed
    await highlevel.delete(opportunities, made.id)
    await highlevel.delete(contacts, person.id)


async def test_the_version_is_said_with_every_request(connect: Connect) -> None:
    async with raw_server([reply('{"objects": [], "pipelines": [], "tasks": []}')]) as server:
        for option, expected in (("", b"2021-07-28"), ("v3", b"v3")):
            highlevel = await connect("highlevel", base_url=server.url, api_version=option)
            await highlevel.objects()
            assert b"version: " + expected in server.requests[-1].lower()
    with pytest.raises(InvalidInput, match="names no version that Crosswalk knows: v9"):
        await connect("highlevel", api_version="v9")


async def test_objects_are_those_that_the_token_may_see(sandbox: Sandbox, connect: Connect) -> None:
    for scopes, expected in (
        (["opportunities.readonly"], ["contact", "opportunity"]),
        (["locations/tasks.readonly"], ["contact", "task"]),
        (["objects/schema.readonly"], ["contact", "business", "custom_objects.orders", "custom_objects.memberships"]),
    ):
        token = sandbox.control("POST", "/tokens", platform="highlevel", scopes=scopes)["token"]
        limited = await connect("highlevel", token=token)
        assert [item.key for item in await limited.objects()] == expected
        granted = {item.name: item.granted for item in (await limited.identify()).permissions}
        assert granted["opportunities.readonly"] is ("opportunities.readonly" in scopes)
        assert granted["locations/tasks.readonly"] is ("locations/tasks.readonly" in scopes)
        assert granted["opportunities.write"] is None


async def test_a_missing_scope_says_what_it_forbids(
    sandbox: Sandbox, connect: Connect, opportunities: ObjectSchema, tasks: ObjectSchema, contact: str
) -> None:
    token = sandbox.control("POST", "/tokens", platform="highlevel", scopes=["contacts.readonly"])["token"]
    limited = await connect("highlevel", token=token)
    for call, scope, what in (
        (read(limited, opportunities), "opportunities.readonly", "Reading opportunities"),
        (limited.create(opportunities, opportunity(opportunities, contact)), "opportunities.write", "Creating"),
        (read(limited, tasks), "locations/tasks.readonly", "Listing the tasks"),
        (
            limited.create(tasks, {"title": "x", "dueDate": DUE, "contactId": frozenset({contact})}),
            "contacts.write",
            "their tasks",
        ),
    ):
        with pytest.raises(ScopeMissing) as caught:
            await call
        assert f"lacks the permission {scope}." in caught.value.message
        assert what in caught.value.message


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    """A sandbox with more opportunities and tasks than pages by number reach."""
    place: Path = tmp_path_factory.mktemp("large")
    server = SandboxServer(records=12, seed=5, limits="off", state_dir=place)
    world = server.app.world
    documents = Documents(world.storage, world.clock)
    person = next(iter(world.storage.all("SELECT id FROM highlevel_documents WHERE kind = 1")))[0]
    deal = to_text({"name": "One of many", "status": "open", "contactId": person, "pipelineId": "p"})
    task = to_text({"title": "T", "dueDate": "2026-01-02T08:00:00.000Z", "completed": False, "contactId": person})
    with world.storage.transaction():
        documents.load(
            # Several at the same time: the id has to tell them apart.
            (f"{doc_kind}-{i:06d}", kind, 1_700_000_000_000 + i // 3, 1_700_000_000_000 + i, 0, "", doc)
            for doc_kind, kind, doc in (("deal", OPPORTUNITY, deal), ("task", TASK, task))
            for i in range(MANY)
        )
        documents.loaded()
    with server:
        yield server


@pytest.mark.parametrize("form", ["searchAfter", "startAfter", "tasks"])
async def test_listings_of_more_than_ten_thousand_rows_are_whole(
    connect: Connect, large: SandboxServer, form: str
) -> None:
    sandbox = Sandbox(large)
    ready = sandbox.ready("highlevel")
    sandbox.configure("highlevel", opportunity_search=form != "startAfter")
    highlevel = await connect(
        "highlevel", base_url=ready["base_url"], token=ready["token"], account=ready["account"], page_size="500"
    )
    schema = await highlevel.schema("task" if form == "tasks" else "opportunity")
    before = highlevel.traffic.requests
    records, _ = await read(highlevel, schema)
    requests = highlevel.traffic.requests - before
    sandbox.close()
    assert sum(key.partition(":")[2].startswith("task-") or key.startswith("deal-") for key in records) == MANY
    assert requests < 120


@pytest.mark.parametrize(
    ("status", "body", "error", "sentence"),
    [
        (400, {"message": "Invalid value"}, RecordRefused, "Agency did not accept the new opportunity: Invalid value."),
        (
            422,
            {"message": ["property x should not exist", "name must be a string"]},
            RecordRefused,
            "x should not exist;",
        ),
        (422, {"message": "We couldn't apply updates to Extras due to an unexpected format"}, RecordRefused, "Extras"),
        (413, {"status": 413, "message": "File too large"}, RecordRefused, "File too large."),
        (415, {"status": 415, "message": "Not supported"}, RecordRefused, "Not supported."),
        (400, {"message": "Contact not found for id:x"}, RecordRefused, "Contact not found for id:x."),
        (404, {"message": "Cannot POST /opportunities/"}, NotFound, "does not have the new opportunity"),
        (401, {"message": "Invalid JWT"}, CredentialRefused, "Agency refused its token."),
        (401, {"message": "Token's user type mismatch!"}, CredentialRefused, "is one of an agency"),
        (
            401,
            {"message": "This location is not accessible from this token."},
            CredentialRefused,
            "not for the location",
        ),
        (
            403,
            {"message": "The token does not have access to this location."},
            CredentialRefused,
            "not for the location",
        ),
        (
            401,
            {"message": "The token is not authorized for this scope."},
            ScopeMissing,
            "permission opportunities.write",
        ),
        (
            401,
            {"message": "This authClass type is not allowed to access this scope."},
            ScopeMissing,
            "lacks the permission",
        ),
        (401, {"message": "This route is not yet supported by the IAM Service."}, ScopeMissing, "lacks the permission"),
        (403, {"message": "Forbidden", "error": "Forbidden"}, ScopeMissing, "lacks the permission"),
    ],
)
async def test_what_the_platform_refuses_in_the_operators_words(
    connect: Connect,
    opportunities: ObjectSchema,
    status: int,
    body: dict[str, Any],
    error: type[CrosswalkError],
    sentence: str,
) -> None:
    async with raw_server([reply(json.dumps(body), status=f"{status} Refused")]) as server:
        highlevel = await connect("highlevel", base_url=server.url)
        with pytest.raises(CrosswalkError) as caught:
            await highlevel.create(opportunities, opportunity(opportunities, "c1"))
    assert type(caught.value) is error
    assert sentence in caught.value.message
    assert caught.value.hint
