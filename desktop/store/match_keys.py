"""Match keys: the texts by which records are found across platforms, kept for the fields that syncs match by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from desktop.domain.errors import InvalidInput
from desktop.domain.record import Record
from desktop.domain.schema import CREATED_AT, UPDATED_AT, ObjectSchema
from desktop.domain.values import FieldType, key_text
from desktop.store.columns import id_list
from desktop.store.database import Repository
from desktop.store.mirror_object import MatchKey, MirrorObject
from desktop.store.record_codec import decode_record

_BATCH = 2_000
_INSERT = "INSERT OR IGNORE INTO mirror_key (object_id, field, key_text, row) VALUES (?, ?, ?, ?)"
_DELETE = "DELETE FROM mirror_key WHERE object_id = ? AND field = ? AND key_text = ? AND row = ?"
_SYSTEM_MOMENTS = (CREATED_AT, UPDATED_AT)


class MatchKeys(Repository):
    """The key texts of declared fields; the rows of records that are gone have none."""

    def declare(self, row: MirrorObject, schema: ObjectSchema, field_keys: Iterable[str]) -> MirrorObject:
        """Keep the texts of these fields from now on, and fill in those of the records that are there."""
        row = self.follow_types(row, schema)
        new = [key for key in dict.fromkeys(field_keys) if key not in row.match_keys]
        return self._add(row, {key: _type_of(schema, key) for key in new})

    def follow_types(self, row: MirrorObject, schema: ObjectSchema) -> MirrorObject:
        """Make the texts anew of declared fields whose type has changed."""
        changed = {
            key: _type_of(schema, key)
            for key, declared in row.match_keys.items()
            if schema.field(key) is not None and _type_of(schema, key) is not declared.type
        }
        for key in changed:
            self._driver.execute(
                "DELETE FROM mirror_key WHERE object_id = ? AND field = ?",
                (row.id, row.match_keys[key].number),
            )
        return self._add(row, changed)

    def replace(self, row: MirrorObject, changes: Sequence[tuple[int, Record, bytes | None]]) -> None:
        """Keep the texts of changed records: row number, record, and its earlier body."""
        old: list[tuple[object, ...]] = []
        new: list[tuple[object, ...]] = []
        for number, record, body in changes:
            if body is not None:
                old += self._texts(row, number, decode_record(row.key, record.id, body, row.fields))
            new += self._texts(row, number, record)
        self._driver.executemany(_DELETE, old)
        self._driver.executemany(_INSERT, new)

    def forget(self, row: MirrorObject, numbers: Sequence[int]) -> None:
        """Drop the texts of records."""
        rows = self._driver.execute(
            "SELECT r.row, r.record_id, r.body FROM json_each(?) wanted CROSS JOIN mirror_record r "
            "ON r.row = wanted.value",
            (id_list(numbers),),
        ).fetchall()
        for number, record_id, body in rows:
            record = decode_record(row.key, record_id, body, row.fields)
            self._driver.executemany(_DELETE, self._texts(row, number, record))

    def find(self, row: MirrorObject, field: str, key_texts: Iterable[str]) -> dict[str, list[str]]:
        """Record ids by key text, in the order in which the records were first seen."""
        declared = row.match_keys.get(field)
        if declared is None:
            raise InvalidInput(f"Records can't be found by {field}: it was not declared as a match field.")
        rows = self._driver.execute(
            "SELECT k.key_text, r.record_id FROM json_each(?3) wanted CROSS JOIN mirror_key k ON k.object_id = ?1 "
            "AND k.field = ?2 AND k.key_text = wanted.value CROSS JOIN mirror_record r ON r.row = k.row "
            "ORDER BY k.key_text, k.row",
            (row.id, declared.number, id_list(dict.fromkeys(key_texts))),
        )
        found: dict[str, list[str]] = {}
        for text, record_id in rows:
            found.setdefault(text, []).append(record_id)
        return found

    def _add(self, row: MirrorObject, types: dict[str, FieldType]) -> MirrorObject:
        if not types:
            return row
        number = max((key.number for key in row.match_keys.values()), default=0)
        fresh: dict[str, MatchKey] = {}
        for key, type_ in types.items():
            number += 1
            fresh[key] = MatchKey(number, type_)
        self._fill(replace(row, match_keys=fresh))
        return replace(row, match_keys={**row.match_keys, **fresh})

    def _fill(self, row: MirrorObject) -> None:
        after = row.first_row - 1
        while True:
            rows = self._driver.execute(
                "SELECT row, record_id, body FROM mirror_record WHERE row > ? AND row < ? AND gone = 0 "
                "ORDER BY row LIMIT ?",
                (after, row.end_row, _BATCH),
            ).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            for number, record_id, body in rows:
                record = decode_record(row.key, record_id, body, row.fields)
                self._driver.executemany(_INSERT, self._texts(row, number, record))

    def _texts(self, row: MirrorObject, number: int, record: Record) -> list[tuple[object, ...]]:
        texts = ((key, key_text(record.get(name), key.type)) for name, key in row.match_keys.items())
        return [(row.id, key.number, text, number) for key, text in texts if text is not None]


def _type_of(schema: ObjectSchema, key: str) -> FieldType:
    field = schema.field(key)
    if field is not None:
        return field.type
    return FieldType.DATETIME if key in _SYSTEM_MOMENTS else FieldType.TEXT
