"""Syncs both ways, over real HTTP: each edit arrives on the other side, and what can't be decided is asked about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from desktop.domain.change import Action, Change, ChangeState, Phase, Progress, RunResult, RunStatus
from desktop.domain.conflict import ConflictKind
from desktop.domain.definition import DeleteRule, SideCondition
from desktop.domain.errors import InvalidInput
from desktop.domain.filters import Condition, Operator
from desktop.domain.mapping import ConflictRule, Direction, FieldPair, MatchPair, Side, Step
from desktop.workspace.demo import CONTACTS, ORDERS
from tests.sync.people import People
from tests.sync.test_one_way import synced_orders
from tests.sync.world import ORDER_PATH, World

pytestmark = pytest.mark.anyio

KEPT = ("order_number", "status", "total", "receipt_link", "order_contact")
BOTH = replace(
    ORDERS,
    name="Orders both ways",
    direction=Direction.TWO_WAY,
    fields=(
        *(pair for pair in ORDERS.fields if pair.left in KEPT),
        FieldPair("note", "order-instructions", transform=(Step("trim"),)),
    ),
    conflict=ConflictRule.ASK,
)
NAME = BOTH.name


async def conflicts(world: World) -> list[Any]:
    row = await world.workspace.syncs._row(NAME)
    store = world.workspace.syncs._store
    return await store.read(store.conflicts.page, row.id)


async def settle(world: World, decision: str) -> None:
    row = await world.workspace.syncs._row(NAME)
    store = world.workspace.syncs._store
    await store.write(store.conflicts.decide, row.id, [item.id for item in await conflicts(world)], decision)


def note_here(world: World, number: str) -> str | None:
    return world.source_orders()[number]["properties"].get("note")


def note_there(world: World, number: str) -> str | None:
    return world.activecampaign.orders()[number].get("order-instructions")


async def test_edits_on_either_side_arrive_on_the_other_and_a_second_run_writes_nothing(world: World) -> None:
    await world.add(BOTH)
    first = await world.run(NAME)
    assert first.status is RunStatus.COMPLETED
    assert first.right.created == len(synced_orders(world))
    assert (first.left.created, first.left.updated) == (0, 0)
    one, two, *_ = synced_orders(world)
    world.change_source(one, note="Ring twice", receipt_link="https://example.com/one")
    world.activecampaign.change_order(two, **{"order-instructions": "Leave it", "order-ship-status": "Shipped"})
    second = await world.run(NAME)
    assert (second.right.updated, second.left.updated, second.conflicts) == (1, 1, 0)
    assert note_there(world, one) == "Ring twice"
    assert note_here(world, two) == "Leave it"
    assert world.source_orders()[two]["properties"]["status"] == "sent"
    before = world.writes(), world.writes("highlevel")
    third = await world.run(NAME)
    assert third.status is RunStatus.COMPLETED
    assert (world.writes(), world.writes("highlevel")) == before


async def test_different_fields_of_one_record_changed_on_both_sides_both_arrive(world: World) -> None:
    await world.add(BOTH)
    await world.run(NAME)
    number = next(iter(synced_orders(world)))
    world.change_source(number, note="From here")
    world.activecampaign.change_order(number, **{"order-receipt-link": "https://example.com/there"})
    result = await world.run(NAME)
    assert (result.right.updated, result.left.updated, result.conflicts) == (1, 1, 0)
    assert note_there(world, number) == "From here"
    assert world.source_orders()[number]["properties"]["receipt_link"] == "https://example.com/there"
    again = await world.run(NAME)
    assert (again.right.updated, again.left.updated) == (0, 0)


async def test_new_records_of_both_sides_are_made_on_the_other_and_not_doubled(world: World) -> None:
    await world.add(BOTH)
    await world.run(NAME)
    contact = world.highlevel.contacts()["contacts"][0]
    made = world.highlevel.order(order_number="NEW-HERE", note="here")
    there = world.activecampaign
    body = {"externalId": "NEW-THERE", "fields": [{"id": "order-number", "value": "NEW-THERE"}], "relationships": {}}
    contacts = there.contacts()
    body["relationships"] = {"primary-contact": [contacts[contact["email"]]["id"]]}
    there.call("POST", f"/customObjects/records/{there.orders_schema}", {"record": body})
    result = await world.run(NAME)
    assert made["id"]
    assert result.left.created == 1
    assert {"NEW-HERE", "NEW-THERE"} <= world.source_orders().keys()
    again = await world.run(NAME)
    assert (again.left.created, again.right.created) == (0, 0)
    assert len(world.source_orders()) == 14


@pytest.mark.parametrize(
    ("rule", "here", "there"), [(ConflictRule.LEFT, "Mine", "Mine"), (ConflictRule.RIGHT, "Theirs", "Theirs")]
)
async def test_a_rule_settles_what_both_sides_changed(world: World, rule: ConflictRule, here: str, there: str) -> None:
    await world.add(BOTH, conflict=rule)
    await world.run(NAME)
    number = next(iter(synced_orders(world)))
    world.change_source(number, note="Mine")
    world.activecampaign.change_order(number, **{"order-instructions": "Theirs"})
    result = await world.run(NAME)
    assert result.conflicts == 0
    assert (note_here(world, number), note_there(world, number)) == (here, there)


@pytest.mark.parametrize(("decision", "expected"), [("left", "Mine"), ("right", "Theirs"), ("both", "Mine\nTheirs")])
async def test_what_is_asked_about_waits_and_blocks_nothing_and_is_applied_once_decided(
    world: World, decision: str, expected: str
) -> None:
    await world.add(BOTH)
    await world.run(NAME)
    number, other, *_ = synced_orders(world)
    world.change_source(number, note="Mine", receipt_link="https://example.com/here")
    world.activecampaign.change_order(number, **{"order-instructions": "Theirs"})
    world.change_source(other, note="Undisputed")
    result = await world.run(NAME)
    assert (result.status, result.conflicts) == (RunStatus.COMPLETED, 1)
    assert (note_here(world, number), note_there(world, number)) == ("Mine", "Theirs")
    assert note_there(world, other) == "Undisputed"
    assert world.activecampaign.orders()[number]["order-receipt-link"] == "https://example.com/here"
    (asked,) = await conflicts(world)
    assert (asked.kind, asked.title, asked.left_value, asked.right_value) == (
        ConflictKind.FIELD,
        number,
        "Mine",
        "Theirs",
    )
    assert asked.left_at is not None
    await settle(world, decision)
    applied = await world.workspace.syncs.apply_settled(NAME)
    assert (applied.status, applied.conflicts) == (RunStatus.COMPLETED, 0)
    assert (note_here(world, number), note_there(world, number)) == (expected, expected)
    assert await conflicts(world) == []
    again = await world.run(NAME)
    assert (again.left.updated, again.right.updated, again.conflicts) == (0, 0, 0)


async def edited_between_plan_and_write(world: World, rule: ConflictRule, **also: str) -> tuple[str, RunResult]:
    """The number of an order whose note says "Mine" here and, since the run was about to write, "Theirs" there."""
    await world.add(BOTH, conflict=rule)
    await world.run(NAME)
    number = next(iter(synced_orders(world)))
    world.change_source(number, note="Mine", **also)
    edits = iter(["Theirs"])

    def watch(progress: Progress) -> None:
        if progress.phase is Phase.WRITING:
            for edit in edits:
                world.activecampaign.change_order(number, **{"order-instructions": edit})

    return number, await world.run(NAME, watch=watch)


async def journal(world: World, run_id: str, state: ChangeState) -> list[Change]:
    return [item for item in await world.workspace.activity.raw_changes(run_id, 0, 100) if item.state is state]


async def test_an_edit_between_plan_and_write_is_asked_about_by_the_same_run(world: World) -> None:
    number, result = await edited_between_plan_and_write(
        world, ConflictRule.ASK, receipt_link="https://example.com/here"
    )
    assert (result.status, result.conflicts, result.right.updated) == (RunStatus.COMPLETED, 1, 1)
    assert (note_here(world, number), note_there(world, number)) == ("Mine", "Theirs")
    assert world.activecampaign.orders()[number]["order-receipt-link"] == "https://example.com/here"
    assert len(await conflicts(world)) == 1
    (done,) = await journal(world, result.run_id, ChangeState.DONE)
    assert done.fields.keys() == {"order-receipt-link"}


async def test_an_edit_between_plan_and_write_that_is_overwritten_by_the_rule_comes_back_with_undo(
    world: World,
) -> None:
    number, result = await edited_between_plan_and_write(world, ConflictRule.LEFT)
    assert (result.status, result.right.updated, result.right.failed) == (RunStatus.COMPLETED, 1, 0)
    assert note_there(world, number) == "Mine"
    (done,) = await journal(world, result.run_id, ChangeState.DONE)
    assert [item.before for item in done.fields.values()] == ["Theirs"]
    (skipped,) = await journal(world, result.run_id, ChangeState.SKIPPED)
    assert skipped.problem is not None
    assert skipped.problem.code == "changed_meanwhile"
    await world.workspace.syncs.undo(NAME)
    assert note_there(world, number) == "Theirs"


async def test_an_edit_between_plan_and_write_that_wins_goes_the_other_way_with_the_same_run(world: World) -> None:
    number, result = await edited_between_plan_and_write(world, ConflictRule.RIGHT)
    assert (result.status, result.left.updated, result.right.updated) == (RunStatus.COMPLETED, 1, 0)
    assert (note_here(world, number), note_there(world, number)) == ("Theirs", "Theirs")


async def test_a_decision_holds_only_for_the_values_that_the_person_saw(world: World) -> None:
    await world.add(BOTH)
    await world.run(NAME)
    number = next(iter(synced_orders(world)))
    world.change_source(number, note="Mine")
    world.activecampaign.change_order(number, **{"order-instructions": "Theirs"})
    await world.run(NAME)
    await settle(world, "left")
    world.activecampaign.change_order(number, **{"order-instructions": "Theirs, corrected"})
    result = await world.workspace.syncs.apply_settled(NAME)
    assert result.conflicts == 1
    assert note_there(world, number) == "Theirs, corrected"
    (asked,) = await conflicts(world)
    assert asked.right_value == "Theirs, corrected"


async def test_a_deletion_is_kept_to_one_side_unless_the_sync_says_otherwise(world: World) -> None:
    await world.add(BOTH)
    await world.run(NAME)
    number, *_ = synced_orders(world)
    world.highlevel.call("DELETE", f"{ORDER_PATH}/{world.source_orders()[number]['id']}")
    await world.workspace.data.read("Agency", "custom_objects.orders", whole=True)
    result = await world.run(NAME)
    assert result.right.deleted == 0
    assert number in world.activecampaign.orders()


async def test_a_deletion_follows_on_the_other_side_and_over_the_limit_the_run_asks(world: World) -> None:
    await world.add(BOTH, delete=DeleteRule.PROPAGATE)
    await world.run(NAME)
    one, two, three, *_ = synced_orders(world)
    world.highlevel.call("DELETE", f"{ORDER_PATH}/{world.source_orders()[one]['id']}")
    result = await world.run(NAME)
    assert (result.status, result.right.deleted, result.left.deleted) == (RunStatus.COMPLETED, 1, 0)
    assert one not in world.activecampaign.orders()
    again = await world.run(NAME)
    assert (again.right.deleted, again.left.created, again.right.created) == (0, 0, 0)
    world.activecampaign.delete_order(two)
    world.activecampaign.delete_order(three)
    stopped = await world.run(NAME)
    assert stopped.status is RunStatus.NEEDS_CONFIRMATION
    assert stopped.error is not None
    assert two in stopped.error.message
    assert "10 %" in stopped.error.message
    assert {two, three} <= world.source_orders().keys()
    confirmed = await world.run(NAME, confirmed=True)
    assert confirmed.left.deleted == 2
    assert not {two, three} & world.source_orders().keys()


@pytest.mark.parametrize("decision", ["left", "right"])
async def test_a_record_deleted_here_and_edited_there_is_asked_about(world: World, decision: str) -> None:
    await world.add(BOTH, delete=DeleteRule.PROPAGATE)
    await world.run(NAME)
    number, *_ = synced_orders(world)
    world.highlevel.call("DELETE", f"{ORDER_PATH}/{world.source_orders()[number]['id']}")
    world.activecampaign.change_order(number, **{"order-instructions": "Still wanted"})
    result = await world.run(NAME)
    assert (result.right.deleted, result.conflicts) == (0, 1)
    (asked,) = await conflicts(world)
    assert (asked.kind, asked.side, asked.title) == (ConflictKind.DELETED, Side.LEFT, number)
    assert (await world.run(NAME)).conflicts == 1
    await settle(world, decision)
    applied = await world.workspace.syncs.apply_settled(NAME)
    assert (applied.status, applied.conflicts) == (RunStatus.COMPLETED, 0), applied.error
    if decision == "left":
        assert number not in world.activecampaign.orders()
    else:
        assert note_here(world, number) == "Still wanted"
    assert await conflicts(world) == []
    again = await world.run(NAME)
    assert (again.conflicts, again.left.created, again.right.deleted) == (0, 0, 0)


async def test_two_possible_counterparts_are_asked_about_and_the_chosen_one_is_linked(world: World) -> None:
    first, second, *_ = synced_orders(world)
    two_fields = (FieldPair("note", "order-instructions"), FieldPair("receipt_link", "order-receipt-link"))
    await world.add(ORDERS, filter=())
    await world.run()
    for number in (first, second):
        world.activecampaign.change_order(number, **{"order-instructions": "same note"})
    world.change_source(first, note="same note")
    await world.add(BOTH, match=(MatchPair("note", "order-instructions"),), fields=two_fields)
    await world.run(NAME)
    asked = [item for item in await conflicts(world) if item.kind is ConflictKind.MATCH]
    seeker = next(item for item in asked if item.title == first)
    assert len(seeker.candidates) == 2
    chosen = next(key for key, title in seeker.candidates.items() if title == first)
    row = await world.workspace.syncs._row(NAME)
    store = world.workspace.syncs._store
    await store.write(store.conflicts.decide, row.id, [seeker.id], chosen)
    await world.workspace.syncs.apply_settled(NAME)
    links = await store.read(store.links.by_ids, row.id, Side.LEFT, [seeker.left_id])
    assert links[seeker.left_id].right_id == chosen


async def test_contacts_that_are_on_both_sides_are_matched_by_their_first_run_not_doubled(world: World) -> None:
    await world.add(CONTACTS, direction=Direction.TWO_WAY, conflict=ConflictRule.LEFT)
    there_before = world.activecampaign.contacts()
    here_before = {item["email"] for item in world.highlevel.contacts()["contacts"]}
    result = await world.run(CONTACTS.name)
    assert result.status is RunStatus.COMPLETED
    assert result.left.created == len(there_before.keys() - here_before)
    assert result.right.created == len(here_before - there_before.keys())
    assert world.activecampaign.contacts().keys() == here_before | there_before.keys()
    again = await world.run(CONTACTS.name)
    assert (again.left.created, again.right.created, again.left.updated, again.right.updated) == (0, 0, 0, 0)


async def test_conditions_keep_records_of_either_side_out(world: World) -> None:
    condition = Condition("order-ship-status", Operator.IS_NOT, "Received")
    await world.add(BOTH)
    await world.run(NAME)
    number = next(key for key, item in world.activecampaign.orders().items() if item["order-ship-status"] == "Received")
    await world.workspace.syncs.save(replace(BOTH, filter=(SideCondition(Side.RIGHT, condition),)), NAME)
    world.change_source(number, note="Not carried")
    await world.run(NAME)
    assert note_there(world, number) != "Not carried"


async def test_a_line_that_cannot_come_back_is_refused_until_it_goes_one_way(world: World) -> None:
    line = FieldPair("note", "order-instructions", transform=(Step("upper"),))
    with pytest.raises(InvalidInput, match="one way only"):
        await world.add(BOTH, fields=(line,))
    await world.add(BOTH, fields=(replace(line, one_way=Direction.LEFT_TO_RIGHT),))
    await world.run(NAME)
    number = next(iter(synced_orders(world)))
    world.change_source(number, note="ring")
    world.activecampaign.change_order(next(reversed(synced_orders(world))), **{"order-instructions": "mine"})
    result = await world.run(NAME)
    assert note_there(world, number) == "RING"
    assert result.left.updated == 0


async def test_a_record_deleted_and_made_again_takes_the_place_of_the_one_that_is_gone(world: World) -> None:
    await world.add(CONTACTS, direction=Direction.TWO_WAY, conflict=ConflictRule.LEFT)
    await world.run(CONTACTS.name)
    there = world.activecampaign
    email, old = next(iter(there.contacts().items()))
    there.call("DELETE", f"/contacts/{old['id']}")
    there.call("POST", "/contacts", {"contact": {"email": email, "firstName": "Anew", "lastName": "Made"}})
    result = await world.run(CONTACTS.name)
    assert (result.status, result.left.failed, result.right.failed) == (RunStatus.COMPLETED, 0, 0)
    assert (result.left.created, result.right.created) == (0, 0)
    here = {item["email"]: item for item in world.highlevel.contacts()["contacts"]}
    assert here[email]["firstName"] == there.contacts()[email]["firstName"] != "Anew"
    again = await world.run(CONTACTS.name)
    assert (again.left.updated, again.right.updated) == (0, 0)


async def test_a_deletion_and_its_surviving_counterpart_chosen_together_are_one_change(world: World) -> None:
    both = replace(CONTACTS, direction=Direction.TWO_WAY, delete=DeleteRule.PROPAGATE, delete_limit_percent=100)
    await world.workspace.syncs.save(both)
    await world.run(both.name)
    people = People(world.server)
    email = min(people.on(Side.LEFT).keys() & people.on(Side.RIGHT).keys())
    ids = {side: [people.on(side)[email]["id"]] for side in Side}
    people.delete(Side.LEFT, email)
    result = await world.run(both.name, only=ids, trigger="webhook")
    assert (result.right.deleted, result.left.created) == (1, 0)
    changes = await world.workspace.activity.raw_changes(result.run_id, 0, 10)
    assert [change.action for change in changes] == [Action.DELETE]
    assert email not in people.on(Side.RIGHT)
    people.close()
