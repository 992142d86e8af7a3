"""The whole job in the window, from an empty workspace to a finished sync, with the keyboard alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from desktop.domain.change import RunStatus
from desktop.sandbox.server import SandboxServer
from desktop.ui.app_window import WorkspaceWindow
from desktop.workspace.desk import Desk
from tests.journeys.keyboard import Keyboard
from tests.sandbox.client import HighLevelClient
from tests.sync.world import ActiveCampaignClient

pytestmark = [pytest.mark.anyio, pytest.mark.demo(records=12, syncs=False)]


async def connect(keys: Keyboard, server: SandboxServer, platform: str, name: str) -> None:
    """Fill in the form for an account and connect it."""
    ready = server.ready["platforms"][platform]
    await keys.to("Platform")
    await keys.press(Qt.Key.Key_Home)
    if platform == "activecampaign":
        await keys.press(Qt.Key.Key_Down)
    await keys.type_into("Name", name)
    await keys.type_into("Address", ready["base_url"])
    if "account" in ready:
        await keys.type_into("Location ID", ready["account"])
    await keys.type_into("Private integration token" if platform == "highlevel" else "API key", ready["token"])
    await keys.activate("Connect")


async def test_from_welcome_to_a_finished_sync_by_keyboard(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    keys = Keyboard(bare_window)
    await keys.settle()

    await keys.activate("Connect an account")
    await connect(keys, sandbox, "highlevel", "Agency")
    await keys.activate("Connect an account")
    await connect(keys, sandbox, "activecampaign", "Shop")
    assert [view.name for view in await bare_desk.connections.all()] == ["Agency", "Shop"]

    await edit_an_order(keys, sandbox)
    await map_orders(keys)
    await sync_orders(keys)

    (view,) = await bare_desk.syncs.all()
    assert view.last_run is not None
    assert view.last_run.status is RunStatus.COMPLETED
    with HighLevelClient(sandbox) as highlevel:
        orders = {item["properties"]["order_number"]: item["properties"] for item in highlevel.search()["records"]}
    orders = {number: item for number, item in orders.items() if item["status"] != "draft"}
    there = ActiveCampaignClient(sandbox)
    arrived = there.orders()
    there.http.close()
    assert arrived.keys() == orders.keys()
    assert {number: item.get("order-instructions") for number, item in arrived.items()} == {
        number: item.get("note") for number, item in orders.items()
    }
    assert "Ring twice" in {item.get("order-instructions") for item in arrived.values()}


async def edit_an_order(keys: Keyboard, server: SandboxServer) -> None:
    """Read the orders, open the first, change its note and save it."""
    await keys.shortcut(Qt.Key.Key_2)
    await keys.choose("Objects", "Orders")
    await keys.press(Qt.Key.Key_Return)
    await keys.press(Qt.Key.Key_F5)
    await keys.to("Records")
    await keys.press(Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    await keys.press(Qt.Key.Key_Return)
    await keys.type_into("Note", "Ring twice")
    await keys.shortcut(Qt.Key.Key_S)
    with HighLevelClient(server) as highlevel:
        notes = [item["properties"].get("note") for item in highlevel.search()["records"]]
    assert "Ring twice" in notes


async def map_orders(keys: Keyboard) -> None:
    """Make the sync with the wizard, as it suggests it."""
    await keys.shortcut(Qt.Key.Key_3)
    await keys.activate("Make the first sync")
    await keys.choose("From", "Agency")
    await keys.choose("To", "Shop")
    await keys.activate("Next")
    await keys.choose("Objects of Agency", "Orders")
    await keys.choose("Objects of Shop", "Online Orders")
    for _step in ("Objects", "Matching"):
        await keys.activate("Next")
    await keys.activate("Round it")
    await keys.choose("Agency · Orders", "Status")
    await keys.activate("Status to Shipping status")
    await keys.pick("Sent becomes", "Shipped")
    await keys.activate("Next")
    await keys.activate("Add a condition")
    await keys.pick("Field", "Status")
    await keys.pick("Comparison", "is not")
    await keys.pick("Value", "Draft")
    for _step in ("Rules", "Test"):
        await keys.activate("Next")
    await keys.type_into("Name", "Orders by keyboard")
    await keys.activate("Finish")


async def sync_orders(keys: Keyboard) -> None:
    """Look at the preview, agree, and let it run."""
    await keys.activate("Sync now")
    await keys.activate("Start")
