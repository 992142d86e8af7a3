"""Editing a record in the form: saving, undoing, what is wrong, what changed on both sides, drafts, deleting."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QListWidget

from desktop.domain.query import RecordQuery
from desktop.domain.record import Record
from desktop.domain.values import Money
from desktop.workspace.desk import Desk
from tests.ui.finding import until
from tests.window.data_page import ORDERS, DataSteps, data_page

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("theme", "american"),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
    pytest.mark.demo(records=6, syncs=False),
]


@pytest.fixture
def american():
    """Numbers and dates as in the United States."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


async def _there(desk: Desk, record_id: str) -> Record:
    """The record as the platform has it."""
    return await desk.data.record(*ORDERS, record_id)


async def _in_form(data: DataSteps, row: int = 0) -> Record:
    """Open a row, and wait until the form has looked the record up."""
    record_id = await data.open_row(row)
    await data.window.scope.settle()
    return await _there(data.desk, record_id)


async def test_a_saved_change_is_on_the_platform(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        data.type_into("Total", "89.90")
        assert data.says("1 change")
        assert data.says("edited")
        data.press("Save")
        await until(lambda: any("saved" in text for text in data.messages))
        assert (await _there(desk, record.id)).get("total") == Money(Decimal("89.90"), "USD")
        await until(lambda: "$89.90" in data.column("Total"))
        assert not data.find("Save").isEnabled()


async def test_only_what_was_edited_is_sent(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        elsewhere = await desk.data.save(*ORDERS, record, {"receipt_link": "https://shop.example.com/new"})
        assert elsewhere is not None
        data.type_into("Note", "Ring twice")
        data.press("Save")
        await until(lambda: any("saved" in text for text in data.messages))
        there = await _there(desk, record.id)
        assert there.get("note") == "Ring twice"
        assert there.get("receipt_link") == "https://shop.example.com/new"


async def test_what_is_no_number_stays_and_says_how_to_write_it(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        data.type_into("Total", "89,90")
        assert data.says("Write 89.90. The currency is USD.")
        data.press("Save")
        await until(lambda: data.says("Nothing was sent."))
        assert data.text_in("Total") == "89,90"
        data.press("Discard")
        assert (await _there(desk, record.id)).get("total") == record.get("total")


async def test_a_required_field_is_asked_for(desk: Desk) -> None:
    async with data_page(desk) as data:
        data.press("New record")
        data.press("Save")
        await until(lambda: data.says("Order number is required."))
        assert not data.messages


async def test_a_new_record_is_made_and_stays_open(desk: Desk) -> None:
    async with data_page(desk) as data:
        data.press("New record")
        data.type_into("Order number", "30001")
        data.type_into("Order date", "11/19/2026")
        QTest.keyClick(data.find("Record"), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: "30001" in data.column("Order number"))
        assert data.says("Order 30001")
        assert data.says("7 records")
        assert data.text_in("Order date") == "Nov 19, 2026"


async def test_undo_and_redo_go_through_the_fields(desk: Desk) -> None:
    async with data_page(desk) as data:
        await _in_form(data)
        number, note = data.text_in("Order number"), data.text_in("Note")
        data.type_into("Order number", "777")
        data.type_into("Note", "other")
        assert data.says("2 changes")
        data.press("Undo")
        assert (data.text_in("Order number"), data.text_in("Note")) == ("777", note)
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert data.text_in("Order number") == number
        assert not data.find("Undo").isEnabled()
        data.press("Redo")
        data.press("Redo")
        assert (data.text_in("Order number"), data.text_in("Note")) == ("777", "other")


async def test_one_field_is_undone_alone(desk: Desk) -> None:
    async with data_page(desk) as data:
        await _in_form(data)
        number = data.text_in("Order number")
        data.type_into("Note", "kept")
        data.type_into("Order number", "778")
        row = data.page.records.form.row("order_number")
        QTest.mouseClick(row.revert, Qt.MouseButton.LeftButton)
        assert data.text_in("Order number") == number
        assert data.text_in("Note") == "kept"
        assert data.says("1 change")


async def test_discard_brings_back_what_was_read(desk: Desk) -> None:
    async with data_page(desk) as data:
        await _in_form(data)
        number = data.text_in("Order number")
        data.type_into("Order number", "779")
        data.press("Discard")
        assert data.text_in("Order number") == number
        assert not data.find("Save").isEnabled()


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "55.00"), ("Keep theirs", "44.00")])
async def test_a_field_changed_on_both_sides_is_chosen(desk: Desk, choice: str, kept: str) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        data.type_into("Total", "55")
        data.type_into("Note", "mine alone")
        theirs = {"total": Money(Decimal("44.00"), "USD"), "receipt_link": "https://shop.example.com/theirs"}
        await desk.data.save(*ORDERS, record, theirs)
        data.press("Save")
        await until(lambda: data.says("Agency has: $44.00"))
        assert data.says("You typed: $55.00")
        assert not data.find("Save").isEnabled()
        assert data.text_in("Receipt link") == "https://shop.example.com/theirs"
        data.press(choice)
        data.press("Save")
        await until(lambda: any("saved" in text for text in data.messages))
        there = await _there(desk, record.id)
        assert there.get("total") == Money(Decimal(kept), "USD")
        assert there.get("note") == "mine alone"
        assert there.get("receipt_link") == "https://shop.example.com/theirs"


