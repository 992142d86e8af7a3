"""Tasks and what hangs on them, of ActiveCollab in the sandbox."""

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


def test_the_list_is_an_object_with_open_tasks_only(instance: Instance) -> None:
    tasks = instance.read("/projects/1/tasks")
    archive = instance.read("/projects/1/tasks/archive")
    assert {"tasks", "task_lists", "project", "completed_task_ids", "trashed_task_ids"} <= set(tasks)
    assert isinstance(archive, list)
    assert not any(task["is_completed"] for task in tasks["tasks"])
    assert tasks["completed_task_ids"] == [task["id"] for task in archive]
    assert tasks["project"] == instance.read("/projects/1")["single"]
    assert tasks["task_lists"] == instance.read("/projects/1/task-lists")
    assert (len(tasks["tasks"]), len(archive)) == (20, 5)


def test_the_archive_comes_in_pages_or_repeats_itself(instance: Instance) -> None:
    archived = instance.get("/projects/1/tasks/archive", page=2)
    assert (archived.json(), archived.headers["X-Angie-PaginationTotalItems"]) == ([], "5")
    instance.configure(archive_paged=False)
    archived = instance.get("/projects/1/tasks/archive", page=2)
    assert len(archived.json()) == 5
    assert "X-Angie-PaginationCurrentPage" not in archived.headers


def test_dates_go_in_as_text_and_come_out_as_midnights(instance: Instance) -> None:
    task = instance.task(1, due_on="2026-05-29")
    assert task["start_on"] == task["due_on"] == seconds("2026-05-29")
    path = f"/projects/1/tasks/{task['id']}"
    assert instance.changed(path, start_on="2026-05-26")["start_on"] == seconds("2026-05-26")
    earlier = instance.changed(path, due_on="2026-05-20")
    assert (earlier["start_on"], earlier["due_on"]) == (seconds("2026-05-20"), seconds("2026-05-20"))
    assert instance.changed(path, due_on=None, start_on=None)["due_on"] is None
    for wrong in ("29.05.2026", "2026-02-30", 1780012800, "2026-5-1"):
        assert set(field_errors(instance.put(path, due_on=wrong))) == {"due_on"}
    assert "due_on" in field_errors(instance.put(path, start_on="2026-05-29", due_on="2026-05-28"))


def test_zero_is_nobody_and_nothing(instance: Instance) -> None:
    lists = instance.read("/projects/1/task-lists")
    task = instance.task(1, assignee_id=2, task_list_id=lists[0]["id"])
    assert (task["assignee_id"], task["delegated_by_id"], task["task_list_id"]) == (2, 1, lists[0]["id"])
    path = f"/projects/1/tasks/{task['id']}"
    cleared = instance.changed(path, assignee_id=0, task_list_id=0)
    assert (cleared["assignee_id"], cleared["task_list_id"]) == (0, 0)
    assert instance.read(path)["task_list"] is None
    assert instance.changed(path, assignee_id=None)["assignee_id"] == 0
    foreign = instance.read("/projects/2/task-lists")[0]["id"]
    assert set(field_errors(instance.put(path, task_list_id=foreign))) == {"task_list_id"}
    assert set(field_errors(instance.put(path, assignee_id=999, task_list_id="x"))) == {"assignee_id", "task_list_id"}


def test_labels_are_replaced_by_name(instance: Instance) -> None:
    known = {label["name"]: label["id"] for label in instance.read("/labels")}
    task = instance.task(1, labels=["URGENT", "new", "Übersetzt"])
    assert [label["name"] for label in task["labels"]] == ["URGENT", "NEW", "Übersetzt"]
    assert [label["id"] for label in task["labels"][:2]] == [known["URGENT"], known["NEW"]]
    assert {"id", "name", "color"} == set(task["labels"][0])
    path = f"/projects/1/tasks/{task['id']}"
    assert len(instance.changed(path, name="Other")["labels"]) == 3
    assert [label["name"] for label in instance.changed(path, labels=["WAITING"])["labels"]] == ["WAITING"]
    assert instance.changed(path, labels=[])["labels"] == []
    assert [label["name"] for label in instance.read("/labels")][-1] == "Übersetzt"
    assert set(field_errors(instance.put(path, labels=[1]))) == {"labels"}
    assert set(instance.wrong("/labels", name="urgent")) == {"name"}


