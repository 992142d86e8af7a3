"""Signing in: choosing it, its questions, the wait for the browser, and what happens when something is wrong."""

from __future__ import annotations

import threading
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QWidget

from desktop.sandbox.server import SandboxServer
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.connections.page import ConnectionsPage
from desktop.ui.connections.sign_in_flow import SignInFlow
from desktop.ui.widgets.table import ItemList
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named, until
from tests.window.conftest import Control
from tests.window.test_connections import click, opened, texts, write

pytestmark = pytest.mark.anyio

CLIENT_ID, CLIENT_SECRET = "6581f0c2a9d3e4b5c6d7e8f9-crosswalk", "the-secret-of-the-app"


class Browser:
    """Follows the page that it is given to where that leads, as a person's browser does.

    :param refuses: comes back saying that the person did not allow it.
    """

    def __init__(self, flow: SignInFlow, *, works: bool = True) -> None:
        self.pages: list[str] = []
        self.refuses = False
        self.waits = False
        self.works = works
        self._threads: list[threading.Thread] = []
        flow.open_page = self.open

    def open(self, url: str) -> bool:
        self.pages.append(url)
        if self.works and not self.waits:
            query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
            back = f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
            thread = threading.Thread(target=self._browse, args=(back if self.refuses else url,))
            self._threads.append(thread)
            thread.start()
        return self.works

    def _browse(self, url: str) -> None:
        with urlopen(url, timeout=5) as page:
            page.read()

    def close(self) -> None:
        for thread in self._threads:
            thread.join()


def choose(root: QWidget, name: str, text: str) -> None:
    """Choose by keyboard."""
    box = named(root, name, QComboBox)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.count()):
        if not box.currentText().startswith(text):
            QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText().startswith(text)


async def begun(window: WorkspaceWindow, sandbox: SandboxServer, name: str = "Agency") -> ConnectionsPage:
    """The form with the first questions of HighLevel's sign-in."""
    page = await opened(window, new=True)
    choose(page, "How to connect", "Sign in")
    write(page, "Name", name)
    write(page, "Address", sandbox.ready["platforms"]["highlevel"]["base_url"])
    click(page, "Sign in")
    await window.scope.settle()
    return page


def answer(page: QWidget, secret: str = CLIENT_SECRET) -> None:
    write(page, "Client ID", CLIENT_ID)
    write(page, "Client secret", secret)
    QTest.keyClick(named(page, "Client secret"), Qt.Key.Key_Return)


