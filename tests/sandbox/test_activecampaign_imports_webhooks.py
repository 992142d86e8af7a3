"""ActiveCampaign's bulk import and webhook subscriptions in the sandbox."""

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


IMPORT = "/import/bulk_import"


def queue(account: Account, *contacts: dict[str, Any]) -> str:
    answer = account.post(IMPORT, {"contacts": list(contacts)})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["success"], body["queued_contacts"]) == (1, len(contacts))
    return body["batchId"]


def status(account: Account, batch: str) -> Any:
    return account.read("/import/info", batchId=batch)["status"]


def test_a_batch_is_done_some_seconds_later(account: Account) -> None:
    account.contact("known@example.com", firstName="Old", lastName="Name")
    batch = queue(
        account,
        {
            "email": "fresh@example.com",
            "first_name": "Fresh",
            "phone": "1",
            "customer_acct_name": "Acme",
            "tags": ["vip", "brand new"],
            "fields": [{"id": 2, "value": "||Cooking||Music||"}],
            "subscribe": [{"listid": 1}],
            "unsubscribe": [{"listid": 2}],
        },
        {"email": "Known@example.com", "first_name": "New"},
    )
    assert status(account, batch) is False
    seen = []
    for _ in range(3):
        account.advance(1)
        seen.append(status(account, batch))
    assert seen == ["waiting", "active", "completed"]
    fresh = account.read("/contacts", email="fresh@example.com")["contacts"][0]
    known = account.read("/contacts", email="known@example.com")["contacts"][0]
    report = account.read("/import/info", batchId=batch)
    assert report == {"status": "completed", "success": [fresh["id"], known["id"]], "failure": []}
    assert (known["firstName"], known["lastName"]) == ("New", "Name")
    assert (fresh["firstName"], fresh["phone"]) == ("Fresh", "1")
    body = account.read(f"/contacts/{fresh['id']}")
    tags = {tag["id"]: tag["tag"] for tag in account.read("/tags", limit=100)["tags"]}
    assert {tags[bond["tag"]] for bond in body["contactTags"]} == {"vip", "brand new"}
    assert {bond["list"]: bond["status"] for bond in body["contactLists"]} == {"1": "1", "2": "2"}
    assert [value["value"] for value in body["fieldValues"]] == ["||Cooking||Music||"]
    acme = account.read("/accounts", search="Acme")["accounts"][0]
    assert [link["account"] for link in body["accountContacts"]] == [acme["id"]]


def test_camel_case_keys_are_dropped_silently(account: Account) -> None:
    queue(account, {"email": "fresh@example.com", "firstName": "Fresh"})
    account.advance(5)
    assert account.read("/contacts", email="fresh@example.com")["contacts"][0]["firstName"] == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_name": "A"},
        {"email": "nope"},
        {"email": "b@example.com", "fields": [{"id": 99, "value": "x"}]},
        {"email": "b@example.com", "subscribe": [{"listid": 99}]},
        {"email": "b@example.com", "tags": "vip"},
        {"email": "b@example.com", "fields": {"id": 1, "value": "x"}},
    ],
)
def test_one_wrong_contact_refuses_the_batch(account: Account, wrong: dict[str, Any]) -> None:
    answer = account.post(IMPORT, {"contacts": [{"email": "a@example.com"}, wrong]})
    assert answer.status_code == 400
    assert answer.json()["success"] == 0
    assert [reason["contact"] for reason in answer.json()["failureReasons"]] == [2]
    account.advance(5)
    assert account.read("/contacts", email="a@example.com")["contacts"] == []


def test_a_batch_has_a_largest_size(account: Account) -> None:
    contacts = [{"email": f"many{number}@example.com"} for number in range(251)]
    assert account.post(IMPORT, {"contacts": contacts}).status_code == 400
    queue(account, *contacts[:250])
    large = {"contacts": [{"email": "a@example.com", "first_name": "x" * 400_000}]}
    assert account.post(IMPORT, large).status_code == 400
    assert account.post(IMPORT, {"contacts": []}).status_code == 400


def test_imports_have_limits_of_their_own(account: Account) -> None:
    account.control.post("/settings", json={"platform": "activecampaign", "limits": "real"})

    def send(*emails: str) -> Any:
        account.advance(0.21)
        return account.post(IMPORT, {"contacts": [{"email": email} for email in emails]})

    try:
        assert {send("a@example.com").status_code for _ in range(20)} == {200}
        refused = send("a@example.com")
        assert (refused.status_code, refused.json()["message"]) == (400, "Rate limit exceeded.")
        assert refused.json()["failureReasons"] == ["Up to 20 imports may be requested per minute."]
        assert send("a@example.com", "b@example.com").status_code == 200
        account.advance(60)
        assert send("a@example.com").status_code == 200
    finally:
        account.control.post("/settings", json={"platform": "activecampaign", "limits": "off"})


def test_the_report_needs_a_batch(account: Account) -> None:
    answer = account.get("/import/info")
    assert answer.status_code == 400
    assert answer.json() == {"success": 0, "message": "'batchId' is a required field."}
    assert status(account, "c1b2c3d4-0000-4000-8000-000000000201") is False


def test_a_webhook_is_kept_changed_and_removed(account: Account) -> None:
    hook = {
        "name": "sync",
        "url": "https://hooks.example.com/x",
        "events": ["update"],
        "sources": ["api", "system"],
    }
    made = account.post("/webhooks", {"webhook": hook})
    assert made.status_code == 201
    kept = made.json()["webhook"]
    assert {key: kept[key] for key in hook} == hook
    assert (kept["listid"], kept["links"]) == ("0", [])
    assert account.read("/webhooks", filters__name="sync")["webhooks"] == [kept]
    assert account.read("/webhooks", filters__url="https://other.example.com")["meta"] == {"total": "0"}
    changed = account.put(f"/webhooks/{kept['id']}", {"webhook": {"events": ["subscribe"]}}).json()["webhook"]
    assert (changed["events"], changed["name"]) == (["subscribe"], "sync")
    assert account.delete(f"/webhooks/{kept['id']}").json() == {}
    unknown = account.get(f"/webhooks/{kept['id']}")
    assert unknown.json() == {"message": f"No Result found for Webhook with id {kept['id']}"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://hooks.example.com/x"},
        {"url": "https://hooks.example.com:8443/x"},
        {"url": "https://hooks.example.com:port/x"},
        {"events": ["record_created"]},
        {"events": []},
        {"sources": ["nobody"]},
        {"name": ""},
    ],
)
def test_a_wrong_webhook_is_422(account: Account, wrong: dict[str, Any]) -> None:
    hook = {"name": "sync", "url": "https://hooks.example.com/x", "events": ["update"], "sources": ["api"]}
    assert account.post("/webhooks", {"webhook": hook | wrong}).status_code == 422
    assert account.read("/webhooks")["webhooks"] == []


def test_there_is_no_event_for_records(account: Account) -> None:
    body = account.read("/webhook/events")
    assert body["meta"]["total"] == len(body["webhookEvents"])
    assert {"update", "contact_tag_added", "deal_update", "account_contact_add"} <= set(body["webhookEvents"])
    assert not any("record" in event or "object" in event for event in body["webhookEvents"])
