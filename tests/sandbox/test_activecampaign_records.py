"""ActiveCampaign's custom object records in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
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


ORDER = {
    "externalId": "10001",
    "fields": [
        {"id": "order-number", "value": "10001"},
        {"id": "order-date", "value": "2026-05-20"},
        {"id": "placed-at", "value": "2026-05-20T14:51:12+02:00"},
        {"id": "order-total", "value": 15.12, "currency": "EUR"},
        {"id": "order-ship-status", "value": "Received"},
        {"id": "extras", "value": ["gift wrap", "insured"]},
        {"id": "weight", "value": 1.5},
    ],
    "relationships": {"primary-contact": [3]},
}


@pytest.fixture
def orders(account: Account) -> str:
    return f"/customObjects/records/{account.schema_id('orders')}"


def write(account: Account, orders: str, **given: Any) -> Any:
    answer = account.post(orders, {"record": given})
    assert answer.status_code == 201, answer.text
    return answer.json()["record"]


def values(record: dict[str, Any]) -> dict[str, Any]:
    return {entry["id"]: entry["value"] for entry in record["fields"]}


def test_a_write_answers_201_without_id_and_times(account: Account, orders: str) -> None:
    made = write(account, orders, **ORDER)
    assert made == {
        "externalId": "10001",
        "schemaId": orders.rsplit("/", 1)[1],
        "fields": ORDER["fields"],
        "relationships": {"primary-contact": ["3"]},
    }
    kept = account.read(f"{orders}/external/10001")["record"]
    assert {key: kept[key] for key in made} == made
    assert kept["createdTimestamp"] == kept["updatedTimestamp"]
    assert account.read(f"{orders}/{kept['id']}")["record"] == kept
    listed = account.read(orders)
    assert listed == {"records": [kept], "meta": {"total": 1, "count": 1, "limit": 20, "offset": 0}}


def test_a_write_replaces_the_record(account: Account, orders: str) -> None:
    write(account, orders, **ORDER)
    first = account.read(f"{orders}/external/10001")["record"]
    account.advance(5)
    write(account, orders, externalId="10001", fields=[{"id": "order-ship-status", "value": "Shipped"}])
    second = account.read(f"{orders}/external/10001")["record"]
    assert values(second) == {"order-ship-status": "Shipped"}
    assert second["relationships"] == {}
    assert (second["id"], second["createdTimestamp"]) == (first["id"], first["createdTimestamp"])
    assert second["updatedTimestamp"] > first["updatedTimestamp"]
    assert account.read(orders)["meta"]["total"] == 1
    assert account.read(orders, **{"filters__relationships.primary-contact": 3})["records"] == []


def test_the_external_id_decides_before_the_id(account: Account, orders: str) -> None:
    write(account, orders, externalId="A", fields=[])
    write(account, orders, externalId="B", fields=[])
    a, b = (account.read(f"{orders}/external/{name}")["record"]["id"] for name in "AB")
    write(account, orders, id=b, externalId="A", fields=[{"id": "order-number", "value": "1"}])
    assert values(account.read(f"{orders}/{a}")["record"]) == {"order-number": "1"}
    assert values(account.read(f"{orders}/{b}")["record"]) == {}
    write(account, orders, id=b, externalId="C", fields=[])
    assert account.read(f"{orders}/external/C")["record"]["id"] == b
    assert account.get(f"{orders}/external/B").status_code == 400
    write(account, orders, id="00000000-0000-4000-8000-000000000000", externalId="D", fields=[])
    assert account.read(f"{orders}/external/D")["record"]["id"] != "00000000-0000-4000-8000-000000000000"
    write(account, orders, id=a, fields=[])
    assert account.read(f"{orders}/{a}")["record"]["externalId"] == "A"


def test_without_any_id_every_write_is_a_new_record(account: Account, orders: str) -> None:
    assert "externalId" not in write(account, orders, fields=[])
    write(account, orders, fields=[])
    assert account.read(orders)["meta"]["total"] == 2


def test_external_ids_differ_by_case_and_may_hold_a_slash(account: Account, orders: str) -> None:
    for name in ("a", "A", "2026/05/7", "ü &?"):
        write(account, orders, externalId=name, fields=[])
    assert account.read(orders)["meta"]["total"] == 4
    for name, escaped in (("a", "a"), ("2026/05/7", "2026%2F05%2F7"), ("ü &?", "%C3%BC%20%26%3F")):
        assert account.read(f"{orders}/external/{escaped}")["record"]["externalId"] == name
    assert account.delete(f"{orders}/external/2026%2F05%2F7").status_code == 202
    assert account.read(orders)["meta"]["total"] == 3


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ({"id": "weight", "value": 1.25}, {"value": 1.3}),
        ({"id": "weight", "value": -1.25}, {"value": -1.3}),
        ({"id": "weight", "value": 7}, {"value": 7}),
        ({"id": "order-total", "value": 15.125}, {"value": 15.13, "currency": "USD"}),
        ({"id": "order-total", "value": 1.005, "currency": "EUR"}, {"value": 1.01, "currency": "EUR"}),
        ({"id": "order-number", "value": ""}, {"value": ""}),
        ({"id": "extras", "value": []}, {"value": []}),
        (
            {"id": "placed-at", "value": "2026-05-20T14:51:12.123456789Z"},
            {"value": "2026-05-20T14:51:12.123456789Z"},
        ),
    ],
)
def test_what_is_kept_of_a_value(account: Account, orders: str, field: dict[str, Any], kept: dict[str, Any]) -> None:
    assert write(account, orders, externalId="1", fields=[field])["fields"] == [{"id": field["id"], **kept}]


def test_null_is_as_good_as_left_out(account: Account, orders: str) -> None:
    assert write(account, orders, externalId="1", fields=[{"id": "weight", "value": None}])["fields"] == []


@pytest.mark.parametrize(
    "field",
    [
        {"id": "unknown", "value": "x"},
        {"id": "order-number", "value": 5},
        {"id": "order-date", "value": "20.05.2026"},
        {"id": "order-date", "value": "2026-02-30"},
        {"id": "placed-at", "value": "2026-05-20T14:51:12"},
        {"id": "placed-at", "value": "2026-05-20"},
        {"id": "order-total", "value": "15.12"},
        {"id": "order-total", "value": 15.12, "currency": "euro"},
        {"id": "order-ship-status", "value": "Lost"},
        {"id": "order-ship-status", "value": ""},
        {"id": "extras", "value": ["gift wrap", "bow"]},
        {"id": "extras", "value": "gift wrap"},
        {"id": "weight", "value": True},
        {"id": "weight", "value": "1.5"},
    ],
)
def test_a_wrong_value_is_422_and_keeps_nothing(account: Account, orders: str, field: dict[str, Any]) -> None:
    answer = account.post(orders, {"record": {"externalId": "1", "fields": [field]}})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["title"] == f'Invalid value for field "{field["id"]}"'
    assert error["source"] == {"type": "pointer", "value": f"/data/attributes/{field['id']}"}
    assert account.read(orders)["meta"]["total"] == 0


def test_a_required_field_left_out_is_422(account: Account) -> None:
    subscriptions = f"/customObjects/records/{account.schema_id('subscriptions')}"
    for given in ([], [{"id": "name", "value": None}]):
        answer = account.post(subscriptions, {"record": {"externalId": "new", "fields": given}})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["source"]["value"] == "/data/attributes/name"
    wrong = [{"id": "seats", "value": "x"}, {"id": "fee", "value": "y"}]
    answer = account.post(subscriptions, {"record": {"fields": wrong}})
    assert [error["source"]["value"] for error in answer.json()["errors"]] == [
        "/data/attributes/seats",
        "/data/attributes/fee",
    ]


@pytest.mark.parametrize(
    "related",
    [{"account": [1]}, {"primary-contact": [1, 2]}, {"primary-contact": "1"}, {"primary-contact": ["x"]}],
)
def test_a_wrong_relationship_is_422(account: Account, orders: str, related: dict[str, Any]) -> None:
    answer = account.post(orders, {"record": {"fields": [], "relationships": related}})
    assert answer.status_code == 422
    name = next(iter(related))
    assert answer.json()["errors"][0]["source"]["value"] == f"/data/attributes/relationships/{name}"


@pytest.mark.parametrize(
    "body", [{}, {"record": []}, {"record": {"fields": {"weight": 1}}}, {"record": {"fields": [1]}}, "text"]
)
def test_a_wrong_shape_is_400(account: Account, orders: str, body: Any) -> None:
    answer = account.post(orders, body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["title"] == "Bad Request"


def test_deletes_are_202_without_a_body_and_at_once(account: Account, orders: str) -> None:
    account.configure(index_delay_seconds=10)
    write(account, orders, externalId="1", fields=[])
    write(account, orders, externalId="2", fields=[])
    account.advance(11)
    identifier = account.read(f"{orders}/external/1")["record"]["id"]
    for address in (f"{orders}/{identifier}", f"{orders}/external/2"):
        gone = account.delete(address)
        assert (gone.status_code, gone.content) == (202, b"")
        assert account.delete(address).status_code == 400
    assert account.read(orders)["records"] == []


def test_an_unknown_record_is_400_or_as_set_404(account: Account, orders: str) -> None:
    for address in (f"{orders}/none", f"{orders}/external/none"):
        assert account.get(address).status_code == 400
        assert account.get(address).json() == {"errors": [{"status": 400, "title": "Bad Request"}]}
    account.configure(unknown_record_status=404)
    for address in (f"{orders}/none", f"{orders}/external/none"):
        assert (account.get(address).status_code, account.get(address).json()) == (
            404,
            {"message": "Not Found"},
        )


def test_there_is_no_put_and_wrong_addresses_are_400(account: Account, orders: str) -> None:
    write(account, orders, **ORDER)
    record = account.read(f"{orders}/external/10001")["record"]
    for method in ("PUT", "PATCH"):
        for address in (f"{orders}/{record['id']}", f"{orders}/external/10001"):
            refused = account.api.request(method, address, json={"record": ORDER})
            assert (refused.status_code, refused.content) == (405, b"")
    schema = orders.rsplit("/", 1)[1]
    for answer in (
        account.get("/customObjects/records", schemaId=schema),
        account.get(f"/customObjects/{schema}/records"),
        account.post("/customObjects/records", {"record": ORDER}),
    ):
        assert (answer.status_code, answer.json()) == (
            400,
            {"errors": [{"status": 400, "title": "Bad Request"}]},
        )
    assert account.read(f"{orders}/external/10001")["record"] == record


def test_the_list_lags_behind_by_the_delay_that_is_set(account: Account, orders: str) -> None:
    write(account, orders, externalId="old", fields=[{"id": "order-number", "value": "1"}])
    before = account.read(orders)["records"]
    account.configure(index_delay_seconds=10)
    write(account, orders, externalId="new", fields=[], relationships={"primary-contact": [4]})
    write(account, orders, externalId="old", fields=[{"id": "order-number", "value": "2"}])
    assert values(account.read(f"{orders}/external/old")["record"]) == {"order-number": "2"}
    assert account.read(f"{orders}/external/new")["record"]["externalId"] == "new"
    stale = account.read(orders, orders__updatedTimestamp="DESC")
    assert (stale["records"], stale["meta"]["total"]) == (before, 1)
    assert account.read(orders, **{"filters__relationships.primary-contact": 4})["meta"]["total"] == 0
    assert account.read(orders, **{"filters__fields.order-number": 1})["meta"]["total"] == 1
    account.advance(9)
    assert account.read(orders)["meta"]["total"] == 1
    account.advance(2)
    fresh = account.read(orders, orders__createdTimestamp="ASC")
    assert [record["externalId"] for record in fresh["records"]] == ["old", "new"]
    assert values(fresh["records"][0]) == {"order-number": "2"}
    assert account.read(orders, **{"filters__relationships.primary-contact": 4})["meta"]["total"] == 1


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    with open_account(records=10, state=tmp_path) as account:
        address = f"/customObjects/records/{account.schema_id('orders')}"
        write(account, address, **ORDER)
        record = account.read(f"{address}/external/10001")
        contact = account.contact("jane@example.com")
        token = account.ready["token"]
    with open_account(records=10, state=tmp_path) as account:
        assert account.ready["token"] == token
        assert account.read(f"{address}/external/10001") == record
        assert account.read("/contacts", email="jane@example.com")["contacts"][0]["id"] == contact
        assert account.read("/contacts")["meta"]["total"] == "3"
