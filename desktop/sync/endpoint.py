"""One side of a run: the connector, the object's schema, and where its mirror is."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.connectors.base import Connector, ObjectCapabilities
from desktop.domain.mapping import Side
from desktop.domain.schema import ObjectSchema


@dataclass(frozen=True, slots=True)
class Place:
    """An object on an open connection, with its mirror.

    :param connection: the connection's name.
    :param mirror: id of the object's mirror in the store.
    """

    connection: str
    connector: Connector
    schema: ObjectSchema
    mirror: int

    @property
    def capabilities(self) -> ObjectCapabilities:
        """What can be done with the object."""
        return self.connector.capabilities(self.schema)

    def named(self) -> str:
        """The place in the operator's words: ``Orders in Agency``."""
        return f"{self.schema.plural} in {self.connection}"


@dataclass(frozen=True, slots=True)
class Places:
    """The two sides of a sync."""

    left: Place
    right: Place

    def on(self, side: Side) -> Place:
        """The place on a side."""
        return self.left if side is Side.LEFT else self.right
