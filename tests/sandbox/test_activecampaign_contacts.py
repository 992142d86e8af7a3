"""ActiveCampaign contacts in the sandbox."""

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


def test_a_contact_is_all_text(account: Account) -> None:
    made = account.post("/contacts", {"contact": {"email": "jane@example.com", "firstName": "Jane", "phone": "1"}})
    assert made.status_code == 201
    contact = made.json()["contact"]
    listed = account.read("/contacts", email="JANE@example.com")
    assert listed["contacts"] == [contact]
    assert listed["meta"]["total"] == "1"
    lists = {"scoreValues", "accountContacts", "links"}
    assert all(value is None or isinstance(value, str) for key, value in contact.items() if key not in lists)
    assert (contact["firstName"], contact["lastName"], contact["phone"]) == ("Jane", "", "1")
    assert contact["deleted"] == "0"
    assert contact["cdate"][-6:] in ("-05:00", "-06:00")
    assert len(contact["updated_utc_timestamp"]) == 19


def test_creating_a_taken_or_wrong_address(account: Account) -> None:
    account.contact("jane@example.com")
    taken = account.post("/contacts", {"contact": {"email": "Jane@Example.com"}})
    assert taken.status_code == 422
    assert taken.json()["errors"][0]["code"] == "duplicate"
    assert taken.json()["errors"][0]["source"] == {"pointer": "/data/attributes/email"}
    wrong = account.post("/contacts", {"contact": {"email": "nope"}})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["error"] == "must_be_valid_email_address"
    assert account.post("/contacts", {"contact": {"firstName": "X"}}).json()["errors"][0]["code"] == "field_missing"
    assert account.post("/contacts", {"email": "x@example.com"}).status_code == 400


def test_an_update_touches_only_what_is_sent(account: Account) -> None:
    first = account.contact("jane@example.com", firstName="Jane", lastName="Doe", phone="1")
    account.contact("other@example.com")
    account.advance(60)
    answer = account.put(f"/contacts/{first}", {"contact": {"firstName": "Janet"}})
    assert answer.status_code == 200
    contact = answer.json()["contact"]
    assert (contact["firstName"], contact["lastName"], contact["phone"]) == ("Janet", "Doe", "1")
    assert contact["updated_utc_timestamp"] > contact["created_utc_timestamp"]
    clash = account.put(f"/contacts/{first}", {"contact": {"email": "other@example.com"}})
    assert (clash.status_code, clash.json()["errors"][0]["code"]) == (422, "duplicate")
    assert account.put(f"/contacts/{first}", {"contact": {"email": "JANE@example.com"}}).status_code == 200


def test_an_unknown_contact_is_404_with_the_class_name(account: Account) -> None:
    for answer in (
        account.get("/contacts/99999"),
        account.put("/contacts/99999", {"contact": {}}),
        account.delete("/contacts/99999"),
        account.get("/contacts/99999/fieldValues"),
    ):
        assert answer.status_code == 404
        assert answer.json() == {"message": "No Result found for Subscriber with id 99999"}


def test_ids_that_cannot_be(account: Account) -> None:
    for identifier in ("0", "-1", "x", "9" * 25, "9" * 19):
        assert account.get(f"/contacts/{identifier}").status_code == 404
    assert account.read("/contacts", ids="9" * 25)["contacts"] == []
    assert account.read("/contacts", id_greater="9" * 18)["contacts"] == []


def test_delete_takes_everything_along_and_ids_are_not_reused(account: Account) -> None:
    contact = account.contact("jane@example.com", fieldValues=[{"field": "6", "value": "Albany"}])
    account.post("/contactTags", {"contactTag": {"contact": contact, "tag": "1"}})
    gone = account.delete(f"/contacts/{contact}")
    assert (gone.status_code, gone.json()) == (200, {})
    assert account.get(f"/contacts/{contact}").status_code == 404
    assert account.read("/fieldValues", filters__val="Albany")["meta"]["total"] == "0"
    assert int(account.contact("jane@example.com")) > int(contact)


