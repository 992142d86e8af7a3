"""How a mirrored record is written down: whole, as cells for sorting and conditions, and as text for search.

The whole record is a JSON array ``[external id, created, changed, value, ...]`` with a place for each field in the
order in which the object's fields were first seen, so that the keys are not repeated in every record. It describes
itself: it is read back without a schema, also after a field's type has changed. Where the platform says who changed
the record, ``[changed, who]`` stands for the time of the change.

=================  ============================================
value              in the array
=================  ============================================
absent             ``{}``
empty              ``null``
text, option       a string
number             a number, exact in decimal
yes or no          ``true``, ``false``
date               ``{"d": "2026-11-19"}``
date and time      ``{"t": "2026-11-19T09:30:00+01:00"}``
amount             ``{"a": 12.5, "c": "USD"}``
options, records   an array of strings, sorted
files              ``{"f": [["https://...", "name"], ...]}``
=================  ============================================
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import File, Money, Value, plain_number

SYSTEM_CELLS = ("@id", "@external_id", "@created_at", "@updated_at")
"""The first cells of every record; those of its fields follow."""

SEPARATOR = "\x1f"
_ABSENT: dict[str, object] = {}
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def fold(text: str) -> str:
    """Text in the form in which it is searched and ordered: composed, trimmed, without case."""
    if text.isascii() and "\r" not in text:
        return text.strip().lower()
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip().casefold()


def encode_record(record: Record, fields: Iterable[str]) -> bytes:
    """The whole record. The same content gives the same bytes, also after the object got more fields."""
    values = record.values
    updated = record.updated_at and record.updated_at.isoformat()
    body: list[Any] = [
        record.external_id,
        record.created_at and record.created_at.isoformat(),
        [updated, record.updated_by] if record.updated_by else updated,
    ]
    for key in fields:
        value = values.get(key, _ABSENT)
        pack = _packers.get(type(value))
        body.append(pack(value) if pack else value)
    while body[-1] is _ABSENT:
        body.pop()
    return _encode(body)


def decode_record(object_key: str, record_id: str, body: bytes, fields: Sequence[str]) -> Record:
    """The record that :func:`encode_record` wrote."""
    data: list[Any] = _decode(body)
    external_id, created, updated = data[:3]
    updated, updated_by = updated if type(updated) is list else (updated, "")
    values: dict[str, Value] = {}
    for key, item in zip(fields, data[3:], strict=False):
        if type(item) is str or item is None:
            values[key] = item
        elif item != _ABSENT:
            values[key] = _unpacked(item)
    return Record(
        object_key,
        record_id,
        values,
        external_id,
        datetime.fromisoformat(created) if created else None,
        datetime.fromisoformat(updated) if updated else None,
        updated_by,
    )


def cells_and_text(record: Record, fields: Iterable[str], labels: Mapping[str, Mapping[str, str]]) -> tuple[bytes, str]:
    """The record's cells and its search text.

    A cell is ``null`` when blank, a list for sets and files, otherwise the value's plain text: dates as they are,
    the rest folded. The text holds every value's plain text and options' labels, folded, one beside the other.

    :param labels: for fields with options, their folded labels by key.
    """
    cells: list[Any] = [fold(record.id) or None, fold(record.external_id or "") or None]
    shown: list[str] = [cell for cell in cells if cell]
    for moment in (record.created_at, record.updated_at):
        cells.append(moment and moment.isoformat())
    values = record.values
    for key in fields:
        value = values.get(key)
        if value is None:
            cells.append(None)
            continue
        cell, text = _cells.get(type(value), _text_cell)(value)
        cells.append(cell)
        if text:
            shown.append(text)
            if key in labels:
                named = labels[key]
                shown.extend(named[item] for item in _options(value) if item in named)
    return _encode(cells), SEPARATOR.join(shown).replace("\0", "")


def labels_of(schema: ObjectSchema) -> dict[str, dict[str, str]]:
    """The folded labels of each field's options by their keys, where the two differ."""
    found: dict[str, dict[str, str]] = {}
    for field in schema.fields:
        labels = {option.key: fold(option.label) for option in field.options if option.label != option.key}
        if labels:
            found[field.key] = labels
    return found


def _text_cell(value: Any) -> tuple[Any, str]:
    text = fold(value)
    return text or None, text


def _boolean_cell(value: Any) -> tuple[Any, str]:
    text = "yes" if value else "no"
    return text, text


def _number_cell(value: Any) -> tuple[Any, str]:
    text = plain_number(value)
    return text, text


def _money_cell(value: Any) -> tuple[Any, str]:
    text = f"{plain_number(value.amount)} {value.currency}".lower()
    return text, text


def _moment_cell(value: Any) -> tuple[Any, str]:
    text = value.isoformat()
    return text, text.lower()


def _set_cell(value: Any) -> tuple[Any, str]:
    items = sorted(value)
    return [item.casefold() for item in items] or None, fold(", ".join(items))


def _files_cell(value: Any) -> tuple[Any, str]:
    names = [file.name or file.url for file in value]
    return [name.casefold() for name in names] or None, fold(", ".join(names))


_cells: dict[type, Callable[[Any], tuple[Any, str]]] = {
    str: _text_cell,
    bool: _boolean_cell,
    Decimal: _number_cell,
    Money: _money_cell,
    date: _moment_cell,
    datetime: _moment_cell,
    frozenset: _set_cell,
    tuple: _files_cell,
}

_packers: dict[type, Callable[[Any], object]] = {
    datetime: lambda value: {"t": value.isoformat()},
    date: lambda value: {"d": value.isoformat()},
    Money: lambda value: {"a": value.amount, "c": value.currency},
    frozenset: sorted,
    tuple: lambda value: {"f": [(file.url, file.name) for file in value]},
}


def _options(value: Value) -> Iterable[str]:
    return (value,) if isinstance(value, str) else sorted(value) if isinstance(value, frozenset) else ()


def _unpacked(item: Any) -> Value:
    if isinstance(item, bool | Decimal):
        return item
    if isinstance(item, int):
        return Decimal(item)
    if isinstance(item, list):
        return frozenset(cast("list[str]", item))
    if "t" in item:
        return datetime.fromisoformat(item["t"])
    if "d" in item:
        return date.fromisoformat(item["d"])
    if "a" in item:
        return Money(Decimal(item["a"]), item["c"])
    return tuple(File(url, name) for url, name in item["f"])
