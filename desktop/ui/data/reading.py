"""When the object was read, and reading it again: what changed, or everything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget
from shiboken6 import isValid

from desktop.ui.aio import TaskScope
from desktop.ui.bus import Bus
from desktop.ui.text import counted, number, relative
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import IconButton, link, plain
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.pill import Pill
from desktop.ui.widgets.progress import ProgressLine
from desktop.workspace.views import MirrorView, ReadProgress

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

Target = tuple[str, str]
"""A connection's name and an object's key."""


@dataclass(slots=True)
class _Read:
    task: asyncio.Task[None] | None
    progress: ReadProgress


class Reading(QObject):
    """The reads that are under way; each object is read at most once at a time."""

    changed = Signal(object)
    """A read of that :data:`Target` began, went on or ended."""

    def __init__(self, desk: Desk, scope: TaskScope, bus: Bus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._scope = scope
        self._bus = bus
        self._reads: dict[Target, _Read] = {}

    def start(self, target: Target, label: str, *, whole: bool = False) -> None:
        """Read an object's records unless they are being read already."""
        if target in self._reads:
            return
        read = _Read(None, ReadProgress(0, None))
        self._reads[target] = read
        read.task = self._scope.start(self._read(target, label, whole=whole))
        read.task.add_done_callback(lambda _: self._ended(target))
        self.changed.emit(target)

    def cancel(self, target: Target) -> None:
        """Stop reading an object; what was read stays."""
        read = self._reads.get(target)
        if read is not None and read.task is not None:
            read.task.cancel()

    def progress(self, target: Target) -> ReadProgress | None:
        """How far the read of an object is, None where none is under way."""
        read = self._reads.get(target)
        return read.progress if read else None

    async def _read(self, target: Target, label: str, *, whole: bool) -> None:
        def watch(progress: ReadProgress) -> None:
            if target in self._reads:
                self._reads[target].progress = progress
                self.changed.emit(target)

        view: MirrorView = await self._desk.data.read(*target, whole=whole, watch=watch)
        text = counted(view.count, "%n record is here now.", "%n records are here now.", "Reading")
        self._bus.success(self.tr("%1 read").replace("%1", label), text)

    def _ended(self, target: Target) -> None:
        del self._reads[target]
        if isValid(self):
            self.changed.emit(target)


class ReadingBar(QWidget):
    """Beside the page's actions: "Read changes", or the progress and "Cancel"."""

    read_wanted = Signal(bool)
    """Read what changed, or (True) everything."""
    fields_wanted = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.words = Label("", "small")
        self.line = ProgressLine(self.tr("Reading"))
        self.line.setFixedWidth(96)
        self.cancel = link(self.tr("Cancel"), self.cancelled.emit)
        self.read = plain(self.tr("Read changes"), lambda: self.read_wanted.emit(False))
        self.read.setToolTip(self.tr("Read changes (F5)"))
        self.more = IconButton("ph.caret-down", self.tr("More ways to read"))
        menu = QMenu(self)
        menu.addAction(self.tr("Read everything again"), lambda: self.read_wanted.emit(True))
        menu.addAction(self.tr("Read fields again"), self.fields_wanted.emit)
        self.more.setMenu(menu)
        self.more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        for widget in (self.words, self.line, self.cancel, self.read, self.more):
            row.addWidget(widget)
        self.show_progress(None)

    def show_progress(self, progress: ReadProgress | None) -> None:
        """Show how far it is, or that nothing is being read."""
        reading = progress is not None
        for widget in (self.words, self.line, self.cancel):
            widget.setVisible(reading)
        for widget in (self.read, self.more):
            widget.setVisible(not reading)
        if progress is None:
            return
        if progress.total:
            self.line.set_share(progress.done / progress.total)
            text = self.tr("%1 of %2").replace("%1", number(progress.done))
            self.words.setText(text.replace("%2", number(progress.total)))
        else:
            self.line.set_unknown()
            self.words.setText(counted(progress.done, "%n read", "%n read", "Reading"))


class AgePill(Pill):
    """When the records were last read."""

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_age(self, view: MirrorView | None, now: datetime | None = None) -> None:
        """Show how old the copy is."""
        if view is None or view.read_at is None:
            self.set_status(self.tr("never read"), Tone.WARNING)
        elif not view.complete:
            self.set_status(self.tr("read in part"), Tone.WARNING)
        else:
            age = relative(view.read_at, now or datetime.now(UTC))
            self.set_status(self.tr("read %1").replace("%1", age), Tone.NEUTRAL)
        self.setAccessibleName(self.text())
        self.updateGeometry()
