"""A mirrored object's own row: its schema, the order of its fields, its counters and how far it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from desktop.domain.errors import NotFound
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType
from desktop.store.columns import pack, unpack, unpack_as

ROW_BITS = 36
"""A row number is ``object << ROW_BITS | n``."""


@dataclass(frozen=True, slots=True)
class MatchKey:
    """A field by whose values records are found.

    :param number: stands for the field in ``mirror_key``.
    """

    number: int
    type: FieldType


@dataclass(frozen=True, slots=True)
class MirrorObject:
    """What is kept of one object.

    :param fields: keys in the order of their places in record bodies; it only grows.
    :param index_made_seq: the object's last sequence number when its search index was begun.
    :param indexed_seq: records up to this sequence number are in the search index, ``None`` without an index.
    """

    id: int
    key: str
    schema: bytes | None
    fields: tuple[str, ...]
    match_keys: Mapping[str, MatchKey]
    live: int
    last_row: int
    last_seq: int
    sweep: int
    sweep_seq: int | None
    index_made_seq: int | None
    indexed_seq: int | None

    @property
    def first_row(self) -> int:
        """The lowest row number that a record of this object can have."""
        return self.id << ROW_BITS

    @property
    def end_row(self) -> int:
        """The lowest row number above them."""
        return (self.id + 1) << ROW_BITS

    def read_schema(self) -> ObjectSchema:
        """The schema that the records were last put with."""
        if self.schema is None:
            return ObjectSchema(self.key, self.key, self.key)
        return unpack_as(self.schema, ObjectSchema)

    def with_schema(self, schema: ObjectSchema) -> MirrorObject:
        """The same under a schema: fields that are new get their places at the end."""
        data = pack(schema)
        if data == self.schema:
            return self
        known = set(self.fields)
        new = (item.key for item in schema.fields if not item.is_system and item.key not in known)
        return replace(self, schema=data, fields=(*self.fields, *new))


def load(driver: Any, object_id: int) -> MirrorObject:
    """Read an object's row.

    :raises NotFound: when there is none with that id.
    """
    row = driver.execute(
        "SELECT id, key, schema, fields, match_keys, live, last_row, last_seq, sweep, sweep_seq, "
        "index_made_seq, indexed_seq "
        "FROM mirror_object WHERE id = ?",
        (object_id,),
    ).fetchone()
    if row is None:
        raise NotFound("The local copy of this object is not there any more.", "Read the object again.")
    object_id, key, schema, fields, match_keys, *counters = row
    numbers = cast("dict[str, list[Any]]", unpack(match_keys))
    declared = {name: MatchKey(number, FieldType(type_)) for name, (number, type_) in numbers.items()}
    return MirrorObject(object_id, key, schema, tuple(cast("list[str]", unpack(fields))), declared, *counters)


def save(driver: Any, row: MirrorObject) -> None:
    """Write an object's row back, but for how far it was read."""
    driver.execute(
        "UPDATE mirror_object SET schema = ?, fields = ?, match_keys = ?, live = ?, last_row = ?, last_seq = ?, "
        "sweep = ?, sweep_seq = ?, index_made_seq = ?, indexed_seq = ? WHERE id = ?",
        (
            row.schema,
            pack(row.fields),
            pack({name: (key.number, key.type.value) for name, key in row.match_keys.items()}),
            row.live,
            row.last_row,
            row.last_seq,
            row.sweep,
            row.sweep_seq,
            row.index_made_seq,
            row.indexed_seq,
            row.id,
        ),
    )


@dataclass(frozen=True, slots=True)
class MirrorState:
    """How far an object was read.

    :param cursor: the connector's own, to read what changed since.
    :param read_at: when the last whole read began.
    :param complete: whether everything was read once.
    :param count: records that are there.
    :param last_seq: the highest sequence number that a record got.
    """

    cursor: Any
    read_at: datetime | None
    complete: bool
    count: int
    last_seq: int
