"""Whatever is sent, the answer is one that ActiveCollab gives, never a failure of the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.activecollab_site import Instance, open_instance

ODD: list[Any] = [
    None, 0, -1, 1.5, 10**30, 1e308, True, "", "x", "\x00", "²", "\U0001f600", [], {}, [None], [1], ["x"], [[]], [{}],
    {"a": 1}, "9999-12-31", "0001-01-01", "nan", "99:99",
]  # fmt: skip
BODIES: list[tuple[str, str, tuple[str, ...]]] = [
    ("POST", "/projects", ("name", "members", "company_id", "leader_id", "body", "budget", "budget_type", "label_id")),
    ("PUT", "/projects/1", ("name", "members", "currency_id", "is_tracking_enabled")),
    ("POST", "/projects/1/task-lists", ("name", "start_on", "due_on", "position")),
    ("POST", "/projects/1/tasks", ("name", "body", "assignee_id", "task_list_id", "start_on", "due_on", "estimate")),
    ("PUT", "/projects/1/tasks/1", ("labels", "subscribers", "job_type_id", "is_important", "position", "estimate")),
    ("POST", "/projects/1/tasks/1/subtasks", ("body", "assignee_id", "due_on")),
    ("POST", "/comments/task/1", ("body",)),
    ("POST", "/projects/1/time-records", ("value", "job_type_id", "record_date", "user_id", "task_id", "summary")),
    ("POST", "/users", ("type", "email", "password", "company_id", "first_name")),
    ("POST", "/issue-token", ("username", "password", "client_name", "client_vendor")),
]
GOOD = {"name": "odd", "value": 1, "job_type_id": 1, "type": "Member", "password": "x", "body": "odd"}


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    with open_instance(records=10) as opened:
        yield opened


@pytest.mark.parametrize(("method", "path", "keys"), BODIES, ids=lambda value: str(value)[:40])
def test_odd_bodies(instance: Instance, method: str, path: str, keys: tuple[str, ...]) -> None:
    for key in keys:
        for odd in ODD:
            answer = instance.api.request(method, path, json={**GOOD, key: odd})
            assert answer.status_code in (200, 500), (key, odd, answer.text)
            body = answer.json()
            assert ("single" in body) if answer.status_code == 200 else ("type" in body), (key, odd, body)
    for body in (b"[]", b"1", b"null", b""):
        assert instance.api.request(method, path, content=body).status_code in (200, 500)


@pytest.mark.parametrize("path", ["/projects/{}", "/projects/1/tasks/{}", "/history/task/{}", "/comments/{}"])
def test_odd_ids(instance: Instance, path: str) -> None:
    for odd in ("0", "00001", "-1", "²", "9" * 15, "9" * 30, "1e3", "%00"):
        assert instance.get(path.format(odd)).status_code in (200, 404)


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 30, ""])
def test_odd_pages(instance: Instance, page: str) -> None:
    for path in ("/projects", "/projects/1/tasks/archive", "/whats-new"):
        assert instance.get(path, page=page).json() == instance.read(path)
