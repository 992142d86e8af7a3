"""Browsing objects and their records: the tree, the schemas, the mirror and what it is read from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

from desktop.domain.errors import CrosswalkError, NotFound, NotSupported
from desktop.domain.query import RecordQuery
from desktop.domain.record import Record, title_of
from desktop.domain.schema import Field, ObjectSchema
from desktop.store import ConnectionRow
from desktop.sync.reading import read_into_mirror
from desktop.workspace.connections import platform_view
from desktop.workspace.context import Context
from desktop.workspace.designing import Designing
from desktop.workspace.drafts import Drafts
from desktop.workspace.editing import Editing
from desktop.workspace.queries import query_from_json, query_to_json
from desktop.workspace.topics import Topic
from desktop.workspace.views import MirrorView, ObjectView, ReadProgress, RelatedView, TreeView

_FEW = 20


class Data(Designing, Editing, Drafts):
    """What the Data page shows and does."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._store = context.store
        self._hub = context.hub

    async def tree(self) -> list[TreeView]:
        """Connections with their objects, as last read; objects never read are asked for."""
        rows = await self._store.read(self._store.connections.all)
        return [await self._branch(row) for row in sorted(rows, key=lambda row: row.name.casefold())]

    async def _branch(self, row: ConnectionRow) -> TreeView:
        problem = None
        listing = await self._store.read(self._store.schemas.listing, row.id)
        if not listing:
            try:
                listing = await self.refresh_objects(row.name)
            except CrosswalkError as error:
                problem = error.report()
        objects = [await self._object_view(row.id, schema) for schema in listing]
        return TreeView(row.name, platform_view(row.platform), tuple(objects), problem)

    async def _object_view(self, connection_id: int, schema: ObjectSchema) -> ObjectView:
        def look() -> ObjectView:
            state = self._store.mirror.state(self._store.mirror.object_id(connection_id, schema.key))
            count = state.count if state.complete else None
            return ObjectView(schema.key, schema.plural, count, state.read_at, schema.custom)

        return await self._store.write(look)

    async def refresh_objects(self, connection: str) -> list[ObjectSchema]:
        """Ask a connection which objects it has."""
        row = await self._hub.row(connection)
        connector = await self._hub.connector(connection)
        listing = await connector.objects()
        await self._store.write(self._store.schemas.put, row.id, listing, self._context.now())
        self._context.news.tell(Topic.OBJECTS)
        return listing

    async def schema(self, connection: str, object_key: str) -> ObjectSchema:
        """An object with its fields."""
        return await self._context.schema(connection, object_key)

    async def refresh_schema(self, connection: str, object_key: str) -> ObjectSchema:
        """An object with its fields, read anew."""
        schema = await self._context.schema(connection, object_key, fresh=True)
        self._context.news.tell(Topic.OBJECTS)
        return schema

    async def mirror(self, connection: str, object_key: str) -> MirrorView:
        """How much of an object is mirrored, and when it was read."""
        _schema, mirror = await self._context.mirror(connection, object_key)
        state = await self._store.read(self._store.mirror.state, mirror)
        return MirrorView(state.count, state.read_at, state.complete)

    async def read(
        self,
        connection: str,
        object_key: str,
        *,
        whole: bool = False,
        watch: Callable[[ReadProgress], None] | None = None,
    ) -> MirrorView:
        """Read what changed, or everything, from the platform into the mirror."""

        def seen(done: int, total: int | None) -> None:
            if watch is not None:
                watch(ReadProgress(done, total))

        place = await self._context.place(connection, object_key, fresh=whole)
        await read_into_mirror(self._store, place, self._context.now, seen, whole=whole)
        self._context.news.tell(Topic.RECORDS, Topic.OBJECTS)
        return await self.mirror(connection, object_key)

    async def stream(self, connection: str, object_key: str) -> AsyncIterator[Sequence[Record]]:
        """Pages of an object's records as they are on the platform, past the mirror."""
        place = await self._context.place(connection, object_key)
        async for page in place.connector.read(place.schema):
            yield page.records

    async def count(self, connection: str, object_key: str, query: RecordQuery) -> int:
        """How many mirrored records a query finds."""
        _schema, mirror = await self._context.mirror(connection, object_key)
        return await self._store.read(self._store.mirror.count, mirror, query)

    async def page(self, connection: str, object_key: str, query: RecordQuery, offset: int, limit: int) -> list[Record]:
        """A page of the mirrored records that a query finds."""
        _schema, mirror = await self._context.mirror(connection, object_key)
        return await self._store.read(self._store.mirror.page, mirror, query, offset, limit)

    async def local(self, connection: str, object_key: str, record_id: str) -> Record | None:
        """A record as the mirror has it."""
        _schema, mirror = await self._context.mirror(connection, object_key)
        found = await self._store.read(self._store.mirror.get, mirror, [record_id])
        return found.get(record_id)

    async def related(self, connection: str, object_key: str, record_id: str) -> list[RelatedView]:
        """The records that one is linked to, with their names where these are known."""
        place = await self._context.place(connection, object_key)
        found = await place.connector.related(place.schema, record_id)
        views: list[RelatedView] = []
        for item in found:
            titles = {item.record_id: item.title}
            label = item.object
            try:
                schema, _mirror = await self._context.mirror(connection, item.object)
                label = schema.plural
                if not item.title:
                    titles = await self._titles(connection, item.object, [item.record_id])
            except (NotFound, NotSupported):
                pass
            title = titles.get(item.record_id) or item.record_id
            views.append(RelatedView(item.label, item.object, label, item.record_id, title))
        return views

    async def reference_titles(
        self, connection: str, object_key: str, field_key: str, ids: Iterable[str]
    ) -> dict[str, str]:
        """What the records that a reference points to are called, by id."""
        field = await self._reference(connection, object_key, field_key)
        return await self._titles(connection, field.target or "", list(ids))

    async def find_references(
        self, connection: str, object_key: str, field_key: str, text: str
    ) -> list[tuple[str, str]]:
        """Records that a reference could point to: ids and names, at most 20, by a text in them."""
        field = await self._reference(connection, object_key, field_key)
        schema, mirror = await self._context.mirror(connection, field.target or "")
        state = await self._store.read(self._store.mirror.state, mirror)
        if not state.complete:
            await self.read(connection, schema.key)
        records = await self._store.read(self._store.mirror.page, mirror, RecordQuery(search=text), 0, _FEW)
        return [(record.id, title_of(record, schema)) for record in records]

    async def saved_views(self, connection: str, object_key: str) -> dict[str, RecordQuery]:
        """Named views of an object's records."""
        row = await self._hub.row(connection)
        found = await self._store.read(self._store.views.all, row.id, object_key)
        return {name: query_from_json(data) for name, data in found.items()}

    async def save_view(self, connection: str, object_key: str, name: str, query: RecordQuery) -> None:
        """Keep a view under a name, in the place of one that has it."""
        row = await self._hub.row(connection)
        await self._store.write(self._store.views.put, row.id, object_key, name.strip(), query_to_json(query))

    async def remove_view(self, connection: str, object_key: str, name: str) -> None:
        """Forget a named view."""
        row = await self._hub.row(connection)
        await self._store.write(self._store.views.remove, row.id, object_key, name)

    async def _reference(self, connection: str, object_key: str, field_key: str) -> Field:
        schema = await self._context.schema(connection, object_key)
        field = schema.field(field_key)
        if field is None or not field.target:
            raise NotFound(f"{schema.plural} has no reference “{field_key}”.", "Read the object's fields again.")
        return field

    async def _titles(self, connection: str, object_key: str, ids: list[str]) -> dict[str, str]:
        schema, mirror = await self._context.mirror(connection, object_key)
        known: Mapping[str, Record] = await self._store.read(self._store.mirror.get, mirror, ids)
        titles = {key: title_of(record, schema) for key, record in known.items()}
        missing = [item for item in ids if item not in titles]
        if missing and len(missing) <= _FEW:
            place = await self._context.place(connection, object_key)
            for item in missing:
                try:
                    record = await place.connector.get(schema, item)
                except CrosswalkError:
                    continue
                await self._store.write(self._store.mirror.put, mirror, schema, [record])
                titles[item] = title_of(record, schema)
        return titles
