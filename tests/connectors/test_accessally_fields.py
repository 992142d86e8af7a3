"""A site's fields: what registered keys become, adding and removing them, the plugin as a file, and signing in."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from desktop.connectors.accessally.convert import read_value
from desktop.connectors.accessally.plugin import INSTRUCTIONS, bridge_archive
from desktop.connectors.accessally.schemas import meta_field
from desktop.connectors.accessally.signing_in import start_sign_in
from desktop.connectors.base import Connector, Designer
from desktop.connectors.signing_in import Ask, SignedIn, Visit
from desktop.domain.design import Change, FieldDraft, ObjectDraft
from desktop.domain.errors import CredentialRefused, InvalidInput, NotSupported, UnexpectedAnswer
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Value
from tests.connectors.conftest import Connect, QuickClock, Sandbox
from tests.connectors.raw_server import raw_server, reply

pytestmark = pytest.mark.anyio


@pytest.fixture
async def club(connect: Connect, sandbox: Sandbox) -> Connector:
    sandbox.configure("accessally", bridge=True, accessally=True, application_passwords=True)
    return await connect("accessally", name="Club")


@pytest.fixture
async def members(club: Connector) -> ObjectSchema:
    return await club.schema("members")


@pytest.fixture
def designer(club: Connector) -> Designer:
    assert club.designer is not None
    return club.designer


@pytest.mark.parametrize(
    ("spec", "type_", "read_only"),
    [
        ({"type": "string"}, FieldType.TEXT, False),
        ({"type": "string", "format": "email"}, FieldType.EMAIL, False),
        ({"type": "string", "format": "uri"}, FieldType.URL, False),
        ({"type": "string", "enum": ["", "a", "b"]}, FieldType.CHOICE, False),
        ({"type": ["string", "null"]}, FieldType.TEXT, False),
        ({"type": "string", "readonly": True}, FieldType.TEXT, True),
        ({"type": "number"}, FieldType.NUMBER, False),
        ({"type": "boolean"}, FieldType.BOOLEAN, False),
        ({"type": "array", "items": {"type": "string"}}, FieldType.CHOICES, False),
        ({"type": "array", "items": {"type": "object"}}, FieldType.TEXT, True),
        ({"type": "object"}, FieldType.TEXT, True),
        ({"type": ["string", "number"]}, FieldType.TEXT, True),
        ({}, FieldType.TEXT, True),
    ],
)
def test_a_registered_key_becomes_a_field(spec: dict[str, Any], type_: FieldType, read_only: bool) -> None:
    field = meta_field("favourite_colour", spec, "", set())
    assert (field.type, field.read_only, field.label) == (type_, read_only, "Favourite colour")
    assert (field.wire, field.tag) == ("favourite_colour", "")


def test_keys_labels_and_whole_numbers() -> None:
    assert meta_field("email", {"type": "string"}, "", {"email"}).key == "meta.email"
    assert meta_field("age", {"type": "integer"}, "Age in years", set()).label == "Age in years"
    assert meta_field("age", {"type": "integer"}, "", set()).scale == 0
    assert [option.key for option in meta_field("x", {"type": "string", "enum": ["", "a"]}, "", set()).options] == ["a"]


@pytest.mark.parametrize(
    ("type_", "raw", "expected"),
    [
        (FieldType.TEXT, {"a": [1]}, '{"a": [1]}'),
        (FieldType.TEXT, [], None),
        (FieldType.NUMBER, "many", "absent"),
        (FieldType.NUMBER, True, "absent"),
        (FieldType.BOOLEAN, 1, "absent"),
        (FieldType.DATE, "soon", "absent"),
        (FieldType.CHOICES, "one", frozenset({"one"})),
        (FieldType.BOOLEAN, False, False),
    ],
)
def test_a_value_of_another_form_is_left_out(type_: FieldType, raw: object, expected: object) -> None:
    values: dict[str, Value] = {}
    read_value(values, Field("x", "X", type_), raw)
    assert values.get("x", "absent") == expected


async def test_what_can_be_changed(designer: Designer, members: ObjectSchema) -> None:
    rules = await designer.rules(members)
    assert not rules.allows(Change.CREATE_OBJECT)
    assert rules.allows(Change.CREATE_FIELD)
    assert {choice.native_type for choice in rules.choices} == {
        "string",
        "number",
        "integer",
        "boolean",
        "date",
        "array",
    }
    assert any("stays stored" in limit for limit in rules.limits)
    assert "stays stored in WordPress" in rules.losses[Change.DELETE_FIELD]
    draft = ObjectDraft("Thing", "Things")
    for change in (
        designer.create_object(draft),
        designer.change_object(members, draft),
        designer.delete_object(members),
    ):
        with pytest.raises(NotSupported, match="no other objects"):
            await change


@pytest.mark.parametrize(
    ("type_", "native", "value"),
    [
        (FieldType.TEXT, "", "blue"),
        (FieldType.NUMBER, "integer", 3),
        (FieldType.BOOLEAN, "", True),
        (FieldType.CHOICES, "", frozenset({"a", "b"})),
    ],
)
async def test_a_field_is_added_used_and_taken_away(
    club: Connector, designer: Designer, members: ObjectSchema, type_: FieldType, native: str, value: Value
) -> None:
    label = f"Added {type_.value}"
    schema = await designer.create_field(members, FieldDraft(label, type_, native_type=native))
    key = f"added_{type_.value}"
    field = schema.by_key[key]
    assert (field.label, field.type) == (label, type_)
    record = await club.create(schema, {"email": f"{key}@example.com", key: value})
    assert record.values[key] == value
    renamed = await designer.change_field(schema, field, FieldDraft("Renamed", type_))
    assert renamed.by_key[key].label == "Renamed"
    without = await designer.delete_field(renamed, field)
    assert key not in without.by_key
    again = await designer.create_field(without, FieldDraft(label, type_, key=key, native_type=native))
    assert (await club.get(again, record.id)).values[key] == value
    await designer.delete_field(again, again.by_key[key])


@pytest.mark.parametrize(
    ("draft", "places"),
    [
        (FieldDraft("", FieldType.TEXT), {"label", "key"}),
        (FieldDraft("9 lives", FieldType.TEXT), {"key"}),
        (FieldDraft("E-mail", FieldType.TEXT, key="email"), {"key"}),
        (FieldDraft("Score", FieldType.NUMBER, key="crm_score"), {"key"}),
        (FieldDraft("Price", FieldType.MONEY), {"type"}),
        (FieldDraft("Rights", FieldType.TEXT, key="wp_capabilities"), {"key"}),
        (FieldDraft("x" * 201, FieldType.TEXT), {"label", "key"}),
    ],
)
async def test_what_can_not_be_a_field(
    designer: Designer, members: ObjectSchema, draft: FieldDraft, places: set[str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await designer.create_field(members, draft)
    assert {problem.place for problem in caught.value.problems} <= places
    assert caught.value.problems


async def test_wordpress_own_fields_stay(designer: Designer, members: ObjectSchema) -> None:
    for key in ("first_name", "tags"):
        with pytest.raises(NotSupported, match="kept by WordPress"):
            await designer.delete_field(members, members.by_key[key])
        with pytest.raises(NotSupported):
            await designer.change_field(members, members.by_key[key], FieldDraft("New", FieldType.TEXT))
    with pytest.raises(InvalidInput):
        await designer.change_field(members, members.by_key["crm_score"], FieldDraft(" ", FieldType.NUMBER))


async def test_without_the_bridge_no_field_can_be_added(sandbox: Sandbox, connect: Connect) -> None:
    sandbox.configure("accessally", bridge=False)
    try:
        club = await connect("accessally")
        designer = club.designer
        assert designer is not None
        schema = await club.schema("members")
        rules = await designer.rules(schema)
        assert "Crosswalk Bridge plugin" in rules.refusals[Change.CREATE_FIELD]
        assert set(rules.refusals) == set(Change)
        with pytest.raises(NotSupported, match="Crosswalk Bridge plugin"):
            await designer.create_field(schema, FieldDraft("Colour", FieldType.TEXT))
    finally:
        sandbox.configure("accessally", bridge=True)


def test_the_plugin_is_a_file_that_wordpress_takes() -> None:
    content = bridge_archive()
    assert content == bridge_archive()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        head = archive.read("crosswalk-bridge/crosswalk-bridge.php")
    assert names == sorted(names)
    assert all(name.startswith("crosswalk-bridge/") for name in names)
    assert b"Plugin Name:" in head
    assert "Lost your password" in INSTRUCTIONS


async def test_signing_in_leads_through_the_sites_own_page(sandbox: Sandbox, clock: QuickClock) -> None:
    ready = sandbox.ready("accessally")
    sign_in = start_sign_in("", clock)
    first = await sign_in.start()
    assert isinstance(first, Ask)
    with pytest.raises(InvalidInput) as missing:
        await sign_in.answer({})
    assert [problem.place for problem in missing.value.problems] == ["address"]
    visit = await sign_in.answer({"address": f"{ready['base_url']}/wp-json/"})
    assert isinstance(visit, Visit)
    assert visit.url.startswith(f"{ready['base_url']}/wp-admin/authorize-application.php?app_name=Crosswalk")
    assert "success_url" not in visit.url
    ask = await sign_in.answer({})
    assert isinstance(ask, Ask)
    assert [(question.name, question.secret) for question in ask.questions] == [("user", False), ("password", True)]
    with pytest.raises(InvalidInput) as missing:
        await sign_in.answer({"user": "", "password": ""})
    assert [problem.place for problem in missing.value.problems] == ["user", "password"]
    with pytest.raises(CredentialRefused):
        await sign_in.answer({"user": "admin", "password": "wrong wrong wrong wrong wrong w"})
    password = ready["token"].partition(":")[2]
    end = await sign_in.answer({"user": "amelia.hart@example.com", "password": password})
    assert isinstance(end, SignedIn)
    assert end.base_url == ready["base_url"]
    assert end.secret == f"amelia.hart@example.com:{password.replace(' ', '')}"
    assert end.secret not in repr(end)
    await sign_in.aclose()


async def test_signing_in_starts_at_a_known_site(sandbox: Sandbox, clock: QuickClock) -> None:
    assert isinstance(await start_sign_in(sandbox.ready("accessally")["base_url"], clock).start(), Visit)
    sandbox.configure("accessally", application_passwords=False)
    try:
        with pytest.raises(NotSupported, match="no application passwords"):
            await start_sign_in(sandbox.ready("accessally")["base_url"], clock).start()
    finally:
        sandbox.configure("accessally", application_passwords=True)


async def test_signing_in_where_there_is_no_site(clock: QuickClock) -> None:
    async with raw_server([reply("<html>", kind="text/html")]) as server:
        with pytest.raises(UnexpectedAnswer, match="does not answer as a WordPress site"):
            await start_sign_in(server.url, clock).start()
    closed = reply('{"code": "rest_cannot_access", "message": "No"}', status="401 Unauthorized")
    async with raw_server([closed]) as server:
        assert isinstance(await start_sign_in(server.url, clock).start(), Ask)
