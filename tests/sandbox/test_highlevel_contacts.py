"""Contacts, the duplicate rule, tags, the contact search, and the location with its contact fields."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.sandbox.client import Control, HighLevelClient

Own = tuple[HighLevelClient, Control]
_numbers = itertools.count(1)


def mail() -> str:
    return f"Test.Person{next(_numbers)}@Example.com"


def fields(client: HighLevelClient) -> dict[str, dict[str, Any]]:
    listed = client.call("GET", f"/locations/{client.location}/customFields")["customFields"]
    return {item["fieldKey"]: item for item in listed}


def values(contact: dict[str, Any]) -> dict[str, Any]:
    return {item["id"]: item["value"] for item in contact["customFields"]}


def test_a_contact_from_first_to_last(highlevel: HighLevelClient) -> None:
    email = mail()
    made = highlevel.contact(
        firstName="Zoë", lastName="Nguyen", email=email, phone="+1 (303) 888-8888", tags=["a", "b", "a"]
    )
    assert len(made["id"]) == 20
    assert (made["email"], made["emailLowerCase"]) == (email, email.lower())
    assert (made["phone"], made["tags"], made["firstNameLowerCase"]) == ("+13038888888", ["a", "b"], "zoë")
    path = f"/contacts/{made['id']}"
    assert highlevel.call("GET", path)["contact"] == made
    changed = highlevel.call("PUT", path, {"city": "Austin", "tags": ["c"], "phone": None}, status=200)
    assert changed["succeded"] is True
    read = highlevel.call("GET", path)["contact"]
    assert read == changed["contact"]
    assert (read["city"], read["tags"], read["lastName"]) == ("Austin", ["c"], "Nguyen")
    assert "phone" not in read
    assert highlevel.call("DELETE", path)["succeded"] is True
    for method in ("GET", "DELETE"):
        answer = highlevel.call(method, path, status=400)
        assert answer["message"] == f"Contact not found for id:{made['id']}"


def test_contact_bodies_are_whitelisted(highlevel: HighLevelClient) -> None:
    made = highlevel.contact(firstName="W", email=mail())
    answer = highlevel.call("PUT", f"/contacts/{made['id']}", {"firstName": "X", **highlevel.at}, status=422)
    assert answer["message"] == ["property locationId should not exist"]
    answer = highlevel.call("POST", "/contacts/", {"firstName": "W"}, status=422)
    assert answer["message"] == ["locationId must be a string", "locationId should not be empty"]
    highlevel.call("POST", "/contacts/", {**highlevel.at, "email": "nobody"}, status=422)
    highlevel.call("POST", "/contacts/", {**highlevel.at, "firstName": "W", "phone": "12"}, status=422)
    highlevel.call("POST", "/contacts/", {**highlevel.at, "firstName": "W", "tags": "a"}, status=422)


@pytest.mark.parametrize("text", ["1990-09-25", "1990/09/25", "09/25/1990", "09-25-1990", "1990_09_25"])
def test_birthdays_in_the_documented_forms(highlevel: HighLevelClient, text: str) -> None:
    assert highlevel.contact(name="B Day", email=mail(), dateOfBirth=text)["dateOfBirth"] == "1990-09-25"


def test_custom_fields_are_given_by_id_or_key_and_merged(highlevel: HighLevelClient) -> None:
    known = fields(highlevel)
    assert {key: item["dataType"] for key, item in known.items() if item["position"] <= 200} == {
        "contact.favourite_colour": "TEXT",
        "contact.interests": "MULTIPLE_OPTIONS",
        "contact.lifetime_value": "MONETORY",
        "contact.member_since": "DATE",
        "contact.plan": "SINGLE_OPTIONS",
    }
    ids = {key.removeprefix("contact."): item["id"] for key, item in known.items()}
    given = [
        {"id": ids["favourite_colour"], "field_value": "teal"},
        {"key": "interests", "field_value": ["Music", "Travel"]},
        {"id": ids["lifetime_value"], "field_value": 19.99},
        {"key": "contact.member_since", "field_value": "2020-02-29"},
        {"id": ids["plan"], "value": "Pro"},
    ]
    made = highlevel.contact(firstName="C", email=mail(), customFields=given)
    expected = {
        ids["favourite_colour"]: "teal",
        ids["interests"]: ["Music", "Travel"],
        ids["lifetime_value"]: 19.99,
        ids["member_since"]: "2020-02-29",
        ids["plan"]: "Pro",
    }
    assert values(made) == expected
    change = [{"id": ids["plan"], "field_value": None}, {"id": ids["favourite_colour"], "field_value": "red"}]
    highlevel.call("PUT", f"/contacts/{made['id']}", {"customFields": change})
    del expected[ids["plan"]]
    read = highlevel.call("GET", f"/contacts/{made['id']}")["contact"]
    assert values(read) == expected | {ids["favourite_colour"]: "red"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("lifetime_value", {"currency": "default", "value": 10}),
        ("lifetime_value", "10"),
        ("plan", "Gold"),
        ("plan", ["Pro"]),
        ("interests", "Music"),
        ("interests", ["Chess"]),
        ("member_since", "soon"),
        ("favourite_colour", 7),
        ("nothing", "x"),
    ],
)
def test_custom_values_of_the_wrong_kind_are_refused(highlevel: HighLevelClient, key: str, value: Any) -> None:
    body = {**highlevel.at, "firstName": "V", "customFields": [{"key": key, "field_value": value}]}
    highlevel.call("POST", "/contacts/", body, status=400)


def test_duplicates_are_refused_and_named(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    one = highlevel.contact(name="Ann Lee", email="ann@example.com", phone="+13035550101")
    two = highlevel.contact(name="Bob Ray", email="bob@example.com")
    for body, field in (({"email": "ANN@example.com"}, "email"), ({"phone": "3035550101"}, "phone")):
        answer = highlevel.call("POST", "/contacts/", highlevel.at | body, status=400)
        assert answer["message"] == "This location does not allow duplicated contacts."
        assert answer["meta"] == {"contactId": one["id"], "contactName": "Ann Lee", "matchingField": field}
        highlevel.call("PUT", f"/contacts/{two['id']}", body, status=400)
    highlevel.call("PUT", f"/contacts/{one['id']}", {"email": "ann@example.com", "city": "Austin"})
    control.configure(allow_duplicate_contacts=True)
    assert highlevel.contact(email="ann@example.com")["id"] != one["id"]
    settings = highlevel.call("GET", f"/locations/{highlevel.location}")["location"]["settings"]
    assert settings["allowDuplicateContact"] is True


def test_upsert_follows_the_rule_of_the_location(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    by_mail = highlevel.contact(firstName="Mail", email="m@example.com")
    by_phone = highlevel.contact(firstName="Phone", phone="+13035550102")

    def upsert(**more: Any) -> dict[str, Any]:
        return highlevel.call("POST", "/contacts/upsert", highlevel.at | more, status=200)

    made = upsert(firstName="New", email="n@example.com")
    assert made["new"] is True
    again = upsert(lastName="Newer", email="N@example.com", tags=["x"])
    assert (again["new"], again["contact"]["id"]) == (False, made["contact"]["id"])
    assert (again["contact"]["firstName"], again["contact"]["lastName"]) == ("New", "Newer")
    found = upsert(phone="+13035550102", city="Austin")
    assert (found["new"], found["contact"]["id"]) == (False, by_phone["id"])
    both = highlevel.call(
        "POST", "/contacts/upsert", {**highlevel.at, "email": "m@example.com", "phone": "+13035550102"}, status=400
    )
    assert both["meta"]["matchingField"] == "phone"
    control.configure(duplicate_rule=["phone", "email"], allow_duplicate_contacts=True)
    assert upsert(email="m@example.com", phone="+13035550102")["contact"]["id"] == by_phone["id"]
    anew = upsert(email="m@example.com", createNewIfDuplicateAllowed=True)
    assert anew["new"] is True
    assert anew["contact"]["id"] != by_mail["id"]
    highlevel.call("POST", "/contacts/upsert", {**highlevel.at, "firstName": "Nobody"}, status=400)


def test_the_duplicate_lookup_does_not_lag(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.configure(index_delay_seconds=60)
    made = highlevel.contact(firstName="D", email="d+tag@example.com", phone="+13035550103")
    path = "/contacts/search/duplicate"
    assert highlevel.call("GET", path, **highlevel.at, email="D+TAG@example.com")["contact"] == made
    assert highlevel.call("GET", path, **highlevel.at, number="+13035550103")["contact"]["id"] == made["id"]
    assert highlevel.call("GET", path, **highlevel.at, email="none@example.com")["contact"] is None
    highlevel.call("GET", path, status=400, **highlevel.at)
    wanted = {"field": "email", "operator": "eq", "value": "d+tag@example.com"}
    assert highlevel.contacts(page=1, filters=[wanted])["total"] == 0
    control.advance(60)
    assert highlevel.contacts(page=1, filters=[wanted])["total"] == 1


def test_tags_are_added_and_removed(highlevel: HighLevelClient) -> None:
    path = f"/contacts/{highlevel.contact(firstName='T', email=mail(), tags=['a'])['id']}"
    assert highlevel.call("POST", f"{path}/tags", {"tags": ["b", "a"]}, status=201)["tags"] == ["a", "b"]
    assert highlevel.call("DELETE", f"{path}/tags", {"tags": ["a", "c"]}, status=200)["tags"] == ["b"]
    assert highlevel.call("GET", path)["contact"]["tags"] == ["b"]
    highlevel.call("POST", f"{path}/tags", {}, status=422)


def leaf(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator} | ({} if value is None else {"value": value})


def test_contact_filters(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    ids = {key.removeprefix("contact."): item["id"] for key, item in fields(highlevel).items()}
    start = highlevel.contacts(page=1)["contacts"]
    control.advance(60)
    made = highlevel.contact(
        firstName="Quentin",
        lastName="Ümlaut",
        email="quentin@filters.example",
        phone="+13035550104",
        tags=["rare"],
        city="Nowhere",
        dnd=True,
        customFields=[
            {"key": "interests", "field_value": ["Music"]},
            {"key": "lifetime_value", "field_value": 5_000_000},
            {"key": "member_since", "field_value": "2031-01-01"},
            {"key": "favourite_colour", "field_value": "mauve"},
        ],
    )
    only = [made["id"]]
    cases = [
        leaf("id", "eq", made["id"]),
        leaf("email", "eq", "Quentin@Filters.example"),
        leaf("phone", "eq", "+13035550104"),
        leaf("phone", "contains", "3035550104"),
        leaf("firstNameLowerCase", "eq", "quentin"),
        leaf("lastNameLowerCase", "contains", "ümlaut"),
        leaf("tags", "eq", "rare"),
        leaf("city", "eq", "Nowhere"),
        leaf("dnd", "eq", True),
        leaf("dateAdded", "range", {"gte": made["dateAdded"]}),
        leaf("dateUpdated", "range", {"gt": start[0]["dateAdded"], "gte": made["dateUpdated"]}),
        leaf(f"customFields.{ids['favourite_colour']}", "eq", "mauve"),
        leaf(f"customFields.{ids['lifetime_value']}", "range", {"gt": 1_000_000}),
        leaf(f"customFields.{ids['member_since']}", "range", {"gte": "2030-01-01"}),
        {"group": "AND", "filters": [leaf(f"customFields.{ids['interests']}", "eq", "Music"), leaf("dnd", "eq", True)]},
    ]
    for case in cases:
        found = highlevel.contacts(page=1, filters=[case])
        assert ([item["id"] for item in found["contacts"]], found["total"]) == (only, 1), case
    assert [item["id"] for item in highlevel.contacts(page=1, query="QUENTIN ü")["contacts"]] == only
    control.advance(60)
    changed = start[4]["id"]
    since = highlevel.call("PUT", f"/contacts/{changed}", {"city": "Elsewhere"})["contact"]["dateUpdated"]
    newest = leaf("dateUpdated", "range", {"gte": since})
    assert [item["id"] for item in highlevel.contacts(page=1, filters=[newest])["contacts"]] == [changed]


@pytest.mark.parametrize(
    ("more", "status", "text"),
    [
        ({"filters": [leaf("colour", "eq", "x")]}, 400, "Invalid field colour"),
        ({"filters": [leaf("customFields.none", "eq", "x")]}, 400, "Invalid field customFields.none"),
        ({"filters": [leaf("email", "contains", "abc")]}, 400, "Invalid Operator (contains)"),
        ({"filters": [leaf("city", "contains", "ab")]}, 400, "between 3 and 75"),
        ({"sort": [{"field": "email"}, {"field": "phone"}, {"field": "city"}]}, 422, "no more than 2"),
        ({"page": 1, "searchAfter": [1, "x"]}, 400, "either page or searchAfter"),
        ({"pageLimit": 501}, 422, "greater than 500"),
        ({"page": 21, "pageLimit": 500}, 400, "10000"),
    ],
)
def test_what_contact_search_refuses(highlevel: HighLevelClient, more: dict[str, Any], status: int, text: str) -> None:
    body = {**highlevel.at, "pageLimit": 10, **more}
    assert text in str(highlevel.call("POST", "/contacts/search", body, status=status)["message"])


@pytest.mark.parametrize(
    "sort",
    [
        [],
        [("dateUpdated", "asc")],
        [("dateAdded", "desc")],
        [("email", "asc")],
        [("state", "asc"), ("dateAdded", "asc")],
        [("companyName", "desc"), ("lastNameLowerCase", "asc")],
    ],
)
def test_contact_pages_join_without_gaps_or_repeats(own_highlevel: Own, sort: list[tuple[str, str]]) -> None:
    highlevel, _ = own_highlevel
    order: dict[str, Any] = {"sort": [{"field": field, "direction": way} for field, way in sort]} if sort else {}
    whole = highlevel.contacts(page=1, **order)["contacts"]
    assert len(whole) == 12
    seen: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while found := highlevel.contacts(pageLimit=5, **order, **after)["contacts"]:
        seen += found
        after = {"searchAfter": found[-1]["searchAfter"]}
    assert [item["id"] for item in seen] == [item["id"] for item in whole]
    if len(sort) == 1:
        column = [item[sort[0][0]] for item in whole]
        assert column == sorted(column, reverse=sort[0][1] == "desc")


def test_the_deprecated_list_repeats_itself_unless_both_marks_are_sent(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    first = highlevel.call("GET", "/contacts/", **highlevel.at, limit="5")
    meta = first["meta"]
    assert (len(first["contacts"]), meta["total"], first["count"]) == (5, 12, 12)
    marks = {"startAfter": str(meta["startAfter"]), "startAfterId": meta["startAfterId"]}
    alone = highlevel.call("GET", "/contacts/", **highlevel.at, limit="5", startAfter=marks["startAfter"])
    assert alone["contacts"] == first["contacts"]
    second = highlevel.call("GET", "/contacts/", **highlevel.at, limit="5", **marks)
    assert not {item["id"] for item in second["contacts"]} & {item["id"] for item in first["contacts"]}
    followed = highlevel.http.get(meta["nextPageUrl"])
    assert followed.json()["contacts"] == second["contacts"]
    assert len(highlevel.call("GET", "/contacts/", **highlevel.at)["contacts"]) == 12
    highlevel.call("GET", "/contacts/", status=422, **highlevel.at, limit="101")


def test_the_location(highlevel: HighLevelClient) -> None:
    location = highlevel.call("GET", f"/locations/{highlevel.location}")["location"]
    assert (location["id"], location["country"]) == (highlevel.location, "US")
    assert location["settings"]["allowDuplicateContact"] is False


def test_contact_fields_are_made_changed_and_deleted(own_highlevel: Own) -> None:
    highlevel, _ = own_highlevel
    base = f"/locations/{highlevel.location}/customFields"
    body = {"name": "Shoe Size", "dataType": "NUMERICAL", "position": 300}
    made = highlevel.call("POST", base, body, status=201)["customField"]
    assert (made["fieldKey"], made["model"], made["position"]) == ("contact.shoe_size", "contact", 300)
    assert highlevel.call("POST", base, body, status=201)["customField"]["fieldKey"] == "contact.shoe_size_1"
    contact = highlevel.contact(firstName="S", customFields=[{"id": made["id"], "field_value": 42}])
    assert values(contact) == {made["id"]: 42}
    changed = highlevel.call("PUT", f"{base}/{made['id']}", {"name": "Size"})["customField"]
    assert (changed["name"], changed["fieldKey"]) == ("Size", "contact.shoe_size")
    assert highlevel.call("GET", f"{base}/{made['id']}")["customField"] == changed
    other = {"name": "Stage", "dataType": "SINGLE_OPTIONS", "model": "opportunity", "options": ["x", "y"]}
    stage = highlevel.call("POST", base, other, status=201)["customField"]
    assert (stage["fieldKey"], stage["picklistOptions"]) == ("opportunity.stage", ["x", "y"])
    keys = {item["fieldKey"] for item in highlevel.call("GET", base)["customFields"]}
    assert "contact.shoe_size" in keys
    assert "opportunity.stage" not in keys
    every = {item["fieldKey"] for item in highlevel.call("GET", base, model="all")["customFields"]}
    assert {"contact.shoe_size", "opportunity.stage", "custom_objects.orders.note"} <= every
    assert highlevel.call("DELETE", f"{base}/{made['id']}")["succeded"] is True
    assert values(highlevel.call("GET", f"/contacts/{contact['id']}")["contact"]) == {}
    highlevel.call("GET", f"{base}/{made['id']}", status=404)
    highlevel.call("POST", base, {"name": "X", "dataType": "COLOUR"}, status=422)
    highlevel.call("POST", base, {"name": "X", "dataType": "RADIO"}, status=400)
    highlevel.call("GET", base, status=422, model="task")
