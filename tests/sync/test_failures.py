"""What goes wrong on the way: one bad record, a refused credential, a platform in trouble, an impatient person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import anyio
import pytest

from desktop.domain.change import Phase, Progress, RunStatus
from desktop.domain.errors import AlreadyRunning, InvalidInput, StorageFull
from desktop.domain.mapping import FieldPair
from desktop.workspace.demo import CONTACTS, ORDERS
from tests.sync.test_one_way import synced_orders
from tests.sync.world import World

pytestmark = pytest.mark.anyio


async def test_one_bad_record_is_one_bad_record(world: World) -> None:
    number = next(iter(synced_orders(world)))
    world.change_source(number, weight=2.45)
    fields = tuple(replace(pair, transform=()) if pair.left == "weight" else pair for pair in ORDERS.fields)
    kept = [pair for pair in fields if pair.left in ("order_number", "weight")]
    for other, properties in synced_orders(world).items():
        if other != number:
            world.change_source(other, weight=round(float(str(properties.get("weight", 1))), 1))
    await world.add(fields=tuple(kept))
    result = await world.run()
    assert result.status is RunStatus.COMPLETED_WITH_ERRORS
    assert result.right.failed == 1
    assert result.right.created == len(synced_orders(world)) - 1
    (failure,) = await world.workspace.syncs.failures(ORDERS.name)
    assert failure.title == number
    assert "keeps 1 decimal" in failure.problem.message
    world.change_source(number, weight=2.4)
    retried = await world.workspace.syncs.retry(ORDERS.name, [failure.source_id])
    assert (retried.status, retried.right.created) == (RunStatus.COMPLETED, 1)
    assert await world.workspace.syncs.failures(ORDERS.name) == []


async def test_a_failed_record_is_tried_again_by_the_next_run_although_it_did_not_change(world: World) -> None:
    await world.add(CONTACTS)
    path = "^/(api/3/)?contacts$|contacts$"
    world.control.fault("500", platform="activecampaign", path=path, probability=1.0)
    first = await world.run(CONTACTS.name)
    assert first.status in (RunStatus.COMPLETED_WITH_ERRORS, RunStatus.FAILED)
    world.control.delete("faults")
    second = await world.run(CONTACTS.name)
    assert second.status is RunStatus.COMPLETED
    wanted = {contact["email"] for contact in world.highlevel.contacts()["contacts"]}
    assert wanted <= world.activecampaign.contacts().keys()


async def test_a_refused_credential_stops_the_run_before_anything_is_written(world: World) -> None:
    await world.add()
    token = world.control.post("tokens", platform="highlevel", scopes=["locations.readonly"])["token"]
    hub = world.workspace.syncs._context.hub
    row = await hub.row("Agency")
    await hub.keep_secret(row, token)
    before = world.writes()
    result = await world.run()
    assert result.status is RunStatus.FAILED
    assert result.error is not None
    assert result.error.code in ("scope_missing", "credential_refused")
    assert "Agency" in result.error.message
    assert result.error.hint
    assert world.writes() == before


@pytest.mark.parametrize("kind", ["500", "503", "429", "reset", "truncate"])
async def test_after_faults_before_and_after_their_effect_nothing_is_there_twice(world: World, kind: str) -> None:
    await world.add()
    for when in ("before", "after"):
        if not (kind == "429" and when == "after"):
            world.control.fault(kind, platform="activecampaign", probability=0.15, when=when)
    await world.run()
    world.control.delete("faults")
    await world.run()
    result = await world.run()
    assert result.status is RunStatus.COMPLETED
    assert world.activecampaign.orders().keys() == synced_orders(world).keys()
    assert world.activecampaign.contacts()


async def test_creates_whose_answers_are_lost_are_looked_up_and_not_sent_again(world: World) -> None:
    await world.add(CONTACTS)
    world.control.fault("reset", platform="activecampaign", path="contacts$", when="after", next=3)
    result = await world.run(CONTACTS.name)
    wanted = {contact["email"] for contact in world.highlevel.contacts()["contacts"]}
    assert wanted <= world.activecampaign.contacts().keys()
    assert result.status is RunStatus.COMPLETED


async def test_two_runs_of_one_sync_never_overlap(world: World) -> None:
    await world.add()
    refused: list[AlreadyRunning] = []

    async def run() -> None:
        try:
            await world.run()
        except AlreadyRunning as error:
            refused.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(run)
    assert len(refused) == 2
    assert "already running" in refused[0].message
    assert world.activecampaign.orders().keys() == synced_orders(world).keys()


async def test_a_cancelled_run_finishes_what_it_started_and_the_next_one_does_the_rest(world: World) -> None:
    await world.add()
    seen: list[Progress] = []

    def watch(progress: Progress) -> None:
        seen.append(progress)
        if progress.phase is Phase.WRITING:
            world.workspace.syncs._current[ORDERS.name.casefold()].cancelled = True

    result = await world.run(watch=watch)
    assert result.status is RunStatus.CANCELLED
    assert result.right.created < len(synced_orders(world))
    assert await world.workspace.syncs.running() == {}
    again = await world.run()
    assert again.status is RunStatus.COMPLETED
    assert world.activecampaign.orders().keys() == synced_orders(world).keys()


async def test_progress_is_true(world: World) -> None:
    await world.add()
    seen: list[Progress] = []
    result = await world.run(watch=seen.append)
    written = [item.done for item in seen if item.phase is Phase.WRITING]
    assert written == sorted(written)
    assert written[-1] == result.right.created + result.referenced_created
    assert {item.phase for item in seen} == {Phase.READING, Phase.COMPARING, Phase.WRITING, Phase.CLOSING}


async def test_a_source_that_suddenly_lists_nothing_stops_the_run_and_asks(world: World) -> None:
    await world.add()
    await world.run()
    for record in world.source_orders().values():
        world.highlevel.call("DELETE", f"/objects/custom_objects.orders/records/{record['id']}")
    await world.workspace.data.read("Agency", "custom_objects.orders", whole=True)
    result = await world.run()
    assert result.status is RunStatus.NEEDS_CONFIRMATION
    assert result.error is not None
    assert "lists nothing" in result.error.message
    assert len(world.activecampaign.orders()) > 0


async def test_a_record_deleted_there_is_told_and_made_again_only_on_retry(world: World) -> None:
    await world.add()
    await world.run()
    number = next(iter(synced_orders(world)))
    world.activecampaign.delete_order(number)
    world.change_source(number, receipt_link="https://example.com/again")
    result = await world.run()
    assert result.right.failed == 1
    (failure,) = await world.workspace.syncs.failures(ORDERS.name)
    assert "deleted" in failure.problem.message
    assert number not in world.activecampaign.orders()
    retried = await world.workspace.syncs.retry(ORDERS.name)
    assert retried.right.created == 1
    assert number in world.activecampaign.orders()


async def test_a_contact_without_address_fails_its_order_with_the_reason(world: World) -> None:
    contact = world.highlevel.contact(firstName="No", lastName="Address", phone="+14155550199")
    order = world.highlevel.order(order_number="90001", status="received")
    association = world.highlevel.call("GET", "/associations/key/order_contact", locationId=world.highlevel.location)
    body = {
        "locationId": world.highlevel.location,
        "associationId": association["id"],
        "firstRecordId": order["id"],
        "secondRecordId": contact["id"],
    }
    world.highlevel.call("POST", "/associations/relations", body)
    await world.add()
    result = await world.run()
    assert result.right.failed == 1
    (failure,) = await world.workspace.syncs.failures(ORDERS.name)
    assert failure.title == "90001"
    assert "No Address" in failure.problem.message


def _places(error: InvalidInput) -> Sequence[str]:
    return [problem.place for problem in error.problems]


async def test_a_mapping_that_can_not_work_is_refused_with_its_place_before_it_is_kept(world: World) -> None:
    wrong = (FieldPair("nowhere", "order-number"), FieldPair("extras", "order-date"), FieldPair("note", "order-date"))
    with pytest.raises(InvalidInput) as caught:
        await world.add(fields=wrong)
    assert {"fields[0].left", "fields[1]"} <= set(_places(caught.value))
    assert await world.workspace.syncs.all() == []


@pytest.mark.parametrize(("side", "place"), [("left", "left.connection"), ("right", "right.object")])
async def test_a_sync_of_something_that_is_not_there_is_refused_with_its_place(
    world: World, side: str, place: str
) -> None:
    missing = replace(ORDERS.left, connection="Nobody") if side == "left" else replace(ORDERS.right, object="nothing")
    with pytest.raises(InvalidInput) as caught:
        await world.add(replace(ORDERS, **{side: missing}))  # type: ignore[arg-type]
    assert _places(caught.value) == [place]


async def test_what_was_carried_over_before_needs_not_be_found_again(world: World) -> None:
    await world.add()
    await world.run()
    number = next(iter(synced_orders(world)))
    order = world.source_orders()[number]
    path = f"/associations/relations/{order['id']}"
    relations = world.highlevel.call("GET", path, locationId=world.highlevel.location, skip="0", limit="10")
    contact_id = relations["relations"][0]["secondRecordId"]
    world.highlevel.call("PUT", f"/contacts/{contact_id}", {"email": None, "lastName": "Nameless"})
    world.change_source(number, receipt_link="https://example.com/later")
    result = await world.run()
    assert (result.status, result.right.updated) == (RunStatus.COMPLETED, 1)


async def test_each_failed_record_is_counted_once(world: World) -> None:
    await world.add(fields=(FieldPair("weight", "weight"),))
    first = await world.run()
    failed = len(await world.workspace.syncs.failures(ORDERS.name))
    assert first.right.failed == failed > 0
    second = await world.run()
    assert second.right.failed == failed


async def test_a_full_disk_is_told_and_once_there_is_room_the_rest_is_done(world: World) -> None:
    await world.add()
    await world.workspace.syncs.preview(ORDERS.name)
    store = world.workspace._store

    def limit(pages: int) -> None:
        store.settings._driver.execute(f"PRAGMA max_page_count = {pages}")

    used = await store.read(lambda: store.settings._driver.execute("PRAGMA page_count").fetchone()[0])
    await store.write(limit, used + 1)

    async def fill() -> None:
        for _ in range(40):
            await world.run()
            world.change_source(next(iter(synced_orders(world))), note="x" * 9000)

    with pytest.raises(StorageFull, match="disk is full"):
        await fill()
    await store.write(limit, 1_000_000)
    result = await world.run()
    assert result.status is RunStatus.COMPLETED
    assert world.activecampaign.orders().keys() == synced_orders(world).keys()
