"""Home: the cards of the syncs, what needs attention, and what happened today."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QWidget

from desktop.domain.change import RunStatus
from desktop.domain.definition import SyncDefinition
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.home.attention import Situation, matters
from desktop.ui.home.page import HomePage
from desktop.ui.home.sync_card import SyncCard
from desktop.ui.shell.navigation import NavigationItem
from desktop.ui.syncs.words import run_sentence, targets_of
from desktop.ui.widgets.pill import Pill
from desktop.workspace.demo import CONTACTS, ORDERS
from desktop.workspace.desk import Desk
from desktop.workspace.views import Health
from tests.ui.finding import all_named, named, until
from tests.window.conftest import Control

pytestmark = pytest.mark.anyio


def too_exact() -> SyncDefinition:
    """The orders' sync without its rounding: the shop refuses every weight."""
    lines = (replace(pair, transform=()) if pair.left == "weight" else pair for pair in ORDERS.fields)
    return replace(ORDERS, fields=tuple(lines))


def texts(root: QWidget) -> list[str]:
    """The visible words, in the order in which they were put there."""
    return [label.text() for label in root.findChildren(QLabel) if label.isVisible() and label.text()]


def pill(card: SyncCard) -> str:
    return next(item.text() for item in card.findChildren(Pill) if item.isVisible())


def matter(window: QWidget, title: str) -> QWidget:
    return named(named(window, "Needs attention"), title)


async def test_each_sync_has_a_card_that_says_what_it_joins_and_how_it_is(window: WorkspaceWindow) -> None:
    card = named(window, ORDERS.name, SyncCard)
    assert pill(card) == "New"
    assert named(card, "Agency · Orders to Shop · Online Orders")
    assert "Not run yet" in texts(card)
    assert "Nothing needs your attention." in texts(named(window, "Needs attention"))
    assert named(window, CONTACTS.name, SyncCard).x() != card.x()


async def test_the_first_run_goes_by_way_of_the_preview(window: WorkspaceWindow) -> None:
    named(named(window, ORDERS.name, SyncCard), "Sync now", QPushButton).click()
    await window.scope.settle()
    assert window.current == "syncs"
    assert ORDERS.name in texts(window.page("syncs"))