def test_numbers_are_the_projects_and_ids_the_sites(instance: Instance) -> None:
    project = instance.project()["id"]
    here, there, again = instance.task(project), instance.task(2), instance.task(project)
    assert (here["task_number"], again["task_number"]) == (1, 2)
    assert there["task_number"] == 26
    assert len({here["id"], there["id"], again["id"]}) == 3
    instance.api.delete(f"/projects/{project}/tasks/{again['id']}")
    assert instance.task(project)["task_number"] == 3


def test_an_estimate_wants_a_kind_of_work(instance: Instance) -> None:
    sentence = ["Job type is required for tasks with estimates"]
    assert instance.wrong("/projects/1/tasks", name="x", estimate=1) == {"job_type_id": sentence}
    task = instance.task(1, estimate="1:30", job_type_id=1)
    assert task["estimate"] == 1.5
    assert instance.changed(f"/projects/1/tasks/{task['id']}", estimate=2)["estimate"] == 2
    wrong = instance.wrong("/projects/1/tasks", estimate="long", job_type_id=9, is_important="yes", subscribers=[99])
    assert set(wrong) == {"name", "estimate", "job_type_id", "is_important", "subscribers"}


def test_a_refused_write_leaves_nothing_behind(instance: Instance) -> None:
    before = instance.read("/projects/1/tasks"), instance.read("/labels")
    assert instance.post("/projects/1/tasks", name="x", labels=["FRESH"], estimate=1).status_code == 500
    assert (instance.read("/projects/1/tasks"), instance.read("/labels")) == before


def test_every_write_moves_the_time_of_change(instance: Instance) -> None:
    instance.control.post("/clock", json={"frozen": True})
    task = instance.task(1)
    path, moved = f"/projects/1/tasks/{task['id']}", task["updated_on"]
    steps = [
        lambda: instance.changed(path, body="<p>More</p>"),
        lambda: instance.changed(f"/complete/task/{task['id']}"),
        lambda: instance.changed(f"/open/task/{task['id']}"),
        lambda: single(instance.api.delete(path)),
        lambda: instance.changed(f"/restore-from-trash/task/{task['id']}"),
    ]
    for step in steps:
        instance.advance(1)
        assert step()["updated_on"] == moved + 1
        moved += 1
    instance.advance(1)
    instance.made(f"/comments/task/{task['id']}", body="Hi")
    assert instance.read(path)["single"]["updated_on"] == moved


def test_completing_is_global_and_happens_once(instance: Instance) -> None:
    task = instance.task(1)
    done = instance.changed(f"/complete/task/{task['id']}")
    assert (done["is_completed"], done["completed_by_id"], done["completed_on"]) == (True, 1, done["updated_on"])
    instance.advance(9)
    assert instance.changed(f"/complete/task/{task['id']}") == done
    assert task["id"] in instance.read("/projects/1/tasks")["completed_task_ids"]
    assert instance.read(f"/projects/1/tasks/{task['id']}")["single"] == done
    opened = instance.changed(f"/open/task/{task['id']}")
    assert (opened["is_completed"], opened["completed_on"], opened["completed_by_id"]) == (False, None, None)
    assert instance.put("/complete/task/99999").content == b""
    assert instance.put("/complete/comment/1").json()["message"] == "Failed to match 'complete/comment/1' path."


