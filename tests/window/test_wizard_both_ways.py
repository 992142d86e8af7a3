"""The wizard for a sync both ways: the direction, lines that can't come back, deletions, and the schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
from PySide6.QtCore import QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QRadioButton, QSpinBox, QTimeEdit

from desktop.domain.definition import DeleteRule
from desktop.domain.mapping import ConflictRule, Direction, FieldPair, Step
from desktop.domain.schedule import Schedule
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.widgets.table import ItemList
from desktop.ui.wizard.mapping_canvas import LineButton
from desktop.workspace.demo import CONTACTS, ORDERS
from desktop.workspace.desk import Desk
from tests.ui.finding import named, until
from tests.window.test_wizard import begun, press, settled, texts

pytestmark = [pytest.mark.anyio, pytest.mark.demo(records=10)]


def choose(box: QComboBox, words: str) -> None:
    box.setCurrentIndex(box.findText(words))
    box.activated.emit(box.currentIndex())


async def test_a_sync_both_ways_is_made_with_deletions_and_a_schedule(window: WorkspaceWindow, desk: Desk) -> None:
    await begun(window)
    named(window, "Both ways", QCheckBox).click()
    assert "Between Agency and Shop" in texts(window)
    await press(window, "Next")
    named(window, "Objects of Agency", ItemList).choose("contact")
    await settled(window)
    named(window, "Objects of Shop", ItemList).choose("contacts")
    await settled(window)
    await press(window, "Next")
    await press(window, "Next")
    await press(window, "Next")
    named(window, "Ask me", QRadioButton).click()
    named(window, "Delete its counterpart too", QRadioButton).click()
    named(window, "Ask when more than this share would be deleted", QSpinBox).setValue(5)
    assert "deleted on one side is deleted on the other" in texts(window)
    choose(named(window, "When it runs", QComboBox), "Every")
    named(window, "How many", QSpinBox).setValue(30)
    named(window, "Only between", QCheckBox).setChecked(True)
    named(window, "From", QTimeEdit).setTime(QTime(21, 30))
    await press(window, "Next")
    await until(lambda: named(window, "Tried records", ItemList).model().rowCount() == 5)
    await press(window, "Next")
    said = texts(window)
    assert "It runs every 30 minutes, between 21:30 and 06:00." in said
    assert "over 5 % of the linked records it asks first" in said
    name = named(window, "Name", QLineEdit)
    assert name.text() == "Contacts with ActiveCampaign"
    await press(window, "Finish")
    made = (await desk.syncs.get("Contacts with ActiveCampaign")).definition
    assert made.direction is Direction.TWO_WAY
    assert (made.conflict, made.delete, made.delete_limit_percent) == (ConflictRule.ASK, DeleteRule.PROPAGATE, 5)
    assert made.schedule == Schedule(every_minutes=30, between=(time(21, 30), time(6, 0)))
    result = await desk.syncs.run(made.name)
    assert result.left.failed == result.right.failed == 0


async def test_a_line_that_cannot_come_back_says_so_and_is_made_one_way(window: WorkspaceWindow, desk: Desk) -> None:
    lines = (*CONTACTS.fields[:1], FieldPair("firstName", "firstName", transform=(Step("upper"),)))
    await desk.syncs.save(replace(CONTACTS, fields=lines), CONTACTS.name)
    window.go("syncs", sync=CONTACTS.name)
    await settled(window)
    await press(window, "Edit")
    for _ in range(3):
        await press(window, "Back")
    named(window, "Both ways", QCheckBox).click()
    for _ in range(3):
        await press(window, "Next")
    assert "can't be undone on the way back" in texts(window)
    assert not named(window, "Next", QPushButton).isEnabled()
    named(window, "First name to First name", LineButton).click()
    await settled(window)
    await press(window, "Make it one way")
    await until(named(window, "Next", QPushButton).isEnabled)
    assert named(window, "Which way values go", QComboBox).currentText() == "Only from Agency to Shop"


async def test_an_expression_that_cannot_be_read_is_marked_while_it_is_typed(
    window: WorkspaceWindow, desk: Desk
) -> None:
    window.go("syncs", sync=ORDERS.name)
    await settled(window)
    await press(window, "Edit")
    await press(window, "Next")
    choose(named(window, "When it runs", QComboBox), "By a cron expression")
    cron = named(window, "Cron expression", QLineEdit)
    QTest.keyClicks(cron, "0 2 *")
    assert "must be a cron expression" in texts(window)
    QTest.keyClicks(cron, " * 1-5")
    assert "must be a cron expression" not in texts(window)
    await settled(window)
    await press(window, "Next")
    await press(window, "Next")
    assert "It runs by the cron expression 0 2 * * 1-5." in texts(window)
    await press(window, "Finish")
    assert (await desk.syncs.get(ORDERS.name)).definition.schedule == Schedule(cron="0 2 * * 1-5")


async def test_what_was_chosen_right_before_closing_is_kept(window: WorkspaceWindow, desk: Desk) -> None:
    window.go("syncs", sync=ORDERS.name)
    await settled(window)
    await press(window, "Edit")
    await press(window, "Next")
    kind = named(window, "When it runs", QComboBox)
    choose(kind, "Every day at")
    choose(kind, "Every")
    count = named(window, "How many", QSpinBox)
    for minutes in (5, 6, 7):
        count.setValue(minutes)
    named(window, "Close", QPushButton).click()
    await settled(window)
    draft = await desk.syncs.wizard()
    assert isinstance(draft, dict)
    assert "7m" in str(draft)
    assert "You were changing" in texts(window)
