"""What every connector promises, as one suite: a platform's test class inherits it and says what to write.

Each test makes what it needs with keys of its own, so that the tests of a module can share one sandbox in any order.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from desktop.connectors.base import ChangeReport, Connector
from desktop.domain.errors import NotFound
from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID, ObjectSchema
from desktop.domain.values import Json, Value, Values, same
from tests.connectors.conftest import Connect, Sandbox

_serial = itertools.count(1)


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


async def read(connector: Connector, schema: ObjectSchema, cursor: Json = None) -> tuple[dict[str, Record], Json]:
    """All records of a read by id, and the cursor that its last page gave: none where every read is a whole one."""
    found: dict[str, Record] = {}
    ended = None
    async for page in connector.read(schema, cursor):
        assert ended is None, "a page follows the last one"
        found.update({record.id: record for record in page.records})
        if page.last:
            ended = page
    assert ended is not None, "the reading ended without a last page"
    assert (ended.cursor is None) is (connector.capabilities(schema).changes is ChangeReport.NONE)
    return found, ended.cursor


def assert_same(schema: ObjectSchema, record: Record, expected: Values) -> None:
    """The record has exactly these values in these fields."""
    for key, value in expected.items():
        if key == EXTERNAL_ID:
            assert record.external_id == value
            continue
        field = schema.field(key)
        assert field is not None, key
        assert record.has(key), f"{key} was not read"
        assert same(record.values[key], value, field.type), (key, record.values[key], value)


class Conformance:
    """Inherit, and state the class variables and :meth:`full`."""

    platform: ClassVar[str]
    object_key: ClassVar[str]
    key: ClassVar[str]
    """A field by which a record can be found, whose values are texts."""
    change: ClassVar[Mapping[str, Value]]
    """New values for some fields of a record made by :meth:`full`."""
    other_change: ClassVar[Mapping[str, Value]]
    """New values for other fields."""
    optional: ClassVar[tuple[str, ...]]
    """Fields that can be blank, one of each type."""

    def full(self, number: int) -> dict[str, Value]:
        """Values of a new record with a value of every type; the number makes its keys unique."""
        raise NotImplementedError

    def minimal(self, number: int) -> dict[str, Value]:
        """Values of a new record with nothing but what it needs."""
        raise NotImplementedError

    @pytest.fixture
    async def connector(self, connect: Connect) -> Connector:
        return await connect(self.platform)

    @pytest.fixture
    async def schema(self, connector: Connector) -> ObjectSchema:
        return await connector.schema(self.object_key)

    async def make(self, connector: Connector, schema: ObjectSchema, values: Values) -> Record:
        """Create a record and bring its id into experience, as the connector's capabilities say."""
        created = await connector.create(schema, values)
        if connector.capabilities(schema).create_answers_id:
            assert created.id
            return created
        assert created.id == ""
        external = str(values[EXTERNAL_ID])
        found = await connector.find_by_external_ids(schema, [external])
        return found[external]

    async def test_every_object_that_is_listed_has_a_schema(self, connector: Connector) -> None:
        listed = await connector.objects()
        assert self.object_key in [item.key for item in listed]
        for item in listed:
            schema = await connector.schema(item.key)
            assert (schema.key, schema.label, schema.plural) == (item.key, item.label, item.plural)
            keys = [field.key for field in schema.fields]
            assert len(keys) == len(set(keys))
            assert keys[0] == "@id"
            assert set(schema.title_keys) <= {*keys, "@external_id"}

    async def test_an_object_that_does_not_exist_is_not_found(self, connector: Connector) -> None:
        with pytest.raises(NotFound):
            await connector.schema("custom_objects.nothing_like_this")

    async def test_every_type_comes_back_as_it_was_written(self, connector: Connector, schema: ObjectSchema) -> None:
        values = self.full(next(_serial))
        types = {field.type for field in schema.fields if not field.read_only and not field.is_system}
        written = {field.type for field in schema.fields if field.key in values}
        assert written >= types, "the test writes every type that the object has"
        created = await connector.create(schema, values)
        assert_same(schema, created, values)
        record = await self.make(connector, schema, self.full(next(_serial)))
        expected = {key: value for key, value in values.items() if key not in (self.key, EXTERNAL_ID, "phone")}
        assert_same(schema, await connector.get(schema, record.id), expected)

    async def test_what_was_never_set_is_blank_and_known(self, connector: Connector, schema: ObjectSchema) -> None:
        values = self.minimal(next(_serial))
        record = await self.make(connector, schema, values)
        read_back = await connector.get(schema, record.id)
        assert_same(schema, read_back, dict.fromkeys(set(self.optional) - set(values)))

    async def test_listing_and_single_reads_agree(self, connector: Connector, schema: ObjectSchema) -> None:
        for _ in range(3):
            await connector.create(schema, self.full(next(_serial)))
        listed, _ = await read(connector, schema)
        assert len(listed) >= 3
        for record in list(listed.values())[-5:]:
            single = await connector.get(schema, record.id)
            assert single == record

    async def test_the_number_of_records_is_what_the_listing_brings(
        self, connector: Connector, schema: ObjectSchema
    ) -> None:
        await connector.create(schema, self.full(next(_serial)))
        listed, _ = await read(connector, schema)
        assert await connector.count(schema) in (None, len(listed))

    async def test_the_size_of_a_page_changes_nothing(self, connect: Connect, schema: ObjectSchema) -> None:
        for _ in range(9):
            await (await connect(self.platform)).create(schema, self.minimal(next(_serial)))
        whole, _ = await read(await connect(self.platform), schema)
        for size in ("4", "7"):
            small, _ = await read(await connect(self.platform, page_size=size), schema)
            assert small == whole

    async def test_an_update_changes_the_given_fields_only(self, connector: Connector, schema: ObjectSchema) -> None:
        values = self.full(next(_serial))
        record = await self.make(connector, schema, values)
        updated = await connector.update(schema, record, self.change)
        assert_same(schema, updated, {**values, **self.change})
        assert updated.id == record.id
        assert_same(schema, await connector.get(schema, record.id), {**values, **self.change})

    async def test_an_update_keeps_what_somebody_else_changed_meanwhile(
        self, connect: Connect, connector: Connector, schema: ObjectSchema
    ) -> None:
        values = self.full(next(_serial))
        record = await self.make(connector, schema, values)
        somebody = await connect(self.platform)
        await somebody.update(schema, record, self.other_change)
        await connector.update(schema, record, self.change)
        assert_same(schema, await connector.get(schema, record.id), {**values, **self.other_change, **self.change})

    async def test_every_type_can_be_emptied(self, connector: Connector, schema: ObjectSchema) -> None:
        record = await self.make(connector, schema, self.full(next(_serial)))
        blank: dict[str, Value] = dict.fromkeys(self.optional)
        assert_same(schema, await connector.update(schema, record, blank), blank)
        assert_same(schema, await connector.get(schema, record.id), blank)

    async def test_a_record_just_made_is_found_by_its_key(
        self, sandbox: Sandbox, connector: Connector, schema: ObjectSchema
    ) -> None:
        lag = connector.capabilities(schema).lag_seconds
        if lag:
            sandbox.configure(self.platform, index_delay_seconds=lag)
        values = self.full(next(_serial))
        record = await self.make(connector, schema, values)
        sandbox.advance(lag)
        field = schema.field(self.key)
        assert field is not None
        found = await connector.find(schema, field, values[self.key])
        assert [item.id for item in found] == [record.id]

    async def test_find_answers_exact_matches_only(self, connector: Connector, schema: ObjectSchema) -> None:
        values = self.full(next(_serial))
        await connector.create(schema, values)
        field = schema.field(self.key)
        assert field is not None
        assert await connector.find(schema, field, f"{values[self.key]}x") == []
        assert await connector.find(schema, field, None) == []
        assert await connector.find(schema, field, "  ") == []

    async def test_what_changed_since_a_cursor_is_read_and_little_else(
        self, sandbox: Sandbox, connector: Connector, schema: ObjectSchema
    ) -> None:
        old = await self.make(connector, schema, self.full(next(_serial)))
        for _ in range(3):
            await connector.create(schema, self.full(next(_serial)))
        whole, first = await read(connector, schema)
        record = await self.make(connector, schema, self.full(next(_serial)))
        await connector.update(schema, old, self.change)
        changed, second = await read(connector, schema, first)
        assert {record.id, old.id} <= set(changed)
        assert_same(schema, changed[old.id], self.change)
        if connector.capabilities(schema).changes is not ChangeReport.NONE:
            settled = {item.id for item in whole.values() if item.updated_at and item.updated_at < an_hour_ago()}
            assert not settled & set(changed)
        again, third = await read(connector, schema, second)
        if first is None:
            return
        assert set(again) <= set(changed)
        starts = [cursor["since"] for cursor in (first, second, third) if isinstance(cursor, dict)]
        assert len(starts) == 3
        assert starts == sorted(map(str, starts))

    async def test_a_change_that_the_index_shows_late_is_read_later(
        self, sandbox: Sandbox, connector: Connector, schema: ObjectSchema
    ) -> None:
        lag = connector.capabilities(schema).lag_seconds
        record = await self.make(connector, schema, self.full(next(_serial)))
        if lag:
            sandbox.configure(self.platform, index_delay_seconds=lag)
        await connector.update(schema, record, self.change)
        await connector.create(schema, self.full(next(_serial)))
        _, cursor = await read(connector, schema)
        sandbox.advance(lag + 1)
        changed, _ = await read(connector, schema, cursor)
        assert_same(schema, changed[record.id], self.change)

    async def test_a_deleted_record_is_gone(self, connector: Connector, schema: ObjectSchema) -> None:
        record = await self.make(connector, schema, self.full(next(_serial)))
        await connector.delete(schema, record.id)
        with pytest.raises(NotFound) as caught:
            await connector.get(schema, record.id)
        assert record.id in caught.value.message
        await connector.delete(schema, record.id)
        listed, _ = await read(connector, schema)
        assert record.id not in listed
        with pytest.raises(NotFound):
            await connector.update(schema, record, self.change)

    @pytest.mark.parametrize("kind", ["429", "500", "503", "reset", "truncate"])
    async def test_reading_survives_passing_faults(
        self, sandbox: Sandbox, connector: Connector, schema: ObjectSchema, kind: str
    ) -> None:
        whole, _ = await read(connector, schema)
        before = connector.traffic.retries
        sandbox.fault(self.platform, kind, next=2)
        again, _ = await read(connector, schema)
        assert again == whole
        assert connector.traffic.retries - before == 2

    @pytest.mark.parametrize("kind", ["500", "503", "reset", "truncate"])
    async def test_an_update_whose_answer_is_lost_is_sent_again(
        self, sandbox: Sandbox, connector: Connector, schema: ObjectSchema, kind: str
    ) -> None:
        values = self.full(next(_serial))
        record = await self.make(connector, schema, values)
        sandbox.fault(self.platform, kind, next=1, when="after")
        updated = await connector.update(schema, record, self.change)
        assert_same(schema, updated, self.change)
        assert_same(schema, await connector.get(schema, record.id), {**values, **self.change})
