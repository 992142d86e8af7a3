"""The messages of the Crosswalk Bridge plugin: JSON, signed with the agreed secret.

Source: ``resources/wordpress/README.md``.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from desktop.connectors.accessally.bridge import INSTALL, Bridge
from desktop.connectors.webhooks import (
    Delivery,
    Forged,
    Happened,
    Proof,
    Receipt,
    WebhookInfo,
    check_age,
    digest,
    document,
    same,
)
from desktop.domain.errors import NotSupported

_TIME, _SIGNATURE = "x-crosswalk-timestamp", "x-crosswalk-signature"
_MEMBERS = "members"
_SUBSCRIPTION = "bridge"
"""The plugin has one target and no ids."""


def read(delivery: Delivery, receipt: Receipt) -> list[Happened]:
    """Prove a message and say what happened."""
    sent = delivery.headers.get(_TIME, "")
    wanted = hmac.new(receipt.secret.encode(), sent.encode() + b"." + delivery.body, hashlib.sha256).hexdigest()
    if not receipt.secret or not same(delivery.headers.get(_SIGNATURE, ""), f"sha256={wanted}"):
        raise Forged("the signature is not the site’s")
    if not sent.isdecimal() or len(sent) > 12:
        raise Forged("the message’s timestamp can’t be read")
    check_age(datetime.fromtimestamp(int(sent), UTC), receipt.now)
    said = document(delivery)
    # Plugins before contract 3 send no id.
    key, user = str(said.get("id") or digest(delivery.body)), said.get("user_id")
    return [Happened(key, _MEMBERS, str(user))] if user else []


class WebhookSubscriber:
    """Sets the plugin's target."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def subscribe(self, address: str, secret: str) -> str:
        """Have messages sent to an address, signed with a secret.

        :raises NotSupported: without the plugin.
        """
        if not await self._bridge.installed():
            raise NotSupported("The site can’t send messages without the Crosswalk Bridge plugin.", INSTALL)
        await self._bridge.set_webhook(address, secret)
        return _SUBSCRIPTION

    async def unsubscribe(self, subscription: str) -> None:
        """Send no longer."""
        del subscription
        if await self._bridge.installed():
            await self._bridge.remove_webhook()


WEBHOOKS = WebhookInfo(
    Proof.SECRET,
    "The Crosswalk Bridge plugin tells of members that were added, changed, tagged or deleted.",
    (_MEMBERS,),
    read,
)
