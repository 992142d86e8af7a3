"""A client that others wrote, ``ActiveCollab``, signs in and works with what raw HTTP wrote."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from ActiveCollab import Connect

from tests.sandbox.activecollab_site import Instance, open_instance


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    with open_instance() as opened:
        yield opened


@pytest.fixture
def client(instance: Instance, caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.ERROR)
    return Connect(instance.ready["base_url"], instance.ready["username"], instance.ready["password"])


def test_signing_in(instance: Instance, client: Any) -> None:
    with instance.client(client.token) as with_its_token:
        assert with_its_token.get("/projects").status_code == 200


def test_a_wrong_password_ends_it(instance: Instance, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SystemExit, match="Authentication failed"):
        Connect(instance.ready["base_url"], instance.ready["username"], "wrong")
    assert "500" in caplog.text


def test_projects_and_people(instance: Instance, client: Any) -> None:
    project = instance.project("Website", members=[2])
    listed = client.list_projects()
    assert listed == [{key: each[key] for key in ("id", "name", "members")} for each in instance.read("/projects")]
    assert (
        listed[-1]
        == client.project_detail(project["id"])
        == {"id": project["id"], "name": "Website", "members": [1, 2]}
    )
    lists = instance.read("/projects/1/task-lists")
    assert client.list_project_tasklist(1) == [{"id": each["id"], "name": each["name"]} for each in lists]
    assert [user["email"] for user in client.list_users()] == [user["email"] for user in instance.read("/users")]


def test_tasks_and_notes(instance: Instance, client: Any) -> None:
    address = client.add_task_in_project(1, "Prepare offer", "<p>Draft</p>", 2)
    task = instance.read(address.removeprefix(instance.ready["base_url"]))["single"]
    assert (task["name"], task["body"], task["assignee_id"]) == ("Prepare offer", "<p>Draft</p>", 2)
    address = client.add_note_in_project(1, "Idea", "<p>More</p>")
    assert instance.read(address.removeprefix(instance.ready["base_url"]))["single"]["name"] == "Idea"
