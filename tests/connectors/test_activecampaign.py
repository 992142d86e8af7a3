"""What is ActiveCampaign's own: upserts, replacing writes, offsets that shift, values in bulk, odd refusals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from desktop.connectors.activecampaign.client import api_address, refusal_text
from desktop.connectors.activecampaign.convert import parse_time, read_contact_value, write_contact_value
from desktop.connectors.activecampaign.listing import sweep
from desktop.connectors.activecampaign.schemas import STANDARD_CONTACT, is_custom_field
from desktop.connectors.base import ChangeReport, Connector
from desktop.connectors.dialect import Answer
from desktop.domain.errors import (
    CredentialRefused,
    Duplicate,
    InvalidInput,
    NotFound,
    NotSupported,
    OutcomeUnknown,
    PlatformUnavailable,
    RecordRefused,
    ScopeMissing,
)
from desktop.domain.schema import EXTERNAL_ID, Field, ObjectSchema
from desktop.domain.values import FieldType, Json, Money, Value
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect, QuickClock, Sandbox
from tests.connectors.raw_server import raw_server, reply

pytestmark = pytest.mark.anyio

NO_LISTS = reply('{"lists": [], "meta": {"total": "0"}}')


@pytest.fixture
async def shop(connect: Connect) -> Connector:
    return await connect("activecampaign", name="Shop")


@pytest.fixture
async def orders(shop: Connector) -> ObjectSchema:
    return await shop.schema("orders")


@pytest.fixture
async def contacts(shop: Connector) -> ObjectSchema:
    return await shop.schema("contacts")


def _own(contacts: ObjectSchema) -> list[Field]:
    """The fields that need no further request: neither custom ones nor tags and lists."""
    return [field for field in contacts.fields if field.is_system or field in STANDARD_CONTACT]


def _custom(contacts: ObjectSchema) -> list[Field]:
    return [field for field in contacts.fields if is_custom_field(field)]


@pytest.mark.parametrize("ending", ["", "/", "/api/3", "/api/3/"])
async def test_the_address_may_end_in_the_version(connect: Connect, sandbox: Sandbox, ending: str) -> None:
    address = sandbox.ready("activecampaign")["base_url"].removesuffix("/api/3") + ending
    assert (await (await connect("activecampaign", base_url=address)).identify()).name == "Amelia Hart"


async def test_a_connection_needs_its_address(connect: Connect) -> None:
    assert api_address("  ") == ""
    with pytest.raises(InvalidInput):
        await connect("activecampaign", base_url=" ")


async def test_objects_are_the_standard_ones_and_the_custom_ones(shop: Connector) -> None:
    listed = await shop.objects()
    assert [item.key for item in listed] == ["contacts", "accounts", "deals", "orders", "subscriptions"]
    assert not any(item.fields for item in listed)
    assert listed[3].label == "Online Order"
    assert listed[3].id


async def test_fields_carry_what_the_platform_says_of_them(orders: ObjectSchema, contacts: ObjectSchema) -> None:
    fields = orders.by_key
    assert fields["weight"].scale == 1
    assert fields["order-total"].currency == "USD"
    assert [option.key for option in fields["extras"].options] == ["gift wrap", "insured", "express"]
    assert (fields["primary-contact"].target, fields["primary-contact"].many) == ("contacts", False)
    assert contacts.by_key["favourite_colour"].label == "Favourite colour"
    assert contacts.by_key["email"].required


async def test_capabilities_say_what_is_so(shop: Connector, orders: ObjectSchema, contacts: ObjectSchema) -> None:
    records = shop.capabilities(orders)
    assert records.changes is ChangeReport.ORDERED
    assert records.upsert_key == EXTERNAL_ID
    assert not records.create_answers_id
    assert shop.capabilities(contacts).changes is ChangeReport.SINCE
    assert shop.capabilities(contacts).create_answers_id
    deals = await shop.schema("deals")
    assert shop.capabilities(deals).changes is ChangeReport.NONE


async def test_accounts_and_deals_are_found_by_their_names(shop: Connector) -> None:
    deals = await shop.schema("deals")
    records, _ = await read(shop, deals)
    deal = next(iter(records.values()))
    assert isinstance(deal.values["value"], Money)
    assert (await shop.get(deals, deal.id)).values == deal.values
    found = await shop.find(deals, deals.by_key["title"], deal.values["title"])
    assert deal.id in [item.id for item in found]
    assert {item.values["title"] for item in found} == {deal.values["title"]}
    accounts = await shop.schema("accounts")
    assert len((await read(shop, accounts))[0]) == await shop.count(accounts)
    with pytest.raises(NotSupported):
        await shop.find(accounts, accounts.by_key["owner"], "1")


async def test_a_second_create_with_an_external_id_replaces_nothing(
    connect: Connect, shop: Connector, orders: ObjectSchema
) -> None:
    await shop.create(orders, {EXTERNAL_ID: "same", "order-instructions": "one"})
    for other in (shop, await connect("activecampaign", name="Shop")):
        with pytest.raises(Duplicate) as caught:
            await other.create(orders, {EXTERNAL_ID: "same", "order-instructions": "two"})
        assert caught.value.message == (
            "In Shop the external id same is taken by another Online Order, which a new one would replace. "
            "Nothing was sent."
        )
        assert caught.value.field == EXTERNAL_ID
    found = await shop.find(orders, orders.by_key[EXTERNAL_ID], "same")
    assert [item.values["order-instructions"] for item in found] == ["one"]
    await shop.delete(orders, found[0].id)
    await shop.create(orders, {EXTERNAL_ID: "same", "order-instructions": "anew"})


async def test_looking_out_for_external_ids_costs_few_requests(
    sandbox: Sandbox, connect: Connect, clock: QuickClock, orders: ObjectSchema
) -> None:
    shop, somebody = await connect("activecampaign"), await connect("activecampaign")
    sandbox.control("DELETE", "/stats")
    for number in range(40):
        await shop.create(orders, {EXTERNAL_ID: f"lookout {number}"})
    routes = sandbox.stats("activecampaign")["by_route"]
    assert routes["POST /api/3/customObjects/records/{schemaId}"] == 40
    assert routes["GET /api/3/customObjects/records/{schemaId}"] <= 2
    assert "GET /api/3/customObjects/records/{schemaId}/external/{externalId}" not in routes
    await somebody.create(orders, {EXTERNAL_ID: "somebody's"})
    clock.ahead += 6
    with pytest.raises(Duplicate):
        await shop.create(orders, {EXTERNAL_ID: "somebody's"})


async def test_a_record_replaced_in_the_last_second_is_told_by_its_age(
    sandbox: Sandbox,
    connect: Connect,
    orders: ObjectSchema,
    caplog: pytest.LogCaptureFixture,
) -> None:
    shop, somebody = await connect("activecampaign", name="Shop"), await connect("activecampaign")
    sandbox.configure("activecampaign", index_delay_seconds=60)
    await somebody.create(orders, {EXTERNAL_ID: "raced"})
    sandbox.advance(30)
    await shop.create(orders, {EXTERNAL_ID: "raced"})
    await shop.create(orders, {EXTERNAL_ID: "not raced"})
    assert set(await shop.find_by_external_ids(orders, ["raced", "not raced"])) == {"raced", "not raced"}
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told.startswith("Shop: a record of orders that was to be created was there already")


async def test_a_user_who_may_not_list_has_each_external_id_looked_up(
    sandbox: Sandbox, connect: Connect, orders: ObjectSchema
) -> None:
    token = sandbox.control("POST", "/tokens", platform="activecampaign", admin=False)["token"]
    shop = await connect("activecampaign", token=token)
    await shop.create(orders, {EXTERNAL_ID: "by hand"})
    with pytest.raises(Duplicate):
        await shop.create(orders, {EXTERNAL_ID: "by hand"})


@pytest.mark.parametrize("kind", ["500", "503", "reset", "truncate"])
async def test_only_a_create_with_an_external_id_is_sent_again(
    sandbox: Sandbox, shop: Connector, orders: ObjectSchema, contacts: ObjectSchema, kind: str
) -> None:
    sandbox.fault("activecampaign", kind, next=1, when="after")
    await shop.create(orders, {EXTERNAL_ID: f"again {kind}"})
    assert set(await shop.find_by_external_ids(orders, [f"again {kind}"])) == {f"again {kind}"}
    for schema, values in ((orders, {"order-number": kind}), (contacts, {"email": f"{kind}@once.example"})):
        sandbox.fault("activecampaign", kind, next=1, when="after")
        with pytest.raises(OutcomeUnknown):
            await shop.create(schema, values)
        key, value = next(iter(values.items()))
        assert len(await shop.find(schema, schema.by_key[key], value)) == 1


async def test_what_the_platform_rounds_is_answered_rounded(shop: Connector, orders: ObjectSchema) -> None:
    record = await shop.create(
        orders,
        {EXTERNAL_ID: "round", "weight": Decimal("1.25"), "order-total": Money(Decimal("10.005"), "USD")},
    )
    assert record.values["weight"] == Decimal("1.3")
    assert record.values["order-total"] == Money(Decimal("10.01"), "USD")


async def test_an_external_id_can_be_changed_but_not_to_another_records(shop: Connector, orders: ObjectSchema) -> None:
    for name in ("first", "second"):
        await shop.create(orders, {EXTERNAL_ID: name, "order-number": name})
    found = await shop.find_by_external_ids(orders, ["first", "second"])
    with pytest.raises(Duplicate) as caught:
        await shop.update(orders, found["first"], {EXTERNAL_ID: "second"})
    assert caught.value.field == EXTERNAL_ID
    moved = await shop.update(orders, found["first"], {EXTERNAL_ID: "third"})
    assert (moved.id, moved.external_id) == (found["first"].id, "third")
    assert set(await shop.find_by_external_ids(orders, ["first", "second", "third"])) == {"second", "third"}


async def test_a_record_known_by_its_external_id_alone_can_be_updated(shop: Connector, orders: ObjectSchema) -> None:
    record = await shop.create(orders, {EXTERNAL_ID: "only this", "order-number": "7"})
    assert record.id == ""
    updated = await shop.update(orders, record, {"order-instructions": "hello"})
    assert updated.id
    assert (await shop.get(orders, updated.id)).values["order-number"] == "7"


async def test_many_external_ids_cost_few_requests(sandbox: Sandbox, shop: Connector, orders: ObjectSchema) -> None:
    ids = [f"many {number}" for number in range(120)]
    for external_id in ids:
        await shop.create(orders, {EXTERNAL_ID: external_id})
    before = shop.traffic.requests
    found = await shop.find_by_external_ids(orders, [*ids, "not there"])
    assert set(found) == set(ids)
    assert shop.traffic.requests - before <= 5
    sandbox.configure("activecampaign", index_delay_seconds=60)
    await shop.create(orders, {EXTERNAL_ID: "fresh"})
    assert set(await shop.find_by_external_ids(orders, [*ids[:9], "fresh"])) == {*ids[:9], "fresh"}


@pytest.mark.parametrize("status", [400, 404])
async def test_an_unknown_record_is_not_found_however_it_is_said(
    sandbox: Sandbox, shop: Connector, orders: ObjectSchema, status: int
) -> None:
    sandbox.configure("activecampaign", unknown_record_status=status)
    missing = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(NotFound):
        await shop.get(orders, missing)
    await shop.delete(orders, missing)
    assert await shop.find_by_external_ids(orders, ["no such/thing"]) == {}


async def test_changes_are_read_until_the_first_that_is_known(
    sandbox: Sandbox, connect: Connect, orders: ObjectSchema
) -> None:
    shop = await connect("activecampaign", page_size="10")
    for number in range(30):
        await shop.create(orders, {EXTERNAL_ID: f"old {number}"})
    sandbox.advance(7200)
    await shop.create(orders, {EXTERNAL_ID: "new"})
    newest = (await shop.find_by_external_ids(orders, ["new"]))["new"].updated_at
    assert newest is not None
    before = shop.traffic.requests
    changed, _ = await read(shop, orders, {"since": (newest - timedelta(hours=1)).isoformat()})
    assert [item.external_id for item in changed.values()] == ["new"]
    assert shop.traffic.requests - before == 1


def _records(ids: Sequence[str], total: int, updated: Sequence[str] = ()) -> bytes:
    rows: list[dict[str, Any]] = [{"id": id_, "fields": [], "relationships": {}} for id_ in ids]
    for row, moment in zip(rows, updated, strict=False):
        row["updatedTimestamp"] = moment
    return reply(json.dumps({"records": rows, "meta": {"total": total}}))


async def test_a_record_deleted_while_pages_are_read_hides_no_other(connect: Connect, orders: ObjectSchema) -> None:
    ids = [f"r{number}" for number in range(8)]
    left = ids[1:]  # the first one is deleted after the first page
    pages = [_records(ids[0:3], 8), _records(left[2:5], 7), _records(left[0:3], 7)]
    pages += [_records(left[2:5], 7), _records(left[4:7], 7)]
    async with raw_server(pages) as server:
        shop = await connect("activecampaign", base_url=server.url, page_size="3")
        shop._records.everything = _one_by_one(shop)  # type: ignore[attr-defined]
        found, _ = await read(shop, orders)
    assert set(found) == set(ids)


def _one_by_one(shop: Any) -> Any:
    """The listing without asking ahead, so that the answers come in the order of the test."""
    return lambda schema: sweep(shop._wire, f"/customObjects/records/{schema.id}", "records", {})


async def test_a_listing_that_never_stands_still_is_given_up(connect: Connect, orders: ObjectSchema) -> None:
    pages = [_records([f"r{number}a", f"r{number}b"], 100) for number in range(80)]
    async with raw_server(pages) as server:
        shop = await connect("activecampaign", base_url=server.url, page_size="2")
        with pytest.raises(PlatformUnavailable, match="kept changing"):
            await read(shop, orders)


async def test_changes_out_of_order_mean_reading_everything(connect: Connect, orders: ObjectSchema) -> None:
    disordered = _records(["a", "b", "c"], 3, ["2026-11-03T00:00:00Z", "2026-10-01T00:00:00Z", "2026-11-02T00:00:00Z"])
    async with raw_server([disordered, disordered]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        found, _ = await read(shop, orders, {"since": "2026-11-01T00:00:00Z"})
    assert set(found) == {"a", "b", "c"}
    assert len(server.requests) == 2


async def test_a_filter_for_changes_that_hides_the_newest_contact_is_not_trusted(
    connect: Connect, contacts: ObjectSchema
) -> None:
    schema = contacts.with_fields(*_own(contacts))
    contact = {"id": "7", "email": "seven@example.com", "udate": "2026-11-20T10:00:00-06:00"}
    nothing = reply('{"contacts": [], "meta": {"total": "0"}}')
    there = reply(json.dumps({"contact": contact}))
    everything = reply(json.dumps({"contacts": [contact], "meta": {"total": "1"}}))
    cursor: Json = {"since": "2026-11-20T16:00:00.000Z", "witness": "7"}
    async with raw_server([nothing, there, everything]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        found, _ = await read(shop, schema, cursor)
    assert set(found) == {"7"}
    gone = reply('{"message": "No Result found for Subscriber with id 7"}', status="404 Not Found")
    async with raw_server([nothing, gone]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        found, after = await read(shop, schema, cursor)
    assert found == {}
    assert after == {"since": "2026-11-20T16:00:00.000Z"}


async def test_a_filter_that_takes_only_dates_gets_one(connect: Connect, contacts: ObjectSchema) -> None:
    schema = contacts.with_fields(*_own(contacts))
    refused = reply('{"errors":[{"status":400,"title":"Bad Request"}]}', status="400 Bad Request")
    async with raw_server([refused, reply('{"contacts": [], "meta": {"total": "0"}}')]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        await read(shop, schema, {"since": "2026-11-20T16:00:00.000Z"})
    assert b"2026-11-19&" in server.requests[1].split(b"\r\n")[0].replace(b" ", b"&")


async def test_a_listing_of_contacts_brings_their_custom_values_along(
    sandbox: Sandbox, connect: Connect, contacts: ObjectSchema
) -> None:
    shop = await connect("activecampaign", page_size="20")
    await shop.create(contacts, {"email": "along@example.com", "plan": "Pro", "city": "Oslo"})
    sandbox.control("DELETE", "/stats")
    along, _ = await read(shop, contacts)
    assert sandbox.stats("activecampaign")["by_route"].keys() == {"GET /api/3/contacts"}
    assert {"Oslo"} < {record.values["city"] for record in along.values()}
    sandbox.configure("activecampaign", side_loading=False)
    untagged = contacts.with_fields(*(field for field in contacts.fields if field.key not in ("tags", "lists")))
    assert (await read(shop, untagged))[0] == {
        key: replace(record, values={name: item for name, item in record.values.items() if untagged.field(name)})
        for key, record in along.items()
    }


async def test_only_contacts_whose_values_are_not_complete_are_asked_for_theirs(
    connect: Connect, contacts: ObjectSchema
) -> None:
    schema = contacts.with_fields(*_own(contacts), *(contacts.by_key[key] for key in ("city",)))
    city = contacts.by_key["city"].wire
    listing = {
        "contacts": [
            {"id": "1", "email": "one@example.com", "fieldValues": ["8"]},
            {"id": "2", "email": "two@example.com", "fieldValues": ["9", "10"]},
            {"id": "3", "email": "three@example.com", "fieldValues": []},
        ],
        "fieldValues": [
            {"id": "8", "contact": "1", "field": city, "value": "Oslo"},
            {"id": "9", "contact": "2", "field": "99", "value": "else"},
        ],
        "meta": {"total": "3"},
    }
    rest = {"fieldValues": [{"id": "10", "contact": "2", "field": city, "value": "Rome"}]}
    async with raw_server([reply(json.dumps(listing)), reply(json.dumps(rest))]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        found, _ = await read(shop, schema)
    assert [record.values["city"] for record in found.values()] == ["Oslo", "Rome", None]
    assert b"GET /api/3/contacts/2/fieldValues" in server.requests[1]


async def test_values_that_no_listing_brings_are_read_in_bulk_and_of_few_contacts_one_by_one(
    sandbox: Sandbox, connect: Connect, contacts: ObjectSchema
) -> None:
    shop = await connect("activecampaign")
    for number in range(40):
        await shop.create(contacts, {"email": f"bulk{number}@example.com", "plan": "Pro", "city": "Oslo"})
    sandbox.configure("activecampaign", side_loading=False)
    sandbox.control("DELETE", "/stats")
    whole, cursor = await read(shop, contacts)
    assert sandbox.stats("activecampaign")["requests"] <= 8
    assert {record.values["city"] for record in whole.values() if "bulk" in str(record.values["email"])} == {"Oslo"}
    sandbox.advance(3600)
    changed = next(record for record in whole.values() if record.values["email"] == "bulk7@example.com")
    updated = (await shop.update(contacts, changed, {"plan": "Free"})).updated_at
    assert updated is not None
    sandbox.control("DELETE", "/stats")
    some, _ = await read(shop, contacts, {"since": (updated - timedelta(minutes=30)).isoformat()})
    assert [record.values["plan"] for record in some.values()] == ["Free"]
    assert sandbox.stats("activecampaign")["by_route"] == {
        "GET /api/3/contacts": 1,
        "GET /api/3/contacts/{id}/fieldValues": 1,
    }
    assert cursor


async def test_more_fields_than_fit_one_page_are_read(connect: Connect) -> None:
    pages = [
        reply(
            json.dumps(
                {
                    "fields": [
                        {"id": str(number), "title": f"F{number}", "type": "text", "perstag": f"F{number}"}
                        for number in range(start, end)
                    ],
                    "fieldOptions": [],
                }
            )
        )
        for start, end in ((0, 100), (100, 130))
    ]
    async with raw_server([*pages, NO_LISTS]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        schema = await shop.schema("contacts")
    assert len(_custom(schema)) == 130


async def test_fields_that_are_not_known_are_shown_and_not_written(connect: Connect) -> None:
    fields = [
        {"id": "1", "title": "Score", "type": "hologram", "perstag": "EMAIL"},
        {"id": "2", "title": "No tag", "type": "text", "perstag": ""},
    ]
    async with raw_server([reply(json.dumps({"fields": fields, "fieldOptions": []})), NO_LISTS]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        schema = await shop.schema("contacts")
    unknown, untagged = _custom(schema)
    assert (unknown.key, unknown.type, unknown.read_only) == ("email_1", FieldType.TEXT, True)
    assert untagged.key == "field_2"


async def test_fields_carry_the_tag_that_stands_for_them_in_an_email(
    contacts: ObjectSchema, orders: ObjectSchema
) -> None:
    tags = {field.key: field.tag for field in contacts.fields if field.tag}
    assert tags["firstName"] == "%FIRSTNAME%"
    assert tags["favourite_colour"] == "%FAVOURITE_COLOUR%"
    assert set(tags) >= {"email", "phone", "lastName", "interests"}
    assert not any(field.tag for field in orders.fields), "the vendor publishes no form for custom objects"


async def test_a_known_schema_is_enough_to_read_and_write_custom_fields(
    connect: Connect, sandbox: Sandbox, contacts: ObjectSchema
) -> None:
    later = await connect("activecampaign")
    sandbox.control("DELETE", "/stats")
    made = await later.create(contacts, {"email": "schema@example.com", "favourite_colour": "Blue"})
    await later.update(contacts, made, {"favourite_colour": "Green"})
    assert (await later.get(contacts, made.id)).values["favourite_colour"] == "Green"
    assert not [route for route in sandbox.stats("activecampaign")["by_route"] if "/fields" in route]
    assert not [field.key for field in contacts.fields if field.wire and not field.wire.isdecimal()]


async def test_a_taken_address_is_a_duplicate_and_overwrites_nobody(shop: Connector, contacts: ObjectSchema) -> None:
    made = await shop.create(contacts, {"email": "taken@example.com", "firstName": "First"})
    other = await shop.create(contacts, {"email": "free@example.com"})
    with pytest.raises(Duplicate) as caught:
        await shop.create(contacts, {"email": "taken@example.com", "firstName": "Second"})
    assert "taken@example.com" in caught.value.message
    assert caught.value.field == "email"
    with pytest.raises(Duplicate):
        await shop.update(contacts, other, {"email": "taken@example.com"})
    assert (await shop.get(contacts, made.id)).values["firstName"] == "First"


@pytest.mark.parametrize(
    ("key", "value"),
    [("phone", "+15125550999"), ("firstName", "Zebulon"), ("notes", "a quite particular note"), ("plan", "Business")],
)
async def test_contacts_are_found_by_other_fields(
    shop: Connector, contacts: ObjectSchema, key: str, value: str
) -> None:
    made = await shop.create(contacts, {"email": f"by.{key}@example.com".lower(), key: value})
    found = await shop.find(contacts, contacts.by_key[key], value)
    assert made.id in [item.id for item in found]
    assert {item.values[key] for item in found} == {value}


async def test_records_are_found_by_their_contact(shop: Connector, orders: ObjectSchema) -> None:
    await shop.create(orders, {EXTERNAL_ID: "of three", "primary-contact": frozenset({"3"})})
    found = await shop.find(orders, orders.by_key["primary-contact"], frozenset({"3"}))
    assert "of three" in [item.external_id for item in found]


async def test_what_a_contact_is_linked_to(shop: Connector, contacts: ObjectSchema, orders: ObjectSchema) -> None:
    records, _ = await read(shop, contacts)
    labels: set[str] = set()
    for contact_id in records:
        for item in await shop.related(contacts, contact_id):
            labels.add(item.label)
            assert item.title
    assert labels >= {"Account", "Deal", "Tag", "List"}
    await shop.create(orders, {EXTERNAL_ID: "linked", "primary-contact": frozenset({"1"})})
    order = (await shop.find_by_external_ids(orders, ["linked"]))["linked"]
    (related,) = await shop.related(orders, order.id)
    assert (related.object, related.record_id, related.association) == ("contacts", "1", "primary-contact")


async def test_a_key_that_is_not_known(connect: Connect) -> None:
    shop = await connect("activecampaign", name="Shop", token="0" * 40)
    for call in (shop.objects(), shop.identify(), shop.schema("contacts")):
        with pytest.raises(CredentialRefused) as caught:
            await call
        assert caught.value.message == "Shop refused its API key."


async def test_a_user_who_is_no_admin(sandbox: Sandbox, connect: Connect, orders: ObjectSchema) -> None:
    token = sandbox.control("POST", "/tokens", platform="activecampaign", admin=False)["token"]
    shop = await connect("activecampaign", name="Shop", token=token)
    granted = {item.name: item.granted for item in (await shop.identify()).permissions}
    assert granted["admin"] is False
    assert granted["contacts"] is True
    with pytest.raises(ScopeMissing) as caught:
        await read(shop, orders)
    assert "admin" in caught.value.message + caught.value.hint


async def test_a_refusal_that_comes_and_goes_is_asked_again(connect: Connect) -> None:
    forbidden = reply('{"message":"Forbidden"}', status="403 Forbidden")
    async with raw_server([forbidden, reply('{"contacts": [], "meta": {"total": "41"}}')]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        assert await shop.count(ObjectSchema("contacts", "Contact", "Contacts")) == 41
    assert shop.traffic.retries == 1


async def test_a_refused_value_names_its_field(shop: Connector, orders: ObjectSchema) -> None:
    with pytest.raises(RecordRefused) as caught:
        await shop.create(orders, {EXTERNAL_ID: "bad", "order-ship-status": "Lost at sea"})
    assert caught.value.field == "order-ship-status"
    assert "order-ship-status" in caught.value.message


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": "Not Found"}, "Not Found."),
        ({"errors": "Bulk operation failed."}, "Bulk operation failed."),
        ({"errors": [{"title": "Wrong", "detail": "", "code": "x"}]}, "Wrong."),
        ({"errors": [{"title": "Bad", "detail": "because"}, {"detail": "and"}, 7]}, "Bad: because; and."),
        ({"success": 0, "message": "No.", "failureReasons": ["first"]}, "No.; first."),
        ({"errors": [{}]}, "status 400."),
        ([], "status 400."),
        (None, "status 400."),
    ],
)
def test_refusals_of_every_shape_have_a_text(body: object, text: str) -> None:
    assert refusal_text(Answer(400, {}, body)) == text


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (FieldType.CHOICES, "||a||b||", frozenset({"a", "b"})),
        (FieldType.CHOICES, "||a||", frozenset({"a"})),
        (FieldType.CHOICES, "", None),
        (FieldType.NUMBER, "10", Decimal(10)),
        (FieldType.DATE, "2024-02-29", date(2024, 2, 29)),
        (FieldType.DATE, "", None),
        (FieldType.TEXT, "x", "x"),
    ],
)
def test_contact_values_there_and_back(type_: FieldType, text: str, value: Value) -> None:
    field = Field("f", "F", type_)
    values: dict[str, Value] = {}
    read_contact_value(values, field, text)
    assert values == {"f": value}
    assert write_contact_value(field, value) == text


def test_empty_dates_are_blank() -> None:
    for text in (None, "", "0000-00-00", "0000-00-00 00:00:00"):
        assert parse_time(text) is None
    values: dict[str, Value] = {}
    read_contact_value(values, Field("f", "F", FieldType.DATE), "0000-00-00")
    assert values == {"f": None}
    read_contact_value(values, Field("g", "G", FieldType.DATE), "soon")
    assert "g" not in values
