"""What every connector tells of its transport."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.connectors.base import Quota, Traffic
from desktop.connectors.transport import Transport
from desktop.connectors.webhooks import Subscriber


class Connected:
    """The part of a connector that is the same for every platform."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def traffic(self) -> Traffic:
        """Requests so far."""
        return self._transport.traffic

    @property
    def quota(self) -> Quota | None:
        """What the platform's headers said last, ``None`` where it states none."""
        return self._transport.quota

    @property
    def subscriber(self) -> Subscriber | None:
        """Where messages are sent can't be told through the API unless a platform says otherwise."""
        return None

    async def people(self, ids: Sequence[str]) -> dict[str, str]:
        """Nobody, unless a platform says who changed a record."""
        return {}

    async def aclose(self) -> None:
        """Close the connection."""
        await self._transport.aclose()
