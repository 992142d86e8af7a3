"""asyncio in the window: task scopes, awaitable dialogs, waits that keep to the clock, the application loop.

Rules that the rest of `ui` keeps: slots are plain functions that call ``scope.start(coroutine)``; a dialog is
opened with :func:`ask`, never with ``exec()``; a window closes its scope before itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtWidgets import QApplication, QDialog, QWidget
from shiboken6 import isValid

if TYPE_CHECKING:
    from qasync import QEventLoop

T = TypeVar("T")

_SLICE = 3600.0
"""Longest single timer in seconds: Qt's timers overflow at 24.8 days, and the clock may be set meanwhile."""


class _Hold:
    """A widget that is disabled while `count` tasks run."""

    def __init__(self, widget: QWidget) -> None:
        self.count = 0
        self._widget = widget
        self._had_focus = widget.hasFocus()
        widget.setEnabled(False)
        self._moved_to = QApplication.focusWidget()

    def end(self) -> None:
        """Enable the widget; the focus comes back unless the operator has moved it meanwhile."""
        if isValid(self._widget):
            self._widget.setEnabled(True)
            if self._had_focus and QApplication.focusWidget() is self._moved_to:
                self._widget.setFocus()


class TaskScope:
    """Owns the tasks of one window (or of the application).

    asyncio itself keeps only weak references to tasks; the scope keeps strong ones until they end. An
    exception goes to `report` and is then let go, as its traceback would keep whole windows alive.

    :param report: receives each exception but cancellation. It must not keep the object.
    """

    def __init__(self, report: Callable[[Exception], None]) -> None:
        self._report = report
        self._tasks: dict[asyncio.Task[Any], bool] = {}
        self._busy: dict[QWidget, _Hold] = {}
        self._closed = False

    def start(
        self, coro: Coroutine[Any, Any, T], *, busy: QWidget | None = None, lasting: bool = False
    ) -> asyncio.Task[T | None]:
        """Run `coro` until it ends or the scope closes. The task's result is None where the coroutine failed.

        :param busy: disabled while the task runs; it gets the keyboard's focus back afterwards.
        :param lasting: the coroutine watches something and is not expected to end: :meth:`settle` ignores it.
        """
        task = asyncio.get_running_loop().create_task(self._supervise(coro))
        self._tasks[task] = lasting
        release = self._hold(busy) if busy is not None else None

        def ended(task: asyncio.Task[T | None]) -> None:
            self._tasks.pop(task, None)
            if inspect.getcoroutinestate(coro) == inspect.CORO_CREATED:
                coro.close()
            if release is not None:
                release()

        task.add_done_callback(ended)
        if self._closed:
            task.cancel()
        return task

    async def _supervise(self, coro: Coroutine[Any, Any, T]) -> T | None:
        try:
            return await coro
        except Exception as error:  # noqa: BLE001 - whatever it is, the operator hears of it
            self._report(error)
            return None

    def _hold(self, widget: QWidget) -> Callable[[], None]:
        """Disable `widget`, and return what enables it again once nobody holds it."""
        hold = self._busy.get(widget) or self._busy.setdefault(widget, _Hold(widget))
        hold.count += 1

        def release() -> None:
            hold.count -= 1
            if not hold.count:
                del self._busy[widget]
                hold.end()

        return release

    async def close(self) -> None:
        """Cancel every task and wait until all have ended; what is started later is cancelled at once."""
        self._closed = True
        while tasks := self._others():
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def settle(self) -> None:
        """Wait until all tasks that are expected to end have ended, and those they started (for tests)."""
        while tasks := [task for task in self._others() if not self._tasks[task]]:
            await asyncio.wait(tasks)

    def _others(self) -> list[asyncio.Task[Any]]:
        current = asyncio.current_task()
        return [task for task in self._tasks if task is not current]