def test_sync_creates_with_201_and_updates_with_200(account: Account) -> None:
    body = {
        "contact": {
            "email": "s@example.com",
            "firstName": "S",
            "fieldValues": [{"field": 6, "value": "Albany"}],
        }
    }
    made = account.post("/contact/sync", body)
    assert made.status_code == 201
    assert made.json()["contact"]["email_empty"] is False
    assert [value["value"] for value in made.json()["fieldValues"]] == ["Albany"]
    again = account.post("/contact/sync", {"contact": {"email": "S@example.com", "lastName": "T"}})
    assert again.status_code == 200
    assert "fieldValues" not in again.json()
    contact = again.json()["contact"]
    assert contact["id"] == made.json()["contact"]["id"]
    assert (contact["email"], contact["firstName"], contact["lastName"]) == ("s@example.com", "S", "T")
    values = account.read(f"/contacts/{contact['id']}/fieldValues")["fieldValues"]
    assert [value["value"] for value in values] == ["Albany"]


def test_sync_refuses_a_missing_or_wrong_address(account: Account) -> None:
    missing = account.post("/contact/sync", {"contact": {"firstName": "X"}})
    assert missing.status_code == 400
    assert missing.json()["errors"][0]["detail"] == "Contact email must be provided for sync"
    wrong = account.post("/contact/sync", {"contact": {"email": "nope"}})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "email_invalid")


def test_sync_ignores_a_field_named_by_its_tag_or_unknown(account: Account) -> None:
    values = [{"field": "CITY", "value": "x"}, {"field": "999", "value": "x"}]
    answer = account.post("/contact/sync", {"contact": {"email": "s@example.com", "fieldValues": values}})
    assert (answer.status_code, answer.json()["fieldValues"]) == (201, [])


def test_paging_by_id_reads_everybody_once(account: Account) -> None:
    seen: list[str] = []
    after = "0"
    while True:
        page = account.read("/contacts", limit=7, orders__id="ASC", id_greater=after)
        assert int(page["meta"]["total"]) == 20 - len(seen)
        if not page["contacts"]:
            break
        seen += [contact["id"] for contact in page["contacts"]]
        after = seen[-1]
        if len(seen) == 7:
            account.delete(f"/contacts/{seen[2]}")
    assert seen == [str(number) for number in range(1, 21)]


def test_paging_by_offset_and_the_limits(account: Account) -> None:
    for number in range(110):
        account.contact(f"many{number}@example.com")
    assert len(account.read("/contacts")["contacts"]) == 20
    assert len(account.read("/contacts", limit=500)["contacts"]) == 100
    first = account.read("/contacts", limit=100, offset=0)["contacts"]
    second = account.read("/contacts", limit=100, offset=100)["contacts"]
    assert [contact["id"] for contact in first + second] == [str(number) for number in range(1, 131)]
    assert account.read("/contacts", limit=1, offset=500)["contacts"] == []


def test_an_offset_after_a_write_counts_anew(account: Account) -> None:
    first = account.read("/contacts", limit=5)["contacts"]
    account.delete(f"/contacts/{first[0]['id']}")
    second = account.read("/contacts", limit=5, offset=5)["contacts"]
    assert [contact["id"] for contact in second] == ["7", "8", "9", "10", "11"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"email_like": "ann"}, {"ann", "anna"}),
        ({"search": "stone"}, {"anna"}),
        ({"search": "anna stone"}, {"anna"}),
        ({"search": "100%"}, set()),
        ({"phone": "+49"}, {"bob"}),
        ({"listid": 1}, {"ann", "bob"}),
        ({"listid": 1, "status": 1}, {"ann"}),
        ({"status": 2}, {"bob"}),
        ({"tagid": 1}, {"anna"}),
        ({"in_group_lists": 1}, {"ann", "bob"}),
        ({"segmentid": 5}, set()),
        ({"status": -1}, {"ann", "anna", "bob"}),
    ],
)
def test_filters(account: Account, query: dict[str, object], expected: set[str]) -> None:
    for number in range(1, 21):
        account.delete(f"/contacts/{number}")
    ann = account.contact("ann@example.com", firstName="Ann")
    anna = account.contact("anna@example.com", firstName="Anna", lastName="Stone")
    bob = account.contact("bob@example.com", phone="+49 30 1")
    account.post("/contactLists", {"contactList": {"list": 1, "contact": ann, "status": 1}})
    account.post("/contactLists", {"contactList": {"list": 1, "contact": bob, "status": 2}})
    account.post("/contactTags", {"contactTag": {"contact": anna, "tag": 1}})
    found = account.read("/contacts", **query)
    assert {contact["email"].split("@")[0] for contact in found["contacts"]} == expected
    assert found["meta"]["total"] == str(len(expected))


