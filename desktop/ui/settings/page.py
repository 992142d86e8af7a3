"""The Settings page: looks and language, where data lies, how secrets are kept, and what Crosswalk this is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.app_language import SYSTEM, available_languages, language_name
from desktop.ui.app_presence import CLOSE_TO_TRAY, tray_available
from desktop.ui.shell.page import Page, Shell
from desktop.ui.text import byte_size, number
from desktop.ui.theme import current_theme
from desktop.ui.widgets.buttons import Button, plain
from desktop.ui.widgets.card import Card, Figures
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.label import ElidedLabel, Label

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_WIDTH = 720


class SettingsPage(Page):
    """Each choice takes effect at once; what does not is said beside it."""

    def __init__(self, desk: Desk, shell: Shell) -> None:
        super().__init__(shell)
        self._desk = desk
        self._log_file = ""
        self.theme = self._combo(
            self.tr("Theme"),
            ((self.tr("System"), "system"), (self.tr("Light"), "light"), (self.tr("Dark"), "dark")),
        )
        languages = tuple((language_name(code), code) for code in available_languages())
        self.language = self._combo(self.tr("Language"), ((self.tr("System"), SYSTEM), *languages))
        self.log_level = self._combo(
            self.tr("Detail of the log"),
            (
                (self.tr("Warnings only"), "warning"),
                (self.tr("Normal"), "info"),
                (self.tr("Detailed, for support"), "debug"),
            ),
        )
        self.closing = self._combo(
            self.tr("When the window is closed"),
            ((self.tr("Quit Crosswalk"), False), (self.tr("Keep running in the tray"), True)),
        )
        self.path = self._selectable()
        self.log_path = self._selectable()
        self.keyring = Label("", "body", wrap=True)
        self.sizes = Figures()
        self._build()
        self.theme.activated.connect(lambda _: self._choose_theme())
        self.language.activated.connect(lambda _: self._choose_language())
        self.log_level.activated.connect(lambda _: self._choose_log_level())
        self.closing.activated.connect(lambda _: self._put(CLOSE_TO_TRAY, bool(self.closing.currentData())))

    def _combo(self, name: str, items: tuple[tuple[str, str | bool], ...]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setMinimumWidth(200)
        for label, value in items:
            box.addItem(label, value)
        return box

    @staticmethod
    def _selectable() -> ElidedLabel:
        label = ElidedLabel("", "muted")
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _build(self) -> None:
        looks = Card(self.tr("Looks"))
        self._add(looks, self.tr("Theme"), "", self.theme)
        when = self.tr("Takes effect when Crosswalk is started next.")
        self._add(looks, self.tr("Language"), when, self.language)
        there = tray_available()
        served = self.tr("Schedules and changes as they happen are served while it runs.")
        lacking = self.tr("This desktop shows no tray, so closing the window ends Crosswalk.")
        self.closing.setEnabled(there)
        background = Card(self.tr("In the background"))
        self._add(background, self.tr("When the window is closed"), served if there else lacking, self.closing)
        data = Card(self.tr("Data"))
        self._add_path(data, self.tr("Workspace"), self.path, self._open_folder, self.tr("Open folder"))
        self._add_path(data, self.tr("Log file"), self.log_path, self._open_log, self.tr("Open log"))
        told = self.tr("Credentials and records are never written to it.")
        self._add(data, self.tr("Detail of the log"), told, self.log_level)
        safety = Card(self.tr("Credentials"))
        safety.body.addWidget(self.keyring)
        about = Card(self.tr("About"))
        about.body.addWidget(self.sizes)
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(24, 0, 24, 24)
        inner.setSpacing(16)
        for card in (looks, background, data, safety, about):
            card.setMaximumWidth(_WIDTH)
            inner.addWidget(card)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(PageHeader(self.tr("Settings")))
        column.addWidget(scroll, 1)

    def _add(self, card: Card, name: str, text: str, control: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(16)
        words = QVBoxLayout()
        words.setSpacing(2)
        label = Label(name, "strong")
        label.setBuddy(control)
        words.addWidget(label)
        if text:
            words.addWidget(Label(text, "small", wrap=True))
        row.addLayout(words, 1)
        row.addWidget(control)
        card.body.addLayout(row)

    def _add_path(self, card: Card, name: str, path: ElidedLabel, open_it: Any, label: str) -> None:
        copy: Button = plain(self.tr("Copy"), lambda: self._copy(path.text()))
        copy.setAccessibleDescription(name)
        row = QHBoxLayout()
        row.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(name, "strong"))
        words.addWidget(path)
        row.addLayout(words, 1)
        row.addWidget(plain(label, open_it))
        row.addWidget(copy)
        card.body.addLayout(row)

    async def shown(self, **_: Any) -> None:
        """Show the page."""
        theme = current_theme()
        settings = self._desk.settings
        _select(self.theme, await settings.get("theme", theme.setting.value if theme else "system"))
        _select(self.language, await settings.get("language", SYSTEM))
        _select(self.log_level, await settings.get("log_level", "info"))
        _select(self.closing, await settings.get(CLOSE_TO_TRAY, False))
        self._show_about(await settings.about())
        self.theme.setFocus()

    def _show_about(self, about: dict[str, Any]) -> None:
        for label, key in ((self.path, "workspace"), (self.log_path, "log_file")):
            label.setText(str(about[key]))
            label.setAccessibleName(str(about[key]))
        self._log_file = str(about["log_file"])
        self.keyring.setText(str(about["keyring"]))
        self.sizes.set_rows(
            (
                (self.tr("Version"), str(about["version"])),
                (self.tr("Size on disk"), byte_size(int(about["file_bytes"]))),
                (self.tr("Records kept for search and comparing"), number(int(about["records"]))),
                (self.tr("Linked pairs"), number(int(about["links"]))),
                (self.tr("Runs in the history"), number(int(about["runs"]))),
            )
        )

    def _choose_theme(self) -> None:
        chosen = str(self.theme.currentData())
        theme = current_theme()
        if theme is not None:
            theme.choose(chosen)
        self._put("theme", chosen)

    def _choose_language(self) -> None:
        self._put("language", str(self.language.currentData()))

    def _choose_log_level(self) -> None:
        from desktop.workspace.logs import set_level

        chosen = str(self.log_level.currentData())
        set_level(chosen)
        self._put("log_level", chosen)

    def _put(self, key: str, value: str | bool) -> None:
        self.shell.scope.start(self._desk.settings.put(key, value))

    def _copy(self, text: str) -> None:
        QApplication.clipboard().setText(text)
        self.shell.bus.info(self.tr("Copied"), text)

    def _open_folder(self) -> None:
        self._open(self.path.text())

    def _open_log(self) -> None:
        if Path(self._log_file).exists():
            self._open(self._log_file)
        else:
            self.shell.bus.info(self.tr("Nothing has been logged yet"))

    def _open(self, path: str) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(path)):
            self.shell.bus.warning(self.tr("No program could be found that opens it"), path)


def _select(box: QComboBox, value: Any) -> None:
    box.setCurrentIndex(max(box.findData(value), 0))
