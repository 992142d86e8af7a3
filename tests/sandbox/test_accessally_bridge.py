"""The bridge plugin's routes, on the emulated site and as the real plugin in a real WordPress.

There AccessAlly is a stand-in (``tests/wordpress/accessally_stand_in.php``): the product could not be obtained.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.accessally_site import BRIDGE, ME, USERS, Caller, Emulated, Real, Site, calling
from tests.sandbox.receiver import Receiver, receiving
from tests.wordpress.site import FIELDS

SECRET = "a secret of some length"


def changed(admin: Caller, **query: Any) -> list[tuple[int, bool]]:
    return [(item["id"], item["deleted"]) for item in admin.call("GET", f"{BRIDGE}/changes", **query)["changes"]]


def tags_of(admin: Caller, user: dict[str, Any]) -> list[int]:
    return admin.call("GET", f"{BRIDGE}/members/{user['id']}/tags")["tags"]


# --- status and fields


@pytest.mark.parametrize("mode", ["managed", "connected"])
def test_status_tells_what_is_installed(site: Site, admin: Caller, mode: str) -> None:
    site.switch(mode=mode)
    status = admin.call("GET", f"{BRIDGE}/status")
    system = {"managed": "accessally", "connected": "activecampaign"}[mode]
    assert status.pop("now") > 1_700_000_000
    assert status == {
        "plugin": "1.2.0",
        "contract": 3,
        "wordpress": "6.1.9",
        "accessally": {"present": True, "version": "4.1.2", "system": system, "mode": mode},
    }


def test_without_the_product_the_rest_works(site: Site, admin: Caller) -> None:
    site.switch(accessally=False)
    absent = {"present": False, "version": None, "system": None, "mode": None}
    assert admin.call("GET", f"{BRIDGE}/status")["accessally"] == absent
    refusal = admin.call("GET", f"{BRIDGE}/tags", status=501)
    assert refusal["code"] == "crosswalk_no_accessally"
    assert refusal["data"] == {"status": 501}
    place = f"{BRIDGE}/members/1/tags"
    assert admin.refused("GET", place) == (501, "crosswalk_no_accessally")
    assert admin.refused("GET", f"{BRIDGE}/members/tags", ids="1") == (501, "crosswalk_no_accessally")
    assert admin.refused("POST", place, {"tags": [1]}) == (501, "crosswalk_no_accessally")
    assert admin.call("GET", f"{BRIDGE}/changes")["changes"]


def test_a_field_is_registered_and_taken_back_and_its_values_stay(admin: Caller) -> None:
    assert admin.call("GET", f"{BRIDGE}/fields") == {"fields": list(FIELDS)}
    jane = admin.member("jane", meta={"shirt_size": "M"})
    assert "shirt_size" not in jane["meta"]
    field = {"key": "shirt_size", "type": "string", "label": "Shirt size"}
    assert admin.call("POST", f"{BRIDGE}/fields", field, status=201) == field
    assert admin.change(jane, meta={"shirt_size": "L"})["meta"]["shirt_size"] == "L"
    renamed = field | {"label": "Size"}
    assert admin.call("POST", f"{BRIDGE}/fields", renamed) == renamed
    assert admin.call("GET", f"{BRIDGE}/fields")["fields"][-1] == renamed
    gone = admin.call("DELETE", f"{BRIDGE}/fields/shirt_size")
    assert gone == {"deleted": True, "previous": renamed}
    assert "shirt_size" not in admin.show(jane)["meta"]
    admin.call("POST", f"{BRIDGE}/fields", {"key": "shirt_size", "type": "string"}, status=201)
    assert admin.show(jane)["meta"]["shirt_size"] == "L"
    assert admin.refused("DELETE", f"{BRIDGE}/fields/nothing") == (404, "crosswalk_unknown_field")


@pytest.mark.parametrize(
    "key",
    [
        "_hidden", "wp_capabilities", "wp_user_level", "session_tokens", "first_name", "locale", "", "1st", "a b",
        "a/b", "ü", "k" * 191, "wp_user-settings", "persisted_preferences", "key\n",
    ],
)  # fmt: skip
def test_keys_that_are_not_free_are_refused(admin: Caller, key: str) -> None:
    refused = admin.refused("POST", f"{BRIDGE}/fields", {"key": key, "type": "string"})
    assert refused == (400, "crosswalk_invalid_key")


def test_a_field_keeps_its_type(admin: Caller) -> None:
    refusal = admin.call("POST", f"{BRIDGE}/fields", {"key": "crm_score", "type": "string"}, status=409)
    assert refusal["code"] == "crosswalk_field_exists"
    assert refusal["data"] == {"key": "crm_score", "type": "number", "status": 409}
    assert admin.refused("POST", f"{BRIDGE}/fields", {"key": "x"}) == (400, "rest_missing_callback_param")
    refused = admin.refused("POST", f"{BRIDGE}/fields", {"key": "x", "type": "object"})
    assert refused == (400, "rest_invalid_param")


# --- tags


def test_tags_are_given_and_taken(site: Site, admin: Caller) -> None:
    names = {tag["Id"]: tag["TagName"] for tag in admin.call("GET", f"{BRIDGE}/tags")["tags"]}
    assert names == {1: "customer", 2: "newsletter", 3: "vip", 4: "lead", 5: "wholesale", 6: "referral"}
    jane = admin.member("jane")
    place = f"{BRIDGE}/members/{jane['id']}/tags"
    before = admin.call("GET", place)
    assert (before["id"], before["tags"]) == (jane["id"], [])
    assert isinstance(before["contact_id"], str)
    assert admin.call("POST", place, {"tags": [3, 1]}) == before | {"tags": [1, 3], "pending": False}
    assert admin.call("POST", place, {"tags": [1, 2]})["tags"] == [1, 2, 3]
    assert admin.call("DELETE", place, {"tags": [1]})["tags"] == [2, 3]
    assert admin.call("DELETE", place, tags="1,2")["tags"] == [3]
    assert tags_of(admin, jane) == [3]


def test_unknown_tags_and_members(admin: Caller) -> None:
    jane = admin.member("jane")
    place = f"{BRIDGE}/members/{jane['id']}/tags"
    refusal = admin.call("POST", place, {"tags": [1, 99]}, status=400)
    assert refusal["code"] == "crosswalk_unknown_tag"
    assert refusal["data"] == {"tags": [99], "status": 400}
    assert tags_of(admin, jane) == []
    assert admin.refused("POST", place, {"tags": ["vip"]}) == (400, "rest_invalid_param")
    assert admin.refused("POST", place, {}) == (400, "rest_missing_callback_param")
    assert admin.refused("GET", f"{BRIDGE}/members/9999/tags") == (404, "rest_user_invalid_id")


def test_the_tags_of_several_members_come_at_once(site: Site, admin: Caller) -> None:
    jane, john = admin.member("jane"), admin.member("john")
    admin.call("POST", f"{BRIDGE}/members/{jane['id']}/tags", {"tags": [3, 1]})
    admin.delete(gone := admin.member("june"))
    each = [admin.call("GET", f"{BRIDGE}/members/{user['id']}/tags") for user in (john, jane)]
    assert [member["tags"] for member in each] == [[], [1, 3]]
    many = f"{BRIDGE}/members/tags"
    ids = [john["id"], jane["id"], john["id"], gone["id"], 0, -1, 10**17]
    assert admin.call("GET", many, ids=",".join(map(str, ids))) == {"members": each}
    listed = "&".join(f"ids[]={number}" for number in ids)
    assert admin.call("GET", f"{many}?{listed}") == {"members": each}
    assert admin.call("GET", many, ids="") == {"members": []}


def test_a_question_for_tags_of_members_that_is_wrong(site: Site, admin: Caller) -> None:
    many = f"{BRIDGE}/members/tags"
    hundred = ",".join(map(str, range(1, 101)))
    assert 1 in [member["id"] for member in admin.call("GET", many, ids=hundred)["members"]]
    refusal = admin.call("GET", many, ids=f"{hundred},1", status=400)
    assert refusal["code"] == "rest_invalid_param"
    assert refusal["data"] == {
        "status": 400,
        "params": {"ids": "ids must contain at most 100 items."},
        "details": {
            "ids": {"code": "rest_too_many_items", "message": "ids must contain at most 100 items.", "data": None}
        },
    }
    assert admin.refused("GET", many, ids="jane") == (400, "rest_invalid_param")
    assert admin.refused("GET", many) == (400, "rest_missing_callback_param")
    for role, status in (("editor", 403), (None, 401)):
        with calling(site, role) as other:
            assert other.refused("GET", many, ids="1") == (status, "rest_forbidden")


def test_a_connected_platforms_tags_arrive_later(site: Site, admin: Caller) -> None:
    jane = admin.member("jane")
    admin.call("POST", f"{BRIDGE}/members/{jane['id']}/tags", {"tags": [1]})
    site.switch(mode="connected")
    place = f"{BRIDGE}/members/{jane['id']}/tags"
    answer = admin.call("POST", place, {"tags": [2]})
    assert (answer["tags"], answer["pending"]) == ([1], True)
    answer = admin.call("DELETE", place, {"tags": [1]})
    assert (answer["tags"], answer["pending"]) == ([1], True)
    unconnected = admin.member("john")
    place = f"{BRIDGE}/members/{unconnected['id']}/tags"
    assert admin.call("GET", place) == {"id": unconnected["id"], "contact_id": None, "tags": []}
    assert admin.refused("POST", place, {"tags": [1]}) == (409, "crosswalk_no_contact")


# --- changes


def test_changes_come_oldest_first_and_page_by_page(admin: Caller) -> None:
    members = [admin.member(f"jane{number}") for number in range(5)]
    mine = {member["id"] for member in members}
    query: dict[str, Any] = {"since": 0, "limit": 2}
    seen: list[dict[str, Any]] = []
    while (page := admin.call("GET", f"{BRIDGE}/changes", **query))["next"]:
        assert len(page["changes"]) == 2
        seen += page["changes"]
        query = {**page["next"], "limit": 2}
    seen += page["changes"]
    order = [(item["changed_at"], item["id"]) for item in seen]
    assert order == sorted(set(order))
    assert {item["id"] for item in seen} >= mine | {1}
    assert all(item["changed_at"] <= page["now"] for item in seen)
    assert changed(admin, since=page["now"] + 60) == []


@pytest.mark.parametrize("what", ["profile", "field", "role", "tags", "deleted"])
def test_what_counts_as_a_change(site: Site, admin: Caller, what: str) -> None:
    jane, john = admin.member("jane"), admin.member("john")
    old = _long_ago(site)
    assert changed(admin, since=old + 1) == []
    match what:
        case "profile":
            admin.change(jane, first_name="Jane")
        case "field":
            admin.change(jane, meta={"crm_score": 5})
        case "role":
            admin.change(jane, roles=["author"])
        case "tags":
            admin.call("POST", f"{BRIDGE}/members/{jane['id']}/tags", {"tags": [1]})
        case _:
            admin.delete(jane)
    assert changed(admin, since=old + 1) == [(jane["id"], what == "deleted")]
    assert (john["id"], False) in changed(admin, since=old)


def _long_ago(site: Site) -> int:
    """Puts every change so far into the past; that second."""
    past = 1_600_000_000
    statement = f"UPDATE {{}} SET changed_at = {past}"
    if isinstance(site, Real):
        site.wordpress.sql(statement.format("wp_crosswalk_changes"))
    elif isinstance(site, Emulated):
        site.storage.execute(statement.format("accessally_changes"))
    return past


@pytest.mark.parametrize("query", [{"since": -1}, {"since": "yesterday"}, {"limit": 0}, {"limit": 1001}, {"after": -1}])
def test_a_question_for_changes_that_is_wrong(admin: Caller, query: dict[str, Any]) -> None:
    assert admin.refused("GET", f"{BRIDGE}/changes", **query) == (400, "rest_invalid_param")


# --- webhooks


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as taking:
        yield taking


def test_the_webhooks_secret_is_never_told(admin: Caller) -> None:
    hook = f"{BRIDGE}/webhooks"
    assert admin.call("GET", hook) == {"url": None, "has_secret": False}
    target = {"url": "https://crosswalk.example.com/hook", "secret": SECRET}
    told = {"url": "https://crosswalk.example.com/hook", "has_secret": True}
    assert admin.call("PUT", hook, target) == told
    assert admin.call("GET", hook) == told
    assert admin.call("DELETE", hook) == {"deleted": True}
    assert admin.call("GET", hook) == {"url": None, "has_secret": False}


@pytest.mark.parametrize(
    ("url", "secret", "code"),
    [
        ("http://crosswalk.example.com/hook", SECRET, "crosswalk_invalid_url"),
        ("https://user:word@example.com/", SECRET, "crosswalk_invalid_url"),
        ("file:///etc/passwd", SECRET, "crosswalk_invalid_url"),
        ("https://", SECRET, "crosswalk_invalid_url"),
        ("https://example.com/a b", SECRET, "crosswalk_invalid_url"),
        ("http://127.0.0.1.example.com/", SECRET, "crosswalk_invalid_url"),
        ("nonsense", SECRET, "crosswalk_invalid_url"),
        ("https://example.com/", "short", "crosswalk_invalid_secret"),
    ],
)
def test_targets_that_are_refused(admin: Caller, url: str, secret: str, code: str) -> None:
    assert admin.refused("PUT", f"{BRIDGE}/webhooks", {"url": url, "secret": secret}) == (400, code)


def test_what_happens_to_a_member_is_told_once_and_signed(site: Site, admin: Caller, receiver: Receiver) -> None:
    admin.call("PUT", f"{BRIDGE}/webhooks", {"url": receiver.url, "secret": SECRET})
    jane = admin.member("jane", first_name="Jane", meta={"crm_score": 5})
    delivery = receiver.next()
    assert delivery.event == ("user.created", jane["id"])
    assert json.loads(delivery.body)["site"] == site.base_url
    timestamp = delivery.headers["x-crosswalk-timestamp"]
    assert json.loads(delivery.body)["occurred_at"] == int(timestamp)
    digest = hmac.new(SECRET.encode(), timestamp.encode() + b"." + delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["x-crosswalk-signature"] == f"sha256={digest}"
    assert delivery.headers["content-type"] == "application/json"
    admin.change(jane, first_name="June", meta={"crm_score": 6}, roles=["author"])
    assert receiver.next().event == ("user.updated", jane["id"])
    admin.call("POST", f"{BRIDGE}/members/{jane['id']}/tags", {"tags": [1]})
    assert receiver.next().event == ("user.tags", jane["id"])
    admin.delete(jane)
    assert receiver.next().event == ("user.deleted", jane["id"])
    admin.call("DELETE", f"{BRIDGE}/webhooks")
    admin.member("john")
    assert receiver.deliveries.empty()


def test_a_target_that_does_not_answer_holds_nobody_up(admin: Caller) -> None:
    admin.call("PUT", f"{BRIDGE}/webhooks", {"url": "http://127.0.0.1:9/", "secret": SECRET})
    assert admin.member("jane")["username"] == "jane"
    assert admin.call("GET", ME)["name"] == "admin"


def test_anybody_may_ask_how_the_routes_are_used(visitor: Caller) -> None:
    told = visitor.call("OPTIONS", f"{BRIDGE}/changes")
    (endpoint,) = told["endpoints"]
    assert endpoint["args"]["limit"]["maximum"] == 1000
    assert visitor.call("OPTIONS", f"{BRIDGE}/fields")["methods"] == ["GET", "POST"]
    assert visitor.call("OPTIONS", USERS)["namespace"] == "wp/v2"
