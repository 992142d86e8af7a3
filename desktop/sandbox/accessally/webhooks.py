"""The bridge plugin's one webhook: its target, and the signed deliveries that are sent on their own.

A delivery carries ``X-Crosswalk-Timestamp`` and ``X-Crosswalk-Signature: sha256=`` with the HMAC of
``timestamp.body``. It is sent once and nobody waits for it; the sandbox sends to the loopback alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from desktop.sandbox.clock import Clock
from desktop.sandbox.storage import Storage, to_text

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_STORED = "accessally.webhook"
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where deliveries go and what they are signed with."""

    url: str
    secret: str


class Webhook:
    """The site's one target."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    @property
    def target(self) -> Target | None:
        kept = self._storage.get_value(_STORED)
        return Target(**kept) if kept else None

    def set(self, target: Target | None) -> None:
        kept = {"url": target.url, "secret": target.secret} if target else None
        self._storage.set_value(_STORED, kept)

    def tell(self, event: str, user_id: int, site_url: str) -> None:
        """Send what happened to a user, when there is somebody to tell."""
        target = self.target
        if target is None or urlsplit(target.url).hostname not in LOOPBACK:
            return
        now = int(self._clock.now())
        body = to_text({"event": event, "user_id": user_id, "occurred_at": now, "site": site_url}).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Crosswalk-Timestamp": str(now),
            "X-Crosswalk-Signature": signature(target.secret, str(now), body),
        }
        threading.Thread(target=_send, args=(target.url, body, headers), name="webhook", daemon=True).start()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The header's value for a body that is sent at ``timestamp``."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def _send(url: str, body: bytes, headers: dict[str, str]) -> None:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", path, body, headers)
            connection.getresponse().read()
