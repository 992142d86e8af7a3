"""The sandbox answers the vendor's recorded requests with the recorded status and shape.

The recordings are request and response pairs per subject. They lie beside the repository, or where the
environment variable ``CROSSWALK_REFERENCE`` says; without them these tests are skipped.
"""

from __future__ import annotations

import http.server
import json
import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.activecollab_site import API, Instance, open_instance, seconds

REFERENCE = Path(os.environ.get("CROSSWALK_REFERENCE", Path(__file__).parents[3] / "shared" / "reference"))
FIXTURES = REFERENCE / "fixtures"
pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason="the vendor's recordings are not here")


def recorded(subject: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"activecollab.{subject}.json").read_text(encoding="utf-8"))


class Recordings:
    """Replays recordings of one subject; `ids` maps the recorded paths and ids to those of the sandbox."""

    def __init__(self, instance: Instance, subject: str) -> None:
        self.instance = instance
        self.paths: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self._pairs = recorded(subject)

    def replay(self, name: str, base: str | None = None) -> Any:
        """Send a recorded request; the body of the answer, once status and shape have been compared."""
        request, response = self._pairs[name]["request"], self._pairs[name]["response"]
        path = request["path"].removeprefix("/123456").removeprefix(API)
        for theirs, ours in self.paths.items():
            path = path.replace(theirs, ours)
        body = request.get("body")
        if body is not None:
            body = {key: self.values.get(key, value) for key, value in body.items()}
        with self.instance.client(self.instance.ready["token"], base) as client:
            answer = client.request(request["method"], path, params=request.get("query"), json=body)
        assert answer.status_code == response["status"], (name, answer.text)
        for header in response.get("headers", {}):
            assert header in answer.headers, (name, header)
        if response["body"] is None:
            assert answer.content == b""
            return None
        assert_shape(answer.json(), response["body"], name)
        return answer.json()

    def expected(self, name: str) -> Any:
        return self._pairs[name]["response"]["body"]


