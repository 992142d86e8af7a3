"""Finds controls as a person or a screen reader does: by their accessible name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


def all_named(root: QWidget, name: str, kind: type[W] = QWidget) -> list[W]:
    """The visible widgets of that kind and accessible name under `root`."""
    return [w for w in root.findChildren(kind) if w.isVisible() and w.accessibleName() == name]


def named(root: QWidget, name: str, kind: type[W] = QWidget) -> W:
    """The one visible widget of that kind and accessible name under `root`."""
    found = all_named(root, name, kind)
    assert len(found) == 1, f"{len(found)} widgets are named {name!r}"
    return found[0]


async def until(condition: Callable[[], object], seconds: float = 3.0) -> None:
    """Let the event loop run until `condition` holds; fails when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.002)
