"""Schemas changed in ActiveCampaign: objects, their fields, and the custom fields of contacts."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from desktop.connectors.base import Connector, Designer
from desktop.domain.design import Change, FieldDraft, ObjectDraft, OptionDraft
from desktop.domain.errors import (
    CrosswalkError,
    InvalidInput,
    NotFound,
    NotSupported,
    OutcomeUnknown,
    RecordRefused,
    ScopeMissing,
)
from desktop.domain.schema import EXTERNAL_ID, Field, ObjectSchema
from desktop.domain.values import FieldType
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect, Sandbox
from tests.connectors.raw_server import raw_server, reply
from tests.local_http import NO_CERTIFICATES

pytestmark = pytest.mark.anyio
_serial = itertools.count(1)
T = FieldType
EVERY_TYPE = (
    FieldDraft("Name", T.TEXT, required=True),
    FieldDraft("Story", T.LONG_TEXT, description="What happened."),
    FieldDraft("Length", T.NUMBER, scale=2),
    FieldDraft("Price", T.MONEY, currency="eur"),
    FieldDraft("Built", T.DATE),
    FieldDraft("Seen", T.DATETIME),
    FieldDraft("Rig", T.CHOICE, options=(OptionDraft("Sloop"), OptionDraft("Ketch"))),
    FieldDraft("Extras", T.CHOICES, options=(OptionDraft("Radio"), OptionDraft("Heater"))),
)


@pytest.fixture
async def shop(connect: Connect) -> Connector:
    return await connect("activecampaign", name="Shop")


@pytest.fixture
def designer(shop: Connector) -> Designer:
    assert shop.designer is not None
    return shop.designer


@pytest.fixture
async def boats(designer: Designer) -> ObjectSchema:
    """A new object with a field of every type."""
    draft = ObjectDraft(f"Boat {next(_serial)}", "Boats", fields=EVERY_TYPE, relates_to=("contacts",))
    return await designer.create_object(draft)


@pytest.fixture
async def contacts(shop: Connector) -> ObjectSchema:
    return await shop.schema("contacts")


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """The platform's API as somebody else uses it."""
    ready = sandbox.ready("activecampaign")
    async with httpx.AsyncClient(
        verify=NO_CERTIFICATES,
        base_url=f"{ready['base_url']}/api/3",
        headers={"Api-Token": ready["token"]},
        trust_env=False,
    ) as client:
        yield client


def draft_of(field: Field, **changed: Any) -> FieldDraft:
    """The draft of a field as it is."""
    options = tuple(OptionDraft(option.label, option.key) for option in field.options)
    known: dict[str, Any] = {
        "label": field.label,
        "type": field.type,
        "options": options,
        "description": field.description,
    }
    return FieldDraft(**{**known, **changed})


def places(error: InvalidInput) -> list[str]:
    return [problem.place for problem in error.problems]


async def test_an_object_with_every_type_of_field(shop: Connector, boats: ObjectSchema) -> None:
    assert [(field.key, field.type) for field in boats.fields if not field.is_system] == [
        ("name", T.TEXT),
        ("story", T.LONG_TEXT),
        ("length", T.NUMBER),
        ("price", T.MONEY),
        ("built", T.DATE),
        ("seen", T.DATETIME),
        ("rig", T.CHOICE),
        ("extras", T.CHOICES),
        ("primary-contact", T.REFERENCE),
    ]
    assert boats.by_key["name"].required
    assert boats.by_key["length"].scale == 2
    assert boats.by_key["price"].currency == "EUR"
    assert boats.by_key["primary-contact"].target == "contacts"
    assert [option.key for option in boats.by_key["extras"].options] == ["Radio", "Heater"]
    assert await shop.schema(boats.key) == boats
    await shop.create(boats, {EXTERNAL_ID: "one", "name": "Sea Breeze", "rig": "Ketch"})
    records, _ = await read(shop, boats)
    assert [record.values["rig"] for record in records.values()] == ["Ketch"]


@pytest.mark.parametrize("target", ["accounts", "deals"])
async def test_an_object_can_be_linked_to_accounts_or_deals(designer: Designer, target: str) -> None:
    made = await designer.create_object(ObjectDraft(f"Visit {next(_serial)}", "Visits", relates_to=(target,)))
    assert [field.target for field in made.fields if field.type is T.REFERENCE] == [target]


