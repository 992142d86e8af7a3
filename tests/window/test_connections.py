"""Connections: connecting an account, testing it, replacing its credentials, renaming and removing it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from desktop.sandbox.server import SandboxServer
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.connections.page import ConnectionsPage
from desktop.ui.widgets.table import ItemList
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named, until
from tests.window.conftest import Control

pytestmark = pytest.mark.anyio


def texts(root: QWidget) -> list[str]:
    return [label.text() for label in root.findChildren(QLabel) if label.isVisible() and label.text()]


def click(root: QWidget, name: str) -> None:
    QTest.mouseClick(named(root, name, QPushButton), Qt.MouseButton.LeftButton)


def write(root: QWidget, name: str, text: str) -> None:
    edit = named(root, name, QLineEdit)
    edit.clear()
    QTest.keyClicks(edit, text)


async def opened(window: WorkspaceWindow, **target: Any) -> ConnectionsPage:
    window.go("connections", **target)
    await window.scope.settle()
    page = window.page("connections")
    assert isinstance(page, ConnectionsPage)
    return page


def fill_in_highlevel(page: QWidget, sandbox: SandboxServer, token: str = "") -> None:
    ready = sandbox.ready["platforms"]["highlevel"]
    write(page, "Name", "Agency")
    write(page, "Address", ready["base_url"])
    write(page, "Location ID", ready["account"])
    write(page, "Private integration token", token or ready["token"])


async def test_an_account_is_tested_and_connected(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    page = await opened(bare_window)
    click(page, "Connect the first account")
    fill_in_highlevel(page, sandbox)
    click(page, "Test connection")
    assert not named(page, "Connect").isEnabled()
    await bare_window.scope.settle()
    assert all_named(page, "It works: Blue Heron Shop, Austin, TX, US")
    assert await bare_desk.connections.all() == []
    click(page, "Connect")
    await bare_window.scope.settle()
    (view,) = await bare_desk.connections.all()
    assert (view.name, view.platform.name, view.needs_secret) == ("Agency", "highlevel", False)
    assert named(page, "Connections", ItemList).current_key() == "Agency"
    assert {"Connected", "Blue Heron Shop", "objects/record.readonly"} <= set(texts(page))
    click(page, "Connect an account")
    assert named(page, "Private integration token", QLineEdit).text() == ""


async def test_a_platform_without_an_account_id_does_not_ask_for_one(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    page = await opened(bare_window, new=True)
    ready = sandbox.ready["platforms"]["activecampaign"]
    platform = named(page, "Platform", QComboBox)
    platform.setFocus()
    QTest.keyClicks(platform, "Active")
    assert not all_named(page, "Location ID")
    assert named(page, "Address", QLineEdit).text() == ""
    write(page, "Name", "Shop")
    write(page, "Address", ready["base_url"])
    write(page, "API key", ready["token"])
    QTest.keyClick(named(page, "API key"), Qt.Key.Key_Return)
    await bare_window.scope.settle()
    assert [view.name for view in await bare_desk.connections.all()] == ["Shop"]


async def test_what_is_missing_is_marked_beside_its_field(bare_window: WorkspaceWindow) -> None:
    page = await opened(bare_window, new=True)
    click(page, "Connect")
    await bare_window.scope.settle()
    name = named(page, "Name", QLineEdit)
    assert name.property("invalid")
    assert name.accessibleDescription() == "Give the connection a name."
    assert name.hasFocus()
    assert {"Enter the Location ID.", "Paste the Private integration token."} <= set(texts(page))
    QTest.keyClicks(name, "A")
    assert not name.property("invalid")


async def test_a_refused_credential_is_told_and_what_was_typed_stays(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    page = await opened(bare_window, new=True)
    fill_in_highlevel(page, sandbox, token="pit-wrong")
    click(page, "Connect")
    await bare_window.scope.settle()
    assert await bare_desk.connections.all() == []
    assert any("Private integration token" in line or "token" in line for line in texts(page.form.trouble))
    assert named(page, "Name", QLineEdit).text() == "Agency"
    assert named(page, "Private integration token", QLineEdit).text() == "pit-wrong"
    shown = [edit.toPlainText() for edit in page.findChildren(QPlainTextEdit)]
    assert not any("pit-wrong" in text for text in (*texts(page), *shown))


async def test_a_credential_shows_as_dots_until_asked(bare_window: WorkspaceWindow) -> None:
    page = await opened(bare_window, new=True)
    edit = named(page, "Private integration token", QLineEdit)
    assert edit.echoMode() == QLineEdit.EchoMode.Password
    assert edit.inputMethodHints() & Qt.InputMethodHint.ImhSensitiveData
    QTest.keyClicks(edit, "pit-secret")
    click(page, "Show the credential")
    assert edit.echoMode() == QLineEdit.EchoMode.Normal
    bare_window.go("settings")
    await bare_window.scope.settle()
    assert edit.echoMode() == QLineEdit.EchoMode.Password
    await opened(bare_window)
    click(page, "Cancel")
    click(page, "Connect the first account")
    assert edit.text() == ""


async def test_testing_tells_that_the_credential_is_refused_and_replacing_mends_it(
    window: WorkspaceWindow, desk: Desk, control: Control
) -> None:
    control("faults", platform="activecampaign", kind="401", next=1)
    page = await opened(window, connection="Shop")
    click(page, "Test connection")
    await window.scope.settle()
    assert "Refused" in texts(page)
    assert named(page, "Connections", ItemList).model().index(1, 0).data() == "Shop"
    view = await desk.connections.get("Shop")
    assert view.problem is not None
    assert all_named(page, f"{view.problem.message} {view.problem.hint}".strip())
    token = control("tokens", platform="activecampaign")["token"]
    click(page, "Replace credentials")
    write(page, "API key", token)
    click(page, "Replace")
    await window.scope.settle()
    assert "Connected" in texts(page)
    assert (await desk.connections.get("Shop")).problem is None
    assert page.detail.replace_card.field.edit.text() == ""


async def test_a_bad_new_credential_changes_nothing(window: WorkspaceWindow, desk: Desk) -> None:
    page = await opened(window, connection="Shop", replace=True)
    edit = named(page, "API key", QLineEdit)
    assert edit.hasFocus()
    QTest.keyClick(edit, Qt.Key.Key_Return)
    await window.scope.settle()
    assert edit.accessibleDescription() == "Paste the new API key."
    QTest.keyClicks(edit, "no-such-key")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    await window.scope.settle()
    assert edit.isVisible()
    assert (await desk.connections.test("Shop")).problem is None
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert not edit.isVisible()
    assert edit.text() == ""


async def test_renaming_takes_the_syncs_along(window: WorkspaceWindow, desk: Desk) -> None:
    page = await opened(window, connection="Shop")
    click(page, "Rename")
    write(page, "Name", "Agency")
    QTest.keyClick(named(page, "Name"), Qt.Key.Key_Return)
    await window.scope.settle()
    assert "already taken" in named(page, "Name").accessibleDescription()
    write(page, "Name", "Store")
    QTest.keyClick(named(page, "Name"), Qt.Key.Key_Return)
    await window.scope.settle()
    assert named(page, "Connections", ItemList).current_key() == "Store"
    assert {sync.definition.right.connection for sync in await desk.syncs.all()} == {"Store"}


async def test_a_used_connection_is_not_removed(window: WorkspaceWindow, desk: Desk) -> None:
    page = await opened(window, connection="Shop")
    click(page, "Remove")
    await until(lambda: all_named(window, "Shop can’t be removed yet", QDialog))
    click(named(window, "Shop can’t be removed yet", QDialog), "Cancel")
    await window.scope.settle()
    assert len(await desk.connections.all()) == 2


@pytest.mark.demo(syncs=False)
async def test_removing_says_what_is_lost_and_asks(window: WorkspaceWindow, desk: Desk) -> None:
    page = await opened(window, connection="Shop")
    click(page, "Remove")
    await until(lambda: all_named(window, "Remove Shop?", QDialog))
    dialog = named(window, "Remove Shop?", QDialog)
    assert dialog.accessibleDescription() == await desk.connections.removal("Shop")
    assert named(dialog, "Cancel").hasFocus()
    click(dialog, "Remove the connection")
    await window.scope.settle()
    assert [view.name for view in await desk.connections.all()] == ["Agency"]
    assert named(page, "Connections", ItemList).current_key() == "Agency"


async def test_missing_permissions_come_first_and_say_what_they_are_for(
    window: WorkspaceWindow, desk: Desk, sandbox: SandboxServer, control: Control
) -> None:
    token = control("tokens", platform="highlevel", scopes=["locations.readonly", "contacts.readonly"])["token"]
    await desk.connections.replace_secret("Agency", token)
    page = await opened(window, connection="Agency")
    card = named(page, "What the credentials allow")
    lines = texts(card)[1:]
    assert lines.index("Missing") < lines.index("Granted") < lines.index("Not known")
    assert lines[lines.index("objects/record.readonly") + 1].startswith("Reading records of custom objects")


async def test_the_reminder_to_replace_comes_after_90_days_and_goes_with_new_credentials(
    window: WorkspaceWindow, desk: Desk, control: Control
) -> None:
    since = (datetime.now(UTC) - timedelta(days=92)).isoformat()
    await desk.settings.put("credentials_since", {"Agency": since})
    page = await opened(window, connection="Agency")
    reminder = "Connected 92 days ago. A new credential every 90 days keeps a lost one from doing harm."
    assert all_named(page, reminder)
    click(page, "Replace credentials")
    write(page, "Private integration token", control("tokens", platform="highlevel")["token"])
    click(page, "Replace")
    await window.scope.settle()
    assert not all_named(page, reminder)
