"""HighLevel as the engine sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

from desktop.connectors.base import (
    ChangeReport,
    ConnectionSettings,
    Designer,
    Identity,
    ObjectCapabilities,
    Page,
    Related,
    SecretStore,
)
from desktop.connectors.clock import Clock
from desktop.connectors.connected import Connected
from desktop.connectors.guard import shaped, shaped_pages
from desktop.connectors.highlevel.auth import VERSION, VERSION_3, VERSIONS, dialect
from desktop.connectors.highlevel.client import SearchRefused, Wire
from desktop.connectors.highlevel.contacts import Contacts
from desktop.connectors.highlevel.designer import HighLevelDesigner
from desktop.connectors.highlevel.identity import identify
from desktop.connectors.highlevel.kinds import Kind
from desktop.connectors.highlevel.opportunities import Opportunities
from desktop.connectors.highlevel.people import names_of
from desktop.connectors.highlevel.pipelines import Pipelines
from desktop.connectors.highlevel.records import Records
from desktop.connectors.highlevel.relations import Relations
from desktop.connectors.highlevel.renewal import credential_of
from desktop.connectors.highlevel.schemas import Schemas
from desktop.connectors.highlevel.search import LAG_SECONDS, Found
from desktop.connectors.highlevel.standard import CONTACT, OPPORTUNITY, TASK
from desktop.connectors.highlevel.tasks import Tasks
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


class HighLevelConnector(Connected):
    """An open connection to one HighLevel sub-account.

    Options: ``currency``, the ISO 4217 code of amounts without one; ``page_size``, rows of one page of a listing;
    ``api_version``, the version of the API to speak (2021-07-28 unless another is named).
    """

    platform = "highlevel"

    def __init__(self, transport: Transport, settings: ConnectionSettings) -> None:
        super().__init__(transport)
        self._wire = Wire(transport, settings.account)
        v3 = version_of(settings) == VERSION_3
        pipelines, relations = Pipelines(self._wire), Relations(self._wire)
        self._schemas = Schemas(self._wire, pipelines, settings.options.get("currency", ""))
        self._records = Records(self._wire, relations)
        tasks = Tasks(self._wire)
        opportunities = Opportunities(self._wire, relations, pipelines, v3=v3)
        contacts = Contacts(self._wire, relations, opportunities, tasks, v3=v3)
        self._own: dict[str, Kind] = {CONTACT: contacts, OPPORTUNITY: opportunities, TASK: tasks}
        self._designer = HighLevelDesigner(self._wire, self._schemas)
        self._page_size = number_option(settings, "page_size", 0) or None

    @property
    def designer(self) -> Designer | None:
        """Changes schemas."""
        return self._designer

    def _kind(self, schema: ObjectSchema) -> Kind:
        """Custom objects and companies are served in one way, each other object in its own."""
        return self._own.get(schema.key, self._records)

    def capabilities(self, schema: ObjectSchema) -> ObjectCapabilities:
        """Search filters by the time of change (that of tasks does not) and lags behind writes by seconds."""
        kind = self._kind(schema)
        return ObjectCapabilities(
            changes=kind.changes,
            lag_seconds=LAG_SECONDS,
            page_size=self._page_size or kind.page_size(schema),
            find_keys=kind.find_keys(schema) | {ID},
            concurrency=CONCURRENCY,
        )

    @shaped
    async def identify(self) -> Identity:
        """The account and the token's scopes."""
        return await identify(self._wire)

    @shaped
    async def objects(self) -> list[ObjectSchema]:
        """HighLevel's own objects that the token may see, and every custom object."""
        return await self._schemas.objects()

    @shaped
    async def schema(self, object_key: str) -> ObjectSchema:
        """An object with its fields and associations."""
        return await self._schemas.schema(object_key)

    @shaped_pages
    async def read(self, schema: ObjectSchema, cursor: Json = None) -> AsyncGenerator[Page]:
        """All records, or those that changed at or after the cursor's time."""
        progress = Progress(cursor, self._transport.clock.now(), LAG_SECONDS)
        if progress.since is not None and self._kind(schema).changes is ChangeReport.SINCE:
            try:
                async with aclosing(self._pages(schema, progress, progress.since)) as changed:
                    async for page in changed:
                        yield page
            except SearchRefused:
                # The filter is not taken for this object: everything is read, which brings the changes too.
                progress = Progress(None, self._transport.clock.now(), LAG_SECONDS)
            else:
                return
        async with aclosing(self._pages(schema, progress, None)) as everything:
            async for page in everything:
                yield page

    async def _pages(self, schema: ObjectSchema, progress: Progress, since: datetime | None) -> AsyncGenerator[Page]:
        kind = self._kind(schema)
        async with aclosing(ahead(kind.pages(schema, since, self._page_size))) as found_pages:
            async for found in found_pages:
                records = [record for row in found.rows if (record := kind.read_row(schema, row)) is not None]
                page = self._page(records, found, progress)
                yield page if kind.changes is not ChangeReport.NONE else replace(page, cursor=None)

    @staticmethod
    def _page(records: list[Record], found: Found, progress: Progress) -> Page:
        progress.begin(found.server_time)
        for record in records:
            progress.see(record.updated_at)
        return Page(records, progress.cursor() if found.last else None, found.total, found.last)

    @shaped
    async def people(self, ids: Sequence[str]) -> dict[str, str]:
        """The names of users; of every program together, that it was one."""
        return await names_of(self._wire, ids)

    @shaped
    async def count(self, schema: ObjectSchema) -> int | None:
        """How many records the index knows."""
        return await self._kind(schema).count(schema)

    @shaped
    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record as it is now."""
        return await self._kind(schema).get(schema, record_id)

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
        found = await self._kind(schema).find(schema, field, value)
        return [record for record in found if key_text(record.get(field.key), field.type) == wanted]

    @shaped
    async def find_by_external_ids(self, schema: ObjectSchema, external_ids: Sequence[str]) -> dict[str, Record]:
        """HighLevel keeps no external ids.

        :raises NotSupported: always.
        """
        raise NotSupported("HighLevel keeps no external ids.", "Match on a field of the record.")

    @shaped
    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a record."""
        return await self._kind(schema).create(schema, values)

    @shaped
    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change only the given fields."""
        return await self._kind(schema).update(schema, record, changes)

    @shaped
    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a record."""
        await self._kind(schema).delete(schema, record_id)

    @shaped
    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The records that this one is linked to."""
        return await self._kind(schema).related(schema, record_id)


def version_of(settings: ConnectionSettings) -> str:
    """The version of the API that a connection speaks.

    :raises InvalidInput: when the option names none that Crosswalk knows.
    """
    version = settings.options.get("api_version", "").strip() or VERSION
    if version not in VERSIONS:
        raise InvalidInput(
            f"The option api_version of {settings.name} names no version that Crosswalk knows: {version}.",
            hint=f"Leave it blank or choose one of {', '.join(VERSIONS)}.",
        )
    return version


def open_highlevel(
    settings: ConnectionSettings, secret: Secret, clock: Clock, pacers: Pacers, secrets: SecretStore | None = None
) -> HighLevelConnector:
    """Open a connection; nothing is sent yet.

    :raises InvalidInput: when the address can't be used or the location id is missing.
    """
    if not settings.account.strip():
        raise InvalidInput(
            f"{settings.name} needs the location id of the HighLevel sub-account.",
            hint="It stands in HighLevel under Settings, Business Profile.",
        )
    credential = credential_of(settings, secret, clock, pacers, secrets)
    return HighLevelConnector(
        transport_for(settings, credential, dialect(version_of(settings)), clock, pacers, CONCURRENCY), settings
    )
