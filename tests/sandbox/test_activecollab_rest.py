"""Hours, people, companies, the trash, files and webhooks of ActiveCollab in the sandbox."""

from __future__ import annotations

import http.server
import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.activecollab_site import Instance, field_errors, open_instance, seconds, single


@pytest.fixture(scope="module")
def shared() -> Iterator[Instance]:
    with open_instance() as opened:
        yield opened


@pytest.fixture
def instance(shared: Instance) -> Instance:
    shared.control.post("/reset")
    return shared


Delivery = tuple[dict[str, str], dict[str, Any]]


@pytest.fixture
def receiver() -> Iterator[tuple[str, queue.SimpleQueue[Delivery]]]:
    """An address that takes deliveries, and what came there."""
    came: queue.SimpleQueue[Delivery] = queue.SimpleQueue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.put((dict(self.headers), json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", came
        server.shutdown()
        thread.join()


def test_hours_are_booked_on_a_project_or_a_task(instance: Instance) -> None:
    task = instance.task(1)
    booked = instance.made(
        "/projects/1/time-records",
        value="1:30",
        summary="Calls",
        job_type_id=2,
        billable_status=1,
        record_date="2026-05-20",
        user_id=2,
        task_id=task["id"],
    )
    assert (booked["value"], booked["record_date"], booked["user_id"]) == (1.5, seconds("2026-05-20"), 2)
    assert (booked["parent_type"], booked["parent_id"], booked["billable_status"]) == ("Task", task["id"], 1)
    plain = instance.made("/projects/1/time-records", value=2, job_type_id=1)
    assert (plain["parent_type"], plain["parent_id"], plain["user_id"]) == ("Project", 1, 1)
    assert plain["record_date"] == plain["created_on"] // 86_400 * 86_400
    of_task = instance.read(f"/projects/1/tasks/{task['id']}/time-records")
    assert of_task["time_records"] == [booked]
    assert of_task["related"]["Task"][str(task["id"])]["name"] == "Prepare offer"
    assert booked in instance.read("/users/2/time-records")["time_records"]
    path = f"/projects/1/time-records/{booked['id']}"
    assert instance.changed(path, value=3)["value"] == 3
    single(instance.api.delete(path))
    assert instance.read(f"/projects/1/tasks/{task['id']}")["tracked_time"] == 0
    wrong = instance.wrong("/projects/1/time-records", value=0, billable_status=7, task_id=30)
    assert set(wrong) == {"value", "job_type_id", "billable_status", "task_id"}


def test_hours_of_the_company_want_a_period(instance: Instance) -> None:
    for period in ({}, {"from_": "2026-01-01"}, {"from_": "2026-02-01", "to": "2026-01-01"}, {"from_": "x", "to": "y"}):
        answer = instance.get("/time-records", **period)
        assert (answer.status_code, answer.json()["message"]) == (500, "Invalid timesheet period.")
    instance.made("/projects/1/time-records", value=1, job_type_id=1, record_date="2020-01-31", user_id=2)
    instance.made("/projects/2/time-records", value=1, job_type_id=1, record_date="2020-02-01")
    january = {"from_": "2020-01-01", "to": "2020-01-31"}
    assert len(instance.read("/time-records", **january, user_id=1, page=2)["time_records"]) == 1
    assert len(instance.read("/time-records", from_="2020-01-01", to="2020-02-01")["time_records"]) == 2
    assert instance.read("/projects/2/time-records/filtered-by-date", **january)["time_records"] == []


def test_a_project_that_is_not_billable_drops_the_flag(instance: Instance) -> None:
    project = instance.project(budget_type="not_billable")["id"]
    path = f"/projects/{project}/time-records"
    booked = instance.made(path, value=1, job_type_id=1, billable_status=1)
    assert booked["billable_status"] == 0
    assert instance.changed(f"{path}/{booked['id']}", billable_status=1)["billable_status"] == 0


def test_people(instance: Instance) -> None:
    given = {"type": "Member", "email": "new@example.com", "password": "secret-1", "company_id": 1, "first_name": "Zoë"}
    made = instance.made("/users", **given, last_name="Walker")
    assert (made["class"], made["display_name"], made["short_display_name"]) == ("Member", "Zoë Walker", "Zoë W.")
    assert "--SIZE--" in made["avatar_url"]
    assert not {"password", "type", "may_issue_tokens"} & set(made)
    assert instance.changed(f"/users/{made['id']}", title="Editor")["title"] == "Editor"
    assert instance.wrong("/users", **given) == {"email": ["Email address is already in use"]}
    assert set(instance.wrong("/users", type="Robot", email="nobody")) == {"type", "email", "password"}
    assert "password" not in str(instance.read(f"/history/user/{made['id']}"))
    instance.changed(f"/move-to-archive/user/{made['id']}")
    assert made["id"] not in [user["id"] for user in instance.read("/users")]
    assert instance.changed(f"/restore-from-archive/user/{made['id']}")["is_archived"] is False
    with instance.client(instance.token("Member")) as member:
        assert member.put(f"/users/{made['id']}", json={"title": "Boss"}).status_code == 403
        assert member.put(f"/move-to-trash/user/{made['id']}", json={}).status_code == 403
    for path in ("/move-to-trash/user/1", "/move-to-archive/user/1"):
        assert instance.put(path).status_code == 403


def test_companies(instance: Instance) -> None:
    assert [company["name"] for company in instance.read("/companies") if company["is_owner"]] == ["Crosswalk Studio"]
    answer = instance.post("/companies", name="Acme", tax_id="DE1").json()
    assert (answer["single"]["name"], answer["hourly_rates"], answer["active_projects_count"]) == ("Acme", [], 0)
    number = answer["single"]["id"]
    instance.project(company_id=number)
    changed = instance.put(f"/companies/{number}", phone="1").json()
    assert (changed["single"]["tax_id"], changed["active_projects_count"]) == ("DE1", 1)
    assert set(instance.wrong("/companies")) == {"name"}
    single(instance.api.delete(f"/companies/{number}"))
    assert number not in [company["id"] for company in instance.read("/companies")]


def test_the_trash(instance: Instance) -> None:
    assert instance.read("/trash") == []
    task = instance.task(1, "Old offer")
    path = f"/projects/1/tasks/{task['id']}"
    gone = single(instance.api.delete(path))
    assert (gone["is_trashed"], gone["trashed_by_id"], gone["trashed_on"]) == (True, 1, gone["updated_on"])
    assert instance.read("/trash") == {"Task": {str(task["id"]): "Old offer"}}
    listed = instance.read("/projects/1/tasks")
    assert listed["trashed_task_ids"] == [task["id"]]
    assert task["id"] not in [each["id"] for each in listed["tasks"]]
    assert instance.read(path)["single"]["is_trashed"] is True
    assert instance.changed(f"/restore-from-trash/task/{task['id']}")["is_trashed"] is False
    assert task["id"] in [each["id"] for each in instance.read("/projects/1/tasks")["tasks"]]
    instance.changed(f"/move-to-trash/task/{task['id']}")
    assert instance.api.delete("/trash").status_code == 200
    assert instance.get(path).status_code == 404
    assert instance.read("/trash") == []


def test_what_goes_into_the_trash_takes_along_what_is_in_it(instance: Instance) -> None:
    lists = instance.read("/projects/1/task-lists")
    before = instance.read("/projects/1/tasks")
    inside = [task["id"] for task in before["tasks"] if task["task_list_id"] == lists[0]["id"]]
    alone = inside[0]
    single(instance.api.delete(f"/projects/1/tasks/{alone}"))
    instance.changed(f"/move-to-trash/task-list/{lists[0]['id']}")
    assert set(inside) <= set(instance.read("/projects/1/tasks")["trashed_task_ids"])
    assert set(instance.read("/trash")) == {"Task", "TaskList"}
    instance.changed(f"/restore-from-trash/task-list/{lists[0]['id']}")
    assert instance.read("/projects/1/tasks")["trashed_task_ids"] == [alone]
    single(instance.api.delete("/projects/1"))
    assert instance.read(f"/projects/1/tasks/{inside[1]}")["single"]["is_trashed"] is True
    instance.api.delete("/trash")
    assert instance.get("/projects/1").status_code == 404
    assert instance.put(f"/open/task/{inside[1]}").status_code == 404


def test_the_trash_is_emptied_a_hundred_at_a_time(instance: Instance) -> None:
    project = instance.project()["id"]
    for number in range(101):
        instance.api.delete(f"/projects/{project}/tasks/{instance.task(project, str(number))['id']}")
    instance.api.delete("/trash")
    assert [list(names.values()) for names in instance.read("/trash").values()] == [["100"]]


def test_files_are_uploaded_and_then_attached(instance: Instance) -> None:
    content = bytes(range(256)) * 3 + b"\r\n--x\r\n"
    form = {
        "attachment_1": ("é.bin", content, "application/octet-stream"),
        "attachment_2": ("b.txt", b"", "text/plain"),
    }
    uploaded = instance.api.post("/upload-files", files=form).json()
    assert [(each["name"], each["mime_type"], each["size"]) for each in uploaded] == [
        ("é.bin", "application/octet-stream", len(content)),
        ("b.txt", "text/plain", 0),
    ]
    codes = [each["code"] for each in uploaded]
    task = instance.task(1, attach_uploaded_files=codes[:1])
    assert [each["name"] for each in task["attachments"]] == ["é.bin"]
    path = f"/projects/1/tasks/{task['id']}"
    changed = instance.changed(path, attach_uploaded_files=codes[1:])
    assert [each["name"] for each in changed["attachments"]] == ["é.bin", "b.txt"]
    download = instance.get(f"/attachments/{task['attachments'][0]['id']}/download")
    assert (download.content, download.headers["content-type"]) == (content, "application/octet-stream")
    assert set(field_errors(instance.put(path, attach_uploaded_files=codes))) == {"attach_uploaded_files"}
    assert field_errors(instance.api.post("/upload-files", files={"other": b"x"})) == {
        "attachment_1": ["File is required"]
    }
    assert instance.api.post("/upload-files", content=b"x").status_code == 500
    assert instance.get("/attachments/99/download").status_code == 404


def test_webhooks_carry_the_secret_in_clear(
    instance: Instance, receiver: tuple[str, queue.SimpleQueue[Delivery]]
) -> None:
    url, came = receiver
    instance.configure(webhook_url=url, webhook_secret="shared-secret")
    task = instance.task(1)
    comment = instance.made(f"/comments/task/{task['id']}", body="Hello")
    deliveries = [came.get(timeout=5) for _ in range(4)]
    for headers, body in deliveries:
        assert headers["X-Angie-WebhookSecret"] == "shared-secret"
        assert headers["Content-Type"] == "application/json"
        assert set(body) == {"instance_id", "type", "timestamp", "payload"}
    made, log, said, _said_log = (body for _headers, body in deliveries)
    assert (made["type"], made["payload"]) == ("TaskCreated", task)
    assert (log["type"], log["payload"]["class"]) == ("ActivityLogCreated", "TaskCreatedActivityLog")
    assert said["type"] == "CommentCreated"
    assert said["payload"] == comment | {
        "project_id": 1,
        "created_by_name": said["payload"]["created_by_name"],
        "created_by_email": instance.ready["username"],
    }
    lists = instance.read("/projects/1/task-lists")
    instance.changed(f"/projects/1/tasks/{task['id']}", task_list_id=lists[0]["id"])
    instance.changed(f"/complete/task/{task['id']}")
    types = [came.get(timeout=5)[1]["type"] for _ in range(4)]
    assert types[::2] == ["TaskListChanged", "TaskCompleted"]


def test_a_webhook_that_nobody_takes_does_no_harm(instance: Instance) -> None:
    instance.configure(webhook_url="http://127.0.0.1:9/nobody")
    assert instance.task(1)["name"] == "Prepare offer"
    assert field_errors(instance.post("/projects/1/tasks")) == {"name": ["Name is required"]}
