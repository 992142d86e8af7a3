"""Syncs in one direction, over real HTTP: what arrives, what stays, and what is never written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from desktop.domain.change import RunStatus
from desktop.domain.definition import SideCondition
from desktop.domain.filters import Condition, Operator
from desktop.domain.mapping import ConflictRule, Direction, FieldPair, MatchPair, Side
from desktop.workspace.demo import CONTACTS, ORDERS
from tests.domain.test_sync_file import ORDERS as EXAMPLE_FILE
from tests.sync.world import World

pytestmark = pytest.mark.anyio


def synced_orders(world: World) -> dict[str, dict[str, object]]:
    """HighLevel's orders that the filter lets through."""
    return {
        number: record["properties"]
        for number, record in world.source_orders().items()
        if record["properties"].get("status") != "draft"
    }


async def test_every_order_arrives_with_its_values_and_its_contact(world: World) -> None:
    await world.add()
    result = await world.run()
    wanted, arrived = synced_orders(world), world.activecampaign.orders()
    assert result.status is RunStatus.COMPLETED
    assert result.left.read == 12
    assert result.left.skipped == 12 - len(wanted)
    assert result.right.created == len(wanted)
    assert arrived.keys() == wanted.keys()
    labels = {"received": "Received", "processing": "Processing", "sent": "Shipped"}
    contacts = {contact["id"]: contact for contact in world.activecampaign.contacts().values()}
    for number, properties in wanted.items():
        there = arrived[number]
        assert there["order-number"] == number
        if "status" in properties:
            assert there["order-ship-status"] == labels[str(properties["status"])]
        if "total" in properties:
            assert there["order-total"] == pytest.approx(properties["total"]["value"])  # type: ignore[index]
        assert [contacts[item]["email"] for item in there["relationships"]["primary-contact"]]  # type: ignore[index]


async def test_a_second_run_writes_nothing(world: World) -> None:
    await world.add()
    await world.add(CONTACTS)
    for name in (ORDERS.name, CONTACTS.name):
        await world.run(name)
    before = world.writes(), world.writes("highlevel")
    for name in (ORDERS.name, CONTACTS.name):
        result = await world.run(name)
        assert result.status is RunStatus.COMPLETED
        assert (result.right.created, result.right.updated, result.right.failed) == (0, 0, 0)
    assert (world.writes(), world.writes("highlevel")) == before


async def test_the_documented_sync_file_runs(world: World) -> None:
    document = {**EXAMPLE_FILE, "fields": EXAMPLE_FILE["fields"][:3]}
    await world.workspace.syncs.add_file(json.dumps(document))
    result = await world.run()
    assert result.status is RunStatus.COMPLETED
    assert world.activecampaign.orders().keys() == synced_orders(world).keys()


async def test_contacts_that_are_there_already_are_matched_not_doubled(world: World) -> None:
    before = world.activecampaign.contacts()
    await world.add(CONTACTS)
    result = await world.run(CONTACTS.name)
    after = world.activecampaign.contacts()
    wanted = {contact["email"] for contact in world.highlevel.contacts()["contacts"]}
    assert result.right.created == len(wanted - before.keys())
    assert after.keys() == wanted | before.keys()
    for email, contact in before.items():
        assert after[email]["id"] == contact["id"]


async def test_only_what_changed_is_written_and_other_peoples_edits_stay(world: World) -> None:
    await world.add()
    await world.run()
    number = next(key for key, item in synced_orders(world).items() if item["status"] != "sent")
    before = world.activecampaign.orders()[number]
    world.activecampaign.change_order(number, **{"placed-at": "2026-05-20T14:51:12+02:00"})
    world.change_source(number, status="sent")
    writes = world.writes()
    result = await world.run()
    after = world.activecampaign.orders()[number]
    assert (result.right.created, result.right.updated) == (0, 1)
    assert world.writes() == writes + 1
    assert after["order-ship-status"] == "Shipped"
    assert after["placed-at"] == "2026-05-20T14:51:12+02:00"
    assert {key: after[key] for key in before if key != "order-ship-status"} == {
        key: before[key] for key in before if key != "order-ship-status"
    }


