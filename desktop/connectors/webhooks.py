"""Messages by which a platform tells that something happened: whose they are, and which record they name.

A message is only a hint. What it says of a record's values is never taken: the record is read anew, so that a message
that is late, doubled or out of order does no harm.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, cast

import msgspec

from desktop.domain.schema import stands_for

WINDOW = timedelta(minutes=5)
"""How old a message may be that states its time, and how far its clock may be ahead."""


class Proof(StrEnum):
    """How a platform proves that a message is its own."""

    KEY = "key"
    """It signs with a private key whose public half is known."""
    SECRET = "secret"
    """It signs with, or sends along, a secret that was agreed on."""
    ADDRESS = "address"
    """Not at all: the address itself holds a secret."""


class Forged(Exception):
    """A message that is not the platform's, not for this account, or too old. Carries the reason, for the log."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it arrived.

    :param headers: by name in lower case.
    :param body: as it was sent: signatures hold over these bytes.
    """

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a message is held against.

    :param secret: what was agreed on with the platform.
    :param account: the connection's account, as in :class:`desktop.connectors.base.ConnectionSettings`.
    """

    secret: str
    account: str
    now: datetime
    options: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Happened:
    """That something happened to a record.

    :param key: tells one message from another; the same message has the same key each time it is sent.
    :param object: the object's key; ``prefix.*`` where the platform tells only what kind of object it is.
    """

    key: str
    object: str
    record_id: str

    def concerns(self, object_key: str) -> bool:
        """Whether it may have happened to a record of that object."""
        return stands_for(self.object, object_key)


Reader = Callable[[Delivery, Receipt], Sequence[Happened]]
"""Proves a message and says what happened; nothing where it tells of what no sync uses. Raises :class:`Forged`."""


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """What is known of a platform's messages.

    :param covers: of what it tells, and of what not, in a sentence.
    :param objects: keys of the objects that it tells of; ``prefix.*`` stands for all that begin so.
    :param steps: what the operator does on the platform, a step a line; none where Crosswalk does it.
    """

    proof: Proof
    covers: str
    objects: tuple[str, ...]
    read: Reader
    steps: tuple[str, ...] = ()


class Subscriber(Protocol):
    """Tells a platform where to send its messages."""

    async def subscribe(self, address: str, secret: str) -> str:
        """Have messages sent to an address from now on, in place of where this connection had them sent before.

        :returns: the subscription's id.
        :raises InvalidInput: when the platform does not take the address.
        """
        ...

    async def unsubscribe(self, subscription: str) -> None:
        """End a subscription; one that is not there any more is no error."""
        ...


def document(delivery: Delivery) -> dict[str, Any]:
    """The message's JSON object.

    :raises Forged: when it is none.
    """
    try:
        found = msgspec.json.decode(delivery.body)
    except (msgspec.MsgspecError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise Forged("the message is no JSON object")
    return cast("dict[str, Any]", found)


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing of them."""
    return hmac.compare_digest(one.encode(), other.encode())


def check_age(at: datetime, now: datetime) -> None:
    """Refuse what was sent long ago: somebody may have kept it.

    :raises Forged: when the time is more than five minutes off.
    """
    if abs(now - at) > WINDOW:
        raise Forged(f"the message is of {at.isoformat()}")


def digest(body: bytes) -> str:
    """A key for a message that has none of its own."""
    return hashlib.sha256(body).hexdigest()