async def test_an_approved_sync_runs_on_the_spot(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.approve(ORDERS.name)
    await window.scope.settle()
    card = named(window, ORDERS.name, SyncCard)
    await until(lambda: "The first run shows a preview" not in texts(card))
    named(card, "Sync now", QPushButton).click()
    assert pill(card).startswith("Running")
    assert named(card, "Cancel", QPushButton).isEnabled()
    await window.scope.settle()
    await until(lambda: pill(card) == "In step")
    assert "36 created" in texts(card)
    assert any(line.startswith("36 linked") for line in texts(card))
    assert "36" in texts(named(window, "Today"))
    assert [toast.message.title for toast in window.toasts.toasts] == [f"“{ORDERS.name}” is in step"]
    await desk.syncs.undo(ORDERS.name)
    await until(lambda: pill(card) == "Undone")


async def test_a_run_that_another_page_started_shows_on_the_card(
    window: WorkspaceWindow, desk: Desk, control: Control
) -> None:
    control("settings", latency_seconds=0.03)
    card = named(window, ORDERS.name, SyncCard)
    run = asyncio.ensure_future(desk.syncs.run(ORDERS.name))
    await until(lambda: pill(card).startswith("Running"))
    named(card, "Cancel", QPushButton).click()
    await run
    await until(lambda: pill(card) == "Cancelled")
    assert named(card, "Sync now", QPushButton).isEnabled()


@pytest.mark.demo(records=12)
async def test_failed_records_are_told_with_the_first_reason_and_lead_to_the_failures(
    window: WorkspaceWindow, desk: Desk
) -> None:
    await desk.syncs.save(too_exact(), replaces=ORDERS.name)
    await desk.syncs.run(ORDERS.name)
    await until(lambda: pill(named(window, ORDERS.name, SyncCard)) == "11 failed")
    await window.scope.settle()
    words = "11 records could not be sent"
    row = matter(window, f"{words} · {ORDERS.name}")
    assert any("Weight (kg) keeps 1 decimal" in line for line in texts(row))
    item = named(window, "Syncs", NavigationItem)
    assert (item.badge, item.accessibleDescription()) == (11, words)
    named(row, "Show failures", QPushButton).click()
    await window.scope.settle()
    assert window.current == "syncs"


async def test_an_undo_that_was_interrupted_says_how_it_goes_on(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.run(ORDERS.name)
    await desk.syncs.undo(ORDERS.name)
    view = await desk.syncs.get(ORDERS.name)
    assert view.last_run is not None
    undo = replace(view.last_run, status=RunStatus.INTERRUPTED)
    (told,) = matters(Situation([replace(view, health=Health.STOPPED, last_run=undo)], []))
    assert told.title == f"An undo of “{ORDERS.name}” was interrupted"
    assert "“Undo last run” goes on" in told.text
    assert "“Undo last run” goes on" in run_sentence(undo, targets_of(ORDERS))
    assert "“Undo last run” goes on" in run_sentence(replace(undo, status=RunStatus.CANCELLED), targets_of(ORDERS))


async def test_refused_credentials_lead_to_their_replacement(
    window: WorkspaceWindow, desk: Desk, control: Control
) -> None:
    control("faults", platform="activecampaign", kind="401", probability=1.0)
    await desk.connections.test("Shop")
    await until(lambda: all_named(named(window, "Needs attention"), "Replace credentials"))
    card = named(window, ORDERS.name, SyncCard)
    assert not all_named(card, "Sync now")
    named(card, "Replace credentials", QPushButton).click()
    await window.scope.settle()
    assert window.current == "connections"
    assert named(window.page("connections"), "API key").hasFocus()


async def test_unsaved_changes_are_offered_again(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.data.keep_draft("Agency", "custom_objects.orders", "", None, {"note": "Ring twice"})
    await until(lambda: all_named(window, "1 record with unsaved changes"))
    row = matter(window, "1 record with unsaved changes")
    assert "Agency · Orders" in texts(row)
    named(row, "Show the record", QPushButton).click()
    await window.scope.settle()
    assert window.current == "data"


async def test_old_credentials_are_a_matter_after_90_days(window: WorkspaceWindow, desk: Desk) -> None:
    since = {"Agency": timedelta(days=92), "Shop": timedelta(days=89)}
    now = datetime.now(UTC)
    await desk.settings.put("credentials_since", {name: (now - age).isoformat() for name, age in since.items()})
    window.go("home")
    await window.scope.settle()
    assert matter(window, "The credentials of Agency are 92 days old")
    assert not all_named(window, "The credentials of Shop are 89 days old")


@pytest.mark.demo(syncs=False)
async def test_without_a_sync_it_says_how_to_make_one(window: WorkspaceWindow) -> None:
    empty = named(window, "No syncs yet")
    assert not window.findChildren(SyncCard)
    named(empty, "Make the first sync", QPushButton).click()
    await window.scope.settle()
    assert window.current == "syncs"


async def test_cards_flow_with_the_width_of_the_window(window: WorkspaceWindow, desk: Desk) -> None:
    for number in range(4):
        view = await desk.syncs.get(ORDERS.name)
        await desk.syncs.save(replace(view.definition, name=f"Orders {number}"))
    await until(lambda: len(window.findChildren(SyncCard)) == 6)

    def columns() -> int:
        return len({card.x() for card in window.findChildren(SyncCard)})

    for width, expected in ((1280, 2), (1920, 3), (960, 1)):
        window.resize(width, 900)
        await until(lambda expected=expected: columns() == expected)
    for card in window.findChildren(SyncCard):
        parent = card.parentWidget()
        assert parent is not None
        assert card.geometry().right() <= parent.width()


async def test_the_keyboard_starts_a_sync(window: WorkspaceWindow, desk: Desk) -> None:
    await desk.syncs.approve(CONTACTS.name)
    window.go("home")
    await window.scope.settle()
    focused = window.focusWidget()
    assert focused is named(named(window, CONTACTS.name, SyncCard), "Sync now")
    QTest.keyClick(focused, Qt.Key.Key_Space)
    await window.scope.settle()
    assert (await desk.syncs.get(CONTACTS.name)).linked == 40


@pytest.mark.parametrize("answer", ["Keep running", "Stop and close"])
async def test_closing_while_a_sync_runs_asks(
    window: WorkspaceWindow, desk: Desk, control: Control, answer: str
) -> None:
    control("settings", latency_seconds=0.03)
    run = asyncio.ensure_future(desk.syncs.run(ORDERS.name))
    card = named(window, ORDERS.name, SyncCard)
    await until(lambda: pill(card).startswith("Running"))
    window.close()
    await until(lambda: all_named(window, "A sync is running. Stop it and close?", QDialog))
    dialog = named(window, "A sync is running. Stop it and close?", QDialog)
    named(dialog, answer, QPushButton).click()
    if answer == "Stop and close":
        await asyncio.wait_for(window.closed(), 5)
        assert (await run).status == "cancelled"
    else:
        await until(lambda: not dialog.isVisible())
        assert window.isVisible()
        assert (await run).status == "completed"


async def test_with_nothing_connected_it_is_the_welcome(bare_window: WorkspaceWindow) -> None:
    assert named(bare_window, "Welcome to Crosswalk")
    named(bare_window, "Connect an account", QPushButton).click()
    await bare_window.scope.settle()
    assert bare_window.current == "connections"
    assert named(bare_window, "Name").hasFocus()


@pytest.mark.parametrize(
    ("works", "said"), [(True, "The demo opens in its own window"), (False, "The demo could not be started")]
)
async def test_the_demo_is_started_beside_this_window(
    bare_window: WorkspaceWindow, bare_desk: Desk, works: bool, said: str
) -> None:
    started: list[bool] = []

    def launch() -> bool:
        started.append(True)
        return works

    page = HomePage(bare_desk, bare_window, launch)
    bare_window.stack.addWidget(page)
    bare_window.stack.setCurrentWidget(page)
    await page.shown()
    named(page, "Explore with demo data", QPushButton).click()
    assert started == [True]
    assert [toast.message.title for toast in bare_window.toasts.toasts] == [said]
    page.stop_watching()
