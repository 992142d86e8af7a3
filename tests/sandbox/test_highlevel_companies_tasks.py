"""Companies in their two forms, the tasks of contacts, and the deletion of objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.client import Control, HighLevelClient

Own = tuple[HighLevelClient, Control]
DUE = "2026-01-02T08:00:00.000Z"


def test_companies_are_the_records_of_business(highlevel: HighLevelClient) -> None:
    made = highlevel.call("POST", "/businesses/", {**highlevel.at, "name": "Sails", "postalCode": "0150"}, status=201)
    company = made["buiseness"]
    record = highlevel.call("GET", f"/objects/business/records/{company['id']}")["record"]
    assert record["properties"] == {"name": "Sails", "postal_code": "0150"}
    path = f"/businesses/{company['id']}"
    changed = highlevel.call("PUT", path, {"city": "Oslo", "postalCode": ""})["buiseness"]
    assert changed["city"] == "Oslo"
    assert "postalCode" not in changed
    assert highlevel.call("GET", path)["business"] == changed
    highlevel.call("PUT", path, {**highlevel.at, "city": "Oslo"}, status=422)
    highlevel.call("PUT", path, {"customFields": []}, status=422)
    assert highlevel.call("DELETE", path)["success"] is True
    highlevel.call("GET", path, status=404)
    highlevel.call("GET", "/businesses/malformed", status=400)


def test_companies_are_listed_by_offset(highlevel: HighLevelClient) -> None:
    whole = highlevel.call("GET", "/businesses/", **highlevel.at)["businesses"]
    part = highlevel.call("GET", "/businesses/", **highlevel.at, limit="2", skip="1")["businesses"]
    assert part == whole[1:3]


def test_contacts_of_a_company(highlevel: HighLevelClient) -> None:
    company = highlevel.call("POST", "/businesses/", {**highlevel.at, "name": "Oars"}, status=201)["buiseness"]["id"]
    contact = highlevel.contact(firstName="Eva")["id"]
    link = {**highlevel.at, "ids": [contact], "businessId": company}
    highlevel.call("POST", "/contacts/bulk/business", link)
    listed = highlevel.call("GET", f"/contacts/business/{company}", **highlevel.at)
    assert ([item["id"] for item in listed["contacts"]], listed["count"]) == ([contact], 1)
    page = {**highlevel.at, "skip": "0", "limit": "10"}
    relations = highlevel.call("GET", f"/associations/relations/{company}", **page)["relations"]
    assert [item["secondRecordId"] for item in relations] == [contact]
    highlevel.call("POST", "/contacts/bulk/business", {**link, "businessId": None})
    assert highlevel.call("GET", f"/contacts/business/{company}", **highlevel.at)["contacts"] == []
    assert highlevel.call("GET", f"/associations/relations/{company}", **page)["relations"] == []
    highlevel.call("POST", "/contacts/bulk/business", {**link, "ids": [contact] * 51}, status=422)


def task(client: HighLevelClient, contact: str, **more: Any) -> dict[str, Any]:
    body = {"title": "Call", "dueDate": DUE, "completed": False, **more}
    return client.call("POST", f"/contacts/{contact}/tasks", body, status=201)["task"]


def test_tasks_of_a_contact(highlevel: HighLevelClient) -> None:
    contact = highlevel.contact(firstName="Tom")["id"]
    made = task(highlevel, contact, body="Soon")
    path = f"/contacts/{contact}/tasks"
    assert highlevel.call("GET", path)["tasks"] == [made]
    one = f"{path}/{made['id']}"
    assert highlevel.call("PUT", one, {"title": "Write", "body": ""})["task"]["title"] == "Write"
    assert highlevel.call("PUT", f"{one}/completed", {"completed": True})["task"]["completed"] is True
    assert "body" not in highlevel.call("GET", one)["task"]
    for bad in ({"dueDate": "soon"}, {"title": ""}, {"contactId": "x"}):
        highlevel.call("PUT", one, bad, status=422)
    elsewhere = highlevel.contact(firstName="Tim")["id"]
    highlevel.call("GET", f"/contacts/{elsewhere}/tasks/{made['id']}", status=404)
    assert highlevel.call("DELETE", one)["succeded"] is True
    highlevel.call("GET", one, status=404)
    highlevel.call("POST", path, {"title": "x"}, status=422)
    highlevel.call("GET", "/contacts/none/tasks", status=400)


def search(client: HighLevelClient, **more: Any) -> list[dict[str, Any]]:
    return client.call("POST", f"/locations/{client.location}/tasks/search", more, status=201)["tasks"]


def test_the_search_over_all_tasks(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    contact = highlevel.contact(firstName="Tom")["id"]
    made = [task(highlevel, contact, title=f"Pick up {number}", assignedTo=f"u{number % 2}") for number in range(5)]
    ids = {item["id"] for item in made}
    assert {item["id"] for item in search(highlevel, contactId=[contact])} == ids
    assert len(search(highlevel, query="pick UP 3")) == 1
    assert len(search(highlevel, assignedTo=["u1"])) == 2
    assert {item["id"] for item in search(highlevel, completed=True)}.isdisjoint(ids)
    everything = [item["id"] for item in search(highlevel, limit=500)]
    assert [item["id"] for item in search(highlevel, skip=2, limit=2)] == everything[2:4]
    first = search(highlevel, limit=2)
    after = search(highlevel, limit=2, searchAfter=first[-1]["searchAfter"])
    assert [item["id"] for item in first + after] == everything[:4]
    place = f"/locations/{highlevel.location}/tasks/search"
    for bad in ({"limit": 501}, {"page": 1}):
        highlevel.call("POST", place, bad, status=422)
    highlevel.call("DELETE", f"/contacts/{contact}")
    assert search(highlevel, contactId=[contact]) == []


def test_tasks_of_a_companys_contacts(highlevel: HighLevelClient) -> None:
    company = highlevel.call("POST", "/businesses/", {**highlevel.at, "name": "Keels"}, status=201)["buiseness"]["id"]
    contact = highlevel.contact(firstName="Eva")["id"]
    highlevel.call("POST", "/contacts/bulk/business", {**highlevel.at, "ids": [contact], "businessId": company})
    made = task(highlevel, contact)
    assert [item["id"] for item in search(highlevel, businessId=company)] == [made["id"]]


def test_an_object_is_deleted_with_all_that_is_its_own(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    key = "custom_objects.orders"
    order = highlevel.seeded()
    known = highlevel.call("GET", f"/objects/{key}", **highlevel.at)["object"]
    control.configure(schema_delete=False)
    highlevel.call("DELETE", f"/objects/{known['id']}", status=401, **highlevel.at)
    control.configure(schema_delete=True)
    gone = highlevel.call("DELETE", f"/objects/{known['id']}", **highlevel.at)
    assert (gone["id"], gone["success"]) == (known["id"], True)
    assert len(gone["meta"]["deletedFields"]) == 9
    assert len(gone["meta"]["deletedAssociationIds"]) == 1
    highlevel.call("GET", f"/objects/{key}", status=404, **highlevel.at)
    highlevel.call("GET", f"/objects/{key}/records/{order['id']}", status=404)
    highlevel.call("GET", "/associations/key/order_contact", status=404, **highlevel.at)
    assert highlevel.call("GET", "/custom-fields/object-key/custom_objects.memberships", **highlevel.at)["fields"]
    contact = order["relations"][0]["recordId"]
    page = {**highlevel.at, "skip": "0", "limit": "100"}
    relations = highlevel.call("GET", f"/associations/relations/{contact}", **page)["relations"]
    assert order["id"] not in {item["firstRecordId"] for item in relations}


@pytest.mark.parametrize("key", ["contact", "opportunity", "business"])
def test_standard_objects_stay(highlevel: HighLevelClient, key: str) -> None:
    highlevel.call("DELETE", f"/objects/{key}", status=400, **highlevel.at)
