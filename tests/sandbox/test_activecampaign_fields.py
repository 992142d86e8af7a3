"""ActiveCampaign's custom contact fields and their values in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

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


FIELDS = [
    ("Favourite colour", "text"),
    ("Interests", "checkbox"),
    ("Lifetime value", "number"),
    ("Member since", "date"),
    ("Plan", "dropdown"),
    ("City", "text"),
    ("Birthday", "date"),
    ("Last order at", "datetime"),
    ("Notes", "textarea"),
]


def test_the_seeded_fields_have_options_and_relations(account: Account) -> None:
    body = account.read("/fields", limit=100)
    assert [(field["title"], field["type"]) for field in body["fields"]] == FIELDS
    assert body["meta"] == {"total": "9"}
    options = {option["id"]: option for option in body["fieldOptions"]}
    plan = next(field for field in body["fields"] if field["title"] == "Plan")
    assert [options[identifier]["value"] for identifier in plan["options"]] == [
        "Free",
        "Basic",
        "Pro",
        "Business",
    ]
    assert all(relation["relid"] == "0" for relation in body["fieldRels"])
    assert plan["relations"] == [relation["id"] for relation in body["fieldRels"] if relation["field"] == plan["id"]]


def test_fields_come_twenty_at_a_time(account: Account) -> None:
    for number in range(15):
        account.post("/fields", {"field": {"title": f"Extra {number}", "type": "text"}})
    body = account.read("/fields")
    assert (len(body["fields"]), body["meta"]["total"]) == (20, "24")
    assert len(account.read("/fields", limit=100)["fields"]) == 24


def test_a_field_can_be_made_changed_found_and_removed(account: Account) -> None:
    made = account.post("/fields", {"field": {"title": "Shoe size", "type": "text", "descript": "EU", "visible": 1}})
    assert made.status_code == 201
    field = made.json()["field"]
    assert (field["perstag"], field["visible"], field["isrequired"]) == ("SHOE_SIZE", "1", "0")
    again = account.post("/fields", {"field": {"title": "shoe size", "type": "text"}})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "duplicate")
    wrong = account.post("/fields", {"field": {"title": "Other", "type": "decimal"}})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "field_invalid")
    changed = account.put(f"/fields/{field['id']}", {"field": {"title": "Shoes"}})
    assert (changed.status_code, changed.json()["field"]["descript"]) == (200, "EU")
    found = account.read("/fields", filters__perstag="SHOE_SIZE")["fields"]
    assert [entry["title"] for entry in found] == ["Shoes"]
    contact = account.contact("jane@example.com", fieldValues=[{"field": field["id"], "value": "38"}])
    assert account.delete(f"/fields/{field['id']}").json() == {}
    assert account.read(f"/contacts/{contact}/fieldValues")["fieldValues"] == []
    unknown = account.get(f"/fields/{field['id']}")
    assert (unknown.status_code, unknown.json()["message"]) == (
        404,
        f"No Result found for Field with id {field['id']}",
    )


def test_options_are_added_in_bulk_or_not_at_all(account: Account) -> None:
    field = account.post("/fields", {"field": {"title": "Size", "type": "dropdown"}}).json()["field"]["id"]
    small = {"field": field, "value": "S", "label": "Small", "orderid": 1, "isdefault": False}
    added = account.post("/fieldOption/bulk", {"fieldOptions": [small]})
    assert added.status_code == 201
    option = added.json()["fieldOptions"][0]
    assert (option["value"], option["label"], option["isdefault"]) == ("S", "Small", "0")
    refused = account.post(
        "/fieldOption/bulk", {"fieldOptions": [small | {"value": "M"}, {"field": 999, "value": "L"}]}
    )
    assert refused.status_code == 422
    assert isinstance(refused.json()["errors"], str)
    options = account.read(f"/fields/{field}/options")["fieldOptions"]
    assert [entry["value"] for entry in options] == ["S"]


def test_a_field_without_a_relation_is_listed_without_one(account: Account) -> None:
    field = account.post("/fields", {"field": {"title": "Size", "type": "text"}}).json()["field"]
    assert field["relations"] == []
    shown = account.post("/fieldRels", {"fieldRel": {"field": field["id"], "relid": 2}})
    assert (shown.status_code, shown.json()["fieldRel"]["relid"]) == (201, "2")
    assert account.read(f"/fields/{field['id']}")["field"]["relations"] == [shown.json()["fieldRel"]["id"]]
    assert account.post("/fieldRels", {"fieldRel": {"field": field["id"], "relid": 99}}).status_code == 422


def test_a_value_is_created_and_overwritten_with_200(account: Account) -> None:
    contact = account.contact("jane@example.com")
    body = {"fieldValue": {"contact": int(contact), "field": 2, "value": "||Cooking||Music||"}}
    first = account.post("/fieldValues", body)
    assert first.status_code == 200
    value = first.json()["fieldValue"]
    assert (value["contact"], value["owner"], value["field"], value["value"]) == (
        contact,
        contact,
        "2",
        "||Cooking||Music||",
    )
    assert first.json()["contacts"][0]["id"] == contact
    body["fieldValue"]["value"] = "||Cooking||"
    second = account.post("/fieldValues", body).json()["fieldValue"]
    assert (second["id"], second["value"]) == (value["id"], "||Cooking||")
    third = account.put(f"/fieldValues/{value['id']}", {"fieldValue": {"contact": contact, "field": 2, "value": ""}})
    assert (third.status_code, third.json()["fieldValue"]["value"]) == (200, "")
    assert account.delete(f"/fieldValues/{value['id']}").json() == {}
    assert account.get(f"/fieldValues/{value['id']}").status_code == 404


def test_a_field_is_named_by_its_number_only(account: Account) -> None:
    answer = account.post("/fieldValues", {"fieldValue": {"contact": 1, "field": "CITY", "value": "x"}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["title"] == "Field id not valid"


def test_defaults_are_filled_in_on_request(account: Account) -> None:
    made = account.post("/fields", {"field": {"title": "Country", "type": "text", "defval": "US"}})
    country = made.json()["field"]["id"]
    contact = account.contact("jane@example.com")
    body = {"fieldValue": {"contact": contact, "field": 6, "value": "Albany"}}
    account.post("/fieldValues", body)
    assert len(account.read(f"/contacts/{contact}/fieldValues")["fieldValues"]) == 1
    account.post("/fieldValues", {**body, "useDefaults": True})
    values = account.read(f"/contacts/{contact}/fieldValues")["fieldValues"]
    assert {value["field"]: value["value"] for value in values} == {"6": "Albany", country: "US"}


def test_the_values_of_all_contacts_are_read_field_by_field(account: Account) -> None:
    expected = {
        contact["id"]: next((value["value"] for value in values if value["field"] == "6"), None)
        for contact in account.read("/contacts", limit=100)["contacts"]
        for values in [account.read(f"/contacts/{contact['id']}/fieldValues")["fieldValues"]]
    }
    found: dict[str, str] = {}
    ids: list[int] = []
    while True:
        query = {"filters__fieldid": 6, "orders__id": "ASC", "limit": 7, "offset": len(found)}
        page = account.read("/fieldValues", **query)
        assert page["meta"]["total"] == "20"
        if not page["fieldValues"]:
            break
        found |= {value["contact"]: value["value"] for value in page["fieldValues"]}
        ids += [int(value["id"]) for value in page["fieldValues"]]
    assert found == expected
    assert ids == sorted(ids)
    austin = account.read("/fieldValues", filters__fieldid=6, filters__val="Austin")
    assert {value["value"] for value in austin["fieldValues"]} == {"Austin"}
