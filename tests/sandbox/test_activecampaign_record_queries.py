"""The query language of ActiveCampaign's records list in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.activecampaign_account import Account, open_account


@pytest.fixture(scope="module")
def shared() -> Iterator[Account]:
    with open_account() as opened:
        yield opened


@pytest.fixture
def account(shared: Account) -> Account:
    shared.control.post("/reset")
    return shared


NUMBERS = ("A1", "A2", "B1", "C*", "D_")


@pytest.fixture
def orders(account: Account) -> str:
    """Five orders, a second apart, the middle ones changed again later."""
    address = f"/customObjects/records/{account.schema_id('orders')}"
    for position, number in enumerate(NUMBERS):
        fields: list[dict[str, Any]] = [
            {"id": "order-number", "value": number},
            {"id": "order-total", "value": 10 * position + 0.5},
            {"id": "extras", "value": ["gift wrap", "insured"][: position % 3]},
        ]
        if position % 2 == 0:
            fields.append({"id": "order-date", "value": f"2026-05-{10 + position}"})
        write(account, address, number, fields, position + 1)
        account.advance(1)
    return address


def write(account: Account, orders: str, external: str, fields: list[dict[str, Any]], contact: int) -> None:
    record = {"externalId": external, "fields": fields, "relationships": {"primary-contact": [contact]}}
    assert account.post(orders, {"record": record}).status_code == 201


def found(account: Account, orders: str, **query: object) -> list[str]:
    body = account.read(orders, **{"orders__createdTimestamp": "ASC", **query})
    assert body["meta"]["total"] == len(body["records"]) == body["meta"]["count"]
    return [record["externalId"] for record in body["records"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filters__externalId": "A2"}, ["A2"]),
        ({"filters__externalId__in": "A2,B1,Z"}, ["A2", "B1"]),
        ({"filters__externalId__contains": "A*"}, ["A1", "A2"]),
        ({"filters__fields.order-number__eq": "A1"}, ["A1"]),
        ({"filters__fields.order-number": "a1"}, []),
        ({"filters__fields.order-number__contains": "1"}, ["A1", "B1"]),
        ({"filters__fields.order-number__contains": "*1"}, ["A1", "B1"]),
        ({"filters__fields.order-number__contains": "1*"}, []),
        ({"filters__fields.order-number__contains": "_"}, ["D_"]),
        ({"filters__fields.order-number__gte": "B1"}, ["B1", "C*", "D_"]),
        ({"filters__fields.order-number__in": "A1, C*"}, ["A1", "C*"]),
        ({"filters__fields.order-total__gt": "10.5"}, ["B1", "C*", "D_"]),
        ({"filters__fields.order-total__gte": "10.5", "filters__fields.order-total__lt": 30.5}, ["A2", "B1"]),
        ({"filters__fields.order-total__lte": ".5"}, ["A1"]),
        ({"filters__fields.order-date__gt": "2026-05-10"}, ["B1", "D_"]),
        ({"filters__fields.order-date__blank": ""}, ["A2", "C*"]),
        ({"filters__fields.order-date__not_blank": "1"}, ["A1", "B1", "D_"]),
        ({"filters__fields.extras": "insured"}, ["B1"]),
        ({"filters__fields.extras__in": "insured,gift wrap"}, ["A2", "B1", "D_"]),
        ({"filters__fields.extras__blank": "true"}, ["A1", "C*"]),
        ({"filters__relationships.primary-contact__eq": "3"}, ["B1"]),
        ({"filters__relationships.primary-contact": "3", "filters__fields.order-number": "A1"}, []),
        ({"filters__relationships.account": "3"}, []),
        ({"filters__fields.nothing": "x"}, []),
        ({"filters__created_after": "2020-01-01"}, []),
        ({"filters__createdTimestamp__gt": "2020-01-01T00:00:00Z"}, []),
        ({"filters__updatedTimestamp__gte": "2020-01-01T00:00:00Z"}, []),
    ],
)
def test_filters(account: Account, orders: str, query: dict[str, object], expected: list[str]) -> None:
    assert found(account, orders, **query) == expected


def test_a_time_can_only_be_asked_for_exactly(account: Account, orders: str) -> None:
    record = account.read(f"{orders}/external/B1")["record"]
    assert found(account, orders, filters__createdTimestamp=record["createdTimestamp"]) == ["B1"]
    assert found(account, orders, filters__updatedTimestamp__eq=record["updatedTimestamp"]) == ["B1"]


def test_a_filter_that_makes_no_sense_is_400(account: Account, orders: str) -> None:
    for query in (
        {"filters__fields.order-number__like": "x"},
        {"filters__fields.order-total__gt": "much"},
        {"filters__relationships.primary-contact__gt": "1"},
        {"filters__createdTimestamp": "yesterday"},
    ):
        assert account.get(orders, **query).status_code == 400


def test_orders(account: Account, orders: str) -> None:
    write(account, orders, "A2", [{"id": "order-number", "value": "X"}], 1)

    def names(**query: object) -> list[str]:
        return [record["externalId"] for record in account.read(orders, **query)["records"]]

    assert names(orders__createdTimestamp="DESC") == ["D_", "C*", "B1", "A2", "A1"]
    assert names(orders__updatedTimestamp="DESC") == ["A2", "D_", "C*", "B1", "A1"]
    assert names(orders__updatedTimestamp="ASC", limit=2, offset=1) == ["B1", "C*"]
    assert names(**{"orders__fields.order-total": "DESC"}) == ["D_", "C*", "B1", "A1", "A2"]
    assert names(**{"orders__fields.order-number": "ASC"}) == ["A1", "B1", "C*", "D_", "A2"]
    unordered = account.read(orders)["records"]
    assert [record["id"] for record in unordered] == sorted(record["id"] for record in unordered)


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("prop", ["createdTimestamp", "updatedTimestamp", "id", "externalId"])
def test_pages_by_offset_hold_every_record_once(account: Account, prop: str, direction: str) -> None:
    address = f"/customObjects/records/{account.schema_id('orders')}"
    for number in range(23):
        given = {"fields": [], "externalId": f"{number:02d}"} if number % 3 else {"fields": []}
        account.post(address, {"record": given})
    order = {f"orders__{prop}": direction}
    whole = account.read(address, limit=100, **order)["records"]
    assert len(whole) == 23
    pages: list[Any] = []
    for offset in range(0, 25, 5):
        body = account.read(address, limit=5, offset=offset, **order)
        assert body["meta"]["total"] == 23
        pages += body["records"]
    assert pages == whole
    if prop.endswith("Timestamp"):
        times = [record[prop] for record in whole]
        assert times == sorted(times, reverse=direction == "DESC")


def test_a_page_after_a_write_is_counted_from_the_start(account: Account, orders: str) -> None:
    order = {"orders__createdTimestamp": "ASC"}
    first = account.read(orders, limit=2, offset=0, **order)["records"]
    assert [record["externalId"] for record in first] == ["A1", "A2"]
    account.delete(f"{orders}/external/A1")
    second = account.read(orders, limit=2, offset=2, **order)["records"]
    assert [record["externalId"] for record in second] == ["C*", "D_"]


def test_users_who_are_no_admins_must_name_a_relation(account: Account, orders: str) -> None:
    token = account.control.post("/tokens", json={"platform": "activecampaign"}).json()["token"]
    with account.client(token) as someone:
        refused = someone.get(orders)
        assert refused.status_code == 403
        assert refused.json()["errors"][0]["title"] == "Forbidden"
        allowed = someone.get(orders, params={"filters[relationships.primary-contact][eq]": "1"})
        assert [record["externalId"] for record in allowed.json()["records"]] == ["A1"]
        assert someone.get(f"{orders}/external/A2").status_code == 200
