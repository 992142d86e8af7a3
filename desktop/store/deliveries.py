"""Deliveries: what platforms' messages told, from their arrival until every sync that it concerns has served it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from desktop.store.columns import id_list, micros, moment
from desktop.store.database import Repository


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """That something happened to a record.

    :param key: the message's own; what comes with it once more is a replay.
    :param object: the object's key, or the beginning of it and ``*``.
    """

    id: int
    connection_id: int
    key: str
    object: str
    record_id: str
    received_at: datetime


class Deliveries(Repository):
    """What was told and waits to be served, oldest first."""

    def add(self, connection_id: int, told: Iterable[tuple[str, str, str]], at: datetime) -> int:
        """Note what a message told.

        :param told: the message's key, the object and the record's id.
        :returns: how many of these had not been told before.
        """
        return sum(
            self._driver.execute(
                "INSERT INTO delivery (connection_id, key, object, record_id, received_at) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (connection_id, key, object, record_id) DO NOTHING",
                (connection_id, *each, micros(at)),
            ).rowcount
            for each in told
        )

    def waiting(self, limit: int) -> list[DeliveryRow]:
        """What is not served yet."""
        rows = self._driver.execute(
            "SELECT id, connection_id, key, object, record_id, received_at FROM delivery "
            "WHERE handled_at IS NULL ORDER BY id LIMIT ?",
            (limit,),
        )
        return [
            DeliveryRow(number, connection_id, key, object_key, record_id, moment(at))
            for number, connection_id, key, object_key, record_id, at in rows
        ]

    def handled(self, ids: Iterable[int], at: datetime) -> None:
        """Note that these are served. They are kept a while, so that a replay is known."""
        self._driver.execute(
            "UPDATE delivery SET handled_at = ? WHERE id IN (SELECT value FROM json_each(?))",
            (micros(at), id_list(ids)),
        )

    def last(self, connection_id: int) -> datetime | None:
        """When a connection's platform last told something."""
        row = self._driver.execute(
            "SELECT max(received_at) FROM delivery WHERE connection_id = ?", (connection_id,)
        ).fetchone()
        return None if row[0] is None else moment(row[0])

    def forget(self, before: datetime) -> None:
        """Forget what was served before a time."""
        self._driver.execute("DELETE FROM delivery WHERE handled_at < ?", (micros(before),))
