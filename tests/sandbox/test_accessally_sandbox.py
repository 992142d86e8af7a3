"""The emulated members' site as a part of the sandbox: its people, settings, allowance and state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from desktop.sandbox.people import person
from tests.local_http import NO_CERTIFICATES
from tests.sandbox.accessally_site import BRIDGE, ME, USERS, Caller, Emulated, calling
from tests.sandbox.conftest import StartSandbox


def members(admin: Caller) -> list[dict[str, Any]]:
    found = admin.call("GET", USERS, context="edit", per_page=100, orderby="id", roles="subscriber")
    assert isinstance(found, list)
    return found


def test_the_first_people_of_every_platform_are_members(start_sandbox: StartSandbox) -> None:
    with calling(Emulated(start_sandbox(records=100, seed=7))) as admin:
        found = members(admin)
        people = [person(7, number) for number in range(20)]
        assert [user["email"] for user in found] == [one.email for one in people]
        assert [user["first_name"] for user in found] == [one.first_name for one in people]
        shouting = [user["last_name"] for user in found if user["last_name"].isupper()]
        assert 0 < len(shouting) < 10
        assert {user["username"] for user in found} == {user["email"] for user in found}
        now = datetime.now(UTC)
        for user in found:
            made = datetime.fromisoformat(user["registered_date"])
            assert now - timedelta(days=731) < made < now - timedelta(hours=23)
        scores = {user["meta"]["crm_score"] for user in found}
        assert 0 in scores
        assert len(scores) > 5
        assert {user["meta"]["crm_active"] for user in found} == {True, False}
        assert all(user["meta"]["crm_object_id"] == "" for user in found)
        tags = {tag["Id"]: tag["TagName"] for tag in admin.call("GET", f"{BRIDGE}/tags")["tags"]}
        for user in found:
            given = admin.call("GET", f"{BRIDGE}/members/{user['id']}/tags")["tags"]
            assert sorted(tags[number] for number in given) == sorted(user["meta"]["crm_tags"])
        changes = admin.call("GET", f"{BRIDGE}/changes")["changes"]
        assert [item["id"] for item in changes] == list(range(1, 22))


@pytest.mark.parametrize(("records", "expected"), [(0, 0), (1, 1), (9, 1), (10, 2)])
def test_there_is_a_fifth_as_many_members_as_records(start_sandbox: StartSandbox, records: int, expected: int) -> None:
    with calling(Emulated(start_sandbox(records=records))) as admin:
        assert len(members(admin)) == expected


def test_a_small_host_gives_up_above_twenty_a_second(start_sandbox: StartSandbox) -> None:
    site = Emulated(start_sandbox(limits="real"))
    site.control.post("clock", frozen=True)
    with calling(site) as admin:
        statuses = [admin.ask("GET", ME).status_code for _ in range(21)]
        assert statuses == [200] * 20 + [503]
        refused = admin.ask("GET", ME)
        assert refused.headers["content-type"].startswith("text/html")
        assert "retry-after" not in refused.headers
        site.control.advance(1)
        assert admin.ask("GET", ME).status_code == 200


def test_a_connected_platforms_tags_reach_the_site_in_the_end(start_sandbox: StartSandbox) -> None:
    site = Emulated(start_sandbox())
    with calling(site) as admin:
        jane = admin.member("jane")
        site.switch(mode="connected", sync_delay_seconds=60)
        place = f"{BRIDGE}/members/{jane['id']}/tags"
        assert admin.call("POST", place, {"tags": [2]})["pending"] is True
        site.control.advance(59)
        assert admin.call("GET", place)["tags"] == []
        site.control.advance(1)
        now = admin.call("GET", f"{BRIDGE}/status")["now"]
        changes = admin.call("GET", f"{BRIDGE}/changes", since=now)["changes"]
        assert [item["id"] for item in changes] == [jane["id"]]
        assert admin.call("GET", place)["tags"] == [2]


def test_a_site_without_our_plugin(start_sandbox: StartSandbox) -> None:
    site = Emulated(start_sandbox())
    site.switch(bridge=False)
    with calling(site) as admin:
        for path in (f"{BRIDGE}/status", "/wp-json/crosswalk/v1"):
            assert admin.refused("GET", path) == (404, "rest_no_route")
        assert admin.refused("GET", "/", rest_route="/crosswalk/v1/tags") == (404, "rest_no_route")
        assert "crosswalk/v1" not in admin.call("GET", "/wp-json/")["namespaces"]
        assert admin.call("GET", ME)["name"] == "admin"


def test_a_site_with_our_plugin_of_contract_1(start_sandbox: StartSandbox) -> None:
    site = Emulated(start_sandbox())
    site.switch(old_bridge=True)
    with calling(site) as admin:
        status = admin.call("GET", f"{BRIDGE}/status")
        assert (status["plugin"], status["contract"]) == ("1.0.0", 1)
        assert admin.refused("GET", f"{BRIDGE}/members/tags", ids="1") == (404, "rest_no_route")
        assert admin.call("GET", f"{BRIDGE}/members/1/tags")["id"] == 1


def test_a_site_without_application_passwords(start_sandbox: StartSandbox) -> None:
    site = Emulated(start_sandbox())
    site.switch(application_passwords=False)
    with calling(site) as admin:
        assert admin.call("GET", "/wp-json/")["authentication"] == []
        assert admin.refused("GET", ME) == (401, "rest_not_logged_in")


def test_an_application_is_led_back_with_a_password_that_works(start_sandbox: StartSandbox) -> None:
    site = Emulated(start_sandbox())
    page = f"{site.base_url}/wp-admin/authorize-application.php"
    query = {"app_name": "Crosswalk", "success_url": "http://127.0.0.1:9/back?state=1"}
    answer = httpx.get(page, params=query, verify=NO_CERTIFICATES)
    assert answer.status_code == 302
    target = urlsplit(answer.headers["location"])
    given = parse_qs(target.query)
    assert (target.netloc, given["state"], given["site_url"]) == ("127.0.0.1:9", ["1"], [site.base_url])
    auth = httpx.BasicAuth(given["user_login"][0], given["password"][0])
    assert httpx.get(f"{site.base_url}{ME}", auth=auth, verify=NO_CERTIFICATES).json()["name"] == "admin"
    assert "password" in httpx.get(page, params={"app_name": "Crosswalk"}, verify=NO_CERTIFICATES).text
    assert httpx.get(page, verify=NO_CERTIFICATES).status_code == 400
    site.switch(approves_sign_in=False)
    refused = httpx.get(page, params=query, verify=NO_CERTIFICATES)
    assert refused.headers["location"] == "http://127.0.0.1:9/back?state=1&success=false"
    rejected = httpx.get(page, params=query | {"reject_url": "http://127.0.0.1:9/no"}, verify=NO_CERTIFICATES)
    assert rejected.headers["location"] == "http://127.0.0.1:9/no"


def test_settings_that_mean_nothing_are_refused(start_sandbox: StartSandbox) -> None:
    control = Emulated(start_sandbox()).control
    assert "mode must be one of" in control.refused("settings", platform="accessally", mode="half")
    assert "unknown: colour" in control.refused("settings", platform="accessally", colour="red")
    assert "true or false" in control.refused("settings", platform="accessally", bridge=1)
    assert "role must be one of" in control.refused("tokens", platform="accessally", role="king")
    assert "unknown: scopes" in control.refused("tokens", platform="accessally", scopes=[])


@pytest.mark.parametrize(
    ("kind", "status", "form"),
    [("401", 401, "json"), ("403", 403, "json"), ("500", 500, "json"), ("502", 502, "html"), ("429", 503, "html")],
)
def test_faults_are_worded_as_a_site_words_them(start_sandbox: StartSandbox, kind: str, status: int, form: str) -> None:
    site = Emulated(start_sandbox())
    site.control.fault(kind, platform="accessally")
    with calling(site) as admin:
        answer = admin.ask("GET", ME)
        assert answer.status_code == status
        assert form in answer.headers["content-type"]


def test_a_path_that_is_no_page(start_sandbox: StartSandbox) -> None:
    site = Emulated(start_sandbox())
    answer = httpx.get(f"{site.base_url}/shop", verify=NO_CERTIFICATES)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=UTF-8")


def test_what_a_call_did_is_counted(start_sandbox: StartSandbox) -> None:
    site = Emulated(start_sandbox())
    with calling(site) as admin:
        jane = admin.member("jane")
        admin.show(jane)
        admin.refused("POST", f"{USERS}/9999", {})
    stats = site.control.stats("accessally")
    assert (stats["requests"], stats["writes"]) == (3, 1)
    assert stats["by_route"] == {
        "GET /wp-json/wp/v2/users/{id}": 1,
        "POST /wp-json/wp/v2/users": 1,
        "POST /wp-json/wp/v2/users/{id}": 1,
    }


def test_everything_survives_a_restart(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    server = start_sandbox(records=20, state_dir=tmp_path / "state")
    site = Emulated(server)
    token = site.token("editor")
    with calling(site) as admin:
        jane = admin.member("jane", meta={"crm_tags": ["gold"]})
        admin.call("POST", f"{BRIDGE}/fields", {"key": "shirt", "type": "string"}, status=201)
        admin.call("POST", f"{BRIDGE}/members/{jane['id']}/tags", {"tags": [3]})
        site.switch(strict_login=True)
        before = [(user["id"], user["email"], user["meta"]) for user in members(admin)]
    server.stop()
    again = Emulated(start_sandbox(records=20, state_dir=tmp_path / "state"))
    with calling(again) as admin, Caller(again, token).http as editor:
        assert [(user["id"], user["email"], user["meta"]) for user in members(admin)] == before
        assert admin.call("GET", f"{BRIDGE}/members/{jane['id']}/tags")["tags"] == [3]
        assert editor.get(ME).json()["name"].startswith("editor")
    wrong = httpx.get(f"{again.base_url}/wp-json/", auth=httpx.BasicAuth("nobody", "x"), verify=NO_CERTIFICATES)
    assert wrong.status_code == 401
