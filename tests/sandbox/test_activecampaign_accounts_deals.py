"""ActiveCampaign's accounts and deals in the sandbox."""

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


DEAL = {"title": "Renewal", "contact": "1", "value": 45_600, "currency": "USD", "group": "1", "owner": "1"}


def test_an_account_needs_a_name_of_its_own(account: Account) -> None:
    made = account.post("/accounts", {"account": {"name": "Acme", "accountUrl": "https://acme.example"}})
    assert made.status_code == 201
    body = made.json()["account"]
    assert (body["accountUrl"], body["contactCount"]) == ("https://acme.example", "0")
    assert body["createdTimestamp"] == body["updatedTimestamp"]
    same = account.post("/accounts", {"account": {"name": "acme"}})
    assert (same.status_code, same.json()["errors"][0]["code"]) == (422, "duplicate")
    none = account.post("/accounts", {"account": {"accountUrl": "x"}})
    assert (none.status_code, none.json()["errors"][0]["code"]) == (422, "field_missing")
    account.advance(5)
    changed = account.put(f"/accounts/{body['id']}", {"account": {"accountUrl": ""}}).json()["account"]
    assert (changed["name"], changed["accountUrl"]) == ("Acme", "")
    assert changed["updatedTimestamp"] > body["updatedTimestamp"]
    assert [entry["id"] for entry in account.read("/accounts", search="acm")["accounts"]] == [body["id"]]
    assert account.delete(f"/accounts/{body['id']}").json() == {}
    assert account.get(f"/accounts/{body['id']}").status_code == 404


def test_accounts_have_custom_fields(account: Account) -> None:
    meta = {"fieldLabel": "Turnover", "fieldType": "currency", "fieldDefaultCurrency": "EUR"}
    field = account.post("/accountCustomFieldMeta", {"accountCustomFieldMetum": meta}).json()["accountCustomFieldMetum"]
    given = {"customFieldId": int(field["id"]), "fieldValue": 1234, "fieldCurrency": "GBP"}
    made = account.post("/accounts", {"account": {"name": "Acme", "fields": [given]}}).json()["account"]
    assert made["fields"] == [{**given, "accountId": made["id"]}]
    data = account.read("/accountCustomFieldData", filters__customerAccountId=made["id"])
    assert data["accountCustomFieldData"][0]["fieldValue"] == 1234
    assert account.read(f"/accounts/{made['id']}/accountCustomFieldData")["accountCustomFieldData"]
    labels = [entry["fieldLabel"] for entry in account.read("/accountCustomFieldMeta")["accountCustomFieldMeta"]]
    assert labels == ["Industry", "Turnover"]
    unknown = {"account": {"name": "Other", "fields": [{"customFieldId": 99, "fieldValue": "x"}]}}
    assert account.post("/accounts", unknown).status_code == 422
    assert account.read("/accounts", search="Other")["accounts"] == []


def test_a_contact_has_one_account(account: Account) -> None:
    contact = account.contact("jane@example.com")
    link = {"accountContact": {"contact": contact, "account": "1", "jobTitle": "Owner"}}
    made = account.post("/accountContacts", link)
    assert made.status_code == 201
    second = account.post("/accountContacts", {"accountContact": {"contact": contact, "account": "2"}})
    assert (second.status_code, second.json()["errors"][0]["code"]) == (422, "field_invalid")
    found = account.read("/accountContacts", filters__contact=contact)["accountContacts"]
    assert [(entry["account"], entry["jobTitle"]) for entry in found] == [("1", "Owner")]
    account.delete(f"/accountContacts/{made.json()['accountContact']['id']}")
    again = account.post("/accountContacts", {"accountContact": {"contact": contact, "account": "2"}})
    assert again.status_code == 201
    missing = account.post("/accountContacts", {"accountContact": {"contact": contact, "account": "999"}})
    assert missing.json()["errors"][0]["code"] == "related_missing"


def test_a_deal_is_in_cents_with_a_small_currency(account: Account) -> None:
    made = account.post("/deals", {"deal": DEAL})
    assert made.status_code == 201
    deal = made.json()["deal"]
    assert (deal["value"], deal["currency"], deal["group"], deal["stage"]) == ("45600", "usd", "1", "1")
    account.advance(5)
    changed = account.put(f"/deals/{deal['id']}", {"deal": {"stage": "2", "status": 1}}).json()["deal"]
    assert (changed["stage"], changed["status"], changed["title"]) == ("2", "1", "Renewal")
    assert changed["mdate"] > deal["mdate"]
    assert account.delete(f"/deals/{deal['id']}").status_code == 200
    assert account.get(f"/deals/{deal['id']}").json()["message"] == f"No Result found for Deal with id {deal['id']}"


@pytest.mark.parametrize("key", ["title", "value", "currency", "owner", "contact", "group"])
def test_a_deal_needs_its_parts(account: Account, key: str) -> None:
    given = {name: value for name, value in DEAL.items() if name != key}
    answer = account.post("/deals", {"deal": given})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "field_missing")


@pytest.mark.parametrize(
    "wrong", [{"value": -1}, {"value": 1.5}, {"currency": "dollars"}, {"contact": 999}, {"stage": 9}]
)
def test_a_deal_with_a_wrong_part(account: Account, wrong: dict[str, object]) -> None:
    assert account.post("/deals", {"deal": DEAL | wrong}).status_code == 422


def test_deals_are_filtered_inclusively(account: Account) -> None:
    account.advance(86_400)
    deal = account.post("/deals", {"deal": DEAL}).json()["deal"]
    after = account.read("/deals", filters__updated_after=deal["mdate"])
    assert [entry["id"] for entry in after["deals"]] == [deal["id"]]
    assert account.read("/deals", filters__title="renew", filters__minimum_value=45_600)["meta"]["total"] != "0"
    assert account.read("/deals", filters__stage=1, filters__status=0, filters__title="Renewal")["deals"]
    assert len(account.read("/dealStages")["dealStages"]) == 3
    assert account.read("/dealGroups")["dealGroups"][0]["stages"] == ["1", "2", "3"]