def assert_shape(actual: Any, expected: Any, place: str) -> None:
    """Everything recorded is there and of the same kind; more may be there, and a value may be null in one of them."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), place
        for key, value in expected.items():
            assert key in actual, f"{place}.{key}"
            assert_shape(actual[key], value, f"{place}.{key}")
    elif isinstance(expected, list):
        assert isinstance(actual, list), place
        for entry, example in zip(actual, expected, strict=False):
            assert_shape(entry, example, f"{place}[]")
    elif isinstance(expected, bool):
        assert isinstance(actual, bool), f"{place}: {actual!r}"
    elif expected is not None and actual is not None:
        kind = str if isinstance(expected, str) else (int, float)
        assert isinstance(actual, kind), f"{place}: {actual!r}"
        assert not isinstance(actual, bool), f"{place}: {actual!r}"


@pytest.fixture
def instance() -> Iterator[Instance]:
    with open_instance(records=100) as opened:
        yield opened


def as_owner(recordings: Recordings, instance: Instance) -> None:
    for key, name in (("username", "username"), ("email", "username")):
        recordings.values[key] = instance.ready[name]


def test_signing_in(instance: Instance) -> None:
    recordings = Recordings(instance, "auth")
    as_owner(recordings, instance)
    refused = recordings.replay("issue_token_wrong_password")
    assert refused["type"] == recordings.expected("issue_token_wrong_password")["type"]
    recordings.values["password"] = instance.ready["password"]
    assert recordings.replay("issue_token")["token"].startswith("1-")
    recordings.replay("info")


def test_signing_in_to_the_cloud(instance: Instance) -> None:
    cloud = instance.ready["cloud_base_url"]
    recordings = Recordings(instance, "auth")
    as_owner(recordings, instance)
    assert recordings.replay("cloud_login_failed", cloud) == recordings.expected("cloud_login_failed")
    recordings.values["password"] = instance.ready["password"]
    instance.configure(intent_on="user")
    welcome = recordings.replay("cloud_login", cloud)
    recordings.values["intent"] = welcome["user"]["intent"]
    recordings.replay("cloud_issue_token", welcome["accounts"][0]["url"])
    instance.configure(two_factor=True)
    assert set(recordings.replay("cloud_login_two_factor", cloud)) == {"intent_id"}


def test_projects(instance: Instance) -> None:
    recordings = Recordings(instance, "projects")
    recordings.values["members"] = [1, 2]
    made = recordings.replay("create")["single"]
    assert made["members"] == [1, 2]
    failed = recordings.replay("create_without_name")
    assert failed == recordings.expected("create_without_name")
    for name in ("list_page_2", "get", "unknown_id", "names", "members"):
        recordings.replay(name)
    assert {**recordings.replay("unknown_route"), "code": 0} == {**recordings.expected("unknown_route"), "code": 0}


def test_tasks(instance: Instance) -> None:
    recordings = Recordings(instance, "tasks")
    lists = recordings.replay("list")["task_lists"]
    recordings.values |= {"task_list_id": lists[0]["id"], "assignee_id": 2}
    made = recordings.replay("create")["single"]
    expected = recordings.expected("create")["single"]
    for key in ("name", "start_on", "due_on", "estimate", "job_type_id", "body", "body_formatted"):
        assert made[key] == expected[key]
    assert [label["name"] for label in made["labels"]] == ["URGENT"]
    assert made["due_on"] == seconds("2026-05-29")
    recordings.paths["288"] = str(made["id"])
    failed = recordings.replay("estimate_without_job_type")
    assert failed["field_errors"] == recordings.expected("estimate_without_job_type")["field_errors"]
    assert recordings.replay("create_subtask")["single"]["name"] == "Check prices"
    assert recordings.replay("add_comment")["single"]["body_plain_text"] == "Done soon"
    whole = recordings.replay("get")
    assert (len(whole["subtasks"]), len(whole["comments"])) == (1, 1)
    del recordings.values["assignee_id"]
    changed = recordings.replay("update")["single"]
    assert (changed["assignee_id"], changed["due_on"], changed["start_on"]) == (0, None, made["start_on"])
    assert recordings.replay("complete")["single"]["is_completed"] is True
    assert recordings.replay("reopen")["single"]["is_completed"] is False
    for name in ("list", "archive", "task_lists"):
        recordings.replay(name)
    assert recordings.replay("delete")["single"]["is_trashed"] is True


def test_history(instance: Instance) -> None:
    recordings = Recordings(instance, "tasks")
    task = instance.task(2, "Offer")
    instance.changed(f"/projects/2/tasks/{task['id']}", name="Prepare offer")
    recordings.paths["288"] = str(task["id"])
    assert recordings.replay("history")[0]["modifications"] == recordings.expected("history")[0]["modifications"]


def test_a_delivery(instance: Instance) -> None:
    came: queue.SimpleQueue[tuple[httpx.Headers, Any]] = queue.SimpleQueue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.put((httpx.Headers(self.headers.items()), json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    task = instance.task(2)
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        instance.configure(webhook_url=f"http://127.0.0.1:{server.server_port}/", webhook_secret="shared-secret")
        instance.changed(f"/projects/2/tasks/{task['id']}", labels=["URGENT"])
        instance.made(f"/comments/task/{task['id']}", body="<p>Done soon</p>")
        instance.made(f"/projects/2/tasks/{task['id']}/subtasks", body="Check prices")
        deliveries = [came.get(timeout=5) for _ in range(6)]
        server.shutdown()
        thread.join()
    pairs = recorded("webhook")
    for at, name in ((0, "delivery"), (2, "comment"), (5, "activity")):
        headers, body = deliveries[at]
        for header, value in pairs[name]["headers"].items():
            assert headers[header] == value
        assert body["type"] == pairs[name]["body"]["type"]
        assert_shape(body, pairs[name]["body"], name)
    assert deliveries[5][1]["payload"]["class"] == pairs["activity"]["body"]["payload"]["class"]
