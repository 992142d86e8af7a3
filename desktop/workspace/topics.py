"""Word that something changed, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Topic(StrEnum):
    """What changed."""

    CONNECTIONS = "connections"
    OBJECTS = "objects"
    RECORDS = "records"
    SYNCS = "syncs"
    RUNS = "runs"
    EDITS = "edits"
    DRAFTS = "drafts"
    SETTINGS = "settings"
    CONFLICTS = "conflicts"
    ALERTS = "alerts"


Listener = Callable[[Topic], None]


class News:
    """Tells listeners what changed; called on the workspace's own loop."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Be told from now on. Returns what ends it."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def tell(self, *topics: Topic) -> None:
        """Something changed."""
        for topic in topics:
            for listener in tuple(self._listeners):
                listener(topic)