def test_ids_bounds_and_exclusion(account: Account) -> None:
    several = account.api.get("/contacts", params=[("ids[]", "3"), ("ids[]", "5"), ("ids[]", "999")]).json()
    assert [contact["id"] for contact in several["contacts"]] == ["3", "5"]
    assert [contact["id"] for contact in account.read("/contacts", ids="2,4")["contacts"]] == ["2", "4"]
    between = account.read("/contacts", id_greater=3, id_less=7, exclude=5)
    assert [contact["id"] for contact in between["contacts"]] == ["4", "6"]
    assert between["meta"]["total"] == "2"


def test_updated_after_is_inclusive_and_takes_dates_and_times(account: Account) -> None:
    account.advance(2 * 86_400)
    changed = account.put("/contacts/7", {"contact": {"phone": "1"}}).json()["contact"]
    exact = changed["udate"]
    utc = changed["updated_utc_timestamp"].replace(" ", "T") + "Z"
    day = exact[:10]
    for bound in (exact, utc, day, exact[:19]):
        found = account.read("/contacts", filters__updated_after=bound, orders__id="ASC", id_greater=0)
        assert [contact["id"] for contact in found["contacts"]] == ["7"], bound
    for bound in (exact, day):
        found = account.read("/contacts", filters__updated_before=bound, limit=100)
        assert found["meta"]["total"] == "20"
    account.advance(1)
    fresh = account.contact("later@example.com")
    later = account.read("/contacts", filters__created_after=exact)
    assert [contact["id"] for contact in later["contacts"]] == [fresh]
    assert account.get("/contacts", filters__updated_after="soon").status_code == 400


def test_orders_and_the_order_there_is_not(account: Account) -> None:
    emails = [contact["email"] for contact in account.read("/contacts", orders__email="DESC")["contacts"]]
    assert emails == sorted(emails, key=str.lower, reverse=True)
    account.advance(10)
    account.put("/contacts/4", {"contact": {"phone": "9"}})
    by_change = account.read("/contacts", orders__udate="DESC")["contacts"]
    assert [contact["id"] for contact in by_change] == [str(number) for number in range(1, 21)]


def test_everything_around_a_contact_moves_its_change_time(account: Account) -> None:
    contact = account.contact("jane@example.com")

    def moved(answer: object) -> bool:
        before = moments[-1]
        moments.append(account.read(f"/contacts/{contact}")["contact"]["updated_utc_timestamp"])
        account.advance(5)
        return moments[-1] > before

    moments = [account.read(f"/contacts/{contact}")["contact"]["updated_utc_timestamp"]]
    account.advance(5)
    value = account.post("/fieldValues", {"fieldValue": {"contact": contact, "field": 6, "value": "Albany"}})
    assert moved(value)
    identifier = value.json()["fieldValue"]["id"]
    assert moved(account.put(f"/fieldValues/{identifier}", {"fieldValue": {"value": "Boise"}}))
    assert moved(account.delete(f"/fieldValues/{identifier}"))
    bond = account.post("/contactTags", {"contactTag": {"contact": contact, "tag": 1}})
    assert moved(bond)
    assert not moved(account.post("/contactTags", {"contactTag": {"contact": contact, "tag": 1}}))
    assert moved(account.delete(f"/contactTags/{bond.json()['contactTag']['id']}"))
    assert moved(account.post("/contactLists", {"contactList": {"contact": contact, "list": 1, "status": 1}}))
    assert not moved(account.get(f"/contacts/{contact}"))


def test_a_contact_comes_with_its_side_collections(account: Account) -> None:
    contact = account.contact("jane@example.com", fieldValues=[{"field": 6, "value": "Albany"}])
    account.post("/contactTags", {"contactTag": {"contact": contact, "tag": 1}})
    account.post("/contactLists", {"contactList": {"contact": contact, "list": 2, "status": 1}})
    link = account.post("/accountContacts", {"accountContact": {"contact": contact, "account": 1}})
    body = account.read(f"/contacts/{contact}")
    assert body["contact"]["accountContacts"] == [link.json()["accountContact"]["id"]]
    for side, key, expected in (
        ("fieldValues", "value", ["Albany"]),
        ("contactTags", "tag", ["1"]),
        ("contactLists", "list", ["2"]),
        ("accountContacts", "account", ["1"]),
        ("deals", "id", []),
        ("contactAutomations", "id", []),
    ):
        assert [entry[key] for entry in body[side]] == expected
        assert account.read(f"/contacts/{contact}/{side}")[side] == body[side]
