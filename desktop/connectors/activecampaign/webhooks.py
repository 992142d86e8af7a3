"""ActiveCampaign's messages: forms without any proof, so that the address holds the secret.

Source: developers.activecampaign.com/page/webhooks and /reference/webhooks. Nothing is sent twice, and nothing is sent
for bulk imports and for records of custom objects: what is missed is found by the next poll.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.schemas import CONTACTS
from desktop.connectors.activecampaign.standard_schemas import ACCOUNTS, DEALS
from desktop.connectors.redaction import Secret, scrub
from desktop.connectors.webhooks import (
    Delivery,
    Forged,
    Happened,
    Proof,
    Receipt,
    WebhookInfo,
    digest,
)
from desktop.domain.errors import InvalidInput, NotFound, RecordRefused

_NAME = "Crosswalk"
EVENTS = (
    "subscribe",
    "unsubscribe",
    "update",
    "contact_tag_added",
    "contact_tag_removed",
    "deal_add",
    "deal_update",
    "account_add",
    "account_update",
    "account_contact_add",
    "account_contact_update",
)
SOURCES = ("public", "admin", "api", "system")
_IDS = {"contact": CONTACTS, "deal": DEALS.key, "account": ACCOUNTS.key}
_ID = re.compile(r"(contact|deal|account)(?:\[id\]|id)")


def read(delivery: Delivery, _receipt: Receipt) -> list[Happened]:
    """Say what happened; whoever knows the address may send.

    :raises Forged: when the message is none of ActiveCampaign's.
    """
    try:
        form = dict(parse_qsl(delivery.body.decode(), keep_blank_values=True, strict_parsing=True))
    except (UnicodeDecodeError, ValueError):
        raise Forged("the message is no form") from None
    if "type" not in form:
        raise Forged("the message does not say what happened")
    named = {(found[1], value) for key, value in form.items() if (found := _ID.fullmatch(key)) and value}
    key = digest(delivery.body)
    return [Happened(key, _IDS[kind], record_id) for kind, record_id in sorted(named) if record_id != "0"]


class WebhookSubscriber:
    """Makes, changes and removes the account's subscription."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def subscribe(self, address: str, secret: str) -> str:
        """Have messages sent to an address; one that was made for it before, and whose id got lost, is used again."""
        found = await self._wire.data("GET", "/webhooks", params={"filters[url]": address})
        known = [item for item in found.get("webhooks") or [] if item.get("url") == address]
        webhook: dict[str, Any] = {"name": _NAME, "url": address, "events": EVENTS, "sources": SOURCES}
        try:
            if known:
                path = f"/webhooks/{known[0]['id']}"
                answer = await self._wire.data("PUT", path, json={"webhook": webhook}, record="the webhook")
            else:
                answer = await self._wire.data("POST", "/webhooks", json={"webhook": webhook}, record="the webhook")
        except RecordRefused as error:
            raise InvalidInput(
                f"ActiveCampaign does not send messages to this address. {_without(error.message, secret)}",
                hint="It takes addresses that begin with https:// and name no port.",
            ) from None
        return str(answer["webhook"]["id"])

    async def unsubscribe(self, subscription: str) -> None:
        """End the subscription."""
        try:
            await self._wire.call("DELETE", f"/webhooks/{subscription}", record="the webhook")
        except NotFound:
            return


def _without(text: str, secret: str) -> str:
    """A refusal's text, which may repeat the address."""
    return scrub(text, [Secret(secret)])


WEBHOOKS = WebhookInfo(
    Proof.ADDRESS,
    "ActiveCampaign tells of contacts that change or join a list, of their tags, of deals and of accounts, and not of "
    "records of custom objects.",
    tuple(_IDS.values()),
    read,
)
