"""Changing schemas in the Data page: fields, options and objects, what is refused, and what is asked before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QMenu,
    QWidget,
)

from desktop.domain.definition import Endpoint, SyncDefinition
from desktop.domain.design import Change
from desktop.domain.errors import InvalidInput, OutcomeUnknown, Problem
from desktop.domain.mapping import Direction, FieldPair, MatchPair
from desktop.domain.schema import Field, Option
from desktop.domain.values import FieldType
from desktop.ui.widgets.question import QuestionDialog
from desktop.workspace.desk import Desk, serve_desk
from desktop.workspace.workspace import Workspace, open_throwaway
from tests.ui.finding import all_named, until
from tests.window.data_page import DataSteps, data_page
from tests.workspace.drawing_board import Board, board_platform

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("theme"),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]

CARDS = ("Studio", "cards")
STATUS = Field("status", "Status", FieldType.CHOICE, options=(Option("new", "New"), Option("old", "Old")))


@pytest.fixture
def board() -> Board:
    board = Board()
    board.add("people", "Person", Field("name", "Name", FieldType.TEXT))
    fields = (Field("title", "Title", FieldType.TEXT), Field("note", "Note", FieldType.TEXT, tag="%NOTE%"), STATUS)
    records = ({"title": "A", "note": "one", "status": "new"}, {"title": "B", "status": "old"}, {"title": "C"})
    board.add("cards", "Card", *fields, records=records)
    return board


@pytest.fixture
def address(board: Board) -> Iterator[str]:
    with board_platform(board) as address:
        yield address


@pytest.fixture
async def studio(address: str, tmp_path: Path) -> AsyncIterator[Desk]:
    @asynccontextmanager
    async def connected() -> AsyncIterator[Workspace]:
        async with open_throwaway(tmp_path) as workspace:
            await workspace.connections.connect("board", "Studio", address, "", "secret")
            yield workspace

    async with serve_desk(connected) as desk:
        yield desk


class FieldsSteps(DataSteps):
    """Steps in the tab "Fields" of a Data page that is shown already."""

    def __init__(self, shown: DataSteps) -> None:
        self.desk, self.window, self.messages = shown.desk, shown.window, shown.messages

    async def settle(self) -> None:
        await self.window.scope.settle()

    def write(self, name: str, text: str) -> None:
        """Paste into the line of that name, in the place of what stands there (keys can't make every letter here)."""
        line = self.find(name, QLineEdit)
        line.setFocus()
        line.selectAll()
        QApplication.clipboard().setText(text)
        line.paste()

    def choose(self, name: str, text: str) -> None:
        combo = self.find(name, QComboBox)
        combo.setCurrentIndex(combo.findText(text))

    @property
    def table(self) -> list[str]:
        """The labels of the fields."""
        model = self.page.fields.table.model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    def go_to_field(self, label: str) -> None:
        table = self.page.fields.table
        table.setCurrentIndex(table.model().index(self.table.index(label), 0))

    @property
    def options(self) -> list[str]:
        """The options in the panel, in their order."""
        model = self.find("Options", QListView).model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    def go_to_option(self, row: int) -> None:
        options = self.find("Options", QListView)
        options.setCurrentIndex(options.model().index(row, 0))

    @property
    def question(self) -> QuestionDialog | None:
        return next((one for one in self.window.findChildren(QuestionDialog) if one.isVisible()), None)

    async def asked(self) -> str:
        """What the question says, once it is asked."""
        await until(lambda: self.question is not None)
        assert self.question is not None
        return " ".join(label.text() for label in self.question.findChildren(QLabel))

    async def confirm(self, name: str) -> None:
        """Type a name where the question wants it, once it has the keyboard's focus."""
        question = self.question
        assert question is not None
        assert question.name_edit is not None
        await until(question.name_edit.hasFocus)
        QTest.keyClicks(question.name_edit, name)

    async def reply(self, label: str) -> None:
        await until(lambda: self.answer(label))
        await self.settle()

    async def create(self) -> None:
        self.press("Create field")
        await self.settle()


@asynccontextmanager
async def fields_tab(desk: Desk, *target: str) -> AsyncIterator[FieldsSteps]:
    """The tab "Fields" of an object, by default of the cards, which was read once."""
    async with data_page(desk, *(target or CARDS)) as page:
        steps = FieldsSteps(page)
        page.page.tabs.show_tab(1)
        await steps.settle()
        yield steps


def there(board: Board, key: str, object_key: str = "cards") -> Field:
    field = board.schemas[object_key].field(key)
    assert field is not None
    return field


async def test_a_field_is_made_with_a_key_suggested_from_its_label(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.press("New field")
        assert tab.find("Label", QLineEdit).hasFocus()
        tab.write("Label", "Größe in m²")
        assert tab.find("Key", QLineEdit).text() == "groesse_in_m2"
        tab.choose("Type", "number")
        tab.find("Required", QCheckBox).click()
        tab.choose("Folder", "Internal")
        await tab.create()
        assert tab.table[-1] == "Größe in m²"
        assert tab.page.fields.chosen_key() == "groesse_in_m2"
        assert tab.messages == ["Field Größe in m² created "]
        field = there(board, "groesse_in_m2")
        assert (field.type, field.required, field.native_type) == (FieldType.NUMBER, True, "NUMBER")
        assert not all_named(tab.page, "Create field")
        tab.page.tabs.show_tab(0)
        assert "Größe in m²" in [
            tab.grid.model().headerData(at, Qt.Orientation.Horizontal) for at in range(tab.grid.model().columnCount())
        ]


async def test_the_panel_is_gone_through_by_the_keyboard(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.press("New field")
        QTest.keyClicks(_focused(), "Size")
        names = _tabbed("Create field")
        assert names == ["Type", "Key", "Folder", "Required", "Description", "Cancel", "Create field"]
        QTest.keyClick(_focused(), Qt.Key.Key_Space)
        await tab.settle()
        assert there(board, "size").label == "Size"
        assert _focused() is tab.page.fields.table
        tab.press("New object")
        await tab.settle()
        names = _tabbed("Create object")
        assert names[:4] == ["Plural", "Key", "Description", "First field"]
        assert names[4:] == ["Type of the first field", "Persons", "Cancel", "Create object"]


def _tabbed(last: str) -> list[str]:
    """The names of the controls that Tab goes to, up to the one named `last`."""
    names: list[str] = []
    while len(names) < 12 and last not in names:
        QTest.keyClick(_focused(), Qt.Key.Key_Tab)
        names.append(_focused().accessibleName())
    return names


def _focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


async def test_a_key_that_is_taken_or_no_key_is_told_beside_it(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.press("New field")
        tab.write("Label", "Note")
        assert tab.find("Key", QLineEdit).text() == "note_2"
        tab.write("Key", "note")
        assert tab.says("This key is taken.")
        tab.write("Key", "1 key")
        assert tab.says("begin with a letter")
        await tab.create()
        assert len(board.schemas["cards"].fields) == 4
        assert _focused().accessibleName() == "Key"
        tab.write("Key", "remark")
        tab.write("Label", "Notes")
        assert tab.find("Key", QLineEdit).text() == "remark"
        await tab.create()
        assert there(board, "remark").label == "Notes"


async def test_options_are_added_renamed_put_in_order_and_removed(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.press("New field")
        tab.write("Label", "Kind")
        tab.choose("Type", "one of several options")
        await tab.create()
        assert tab.says("Add at least one option.")
        for label in ("Cat", "Dog", "Cow"):
            QTest.keyClicks(tab.find("New option"), label)
            QTest.keyClick(tab.find("New option"), Qt.Key.Key_Return)
        options = tab.find("Options", QListView)
        assert tab.options == ["Cat", "Dog", "Cow"]
        QTest.keyClick(options, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        tab.press("Move option up")
        tab.go_to_option(1)
        QTest.keyClick(options, Qt.Key.Key_F2)
        editor = _focused()
        QTest.keyClicks(editor, "Tom")
        QTest.keyClick(editor, Qt.Key.Key_Return)
        await until(lambda: tab.options[1] == "Tom")
        tab.go_to_option(2)
        QTest.keyClick(options, Qt.Key.Key_Delete)
        QTest.keyClicks(tab.find("New option"), "Hen")
        await tab.create()
        assert [option.label for option in there(board, "kind").options] == ["Cow", "Tom", "Hen"]


async def test_a_field_keeps_its_type_and_key_when_it_is_changed(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        assert "Choose a field" in tab.find("Edit field").toolTip()
        tab.go_to_field("Note")
        tab.press("Edit field")
        assert not all_named(tab.page, "Key", QLineEdit)
        tab.write("Label", "Remark")
        QTest.keyClick(tab.find("Label"), Qt.Key.Key_Return)
        await tab.settle()
        assert there(board, "note").label == "Remark"
        assert "Remark" in tab.table


async def test_removing_an_option_asks_first_and_says_how_many_records_lose_it(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.go_to_field("Status")
        tab.press("Edit field")
        tab.go_to_option(0)
        tab.press("Remove option")
        tab.press("Save field")
        text = await tab.asked()
        assert "Remove 1 option of Status?" in text
        assert "1 record has one of them and loses that value." in text
        await tab.reply("Cancel")
        assert len(there(board, "status").options) == 2
        assert tab.options == ["Old"]
        tab.press("Save field")
        await tab.reply("Remove option")
        assert [option.key for option in there(board, "status").options] == ["old"]


async def test_what_the_platform_refuses_is_told_beside_the_field_and_what_was_typed_stays(
    studio: Desk, board: Board
) -> None:
    message = "Keys have at most 3 letters."
    board.failures = [
        InvalidInput(message, (Problem("invalid_input", message, place="key"),)),
        OutcomeUnknown("The answer was lost.", "Look whether the field is there."),
    ]
    async with fields_tab(studio) as tab:
        tab.press("New field")
        tab.write("Label", "Colour")
        await tab.create()
        assert tab.says(message)
        assert tab.find("Key").accessibleDescription() == message
        assert _focused().accessibleName() == "Key"
        tab.write("Key", "col")
        await tab.create()
        assert tab.says("The answer was lost.")
        assert tab.says("Look whether the field is there.")
        assert tab.find("Label", QLineEdit).text() == "Colour"


async def test_what_somebody_changed_meanwhile_is_shown_before_it_is_changed_over(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.go_to_field("Status")
        tab.press("Edit field")
        tab.write("Label", "State")
        schema = board.schemas["cards"]
        richer = replace(STATUS, options=(*STATUS.options, Option("lost", "Lost")))
        fields = tuple(richer if item.key == "status" else item for item in schema.fields)
        board.schemas["cards"] = schema.with_fields(*fields)
        tab.press("Save field")
        await tab.settle()
        assert tab.says("The options of Status changed in Studio since you began to edit.")
        assert there(board, "status").label == "Status"
        tab.press("Edit field")
        assert tab.find("Label", QLineEdit).text() == "State"
        tab.press("Save field")
        text = await tab.asked()
        assert "Remove 1 option of Status?" in text
        assert tab.question is not None
        assert tab.question.findChildren(QListWidget)[0].item(0).text() == "Lost"
        await tab.reply("Cancel")


async def test_what_was_typed_is_there_again_when_the_field_is_come_back_to(studio: Desk) -> None:
    async with fields_tab(studio) as tab:
        tab.press("New field")
        tab.write("Label", "Colour")
        tab.go_to_field("Note")
        tab.press("Edit field")
        assert tab.find("Label", QLineEdit).text() == "Note"
        QTest.keyClick(tab.find("Label"), Qt.Key.Key_Escape)
        tab.press("New field")
        assert tab.find("Label", QLineEdit).text() == "Colour"
        tab.press("Cancel")
        tab.press("New field")
        assert tab.find("Label", QLineEdit).text() == ""


async def test_deleting_a_field_says_how_many_values_are_lost(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.go_to_field("Note")
        tab.press("Delete field")
        text = await tab.asked()
        assert "Delete the field Note?" in text
        assert "Its value in 1 record of Cards in Studio is deleted with it." in text
        await tab.reply("Cancel")
        assert there(board, "note")
        tab.press("Delete field")
        await tab.reply("Delete Note")
        assert "Note" not in tab.table
        assert board.schemas["cards"].field("note") is None


async def test_deleting_says_what_is_lost_where_that_is_not_everything(studio: Desk, board: Board) -> None:
    board.losses = {
        Change.DELETE_FIELD: "Its values stay stored in the studio.",
        Change.DELETE_OBJECT: "Its cards stay in the drawer.",
    }
    async with fields_tab(studio) as tab:
        tab.go_to_field("Note")
        for button, said in (("Delete field", "values stay stored"), ("Delete object", "cards stay in the drawer")):
            tab.press(button)
            text = await tab.asked()
            assert said in text
            assert "deleted with it" not in text
            assert "undone" not in text
            await tab.reply("Cancel")


async def test_the_platforms_own_fields_can_not_be_deleted(studio: Desk) -> None:
    async with fields_tab(studio) as tab:
        tab.go_to_field("Id")
        for name in ("Edit field", "Delete field"):
            button = tab.find(name)
            assert not button.isEnabled()
            assert button.accessibleDescription() == "Id is kept by the platform."


async def test_what_a_sync_uses_is_not_deleted_and_leads_to_the_sync(studio: Desk, board: Board) -> None:
    ends = (Endpoint(*CARDS), Endpoint("Studio", "people"))
    match, fields = (MatchPair("title", "name"),), (FieldPair("note", "name"),)
    await studio.syncs.save(SyncDefinition("Cards out", *ends, Direction.LEFT_TO_RIGHT, match, fields))
    async with fields_tab(studio) as tab:
        tab.press("Delete object")
        text = await tab.asked()
        assert "Cards can’t be deleted yet" in text
        assert "1 sync uses it." in text
        assert tab.question is not None
        assert tab.question.findChildren(QListWidget)[0].item(0).text() == "Cards out"
        await tab.reply("Close")
        tab.go_to_field("Note")
        tab.press("Delete field")
        assert "Note can’t be deleted yet" in await tab.asked()
        await tab.reply("Close")
    assert {"cards", "people"} <= set(board.schemas)
    assert there(board, "note")


async def test_an_object_is_made_and_shown(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.press("New object")
        await tab.settle()
        assert tab.says("An account has at most 10 objects.")
        tab.write("Label", "Pet")
        assert tab.find("Key", QLineEdit).text() == "pet"
        tab.press("Create object")
        assert tab.says("Say what several of them are called.")
        assert tab.says("Name the field that says what a record is called.")
        tab.write("Plural", "Pets")
        tab.write("Key", "pets")
        tab.write("First field", "Pet name")
        assert tab.find("Type of the first field", QComboBox).count() == 2
        tab.find("Persons", QCheckBox).click()
        tab.press("Create object")
        await tab.settle()
        assert board.schemas["pets"].label == "Pet"
        assert there(board, "pet_name", "pets").required
        assert tab.table[-1] == "Pet name"
        assert "Pets" in tab.tree_texts()
        assert tab.page.objects.current() == ("Studio", "pets")


async def test_an_object_is_given_other_labels(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.press("Edit object")
        tab.write("Label", "Ticket")
        tab.write("Plural", "Tickets")
        tab.press("Save object")
        await tab.settle()
        assert board.schemas["cards"].plural == "Tickets"
        await until(lambda: "Tickets, 3 records" in tab.tree_texts())
        assert tab.says("Tickets")


async def test_deleting_an_object_counts_its_records_and_wants_its_name_typed(studio: Desk, board: Board) -> None:
    async with fields_tab(studio) as tab:
        tab.press("Delete object")
        assert "3 records of Cards in Studio are deleted with it." in await tab.asked()
        assert tab.question is not None
        delete = tab.question.choice_buttons["go"]
        assert not delete.isEnabled()
        await tab.confirm("Cards")
        assert delete.isEnabled()
        await tab.reply("Delete Cards")
        assert "cards" not in board.schemas
        await until(lambda: not any("Cards" in text for text in tab.tree_texts()))
        await until(lambda: tab.says("No object chosen"))


async def test_hovering_says_why_something_can_not_be_changed(studio: Desk, board: Board) -> None:
    board.refusals = {Change.CREATE_FIELD: "The plan has no room.", Change.CREATE_OBJECT: "No more objects."}
    async with fields_tab(studio) as tab:
        button = tab.find("New field")
        assert not button.isEnabled()
        assert (button.toolTip(), button.accessibleDescription()) == ("The plan has no room.",) * 2
        assert tab.find("Delete object").isEnabled()
        assert not all_named(tab.page, "New object")


async def test_where_nobody_may_change_anything_all_of_it_says_so(studio: Desk, board: Board) -> None:
    board.fixed = True
    async with fields_tab(studio) as tab:
        tab.go_to_field("Note")
        for name in ("New field", "Edit field", "Delete field", "Edit object", "Delete object"):
            assert not tab.find(name).isEnabled()
            assert "Drawing Board" in tab.find(name).toolTip()
        assert not all_named(tab.page, "New object")


async def test_the_personalization_tag_is_copied_from_the_menu(studio: Desk) -> None:
    async with fields_tab(studio) as tab:
        tab.go_to_field("Note")
        table = tab.page.fields.table
        at = QPoint(40, table.rowViewportPosition(table.currentIndex().row()) + 10)
        table.customContextMenuRequested.emit(at)
        menu = next(one for one in table.window().findChildren(QMenu) if one.isVisible())
        next(one for one in menu.actions() if one.text() == "Copy personalization tag").trigger()
        menu.close()
        assert QApplication.clipboard().text() == "%NOTE%"
        tab.go_to_field("Title")
        offered = tab.page.fields.more.menu().actions()[0]
        assert offered.text() == "Copy personalization tag"
        assert not offered.isEnabled()


AGENCY, SHOP = "Agency", "Shop"


@pytest.mark.demo(records=4)
@pytest.mark.parametrize(
    ("target", "type_"),
    [
        ((AGENCY, "custom_objects.orders"), FieldType.TEXT),
        ((AGENCY, "custom_objects.orders"), FieldType.CHOICE),
        ((AGENCY, "contact"), FieldType.TEXT),
        ((SHOP, "orders"), FieldType.NUMBER),
        ((SHOP, "orders"), FieldType.CHOICE),
        ((SHOP, "contacts"), FieldType.TEXT),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else value.value,
)
async def test_fields_come_and_go_on_the_platforms(desk: Desk, target: tuple[str, str], type_: FieldType) -> None:
    rules = await desk.data.design_rules(*target)
    choice = next(item for item in rules.choices if item.type is type_)
    async with fields_tab(desk, *target) as tab:
        tab.press("New field")
        tab.write("Label", "Gift card")
        tab.choose("Type", choice.label)
        if type_ is FieldType.CHOICE:
            for label in ("Paper", "Mail"):
                QTest.keyClicks(tab.find("New option"), label)
                QTest.keyClick(tab.find("New option"), Qt.Key.Key_Return)
        await tab.create()
        assert "Gift card" in tab.table, tab.messages
        schema = await desk.data.refresh_schema(*target)
        (made,) = (item for item in schema.fields if item.label == "Gift card")
        assert (made.type, [option.label for option in made.options]) == (
            type_,
            ["Paper", "Mail"] if type_ is FieldType.CHOICE else [],
        )
        assert tab.page.fields.chosen_key() == made.key
        tab.press("Delete field")
        assert "No record of" in await tab.asked()
        await tab.reply("Delete Gift card")
        assert "Gift card" not in tab.table
        schema = await desk.data.refresh_schema(*target)
        assert schema.field(made.key) is None


@pytest.mark.demo(records=4)
@pytest.mark.parametrize("connection", [AGENCY, SHOP])
async def test_objects_come_and_go_on_the_platforms(desk: Desk, connection: str) -> None:
    start = {AGENCY: "custom_objects.orders", SHOP: "orders"}[connection]
    async with fields_tab(desk, connection, start) as tab:
        await until(lambda: all_named(tab.page, "New object"))
        tab.press("New object")
        await tab.settle()
        assert tab.find("Connection", QComboBox).currentText() == connection
        tab.write("Label", "Parcel")
        tab.write("Plural", "Parcels")
        tab.write("First field", "Parcel number")
        tab.find("Contacts", QCheckBox).click()
        tab.press("Create object")
        await tab.settle()
        assert "Parcel number" in tab.table, tab.messages
        assert "Parcels" in tab.tree_texts()
        listed = await desk.data.refresh_objects(connection)
        (made,) = (schema for schema in listed if schema.plural == "Parcels")
        schema = await desk.data.refresh_schema(connection, made.key)
        assert any(item.target in ("contact", "contacts") for item in schema.fields)
        await until(lambda: tab.find("Delete object").isEnabled())
        tab.press("Delete object")
        assert f"Parcels in {connection} has no records." in await tab.asked()
        await tab.confirm("Parcels")
        await tab.reply("Delete Parcels")
        listed = await desk.data.refresh_objects(connection)
        assert "Parcels" not in [schema.plural for schema in listed]