async def test_what_breaks_a_limit_is_told_with_its_place_before_anything_is_sent(
    sandbox: Sandbox, designer: Designer
) -> None:
    fields = (
        FieldDraft("Name", T.TEXT),
        FieldDraft("NAME", T.TEXT),
        FieldDraft("Weight", T.NUMBER, scale=54),
        FieldDraft("Price", T.MONEY),
        FieldDraft("Rig", T.CHOICE),
        FieldDraft("Kind", T.CHOICES, options=(OptionDraft("a"), OptionDraft("a"), OptionDraft(" "))),
        FieldDraft("Picture", T.FILE),
        FieldDraft("", T.DATE),
        FieldDraft("Other", T.TEXT, key="name"),
    )
    draft = ObjectDraft("", "", "orders", fields=fields, relates_to=("contacts", "deals"))
    with pytest.raises(InvalidInput) as caught:
        await designer.create_object(draft)
    assert places(caught.value) == [
        "label",
        "plural",
        "key",
        "relates_to",
        "fields[1].label",
        "fields[2].scale",
        "fields[3].currency",
        "fields[4].options",
        "fields[5].options[1]",
        "fields[5].options[2]",
        "fields[6].type",
        "fields[7].label",
        "fields[8].key",
    ]
    assert caught.value.problems[3].message == (
        "ActiveCampaign links an object to contacts, accounts or deals: choose one of them."
    )
    assert "POST /api/3/customObjects/schemas" not in sandbox.stats("activecampaign")["by_route"]


async def test_labels_that_would_meet_in_the_plural_both_fit(designer: Designer, api: httpx.AsyncClient) -> None:
    labels = {"singular": "Visit", "plural": "Visits"}
    schema = {
        "slug": f"plural-{next(_serial)}",
        "labels": {"singular": "Log", "plural": "Logs"},
        "fields": [{"id": "visit", "labels": labels, "type": "text"}],
    }
    assert (await api.post("/customObjects/schemas", json={"schema": schema})).status_code == 201
    seen = ObjectSchema(schema["slug"], "Log", "Logs", id=await _id(api, schema["slug"]), custom=True)
    changed = await designer.create_field(seen, FieldDraft("Visits", T.NUMBER))
    assert [field.label for field in changed.fields if not field.is_system] == ["Visit", "Visits"]


async def _id(api: httpx.AsyncClient, slug: object) -> str:
    rows = (await api.get("/customObjects/schemas", params={"limit": 100})).json()["schemas"]
    return next(row["id"] for row in rows if row["slug"] == slug)


async def test_labels_and_description_of_an_object_change_and_its_fields_stay(
    shop: Connector, designer: Designer, boats: ObjectSchema
) -> None:
    changed = await designer.change_object(boats, ObjectDraft("Ship", "Ships", description="Larger."))
    assert (changed.label, changed.plural, changed.description) == ("Ship", "Ships", "Larger.")
    assert changed.fields == boats.fields
    assert await shop.schema(boats.key) == changed
    with pytest.raises(InvalidInput) as caught:
        await designer.change_object(changed, ObjectDraft(" ", "Ships"))
    assert places(caught.value) == ["label"]


async def test_options_are_kept_added_renamed_and_removed(
    shop: Connector, designer: Designer, boats: ObjectSchema, api: httpx.AsyncClient
) -> None:
    await shop.create(boats, {EXTERNAL_ID: "kept", "name": "Sea Breeze", "extras": frozenset({"Radio"})})
    before = await _options(api, boats, "extras")
    options = (OptionDraft("Radio", "Radio"), OptionDraft("Stove", "Heater"), OptionDraft("Shower"))
    changed = await designer.change_field(
        boats, boats.by_key["extras"], draft_of(boats.by_key["extras"], options=options)
    )
    assert [option.key for option in changed.by_key["extras"].options] == ["Radio", "Stove", "Shower"]
    after = await _options(api, boats, "extras")
    assert (after["Radio"], after["Stove"]) == (before["Radio"], before["Heater"])
    record = (await shop.find_by_external_ids(changed, ["kept"]))["kept"]
    assert record.values["extras"] == frozenset({"Radio"})
    fewer = draft_of(changed.by_key["extras"], options=(OptionDraft("Radio", "Radio"),))
    changed = await designer.change_field(changed, changed.by_key["extras"], fewer)
    assert [option.key for option in changed.by_key["extras"].options] == ["Radio"]
    with pytest.raises(InvalidInput) as caught:
        await designer.change_field(changed, changed.by_key["extras"], draft_of(changed.by_key["extras"], options=()))
    assert places(caught.value) == ["options"]


