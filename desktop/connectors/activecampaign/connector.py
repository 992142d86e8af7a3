"""ActiveCampaign as the engine sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from desktop.connectors.activecampaign.client import PAGE, QueryRefused, Wire, api_address, dialect
from desktop.connectors.activecampaign.contacts import Contacts
from desktop.connectors.activecampaign.listing import Listed, page
from desktop.connectors.activecampaign.records import Disordered, Records
from desktop.connectors.activecampaign.related import of_contact, of_record
from desktop.connectors.activecampaign.schemas import CONTACTS, Schemas
from desktop.connectors.activecampaign.standard import Standard
from desktop.connectors.activecampaign.values import ValueReader
from desktop.connectors.base import (
    ChangeReport,
    ConnectionSettings,
    Identity,
    ObjectCapabilities,
    Page,
    Permission,
    Quota,
    Related,
    Traffic,
)
from desktop.connectors.clock import Clock
from desktop.connectors.guard import shaped, shaped_pages
from desktop.connectors.pacing import Pacers
from desktop.connectors.paging import ahead
from desktop.connectors.progress import Progress
from desktop.connectors.redaction import Secret
from desktop.connectors.settings import number_option, transport_for
from desktop.connectors.transport import Transport
from desktop.domain.errors import InvalidInput, NotFound, NotSupported, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID, ID, Field, ObjectSchema
from desktop.domain.values import FieldType, Json, Value, Values, key_text, parse_number

CONCURRENCY = 8
RECORD_LAG_SECONDS = 10.0
"""How long the listing of a custom object may not show a write (guides of integrators: wait 10 seconds)."""
_CONTACT_LAG_SECONDS = 2.0


class ActiveCampaignConnector:
    """An open connection to one ActiveCampaign account.

    Option: ``page_size``, rows of one page of a listing (100 at most).
    """

    platform = "activecampaign"

    def __init__(self, transport: Transport, settings: ConnectionSettings) -> None:
        self._transport = transport
        self._wire = Wire(transport, number_option(settings, "page_size", PAGE))
        self._schemas = Schemas(self._wire)
        self._contacts = Contacts(self._wire)
        self._records = Records(self._wire)
        self._standard = Standard(self._wire)

    @property
    def traffic(self) -> Traffic:
        """Requests so far."""
        return self._transport.traffic

    @property
    def quota(self) -> Quota | None:
        """What the platform's headers said last."""
        return self._transport.quota

    def capabilities(self, schema: ObjectSchema) -> ObjectCapabilities:
        """Contacts are filtered by their change, records ordered by it, accounts and deals neither."""
        if schema.custom:
            return ObjectCapabilities(
                changes=ChangeReport.ORDERED,
                lag_seconds=RECORD_LAG_SECONDS,
                page_size=self._wire.page_size,
                create_answers_id=False,
                upsert_key=EXTERNAL_ID,
                concurrency=CONCURRENCY,
            )
        changes = ChangeReport.SINCE if schema.key == CONTACTS else ChangeReport.NONE
        keys = frozenset[str]() if schema.key == CONTACTS else frozenset({ID, schema.title})
        return ObjectCapabilities(
            changes=changes,
            lag_seconds=_CONTACT_LAG_SECONDS,
            page_size=self._wire.page_size,
            find_keys=keys,
            concurrency=CONCURRENCY,
        )

    async def aclose(self) -> None:
        """Close the connection."""
        await self._transport.aclose()

    @shaped
    async def identify(self) -> Identity:
        """The key's user, and what the user may do."""
        user = (await self._wire.data("GET", "/users/me")).get("user") or {}
        name = " ".join(str(user[key]) for key in ("firstName", "lastName") if user.get(key))
        return Identity(
            name=name or str(user.get("username") or self._transport.name),
            detail=str(user.get("email") or ""),
            permissions=(
                Permission("contacts", await self._may("/contacts"), "Reading and changing contacts"),
                *await self._custom_object_permissions(),
            ),
            quota=self._transport.quota,
        )

    async def _custom_object_permissions(self) -> list[Permission]:
        admin_need = "Listing records of custom objects, which only an admin user may do"
        if not await self._may("/customObjects/schemas"):
            return [Permission("custom objects", False, "Custom objects, which need an Enterprise plan")]
        schemas = await page(self._wire, "/customObjects/schemas", "schemas", {"limit": 1})
        may_list = None
        if schemas.rows:
            may_list = await self._may(f"/customObjects/records/{schemas.rows[0]['id']}")
        return [
            Permission("custom objects", True, "Custom objects, which need an Enterprise plan"),
            Permission("admin", may_list, admin_need),
        ]

    async def _may(self, path: str) -> bool:
        try:
            await self._wire.call("GET", path, params={"limit": 1})
        except (ScopeMissing, NotFound):
            return False
        return True

    @shaped
    async def objects(self) -> list[ObjectSchema]:
        """Contacts, accounts, deals and every custom object."""
        return await self._schemas.objects()

    @shaped
    async def schema(self, object_key: str) -> ObjectSchema:
        """An object with its fields and associations."""
        return await self._schemas.schema(object_key)

    @shaped_pages
    def read(self, schema: ObjectSchema, cursor: Json = None) -> AsyncGenerator[Page]:
        """All records, or those that changed at or after the cursor's time."""
        if schema.custom:
            return self._read_records(schema, cursor)
        if schema.key == CONTACTS:
            return self._read_contacts(schema, cursor)
        return self._read_standard(schema)

    async def _read_records(self, schema: ObjectSchema, cursor: Json) -> AsyncGenerator[Page]:
        progress = self._progress(cursor, RECORD_LAG_SECONDS)
        if progress.since is not None:
            try:
                async with aclosing(self._records.changed(schema, progress.since)) as changed:
                    async for listed in changed:
                        yield self._record_page(schema, listed, progress)
            except (Disordered, QueryRefused):
                # Where to stop can't be told: everything is read, which brings the changes too.
                progress = self._progress(None, RECORD_LAG_SECONDS)
            else:
                return
        async with aclosing(ahead(self._records.everything(schema))) as everything:
            async for listed in everything:
                yield self._record_page(schema, listed, progress)

    def _record_page(self, schema: ObjectSchema, listed: Listed, progress: Progress) -> Page:
        return self._page([self._records.read_row(schema, row) for row in listed.rows], listed, progress)

    async def _read_standard(self, schema: ObjectSchema) -> AsyncGenerator[Page]:
        progress = self._progress(None, _CONTACT_LAG_SECONDS)
        async with aclosing(ahead(self._standard.listed(schema))) as pages:
            async for listed in pages:
                yield self._page([self._standard.read_row(schema, row) for row in listed.rows], listed, progress)

    async def _read_contacts(self, schema: ObjectSchema, cursor: Json) -> AsyncGenerator[Page]:
        """Contacts with their custom fields.

        The filter for changes is sparsely documented, so it is not trusted blindly: the contact that was the newest
        at the last read must be among those that changed since, unless it is gone. If it is not, all are read.
        """
        progress = self._progress(cursor, _CONTACT_LAG_SECONDS)
        witness = _Witness(cursor)
        if progress.since is not None:
            held: Page | None = None
            async with aclosing(self._contact_pages(schema, progress, witness)) as changed:
                async for found in changed:
                    held = found if found.last else None
                    if held is None:
                        yield found
            if held is not None and await self._trusted(witness, progress):
                yield held
                return
            if held is not None and held.records:
                yield Page(held.records)
            progress = self._progress(None, _CONTACT_LAG_SECONDS)
        async with aclosing(self._contact_pages(schema, progress, witness)) as everything:
            async for found in everything:
                yield found

    async def _trusted(self, witness: _Witness, progress: Progress) -> bool:
        if witness.met or not witness.expected:
            return True
        changed = await self._contacts.changed_at(witness.expected)
        return changed is None or progress.since is None or changed < progress.since

    async def _contact_pages(self, schema: ObjectSchema, progress: Progress, witness: _Witness) -> AsyncGenerator[Page]:
        values = ValueReader(self._wire, schema)
        async with aclosing(ahead(self._contacts.listed(progress.since))) as pages:
            async for listed in pages:
                progress.begin(listed.server_time)
                ids = [str(row["id"]) for row in listed.rows]
                custom = await values.of(ids, max(listed.total or 0, len(ids)))
                records = [self._contacts.read_row(schema, row, custom.get(str(row["id"]), {})) for row in listed.rows]
                for record in records:
                    witness.see(record, newest=progress.see(record.updated_at))
                cursor = {**progress.cursor(), **witness.cursor()} if listed.last else None
                yield Page(records, cursor, listed.total, listed.last)

    def _progress(self, cursor: Json, lag_seconds: float) -> Progress:
        return Progress(cursor, self._transport.clock.now(), lag_seconds)

    @staticmethod
    def _page(records: list[Record], listed: Listed, progress: Progress) -> Page:
        progress.begin(listed.server_time)
        for record in records:
            progress.see(record.updated_at)
        return Page(records, progress.cursor() if listed.last else None, listed.total, listed.last)

    @shaped
    async def count(self, schema: ObjectSchema) -> int | None:
        """How many records the listing has."""
        if schema.custom:
            return await self._records.count(schema)
        return (await page(self._wire, f"/{schema.key}", schema.key, {"limit": 1})).total

    @shaped
    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record as it is now."""
        if schema.custom:
            return await self._records.get(schema, record_id)
        if schema.key == CONTACTS:
            return await self._contacts.get(schema, record_id)
        return await self._standard.get(schema, record_id)

    @shaped
    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The records whose field has exactly that value."""
        wanted = key_text(value, field.type)
        if wanted is None:
            return []
        if field.key == ID:
            try:
                return [await self.get(schema, str(value))]
            except NotFound:
                return []
        if field.key == EXTERNAL_ID:
            record = await self._records.by_external_id(schema, str(value).strip())
            return [record] if record is not None else []
        if field.type in (FieldType.NUMBER, FieldType.MONEY) and isinstance(value, str) and parse_number(value) is None:
            return []
        try:
            found = await self._candidates(schema, field, value)
        except QueryRefused as refusal:
            # Not found would be another thing: it could have the record created a second time.
            raise self._not_searched(schema, field, refusal.details) from None
        return [record for record in found if key_text(record.get(field.key), field.type) == wanted]

    async def _candidates(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        if schema.custom:
            return await self._records.find(schema, field, value)
        if schema.key == CONTACTS:
            return await self._contacts.find(schema, field, value)
        if field.key != schema.title or field.type is not FieldType.TEXT:
            raise self._not_searched(schema, field)
        return await self._standard.find(schema, field, value)

    @staticmethod
    def _not_searched(schema: ObjectSchema, field: Field, details: str = "") -> NotSupported:
        return NotSupported(
            f"ActiveCampaign can't look up a {schema.label} by {field.label}.", "Match on another field.", details
        )

    @shaped
    async def find_by_external_ids(self, schema: ObjectSchema, external_ids: Sequence[str]) -> dict[str, Record]:
        """Records of a custom object by their external ids.

        :raises NotSupported: for contacts, accounts and deals, which have none.
        """
        if not schema.custom:
            raise NotSupported(
                f"ActiveCampaign keeps no external ids for {schema.plural}.",
                "Match on a field of the record.",
            )
        return await self._records.by_external_ids(schema, external_ids)

    @shaped
    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a record or contact."""
        self._check(schema, "create")
        return await (self._records if schema.custom else self._contacts).create(schema, values)

    @shaped
    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change only the given fields."""
        self._check(schema, "update")
        return await (self._records if schema.custom else self._contacts).update(schema, record, changes)

    @shaped
    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a record or contact."""
        self._check(schema, "delete")
        if schema.custom:
            await self._records.delete(schema, record_id)
        else:
            await self._contacts.delete(record_id)

    @staticmethod
    def _check(schema: ObjectSchema, action: str) -> None:
        refusal = schema.refusals.get(action)
        if refusal:
            raise NotSupported(refusal)

    @shaped
    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The records that this one is linked to; for contacts their tags and lists too."""
        if schema.key == CONTACTS and not schema.custom:
            return await of_contact(self._wire, record_id)
        return of_record(schema, await self.get(schema, record_id))


class _Witness:
    """The contact that changed last, by which the next read can tell whether the platform's filter works."""

    def __init__(self, cursor: Json) -> None:
        known = cursor.get("witness") if isinstance(cursor, dict) else None
        self.expected = str(known or "")
        self.met = False
        self._newest = ""

    def see(self, record: Record, *, newest: bool) -> None:
        """Note a contact that was read."""
        self.met = self.met or record.id == self.expected
        if newest:
            self._newest = record.id

    def cursor(self) -> dict[str, Json]:
        """What the cursor has to hold for the next read."""
        return {"witness": self._newest} if self._newest else {}


def open_activecampaign(
    settings: ConnectionSettings, secret: Secret, clock: Clock, pacers: Pacers
) -> ActiveCampaignConnector:
    """Open a connection; nothing is sent yet.

    :raises InvalidInput: when the address is missing or can't be used.
    """
    address = api_address(settings.base_url)
    if not address:
        raise InvalidInput(
            f"{settings.name} needs the address of the ActiveCampaign account.",
            hint="It stands in ActiveCampaign under Settings, Developer.",
        )
    transport = transport_for(settings, secret, dialect(), clock, pacers, CONCURRENCY, address)
    return ActiveCampaignConnector(transport, settings)
