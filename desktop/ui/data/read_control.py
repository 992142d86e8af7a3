"""Reading the object that is shown: its bar, its keys and its reads joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.ui.data.grid_model import Place
from desktop.ui.data.reading import Reading, ReadingBar, Target
from desktop.ui.shell.page import Shell

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk


class ReadControl(QObject):
    """Stands between the bar and the reads.

    :param place: whose records are shown.
    """

    def __init__(self, desk: Desk, shell: Shell, place: Callable[[], Place | None], parent: QObject) -> None:
        super().__init__(parent)
        self._place = place
        self.bar = ReadingBar()
        self._reading = Reading(desk, shell.scope, shell.bus, self)
        self._reading.changed.connect(self._changed)
        self.bar.read_wanted.connect(lambda whole: self.read(whole=whole))
        self.bar.cancelled.connect(self._cancel)

    def _target(self) -> Target | None:
        place = self._place()
        return (place.connection, place.object) if place else None

    def read(self, *, whole: bool = False) -> None:
        """Read what changed, or everything."""
        place = self._place()
        if place is not None:
            self._reading.start((place.connection, place.object), place.schema.plural, whole=whole)

    def show(self) -> None:
        """Show how far the read of the object is that is shown now."""
        target = self._target()
        self.bar.show_progress(self._reading.progress(target) if target else None)

    def _cancel(self) -> None:
        target = self._target()
        if target is not None:
            self._reading.cancel(target)

    def _changed(self, target: Target) -> None:
        if target == self._target():
            self.show()
