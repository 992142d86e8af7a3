"""Changes as they happen: which connections tell of them, where to, and what becomes of a message."""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

import anyio

from desktop.connectors.options import OFF, ON
from desktop.connectors.registry import platforms
from desktop.connectors.webhooks import Delivery, Forged, Proof, Receipt, WebhookInfo, same
from desktop.domain.errors import CrosswalkError, InvalidInput, NotSupported, Problem, Unreachable
from desktop.domain.values import Json
from desktop.store import ConnectionRow
from desktop.workspace.context import Context
from desktop.workspace.receiver import HOST, Verdict, receive
from desktop.workspace.topics import Topic

logger = logging.getLogger(__name__)

DEFAULT_PORT = 41765
_LOOK_SECONDS = 30.0
_TELL_SECONDS = 1.0
_ADDRESS, _PORT = "reception.address", "reception.port"
_SWITCH, _SUBSCRIPTION = "webhooks", "webhook_subscription"
_LOOPBACK = frozenset({HOST, "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class ReceptionView:
    """Where messages arrive.

    :param address: the public one that leads here, blank where none was given.
    :param port: of this computer, to which the tunnel leads.
    :param listening: whether this program listens there now.
    :param problem: why it does not, though a connection wants it to.
    """

    address: str
    port: int
    listening: bool
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class WebhookView:
    """How a connection tells of changes.

    :param covers: of what its platform tells, and of what not, in a sentence.
    :param by_hand: whether a person tells the platform where to send messages.
    :param steps: what that person does, a step a line.
    :param address: where the platform sends its messages; blank before there is a public address.
    :param has_secret: whether the platform has to be given a secret, which :meth:`Reception.secret` tells.
    :param last: when a message came last.
    """

    on: bool
    covers: str
    by_hand: bool
    steps: tuple[str, ...]
    address: str
    has_secret: bool
    last: datetime | None


class Reception:
    """Takes the platforms' messages of a workspace."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store
        self._hub = context.hub
        self._port = 0
        self._problem: Problem | None = None
        self._changed = anyio.Event()
        self._arrived = anyio.Event()
        self._told_at = -math.inf

    async def settings(self) -> ReceptionView:
        """Where messages arrive."""
        address, port = await self._settings()
        return ReceptionView(address, port, bool(self._port), self._problem)

    async def set_address(self, address: str, port: int = DEFAULT_PORT) -> ReceptionView:
        """Set the public address that leads here, and the port that it leads to. Platforms that Crosswalk itself tells
        are told anew.

        :raises InvalidInput: with a problem for what can't be so; nothing was changed.
        :raises CrosswalkError: when a platform could not be told; the address is kept, and the others know it.
        """
        address = address.strip().rstrip("/")
        problems = [*_address_problems(address), *_port_problems(port)]
        if problems:
            raise InvalidInput(problems[0].message, tuple(problems))

        def keep() -> None:
            self._store.settings.put(_ADDRESS, address)
            self._store.settings.put(_PORT, port)

        await self._store.write(keep)
        self._stir()
        failures: list[CrosswalkError] = []
        for row in await self._switched_on():
            try:
                await self._subscribe(row)
            except CrosswalkError as error:
                failures.append(error)
        self._context.news.tell(Topic.CONNECTIONS)
        if failures:
            raise failures[0]
        return await self.settings()

    async def webhook(self, connection: str) -> WebhookView | None:
        """How a connection tells of changes, ``None`` where its platform can't."""
        row = await self._hub.row(connection)
        info = platforms[row.platform].webhooks
        if info is None:
            return None
        address, _port = await self._settings()
        return WebhookView(
            _is_on(row),
            info.covers,
            bool(info.steps),
            info.steps,
            _hook(address, row) if address else "",
            bool(info.steps) and info.proof is Proof.SECRET,
            await self._store.read(self._store.deliveries.last, row.id),
        )

    async def secret(self, connection: str) -> str:
        """The secret that a person gives to the platform; for the clipboard, never to be shown.

        :raises NotSupported: where changes are switched off.
        """
        row = await self._hub.row(connection)
        found = await self._hub.webhook_secret(row) if _is_on(row) else None
        if found is None:
            raise NotSupported(f"{row.name} does not send changes.", "Switch it on first.")
        return found

    async def switch_on(self, connection: str) -> WebhookView | None:
        """Have a connection's platform tell of changes.

        :raises InvalidInput: when there is no public address yet, or the platform does not take it.
        :raises NotSupported: when the platform can't, or not yet.
        """
        row = await self._hub.row(connection)
        info = _info(row)
        address, _port = await self._settings()
        if not address:
            message = "Enter the public address that leads to this computer."
            raise InvalidInput(message, (Problem("invalid_input", message, place="address"),))
        if await self._hub.webhook_secret(row) is None:
            await self._hub.keep_webhook_secret(row, secrets.token_urlsafe(32))
        # Messages may come before the platform's answer; ActiveCampaign ends a subscription that is turned away.
        await self._keep(row.id, {_SWITCH: ON})
        if not info.steps:
            try:
                await self._subscribe(row)
            except CrosswalkError:
                await self._keep(row.id, {_SWITCH: OFF})
                raise
        return await self.webhook(connection)

    async def switch_off(self, connection: str) -> WebhookView | None:
        """Take no more changes of a connection. What its platform sends all the same is turned away.

        :raises CrosswalkError: when the platform could not be told to end it; it is switched off here.
        """
        row = await self._hub.row(connection)
        subscription = row.options.get(_SUBSCRIPTION, "")
        await self._keep(row.id, {_SWITCH: OFF, _SUBSCRIPTION: ""})
        await self._hub.forget_webhook_secret(row)
        if subscription:
            await self._unsubscribe(row, subscription)
        return await self.webhook(connection)

    async def leave(self, row: ConnectionRow) -> None:
        """Take no more changes of a connection that is about to be removed. A platform that can't be told sends on,
        and is turned away.
        """
        if _is_on(row):
            try:
                await self.switch_off(row.name)
            except CrosswalkError as error:
                logger.warning("%s", error.message)

    async def take(self, connection_id: int, path_secret: str, delivery: Delivery) -> Verdict:
        """Take a message: prove it, and keep what it tells. A replay is known and changes nothing.

        :raises CrosswalkError: when it can't be kept.
        """
        row = await self._store.read(self._store.connections.by_id, connection_id)
        info = platforms[row.platform].webhooks if row is not None else None
        if row is None or info is None:
            return Verdict.UNKNOWN
        if not _is_on(row):
            return Verdict.OFF
        secret = await self._hub.webhook_secret(row) or ""
        if info.proof is Proof.ADDRESS and not (secret and same(path_secret, secret)):
            return Verdict.UNKNOWN
        try:
            told = info.read(delivery, Receipt(secret, row.account, self._context.now(), row.options))
        except Forged as error:
            logger.warning("A message for %s was turned away: %s", row.name, error)
            return Verdict.REFUSED
        found = [(item.key, item.object, item.record_id) for item in told]
        if await self._store.write(self._store.deliveries.add, row.id, found, self._context.now()):
            self._arrived.set()
            self._tell_of_arrival()
        return Verdict.TAKEN

    def _tell_of_arrival(self) -> None:
        """Say that something arrived, not more often than a person can see: messages come in bursts."""
        now = time.monotonic()
        if now - self._told_at >= _TELL_SECONDS:
            self._told_at = now
            self._context.news.tell(Topic.CONNECTIONS)

    @property
    def arrival(self) -> anyio.Event:
        """Set once something was told since :meth:`expect`."""
        return self._arrived

    def expect(self) -> None:
        """Wait anew for what is told."""
        self._arrived = anyio.Event()

    async def serve(self) -> None:
        """Listen for as long as a connection tells of changes; ends when cancelled.

        Another process may switch a connection on or off, choose another port, or give one up: it is looked at again
        now and then.
        """
        while True:
            port = await self._wanted_port()
            if port is None:
                self._problem = None
                await self._look_again()
                continue
            try:
                async with self._listening(port):
                    while await self._wanted_port() == port:
                        await self._look_again()
            except Unreachable as error:
                self._problem = error.report()
                self._context.news.tell(Topic.CONNECTIONS)
                await self._look_again()

    async def _wanted_port(self) -> int | None:
        """Where to listen, ``None`` where no connection tells of changes."""
        self._changed = anyio.Event()
        _address, port = await self._settings()
        return port if await self._switched_on() else None

    async def _look_again(self) -> None:
        with anyio.move_on_after(_LOOK_SECONDS):
            await self._changed.wait()

    @asynccontextmanager
    async def _listening(self, port: int) -> AsyncGenerator[None]:
        async with receive(port, self.take) as self._port:
            self._problem = None
            self._context.news.tell(Topic.CONNECTIONS)
            try:
                yield
            finally:
                self._port = 0

    def _stir(self) -> None:
        """Look again whether and where to listen."""
        self._changed.set()

    async def _settings(self) -> tuple[str, int]:
        def read() -> tuple[Json, Json]:
            return self._store.settings.get(_ADDRESS, ""), self._store.settings.get(_PORT, DEFAULT_PORT)

        address, port = await self._store.read(read)
        return cast("str", address), cast("int", port)

    async def _switched_on(self) -> list[ConnectionRow]:
        rows = await self._store.read(self._store.connections.all)
        return [row for row in rows if _is_on(row) and platforms[row.platform].webhooks is not None]

    async def _subscribe(self, row: ConnectionRow) -> None:
        """Tell the platform where to send messages, and then to send no more to where it did before."""
        subscriber = (await self._hub.connector(row.name)).subscriber
        secret = await self._hub.webhook_secret(row)
        if subscriber is None or secret is None:
            return
        address, _port = await self._settings()
        proof = _info(row).proof
        target = f"{_hook(address, row)}/{secret}" if proof is Proof.ADDRESS else _hook(address, row)
        subscription = await subscriber.subscribe(target, secret)
        former = row.options.get(_SUBSCRIPTION, "")
        await self._keep(row.id, {_SUBSCRIPTION: subscription})
        if former and former != subscription:
            await self._unsubscribe(row, former)

    async def _unsubscribe(self, row: ConnectionRow, subscription: str) -> None:
        subscriber = (await self._hub.connector(row.name)).subscriber
        if subscriber is None:
            return
        try:
            await subscriber.unsubscribe(subscription)
        except CrosswalkError as error:
            raise Unreachable(
                f"{row.name} could not be told to send no more: {error.message}",
                "What it still sends is turned away. Take the webhook “Crosswalk” away there, or switch it on and off "
                "again later.",
                error.details,
            ) from None

    async def _keep(self, connection_id: int, options: dict[str, str]) -> None:
        def keep() -> None:
            row = self._store.connections.get(connection_id)
            self._store.connections.update(replace(row, options={**row.options, **options}))

        await self._store.write(keep)
        self._stir()
        self._context.news.tell(Topic.CONNECTIONS)


def _is_on(row: ConnectionRow) -> bool:
    return row.options.get(_SWITCH) == ON


def _info(row: ConnectionRow) -> WebhookInfo:
    info = platforms[row.platform].webhooks
    if info is None:
        raise NotSupported(f"{platforms[row.platform].label} does not tell of changes.", "Use a schedule instead.")
    return info


def _hook(address: str, row: ConnectionRow) -> str:
    return f"{address}/hooks/{row.id}"


def _address_problems(address: str) -> list[Problem]:
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return [Problem("invalid_input", "This is no address.", place="address")]
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not host or not secure or parts.query or parts.fragment or parts.username:
        message = "Enter the address that your tunnel gives, such as https://crosswalk.example.com."
        return [Problem("invalid_input", message, place="address")]
    return []


def _port_problems(port: int) -> list[Problem]:
    if 1024 <= port <= 65535:
        return []
    return [Problem("invalid_input", "Enter a number from 1024 to 65535.", place="port")]
