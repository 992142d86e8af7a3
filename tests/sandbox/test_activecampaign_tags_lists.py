"""ActiveCampaign's tags and lists in the sandbox."""

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


def test_making_a_tag_that_exists_gives_that_tag(account: Account) -> None:
    body = {"tag": {"tag": "Gold", "tagType": "contact", "description": "pays well"}}
    made = account.post("/tags", body)
    assert (made.status_code, made.json()["tag"]["subscriber_count"]) == (201, "0")
    again = account.post("/tags", {"tag": {"tag": "Gold", "tagType": "contact"}})
    assert (again.status_code, again.json()) == (200, made.json())


def test_a_tag_without_a_type_is_not_listed(account: Account) -> None:
    hidden = account.post("/tags", {"tag": {"tag": "Hidden"}}).json()["tag"]["id"]
    assert account.read("/tags", search="Hidden")["tags"] == []
    account.put(f"/tags/{hidden}", {"tag": {"tagType": "contact"}})
    assert [tag["id"] for tag in account.read("/tags", search="Hidden")["tags"]] == [hidden]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"search": "EW"}, {"newsletter"}),
        ({"filters__search__contains": "e"}, {"customer", "newsletter", "lead", "wholesale", "referral"}),
        ({"filters__search__starts_with": "w"}, {"wholesale"}),
        ({"filters__search__eq": "vip"}, {"vip"}),
        ({"filters__search__neq": "vip"}, {"customer", "newsletter", "lead", "wholesale", "referral"}),
        ({"filters__search__gte": "vip"}, {"vip", "wholesale"}),
        ({"filters__search__lt": "lead"}, {"customer"}),
    ],
)
def test_tags_can_be_searched(account: Account, query: dict[str, object], expected: set[str]) -> None:
    body = account.read("/tags", **query)
    assert {tag["tag"] for tag in body["tags"]} == expected
    assert body["meta"] == {"total": str(len(expected))}


def test_tagging_twice_is_one_bond(account: Account) -> None:
    contact = account.contact("jane@example.com")
    body = {"contactTag": {"contact": contact, "tag": "1"}}
    first = account.post("/contactTags", body)
    assert (first.status_code, first.json()["contacts"][0]["id"]) == (201, contact)
    second = account.post("/contactTags", body)
    assert second.status_code == 200
    assert second.json()["contactTag"]["id"] == first.json()["contactTag"]["id"]
    assert len(account.read(f"/contacts/{contact}/contactTags")["contactTags"]) == 1
    bond = first.json()["contactTag"]["id"]
    assert account.delete(f"/contactTags/{bond}").json() == {}
    gone = account.delete(f"/contactTags/{bond}")
    assert gone.json() == {"message": f"No Result found for SubscriberTag with id {bond}"}


def test_tagging_the_unknown(account: Account) -> None:
    contact = account.post("/contactTags", {"contactTag": {"contact": "99999", "tag": "1"}})
    assert contact.status_code == 404
    assert contact.json() == {"errors": [{"status": 404, "title": "Not Found", "detail": "Contact not found"}]}
    assert account.post("/contactTags", {"contactTag": {"contact": "1", "tag": "99999"}}).status_code == 404
    name = account.post("/contactTags", {"contactTag": {"contact": "1", "tag": "vip"}})
    assert (name.status_code, name.json()["errors"][0]["title"]) == (422, "No tag id provided")


def test_deleting_a_tag_takes_it_off_everybody(account: Account) -> None:
    account.advance(86_400)
    tagged = account.read("/contacts", tagid=1)["contacts"]
    assert tagged
    account.delete("/tags/1")
    assert account.get("/tags/1").json() == {"message": "No Result found for Tag with id 1"}
    now = account.read(f"/contacts/{tagged[0]['id']}")
    assert "1" not in [bond["tag"] for bond in now["contactTags"]]
    assert now["contact"]["updated_utc_timestamp"] > tagged[0]["updated_utc_timestamp"]


def test_lists(account: Account) -> None:
    assert [entry["name"] for entry in account.read("/lists")["lists"]] == ["Newsletter", "Customers"]
    made = account.post("/lists", {"list": {"name": "Beta testers", "stringid": "beta"}})
    assert made.status_code == 200
    assert [entry["stringid"] for entry in account.read("/lists", filters__name="beta")["lists"]] == ["beta"]
    assert account.delete(f"/lists/{made.json()['list']['id']}").status_code == 200
    assert account.read("/lists")["meta"] == {"total": "2"}


def test_subscribing_unsubscribing_and_coming_back(account: Account) -> None:
    contact = account.contact("jane@example.com")

    def set_status(**given: object) -> str:
        answer = account.post("/contactLists", {"contactList": {"contact": contact, "list": 1, **given}})
        assert answer.status_code == 200
        return answer.json()["contactList"]["status"]

    assert set_status(status=1) == "1"
    assert set_status(status="2") == "2"
    assert set_status(status=1) == "2"
    assert set_status(status=1, sourceid=4) == "1"
    bonds = account.read(f"/contacts/{contact}/contactLists")["contactLists"]
    assert [(bond["list"], bond["status"]) for bond in bonds] == [("1", "1")]
    refused = account.post("/contactLists", {"contactList": {"contact": contact, "list": 1, "status": 4}})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "field_invalid")
    unknown = account.post("/contactLists", {"contactList": {"contact": contact, "list": 99, "status": 1}})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "related_missing")


def test_a_listing_of_contacts_brings_along_what_is_included(account: Account) -> None:
    plain = account.read("/contacts", limit=5)
    assert "contactTags" not in plain
    assert "contactTags" not in plain["contacts"][0]
    page = account.read("/contacts", limit=5, include="contactTags.tag,contactLists,nothing")
    names = {tag["id"]: tag["tag"] for tag in page["tags"]}
    for contact in page["contacts"]:
        single = account.read(f"/contacts/{contact['id']}")
        own = [bond for bond in page["contactTags"] if bond["contact"] == contact["id"]]
        assert own == single["contactTags"]
        assert contact["contactTags"] == [bond["id"] for bond in own]
        assert all(bond["tag"] in names for bond in own)
        assert contact["contactLists"] == [bond["id"] for bond in single["contactLists"]]
    assert page["contactTags"]
    assert page["contactLists"]
    assert account.read("/contacts", email="nobody@example.com", include="contactTags")["contactTags"] == []
