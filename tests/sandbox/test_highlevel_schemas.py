"""Objects and their fields: what can be defined, changed and removed, and what is refused."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.sandbox.client import MEMBERSHIPS, ORDERS, Control, HighLevelClient

Own = tuple[HighLevelClient, Control]
_numbers = itertools.count(1)


def pet(client: HighLevelClient, **more: Any) -> dict[str, Any]:
    return {
        "labels": {"singular": "Pet", "plural": "Pets"},
        "key": "pet",
        "locationId": client.location,
        "primaryDisplayPropertyDetails": {"key": "name", "name": "Pet name", "dataType": "TEXT"},
        **more,
    }


def field(client: HighLevelClient, **more: Any) -> dict[str, Any]:
    """The body of a new field of the memberships, under a key of its own."""
    listed = client.call("GET", "/custom-fields/object-key/custom_objects.memberships", **client.at)
    return {
        "locationId": client.location,
        "objectKey": "custom_objects.memberships",
        "fieldKey": f"custom_objects.memberships.extra_{next(_numbers)}",
        "dataType": "TEXT",
        "parentId": listed["folders"][0]["id"],
        "showInForms": True,
        "name": "Extra",
        **more,
    }


def test_objects_are_listed_with_the_standard_ones(highlevel: HighLevelClient) -> None:
    objects = {item["key"]: item for item in highlevel.call("GET", "/objects/", **highlevel.at)["objects"]}
    assert {"contact", "opportunity", "business", "custom_objects.orders", "custom_objects.memberships"} <= set(objects)
    orders = objects["custom_objects.orders"]
    assert orders["labels"] == {"singular": "Order", "plural": "Orders"}
    assert orders["primaryDisplayProperty"] == "custom_objects.orders.order_number"
    assert (orders["standard"], orders["type"]) == (False, "USER_DEFINED")
    assert (objects["contact"]["standard"], objects["contact"]["type"]) == (True, "SYSTEM_DEFINED")


def test_one_object_by_key_or_id_with_its_fields(highlevel: HighLevelClient) -> None:
    path = "/objects/custom_objects.orders"
    short = highlevel.call("GET", path, **highlevel.at)
    assert "fields" not in short
    whole = highlevel.call("GET", path, **highlevel.at, fetchProperties="true")
    assert whole["cache"] is False
    types = {item["fieldKey"].rpartition(".")[2]: item["dataType"] for item in whole["fields"]}
    assert types == {
        "order_number": "TEXT",
        "order_date": "DATE",
        "status": "SINGLE_OPTIONS",
        "total": "MONETORY",
        "receipt_link": "TEXT",
        "note": "LARGE_TEXT",
        "extras": "MULTIPLE_OPTIONS",
        "weight": "NUMERICAL",
        "internal_score": "NUMERICAL",
    }
    extras = next(item for item in whole["fields"] if item["fieldKey"].endswith(".extras"))
    assert extras["options"][0] == {"key": "gift_wrap", "label": "gift wrap"}
    assert highlevel.call("GET", f"/objects/{short['object']['id']}", **highlevel.at)["object"] == short["object"]
    highlevel.call("GET", path, status=422)
    highlevel.call("GET", path, status=422, **highlevel.at, colour="red")
    highlevel.call("GET", "/objects/custom_objects.none", status=404, **highlevel.at)


def test_every_data_type_occurs(highlevel: HighLevelClient) -> None:
    types: set[str] = set()
    for key in ("custom_objects.orders", "custom_objects.memberships", "business"):
        listed = highlevel.call("GET", f"/custom-fields/object-key/{key}", **highlevel.at)
        types |= {item["dataType"] for item in listed["fields"]}
    assert types >= {
        "TEXT", "LARGE_TEXT", "NUMERICAL", "PHONE", "EMAIL", "MONETORY", "CHECKBOX", "SINGLE_OPTIONS",
        "MULTIPLE_OPTIONS", "DATE", "TEXTBOX_LIST", "FILE_UPLOAD", "RADIO",
    }  # fmt: skip


def test_a_new_object_comes_with_its_field_and_folder(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    made = highlevel.call("POST", "/objects/", pet(highlevel, description="Animals"), status=201)["object"]
    assert made["key"] == "custom_objects.pet"
    assert made["primaryDisplayProperty"] == "custom_objects.pet.name"
    assert made["requiredProperties"] == ["custom_objects.pet.name"]
    listed = highlevel.call("GET", "/custom-fields/object-key/custom_objects.pet", **highlevel.at)
    assert [item["fieldKey"] for item in listed["fields"]] == ["custom_objects.pet.name"]
    assert listed["fields"][0]["parentId"] == listed["folders"][0]["id"]
    path = "/objects/custom_objects.pet/records"
    assert highlevel.create(path, name="Rex")["properties"] == {"name": "Rex"}
    assert highlevel.search(path)["total"] == 1
    again = highlevel.call("POST", "/objects/", pet(highlevel), status=201)["object"]
    assert again["key"] != made["key"]
    assert again["primaryDisplayProperty"] == f"{again['key']}.name"


@pytest.mark.parametrize(
    ("more", "status", "text"),
    [
        ({"key": "Pet Shop"}, 400, "Invalid key"),
        ({"key": ""}, 422, "key should not be empty"),
        ({"colour": "red"}, 422, "property colour should not exist"),
        ({"labels": {"singular": "Pet"}}, 422, "labels.plural must be a string"),
        ({"description": "d" * 101}, 422, "100 characters"),
        (
            {"primaryDisplayPropertyDetails": {"key": "n", "name": "N", "dataType": "DATE"}},
            422,
            "must be one of the following values: TEXT, NUMERICAL",
        ),
    ],
)
def test_objects_that_cannot_be(highlevel: HighLevelClient, more: dict[str, Any], status: int, text: str) -> None:
    answer = highlevel.call("POST", "/objects/", pet(highlevel, **more), status=status)
    assert text in str(answer["message"])


def test_ten_custom_objects_at_most(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    for number in range(8):
        highlevel.call("POST", "/objects/", pet(highlevel, key=f"pet{number}"), status=201)
    highlevel.call("POST", "/objects/", pet(highlevel, key="pet8"), status=400)


def test_an_object_can_be_renamed_and_searched_by_other_properties(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    path = "/objects/custom_objects.orders"
    keys = ["custom_objects.orders.order_number", "custom_object.orders.note"]
    body = {**highlevel.at, "searchableProperties": keys, "labels": {"plural": "Sales"}, "description": None}
    changed = highlevel.call("PUT", path, body, status=200)["object"]
    assert changed["labels"] == {"singular": "Order", "plural": "Sales"}
    assert changed["searchableProperties"][1] == "custom_objects.orders.note"
    assert "description" not in changed
    many = [f"custom_objects.orders.{key}" for key in ("order_number", "note", "status", "receipt_link")]
    answer = highlevel.call("PUT", path, body | {"searchableProperties": many}, status=400)
    assert answer["message"] == "Too many searchable properties. Maximum allowed is 3, but received 4."
    highlevel.call("PUT", path, body | {"searchableProperties": ["custom_objects.orders.none"]}, status=400)
    highlevel.call("PUT", path, highlevel.at, status=422)


def test_a_field_is_made_read_changed_and_deleted(highlevel: HighLevelClient) -> None:
    body = field(highlevel, dataType="SINGLE_OPTIONS", options=[{"key": "a", "label": "A"}], description="d")
    made = highlevel.call("POST", "/custom-fields/", body, status=201)["field"]
    assert made["fieldKey"] == body["fieldKey"]
    assert (made["dataType"], made["options"], made["description"]) == ("SINGLE_OPTIONS", body["options"], "d")
    assert highlevel.call("GET", f"/custom-fields/{made['id']}")["field"] == made
    short = body["fieldKey"].rpartition(".")[2]
    record = highlevel.create(MEMBERSHIPS, name="F-1", **{short: "a"})
    options = [{"key": "a", "label": "Alpha"}, {"key": "b", "label": "B"}]
    change: dict[str, Any] = {**highlevel.at, "showInForms": False, "name": "Letters", "options": options}
    changed = highlevel.call("PUT", f"/custom-fields/{made['id']}", change)["field"]
    assert (changed["name"], changed["options"], changed["showInForms"]) == ("Letters", options, False)
    lost = highlevel.call("PUT", f"/custom-fields/{made['id']}", change | {"options": options[1:]}, status=400)
    assert "Removal of existing options is not supported" in lost["message"]
    highlevel.change(MEMBERSHIPS, record["id"], **{short: "b"})
    gone = highlevel.call("DELETE", f"/custom-fields/{made['id']}")
    assert (gone["succeded"], gone["id"], gone["key"]) == (True, made["id"], body["fieldKey"])
    highlevel.call("GET", f"/custom-fields/{made['id']}", status=404)
    left = highlevel.call("GET", f"{MEMBERSHIPS}/{record['id']}")["record"]["properties"]
    assert left == {"name": "F-1"}
    assert "Invalid Key Passed" in highlevel.refused(MEMBERSHIPS, name="F-1", **{short: "b"})


def test_both_spellings_of_the_prefix_are_taken(highlevel: HighLevelClient) -> None:
    body = field(highlevel)
    singular = body | {
        "objectKey": "custom_object.memberships",
        "fieldKey": body["fieldKey"].replace("custom_objects.", "custom_object."),
    }
    made = highlevel.call("POST", "/custom-fields/", singular, status=201)["field"]
    assert (made["objectKey"], made["fieldKey"]) == ("custom_objects.memberships", body["fieldKey"])
    again = highlevel.call("POST", "/custom-fields/", body, status=400)
    assert "already exists" in again["message"]


@pytest.mark.parametrize(
    ("more", "status", "text"),
    [
        ({"dataType": "COLOUR"}, 422, "dataType must be one of"),
        ({"dataType": "EMAIL"}, 400, "EMAIL is not supported"),
        ({"dataType": "RADIO"}, 400, "options are required"),
        ({"options": [{"key": "a", "label": "A"}]}, 422, "property options should not exist"),
        ({"dataType": "CHECKBOX", "options": [{"key": "a"}]}, 422, "options.0.label must be a string"),
        (
            {"dataType": "CHECKBOX", "options": [{"key": "a", "label": "A", "url": "u"}]},
            400,
            "only supported for options of RADIO",
        ),
        ({"dataType": "CHECKBOX", "options": [{"key": "a", "label": "A"}] * 2}, 400, "unique"),
        ({"dataType": "FILE_UPLOAD", "acceptedFormats": ".exe"}, 422, "acceptedFormats must be one of"),
        ({"objectKey": "contact"}, 400, "Api does not support objectKey of type contact or opportunity"),
        ({"objectKey": "custom_objects.none"}, 404, "not found"),
        ({"parentId": "nowhere"}, 400, "Invalid parentId"),
        ({"fieldKey": "Bad Key"}, 400, "Invalid fieldKey"),
        ({"showInForms": "yes"}, 422, "showInForms must be a boolean value"),
        ({"model": "contact"}, 422, "property model should not exist"),
    ],
)
def test_fields_that_cannot_be(highlevel: HighLevelClient, more: dict[str, Any], status: int, text: str) -> None:
    answer = highlevel.call("POST", "/custom-fields/", field(highlevel, **more), status=status)
    assert text in str(answer["message"])


def test_the_primary_field_stays(highlevel: HighLevelClient) -> None:
    listed = highlevel.call("GET", "/custom-fields/object-key/custom_objects.orders", **highlevel.at)["fields"]
    first = next(item for item in listed if item["fieldKey"].endswith(".order_number"))
    highlevel.call("DELETE", f"/custom-fields/{first['id']}", status=400)
    highlevel.call("GET", "/custom-fields/object-key/contact", status=400, **highlevel.at)


def test_folders(highlevel: HighLevelClient) -> None:
    body = {**highlevel.at, "objectKey": "custom_objects.memberships", "name": "More"}
    made = highlevel.call("POST", "/custom-fields/folder", body, status=201)
    assert (made["name"], made["objectKey"]) == ("More", "custom_objects.memberships")
    path = f"/custom-fields/folder/{made['id']}"
    assert highlevel.call("PUT", path, {**highlevel.at, "name": "Rest"})["name"] == "Rest"
    assert highlevel.call("GET", f"/custom-fields/{made['id']}")["field"]["name"] == "Rest"
    inside = highlevel.call("POST", "/custom-fields/", field(highlevel, parentId=made["id"]), status=201)
    highlevel.call("DELETE", path, status=400, **highlevel.at)
    highlevel.call("DELETE", f"/custom-fields/{inside['field']['id']}")
    assert highlevel.call("DELETE", path, **highlevel.at)["succeded"] is True
    highlevel.call("DELETE", path, status=404, **highlevel.at)


def test_a_deleted_searchable_field_is_searched_no_more(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    keys = ["custom_objects.orders.order_number", "custom_objects.orders.note"]
    highlevel.call("PUT", "/objects/custom_objects.orders", {**highlevel.at, "searchableProperties": keys})
    highlevel.order(order_number="X-1", note="needle")
    assert highlevel.search(query="needle")["total"] == 1
    fields = highlevel.call("GET", "/custom-fields/object-key/custom_objects.orders", **highlevel.at)["fields"]
    note = next(item for item in fields if item["fieldKey"].endswith(".note"))
    highlevel.call("DELETE", f"/custom-fields/{note['id']}")
    assert highlevel.search(query="needle")["total"] == 0
    assert all("note" not in item["properties"] for item in highlevel.search()["records"])
    assert highlevel.call("GET", f"{ORDERS}/{highlevel.ids()[0]}")["record"]