async def _options(api: httpx.AsyncClient, schema: ObjectSchema, key: str) -> dict[str, str]:
    row = (await api.get(f"/customObjects/schemas/{schema.id}")).json()["schema"]
    field = next(item for item in row["fields"] if item["id"] == key)
    return {option["value"]: option["id"] for option in field["options"]}


async def test_label_and_description_of_a_field_change_and_its_type_does_not(
    designer: Designer, boats: ObjectSchema
) -> None:
    story = boats.by_key["story"]
    changed = await designer.change_field(boats, story, draft_of(story, label="History", description="All of it."))
    field = changed.by_key["story"]
    assert (field.label, field.description, field.type) == ("History", "All of it.", T.LONG_TEXT)
    with pytest.raises(InvalidInput) as caught:
        await designer.change_field(changed, field, draft_of(field, type=T.TEXT, label="Name"))
    assert places(caught.value) == ["type", "label"]
    assert caught.value.problems[0].message == (
        "The type of History can't be changed. Add a field of the other type instead."
    )


async def test_a_field_is_added_and_deleted_and_its_key_never_used_again(
    shop: Connector, designer: Designer, boats: ObjectSchema
) -> None:
    await shop.create(boats, {EXTERNAL_ID: "flag", "name": "Sea Breeze"})
    more = await designer.create_field(boats, FieldDraft("Home port", T.TEXT))
    assert more.by_key["home-port"].label == "Home port"
    record = (await shop.find_by_external_ids(more, ["flag"]))["flag"]
    await shop.update(more, record, {"home-port": "Bergen"})
    less = await designer.delete_field(more, more.by_key["home-port"])
    assert less.fields == boats.fields
    assert await designer.delete_field(more, more.by_key["home-port"]) == less, "gone already is no error"
    again = await designer.create_field(less, FieldDraft("Home port", T.TEXT))
    assert "home-port-2" in again.by_key
    with pytest.raises(InvalidInput) as caught:
        await designer.create_field(again, FieldDraft("Haven", T.TEXT, key="home-port"))
    assert caught.value.message == (
        "The key home-port belonged to a field that was deleted, and can't be used again. Choose another."
    )


async def test_what_somebody_else_changed_meanwhile_is_kept(
    connect: Connect, designer: Designer, boats: ObjectSchema
) -> None:
    other = (await connect("activecampaign")).designer
    assert other is not None
    await other.create_field(boats, FieldDraft("Colour", T.TEXT))
    await other.change_field(boats, boats.by_key["name"], draft_of(boats.by_key["name"], label="Ship's name"))
    await other.delete_field(boats, boats.by_key["built"])
    changed = await designer.change_field(boats, boats.by_key["story"], draft_of(boats.by_key["story"], label="Tale"))
    labels = {field.key: field.label for field in changed.fields if not field.is_system}
    assert (labels["colour"], labels["name"], labels["story"]) == ("Colour", "Ship's name", "Tale")
    assert "built" not in labels


async def test_what_somebody_else_changed_of_the_same_field_is_not_overwritten(
    connect: Connect, shop: Connector, designer: Designer, boats: ObjectSchema
) -> None:
    other = (await connect("activecampaign")).designer
    assert other is not None
    rig = boats.by_key["rig"]
    added = (*draft_of(rig).options, OptionDraft("Yawl"))
    await other.change_field(boats, rig, draft_of(rig, options=added))
    with pytest.raises(InvalidInput) as caught:
        await designer.change_field(boats, rig, draft_of(rig, label="Rigging"))
    assert caught.value.message == ("The field Rig was changed by somebody else since it was read. Nothing was sent.")
    assert [option.key for option in (await shop.schema(boats.key)).by_key["rig"].options] == ["Sloop", "Ketch", "Yawl"]
    await other.change_object(boats, ObjectDraft("Vessel", "Vessels"))
    with pytest.raises(InvalidInput, match="changed by somebody else"):
        await designer.change_object(boats, ObjectDraft("Ship", "Ships"))
    await other.delete_field(boats, boats.by_key["seen"])
    with pytest.raises(NotFound) as gone:
        await designer.change_field(boats, boats.by_key["seen"], draft_of(boats.by_key["seen"], label="Met"))
    assert "does not have the field Seen any more" in gone.value.message


