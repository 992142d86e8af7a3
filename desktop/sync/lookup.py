"""Looking whether a record that may have been created is there: the answer to a lost answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from desktop.domain.change import Change
from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID, Field
from desktop.domain.values import Json, Value, from_json, is_empty, key_text
from desktop.sync.endpoint import Place

Sleep = Callable[[float], Awaitable[None]]


async def look_up(place: Place, keys: Sequence[Field], values: Mapping[str, Value]) -> list[Record]:
    """The records that carry all of the key values, as far as the platform shows them by now."""
    found: dict[str, Record] | None = None
    for field in keys:
        value = values.get(field.key)
        if is_empty(value):
            return []
        records = {record.id: record for record in await _by_key(place, field, value)}
        found = records if found is None else {key: found[key] for key in found.keys() & records.keys()}
        if not found:
            return []
    return list((found or {}).values())


async def find_made(place: Place, keys: Sequence[Field], values: Mapping[str, Value], sleep: Sleep) -> Record | None:
    """The one record that a create without an answer made, looked for once more after the platform's own delay."""
    lag = place.capabilities.lag_seconds
    for delay in (0.0, lag):
        if delay:
            await sleep(delay)
        found = await look_up(place, keys, values)
        if len(found) == 1:
            return found[0]
    return None


async def _by_key(place: Place, field: Field, value: Value) -> list[Record]:
    if field.key == EXTERNAL_ID:
        known = await place.connector.find_by_external_ids(place.schema, [str(value)])
        return list(known.values())
    wanted = key_text(value, field.type)
    records = await place.connector.find(place.schema, field, value)
    return [record for record in records if key_text(record.get(field.key), field.type) == wanted]


def values_after(change: Change, place: Place) -> dict[str, Value]:
    """The values that a change writes, by field key, as the journal holds them."""
    return _values({key: item.after for key, item in change.fields.items()}, place)


def values_before(change: Change, place: Place) -> dict[str, Value]:
    """The values that a change replaces or takes away, by field key, as the journal holds them."""
    return _values({key: item.before for key, item in change.fields.items()}, place)


def _values(data: Mapping[str, Json], place: Place) -> dict[str, Value]:
    fields = {key: place.schema.field(key) for key in data}
    return {key: from_json(data[key], field.type) for key, field in fields.items() if field is not None}
