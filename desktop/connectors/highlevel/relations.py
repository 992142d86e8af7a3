"""Relations between records: read inline or one record at a time, made and ended one by one.

Source: https://marketplace.gohighlevel.com/docs/ghl/associations/. A relation names its two records in the order of
its association.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from desktop.connectors.base import Related
from desktop.connectors.highlevel.auth import RELATION_READ, RELATION_WRITE
from desktop.connectors.highlevel.client import Wire
from desktop.domain.errors import CrosswalkError, NotFound, RecordRefused, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.schema import Association, Field, ObjectSchema
from desktop.domain.values import FieldType, Value, Values, is_choices

_PAGE = 100

_log = logging.getLogger(__name__)


class Relations:
    """The relations of one account's records."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @staticmethod
    def inline(row: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
        """Related record ids by association id, as a search result carries them."""
        found: dict[str, set[str]] = {}
        for item in row.get("relations") or []:
            if isinstance(item, dict) and item.get("associationId") and item.get("recordId"):
                found.setdefault(str(item["associationId"]), set()).add(str(item["recordId"]))
        return {key: frozenset(ids) for key, ids in found.items()}

    async def of(self, record_id: str) -> AsyncIterator[Mapping[str, Any]]:
        """Every relation of a record, as the platform describes it."""
        skip, known = 0, set[str]()
        while True:
            data = await self._wire.data(
                "GET",
                f"/associations/relations/{quote(record_id, safe='')}",
                RELATION_READ,
                params={"locationId": self._wire.location, "skip": skip, "limit": _PAGE},
                record=f"the record {record_id}",
            )
            rows = self._wire.rows(data, "relations")
            fresh = [row for row in rows if _key(row) not in known]
            if rows and not fresh:
                raise self._wire.unexpected("the relations of a record do not go on")
            known.update(map(_key, fresh))
            for row in fresh:
                yield row
            skip += len(rows)
            if len(rows) < _PAGE:
                return

    async def complete(self, schema: ObjectSchema, record: Record) -> Record:
        """The record with its reference fields; without the permission they stay unread."""
        fields = _references(schema)
        if not fields:
            return record
        try:
            related = [(row, _other(row, record.id)) async for row in self.of(record.id)]
        except ScopeMissing:
            return record
        values: dict[str, Value] = {
            field.key: frozenset(other for row, other in related if str(row.get("associationId")) == field.wire) or None
            for field in fields
        }
        return record.patched(values)

    async def listed(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The records that one is linked to."""
        known = {item.id: item for item in schema.associations}
        found: list[Related] = []
        async for row in self.of(record_id):
            association = known.get(str(row.get("associationId")))
            first = str(row.get("firstRecordId")) == record_id
            found.append(
                Related(
                    id=str(row.get("id") or ""),
                    association=association.key if association else str(row.get("associationId") or ""),
                    label=_label(association, first=first),
                    object=str(row.get("secondObjectKey" if first else "firstObjectKey") or ""),
                    record_id=_other(row, record_id),
                    title=name_in(row),
                )
            )
        return found

    async def relate_new(self, schema: ObjectSchema, record: Record, values: Values) -> Record:
        """The record just created, with the relations that were asked for.

        The record is there whatever becomes of its relations: one that fails is left out of the answer, so that it
        is seen as a difference and made later.
        """
        made: dict[str, Value] = {}
        for field in _references(schema):
            wanted = None if field.read_only else values.get(field.key)
            done: set[str] = set()
            for other in sorted(wanted) if is_choices(wanted) else []:
                try:
                    await self._relate(schema, field, record.id, other)
                except CrosswalkError as error:
                    _log.warning("a relation of the new record %s was not made: %s", record.id, error.code)
                else:
                    done.add(other)
            made[field.key] = frozenset(done) or None
        return record.patched(made) if made else record

    async def change(self, schema: ObjectSchema, record: Record, changes: Values) -> dict[str, Value]:
        """Make and end relations until the reference fields hold what is asked for; what they hold then."""
        result: dict[str, Value] = {}
        fields = [field for field in _references(schema) if field.key in changes]
        if not fields:
            return result
        present = [row async for row in self.of(record.id)]
        for field in fields:
            value = changes[field.key]
            wanted = value if is_choices(value) else frozenset[str]()
            ids = {
                _other(row, record.id): str(row.get("id") or "")
                for row in present
                if str(row.get("associationId")) == field.wire
            }
            for other in sorted(ids.keys() - wanted):
                await self._end(ids[other])
            for other in sorted(wanted - ids.keys()):
                await self._relate(schema, field, record.id, other)
            result[field.key] = wanted or None
        return result

    async def _relate(self, schema: ObjectSchema, field: Field, record_id: str, other: str) -> None:
        association = next((item for item in schema.associations if item.id == field.wire), None)
        first = association is None or association.first == schema.key
        try:
            await self._wire.call(
                "POST",
                "/associations/relations",
                RELATION_WRITE,
                json={
                    "locationId": self._wire.location,
                    "associationId": field.wire,
                    "firstRecordId": record_id if first else other,
                    "secondRecordId": other if first else record_id,
                },
                # The platform keeps one relation between two records, so that sending it again adds nothing.
                idempotent=True,
                record=f"the relation {field.label} of the {schema.label} {record_id}",
            )
        except RecordRefused as refusal:
            if "already exists" not in refusal.details:
                raise

    async def _end(self, relation_id: str) -> None:
        try:
            await self._wire.call(
                "DELETE",
                f"/associations/relations/{quote(relation_id, safe='')}",
                RELATION_WRITE,
                params={"locationId": self._wire.location},
                record=f"the relation {relation_id}",
            )
        except NotFound:
            return


def name_in(row: Mapping[str, Any]) -> str:
    """What a row calls the record or contact that it names, blank where it does not."""
    named = ("title", "contactName", "fullName", "name", "companyName", "email", "phone")
    return next((str(row[key]) for key in named if row.get(key)), "")


def _references(schema: ObjectSchema) -> list[Field]:
    return [field for field in schema.fields if field.type is FieldType.REFERENCE]


def _key(row: Mapping[str, Any]) -> str:
    return str(row.get("id") or row)


def _other(row: Mapping[str, Any], record_id: str) -> str:
    first = str(row.get("firstRecordId") or "")
    return str(row.get("secondRecordId") or "") if first == record_id else first


def _label(association: Association | None, *, first: bool) -> str:
    if association is None:
        return ""
    labels = association.label.partition(" - ")
    return labels[2] if first else labels[0]