async def test_an_object_is_deleted_with_its_records(shop: Connector, designer: Designer, boats: ObjectSchema) -> None:
    await shop.create(boats, {EXTERNAL_ID: "lost", "name": "Sea Breeze"})
    await designer.delete_object(boats)
    with pytest.raises(NotFound):
        await shop.schema(boats.key)
    await designer.delete_object(boats)
    with pytest.raises(NotFound):
        await designer.create_field(boats, FieldDraft("Late", T.TEXT))


async def test_public_and_child_objects_say_why_they_stay(
    shop: Connector, designer: Designer, api: httpx.AsyncClient
) -> None:
    slug = f"tickets-{next(_serial)}"
    body = {
        "slug": slug,
        "appId": "7",
        "labels": {"singular": "Ticket", "plural": "Tickets"},
        "fields": [{"id": "subject", "labels": {"singular": "Subject", "plural": "Subjects"}, "type": "text"}],
    }
    parent = (await api.post("/customObjects/schemas/public", json={"schema": body})).json()["schema"]
    child = (await api.post(f"/customObjects/schemas/{parent['id']}/child")).json()["schema"]
    public = await shop.schema(parent["slug"])
    rules = await designer.rules(public)
    assert rules.refusals[Change.CREATE_FIELD] == (
        "The object Ticket belongs to an app and is shared by it. Only the app can change it."
    )
    calls = (
        designer.create_field(public, FieldDraft("Late", T.TEXT)),
        designer.change_field(public, public.by_key["subject"], draft_of(public.by_key["subject"], label="Topic")),
        designer.delete_field(public, public.by_key["subject"]),
        designer.change_object(public, ObjectDraft("Case", "Cases")),
        designer.delete_object(public),
    )
    for call in calls:
        with pytest.raises(NotSupported, match="Only the app can change it"):
            await call
    follower = await shop.schema(child["slug"])
    assert (await designer.rules(follower)).refusals == {
        Change.DELETE_FIELD: "The object Ticket follows the shared object Ticket, so that its fields can't be deleted."
    }
    more = await designer.create_field(follower, FieldDraft("Urgency", T.NUMBER))
    with pytest.raises(NotSupported, match="follows the shared object Ticket"):
        await designer.delete_field(more, more.by_key["urgency"])
    with pytest.raises(NotSupported) as caught:
        await designer.change_field(more, more.by_key["subject"], draft_of(more.by_key["subject"], label="Topic"))
    assert caught.value.message == (
        "Subject comes from the shared object that Ticket follows, so that it can't be changed here."
    )
    await designer.delete_object(follower)


async def test_what_the_platform_keeps_itself_is_not_changed(
    shop: Connector, designer: Designer, boats: ObjectSchema, contacts: ObjectSchema
) -> None:
    accounts = await shop.schema("accounts")
    for schema in (contacts, accounts):
        assert not (await designer.rules(schema)).allows(Change.DELETE_OBJECT)
        with pytest.raises(NotSupported):
            await designer.delete_object(schema)
    assert not (await designer.rules(accounts)).allows(Change.CREATE_FIELD)
    with pytest.raises(NotSupported, match="Accounts belong to ActiveCampaign itself"):
        await designer.create_field(accounts, FieldDraft("Late", T.TEXT))
    for schema, key in ((boats, "primary-contact"), (boats, "@id"), (contacts, "email"), (contacts, "tags")):
        with pytest.raises(NotSupported):
            await designer.delete_field(schema, schema.by_key[key])


async def test_rules_of_a_new_object(designer: Designer) -> None:
    rules = await designer.rules(None)
    assert rules.allows(Change.CREATE_OBJECT)
    assert [choice.native_type for choice in rules.choices] == [
        "text",
        "textarea",
        "number",
        "currency",
        "date",
        "datetime",
        "dropdown",
        "multiselect",
    ]
    assert rules.relates_to == ("contacts", "accounts", "deals")
    assert "An object can be linked to contacts, accounts or deals, to one of them only" in rules.limits[0]


