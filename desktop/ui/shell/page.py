"""What a page is, and what the window offers to it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtWidgets import QWidget

from desktop.ui.aio import TaskScope
from desktop.ui.bus import Bus


class Shell(Protocol):
    """The window as a page sees it."""

    @property
    def scope(self) -> TaskScope:
        """Owns the pages' tasks; all end before the window closes."""
        ...

    @property
    def bus(self) -> Bus:
        """Takes what the operator should be told."""
        ...

    def go(self, key: str, **target: Any) -> None:
        """Show the page `key`; `target` goes to its :meth:`Page.shown`."""
        ...

    def set_badge(self, key: str, count: int, meaning: str = "") -> None:
        """Show `count` at the page's entry in the navigation; 0 takes it away. `meaning` says it in words."""
        ...


class Page(QWidget):
    """A page of the window. Subclasses build their widgets in ``__init__`` and load in :meth:`shown`."""

    title = ""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shell = shell
        self._watching: list[Any] = []

    async def shown(self, **target: Any) -> None:
        """The page was gone to, or gone to again with another target: load what it shows.

        Runs in the window's scope; an exception reaches the operator as a message. It is cancelled when the
        page is left or gone to again.
        """

    def left(self) -> None:
        """Another page is shown now. Tasks started with :meth:`while_shown` have been cancelled."""

    async def may_close(self) -> bool:
        """Whether the window may close: ask here about what would be lost."""
        return True

    def panes(self) -> list[QWidget]:
        """The parts that F6 goes to, in order; by default the page as a whole."""
        return [self]

    def while_shown(self, coro: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine that watches something, until the page is left or gone to again."""
        self._watching.append(self.shell.scope.start(coro, lasting=True))

    def stop_watching(self) -> None:
        """Cancel what :meth:`while_shown` started; the window calls it."""
        for task in self._watching:
            task.cancel()
        self._watching.clear()


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page's entry in the navigation.

    :param key: what :meth:`Shell.go` takes.
    :param icon: name of an icon, such as ``ph.house``.
    :param factory: builds the page when it is first gone to.
    :param at_bottom: stands apart at the lower end, as Settings does.
    """

    key: str
    title: str
    icon: str
    factory: Callable[[Shell], Page]
    at_bottom: bool = False
