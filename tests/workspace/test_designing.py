"""Changing schemas: what is refused, what is told before, and that what is kept here follows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from desktop.domain.definition import Endpoint, SideCondition, SyncDefinition
from desktop.domain.design import Change, FieldDraft, ObjectDraft, OptionDraft
from desktop.domain.errors import InvalidInput, NotFound, NotSupported, OutcomeUnknown
from desktop.domain.filters import Condition, Operator
from desktop.domain.mapping import Carry, Direction, FieldPair, MatchPair, Side
from desktop.domain.query import RecordQuery
from desktop.domain.schema import Field, Option
from desktop.domain.values import FieldType
from desktop.workspace.data import Data
from desktop.workspace.topics import Topic
from desktop.workspace.workspace import Workspace, open_throwaway
from tests.workspace.drawing_board import Board, board_platform

pytestmark = pytest.mark.anyio

STATUS = Field("status", "Status", FieldType.CHOICE, options=(Option("new", "New"), Option("old", "Old")))
COLOUR = FieldDraft("Colour", FieldType.TEXT, "colour", "TEXT")
PETS = ObjectDraft("Pet", "Pets", "pets", "Animals", (FieldDraft("Name", FieldType.TEXT, "name"),))


@dataclass(slots=True)
class Studio:
    """A workspace that is connected to a board under the name "Board"."""

    board: Board
    workspace: Workspace
    told: list[Topic]

    @property
    def data(self) -> Data:
        return self.workspace.data

    async def listed(self) -> list[str]:
        """The labels in the tree."""
        (branch,) = await self.data.tree()
        return [view.label for view in branch.objects]

    async def sync(self, name: str, **changes: object) -> None:
        """Save a sync of cards to people, changed as the test wants it."""
        definition = SyncDefinition(
            name,
            Endpoint("Board", "cards"),
            Endpoint("Board", "people"),
            Direction.LEFT_TO_RIGHT,
            (MatchPair("title", "name"),),
            (FieldPair("title", "name"),),
        )
        await self.workspace.syncs.save(replace(definition, **changes))  # type: ignore[arg-type]


@pytest.fixture
def board() -> Board:
    board = Board()
    board.add("people", "Person", Field("name", "Name", FieldType.TEXT), Field("mail", "Mail", FieldType.EMAIL))
    board.add(
        "cards",
        "Card",
        Field("title", "Title", FieldType.TEXT),
        Field("note", "Note", FieldType.TEXT),
        STATUS,
        Field("owner", "Owner", FieldType.REFERENCE, target="people", many=True),
        records=(
            {"title": "A", "note": "one", "status": "new"},
            {"title": "B", "note": "two", "status": "old"},
            {"title": "C", "status": "new"},
        ),
    )
    return board


@pytest.fixture
def address(board: Board) -> Iterator[str]:
    with board_platform(board) as address:
        yield address


@pytest.fixture
async def studio(board: Board, address: str, tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_throwaway(tmp_path) as workspace:
        await workspace.connections.connect("board", "Board", address, "", "secret")
        await workspace.data.tree()
        studio = Studio(board, workspace, [])
        workspace.news.subscribe(studio.told.append)
        yield studio


def places(error: InvalidInput) -> set[str]:
    return {problem.place for problem in error.problems}


async def test_objects_come_and_go_though_the_platforms_listing_lags(studio: Studio) -> None:
    studio.board.lagging = studio.board.listing()
    schema = await studio.data.create_object("Board", PETS)
    assert schema.field("name") is not None
    assert "Pets" in await studio.listed()
    assert (await studio.data.schema("Board", "pets")).description == "Animals"
    assert Topic.OBJECTS in studio.told
    studio.board.lagging = studio.board.listing()
    await studio.data.delete_object("Board", "pets")
    assert "Pets" not in await studio.listed()


@pytest.mark.parametrize(
    ("draft", "wrong"),
    [
        (ObjectDraft("", "", "pets"), {"label", "plural", "fields.0.label"}),
        (replace(PETS, fields=(FieldDraft("Price", FieldType.MONEY),)), {"fields.0.type"}),
        (replace(PETS, fields=(FieldDraft(" ", FieldType.TEXT),)), {"fields.0.label"}),
    ],
)
async def test_an_object_that_can_not_be_made_is_told_at_its_places(
    studio: Studio, draft: ObjectDraft, wrong: set[str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await studio.data.create_object("Board", draft)
    assert places(caught.value) == wrong
    assert len(studio.board.schemas) == 2


async def test_a_lost_answer_is_told_and_the_listing_shows_what_is_there(studio: Studio) -> None:
    studio.board.failures.append(OutcomeUnknown("The answer was lost."))
    with pytest.raises(OutcomeUnknown):
        await studio.data.create_object("Board", PETS)
    assert "Pets" in await studio.listed()
    studio.board.failures.append(OutcomeUnknown("The answer was lost."))
    with pytest.raises(OutcomeUnknown):
        await studio.data.create_field("Board", "cards", COLOUR)
    assert (await studio.data.schema("Board", "cards")).field("colour") is not None


async def test_an_objects_labels_are_changed(studio: Studio) -> None:
    seen = await studio.data.schema("Board", "cards")
    await studio.data.change_object("Board", seen, ObjectDraft("Ticket", "Tickets"))
    assert (await studio.data.schema("Board", "cards")).label == "Ticket"
    assert "Tickets" in await studio.listed()
    for before, label in ((await studio.data.schema("Board", "cards"), " "), (seen, "Ticket")):
        with pytest.raises(InvalidInput) as caught:
            await studio.data.change_object("Board", before, ObjectDraft(label, "Tokens"))
        assert places(caught.value) == {"label"}
    assert studio.board.schemas["cards"].plural == "Tickets"


async def test_deleting_an_object_takes_everything_that_is_kept_of_it(studio: Studio) -> None:
    data = studio.data
    await data.read("Board", "cards")
    await data.save_view("Board", "cards", "New ones", RecordQuery(search="new"))
    await data.keep_draft("Board", "cards", "1", None, {"note": "typed"})
    loss = await data.object_loss("Board", "cards")
    assert (loss.records, loss.as_of, loss.drafts, loss.syncs) == (3, None, 1, ())
    await data.delete_object("Board", "cards")
    assert await studio.listed() == ["Persons"]
    assert await data.drafts() == []
    assert await data.saved_views("Board", "cards") == {}
    assert {Topic.OBJECTS, Topic.RECORDS, Topic.DRAFTS} <= set(studio.told)
    with pytest.raises(NotFound):
        await data.schema("Board", "cards")
    studio.board.add("cards", "Card", STATUS)
    await data.refresh_objects("Board")
    assert await data.count("Board", "cards", RecordQuery()) == 0


async def test_an_object_that_a_sync_uses_stays(studio: Studio) -> None:
    await studio.sync("Cards out")
    for key in ("cards", "people"):
        assert (await studio.data.object_loss("Board", key)).syncs == ("Cards out",)
        with pytest.raises(InvalidInput) as caught:
            await studio.data.delete_object("Board", key)
        assert "“Cards out” uses it" in caught.value.message
        assert "sync" in caught.value.hint
    assert set(studio.board.schemas) == {"cards", "people"}


async def test_an_object_whose_records_a_sync_carries_over_stays(studio: Studio) -> None:
    studio.board.add("copies", "Copy", *studio.board.schemas["cards"].fields[1:])
    carry = Carry((MatchPair("mail", "mail"),), (MatchPair("name", "name"),))
    fields = (FieldPair("owner", "owner", carry=carry),)
    await studio.sync("Copy", right=Endpoint("Board", "copies"), match=(MatchPair("title", "title"),), fields=fields)
    assert (await studio.data.object_loss("Board", "people")).syncs == ("Copy",)
    for key in ("mail", "name"):
        assert (await studio.data.field_loss("Board", "people", key)).syncs == ("Copy",)
    assert (await studio.data.field_loss("Board", "cards", "note")).syncs == ()


async def test_a_new_field_is_in_the_schema_and_can_be_asked_for(studio: Studio) -> None:
    await studio.data.read("Board", "cards")
    schema = await studio.data.create_field("Board", "cards", COLOUR)
    assert schema.field("colour") is not None
    assert (await studio.data.schema("Board", "cards")).field("colour") is not None
    empty = RecordQuery(conditions=(Condition("colour", Operator.EMPTY),), sort="colour")
    assert await studio.data.count("Board", "cards", empty) == 3
    assert studio.board.whole_reads == 1


@pytest.mark.parametrize(
    ("draft", "wrong"),
    [
        (FieldDraft("", FieldType.TEXT), {"label"}),
        (FieldDraft("Born", FieldType.DATE), {"type"}),
        (FieldDraft("Kind", FieldType.CHOICE, options=(OptionDraft("Cat"), OptionDraft("cat "))), {"options"}),
        (FieldDraft("Kind", FieldType.CHOICE, options=(OptionDraft(" "),)), {"options"}),
    ],
)
async def test_a_field_that_can_not_be_made_is_told_at_its_places(
    studio: Studio, draft: FieldDraft, wrong: set[str]
) -> None:
    before = studio.board.schemas["cards"]
    with pytest.raises(InvalidInput) as caught:
        await studio.data.create_field("Board", "cards", draft)
    assert places(caught.value) == wrong
    assert studio.board.schemas["cards"] is before


async def test_options_are_renamed_put_in_order_and_added(studio: Studio) -> None:
    options = (OptionDraft("Done", "old"), OptionDraft("Waiting"), OptionDraft("New", "new"))
    draft = FieldDraft("State", FieldType.CHOICE, "status", options=options)
    schema = await studio.data.change_field("Board", "cards", STATUS, draft)
    field = schema.field("status")
    assert field is not None
    assert field.label == "State"
    assert [(option.key, option.label) for option in field.options] == [
        ("old", "Done"),
        ("waiting", "Waiting"),
        ("new", "New"),
    ]


async def test_an_option_that_somebody_added_meanwhile_is_not_removed_unseen(studio: Studio) -> None:
    await studio.data.schema("Board", "cards")
    board = studio.board.schemas["cards"]
    richer = replace(STATUS, options=(*STATUS.options, Option("lost", "Lost")))
    studio.board.schemas["cards"] = board.with_fields(*(richer if item is STATUS else item for item in board.fields))
    draft = FieldDraft("State", FieldType.CHOICE, "status", options=(OptionDraft("New", "new"),))
    with pytest.raises(InvalidInput, match="The options of Status changed in Board") as caught:
        await studio.data.change_field("Board", "cards", STATUS, draft)
    assert places(caught.value) == {"options"}
    field = studio.board.schemas["cards"].field("status")
    assert field is not None
    assert len(field.options) == 3


async def test_removing_an_option_is_counted_and_the_records_are_read_again(studio: Studio) -> None:
    data = studio.data
    await data.read("Board", "cards")
    loss = await data.field_loss("Board", "cards", "status", ["new"])
    assert loss.records == 2
    assert loss.as_of is not None
    draft = FieldDraft("Status", FieldType.CHOICE, "status", options=(OptionDraft("Old", "old"),))
    await data.change_field("Board", "cards", STATUS, draft)
    await data.read("Board", "cards")
    assert studio.board.whole_reads == 2


async def test_a_deleted_fields_values_do_not_come_back_under_its_key(studio: Studio) -> None:
    data = studio.data
    await data.read("Board", "cards")
    loss = await data.field_loss("Board", "cards", "note")
    assert (loss.records, loss.syncs) == (2, ())
    await data.delete_field("Board", "cards", "note")
    assert (await data.schema("Board", "cards")).field("note") is None
    await data.create_field("Board", "cards", FieldDraft("Note", FieldType.NUMBER, "note"))
    await data.read("Board", "cards")
    filled = RecordQuery(conditions=(Condition("note", Operator.NOT_EMPTY),))
    assert await data.count("Board", "cards", filled) == 0
    assert await data.count("Board", "cards", RecordQuery(search="two")) == 0


async def test_what_was_never_read_is_not_counted(studio: Studio) -> None:
    assert (await studio.data.field_loss("Board", "cards", "note")).records is None


@pytest.mark.parametrize(
    "changes",
    [
        {"match": (MatchPair("note", "name"),)},
        {"fields": (FieldPair("note", "name"),)},
        {"filter": (SideCondition(Side.LEFT, Condition("note", Operator.NOT_EMPTY)),)},
    ],
)
async def test_a_field_that_a_sync_uses_stays(studio: Studio, changes: dict[str, object]) -> None:
    await studio.sync("Cards out", **changes)
    assert (await studio.data.field_loss("Board", "cards", "note")).syncs == ("Cards out",)
    with pytest.raises(InvalidInput, match="“Cards out” uses it"):
        await studio.data.delete_field("Board", "cards", "note")
    assert studio.board.schemas["cards"].field("note") is not None
    assert (await studio.data.field_loss("Board", "cards", "owner")).syncs == ()


async def test_options_that_a_sync_translates_or_filters_by_are_named(studio: Studio) -> None:
    studio.board.add("copies", "Copy", *studio.board.schemas["cards"].fields[1:])
    match = (MatchPair("title", "title"),)
    mapped = (FieldPair("status", "status", {"new": "old"}),)
    await studio.sync("Mapped", right=Endpoint("Board", "copies"), match=match, fields=mapped)
    condition = (SideCondition(Side.LEFT, Condition("status", Operator.IS, "old")),)
    await studio.sync("Filtered", filter=condition)
    assert (await studio.data.field_loss("Board", "cards", "status", ["new"])).syncs == ("Mapped",)
    assert (await studio.data.field_loss("Board", "cards", "status", ["old"])).syncs == ("Filtered",)
    assert (await studio.data.field_loss("Board", "copies", "status", ["old"])).syncs == ("Mapped",)


async def test_a_platform_that_lets_nobody_change_schemas_refuses_everything_with_the_reason(studio: Studio) -> None:
    studio.board.fixed = True
    for key in (None, "cards"):
        rules = await studio.data.design_rules("Board", key)
        assert set(rules.refusals) == set(Change)
        assert all("Drawing Board" in reason for reason in rules.refusals.values())
    with pytest.raises(NotSupported, match="Drawing Board"):
        await studio.data.create_field("Board", "cards", COLOUR)
