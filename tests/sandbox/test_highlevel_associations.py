"""Associations between objects and relations between their records."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.sandbox.client import MEMBERSHIPS, ORDERS, Control, HighLevelClient

Own = tuple[HighLevelClient, Control]
ORDERS_KEY, MEMBERSHIPS_KEY = "custom_objects.orders", "custom_objects.memberships"
_numbers = itertools.count(1)


def new(client: HighLevelClient, first: str = ORDERS_KEY, second: str = MEMBERSHIPS_KEY, **more: Any) -> Any:
    return {
        **client.at,
        "key": f"link_{next(_numbers)}",
        "firstObjectLabel": "First",
        "firstObjectKey": first,
        "secondObjectLabel": "Second",
        "secondObjectKey": second,
        **more,
    }


def page(client: HighLevelClient, skip: int = 0, limit: int = 100) -> dict[str, Any]:
    return {**client.at, "skip": str(skip), "limit": str(limit)}


def test_the_seeded_association_joins_orders_and_contacts(highlevel: HighLevelClient) -> None:
    found = highlevel.call("GET", "/associations/key/order_contact", **highlevel.at)
    assert (found["firstObjectKey"], found["firstObjectLabel"]) == (ORDERS_KEY, "Orders")
    assert (found["secondObjectKey"], found["secondObjectLabel"]) == ("contact", "Contact")
    assert found["associationType"] == "USER_DEFINED"
    assert highlevel.call("GET", f"/associations/{found['id']}")["key"] == "order_contact"
    highlevel.call("GET", "/associations/key/none", status=404, **highlevel.at)


def test_lists_have_the_measured_shape(highlevel: HighLevelClient) -> None:
    listed = highlevel.call("GET", "/associations/", **page(highlevel))["associations"]
    keys = [item["key"] for item in listed]
    assert {"OPPORTUNITIES_CONTACTS_ASSOCIATION", "BUSINESSES_CONTACTS_ASSOCIATION", "order_contact"} <= set(keys)
    assert "TASK_CONTACTS_ASSOCIATION" not in keys
    second = highlevel.call("GET", "/associations/", **page(highlevel, skip=1, limit=1))["associations"]
    assert [item["key"] for item in second] == keys[1:2]
    highlevel.call("GET", "/associations/", status=422, **highlevel.at)
    of_object = highlevel.call("GET", f"/associations/objectKey/{ORDERS_KEY}", **highlevel.at)["associations"]
    assert "order_contact" in [item["key"] for item in of_object]
    internal = highlevel.call("GET", "/associations/objectKey/contact", includeInternalAssociations="true")
    assert "TASK_CONTACTS_ASSOCIATION" in [item["key"] for item in internal["associations"]]


def test_system_associations_stay(highlevel: HighLevelClient) -> None:
    path = "/associations/OPPORTUNITIES_CONTACTS_ASSOCIATION"
    assert highlevel.call("GET", path)["associationType"] == "SYSTEM_DEFINED"
    highlevel.call("DELETE", path, status=400)
    highlevel.call("PUT", path, {"firstObjectLabel": "a", "secondObjectLabel": "b"}, status=400)


def test_an_association_and_its_relations_from_first_to_last(highlevel: HighLevelClient) -> None:
    made = highlevel.call("POST", "/associations/", new(highlevel), status=201)
    again = highlevel.call("POST", "/associations/", new(highlevel, key=made["key"]), status=400)
    assert "already exists" in again["message"]
    labels = {"firstObjectLabel": "Purchase", "secondObjectLabel": "Member"}
    assert highlevel.call("PUT", f"/associations/{made['id']}", labels)["secondObjectLabel"] == "Member"

    order, member = highlevel.order(order_number="L-1"), highlevel.create(MEMBERSHIPS, name="L-1")
    body = {
        **highlevel.at,
        "associationId": made["id"],
        "firstRecordId": order["id"],
        "secondRecordId": member["id"],
    }
    turned = body | {"firstRecordId": member["id"], "secondRecordId": order["id"]}
    highlevel.call("POST", "/associations/relations", turned, status=400)
    nowhere = {key: value for key, value in body.items() if key != "locationId"}
    answer = highlevel.call("POST", "/associations/relations", nowhere, status=400)
    assert answer["message"] == "LocationId is not specified"
    relation = highlevel.call("POST", "/associations/relations", body, status=201)
    relation.pop("traceId")
    assert relation == {
        "id": relation["id"],
        "associationId": made["id"],
        "firstObjectKey": ORDERS_KEY,
        "firstRecordId": order["id"],
        "secondObjectKey": MEMBERSHIPS_KEY,
        "secondRecordId": member["id"],
        "locationId": highlevel.location,
    }
    highlevel.call("POST", "/associations/relations", body, status=400)
    for record in (order, member):
        listed = highlevel.call("GET", f"/associations/relations/{record['id']}", **page(highlevel))
        assert (listed["relations"], listed["total"]) == ([relation], 1)
    path = f"/associations/relations/{relation['id']}"
    highlevel.call("DELETE", path, status=422)
    assert highlevel.call("DELETE", path, **highlevel.at)["id"] == relation["id"]
    highlevel.call("DELETE", path, status=404, **highlevel.at)

    highlevel.call("POST", "/associations/relations", body, status=201)
    gone = highlevel.call("DELETE", f"/associations/{made['id']}")
    assert (gone["deleted"], gone["id"]) == (True, made["id"])
    listed = highlevel.call("GET", f"/associations/relations/{order['id']}", **page(highlevel))
    assert listed["total"] == 0
    highlevel.call("GET", f"/associations/{made['id']}", status=404)


@pytest.mark.parametrize("side", ["order", "contact"])
def test_relations_go_with_their_records(own_highlevel: Own, side: str) -> None:
    highlevel, _ = own_highlevel
    item = highlevel.seeded()
    (relation,) = item["relations"]
    contact = relation["recordId"]
    if side == "order":
        highlevel.call("DELETE", f"{ORDERS}/{item['id']}")
        left = highlevel.call("GET", f"/associations/relations/{contact}", **page(highlevel))["relations"]
        assert item["id"] not in [one["firstRecordId"] for one in left]
    else:
        highlevel.call("DELETE", f"/contacts/{contact}")
        assert highlevel.seeded()["relations"] == []


def test_relations_are_paged_and_limited_to_associations(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    link = highlevel.call("GET", "/associations/key/order_contact", **highlevel.at)["id"]
    other = highlevel.call("POST", "/associations/", new(highlevel, ORDERS_KEY, "contact"), status=201)["id"]
    contact = highlevel.contact(firstName="Hub", email="hub@example.com")["id"]
    for number in range(5):
        order = highlevel.order(order_number=f"P-{number}")["id"]
        for association in (link, other) if number == 0 else (link,):
            body = {"associationId": association, "firstRecordId": order, "secondRecordId": contact}
            highlevel.call("POST", "/associations/relations", highlevel.at | body, status=201)
    path = f"/associations/relations/{contact}"
    every = highlevel.call("GET", path, **page(highlevel))
    assert (every["total"], len(every["relations"])) == (6, 6)
    parts = [highlevel.call("GET", path, **page(highlevel, skip, 4))["relations"] for skip in (0, 4)]
    assert parts[0] + parts[1] == every["relations"]
    for name in ("associationIds", "associationIds[]"):
        limited = highlevel.call("GET", path, **page(highlevel), **{name: other})
        assert [item["associationId"] for item in limited["relations"]] == [other]


@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [
        ("contact", ORDERS_KEY, True),
        ("contact", "contact", True),
        ("opportunity", ORDERS_KEY, True),
        (ORDERS_KEY, ORDERS_KEY, True),
        ("business", ORDERS_KEY, False),
        ("contact", "opportunity", False),
        ("opportunity", "opportunity", False),
    ],
)
def test_pairs(highlevel: HighLevelClient, first: str, second: str, allowed: bool) -> None:
    made = highlevel.call("POST", "/associations/", new(highlevel, first, second), status=201 if allowed else 400)
    if allowed:
        highlevel.call("DELETE", f"/associations/{made['id']}")


def test_ten_labels_between_two_objects_at_most(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    for _ in range(10):
        highlevel.call("POST", "/associations/", new(highlevel), status=201)
    highlevel.call("POST", "/associations/", new(highlevel, MEMBERSHIPS_KEY, ORDERS_KEY), status=400)
    highlevel.call("POST", "/associations/", new(highlevel, "custom_objects.none", ORDERS_KEY), status=404)
