"""Taking a run back, and letting one rest, over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import anyio
import pytest

from desktop.domain.change import Action, Change, ChangeState, Phase, Progress, RunResult, RunStatus
from desktop.domain.definition import DeleteRule, SyncDefinition
from desktop.domain.errors import NotFound
from desktop.domain.mapping import ConflictRule, Direction
from desktop.domain.values import Json
from desktop.workspace.demo import CONTACTS, ORDERS
from tests.sync.test_one_way import synced_orders
from tests.sync.test_two_way import BOTH, NAME, note_here, note_there
from tests.sync.world import ORDER_PATH, World
from tests.ui.finding import until

pytestmark = pytest.mark.anyio


async def test_an_undone_run_gives_former_values_back_and_no_later_run_writes_them_again(world: World) -> None:
    await world.add(BOTH)
    await world.run(NAME)
    one, two, *_ = synced_orders(world)
    before = note_there(world, one), note_here(world, two)
    world.change_source(one, note="Ring twice")
    world.activecampaign.change_order(two, **{"order-instructions": "Leave it"})
    await world.run(NAME)
    assert "2 changed records" in await world.workspace.syncs.undo_outlook(NAME)
    undone = await world.workspace.syncs.undo(NAME)
    assert (undone.status, undone.left.updated, undone.right.updated) == (RunStatus.COMPLETED, 1, 1)
    assert note_there(world, one) == before[0]
    assert (note_here(world, two) or "") == (before[1] or "")
    assert (note_here(world, one), note_there(world, two)) == ("Ring twice", "Leave it")
    again = await world.run(NAME)
    assert (again.left.updated, again.right.updated, again.conflicts) == (0, 0, 0)
    assert note_there(world, one) == before[0]


async def test_what_somebody_changed_since_the_run_stays_and_is_listed(world: World) -> None:
    await world.add(BOTH)
    await world.run(NAME)
    number = next(iter(synced_orders(world)))
    link = world.activecampaign.orders()[number]["order-receipt-link"]
    world.change_source(number, note="Ring twice", receipt_link="https://example.com/new")
    await world.run(NAME)
    world.activecampaign.change_order(number, **{"order-instructions": "Ring three times"})
    undone = await world.workspace.syncs.undo(NAME)
    assert (undone.right.updated, undone.right.skipped) == (1, 1)
    assert note_there(world, number) == "Ring three times"
    assert world.activecampaign.orders()[number]["order-receipt-link"] == link
    changes = await world.workspace.activity.changes(undone.run_id, state="skipped")
    (left,) = changes
    assert left.title == number
    assert left.problem is not None
    assert "changed since the run" in left.problem.message


async def every_note_changed(world: World) -> tuple[dict[str, str | None], RunResult]:
    """The notes of all orders there before a run that wrote "Ring twice" over each, and that run."""
    await world.add(BOTH)
    await world.run(NAME)
    before = {number: note_there(world, number) for number in synced_orders(world)}
    for number in before:
        world.change_source(number, note="Ring twice")
    return before, await world.run(NAME)


async def test_what_somebody_changes_while_the_undo_runs_stays_too(world: World) -> None:
    before, run = await every_note_changed(world)
    first = min(await world.workspace.activity.raw_changes(run.run_id, 0, 100), key=lambda item: item.id)
    world.control.configure(platform="activecampaign", latency_seconds=0.1)

    writes = world.writes()

    async def edit_the_last_one() -> None:
        await until(lambda: world.writes() > writes)
        world.activecampaign.change_order(first.title, **{"order-instructions": "Ring three times"})

    async with anyio.create_task_group() as group:
        group.start_soon(edit_the_last_one)
        await world.workspace.syncs.undo(NAME)
    assert note_there(world, first.title) == "Ring three times"
    assert all(note_there(world, number) == before[number] for number in before if number != first.title)


async def test_records_that_a_run_made_are_deleted_again_unless_somebody_worked_on_them(world: World) -> None:
    await world.add(ORDERS)
    contacts_before = world.activecampaign.contacts().keys()
    await world.run()
    kept = next(iter(synced_orders(world)))
    world.activecampaign.change_order(kept, **{"order-instructions": "I work on this"})
    undone = await world.workspace.syncs.undo(ORDERS.name)
    assert undone.status is RunStatus.COMPLETED
    assert world.activecampaign.orders().keys() == {kept}
    assert contacts_before <= world.activecampaign.contacts().keys()
    again = await world.run()
    assert again.right.created == 0


async def test_records_that_a_run_deleted_are_made_again_with_their_values(world: World) -> None:
    await world.add(BOTH, delete=DeleteRule.PROPAGATE)
    await world.run(NAME)
    number = next(iter(synced_orders(world)))
    before = world.activecampaign.orders()[number]
    world.highlevel.call("DELETE", f"{ORDER_PATH}/{world.source_orders()[number]['id']}")
    assert (await world.run(NAME)).right.deleted == 1
    undone = await world.workspace.syncs.undo(NAME)
    assert undone.right.created == 1
    after = world.activecampaign.orders()[number]
    assert {key: item for key, item in after.items() if key != "id"} == {
        key: item for key, item in before.items() if key != "id"
    }


async def test_a_deleted_record_whose_making_again_is_not_answered_is_not_made_twice(world: World) -> None:
    await world.add(replace(CONTACTS, direction=Direction.TWO_WAY, delete=DeleteRule.PROPAGATE))
    await world.run(CONTACTS.name)
    email = sorted(world.activecampaign.contacts())[0]
    world.activecampaign.call("DELETE", f"/contacts/{world.activecampaign.contacts()[email]['id']}")
    assert (await world.run(CONTACTS.name)).left.deleted == 1
    world.control.fault("reset", path="/contacts/$", when="after", next=1)
    undone = await world.workspace.syncs.undo(CONTACTS.name)
    assert (undone.status, undone.left.created, undone.left.failed) == (RunStatus.COMPLETED, 1, 0)
    assert [item["email"] for item in world.highlevel.contacts()["contacts"]].count(email) == 1


async def test_a_record_that_somebody_else_deleted_is_not_made_again_by_undoing(world: World) -> None:
    await world.add(BOTH, delete=DeleteRule.PROPAGATE, delete_limit_percent=100)
    await world.run(NAME)
    number, other, *_ = synced_orders(world)
    for deleted in (number, other):
        world.highlevel.call("DELETE", f"{ORDER_PATH}/{world.source_orders()[deleted]['id']}")
    deletes = iter([number])

    def delete_there(progress: Progress) -> None:
        if progress.phase is Phase.WRITING:
            for item in deletes:
                world.activecampaign.delete_order(item)

    result = await world.run(NAME, watch=delete_there)
    assert (result.status, result.right.deleted, result.right.failed) == (RunStatus.COMPLETED, 1, 0)
    await world.workspace.syncs.undo(NAME)
    there = world.activecampaign.orders().keys()
    assert (number in there, other in there) == (False, True)


async def created(world: World, run_id: str) -> list[Change]:
    changes = await world.workspace.activity.raw_changes(run_id, 0, 1000)
    return [item for item in changes if item.action is Action.CREATE and item.state is ChangeState.DONE]


@pytest.mark.parametrize("definition", [CONTACTS, ORDERS], ids=["synced", "referenced"])
async def test_contacts_made_there_while_the_sync_ran_are_matched_and_no_undo_deletes_them(
    world: World, definition: SyncDefinition
) -> None:
    await world.add(definition)
    already = world.activecampaign.contacts()
    contacts = [item for item in world.highlevel.contacts()["contacts"] if item["email"]]
    makes = iter([item for item in contacts if item["email"] not in already])

    def make_there(progress: Progress) -> None:
        if progress.phase is Phase.WRITING:
            for item in makes:
                own = {key: item.get(key) or "" for key in ("email", "firstName", "lastName", "phone")}
                world.activecampaign.call("POST", "/contacts", {"contact": own})

    result = await world.run(definition.name, watch=make_there)
    assert (result.status, result.referenced_created) == (RunStatus.COMPLETED, 0)
    assert result.right.created == (len(synced_orders(world)) if definition is ORDERS else 0)
    there = world.activecampaign.contacts()
    assert len(there) > len(already)
    if definition is ORDERS:
        await world.workspace.syncs.undo(definition.name)
    made = [item for item in await created(world, result.run_id) if item.object or definition is CONTACTS]
    assert made == []
    assert world.activecampaign.contacts() == there


async def test_an_undo_can_be_undone(world: World) -> None:
    await world.add(replace(CONTACTS, direction=Direction.LEFT_TO_RIGHT, conflict=ConflictRule.LEFT))
    await world.run(CONTACTS.name)
    contact = next(item for item in world.highlevel.contacts()["contacts"] if item["email"])
    world.highlevel.call("PUT", f"/contacts/{contact['id']}", {"firstName": "Renamed"})
    await world.run(CONTACTS.name)
    await world.workspace.syncs.undo(CONTACTS.name)
    assert world.activecampaign.contacts()[contact["email"]]["firstName"] != "Renamed"
    await world.workspace.syncs.undo(CONTACTS.name)
    assert world.activecampaign.contacts()[contact["email"]]["firstName"] == "Renamed"


async def test_an_undo_that_is_cancelled_can_be_gone_on_with(world: World) -> None:
    before, _ = await every_note_changed(world)
    assert "broken off" not in await world.workspace.syncs.undo_outlook(NAME)
    world.control.configure(platform="activecampaign", latency_seconds=0.1)
    writes = world.writes()

    async def cancel() -> None:
        await until(lambda: world.writes() > writes)
        await world.workspace.syncs.cancel(NAME)

    results: list[RunResult] = []

    async def undo() -> None:
        results.append(await world.workspace.syncs.undo(NAME))

    async with anyio.create_task_group() as group:
        group.start_soon(cancel)
        group.start_soon(undo)
    world.control.configure(platform="activecampaign", latency_seconds=0)
    assert [result.status for result in results] == [RunStatus.CANCELLED]
    assert 0 < results[0].right.updated < len(before)
    assert "goes on" in await world.workspace.syncs.undo_outlook(NAME)
    rest = await world.workspace.syncs.undo(NAME)
    assert (rest.status, rest.right.skipped) == (RunStatus.COMPLETED, 0)
    assert rest.right.updated == len(before) - results[0].right.updated
    assert {number: note_there(world, number) for number in before} == before
    again = await world.run(NAME)
    assert (again.left.updated, again.right.updated, again.conflicts) == (0, 0, 0)


async def test_a_deleted_record_that_somebody_made_again_is_not_made_twice_by_undoing(world: World) -> None:
    definition = replace(
        CONTACTS, direction=Direction.LEFT_TO_RIGHT, conflict=ConflictRule.LEFT, delete=DeleteRule.PROPAGATE
    )
    await world.add(replace(definition, delete_limit_percent=100))
    await world.run(CONTACTS.name)
    contact = next(item for item in world.highlevel.contacts()["contacts"] if item["email"])
    world.highlevel.call("DELETE", f"/contacts/{contact['id']}")
    result = await world.run(CONTACTS.name)
    assert result.right.deleted == 1
    world.activecampaign.call("POST", "/contacts", {"contact": {"email": contact["email"], "firstName": "By hand"}})
    undone = await world.workspace.syncs.undo(CONTACTS.name)
    assert (undone.status, undone.right.created, undone.right.skipped) == (RunStatus.COMPLETED, 0, 1)
    assert world.activecampaign.contacts()[contact["email"]]["firstName"] == "By hand"


async def test_a_run_further_back_is_undone_where_no_later_one_wrote(world: World) -> None:
    await world.add(BOTH)
    await world.run(NAME)
    one, two, *_ = synced_orders(world)
    before = note_there(world, one)
    world.change_source(one, note="Ring twice")
    world.change_source(two, note="Leave it")
    first = await world.run(NAME)
    world.change_source(two, note="Leave it outside")
    await world.run(NAME)
    assert "2 changed records" in await world.workspace.syncs.undo_outlook(NAME, first.run_id)
    undone = await world.workspace.syncs.undo(NAME, first.run_id)
    assert (undone.right.updated, undone.right.skipped) == (1, 1)
    assert (note_there(world, one), note_there(world, two)) == (before, "Leave it outside")
    again = await world.run(NAME)
    assert (again.left.updated, again.right.updated, again.conflicts) == (0, 0, 0)


async def test_an_undo_of_an_earlier_run_that_broke_off_is_gone_on_with_and_no_other_run_is_undone(
    world: World,
) -> None:
    await world.add(BOTH)
    await world.run(NAME)
    one, two, *_ = synced_orders(world)
    before = note_there(world, one)
    world.change_source(one, note="Ring twice")
    first = await world.run(NAME)
    world.change_source(two, note="Leave it")
    await world.run(NAME)
    world.control.fault("500", platform="activecampaign", next=50)
    broken_off = await world.workspace.syncs.undo(NAME, first.run_id)
    assert broken_off.right.updated == 0
    assert broken_off.status is not RunStatus.COMPLETED
    world.control.delete("faults")
    # As after a crash: the undo is not known to have ended.
    store = world.workspace.syncs._store
    document = cast("Json", broken_off.as_json())
    await store.write(store.runs.update_result, broken_off.run_id, RunStatus.RUNNING, document)
    await world.workspace.syncs.close_interrupted()
    assert "goes on" in await world.workspace.syncs.undo_outlook(NAME)
    rest = await world.workspace.syncs.undo(NAME)
    assert rest.as_json()["undoes"] == first.run_id
    assert (note_there(world, one), note_there(world, two)) == (before, "Leave it")


async def test_a_run_that_is_not_this_syncs_is_not_undone(world: World) -> None:
    await world.add(BOTH)
    await world.add(ORDERS)
    result = await world.run(NAME)
    with pytest.raises(NotFound, match="wrote nothing"):
        await world.workspace.syncs.undo(ORDERS.name, result.run_id)
    with pytest.raises(NotFound, match="not in the history"):
        await world.workspace.syncs.undo(NAME, "no-such-run")


async def test_there_is_nothing_to_undo_before_a_run_wrote(world: World) -> None:
    await world.add()
    with pytest.raises(NotFound, match="wrote anything"):
        await world.workspace.syncs.undo_outlook(ORDERS.name)
    assert not (await world.workspace.syncs.get(ORDERS.name)).can_undo


async def test_a_paused_run_waits_and_goes_on(world: World) -> None:
    await world.add()
    paused = anyio.Event()

    def watch(progress: Progress) -> None:
        if progress.paused:
            paused.set()

    async with anyio.create_task_group() as group:
        await world.workspace.syncs.pause(ORDERS.name)
        # A sync that rests can still be run by hand: only a run under way is held.
        group.start_soon(_run_and_pause, world, watch)
        with anyio.fail_after(20):
            await paused.wait()
        assert len(world.activecampaign.orders()) < len(synced_orders(world))
        assert (await world.workspace.syncs.get(ORDERS.name)).paused
        await world.workspace.syncs.resume(ORDERS.name)
    assert world.activecampaign.orders().keys() == synced_orders(world).keys()


async def _run_and_pause(world: World, watch: object) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: world.run(watch=watch))
        while not world.workspace.syncs.is_running(ORDERS.name):
            await anyio.lowlevel.checkpoint()
        await world.workspace.syncs.pause(ORDERS.name)
