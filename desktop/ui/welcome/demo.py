"""Starting the demo beside this window."""

from __future__ import annotations

import sys

from PySide6.QtCore import QProcess


def start_demo() -> bool:
    """Start the demo in a process of its own, which goes on when this one ends. False where that failed."""
    arguments = ["demo"] if getattr(sys, "frozen", False) else ["-m", "desktop", "demo"]
    started = QProcess.startDetached(sys.executable, arguments)
    return bool(started[0] if isinstance(started, tuple) else started)
