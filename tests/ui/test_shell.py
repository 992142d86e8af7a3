"""The window: navigation, pages, keyboard, messages, closing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.domain.errors import CredentialRefused
from desktop.ui.bus import Action
from desktop.ui.shell import toasts
from desktop.ui.shell.navigation import NavigationItem
from desktop.ui.shell.page import Page, PageEntry, Shell
from desktop.ui.shell.window import MainWindow
from tests.ui.finding import all_named, named, until

pytestmark = pytest.mark.anyio

MakeWindow = Callable[..., MainWindow]


class Notebook(Page):
    """A page that notes what happens to it."""

    def __init__(self, shell: Shell, events: list[str], close: bool = True) -> None:
        super().__init__(shell)
        self.events = events
        self.close_allowed = close
        column = QVBoxLayout(self)
        self.fields = [QLineEdit(), QLineEdit()]
        for field in self.fields:
            column.addWidget(field)
        events.append("built")

    async def shown(self, **target: Any) -> None:
        self.events.append(f"shown {target}" if target else "shown")
        if target.get("wait"):
            try:
                await asyncio.Event().wait()
            finally:
                self.events.append("stopped waiting")
        if target.get("watch"):
            self.while_shown(self._watch())
        if error := target.get("error"):
            raise error

    async def _watch(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.events.append("stopped watching")

    def left(self) -> None:
        self.events.append("left")

    async def may_close(self) -> bool:
        self.events.append("asked")
        return self.close_allowed

    def panes(self) -> list[QWidget]:
        return list(self.fields)


def entry(key: str, events: list[str] | None = None, **options: Any) -> PageEntry:
    noted = events if events is not None else []
    return PageEntry(key, key.title(), "ph.house", lambda shell: Notebook(shell, noted), **options)


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the focus is."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


async def active(window: MainWindow) -> None:
    window.activateWindow()
    await until(window.isActiveWindow)


async def test_pages_are_built_when_first_gone_to_and_only_once(make_window: MakeWindow) -> None:
    events: list[str] = []
    window = make_window(entry("home"), entry("data", events))
    window.go("home")
    assert events == []
    named(window, "Data", QAbstractButton).click()
    await window.scope.settle()
    window.go("home")
    window.go("data", record="42")
    await window.scope.settle()
    assert events == ["built", "shown", "left", "shown {'record': '42'}"]
    assert window.current == "data"
    assert window.windowTitle().startswith("Data")


async def test_leaving_a_page_stops_what_it_was_doing(make_window: MakeWindow) -> None:
    events: list[str] = []
    window = make_window(entry("home"), entry("data", events))
    window.go("data", watch=True)
    await window.scope.settle()
    window.go("home")
    await until(lambda: "stopped watching" in events)
    window.go("data", wait=True)
    await until(lambda: events[-1] == "shown {'wait': True}")
    window.go("home")
    await until(lambda: "stopped waiting" in events)
    await window.scope.settle()
    assert window.toasts.toasts == ()


async def test_a_failure_becomes_a_message_that_stays(make_window: MakeWindow) -> None:
    window = make_window(entry("data"))
    refused = CredentialRefused("Academy refused its password", "Replace the password.", "HTTP 401")
    window.go("data", error=refused)
    await window.scope.settle()
    toast = named(window, "Academy refused its password")
    assert toast.accessibleDescription() == "Replace the password."
    named(toast, "Details", QAbstractButton).click()
    assert named(toast, "Details", QPlainTextEdit).toPlainText() == "HTTP 401"
    named(toast, "Dismiss", QAbstractButton).click()
    assert not window.toasts.isVisible()


@pytest.mark.allow_log_errors
async def test_an_unforeseen_failure_says_so_and_keeps_the_trace(make_window: MakeWindow) -> None:
    window = make_window(entry("data"))
    window.go("data", error=ZeroDivisionError("by nothing"))
    await window.scope.settle()
    (toast,) = window.toasts.toasts
    assert toast.message.title == "Something went wrong in Crosswalk"
    assert "ZeroDivisionError: by nothing" in toast.message.details


async def test_success_leaves_by_itself_and_an_error_does_not(
    make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toasts, "AUTO_HIDE", 1)
    window = make_window(entry("home"))
    window.bus.error("2 orders could not be sent")
    window.bus.success("12 records created")
    await until(lambda: len(window.toasts.toasts) == 1)
    assert window.toasts.toasts[0].message.title == "2 orders could not be sent"


async def test_the_same_error_many_times_is_one_message(make_window: MakeWindow) -> None:
    window = make_window(entry("home"))
    for _ in range(3):
        window.bus.error("No connection", "Check the network.")
    for number in range(9):
        window.bus.error(f"Order {number} could not be sent")
    assert len(window.toasts.toasts) == 4
    window.bus.error("Order 8 could not be sent")
    assert window.toasts.toasts[-1].times == 2


async def test_a_messages_action_runs_and_the_message_goes(make_window: MakeWindow) -> None:
    window = make_window(entry("home"))
    undone: list[bool] = []
    window.bus.info("Order deleted", action=Action("Undo", lambda: undone.append(True)))
    named(window.toasts, "Undo", QAbstractButton).click()
    assert undone == [True]
    assert window.toasts.toasts == ()


async def test_messages_stay_in_the_corner_when_the_window_changes_its_size(make_window: MakeWindow) -> None:
    window = make_window(entry("home"))
    window.bus.warning("The quota is nearly used up", "Syncs go on more slowly until midnight. " * 4)
    ground = window.centralWidget()
    assert ground is not None
    for width, height in ((1000, 700), (1500, 900)):
        window.resize(width, height)
        await until(lambda: ground.width() == window.width())
        place = window.toasts.geometry()
        assert ground.rect().contains(place)
        assert place.right() >= ground.width() - 32
        assert place.bottom() >= ground.height() - 32
    (toast,) = window.toasts.toasts
    assert toast.height() >= toast.heightForWidth(toast.width())


async def test_the_badge_is_told_in_words(make_window: MakeWindow) -> None:
    window = make_window(entry("home"), entry("syncs"))
    window.set_badge("syncs", 3, "3 conflicts wait")
    item = named(window, "Syncs", NavigationItem)
    assert (item.badge, item.accessibleDescription()) == (3, "3 conflicts wait")
    window.set_badge("syncs", 0)
    assert (item.badge, item.accessibleDescription()) == (0, "")


async def test_the_keyboard_reaches_every_page(make_window: MakeWindow) -> None:
    window = make_window(entry("home"), entry("settings", at_bottom=True), entry("data"))
    window.go("home")
    await active(window)
    for key, page in ((Qt.Key.Key_2, "data"), (Qt.Key.Key_3, "settings"), (Qt.Key.Key_1, "home")):
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.current == page


async def test_arrows_move_through_the_navigation_and_space_chooses(make_window: MakeWindow) -> None:
    window = make_window(entry("home"), entry("data"), entry("settings", at_bottom=True))
    window.go("home")
    await active(window)
    named(window, "Home", NavigationItem).setFocus()
    for key, name in (
        (Qt.Key.Key_Down, "Data"),
        (Qt.Key.Key_Down, "Settings"),
        (Qt.Key.Key_Down, "Home"),
        (Qt.Key.Key_Up, "Settings"),
        (Qt.Key.Key_Home, "Home"),
        (Qt.Key.Key_End, "Settings"),
    ):
        press(key)
        assert QApplication.focusWidget() is named(window, name, NavigationItem)
    assert window.current == "home"
    press(Qt.Key.Key_Space)
    assert window.current == "settings"
    press(Qt.Key.Key_Home)
    press(Qt.Key.Key_Return)
    assert window.current == "home"


async def test_f6_goes_round_the_parts_of_the_window(make_window: MakeWindow) -> None:
    window = make_window(entry("home"))
    window.go("home")
    await active(window)
    page = window.page("home")
    assert isinstance(page, Notebook)
    home = named(window, "Home", NavigationItem)
    home.setFocus()
    visited = []
    for _ in range(3):
        press(Qt.Key.Key_F6)
        visited.append(QApplication.focusWidget())
    assert visited == [*page.fields, home]
    press(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is page.fields[1]


async def test_f6_reaches_a_message(make_window: MakeWindow) -> None:
    window = make_window(entry("home"))
    window.go("home")
    await active(window)
    window.bus.error("No connection")
    named(window, "Home", NavigationItem).setFocus()
    press(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is named(window, "Dismiss")


async def test_closing_ends_the_tasks_before_the_window(make_window: MakeWindow) -> None:
    window = make_window(entry("home"))
    seen: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            seen.append(window.isVisible())

    window.scope.start(work())
    await asyncio.sleep(0)
    window.close()
    assert window.isVisible()
    await window.closed()
    assert seen == [True]
    assert not window.isVisible()


async def test_a_page_can_keep_the_window_open(make_window: MakeWindow) -> None:
    events: list[str] = []
    entries = [entry("home"), PageEntry("data", "Data", "ph.layout", lambda s: Notebook(s, events, False))]
    window = make_window(*entries)
    window.go("data")
    window.go("home")
    window.close()
    await until(lambda: window.current == "data")
    assert window.isVisible()
    page = window.page("data")
    assert isinstance(page, Notebook)
    page.close_allowed = True


@pytest.mark.allow_log_errors
async def test_a_page_that_fails_to_answer_does_not_keep_the_window_open(make_window: MakeWindow) -> None:
    class Broken(Page):
        async def may_close(self) -> bool:
            raise ZeroDivisionError

    window = make_window(PageEntry("data", "Data", "ph.layout", Broken))
    window.go("data")
    window.close()
    await asyncio.wait_for(window.closed(), 2)
    assert not window.isVisible()


async def test_a_screen_reader_finds_navigation_page_and_title(make_window: MakeWindow) -> None:
    window = make_window(entry("home"), entry("data"))
    window.go("data")
    items = {item.accessibleName(): item for item in window.findChildren(NavigationItem)}
    assert list(items) == ["Home", "Data"]
    assert all_named(window, "Navigation")
    interface = QAccessible.queryAccessibleInterface(items["Data"])
    assert interface.text(QAccessible.Text.Name) == "Data"
    assert interface.state().checked
    assert window.page("data").accessibleName() == "Data"
