"""The main window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QWidget

from desktop.ui.aio import TaskScope
from desktop.ui.bus import Bus
from desktop.ui.shell.logo import window_icon
from desktop.ui.shell.navigation import Navigation
from desktop.ui.shell.page import Page, PageEntry
from desktop.ui.shell.toasts import ToastArea
from desktop.ui.theme import dress


class MainWindow(QMainWindow):
    """Navigation, the pages (each built when it is first gone to), and the messages.

    Closing it asks the pages, ends every task of its scope, and then closes; :meth:`closed` waits for that.
    """

    page_changed = Signal(str)

    def __init__(self, entries: Iterable[PageEntry], bus: Bus | None = None) -> None:
        super().__init__()
        dress(self)
        self.setWindowTitle("Crosswalk")
        self.setWindowIcon(window_icon())
        self.setMinimumSize(QSize(960, 600))
        self.resize(1280, 800)
        self._bus = bus or Bus(self)
        self._scope = TaskScope(self._bus.report)
        self._entries = {entry.key: entry for entry in entries}
        self._pages: dict[str, Page] = {}
        self._current = ""
        self._showing: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._may_close = False
        self._hides: Callable[[], bool] | None = None
        self._closed = asyncio.Event()
        self._build()

    def _build(self) -> None:
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.navigation = Navigation(self._entries.values())
        self.navigation.chosen.connect(self.go)
        row.addWidget(self.navigation)
        self.stack = QStackedWidget()
        row.addWidget(self.stack, 1)
        self.setCentralWidget(centre)
        self.toasts = ToastArea(centre)
        self._bus.posted.connect(self.toasts.show_message)
        self._add_shortcuts()

    def _add_shortcuts(self) -> None:
        ordered = sorted(self._entries.values(), key=lambda entry: entry.at_bottom)
        for at, entry in enumerate(ordered[:9], start=1):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{at}"), self)
            shortcut.activated.connect(lambda key=entry.key: self.go(key))
        for keys, step in (("F6", 1), ("Shift+F6", -1)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda step=step: self._cycle_panes(step))

    @property
    def scope(self) -> TaskScope:
        """Owns the window's tasks."""
        return self._scope

    @property
    def bus(self) -> Bus:
        """Takes what the operator should be told."""
        return self._bus

    @property
    def current(self) -> str:
        """Key of the page that is shown."""
        return self._current

    def page(self, key: str) -> Page:
        """The page `key`, built now if it was not before."""
        if key not in self._pages:
            entry = self._entries[key]
            page = entry.factory(self)
            page.title = page.title or entry.title
            page.setAccessibleName(page.title)
            self._pages[key] = page
            self.stack.addWidget(page)
        return self._pages[key]

    def go(self, key: str, **target: Any) -> None:
        """Show the page `key`; `target` goes to its ``shown``."""
        page = self.page(key)
        self._leave(for_other=key != self._current)
        self._current = key
        self.stack.setCurrentWidget(page)
        self.navigation.set_current(key)
        self.setWindowTitle(f"{page.title} \u2013 Crosswalk")
        self._showing = self._scope.start(page.shown(**target))
        self.page_changed.emit(key)

    def _leave(self, *, for_other: bool) -> None:
        if self._showing is not None:
            self._showing.cancel()
        if self._current:
            page = self._pages[self._current]
            page.stop_watching()
            if for_other:
                page.left()

    def set_badge(self, key: str, count: int, meaning: str = "") -> None:
        """Show `count` at the entry `key`; 0 takes it away. `meaning` says it in words."""
        self.navigation.item(key).set_badge(count, meaning)

    def _cycle_panes(self, step: int) -> None:
        """Move the keyboard's focus to the next part of the window."""
        panes: list[QWidget] = [self.navigation]
        if self._current:
            panes += [pane for pane in self._pages[self._current].panes() if pane.isVisible()]
        if self.toasts.isVisible():
            panes.append(self.toasts)
        focused = QApplication.focusWidget()
        inside = [at for at, pane in enumerate(panes) if focused and (pane is focused or pane.isAncestorOf(focused))]
        start = inside[-1] if inside else -1
        for distance in range(1, len(panes) + 1):
            if self._focus_pane(panes[(start + step * distance) % len(panes)]):
                return

    def _focus_pane(self, pane: QWidget) -> bool:
        if pane is self.navigation:
            self.navigation.focus_current()
            return True
        reachable = [widget for widget in (pane, *pane.findChildren(QWidget)) if _takes_tab(widget)]
        if reachable:
            reachable[0].setFocus(Qt.FocusReason.ShortcutFocusReason)
        return bool(reachable)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            super().closeEvent(event)
            return
        app = QApplication.instance()
        ending = isinstance(app, QApplication) and app.isSavingSession()
        if not ending:
            event.ignore()
            if self._hides is not None and self._hides():
                self.hide()
                return
        self._begin_to_close()

    def set_hiding(self, hides: Callable[[], bool] | None) -> None:
        """Whether to hide instead is asked of `hides` whenever the operator closes the window."""
        self._hides = hides

    def quit(self) -> None:
        """Close the window, also where closing it would only hide it."""
        self._begin_to_close()

    def _begin_to_close(self) -> None:
        if self._closing is None or self._closing.done():
            self._closing = asyncio.get_running_loop().create_task(self._close_in_order())

    async def _close_in_order(self) -> None:
        for key, page in self._pages.items():
            if not await self._may_close_page(page):
                self.go(key)
                return
        self._leave(for_other=True)
        await self._scope.close()
        self._may_close = True
        self.close()
        self._closed.set()

    async def _may_close_page(self, page: Page) -> bool:
        """Ask `page`; one that fails to answer must not keep the window open for ever."""
        try:
            return await page.may_close()
        except Exception as error:  # noqa: BLE001 - whatever it is, the operator hears of it
            self._bus.report(error)
            return True

    async def closed(self) -> None:
        """Wait until the window has closed."""
        await self._closed.wait()


def _takes_tab(widget: QWidget) -> bool:
    tab = Qt.FocusPolicy.TabFocus
    return bool(widget.focusPolicy() & tab) and widget.isEnabled() and widget.isVisible()
