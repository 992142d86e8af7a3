"""Links: which record here is which record there, and the values that both last agreed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from desktop.domain.errors import Ambiguous
from desktop.domain.mapping import Side
from desktop.domain.values import Json
from desktop.store.columns import id_list, micros, moment, pack, unpack
from desktop.store.database import Repository
from desktop.store.driver import IntegrityError

_COLUMN = {Side.LEFT: "left_id", Side.RIGHT: "right_id"}


@dataclass(frozen=True, slots=True)
class Link:
    """A remembered pair.

    :param left_base: canonical values (:func:`desktop.domain.values.canonical`) by the left side's field keys.
    :param at: when both sides last agreed.
    """

    left_id: str
    right_id: str
    left_base: Mapping[str, Json]
    right_base: Mapping[str, Json]
    at: datetime

    def id_on(self, side: Side) -> str:
        """The record's id on a side."""
        return self.left_id if side is Side.LEFT else self.right_id

    def base_on(self, side: Side) -> Mapping[str, Json]:
        """The base values of a side."""
        return self.left_base if side is Side.LEFT else self.right_base


class Links(Repository):
    """The links of each sync: one-to-one."""

    def put_many(self, sync_id: int, links: Sequence[Link]) -> None:
        """Store links; one with the same left id is replaced.

        :raises Ambiguous: when a right id is already linked to another left id.
        """
        driver = self._driver
        links = list({link.left_id: link for link in links}.values())
        driver.executemany(
            "DELETE FROM link WHERE sync_id = ? AND left_id = ?", [(sync_id, link.left_id) for link in links]
        )
        try:
            driver.executemany(
                "INSERT INTO link (sync_id, left_id, right_id, left_base, right_base, at) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        sync_id,
                        link.left_id,
                        link.right_id,
                        pack(link.left_base),
                        pack(link.right_base),
                        micros(link.at),
                    )
                    for link in links
                ],
            )
        except IntegrityError as error:
            raise self._refusal(sync_id, links, error) from error

    def by_ids(self, sync_id: int, side: Side, ids: Iterable[str]) -> dict[str, Link]:
        """The links of those records of a side that have one, by record id."""
        column = _COLUMN[side]
        rows = self._driver.execute(
            "SELECT left_id, right_id, left_base, right_base, at FROM link "
            f"WHERE sync_id = ? AND {column} IN (SELECT value FROM json_each(?))",
            (sync_id, id_list(ids)),
        )
        links = (
            Link(left, right, _base(left_base), _base(right_base), moment(at))
            for left, right, left_base, right_base, at in rows
        )
        return {link.id_on(side): link for link in links}

    def remove(self, sync_id: int, left_ids: Iterable[str]) -> None:
        """Forget links."""
        self._driver.executemany(
            "DELETE FROM link WHERE sync_id = ? AND left_id = ?", [(sync_id, left_id) for left_id in left_ids]
        )

    def count(self, sync_id: int) -> int:
        """How many records are linked."""
        return self._driver.execute("SELECT count(*) FROM link WHERE sync_id = ?", (sync_id,)).fetchone()[0]

    def replace_id(self, sync_id: int, side: Side, old: str, new: str) -> None:
        """Follow a record that got another id, as after a merge.

        :raises Ambiguous: when the new id is already linked.
        """
        column = _COLUMN[side]
        try:
            self._driver.execute(
                f"UPDATE link SET {column} = ? WHERE sync_id = ? AND {column} = ?", (new, sync_id, old)
            )
        except IntegrityError as error:
            raise Ambiguous(
                f"The record {new} is already linked, so it can't take the place of {old}.",
                "Look at both records and merge or delete one.",
            ) from error

    def _refusal(self, sync_id: int, links: Sequence[Link], error: Exception) -> Exception:
        counts = Counter(link.right_id for link in links)
        taken = self.by_ids(sync_id, Side.RIGHT, counts)
        for link in links:
            other = taken.get(link.right_id)
            if counts[link.right_id] > 1 or (other is not None and other.left_id != link.left_id):
                rival = other.left_id if other is not None else "another record"
                return Ambiguous(
                    f"The record {link.right_id} is already linked to {rival}, so it can't be linked "
                    f"to {link.left_id}.",
                    "Look at these records and merge or delete one.",
                )
        return error


def _base(data: bytes) -> Mapping[str, Json]:
    return cast("Mapping[str, Json]", unpack(data))
