"""A connection's options, edited in place, and the plugin that is saved for the platform's side."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QLineEdit, QSpinBox, QToolButton

from desktop.sandbox.server import SandboxServer
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.data.page import DataPage
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named, until
from tests.window.test_connections import click, opened, texts, write
from tests.window.test_syncs import choose_file

pytestmark = pytest.mark.anyio

CURRENCY, VERSION = "Currency", "Version of the API"
RESUBSCRIBE = "Subscribe people again who have left a list"
DELETE, HEIR = "Allow members to be deleted", "Who takes over what a deleted member wrote"
SAVE_PLUGIN = "Save the Crosswalk Bridge plugin"


@pytest.fixture
async def club(bare_desk: Desk, sandbox: SandboxServer) -> Desk:
    """A workspace with a connection to a WordPress site. Tests name it before their window, which finds it there."""
    ready = sandbox.ready["platforms"]["accessally"]
    await bare_desk.connections.connect("accessally", "Club", ready["base_url"], "", ready["token"])
    return bare_desk


async def test_an_option_is_changed_in_place(window: WorkspaceWindow, desk: Desk) -> None:
    page = await opened(window, connection="Agency")
    assert not all_named(page, "Save options")
    write(page, CURRENCY, "NOK")
    version = named(page, VERSION, QComboBox)
    version.setFocus()
    QTest.keyClick(version, Qt.Key.Key_End)
    click(page, "Save options")
    await window.scope.settle()
    options = (await desk.connections.get("Agency")).options
    assert (options["currency"], options["api_version"]) == ("NOK", "v3")
    assert not all_named(page, "Save options")
    assert named(page, CURRENCY, QLineEdit).text() == "NOK"


async def test_an_option_holds_on_the_data_page_that_was_open_before(window: WorkspaceWindow, desk: Desk) -> None:
    window.go("data", connection="Agency", object="custom_objects.orders")
    await window.scope.settle()
    data = window.page("data")
    assert isinstance(data, DataPage)
    assert data.place is not None
    assert data.place.schema.by_key["total"].currency != "NOK"
    await desk.connections.set_options("Agency", {"currency": "NOK"})
    window.go("data")
    await until(lambda: data.place is not None and data.place.schema.by_key["total"].currency == "NOK")
    await window.scope.settle()


async def test_what_is_wrong_is_told_beside_its_field(window: WorkspaceWindow, desk: Desk) -> None:
    before = await desk.connections.get("Agency")
    page = await opened(window, connection="Agency")
    write(page, CURRENCY, "crowns")
    click(page, "Save options")
    await window.scope.settle()
    currency = named(page, CURRENCY, QLineEdit)
    assert currency.hasFocus()
    assert currency.accessibleDescription() == "Enter the three letters of a currency, as in USD."
    assert currency.text() == "crowns"
    assert (await desk.connections.get("Agency")).options == before.options
    click(page, "Discard")
    assert currency.text() == before.options["currency"]
    assert currency.accessibleDescription() == ""


async def test_a_dangerous_option_says_what_it_allows(window: WorkspaceWindow, desk: Desk) -> None:
    page = await opened(window, connection="Shop")
    box = named(page, RESUBSCRIBE, QCheckBox)
    assert not box.isChecked()
    assert not any("consent" in line for line in texts(page))
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert any("consent" in line for line in texts(page))
    click(page, "Save options")
    await window.scope.settle()
    assert (await desk.connections.get("Shop")).options["resubscribe"] == "on"


async def test_what_was_changed_stays_with_its_connection_until_it_is_saved(window: WorkspaceWindow) -> None:
    page = await opened(window, connection="Shop")
    named(page, RESUBSCRIBE, QCheckBox).click()
    await opened(window, connection="Agency")
    assert not all_named(page, "Save options")
    window.go("home")
    await window.scope.settle()
    await opened(window, connection="Shop")
    assert named(page, RESUBSCRIBE, QCheckBox).isChecked()
    assert all_named(page, "Save options")
    click(page, "Test connection")
    await window.scope.settle()
    assert named(page, RESUBSCRIBE, QCheckBox).isChecked()
    closing = window.scope.start(page.may_close())
    await until(lambda: all_named(window, "Close without saving the options?", QDialog))
    click(named(window, "Close without saving the options?", QDialog), "Cancel")
    assert await closing is False
    click(page, "Discard")
    assert await page.may_close()


async def test_what_belongs_to_a_switch_is_asked_for_while_it_is_on(
    club: Desk, bare_window: WorkspaceWindow, sandbox: SandboxServer
) -> None:
    page = await opened(bare_window, connection="Club")
    assert not all_named(page, HEIR)
    named(page, DELETE, QCheckBox).click()
    click(page, "Save options")
    await bare_window.scope.settle()
    heir = named(page, HEIR, QLineEdit)
    assert heir.accessibleDescription() == f"Fill this in while “{DELETE}” is on."
    assert "delete" in (await club.data.schema("Club", "members")).refusals
    write(page, HEIR, "1")
    named(page, "Requests a second", QSpinBox).setValue(7)
    click(page, "Save options")
    await bare_window.scope.settle()
    options = (await club.connections.get("Club")).options
    assert (options["delete_members"], options["reassign_to"], options["requests_per_second"]) == ("on", "1", "7")
    assert "delete" not in (await club.data.schema("Club", "members")).refusals


async def test_the_plugin_is_saved_and_how_to_install_it_is_shown(
    club: Desk, bare_window: WorkspaceWindow, tmp_path: Path
) -> None:
    page = await opened(bare_window, connection="Club")
    assert not [line for line in texts(page) if "Upload Plugin" in line]
    click(page, SAVE_PLUGIN)
    target = tmp_path / "crosswalk-bridge.zip"
    await choose_file(bare_window, target)
    await bare_window.scope.settle()
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
    steps = named(page, "How to install it", QToolButton)
    assert steps.isChecked()
    assert [line for line in texts(page) if "Upload Plugin" in line]
    QTest.keyClick(steps, Qt.Key.Key_Space)
    assert not [line for line in texts(page) if "Upload Plugin" in line]


async def test_a_folder_that_can_not_be_written_is_told_in_place(
    club: Desk, bare_window: WorkspaceWindow, tmp_path: Path
) -> None:
    page = await opened(bare_window, connection="Club")
    await page.detail.companion.save_to(tmp_path / "gone" / "crosswalk-bridge.zip")
    said = " ".join(texts(page.detail.companion.trouble))
    assert "crosswalk-bridge.zip was not saved" in said
    assert "Choose another folder." in said
    await page.detail.companion.save_to(tmp_path / "crosswalk-bridge.zip")
    assert not page.detail.companion.trouble.isVisible()


async def test_the_form_offers_the_plugin_where_the_platform_has_one(bare_window: WorkspaceWindow) -> None:
    page = await opened(bare_window, new=True)
    assert not all_named(page, SAVE_PLUGIN)
    platform = named(page, "Platform", QComboBox)
    platform.setCurrentIndex(platform.findText("AccessAlly"))
    assert all_named(page, SAVE_PLUGIN)
    named(page, "How to install it", QToolButton).click()
    assert [line for line in texts(page) if "Application Passwords" in line]
    platform.setCurrentIndex(platform.findText("HighLevel"))
    assert not all_named(page, SAVE_PLUGIN)
