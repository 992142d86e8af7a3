"""The main window over a workspace that is opened after the first paint."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.app_entries import page_entries
from desktop.ui.bus import Bus
from desktop.ui.shell.window import MainWindow
from desktop.ui.theme import Tone, colours
from desktop.ui.widgets.icon import IconMark
from desktop.ui.widgets.label import Label

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk


_PAINTED_WITHIN = 1.0
"""Seconds after which a window that nobody sees counts as painted."""


class _Opening(QWidget):
    """What stands in the pages' place until the workspace is open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.painted = asyncio.Event()
        column = QVBoxLayout(self)
        self.label = Label(self.tr("Opening the workspace"), "muted")
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.label)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.set()


class _Band(QWidget):
    """A sentence over the whole width of the window, for as long as it is open."""

    def __init__(self, text: str, tone: Tone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self.setAccessibleName(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 6, 20, 7)
        row.setSpacing(8)
        row.addWidget(IconMark("ph.info", "accent" if tone is Tone.ACCENT else tone.value))
        row.addWidget(Label(text, "small", wrap=True), 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = colours()
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._tone.colours(palette)[1])
        painter.fillRect(0, self.height() - 1, self.width(), 1, palette.colour("line"))


class WorkspaceWindow(MainWindow):
    """The window of one workspace. It can be shown before :meth:`serve` gives it the workspace."""

    def __init__(self, bus: Bus | None = None) -> None:
        self._desk: Desk | None = None
        super().__init__(page_entries(self._open_desk), bus)
        self._wanted: tuple[str, dict[str, Any]] = ("home", {})
        self._opening = _Opening()
        self.stack.addWidget(self._opening)
        self.navigation.setEnabled(False)

    def _open_desk(self) -> Desk:
        if self._desk is None:
            raise RuntimeError("the workspace is not open yet")
        return self._desk

    @property
    def serving(self) -> bool:
        """Whether the workspace is open."""
        return self._desk is not None

    async def painted(self) -> None:
        """Wait until the window has been seen, or is not going to be."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PAINTED_WITHIN):
                await self._opening.painted.wait()

    def serve(self, desk: Desk) -> None:
        """Show the pages over `desk`, beginning with the one that was asked for."""
        self._desk = desk
        self._show_notice(desk)
        self.navigation.setEnabled(True)
        key, target = self._wanted
        self.go(key, **target)
        self.stack.removeWidget(self._opening)
        self._opening.hide()

    def go(self, key: str, **target: Any) -> None:
        """Show the page `key`, or remember it until the workspace is open."""
        if self._desk is None:
            self._wanted = (key, target)
        else:
            super().go(key, **target)

    def _show_notice(self, desk: Desk) -> None:
        """Say for as long as the window is open what the operator has to know about this workspace."""
        if desk.demo:
            demo = self.tr("This is the demo: made-up records on a practice server on this computer. Nothing is kept.")
            self._put_on_top(demo, Tone.ACCENT)
        elif desk.notice:
            self._put_on_top(desk.notice, Tone.WARNING)

    def _put_on_top(self, text: str, tone: Tone) -> None:
        self.setMenuWidget(_Band(text, tone))

    @property
    def geometry_text(self) -> str:
        """Place and size of the window, to be remembered."""
        return bytes(self.saveGeometry().toBase64().data()).decode("ascii")

    def restore(self, geometry_text: str) -> None:
        """Put the window where it was."""
        if geometry_text:
            self.restoreGeometry(QByteArray.fromBase64(geometry_text.encode("ascii")))
