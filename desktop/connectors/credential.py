"""Credentials that are renewed while a connection is open."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

from desktop.connectors.redaction import Secret

if TYPE_CHECKING:
    from desktop.connectors.dialect import Answer


class Credential(Protocol):
    """What a connection's requests are authorised with, where the platform lets it lapse.

    A credential that never changes is a plain :class:`Secret`.
    """

    def secrets(self) -> Collection[Secret]:
        """Everything of it that must not be shown, the earlier ones included."""
        ...

    async def current(self) -> Secret:
        """What to send now, renewed first where it is about to lapse.

        :raises CrosswalkError: when it has to be renewed and can't be; nothing is to be sent then.
        """
        ...

    async def refused(self, secret: Secret, answer: Answer) -> bool:
        """The platform answered a request sent with that secret with status 401.

        :returns: whether :meth:`current` has another one now, so that the request is worth sending again.
        :raises CrosswalkError: when it has to be renewed and can't be.
        """
        ...

    async def aclose(self) -> None:
        """End a renewal that is under way, and keep what came of it."""
        ...
