"""Conflicts: the open questions of each sync, and what a person decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from desktop.domain.conflict import UNNAMED, Conflict, ConflictKind
from desktop.domain.mapping import Side
from desktop.store.columns import id_list, micros, moment, pack, unpack
from desktop.store.database import Repository

_COLUMNS = (
    "id, kind, side, left_id, right_id, title, run_id, since, left_field, right_field, left_value, right_value, "
    "left_at, right_at, left_by, right_by, candidates, decision"
)
_INSERT = (
    f"INSERT INTO conflict (sync_id, {_COLUMNS.removeprefix('id, ')}) "
    f"VALUES ({', '.join('?' * 18)}) "
    "ON CONFLICT (sync_id, kind, left_id, right_id, left_field, right_field) DO UPDATE SET "
    "side = excluded.side, title = excluded.title, run_id = excluded.run_id, left_at = excluded.left_at, "
    "left_by = CASE WHEN left_at IS excluded.left_at AND left_by <> '' THEN left_by ELSE excluded.left_by END, "
    "right_by = CASE WHEN right_at IS excluded.right_at AND right_by <> '' THEN right_by ELSE excluded.right_by END, "
    "right_at = excluded.right_at, "
    "candidates = excluded.candidates, "
    "decision = CASE WHEN left_value = excluded.left_value AND right_value = excluded.right_value "
    "THEN decision ELSE '' END, left_value = excluded.left_value, right_value = excluded.right_value"
)


class Conflicts(Repository):
    """The open questions of each sync, the oldest first."""

    def put_many(self, sync_id: int, conflicts: Iterable[Conflict]) -> None:
        """Note conflicts. One that is known keeps its first time, and its decision unless a value has changed."""
        self._driver.executemany(_INSERT, [(sync_id, *_parameters(item)) for item in conflicts])

    def page(self, sync_id: int, offset: int = 0, limit: int = 200) -> list[Conflict]:
        """Undecided conflicts, leaving out the first ``offset`` ones."""
        return self._select("sync_id = ? AND decision = '' ORDER BY id LIMIT ? OFFSET ?", (sync_id, limit, offset))

    def get(self, sync_id: int, ids: Iterable[int]) -> list[Conflict]:
        """Those conflicts that are there."""
        where = "sync_id = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY id"
        return self._select(where, (sync_id, id_list(ids)))

    def alike(self, sync_id: int, conflict: Conflict) -> list[int]:
        """Ids of the undecided conflicts of the same kind, about the same field."""
        rows = self._driver.execute(
            "SELECT id FROM conflict WHERE sync_id = ? AND kind = ? AND side = ? AND left_field = ? "
            "AND right_field = ? AND decision = '' ORDER BY id",
            (sync_id, conflict.kind.value, conflict.side.value, conflict.left_field, conflict.right_field),
        )
        return [found for (found,) in rows]

    def of_records(self, sync_id: int, side: Side, ids: Iterable[str]) -> dict[str, list[Conflict]]:
        """All conflicts of records of a side, decided ones as well, by record id."""
        column = f"{side.value}_id"
        found: dict[str, list[Conflict]] = {}
        where = f"sync_id = ? AND {column} IN (SELECT value FROM json_each(?)) ORDER BY id"
        for item in self._select(where, (sync_id, id_list(ids))):
            found.setdefault(item.id_on(side), []).append(item)
        return found

    def record_ids(self, sync_id: int, first: Side) -> dict[Side, set[str]]:
        """By side, the records from which open questions are looked at again.

        :param first: the side from which a question about a field is looked at.
        """
        found: dict[Side, set[str]] = {side: set() for side in Side}
        rows = self._driver.execute("SELECT kind, side, left_id, right_id FROM conflict WHERE sync_id = ?", (sync_id,))
        for kind, about, left_id, right_id in rows:
            match ConflictKind(kind):
                case ConflictKind.FIELD:
                    side = first
                case ConflictKind.MATCH:
                    side = Side(about)
                case ConflictKind.DELETED:
                    side = Side(about).other
            found[side].add(left_id if side is Side.LEFT else right_id)
        return found

    def unnamed(self, sync_id: int, side: Side) -> list[str]:
        """The platform's ids of who changed the records of a side and is not known by name yet."""
        by = f"{side.value}_by"
        rows = self._driver.execute(
            f"SELECT DISTINCT {by} FROM conflict WHERE sync_id = ? AND {by} LIKE ? ORDER BY {by}",
            (sync_id, f"{UNNAMED}%"),
        )
        return [found.removeprefix(UNNAMED) for (found,) in rows]

    def name(self, sync_id: int, side: Side, names: Mapping[str, str]) -> None:
        """Put names, some of them blank, in the place of the platform's ids."""
        by = f"{side.value}_by"
        self._driver.executemany(
            f"UPDATE conflict SET {by} = ? WHERE sync_id = ? AND {by} = ?",
            [(name, sync_id, UNNAMED + key) for key, name in names.items()],
        )

    def any(self, sync_id: int) -> bool:
        """Whether there is any, decided or not."""
        return (
            self._driver.execute("SELECT 1 FROM conflict WHERE sync_id = ? LIMIT 1", (sync_id,)).fetchone() is not None
        )

    def decided(self, sync_id: int) -> list[Conflict]:
        """Conflicts that a person decided and no run has applied yet."""
        return self._select("sync_id = ? AND decision <> '' ORDER BY id", (sync_id,))

    def decide(self, sync_id: int, ids: Iterable[int], decision: str) -> int:
        """Note what a person decided. Returns of how many."""
        cursor = self._driver.execute(
            "UPDATE conflict SET decision = ? WHERE sync_id = ? AND id IN (SELECT value FROM json_each(?))",
            (decision, sync_id, id_list(ids)),
        )
        return cursor.rowcount

    def raised(self, run_id: str) -> int:
        """How many a run found, or found to be still open."""
        return self._driver.execute("SELECT count(*) FROM conflict WHERE run_id = ?", (run_id,)).fetchone()[0]

    def remove(self, sync_id: int, ids: Iterable[int]) -> None:
        """Forget conflicts: they are settled, or there is none any more."""
        self._driver.executemany("DELETE FROM conflict WHERE sync_id = ? AND id = ?", [(sync_id, item) for item in ids])

    def count(self, sync_id: int) -> int:
        """How many are undecided."""
        row = self._driver.execute("SELECT count(*) FROM conflict WHERE sync_id = ? AND decision = ''", (sync_id,))
        return row.fetchone()[0]

    def _select(self, where: str, parameters: tuple[object, ...]) -> list[Conflict]:
        rows = self._driver.execute(f"SELECT {_COLUMNS} FROM conflict WHERE {where}", parameters)
        return [_conflict(row) for row in rows]


