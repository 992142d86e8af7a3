"""A WordPress site with AccessAlly as the engine sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

from desktop.connectors.accessally.auth import (
    CAPABILITIES,
    REQUESTS_PER_SECOND,
    checked_credential,
    dialect,
    site_address,
)
from desktop.connectors.accessally.bridge import Bridge
from desktop.connectors.accessally.client import PAGE, Wire
from desktop.connectors.accessally.designer import MemberDesigner
from desktop.connectors.accessally.listing import Row, by_ids, sweep, total
from desktop.connectors.accessally.members import FIND_KEYS, Members
from desktop.connectors.accessally.schemas import HOW_TO_DELETE, KEPT, TAGS, Schemas
from desktop.connectors.accessally.webhooks import WebhookSubscriber
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
from desktop.connectors.paging import ahead
from desktop.connectors.progress import parse_moment, utc_milliseconds
from desktop.connectors.redaction import Secret
from desktop.connectors.settings import number_option, switch_option, transport_for
from desktop.connectors.transport import Transport
from desktop.connectors.webhooks import Subscriber
from desktop.domain.errors import InvalidInput, NotFound, NotSupported
from desktop.domain.record import Record, display
from desktop.domain.schema import ID, Field, ObjectSchema
from desktop.domain.values import Json, Value, Values, key_text

CONCURRENCY = 4
"""Requests at once: small hosts have few PHP workers."""
_MARGIN = timedelta(seconds=5)
"""A change that was being written while the last read began may carry a time before it."""


class AccessAllyConnector(Connected):
    """An open connection to one WordPress site.

    Options: ``page_size``, members of one page (100 at most); ``requests_per_second``; ``tags`` set to ``off`` leaves
    AccessAlly's tags out, which cost a further request for each page of members; ``delete_members`` set to ``on``
    together with ``reassign_to``, the id of the user who takes over what a deleted member wrote, allows members to be
    deleted.
    """

    platform = "accessally"

    def __init__(self, transport: Transport, settings: ConnectionSettings, secrets: tuple[Secret, ...]) -> None:
        super().__init__(transport)
        self._wire = Wire(transport, secrets, number_option(settings, "page_size", PAGE))
        self._bridge = Bridge(self._wire)
        self._heir = _heir(settings)
        self._schemas = Schemas(
            self._wire,
            self._bridge,
            may_delete=bool(self._heir),
            with_tags=switch_option(settings, "tags", default=True),
        )
        self._members = Members(self._wire, self._bridge)
        self._designer = MemberDesigner(self._wire, self._bridge, self._schemas)

    @property
    def designer(self) -> Designer | None:
        """Adds and removes profile fields, where the bridge plugin is installed."""
        return self._designer

    @property
    def subscriber(self) -> Subscriber | None:
        """Tells the site where to send its messages."""
        return WebhookSubscriber(self._bridge)

    def capabilities(self, schema: ObjectSchema) -> ObjectCapabilities:
        """With the bridge plugin changes are known by their time, without it not at all."""
        return ObjectCapabilities(
            changes=ChangeReport.SINCE if self._wire.has_bridge else ChangeReport.NONE,
            page_size=self._wire.page_size,
            find_keys=FIND_KEYS,
            concurrency=CONCURRENCY,
        )

    @shaped
    async def identify(self) -> Identity:
        """The site, the user, what the user may do, and which plugins are there."""
        account = await self._wire.account(again=True)
        site = await self._wire.site()
        rights = {**CAPABILITIES, "manage_options": "Adding and removing fields with the Crosswalk Bridge plugin"}
        return Identity(
            name=site.name or site.url or self._transport.name,
            detail=f"{account.name} ({account.email}). {await self._plugins()}",
            permissions=tuple(
                Permission(name, name in account.capabilities, needed_for) for name, needed_for in rights.items()
            ),
            quota=self._transport.quota,
        )

    async def _plugins(self) -> str:
        if not await self._bridge.installed():
            return (
                "The Crosswalk Bridge plugin is not installed: no tags, no new fields, and every read is a whole one."
            )
        if "list_users" not in (await self._wire.account()).capabilities:
            return "The Crosswalk Bridge plugin is installed."
        status = await self._bridge.status()
        if status is None or not status.accessally:
            return "The Crosswalk Bridge plugin is installed. AccessAlly is not active, so there are no tags."
        kept = {"managed": ", which keeps the contacts itself", "connected": ", with contacts kept by another platform"}
        return (
            f"The Crosswalk Bridge plugin is installed, and AccessAlly {status.accessally}{kept.get(status.mode, '')}."
        )

    @shaped
    async def objects(self) -> list[ObjectSchema]:
        """The members."""
        await self._wire.account()
        return [self._schemas.members()]

    @shaped
    async def schema(self, object_key: str) -> ObjectSchema:
        """The members with their fields."""
        return await self._schemas.schema(object_key)

    @shaped_pages
    async def read(self, schema: ObjectSchema, cursor: Json = None) -> AsyncGenerator[Page]:
        """All members, or with the bridge plugin those that changed or were deleted since the cursor's time.

        Without the plugin no cursor is given, so that the next read is a whole one as well.
        """
        await self._wire.account()
        since = parse_moment(cursor.get("since")) if isinstance(cursor, dict) else None
        status = await self._bridge.status() if since is None else None
        bridge = await self._bridge.installed()
        pages = self._everything(schema, status.now if status else None)
        if since is not None and bridge:
            pages = self._changed(schema, since)
        async with aclosing(pages):
            async for found in pages:
                yield found

    async def _everything(self, schema: ObjectSchema, began: datetime | None) -> AsyncGenerator[Page]:
        async with aclosing(ahead(sweep(self._wire))) as pages:
            async for listed in pages:
                records = await self._records(schema, listed.rows)
                yield Page(records, _cursor(began) if listed.last else None, listed.total, listed.last)

    async def _changed(self, schema: ObjectSchema, since: datetime) -> AsyncGenerator[Page]:
        began: datetime | None = None
        async with aclosing(ahead(self._bridge.changes(since))) as lists:
            async for changes in lists:
                began = began or changes.now
                for start in range(0, len(changes.ids), self._wire.page_size):
                    chunk = changes.ids[start : start + self._wire.page_size]
                    yield Page(await self._records(schema, await by_ids(self._wire, chunk)))
                if changes.gone:
                    yield Page([], gone=changes.gone)
        yield Page([], _cursor(max(began, since + _MARGIN) if began else since), None, True)

    async def _records(self, schema: ObjectSchema, rows: Sequence[Row]) -> list[Record]:
        tags: dict[str, frozenset[str]] = {}
        if TAGS in schema.by_key:
            tags = await self._bridge.tags_of(str(row["id"]) for row in rows)
            # Who was deleted between the two requests is left out.
            rows = [row for row in rows if str(row["id"]) in tags]
        return [self._members.read_row(schema, row, tags.get(str(row["id"]))) for row in rows]

    @shaped
    async def count(self, schema: ObjectSchema) -> int | None:
        """How many members there are."""
        return await total(self._wire)

    @shaped
    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One member as it is now."""
        return await self._members.get(schema, record_id)

    @shaped
    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The members whose field has exactly that value.

        :raises NotSupported: for fields that WordPress does not search.
        """
        wanted = key_text(value, field.type)
        if wanted is None:
            return []
        if field.key == ID:
            try:
                return [await self.get(schema, str(value))]
            except NotFound:
                return []
        if field.key not in FIND_KEYS:
            raise NotSupported(
                f"WordPress can't look up a member by {field.label}.",
                "Match on the e-mail address or the user name.",
            )
        rows = await self._members.find(field, display(value).strip())
        matching = [row for row in rows if key_text(str(row.get(field.key) or ""), field.type) == wanted]
        return await self._records(schema, matching)

    @shaped
    async def find_by_external_ids(self, schema: ObjectSchema, external_ids: Sequence[str]) -> dict[str, Record]:
        """:raises NotSupported: always; WordPress keeps none."""
        raise NotSupported("WordPress keeps no external ids for members.", "Match on the e-mail address.")

    @shaped
    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a member, with a password that nobody knows."""
        return await self._members.create(schema, values)

    @shaped
    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change only the given fields."""
        return await self._members.update(schema, record, changes)

    @shaped
    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a member and give what it wrote to another user.

        :raises NotSupported: unless the connection's options allow it.
        """
        if not self._heir:
            raise NotSupported(KEPT, HOW_TO_DELETE)
        await self._members.delete(record_id, self._heir)

    @shaped
    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """Members are linked to nothing else here."""
        return []


