"""The message bus: whoever has something to tell the operator posts it here; the window shows it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QObject, Signal

from desktop.domain.errors import CrosswalkError

log = logging.getLogger(__name__)


class Level(StrEnum):
    """How much a message matters. Information and success leave by themselves; the others stay."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that the operator can do about a message: a button of that label."""

    label: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Message:
    """What happened (`title`), what it means or what to do next (`text`), and the rest for whoever helps."""

    level: Level
    title: str
    text: str = ""
    details: str = ""
    action: Action | None = None


class Bus(QObject):
    """Carries messages from anywhere in the window to the one place that shows them."""

    posted = Signal(object)
    """Emitted with each :class:`Message`."""

    def post(self, message: Message) -> None:
        """Show `message`."""
        self.posted.emit(message)

    def info(self, title: str, text: str = "", *, details: str = "", action: Action | None = None) -> None:
        """Tell something that needs no answer."""
        self.post(Message(Level.INFO, title, text, details, action))

    def success(self, title: str, text: str = "", *, details: str = "", action: Action | None = None) -> None:
        """Tell that what was asked for is done."""
        self.post(Message(Level.SUCCESS, title, text, details, action))

    def warning(self, title: str, text: str = "", *, details: str = "", action: Action | None = None) -> None:
        """Tell something that the operator should look at."""
        self.post(Message(Level.WARNING, title, text, details, action))

    def error(self, title: str, text: str = "", *, details: str = "", action: Action | None = None) -> None:
        """Tell that something failed."""
        self.post(Message(Level.ERROR, title, text, details, action))

    def report(self, error: Exception) -> None:
        """Tell of an exception; made to be a :class:`desktop.ui.aio.TaskScope`'s reporter."""
        self.post(message_of(error))


def message_of(error: Exception) -> Message:
    """The message about `error`: its own sentence or, for what nobody foresaw, ours with the trace."""
    if isinstance(error, CrosswalkError):
        return Message(Level.ERROR, error.message, error.hint, error.details)
    trace = "".join(traceback.format_exception(error))
    log.error("Unexpected failure in the window:\n%s", trace)
    return Message(
        Level.ERROR,
        QCoreApplication.translate("Bus", "Something went wrong in Crosswalk"),
        QCoreApplication.translate("Bus", "Try again. If it happens again, send the details to support."),
        trace,
    )
