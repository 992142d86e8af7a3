"""The Syncs page over a real workspace and a sandbox: previewing, running, cancelling, retrying, files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QLineEdit, QPushButton, QTabBar, QTableView, QWidget

from desktop.domain.definition import SyncDefinition
from desktop.domain.mapping import Step
from desktop.domain.query import RecordQuery
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.text import moment
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.table import ItemList
from desktop.workspace.demo import CONTACTS, ORDERS
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named, until
from tests.window.conftest import Control

pytestmark = [pytest.mark.anyio, pytest.mark.demo(records=12)]

NAME = ORDERS.name


async def opened(window: WorkspaceWindow, name: str = NAME, **target: object) -> None:
    window.go("syncs", sync=name, **target)
    await settled(window)


async def settled(window: WorkspaceWindow) -> None:
    """Wait until nothing is under way, nor follows from what was."""
    for _ in range(3):
        await window.scope.settle()
        await until(lambda: True)


def press(window: QWidget, name: str) -> None:
    button = named(window, name, QPushButton)
    assert button.isEnabled(), f"{name!r} can't be pressed"
    button.setFocus()
    button.click()


def texts(window: QWidget) -> str:
    return "\n".join(label.text() for label in window.findChildren(Label) if label.isVisible())


def rows(model: QAbstractItemModel) -> list[list[str]]:
    return [
        [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def subtitle(window: QWidget, name: str) -> str:
    syncs = named(window, "Syncs", ItemList)
    model = syncs.model()
    spoken = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    return next(text for text in spoken if text.startswith(f"{name}, "))


def show_tab(window: QWidget, title: str) -> None:
    bar = named(window, "Parts of the sync", QTabBar)
    bar.setCurrentIndex(next(at for at in range(bar.count()) if bar.tabText(at) == title))


async def orders_in_shop(desk: Desk) -> int:
    await desk.data.read("Shop", "orders")
    return await desk.data.count("Shop", "orders", RecordQuery())


async def change(desk: Desk, definition: SyncDefinition, *, approved: bool = True) -> None:
    await desk.syncs.save(definition, replaces=definition.name)
    if approved:
        await desk.syncs.approve(definition.name)


def without_rounding() -> SyncDefinition:
    """The orders' sync without what makes weights fit: many records fail then."""
    lines = tuple(replace(line, transform=()) if line.left == "weight" else line for line in ORDERS.fields)
    return replace(ORDERS, fields=lines)


async def test_the_list_says_how_each_sync_is_and_the_chosen_one_is_shown(window: WorkspaceWindow) -> None:
    await opened(window)
    assert subtitle(window, NAME) == f"{NAME}, Not run yet"
    assert subtitle(window, CONTACTS.name) == f"{CONTACTS.name}, Not run yet"
    assert named(window, "Agency · Orders to Shop · Online Orders")
    named(window, "Syncs", ItemList).choose(CONTACTS.name)
    await settled(window)
    assert named(window, "Agency · Contacts to Shop · Contacts")
    await settled(window)


async def test_the_first_run_shows_its_preview_and_sends_nothing_until_it_is_confirmed(
    window: WorkspaceWindow, desk: Desk
) -> None:
    await opened(window)
    before = await orders_in_shop(desk)
    press(window, "Sync now")
    await settled(window)
    asked = texts(window)
    assert "Nothing is sent until you confirm." in asked
    assert "records in Shop" in asked
    assert window.focusWidget() is named(window, "Start", QPushButton)
    assert await orders_in_shop(desk) == before

    press(window, "Start")
    await settled(window)
    created = await orders_in_shop(desk) - before
    assert created > 0
    assert f"{created} records created" in texts(window)
    assert "In step" in subtitle(window, NAME)
    assert not all_named(window, "Start", QPushButton)

    press(window, "Sync now")
    await settled(window)
    assert "nothing had to be written to Shop" in texts(window)
    assert await orders_in_shop(desk) == before + created
    await settled(window)


async def test_not_now_leaves_everything_as_it_is(window: WorkspaceWindow, desk: Desk) -> None:
    await opened(window)
    before = await orders_in_shop(desk)
    press(window, "Sync now")
    await settled(window)
    press(window, "Not now")
    await settled(window)
    assert not all_named(window, "Start", QPushButton)
    assert not (await desk.syncs.get(NAME)).approved
    assert await orders_in_shop(desk) == before
    await settled(window)


