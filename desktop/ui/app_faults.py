"""What nobody foresaw: each such failure reaches the log and the operator, none ends the window silently."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from desktop.ui.bus import Bus

log = logging.getLogger(__name__)
_qt_log = logging.getLogger("desktop.ui.qt")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


@contextlib.contextmanager
def watch_faults(bus: Bus, folder: Path | None) -> Generator[None]:
    """Report what no task scope caught, and have a crash of the process leave its traces in the folder.

    :param folder: takes ``crash.log``; it holds function names and line numbers only.
    """

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Exception):
            bus.report(error)
        else:
            sys.__excepthook__(kind, error, trace)

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.error("A thread ended with an error", exc_info=args.exc_value)

    def uncaught_in_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            bus.report(error)
        else:
            log.error("In the event loop: %s", context.get("message"))

    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        sys.excepthook, hook = uncaught, sys.excepthook
        stack.callback(setattr, sys, "excepthook", hook)
        threading.excepthook, thread_hook = uncaught_in_thread, threading.excepthook
        stack.callback(setattr, threading, "excepthook", thread_hook)
        loop.set_exception_handler(uncaught_in_loop)
        stack.callback(loop.set_exception_handler, None)
        qt_handler = qInstallMessageHandler(_log_qt)
        stack.callback(qInstallMessageHandler, qt_handler)
        if folder is not None:
            stack.enter_context(_crash_file(folder / "crash.log"))
        yield


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", message)


@contextlib.contextmanager
def _crash_file(path: Path) -> Generator[None]:
    if faulthandler.is_enabled():
        yield
        return
    try:
        file = path.open("a", encoding="utf-8")
    except OSError:
        yield
        return
    with file:
        faulthandler.enable(file)
        try:
            yield
        finally:
            faulthandler.disable()
