"""How old each connection's credentials are, so that the operator is reminded to replace them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

ROTATE_AFTER = timedelta(days=90)
"""Age from which new credentials are advised. HighLevel advises to rotate a private integration token every
90 days (https://marketplace.gohighlevel.com/docs/Authorization/PrivateIntegrationsToken)."""

_SETTING = "credentials_since"


class CredentialAges:
    """Remembers when each connection got its credentials; one that is new here counts from today."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def of(self, names: Iterable[str]) -> dict[str, timedelta]:
        """The age of the credentials of each of these connections; all others are forgotten."""
        kept, now = await self._kept(), datetime.now(UTC)
        since = {name: kept.get(name, now) for name in names}
        if since != kept:
            await self._keep(since)
        return {name: now - moment for name, moment in since.items()}

    async def renewed(self, name: str) -> None:
        """The connection has new credentials."""
        await self._keep({**await self._kept(), name: datetime.now(UTC)})

    async def renamed(self, name: str, new_name: str) -> None:
        """The connection has another name now."""
        kept = await self._kept()
        if name in kept:
            await self._keep({(new_name if key == name else key): at for key, at in kept.items()})

    async def _kept(self) -> dict[str, datetime]:
        document = await self._desk.settings.get(_SETTING, {})
        if not isinstance(document, dict):
            return {}
        return {name: datetime.fromisoformat(str(at)) for name, at in document.items()}

    async def _keep(self, since: dict[str, datetime]) -> None:
        await self._desk.settings.put(_SETTING, {name: at.isoformat() for name, at in since.items()})