async def test_a_plan_without_custom_objects_says_so(connect: Connect) -> None:
    forbidden = reply('{"message":"Forbidden"}', status="403 Forbidden")
    me = reply('{"user":{"id":"1"}}')
    async with raw_server([forbidden, forbidden, forbidden, me]) as server:
        shop = await connect("activecampaign", name="Shop", base_url=server.url)
        assert shop.designer is not None
        rules = await shop.designer.rules(None)
    assert rules.refusals[Change.CREATE_OBJECT] == (
        "Shop can't have custom objects of its own: that needs ActiveCampaign's Enterprise plan and the key of a user "
        "who may change it."
    )


async def test_only_an_admin_deletes_fields(sandbox: Sandbox, connect: Connect, boats: ObjectSchema) -> None:
    token = sandbox.control("POST", "/tokens", platform="activecampaign", admin=False)["token"]
    shop = await connect("activecampaign", name="Shop", token=token)
    assert shop.designer is not None
    with pytest.raises(ScopeMissing) as caught:
        await shop.designer.delete_field(boats, boats.by_key["story"])
    assert "Only admin users can delete fields" in caught.value.message
    assert "admin user" in caught.value.hint


async def test_an_object_whose_answer_was_lost_is_not_made_twice(connect: Connect) -> None:
    row = {"id": "5", "slug": "barge", "labels": {"singular": "Barge", "plural": "Barges"}, "fields": []}
    none, there = (reply(json.dumps({"schemas": rows, "meta": {"total": len(rows)}})) for rows in ([], [row]))
    for listing, made in ((there, True), (none, False)):
        async with raw_server([none, b"", listing]) as server:
            shop = await connect("activecampaign", name="Shop", base_url=server.url)
            assert shop.designer is not None
            call = shop.designer.create_object(ObjectDraft("Barge", "Barges"))
            if made:
                assert (await call).id == "5"
            else:
                with pytest.raises(OutcomeUnknown):
                    await call
        assert [request.split(b" ")[0] for request in server.requests] == [b"GET", b"POST", b"GET"]


@pytest.mark.parametrize("native", ["text", "hidden", "textarea", "number", "date", "datetime"])
async def test_fields_of_contacts_without_options(
    shop: Connector, designer: Designer, contacts: ObjectSchema, native: str
) -> None:
    rules = await designer.rules(contacts)
    choice = next(item for item in rules.choices if item.native_type == native)
    label = f"Plain {native}"
    made = await designer.create_field(contacts, FieldDraft(label, choice.type, native_type=native, description="Why."))
    field = next(item for item in made.fields if item.label == label)
    assert (field.type, field.native_type, field.description) == (choice.type, native, "Why.")
    assert field.tag == f"%PLAIN_{native.upper()}%"


@pytest.mark.parametrize("native", ["dropdown", "radio", "checkbox", "listbox"])
async def test_fields_of_contacts_with_options(
    sandbox: Sandbox, shop: Connector, designer: Designer, contacts: ObjectSchema, api: httpx.AsyncClient, native: str
) -> None:
    type_ = T.CHOICE if native in ("dropdown", "radio") else T.CHOICES
    options = (OptionDraft("Red"), OptionDraft("Green"))
    draft = FieldDraft(f"Colours {native}", type_, key=f"col_{native}", native_type=native, options=options)
    made = await designer.create_field(contacts, draft)
    field = made.by_key[f"col_{native}"]
    assert [option.key for option in field.options] == ["Red", "Green"]
    (row,) = (await api.get("/fields", params={"filters[perstag]": f"COL_{native.upper()}"})).json()["fields"]
    assert row["relations"], "a field without a relation to lists is shown to nobody"
    value = "Green" if type_ is T.CHOICE else frozenset({"Green"})
    contact = await shop.create(made, {"email": f"{native}@designed.example", field.key: value})
    more = draft_of(field, label=f"Shades {native}", options=(*draft_of(field).options, OptionDraft("Blue")))
    changed = await designer.change_field(made, field, more)
    field = changed.by_key[field.key]
    assert (field.label, [option.key for option in field.options]) == (f"Shades {native}", ["Red", "Green", "Blue"])
    assert (await shop.get(changed, contact.id)).values[field.key] == value
    for left in ((OptionDraft("Red", "Red"),), (OptionDraft("Rot", "Red"), *draft_of(field).options[1:])):
        with pytest.raises(NotSupported) as caught:
            await designer.change_field(changed, field, draft_of(field, options=left))
        assert "can't be re" in caught.value.message
        assert "Manage fields" in caught.value.hint
    gone = await designer.delete_field(changed, field)
    assert field.key not in gone.by_key
    await designer.delete_field(changed, field)
    with pytest.raises(NotFound, match="any more"):
        await shop.update(changed, contact, {field.key: value})


