"""Edits that were typed and not saved: kept through a crash, offered again when the record is opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Json, Values, from_json, to_json
from desktop.store import Draft
from desktop.workspace.context import Context
from desktop.workspace.topics import Topic
from desktop.workspace.views import DraftView


class Drafts:
    """Keeps the unsaved edits of records."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def keep_draft(
        self, connection: str, object_key: str, record_id: str, base: Record | None, edits: Values
    ) -> None:
        """Keep the edits of a record; ``record_id`` is blank for a new one."""
        row = await self._context.hub.row(connection)
        document: Json = {
            "base": cast("Json", _encode_record(base)) if base else None,
            "edits": {key: to_json(value) for key, value in edits.items()},
        }
        draft = Draft(row.id, object_key, record_id, document, self._context.now())
        await self._context.store.write(self._context.store.drafts.put, draft)
        self._context.news.tell(Topic.DRAFTS)

    async def drop_draft(self, connection: str, object_key: str, record_id: str) -> None:
        """Forget the edits of a record."""
        row = await self._context.hub.row(connection)
        await self._context.store.write(self._context.store.drafts.remove, row.id, object_key, record_id)
        self._context.news.tell(Topic.DRAFTS)

    async def draft(self, connection: str, object_key: str, record_id: str) -> DraftView | None:
        """The kept edits of a record."""
        row = await self._context.hub.row(connection)
        store = self._context.store
        found = await store.read(store.drafts.get, row.id, object_key, record_id)
        return await self._view(found) if found else None

    async def drafts(self) -> list[DraftView]:
        """All kept edits, the newest first."""
        store = self._context.store
        return [await self._view(draft) for draft in await store.read(store.drafts.all)]

    async def _view(self, draft: Draft) -> DraftView:
        store = self._context.store
        connection = await store.read(store.connections.get, draft.connection_id)
        schema, _mirror = await self._context.mirror(connection.name, draft.object)
        document = cast("dict[str, Any]", draft.document)
        edits = {
            key: from_json(data, field.type)
            for key, data in document["edits"].items()
            if (field := schema.field(key)) is not None
        }
        base = _decode_record(document["base"], schema) if document["base"] else None
        return DraftView(connection.name, draft.object, draft.record_id, base, edits, draft.at)


def _encode_record(record: Record) -> dict[str, object]:
    return {
        "id": record.id,
        "values": {key: to_json(value) for key, value in record.values.items()},
        "external_id": record.external_id,
        "created_at": to_json(record.created_at),
        "updated_at": to_json(record.updated_at),
    }


def _decode_record(data: dict[str, Any], schema: ObjectSchema) -> Record:
    values = {
        key: from_json(item, field.type)
        for key, item in data["values"].items()
        if (field := schema.field(key)) is not None
    }
    created, updated = (
        datetime.fromisoformat(data[key]) if data[key] else None for key in ("created_at", "updated_at")
    )
    return Record(schema.key, data["id"], values, data["external_id"], created, updated)
