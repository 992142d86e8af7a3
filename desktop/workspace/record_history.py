"""What became of one record through Crosswalk: what syncs wrote to it, and what people changed by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.change import FieldChange
from desktop.domain.mapping import Side
from desktop.store import ConnectionRow, Store
from desktop.workspace.definitions import definition_of


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One change of a record.

    :param sync: name of the sync that wrote it; blank where a person did so by hand.
    :param action: ``create``, ``update`` or ``delete``.
    :param fields: by key.
    """

    at: datetime
    sync: str
    action: str
    fields: Mapping[str, FieldChange]


def record_history(
    store: Store, connection: ConnectionRow, object_key: str, record_id: str, limit: int
) -> list[RecordChange]:
    """The latest changes of a record that took effect, the last one first. Reads the store."""
    found = [*_by_hand(store, connection, object_key, record_id, limit)]
    found += _by_syncs(store, connection, object_key, record_id, limit)
    return sorted(found, key=lambda change: change.at, reverse=True)[:limit]


def _by_hand(
    store: Store, connection: ConnectionRow, object_key: str, record_id: str, limit: int
) -> Iterator[RecordChange]:
    for edit in store.edits.of_record(connection.id, object_key, record_id, limit):
        yield RecordChange(edit.at, "", edit.action, edit.fields)


def _by_syncs(
    store: Store, connection: ConnectionRow, object_key: str, record_id: str, limit: int
) -> Iterator[RecordChange]:
    for row in store.syncs.all():
        definition = definition_of(row)
        for side in Side:
            endpoint = definition.endpoint(side)
            if endpoint.connection.casefold() != connection.name.casefold():
                continue
            # The records that a sync creates because others refer to them stand under their object's key.
            journalled = "" if endpoint.object == object_key else object_key
            for change in store.journal.of_record(row.id, side, journalled, record_id, limit):
                if change.done_at is not None:
                    yield RecordChange(change.done_at, row.name, change.action.value, change.fields)
