"""Projects and task lists of ActiveCollab in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

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


@pytest.fixture(scope="module")
def large() -> Iterator[Instance]:
    """An instance of 210 projects, and no way to change them."""
    with open_instance(records=5250) as opened:
        yield opened


def test_projects_come_a_hundred_at_a_time_and_only_the_headers_tell(large: Instance) -> None:
    pages = [large.get("/projects", page=page, limit=500) for page in (1, 2, 3, 4)]
    assert [len(page.json()) for page in pages] == [100, 100, 10, 0]
    assert [page.headers["X-Angie-PaginationCurrentPage"] for page in pages] == ["1", "2", "3", "4"]
    assert {page.headers["X-Angie-PaginationItemsPerPage"] for page in pages} == {"100"}
    assert {page.headers["X-Angie-PaginationTotalItems"] for page in pages} == {"210"}
    assert len({project["id"] for page in pages for project in page.json()}) == 210
    assert large.read("/projects") == pages[0].json() == large.read("/projects", page="x")


@pytest.mark.parametrize("path", ["/users", "/companies", "/labels", "/job-types", "/projects/1/task-lists"])
def test_other_lists_are_whole_whatever_the_page(large: Instance, path: str) -> None:
    first, second = large.get(path), large.get(path, page=2)
    assert first.json() == second.json() != []
    assert not any(name.startswith("x-angie") for name in second.headers)


def test_a_project_from_its_making_to_its_end(instance: Instance) -> None:
    made = instance.project("Website", members=[2, 3], company_id=2, body="<p>New</p>", budget_type="fixed", budget=100)
    assert (made["class"], made["url_path"]) == ("Project", f"/projects/{made['id']}")
    assert (made["leader_id"], made["members"], made["company_id"]) == (1, [1, 2, 3], 2)
    assert made["created_on"] == made["updated_on"] == made["last_activity_on"]
    path = f"/projects/{made['id']}"
    assert instance.read(path)["single"] == made
    assert instance.read(f"{path}/members") == [1, 2, 3]
    assert instance.read("/projects/names")[str(made["id"])] == "Website"
    instance.advance(5)
    changed = instance.changed(path, name="Shop", nonsense=1)
    assert (changed["name"], changed["body"]) == ("Shop", "<p>New</p>")
    assert changed["updated_on"] >= made["updated_on"] + 5
    assert instance.changed(f"/complete/project/{made['id']}")["is_completed"] is True
    assert made["id"] not in [project["id"] for project in instance.read("/projects")]
    assert made["id"] in [project["id"] for project in instance.read("/projects/archive")]
    assert instance.changed(f"/open/project/{made['id']}")["completed_on"] is None
    assert single(instance.api.delete(path))["is_trashed"] is True
    assert made["id"] not in [project["id"] for project in instance.read("/projects")]


def test_what_is_wrong_with_a_project(instance: Instance) -> None:
    assert instance.wrong("/projects", members=[1]) == {"name": ["Name is required"]}
    wrong = instance.wrong("/projects", name="  ", company_id=99, members=[99], budget_type="gold", body=5)
    assert set(wrong) == {"name", "company_id", "members", "budget_type", "body"}
    assert set(field_errors(instance.put("/projects/1", name=""))) == {"name"}
    assert len(instance.read("/projects")) == 4


def test_the_last_activity_moves_with_anything_in_a_project(instance: Instance) -> None:
    task = instance.task(1)
    steps = [
        lambda: instance.task(1, "Another"),
        lambda: instance.changed(f"/projects/1/tasks/{task['id']}", name="Changed"),
        lambda: instance.changed(f"/complete/task/{task['id']}"),
        lambda: instance.made(f"/comments/task/{task['id']}", body="Hello"),
        lambda: instance.made(f"/projects/1/tasks/{task['id']}/subtasks", body="Step"),
        lambda: instance.made("/projects/1/time-records", value=1, job_type_id=1),
        lambda: instance.made("/projects/1/task-lists", name="Later"),
        lambda: instance.made("/projects/1/notes", name="Note", body=""),
        lambda: instance.changed(f"/move-to-trash/task/{task['id']}"),
    ]
    before, quiet = instance.read("/projects")[:2]
    for step in steps:
        instance.advance(3)
        step()
        after = instance.read("/projects/1")["single"]
        assert after["last_activity_on"] >= before["last_activity_on"] + 3
        assert after["updated_on"] == before["updated_on"]
        before = after
    assert instance.read("/projects")[1] == quiet


def test_task_lists_have_a_start_and_an_end(instance: Instance) -> None:
    made = instance.made("/projects/1/task-lists", name="Launch", start_on="2026-05-26", due_on="2026-05-29")
    assert (made["class"], made["start_on"], made["due_on"]) == (
        "TaskList",
        seconds("2026-05-26"),
        seconds("2026-05-29"),
    )
    path = f"/projects/1/task-lists/{made['id']}"
    assert instance.read(path)["single"] == made
    assert instance.read("/projects/1/task-lists")[-1] == made
    assert instance.get(f"/projects/2/task-lists/{made['id']}").status_code == 404
    instance.task(1, task_list_id=made["id"])
    done = instance.task(1, task_list_id=made["id"])
    instance.changed(f"/complete/task/{done['id']}")
    counted = instance.read(path)["single"]
    assert (counted["open_tasks"], counted["completed_tasks"]) == (1, 1)
    assert instance.changed(path, due_on=None)["due_on"] is None
    assert "due_on" in field_errors(instance.put(path, start_on="2026-06-01", due_on="2026-05-01"))
    instance.changed(f"/complete/task-list/{made['id']}")
    assert [each["id"] for each in instance.read("/projects/1/task-lists/archive")] == [made["id"]]
    assert made["id"] not in [each["id"] for each in instance.read("/projects/1/task-lists")]
    assert set(instance.wrong("/projects/1/task-lists", due_on="soon")) == {"name", "due_on"}


def test_notes(instance: Instance) -> None:
    made = instance.made("/projects/1/notes", name="Idea", body="<p>A &amp; B</p>")
    assert (made["body_plain_text"], made["url_path"]) == ("A & B", f"/projects/1/notes/{made['id']}")
    assert instance.read(f"/projects/1/notes/{made['id']}")["single"] == made
    assert instance.read("/projects/1/notes") == [made]
    assert instance.read("/projects/1")["single"]["count_notes"] == 1
