"""The mapping wizard over a real workspace and a sandbox: from two systems to a sync that runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QTableView,
    QWidget,
)

from desktop.domain.definition import SideCondition
from desktop.domain.filters import Condition, Operator
from desktop.domain.mapping import ConflictRule, FieldPair, MatchPair, Side, Step
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.table import ItemList
from desktop.ui.wizard.field_list import FieldList
from desktop.ui.wizard.mapping_canvas import LineButton
from desktop.workspace.demo import CONTACTS, ORDERS
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named, until

pytestmark = [pytest.mark.anyio, pytest.mark.demo(records=10)]

NAME = ORDERS.name


async def settled(window: WorkspaceWindow) -> None:
    """Wait until nothing is under way, nor follows from what was."""
    for _ in range(3):
        await window.scope.settle()
        await until(lambda: True)


async def press(window: WorkspaceWindow, name: str) -> None:
    button = named(window, name, QPushButton)
    await until(button.isEnabled)
    button.setFocus()
    button.click()
    await settled(window)


def texts(window: QWidget) -> str:
    return "\n".join(label.text() for label in window.findChildren(Label) if label.isVisible())


async def begun(window: WorkspaceWindow) -> None:
    window.go("syncs", new=True)
    await settled(window)


async def choose_orders(window: WorkspaceWindow) -> None:
    """Go to the step Fields of a new sync from the orders to the shop's orders."""
    await begun(window)
    await press(window, "Next")
    named(window, "Objects of Agency", ItemList).choose("custom_objects.orders")
    await settled(window)
    named(window, "Objects of Shop", ItemList).choose("orders")
    await settled(window)
    await press(window, "Next")
    await press(window, "Next")


async def editing(window: WorkspaceWindow) -> None:
    """Open the demo's sync of orders in the wizard, at its fields."""
    window.go("syncs", sync=NAME)
    await settled(window)
    await press(window, "Edit")


def lines(window: QWidget) -> list[str]:
    return [button.accessibleName() for button in window.findChildren(LineButton) if button.isVisible()]


def columns(window: QWidget) -> tuple[FieldList, FieldList]:
    return named(window, "Agency · Orders", FieldList), named(window, "Shop · Online Orders", FieldList)


def spoken(box: FieldList, key: str) -> str:
    index = box.model().index(box.row_of(key), 0)
    return index.data(Qt.ItemDataRole.AccessibleTextRole)


async def test_a_sync_is_made_from_suggestions_and_shown_ready_to_be_previewed(
    window: WorkspaceWindow, desk: Desk
) -> None:
    await begun(window)
    assert "From Agency to Shop" in texts(window)
    await press(window, "Next")
    assert "Choose what is read." in texts(window)
    assert not named(window, "Next", QPushButton).isEnabled()
    named(window, "Objects of Agency", ItemList).choose("contact")
    await settled(window)
    assert "Choose what is written." in texts(window)
    named(window, "Objects of Shop", ItemList).choose("contacts")
    await settled(window)
    await press(window, "Next")
    assert named(window, "E-mail equals E-mail", QRadioButton).isChecked()
    await press(window, "Next")
    assert "First name to First name" in lines(window)
    await press(window, "Next")
    named(window, "Agency wins", QRadioButton).click()
    await press(window, "Next")
    await until(lambda: named(window, "Tried records", ItemList).model().rowCount() == 5)
    await press(window, "Next")
    name = named(window, "Name", QLineEdit)
    assert name.text() == "Contacts to ActiveCampaign 2"
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "People")
    await settled(window)
    await press(window, "Finish")

    made = (await desk.syncs.get("People")).definition
    assert made.match == (MatchPair("email", "email"),)
    assert made.conflict is ConflictRule.LEFT
    assert FieldPair("firstName", "firstName") in made.fields
    assert named(window, "Syncs", ItemList).current_key() == "People"
    assert window.focusWidget() is named(window, "Preview", QPushButton)
    assert await desk.syncs.wizard() is None
    result = await desk.syncs.preview("People")
    assert result.right.failed == 0
    await settled(window)


async def test_going_back_keeps_the_choices(window: WorkspaceWindow) -> None:
    await choose_orders(window)
    before = lines(window)
    assert before
    for _ in range(3):
        await press(window, "Back")
    assert not named(window, "Back", QPushButton).isEnabled()
    for _ in range(3):
        await press(window, "Next")
    assert lines(window) == before
    await settled(window)


