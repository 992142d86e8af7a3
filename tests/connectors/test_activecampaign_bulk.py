"""Many contacts created by few requests, and what became of each."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest

from desktop.connectors.activecampaign.connector import ActiveCampaignConnector
from desktop.connectors.activecampaign.schemas import STANDARD_CONTACT
from desktop.domain.errors import (
    CrosswalkError,
    Duplicate,
    NotSupported,
    OutcomeUnknown,
    RateLimited,
    RecordRefused,
)
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Values
from tests.connectors.conftest import Connect, QuickClock, Sandbox
from tests.connectors.raw_server import raw_server, reply

pytestmark = pytest.mark.anyio
_serial = itertools.count(1)
TWO: Sequence[Values] = [{"email": "a@x.example"}, {"email": "b@x.example"}]
IMPORT = "POST /api/3/import/bulk_import"


class SharedClock(QuickClock):
    """A clock whose waits also move the sandbox's time."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self._sandbox.advance(seconds)


@pytest.fixture
def clock(sandbox: Sandbox) -> QuickClock:
    return SharedClock(sandbox)


@pytest.fixture
async def shop(connect: Connect) -> ActiveCampaignConnector:
    return await opened(connect)


async def opened(connect: Connect, **more: Any) -> ActiveCampaignConnector:
    connector = await connect("activecampaign", name="Shop", **more)
    assert isinstance(connector, ActiveCampaignConnector)
    return connector


@pytest.fixture
async def contacts(shop: ActiveCampaignConnector) -> ObjectSchema:
    return await shop.schema("contacts")


@pytest.fixture
def plain() -> ObjectSchema:
    """Contacts without custom fields, whose ids would have to be asked for."""
    return ObjectSchema("contacts", "Contact", "Contacts", fields=STANDARD_CONTACT)


def people(count: int, **more: Any) -> list[Values]:
    batch = next(_serial)
    return [{"email": f"p{number}.{batch}@bulk.example", "firstName": f"P {number}", **more} for number in range(count)]


def problem(outcome: Record | CrosswalkError, kind: type[CrosswalkError]) -> CrosswalkError:
    assert isinstance(outcome, kind), outcome
    return outcome


async def test_a_few_hundred_contacts_cost_a_few_requests(
    sandbox: Sandbox, shop: ActiveCampaignConnector, contacts: ObjectSchema
) -> None:
    rows = people(
        300,
        interests=frozenset({"Music", "Travel"}),
        plan="Pro",
        tags=frozenset({"imported"}),
        lists=frozenset({"1"}),
    )
    sandbox.control("DELETE", "/stats")
    outcomes = await shop.create_many(contacts, rows)
    routes = sandbox.stats("activecampaign")["by_route"]
    assert routes[IMPORT] == 2
    assert "POST /api/3/contacts" not in routes
    assert sum(routes.values()) < 25
    for row, outcome in zip(rows, outcomes, strict=True):
        assert isinstance(outcome, Record)
        assert {key: outcome.values[key] for key in row} == row
    last = outcomes[-1]
    assert isinstance(last, Record)
    there = await shop.get(contacts, last.id)
    assert {key: there.values[key] for key in rows[-1]} == rows[-1]


async def test_a_batch_stays_within_the_bytes_of_one_request(
    sandbox: Sandbox, shop: ActiveCampaignConnector, contacts: ObjectSchema
) -> None:
    rows = people(5, notes="ü" * 75_000)
    outcomes = await shop.create_many(contacts, [*rows, {"email": "huge@bulk.example", "notes": "x" * 400_000}])
    assert sandbox.stats("activecampaign")["by_route"][IMPORT] == 2
    assert all(isinstance(outcome, Record) for outcome in outcomes[:5])
    assert problem(outcomes[5], RecordRefused).message == (
        "The contact huge@bulk.example holds more than ActiveCampaign takes at once."
    )


