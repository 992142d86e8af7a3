"""Work of which only the latest counts: starting it anew cancels what was under way."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.ui.aio import TaskScope


class Latest:
    """One task at a time in a scope."""

    def __init__(self, scope: TaskScope) -> None:
        self._scope = scope
        self._task: asyncio.Task[Any] | None = None

    def start(self, coro: Coroutine[Any, Any, Any], *, busy: QWidget | None = None) -> None:
        """Run `coro` instead of whatever was started before."""
        self.cancel()
        self._task = self._scope.start(coro, busy=busy)

    def cancel(self) -> None:
        """End what is under way; nothing of it is shown any more."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
        self._task = None

    @property
    def is_running(self) -> bool:
        """Whether something is under way."""
        return self._task is not None and not self._task.done()
