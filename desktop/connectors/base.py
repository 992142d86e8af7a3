"""What a platform's connector offers to the engine, and what it says of itself.

A connector speaks domain values only: what the wire looks like stays in the platform's folder. All calls
raise the errors of :mod:`desktop.domain.errors` and nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from desktop.connectors.webhooks import Subscriber
from desktop.domain.design import DesignRules, FieldDraft, ObjectDraft
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import Json, Value, Values


class ChangeReport(StrEnum):
    """How a platform tells which records changed since a time."""

    SINCE = "since"
    """It filters by the time of change: reading costs what changed."""
    ORDERED = "ordered"
    """It lists the newest change first: reading stops at the first page that is already known."""
    NONE = "none"
    """It can't: every read is a whole one and gives no cursor, so that what it lacks is known to be gone."""


@dataclass(frozen=True, slots=True)
class ObjectCapabilities:
    """What can be done with one object of a platform.

    :param changes: how changes are found.
    :param lag_seconds: how long after a write a listing or search may still not show it.
    :param page_size: records in one page of a listing.
    :param create_answers_id: whether the answer to a create states the new record's id.
    :param upsert_key: field by which a create updates the record that is already there, where the platform does so.
    :param find_keys: fields (keys) by which :meth:`Connector.find` can look up records; empty means any field.
    :param concurrency: requests that may be under way at once.
    """

    changes: ChangeReport = ChangeReport.NONE
    lag_seconds: float = 0.0
    page_size: int = 100
    create_answers_id: bool = True
    upsert_key: str | None = None
    find_keys: frozenset[str] = frozenset()
    concurrency: int = 8


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that a credential may or may not do.

    :param granted: ``None`` where the platform does not tell and trying would change something.
    :param needed_for: what is not possible without it, in the operator's words.
    """

    name: str
    granted: bool | None
    needed_for: str


@dataclass(frozen=True, slots=True)
class Quota:
    """What the platform's headers said last.

    :param limit: requests in one ``interval_seconds``.
    :param remaining: of these, as last stated.
    :param daily_limit: requests a day, ``None`` where there is no such limit.
    """

    limit: int
    interval_seconds: float
    remaining: int | None = None
    daily_limit: int | None = None
    daily_remaining: int | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a credential belongs to and what it may do: the answer of "Test connection"."""

    name: str
    detail: str
    permissions: tuple[Permission, ...] = ()
    quota: Quota | None = None
    currency: str | None = None


@dataclass(slots=True)
class Traffic:
    """What a connection has sent since it was opened.

    :param blocked_until: by the monotonic clock, when the platform allows requests again after it refused one.
    """

    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    blocked_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """Records as one answer of a listing brought them.

    :param cursor: where the next read of changes starts once this page is stored; opaque JSON, ``None`` while
        it can't be told before the last page.
    :param total: how many records the listing has in all, ``None`` where the platform does not say.
    :param last: whether the listing ended with this page.
    :param gone: ids of records that a read of changes says are not there any more.
    """

    records: Sequence[Record]
    cursor: Json = None
    total: int | None = None
    last: bool = False
    gone: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """One record that another is linked to.

    :param id: the relation's own id on the platform, blank where it has none.
    """

    id: str
    association: str
    label: str
    object: str
    record_id: str
    title: str = ""


class SecretStore(Protocol):
    """Where a connection's secret is kept while it is open, for platforms whose credentials are renewed."""

    async def load(self) -> str:
        """The secret as it is kept now; another process may have renewed it."""
        ...

    async def save(self, secret: str) -> None:
        """Keep a renewed secret; it outlives this process once the call returns."""
        ...

    def alone(self) -> AbstractAsyncContextManager[None]:
        """While it is entered, nobody else, in any process, renews this secret."""
        ...


