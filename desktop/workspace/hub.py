"""The open connections of a workspace: each opened when first used, shared by all that use it."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.to_thread

from desktop.connectors.base import ConnectionSettings, Connector, Quota
from desktop.connectors.clock import SystemClock
from desktop.connectors.options import ALONE_SHARE, WAITED_SHARE, share_option
from desktop.connectors.pacing import Pacers
from desktop.connectors.registry import open_connector
from desktop.domain.errors import CredentialRefused, NotFound
from desktop.store import ConnectionRow, Store
from desktop.vault import Vault
from desktop.workspace.ages import Ages
from desktop.workspace.secrets import ConnectionSecrets


class Hub:
    """Opens connectors and keeps them open.

    :param workspace_id: tells the secrets of one workspace from another's in the keyring.
    :param folder: of the workspace, where the locks lie that keep two processes from renewing one secret.
    """

    def __init__(self, store: Store, vault: Vault, workspace_id: str, folder: Path) -> None:
        self._store = store
        self._vault = vault
        self._workspace_id = workspace_id
        self._folder = folder
        self._secrets: dict[int, ConnectionSecrets] = {}
        self.ages = Ages(store)
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
        secrets = self._secrets_of(row)
        secret = await secrets.find()
        if secret is None:
            raise CredentialRefused(
                f"The credentials of {row.name} are not in this system's keyring.",
                f"Open Connections, choose {row.name} and replace its credentials.",
            )
        waited, alone = (share_option(row.options, info) for info in (WAITED_SHARE, ALONE_SHARE))
        settings = ConnectionSettings(row.name, row.base_url, row.account, waited, row.options, alone)
        return await open_connector(row.platform, settings, secret, self._clock, self._pacers, secrets)

    async def open(self, platform: str, settings: ConnectionSettings, secret: str) -> Connector:
        """Open a connector for a secret that is kept nowhere yet, in pace with all others of its account. The caller
        closes it.
        """
        return await open_connector(platform, settings, secret, self._clock, self._pacers)

    async def has_secret(self, row: ConnectionRow) -> bool:
        """Whether a connection's secret is in the keyring."""
        return await self._secrets_of(row).find() is not None

    async def keep_secret(self, row: ConnectionRow, secret: str) -> None:
        """Put a connection's secret into the keyring."""
        await self._secrets_of(row).put(secret)
        await self.drop(row.id)

    async def forget_secret(self, row: ConnectionRow) -> None:
        """Take a connection's secret out of the keyring."""
        await self.drop(row.id)
        await self._secrets_of(row).remove()
        del self._secrets[row.id]

    async def webhook_secret(self, row: ConnectionRow) -> str | None:
        """The secret that was agreed on with a connection's platform for its messages."""
        return await anyio.to_thread.run_sync(self._vault.get, self._webhook_entry(row))

    async def keep_webhook_secret(self, row: ConnectionRow, secret: str) -> None:
        """Put the secret of a connection's messages into the keyring."""
        await anyio.to_thread.run_sync(self._vault.put, self._webhook_entry(row), secret)

    async def forget_webhook_secret(self, row: ConnectionRow) -> None:
        """Take the secret of a connection's messages out of the keyring."""
        await anyio.to_thread.run_sync(self._vault.remove, self._webhook_entry(row))

    def _webhook_entry(self, row: ConnectionRow) -> str:
        return f"{self._workspace_id}/webhook/{row.id}"

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

    async def _renewed(self, name: str) -> None:
        await self.ages.renewed(name, self._clock.now())

    def _secrets_of(self, row: ConnectionRow) -> ConnectionSecrets:
        """Where a connection's secret is; the same for all who ask, since it may hold one that is kept nowhere else."""

        secrets = self._secrets.get(row.id)
        if secrets is None:
            entry = f"{self._workspace_id}/connection/{row.id}"
            lock = self._folder / "locks" / f"connection-{row.id}"
            secrets = self._secrets[row.id] = ConnectionSecrets(row.name, self._vault, entry, lock, self._renewed)
        secrets.name = row.name
        return secrets
