"""What is HighLevel's own: scopes, refusals, keys and ids, money, associations, searches that lag."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from desktop.connectors.base import ChangeReport, Connector
from desktop.connectors.highlevel.convert import read_into, write_delta, write_property
from desktop.connectors.highlevel.records import Records
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
    UnexpectedAnswer,
)
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, File, Money, Value
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect, Sandbox
from tests.connectors.raw_server import raw_server, reply

pytestmark = pytest.mark.anyio

ORDERS = "custom_objects.orders"


@pytest.fixture
async def highlevel(connect: Connect) -> Connector:
    return await connect("highlevel")


@pytest.fixture
async def orders(highlevel: Connector) -> ObjectSchema:
    return await highlevel.schema(ORDERS)


@pytest.fixture
async def contacts(highlevel: Connector) -> ObjectSchema:
    return await highlevel.schema("contact")


async def test_objects_are_highlevels_own_and_the_custom_ones(highlevel: Connector) -> None:
    listed = await highlevel.objects()
    keys = ["contact", "opportunity", "business", "task", ORDERS, "custom_objects.memberships"]
    assert [item.key for item in listed] == keys
    assert [item.custom for item in listed] == [False, False, False, False, True, True]
    assert (listed[4].label, listed[4].plural, listed[4].title) == ("Order", "Orders", "order_number")
    assert (listed[2].label, listed[2].plural, listed[2].title) == ("Company", "Companies", "name")


async def test_fields_carry_what_the_platform_says_of_them(orders: ObjectSchema) -> None:
    fields = orders.by_key
    assert fields["order_number"].required
    assert fields["total"].type is FieldType.MONEY
    assert fields["total"].currency == "USD"
    assert fields["note"].max_length == 12_000
    assert [(option.key, option.label) for option in fields["extras"].options] == [
        ("gift_wrap", "gift wrap"),
        ("insured", "insured"),
        ("express", "express"),
    ]
    reference = fields["order_contact"]
    assert (reference.type, reference.target, reference.label) == (FieldType.REFERENCE, "contact", "Contact")


async def test_records_say_who_changed_them_and_users_have_names(
    highlevel: Connector, orders: ObjectSchema, connect: Connect, sandbox: Sandbox
) -> None:
    records, _ = await read(highlevel, orders)
    ids = sorted({record.updated_by for record in records.values()})
    assert {"Amelia Walker", "Jonas Keller", "Priya Sharma"} <= set((await highlevel.people(ids)).values())
    one = next(iter(records.values()))
    changed = await highlevel.update(orders, one, {"note": "Ring twice"})
    assert changed.updated_by == (await read(highlevel, orders))[0][one.id].updated_by
    assert await highlevel.people([changed.updated_by, "no-such-user"]) == {changed.updated_by: "an app"}
    token = sandbox.control("POST", "/tokens", platform="highlevel", scopes=["objects/record.readonly"])["token"]
    assert await (await connect("highlevel", token=token)).people(ids) == {}


async def test_every_data_type_of_the_second_object_is_read(highlevel: Connector) -> None:
    schema = await highlevel.schema("custom_objects.memberships")
    natives = {field.native_type for field in schema.fields}
    assert {"TEXTBOX_LIST", "FILE_UPLOAD", "RADIO", "PHONE", "CHECKBOX"} <= natives
    rows = [field for field in schema.fields if field.native_type == "TEXTBOX_LIST"]
    assert all("." in field.key and field.type is FieldType.TEXT for field in rows)
    assert all(field.read_only for field in schema.fields if field.type is FieldType.FILE)
    records, _ = await read(highlevel, schema)
    seen = {field.key for field in schema.fields for record in records.values() if record.get(field.key)}
    assert {field.key for field in rows} & seen
    assert next(field.key for field in schema.fields if field.type is FieldType.FILE) in seen
    record = next(iter(records.values()))
    updated = await highlevel.update(schema, record, {rows[0].key: "first row"})
    assert updated.values[rows[0].key] == "first row"
    assert (await highlevel.get(schema, record.id)).values[rows[0].key] == "first row"


async def test_custom_fields_of_contacts_go_by_their_key(contacts: ObjectSchema) -> None:
    field = contacts.by_key["favourite_colour"]
    assert field.label == "Favourite colour"
    assert field.wire
    assert field.tag == "{{contact.favourite_colour}}"
    assert contacts.by_key["companyName"].read_only


@pytest.mark.parametrize("option", ["", "nok"])
async def test_amounts_without_a_currency_are_in_the_stated_one(connect: Connect, option: str) -> None:
    highlevel = await connect("highlevel", currency=option)
    expected = option.upper() or "USD"
    for key, field in ((ORDERS, "total"), ("contact", "lifetime_value")):
        schema = await highlevel.schema(key)
        records, _ = await read(highlevel, schema)
        amounts = [record.values[field] for record in records.values() if record.values[field] is not None]
        currencies = {money.currency for money in amounts if isinstance(money, Money)}
        assert expected in currencies
        assert currencies <= {expected, "EUR"}, "only an amount that states its currency has another one"


async def test_another_currency_is_written_by_its_code(highlevel: Connector, orders: ObjectSchema) -> None:
    total = Money(Decimal("10.5"), "EUR")
    record = await highlevel.create(orders, {"order_number": "euro", "total": total})
    assert (await highlevel.get(orders, record.id)).values["total"] == total


async def test_relations_follow_the_order_of_the_association(
    highlevel: Connector, orders: ObjectSchema, contacts: ObjectSchema
) -> None:
    people = list((await read(highlevel, contacts))[0].values())[:3]
    record = await highlevel.create(
        orders, {"order_number": "related", "order_contact": frozenset({people[0].id, people[1].id})}
    )
    assert record.values["order_contact"] == frozenset({people[0].id, people[1].id})
    updated = await highlevel.update(orders, record, {"order_contact": frozenset({people[1].id, people[2].id})})
    assert updated.values["order_contact"] == frozenset({people[1].id, people[2].id})
    assert await highlevel.get(orders, record.id) == updated
    listed, _ = await read(highlevel, orders)
    assert listed[record.id].values["order_contact"] == updated.values["order_contact"]
    related = await highlevel.related(orders, record.id)
    assert {(item.object, item.record_id, item.label) for item in related} == {
        ("contact", people[1].id, "Contact"),
        ("contact", people[2].id, "Contact"),
    }
    back = await highlevel.related(contacts, people[2].id)
    assert (ORDERS, record.id, "Orders") in {(item.object, item.record_id, item.label) for item in back}
    assert all(item.id for item in related)


async def test_a_relation_that_fails_leaves_the_new_record_known(highlevel: Connector, orders: ObjectSchema) -> None:
    record = await highlevel.create(
        orders, {"order_number": "lonely", "order_contact": frozenset({"000000000000000000000000"})}
    )
    assert record.id
    assert record.values["order_contact"] is None


async def test_only_what_changes_is_sent(sandbox: Sandbox, highlevel: Connector, orders: ObjectSchema) -> None:
    record = await highlevel.create(orders, {"order_number": "patch", "extras": frozenset({"insured"})})
    before = sandbox.stats("highlevel")["by_route"]
    await highlevel.update(orders, record, {"extras": frozenset({"insured"})})
    after = sandbox.stats("highlevel")["by_route"]
    update = "PUT /objects/{schemaKey}/records/{id}"
    assert after.get(update, 0) == before.get(update, 0), "nothing changes, so nothing is written"


async def test_a_contact_that_is_there_is_a_duplicate(highlevel: Connector, contacts: ObjectSchema) -> None:
    await highlevel.create(contacts, {"email": "twice@example.com"})
    with pytest.raises(Duplicate) as caught:
        await highlevel.create(contacts, {"email": "Twice@example.com"})
    assert "Agency already has a contact" in caught.value.message


async def test_contacts_are_found_before_the_index_knows_them(
    sandbox: Sandbox, highlevel: Connector, contacts: ObjectSchema, orders: ObjectSchema
) -> None:
    sandbox.configure("highlevel", index_delay_seconds=3600)
    made = await highlevel.create(contacts, {"email": "fresh@example.com", "phone": "+15125550142"})
    for key, value in (("email", "FRESH@example.com"), ("phone", "+15125550142")):
        found = await highlevel.find(contacts, contacts.by_key[key], value)
        assert [item.id for item in found] == [made.id]
    order = await highlevel.create(orders, {"order_number": "fresh"})
    assert await highlevel.find(orders, orders.by_key["order_number"], "fresh") == []
    assert (await highlevel.get(orders, order.id)).values["order_number"] == "fresh"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("weight", Decimal("7777.25")),
        ("total", Money(Decimal("8888.5"), "USD")),
        ("order_date", date(1999, 12, 31)),
        ("receipt_link", "https://shop.example.com/receipts/found"),
    ],
)
async def test_records_are_found_by_values_of_every_searchable_type(
    highlevel: Connector, orders: ObjectSchema, key: str, value: Value
) -> None:
    made = await highlevel.create(orders, {"order_number": f"by {key}", key: value})
    found = await highlevel.find(orders, orders.by_key[key], value)
    assert [item.id for item in found] == [made.id]
    assert [item.id for item in await highlevel.find(orders, orders.by_key["@id"], made.id)] == [made.id]


@pytest.mark.parametrize("key", ["firstName", "favourite_colour", "plan", "member_since"])
async def test_contacts_are_found_by_other_fields(highlevel: Connector, contacts: ObjectSchema, key: str) -> None:
    values: dict[str, Value] = {
        "firstName": "Zebulon",
        "favourite_colour": "ultraviolet",
        "plan": "Business",
        "member_since": date(1998, 1, 2),
    }
    made = await highlevel.create(contacts, {"email": f"by.{key}@example.com".lower(), key: values[key]})
    found = await highlevel.find(contacts, contacts.by_key[key], values[key])
    assert made.id in [item.id for item in found]
    assert {item.values[key] for item in found} == {values[key]}


async def test_what_can_not_be_searched_says_so(highlevel: Connector, orders: ObjectSchema) -> None:
    capabilities = highlevel.capabilities(orders)
    assert capabilities.changes is ChangeReport.SINCE
    assert "extras" not in capabilities.find_keys
    with pytest.raises(NotSupported):
        await highlevel.find(orders, orders.by_key["extras"], frozenset({"insured"}))
    with pytest.raises(NotSupported):
        await highlevel.find_by_external_ids(orders, ["1"])


async def test_a_token_that_is_not_known(connect: Connect) -> None:
    highlevel = await connect("highlevel", token="pit-00000000-0000-0000-0000-000000000000")
    for call in (highlevel.objects(), highlevel.identify(), highlevel.schema(ORDERS)):
        with pytest.raises(CredentialRefused) as caught:
            await call
        assert caught.value.message == "Agency refused its token."
        assert "Connections" in caught.value.hint


async def test_a_token_of_another_location(connect: Connect) -> None:
    highlevel = await connect("highlevel", account="anotherLocation00000")
    with pytest.raises(CredentialRefused, match="anotherLocation00000"):
        await highlevel.objects()


async def test_a_connection_needs_its_location(connect: Connect) -> None:
    with pytest.raises(InvalidInput, match="location id"):
        await connect("highlevel", account=" ")


async def test_a_missing_scope_is_named_before_anything_is_written(
    sandbox: Sandbox, connect: Connect, orders: ObjectSchema, contacts: ObjectSchema
) -> None:
    token = sandbox.control(
        "POST", "/tokens", platform="highlevel", scopes=["contacts.readonly", "objects/record.readonly"]
    )["token"]
    limited = await connect("highlevel", token=token)
    assert [item.key for item in await limited.objects()] == ["contact"]
    records, _ = await read(limited, orders)
    record = next(iter(records.values()))
    for call, scope in (
        (limited.create(orders, {"order_number": "no"}), "objects/record.write"),
        (limited.update(orders, record, {"note": "no"}), "objects/record.write"),
        (limited.delete(orders, record.id), "objects/record.write"),
        (limited.create(contacts, {"email": "no@example.com"}), "contacts.write"),
        (limited.related(orders, record.id), "associations/relation.readonly"),
        (limited.schema(ORDERS), "objects/schema.readonly"),
    ):
        with pytest.raises(ScopeMissing) as caught:
            await call
        assert scope in caught.value.message
        assert "needed for" in caught.value.message
    assert (await limited.get(orders, record.id)).values["order_number"]


async def test_identify_tells_what_the_token_may_do(sandbox: Sandbox, connect: Connect) -> None:
    whole = await (await connect("highlevel")).identify()
    assert whole.name == "Blue Heron Shop"
    assert whole.quota is not None
    assert whole.quota.limit == 100
    granted = {item.name: item.granted for item in whole.permissions}
    assert granted["objects/record.readonly"] is True
    assert granted["objects/record.write"] is None
    token = sandbox.control("POST", "/tokens", platform="highlevel", scopes=["contacts.readonly"])["token"]
    limited = await (await connect("highlevel", token=token)).identify()
    granted = {item.name: item.granted for item in limited.permissions}
    assert granted["contacts.readonly"] is True
    assert granted["locations.readonly"] is False
    assert granted["objects/schema.readonly"] is False
    assert granted["objects/record.readonly"] is None
    assert sandbox.stats("highlevel")["writes"] == 0


async def test_a_refused_value_names_its_field(highlevel: Connector, orders: ObjectSchema) -> None:
    with pytest.raises(RecordRefused) as caught:
        await highlevel.create(orders, {"order_number": "bad", "status": "no such option"})
    assert caught.value.field == "status"
    assert "Order" in caught.value.message
    with pytest.raises(RecordRefused) as caught:
        await highlevel.create(orders, {"note": "no number"})
    assert caught.value.field == "order_number"


async def test_what_is_not_there_is_not_found(
    highlevel: Connector, orders: ObjectSchema, contacts: ObjectSchema
) -> None:
    for schema, id_ in ((orders, "0" * 24), (contacts, "noSuchContact0000000")):
        with pytest.raises(NotFound):
            await highlevel.get(schema, id_)
        await highlevel.delete(schema, id_)
        assert await highlevel.find(schema, schema.by_key["@id"], id_) == []


@pytest.mark.parametrize("kind", ["500", "503", "reset", "truncate"])
async def test_a_create_is_never_sent_twice(
    sandbox: Sandbox, highlevel: Connector, orders: ObjectSchema, contacts: ObjectSchema, kind: str
) -> None:
    for schema, values in (
        (orders, {"order_number": f"once {kind}"}),
        (contacts, {"email": f"once.{kind}@example.com"}),
    ):
        sandbox.fault("highlevel", kind, next=1, when="after")
        with pytest.raises(OutcomeUnknown):
            await highlevel.create(schema, values)
        key, value = next(iter(values.items()))
        assert len(await highlevel.find(schema, schema.by_key[key], value)) == 1


async def test_reading_that_keeps_failing_raises_and_never_just_stops(
    sandbox: Sandbox, connect: Connect, orders: ObjectSchema
) -> None:
    highlevel = await connect("highlevel", page_size="10")
    sandbox.fault("highlevel", "500", probability=1, path="search")
    with pytest.raises(PlatformUnavailable):
        await read(highlevel, orders)


def _search(rows: list[Mapping[str, Any]], total: int) -> bytes:
    return reply(json.dumps({"records": rows, "total": total}), status="201 Created")


def _row(number: int) -> Mapping[str, Any]:
    return {"id": f"{number:024x}", "properties": {"order_number": str(number)}, "searchAfter": [number, "x"]}


async def test_a_listing_that_ends_too_early_is_no_listing(connect: Connect, orders: ObjectSchema) -> None:
    async with raw_server([_search([_row(1), _row(2)], 500), _search([], 500)]) as server:
        highlevel = await connect("highlevel", base_url=server.url, page_size="2")
        with pytest.raises(UnexpectedAnswer, match="2 of 500"):
            await read(highlevel, orders)


async def test_a_listing_that_goes_in_circles_is_noticed(connect: Connect, orders: ObjectSchema) -> None:
    async with raw_server([_search([_row(1), _row(2)], 500)]) as server:
        highlevel = await connect("highlevel", base_url=server.url, page_size="2")
        with pytest.raises(UnexpectedAnswer):
            await read(highlevel, orders)


async def test_a_filter_that_is_refused_means_reading_everything(connect: Connect, orders: ObjectSchema) -> None:
    refused = reply('{"statusCode":422,"message":["Invalid field - updatedAt"]}', status="422 Unprocessable Entity")
    async with raw_server([refused, _search([_row(1)], 1)]) as server:
        highlevel = await connect("highlevel", base_url=server.url)
        records, _ = await read(highlevel, orders, {"since": "2026-01-01T00:00:00.000Z"})
    assert len(records) == 1
    assert b"updatedAt" in server.requests[0]
    assert b"updatedAt" not in server.requests[1]


async def test_a_reading_that_is_given_up_leaves_nothing_behind(connect: Connect, orders: ObjectSchema) -> None:
    highlevel = await connect("highlevel", page_size="5")
    pages = highlevel.read(orders)
    first = await anext(pages)
    assert len(first.records) == 5
    await pages.aclose()  # type: ignore[attr-defined]


FIELD = {type_: Field("f", "F", type_, currency="USD") for type_ in FieldType}


@pytest.mark.parametrize(
    ("type_", "raw", "expected"),
    [
        (FieldType.NUMBER, "12.50", Decimal("12.50")),
        (FieldType.MONEY, {"currency": "default", "value": 3}, Money(Decimal(3), "USD")),
        (FieldType.MONEY, {"currency": "eur", "value": Decimal("3.5")}, Money(Decimal("3.5"), "EUR")),
        (FieldType.MONEY, 5, Money(Decimal(5), "USD")),
        (FieldType.DATE, "2024-07-11T00:00:00.000Z", date(2024, 7, 11)),
        (FieldType.DATE, 1720656000000, date(2024, 7, 11)),
        (FieldType.CHOICES, "one", frozenset({"one"})),
        (FieldType.CHOICES, [], None),
        (FieldType.FILE, [{"url": "https://x/1", "meta": {"name": "a.pdf"}}], (File("https://x/1", "a.pdf"),)),
        (FieldType.FILE, {"u": {"url": "https://x/1", "meta": {}}}, (File("https://x/1"),)),
        (FieldType.TEXT, {"a": "1", "b": ["2", "3"]}, "1, 2, 3"),
        (FieldType.TEXT, 7, "7"),
        (FieldType.BOOLEAN, "true", True),
    ],
)
def test_forms_in_which_values_come(type_: FieldType, raw: object, expected: Value) -> None:
    values: dict[str, Value] = {}
    read_into(values, FIELD[type_], raw)
    assert values == {"f": expected}


@pytest.mark.parametrize(
    ("type_", "raw"),
    [
        (FieldType.NUMBER, "seven"),
        (FieldType.NUMBER, "NaN"),
        (FieldType.DATE, "soon"),
        (FieldType.MONEY, {"currency": "USD"}),
        (FieldType.FILE, [{"name": "a"}]),
    ],
)
def test_values_of_an_unknown_form_are_not_read(type_: FieldType, raw: object) -> None:
    values: dict[str, Value] = {}
    read_into(values, FIELD[type_], raw)
    assert values == {}


def test_what_a_multiple_choice_sends() -> None:
    assert write_delta(frozenset({"a", "b"}), frozenset({"b", "c"})) == {"add": ["a"], "remove": ["c"]}
    assert write_delta(None, frozenset({"c"})) == {"add": [], "remove": ["c"]}
    assert write_delta(frozenset({"c"}), frozenset({"c"})) is None


def test_what_money_sends() -> None:
    assert write_property(FIELD[FieldType.MONEY], Money(Decimal("10.00"), "usd")) == {
        "currency": "default",
        "value": 10,
    }
    assert write_property(FIELD[FieldType.MONEY], Money(Decimal("1E+2"), "SEK")) == {
        "currency": "SEK",
        "value": 100,
    }


def test_relations_that_were_not_listed_are_not_read() -> None:
    field = Field("friend", "Friend", FieldType.REFERENCE, wire="a1")
    schema = ObjectSchema("custom_objects.x", "X", "Xs", custom=True, fields=(field,))
    inline = {"createdAt": "2026-01-01T00:00:00.000Z", "properties": {}}
    linked = {**inline, "relations": [{"associationId": "a1", "recordId": "r1"}, {"associationId": "b"}]}
    assert Records.read_row(schema, {"id": "1", **linked}).values == {"friend": frozenset({"r1"})}
    assert Records.read_row(schema, {"id": "1", **inline, "relations": []}).values == {"friend": None}
    assert Records.read_row(schema, {"id": "1", "properties": {}, "relations": []}).values == {}


@pytest.mark.parametrize("id_", ["../../contacts/x", "a/b", "a?b=c", "a b", "\n"])
async def test_an_id_leads_nowhere_else(sandbox: Sandbox, highlevel: Connector, orders: ObjectSchema, id_: str) -> None:
    before = set(sandbox.stats("highlevel")["by_route"])
    with pytest.raises((NotFound, UnexpectedAnswer)):
        await highlevel.get(orders, id_)
    routes = set(sandbox.stats("highlevel")["by_route"]) - before
    assert routes <= {"GET /objects/{schemaKey}/records/{id}", "GET (unknown)"}


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b'{"objects": 7}',
        b'{"objects": [7]}',
        b'{"objects": [{"key": "custom_objects.x", "labels": "none"}]}',
    ],
)
async def test_answers_of_another_shape_are_unexpected(connect: Connect, body: bytes) -> None:
    async with raw_server([reply(body)]) as server:
        highlevel = await connect("highlevel", base_url=server.url)
        with pytest.raises(UnexpectedAnswer):
            await highlevel.objects()


async def test_records_of_another_shape_are_unexpected(connect: Connect, orders: ObjectSchema) -> None:
    rows: list[Mapping[str, Any]] = [{"id": "1", "properties": 7}]
    async with raw_server([_search(rows, 1)]) as server:
        highlevel = await connect("highlevel", base_url=server.url)
        with pytest.raises(UnexpectedAnswer):
            await read(highlevel, orders)


async def test_a_search_that_is_refused_is_not_taken_for_nothing_found(connect: Connect, orders: ObjectSchema) -> None:
    refused = reply('{"statusCode":422,"message":["Invalid field - weight"]}', status="422 Unprocessable Entity")
    async with raw_server([refused]) as server:
        highlevel = await connect("highlevel", base_url=server.url)
        with pytest.raises(NotSupported):
            await highlevel.find(orders, orders.by_key["weight"], Decimal(1))


@pytest.mark.parametrize("name", ["page_size", "timeout_seconds"])
async def test_options_that_are_no_numbers_are_named(connect: Connect, name: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        await connect("highlevel", **{name: "many"})