class Designer(Protocol):
    """Changes the schemas of one connection. What a platform can't do is in the refusals of its rules.

    Every call raises NotSupported for what the rules refuse and InvalidInput, with the place, for what breaks a limit,
    before anything is sent.
    """

    async def rules(self, schema: ObjectSchema | None) -> DesignRules:
        """What can be changed of an object, or with ``None`` what a new one can have."""
        ...

    async def create_object(self, draft: ObjectDraft) -> ObjectSchema:
        """Create an object and return it with its fields as the platform now has them."""
        ...

    async def change_object(self, schema: ObjectSchema, draft: ObjectDraft) -> ObjectSchema:
        """Change an object's labels and description; the draft's key and fields are not looked at."""
        ...

    async def delete_object(self, schema: ObjectSchema) -> None:
        """Delete an object with all of its records; one that is already gone is no error."""
        ...

    async def create_field(self, schema: ObjectSchema, draft: FieldDraft) -> ObjectSchema:
        """Add a field."""
        ...

    async def change_field(self, schema: ObjectSchema, field: Field, draft: FieldDraft) -> ObjectSchema:
        """Change a field's label, description and options; options left out are removed."""
        ...

    async def delete_field(self, schema: ObjectSchema, field: Field) -> ObjectSchema:
        """Delete a field with its values in all records."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """What a connector is opened with, beside its secret.

    :param account: location or account id, where the platform needs one.
    :param quota_share: the share of the stated quota to use while a person waits, 0 to 0.95.
    :param options: the platform's own settings, such as the currency of amounts without one.
    :param background_share: the share while nobody waits; never more than that.
    """

    name: str
    base_url: str
    account: str = ""
    quota_share: float = 0.8
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    background_share: float = 0.5


class Connector(Protocol):
    """An open connection to one account on one platform. Close it with :meth:`aclose`."""

    @property
    def platform(self) -> str:
        """The platform's name in the registry."""
        ...

    @property
    def traffic(self) -> Traffic:
        """Requests so far."""
        ...

    @property
    def quota(self) -> Quota | None:
        """What the platform's headers said last, ``None`` before the first answer."""
        ...

    def capabilities(self, schema: ObjectSchema) -> ObjectCapabilities:
        """What can be done with an object."""
        ...

    async def aclose(self) -> None:
        """Close the connection; no call may follow."""
        ...

    async def identify(self) -> Identity:
        """Who the credential belongs to and what it may do."""
        ...

    async def objects(self) -> list[ObjectSchema]:
        """Every object that can be read, without fields."""
        ...

    async def schema(self, object_key: str) -> ObjectSchema:
        """An object with its fields and associations.

        :raises NotFound: when there is no such object.
        """
        ...

    def read(self, schema: ObjectSchema, cursor: Json = None) -> AsyncIterator[Page]:
        """All records, or with a cursor those that changed since it was given (some perhaps once more).

        The iteration either ends with a page whose ``last`` is true, or raises: it never just stops.
        """
        ...

    async def count(self, schema: ObjectSchema) -> int | None:
        """How many records the object has, ``None`` where only a whole read tells."""
        ...

    async def get(self, schema: ObjectSchema, record_id: str) -> Record:
        """One record as it is now, not as an index shows it.

        :raises NotFound: when it is not there.
        """
        ...

    async def find(self, schema: ObjectSchema, field: Field, value: Value) -> list[Record]:
        """The records whose field has exactly that value, as far as the platform's index knows them by now."""
        ...

    async def find_by_external_ids(self, schema: ObjectSchema, external_ids: Sequence[str]) -> dict[str, Record]:
        """Records by their external ids; ids that are not there are left out."""
        ...

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a record and return what the platform answered (id blank where it states none).

        The request is sent once.

        :raises OutcomeUnknown: when the answer was lost; the record may exist.
        :raises Duplicate: when the platform says that it is already there.
        """
        ...

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Change only the given fields of a record and return it as the platform now has it.

        :param record: the record as it was last read; where a write replaces the whole record, what is not in
            ``changes`` is sent as it is there.
        :raises NotFound: when it is not there any more.
        """
        ...

    async def delete(self, schema: ObjectSchema, record_id: str) -> None:
        """Delete a record; one that is already gone is no error."""
        ...

    async def related(self, schema: ObjectSchema, record_id: str) -> list[Related]:
        """The records that this one is linked to."""
        ...

    async def people(self, ids: Sequence[str]) -> dict[str, str]:
        """The names of people by the ids in :attr:`Record.updated_by`; who can't be named is left out."""
        ...

    @property
    def designer(self) -> Designer | None:
        """Changes schemas; ``None`` where the platform lets nobody do so through its API."""
        ...

    @property
    def subscriber(self) -> Subscriber | None:
        """Tells the platform where to send its messages; ``None`` where a person does so on the platform."""
        ...