async def test_a_contact_that_is_not_valid_does_not_keep_the_others_back(
    shop: ActiveCampaignConnector, contacts: ObjectSchema
) -> None:
    good = people(3)
    rows = [
        good[0],
        {"email": "no address"},
        good[1],
        {"firstName": "Nobody"},
        {"email": "also wrong"},
        good[2],
        good[0],
    ]
    outcomes = await shop.create_many(contacts, rows)
    assert [type(outcome) for outcome in outcomes] == [
        Record,
        RecordRefused,
        Record,
        RecordRefused,
        RecordRefused,
        Record,
        Duplicate,
    ]
    assert problem(outcomes[1], RecordRefused).message == (
        "Shop did not accept the contact no address: Field 'email' is not a valid email address."
    )
    assert problem(outcomes[3], RecordRefused).message == "A contact needs an e-mail address, and this one has none."
    assert "is among the contacts to create twice" in problem(outcomes[6], Duplicate).message


async def test_somebody_who_came_meanwhile_is_not_overwritten(
    connect: Connect, shop: ActiveCampaignConnector, contacts: ObjectSchema
) -> None:
    rows = people(4)
    somebody = await opened(connect)
    theirs = await somebody.create(contacts, {**rows[1], "firstName": "Theirs"})
    outcomes = await shop.create_many(contacts, rows)
    assert [type(outcome) for outcome in outcomes] == [Record, Duplicate, Record, Record]
    assert (await shop.get(contacts, theirs.id)).values["firstName"] == "Theirs"
    more = people(2)
    await somebody.create(contacts, more[0])
    again = await shop.create_many(contacts, more)
    assert [type(outcome) for outcome in again] == [Duplicate, Record]


async def test_one_that_was_there_for_long_is_told_afterwards(
    sandbox: Sandbox, connect: Connect, contacts: ObjectSchema
) -> None:
    shop = await opened(connect, page_size="2")
    rows, fillers = people(3), people(3)
    await shop.create(contacts, rows[0])
    await shop.create(contacts, fillers[0])
    await shop.create(contacts, fillers[1])
    sandbox.advance(3 * 86_400)
    await shop.create(contacts, fillers[2])
    outcomes = await shop.create_many(contacts, rows)
    assert problem(outcomes[0], Duplicate).message == (
        f"The contact {rows[0]['email']} was there already, and ActiveCampaign updated it with what was sent."
    )
    assert [type(outcome) for outcome in outcomes[1:]] == [Record, Record]


async def test_a_single_contact_is_created_as_usual(
    sandbox: Sandbox, shop: ActiveCampaignConnector, contacts: ObjectSchema
) -> None:
    sandbox.control("DELETE", "/stats")
    rows = people(1)
    (outcome,) = await shop.create_many(contacts, rows)
    assert isinstance(outcome, Record)
    assert IMPORT not in sandbox.stats("activecampaign")["by_route"]
    (again,) = await shop.create_many(contacts, rows)
    assert isinstance(again, Duplicate)


async def test_more_imports_than_a_minute_allows_wait(
    sandbox: Sandbox, connect: Connect, clock: QuickClock, plain: ObjectSchema
) -> None:
    queued = reply('{"success": 1, "batchId": "b"}')
    done = reply('{"status": "completed", "success": [], "failure": ["a@x.example", "b@x.example"]}')
    none = reply('{"contacts": [], "meta": {"total": "0"}}')
    async with raw_server([none, queued, done, none] * 110) as server:
        shop = await opened(connect, base_url=server.url)
        for _ in range(109):
            await shop.create_many(plain, TWO)
        outcomes = await shop.create_many(plain, TWO)
    assert problem(outcomes[0], RecordRefused).message == "Shop did not import the contact a@x.example."
    sent = [request for request in server.requests if b"bulk_import" in request]
    assert len(sent) == 110
    assert clock.ahead > 60


def _answers(*refused: bytes, **done: Any) -> Sequence[bytes]:
    none = reply('{"contacts": [], "meta": {"total": "0"}}')
    queued = reply('{"success": 1, "queued_contacts": 2, "batchId": "b"}')
    return [none, *refused, queued, reply('{"status": false}'), reply(json.dumps(done)), none]


