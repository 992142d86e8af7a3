"""What is to be installed on a platform's side: saving it as a file, and how it is installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QToolButton, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.ui.aio import ask
from desktop.ui.connections.trouble import Trouble
from desktop.ui.shell.page import Shell
from desktop.ui.theme import icon
from desktop.ui.widgets.buttons import plain
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.label import Label
from desktop.workspace.connection_views import PlatformView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_STEP = re.compile(r"(\d+)\.\s+(.*)")


class CompanionPart(QWidget):
    """A button that saves the file, and the steps of its installation to unfold. Hidden where there is none."""

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._platform: PlatformView | None = None
        self.purpose = Label("", "small", wrap=True)
        self.save_button = plain("", self._save)
        self.how = QToolButton()
        self.how.setText(self.tr("How to install it"))
        self.how.setAccessibleName(self.how.text())
        self.how.setCheckable(True)
        self.how.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.how.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.how.setProperty("disclosure", True)
        self.how.toggled.connect(self._unfold)
        self.trouble = Trouble()
        self._steps = QWidget()
        self._grid = QGridLayout(self._steps)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[Label] = []
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.purpose)
        column.addWidget(self.save_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.trouble)
        column.addWidget(self.how, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._steps)
        self._unfold(False)
        self.hide()

    def rule_off(self) -> None:
        """Draw a rule above it."""
        self._column.insertWidget(0, hairline(faint=True))

    def offer(self, platform: PlatformView) -> None:
        """Offer what belongs to a platform."""
        companion = platform.companion
        self.setVisible(companion is not None)
        if platform == self._platform:
            return
        self._platform = platform
        self.trouble.hide()
        self.how.setChecked(False)
        if companion is not None:
            self.purpose.setText(companion.purpose)
            self.save_button.set_label(self.tr("Save the %1").replace("%1", companion.name))
            self._show_steps(companion.instructions)

    def _show_steps(self, instructions: str) -> None:
        for label in self._labels:
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = []
        for row, line in enumerate(instructions.splitlines()):
            step = _STEP.fullmatch(line)
            text = Label(step[2] if step else line, "body" if step else "muted", wrap=True)
            text.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            text.setAccessibleName(line)
            self._labels.append(text)
            if step:
                number = Label(f"{step[1]}.", "muted")
                self._labels.append(number)
                self._grid.addWidget(number, row, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
                self._grid.addWidget(text, row, 1)
            else:
                self._grid.addWidget(text, row, 0, 1, 2)

    def _unfold(self, shown: bool) -> None:
        self.how.setIcon(icon("ph.caret-down" if shown else "ph.caret-right", "muted"))
        self._steps.setVisible(shown)

    def _save(self) -> None:
        if self._platform is not None and self._platform.companion is not None:
            self.trouble.hide()
            self._shell.scope.start(self._save_chosen(self._platform), busy=self.save_button)

    async def _save_chosen(self, platform: PlatformView) -> None:
        companion = platform.companion
        assert companion is not None
        dialog = QFileDialog(self, self.tr("Save the %1").replace("%1", companion.name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        suffix = Path(companion.file_name).suffix
        dialog.setNameFilter(f"*{suffix}")
        dialog.setDefaultSuffix(suffix.removeprefix("."))
        downloads = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        if downloads:
            dialog.setDirectory(downloads)
        dialog.selectFile(companion.file_name)
        try:
            chosen = dialog.selectedFiles()[:1] if await ask(dialog) else []
        finally:
            dialog.deleteLater()
        if chosen:
            await self.save_to(Path(chosen[0]))

    async def save_to(self, path: Path) -> None:
        """Save the file there; what goes wrong is told in place."""
        platform = self._platform
        if platform is None or platform.companion is None:
            return
        self.trouble.hide()
        try:
            await self._desk.connections.save_companion(platform.name, path)
        except CrosswalkError as error:
            self.trouble.tell(error, {})
            return
        self.how.setChecked(True)
        saved = self.tr("The %1 was saved").replace("%1", platform.companion.name)
        self._shell.bus.success(saved, str(path))
