"""Changes as they happen, switched on under Connections and chosen in the wizard."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QSpinBox, QWidget

from desktop.domain.mapping import Direction
from desktop.domain.schedule import Schedule
from desktop.sandbox.server import SandboxServer
from desktop.ui.app_window import WorkspaceWindow
from desktop.workspace.demo import ORDERS
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named, until
from tests.window.test_connections import click, opened, texts, write
from tests.window.test_wizard import press, settled
from tests.window.test_wizard import texts as wizard_texts
from tests.window.test_wizard_both_ways import choose
from tests.workspace.test_reception import free_port

pytestmark = pytest.mark.anyio

ADDRESS, PORT = "Public address", "Port of this computer"


@pytest.fixture
async def team(bare_desk: Desk, sandbox: SandboxServer) -> Desk:
    """A workspace that is connected to a WordPress site and to ActiveCollab."""
    for platform, name in (("accessally", "Club"), ("activecollab", "Team")):
        ready = sandbox.ready["platforms"][platform]
        await bare_desk.connections.connect(platform, name, ready["base_url"], "", ready["token"])
    return bare_desk


def register(sandbox: SandboxServer, name: str) -> None:
    """Somebody joins the site."""
    ready = sandbox.ready["platforms"]["accessally"]
    user, _, password = ready["token"].partition(":")
    member = {"username": name, "email": f"{name}@example.com", "password": "not that secret"}
    httpx.post(f"{ready['base_url']}/wp-json/wp/v2/users", json=member, auth=(user, password)).raise_for_status()


def said(page: QWidget) -> str:
    return "\n".join(texts(page))


async def test_a_connection_is_switched_on_and_tells(
    team: Desk, bare_window: WorkspaceWindow, sandbox: SandboxServer
) -> None:
    page = await opened(bare_window, connection="Club")
    await until(lambda: bool(all_named(page, "Switch on")))
    assert "Bridge plugin tells of members" in said(page)
    port = free_port()
    write(page, ADDRESS, f"http://127.0.0.1:{port}")
    named(page, PORT, QSpinBox).setValue(port)
    assert f"What the tunnel has to lead to: http://127.0.0.1:{port}" in said(page)
    click(page, "Switch on")
    await until(lambda: "nothing received yet" in said(page))
    await until(lambda: bool(all_named(page, "Switch off")))
    assert not all_named(page, "Copy secret")
    register(sandbox, "newcomer")
    await until(lambda: "last received" in said(page))
    click(page, "Switch off")
    await until(lambda: bool(all_named(page, "Switch on")))
    view = await team.reception.webhook("Club")
    assert view is not None
    assert not view.on


async def test_without_an_address_it_is_asked_for(team: Desk, bare_window: WorkspaceWindow) -> None:
    page = await opened(bare_window, connection="Club")
    await until(lambda: bool(all_named(page, "Switch on")))
    write(page, ADDRESS, "crosswalk.example.com")
    click(page, "Switch on")
    await bare_window.scope.settle()
    address = named(page, ADDRESS, QLineEdit)
    assert address.hasFocus()
    assert "Enter the address that your tunnel gives" in address.accessibleDescription()
    assert address.text() == "crosswalk.example.com"


async def test_what_is_done_by_hand_is_said_and_its_secret_is_only_copied(
    team: Desk, bare_window: WorkspaceWindow
) -> None:
    page = await opened(bare_window, connection="Team")
    await until(lambda: bool(all_named(page, "Switch on")))
    write(page, ADDRESS, "https://crosswalk.example.com/")
    named(page, PORT, QSpinBox).setValue(free_port())
    click(page, "Switch on")
    await until(lambda: bool(all_named(page, "Copy secret")))
    assert "1. In ActiveCollab open Add-ons and turn on Webhooks." in said(page)
    hook = named(page, "Address for the platform", QLineEdit).text()
    assert hook.startswith("https://crosswalk.example.com/hooks/")
    click(page, "Copy address")
    assert QApplication.clipboard().text() == hook
    click(page, "Copy secret")
    await bare_window.scope.settle()
    secret = QApplication.clipboard().text()
    assert secret == await team.reception.secret("Team")
    assert secret not in said(page)
    assert all(secret not in edit.text() for edit in bare_window.findChildren(QLineEdit))


@pytest.mark.demo(records=10)
async def test_the_wizard_offers_it(window: WorkspaceWindow, desk: Desk) -> None:
    window.go("syncs", sync=ORDERS.name)
    await settled(window)
    await press(window, "Edit")
    await press(window, "Next")
    choose(named(window, "When it runs", QComboBox), "As changes happen")
    assert "under Connections" in wizard_texts(window)
    await press(window, "Next")
    await press(window, "Next")
    assert "It runs every hour. It also runs as changes happen." in wizard_texts(window)
    await press(window, "Finish")
    assert (await desk.syncs.get(ORDERS.name)).definition.schedule == Schedule(live=True)
    await press(window, "Edit")
    await press(window, "Next")
    box = named(window, "When it runs", QComboBox)
    assert box.currentText() == "As changes happen"
    choose(box, "Every")
    named(window, "Also as changes happen", QCheckBox).setChecked(True)
    await press(window, "Next")
    await press(window, "Next")
    await press(window, "Finish")
    assert (await desk.syncs.get(ORDERS.name)).definition.schedule == Schedule(every_minutes=15, live=True)
    await desk.syncs.approve(ORDERS.name)
    window.go("syncs", sync=ORDERS.name)
    await until(lambda: "as changes happen, and at" in wizard_texts(window))


@pytest.mark.demo(records=10)
@pytest.mark.parametrize("both_ways", [False, True])
async def test_the_wizard_says_what_no_platform_tells_of(window: WorkspaceWindow, desk: Desk, both_ways: bool) -> None:
    direction = Direction.TWO_WAY if both_ways else Direction.LEFT_TO_RIGHT
    await desk.syncs.save(replace(ORDERS, name="Numbers", direction=direction, fields=ORDERS.fields[:1]))
    window.go("syncs", sync="Numbers")
    await settled(window)
    await press(window, "Edit")
    await press(window, "Next")
    choose(named(window, "When it runs", QComboBox), "As changes happen")
    assert ("No platform tells of Online Orders in Shop" in wizard_texts(window)) is both_ways