@pytest.mark.parametrize(
    ("rule", "stands"), [(ConflictRule.LEFT, "source"), (ConflictRule.RIGHT, "target"), (ConflictRule.ASK, "target")]
)
async def test_an_edit_of_the_target_is_overwritten_only_by_the_stated_rule(
    world: World, rule: ConflictRule, stands: str
) -> None:
    await world.add(conflict=rule)
    await world.run()
    number = next(iter(synced_orders(world)))
    source = world.activecampaign.orders()[number]["order-receipt-link"]
    world.activecampaign.change_order(number, **{"order-receipt-link": "https://example.com/mine"})
    result = await world.run()
    now = world.activecampaign.orders()[number]["order-receipt-link"]
    assert now == (source if stands == "source" else "https://example.com/mine")
    assert result.right.updated == (1 if stands == "source" else 0)


async def test_a_field_changed_on_both_sides_is_left_alone_and_told_when_the_rule_is_to_ask(world: World) -> None:
    await world.add(conflict=ConflictRule.ASK)
    await world.run()
    number = next(iter(synced_orders(world)))
    world.activecampaign.change_order(number, **{"order-receipt-link": "https://example.com/there"})
    world.change_source(number, receipt_link="https://example.com/here")
    result = await world.run()
    assert result.conflicts == 1
    assert world.activecampaign.orders()[number]["order-receipt-link"] == "https://example.com/there"
    assert await world.workspace.syncs.failures(ORDERS.name) == []
    assert (await world.run()).conflicts == 1
    assert (await world.run()).conflicts == 1


async def test_records_flow_from_right_to_left_as_well(world: World) -> None:
    await world.add()
    await world.run()
    number = next(iter(synced_orders(world)))
    world.activecampaign.change_order(number, **{"order-instructions": "Ring twice"})
    back = replace(
        ORDERS,
        name="Back",
        direction=Direction.RIGHT_TO_LEFT,
        fields=(FieldPair("note", "order-instructions"),),
        filter=(),
        conflict=ConflictRule.RIGHT,
    )
    await world.add(back)
    result = await world.run("Back")
    assert result.status is RunStatus.COMPLETED
    assert result.left.created == 0
    assert world.source_orders()[number]["properties"]["note"] == "Ring twice"


async def test_a_blank_never_erases(world: World) -> None:
    await world.add(fields=(FieldPair("note", "order-instructions"),))
    await world.run()
    number = next(key for key, item in synced_orders(world).items() if item.get("note"))
    note = world.activecampaign.orders()[number]["order-instructions"]
    world.change_source(number, note=None)
    result = await world.run()
    assert result.right.updated == 0
    assert world.activecampaign.orders()[number]["order-instructions"] == note


async def test_a_record_that_leaves_the_filter_stays_as_it_is(world: World) -> None:
    await world.add()
    await world.run()
    number = next(iter(synced_orders(world)))
    before = world.activecampaign.orders()[number]
    world.change_source(number, status="draft", note="not to be sent")
    result = await world.run()
    assert (result.right.updated, result.right.deleted) == (0, 0)
    assert world.activecampaign.orders()[number] == before


async def test_a_changed_mapping_is_applied_to_records_that_did_not_change(world: World) -> None:
    await world.add(fields=(FieldPair("receipt_link", "order-receipt-link"),))
    await world.run()
    await world.workspace.syncs.save(
        replace(ORDERS, fields=(FieldPair("order_number", "order-number"),)), replaces=ORDERS.name
    )
    result = await world.run(confirmed=True)
    assert result.right.updated == len(synced_orders(world))
    assert {key: item["order-number"] for key, item in world.activecampaign.orders().items()} == {
        key: key for key in synced_orders(world)
    }


async def test_only_chosen_records_are_synced(world: World) -> None:
    await world.add()
    chosen = [(number, record["id"]) for number, record in world.source_orders().items()
              if record["properties"]["status"] != "draft"][:2]  # fmt: skip
    result = await world.run(only={Side.LEFT: [record_id for _number, record_id in chosen]})
    assert result.right.created == 2
    assert world.activecampaign.orders().keys() == {number for number, _id in chosen}


async def test_a_preview_writes_nothing_and_lists_what_the_run_then_does(world: World) -> None:
    await world.add()
    before = world.writes(), world.writes("highlevel")
    preview = await world.workspace.syncs.preview(ORDERS.name)
    assert (world.writes(), world.writes("highlevel")) == before
    changes = await world.workspace.activity.changes(preview.run_id)
    planned = {change.title for change in changes if change.object_label == "Online Order"}
    result = await world.run()
    assert preview.right.created == result.right.created == len(planned)
    assert planned == world.activecampaign.orders().keys()
    assert preview.referenced_created == result.referenced_created


