"""ActiveCollab as the engine sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from desktop.connectors.activecollab.auth import (
    CLOUD,
    REQUESTS_PER_SECOND,
    api_address,
    dialect,
    lacks_account,
    user_of,
)
from desktop.connectors.activecollab.client import Wire
from desktop.connectors.activecollab.comments import Comments
from desktop.connectors.activecollab.companies import Companies
from desktop.connectors.activecollab.identity import identify
from desktop.connectors.activecollab.kind import Kind
from desktop.connectors.activecollab.labels import Labels
from desktop.connectors.activecollab.projects import Projects
from desktop.connectors.activecollab.schemas import Schemas
from desktop.connectors.activecollab.subtasks import Subtasks
from desktop.connectors.activecollab.task_lists import TaskLists
from desktop.connectors.activecollab.tasks import Tasks
from desktop.connectors.activecollab.time_records import TimeRecords
from desktop.connectors.activecollab.users import Users
from desktop.connectors.activecollab.walk import CONCURRENCY
from desktop.connectors.base import (
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
from desktop.connectors.pacing import Pacers
from desktop.connectors.redaction import Secret
from desktop.connectors.settings import number_option, switch_option, transport_for
from desktop.connectors.transport import Transport
from desktop.domain.errors import InvalidInput, NotFound, NotSupported
from desktop.domain.record import Record
from desktop.domain.schema import ID, Field, ObjectSchema
from desktop.domain.values import Json, Value, Values, key_text

PAGE = 100
"""Rows of one page; the platform lets nobody choose."""
_KEYED = frozenset({"projects", "tasks"})


class ActiveCollabConnector(Connected):
    """An open connection to one account, as one person sees it.

    Options: ``requests_per_second`` (5), of which the connection's share of the quota is used, for a server of one's
    own that may be asked faster; ``key_line`` (off), whether tasks and projects carry an external id in a line of
    their description.
    """

    platform = "activecollab"

    def __init__(self, transport: Transport, user_id: str | None, *, key_line: bool = False) -> None:
        super().__init__(transport)
        self._user_id = user_id
        self._wire = wire = Wire(transport)
        self._schemas = Schemas(wire, _KEYED if key_line else frozenset())
        projects = Projects(wire, key_line=key_line)
        tasks = Tasks(wire, projects, key_line=key_line)
        self._users = Users(wire)
        self._kinds: dict[str, Kind] = {
            "projects": projects,
            "task_lists": TaskLists(wire, projects),
            "tasks": tasks,
            "subtasks": Subtasks(wire, projects, tasks),
            "comments": Comments(wire, projects, tasks),
            "companies": Companies(wire),
            "users": self._users,
            "time_records": TimeRecords(wire, projects),
            "labels": Labels(wire),
        }

    @property
    def designer(self) -> Designer | None:
        """Changes schemas: ActiveCollab has no custom fields."""
        return None

    def capabilities(self, schema: ObjectSchema) -> ObjectCapabilities:
        """What lies in projects tells what changed, project by project; the rest is read whole each time.

        :meth:`find` goes through all records, unless it is asked for an id, a project or a task.
        """
        return ObjectCapabilities(changes=self._kind(schema).changes, page_size=PAGE, concurrency=CONCURRENCY)

    @shaped
    async def identify(self) -> Identity:
        """The person whose token it is, and what their role lets them do."""
        return await identify(self._wire, self._user_id)

    @shaped
    async def objects(self) -> list[ObjectSchema]:
        """Every object that can be read, without fields."""
        return self._schemas.objects()

    @shaped
    async def schema(self, object_key: str) -> ObjectSchema:
        """An object with its fields."""
        return await self._schemas.schema(object_key)

    @shaped
    async def people(self, ids: Sequence[str]) -> dict[str, str]:
        """The names of people of the account."""
        return await self._users.names(ids)

    @shaped_pages
    def read(self, schema: ObjectSchema, cursor: Json = None) -> AsyncGenerator[Page]:
        """All records, or those that changed since the cursor; without those in the trash."""
        return self._kind(schema).read(schema, cursor)

    @shaped
    async def count(self, schema: ObjectSchema) -> int | None:
        """How many records there are, ``None`` for what lies in projects."""
        return await self._kind(schema).count()

    @shaped
    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record as it is now."""
        return await self._kind(schema).get(schema, record_id)

    @shaped
    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The records whose field has exactly that value.

        ActiveCollab has no search by a field's value: by its id a record is read alone, by its project or task what is
        in that is listed, and by anything else everything is.
        """
        wanted = key_text(value, field.type)
        if wanted is None:
            return []
        kind = self._kind(schema)
        if field.key == ID:
            try:
                return [await kind.get(schema, str(value).strip())]
            except NotFound:
                return []
        near = await kind.near(schema, field, value)
        if near is None:
            near = await self._everything(kind, schema)
        return [record for record in near if key_text(record.get(field.key), field.type) == wanted]

    @staticmethod
    async def _everything(kind: Kind, schema: ObjectSchema) -> list[Record]:
        found: dict[str, Record] = {}
        async with aclosing(kind.read(schema, None)) as pages:
            async for page in pages:
                found.update({record.id: record for record in page.records})
        return list(found.values())

    @shaped
    async def find_by_external_ids(self, schema: ObjectSchema, external_ids: Sequence[str]) -> dict[str, Record]:
        """Records by the external ids in their descriptions, for which all of them are read.

        :raises NotSupported: where there is no such line.
        """
        kind = self._kind(schema)
        if not kind.key_line:
            raise NotSupported(
                f"ActiveCollab keeps no external ids for {schema.plural}.", "Match on a field of the record."
            )
        wanted = {key.strip() for key in external_ids} - {""}
        found = await self._everything(kind, schema) if wanted else []
        return {record.external_id: record for record in found if record.external_id in wanted and record.external_id}

    @shaped
    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a record; the answer states its id."""
        self._check(schema, "create")
        return await self._kind(schema).create(schema, values)

    @shaped
    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change only the given fields."""
        self._check(schema, "update")
        return await self._kind(schema).update(schema, record, changes)

    @shaped
    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Move a record to ActiveCollab's trash."""
        self._check(schema, "delete")
        await self._kind(schema).delete(schema, record_id)

    @shaped
    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The records that this one is linked to."""
        return await self._kind(schema).related(schema, record_id)

    @staticmethod
    def _check(schema: ObjectSchema, action: str) -> None:
        refusal = schema.refusals.get(action)
        if refusal:
            raise NotSupported(refusal)

    def _kind(self, schema: ObjectSchema) -> Kind:
        kind = self._kinds.get(schema.key)
        if kind is None:
            raise NotFound(
                f"{self._transport.name} has no object {schema.key}.", "Choose one of the objects in the list."
            )
        return kind


def open_activecollab(
    settings: ConnectionSettings, secret: Secret, clock: Clock, pacers: Pacers, _secrets: SecretStore | None = None
) -> ActiveCollabConnector:
    """Open a connection; nothing is sent yet.

    :raises InvalidInput: when the address is missing or can't be used, or an option is none.
    """
    address = api_address(settings.base_url)
    if not address or lacks_account(address):
        raise InvalidInput(
            f"{settings.name} needs the address of the ActiveCollab account.",
            hint=f"In the cloud it is {CLOUD} and the account's number, as in {CLOUD}/123456.",
        )
    http = dialect(number_option(settings, "requests_per_second", REQUESTS_PER_SECOND))
    transport = transport_for(settings, secret, http, clock, pacers, CONCURRENCY, address)
    key_line = switch_option(settings, "key_line", default=False)
    return ActiveCollabConnector(transport, user_of(secret.reveal()), key_line=key_line)
