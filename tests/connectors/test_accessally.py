"""What is a members' site's own: addresses, soft refusals, half-made members, tags, pages that shift, deletes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from desktop.connectors.accessally.auth import site_address
from desktop.connectors.accessally.members import user_name_for
from desktop.connectors.base import ChangeReport, Connector
from desktop.domain.design import FieldDraft
from desktop.domain.errors import (
    CredentialRefused,
    Duplicate,
    InvalidInput,
    NotFound,
    NotSupported,
    OutcomeUnknown,
    RecordRefused,
    ScopeMissing,
)
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType
from tests.connectors.accessally_server import INDEX, ME, body_of, user
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect, Sandbox
from tests.connectors.raw_server import raw_server, reply

pytestmark = pytest.mark.anyio

_DEFAULTS: dict[str, Any] = {
    "strict_login": False,
    "application_passwords": True,
    "bridge": True,
    "old_bridge": False,
    "accessally": True,
    "mode": "managed",
    "sync_delay_seconds": 30,
}


@pytest.fixture(autouse=True)
def _settings(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.configure("accessally", **_DEFAULTS)


@pytest.fixture
async def club(connect: Connect) -> Connector:
    return await connect("accessally", name="Club", delete_members="on", reassign_to="1")


@pytest.fixture
async def members(club: Connector) -> ObjectSchema:
    return await club.schema("members")


async def only(club: Connector, members: ObjectSchema, email: str) -> Record:
    (found,) = await club.find(members, members.by_key["email"], email)
    return found


@pytest.mark.parametrize(
    "copied",
    [
        "https://club.example/blog",
        " https://club.example/blog/ ",
        "https://club.example/blog/wp-json",
        "https://club.example/blog/wp-json/wp/v2/users",
        "https://club.example/blog/?rest_route=/",
        "https://club.example/blog/wp-admin/profile.php",
        "https://club.example/blog/wp-login.php",
    ],
)
def test_the_address_is_taken_as_it_was_copied(copied: str) -> None:
    assert site_address(copied) == "https://club.example/blog"


async def test_a_connection_needs_an_address_that_is_safe(connect: Connect) -> None:
    with pytest.raises(InvalidInput):
        await connect("accessally", base_url=" ")
    with pytest.raises(InvalidInput, match="unprotected"):
        await connect("accessally", base_url="http://club.example")


@pytest.mark.parametrize("token", ["", "admin", "admin:", ":abcd efgh", "  :  "])
async def test_the_credential_is_a_user_and_a_password(connect: Connect, token: str) -> None:
    with pytest.raises(CredentialRefused):
        await connect("accessally", token=token or "-")


async def test_spaces_in_the_password_do_not_matter_and_the_user_may_be_an_address(
    connect: Connect, sandbox: Sandbox
) -> None:
    password = sandbox.ready("accessally")["token"].partition(":")[2]
    for token in (f"admin:{password.replace(' ', '')}", f"amelia.hart@example.com: {password} "):
        assert (await (await connect("accessally", token=token)).identify()).name == "Sandbox Members"


@pytest.mark.parametrize("strict", [False, True])
async def test_a_wrong_password_never_reads_what_visitors_see(connect: Connect, sandbox: Sandbox, strict: bool) -> None:
    sandbox.configure("accessally", strict_login=strict)
    stranger = await connect("accessally", name="Club", token="admin:wrong0wrong0wrong0wrong0")
    schema = ObjectSchema("members", "Member", "Members")
    for attempt in (
        lambda: stranger.identify(),
        lambda: read(stranger, schema),
        lambda: stranger.schema("members"),
        lambda: stranger.objects(),
        lambda: stranger.create(schema, {"email": "x@example.com"}),
        lambda: stranger.count(schema),
    ):
        with pytest.raises(CredentialRefused) as caught:
            await attempt()
        assert "Club" in caught.value.message
        assert "<" not in caught.value.message
        assert "wrong0" not in f"{caught.value.message}{caught.value.hint}{caught.value.details}"
        if not strict:
            assert "Authorization header" in caught.value.hint


async def test_a_site_without_application_passwords_says_so(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.configure("accessally", application_passwords=False)
    with pytest.raises(CredentialRefused, match="takes no application passwords"):
        await (await connect("accessally")).identify()


@pytest.mark.parametrize("role", ["editor", "subscriber"])
async def test_a_user_who_may_not_list_members(connect: Connect, sandbox: Sandbox, role: str) -> None:
    token = sandbox.control("POST", "/tokens", platform="accessally", role=role)["token"]
    limited = await connect("accessally", name="Club", token=token)
    identity = await limited.identify()
    assert {item.name for item in identity.permissions if item.granted} == set()
    with pytest.raises(ScopeMissing, match="list_users"):
        await read(limited, ObjectSchema("members", "Member", "Members"))


async def test_identify_tells_the_site_the_user_and_the_plugins(club: Connector, sandbox: Sandbox) -> None:
    identity = await club.identify()
    assert identity.name == "Sandbox Members"
    assert identity.detail.startswith("admin (amelia.hart@example.com).")
    assert "AccessAlly 4.1.2, which keeps the contacts itself" in identity.detail
    assert all(item.granted for item in identity.permissions)
    sandbox.configure("accessally", accessally=False)
    assert "AccessAlly is not active" in (await club.identify()).detail


async def test_fields_carry_what_the_site_says_of_them(members: ObjectSchema) -> None:
    fields = members.by_key
    assert fields["email"].required
    assert not fields["username"].required
    assert "persisted_preferences" not in fields
    assert (fields["crm_score"].label, fields["crm_score"].type) == ("Score", FieldType.NUMBER)
    assert fields["crm_joined"].type is FieldType.DATE
    assert fields["crm_tags"].open_choice
    assert {option.label for option in fields["tags"].options} >= {"newsletter"}
    assert fields["slug"].read_only


async def test_without_the_bridge_every_read_is_a_whole_one(connect: Connect, sandbox: Sandbox) -> None:
    sandbox.configure("accessally", bridge=False)
    plain = await connect("accessally", name="Club")
    schema = await plain.schema("members")
    assert "tags" not in schema.by_key
    assert plain.capabilities(schema).changes is ChangeReport.NONE
    whole, cursor = await read(plain, schema)
    assert cursor is None
    assert len(whole) == await plain.count(schema)
    assert set((await read(plain, schema, {"since": "2099-01-01T00:00:00.000Z"}))[0]) == set(whole)
    assert "not installed" in (await plain.identify()).detail


async def test_only_changed_members_are_asked_for(club: Connector, members: ObjectSchema, sandbox: Sandbox) -> None:
    _, cursor = await read(club, members)
    sandbox.advance(60)
    _, cursor = await read(club, members, cursor)
    record = await club.create(members, {"email": "changed@example.com"})
    gone = await club.create(members, {"email": "gone@example.com"})
    await club.delete(members, gone.id)
    before = club.traffic.requests
    changed, _ = await read(club, members, cursor)
    assert set(changed) == {record.id}
    assert club.traffic.requests - before == 3


async def test_a_read_of_changes_names_who_was_deleted(
    club: Connector, members: ObjectSchema, sandbox: Sandbox
) -> None:
    _, cursor = await read(club, members)
    sandbox.advance(60)
    _, cursor = await read(club, members, cursor)
    kept, *gone = [await club.create(members, {"email": f"leaver.{number}@example.com"}) for number in range(3)]
    for record in gone:
        await club.delete(members, record.id)
    pages = [page async for page in club.read(members, cursor)]
    assert [record.id for page in pages for record in page.records] == [kept.id]
    assert {id_ for page in pages for id_ in page.gone} == {record.id for record in gone}
    sandbox.advance(60)
    pages = [page async for page in club.read(members, pages[-1].cursor)]
    pages = [page async for page in club.read(members, pages[-1].cursor)]
    assert [(page.records, page.gone) for page in pages] == [([], ())]


async def test_who_was_deleted_is_named_across_pages_of_the_list(connect: Connect) -> None:
    """A list of changes has at most a thousand members, too many to delete one by one here."""
    changes = [
        {"changes": [{"id": 7, "changed_at": 5, "deleted": True}], "next": {"since": 5, "after": 7}, "now": 9},
        {"changes": [{"id": 8, "changed_at": 5, "deleted": True}], "next": None, "now": 9},
    ]
    index = json.dumps(json.loads(INDEX) | {"namespaces": ["wp/v2", "crosswalk/v1"]})
    answers = [reply(index), reply(ME), *(reply(json.dumps(page)) for page in changes)]
    async with raw_server(answers) as server:
        site = await connect("accessally", base_url=server.url)
        schema = ObjectSchema("members", "Member", "Members")
        pages = [page async for page in site.read(schema, {"since": "1970-01-01T00:00:01.000Z"})]
    assert [id_ for page in pages for id_ in page.gone] == ["7", "8"]
    assert [page.last for page in pages] == [False, False, True]


async def test_a_new_member_takes_its_address_for_a_name(club: Connector, members: ObjectSchema) -> None:
    assert (await club.create(members, {"email": "jo@example.com"})).values["username"] == "jo@example.com"
    signed = await club.create(members, {"email": "jo+club@example.com"})
    assert signed.values["username"] == "jo-club@example.com"
    named = await club.create(members, {"email": "mo@example.com", "username": "mo"})
    assert named.values["username"] == "mo"
    with pytest.raises(RecordRefused, match="needs an e-mail address"):
        await club.create(members, {"username": "nobody"})


def test_a_long_address_makes_a_name_that_fits() -> None:
    one, other = (user_name_for(f"{'long.' * 12}{end}@example.com") for end in ("a", "b"))
    assert len(one) == len(other) == 60
    assert one != other


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "TAKEN@example.com", "username": "somebody.else"}, "email"),
        ({"email": "somebody.else@example.com", "username": "taken@example.com"}, "username"),
    ],
)
async def test_a_duplicate_is_told_at_once(
    club: Connector, members: ObjectSchema, sandbox: Sandbox, values: dict[str, Any], field: str
) -> None:
    if not await club.find(members, members.by_key["email"], "taken@example.com"):
        await club.create(members, {"email": "taken@example.com"})
    before = club.traffic.requests
    with pytest.raises(Duplicate) as caught:
        await club.create(members, values)
    assert caught.value.field == field
    assert club.traffic.requests - before == 1


async def test_an_address_that_another_member_has(club: Connector, members: ObjectSchema) -> None:
    await club.create(members, {"email": "first@example.com"})
    second = await club.create(members, {"email": "second@example.com"})
    with pytest.raises(Duplicate) as caught:
        await club.update(members, second, {"email": "first@example.com"})
    assert caught.value.field == "email"


@pytest.mark.parametrize("kind", ["500", "503", "reset", "truncate"])
async def test_a_create_whose_answer_is_lost_is_not_sent_again(
    club: Connector, members: ObjectSchema, sandbox: Sandbox, kind: str
) -> None:
    sandbox.fault("accessally", kind, next=1, when="after")
    with pytest.raises(OutcomeUnknown):
        await club.create(members, {"email": f"{kind}@once.example"})
    await only(club, members, f"{kind}@once.example")


async def test_a_member_whose_field_was_refused_is_there_without_it(club: Connector, members: ObjectSchema) -> None:
    loose = members.with_fields(
        *(replace(field, type=FieldType.TEXT) if field.key == "crm_joined" else field for field in members.fields)
    )
    values = {
        "email": "half@example.com",
        "first_name": "Half",
        "crm_joined": "some day",
        "crm_object_id": "rec-9",
        "crm_score": Decimal("2.5"),
        "tags": frozenset({"1"}),
    }
    with pytest.raises(RecordRefused) as caught:
        await club.create(loose, values)
    assert "half@example.com was created, but without Joined on" in caught.value.message
    assert caught.value.field == "crm_joined"
    record = await only(club, members, "half@example.com")
    assert record.values["crm_joined"] is None
    assert {key: record.values[key] for key in values if key != "crm_joined"} == {
        key: value for key, value in values.items() if key != "crm_joined"
    }


async def test_several_fields_that_were_refused_are_all_named(club: Connector, members: ObjectSchema) -> None:
    loose = members.with_fields(
        *(replace(field, type=FieldType.TEXT) if field.wire else field for field in members.fields)
    )
    values = {"email": "third@example.com", "crm_score": "lots", "crm_joined": "some day", "crm_object_id": "rec-9"}
    with pytest.raises(RecordRefused) as caught:
        await club.create(loose, values | {"tags": frozenset({"99"})})
    assert "without Score, Joined on, Tags:" in caught.value.message
    record = await only(club, members, "third@example.com")
    assert (record.values["crm_object_id"], record.values["crm_joined"]) == ("rec-9", None)


async def test_a_refused_new_member_is_not_taken_for_one_that_was_there(club: Connector, members: ObjectSchema) -> None:
    with pytest.raises(RecordRefused) as caught:
        await club.create(
            members, {"email": "roles@example.com", "roles": frozenset({"pirate"}), "crm_score": Decimal(1)}
        )
    assert caught.value.field == "roles"
    assert "created" not in caught.value.message
    assert await club.find(members, members.by_key["email"], "roles@example.com") == []


async def test_a_field_that_is_no_longer_registered_is_not_ignored(club: Connector, members: ObjectSchema) -> None:
    designer = club.designer
    assert designer is not None
    record = await club.create(members, {"email": "dropped@example.com"})
    await designer.delete_field(members, members.by_key["crm_object_id"])
    try:
        with pytest.raises(RecordRefused) as caught:
            await club.update(members, record, {"first_name": "Drop", "crm_object_id": "rec-1"})
        assert "CRM record" in caught.value.message
        assert "not registered" in caught.value.message
        assert caught.value.field == "crm_object_id"
        with pytest.raises(RecordRefused, match=r"was created, but WordPress ignored CRM record"):
            await club.create(members, {"email": "dropped2@example.com", "crm_object_id": "rec-1"})
    finally:
        now = await club.schema("members")
        await designer.create_field(now, FieldDraft("CRM record", FieldType.TEXT, key="crm_object_id"))
    assert (await club.get(members, record.id)).values["first_name"] == "Drop"


async def test_a_user_name_and_an_address_stay(club: Connector, members: ObjectSchema) -> None:
    record = await club.create(members, {"email": "stay@example.com"})
    same = await club.update(members, record, {"username": "STAY@example.com", "first_name": "Sam"})
    assert same.values["first_name"] == "Sam"
    with pytest.raises(RecordRefused, match="never changes a user name"):
        await club.update(members, record, {"username": "other"})
    with pytest.raises(RecordRefused, match="keeps an e-mail address"):
        await club.update(members, record, {"email": None})


async def test_numbers_and_switches_are_reset_and_never_twice(club: Connector, members: ObjectSchema) -> None:
    record = await club.create(members, {"email": "reset@example.com", "crm_score": Decimal(5), "crm_active": True})
    for _ in range(2):
        record = await club.update(members, record, {"crm_score": None, "crm_active": None})
        assert (record.values["crm_score"], record.values["crm_active"]) == (Decimal(0), False)
    stale = replace(record, values={**record.values, "crm_score": Decimal(5)})
    with pytest.raises(RecordRefused, match="blank already"):
        await club.update(members, stale, {"crm_score": None})


async def test_deleting_is_off_unless_it_is_said_who_takes_over(
    connect: Connect, club: Connector, members: ObjectSchema
) -> None:
    careful = await connect("accessally", name="Club")
    schema = await careful.schema("members")
    assert "Allow members to be deleted" in schema.refusals["delete"]
    record = await club.create(members, {"email": "kept@example.com"})
    with pytest.raises(NotSupported):
        await careful.delete(schema, record.id)
    assert members.refusals == {}
    with pytest.raises(InvalidInput, match="takes over"):
        await connect("accessally", delete_members="on")
    with pytest.raises(RecordRefused, match="signs in with"):
        await club.delete(members, "1")
    nobody = await connect("accessally", delete_members="on", reassign_to="999999")
    with pytest.raises(RecordRefused, match="no other user"):
        await nobody.delete(members, record.id)
    await club.get(members, record.id)


async def test_members_are_looked_up_by_what_wordpress_searches(club: Connector, members: ObjectSchema) -> None:
    record = await club.create(members, {"email": "old.name@example.com"})
    await club.update(members, record, {"email": "new.name@example.com"})
    fields = members.by_key
    slug = str((await club.get(members, record.id)).values["slug"])
    for key, value in (
        ("email", "NEW.name@example.com "),
        ("username", "old.name@example.com"),
        ("slug", slug),
        ("@id", record.id),
    ):
        assert [item.id for item in await club.find(members, fields[key], value)] == [record.id], key
    assert await club.find(members, fields["@id"], "no number") == []
    assert await club.find(members, fields["email"], "ew.name@example.com") == []
    with pytest.raises(NotSupported, match="CRM record"):
        await club.find(members, fields["crm_object_id"], "rec-1")
    with pytest.raises(NotSupported):
        await club.find_by_external_ids(members, ["1"])
    with pytest.raises(NotFound):
        await club.get(members, "no number")


async def test_reading_misses_nobody_while_members_come_and_go(
    connect: Connect, club: Connector, members: ObjectSchema
) -> None:
    made = [await club.create(members, {"email": f"shift.{number}@example.com"}) for number in range(12)]
    slow = await connect("accessally", page_size="4")
    seen: list[str] = []
    async for page in slow.read(members):
        seen += [record.id for record in page.records]
        if made[0].id in seen and len(made) == 12:
            for record in made[:3]:
                await club.delete(members, record.id)
            made = [*made[3:], await club.create(members, {"email": "late@example.com"})]
    assert len(seen) == len(set(seen))
    assert {record.id for record in made} <= set(seen)


async def test_tags_are_given_and_taken_one_by_one(club: Connector, members: ObjectSchema, connect: Connect) -> None:
    record = await club.create(members, {"email": "tags@example.com", "tags": frozenset({"1", "2"})})
    somebody = await connect("accessally")
    await somebody.update(members, record, {"tags": frozenset({"1", "2", "5"})})
    updated = await club.update(members, record, {"tags": frozenset({"2", "3"})})
    assert updated.values["tags"] == frozenset({"2", "3", "5"})
    with pytest.raises(RecordRefused, match="has no tag 99"):
        await club.update(members, updated, {"tags": frozenset({"2", "3", "5", "99"})})
    with pytest.raises(RecordRefused, match=r"was created, but without its tags\. .*has no tag vip"):
        await club.create(members, {"email": "tags2@example.com", "tags": frozenset({"vip"})})


@pytest.mark.parametrize("old_bridge", [False, True])
async def test_tags_cost_a_request_a_page_and_with_an_old_plugin_one_a_member(
    connect: Connect, club: Connector, members: ObjectSchema, sandbox: Sandbox, old_bridge: bool
) -> None:
    for number in range(3):
        address = f"tags{number}.{old_bridge}@example.com"
        await club.create(members, {"email": address, "tags": frozenset({"1", str(number + 1)})})
    sandbox.configure("accessally", old_bridge=old_bridge)
    site = await connect("accessally")
    sandbox.control("DELETE", "/stats")
    whole, _ = await read(site, members)
    asked = {route: count for route, count in sandbox.stats("accessally")["by_route"].items() if "/tags" in route}
    one, many = (f"GET /wp-json/crosswalk/v1/members/{rest}" for rest in ("{id}/tags", "tags"))
    assert asked == ({one: len(whole)} if old_bridge else {many: -(-len(whole) // 100)})
    assert len({record.values["tags"] for record in whole.values()}) > 2
    for id_, record in whole.items():
        assert record.values["tags"] == (await site.get(members, id_)).values["tags"]


async def test_tags_of_another_platform_come_later(club: Connector, members: ObjectSchema, sandbox: Sandbox) -> None:
    record = await club.create(members, {"email": "later@example.com"})
    sandbox.configure("accessally", mode="connected", sync_delay_seconds=30)
    _, cursor = await read(club, members)
    assert (await club.update(members, record, {"tags": frozenset({"1"})})).values["tags"] is None
    sandbox.advance(31)
    changed, _ = await read(club, members, cursor)
    assert changed[record.id].values["tags"] == frozenset({"1"})
    with pytest.raises(RecordRefused, match=r"was created, but without its tags\. .*contact yet"):
        await club.create(members, {"email": "no.contact@example.com", "tags": frozenset({"1"})})
    assert (await only(club, members, "no.contact@example.com")).values["tags"] is None


async def test_tags_can_be_left_out(connect: Connect, sandbox: Sandbox) -> None:
    plain = await connect("accessally", tags="off")
    schema = await plain.schema("members")
    assert "tags" not in schema.by_key
    before = plain.traffic.requests
    await read(plain, schema)
    assert plain.traffic.requests - before <= 2
    sandbox.configure("accessally", accessally=False)
    assert "tags" not in (await (await connect("accessally")).schema("members")).by_key


async def test_a_new_password_is_strong_and_nowhere_to_be_seen(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    made = user(7, "new@example.com")
    sent: list[str] = []
    for _ in range(2):
        async with raw_server([reply(INDEX), reply(ME), reply(json.dumps(made), status="201 Created")]) as server:
            site = await connect("accessally", base_url=server.url)
            record = await site.create(ObjectSchema("members", "Member", "Members"), {"email": "new@example.com"})
            sent.append(body_of(server.requests[2])["password"])
            assert sent[-1] not in repr(record)
    assert len(set(sent)) == 2
    assert all(len(password) >= 40 for password in sent)
    assert not any(password in caplog.text for password in sent)


async def test_a_date_is_set_and_emptied(club: Connector, members: ObjectSchema) -> None:
    record = await club.create(members, {"email": "dates@example.com", "crm_joined": date(2024, 2, 29)})
    assert record.values["crm_joined"] == date(2024, 2, 29)
    assert (await club.update(members, record, {"crm_joined": None})).values["crm_joined"] is None