async def test_an_account_is_connected_by_signing_in(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    page = await begun(bare_window, sandbox)
    browser = Browser(page.form.flow)
    assert named(page, "Client ID", QLineEdit).hasFocus()
    assert named(page, "Client secret", QLineEdit).echoMode() == QLineEdit.EchoMode.Password
    assert not named(page, "Address").isEnabled()
    assert not all_named(page, "Private integration token")
    assert any("/callback" in text for text in texts(page.form.flow))
    answer(page)
    await until(lambda: named(page, "Connections", ItemList).current_key() == "Agency")
    await bare_window.scope.settle()
    (view,) = await bare_desk.connections.all()
    assert (view.name, view.account) == ("Agency", sandbox.ready["platforms"]["highlevel"]["account"])
    assert {"Connected", "Blue Heron Shop"} <= set(texts(page))
    assert len(browser.pages) == 1
    browser.close()
    click(page, "Connect an account")
    choose(page, "How to connect", "Sign in")
    assert named(page, "Name", QLineEdit).text() == ""
    assert page.form.flow._typed == {}


async def test_the_way_is_chosen_by_what_is_simpler_and_each_asks_for_its_own(bare_window: WorkspaceWindow) -> None:
    page = await opened(bare_window, new=True)
    assert named(page, "How to connect", QComboBox).currentText() == "Paste the Private integration token"
    assert all_named(page, "Test connection")
    choose(page, "Platform", "ActiveCollab")
    assert named(page, "How to connect", QComboBox).currentText() == "Sign in"
    assert not all_named(page, "API token")
    assert not all_named(page, "Test connection")
    choose(page, "How to connect", "Paste")
    assert all_named(page, "API token", QLineEdit)
    assert all_named(page, "Connect", QPushButton)
    choose(page, "Platform", "ActiveCampaign")
    assert not all_named(page, "How to connect")
    assert all_named(page, "API key", QLineEdit)


async def test_what_is_missing_is_marked_before_anybody_signs_in(
    bare_window: WorkspaceWindow, sandbox: SandboxServer
) -> None:
    page = await begun(bare_window, sandbox, name=" ")
    assert named(page, "Name").accessibleDescription() == "Give the connection a name."
    assert not all_named(page, "Client ID")
    write(page, "Name", "Agency")
    click(page, "Sign in")
    await bare_window.scope.settle()
    click(page, "Continue")
    assert named(page, "Client ID").accessibleDescription() == "Fill in Client ID."
    assert named(page, "Client ID").hasFocus()
    QTest.keyClicks(named(page, "Client ID"), "x")
    assert not named(page, "Client ID").property("invalid")
    QTest.keyClick(named(page, "Client ID"), Qt.Key.Key_Escape)
    await bare_window.scope.settle()
    assert not all_named(page, "Client ID")
    assert named(page, "Name", QLineEdit).text() == "Agency"


async def test_a_refusal_is_told_and_what_was_typed_stays(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    page = await begun(bare_window, sandbox)
    browser = Browser(page.form.flow)
    browser.refuses = True
    answer(page)
    await until(lambda: all_named(page, "Try again"))
    assert any("told not to allow the app" in text for text in texts(page))
    assert not all_named(page, "Waiting for your browser…")
    assert named(page, "Try again").hasFocus()
    browser.refuses = False
    click(page, "Try again")
    await bare_window.scope.settle()
    assert named(page, "Client ID", QLineEdit).text() == CLIENT_ID
    assert named(page, "Client secret", QLineEdit).text() == CLIENT_SECRET
    click(page, "Continue")
    await until(lambda: named(page, "Connections", ItemList).current_key() == "Agency")
    await bare_window.scope.settle()
    browser.close()
    assert len(await bare_desk.connections.all()) == 1


async def test_the_wait_for_the_browser_can_be_given_up(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    page = await begun(bare_window, sandbox)
    browser = Browser(page.form.flow, works=False)
    answer(page)
    await until(lambda: browser.pages)
    assert any("could not be opened" in text for text in texts(page))
    assert all_named(page, "Waiting for your browser…")
    click(page, "Copy the address")
    assert QApplication.clipboard().text() == browser.pages[0]
    click(page, "Cancel")
    await bare_window.scope.settle()
    assert not all_named(page, "Waiting for your browser…")
    assert named(page, "Sign in", QPushButton).isEnabled()
    assert named(page, "Address").isEnabled()
    assert await bare_desk.connections.all() == []
    click(page, "Sign in")
    await bare_window.scope.settle()
    assert named(page, "Client ID", QLineEdit).text() == CLIENT_ID
    assert named(page, "Client secret", QLineEdit).text() == CLIENT_SECRET


async def test_an_address_that_does_not_answer_is_told_above_the_questions(
    bare_window: WorkspaceWindow, sandbox: SandboxServer
) -> None:
    page = await opened(bare_window, new=True)
    choose(page, "How to connect", "Sign in")
    write(page, "Name", "Agency")
    write(page, "Address", "http://agency.example.com")
    click(page, "Sign in")
    await bare_window.scope.settle()
    assert any("would travel unprotected" in text for text in texts(page.form.flow))
    assert named(page, "Sign in", QPushButton).isEnabled()
    assert named(page, "Address").isEnabled()


async def test_an_agency_chooses_one_of_its_locations(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    page = await begun(bare_window, sandbox)
    browser = Browser(page.form.flow)
    choose(page, "Install the app", "For an agency")
    answer(page)
    await until(lambda: all_named(page, "Location", QComboBox))
    choose(page, "Location", "Blue Heron Shop")
    click(page, "Continue")
    await bare_window.scope.settle()
    browser.close()
    assert [view.name for view in await bare_desk.connections.all()] == ["Agency"]


async def test_another_page_can_be_looked_at_meanwhile(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    page = await begun(bare_window, sandbox)
    browser = Browser(page.form.flow)
    browser.waits = True
    QTest.keyClicks(named(page, "Client secret"), "x")
    click(page, "Show the credential")
    bare_window.go("settings")
    await bare_window.scope.settle()
    assert page.form.flow._fields["client_secret"].control.property("echoMode") == QLineEdit.EchoMode.Password
    await opened(bare_window)
    answer(page)
    await until(lambda: browser.pages)
    bare_window.go("settings")
    await bare_window.scope.settle()
    browser.waits = False
    browser.open(browser.pages[0])
    await until(lambda: page.form.flow.isHidden())
    await bare_window.scope.settle()
    browser.close()
    assert len(await bare_desk.connections.all()) == 1


async def test_credentials_are_replaced_by_signing_in(window: WorkspaceWindow, desk: Desk) -> None:
    page = await opened(window, connection="Agency", replace=True)
    card = page.detail.replace_card
    browser = Browser(card.flow)
    assert all_named(card, "Private integration token", QLineEdit)
    choose(card, "How to connect", "Sign in")
    assert not all_named(card, "Private integration token")
    click(card, "Sign in")
    await window.scope.settle()
    answer(card)
    await until(lambda: not card.isVisible())
    await window.scope.settle()
    browser.close()
    assert (await desk.connections.test("Agency")).problem is None
    assert "Connected" in texts(page)


async def test_a_person_of_the_cloud_enters_a_code_and_chooses_an_account(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer, control: Control
) -> None:
    ready = sandbox.ready["platforms"]["activecollab"]
    control("settings", platform="activecollab", two_factor=True, second_account=True)
    page = await opened(bare_window, new=True)
    choose(page, "Platform", "ActiveCollab")
    write(page, "Name", "Projects")
    write(page, "Address", ready["cloud_base_url"])
    click(page, "Sign in")
    await bare_window.scope.settle()
    write(page, "E-mail", ready["username"])
    write(page, "Password", "not the password")
    click(page, "Continue")
    await bare_window.scope.settle()
    assert named(page, "E-mail", QLineEdit).text() == ready["username"]
    assert page.form.flow.trouble.isVisible()
    write(page, "Password", ready["password"])
    click(page, "Continue")
    await bare_window.scope.settle()
    write(page, "Code", ready["two_factor_code"])
    click(page, "Continue")
    await bare_window.scope.settle()
    account = named(page, "Account", QComboBox)
    account.setCurrentIndex(account.findData(ready["cloud_account"]))
    click(page, "Continue")
    await bare_window.scope.settle()
    (view,) = await bare_desk.connections.all()
    assert (view.name, view.base_url) == ("Projects", f"{ready['cloud_base_url']}/{ready['cloud_account']}")


async def test_a_site_shows_a_password_that_is_brought_back(
    bare_window: WorkspaceWindow, bare_desk: Desk, sandbox: SandboxServer
) -> None:
    ready = sandbox.ready["platforms"]["accessally"]
    page = await opened(bare_window, new=True)
    browser = Browser(page.form.flow, works=False)
    choose(page, "Platform", "AccessAlly")
    write(page, "Name", "Members")
    write(page, "Address", ready["base_url"])
    click(page, "Sign in")
    await until(lambda: all_named(page, "Application password", QLineEdit))
    assert any("could not be opened" in text for text in texts(page))
    click(page, "Copy the address")
    assert QApplication.clipboard().text() == browser.pages[0]
    user, _, password = ready["token"].partition(":")
    write(page, "User name or e-mail address", user)
    write(page, "Application password", password)
    click(page, "Continue")
    await bare_window.scope.settle()
    assert [view.name for view in await bare_desk.connections.all()] == ["Members"]


async def test_every_control_is_called_what_its_label_says(
    bare_window: WorkspaceWindow, sandbox: SandboxServer
) -> None:
    page = await begun(bare_window, sandbox)
    labelled = {label.text(): label.buddy() for label in page.form.findChildren(QLabel) if label.buddy() is not None}
    shown = {text: control for text, control in labelled.items() if control is not None and control.isVisible()}
    assert {"Platform", "How to connect", "Name", "Address", "Client ID", "Client secret"} <= set(shown)
    assert {text: control.accessibleName() for text, control in shown.items()} == {text: text for text in shown}


async def test_closing_the_window_ends_the_wait(bare_window: WorkspaceWindow, sandbox: SandboxServer) -> None:
    page = await begun(bare_window, sandbox)
    browser = Browser(page.form.flow)
    browser.waits = True
    answer(page)
    await until(lambda: browser.pages)
    assert page.form.flow.under_way
    bare_window.close()
    await bare_window.closed()
    assert not bare_window.isVisible()
