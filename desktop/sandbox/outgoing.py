"""Messages that a platform sends on its own, to this computer alone: each is tried once, one after the other."""

from __future__ import annotations

import contextlib
import http.client
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Message:
    url: str
    headers: Mapping[str, str]
    body: bytes

    def post(self) -> None:
        """Post it. Raises ``OSError`` or ``HTTPException`` when nobody takes it."""
        parts = urlsplit(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        with contextlib.closing(kind(parts.hostname or "", parts.port, timeout=_SECONDS)) as connection:
            connection.request("POST", path, self.body, dict(self.headers))
            connection.getresponse().read()


class Outgoing:
    """Sends on a thread of its own, which runs while there is something to send.

    :param name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._sending = False

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send to an address of this computer; what becomes of it is of no consequence to the platform."""
        if not is_here(url):
            return
        with self._lock:
            self._waiting.put(_Message(url, headers, body))
            if not self._sending:
                self._sending = True
                threading.Thread(target=self._deliver, name=self._name, daemon=True).start()

    def _deliver(self) -> None:
        while True:
            with self._lock:
                if self._waiting.empty():
                    self._sending = False
                    return
                message = self._waiting.get()
            with contextlib.suppress(OSError, http.client.HTTPException):
                message.post()


def is_here(url: str) -> bool:
    """Whether an address is one of this computer."""
    return urlsplit(url).hostname in LOOPBACK
