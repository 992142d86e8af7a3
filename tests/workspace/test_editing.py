"""Editing single records: the patch, collisions, drafts and the history of edits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from desktop.domain.errors import InvalidInput, NotFound
from desktop.domain.query import RecordQuery
from desktop.domain.record import Record
from desktop.domain.values import Money
from desktop.workspace.views import Collided, Saved
from tests.sync.test_one_way import synced_orders
from tests.sync.world import World

pytestmark = pytest.mark.anyio

ORDERS = ("Agency", "custom_objects.orders")


async def some_order(world: World) -> Record:
    data = world.workspace.data
    await data.read(*ORDERS)
    number = next(iter(synced_orders(world)))
    found = await data.page(*ORDERS, RecordQuery(search=number), 0, 5)
    return await data.record(*ORDERS, found[0].id)


async def test_only_the_edited_fields_are_sent(world: World) -> None:
    data = world.workspace.data
    base = await some_order(world)
    number = str(base.get("order_number"))
    world.change_source(number, note="from somebody else")
    saved = await data.save(*ORDERS, base, {"total": Money(Decimal("89.90"), "USD"), "status": base.get("status")})
    assert isinstance(saved, Saved)
    assert saved.record.get("total") == Money(Decimal("89.9"), "USD")
    now = world.source_orders()[number]["properties"]
    assert (now["total"]["value"], now["note"]) == (89.9, "from somebody else")
    (edit,) = await world.workspace.activity.edits()
    assert (edit.action, set(edit.fields)) == ("update", {"total"})
    local = await data.local(*ORDERS, base.id)
    assert local is not None
    assert local.get("total") == Money(Decimal("89.9"), "USD")


async def test_a_field_that_changed_on_the_server_meanwhile_is_asked_about(world: World) -> None:
    data = world.workspace.data
    base = await some_order(world)
    number = str(base.get("order_number"))
    world.change_source(number, note="theirs", receipt_link="https://example.com/theirs")
    collided = await data.save(*ORDERS, base, {"note": "mine"})
    assert isinstance(collided, Collided)
    assert [(item.field, item.theirs, item.mine) for item in collided.collisions] == [("note", "theirs", "mine")]
    assert world.source_orders()[number]["properties"]["note"] == "theirs"
    kept = await data.save(*ORDERS, collided.theirs, {"note": "mine"}, keep={"note": "mine"})
    assert isinstance(kept, Saved)
    now = world.source_orders()[number]["properties"]
    assert (now["note"], now["receipt_link"]) == ("mine", "https://example.com/theirs")
    again = await data.save(*ORDERS, kept.record, {"note": "no"}, keep={"note": "theirs"})
    assert isinstance(again, Saved)
    assert world.source_orders()[number]["properties"]["note"] == "mine"


async def test_what_is_wrong_is_said_per_field_and_nothing_is_sent(world: World) -> None:
    base = await some_order(world)
    before = world.writes("highlevel")
    with pytest.raises(InvalidInput) as caught:
        await world.workspace.data.save(*ORDERS, base, {"status": "lost", "order_number": None})
    assert {problem.place for problem in caught.value.problems} == {"status", "order_number"}
    assert world.writes("highlevel") == before


@pytest.mark.parametrize(("connection", "key"), [("Agency", "custom_objects.orders"), ("Shop", "orders")])
async def test_a_record_is_made_changed_and_deleted_on_either_platform(world: World, connection: str, key: str) -> None:
    data = world.workspace.data
    number = "order_number" if connection == "Agency" else "order-number"
    values = {number: "70001", **({} if connection == "Agency" else {"@external_id": "70001"})}
    made = await data.save(connection, key, None, values)
    assert isinstance(made, Saved)
    assert made.record.id
    changed = await data.save(connection, key, made.record, {number: "70002"})
    assert isinstance(changed, Saved)
    assert (await data.record(connection, key, made.record.id)).get(number) == "70002"
    await data.delete(connection, key, made.record.id)
    with pytest.raises(NotFound):
        await data.record(connection, key, made.record.id)
    edits = await world.workspace.activity.edits()
    assert [item.action for item in edits] == ["delete", "update", "create"]


async def test_a_new_record_without_what_is_required_is_not_sent(world: World) -> None:
    with pytest.raises(InvalidInput) as caught:
        await world.workspace.data.save(*ORDERS, None, {"note": "only a note"})
    assert [problem.place for problem in caught.value.problems] == ["order_number"]


async def test_unsaved_edits_are_kept_until_they_are_dropped(world: World) -> None:
    data = world.workspace.data
    base = await some_order(world)
    edits = {"total": Money(Decimal("1.5"), "EUR"), "note": None, "order_date": datetime(2026, 1, 2, tzinfo=UTC).date()}
    await data.keep_draft(*ORDERS, base.id, base, edits)
    await data.keep_draft(*ORDERS, "", None, {"note": "new"})
    draft = await data.draft(*ORDERS, base.id)
    assert draft is not None
    assert (draft.base, dict(draft.edits)) == (base, edits)
    assert {item.record_id for item in await data.drafts()} == {base.id, ""}
    await data.drop_draft(*ORDERS, base.id)
    assert await data.draft(*ORDERS, base.id) is None


async def test_records_know_what_they_are_linked_to(world: World) -> None:
    base = await some_order(world)
    related = await world.workspace.data.related(*ORDERS, base.id)
    assert [item.object for item in related] == ["contact"]
    assert related[0].title != related[0].record_id
    titles = await world.workspace.data.reference_titles(*ORDERS, "order_contact", [related[0].record_id])
    assert titles == {related[0].record_id: related[0].title}
    found = await world.workspace.data.find_references(*ORDERS, "order_contact", related[0].title.split()[0])
    assert related[0].record_id in dict(found)


async def test_views_are_kept_under_their_names(world: World) -> None:
    data = world.workspace.data
    query = RecordQuery("ada", sort="total", descending=True)
    await data.save_view(*ORDERS, "Large ones", query)
    assert await data.saved_views(*ORDERS) == {"Large ones": query}
    await data.remove_view(*ORDERS, "Large ones")
    assert await data.saved_views(*ORDERS) == {}


async def test_a_search_finds_each_word_wherever_it_stands(world: World) -> None:
    data = world.workspace.data
    await data.read("Agency", "contact")
    contact = (await data.page("Agency", "contact", RecordQuery(), 0, 1))[0]
    words = f"{contact.get('lastName')} {str(contact.get('firstName')).upper()}"
    found = await data.page("Agency", "contact", RecordQuery(search=words), 0, 10)
    assert contact.id in {record.id for record in found}
    assert await data.count("Agency", "contact", RecordQuery(search=f"{words} nobody-of-that-name")) == 0


async def test_a_new_record_never_replaces_one_that_has_its_external_id(world: World) -> None:
    data = world.workspace.data
    made = await data.save("Shop", "orders", None, {"@external_id": "70001", "order-number": "70001"})
    assert isinstance(made, Saved)
    before = world.writes()
    with pytest.raises(InvalidInput, match="already has") as caught:
        await data.save("Shop", "orders", None, {"@external_id": "70001", "order-instructions": "another"})
    assert [problem.place for problem in caught.value.problems] == ["@external_id"]
    assert world.writes() == before
