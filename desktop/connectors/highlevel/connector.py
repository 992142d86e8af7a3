"""HighLevel as the engine sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from desktop.connectors.base import (
    ChangeReport,
    ConnectionSettings,
    Identity,
    ObjectCapabilities,
    Page,
    Quota,
    Related,
    Traffic,
)
from desktop.connectors.clock import Clock
from desktop.connectors.guard import shaped, shaped_pages
from desktop.connectors.highlevel.auth import dialect
from desktop.connectors.highlevel.client import SearchRefused, Wire
from desktop.connectors.highlevel.contacts import Contacts
from desktop.connectors.highlevel.identity import identify
from desktop.connectors.highlevel.records import Records
from desktop.connectors.highlevel.relations import Relations
from desktop.connectors.highlevel.schemas import Schemas
from desktop.connectors.highlevel.search import (
    LAG_SECONDS,
    Found,
    changed_since,
    count,
    listing_of,
    pages,
)
from desktop.connectors.pacing import Pacers
from desktop.connectors.paging import ahead
from desktop.connectors.progress import Progress
from desktop.connectors.redaction import Secret
from desktop.connectors.settings import number_option, transport_for
from desktop.connectors.transport import Transport
from desktop.domain.errors import InvalidInput, NotFound, NotSupported
from desktop.domain.record import Record
from desktop.domain.schema import ID, Field, ObjectSchema
from desktop.domain.values import Json, Value, Values, key_text

CONCURRENCY = 10


class HighLevelConnector:
    """An open connection to one HighLevel sub-account.

    Options: ``currency``, the ISO 4217 code of amounts without one; ``page_size``, rows of one page of a listing.
    """

    platform = "highlevel"

    def __init__(self, transport: Transport, settings: ConnectionSettings) -> None:
        self._transport = transport
        self._wire = Wire(transport, settings.account)
        self._schemas = Schemas(self._wire, settings.options.get("currency", ""))
        self._relations = Relations(self._wire)
        self._records = Records(self._wire, self._relations)
        self._contacts = Contacts(self._wire)
        self._page_size = number_option(settings, "page_size", 0) or None

    @property
    def traffic(self) -> Traffic:
        """Requests so far."""
        return self._transport.traffic

    @property
    def quota(self) -> Quota | None:
        """What the platform's headers said last."""
        return self._transport.quota

    def capabilities(self, schema: ObjectSchema) -> ObjectCapabilities:
        """Search filters by the time of change and lags behind writes by seconds."""
        keys = self._records.find_keys(schema) if schema.custom else self._contacts.find_keys(schema)
        return ObjectCapabilities(
            changes=ChangeReport.SINCE,
            lag_seconds=LAG_SECONDS,
            page_size=self._page_size or listing_of(schema).size,
            find_keys=keys | {ID},
            concurrency=CONCURRENCY,
        )

    async def aclose(self) -> None:
        """Close the connection."""
        await self._transport.aclose()

    @shaped
    async def identify(self) -> Identity:
        """The account and the token's scopes."""
        return await identify(self._wire)

    @shaped
    async def objects(self) -> list[ObjectSchema]:
        """Contacts and every custom object."""
        return await self._schemas.objects()

    @shaped
    async def schema(self, object_key: str) -> ObjectSchema:
        """An object with its fields and associations."""
        return await self._schemas.schema(object_key)

    @shaped_pages
    async def read(self, schema: ObjectSchema, cursor: Json = None) -> AsyncGenerator[Page]:
        """All records, or those that changed at or after the cursor's time."""
        progress = Progress(cursor, self._transport.clock.now(), LAG_SECONDS)
        if progress.since is not None:
            try:
                async with aclosing(self._changed(schema, progress)) as changed:
                    async for page in changed:
                        yield page
            except SearchRefused:
                # The filter is not taken for this object: everything is read, which brings the changes too.
                progress = Progress(None, self._transport.clock.now(), LAG_SECONDS)
            else:
                return
        async with aclosing(self._pages(schema, progress, [])) as everything:
            async for page in everything:
                yield page

    def _changed(self, schema: ObjectSchema, progress: Progress) -> AsyncGenerator[Page]:
        since = progress.since
        return self._pages(schema, progress, changed_since(listing_of(schema), since) if since else [])

    async def _pages(
        self, schema: ObjectSchema, progress: Progress, filters: Sequence[dict[str, object]]
    ) -> AsyncGenerator[Page]:
        read_row = Records.read_row if schema.custom else Contacts.read_row
        listing = listing_of(schema)
        async with aclosing(ahead(pages(self._wire, listing, filters, self._page_size))) as found_pages:
            async for found in found_pages:
                records = [read_row(schema, row) for row in found.rows]
                yield self._page(records, found, progress)

    @staticmethod
    def _page(records: list[Record], found: Found, progress: Progress) -> Page:
        progress.begin(found.server_time)
        for record in records:
            progress.see(record.updated_at)
        return Page(records, progress.cursor() if found.last else None, found.total, found.last)

    @shaped
    async def count(self, schema: ObjectSchema) -> int | None:
        """How many records the index knows."""
        return await count(self._wire, listing_of(schema))

    @shaped
    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record as it is now."""
        return await (self._records if schema.custom else self._contacts).get(schema, record_id)

    @shaped
    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The records whose field has exactly that value.

        :raises NotSupported: for a field that the platform's search does not know.
        """
        wanted = key_text(value, field.type)
        if wanted is None:
            return []
        if field.key == ID:
            try:
                return [await self.get(schema, str(value))]
            except NotFound:
                return []
        if field.key not in self.capabilities(schema).find_keys:
            raise NotSupported(
                f"HighLevel can't look up a {schema.label} by {field.label}.",
                "Match on another field.",
            )
        found = await (self._records if schema.custom else self._contacts).find(schema, field, value)
        return [record for record in found if key_text(record.get(field.key), field.type) == wanted]

    @shaped
    async def find_by_external_ids(self, schema: ObjectSchema, external_ids: Sequence[str]) -> dict[str, Record]:
        """HighLevel keeps no external ids.

        :raises NotSupported: always.
        """
        raise NotSupported("HighLevel keeps no external ids.", "Match on a field of the record.")

    @shaped
    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a record or contact."""
        return await (self._records if schema.custom else self._contacts).create(schema, values)

    @shaped
    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change only the given fields."""
        return await (self._records if schema.custom else self._contacts).update(schema, record, changes)

    @shaped
    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a record or contact."""
        if schema.custom:
            await self._records.delete(schema, record_id)
        else:
            await self._contacts.delete(record_id)

    @shaped
    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The records that this one is linked to."""
        return await self._relations.listed(schema, record_id)


def open_highlevel(settings: ConnectionSettings, secret: Secret, clock: Clock, pacers: Pacers) -> HighLevelConnector:
    """Open a connection; nothing is sent yet.

    :raises InvalidInput: when the address can't be used or the location id is missing.
    """
    if not settings.account.strip():
        raise InvalidInput(
            f"{settings.name} needs the location id of the HighLevel sub-account.",
            hint="It stands in HighLevel under Settings, Business Profile.",
        )
    return HighLevelConnector(transport_for(settings, secret, dialect(), clock, pacers, CONCURRENCY), settings)
