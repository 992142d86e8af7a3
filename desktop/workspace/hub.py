"""The open connections of a workspace: each opened when first used, shared by all that use it."""

from __future__ import annotations

import anyio
import anyio.to_thread

from desktop.connectors.base import ConnectionSettings, Connector, Quota
from desktop.connectors.clock import SystemClock
from desktop.connectors.pacing import Pacers
from desktop.connectors.registry import open_connector
from desktop.domain.errors import CredentialRefused, NotFound
from desktop.store import ConnectionRow, Store
from desktop.vault import Vault

QUOTA_SHARE = 0.8
"""The share of a platform's quota that is used while a person waits."""


class Hub:
    """Opens connectors and keeps them open.

    :param workspace_id: tells the secrets of one workspace from another's in the keyring.
    """

    def __init__(self, store: Store, vault: Vault, workspace_id: str) -> None:
        self._store = store
        self._vault = vault
        self._workspace_id = workspace_id
        self._open: dict[int, Connector] = {}
        self._names: dict[int, str] = {}
        self._clock = SystemClock()
        self._pacers = Pacers(self._clock)
        self._opening = anyio.Lock()

    async def row(self, name: str) -> ConnectionRow:
        """The connection of that name.

        :raises NotFound: when there is none.
        """
        row = await self._store.read(self._store.connections.by_name, name)
        if row is None:
            raise NotFound(f"There is no connection “{name}”.", "Connect the account under Connections.")
        return row

    async def connector(self, name: str) -> Connector:
        """The open connector of a connection.

        :raises NotFound: when there is no such connection.
        :raises CredentialRefused: when its credentials are not in the keyring.
        """
        row = await self.row(name)
        async with self._opening:
            if row.id not in self._open:
                self._open[row.id] = await self._connect(row)
                self._names[row.id] = row.name
            return self._open[row.id]

    async def _connect(self, row: ConnectionRow) -> Connector:
        secret = await self.secret(row.id)
        if secret is None:
            raise CredentialRefused(
                f"The credentials of {row.name} are not in this system's keyring.",
                f"Open Connections, choose {row.name} and replace its credentials.",
            )
        settings = ConnectionSettings(row.name, row.base_url, row.account, QUOTA_SHARE, row.options)
        return await self.open(row.platform, settings, secret)

    async def open(self, platform: str, settings: ConnectionSettings, secret: str) -> Connector:
        """Open a connector that keeps the same pace as all others of its account. The caller closes it."""
        return await open_connector(platform, settings, secret, self._clock, self._pacers)

    async def secret(self, connection_id: int) -> str | None:
        """A connection's secret, ``None`` when the keyring does not have it."""
        return await anyio.to_thread.run_sync(self._vault.get, self._entry(connection_id))

    async def keep_secret(self, connection_id: int, secret: str) -> None:
        """Put a connection's secret into the keyring."""
        await anyio.to_thread.run_sync(self._vault.put, self._entry(connection_id), secret)
        await self.drop(connection_id)

    async def forget_secret(self, connection_id: int) -> None:
        """Take a connection's secret out of the keyring."""
        await self.drop(connection_id)
        await anyio.to_thread.run_sync(self._vault.remove, self._entry(connection_id))

    async def drop(self, connection_id: int) -> None:
        """Close a connection; it is opened anew when next used."""
        connector = self._open.pop(connection_id, None)
        if connector is not None:
            await connector.aclose()

    def quotas(self) -> dict[str, Quota]:
        """By connection, the quota as its platform last stated it; only of those that are open."""
        return {self._names[key]: item.quota for key, item in self._open.items() if item.quota is not None}

    async def aclose(self) -> None:
        """Close all connections."""
        for connection_id in tuple(self._open):
            await self.drop(connection_id)

    def _entry(self, connection_id: int) -> str:
        return f"{self._workspace_id}/connection/{connection_id}"
