"""Record search: filters, order, paging, the lag of the index, and relations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.client import ORDERS, Control, HighLevelClient
from tests.sandbox.conftest import StartSandbox

Own = tuple[HighLevelClient, Control]
ROWS: list[dict[str, Any]] = [
    {"order_number": "A", "weight": 1, "status": "draft", "order_date": "2024-01-01", "note": "Red roses"},
    {"order_number": "B", "weight": 2.5, "status": "sent", "order_date": "2024-02-01", "extras": ["insured"]},
    {"order_number": "C", "weight": 2.5, "status": "sent", "extras": ["insured", "express"]},
    {"order_number": "D", "total": {"currency": "default", "value": 99.5}, "note": "red tulips"},
    {"order_number": "É", "total": {"currency": "default", "value": 10}, "internal_score": 0},
]


@pytest.fixture(scope="module")
def few() -> Iterator[HighLevelClient]:
    """Five orders of the test's own and no others, a second apart on the sandbox's clock."""
    from desktop.sandbox.server import SandboxServer

    with SandboxServer(records=0, seed=1, limits="off") as server, HighLevelClient(server) as client:
        control = Control(server)
        for row in ROWS:
            client.order(**row)
            control.advance(1)
        yield client


def leaf(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    named = field if field in ("createdAt", "updatedAt", "relations") else f"properties.{field}"
    return {"field": named, "operator": operator} | ({} if value is None else {"value": value})


def numbers(client: HighLevelClient, **more: Any) -> str:
    """The order numbers that a search finds, oldest first unless sorted."""
    more.setdefault("sort", [{"field": "createdAt", "direction": "asc"}])
    found = client.search(**more)
    assert found["total"] >= len(found["records"])
    return "".join(item["properties"]["order_number"] for item in found["records"])


CASES: list[tuple[list[Any], str]] = [
    ([leaf("order_number", "eq", "A")], "A"),
    ([leaf("order_number", "eq", "a")], ""),
    ([leaf("order_number", "not_eq", "A")], "BCDÉ"),
    ([leaf("note", "contains", "ed")], "AD"),
    ([leaf("note", "contains", "Red")], "A"),
    ([leaf("note", "not_contains", "Red")], "BCDÉ"),
    ([leaf("note", "exists")], "AD"),
    ([leaf("note", "not_exists")], "BCÉ"),
    ([leaf("status", "eq", "sent")], "BC"),
    ([leaf("status", "eq", "Sent")], ""),
    ([leaf("extras", "eq", "insured")], "BC"),
    ([leaf("extras", "eq", ["insured", "express"])], "C"),
    ([leaf("extras", "not_eq", "express")], "ABDÉ"),
    ([leaf("extras", "exists")], "BC"),
    ([leaf("weight", "eq", 2.5)], "BC"),
    ([leaf("weight", "range", {"gte": 1, "lt": 2.5})], "A"),
    ([leaf("weight", "range", {"gt": 1})], "BC"),
    ([leaf("internal_score", "eq", 0)], "É"),
    ([leaf("total", "range", {"gte": 10, "lte": 50})], "É"),
    ([leaf("total", "eq", 99.5)], "D"),
    ([leaf("order_date", "range", {"lte": "2024-01-31"})], "A"),
    ([leaf("order_date", "exists")], "AB"),
    ([leaf("status", "eq", "sent"), leaf("extras", "eq", "express")], "C"),
    ([{"group": "OR", "filters": [leaf("order_number", "eq", "A"), leaf("weight", "eq", 2.5)]}], "ABC"),
    (
        [
            leaf("weight", "exists"),
            {"group": "OR", "filters": [leaf("status", "eq", "draft"), leaf("extras", "eq", "express")]},
        ],
        "AC",
    ),
    (
        [
            {
                "group": "AND",
                "filters": [
                    leaf("weight", "exists"),
                    {"group": "OR", "filters": [leaf("order_date", "exists"), leaf("note", "exists")]},
                ],
            }
        ],
        "AB",
    ),
]


@pytest.mark.parametrize(("filters", "expected"), CASES)
def test_filters(few: HighLevelClient, filters: list[Any], expected: str) -> None:
    assert numbers(few, filters=filters) == expected
    assert few.search(filters=filters)["total"] == len(expected)


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"filters": [{"field": "oid", "operator": "eq", "value": 1}]}, 422, "Invalid field - oid"),
    ({"filters": [leaf("colour", "eq", 1)]}, 422, "Invalid field - properties.colour"),
    ({"filters": [leaf("weight", "contains", "1")]}, 422, "Invalid Operator (contains) passed for field"),
    ({"filters": [leaf("extras", "contains", "in")]}, 422, "Invalid Operator (contains)"),
    ({"filters": [leaf("order_date", "eq", "2024-01-01")]}, 422, "Invalid Operator (eq)"),
    ({"filters": [leaf("createdAt", "eq", 1)]}, 422, "Invalid Operator (eq) passed for field createdAt"),
    ({"filters": [leaf("note", "starts", "x")]}, 422, "Invalid Operator (starts)"),
    ({"filters": [leaf("weight", "range", {"over": 1})]}, 422, "Invalid value passed"),
    ({"filters": [leaf("weight", "range", {"gt": "1"})]}, 422, "Invalid value passed"),
    ({"filters": [leaf("updatedAt", "range", {"gt": "soon"})]}, 422, "Invalid value passed"),
    ({"filters": [leaf("note", "contains", "x" * 76)]}, 422, "Invalid value passed"),
    ({"filters": [{"group": "XOR", "filters": []}]}, 422, "group must be one of"),
    ({"query": "x" * 76}, 422, "query must be shorter"),
    ({"page": 0}, 422, "page must not be less than 1"),
    ({"pageLimit": 0}, 422, "pageLimit must not be less than 1"),
    ({"pageLimit": 501}, 422, "pageLimit must not be greater than 500"),
    ({"pageLimit": "10"}, 422, "pageLimit must be a number"),
    ({"page": 101, "pageLimit": 100}, 400, "searchAfter"),
    ({"searchAfter": [1, 2, 3]}, 400, "searchAfter"),
    ({"sort": [{"field": "properties.extras"}]}, 422, "Invalid field"),
    ({"sort": [{"field": "createdAt", "direction": "up"}]}, 422, "direction must be one of"),
    ({"limit": 5}, 422, "property limit should not exist"),
]


@pytest.mark.parametrize(("body", "status", "text"), REFUSED)
def test_what_search_refuses(few: HighLevelClient, body: dict[str, Any], status: int, text: str) -> None:
    whole = {"locationId": few.location, "page": 1, "pageLimit": 10, **body}
    message = few.call("POST", f"{ORDERS}/search", whole, status=status)["message"]
    assert text in str(message)


def test_search_needs_a_page_or_a_cursor(few: HighLevelClient) -> None:
    few.call("POST", f"{ORDERS}/search", {"locationId": few.location, "pageLimit": 1}, status=422)
    few.call("POST", f"{ORDERS}/search", {"page": 1, "pageLimit": 1}, status=422)


def test_the_answer_is_201_unless_switched(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    body = {"locationId": highlevel.location, "page": 1, "pageLimit": 1}
    highlevel.call("POST", f"{ORDERS}/search", body, status=201)
    control.configure(search_status=200)
    highlevel.call("POST", f"{ORDERS}/search", body, status=200)


def test_an_item_has_the_keys_of_search(highlevel: HighLevelClient) -> None:
    item = highlevel.seeded()
    assert set(item) == {
        "id",
        "owners",
        "followers",
        "properties",
        "createdAt",
        "updatedAt",
        "locationId",
        "objectId",
        "objectKey",
        "createdBy",
        "lastUpdatedBy",
        "relations",
        "searchAfter",
    }
    assert item["objectKey"] == "custom_objects.orders"
    assert set(item["createdBy"]) == {"channel", "createdAt", "source", "sourceId"}
    (relation,) = item["relations"]
    assert relation["objectKey"] == "contact"
    assert highlevel.call("GET", f"/contacts/{relation['recordId']}")["contact"]["email"]


def test_query_looks_in_the_searchable_properties_without_regard_to_case(few: HighLevelClient) -> None:
    assert numbers(few, query="a") == "A"
    assert numbers(few, query="é") == "É"
    assert numbers(few, query="red") == ""
    keys = ["custom_objects.orders.order_number", "custom_objects.orders.note"]
    body = {"locationId": few.location, "searchableProperties": keys}
    few.call("PUT", "/objects/custom_objects.orders", body)
    assert numbers(few, query="RED") == "AD"
    few.call("PUT", "/objects/custom_objects.orders", body | {"searchableProperties": keys[:1]})


SORTS: list[tuple[list[tuple[str, str]], str]] = [
    ([("createdAt", "desc")], "ÉDCBA"),
    ([("properties.order_number", "desc")], "ÉDCBA"),
    ([("properties.weight", "asc"), ("createdAt", "desc")], "ACBÉD"),
    ([("properties.total", "desc"), ("createdAt", "asc")], "DÉABC"),
]


@pytest.mark.parametrize(("sort", "expected"), SORTS)
def test_sorted_pages_join_without_gaps_or_repeats(
    few: HighLevelClient, sort: list[tuple[str, str]], expected: str
) -> None:
    order = [{"field": field, "direction": direction} for field, direction in sort]
    assert numbers(few, sort=order) == expected
    for size in (1, 2, 3):
        by_page = "".join(numbers(few, sort=order, pageLimit=size, page=page) for page in range(1, 6))
        assert by_page == expected
        by_cursor, after = "", None
        while True:
            found = few.search(sort=order, pageLimit=size, **({"searchAfter": after} if after else {}))["records"]
            if not found:
                break
            by_cursor += "".join(item["properties"]["order_number"] for item in found)
            after = found[-1]["searchAfter"]
        assert by_cursor == expected


def test_rows_of_one_millisecond_are_paged_by_id(start_sandbox: StartSandbox) -> None:
    server = start_sandbox(records=0)
    Control(server).post("clock", frozen=True)
    with HighLevelClient(server) as client:
        made = {client.order(order_number=str(number))["id"] for number in range(25)}
        seen: list[str] = []
        after = None
        while True:
            found = client.search(pageLimit=4, **({"searchAfter": after} if after else {}))["records"]
            if not found:
                break
            seen += [item["id"] for item in found]
            after = found[-1]["searchAfter"]
    assert len(seen) == len(set(seen)) == 25
    assert set(seen) == made


def test_rows_written_while_paging_do_not_shift_the_rest(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    order = [{"field": "createdAt", "direction": "asc"}]
    before = highlevel.ids(sort=order)
    first = highlevel.search(sort=order, pageLimit=5)["records"]
    made = highlevel.order(order_number="late")["id"]
    highlevel.call("DELETE", f"{ORDERS}/{before[0]}")
    rest = highlevel.search(sort=order, pageLimit=100, searchAfter=first[-1]["searchAfter"])["records"]
    assert [item["id"] for item in first + rest] == [*before, made]


def test_changes_since_a_moment_are_found(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    ids = highlevel.ids()
    control.advance(60)
    changed = highlevel.change(ORDERS, ids[3], note="new")["dateUpdated"]
    control.advance(60)
    made = highlevel.order(order_number="newest")
    order = [{"field": "updatedAt", "direction": "asc"}]
    for bound, expected in (({"gte": changed}, [ids[3], made["id"]]), ({"gt": changed}, [made["id"]])):
        found = highlevel.search(sort=order, filters=[leaf("updatedAt", "range", bound)])
        assert [item["id"] for item in found["records"]] == expected
        assert found["total"] == len(expected)
    since = {"gte": made["dateAdded"], "lte": made["dateAdded"]}
    assert highlevel.ids(filters=[leaf("createdAt", "range", since)]) == [made["id"]]


def test_the_index_lags_behind_what_is_written(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.post("clock", frozen=True)
    stale, gone, *_ = highlevel.ids()
    control.configure(index_delay_seconds=5)
    made = highlevel.order(order_number="index")
    highlevel.change(ORDERS, stale, note="fresh")
    highlevel.call("DELETE", f"{ORDERS}/{gone}")
    highlevel.call("GET", f"{ORDERS}/{gone}", status=404)
    assert highlevel.call("GET", f"{ORDERS}/{stale}")["record"]["properties"]["note"] == "fresh"
    assert highlevel.call("GET", f"{ORDERS}/{made['id']}")["record"]["id"] == made["id"]

    shown = {item["id"]: item for item in highlevel.search()["records"]}
    assert highlevel.search()["total"] == len(shown) == 12
    assert made["id"] not in shown
    assert gone in shown
    assert shown[stale]["properties"].get("note") != "fresh"
    assert highlevel.ids(filters=[leaf("order_number", "eq", "index")]) == []

    control.advance(5)
    shown = {item["id"]: item for item in highlevel.search()["records"]}
    assert highlevel.search()["total"] == len(shown) == 12
    assert made["id"] in shown
    assert gone not in shown
    assert shown[stale]["properties"]["note"] == "fresh"
    assert highlevel.ids(filters=[leaf("order_number", "eq", "index")]) == [made["id"]]


def test_each_new_write_lags_anew(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.post("clock", frozen=True)
    control.configure(index_delay_seconds=5)
    id_ = highlevel.order(order_number="one")["id"]
    control.advance(3)
    highlevel.change(ORDERS, id_, order_number="two")
    control.advance(3)
    assert id_ not in highlevel.ids()
    control.advance(2)
    assert highlevel.ids(filters=[leaf("order_number", "eq", "two")]) == [id_]
    highlevel.change(ORDERS, id_, order_number="three")
    highlevel.call("DELETE", f"{ORDERS}/{id_}")
    assert highlevel.ids(filters=[leaf("order_number", "eq", "two")]) == [id_]
    control.advance(5)
    assert id_ not in highlevel.ids()
    assert highlevel.search()["total"] == 12


def test_switching_the_lag_off_shows_everything(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.configure(index_delay_seconds=500)
    id_ = highlevel.order(order_number="late")["id"]
    assert id_ not in highlevel.ids()
    control.configure(index_delay_seconds=0)
    assert id_ in highlevel.ids()


def test_records_are_found_by_what_they_are_related_to(highlevel: HighLevelClient) -> None:
    item = highlevel.seeded()
    (relation,) = item["relations"]
    by_record = {"field": "recordId", "operator": "eq", "value": relation["recordId"]}
    found = highlevel.search(filters=[leaf("relations", "nested", [by_record])])
    assert item["id"] in [one["id"] for one in found["records"]]
    for one in found["records"]:
        assert relation["recordId"] in [link["recordId"] for link in one["relations"]]
    wrong = {"field": "associationId", "operator": "eq", "value": ["nothing"]}
    assert highlevel.search(filters=[leaf("relations", "nested", [by_record, wrong])])["total"] == 0
    bad = {"field": "recordId", "operator": "contains", "value": "x"}
    body = {
        "locationId": highlevel.location,
        "page": 1,
        "pageLimit": 1,
        "filters": [leaf("relations", "nested", [bad])],
    }
    highlevel.call("POST", f"{ORDERS}/search", body, status=422)


def test_a_large_table_gets_an_index_for_what_is_looked_up(start_sandbox: StartSandbox) -> None:
    with HighLevelClient(start_sandbox(records=6000)) as highlevel:
        wanted = {
            "group": "AND",
            "filters": [leaf("receipt_link", "eq", "https://shop.example.com/receipts/13000")],
        }
        found = highlevel.search(filters=[wanted])
        expected = [item for item in found["records"] if item["properties"]["order_number"] == "13000"]
        assert (found["total"], len(expected)) == (1, 1)
        assert highlevel.search(filters=[leaf("order_number", "eq", "13000")])["records"] == expected
        assert highlevel.search()["total"] == 6000
