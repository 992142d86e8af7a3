"""The runs that are under way, whoever started them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.domain.change import Progress, RunResult
from desktop.ui.aio import sleep
from desktop.ui.shell.page import Shell

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_LOOK = 0.3
"""Seconds between two looks at runs that were not started here."""

Work = Callable[[Callable[[Progress], None]], Awaitable[RunResult]]


class Runs(QObject):
    """Starts, watches and cancels runs; each sync has one at a time.

    A run belongs to the window, not to the page: it goes on when the page is left.
    """

    changed = Signal(str)
    """The sync's run has begun or come further."""
    ended = Signal(str, object)
    """The sync's run has ended: its :class:`RunResult`, or None where it failed or was not ours."""

    def __init__(self, desk: Desk, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._own: dict[str, Progress | None] = {}
        self._foreign: dict[str, Progress | None] = {}
        self._previews: set[str] = set()
        self._cancelling: set[str] = set()
        self._news = asyncio.Event()

    def is_running(self, name: str) -> bool:
        """Whether the sync runs right now."""
        return name in self._own or name in self._foreign

    def is_preview(self, name: str) -> bool:
        """Whether what runs is a preview, which writes nothing."""
        return name in self._previews

    def is_cancelling(self, name: str) -> bool:
        """Whether the run was asked to stop and finishes what it started."""
        return name in self._cancelling

    def progress(self, name: str) -> Progress | None:
        """Where the sync's run stands, None while it has told nothing yet."""
        return self._own.get(name) or self._foreign.get(name)

    def preview(self, name: str) -> asyncio.Task[RunResult | None]:
        """Find out what a run would do."""
        self._previews.add(name)
        return self._start(name, lambda watch: self._desk.syncs.preview(name, watch=watch))

    def run(self, name: str, *, confirmed: bool = False) -> asyncio.Task[RunResult | None]:
        """Run the sync.

        :param confirmed: a person has seen what a guard stopped at, and wants it.
        """
        return self._start(name, lambda watch: self._desk.syncs.run(name, confirmed=confirmed, watch=watch))

    def retry(self, name: str, source_ids: Sequence[str] | None = None) -> asyncio.Task[RunResult | None]:
        """Send the records that failed once more: the named ones, or all."""
        return self._start(name, lambda watch: self._desk.syncs.retry(name, source_ids, watch=watch))

    def apply_settled(self, name: str) -> asyncio.Task[RunResult | None]:
        """Carry out what a person decided."""
        return self._start(name, lambda watch: self._desk.syncs.apply_settled(name, watch=watch))

    def undo(self, name: str, run_id: str | None = None) -> asyncio.Task[RunResult | None]:
        """Take back what a run wrote, or the last one."""
        return self._start(name, lambda watch: self._desk.syncs.undo(name, run_id, watch=watch))

    def cancel(self, name: str) -> None:
        """Ask the run to stop; what it has started it finishes."""
        self._cancelling.add(name)
        self.changed.emit(name)
        self._shell.scope.start(self._desk.syncs.cancel(name))

    def _start(self, name: str, work: Work) -> asyncio.Task[RunResult | None]:
        self._own[name] = None
        self.changed.emit(name)
        return self._shell.scope.start(self._work(name, work))

    async def _work(self, name: str, work: Work) -> RunResult:
        result: RunResult | None = None

        def watch(progress: Progress) -> None:
            if name in self._own:
                self._own[name] = progress
                self.changed.emit(name)

        try:
            result = await work(watch)
            return result
        finally:
            self._forget(name)
            self.ended.emit(name, result)

    def _forget(self, name: str) -> None:
        self._own.pop(name, None)
        self._previews.discard(name)
        self._cancelling.discard(name)

    def look(self) -> None:
        """A run has begun or ended somewhere."""
        self._news.set()

    async def watch_others(self) -> None:
        """Follow the runs that others started, as long as there are any; ends with the task."""
        while True:
            self._news.clear()
            running = await self._desk.syncs.running()
            others = {name: progress for name, progress in running.items() if name not in self._own}
            gone = self._foreign.keys() - others.keys() - self._own.keys()
            self._foreign = others
            for name in others:
                self.changed.emit(name)
            for name in gone:
                self._cancelling.discard(name)
                self.ended.emit(name, None)
            if others:
                await sleep(_LOOK)
            else:
                await self._news.wait()
