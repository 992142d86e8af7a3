"""A second start finds the first one's window, also where that is hidden in the tray."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject

_FILE = "window.ring"


class Doorbell(QObject):
    """Calls `rung` whenever another start rings for the same workspace: a file in its folder that is written to."""

    def __init__(self, folder: Path, rung: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        file = folder / _FILE
        with contextlib.suppress(OSError):
            file.touch()
        self._watcher = QFileSystemWatcher([str(file)], self)
        self._watcher.fileChanged.connect(lambda _: rung())

    def end(self) -> None:
        """Listen no longer."""
        self._watcher.removePaths(self._watcher.files())
        self.deleteLater()


def ring(folder: Path) -> None:
    """Have the window that has this workspace open come to the front."""
    with contextlib.suppress(OSError):
        (folder / _FILE).write_text(str(time.time_ns()), "ascii")
