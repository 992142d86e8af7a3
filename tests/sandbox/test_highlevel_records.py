"""Records: where the location goes, what each type takes, and what reads show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.client import MEMBERSHIPS, ORDERS, Control, HighLevelClient

Own = tuple[HighLevelClient, Control]


def test_create_wants_the_location_in_the_body(highlevel: HighLevelClient) -> None:
    properties = {"order_number": "R-1"}
    whole = {"locationId": highlevel.location, "properties": properties}
    answer = highlevel.call("POST", ORDERS, whole, status=422, **highlevel.at)
    assert answer["message"] == ["property locationId should not exist"]
    answer = highlevel.call("POST", ORDERS, {"properties": properties}, status=400)
    assert answer["message"] == "LocationId is not specified"
    made = highlevel.call("POST", ORDERS, whole, status=201)["record"]
    assert set(made) == {"id", "owner", "followers", "properties", "dateAdded", "dateUpdated"}
    assert made["properties"] == properties
    assert len(made["id"]) == 24
    assert made["dateAdded"] == made["dateUpdated"]


def test_update_wants_the_location_in_the_query(highlevel: HighLevelClient) -> None:
    id_ = highlevel.order(order_number="R-2")["id"]
    body: dict[str, Any] = {"properties": {"weight": 1.25}}
    answer = highlevel.call("PUT", f"{ORDERS}/{id_}", body | highlevel.at, status=422, **highlevel.at)
    assert answer["message"] == ["property locationId should not exist"]
    answer = highlevel.call("PUT", f"{ORDERS}/{id_}", body, status=404)
    assert answer["message"] == "Custom Object (custom_objects.orders) not found"
    changed = highlevel.call("PUT", f"{ORDERS}/{id_}", body, status=200, **highlevel.at)["record"]
    assert changed["properties"] == {"order_number": "R-2", "weight": 1.25}


def test_delete_wants_no_location(highlevel: HighLevelClient) -> None:
    id_ = highlevel.order(order_number="R-3")["id"]
    answer = highlevel.call("DELETE", f"{ORDERS}/{id_}", status=422, **highlevel.at)
    assert answer["message"] == ["property locationId should not exist"]
    answer = highlevel.call("DELETE", f"{ORDERS}/{id_}", status=200)
    assert (answer["id"], answer["success"]) == (id_, True)
    assert highlevel.call("GET", f"{ORDERS}/{id_}", status=404)["error"] == "Not Found"
    highlevel.call("DELETE", f"{ORDERS}/{id_}", status=404)
    highlevel.call("PUT", f"{ORDERS}/{id_}", {"properties": {}}, status=404, **highlevel.at)


def test_get_takes_a_location_or_none_and_shows_no_relations(highlevel: HighLevelClient) -> None:
    item = highlevel.seeded()
    assert item["relations"]
    for query in ({}, highlevel.at):
        record = highlevel.call("GET", f"{ORDERS}/{item['id']}", **query)["record"]
        assert record["properties"] == item["properties"]
        assert (record["dateAdded"], record["dateUpdated"]) == (item["createdAt"], item["updatedAt"])
        assert record["relations"] == []


def test_a_record_is_found_under_its_own_object_only(highlevel: HighLevelClient) -> None:
    id_ = highlevel.order(order_number="R-4")["id"]
    highlevel.call("GET", f"{MEMBERSHIPS}/{id_}", status=404)
    answer = highlevel.call("GET", f"/objects/custom_objects.none/records/{id_}", status=404)
    assert answer["message"] == "Custom Object (custom_objects.none) not found"
    schema = highlevel.call("GET", "/objects/custom_objects.orders", **highlevel.at)["object"]
    assert highlevel.call("GET", f"/objects/{schema['id']}/records/{id_}")["record"]["id"] == id_
    highlevel.call("GET", f"/objects/contact/records/{id_}", status=400)


def test_bodies_are_whitelisted(highlevel: HighLevelClient) -> None:
    body = {"locationId": highlevel.location, "properties": {"order_number": "R-5"}, "colour": "red"}
    answer = highlevel.call("POST", ORDERS, body, status=422)
    assert answer["message"] == ["property colour should not exist"]
    assert answer["error"] == "Unprocessable Entity"
    answer = highlevel.call("POST", ORDERS, {"locationId": highlevel.location}, status=422)
    assert answer["message"] == ["properties must be an object", "properties should not be empty"]
    for name in ("owner", "owners", "followers"):
        body = {"locationId": highlevel.location, "properties": {"order_number": "R-5"}, name: ["u"]}
        answer = highlevel.call("POST", ORDERS, body, status=422)
        assert answer["message"] == [f"property {name} should not exist"]


def test_owner_and_followers_can_be_admitted(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.configure(owner_writable=True)
    body = {"locationId": highlevel.location, "properties": {"order_number": "R-6"}, "owner": ["u1"]}
    made = highlevel.call("POST", ORDERS, body, status=201)["record"]
    assert made["owner"] == ["u1"]
    change = {"followers": {"add": ["u2", "u3"]}, "owner": {"remove": ["u1"]}}
    changed = highlevel.call("PUT", f"{ORDERS}/{made['id']}", change, **highlevel.at)["record"]
    assert (changed["owner"], changed["followers"]) == ([], ["u2", "u3"])
    assert highlevel.search()["records"][0]["followers"] == ["u2", "u3"]
    highlevel.call("PUT", f"{ORDERS}/{made['id']}", {"owner": ["a", "b"]}, status=400, **highlevel.at)


def test_the_required_property_is_required(highlevel: HighLevelClient) -> None:
    body = {"locationId": highlevel.location, "properties": {"weight": 1}}
    answer = highlevel.call("POST", ORDERS, body, status=400)
    assert answer["message"] == "Missing required properties to create Order - order_number"
    assert answer["errorCode"] == "required_property_missing"
    assert answer["fieldKey"] == "custom_objects.orders.order_number"
    id_ = highlevel.order(order_number="R-7")["id"]
    body = {"properties": {"order_number": None}}
    assert highlevel.call("PUT", f"{ORDERS}/{id_}", body, status=400, **highlevel.at)["fieldKey"]


@pytest.mark.parametrize("key", ["colour", "custom_objects.orders.note", "note.part"])
def test_unknown_and_full_keys_are_refused(highlevel: HighLevelClient, key: str) -> None:
    assert highlevel.refused(ORDERS, order_number="R-8", **{key: "x"}).startswith("Invalid Key Passed")


def test_unset_properties_are_left_out_and_null_clears(highlevel: HighLevelClient) -> None:
    made = highlevel.order(order_number="R-9", note="hello", weight=None, extras=[])
    assert made["properties"] == {"order_number": "R-9", "note": "hello"}
    changed = highlevel.change(ORDERS, made["id"], note=None, weight=2)
    assert changed["properties"] == {"order_number": "R-9", "weight": 2}
    read = highlevel.call("GET", f"{ORDERS}/{made['id']}")["record"]
    assert read["properties"] == changed["properties"]


def test_an_update_touches_only_what_it_names_and_moves_the_time(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    made = highlevel.order(order_number="R-10", note="kept", weight=1, extras=["insured"])
    control.advance(5)
    changed = highlevel.change(ORDERS, made["id"], weight=2)
    assert changed["properties"] == made["properties"] | {"weight": 2}
    assert changed["dateAdded"] == made["dateAdded"]
    assert changed["dateUpdated"] > made["dateUpdated"]


GOOD: list[tuple[str, Any]] = [
    ("receipt_link", ""),
    ("note", "a" * 12_000),
    ("note", "two\nlines, ünïcode and 😀"),
    ("weight", 0),
    ("weight", -1.005),
    ("weight", 12345678901),
    ("total", {"currency": "default", "value": 0}),
    ("total", {"currency": "EUR", "value": 19.99}),
    ("order_date", "2024-02-29"),
    ("status", "sent"),
    ("extras", ["express", "gift_wrap"]),
]


@pytest.mark.parametrize(("key", "value"), GOOD)
def test_values_come_back_as_they_were_written(highlevel: HighLevelClient, key: str, value: Any) -> None:
    made = highlevel.order(order_number="R-11", **{key: value})
    assert highlevel.call("GET", f"{ORDERS}/{made['id']}")["record"]["properties"][key] == value
    found = highlevel.search(sort=[{"field": "createdAt", "direction": "desc"}])["records"]
    assert next(item for item in found if item["id"] == made["id"])["properties"][key] == value


BAD: list[tuple[str, str, Any, str]] = [
    (ORDERS, "order_number", 10, "must be a string"),
    (ORDERS, "note", "a" * 12_001, "12000"),
    (ORDERS, "weight", "1.5", "must be a number"),
    (ORDERS, "weight", True, "must be a number"),
    (ORDERS, "total", 10, "missing a currency code"),
    (ORDERS, "total", {"value": 10}, "missing a currency code"),
    (ORDERS, "total", {"currency": "default", "value": "10"}, "must be a number"),
    (ORDERS, "total", {"currency": "dollars", "value": 10}, "currency and value"),
    (ORDERS, "order_date", "29.02.2024", "YYYY-MM-DD"),
    (ORDERS, "order_date", "2023-02-29", "YYYY-MM-DD"),
    (ORDERS, "order_date", "2024-02-29T00:00:00Z", "YYYY-MM-DD"),
    (ORDERS, "status", "Sent", "Invalid option"),
    (ORDERS, "status", ["sent"], "must be a string"),
    (ORDERS, "extras", "insured", "array of option keys"),
    (ORDERS, "extras", ["insured", "gift wrap"], "Invalid option"),
    (MEMBERSHIPS, "phone", "415 555 0100", "country code"),
    (MEMBERSHIPS, "answers", "x", "Invalid Key Passed"),
    (MEMBERSHIPS, "answers.none", "x", "Invalid Key Passed"),
    (MEMBERSHIPS, "card", [{"url": "https://x.example/a.exe"}], "does not accept"),
    (MEMBERSHIPS, "card", [{"url": "https://x.example/a.pdf"}] * 2, "at most 1"),
]


@pytest.mark.parametrize(("path", "key", "value", "text"), BAD)
def test_values_of_the_wrong_kind_are_refused(
    highlevel: HighLevelClient, path: str, key: str, value: Any, text: str
) -> None:
    required = {"order_number": "R-12"} if path == ORDERS else {"name": "R-12"}
    assert text in highlevel.refused(path, **required | {key: value})


def test_several_options_are_added_and_removed(highlevel: HighLevelClient) -> None:
    id_ = highlevel.order(order_number="R-13", extras=["insured"])["id"]
    changed = highlevel.change(ORDERS, id_, extras={"add": ["express", "insured"], "remove": ["gift_wrap"]})
    assert changed["properties"]["extras"] == ["insured", "express"]
    changed = highlevel.change(ORDERS, id_, extras={"remove": ["insured", "express"]})
    assert "extras" not in changed["properties"]
    for wrong in (["insured"], {}, {"set": ["insured"]}, {"add": "insured"}):
        body = {"properties": {"extras": wrong}}
        answer = highlevel.call("PUT", f"{ORDERS}/{id_}", body, status=422, **highlevel.at)
        assert answer["message"] == "We couldn't apply updates to Extras due to an unexpected format"
    body = {"properties": {"extras": {"add": ["ribbon"]}}}
    highlevel.call("PUT", f"{ORDERS}/{id_}", body, status=400, **highlevel.at)
    assert "extras" not in highlevel.call("GET", f"{ORDERS}/{id_}")["record"]["properties"]


def test_radio_may_take_free_text_and_text_boxes_have_rows(highlevel: HighLevelClient) -> None:
    row = "answers.goal"
    made = highlevel.create(MEMBERSHIPS, name="R-14", level="platinum", **{row: "Fitness"}, phone="+14155550100")
    assert made["properties"] == {
        "name": "R-14",
        "level": "platinum",
        row: "Fitness",
        "phone": "+14155550100",
    }
    changed = highlevel.change(MEMBERSHIPS, made["id"], **{row: None, "answers.referred_by": "Ann"})
    assert "answers.goal" not in changed["properties"]
    assert changed["properties"]["answers.referred_by"] == "Ann"


def test_files_are_kept_with_their_names(highlevel: HighLevelClient) -> None:
    url = "https://files.example.com/one.pdf"
    made = highlevel.create(MEMBERSHIPS, name="R-15", card=[{"url": url}])
    assert made["properties"]["card"] == [{"url": url, "meta": {"name": "one.pdf", "extension": "pdf", "size": 0}}]
    change = {"remove": [{"url": url}], "add": [{"url": "https://files.example.com/2", "name": "two.pdf"}]}
    changed = highlevel.change(MEMBERSHIPS, made["id"], card=change)
    assert [item["meta"]["name"] for item in changed["properties"]["card"]] == ["two.pdf"]


def test_businesses_are_records_too(highlevel: HighLevelClient) -> None:
    path = "/objects/business/records"
    made = highlevel.create(path, name="Acme", email="office@acme.example")
    assert highlevel.call("GET", f"{path}/{made['id']}")["record"]["properties"]["email"]
    assert "must be an email" in highlevel.refused(path, name="Acme", email="nobody")
