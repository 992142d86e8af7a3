"""A sync both ways in the window: its questions, its decisions, undoing a run, pausing one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QDialog, QPushButton, QTabBar

from desktop.domain.change import RunStatus
from desktop.domain.definition import DeleteRule
from desktop.domain.mapping import ConflictRule, Direction, FieldPair, Step
from desktop.domain.query import RecordQuery
from desktop.domain.record import Record
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.syncs.conflicts_tab import ConflictsTab
from desktop.ui.widgets.table import ItemList
from desktop.workspace.demo import ORDERS
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named, until
from tests.window.test_syncs import opened, press, settled, texts

pytestmark = [pytest.mark.anyio, pytest.mark.demo(records=12, syncs=False)]

BOTH = replace(
    ORDERS,
    name="Orders both ways",
    direction=Direction.TWO_WAY,
    fields=(
        *(pair for pair in ORDERS.fields if pair.left in ("order_number", "receipt_link", "order_contact")),
        FieldPair("note", "order-instructions", transform=(Step("trim"),)),
    ),
    filter=(),
    conflict=ConflictRule.ASK,
)
NAME = BOTH.name


async def records_of(desk: Desk, connection: str, object_key: str) -> dict[str, Record]:
    """Orders by their number."""
    await desk.data.read(connection, object_key)
    page = await desk.data.page(connection, object_key, RecordQuery(), 0, 100)
    return {str(record.get("order_number") or record.external_id): record for record in page}


async def edit(desk: Desk, connection: str, object_key: str, number: str, **values: str) -> None:
    record = (await records_of(desk, connection, object_key))[number]
    changes = {key.replace("__", "-"): value for key, value in values.items()}
    await desk.data.save(connection, object_key, record, changes)


async def in_conflict(desk: Desk, count: int) -> list[str]:
    """A sync both ways that ran, and so many orders whose note was changed on both sides; their numbers."""
    await desk.syncs.save(BOTH)
    await desk.syncs.approve(NAME)
    assert (await desk.syncs.run(NAME)).status is RunStatus.COMPLETED
    numbers = sorted(await records_of(desk, "Shop", "orders"))[:count]
    for number in numbers:
        await edit(desk, "Agency", "custom_objects.orders", number, note=f"Mine {number}")
        await edit(desk, "Shop", "orders", number, order__instructions=f"Theirs {number}")
    assert (await desk.syncs.run(NAME)).conflicts == count
    return numbers


async def note_there(desk: Desk, number: str) -> object:
    return (await records_of(desk, "Shop", "orders"))[number].get("order-instructions")


async def test_a_question_shows_both_values_and_what_was_chosen_is_carried_out(
    window: WorkspaceWindow, desk: Desk
) -> None:
    two, one = await in_conflict(desk, 2)
    await opened(window, NAME, tab="conflicts")
    bar = named(window, "Parts of the sync", QTabBar)
    assert bar.tabText(bar.currentIndex()) == "Conflicts"
    questions = named(window, "Conflicts", ItemList)
    assert questions.model().rowCount() == 2
    said = texts(window)
    for expected in (
        f"Mine {one}",
        f"Theirs {one}",
        "Agency",
        "· an app",
        "Shop gets this value",
        "different on both sides. Which one stands?",
    ):
        assert expected in said
    press(window, "Keep left")
    await until(lambda: questions.model().rowCount() == 1)
    questions.setFocus()
    QTest.keyClick(questions, Qt.Key.Key_B)
    await until(lambda: questions.model().rowCount() == 0)
    assert "Nothing to decide" in texts(window)
    inbox = window.findChild(ConflictsTab)
    assert inbox is not None
    await until(inbox._patience.isActive)
    await until(lambda: not inbox._patience.isActive())
    await settled(window)
    assert await note_there(desk, one) == f"Mine {one}"
    assert await note_there(desk, two) == f"Mine {two}\nTheirs {two}"
    assert (await desk.syncs.run(NAME)).conflicts == 0


async def test_one_decision_holds_for_all_like_it(window: WorkspaceWindow, desk: Desk) -> None:
    numbers = await in_conflict(desk, 3)
    await opened(window, NAME, tab="conflicts")
    named(window, "All 3 like it", QCheckBox).setChecked(True)
    press(window, "Keep right")
    questions = named(window, "Conflicts", ItemList)
    await until(lambda: questions.model().rowCount() == 0)
    await desk.syncs.apply_settled(NAME)
    here = await records_of(desk, "Agency", "custom_objects.orders")
    assert [here[number].get("note") for number in numbers] == [f"Theirs {number}" for number in numbers]


async def test_home_leads_to_the_questions(window: WorkspaceWindow, desk: Desk) -> None:
    await in_conflict(desk, 1)
    window.go("home")
    await settled(window)
    assert "1 question for you · Orders both ways" in texts(window)
    press(window, "Decide")
    await settled(window)
    assert named(window, "Conflicts", ItemList).isVisible()


async def test_the_last_run_is_undone_once_the_operator_has_agreed(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.save(BOTH)
    await desk.syncs.approve(NAME)
    await opened(window, NAME)
    assert all_named(window, "Undo last run", QPushButton) == []
    press(window, "Sync now")
    await settled(window)
    made = len(await records_of(desk, "Shop", "orders"))
    assert made
    press(window, "Undo last run")
    await until(lambda: window.findChild(QDialog) is not None)
    assert "new records are deleted again. What somebody has changed since the run stays" in texts(window)
    press(window, "Undo the run")
    await settled(window)
    said = texts(window)
    assert "An earlier run was undone." in said
    assert "records deleted in Shop." in said
    assert await records_of(desk, "Shop", "orders") == {}


async def test_a_run_that_would_delete_too_much_names_the_records_and_asks(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.save(replace(BOTH, delete=DeleteRule.PROPAGATE))
    await desk.syncs.approve(NAME)
    await desk.syncs.run(NAME)
    shop = await records_of(desk, "Shop", "orders")
    for number in sorted(shop)[:3]:
        await desk.data.delete("Shop", "orders", shop[number].id)
    await opened(window, NAME)
    press(window, "Sync now")
    await settled(window)
    said = texts(window)
    assert "would be deleted" in said
    assert sorted(shop)[0] in said
    press(window, "Go ahead")
    await settled(window)
    assert "3 records deleted in Agency." in texts(window)
    here = await records_of(desk, "Agency", "custom_objects.orders")
    assert not set(sorted(shop)[:3]) & here.keys()
