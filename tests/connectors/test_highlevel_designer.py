"""Changing HighLevel's schemas: what is made, changed and deleted, what is refused before it is sent, and by whom."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from desktop.connectors.base import Connector, Designer
from desktop.domain.design import Change, FieldDraft, ObjectDraft, OptionDraft
from desktop.domain.errors import CrosswalkError, InvalidInput, NotFound, NotSupported, RecordRefused, ScopeMissing
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType
from tests.connectors.conftest import Connect, Sandbox
from tests.connectors.raw_server import raw_server, reply

pytestmark = pytest.mark.anyio

T = FieldType
NAME = FieldDraft("Pet name", T.TEXT, key="name")
PET = ObjectDraft("Pet", "Pets", fields=(NAME,))


@pytest.fixture
async def highlevel(connect: Connect) -> Connector:
    return await connect("highlevel")


@pytest.fixture
def designer(highlevel: Connector) -> Designer:
    assert highlevel.designer is not None
    return highlevel.designer


@pytest.fixture
async def memberships(highlevel: Connector) -> ObjectSchema:
    return await highlevel.schema("custom_objects.memberships")


def option_labels(schema: ObjectSchema, key: str) -> list[tuple[str, str]]:
    return [(option.key, option.label) for option in schema.by_key[key].options]


async def test_an_object_is_made_with_its_fields_and_links(
    sandbox: Sandbox, highlevel: Connector, designer: Designer
) -> None:
    rules = await designer.rules(None)
    assert rules.title_types == {T.TEXT, T.NUMBER}
    assert {"contact", "opportunity", "custom_objects.orders"} <= set(rules.relates_to)
    draft = ObjectDraft(
        "Boat trip",
        "Boat trips",
        description="Trips on the lake",
        fields=(
            FieldDraft("Trip no.", T.NUMBER),
            FieldDraft("Notes", T.LONG_TEXT, folder="Inside"),
            FieldDraft("Price", T.MONEY),
            FieldDraft("Kind", T.CHOICE, native_type="RADIO", options=(OptionDraft("Half day"), OptionDraft("Day"))),
            FieldDraft("Extras", T.CHOICES, options=(OptionDraft("Lunch"), OptionDraft("lunch!", key="late_lunch"))),
        ),
        relates_to=("contact",),
    )
    made = await designer.create_object(draft)
    assert (made.key, made.label, made.plural) == ("custom_objects.boat_trip", "Boat trip", "Boat trips")
    assert (made.title, made.description) == ("trip_no", "Trips on the lake")
    assert made.by_key["trip_no"].required
    assert made.by_key["kind"].native_type == "RADIO"
    assert option_labels(made, "kind") == [("half_day", "Half day"), ("day", "Day")]
    assert option_labels(made, "extras") == [("lunch", "Lunch"), ("late_lunch", "lunch!")]
    link = made.by_key["boat_trip_contact"]
    assert (link.target, link.label) == ("contact", "Contacts")
    assert set((await designer.rules(made)).folders) == {"Boat trip Details", "Inside"}
    record = await highlevel.create(made, {"trip_no": Decimal(7), "extras": frozenset({"late_lunch"})})
    assert record.values["trip_no"] == Decimal(7)
    await designer.delete_object(made)
    assert made.key not in [item.key for item in await highlevel.objects()]
    await designer.delete_object(made)


async def test_a_key_that_is_taken_is_read_back_as_the_platform_made_it(designer: Designer) -> None:
    first = await designer.create_object(PET)
    second = await designer.create_object(replace(PET, fields=(NAME, FieldDraft("Age", T.NUMBER))))
    assert first.key == "custom_objects.pet"
    assert second.key != first.key
    assert second.title == "name"
    assert "age" in second.by_key
    for item in (first, second):
        await designer.delete_object(item)


async def test_an_object_is_renamed_and_keeps_what_is_searched(highlevel: Connector, designer: Designer) -> None:
    made = await designer.create_object(PET)
    changed = await designer.change_object(made, ObjectDraft("Animal", "Animals", description="All of them"))
    assert (changed.key, changed.label, changed.plural) == (made.key, "Animal", "Animals")
    assert changed.description == "All of them"
    cleared = await designer.change_object(changed, ObjectDraft("Animal", "Animals"))
    assert cleared.description == ""
    await designer.delete_object(cleared)


@pytest.mark.parametrize(
    ("draft", "place", "sentence"),
    [
        (replace(PET, label=" "), "label", "A name is missing."),
        (replace(PET, plural=""), "plural", "A name is missing."),
        (replace(PET, description="d" * 101), "description", "HighLevel takes 100 characters, this has 101."),
        (replace(PET, key="Pet Shop"), "key", "small letters"),
        (replace(PET, fields=()), "fields", "names its records"),
        (replace(PET, fields=(FieldDraft("Born", T.DATE),)), "fields[0].type", "a text or a number"),
        (replace(PET, fields=(NAME, replace(NAME, label="Again"))), "fields[1].key", "the key name as well"),
        (replace(PET, fields=(NAME, FieldDraft("Who", T.REFERENCE))), "fields[1].type", "no such type"),
        (replace(PET, fields=(NAME, FieldDraft("Mail", T.EMAIL))), "fields[1].type", "no such type"),
        (replace(PET, fields=(NAME, FieldDraft("Kind", T.CHOICE))), "fields[1].options", "at least one option"),
        (replace(PET, relates_to=("business",)), "relates_to[0]", "can't be linked to business"),
    ],
)
async def test_objects_that_can_not_be_are_refused_before_anything_is_sent(
    sandbox: Sandbox, designer: Designer, draft: ObjectDraft, place: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await designer.create_object(draft)
    assert [problem.place for problem in caught.value.problems] == [place]
    assert sentence in caught.value.problems[0].message
    assert sandbox.stats("highlevel")["writes"] == 0


async def test_the_eleventh_object_is_refused_before_it_is_sent(designer: Designer, highlevel: Connector) -> None:
    made = [await designer.create_object(PET) for _ in range(10 - 2)]
    with pytest.raises(InvalidInput, match="10 custom objects already"):
        await designer.create_object(PET)
    for item in made:
        await designer.delete_object(item)


async def test_a_part_that_fails_leaves_the_object_known(
    sandbox: Sandbox, highlevel: Connector, designer: Designer
) -> None:
    sandbox.fault("highlevel", "500", probability=1, path="/custom-fields/$")
    with pytest.raises(CrosswalkError) as caught:
        await designer.create_object(replace(PET, fields=(NAME, FieldDraft("Age", T.NUMBER))))
    assert caught.value.message.startswith("The object Pet was created, but its field Age is not certain: ")
    assert "add what is missing" in caught.value.hint
    sandbox.control("DELETE", "/faults")
    made = await highlevel.schema("custom_objects.pet")
    await designer.delete_object(made)


async def test_a_part_that_is_refused_leaves_the_object_known(
    sandbox: Sandbox, highlevel: Connector, designer: Designer
) -> None:
    sandbox.fault("highlevel", "403", probability=1, path="^/associations/$")
    with pytest.raises(CrosswalkError) as caught:
        await designer.create_object(replace(PET, relates_to=("contact",)))
    assert caught.value.message.startswith("The object Pet was created, but its link to Contacts was not: ")
    sandbox.control("DELETE", "/faults")
    await designer.delete_object(await highlevel.schema("custom_objects.pet"))


async def test_every_type_of_field_can_be_made(designer: Designer, memberships: ObjectSchema) -> None:
    choices = (await designer.rules(memberships)).choices
    assert {item.native_type for item in choices} == {
        "TEXT", "LARGE_TEXT", "NUMERICAL", "PHONE", "MONETORY", "DATE", "SINGLE_OPTIONS", "RADIO",
        "MULTIPLE_OPTIONS", "CHECKBOX", "TEXTBOX_LIST", "FILE_UPLOAD",
    }  # fmt: skip
    schema = memberships
    for choice in choices:
        label = f"Made {choice.native_type.lower()}"
        options = (
            (OptionDraft("One"),) if "OPTIONS" in choice.native_type or choice.type in (T.CHOICE, T.CHOICES) else ()
        )
        if choice.native_type == "TEXTBOX_LIST":
            options = (OptionDraft("One"),)
        draft = FieldDraft(label, choice.type, native_type=choice.native_type, options=options, description="made")
        schema = await designer.create_field(schema, draft)
        key = label.lower().replace(" ", "_")
        field = schema.by_key.get(key) or schema.by_key[f"{key}.one"]
        assert field.native_type == choice.native_type
        if choice.native_type != "TEXTBOX_LIST":
            assert field.description == "made"
            schema = await designer.delete_field(schema, field)
            assert key not in schema.by_key


async def test_options_are_added_and_renamed_and_keep_their_keys(designer: Designer, memberships: ObjectSchema) -> None:
    field = memberships.by_key["renewal"]
    draft = FieldDraft(
        "Renewal",
        T.CHOICE,
        options=(OptionDraft("Every month", "monthly"), OptionDraft("Yearly", "yearly"), OptionDraft("Yearly!")),
    )
    changed = await designer.change_field(memberships, field, draft)
    assert option_labels(changed, "renewal") == [
        ("monthly", "Every month"),
        ("yearly", "Yearly"),
        ("yearly_2", "Yearly!"),
    ]


@pytest.mark.parametrize(
    ("more", "place", "sentence"),
    [
        ({"options": (OptionDraft("Gold", "gold"),)}, "options", "removes no option through its API: Bronze."),
        ({"options": ()}, "options", "at least one option"),
        ({"type": T.TEXT, "options": ()}, "type", "can't change the type"),
        ({"native_type": "SINGLE_OPTIONS"}, "type", "can't change the type"),
        ({"key": "rank"}, "key", "can't change the key"),
        ({"required": True}, "required", "no field as required"),
        ({"folder": "Elsewhere"}, "folder", "can't move a field"),
        ({"label": " "}, "label", "A name is missing."),
    ],
)
async def test_what_can_not_change_of_a_field_is_said_before_anything_is_sent(
    sandbox: Sandbox,
    designer: Designer,
    memberships: ObjectSchema,
    more: dict[str, object],
    place: str,
    sentence: str,
) -> None:
    field = memberships.by_key["level"]
    options = tuple(OptionDraft(option.label, option.key) for option in field.options)
    draft = replace(FieldDraft("Level", T.CHOICE, options=options), **more)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as caught:
        await designer.change_field(memberships, field, draft)
    assert place in [problem.place for problem in caught.value.problems]
    assert any(sentence in problem.message for problem in caught.value.problems)
    assert sandbox.stats("highlevel")["writes"] == 0


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (FieldDraft("Level", T.TEXT), "key"),
        (FieldDraft("", T.TEXT), "label"),
        (FieldDraft("New", T.TEXT, required=True), "required"),
        (FieldDraft("New", T.TEXT, options=(OptionDraft("A"),)), "options"),
        (FieldDraft("New", T.CHOICE, options=(OptionDraft("A"), OptionDraft("a"))), "options[1]"),
        (FieldDraft("New", T.CHOICE, options=(OptionDraft(" "),)), "options[0]"),
        (FieldDraft("New", T.CHOICE, native_type="TEXT", options=(OptionDraft("A"),)), "type"),
    ],
)
async def test_fields_that_can_not_be(
    sandbox: Sandbox, designer: Designer, memberships: ObjectSchema, draft: FieldDraft, place: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await designer.create_field(memberships, draft)
    assert place in [problem.place for problem in caught.value.problems]
    assert sandbox.stats("highlevel")["writes"] == 0


async def test_the_field_that_names_records_stays(designer: Designer, memberships: ObjectSchema) -> None:
    with pytest.raises(NotSupported, match="Name names the records of Memberships"):
        await designer.delete_field(memberships, memberships.by_key["name"])
    row = memberships.by_key["answers.goal"]
    with pytest.raises(NotSupported, match="no field of its own"):
        await designer.delete_field(memberships, row)
    with pytest.raises(NotSupported, match="no field of its own"):
        await designer.change_field(memberships, row, FieldDraft("Goals", T.TEXT))


async def test_a_field_that_is_gone(designer: Designer, memberships: ObjectSchema) -> None:
    made = await designer.create_field(memberships, FieldDraft("Short lived", T.TEXT))
    field = made.by_key["short_lived"]
    await designer.delete_field(made, field)
    await designer.delete_field(made, field)
    with pytest.raises(NotFound, match="do not have the field Short lived"):
        await designer.change_field(made, field, FieldDraft("Longer lived", T.TEXT))


@pytest.mark.parametrize("key", ["contact", "opportunity"])
async def test_fields_of_contacts_and_opportunities(highlevel: Connector, designer: Designer, key: str) -> None:
    schema = await highlevel.schema(key)
    made = await designer.create_field(
        schema, FieldDraft("Shoe size", T.CHOICES, options=(OptionDraft("S"), OptionDraft("M")))
    )
    field = made.by_key["shoe_size"]
    assert field.native_type == "MULTIPLE_OPTIONS"
    assert option_labels(made, "shoe_size") == [("S", "S"), ("M", "M")]
    draft = FieldDraft("Size of shoes", T.CHOICES, options=(OptionDraft("M", "M"), OptionDraft("L")))
    changed = await designer.change_field(made, field, draft)
    assert changed.by_key["shoe_size"].label == "Size of shoes"
    assert option_labels(changed, "shoe_size") == [("M", "M"), ("L", "L")]
    gone = await designer.delete_field(changed, changed.by_key["shoe_size"])
    assert "shoe_size" not in gone.by_key
    await designer.delete_field(gone, changed.by_key["shoe_size"])
    own = gone.fields[4]
    with pytest.raises(NotSupported, match="one of HighLevel's own fields"):
        await designer.delete_field(gone, own)


@pytest.mark.parametrize(
    ("more", "place"), [({"key": "other"}, "key"), ({"description": "d"}, "description"), ({"folder": "F"}, "folder")]
)
async def test_what_fields_of_contacts_do_not_have(
    highlevel: Connector, designer: Designer, more: dict[str, str], place: str
) -> None:
    contacts = await highlevel.schema("contact")
    with pytest.raises(InvalidInput) as caught:
        await designer.create_field(contacts, replace(FieldDraft("Shoe size", T.TEXT), **more))  # type: ignore[arg-type]
    assert [problem.place for problem in caught.value.problems] == [place]


async def test_highlevels_own_objects_say_why_they_stay(highlevel: Connector, designer: Designer) -> None:
    for key in ("contact", "opportunity", "business", "task"):
        schema = await highlevel.schema(key)
        rules = await designer.rules(schema)
        assert not rules.allows(Change.DELETE_OBJECT)
        assert "HighLevel's own objects" in rules.refusals[Change.DELETE_OBJECT]
        assert rules.allows(Change.CREATE_FIELD) == (key != "task")
        with pytest.raises(NotSupported):
            await designer.delete_object(schema)
        with pytest.raises(NotSupported):
            await designer.change_object(schema, ObjectDraft("Other", "Others"))
    tasks = await highlevel.schema("task")
    with pytest.raises(NotSupported, match="the same fields"):
        await designer.create_field(tasks, FieldDraft("New", T.TEXT))


async def test_companies_have_fields_of_their_own(highlevel: Connector, designer: Designer) -> None:
    companies = await highlevel.schema("business")
    made = await designer.create_field(companies, FieldDraft("Invoices to", T.EMAIL))
    assert made.by_key["invoices_to"].type is T.EMAIL
    record = await highlevel.create(made, {"name": "Sails", "invoices_to": "bills@example.com"})
    assert record.values["invoices_to"] == "bills@example.com"
    await designer.delete_field(made, made.by_key["invoices_to"])


async def test_a_deletion_that_tokens_may_not_send_says_where_it_can_be_done(
    sandbox: Sandbox, highlevel: Connector, designer: Designer
) -> None:
    made = await designer.create_object(PET)
    sandbox.configure("highlevel", schema_delete=False)
    try:
        with pytest.raises(NotSupported) as caught:
            await designer.delete_object(made)
    finally:
        sandbox.configure("highlevel", schema_delete=True)
    assert "does not let Agency delete the object Pet" in caught.value.message
    assert caught.value.hint == "Delete it in HighLevel under Settings, Objects."
    await designer.delete_object(made)


async def test_a_deletion_that_has_no_route(connect: Connect, memberships: ObjectSchema) -> None:
    described = reply(json.dumps({"object": {"id": "1" * 24, "key": memberships.key}}))
    no_route = reply(json.dumps({"message": "Cannot DELETE /objects/1", "statusCode": 404}), status="404 Not Found")
    async with raw_server([described, no_route]) as server:
        designer = (await connect("highlevel", base_url=server.url)).designer
        assert designer is not None
        with pytest.raises(NotSupported, match="does not let Agency delete"):
            await designer.delete_object(memberships)


async def test_a_token_without_the_permission_is_told_which_it_needs(
    sandbox: Sandbox, connect: Connect, memberships: ObjectSchema
) -> None:
    scopes = ["objects/schema.readonly", "locations/customFields.readonly", "opportunities.readonly"]
    token = sandbox.control("POST", "/tokens", platform="highlevel", scopes=scopes)["token"]
    designer = (await connect("highlevel", token=token)).designer
    assert designer is not None
    with pytest.raises(ScopeMissing, match=r"objects/schema\.write.*custom objects"):
        await designer.create_object(PET)
    with pytest.raises(ScopeMissing, match=r"locations/customFields\.write.*fields"):
        await designer.create_field(memberships, FieldDraft("New", T.TEXT))


@pytest.mark.parametrize(
    ("status", "message", "sentence"),
    [
        (400, "Too many searchable properties. Maximum allowed is 3, but received 4.", "did not accept the object Pet"),
        (422, ["description must be shorter than or equal to 100 characters"], "shorter than or equal to 100"),
        (400, "Api does not support objectKey of type contact or opportunity", "does not support objectKey"),
    ],
)
async def test_what_the_platform_refuses_is_said_in_its_words(
    connect: Connect, memberships: ObjectSchema, status: int, message: object, sentence: str
) -> None:
    described = reply(json.dumps({"object": {"id": "1" * 24, "searchableProperties": ["custom_objects.pet.name"]}}))
    refused = reply(json.dumps({"message": message, "statusCode": status}), status=f"{status} Refused")
    async with raw_server([described, refused]) as server:
        designer = (await connect("highlevel", base_url=server.url)).designer
        assert designer is not None
        with pytest.raises(RecordRefused) as caught:
            await designer.change_object(replace(memberships, label="Pet"), ObjectDraft("Pet", "Pets"))
    assert sentence in caught.value.message
    assert caught.value.message.startswith("Agency did not accept the object Pet: ")
