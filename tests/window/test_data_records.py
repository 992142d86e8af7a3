"""Looking at records: the tree, reading, searching, sorting, filters, saved views, columns."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu, QPushButton

from desktop.domain.query import RecordQuery
from desktop.domain.record import Record
from desktop.domain.values import is_choices
from desktop.workspace.desk import Desk
from tests.ui.finding import until
from tests.window.data_page import ORDERS, DataSteps, data_page

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("theme"),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
    pytest.mark.demo(records=12, syncs=False),
]


async def test_the_tree_tells_how_many_records_each_object_has(desk: Desk) -> None:
    async with data_page(desk) as data:
        texts = data.tree_texts()
        assert texts[0] == "Agency"
        assert "Orders, 12 records" in texts
        assert "Shop" in texts


async def test_an_object_that_was_never_read_offers_to_read_it(desk: Desk) -> None:
    async with data_page(desk, "Agency", "contact", read=False) as data:
        assert data.says("never read")
        data.press("Read records")
        await until(lambda: data.says("12 records") and data.says("read just now"))
        await until(lambda: "Contacts, 12 records" in data.tree_texts())


async def test_finding_an_object_hides_the_others(desk: Desk) -> None:
    async with data_page(desk) as data:
        QTest.keyClicks(data.find("Find an object"), "order")
        tree = data.page.objects.tree
        shown = [text for text in _visible(tree) if text]
        assert "Orders" in shown
        assert "Online Orders" in shown
        assert "Contacts" not in shown


def _visible(tree) -> list[str]:
    model = tree.model()
    texts = []
    for row in range(model.rowCount()):
        parent = model.index(row, 0)
        texts += [
            str(model.index(at, 0, parent).data())
            for at in range(model.rowCount(parent))
            if not tree.isRowHidden(at, parent)
        ]
    return texts


async def test_cells_are_written_by_type(desk: Desk) -> None:
    async with data_page(desk) as data:
        record = (await desk_page(data))[0]
        total = record.get("total")
        assert f"{total.amount:,.2f}" in data.column("Total")[0]  # type: ignore[union-attr]
        assert data.column("Status")[0] in ("Draft", "Received", "Processing", "Sent")
        model = data.grid.model()
        at = next(c for c in range(model.columnCount()) if model.headerData(c, Qt.Orientation.Horizontal) == "Total")
        assert model.index(0, at).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight


def linked_ids(record: Record) -> frozenset[str]:
    value = record.get("order_contact")
    return value if is_choices(value) else frozenset()


async def desk_page(data: DataSteps):
    return await data.desk.data.page(*ORDERS, data.page.records.model.query, 0, 50)


async def test_references_show_as_names(desk: Desk) -> None:
    async with data_page(desk) as data:
        await until(lambda: "…" not in data.column("Contact"))
        ids = {key for record in await desk_page(data) for key in linked_ids(record)}
        assert ids
        assert not ids & set(data.column("Contact"))


async def test_a_search_narrows_the_records(desk: Desk) -> None:
    async with data_page(desk) as data:
        wanted = data.column("Order number")[3]
        QTest.keyClicks(data.find("Search records"), wanted)
        await until(lambda: data.column("Order number") == [wanted])
        assert data.says("1 record")


async def test_nothing_found_offers_to_clear(desk: Desk) -> None:
    async with data_page(desk) as data:
        QTest.keyClicks(data.find("Search records"), "no such thing")
        await until(lambda: data.says("Nothing matches"))
        data.press("Clear search and filters")
        await until(lambda: data.says("12 records"))
        assert len(data.column("Order number")) == 12
        assert data.find("Search records", QLineEdit).text() == ""


async def test_a_head_sorts_up_then_down_then_not(desk: Desk) -> None:
    async with data_page(desk) as data:
        usual = data.column("Order number")
        _click_head(data, "Order number")
        await until(lambda: data.column("Order number") == sorted(usual))
        _click_head(data, "Order number")
        await until(lambda: data.column("Order number") == sorted(usual, reverse=True))
        _click_head(data, "Order number")
        await until(lambda: data.page.records.model.query.sort is None)
        assert not data.grid.horizontalHeader().isSortIndicatorShown()


def _click_head(data: DataSteps, label: str) -> None:
    head = data.grid.horizontalHeader()
    model = data.grid.model()
    at = next(c for c in range(model.columnCount()) if model.headerData(c, Qt.Orientation.Horizontal) == label)
    place = head.viewport().rect().topLeft()
    place.setX(head.sectionViewportPosition(at) + 20)
    place.setY(10)
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=place)


async def _filter_status(data: DataSteps, option: str) -> None:
    data.press("Filter")
    field = data.find("Field", QComboBox)
    field.setCurrentText("Status")
    data.find("Condition", QComboBox).setCurrentText("is not")
    value = data.find("Value", QComboBox).lineEdit()
    assert value is not None
    value.selectAll()
    QTest.keyClicks(value, option)
    data.press("Apply filter")
    await until(lambda: data.page.records.model.query.conditions)


async def test_a_filter_stands_as_a_chip_and_is_taken_away(desk: Desk) -> None:
    async with data_page(desk) as data:
        every = data.column("Status")
        status = every[0]
        await _filter_status(data, status)
        await until(lambda: status not in data.column("Status"))
        chip = data.find(f"Status is not {status}")
        QTest.keyClick(chip, Qt.Key.Key_Delete)
        await until(lambda: sorted(data.column("Status")) == sorted(every))


async def test_a_filter_that_makes_no_sense_is_told_beside_it(desk: Desk) -> None:
    async with data_page(desk) as data:
        data.press("Filter")
        data.find("Field", QComboBox).setCurrentText("Total")
        data.find("Condition", QComboBox).setCurrentText("is more than")
        QTest.keyClicks(data.find("Value"), "much")
        data.press("Apply filter")
        assert data.says("“much” is not a number")
        assert data.page.records.model.query.conditions == ()


async def test_a_view_is_saved_chosen_and_deleted(desk: Desk) -> None:
    async with data_page(desk) as data:
        status = data.column("Status")[0]
        await _filter_status(data, status)
        views = data.find("Saved views", QPushButton)
        _menu_act(views, "Save this view…").trigger()
        QTest.keyClicks(data.find("Name of the view"), "My view")
        data.press("Save view")
        await until(lambda: views.text() == "My view")
        _menu_act(views, "All records").trigger()
        await until(lambda: data.page.records.model.query.conditions == ())
        _menu_act(views, "My view").trigger()
        await until(lambda: status not in data.column("Status"))
        _menu_act(views, "Delete view “My view”").trigger()
        await until(lambda: views.text() == "Saved views")
        assert await data.desk.data.saved_views(*ORDERS) == {}


def _menu_act(button: QPushButton, text: str):
    menu = button.menu()
    menu.aboutToShow.emit()
    return next(act for act in menu.actions() if act.text() == text)


async def test_a_hidden_column_stays_hidden(desk: Desk) -> None:
    async with data_page(desk) as data:
        menu = data.page.records.toolbar.columns_menu
        menu.aboutToShow.emit()
        next(act for act in menu.actions() if act.text() == "Status").setChecked(False)
        await data.window.scope.settle()
    async with data_page(desk) as again:
        model = again.grid.model()
        hidden = [
            model.headerData(at, Qt.Orientation.Horizontal)
            for at in range(model.columnCount())
            if again.grid.isColumnHidden(at)
        ]
    assert "Status" in hidden
    assert "Total" not in hidden


async def test_looking_at_another_object_leaves_the_columns_of_the_first_alone(desk: Desk) -> None:
    def shown(data: DataSteps) -> list[str]:
        model = data.grid.model()
        titles = [str(model.headerData(at, Qt.Orientation.Horizontal)) for at in range(model.columnCount())]
        return [title for at, title in enumerate(titles) if not data.grid.isColumnHidden(at)]

    first = ("Agency", "opportunity")
    async with data_page(desk, *first) as data:
        before = shown(data)
        for other in (("Shop", "deals"), first):
            await desk.data.read(*other)
            record = (await desk.data.page(*other, RecordQuery(), 0, 1))[0]
            await data.go(*other, record=record.id)
            await until(lambda other=other: (data.page.place.connection, data.page.place.object) == other)  # type: ignore[union-attr]
            await data.window.scope.settle()
        assert shown(data) == before


async def test_several_rows_are_counted_and_copied(desk: Desk) -> None:
    async with data_page(desk) as data:
        data.click_row(0)
        QTest.keyClick(data.grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        assert data.says("12 records · 2 selected")
        QTest.keyClick(data.grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: any("2 records copied" in text for text in data.messages))
        lines = QApplication.clipboard().text().split("\n")
        assert [line.split("\t")[0] for line in lines] == data.column("Order number")[:2]


async def test_a_read_that_is_cancelled_ends(desk: Desk) -> None:
    async with data_page(desk) as data:
        data.press("Read changes")
        cancel = data.find("Cancel")
        QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
        await until(lambda: data.page.reading.bar.read.isVisible())


async def test_changes_made_elsewhere_arrive_with_a_read(desk: Desk) -> None:
    async with data_page(desk) as data:
        schema = await desk.data.schema(*ORDERS)
        assert schema.field("order_number") is not None
        await desk.data.save(*ORDERS, None, {"order_number": "20001"})
        await until(lambda: "20001" in data.column("Order number"))
        assert data.says("13 records")


async def test_the_fields_tab_finds_and_copies_a_key(desk: Desk) -> None:
    async with data_page(desk) as data:
        data.page.tabs.show_tab(1)
        QTest.keyClicks(data.find("Search fields"), "receipt")
        table = data.find("Fields")
        await until(lambda: table.model().rowCount() == 1)  # type: ignore[attr-defined]
        table.selectRow(0)  # type: ignore[attr-defined]
        data.press("Copy key")
        assert QApplication.clipboard().text() == "receipt_link"


async def test_a_related_record_is_opened(desk: Desk) -> None:
    async with data_page(desk) as data:
        await data.open_row(0)
        data.page.tabs.show_tab(2)
        kinds = data.find("Relationships", type(data.page.relationships.kinds))
        assert kinds.model().index(0, 1).data() == "Contacts"
        related = data.page.relationships.records
        await until(lambda: related.isVisible() and related.model().rowCount() > 0)
        name = related.model().index(0, 2).data()
        related.activated_row.emit(0)
        await until(lambda: data.page.place is not None and data.page.place.object == "contact")
        await until(lambda: data.page.records.editing.current is not None)
        assert data.says(name)


@pytest.mark.demo(records=12, syncs=True)
async def test_selected_records_are_synced_after_a_question_that_counts_them(desk: Desk) -> None:
    name = "Orders to ActiveCampaign"
    await desk.syncs.approve(name)
    async with data_page(desk) as data:
        numbers = [
            number
            for number, status in zip(data.column("Order number"), data.column("Status"), strict=True)
            if status != "Draft"
        ][:2]
        rows = [data.column("Order number").index(number) for number in numbers]
        data.click_row(rows[0])
        grid = data.grid
        at = QPoint(60, grid.rowViewportPosition(rows[1]) + 10)
        QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, pos=at)
        menu = QMenu(grid)
        grid.menu_wanted.emit(menu)
        next(act for act in menu.actions() if act.text() == f"Sync now: {name}").trigger()
        await until(lambda: data.answer("Sync 2 records"))
        await until(lambda: any("is done 2 created" in text for text in data.messages), 8)
        await desk.data.read("Shop", "orders")
        there = await desk.data.page("Shop", "orders", RecordQuery(), 0, 50)
        assert {record.external_id for record in there} == set(numbers)


async def test_keys_lead_to_the_search_a_read_and_a_new_record(desk: Desk) -> None:
    async with data_page(desk) as data:
        data.grid.setFocus()
        QTest.keyClick(data.grid, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert data.find("Search records").hasFocus()
        QTest.keyClick(data.find("Search records"), Qt.Key.Key_F5)
        await until(lambda: any("Orders read" in text for text in data.messages))
        data.grid.setFocus()
        QTest.keyClick(data.grid, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        assert data.says("New Order")
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused.accessibleName() == "Order number"


async def test_home_and_end_go_to_the_first_and_last_record(desk: Desk) -> None:
    async with data_page(desk) as data:
        data.click_row(3)
        QTest.keyClick(data.grid, Qt.Key.Key_End)
        assert data.grid.currentIndex().row() == 11
        QTest.keyClick(data.grid, Qt.Key.Key_Home)
        assert data.grid.currentIndex().row() == 0


async def test_without_an_account_the_page_offers_to_connect_one(bare_desk: Desk) -> None:
    steps = DataSteps(bare_desk)
    steps.window.go("data")
    await until(lambda: steps.says("No account is connected"))
    assert steps.find("Connect an account").isEnabled()
    steps.window.close()
    await steps.window.closed()
