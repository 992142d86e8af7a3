"""ActiveCampaign as the engine sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from desktop.connectors.activecampaign.bonds import Bonds
from desktop.connectors.activecampaign.bulk import LARGEST_BATCH, Imports
from desktop.connectors.activecampaign.client import PAGE, QueryRefused, Wire, api_address, dialect
from desktop.connectors.activecampaign.contacts import Contacts
from desktop.connectors.activecampaign.designer import ActiveCampaignDesigner
from desktop.connectors.activecampaign.listing import page
from desktop.connectors.activecampaign.reading import CONTACT_LAG_SECONDS, RECORD_LAG_SECONDS, Reading
from desktop.connectors.activecampaign.records import Records
from desktop.connectors.activecampaign.related import of_contact, of_record
from desktop.connectors.activecampaign.schemas import CONTACTS, LISTS, TAGS, Schemas
from desktop.connectors.activecampaign.standard import Standard
from desktop.connectors.activecampaign.webhooks import WebhookSubscriber
from desktop.connectors.base import (
    ChangeReport,
    ConnectionSettings,
    Designer,
    Identity,
    ObjectCapabilities,
    Page,
    Permission,
    Related,
    SecretStore,
)
from desktop.connectors.clock import Clock
from desktop.connectors.connected import Connected
from desktop.connectors.guard import shaped, shaped_pages
from desktop.connectors.pacing import Pacers
from desktop.connectors.redaction import Secret
from desktop.connectors.settings import number_option, switch_option, transport_for
from desktop.connectors.transport import Transport
from desktop.connectors.webhooks import Subscriber
from desktop.domain.errors import CrosswalkError, InvalidInput, NotFound, NotSupported, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID, ID, Field, ObjectSchema
from desktop.domain.values import FieldType, Json, Value, Values, key_text, parse_number

CONCURRENCY = 8
_NOT_SEARCHED = frozenset({TAGS, LISTS})


class ActiveCampaignConnector(Connected):
    """An open connection to one ActiveCampaign account.

    Options: ``page_size``, rows of one page of a listing (100 at most); ``resubscribe``, ``on`` to let people who have
    left a list be subscribed to it again, which is refused otherwise.
    """

    platform = "activecampaign"

    def __init__(self, transport: Transport, settings: ConnectionSettings) -> None:
        super().__init__(transport)
        self._wire = Wire(transport, number_option(settings, "page_size", PAGE))
        self._schemas = Schemas(self._wire)
        bonds = Bonds(self._wire, resubscribe=switch_option(settings, "resubscribe", default=False))
        self._contacts = Contacts(self._wire, bonds)
        self._records = Records(self._wire)
        self._standard = Standard(self._wire)
        self._imports = Imports(self._wire, self._contacts)
        self._reading = Reading(transport.clock, self._contacts, self._records, self._standard)
        self._designer = ActiveCampaignDesigner(self._wire, self._schemas)

    @property
    def designer(self) -> Designer | None:
        """Changes custom objects, and custom fields of contacts."""
        return self._designer

    @property
    def subscriber(self) -> Subscriber | None:
        """Tells the account where to send its messages."""
        return WebhookSubscriber(self._wire)

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
        keys = frozenset({ID, schema.title})
        if schema.key == CONTACTS:
            keys = frozenset(field.key for field in schema.fields if field.key not in _NOT_SEARCHED)
        return ObjectCapabilities(
            changes=changes,
            lag_seconds=CONTACT_LAG_SECONDS,
            page_size=self._wire.page_size,
            find_keys=keys,
            concurrency=CONCURRENCY,
        )

    @shaped
    async def identify(self) -> Identity:
        """The key's user, and what the user may do."""
        user = (await self._wire.data("GET", "/users/me")).get("user")
        if not isinstance(user, dict) or not user.get("id"):
            raise self._wire.unexpected("the answer holds no user")
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
            return self._reading.records(schema, cursor)
        if schema.key == CONTACTS:
            return self._reading.contacts(schema, cursor)
        return self._reading.standard(schema)

    @shaped
    async def count(self, schema: ObjectSchema) -> int | None:
        """How many records the listing has."""
        if schema.custom:
            return await self._records.count(schema)
        return (await page(self._wire, f"/{schema.key}", schema.key, {"limit": 1})).total

    @shaped
    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record as it is now."""
        return await self._of(schema).get(schema, record_id)

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
        if schema.key == CONTACTS and field.key not in _NOT_SEARCHED:
            return await self._contacts.find(schema, field, value)
        if field.key != schema.title:
            raise self._not_searched(schema, field)
        return await self._standard.find(schema, value)

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
        """Create a record, contact, account or deal."""
        self._check(schema, "create")
        return await self._of(schema).create(schema, values)

    def bulk_size(self, schema: ObjectSchema) -> int:
        """How many records one request creates at most, 0 where each needs its own."""
        return LARGEST_BATCH if schema.key == CONTACTS and not schema.custom else 0

    @shaped
    async def create_many(self, schema: ObjectSchema, rows: Sequence[Values]) -> list[Record | CrosswalkError]:
        """Create many contacts by few requests: for each, in their order, the record or why there is none.

        :raises NotSupported: for other objects.
        """
        if not self.bulk_size(schema):
            raise NotSupported(
                f"ActiveCampaign imports contacts at once, but no {schema.plural}.", "Create them one by one."
            )
        return await self._imports.create_many(schema, rows)

    @shaped
    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change only the given fields."""
        self._check(schema, "update")
        return await self._of(schema).update(schema, record, changes)

    @shaped
    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a record, contact, account or deal."""
        self._check(schema, "delete")
        if schema.key == CONTACTS and not schema.custom:
            await self._contacts.delete(record_id)
        elif schema.custom:
            await self._records.delete(schema, record_id)
        else:
            await self._standard.delete(schema, record_id)

    def _of(self, schema: ObjectSchema) -> Records | Contacts | Standard:
        if schema.custom:
            return self._records
        return self._contacts if schema.key == CONTACTS else self._standard

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


def open_activecampaign(
    settings: ConnectionSettings, secret: Secret, clock: Clock, pacers: Pacers, _secrets: SecretStore | None = None
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