async def test_a_preview_lists_each_change_with_its_values(window: WorkspaceWindow) -> None:
    await opened(window, preview=True)
    table = named(window, "Changes", QTableView)
    await until(lambda: len(rows(table.model())) > 0 and rows(table.model())[0][1])
    record, action, fields, values = rows(table.model())[0]
    assert action == "create"
    assert record in values
    assert "Order number" in fields
    spoken = table.model().index(0, 3).data(Qt.ItemDataRole.AccessibleTextRole)
    assert f"Order number: {record}" in spoken
    assert named(window, "Parts of the sync", QTabBar).tabText(0) == "Preview"
    await settled(window)


async def test_enter_on_a_change_shows_all_of_its_fields(window: WorkspaceWindow) -> None:
    await opened(window, preview=True)
    table = named(window, "Changes", QTableView)
    await until(lambda: rows(table.model())[:1] and rows(table.model())[0][1])
    assert "more fields" in rows(table.model())[0][3]
    table.setCurrentIndex(table.model().index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert "more fields" not in rows(table.model())[0][3]
    assert len(rows(table.model())[0][2].splitlines()) > 6
    await settled(window)


@pytest.mark.demo(records=40)
async def test_changes_are_searched_and_filtered(window: WorkspaceWindow) -> None:
    await opened(window, CONTACTS.name, preview=True)
    table = named(window, "Changes", QTableView)
    await until(lambda: table.model().rowCount() > 0)
    every = table.model().rowCount()
    choice = named(window, "Show", QComboBox)
    choice.setCurrentIndex(choice.findText("Updated"))
    await settled(window)
    updated = table.model().rowCount()
    await until(lambda: all(row[1] == "update" for row in rows(table.model())))
    assert 0 < updated < every
    choice.setCurrentIndex(0)
    await settled(window)
    await until(lambda: rows(table.model())[0][1])
    title = rows(table.model())[0][0]
    search = named(window, "Search changes", QLineEdit)
    QTest.keyClicks(search, title)
    QTest.keyClick(search, Qt.Key.Key_Return)
    await settled(window)
    await until(lambda: rows(table.model()) and all(title in row[0] for row in rows(table.model())))
    await settled(window)


@pytest.mark.demo(records=150)
async def test_a_run_shows_how_far_it_is_and_can_be_cancelled(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.approve(NAME)
    await opened(window)
    press(window, "Sync now")
    await until(lambda: "written" in texts(window))
    assert not named(window, "Sync now", QPushButton).isEnabled()
    assert "Running" in subtitle(window, NAME)
    press(window, "Cancel")
    assert "what was started is being finished" in texts(window)
    await settled(window)
    assert "Cancelled." in texts(window)
    assert "Not finished" in subtitle(window, NAME)
    press(window, "Sync now")
    await settled(window)
    assert "In step" in subtitle(window, NAME)
    await settled(window)


async def test_a_run_goes_on_while_another_page_is_shown(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.approve(NAME)
    await opened(window)
    press(window, "Sync now")
    window.go("connections")
    await settled(window)
    await opened(window)
    assert "records created" in texts(window)
    await settled(window)


async def test_a_run_that_another_page_started_is_shown_too(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.approve(NAME)
    await opened(window)
    task = window.scope.start(desk.syncs.run(NAME))
    await until(lambda: "Running" in subtitle(window, NAME))
    await task
    await until(lambda: "In step" in subtitle(window, NAME))
    await until(lambda: "records created" in texts(window))
    await settled(window)


async def test_failures_are_listed_with_the_remedy_and_retried(window: WorkspaceWindow, desk: Desk) -> None:
    await change(desk, without_rounding())
    await opened(window)
    press(window, "Sync now")
    await settled(window)
    due = (await desk.syncs.get(NAME)).due
    assert due > 1
    assert f"{due} records failed" in subtitle(window, NAME)
    press(window, "Show failures")
    table = named(window, "Failures", QTableView)
    await until(lambda: rows(table.model())[0][1])
    assert table.model().rowCount() == due
    assert "Weight (kg) keeps 1 decimal" in rows(table.model())[0][1]
    assert rows(table.model())[0][2]

    await change(desk, ORDERS)
    await settled(window)
    assert not named(window, "Retry selected", QPushButton).isEnabled()
    choose_row(table, 0)
    press(window, "Retry selected")
    await settled(window)
    await until(lambda: table.model().rowCount() == due - 1)
    press(window, "Retry all")
    await settled(window)
    await until(lambda: not table.isVisible())
    assert "No failures" in texts(window)
    assert (await desk.syncs.get(NAME)).due == 0
    await settled(window)


def choose_row(table: QTableView, row: int) -> None:
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    table.selectionModel().setCurrentIndex(table.model().index(row, 0), flags)


async def test_a_failure_is_dismissed(window: WorkspaceWindow, desk: Desk) -> None:
    await change(desk, without_rounding())
    await desk.syncs.run(NAME)
    await opened(window, tab="failures")
    table = named(window, "Failures", QTableView)
    due = table.model().rowCount()
    await until(lambda: rows(table.model())[0][0] != "…")
    choose_row(table, 0)
    press(window, "Dismiss")
    await until(lambda: table.model().rowCount() == due - 1)
    assert (await desk.syncs.get(NAME)).due == due - 1
    await settled(window)


async def test_earlier_runs_show_their_changes(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.approve(NAME)
    first = await desk.syncs.run(NAME)
    await desk.syncs.run(NAME)
    await opened(window, tab="runs")
    runs = named(window, "Earlier runs", QTableView)
    await until(lambda: runs.model().rowCount() == 2)
    assert rows(runs.model())[1][1:3] == ["done", str(first.right.created)]
    runs.setCurrentIndex(runs.model().index(1, 0))
    QTest.keyClick(runs, Qt.Key.Key_Return)
    await settled(window)
    changes = named(window, "Changes", QTableView)
    await until(lambda: changes.model().rowCount() >= first.right.created)
    _, first_run = await desk.activity.runs(NAME)
    assert f"changes of {moment(first_run.started_at)}" in texts(window)
    press(window, "Show the latest run")
    await settled(window)
    assert "This run wrote nothing." in texts(window)
    assert all_named(window, "Undo this run", QPushButton) == []
    await settled(window)


async def test_an_earlier_run_is_undone_once_the_operator_has_agreed(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.approve(NAME)
    first = await desk.syncs.run(NAME)
    await desk.syncs.run(NAME)
    assert first.right.created
    await opened(window, tab="runs")
    runs = named(window, "Earlier runs", QTableView)
    await until(lambda: runs.model().rowCount() == 2)
    runs.setCurrentIndex(runs.model().index(1, 0))
    QTest.keyClick(runs, Qt.Key.Key_Return)
    await settled(window)
    press(window, "Undo this run")
    await until(lambda: window.findChild(QDialog) is not None)
    assert f"Undo the run of “{NAME}” of " in texts(window)
    press(window, "Undo the run")
    await settled(window)
    assert "An earlier run was undone." in texts(window)
    assert "Undone" in subtitle(window, NAME)
    assert (await desk.activity.runs(NAME))[0].result["right"]["deleted"] >= first.right.created  # type: ignore[index]


@pytest.mark.demo(records=150)
async def test_an_earlier_run_is_not_undone_while_another_is_under_way(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.approve(NAME)
    await desk.syncs.run(CONTACTS.name)
    (earlier,) = await desk.activity.runs(CONTACTS.name)
    await opened(window)
    press(window, "Sync now")
    await until(lambda: "written" in texts(window))
    window.go("syncs", sync=NAME, undo=replace(earlier, sync=NAME))
    await until(lambda: window.toasts.toasts)
    assert [toast.message.title for toast in window.toasts.toasts] == [f"“{NAME}” is running"]
    press(window, "Cancel")
    await settled(window)


async def test_the_mapping_is_told_in_words(window: WorkspaceWindow) -> None:
    await opened(window, tab="mapping")
    lines = rows(named(window, "Mapping", QTableView).model())
    assert lines[0][:3] == ["Order number", "the same record when equal", "External id"]
    weight = next(line for line in lines if line[0] == "Weight")
    assert weight == ["Weight", "→ Round (1)", "Weight (kg)", "Agency wins"]
    assert "Only records of which: Status is not Draft." in texts(window)
    await settled(window)


async def test_a_run_that_stops_says_why_and_what_to_do(window: WorkspaceWindow, desk: Desk, control: Control) -> None:
    await desk.syncs.approve(NAME)
    scopes = ["contacts.readonly", "locations.readonly", "objects/schema.readonly"]
    token = control("tokens", platform="highlevel", scopes=scopes)["token"]
    await desk.connections.replace_secret("Agency", token)
    await opened(window)
    press(window, "Sync now")
    await settled(window)
    assert "Stopped: " in subtitle(window, NAME)
    run = (await desk.syncs.get(NAME)).last_run
    assert run is not None
    assert run.problem is not None
    assert run.problem.message in texts(window)
    assert run.problem.hint in texts(window)
    await settled(window)


@pytest.mark.demo(records=30)
async def test_a_run_that_a_guard_stopped_is_asked_about(window: WorkspaceWindow, desk: Desk, control: Control) -> None:
    await desk.syncs.approve(NAME)
    await desk.syncs.run(NAME)
    shouted = tuple(
        replace(line, transform=(Step("prefix", {"text": "No. "}),)) if line.right == "order-number" else line
        for line in ORDERS.fields
    )
    await change(desk, replace(ORDERS, fields=shouted))
    await opened(window)
    press(window, "Sync now")
    await settled(window)
    assert "would change" in texts(window)
    assert "Waits for your answer" in subtitle(window, NAME)
    press(window, "Go ahead")
    await settled(window)
    assert "records updated" in texts(window)
    assert "In step" in subtitle(window, NAME)
    await settled(window)


async def test_a_file_is_added_and_the_new_sync_shown(window: WorkspaceWindow, desk: Desk, tmp_path: Path) -> None:
    document = json.loads(await desk.syncs.export(NAME))
    document["name"] = "Orders from a file"
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(document))
    await opened(window)
    press(window, "Add a file…")
    await choose_file(window, file)
    await settled(window)
    assert named(window, "Syncs", ItemList).current_key() == "Orders from a file"
    assert (await desk.syncs.get("Orders from a file")).definition.fields == ORDERS.fields
    await settled(window)


async def choose_file(window: QWidget, file: Path) -> None:
    await until(lambda: [d for d in window.findChildren(QFileDialog) if d.isVisible()])
    dialog = next(d for d in window.findChildren(QFileDialog) if d.isVisible())
    edit = dialog.findChild(QLineEdit, "fileNameEdit")
    assert edit is not None
    edit.setText(str(file))
    dialog.accept()


async def test_a_bad_file_is_refused_with_each_place_and_changes_nothing(
    window: WorkspaceWindow, desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "bad.json"
    file.write_text('{"crosswalk": 1, "name": "Bad", "left": {"connection": "Agency"}, "fields": []}')
    await opened(window)
    press(window, "Add a file…")
    await choose_file(window, file)
    await settled(window)
    said = texts(window)
    for place in ("left.object", "right", "direction", "match"):
        assert place in said
    assert len(await desk.syncs.all()) == 2
    await settled(window)


async def test_a_sync_is_exported_without_secrets(window: WorkspaceWindow, desk: Desk, tmp_path: Path) -> None:
    await opened(window)
    more = next(w for w in window.findChildren(QWidget) if w.isVisible() and w.accessibleName() == "More")
    menu = more.menu()  # type: ignore[attr-defined]
    next(action for action in menu.actions() if action.text() == "Export as a file…").trigger()
    file = tmp_path / "exported.json"
    await choose_file(window, file)
    await settled(window)
    assert json.loads(file.read_text())["name"] == NAME
    await settled(window)


async def test_deleting_asks_and_says_what_is_lost(window: WorkspaceWindow, desk: Desk) -> None:
    await opened(window)
    QTest.keyClick(named(window, "Syncs", ItemList), Qt.Key.Key_Delete)
    await until(lambda: [d for d in window.findChildren(QDialog) if d.isVisible()])
    dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
    assert "No record is deleted on either side." in dialog.accessibleDescription()
    named(dialog, "Delete the sync", QPushButton).click()
    await settled(window)
    assert [view.name for view in await desk.syncs.all()] == [CONTACTS.name]
    await until(lambda: named(window, "Syncs", ItemList).model().rowCount() == 1)
    assert named(window, "Agency · Contacts to Shop · Contacts")
    await settled(window)


@pytest.mark.demo(records=5, syncs=False)
async def test_without_syncs_the_page_leads_to_the_first_one(window: WorkspaceWindow) -> None:
    window.go("syncs")
    await settled(window)
    assert "No syncs yet" in texts(window)
    press(window, "Make the first sync")
    await settled(window)
    assert named(window, "From", ItemList)
    await settled(window)
