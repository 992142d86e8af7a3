"""Events sent to an address, as the vendor's Webhooks add-on does.

A delivery is a POST of ``{"instance_id", "type", "timestamp", "payload"}`` with the secret in clear in the header
``X-Angie-WebhookSecret``; nothing is signed (captured deliveries of 2018 and 2026). Whether webhooks can be made
through the API is in no public source: here the control address sets the one there is, and a delivery is tried once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.sandbox.outgoing import Outgoing
from desktop.sandbox.storage import to_text

if TYPE_CHECKING:
    from desktop.sandbox.activecollab.kinds import Document
    from desktop.sandbox.activecollab.site import Site

INSTANCE = 123456


class Webhooks:
    """Sends events to the one address that is set."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._outgoing = Outgoing("activecollab-webhooks")

    def send(self, event: str, payload: Document) -> None:
        """Send an event when an address is set."""
        settings = self._site.settings
        if not settings.webhook_url:
            return
        body = {"instance_id": INSTANCE, "type": event, "timestamp": self._site.now(), "payload": payload}
        headers = {"Content-Type": "application/json"}
        if settings.webhook_secret:
            headers["X-Angie-WebhookSecret"] = settings.webhook_secret
        self._outgoing.send(settings.webhook_url, headers, to_text(body).encode())