async def test_the_direction_is_swapped(window: WorkspaceWindow, desk: Desk) -> None:
    await begun(window)
    await press(window, "Swap")
    assert "From Shop to Agency" in texts(window)
    assert named(window, "From", ItemList).current_key() == "Shop"
    await press(window, "Next")
    assert named(window, "Objects of Shop", ItemList)
    await settled(window)


async def test_fields_are_joined_and_removed_by_keyboard(window: WorkspaceWindow) -> None:
    await choose_orders(window)
    source, target = columns(window)
    assert "Internal score to Order number" not in lines(window)
    source.setFocus()
    source.choose("internal_score")
    QTest.keyClick(source, Qt.Key.Key_Return)
    assert target.hasFocus()
    target.choose("order-number")
    QTest.keyClick(target, Qt.Key.Key_Return)
    await until(lambda: "Internal score to Order number" in lines(window))
    await settled(window)
    assert "joined to Internal score" in spoken(target, "order-number")
    assert "Order number to Order number" not in lines(window)

    line = named(window, "Internal score to Order number", LineButton)
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    await settled(window)
    assert "Internal score to Order number" not in lines(window)
    await settled(window)


async def test_fields_are_joined_by_dragging(window: WorkspaceWindow) -> None:
    await choose_orders(window)
    source, target = columns(window)
    start = source.visualRect(source.model().index(source.row_of("internal_score"), 0)).center()
    over = target.visualRect(target.model().index(target.row_of("weight"), 0)).center()
    end = source.viewport().mapFromGlobal(target.viewport().mapToGlobal(over))
    QTest.mousePress(source.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(source.viewport(), start + QPoint(30, 0))
    QTest.mouseMove(source.viewport(), end)
    QTest.mouseRelease(source.viewport(), Qt.MouseButton.LeftButton, pos=end)
    await until(lambda: "Internal score to Weight (kg)" in lines(window))
    await settled(window)


async def test_fields_that_do_not_fit_are_refused_with_the_reason(window: WorkspaceWindow) -> None:
    await choose_orders(window)
    before = lines(window)
    source, target = columns(window)
    source.choose("internal_score")
    QTest.keyClick(source, Qt.Key.Key_Return)
    target.choose("order-date")
    QTest.keyClick(target, Qt.Key.Key_Return)
    await settled(window)
    assert "A number can't become a date." in texts(window)
    assert lines(window) == before
    await settled(window)


async def test_what_does_not_fit_in_the_sample_is_said_and_rounded_with_one_click(
    window: WorkspaceWindow, desk: Desk
) -> None:
    await choose_orders(window)
    _source, target = columns(window)
    assert "Weight (kg) keeps 1 decimal" in spoken(target, "weight")
    while not all_named(window, "Round it", QPushButton):
        await press(window, "Leave it out")
    await press(window, "Round it")
    assert "keeps 1 decimal" not in spoken(target, "weight")
    await settled(window)


async def test_a_line_is_edited_and_the_sample_shows_how_it_arrives(window: WorkspaceWindow, desk: Desk) -> None:
    await editing(window)
    await open_line(window, "Order number to Order number")
    choice = named(window, "Add a transformation", QComboBox)
    choice.setCurrentIndex(choice.findText("Put in front"))
    choice.activated.emit(choice.currentIndex())
    await settled(window)
    QTest.keyClicks(named(window, "Text", QLineEdit), "No. ")
    await settled(window)
    _source, target = columns(window)
    assert "No. 10" in spoken(target, "order-number")
    named(window, "A blank clears the value", QCheckBox).click()
    await settled(window)
    await press(window, "Finish")
    line = (await desk.syncs.get(NAME)).definition.fields[0]
    assert line == replace(ORDERS.fields[0], transform=(Step("prefix", {"text": "No. "}),), blank_erases=True)
    await settled(window)


async def open_line(window: WorkspaceWindow, name: str) -> None:
    line = named(window, name, LineButton)
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Return)
    await settled(window)
    assert named(window, "Remove line", QPushButton)


