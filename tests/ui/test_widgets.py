"""The small parts, as a person and a screen reader meet them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QImage, QStandardItem, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.aio import TaskScope
from desktop.ui.theme import LIGHT, Setting, Theme, Tone
from desktop.ui.widgets.buttons import Button, IconButton, primary
from desktop.ui.widgets.card import Card, Figures, Stat
from desktop.ui.widgets.disclosure import Disclosure
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.field import padded, set_invalid
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.label import ElidedLabel, Label
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.pill import Chip, Pill
from desktop.ui.widgets.platform_mark import Joined, PlatformMark, mark_pixmap
from desktop.ui.widgets.progress import ProgressLine
from desktop.ui.widgets.question import Choice, Question, QuestionDialog, ask_question
from desktop.ui.widgets.rows import CountRole, broken
from desktop.ui.widgets.search import SearchBox
from desktop.ui.widgets.spark import Spark
from desktop.ui.widgets.steps import StepBar
from desktop.ui.widgets.table import Cell, CellRole, ItemList, ListItem, MarkRole, PillRole, Table
from desktop.ui.widgets.tabs import Tabs
from desktop.ui.widgets.tree import Tree
from tests.ui.finding import all_named, named, until

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("theme")]


@pytest.fixture
async def stage(theme: Theme) -> AsyncIterator[QWidget]:
    """A shown and active window to put widgets into."""
    window = QWidget()
    theme.dress(window)
    QVBoxLayout(window)
    window.resize(640, 480)
    window.show()
    window.activateWindow()
    await until(window.isActiveWindow)
    yield window
    window.close()


async def put(stage: QWidget, *widgets: QWidget) -> None:
    """Show `widgets` on the stage, laid out."""
    layout = stage.layout()
    assert layout is not None
    for widget in widgets:
        layout.addWidget(widget)
    layout.activate()
    await asyncio.sleep(0)


def colours_of(image: QImage) -> set[str]:
    points = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return {image.pixelColor(x, y).name().upper() for x, y in points}


async def test_every_button_says_its_label(stage: QWidget) -> None:
    pressed: list[str] = []
    sync = primary("Sync now", lambda: pressed.append("sync"))
    copy = IconButton("ph.copy", "Copy the key", clicked=lambda: pressed.append("copy"))
    await put(stage, sync, copy)
    named(stage, "Sync now", QPushButton).click()
    named(stage, "Copy the key", IconButton).click()
    assert pressed == ["sync", "copy"]
    sync.set_label("Cancel")
    assert named(stage, "Cancel") is sync


async def test_a_button_that_is_too_narrow_keeps_its_whole_label_as_tool_tip(stage: QWidget) -> None:
    button = Button("Donaudampfschifffahrtsgesellschaft abgleichen")
    await put(stage, button)
    button.setFixedWidth(120)
    button.grab()
    assert button.toolTip() == button.text() == button.accessibleName()


async def test_a_long_label_is_shortened_and_tells_the_rest(stage: QWidget) -> None:
    label = ElidedLabel("https://shop.example.com/receipts/10420/with/a/long/tail")
    await put(stage, label)
    label.setFixedWidth(100)
    label.grab()
    assert label.toolTip() == label.text()
    label.setFixedWidth(600)
    label.grab()
    assert label.toolTip() == ""


async def test_a_tool_tip_shows_what_looks_like_html_as_it_is(stage: QWidget) -> None:
    label = ElidedLabel("<b>Ada</b> <img src='https://tracker.example.com/x.png'>")
    await put(stage, label)
    label.setFixedWidth(60)
    label.grab()
    assert "<img" not in label.toolTip()
    assert "&lt;img" in label.toolTip()


async def test_status_is_said_in_words_on_a_tint(stage: QWidget) -> None:
    pill = Pill("In step", Tone.GOOD)
    await put(stage, pill)
    assert LIGHT.good_tint in colours_of(pill.grab().toImage())
    pill.set_status("3 conflicts", Tone.WARNING)
    assert LIGHT.warning_tint in colours_of(pill.grab().toImage())
    interface = QAccessible.queryAccessibleInterface(pill)
    assert interface.text(QAccessible.Text.Name) == "3 conflicts"


async def test_a_filter_can_be_taken_away_by_keyboard_and_mouse(stage: QWidget) -> None:
    removed: list[str] = []
    chip = Chip("Status is not Draft", removed=lambda: removed.append("gone"))
    await put(stage, chip)
    QTest.keyClick(chip, Qt.Key.Key_Delete)
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert removed == ["gone"]
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 8, 10))
    assert removed == ["gone", "gone"]


@pytest.mark.parametrize(
    ("platform", "name", "colour"),
    [
        ("highlevel", "HighLevel", "#0B7A75"),
        ("activecampaign", "ActiveCampaign", "#2F6BDE"),
        ("activecollab", "ActiveCollab", "#7048C8"),
        ("accessally", "AccessAlly", "#C2417C"),
    ],
)
async def test_each_platform_has_its_mark(stage: QWidget, platform: str, name: str, colour: str) -> None:
    await put(stage, PlatformMark(platform))
    mark = named(stage, name)
    assert colour in colours_of(mark.grab().toImage())
    assert mark_pixmap(platform, 2.0).width() == 36


async def test_what_a_sync_joins_is_said_as_a_sentence(stage: QWidget) -> None:
    await put(stage, Joined(("highlevel", "Agency · Orders"), ("accessally", "Academy · Members"), "two_way"))
    assert all_named(stage, "Agency · Orders both ways with Academy · Members")


async def test_cards_and_figures(stage: QWidget) -> None:
    card = Card("Today", aside=Pill("In step"))
    figures = Figures([("Records created", "37")])
    card.body.addWidget(figures)
    card.add_row().addWidget(Stat("unchanged", "5,317"))
    await put(stage, card)
    figures.set_rows([("Records created", "38"), ("Records updated", "412")])
    assert named(card, "Records created: 38").isVisible()
    assert all_named(card, "5,317 unchanged")
    card.set_title("Yesterday")
    assert named(stage, "Yesterday") is card


async def test_a_page_header_without_subtitle_takes_no_room_for_it(stage: QWidget) -> None:
    header = PageHeader("Orders", actions=(Button("Import"),))
    await put(stage, header)
    assert not header.subtitle_label.isVisible()
    header.set_subtitle("every 15 minutes")
    assert header.subtitle_label.isVisible()
    assert named(header, "Import").isVisible()


async def test_tabs_are_a_real_tab_bar_with_counts(stage: QWidget) -> None:
    tabs = Tabs("Sync")
    tabs.add("Changes", Label("nothing yet"))
    tabs.add("Conflicts", QLineEdit("kept"))
    tabs.bar.set_count(1, "3")
    await put(stage, tabs)
    interface = QAccessible.queryAccessibleInterface(tabs.bar)
    assert interface.role() == QAccessible.Role.PageTabList
    assert interface.child(1).text(QAccessible.Text.Name) == "Conflicts"
    assert tabs.bar.count_of(1) == "3"
    wide = tabs.bar.tabRect(1).width()
    tabs.bar.setFocus()
    QTest.keyClick(tabs.bar, Qt.Key.Key_Right)
    assert tabs.pages.currentIndex() == 1
    tabs.bar.set_count(1, "")
    await asyncio.sleep(0)
    assert tabs.bar.tabRect(1).width() < wide


async def test_an_empty_view_says_what_to_do(stage: QWidget) -> None:
    done: list[bool] = []
    await put(stage, EmptyState("ph.table", "No syncs yet", "Draw one.", ("New sync", lambda: done.append(True))))
    named(stage, "New sync", QPushButton).click()
    assert done == [True]
    assert all_named(stage, "No syncs yet")


async def test_progress_is_known_or_unknown(stage: QWidget) -> None:
    line = ProgressLine("Sync of Orders")
    await put(stage, line)
    line.set_share(0.61)
    interface = QAccessible.queryAccessibleInterface(line)
    assert interface.role() == QAccessible.Role.ProgressBar
    assert interface.text(QAccessible.Text.Name) == "Sync of Orders"
    assert line.value() / line.maximum() == 0.61
    line.set_unknown()
    before = line.grab().toImage()
    await until(lambda: line.grab().toImage() != before)
    line.set_share(2)
    assert line.value() == line.maximum()


async def test_a_spark_shows_the_newest_strongest_and_says_what_it_shows(stage: QWidget) -> None:
    spark = Spark([0, 0, 8], "8 changes in the last run, none before")
    await put(stage, spark)
    assert named(stage, "8 changes in the last run, none before") is spark
    assert LIGHT.accent in colours_of(spark.grab().toImage())


async def test_finished_steps_can_be_gone_back_to_and_no_others(stage: QWidget) -> None:
    bar = StepBar(["Systems", "Objects", "Fields"])
    chosen: list[int] = []
    bar.chosen.connect(chosen.append)
    await put(stage, bar)
    bar.set_current(1)
    for step in bar.steps:
        step.click()
    assert chosen == [0]
    assert [step.accessibleDescription() for step in bar.steps] == [
        "Step 1, done",
        "Step 2, current step",
        "Step 3, to come",
    ]


def orders() -> QStandardItemModel:
    model = QStandardItemModel()
    model.setHorizontalHeaderLabels(["Number", "Status"])
    for number, status, tone in (("10421", "Received", Tone.ACCENT), ("10420", "Shipped", Tone.GOOD)):
        pill = QStandardItem(status)
        pill.setData(tone, PillRole)
        model.appendRow([QStandardItem(number), pill])
    return model


async def test_a_table_shows_speaks_and_obeys_the_keyboard(stage: QWidget) -> None:
    model = orders()
    table = Table("Orders", model)
    opened: list[int] = []
    table.activated_row.connect(opened.append)
    await put(stage, table)
    assert {LIGHT.accent_tint, LIGHT.good_tint} <= colours_of(table.viewport().grab().toImage())
    table.setFocus()
    table.setCurrentIndex(model.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert table.chosen_rows() == [1]
    assert opened == [1]
    interface = QAccessible.queryAccessibleInterface(table)
    assert interface.role() == QAccessible.Role.Table
    spoken = [interface.child(at).text(QAccessible.Text.Name) for at in range(interface.childCount())]
    assert {"Number", "Status", "10420", "Shipped"} <= set(spoken)


async def test_a_model_can_answer_for_a_whole_cell_at_once(stage: QWidget) -> None:
    model = QStandardItemModel()
    for cell in (Cell("Shipped", pill=Tone.GOOD), Cell("late", tone=Tone.BAD), Cell(checked=True)):
        item = QStandardItem(cell.text)
        item.setData(cell, CellRole)
        model.appendRow(item)
    table = Table("Orders", model)
    await put(stage, table)
    shown = colours_of(table.viewport().grab().toImage())
    assert {LIGHT.good_tint, LIGHT.accent} <= shown
    assert table.sizeHintForColumn(0) > 24


async def test_words_that_are_too_long_go_on_in_the_next_line(stage: QWidget) -> None:
    metrics = stage.fontMetrics()
    reason, line = "Contact Anneliese Price has no e-mail, so it can’t be found.", metrics.lineSpacing()
    half = metrics.horizontalAdvance(reason) * 2 // 3
    lines = broken(reason, metrics, half, 2 * line)
    assert (len(lines), " ".join(lines)) == (2, reason)
    assert all(metrics.horizontalAdvance(item) <= half for item in lines)
    assert broken(reason, metrics, half * 2, 2 * line) == [reason]
    (only,) = broken(reason, metrics, half, line)
    assert only.endswith("…")
    assert broken("Donaudampfschiffahrt", metrics, 40, 9 * line)[0].endswith("…")
    assert broken("", metrics, 40, line) == [""]


async def test_the_row_under_the_pointer_is_marked_as_a_whole(stage: QWidget) -> None:
    table = Table("Orders", orders())
    await put(stage, table)
    inside = QPoint(10, table.rowViewportPosition(1) + 5)
    QTest.mouseMove(table.viewport(), inside)
    await until(lambda: table.hovered_row == 1)
    assert LIGHT.raised in colours_of(table.viewport().grab().toImage())
    QApplication.sendEvent(table, QEvent(QEvent.Type.Leave))
    assert table.hovered_row == -1


async def test_a_list_keeps_its_current_item_when_it_is_filled_again(stage: QWidget) -> None:
    listing = ItemList("Syncs")
    chosen: list[object] = []
    listing.chosen.connect(chosen.append)
    await put(stage, listing)
    listing.set_items([ListItem(1, "Orders", "In step"), ListItem(2, "Contacts", "Running", Tone.ACCENT)])
    assert listing.choose(2)
    listing.set_items([ListItem(2, "Contacts", "Stopped", Tone.BAD), ListItem(3, "Milestones")])
    assert listing.current_key() == 2
    assert not listing.choose(1)
    index = listing.model().index(0, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Contacts, Stopped"
    assert set(chosen) == {2}
    listing.setFocus()
    QTest.keyClick(listing, Qt.Key.Key_Down)
    assert listing.current_key() == 3


async def test_a_tree_shows_marks_and_counts_and_folds_by_keyboard(stage: QWidget) -> None:
    model = QStandardItemModel()
    agency = QStandardItem("Agency")
    agency.setData("highlevel", MarkRole)
    child = QStandardItem("Orders")
    child.setData("1,284", CountRole)
    agency.appendRow(child)
    model.appendRow(agency)
    tree = Tree("Objects", model)
    await put(stage, tree)
    assert LIGHT.highlevel in colours_of(tree.viewport().grab().toImage())
    tree.setFocus()
    tree.setCurrentIndex(agency.index())
    QTest.keyClick(tree, Qt.Key.Key_Right)
    assert tree.isExpanded(agency.index())
    QTest.keyClick(tree, Qt.Key.Key_Down)
    assert tree.currentIndex().data() == "Orders"


DELETE = Question(
    "Delete the object Orders?",
    "Its 2 records are deleted with it.",
    (Choice("delete", "Delete Orders and 2 records", "destructive"),),
    listing=("Order 10420", "Order 10421"),
    typed_name="Orders",
)


def dialog_of(stage: QWidget) -> QuestionDialog:
    (dialog,) = [found for found in stage.findChildren(QuestionDialog) if found.isVisible()]
    return dialog


async def test_the_worst_wants_its_name_typed(stage: QWidget, scope: TaskScope) -> None:
    asked = scope.start(ask_question(stage, DELETE))
    await until(lambda: stage.findChildren(QuestionDialog))
    dialog = dialog_of(stage)
    button = named(dialog, "Delete Orders and 2 records", QPushButton)
    edit = named(dialog, "Type “Orders” to confirm", QLineEdit)
    assert dialog.windowModality() == Qt.WindowModality.WindowModal
    edit.setText("orders")
    assert not button.isEnabled()
    edit.setText("Orders")
    button.click()
    await scope.settle()
    assert asked.result() == "delete"
    assert stage.findChildren(QuestionDialog) == [] or not dialog_visible(stage)


def dialog_visible(stage: QWidget) -> bool:
    return any(dialog.isVisible() for dialog in stage.findChildren(QuestionDialog))


@pytest.mark.parametrize("way", ["escape", "enter", "cancel", "task"])
async def test_nothing_is_lost_unless_it_is_chosen(stage: QWidget, scope: TaskScope, way: str) -> None:
    question = Question("Discard?", "2 changes are lost.", (Choice("discard", "Discard", "destructive"),))
    asked = scope.start(ask_question(stage, question))
    await until(lambda: dialog_visible(stage))
    dialog = dialog_of(stage)
    match way:
        case "escape":
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
        case "enter":
            QTest.keyClick(dialog, Qt.Key.Key_Return)
        case "cancel":
            named(dialog, "Cancel", QPushButton).click()
        case _:
            asked.cancel()
    await scope.settle()
    assert asked.cancelled() or asked.result() is None
    assert not dialog_visible(stage)


async def test_enter_takes_the_primary_answer(stage: QWidget, scope: TaskScope) -> None:
    question = Question("Go on?", "It costs nothing.", (Choice("skip", "Skip"), Choice("go", "Go on", "primary")))
    asked = scope.start(ask_question(stage, question))
    await until(lambda: dialog_visible(stage))
    QTest.keyClick(dialog_of(stage), Qt.Key.Key_Return)
    await scope.settle()
    assert asked.result() == "go"


async def test_a_notices_links_work_and_it_follows_the_theme(stage: QWidget, theme: Theme) -> None:
    done: list[str] = []
    actions = (("Round it", lambda: done.append("round")), ("Leave it out", lambda: done.append("leave")))
    notice = Notice("<b>Weight</b> has two decimals.", Tone.WARNING, actions)
    await put(stage, notice)
    assert notice.label.accessibleName() == "Weight has two decimals."
    assert LIGHT.warning_tint in colours_of(notice.grab().toImage())
    notice.buttons[1].click()
    assert done == ["leave"]
    light = notice.label.text()
    theme.choose(Setting.DARK)
    assert notice.label.text() != light


async def test_details_unfold_and_can_be_copied(stage: QWidget) -> None:
    disclosure = Disclosure(text="HTTP 401\nGET /members")
    await put(stage, disclosure)
    assert not disclosure.text.isVisible()
    disclosure.toggle.click()
    assert named(stage, "Details", QPlainTextEdit).toPlainText() == "HTTP 401\nGET /members"
    named(stage, "Copy", QPushButton).click()
    assert QApplication.clipboard().text() == "HTTP 401\nGET /members"


async def test_a_search_waits_for_a_pause_but_not_for_enter(stage: QWidget) -> None:
    box = SearchBox("Search records")
    found: list[str] = []
    box.searched.connect(found.append)
    await put(stage, box)
    box.setFocus()
    QTest.keyClicks(box, "ada")
    assert found == []
    await until(lambda: found == ["ada"])
    QTest.keyClicks(box, " m")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert found == ["ada", "ada m"]
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert found == ["ada", "ada m", ""]
    assert named(stage, "Search records") is box


async def test_a_wrong_field_is_framed_and_says_why(stage: QWidget) -> None:
    edit = QLineEdit("89,90")
    await put(stage, edit)
    set_invalid(edit, True, "Write 89.90.")
    assert LIGHT.bad in colours_of(edit.grab().toImage())
    assert edit.accessibleDescription() == "Write 89.90."
    set_invalid(edit, False)
    assert LIGHT.bad not in colours_of(edit.grab().toImage())
    assert edit.accessibleDescription() == ""


async def test_a_number_field_leaves_room_before_its_text(stage: QWidget) -> None:
    box = padded(QSpinBox())
    await put(stage, box)
    assert box.lineEdit().textMargins().left() == 8
