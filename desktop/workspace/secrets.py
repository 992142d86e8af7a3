"""The secret of one connection: kept in the keyring, renewed by one process at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread

from desktop.domain.errors import CredentialRefused, KeyringMissing, StorageFailure, Unreachable
from desktop.vault import Vault
from desktop.workspace.filelock import hold_file

_WAIT_SECONDS = 180.0
"""Longer than a renewal takes, unless the platform does not answer."""


class ConnectionSecrets:
    """What a connector renews its credential with (:class:`desktop.connectors.base.SecretStore`).

    A renewed secret that the keyring does not take is held in memory, as the one before it is worth nothing any more;
    each later call tries to keep it first.

    :param name: the connection's name, for sentences.
    :param entry: the secret's name in the vault.
    :param lock: the file that stands for the right to renew.
    :param renewed: called with the connection's name once another secret is kept.
    """

    def __init__(
        self, name: str, vault: Vault, entry: str, lock: Path, renewed: Callable[[str], Awaitable[None]]
    ) -> None:
        self.name = name
        self._vault = vault
        self._entry = entry
        self._lock = lock
        self._renewed = renewed
        self._unkept: str | None = None

    async def find(self) -> str | None:
        """The secret, ``None`` when the keyring does not have it.

        :raises KeyringMissing: when the keyring is locked or refuses.
        """
        found = await self._kept()
        if found is not None:
            return found
        # A long one lies in parts, which may just be exchanged.
        async with self.alone():
            return await self._kept()

    async def _kept(self) -> str | None:
        if self._unkept is not None:
            return self._unkept
        return await anyio.to_thread.run_sync(self._vault.get, self._entry)

    async def load(self) -> str:
        """The secret as it is kept now; called while :meth:`alone` is entered.

        :raises StorageFailure: when the keyring is locked or refuses, also to keep what it refused before.
        :raises CredentialRefused: when the keyring does not have it.
        """
        if self._unkept is not None:
            await self.save(self._unkept)
        try:
            secret = await self._kept()
        except KeyringMissing as error:
            raise StorageFailure(
                f"The credentials of {self.name} have to be renewed, but: {error.message}", error.hint, error.details
            ) from None
        if secret is None:
            raise CredentialRefused(
                f"The credentials of {self.name} are not in this system's keyring any more.",
                f"Open Connections, choose {self.name} and replace its credentials.",
            )
        return secret

    async def save(self, secret: str) -> None:
        """Keep a renewed secret.

        :raises StorageFailure: when the keyring does not take it; it is in memory then, and only there.
        """
        self._unkept = secret
        try:
            await anyio.to_thread.run_sync(self._vault.put, self._entry, secret)
        except KeyringMissing as error:
            raise StorageFailure(
                f"The credentials of {self.name} were renewed and could not be kept: {error.message} The old ones "
                "are no longer valid; the new ones are in memory only.",
                f"{error.hint} Do so before you close Crosswalk, else sign in to {self.name} again.",
                error.details,
            ) from None
        self._unkept = None
        await self._renewed(self.name)

    async def put(self, secret: str) -> None:
        """Keep what a person entered, in place of whatever is kept or being renewed."""
        async with self.alone():
            await anyio.to_thread.run_sync(self._vault.put, self._entry, secret)
            self._unkept = None
            await self._renewed(self.name)

    async def remove(self) -> None:
        """Forget the secret."""
        async with self.alone():
            self._unkept = None
            await anyio.to_thread.run_sync(self._vault.remove, self._entry)

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """Keep every other process, and everybody else in this one, from renewing this secret.

        :raises Unreachable: when another is still at it after minutes.
        """
        busy = Unreachable(
            f"Another Crosswalk is renewing the credentials of {self.name} and has got no answer so far.",
            "Try again in a few minutes. If it stays so, close the other window or command.",
        )
        async with hold_file(self._lock, _WAIT_SECONDS, busy):
            yield