async def test_edits_of_a_record_that_is_left_are_kept_and_offered(desk: Desk) -> None:
    async with data_page(desk) as data:
        await _in_form(data, 0)
        data.type_into("Note", "not done yet")
        await data.open_row(1)
        await until(lambda: data.says("You have unsaved changes in 1 record:"))
        data.click_row(0)
        await until(lambda: data.text_in("Note") == "not done yet")
        data.press("Undo")
        assert data.text_in("Note") != "not done yet"


async def test_a_draft_survives_the_window(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        data.type_into("Note", "typed before the crash")
        await data.window.scope.settle()
    async with data_page(desk) as data:
        await until(lambda: data.says("You have unsaved changes in 1 record:"))
        await data.go(*ORDERS, record.id)
        await until(lambda: data.says("1 change"))
        assert data.text_in("Note") == "typed before the crash"
        data.press("Save")
        await until(lambda: any("saved" in text for text in data.messages))
        assert await desk.data.drafts() == []
        assert (await _there(desk, record.id)).get("note") == "typed before the crash"


async def test_a_draft_of_a_new_record_is_found_again(desk: Desk) -> None:
    async with data_page(desk) as data:
        data.press("New record")
        data.type_into("Order number", "40001")
        await data.window.scope.settle()
    async with data_page(desk) as data:
        data.press("New record")
        await until(lambda: data.text_in("Order number") == "40001")


async def test_deleting_says_what_is_lost_and_does_it(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        data.press("Delete")
        name = f"Order {record.get('order_number')}"
        await until(lambda: data.answer("Cancel"))
        await data.window.scope.settle()
        assert (await _there(desk, record.id)).id == record.id
        data.press("Delete")
        await until(lambda: data.answer(f"Delete {name}"))
        await until(lambda: data.says("5 records"))
        assert str(record.get("order_number")) not in data.column("Order number")
        assert data.says("No record chosen")


async def test_a_choice_is_found_by_typing_a_part_of_it(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        other = "Draft" if record.get("status") != "draft" else "Received"
        data.type_into("Status", other.lower())
        data.press("Save")
        await until(lambda: any("saved" in text for text in data.messages))
        assert (await _there(desk, record.id)).get("status") == other.lower()


async def test_an_option_that_is_none_is_told(desk: Desk) -> None:
    async with data_page(desk) as data:
        await _in_form(data)
        data.type_into("Status", "lost in space")
        assert data.says("“lost in space” is not an option of Status.")
        data.press("Discard")


async def test_text_that_no_draft_can_keep_is_asked_about_on_closing(desk: Desk) -> None:
    async with data_page(desk) as data:
        await _in_form(data)
        data.type_into("Total", "a lot")
        data.window.close()
        await until(lambda: data.answer("Cancel"))
        await until(lambda: QApplication.activeModalWidget() is None)
        await data.window.scope.settle()
        assert data.window.isVisible()
        assert data.text_in("Total") == "a lot"
        data.window.close()
        await until(lambda: data.answer("Close"))


async def test_several_options_are_ticked(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        data.find("Extras", QComboBox).showPopup()
        boxes = next(w for w in QApplication.topLevelWidgets() if w.isVisible() and w.findChildren(QListWidget))
        options = boxes.findChildren(QListWidget)[0]
        ticked = {
            options.item(at).text()
            for at in range(options.count())
            if options.item(at).checkState() == Qt.CheckState.Checked
        }
        first = options.item(0)
        wanted = ticked ^ {first.text()}
        options.setCurrentRow(0)
        QTest.keyClick(options, Qt.Key.Key_Space)
        QTest.keyClick(options, Qt.Key.Key_Return)
        data.press("Save")
        await until(lambda: any("saved" in text for text in data.messages))
        extras = (await _there(desk, record.id)).get("extras") or frozenset()
        field = (await desk.data.schema(*ORDERS)).field("extras")
        assert field is not None
        assert {option.label for option in field.options if option.key in extras} == wanted  # type: ignore[operator]


async def test_a_reference_is_changed_by_a_search(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        contacts = await desk.data.find_references(*ORDERS, "order_contact", "")
        linked = record.get("order_contact") or frozenset()
        other_id, name = next(item for item in contacts if item[0] not in linked)  # type: ignore[operator]
        editor = data.page.records.form.row("order_contact").editor
        QTest.mouseClick(editor.controls[0], Qt.MouseButton.LeftButton)
        picker = next(w for w in QApplication.topLevelWidgets() if w.isVisible() and w.findChildren(QListWidget))
        found = picker.findChildren(QListWidget)[0]
        QTest.keyClicks(QApplication.focusWidget() or picker, name)
        await until(lambda: found.count() == 1 and found.item(0).text() == name)
        QTest.keyClick(found, Qt.Key.Key_Return)
        await until(lambda: data.says("1 change"))
        data.press("Save")
        await until(lambda: any("saved" in text for text in data.messages))
        assert other_id in ((await _there(desk, record.id)).get("order_contact") or ())  # type: ignore[operator]


async def test_a_newer_copy_arrives_by_itself(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = await _in_form(data)
        await desk.data.save(*ORDERS, record, {"note": "written by another"})
        await until(lambda: data.text_in("Note") == "written by another")


async def test_enter_goes_to_the_form(desk: Desk) -> None:
    async with data_page(desk) as data:
        await data.open_row(2)
        QTest.keyClick(data.grid, Qt.Key.Key_Return)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused.accessibleName() == "Order number"


async def test_the_form_can_be_hidden_and_shown(desk: Desk) -> None:
    async with data_page(desk) as data:
        await data.open_row(0)
        data.press("Hide record")
        assert not data.page.records.form.isVisible()
        data.press("Show record")
        assert data.find("Record").isVisible()


async def test_a_moment_is_typed_with_its_zone_and_comes_back_in_it(desk: Desk) -> None:
    await desk.data.save("Shop", "orders", None, {"@external_id": "10001"})
    async with data_page(desk, "Shop", "orders") as data:
        data.press("New record")
        data.type_into("External id", "30001")
        data.type_into("Placed at", "2/29/2025")
        data.press("Save")
        await until(lambda: data.says("is not a date"))
        assert data.text_in("Placed at") == "2/29/2025"
        data.type_into("Placed at", "11/19/2026")
        clock = data.find("Placed at: time", QLineEdit)
        assert clock.text() == "00:00"
        data.type_into("Placed at: time", "9:30 PM")
        zone = data.find("Placed at: time zone", QComboBox)
        zone.setCurrentIndex(zone.findData(5400 * 3 + 3600))
        zone.activated.emit(zone.currentIndex())
        data.press("Save")
        await until(lambda: "30001" in data.column("External id"))
        made = next(iter(await desk.data.page("Shop", "orders", RecordQuery(), 0, 1)))
        india = timezone(timedelta(hours=5, minutes=30))
        value = (await desk.data.record("Shop", "orders", made.id)).get("placed-at")
        assert value == datetime(2026, 11, 19, 21, 30, tzinfo=india)