def test_a_task_alone_brings_along_what_belongs_to_it(instance: Instance) -> None:
    task = instance.task(1, subscribers=[2])
    path = f"/projects/1/tasks/{task['id']}"
    step = instance.made(f"{path}/subtasks", body="Check prices", assignee_id=2, due_on="2026-05-29")
    assert (step["name"], step["class"], step["due_on"]) == ("Check prices", "Subtask", seconds("2026-05-29"))
    assert "body" not in step
    second = instance.made(f"{path}/subtasks", body="Ask")
    instance.changed(f"/complete/subtask/{second['id']}")
    comment = instance.made(f"/comments/task/{task['id']}", body="<p>Done &amp; dusted</p>")
    assert (comment["parent_type"], comment["parent_id"]) == ("Task", task["id"])
    assert comment["body_plain_text"] == "Done & dusted"
    instance.made("/projects/1/time-records", value=1.5, job_type_id=1, task_id=task["id"])
    instance.made("/projects/1/time-records", value=1, job_type_id=1)
    whole = instance.read(path)
    counts = {key: whole["single"][key] for key in ("comments_count", "total_subtasks", "completed_subtasks")}
    assert counts == {"comments_count": 1, "total_subtasks": 2, "completed_subtasks": 1}
    assert whole["comments"] == [comment] == instance.read(f"/comments/task/{task['id']}")
    assert [each["name"] for each in whole["subtasks"]] == ["Check prices", "Ask"]
    assert (whole["subscribers"], whole["tracked_time"]) == ([2, 1], 1.5)
    changed = instance.changed(f"{path}/subtasks/{step['id']}", body="Check all prices", due_on=None)
    assert (changed["name"], changed["due_on"]) == ("Check all prices", None)
    assert instance.changed(f"/comments/{comment['id']}", body="No")["body"] == "No"
    single(instance.api.delete(f"/comments/{comment['id']}"))
    single(instance.api.delete(f"{path}/subtasks/{step['id']}"))
    whole = instance.read(path)
    assert (whole["comments"], len(whole["subtasks"]), whole["single"]["comments_count"]) == ([], 1, 0)
    assert instance.wrong(f"{path}/subtasks", name="Check") == {"body": ["Body is required"]}
    assert set(instance.wrong(f"/comments/task/{task['id']}")) == {"body"}


def test_what_somebody_has_to_do(instance: Instance) -> None:
    mine = instance.task(1, assignee_id=1)
    done = instance.task(1, assignee_id=1)
    instance.changed(f"/complete/task/{done['id']}")
    ids = [task["id"] for task in instance.read("/users/1/tasks")]
    assert mine["id"] in ids
    assert done["id"] not in ids


def test_history_tells_old_and_new(instance: Instance) -> None:
    task = instance.task(1, "Offer")
    assert instance.read(f"/history/task/{task['id']}", verbose=1) == []
    changed = instance.changed(f"/projects/1/tasks/{task['id']}", name="Prepare offer", is_important=False)
    entry = instance.read(f"/history/task/{task['id']}", verbose=1)[0]
    assert entry["timestamp"] == changed["updated_on"]
    assert entry["created_by_email"] == instance.ready["username"]
    assert entry["modifications"] == {"name": ["Offer", "Prepare offer", "Name changed"]}


def test_whats_new_tells_the_newest_first(instance: Instance) -> None:
    assert len(instance.read("/whats-new")["activity_logs"]) == 50
    task = instance.task(1)
    instance.made(f"/projects/1/tasks/{task['id']}/subtasks", body="Step")
    news = instance.read("/whats-new")
    newest = news["activity_logs"][0]
    assert (newest["class"], newest["parent_type"], newest["parent_id"]) == (
        "SubtaskCreatedActivityLog",
        "Task",
        task["id"],
    )
    assert newest["parent_path"] == f"projects/1/visible-to-clients/tasks/{task['id']}"
    assert news["related"]["Task"][str(task["id"])]["name"] == "Prepare offer"
    here = instance.read("/projects/1/whats-new")["activity_logs"]
    assert [log["id"] for log in here[:2]] == [log["id"] for log in news["activity_logs"][:2]]
    assert instance.read("/whats-new", page=2)["activity_logs"] == []
