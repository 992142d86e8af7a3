#!/usr/bin/env python3
"""Takes the picture of every page, light and dark, over the demo's workspace.

    python packaging/screenshots.py                  1280x800 into resources/screenshots
    python packaging/screenshots.py --all FOLDER     also 1920x1080, in German formats, with no and with many records

Run it with the project's virtual environment; it needs no display.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QLocale, QSize
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QTabBar, QWidget

from desktop.domain.definition import DeleteRule
from desktop.domain.errors import CrosswalkError
from desktop.domain.mapping import ConflictRule, Direction
from desktop.domain.query import RecordQuery
from desktop.domain.schedule import Schedule
from desktop.sandbox.server import SandboxServer
from desktop.ui.aio import run_application
from desktop.ui.app_garbage import collect_here
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.connections.changes_card import ChangesCard
from desktop.ui.data.form import RecordForm
from desktop.ui.data.history import RecordHistory
from desktop.ui.theme import Theme
from desktop.ui.widgets.platform_mark import platform_name
from desktop.ui.widgets.steps import StepBar
from desktop.ui.wizard.steps.schedule_card import ScheduleCard
from desktop.workspace.demo import CONTACTS, ORDERS, open_demo
from desktop.workspace.desk import Desk, serve_desk
from desktop.workspace.workspace import open_throwaway

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE = QSize(1280, 800), QSize(1920, 1080)

BOTH_WAYS = replace(
    CONTACTS,
    name="Contacts in step",
    direction=Direction.TWO_WAY,
    conflict=ConflictRule.ASK,
    delete=DeleteRule.PROPAGATE,
    schedule=Schedule(every_minutes=15, live=True),
)

Scene = Callable[[WorkspaceWindow], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Look:
    """How pictures are taken: the theme, the window's size, and what is put behind their names."""

    theme: str
    size: QSize
    suffix: str = ""


async def settled(window: WorkspaceWindow) -> None:
    """Wait until nothing is under way and everything is painted."""
    for _ in range(4):
        await window.scope.settle()
        await asyncio.sleep(0.05)


def press(window: WorkspaceWindow, label: str) -> None:
    """Press the one visible button of that name."""
    next(item for item in buttons(window) if item.accessibleName() == label and item.isEnabled()).click()


def buttons(window: WorkspaceWindow) -> list[QPushButton]:
    """The buttons that can be seen."""
    return [button for button in window.findChildren(QPushButton) if button.isVisible()]


def go(key: str, **target: Any) -> Scene:
    """The scene of a page as it is gone to."""

    async def scene(window: WorkspaceWindow) -> None:
        window.go(key, **target)
        await settled(window)

    return scene


def tab_of(before: Scene, bar_name: str, title: str) -> Scene:
    """The scene of a page with another of its tabs chosen."""

    async def scene(window: WorkspaceWindow) -> None:
        await before(window)
        for bar in window.findChildren(QTabBar):
            titles = [bar.tabText(at) for at in range(bar.count())]
            if bar.isVisible() and title in titles:
                bar.setCurrentIndex(titles.index(title))
        await settled(window)

    return scene


def panel_of(label: str) -> Scene:
    """The scene of the orders' fields with the panel that a button opens."""

    async def scene(window: WorkspaceWindow) -> None:
        await close_panel(window)
        press(window, label)
        await settled(window)

    return scene


def leaving_panel(after: Scene) -> Scene:
    """A scene before which the panel beside the fields is closed."""

    async def scene(window: WorkspaceWindow) -> None:
        await close_panel(window)
        await after(window)

    return scene


async def close_panel(window: WorkspaceWindow) -> None:
    """Close the panel beside the fields, if one is open."""
    if any(button.accessibleName() == "Cancel" for button in buttons(window)):
        press(window, "Cancel")
        await settled(window)


async def open_wizard(window: WorkspaceWindow) -> None:
    """The wizard at its first step, over a sync both ways."""
    window.go("syncs", sync=BOTH_WAYS.name)
    await settled(window)
    press(window, "Edit")
    await settled(window)
    bar = next(bar for bar in window.findChildren(StepBar) if bar.isVisible())
    bar.chosen.emit(0)
    await settled(window)


async def close_wizard(window: WorkspaceWindow) -> None:
    """Leave the wizard, and its draft if it kept one."""
    for label in ("Close", "Discard"):
        if any(button.accessibleName() == label for button in buttons(window)):
            press(window, label)
            await settled(window)