async def test_a_refusal_for_too_many_imports_is_waited_out(
    connect: Connect, clock: QuickClock, plain: ObjectSchema
) -> None:
    body = {"success": 0, "message": "Rate limit exceeded.", "failureReasons": ["Up to 100 imports."]}
    refused = reply(json.dumps(body), status="400 Bad Request")
    done = {"status": "completed", "success": [], "failure": ["a@x.example"]}
    async with raw_server(_answers(refused, **done)) as server:
        shop = await opened(connect, base_url=server.url)
        outcomes = await shop.create_many(plain, TWO)
    assert clock.ahead >= 60
    assert problem(outcomes[1], RecordRefused).message == (
        "Shop passed over the contact b@x.example without a reason: its address may have bounced, or be excluded."
    )
    async with raw_server([reply('{"contacts": [], "meta": {"total": "0"}}'), refused]) as server:
        shop = await opened(connect, base_url=server.url)
        outcomes = await shop.create_many(plain, TWO)
    assert "keeps refusing imports of Shop" in problem(outcomes[0], RateLimited).message


async def test_a_refusal_that_names_nobody_is_told_for_everybody(connect: Connect, plain: ObjectSchema) -> None:
    body = {"success": 0, "message": "Not accepted.", "failureReasons": ["Something is wrong."]}
    none = reply('{"contacts": [], "meta": {"total": "0"}}')
    async with raw_server([none, reply(json.dumps(body), status="400 Bad Request")]) as server:
        shop = await opened(connect, base_url=server.url)
        outcomes = await shop.create_many(plain, TWO)
    assert len(server.requests) == 2
    assert problem(outcomes[1], RecordRefused).message == (
        "Shop did not accept the contact b@x.example: Not accepted.; Something is wrong."
    )


@pytest.mark.parametrize("status", ["failed", "interrupted"])
async def test_an_import_that_ended_badly_leaves_open_what_it_does_not_name(
    connect: Connect, plain: ObjectSchema, status: str
) -> None:
    async with raw_server(_answers(status=status, success=[], failure=["a@x.example"])) as server:
        shop = await opened(connect, base_url=server.url)
        outcomes = await shop.create_many(plain, TWO)
    problem(outcomes[0], RecordRefused)
    assert problem(outcomes[1], OutcomeUnknown).message == (
        "Shop did not confirm the contact b@x.example, so it is not known whether it was saved."
    )


async def test_an_import_whose_answer_was_lost_is_not_sent_again(connect: Connect, plain: ObjectSchema) -> None:
    async with raw_server([reply('{"contacts": [], "meta": {"total": "0"}}'), b""]) as server:
        shop = await opened(connect, base_url=server.url)
        outcomes = await shop.create_many(plain, TWO)
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown, OutcomeUnknown]
    assert len([request for request in server.requests if b"bulk_import" in request]) == 1


async def test_an_import_that_never_ends_is_given_up(connect: Connect, clock: QuickClock, plain: ObjectSchema) -> None:
    async with raw_server(_answers(status="active")[:-1]) as server:
        shop = await opened(connect, base_url=server.url)
        outcomes = await shop.create_many(plain, TWO)
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown, OutcomeUnknown]
    assert 600 <= clock.ahead < 700


async def test_a_key_that_is_refused_on_the_way_leaves_the_rest_told(connect: Connect, plain: ObjectSchema) -> None:
    forbidden = reply('{"message":"Forbidden"}', status="403 Forbidden")
    async with raw_server([forbidden]) as server:
        shop = await opened(connect, base_url=server.url)
        outcomes = await shop.create_many(plain, [*TWO, {"firstName": "Nobody"}])
    assert [getattr(outcome, "code", "") for outcome in outcomes] == [
        "credential_refused",
        "credential_refused",
        "record_refused",
    ]


async def test_only_contacts_are_imported(shop: ActiveCampaignConnector, contacts: ObjectSchema) -> None:
    orders = await shop.schema("orders")
    assert (shop.bulk_size(contacts), shop.bulk_size(orders)) == (250, 0)
    with pytest.raises(NotSupported) as caught:
        await shop.create_many(orders, [])
    assert caught.value.message == "ActiveCampaign imports contacts at once, but no Online Orders."
