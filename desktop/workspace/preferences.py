"""Settings of the workspace, and what it says of itself."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import anyio.to_thread

from desktop import __version__
from desktop.domain.values import Json
from desktop.vault import Vault
from desktop.workspace.context import Context
from desktop.workspace.topics import Topic


class Preferences:
    """Reads and keeps settings."""

    def __init__(self, context: Context, path: Path, log_file: Path | None, vault: Vault) -> None:
        self._context = context
        self._path = path
        self._log_file = log_file
        self._vault = vault

    async def get(self, key: str, default: Json = None) -> Json:
        """A setting, or the default where it was never put."""
        store = self._context.store
        return await store.read(store.settings.get, key, default)

    async def put(self, key: str, value: Json) -> None:
        """Keep a setting."""
        store = self._context.store
        await store.write(store.settings.put, key, value)
        self._context.news.tell(Topic.SETTINGS)

    async def about(self) -> dict[str, Json]:
        """Version, where data lies, how secrets are kept, and how large everything is."""
        sizes = await self._context.store.read(self._context.store.sizes)
        return {
            "version": __version__,
            "workspace": str(self._path),
            "log_file": str(self._log_file) if self._log_file else "",
            "keyring": await anyio.to_thread.run_sync(self._vault.explain),
            **asdict(sizes),
        }
