"""Activity: every run with each record's before and after, every edit, and trying failed records again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QPushButton, QTabBar, QWidget

from desktop.domain.query import RecordQuery
from desktop.ui.activity.page import ActivityPage
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.widgets.table import Table
from desktop.workspace.demo import CONTACTS, ORDERS
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named, until

pytestmark = pytest.mark.anyio


def texts(root: QWidget) -> list[str]:
    return [label.text() for label in root.findChildren(QLabel) if label.isVisible() and label.text()]


def column(model: QAbstractItemModel, at: int) -> list[str]:
    return [model.index(row, at).data() for row in range(model.rowCount())]


async def opened(window: WorkspaceWindow, **target: Any) -> ActivityPage:
    window.go("activity", **target)
    await window.scope.settle()
    page = window.page("activity")
    assert isinstance(page, ActivityPage)
    return page


async def test_runs_are_listed_newest_first_in_words(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.run(ORDERS.name)
    await desk.syncs.run(CONTACTS.name)
    page = await opened(window)
    model = named(page, "Runs", Table).model()
    assert column(model, 1) == [CONTACTS.name, ORDERS.name]
    assert column(model, 2) == ["by hand", "by hand"]
    assert column(model, 3) == ["done", "done"]
    assert column(model, 4)[1] == "36"


async def test_choosing_a_run_shows_each_change_with_before_and_after(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.run(ORDERS.name)
    await desk.syncs.run(ORDERS.name)
    page = await opened(window)
    runs = named(page, "Runs", Table)
    assert "No changes" in texts(page)
    runs.setFocus()
    QTest.keyClick(runs, Qt.Key.Key_Down)
    await window.scope.settle()
    changes = named(page, "Changes", Table).model()
    await until(lambda: changes.rowCount() == 59)
    await window.scope.settle()
    assert "Order number" in changes.index(40, 2).data()
    assert any("36 records created" in line for line in texts(page.runs.pane))


async def test_runs_are_narrowed_by_sync_and_by_trouble(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.run(ORDERS.name)
    await desk.syncs.run(CONTACTS.name)
    page = await opened(window)
    model = named(page, "Runs", Table).model()
    for box, key, expected in (
        ("Sync", Qt.Key.Key_End, [ORDERS.name]),
        ("Result", Qt.Key.Key_End, None),
        ("Result", Qt.Key.Key_Home, [ORDERS.name]),
        ("Sync", Qt.Key.Key_Home, [CONTACTS.name, ORDERS.name]),
    ):
        QTest.keyClick(named(page, box, QComboBox), key)
        await window.scope.settle()
        if expected is None:
            assert all_named(page, "Nothing found")
        else:
            assert column(model, 1) == expected


@pytest.mark.demo(records=12)
async def test_failed_records_say_why_and_are_retried(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.save(_too_exact(), replaces=ORDERS.name)
    await desk.syncs.run(ORDERS.name)
    page = await opened(window)
    await until(lambda: named(page, "Changes", Table).model().rowCount() > 0)
    await window.scope.settle()
    changes = named(page, "Changes", Table)
    failed = [row for row, word in enumerate(column(changes.model(), 1)) if word == "failed"]
    assert len(failed) == 11
    assert "keeps 1 decimal" in changes.model().index(failed[0], 3).data()
    await desk.syncs.save(ORDERS, replaces=ORDERS.name)
    changes.selectRow(failed[0])
    named(page, "Retry the selected record", QPushButton).click()
    await window.scope.settle()
    assert (await desk.syncs.get(ORDERS.name)).due == 10
    runs = named(page, "Runs", Table)
    await until(lambda: runs.model().rowCount() == 2)
    assert column(runs.model(), 2) == ["retry", "by hand"]
    changes.clearSelection()
    named(page, "Retry", QPushButton).click()
    await window.scope.settle()
    assert (await desk.syncs.get(ORDERS.name)).due == 0


async def test_a_run_of_the_history_is_undone_on_the_page_of_its_sync(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.run(ORDERS.name)
    page = await opened(window)
    await until(lambda: named(page, "Changes", Table).model().rowCount() > 0)
    await window.scope.settle()
    named(page, "Undo this run", QPushButton).click()
    await until(lambda: window.findChild(QDialog) is not None)
    named(window, "Undo the run", QPushButton).click()
    await window.scope.settle()
    assert [run.trigger for run in await desk.activity.runs(ORDERS.name)] == ["undo", "manual"]


async def test_edits_are_listed_with_their_values_before_and_after(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.data.read("Agency", "custom_objects.orders", whole=True)
    record, *_ = await desk.data.page("Agency", "custom_objects.orders", RecordQuery(), 0, 1)
    before = record.values["weight"]
    assert isinstance(before, Decimal)
    await desk.data.save("Agency", "custom_objects.orders", record, {"weight": Decimal("7.5")})
    page = await opened(window, tab="edits")
    await until(lambda: named(page, "Edits", Table).model().rowCount() == 1)
    await window.scope.settle()
    edits = named(page, "Edits", Table).model()
    assert edits.index(0, 2).data() == "Agency · Orders"
    assert edits.index(0, 3).data() == "changed"
    values = named(page, "Values before and after", Table).model()
    await until(lambda: values.rowCount() == 1)
    label, shown_before, shown_after = (values.index(0, at).data() for at in range(3))
    assert (label, Decimal(shown_before), shown_after) == ("Weight", before, "7.5")
    search = named(page, "Search edits", QLineEdit)
    QTest.keyClicks(search, "nothing like it")
    QTest.keyClick(search, Qt.Key.Key_Return)
    await window.scope.settle()
    assert all_named(page, "Nothing found")


async def test_without_history_it_says_what_will_be_here(window: WorkspaceWindow) -> None:
    page = await opened(window)
    assert all_named(page, "No runs yet")
    bar = named(page, "Activity", QTabBar)
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Right)
    assert all_named(page, "No edits yet")


def _too_exact():
    """The orders' sync without its rounding: the shop refuses every weight."""
    lines = (replace(pair, transform=()) if pair.left == "weight" else pair for pair in ORDERS.fields)
    return replace(ORDERS, fields=tuple(lines))