async def test_options_are_paired(window: WorkspaceWindow, desk: Desk) -> None:
    await editing(window)
    await open_line(window, "Status to Shipping status")
    box = named(window, "Draft becomes", QComboBox)
    box.setCurrentIndex(box.findText("Received"))
    await settled(window)
    await press(window, "Finish")
    lines_now = (await desk.syncs.get(NAME)).definition.fields
    status = next(line for line in lines_now if line.left == "status")
    assert status.values == {**ORDERS.fields[2].values, "draft": "Received"}
    await settled(window)


async def test_how_a_reference_is_found_is_edited(window: WorkspaceWindow, desk: Desk) -> None:
    await editing(window)
    await open_line(window, "Contact to Primary Contact")
    assert named(window, "Field of the referenced record", QComboBox).currentText() == "E-mail"
    named(window, "Create it when it is missing", QCheckBox).click()
    await settled(window)
    await press(window, "Finish")
    contact = (await desk.syncs.get(NAME)).definition.fields[-1]
    assert contact.carry is not None
    assert not contact.carry.create
    assert contact.carry.match == (MatchPair("email", "email"),)
    await settled(window)


async def test_conditions_are_added_and_an_unfinished_one_blocks_next(window: WorkspaceWindow, desk: Desk) -> None:
    await editing(window)
    await press(window, "Next")
    await press(window, "Add a condition")
    assert "A condition is not complete" in texts(window)
    assert not named(window, "Next", QPushButton).isEnabled()
    field = all_named(window, "Field", QComboBox)[-1]
    field.setCurrentIndex(field.findText("Weight"))
    await settled(window)
    comparison = all_named(window, "Comparison", QComboBox)[-1]
    comparison.setCurrentIndex(comparison.findText("is more than"))
    await settled(window)
    QTest.keyClicks(named(window, "Value", QLineEdit), "1.5")
    await settled(window)
    await press(window, "Finish")
    assert (await desk.syncs.get(NAME)).definition.filter == (
        *ORDERS.filter,
        SideCondition(Side.LEFT, Condition("weight", Operator.ABOVE, "1.5")),
    )
    await settled(window)


async def test_the_test_step_leads_back_to_the_line_that_fails(window: WorkspaceWindow) -> None:
    await choose_orders(window)
    await press(window, "Next")
    await press(window, "Next")
    table = named(window, "Values as they arrive", QTableView)
    await until(lambda: table.currentIndex().isValid())
    row = table.currentIndex().row()
    assert "is not an option" in table.model().index(row, 3).data() or "keeps 1" in table.model().index(row, 3).data()
    label = table.model().index(row, 0).data()
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Return)
    await settled(window)
    await until(lambda: all_named(window, "Remove line", QPushButton))
    assert f"{label} → " in texts(window)
    await settled(window)


async def test_a_name_that_is_taken_is_refused_beside_the_field(window: WorkspaceWindow) -> None:
    await editing(window)
    for _ in range(3):
        await press(window, "Next")
    name = named(window, "Name", QLineEdit)
    name.selectAll()
    QTest.keyClicks(name, "Contacts to ActiveCampaign")
    await settled(window)
    assert "There is already a sync" in texts(window)
    assert not named(window, "Finish", QPushButton).isEnabled()
    name.selectAll()
    QTest.keyClicks(name, "Orders of the shop")
    QTest.keyClick(name, Qt.Key.Key_Return)
    await settled(window)
    assert named(window, "Syncs", ItemList).current_key() == "Orders of the shop"
    await settled(window)


async def test_the_draft_outlives_the_wizard_and_is_continued(window: WorkspaceWindow, desk: Desk) -> None:
    await choose_orders(window)
    before = lines(window)
    assert "Draft kept" in texts(window)
    await press(window, "Close")
    assert "You were making a sync." in texts(window)
    await press(window, "Continue")
    await until(lambda: lines(window) == before)
    await press(window, "Close")
    await press(window, "Discard")
    assert await desk.syncs.wizard() is None
    assert "You were making a sync." not in texts(window)
    await settled(window)


async def test_a_wizard_in_which_nothing_was_changed_leaves_no_draft(window: WorkspaceWindow, desk: Desk) -> None:
    await editing(window)
    await press(window, "Close")
    assert await desk.syncs.wizard() is None
    assert "You were" not in texts(window)
    await settled(window)


