"""Events sent to an address, as the vendor's Webhooks add-on does.

A delivery is a POST of ``{"instance_id", "type", "timestamp", "payload"}`` with the secret in clear in the header
``X-Angie-WebhookSecret``; nothing is signed (captured deliveries of 2018 and 2026). Whether webhooks can be made
through the API is in no public source: here the control address sets the one there is, and a delivery is tried once.
"""

from __future__ import annotations

import contextlib
import http.client
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from desktop.sandbox.storage import to_text

if TYPE_CHECKING:
    from desktop.sandbox.activecollab.kinds import Document
    from desktop.sandbox.activecollab.site import Site

INSTANCE = 123456
_SECONDS = 5


@dataclass(frozen=True, slots=True)
class _Delivery:
    url: str
    headers: dict[str, str]
    body: str

    def send(self) -> None:
        """Post it. Raises ``OSError`` or ``HTTPException`` when nobody takes it."""
        parts = urlsplit(self.url)
        with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)) as connection:
            connection.request("POST", parts.path or "/", self.body.encode(), self.headers)
            connection.getresponse().read()


class Webhooks:
    """Sends events one after the other, on a thread of its own that runs while there is something to send."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._waiting: queue.SimpleQueue[_Delivery] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._sending = False

    def send(self, event: str, payload: Document) -> None:
        """Send an event when an address is set; what becomes of it is of no consequence here."""
        settings = self._site.settings
        if not settings.webhook_url:
            return
        body = {"instance_id": INSTANCE, "type": event, "timestamp": self._site.now(), "payload": payload}
        headers = {"Content-Type": "application/json"}
        if settings.webhook_secret:
            headers["X-Angie-WebhookSecret"] = settings.webhook_secret
        delivery = _Delivery(settings.webhook_url, headers, to_text(body))
        with self._lock:
            self._waiting.put(delivery)
            if not self._sending:
                self._sending = True
                threading.Thread(target=self._deliver, name="activecollab-webhooks", daemon=True).start()

    def _deliver(self) -> None:
        while True:
            with self._lock:
                if self._waiting.empty():
                    self._sending = False
                    return
                delivery = self._waiting.get()
            with contextlib.suppress(OSError, http.client.HTTPException):
                delivery.send()
