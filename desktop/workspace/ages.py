"""Since when each connection has had its credentials, so that old ones can be pointed out."""

from __future__ import annotations

from datetime import datetime

from desktop.domain.values import Json
from desktop.store import Store

_SETTING = "credentials_since"


class Ages:
    """By connection, when its credentials were entered or last renewed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def since(self, name: str) -> datetime | None:
        """When a connection got its credentials, ``None`` where that was not written down."""
        kept = await self._store.read(self._kept)
        return datetime.fromisoformat(kept[name]) if name in kept else None

    async def renewed(self, name: str, now: datetime) -> None:
        """The connection has new credentials."""
        await self._store.write(lambda: self._keep({**self._kept(), name: now.isoformat()}))

    def renamed(self, name: str, new_name: str) -> None:
        """The connection has another name now; called within a write of the store."""
        self._keep({(new_name if key == name else key): at for key, at in self._kept().items()})

    def forgotten(self, name: str) -> None:
        """The connection is gone; called within a write of the store."""
        self._keep({key: at for key, at in self._kept().items() if key != name})

    def _kept(self) -> dict[str, str]:
        document = self._store.settings.get(_SETTING, {})
        return {name: str(at) for name, at in document.items()} if isinstance(document, dict) else {}

    def _keep(self, since: dict[str, str]) -> None:
        document: dict[str, Json] = dict(since)
        self._store.settings.put(_SETTING, document)
