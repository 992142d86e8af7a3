"""Records, schemas and headers that are well-formed JSON and yet not what a platform should send."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from desktop.connectors.decoding import decode
from desktop.connectors.wire import ANSWER_LIMIT
from desktop.domain.errors import CrosswalkError, NotFound, OutcomeUnknown, UnexpectedAnswer
from desktop.domain.record import Record, encode_values
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType
from tests.connectors.accessally_server import INDEX, ME
from tests.connectors.conftest import Connect
from tests.connectors.hostile import (
    NAME,
    TARGETS,
    WORD,
    Heard,
    Target,
    answer,
    ask,
    assert_sentence,
    read_to_the_end,
    speaking_to,
)
from tests.connectors.raw_server import Reply, reply

pytestmark = pytest.mark.anyio

EACH = pytest.mark.parametrize("target", TARGETS, ids=str)
PAGED = pytest.mark.parametrize("target", [item for item in TARGETS if item.platform != "activecollab"], ids=str)
ONE_BY_ONE = pytest.mark.parametrize("target", [item for item in TARGETS if item.one], ids=str)


def ending(target: Target) -> tuple[bytes, ...]:
    """What follows the only page: of tasks a page without any, of what lies in projects their listing once more."""
    if target.schema.key == "task":
        return (target.page([], 0),)
    return (reply("[]"),) if target.platform == "activecollab" else ()


async def read(target: Target, connect: Connect, rows: Sequence[Any], total: int | None = None) -> Heard:
    """A whole read of one page."""
    stated = len(rows) if total is None else total
    return await ask(target, connect, "read", target.page(rows, stated), *ending(target))


def records(heard: Heard) -> list[Record]:
    assert heard.error is None, heard.error
    assert heard.result[-1].last
    return [record for page in heard.result for record in page.records]


def own_id(record: Record) -> str:
    return record.id.rpartition(":")[2]


# --- ids


@EACH
@pytest.mark.parametrize("as_text", [True, False])
async def test_ids_may_turn_from_numbers_into_text_and_back(connect: Connect, target: Target, as_text: bool) -> None:
    """It is the same record: nothing looks gone and nothing looks new."""
    rows = [{**target.row(number), "id": str(number) if as_text else number} for number in (1, 2)]
    assert sorted(own_id(record) for record in records(await read(target, connect, rows))) == ["1", "2"]


@EACH
@pytest.mark.parametrize("id_", [None, "", [], {}, {"$oid": "1"}, ["1"], True], ids=repr)
async def test_what_is_no_id_makes_no_record(connect: Connect, target: Target, id_: object) -> None:
    heard = await read(target, connect, [{**target.row(1), "id": id_}])
    if heard.error is None:
        # A task without an id is one that HighLevel shows and that can't be reached.
        assert target.schema.key == "task"
        assert records(heard) == []
        return
    assert_sentence(heard.error)


@EACH
async def test_a_record_that_is_twice_on_a_page_is_one(connect: Connect, target: Target) -> None:
    """And does not stand in for one that is missing: the read is refused, or has all that there are."""
    heard = await read(target, connect, [target.row(1), target.row(1), target.row(2)], 2)
    if heard.error is not None:
        assert isinstance(heard.error, UnexpectedAnswer)
        assert_sentence(heard.error)
        return
    assert {own_id(record) for record in records(heard)} == {"1", "2"}


async def test_relations_and_fields_are_told_by_ids_of_either_type(connect: Connect) -> None:
    order = next(target for target in TARGETS if target.schema.key == "orders")
    row = {"id": 1, "fields": [{"id": 7, "value": "seven"}], "relationships": {}}
    schema = order.schema.with_fields(Field("7", "Seven", FieldType.TEXT))
    async with speaking_to(order, connect, answer({"record": row})) as (shop, _):
        assert (await shop.get(schema, "1")).values == {"7": "seven"}
    friend = Field("friend", "Friend", FieldType.REFERENCE, wire="9")
    own = next(target for target in TARGETS if target.schema.key == "custom_objects.orders")
    relation = {"id": 1, "associationId": 9, "firstRecordId": 5, "secondRecordId": 6}
    replies = answer({"record": {"id": 5, "properties": {}}}), answer({"relations": [relation]})
    async with speaking_to(own, connect, *replies) as (highlevel, _):
        read_back = await highlevel.get(own.schema.with_fields(friend), "5")
    assert read_back.values == {"friend": frozenset({"6"})}


# --- what is left out


@pytest.mark.parametrize("fields", [None, {}, {"number": "N1"}, ["number"], "none", 7], ids=repr)
async def test_a_record_without_its_list_of_fields_is_never_written_back(connect: Connect, fields: object) -> None:
    """ActiveCampaign replaces whole records: what was not read would be cleared."""
    order = next(target for target in TARGETS if target.schema.key == "orders")
    row = {"id": "1", **({} if fields is None else {"fields": fields})}
    record = Record("orders", "1", {"number": "N1", "note": None})
    async with speaking_to(order, connect, answer({"record": row})) as (shop, server):
        for call in (shop.get(order.schema, "1"), shop.update(order.schema, record, {"note": "x"})):
            with pytest.raises(UnexpectedAnswer) as caught:
                await call
            assert_sentence(caught.value)
        assert not any(request.startswith(b"POST") for request in server.requests)


CUSTOM = Field("city", "City", FieldType.TEXT, native_type="text", wire="3")


async def test_custom_values_that_an_answer_leaves_out_are_not_blank(connect: Connect) -> None:
    contacts = next(target for target in TARGETS if target.schema.key == "contacts")
    schema = contacts.schema.with_fields(*contacts.schema.fields, CUSTOM)
    async with speaking_to(contacts, connect, answer({"contact": contacts.row(1)})) as (shop, _):
        with pytest.raises(UnexpectedAnswer) as caught:
            await shop.get(schema, "1")
    assert_sentence(caught.value)
    order = next(target for target in TARGETS if target.schema.key == "custom_objects.orders")
    heard = await ask(order, connect, "get", answer({"record": {"id": "1"}}))
    assert isinstance(heard.error, UnexpectedAnswer)


SCHEMA_ANSWERS: Mapping[str, tuple[str, tuple[Reply, ...]]] = {
    "highlevel": ("contact", ()),
    "activecampaign": ("contacts", ()),
    "activecollab": ("tasks", ()),
    "accessally": ("members", (reply(INDEX), reply(ME))),
}
BY_PLATFORM = {target.platform: target for target in TARGETS}


@pytest.mark.parametrize("platform", SCHEMA_ANSWERS)
@pytest.mark.parametrize("body", ["{}", "null", "7", '{"error": "x"}', '"x"', '[{"a": 1}]'])
async def test_a_schema_that_is_left_out_is_not_one_without_fields(connect: Connect, platform: str, body: str) -> None:
    key, opening = SCHEMA_ANSWERS[platform]
    async with speaking_to(BY_PLATFORM[platform], connect, *opening, reply(body)) as (connector, _):
        with pytest.raises(UnexpectedAnswer) as caught:
            await connector.schema(key)
    assert_sentence(caught.value)


@pytest.mark.parametrize("platform", SCHEMA_ANSWERS)
@pytest.mark.parametrize("body", ["{}", "null", "7", '{"error": "x"}', "<html>Welcome</html>"])
async def test_nothing_of_the_platform_is_no_good_connection(connect: Connect, platform: str, body: str) -> None:
    """ "Test connection" does not pass where anything at all answers with a good status."""
    async with speaking_to(BY_PLATFORM[platform], connect, reply(body)) as (connector, _):
        with pytest.raises(CrosswalkError) as caught:
            await connector.identify()
    assert_sentence(caught.value)


# --- types and options that nobody knows


def _highlevel_fields() -> tuple[Reply, ...]:
    fields = [
        {"fieldKey": "custom_objects.x.a", "name": "A", "dataType": "HOLOGRAM", "options": None},
        {"fieldKey": "custom_objects.x.b", "name": None, "dataType": None},
        {"fieldKey": "custom_objects.x.c", "dataType": "RADIO", "options": [{"key": 7}, {"label": "no key"}]},
    ]
    described = {"key": "custom_objects.x", "labels": {"singular": "X"}, "standard": False}
    return answer({"object": described, "fields": fields}), answer({"associations": []})


def _activecampaign_fields() -> tuple[Reply, ...]:
    fields = [
        {"id": 1, "type": "hologram", "perstag": "A", "title": "A"},
        {"id": 2, "type": None, "perstag": "B", "title": None, "options": None},
        {"id": 3, "type": "radio", "perstag": "C", "title": "C", "isrequired": "perhaps"},
    ]
    options = [{"id": 1, "field": "3", "value": 7, "label": None}]
    return answer({"fields": fields, "fieldOptions": options, "meta": {"total": "3"}}), answer({"lists": []})


def _accessally_fields() -> tuple[Reply, ...]:
    meta = {
        "a": {"type": "hologram"},
        "b": {"type": None, "maxLength": "many"},
        "c": {"type": ["string", "null"], "enum": [7, ""], "readonly": 0},
    }
    properties = {"email": {"type": "string"}, "locale": {"enum": "all"}, "meta": {"properties": meta}}
    return reply(INDEX), reply(ME), answer({"schema": {"properties": properties}})


@pytest.mark.parametrize(
    ("platform", "key", "replies"),
    [
        ("highlevel", "custom_objects.x", _highlevel_fields()),
        ("activecampaign", "contacts", _activecampaign_fields()),
        ("accessally", "members", _accessally_fields()),
    ],
)
async def test_types_that_nobody_knows_are_shown_and_not_written(
    connect: Connect, platform: str, key: str, replies: tuple[Reply, ...]
) -> None:
    async with speaking_to(BY_PLATFORM[platform], connect, *replies) as (connector, _):
        schema = await connector.schema(key)
    for name in ("a", "b"):
        assert schema.by_key[name].type is FieldType.TEXT
        assert schema.by_key[name].read_only
        assert schema.by_key[name].label
    assert schema.by_key["c"].type is FieldType.CHOICE
    assert [option.key for option in schema.by_key["c"].options] == ["7"]


# --- values

ODD_VALUES: Mapping[str, Any] = {
    "a date of no calendar": "2026-02-31",
    "a date in words": "the day after tomorrow",
    "a date as a large number": 10**21,
    "a number too large for a date": 10**12,
    "a list in a list": [[["x"]]],
    "an object": {"x": {"y": None}},
    "a number in words": "12 apples",
    "not a number": "NaN",
    "yes": True,
}
TYPED = tuple(
    Field(f"f{number}", f"F{number}", type_, wire=f"f{number}", native_type="text")
    for number, type_ in enumerate(type_ for type_ in FieldType if type_ is not FieldType.REFERENCE)
)


def _typed(target: Target, value: object) -> tuple[ObjectSchema, dict[str, Any]]:
    """An object with a field of every type, and a row with that value in each."""
    values = {field.key: value for field in TYPED}
    row = target.row(1)
    match target.platform, target.schema.key:
        case "highlevel", "custom_objects.orders":
            row["properties"] = values
        case "highlevel", "contact" | "opportunity":
            row["customFields"] = [{"id": key, "value": value} for key in values]
        case "activecampaign", "orders":
            row["fields"] = [{"id": key, "value": value} for key in values]
        case "accessally", _:
            row["meta"] = values
        case "activecollab", _:
            row |= values
        case _:
            row |= {"createdTimestamp": value, "dueDate": value}
    times = (
        "dateAdded",
        "dateUpdated",
        "createdAt",
        "updatedAt",
        "created_on",
        "updated_on",
        "registered_date",
        "cdate",
    )
    row |= dict.fromkeys((*times, "udate", "createdTimestamp", "updatedTimestamp"), value)
    return target.schema.with_fields(*target.schema.fields, *TYPED), row


@EACH
@pytest.mark.parametrize("value", ODD_VALUES.values(), ids=ODD_VALUES.keys())
async def test_a_value_of_another_form_costs_that_value_and_no_more(
    connect: Connect, target: Target, value: object
) -> None:
    """It counts as not read, or is taken for what it says; the record and its other values are there."""
    schema, row = _typed(target, value)
    before, _ = target.calls["read"]
    replies = (*before, target.page([row], 1), *ending(target))
    if target.schema.key == "contacts":
        row = {**target.row(1), "cdate": value, "udate": value}
        schema, replies = target.schema, (*before, target.page([row], 1))
    async with speaking_to(target, connect, *replies) as (connector, _):
        pages = [page async for page in connector.read(schema)]
    found = [record for page in pages for record in page.records]
    assert [own_id(record) for record in found] == ["1"]
    json.dumps(encode_values(found[0].values))


LONG = "x" * 3_000_000
TEXTS: Mapping[str, tuple[str, str]] = {
    "NUL and control characters": ("a\x00b\x07\x1b[31m", "a\x00b\x07\x1b[31m"),
    "half of a character": ("cut \ud83d", "cut \ufffd"),
    "the other half": ("\ude00 cut", "\ufffd cut"),
    "whole characters": ("\U0001f600 \\ud83d \\\\", "\U0001f600 \\ud83d \\\\"),
    "right to left": ("\u202egnp.exe", "\u202egnp.exe"),
    "three million letters": (LONG, LONG),
}


@ONE_BY_ONE
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_odd_texts_are_read_as_they_are(connect: Connect, target: Target, text: tuple[str, str]) -> None:
    sent, expected = text
    heard = await ask(target, connect, "get", target.single(target.row(1, **{target.text_key: sent})))
    assert heard.error is None, heard.error
    assert heard.result.values[target.text_key] == expected


@ONE_BY_ONE
@pytest.mark.parametrize("depth", [50, 300, 600, 900])
async def test_a_value_in_many_brackets_harms_nothing(connect: Connect, target: Target, depth: int) -> None:
    whole = target.single(target.row(1, **{target.text_key: "MARK"})).partition(b"\r\n\r\n")[2]
    body = whole.replace(b'"MARK"', b"[" * depth + b'"x"' + b"]" * depth)
    for call in ("get", "create"):
        heard = await ask(target, connect, call, reply(body))
        if heard.error is not None:
            assert_sentence(heard.error)
            assert call == "get" or isinstance(heard.error, OutcomeUnknown)


ECHO = f"No \x00\x1b[31m good {WORD} " + "and so on " * 20_000


@pytest.mark.parametrize(
    ("platform", "status", "body"),
    [
        ("highlevel", "422 Unprocessable", {"message": [ECHO.replace(WORD, f"pit-{WORD}")]}),
        ("activecampaign", "422 Unprocessable", {"errors": [{"title": ECHO, "detail": ECHO}]}),
        ("activecampaign", "400 Bad Request", {"success": 0, "message": ECHO, "failureReasons": [ECHO]}),
        (
            "activecollab",
            "500 Error",
            {"type": "ValidationErrors", "field_errors": {"name": [ECHO.replace(WORD, f"1-{WORD}")]}},
        ),
        (
            "accessally",
            "400 Bad Request",
            {"code": "rest_x", "message": ECHO, "data": {"status": 400, "params": {"a": ECHO}}},
        ),
    ],
)
async def test_what_a_platform_says_is_cut_to_a_sentence(
    connect: Connect, platform: str, status: str, body: Mapping[str, Any]
) -> None:
    target = next(item for item in TARGETS if item.platform == platform)
    heard = await ask(target, connect, "update", reply(json.dumps(body), status=status))
    assert heard.error is not None
    assert_sentence(heard.error)
    assert "good" in heard.error.message


async def test_a_missing_permission_does_not_show_the_key(connect: Connect) -> None:
    target = next(item for item in TARGETS if item.platform == "activecampaign")
    forbidden = reply(json.dumps({"message": f"Not with {WORD}"}), status="403 Forbidden")
    heard = await ask(target, connect, "get", forbidden, forbidden, forbidden, answer({"user": {"id": "1"}}))
    assert heard.error is not None
    assert "may not do this" in heard.error.message
    assert_sentence(heard.error)


@pytest.mark.parametrize("number", [b"1e999999999", b"-1e-999999999", b"1e99999999999999999999", b"1" * 5000])
def test_numbers_out_of_all_proportion_are_no_numbers(number: bytes) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        decode(b'{"x": ' + number + b"}")


def test_numbers_of_any_use_are_read() -> None:
    assert decode(b"[1.10, 1e300, 12345678901234567890123, -0.0]") == [
        Decimal("1.10"),
        Decimal("1e300"),
        12345678901234567890123,
        Decimal("0.0"),
    ]


# --- sizes and ends


def _endless(head: str) -> Callable[[asyncio.StreamWriter], None]:
    """An answer that promises two times what is read at most, and keeps sending."""

    def write(writer: asyncio.StreamWriter) -> None:
        size = 2 * ANSWER_LIMIT
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n{head}".encode()
        )
        chunk = b'"' + b"x" * 1_000_000
        for _ in range(ANSWER_LIMIT // len(chunk) + 2):
            writer.write(chunk)

    return write


@pytest.mark.parametrize("platform", SCHEMA_ANSWERS)
@pytest.mark.parametrize("call", ["read", "create"])
async def test_an_answer_of_more_than_fifty_megabytes_is_not_read(connect: Connect, platform: str, call: str) -> None:
    target = next(item for item in TARGETS if item.platform == platform)
    heard = await ask(target, connect, call, _endless('{"contacts": ['))
    assert heard.error is not None
    assert "more than fits into one answer" in heard.error.message or isinstance(heard.error, OutcomeUnknown)
    assert isinstance(heard.error, OutcomeUnknown) is (call == "create")
    assert_sentence(heard.error)
    assert len(heard.requests) == 1


@PAGED
async def test_a_page_that_comes_again_and_again_is_no_end(connect: Connect, target: Target) -> None:
    """A server, or a cache before it, that gives the same page whatever is asked for."""
    full = target.page([target.row(number) for number in range(1, 101)], 199)
    before, _ = target.calls["read"]
    async with speaking_to(target, connect, *before, full) as (connector, server):
        seen, error = await read_to_the_end(connector, target.schema)
        assert len(server.requests) < 120
    assert error is not None
    assert_sentence(error)
    assert not any(page.last for page in seen)


@PAGED
async def test_two_pages_in_turns_are_no_end(connect: Connect, target: Target) -> None:
    pages = [target.page([target.row(number) for number in range(start, start + 100)], 1000) for start in (1, 100)]
    before, _ = target.calls["read"]
    async with speaking_to(target, connect, *before, *(pages * 100)) as (connector, server):
        seen, error = await read_to_the_end(connector, target.schema)
        assert len(server.requests) < 300
    assert error is not None
    assert_sentence(error)
    assert not any(page.last for page in seen)


@PAGED
async def test_a_listing_that_stops_short_of_what_it_states_is_not_whole(connect: Connect, target: Target) -> None:
    if target.schema.key == "task":
        pytest.skip("no number of tasks is stated")
    heard = await ask(
        target, connect, "read", target.page([target.row(number) for number in range(1, 31)], 500), target.page([], 500)
    )
    assert heard.error is not None, "30 of 500 looked like all"
    assert_sentence(heard.error)


async def test_a_collection_of_activecollab_that_stops_short_is_not_whole(connect: Connect) -> None:
    target = BY_PLATFORM["activecollab"]
    companies = next(item for item in TARGETS if item.schema.key == "companies")
    told = ("X-Angie-PaginationItemsPerPage: 100", "X-Angie-PaginationTotalItems: 213")
    first = answer([{"id": n} for n in range(1, 31)], *told, "X-Angie-PaginationCurrentPage: 1")
    end = answer([], *told, "X-Angie-PaginationCurrentPage: 2")
    async with speaking_to(target, connect, *[first, end] * 4) as (connector, _):
        with pytest.raises(UnexpectedAnswer, match=f"30 of 213 records of {NAME}") as caught:
            _ = [page async for page in connector.read(companies.schema)]
    assert_sentence(caught.value)


async def test_pages_shorter_than_asked_for_are_all_read(connect: Connect) -> None:
    """A platform that gives 20 rows where 100 were asked for."""
    contacts = next(item for item in TARGETS if item.schema.key == "contacts")
    pages = [contacts.page([contacts.row(n) for n in range(start, start + 20)], 60) for start in (1, 21, 41)]
    assert len(records(await ask(contacts, connect, "read", *pages))) == 60
    accounts = next(item for item in TARGETS if item.schema.key == "accounts")
    pages = [accounts.page([accounts.row(n) for n in range(start, start + 20)], 58) for start in (1, 20, 39)]
    assert len(records(await ask(accounts, connect, "read", *pages))) == 58


async def test_custom_fields_that_come_in_short_pages_are_all_there(connect: Connect) -> None:
    fields = [{"id": n, "type": "text", "perstag": f"F{n}", "title": f"F{n}"} for n in range(1, 31)]
    pages = [answer({"fields": fields[start : start + 20], "meta": {"total": "30"}}) for start in (0, 20)]
    target = BY_PLATFORM["activecampaign"]
    async with speaking_to(target, connect, *pages, answer({"lists": [], "meta": {"total": "0"}})) as (shop, _):
        schema = await shop.schema("contacts")
    assert sum(field.key.startswith("f") and field.key[1:].isdecimal() for field in schema.fields) == 30


# --- headers


@EACH
@pytest.mark.parametrize(
    "headers",
    [
        ("Date: Fri, 20 Nov 99999999999999 19:16:00 GMT",),
        ("Retry-After: Fri, 99999999999999999999 Nov 2026 19:16:00 GMT",),
        (f"X-RateLimit-Max: {'9' * 5000}", "X-RateLimit-Interval-Milliseconds: 10000"),
        (f"RateLimit-Limit: {'9' * 5000}", "RateLimit-Remaining: -5"),
        ("X-RateLimit-Max: many", "X-RateLimit-Interval-Milliseconds: 0", "RateLimit-Limit: 0"),
    ],
    ids=["date", "retry after", "limit", "limit a second", "no numbers"],
)
async def test_headers_of_no_sense_do_not_hide_what_became_of_a_create(
    connect: Connect, target: Target, headers: tuple[str, ...]
) -> None:
    body = target.single(target.row(1)).partition(b"\r\n\r\n")[2]
    good = await ask(target, connect, "create", reply(body, *headers))
    assert good.error is None, good.error
    failed = await ask(target, connect, "create", reply("<html>", *headers, status="503 Busy", kind="text/html"))
    assert isinstance(failed.error, OutcomeUnknown)
    assert_sentence(failed.error)


async def test_memory_stays_within_bounds_while_an_answer_is_too_large(connect: Connect) -> None:
    target = BY_PLATFORM["highlevel"]
    before, call = target.calls["read"]
    async with speaking_to(target, connect, *before, _endless('{"tasks": [')) as (connector, _):
        tracemalloc.start()
        try:
            with pytest.raises(UnexpectedAnswer):
                await call(connector)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    # The server's own share of what it sends is counted here as well.
    assert peak < 3 * ANSWER_LIMIT


async def test_a_record_of_another_object_is_not_taken_for_one_of_this(connect: Connect) -> None:
    orders = next(item for item in TARGETS if str(item) == "highlevel-custom_objects.orders")
    own = await ask(orders, connect, "get", orders.single(orders.row(1, objectKey="custom_objects.orders")))
    assert own.error is None
    heard = await ask(orders, connect, "get", orders.single(orders.row(1, objectKey="custom_objects.pets")))
    assert isinstance(heard.error, NotFound)