def scenes(record: str) -> dict[str, Scene]:
    """Every page by the name of its picture."""
    orders = {"connection": "Agency", "object": "custom_objects.orders"}
    data = go("data", **orders, record=record)
    syncs = go("syncs", sync=ORDERS.name)
    return {
        "home": go("home"),
        "data": data,
        "fields": tab_of(go("data", **orders), "Parts of the object", "Fields"),
        "field-new": panel_of("New field"),
        "object-new": panel_of("New object"),
        "relationships": tab_of(leaving_panel(data), "Parts of the object", "Relationships"),
        "syncs": tab_of(syncs, "Parts of the sync", "This run’s changes"),
        "failures": tab_of(syncs, "Parts of the sync", "Failures"),
        "conflicts": go("syncs", sync=BOTH_WAYS.name, tab="conflicts"),
        "mapping": tab_of(syncs, "Parts of the sync", "Mapping"),
        "preview": go("syncs", sync=CONTACTS.name, preview=True),
        "activity": go("activity"),
        "connections": go("connections"),
        "settings": go("settings"),
    }


WIZARD = ("systems", "objects", "matching", "fields", "rules", "test", "finish")


async def take(window: WorkspaceWindow, theme: Theme, folder: Path, looks: list[Look], record: str) -> None:
    """Take every picture in every look."""
    for look in looks:
        theme.choose(look.theme)
        window.resize(look.size)
        for name, scene in scenes(record).items():
            await scene(window)
            save(window, folder, name, look)
        await open_wizard(window)
        for name in WIZARD:
            save(window, folder, f"wizard-{name}", look)
            if name == "rules":
                await scrolled_to(window, ScheduleCard)
                save(window, folder, "wizard-schedule", look)
            if name != WIZARD[-1]:
                press(window, "Next")
                await settled(window)
        await close_wizard(window)
        await scenes(record)["data"](window)
        await take_history(window, folder, look)


async def take_history(window: WorkspaceWindow, folder: Path, look: Look) -> None:
    """The dialog that tells what became of the record in the form."""
    form = window.findChild(RecordForm)
    assert form is not None
    form.history_wanted.emit()
    await asyncio.sleep(0.5)
    dialog = next(item for item in window.findChildren(RecordHistory) if item.isVisible())
    save(dialog, folder, "history", look)
    dialog.accept()
    window.activateWindow()
    await settled(window)


async def scrolled_to(window: WorkspaceWindow, kind: type[QWidget]) -> None:
    """Scroll until the part of the page is in view as far as it fits."""
    part = next(item for item in window.findChildren(kind) if item.isVisible())
    area = next(item for item in window.findChildren(QScrollArea) if item.isAncestorOf(part))
    area.verticalScrollBar().setValue(part.y() - 16)
    await settled(window)


def save(window: QWidget, folder: Path, name: str, look: Look) -> None:
    """Write the window as it is now."""
    file = folder / f"{name}-{look.theme}{look.suffix}.png"
    window.grab().save(str(file))
    print(file.name, flush=True)


@asynccontextmanager
async def shown(desk: Desk) -> AsyncIterator[WorkspaceWindow]:
    """The window over a workspace."""
    window = WorkspaceWindow()
    window.show()
    window.serve(desk)
    await settled(window)
    try:
        yield window
    finally:
        window.close()
        await window.closed()


async def lived_in(desk: Desk) -> str:
    """Give the workspace a history: runs, failures, edits. Returns the id of the order that is shown."""
    await desk.syncs.run(ORDERS.name)
    orders = await desk.syncs.samples(ORDERS.left, 9)
    for order in orders[:6]:
        await desk.data.save("Agency", ORDERS.left.object, order, {"note": "Please ring twice", "status": "sent"})
    for number, order in enumerate(orders[6:8], start=10601):
        contacts = cast("frozenset[str]", order.get("order_contact"))
        for contact_id in contacts:
            contact = await desk.data.record("Agency", "contact", contact_id)
            await desk.data.save("Agency", "contact", contact, {"email": None})
        values = {"order_number": str(number), "status": "received", "order_contact": contacts}
        await desk.data.save("Agency", ORDERS.left.object, None, values)
    await desk.syncs.run(ORDERS.name)
    await desk.syncs.approve(ORDERS.name)
    await in_conflict(desk)
    draft = orders[8]
    await desk.data.keep_draft("Agency", ORDERS.left.object, draft.id, draft, {"note": "Leave it at the door"})
    return orders[0].id


