"""A signed-in connection's credential: renewed before it lapses, by one task of one process, and kept before use."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

from desktop.connectors.base import ConnectionSettings, SecretStore
from desktop.connectors.clock import Clock
from desktop.connectors.credential import Credential
from desktop.connectors.dialect import Answer
from desktop.connectors.highlevel.auth import ACCOUNT_TEXTS, SCOPE_TEXTS, dialect
from desktop.connectors.highlevel.grants import Grant, is_signed_in, read_grant, write_grant
from desktop.connectors.highlevel.oauth import Tokens
from desktop.connectors.pacing import Pacers
from desktop.connectors.redaction import Secret
from desktop.connectors.settings import transport_for
from desktop.connectors.transport import Transport

_SOON = 60.0
"""Seconds after a renewal within which a refusal is not the token's age."""
_NOT_THE_TOKEN = (*SCOPE_TEXTS, *ACCOUNT_TEXTS, "user type mismatch", "version header")


def credential_of(
    settings: ConnectionSettings, secret: Secret, clock: Clock, pacers: Pacers, store: SecretStore | None
) -> Secret | Credential:
    """What a connection's requests are authorised with: a private integration token, or what a sign-in gave."""
    if not is_signed_in(secret.reveal()):
        return secret

    def open_transport(token: Secret | None) -> Transport:
        # Tokens are not asked for on the location's quota.
        return transport_for(replace(settings, account=""), token, dialect(), clock, pacers, 1)

    return SignedIn(secret.reveal(), Tokens(settings.name, clock, open_transport), store, clock)


class SignedIn:
    """A credential that a sign-in gave.

    A refresh token works once: whoever renews does so alone among all processes, looks first whether another has
    done it meanwhile, and keeps the new pair before it is used. A renewal goes on when the request that needed it
    is cancelled, since giving it up between the answer and the keeping would lose the only token that still works.

    :param store: where the secret is kept; without one nothing is renewed, since the kept one would become worthless.
    """

    def __init__(self, secret: str, tokens: Tokens, store: SecretStore | None, clock: Clock) -> None:
        self._grant = read_grant(secret)
        self._tokens = tokens
        self._store = store
        self._clock = clock
        self._secrets = self._grant.secrets()
        self._renewing: asyncio.Task[None] | None = None
        self._renewed_at = -_SOON

    def secrets(self) -> Collection[Secret]:
        """Every token since the connection was opened, and the app's secret."""
        return self._secrets

    async def current(self) -> Secret:
        """The access token, renewed when it is about to lapse."""
        if self._store is not None and self._grant.access.lapses(self._clock.now()):
            await self._renewal(self._store)
        return Secret(self._grant.access.text)

    async def refused(self, secret: Secret, answer: Answer) -> bool:
        """Whether there is another token now; a refusal for want of a scope is not the token's fault."""
        if any(known in str(answer.data).lower() for known in _NOT_THE_TOKEN):
            return False
        if secret.reveal() != self._grant.access.text:
            return True
        if self._store is None or self._clock.monotonic() - self._renewed_at < _SOON:
            return False
        await self._renewal(self._store, refused=secret.reveal())
        return secret.reveal() != self._grant.access.text

    async def aclose(self) -> None:
        """Wait for a renewal that is under way."""
        if self._renewing is not None:
            await asyncio.wait([self._renewing])

    async def _renewal(self, store: SecretStore, refused: str = "") -> None:
        """Take part in the renewal that is under way, or begin one."""
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew(store, refused))
            self._renewing.add_done_callback(self._ended)
        await asyncio.shield(self._renewing)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._renewing = None
        if not task.cancelled():
            # Whoever waited for it has raised this; nobody may be left to do so.
            task.exception()

    async def _renew(self, store: SecretStore, refused: str) -> None:
        async with store.alone():
            self._adopt(read_grant(await store.load()))
            if self._grant.access.text != refused and not self._grant.access.lapses(self._clock.now()):
                return
            if self._grant.agency is None:
                await self._refresh(store)
            else:
                await self._mint(store)
            self._renewed_at = self._clock.monotonic()

    async def _refresh(self, store: SecretStore) -> None:
        if self._grant.refresh:
            await self._keep(store, await self._tokens.refreshed(self._grant))

    async def _mint(self, store: SecretStore) -> None:
        """Make a new token of the location, with a new one of the agency where that has lapsed."""
        agency = self._grant.agency
        if agency is None or agency.lapses(self._clock.now()):
            await self._refresh(store)
        minted = await self._tokens.of_location(self._grant)
        if minted is None:
            await self._refresh(store)
            minted = await self._tokens.of_location(self._grant)
        if minted is None:
            raise self._tokens.no_longer_accepted()
        await self._keep(store, minted)

    async def _keep(self, store: SecretStore, grant: Grant) -> None:
        self._secrets |= grant.secrets()
        await store.save(write_grant(grant))
        self._adopt(grant)

    def _adopt(self, grant: Grant) -> None:
        self._secrets |= grant.secrets()
        self._grant = grant
