"""The bridge plugin's one webhook: its target, and the signed deliveries that are sent on their own.

A delivery carries ``X-Crosswalk-Timestamp`` and ``X-Crosswalk-Signature: sha256=`` with the HMAC of
``timestamp.body``. It is sent once and nobody waits for it; the sandbox sends to the loopback alone.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from uuid import uuid4

from desktop.sandbox.clock import Clock
from desktop.sandbox.outgoing import Outgoing
from desktop.sandbox.storage import Storage, to_text

_STORED = "accessally.webhook"


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
        self._outgoing = Outgoing("accessally-webhook")

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
        if target is None:
            return
        now = int(self._clock.now())
        told = {"id": str(uuid4()), "event": event, "user_id": user_id, "occurred_at": now, "site": site_url}
        body = to_text(told).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Crosswalk-Timestamp": str(now),
            "X-Crosswalk-Signature": signature(target.secret, str(now), body),
        }
        self._outgoing.send(target.url, headers, body)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The header's value for a body that is sent at ``timestamp``."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"