async def in_conflict(desk: Desk) -> None:
    """A sync both ways that runs by itself, with questions that wait."""
    await desk.syncs.save(BOTH_WAYS)
    await desk.syncs.approve(BOTH_WAYS.name)
    await desk.syncs.run(BOTH_WAYS.name)
    there = {record.get("email"): record for record in await desk.syncs.samples(BOTH_WAYS.right, 400)}
    asked = 0
    for here in await desk.syncs.samples(BOTH_WAYS.left, 40):
        other = there.get(here.get("email"))
        if other is not None and asked < 4:
            asked += 1
            name = str(here.get("lastName"))
            await desk.data.save("Agency", BOTH_WAYS.left.object, here, {"lastName": f"{name}-Lindqvist"})
            await desk.data.save("Shop", BOTH_WAYS.right.object, other, {"lastName": f"{name} (née Berger)"})
    await desk.syncs.run(BOTH_WAYS.name)


async def empty(theme: Theme, folder: Path) -> None:
    """The window with nothing in it."""
    with tempfile.TemporaryDirectory() as place:
        async with serve_desk(lambda: open_throwaway(Path(place))) as desk, shown(desk) as window:
            for name in ("light", "dark"):
                theme.choose(name)
                for key in ("home", "data", "syncs", "activity", "connections"):
                    await go(key)(window)
                    picture = "welcome" if key == "home" else f"{key}-empty"
                    save(window, folder, picture, Look(name, SMALL))


NEIGHBOURS = {"highlevel": "opportunity", "activecampaign": "deals", "activecollab": "tasks", "accessally": "members"}


async def neighbours(theme: Theme, folder: Path) -> None:
    """An object of each platform, and the platform's connection."""
    with tempfile.TemporaryDirectory() as place, SandboxServer(records=300) as sandbox:
        async with serve_desk(lambda: open_throwaway(Path(place))) as desk, shown(desk) as window:
            for platform, key in NEIGHBOURS.items():
                name, ready = platform_name(platform), sandbox.ready["platforms"][platform]
                account = ready.get("account", "")
                await desk.connections.connect(platform, name, ready["base_url"], account, ready["token"])
                await desk.data.read(name, key)
            await desk.reception.set_address("https://crosswalk.example.com")
            await desk.reception.switch_on(platform_name("activecollab"))
            for look in (Look("light", SMALL), Look("dark", SMALL)):
                theme.choose(look.theme)
                window.resize(look.size)
                for platform, key in NEIGHBOURS.items():
                    name = platform_name(platform)
                    record = (await desk.data.page(name, key, RecordQuery(), 0, 1))[0]
                    await go("data", connection=name, object=key, record=record.id)(window)
                    save(window, folder, f"data-{platform}", look)
                    await go("connections", connection=name)(window)
                    save(window, folder, f"connection-{platform}", look)
                await go("connections", connection=platform_name("activecollab"))(window)
                await scrolled_to(window, ChangesCard)
                save(window, folder, "changes", look)


async def main(app: QApplication, folder: Path, everything: bool) -> None:
    QLocale.setDefault(QLocale("en_US"))
    theme = Theme(app, "light")
    looks = [Look("light", SMALL), Look("dark", SMALL)]
    async with AsyncExitStack() as stack:
        stack.enter_context(collect_here())
        await empty(theme, folder)
        await neighbours(theme, folder)
        desk = await stack.enter_async_context(open_demo(500))
        record = await lived_in(desk)
        async with shown(desk) as window:
            await take(window, theme, folder, looks, record)
            if everything:
                await take(
                    window, theme, folder, [Look("light", LARGE, "-large"), Look("dark", LARGE, "-large")], record
                )
                QLocale.setDefault(QLocale("de_DE"))
                await take(window, theme, folder, [Look("light", SMALL, "-de")], record)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", metavar="FOLDER", type=Path, help="take all looks, into another folder")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    options = parse(sys.argv[1:])
    target = options.all or ROOT / "resources" / "screenshots"
    target.mkdir(parents=True, exist_ok=True)
    try:
        code = run_application(lambda app: main(app, target, options.all is not None))
    except CrosswalkError as error:
        sys.exit(f"{error.message} {error.hint}")
    sys.exit(code)