async def test_two_records_with_the_same_key_are_told_and_neither_is_guessed(world: World) -> None:
    first, second = list(synced_orders(world))[:2]
    world.change_source(second, order_number=first)
    await world.add()
    result = await world.run()
    assert result.status is RunStatus.COMPLETED_WITH_ERRORS
    assert result.right.failed == 2
    assert first not in world.activecampaign.orders()
    failures = await world.workspace.syncs.failures(ORDERS.name)
    assert {item.problem.code for item in failures} == {"ambiguous"}


async def test_conditions_on_both_sides_are_kept(world: World) -> None:
    await world.add()
    await world.run()
    number, other = list(synced_orders(world))[:2]
    world.activecampaign.change_order(other, **{"order-instructions": "locked"})
    locked = SideCondition(Side.RIGHT, Condition("order-instructions", Operator.IS_NOT, "locked"))
    fields = (FieldPair("receipt_link", "order-receipt-link"),)
    changed = replace(ORDERS, fields=fields, filter=(*ORDERS.filter, locked))
    await world.workspace.syncs.save(changed, replaces=ORDERS.name)
    for key in (number, other):
        world.change_source(key, receipt_link=f"https://example.com/new/{key}")
    await world.run()
    orders = world.activecampaign.orders()
    assert orders[number]["order-receipt-link"] == f"https://example.com/new/{number}"
    assert orders[other]["order-receipt-link"] != f"https://example.com/new/{other}"


async def test_matching_by_two_fields_asks_for_both(world: World) -> None:
    pairs = (MatchPair("email", "email"), MatchPair("firstName", "firstName"))
    await world.add(CONTACTS, match=pairs, fields=(FieldPair("lastName", "lastName"),))
    before = world.activecampaign.contacts()
    result = await world.run(CONTACTS.name)
    assert world.activecampaign.contacts().keys() >= before.keys()
    assert result.right.created + result.right.updated + result.right.unchanged + result.right.failed == 12


async def test_an_order_made_there_arrives_here_with_its_contact(world: World) -> None:
    there = world.activecampaign
    known = next(iter(there.contacts().values()))
    stranger = there.call("POST", "/contacts", {"contact": {"email": "new@example.com", "firstName": "New"}})["contact"]
    path = f"/customObjects/records/{there.orders_schema}"
    for number, contact in (("80001", known), ("80002", stranger)):
        fields = [{"id": "order-number", "value": number}, {"id": "order-ship-status", "value": "Shipped"}]
        record = {"externalId": number, "fields": fields, "relationships": {"primary-contact": [int(contact["id"])]}}
        there.call("POST", path, {"record": record})
    lines = tuple(pair for pair in ORDERS.fields if pair.left in ("order_number", "status", "order_contact"))
    back = replace(ORDERS, name="Back", direction=Direction.RIGHT_TO_LEFT, fields=lines, filter=())
    await world.add(back)
    result = await world.run("Back")
    assert (result.status, result.left.created, result.referenced_created) == (RunStatus.COMPLETED, 2, 1)
    orders = world.source_orders()
    contacts = {item["id"]: item["email"] for item in world.highlevel.contacts()["contacts"]}
    for number, email in (("80001", known["email"]), ("80002", "new@example.com")):
        assert orders[number]["properties"]["status"] == "sent"
        assert [contacts[item["recordId"]] for item in orders[number]["relations"]] == [email]
    again = await world.run("Back")
    assert (again.left.created, again.left.updated, again.left.failed) == (0, 0, 0)


async def test_what_was_changed_last_is_sent_first(world: World) -> None:
    name = await world.add()
    await world.run(name)
    orders = world.source_orders()
    numbers = [number for number in sorted(orders) if orders[number]["properties"].get("status") != "draft"][:4]
    for number in numbers:
        world.control.advance(60)
        world.change_source(number, note=f"Changed {number}")
    result = await world.run(name)
    changes = await world.workspace.activity.raw_changes(result.run_id, 0, 10)
    sent = [str(change.fields["order-instructions"].after) for change in changes]
    assert sent == [f"Changed {number}" for number in reversed(numbers)]