async def test_a_field_of_contacts_that_breaks_a_limit(
    sandbox: Sandbox, designer: Designer, contacts: ObjectSchema
) -> None:
    drafts = (
        (FieldDraft("favourite COLOUR", T.TEXT), ["label"]),
        (FieldDraft(" ", T.TEXT), ["label"]),
        (FieldDraft("Pick", T.CHOICE), ["options"]),
        (FieldDraft("Sum", T.MONEY), ["type"]),
        (FieldDraft("Place", T.TEXT, key="city"), ["key"]),
    )
    for draft, expected in drafts:
        with pytest.raises(InvalidInput) as caught:
            await designer.create_field(contacts, draft)
        assert places(caught.value) == expected
    assert "POST /api/3/fields" not in sandbox.stats("activecampaign")["by_route"]
    plan = contacts.by_key["plan"]
    with pytest.raises(InvalidInput) as caught:
        await designer.change_field(contacts, plan, draft_of(plan, label="City"))
    assert places(caught.value) == ["label"]


async def test_a_field_of_contacts_that_somebody_else_changed(
    connect: Connect, designer: Designer, contacts: ObjectSchema
) -> None:
    made = await designer.create_field(contacts, FieldDraft("Hat size", T.NUMBER))
    other = (await connect("activecampaign")).designer
    assert other is not None
    field = made.by_key["hat_size"]
    await other.change_field(made, field, draft_of(field, description="In centimetres."))
    with pytest.raises(InvalidInput) as caught:
        await designer.change_field(made, field, draft_of(field, label="Head size"))
    assert caught.value.message == (
        "The field Hat size was changed by somebody else since it was read: refresh the fields."
    )


async def test_a_field_of_contacts_whose_options_are_refused_says_what_is_there(connect: Connect) -> None:
    none = reply('{"fields": [], "meta": {"total": "0"}}')
    made = reply('{"field": {"id": "9"}}', status="201 Created")
    refused = reply(json.dumps({"errors": "Bulk operation failed. Too many options."}), status="422 Unprocessable")
    async with raw_server([none, made, refused]) as server:
        shop = await connect("activecampaign", name="Shop", base_url=server.url)
        assert shop.designer is not None
        draft = FieldDraft("Size", T.CHOICE, options=(OptionDraft("S"),))
        with pytest.raises(RecordRefused) as caught:
            await shop.designer.create_field(ObjectSchema("contacts", "Contact", "Contacts"), draft)
    assert caught.value.message.startswith("The field Size was created in Shop, but not its options")
    assert "Bulk operation failed. Too many options." in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("status", "body", "error", "text"),
    [
        ("404 Not Found", "", NotFound, "Shop does not have the object Boat (any more)."),
        ("400 Bad Request", "{}", RecordRefused, "Shop did not accept the object Boat"),
        (
            "422 Unprocessable",
            json.dumps(
                {
                    "errors": [
                        {
                            "title": 'Invalid value for field "schema.fields.labels"',
                            "detail": "Schema field singular labels must be unique",
                            "source": {"type": "pointer", "value": "/data/attributes/schema/fields/labels"},
                        }
                    ]
                }
            ),
            RecordRefused,
            'Invalid value for field "schema.fields.labels": Schema field singular labels must be unique',
        ),
    ],
)
async def test_refusals_of_a_change_are_sentences(
    connect: Connect, status: str, body: str, error: type[CrosswalkError], text: str
) -> None:
    row = {"id": "5", "slug": "boat", "labels": {"singular": "Boat", "plural": "Boats"}, "fields": []}
    there = reply(json.dumps({"schema": row}))
    async with raw_server([there, reply(body, status=status)]) as server:
        shop = await connect("activecampaign", name="Shop", base_url=server.url)
        assert shop.designer is not None
        boat = ObjectSchema("boat", "Boat", "Boats", id="5", custom=True)
        with pytest.raises(error) as caught:
            await shop.designer.create_field(boat, FieldDraft("Mast", T.TEXT))
    assert text in caught.value.message
    assert caught.value.hint
