"""Settings: looks, language, log, and what Crosswalk says of itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QWidget

from desktop import __version__
from desktop.ui import app_language
from desktop.ui.app_window import WorkspaceWindow
from desktop.ui.theme import Theme
from desktop.workspace.desk import Desk
from tests.ui.finding import all_named, named

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def log_level() -> Iterator[None]:
    """Leaves the log as detailed as it was."""
    logger = logging.getLogger("desktop")
    before = logger.level
    yield
    logger.setLevel(before)


async def opened(window: WorkspaceWindow) -> QWidget:
    window.go("settings")
    await window.scope.settle()
    return window.page("settings")


def choose(page: QWidget, box: str, label: str) -> None:
    """Choose as the keyboard does: by typing the item's first letters."""
    combo = named(page, box, QComboBox)
    combo.setFocus()
    QTest.keyClicks(combo, label)


async def test_the_theme_changes_at_once_and_is_kept(
    bare_window: WorkspaceWindow, bare_desk: Desk, theme: Theme
) -> None:
    page = await opened(bare_window)
    assert named(page, "Theme", QComboBox).currentText() == "Light"
    choose(page, "Theme", "Dark")
    assert theme.palette.dark
    await bare_window.scope.settle()
    assert await bare_desk.settings.get("theme") == "dark"
    bare_window.go("home")
    await opened(bare_window)
    assert named(page, "Theme", QComboBox).currentText() == "Dark"


async def test_only_languages_that_are_there_are_offered(
    bare_window: WorkspaceWindow, bare_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crosswalk_de.qm").touch()
    monkeypatch.setattr(app_language, "translations_folder", lambda: tmp_path)
    page = await opened(bare_window)
    box = named(page, "Language", QComboBox)
    assert [box.itemText(at) for at in range(box.count())] == ["System", "Deutsch", "English"]
    choose(page, "Language", "English")
    await bare_window.scope.settle()
    assert await bare_desk.settings.get("language") == "en"


async def test_the_log_can_be_made_detailed(bare_window: WorkspaceWindow, bare_desk: Desk) -> None:
    page = await opened(bare_window)
    choose(page, "Detail of the log", "Detailed")
    await bare_window.scope.settle()
    assert await bare_desk.settings.get("log_level") == "debug"
    assert logging.getLogger("desktop").level == logging.DEBUG


async def test_it_says_where_data_lies_and_how_secrets_are_kept(window: WorkspaceWindow, desk: Desk) -> None:
    page = await opened(window)
    about = await desk.settings.about()
    words = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
    assert {str(desk.path), str(about["log_file"]), str(about["keyring"]), __version__} <= set(words)
    copy = next(b for b in all_named(page, "Copy", QPushButton) if b.accessibleDescription() == "Workspace")
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == str(desk.path)
