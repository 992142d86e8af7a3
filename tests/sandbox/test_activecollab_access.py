"""Tokens, both ways to get one, limits, errors and the first data of ActiveCollab in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.local_http import NO_CERTIFICATES
from tests.sandbox.activecollab_site import API, Instance, open_instance

APP = {"client_name": "Sync", "client_vendor": "Example Org"}


@pytest.fixture(scope="module")
def shared() -> Iterator[Instance]:
    with open_instance() as opened:
        yield opened


@pytest.fixture
def instance(shared: Instance) -> Instance:
    shared.control.post("/reset")
    return shared


def issue(instance: Instance, **given: object) -> httpx.Response:
    owner = {"username": instance.ready["username"], "password": instance.ready["password"]}
    return httpx.post(
        f"{instance.ready['base_url']}{API}/issue-token", json={**owner, **APP, **given}, verify=NO_CERTIFICATES
    )


def login(instance: Instance, **given: object) -> dict[str, Any]:
    owner = {"email": instance.ready["username"], "password": instance.ready["password"]}
    answer = httpx.post(
        f"{instance.ready['cloud_base_url']}{API}/external/login", json=given or owner, verify=NO_CERTIFICATES
    )
    assert answer.status_code == 200
    return answer.json()


def works(instance: Instance, token: str, base: str | None = None) -> bool:
    with instance.client(token, base) as client:
        return client.get("/projects").status_code == 200


def test_the_token_decides(instance: Instance) -> None:
    assert instance.read("/info")["application"] == "ActiveCollab"
    assert instance.ready["token"].startswith("1-")
    for token in ("", "1-wrong"):
        with instance.client(token) as stranger:
            for path in ("/projects", "/info"):
                answer = stranger.get(path)
                assert (answer.status_code, answer.json()["message"]) == (401, "Token is not valid.")


def test_a_token_in_one_call_and_the_same_client_has_one_only(instance: Instance) -> None:
    first = issue(instance).json()
    assert first["is_ok"] is True
    assert works(instance, first["token"])
    elsewhere = issue(instance, client_name="Other").json()["token"]
    second = issue(instance).json()["token"]
    assert [works(instance, token) for token in (first["token"], second, elsewhere)] == [False, True, True]


def test_why_a_token_is_refused(instance: Instance) -> None:
    people = instance.read("/users")
    client = next(user["email"] for user in people if user["class"] == "Client")
    left = instance.read("/users/7")["single"]
    assert left["is_archived"] is True
    assert left["email"] not in [user["email"] for user in people]
    refusals = [
        issue(instance, username="nobody@example.com"),
        issue(instance, username=left["email"]),
        issue(instance, password="wrong"),
        issue(instance, username=client),
    ]
    assert [(answer.status_code, answer.json()["type"]) for answer in refusals] == [
        (500, 2),
        (500, 2),
        (500, 3),
        (500, 4),
    ]
    assert set(issue(instance, client_name="").json()["field_errors"]) == {"client_name"}


def test_who_holds_tokens_and_taking_one_away(instance: Instance) -> None:
    token = issue(instance).json()["token"]
    held = instance.read("/users/1/api-subscriptions")
    assert [each["client_name"] for each in held] == ["Sandbox", "Sync"]
    assert token not in str(held)
    assert instance.api.delete(f"/users/1/api-subscriptions/{held[1]['id']}").status_code == 200
    assert not works(instance, token)
    assert instance.get(f"/users/1/api-subscriptions/{held[1]['id']}").status_code == 404
    with instance.client(instance.token("Member")) as member:
        assert member.get("/users/1/api-subscriptions").status_code == 403


@pytest.mark.parametrize("place", ["user", "account"])
def test_the_cloud_signs_in_in_two_steps(instance: Instance, place: str) -> None:
    instance.configure(intent_on=place)
    welcome = login(instance)
    assert welcome["is_ok"] == 1
    account = welcome["accounts"][0]
    holder, other = (welcome["user"], account) if place == "user" else (account, welcome["user"])
    assert "intent" not in other
    assert account["url"] == f"{instance.ready['cloud_base_url']}/{account['name']}"
    exchange = f"{account['url']}{API}/issue-token-intent"
    answer = httpx.post(exchange, json={**APP, "intent": holder["intent"]}, verify=NO_CERTIFICATES)
    assert (answer.status_code, answer.json()["is_ok"]) == (200, 1)
    assert works(instance, answer.json()["token"], account["url"])
    for intent in (holder["intent"], "eyJ.made-up"):
        assert (
            httpx.post(exchange, json={**APP, "intent": intent}, verify=NO_CERTIFICATES).json()["message"]
            == "Intent is not valid."
        )


def test_the_cloud_says_no_with_a_200(instance: Instance) -> None:
    refused = {"is_ok": False, "message": "Login failed"}
    assert login(instance, email=instance.ready["username"], password="wrong") == refused
    assert login(instance, email="nobody@example.com", password="x") == refused
    assert login(instance, nonsense=1) == refused


def test_the_cloud_asks_for_a_code(instance: Instance) -> None:
    instance.configure(two_factor=True)
    asked = login(instance)
    assert set(asked) == {"intent_id"}
    assert login(instance, **asked, code="000000")["is_ok"] is False
    code = instance.ready["two_factor_code"]
    welcome = login(instance, **asked, code=code)
    assert welcome["accounts"][0]["intent"]
    assert login(instance, **asked, code=code)["is_ok"] is False


def test_two_accounts_to_choose_from(instance: Instance) -> None:
    instance.configure(second_account=True)
    accounts = login(instance)["accounts"]
    assert len({account["name"] for account in accounts}) == 2
    assert len({account["intent"] for account in accounts}) == 2


def test_the_wrong_way_in(instance: Instance) -> None:
    cloud = f"{instance.ready['cloud_base_url']}/{instance.ready['cloud_account']}"
    answer = httpx.post(f"{cloud}{API}/issue-token", json=APP, verify=NO_CERTIFICATES)
    message = "DOMDocument::loadXML(): Argument #1 ($source) must not be empty"
    assert (answer.status_code, answer.json()) == (500, {"type": "ValueError", "message": message, "code": 0})
    other = httpx.post(f"{instance.ready['base_url']}{API}/issue-token-intent", json=APP, verify=NO_CERTIFICATES)
    assert other.json()["message"] == "Failed to match 'issue-token-intent' path."
    assert httpx.get(f"{instance.ready['cloud_base_url']}/999{API}/projects", verify=NO_CERTIFICATES).status_code == 404
    assert works(instance, instance.ready["token"], cloud)


def test_roles(instance: Instance) -> None:
    with instance.client(instance.token("Client")) as client, instance.client(instance.token("Member")) as member:
        assert client.get("/projects").status_code == 200
        assert client.post("/projects", json={"name": "x"}).status_code == 403
        assert member.post("/projects", json={"name": "x"}).status_code == 200
        assert member.post("/companies", json={"name": "x"}).status_code == 403
        assert member.request("DELETE", "/trash").status_code == 403
    assert instance.control.post("/tokens", json={"platform": "activecollab", "role": "x"}).status_code == 400


def test_unknown_addresses_unknown_objects_and_bad_json(instance: Instance) -> None:
    unmatched = instance.get("/x/y")
    body = {"type": "RuntimeException", "message": "Failed to match 'x/y' path.", "code": 0}
    assert (unmatched.status_code, unmatched.json()) == (404, body)
    for path in ("/projects/999", "/projects/1/tasks/9999", "/projects/2/tasks/1", "/comments/999", "/users/999"):
        assert (instance.get(path).status_code, instance.get(path).content) == (404, b"")
    for path in ("/projects/abc", "/projects/1/tasks/-1", "/history/planet/1", "/projects/1/people"):
        assert instance.get(path).json()["message"] == f"Failed to match '{path[1:]}' path."
    assert instance.api.post("/projects", content=b"name=x").status_code == 400
    assert instance.api.request("PATCH", "/projects/1", json={}).status_code == 404
    astray = httpx.get(f"{instance.ready['base_url']}/projects", verify=NO_CERTIFICATES)
    assert (astray.status_code, astray.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_too_many_requests_find_the_instance_busy() -> None:
    with open_instance(records=10, limits="real") as instance:
        instance.control.post("/clock", json={"frozen": True})
        answers = [instance.get("/info") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [503]
        assert "text/html" in answers[-1].headers["content-type"]
        assert not any("retry" in name or "limit" in name for answer in answers for name in answer.headers)
        instance.advance(1)
        assert instance.get("/info").status_code == 200


@pytest.mark.parametrize("kind", ["401", "403", "429", "500", "502", "503"])
def test_faults_come_in_the_platforms_words(instance: Instance, kind: str) -> None:
    instance.control.post("/faults", json={"platform": "activecollab", "kind": kind, "next": 1})
    answer = instance.get("/info")
    assert answer.status_code == int(kind)
    assert (b"<h1>" if kind in ("429", "502", "503") else b'"message"') in answer.content
    assert instance.get("/info").status_code == 200


def test_settings_are_checked(instance: Instance) -> None:
    wrong: list[dict[str, object]] = [
        {"intent_on": "moon"},
        {"two_factor": 1},
        {"nonsense": True},
        {"webhook_url": "ftp://example.com"},
        {"two_factor": True, "archive_paged": "x"},
    ]
    for settings in wrong:
        answer = instance.control.post("/settings", json={"platform": "activecollab", **settings})
        assert answer.status_code == 400
    assert "accounts" in login(instance)


def test_the_seed_is_one_of_many_projects_and_the_people_are_those_of_the_other_platforms(instance: Instance) -> None:
    projects = instance.read("/projects")
    assert len(projects) == 4
    lists = [instance.read(f"/projects/{project['id']}/task-lists") for project in projects]
    assert {len(each) for each in lists} == {3, 4, 5}
    assert all(entry["start_on"] <= entry["due_on"] for each in lists for entry in each[1:])
    open_ = [task for project in projects for task in instance.read(f"/projects/{project['id']}/tasks")["tasks"]]
    done = [task for project in projects for task in instance.read(f"/projects/{project['id']}/tasks/archive")]
    assert (len(open_), len(done)) == (80, 20)
    assert all(task["is_completed"] and task["completed_on"] for task in done)
    now = instance.control.get("/clock").json()["now"]
    assert all(task["created_on"] <= task["updated_on"] < now - 86_000 for task in (*open_, *done))
    assert all(any(task[key] for task in open_) for key in ("labels", "body", "due_on", "estimate", "total_subtasks"))
    assert all(any(not task[key] for task in open_) for key in ("assignee_id", "labels", "body", "due_on", "estimate"))
    assert instance.read("/time-records", from_="2000-01-01", to="2099-12-31")["time_records"]
    other = instance.server.ready["platforms"]["highlevel"]
    headers = {"Authorization": f"Bearer {other['token']}", "Version": "2021-07-28"}
    query = {"locationId": other["account"], "limit": 100}
    theirs = instance.control.get(f"{other['base_url']}/contacts/", params=query, headers=headers).json()["contacts"]
    assert {user["email"] for user in instance.read("/users")} <= {contact["email"] for contact in theirs}


@pytest.mark.parametrize(("records", "projects"), [(0, 1), (1, 1), (49, 1), (50, 2)])
def test_small_instances(records: int, projects: int) -> None:
    with open_instance(records=records) as opened:
        assert len(opened.read("/projects")) == projects
        numbers = [opened.read(f"/projects/{project}/tasks") for project in range(1, projects + 1)]
        assert sum(len(each["tasks"]) + len(each["completed_task_ids"]) for each in numbers) == records


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    with open_instance(records=10, state=tmp_path) as instance:
        instance.configure(two_factor=True)
        made = instance.task(1, labels=["URGENT"])
        token = instance.ready["token"]
    with open_instance(records=10, state=tmp_path) as instance:
        assert instance.ready["token"] == token
        assert instance.read(f"/projects/1/tasks/{made['id']}")["single"] == made
        assert set(login(instance)) == {"intent_id"}