def _heir(settings: ConnectionSettings) -> str:
    """The user who takes over what deleted members wrote, blank where deleting is not allowed.

    :raises InvalidInput: when the options are half set.
    """
    if not switch_option(settings, "delete_members", default=False):
        return ""
    heir = number_option(settings, "reassign_to", 0)
    if not heir:
        raise InvalidInput(
            f"{settings.name} is to delete members, but it is not said who takes over what they wrote.",
            hint="Enter the id of a WordPress user under Connections, Options, or turn the deletion of members off.",
        )
    return str(heir)


def _cursor(began: datetime | None) -> Json:
    return {"since": utc_milliseconds(began - _MARGIN)} if began is not None else None


def open_accessally(
    settings: ConnectionSettings, secret: Secret, clock: Clock, pacers: Pacers, _secrets: SecretStore | None = None
) -> AccessAllyConnector:
    """Open a connection; nothing is sent yet.

    :raises InvalidInput: when the address is missing or can't be used, or the options are half set.
    :raises CredentialRefused: when the secret is no ``user:password``.
    """
    address = site_address(settings.base_url)
    if not address:
        raise InvalidInput(
            f"{settings.name} needs the address of the WordPress site.",
            hint="Such as https://members.example.com",
        )
    credential = checked_credential(settings.name, secret)
    pace = number_option(settings, "requests_per_second", REQUESTS_PER_SECOND)
    password = Secret(credential.reveal().partition(":")[2])
    transport = transport_for(
        settings, credential, dialect(pace), clock, pacers, CONCURRENCY, address, hidden=(password,)
    )
    return AccessAllyConnector(transport, settings, (password,))