async def first_of(work: Coroutine[Any, Any, None], end: Coroutine[Any, Any, bool]) -> None:
    """Run `work` until it ends, or until `end` says (True) that it is not to go on. Its failure is raised here.

    Both have ended when this returns, also when it is cancelled itself.
    """
    loop = asyncio.get_running_loop()
    working, ending = loop.create_task(work), loop.create_task(end)
    try:
        await asyncio.wait((working, ending), return_when=asyncio.FIRST_COMPLETED)
        if not (ending.done() and ending.result()):
            await working
    finally:
        for task in (working, ending):
            task.cancel()
        await asyncio.gather(working, ending, return_exceptions=True)


async def ask(dialog: QDialog) -> int:
    """Open `dialog` over its window and return its result; closes it when the waiting task is cancelled.

    The dialog still belongs to the caller, who reads its fields and deletes it.
    """
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def finished(result: int) -> None:
        if not answer.done():
            answer.set_result(result)

    def destroyed() -> None:
        finished(int(QDialog.DialogCode.Rejected))

    dialog.finished.connect(finished)
    dialog.destroyed.connect(destroyed)
    dialog.open()
    try:
        return await answer
    finally:
        if isValid(dialog):
            dialog.finished.disconnect(finished)
            dialog.destroyed.disconnect(destroyed)
            if dialog.isVisible():
                dialog.reject()


async def sleep(seconds: float) -> None:
    """Sleep at least `seconds` by the monotonic clock. Qt's timers alone may fire 5 % early."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:  # noqa: ASYNC110 - the clock decides, not an event
        await asyncio.sleep(min(max(left, 0.001), _SLICE))


async def sleep_until(moment: datetime, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Sleep until the wall clock has reached `moment` (with offset), even if that clock is set meanwhile."""
    while (left := (moment - now()).total_seconds()) > 0:  # noqa: ASYNC110 - the clock decides, not an event
        await asyncio.sleep(min(max(left, 0.001), _SLICE))


def create_loop(app: QApplication) -> QEventLoop:
    """The qasync loop of `app`, which lets the work end in order when Qt is asked to quit under it."""
    os.environ["QT_API"] = "pyside6"
    from qasync import QEventLoop

    class ApplicationLoop(QEventLoop):
        def run_until_complete(self, future: Awaitable[Any]) -> Any:
            # qasync's own handles Qt's events once more when it has ended: a task would take its next step without a
            # running loop.
            task = asyncio.ensure_future(future, loop=self)
            self._run_until_done(task)
            if not task.done():
                task.cancel()
                self._run_until_done(task)
            return task.result()

        def _run_until_done(self, task: asyncio.Future[Any]) -> None:
            def stop(_task: asyncio.Future[Any]) -> None:
                self.stop()

            task.add_done_callback(stop)
            try:
                self.run_forever()
            finally:
                task.remove_done_callback(stop)

    return ApplicationLoop(app)


def run_application(main: Callable[[QApplication], Coroutine[Any, Any, None]], argv: list[str] | None = None) -> int:
    """Create the application, run `main` in its loop until it returns, and shut down. Returns the exit code.

    `main` shows the windows and waits for them to close. It is cancelled by an interrupt or a request to end.
    """
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(argv or ["crosswalk"])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: create_loop(app)) as runner:
        try:
            with _signals_wake(runner.get_loop()):
                runner.run(_until_terminated(main(app)))
        except asyncio.CancelledError:
            return 0
        except KeyboardInterrupt:
            return 130
    return 0


async def _until_terminated(main: Coroutine[Any, Any, None]) -> None:
    """Run `main`, cancelled when the system asks the process to end."""
    task = asyncio.current_task()
    assert task is not None

    def terminate(*_: object) -> None:
        task.cancel()

    previous = signal.signal(signal.SIGTERM, terminate)
    try:
        await main
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextlib.contextmanager
def _signals_wake(loop: asyncio.AbstractEventLoop) -> Any:
    """Let Python see signals while Qt waits for events: each writes a byte that wakes the loop."""
    import socket

    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        previous = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        loop.add_reader(reader.fileno(), lambda: reader.recv(4096))
        try:
            yield
        finally:
            loop.remove_reader(reader.fileno())
            signal.set_wakeup_fd(previous)
