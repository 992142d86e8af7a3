"""Accounts and deals of ActiveCampaign with all that belongs to them; and refusals as the operator reads them."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal

import httpx
import pytest

from desktop.connectors.base import Connector
from desktop.domain.errors import (
    CrosswalkError,
    Duplicate,
    NotFound,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    RecordRefused,
    ScopeMissing,
    UnexpectedAnswer,
)
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Money, Value
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect, Sandbox
from tests.connectors.raw_server import raw_server, reply
from tests.local_http import NO_CERTIFICATES

pytestmark = pytest.mark.anyio
_serial = itertools.count(1)
CONTACT = frozenset({"1"})


@pytest.fixture
async def shop(connect: Connect) -> Connector:
    return await connect("activecampaign", name="Shop")


@pytest.fixture
async def deals(shop: Connector) -> ObjectSchema:
    return await shop.schema("deals")


@pytest.fixture
async def accounts(shop: Connector) -> ObjectSchema:
    return await shop.schema("accounts")


def deal(**more: Value) -> dict[str, Value]:
    given: dict[str, Value] = {
        "title": f"Renewal {next(_serial)}",
        "value": Money(Decimal("456.05"), "USD"),
        "stage": "2",
        "contact": CONTACT,
    }
    return {**given, **more}


async def test_stages_and_owners_are_chosen_by_their_names(deals: ObjectSchema, accounts: ObjectSchema) -> None:
    stages = [(option.key, option.label) for option in deals.by_key["stage"].options]
    assert stages == [("1", "Sales: To Contact"), ("2", "Sales: In Contact"), ("3", "Sales: Follow Up")]
    for schema in (deals, accounts):
        assert ("1", "Amelia Hart") in [(option.key, option.label) for option in schema.by_key["owner"].options]
    assert (deals.by_key["contact"].target, deals.by_key["account"].target) == ("contacts", "accounts")
    assert deals.by_key["field_1"].label == "Expected value"
    assert (deals.by_key["field_1"].type, deals.by_key["field_1"].currency) == (FieldType.MONEY, "USD")


async def test_a_deal_without_an_owner_gets_the_user_of_the_key(shop: Connector, deals: ObjectSchema) -> None:
    made = await shop.create(deals, deal())
    assert made.values["owner"] == "1"
    assert made.values["value"] == Money(Decimal("456.05"), "USD")
    linked = {(item.label, item.record_id) for item in await shop.related(deals, made.id)}
    assert linked == {("Contact", "1")}


async def test_custom_fields_of_a_listing_of_deals_cost_few_requests(
    sandbox: Sandbox, shop: Connector, deals: ObjectSchema
) -> None:
    for number in range(30):
        await shop.create(deals, deal(field_1=Money(Decimal(number), "EUR")))
    sandbox.control("DELETE", "/stats")
    found, _ = await read(shop, deals)
    assert sandbox.stats("activecampaign")["by_route"] == {
        "GET /api/3/deals": 1,
        "GET /api/3/dealCustomFieldData": 1,
    }
    assert Money(Decimal(29), "EUR") in [record.values["field_1"] for record in found.values()]


async def test_what_a_deal_has_to_have_can_change_and_not_be_blank(shop: Connector, deals: ObjectSchema) -> None:
    made = await shop.create(deals, deal())
    moved = await shop.update(deals, made, {"stage": "3", "status": "1", "account": frozenset({"2"})})
    assert (moved.values["stage"], moved.values["status"]) == ("3", "1")
    assert moved.values["account"] == frozenset({"2"})
    for key in ("contact", "account", "stage", "owner", "status"):
        with pytest.raises(RecordRefused) as caught:
            await shop.update(deals, moved, {key: None})
        assert caught.value.field == key
    assert caught.value.message == (
        "The Status of a Deal can be another one but not blank: ActiveCampaign has no way to take it away."
    )


async def test_every_type_of_custom_field_of_accounts(sandbox: Sandbox, shop: Connector) -> None:
    ready = sandbox.ready("activecampaign")
    kinds = ("number", "date", "datetime", "dropdown", "radio", "textarea", "hidden", "multiselect", "checkbox")
    async with httpx.AsyncClient(
        verify=NO_CERTIFICATES,
        base_url=f"{ready['base_url']}/api/3",
        headers={"Api-Token": ready["token"]},
        trust_env=False,
    ) as api:
        for kind in kinds:
            meta = {"fieldLabel": f"A {kind}", "fieldType": kind, "fieldOptions": ["Red", "Green"]}
            answer = await api.post("/accountCustomFieldMeta", json={"accountCustomFieldMetum": meta})
            assert answer.status_code == 201
        schema = await shop.schema("accounts")
        fields = {field.native_type: field for field in schema.fields if field.native_type}
        several = {"customFieldId": int(fields["multiselect"].key[6:]), "fieldValue": ["Red", "Green"]}
        other = {"customFieldId": int(fields["checkbox"].key[6:]), "fieldValue": "||Red||"}
        given = {"name": "With options", "fields": [several, other]}
        made = (await api.post("/accounts", json={"account": given})).json()["account"]
    assert not any(fields[kind].read_only for kind in kinds[:7])
    assert fields["multiselect"].read_only, "how several options are written is not documented"
    record = await shop.get(schema, made["id"])
    assert record.values[fields["multiselect"].key] == frozenset({"Red", "Green"})
    assert record.values[fields["checkbox"].key] == frozenset({"Red"})
    values: dict[str, Value] = {
        fields["number"].key: Decimal("12.5"),
        fields["dropdown"].key: "Green",
        fields["radio"].key: "Red",
        fields["textarea"].key: "Two\nlines",
    }
    updated = await shop.update(schema, record, values)
    assert {key: updated.values[key] for key in values} == values
    assert updated.values[fields["multiselect"].key] == frozenset({"Red", "Green"})
    emptied = await shop.update(schema, updated, dict.fromkeys(values))
    assert {emptied.values[key] for key in values} == {None}


async def test_a_name_is_found_among_many_that_hold_it(connect: Connect, deals: ObjectSchema) -> None:
    shop = await connect("activecampaign", page_size="5")
    for number in range(12):
        await shop.create(deals, deal(title=f"Many deals {number}"))
    made = await shop.create(deals, deal(title="Many deals"))
    assert [found.id for found in await shop.find(deals, deals.by_key["title"], "many deals ")] == [made.id]
    contacts = await shop.schema("contacts")
    for number in range(12):
        await shop.create(contacts, {"email": f"anna{number}@many.example", "firstName": "Annabelle"})
    anna = await shop.create(contacts, {"email": "anna@many.example", "firstName": "Anna"})
    found = await shop.find(contacts, contacts.by_key["firstName"], "Anna")
    assert [item.id for item in found if "many.example" in str(item.values["email"])] == [anna.id]


async def test_a_name_that_is_taken_is_a_duplicate(shop: Connector, accounts: ObjectSchema) -> None:
    name = f"Acme {next(_serial)}"
    await shop.create(accounts, {"name": name})
    with pytest.raises(Duplicate) as caught:
        await shop.create(accounts, {"name": name})
    assert (
        caught.value.message == f"Shop already has the Account {name}: The account name already exists in the system."
    )
    assert caught.value.field == "name"


async def test_a_deal_whose_answer_was_lost_is_not_sent_again(
    sandbox: Sandbox, shop: Connector, deals: ObjectSchema
) -> None:
    given = deal(owner="1")
    before = await shop.count(deals)
    sandbox.fault("activecampaign", "reset", next=1, when="after")
    with pytest.raises(OutcomeUnknown):
        await shop.create(deals, given)
    assert await shop.count(deals) == (before or 0) + 1
    assert len(await shop.find(deals, deals.by_key["title"], given["title"])) == 1


@pytest.mark.parametrize(
    ("change", "sentence", "field"),
    [
        ({"contact": None}, "The deal contact or account was not provided.", "contact"),
        ({"contact": frozenset({"999999"})}, "The related contact does not exist.", "contact"),
        ({"stage": "99"}, "The deal stage does not exist.", "stage"),
        ({"title": "", "value": Money(Decimal(1), "USD")}, "The deal title was not provided.", "title"),
        ({"value": Money(Decimal(-1), "USD")}, "The deal value is not valid.", "value"),
        ({"value": Money(Decimal(1), "dollars")}, "The deal currency is not valid.", "currency"),
    ],
)
async def test_what_is_wrong_with_a_deal_is_told(
    shop: Connector, deals: ObjectSchema, change: dict[str, Value], sentence: str, field: str
) -> None:
    with pytest.raises(RecordRefused) as caught:
        await shop.create(deals, deal(**change))
    assert caught.value.message.startswith("Shop did not accept the Deal")
    assert caught.value.message.endswith(sentence)
    assert caught.value.field == field
    assert caught.value.hint


async def test_a_user_who_may_not_see_users_and_stages_still_reads_deals(connect: Connect) -> None:
    forbidden = reply('{"message":"Forbidden"}', status="403 Forbidden")
    me = reply('{"user":{"id":"1"}}')
    no = [forbidden, forbidden, forbidden, me]
    async with raw_server(no * 4) as server:
        shop = await connect("activecampaign", base_url=server.url)
        schema = await shop.schema("deals")
    assert schema.by_key["owner"].open_choice
    assert schema.by_key["title"]


def _error(**entry: object) -> str:
    return json.dumps({"errors": [entry]})


REFUSALS = [
    (
        "404 Not Found",
        '{"message":"No Result found for Subscriber with id 7"}',
        NotFound,
        "Shop does not have the contact 7",
    ),
    (
        "404 Not Found",
        _error(status=404, title="Not Found", detail="Contact not found"),
        NotFound,
        "Shop does not have",
    ),
    ("404 Not Found", "", NotFound, "Shop does not have the contact 7 (any more)."),
    ("400 Bad Request", _error(status=400, title="Bad Request", detail="No."), RecordRefused, "Bad Request: No."),
    ("400 Bad Request", _error(status=400, title="Bad Request"), RecordRefused, "the contact 7: Bad Request."),
    (
        "422 Unprocessable",
        _error(title="Taken", detail="", code="duplicate", source={"pointer": "/data/attributes/email"}),
        Duplicate,
        "Shop already has the contact 7: Taken.",
    ),
    (
        "422 Unprocessable",
        _error(title="Email is missing", code="field_missing", source={"pointer": "/data/attributes/email"}),
        RecordRefused,
        "Shop did not accept the contact 7: Email is missing.",
    ),
    ("422 Unprocessable", _error(title="Not valid", code="field_invalid"), RecordRefused, "the contact 7: Not valid."),
    ("422 Unprocessable", _error(title="No such list", code="related_missing"), RecordRefused, "No such list."),
    (
        "422 Unprocessable",
        _error(title="Contact Email Address is not valid.", code="email_invalid", error="must_be_valid_email_address"),
        RecordRefused,
        "Contact Email Address is not valid.",
    ),
    ("422 Unprocessable", '{"errors":"Bulk operation failed. Why."}', RecordRefused, "Bulk operation failed. Why."),
    (
        "405 Method Not Allowed",
        "",
        UnexpectedAnswer,
        "ActiveCampaign answered Shop in a form that Crosswalk does not know.",
    ),
    (
        "429 Too Many Requests",
        "",
        RateLimited,
        "ActiveCampaign keeps refusing requests of Shop because there were too many.",
    ),
    ("503 Service Unavailable", "<html></html>", PlatformUnavailable, "ActiveCampaign does not answer Shop properly"),
]


@pytest.mark.parametrize(("status", "body", "kind", "sentence"), REFUSALS)
async def test_every_refusal_of_the_platform_is_a_sentence(
    connect: Connect, status: str, body: str, kind: type[CrosswalkError], sentence: str
) -> None:
    schema = ObjectSchema("contacts", "Contact", "Contacts", fields=(Field("email", "E-mail", FieldType.EMAIL),))
    async with raw_server([reply(body, status=status)]) as server:
        shop = await connect("activecampaign", name="Shop", base_url=server.url)
        with pytest.raises(kind) as caught:
            await shop.update(schema, Record("contacts", "7", {}), {"email": "seven@example.com"})
    assert sentence in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "body", ['{"message":"Forbidden"}', _error(status=403, title="Forbidden", detail="Admins only")]
)
async def test_a_missing_permission_is_told_from_a_wrong_key(connect: Connect, body: str) -> None:
    forbidden = reply(body, status="403 Forbidden")
    schema = ObjectSchema("deals", "Deal", "Deals")
    async with raw_server([forbidden, forbidden, forbidden, reply('{"user":{"id":"1"}}')]) as server:
        shop = await connect("activecampaign", name="Shop", base_url=server.url)
        with pytest.raises(ScopeMissing) as caught:
            await shop.get(schema, "1")
    assert caught.value.message.startswith("The API key of Shop belongs to a user who may not do this: Forbidden")
    assert "admin user" in caught.value.hint