async def test_the_draft_of_a_sync_that_was_deleted_becomes_a_new_one(window: WorkspaceWindow, desk: Desk) -> None:
    await editing(window)
    line = named(window, "Weight to Weight (kg)", LineButton)
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    await settled(window)
    await press(window, "Close")
    await desk.syncs.remove(NAME)
    window.go("syncs")
    await settled(window)
    await press(window, "Continue")
    for _ in range(3):
        await press(window, "Next")
    await press(window, "Finish")
    assert "weight" not in [line.left for line in (await desk.syncs.get(NAME)).definition.fields]
    await settled(window)


async def test_another_new_sync_asks_before_it_discards_the_draft(window: WorkspaceWindow, desk: Desk) -> None:
    await choose_orders(window)
    await press(window, "Close")
    named(window, "New sync", QPushButton).click()
    await until(lambda: [d for d in window.findChildren(QDialog) if d.isVisible()])
    dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
    named(dialog, "Continue with it", QPushButton).click()
    await settled(window)
    assert lines(window)
    await settled(window)


async def test_records_are_matched_by_fields_of_ones_own_choice(window: WorkspaceWindow, desk: Desk) -> None:
    await editing(window)
    await press(window, "Back")
    named(window, "Other fields", QRadioButton).click()
    await settled(window)
    await until(lambda: all_named(window, "Field on the other side", QComboBox))
    box = named(window, "Field on the other side", QComboBox)
    box.setCurrentIndex(box.findText("Order number"))
    await settled(window)
    await press(window, "Finish")
    assert (await desk.syncs.get(NAME)).definition.match == (MatchPair("order_number", "order-number"),)
    await settled(window)


async def test_another_record_is_shown(window: WorkspaceWindow) -> None:
    await editing(window)
    source, _target = columns(window)
    before = spoken(source, "order_number")
    next(w for w in window.findChildren(QWidget) if w.isVisible() and w.accessibleName() == "Next record").click()  # type: ignore[attr-defined]
    await settled(window)
    assert spoken(source, "order_number") != before
    await settled(window)


async def test_the_same_object_on_both_sides_is_refused(window: WorkspaceWindow) -> None:
    await begun(window)
    named(window, "To", ItemList).choose("Agency")
    await settled(window)
    await press(window, "Next")
    for chooser in all_named(window, "Objects of Agency", ItemList):
        chooser.choose("contact")
        await settled(window)
    assert "Both sides are the same object." in texts(window)
    assert not named(window, "Next", QPushButton).isEnabled()
    await settled(window)


async def test_a_required_field_that_nothing_fills_blocks_next(window: WorkspaceWindow) -> None:
    window.go("syncs", sync=CONTACTS.name)
    await settled(window)
    await press(window, "Edit")
    line = named(window, "E-mail to E-mail", LineButton)
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    await settled(window)
    assert named(window, "Next", QPushButton).isEnabled()
    await press(window, "Back")
    named(window, "Other fields", QRadioButton).click()
    await until(lambda: all_named(window, "Field on the other side", QComboBox))
    for box in ("Field that is read", "Field on the other side"):
        choice = named(window, box, QComboBox)
        choice.setCurrentIndex(choice.findText("Phone"))
        await settled(window)
    await press(window, "Next")
    assert "Shop requires a field that nothing fills yet: E-mail." in texts(window)
    assert not named(window, "Next", QPushButton).isEnabled()
    assert not named(window, "Finish", QPushButton).isEnabled()
    await settled(window)


async def test_a_search_narrows_both_columns_and_keeps_what_is_joined_together(window: WorkspaceWindow) -> None:
    await choose_orders(window)
    source, target = columns(window)
    everything = source.model().rowCount(), target.model().rowCount()
    search = named(window, "Search fields", QLineEdit)
    search.setFocus()
    QTest.keyClicks(search, "ship sta")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert (source.row_of("status"), target.row_of("order-ship-status")) == (0, 0)
    assert (source.model().rowCount(), target.model().rowCount()) == (1, 1)
    assert lines(window) == ["Status to Shipping status"]
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert (source.model().rowCount(), target.model().rowCount()) == everything
    assert "Total to Total" in lines(window)
    await settled(window)
