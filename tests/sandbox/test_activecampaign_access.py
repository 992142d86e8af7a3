"""Keys, limits, errors and the first data of ActiveCampaign in the sandbox."""

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


@pytest.fixture
def limited() -> Iterator[Account]:
    with open_account(records=10, limits="real") as opened:
        yield opened


def test_the_key_decides(account: Account) -> None:
    me = account.read("/users/me")["user"]
    assert me["id"] == "1"
    assert {"username", "email", "firstName", "lastName", "links"} <= set(me)
    assert not {"token", "admin"} & set(me)
    for token in ("", "wrong"):
        with account.client(token) as stranger:
            refused = stranger.get("/contacts")
        assert (refused.status_code, refused.json()) == (403, {"message": "Forbidden"})
    made = account.control.post("/tokens", json={"platform": "activecampaign", "admin": True}).json()["token"]
    with account.client(made) as colleague:
        assert colleague.get("/users/me").json()["user"]["id"] == "2"
    assert account.control.post("/tokens", json={"platform": "activecampaign", "role": "x"}).status_code == 400


def test_five_requests_a_second_for_all_keys_together(limited: Account) -> None:
    token = limited.control.post("/tokens", json={"platform": "activecampaign"}).json()["token"]
    with limited.client(token) as colleague:
        answers = [client.get("/users/me") for client in (limited.api, colleague) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"5"}
    assert answers[-1].headers["Retry-After"] == "1"
    assert "Retry-After" not in answers[0].headers
    assert not any(name.lower().startswith("x-") for answer in answers for name in answer.headers)
    limited.advance(1)
    assert limited.get("/users/me").status_code == 200
    stats = limited.control.get("/stats").json()["activecampaign"]
    assert (stats["requests"], stats["429"]) == (7, 1)


def test_without_limits_the_headers_are_still_there(account: Account) -> None:
    answers = [account.get("/users/me") for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["RateLimit-Remaining"] for answer in answers} == {"5"}


def test_bad_json_and_unknown_addresses(account: Account) -> None:
    bad = account.api.post("/contacts", content=b"{")
    assert (bad.status_code, bad.json()["errors"][0]["title"]) == (400, "Bad Request")
    assert account.get("/nothing").status_code == 404
    assert account.api.post("/users/me").status_code == 404


@pytest.mark.parametrize("query", ["filters[=1", "orders[=ASC", "filters[]=", "limit=x&offset=-1", "limit=1e9"])
def test_a_garbled_query_is_no_reason_to_fail(account: Account, query: str) -> None:
    for path in ("/contacts", "/fieldValues", "/customObjects/records/" + account.schema_id("orders")):
        assert account.api.get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize("kind", ["429", "500", "503"])
def test_faults_come_in_the_platforms_words(account: Account, kind: str) -> None:
    account.control.post("/faults", json={"platform": "activecampaign", "kind": kind, "next": 1})
    answer = account.get("/users/me")
    assert answer.status_code == int(kind)
    assert {"429": b"", "500": b'{"message":"Server Error"}', "503": b"<html>"}[kind] in answer.content
    assert account.get("/users/me").status_code == 200


def test_a_refused_write_leaves_nothing_behind(account: Account) -> None:
    field = {"field": 6, "value": "Albany"}
    body = {"account": {"name": "Acme", "fields": [{"customFieldId": 1, "fieldValue": "x"}, {"customFieldId": 9}]}}
    assert account.post("/accounts", body).status_code == 422
    assert account.read("/accounts", search="Acme")["accounts"] == []
    assert account.put("/contacts/1", {"contact": {"email": "nope", "fieldValues": [field]}}).status_code == 422
    assert account.read("/fieldValues", filters__val="Albany")["fieldValues"] == []


def test_settings_are_checked(account: Account) -> None:
    for wrong in ({"index_delay_seconds": -1}, {"unknown_record_status": 500}, {"side_loading": 1}, {"nonsense": 1}):
        answer = account.control.post("/settings", json={"platform": "activecampaign", **wrong})
        assert answer.status_code == 400


def test_the_people_are_those_of_the_other_platform(account: Account) -> None:
    other = account.server.ready["platforms"]["highlevel"]
    headers = {"Authorization": f"Bearer {other['token']}", "Version": "2021-07-28"}
    answer = account.control.get(
        f"{other['base_url']}/contacts/",
        params={"locationId": other["account"], "limit": 100},
        headers=headers,
    )
    theirs = {contact["email"]: contact for contact in answer.json()["contacts"]}
    ours = account.read("/contacts", limit=100)["contacts"]
    assert len(ours) == 20
    assert all(contact["email"] in theirs for contact in ours)
    names = [contact["firstName"] == theirs[contact["email"]]["firstName"] for contact in ours]
    phones = [contact["phone"] == theirs[contact["email"]]["phone"] for contact in ours]
    assert 0 < names.count(False) < 10
    assert 0 < phones.count(False) < 10


def test_the_seed_lies_in_the_past_and_has_variety(account: Account) -> None:
    account_now = account.contact("now@example.com")
    newest = account.read(f"/contacts/{account_now}")["contact"]["created_utc_timestamp"]
    for contact in account.read("/contacts", id_less=account_now, limit=100)["contacts"]:
        assert contact["created_utc_timestamp"] <= contact["updated_utc_timestamp"] < newest
    filled = {field: account.read("/fieldValues", filters__fieldid=field)["fieldValues"] for field in range(1, 10)}
    assert all(filled.values())
    assert all(value["value"].startswith("||") and value["value"].endswith("||") for value in filled[2])
    assert [entry["name"] for entry in account.read("/accounts")["accounts"]]
    assert account.read("/deals")["deals"]
    subscriptions = account.read(f"/customObjects/records/{account.schema_id('subscriptions')}")["records"]
    assert len(subscriptions) == 6
    assert all(record["externalId"] and record["relationships"]["account"] for record in subscriptions)
    assert account.read(f"/customObjects/records/{account.schema_id('orders')}")["records"] == []


@pytest.mark.parametrize(("records", "contacts"), [(0, 0), (1, 1), (10, 2)])
def test_small_accounts(records: int, contacts: int) -> None:
    with open_account(records=records) as opened:
        assert opened.read("/contacts")["meta"]["total"] == str(contacts)
        assert opened.read("/customObjects/schemas")["meta"]["total"] == 2
