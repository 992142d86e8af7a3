"""The mirror: the local copy of what was last read from a connection.

Each new or changed record gets the next sequence number of its object, so that what changed since any earlier
moment can be asked for. A record that is gone keeps its row, with a sequence number of its own, until it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Json
from desktop.store.columns import id_list, micros, moment, pack, unpack
from desktop.store.database import Database, Repository
from desktop.store.grid import Grid
from desktop.store.match_keys import MatchKeys
from desktop.store.mirror_object import MirrorObject, MirrorState, load, save
from desktop.store.record_codec import cells_and_text, decode_record, encode_record, labels_of
from desktop.store.search_index import drop_index

_KNOWN = (
    "SELECT r.record_id, r.row, r.gone, r.body FROM json_each(?2) wanted CROSS JOIN mirror_record r "
    "ON r.object_id = ?1 AND r.record_id = wanted.value"
)
_INSERT = (
    "INSERT INTO mirror_record (row, object_id, record_id, seq, gone, external_id, body) VALUES (?, ?, ?, ?, 0, ?, ?)"
)
_UPDATE = "UPDATE mirror_record SET seq = ?, gone = 0, external_id = ?, body = ? WHERE row = ?"
_CELLS = "INSERT OR REPLACE INTO mirror_cell (row, cells) VALUES (?, jsonb(?))"
_TEXT = "INSERT OR REPLACE INTO mirror_text (row, text) VALUES (?, ?)"


class Mirror(Repository):
    """The mirrored objects and their records."""

    def __init__(self, database: Database, grid: Grid) -> None:
        super().__init__(database)
        self._grid = grid
        self._keys = MatchKeys(database)
        self.count = grid.count
        self.page = grid.page
        self.ids = grid.ids
        self._completed: Callable[[int], None] = lambda _object_id: None

    def when_completed(self, told: Callable[[int], None]) -> None:
        """Be told the id of each object whose read was completed, once that is committed."""
        self._completed = told

    def object_id(self, connection_id: int, object_key: str) -> int:
        """The id of an object's mirror; it is made where there is none."""
        where = (connection_id, object_key)
        find = "SELECT id FROM mirror_object WHERE connection_id = ? AND key = ?"
        row = self._driver.execute(find, where).fetchone()
        if row is None:
            self._driver.execute(
                "INSERT INTO mirror_object (connection_id, key, fields, match_keys) VALUES (?, ?, ?, ?)",
                (*where, pack([]), pack({})),
            )
            row = self._driver.execute(find, where).fetchone()
        return row[0]

    def state(self, object_id: int) -> MirrorState:
        """How far the object was read.

        :raises NotFound: when the mirror is not there any more.
        """
        load(self._driver, object_id)
        cursor, read_at, complete, count, last_seq = self._driver.execute(
            "SELECT cursor, read_at, complete, live, last_seq FROM mirror_object WHERE id = ?", (object_id,)
        ).fetchone()
        return MirrorState(
            None if cursor is None else unpack(cursor),
            None if read_at is None else moment(read_at),
            bool(complete),
            count,
            last_seq,
        )

    def checkpoint(self, object_id: int, cursor: Json, read_at: datetime, complete: bool) -> None:
        """Note how far the object was read."""
        self._driver.execute(
            "UPDATE mirror_object SET cursor = ?, read_at = ?, complete = ? WHERE id = ?",
            (None if cursor is None else pack(cursor), micros(read_at), complete, object_id),
        )
        if complete:
            self._database.after_commit(lambda: self._completed(object_id))

    def read_anew(self, connection_id: int) -> None:
        """Let the next read of each of a connection's objects be a whole one."""
        self._driver.execute("UPDATE mirror_object SET cursor = NULL WHERE connection_id = ?", (connection_id,))

    def begin_sweep(self, object_id: int) -> int:
        """Begin a whole read, by which records that are gone are found. An earlier one that did not end is dropped."""
        row = load(self._driver, object_id)
        self._forget_seen(row)
        row = replace(row, sweep=row.sweep + 1, sweep_seq=row.last_seq)
        save(self._driver, row)
        return row.sweep

    def end_sweep(self, object_id: int, sweep: int) -> int:
        """End a whole read: records that were not put since it began are gone. Returns how many.

        Nothing happens when another sweep began meanwhile.
        """
        row = load(self._driver, object_id)
        if row.sweep != sweep or row.sweep_seq is None:
            return 0
        unseen = self._driver.execute(
            "SELECT row FROM mirror_record r WHERE object_id = ? AND gone = 0 AND seq <= ? "
            "AND NOT EXISTS (SELECT 1 FROM mirror_seen s WHERE s.row = r.row)",
            (object_id, row.sweep_seq),
        ).fetchall()
        self._forget_seen(row)
        row = self._bury(replace(row, sweep_seq=None), [number for (number,) in unseen])
        save(self._driver, row)
        return len(unseen)

    def put(self, object_id: int, schema: ObjectSchema, records: Sequence[Record], sweep: int | None = None) -> int:
        """Store records as they were read. Returns how many are new, changed or back again.

        :param sweep: of :meth:`begin_sweep`, when this belongs to a whole read.
        """
        driver = self._driver
        before = load(driver, object_id)
        row = before.with_schema(schema)
        row = self._keys.follow_types(row, schema)
        latest = {record.id: record for record in records}
        known = {found[0]: found[1:] for found in driver.execute(_KNOWN, (object_id, id_list(latest)))}
        seen: list[tuple[int]] = []
        changes: list[tuple[int, Record, bytes, bytes | None, bool]] = []
        number = row.last_row or row.first_row
        for record in latest.values():
            body = encode_record(record, row.fields)
            at, gone, old = known.get(record.id, (None, False, None))
            if at is None:
                number += 1
                changes.append((number, record, body, None, True))
            elif gone or old != body:
                changes.append((at, record, body, None if gone else old, False))
            else:
                seen.append((at,))
        back = sum(1 for _at, record, _body, _old, new in changes if not new and known[record.id][1])
        self._store(row, schema, changes)
        if sweep is not None and row.sweep_seq is not None and sweep == row.sweep and seen:
            driver.executemany("INSERT OR IGNORE INTO mirror_seen (row) VALUES (?)", seen)
        row = replace(
            row,
            last_row=number,
            last_seq=row.last_seq + len(changes),
            live=row.live + back + sum(1 for change in changes if change[4]),
        )
        if row != before:
            save(driver, row)
        return len(changes)

    def mark_gone(self, object_id: int, ids: Iterable[str]) -> int:
        """Note that records are not there any more. Returns how many were."""
        row = load(self._driver, object_id)
        rows = self._driver.execute(_KNOWN, (object_id, id_list(ids))).fetchall()
        live = sorted({number for _id, number, gone, _body in rows if not gone})
        save(self._driver, self._bury(row, live))
        return len(live)

    def get(self, object_id: int, ids: Iterable[str], up_to_seq: int | None = None) -> dict[str, Record]:
        """Those records that are there, by their ids.

        :param up_to_seq: only those that have not changed after this sequence number.
        """
        return self._records(
            object_id,
            "SELECT r.record_id, r.body FROM json_each(?2) wanted CROSS JOIN mirror_record r ON r.object_id = ?1 "
            "AND r.record_id = wanted.value WHERE r.gone = 0 AND (?3 IS NULL OR r.seq <= ?3)",
            (object_id, id_list(ids), up_to_seq),
        )

    def by_external_ids(self, object_id: int, ids: Iterable[str]) -> dict[str, Record]:
        """Those records that are there, by their external ids."""
        found = self._records(
            object_id,
            "SELECT r.record_id, r.body FROM json_each(?2) wanted CROSS JOIN mirror_record r ON r.object_id = ?1 "
            "AND r.external_id = wanted.value WHERE r.gone = 0",
            (object_id, id_list(ids)),
        )
        return {record.external_id: record for record in found.values() if record.external_id is not None}

    def changed(
        self, object_id: int, after_seq: int, limit: int, up_to_seq: int | None = None
    ) -> list[tuple[int, Record]]:
        """Records that are there and changed after a sequence number, with theirs, in its order."""
        row = load(self._driver, object_id)
        rows = self._driver.execute(
            "SELECT seq, record_id, body FROM mirror_record INDEXED BY mirror_record_order "
            "WHERE object_id = ? AND gone = 0 AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (object_id, after_seq, row.last_seq if up_to_seq is None else up_to_seq, limit),
        )
        return [(seq, decode_record(row.key, record_id, body, row.fields)) for seq, record_id, body in rows]

    def changed_latest_first(
        self, object_id: int, after_seq: int, limit: int, before_seq: int
    ) -> list[tuple[int, Record]]:
        """Records that are there and changed after one sequence number and before another, the latest first."""
        row = load(self._driver, object_id)
        rows = self._driver.execute(
            "SELECT seq, record_id, body FROM mirror_record INDEXED BY mirror_record_order "
            "WHERE object_id = ? AND gone = 0 AND seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?",
            (object_id, after_seq, before_seq, limit),
        )
        return [(seq, decode_record(row.key, record_id, body, row.fields)) for seq, record_id, body in rows]

    def gone_since(self, object_id: int, after_seq: int, limit: int) -> list[tuple[int, str]]:
        """Ids of records that went after a sequence number, with theirs, in its order."""
        return self._driver.execute(
            "SELECT seq, record_id FROM mirror_record INDEXED BY mirror_record_order "
            "WHERE object_id = ? AND gone = 1 AND seq > ? ORDER BY seq LIMIT ?",
            (object_id, after_seq, limit),
        ).fetchall()

    def ensure_keys(self, object_id: int, schema: ObjectSchema, field_keys: Iterable[str]) -> None:
        """Make records findable by fields' values, those that are there already as well."""
        row = load(self._driver, object_id)
        after = self._keys.declare(row.with_schema(schema), schema, field_keys)
        if after != row:
            save(self._driver, after)

    def find_keys(self, object_id: int, field: str, key_texts: Iterable[str]) -> dict[str, list[str]]:
        """Ids of the records that are there, by their key texts (:func:`desktop.domain.values.key_text`).

        :raises InvalidInput: when the field was not declared with :meth:`ensure_keys`.
        """
        return self._keys.find(load(self._driver, object_id), field, key_texts)

    def remove_connection(self, connection_id: int) -> None:
        """Remove all of a connection's objects."""
        ids = self._driver.execute("SELECT id FROM mirror_object WHERE connection_id = ?", (connection_id,)).fetchall()
        for (object_id,) in ids:
            self.remove(object_id)

    def remove(self, object_id: int) -> None:
        """Remove an object's mirror."""
        row = load(self._driver, object_id)
        drop_index(self._driver, row)
        for table in ("mirror_cell", "mirror_text", "mirror_seen", "mirror_record"):
            self._driver.execute(f"DELETE FROM {table} WHERE row >= ? AND row < ?", (row.first_row, row.end_row))
        self._driver.execute("DELETE FROM mirror_key WHERE object_id = ?", (object_id,))
        self._driver.execute("DELETE FROM mirror_object WHERE id = ?", (object_id,))

    def _records(self, object_id: int, sql: str, parameters: tuple[Any, ...]) -> dict[str, Record]:
        row = load(self._driver, object_id)
        return {
            record_id: decode_record(row.key, record_id, body, row.fields)
            for record_id, body in self._driver.execute(sql, parameters)
        }

    def _store(
        self,
        row: MirrorObject,
        schema: ObjectSchema,
        changes: Sequence[tuple[int, Record, bytes, bytes | None, bool]],
    ) -> None:
        if not changes:
            return
        driver = self._driver
        labels = labels_of(schema)
        inserts: list[tuple[object, ...]] = []
        updates: list[tuple[object, ...]] = []
        cells: list[tuple[int, str]] = []
        texts: list[tuple[int, str]] = []
        for seq, (number, record, body, _old, new) in enumerate(changes, row.last_seq + 1):
            if new:
                inserts.append((number, row.id, record.id, seq, record.external_id, body))
            else:
                updates.append((seq, record.external_id, body, number))
            cell, text = cells_and_text(record, row.fields, labels)
            cells.append((number, cell.decode()))
            texts.append((number, text))
        driver.executemany(_INSERT, inserts)
        driver.executemany(_UPDATE, updates)
        driver.executemany(_CELLS, cells)
        driver.executemany(_TEXT, texts)
        if row.match_keys:
            self._keys.replace(row, [(number, record, old) for number, record, _body, old, _new in changes])

    def _bury(self, row: MirrorObject, rows: Sequence[int]) -> MirrorObject:
        if not rows:
            return row
        driver = self._driver
        if row.match_keys:
            self._keys.forget(row, rows)
        numbered = [(row.last_seq + place, number) for place, number in enumerate(rows, 1)]
        driver.executemany("UPDATE mirror_record SET gone = 1, seq = ? WHERE row = ?", numbered)
        for table in ("mirror_cell", "mirror_text"):
            driver.executemany(f"DELETE FROM {table} WHERE row = ?", [(number,) for number in rows])
        return replace(row, last_seq=row.last_seq + len(rows), live=row.live - len(rows))

    def _forget_seen(self, row: MirrorObject) -> None:
        self._driver.execute("DELETE FROM mirror_seen WHERE row >= ? AND row < ?", (row.first_row, row.end_row))
