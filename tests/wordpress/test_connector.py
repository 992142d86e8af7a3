"""The connector against a real WordPress: the suite of its promises, and what only a real site can show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from desktop.connectors.base import ConnectionSettings, Connector
from desktop.connectors.registry import open_connector
from desktop.domain.errors import (
    CredentialRefused,
    Duplicate,
    NotSupported,
    PlatformUnavailable,
    RecordRefused,
    ScopeMissing,
)
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType, Value
from tests.connectors.accessally_members import MemberCases
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect

if TYPE_CHECKING:
    from tests.wordpress.site import WordPress

pytestmark = pytest.mark.anyio


class PassingTime:
    """A real site goes by its own clock, and has no delays to skip."""

    def advance(self, seconds: float) -> None:
        pass


@pytest.fixture
def sandbox() -> PassingTime:
    return PassingTime()


@pytest.fixture
async def connect(wordpress: WordPress) -> AsyncIterator[Connect]:
    """Opens connections to the site: ``await connect("accessally", role="editor", page_size="7")``."""
    async with AsyncExitStack() as stack:

        async def open_one(
            platform: str = "accessally",
            *,
            role: str = "administrator",
            token: str = "",
            form: str = "",
            **options: str,
        ) -> Connector:
            settings = ConnectionSettings(
                "Club", wordpress.base_url + form, options={"requests_per_second": "1000"} | options
            )
            connector = await open_connector(platform, settings, token or wordpress.credentials[role])
            stack.push_async_callback(connector.aclose)
            return connector

        yield open_one


class TestMembersOfARealSite(MemberCases):
    # A real site has no switch for faults.
    test_reading_survives_passing_faults = None  # type: ignore[assignment]
    test_an_update_whose_answer_is_lost_is_sent_again = None  # type: ignore[assignment]


@pytest.fixture
async def club(connect: Connect) -> Connector:
    return await connect("accessally", delete_members="on", reassign_to="1")


@pytest.fixture
async def members(club: Connector) -> ObjectSchema:
    return await club.schema("members")


async def test_the_site_is_known_and_what_its_user_may_do(club: Connector, connect: Connect) -> None:
    identity = await club.identify()
    assert identity.name == "Sandbox Members"
    assert "Crosswalk Bridge plugin is installed" in identity.detail
    assert all(item.granted for item in identity.permissions)
    editor = await connect("accessally", role="editor")
    assert not any(item.granted for item in (await editor.identify()).permissions)
    with pytest.raises(ScopeMissing, match="list_users"):
        await read(editor, ObjectSchema("members", "Member", "Members"))


async def test_a_wrong_password_reads_nothing(connect: Connect) -> None:
    stranger = await connect("accessally", token="admin:wrong wrong wrong wrong wrong wron")
    with pytest.raises(CredentialRefused, match="visitor"):
        await read(stranger, ObjectSchema("members", "Member", "Members"))


async def test_fields_are_as_the_site_states_them(members: ObjectSchema) -> None:
    fields = members.by_key
    assert "persisted_preferences" not in fields
    assert (fields["crm_joined"].type, fields["crm_joined"].label) == (FieldType.DATE, "Joined on")
    assert (fields["locale"].type, [option.key for option in fields["locale"].options]) == (
        FieldType.CHOICE,
        ["en_US"],
    )


@pytest.mark.parametrize("email", ["jo+club@example.com", "o'hara.x@example.com", "A.B_c-d@sub.example.com"])
async def test_a_name_made_of_an_address_is_taken_and_found(club: Connector, members: ObjectSchema, email: str) -> None:
    record = await club.create(members, {"email": email})
    for key in ("email", "username", "slug"):
        found = await club.find(members, members.by_key[key], record.values[key])
        assert [item.id for item in found] == [record.id], key
    await club.update(members, record, {"email": "new@example.com"})
    assert len(await club.find(members, members.by_key["username"], record.values["username"])) == 1


async def test_duplicates_are_told(club: Connector, members: ObjectSchema) -> None:
    await club.create(members, {"email": "one@example.com"})
    two = await club.create(members, {"email": "two@example.com"})
    with pytest.raises(Duplicate) as caught:
        await club.create(members, {"email": "ONE@example.com", "username": "other"})
    assert caught.value.field == "email"
    with pytest.raises(Duplicate) as caught:
        await club.create(members, {"email": "three@example.com", "username": "one@example.com"})
    assert caught.value.field == "username"
    with pytest.raises(Duplicate):
        await club.update(members, two, {"email": "one@example.com"})


async def test_a_member_whose_field_was_refused_is_there_without_it(club: Connector, members: ObjectSchema) -> None:
    loose = members.with_fields(
        *(replace(field, type=FieldType.TEXT) if field.wire == "crm_joined" else field for field in members.fields)
    )
    values = {"email": "half@example.com", "crm_joined": "some day", "crm_object_id": "rec-9", "crm_score": Decimal(2)}
    with pytest.raises(RecordRefused, match="was created, but without Joined on") as caught:
        await club.create(loose, values)
    assert caught.value.field == "crm_joined"
    (record,) = await club.find(members, members.by_key["email"], "half@example.com")
    assert (record.values["crm_object_id"], record.values["crm_score"]) == ("rec-9", Decimal(2))


async def test_a_field_that_is_no_longer_registered_is_not_ignored(club: Connector, members: ObjectSchema) -> None:
    designer = club.designer
    assert designer is not None
    record = await club.create(members, {"email": "dropped@example.com"})
    await designer.delete_field(members, members.by_key["crm_object_id"])
    with pytest.raises(RecordRefused, match="not registered"):
        await club.update(members, record, {"crm_object_id": "rec-1"})


async def test_numbers_are_reset_once(club: Connector, members: ObjectSchema) -> None:
    record = await club.create(members, {"email": "reset@example.com", "crm_score": Decimal("5.25")})
    assert record.values["crm_score"] == Decimal("5.25")
    for _ in range(2):
        record = await club.update(members, record, {"crm_score": None, "crm_active": None})
        assert (record.values["crm_score"], record.values["crm_active"]) == (Decimal(0), False)
    stale = replace(record, values={**record.values, "crm_score": Decimal(5)})
    with pytest.raises(RecordRefused, match="blank already"):
        await club.update(members, stale, {"crm_score": None})


async def test_values_that_are_refused_name_their_field(club: Connector, members: ObjectSchema) -> None:
    record = await club.create(members, {"email": "values@example.com"})
    wrong: dict[str, Value] = {"email": "no address", "roles": frozenset({"pirate"})}
    for key, value in wrong.items():
        with pytest.raises(RecordRefused) as caught:
            await club.update(members, record, {key: value})
        assert caught.value.field == key
    with pytest.raises(RecordRefused) as caught:
        await club.create(members, {"email": "x@example.com", "username": "not <allowed>"})
    assert caught.value.field == "username"


async def test_deleting_needs_an_heir(club: Connector, members: ObjectSchema, connect: Connect) -> None:
    record = await club.create(members, {"email": "kept@example.com"})
    nobody = await connect("accessally", delete_members="on", reassign_to="999999")
    with pytest.raises(RecordRefused, match="no other user"):
        await nobody.delete(members, record.id)
    careful = await connect("accessally")
    with pytest.raises(NotSupported):
        await careful.delete(await careful.schema("members"), record.id)


async def test_reading_misses_nobody_while_members_come_and_go(
    club: Connector, members: ObjectSchema, connect: Connect
) -> None:
    made = [await club.create(members, {"email": f"shift.{number}@example.com"}) for number in range(9)]
    slow = await connect("accessally", page_size="3")
    seen: list[str] = []
    async for page in slow.read(members):
        seen += [record.id for record in page.records]
        if made[0].id in seen and len(made) == 9:
            for record in made[:2]:
                await club.delete(members, record.id)
            made = [*made[2:], await club.create(members, {"email": "late@example.com"})]
    assert len(seen) == len(set(seen))
    assert {record.id for record in made} <= set(seen)


async def test_tags_of_a_page_are_read_at_once(club: Connector, members: ObjectSchema, connect: Connect) -> None:
    tags = [frozenset(option.key for option in members.by_key["tags"].options[:number]) for number in range(1, 5)]
    made = [
        await club.create(members, {"email": f"tags.{number}@example.com", "tags": chosen})
        for number, chosen in enumerate(tags)
    ]
    fresh = await connect("accessally")
    await fresh.identify()
    before = fresh.traffic.requests
    records, _ = await read(fresh, members)
    # Beside the tags: the plugin's status, and the page of members.
    assert fresh.traffic.requests - before == 3
    assert [records[record.id].values["tags"] for record in made] == tags


async def test_a_read_of_changes_names_who_was_deleted(club: Connector, members: ObjectSchema) -> None:
    kept, *gone = [await club.create(members, {"email": f"leaver.{number}@example.com"}) for number in range(3)]
    _, cursor = await read(club, members)
    for record in gone:
        await club.delete(members, record.id)
    pages = [page async for page in club.read(members, cursor)]
    assert {id_ for page in pages for id_ in page.gone} == {record.id for record in gone}
    assert kept.id not in {id_ for page in pages for id_ in page.gone}


async def test_where_accessally_fails_the_sentence_names_it(
    wordpress: WordPress, club: Connector, members: ObjectSchema
) -> None:
    record = await club.create(members, {"email": "broken@example.com"})
    wordpress.switch(broken=True)
    with pytest.raises(PlatformUnavailable, match="AccessAlly"):
        await club.update(members, record, {"tags": frozenset({members.by_key["tags"].options[0].key})})


async def test_a_site_without_permalinks(wordpress: WordPress, connect: Connect) -> None:
    wordpress.sql("UPDATE wp_options SET option_value = '' WHERE option_name = 'permalink_structure'")
    plain = await connect("accessally")
    schema = await plain.schema("members")
    record = await plain.create(schema, {"email": "plain@example.com"})
    records, _ = await read(plain, schema)
    assert records[record.id] == await plain.get(schema, record.id)