def _parameters(item: Conflict) -> tuple[object, ...]:
    return (
        item.kind.value,
        item.side.value,
        item.left_id,
        item.right_id,
        item.title,
        item.run_id,
        micros(item.since),
        item.left_field,
        item.right_field,
        pack(item.left_value),
        pack(item.right_value),
        item.left_at and micros(item.left_at),
        item.right_at and micros(item.right_at),
        item.left_by,
        item.right_by,
        pack(dict(item.candidates)),
        item.decision,
    )


def _conflict(row: Sequence[Any]) -> Conflict:
    (conflict_id, kind, side, left_id, right_id, title, run_id, since, *rest) = row
    left_field, right_field, left_value, right_value, left_at, right_at, left_by, right_by, candidates, decision = rest
    return Conflict(
        conflict_id,
        ConflictKind(kind),
        Side(side),
        left_id,
        right_id,
        title,
        run_id,
        moment(since),
        left_field,
        right_field,
        unpack(left_value),
        unpack(right_value),
        None if left_at is None else moment(left_at),
        None if right_at is None else moment(right_at),
        left_by,
        right_by,
        {str(key): str(value) for key, value in _mapping(candidates).items()},
        decision,
    )


def _mapping(data: bytes) -> dict[str, Any]:
    found = unpack(data)
    return found if isinstance(found, dict) else {}
