"""Connecting and replacing credentials by signing in, as a face does it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import anyio
import pytest

from desktop.domain.errors import CredentialRefused, InvalidInput, NotFound, NotSupported, WorkspaceBusy
from desktop.workspace.connection_views import AskView, ConnectionView, SignInView, VisitView
from desktop.workspace.filelock import hold_file
from tests.connectors.test_highlevel_oauth import APP, browse
from tests.sync.world import World

pytestmark = pytest.mark.anyio

DAY = 86_400


def address(world: World) -> str:
    return world.server.ready["platforms"]["highlevel"]["base_url"]


async def visited(world: World, begun: SignInView, **more: str) -> SignInView:
    """Answer the first step and do as a browser does with the page that it leads to."""
    assert isinstance(begun.step, AskView)
    there = await world.workspace.connections.go_on_signing_in(begun.id, {**APP, **more})
    assert isinstance(there.step, VisitView)
    await browse(there.step.url)
    return there


async def test_an_account_is_connected_by_signing_in(world: World) -> None:
    connections = world.workspace.connections
    begun = await visited(world, await connections.sign_in("highlevel", " Signed in ", address(world)))
    ended = await connections.go_on_signing_in(begun.id, {})
    assert isinstance(ended.step, ConnectionView)
    assert (ended.step.name, ended.step.account) == ("Signed in", world.highlevel.location)
    assert ended.step.identity is not None
    assert ended.step.identity.name == "Blue Heron Shop"
    assert "secret" not in repr(begun)
    found = await world.workspace.data.refresh_objects("Signed in")
    assert "contact" in {item.key for item in found}
    with pytest.raises(NotFound):
        await connections.go_on_signing_in(begun.id, {})


async def test_the_entries_are_looked_at_before_anybody_signs_in(world: World) -> None:
    with pytest.raises(InvalidInput) as caught:
        await world.workspace.connections.sign_in("highlevel", "Agency", " ")
    assert {problem.place for problem in caught.value.problems} == {"name", "base_url"}
    with pytest.raises(NotSupported):
        await world.workspace.connections.sign_in("activecampaign", "Other", "https://other.api-us1.com")


async def test_a_name_that_was_taken_meanwhile_is_asked_for_again_without_signing_in_anew(world: World) -> None:
    connections = world.workspace.connections
    begun = await visited(world, await connections.sign_in("highlevel", "Twin", address(world)))
    await connections.rename("Shop", "Twin")
    for _ in range(2):
        with pytest.raises(InvalidInput) as caught:
            await connections.go_on_signing_in(begun.id, {})
        assert [problem.place for problem in caught.value.problems] == ["name"]
    ended = await connections.go_on_signing_in(begun.id, {}, name="Other twin")
    assert isinstance(ended.step, ConnectionView)
    assert ended.step.name == "Other twin"


async def test_a_refusal_is_answered_again(world: World) -> None:
    connections = world.workspace.connections
    begun = await connections.sign_in("highlevel", "Signed in", address(world))
    with pytest.raises(InvalidInput) as caught:
        await connections.go_on_signing_in(begun.id, {"client_id": "x"})
    assert [problem.place for problem in caught.value.problems] == ["client_secret"]
    there = await connections.go_on_signing_in(begun.id, APP)
    assert isinstance(there.step, VisitView)
    await browse(there.step.url, code="wrong")
    with pytest.raises(CredentialRefused):
        await connections.go_on_signing_in(begun.id, {})
    assert len(await connections.all()) == 2
    await connections.end_sign_in(begun.id)
    with pytest.raises(NotFound):
        await connections.go_on_signing_in(begun.id, {})


async def test_credentials_are_replaced_by_signing_in_to_the_same_account(world: World) -> None:
    connections = world.workspace.connections
    begun = await visited(world, await connections.sign_in_again("Agency"))
    ended = await connections.go_on_signing_in(begun.id, {})
    assert isinstance(ended.step, ConnectionView)
    assert ended.step.name == "Agency"
    world.control.advance(DAY)
    assert (await connections.test("Agency")).problem is None
    assert world.control.stats("highlevel")["by_route"]["POST /oauth/token"] == 2


async def test_another_account_does_not_take_a_connections_place(world: World) -> None:
    connections = world.workspace.connections
    begun = await visited(world, await connections.sign_in_again("Agency"), installed="agency")
    asked = await connections.go_on_signing_in(begun.id, {})
    assert isinstance(asked.step, AskView)
    (question,) = asked.step.questions
    other = next(key for key in question.choices if key != world.highlevel.location)
    with pytest.raises(InvalidInput, match="another account"):
        await connections.go_on_signing_in(begun.id, {"location": other})
    assert (await connections.test("Agency")).problem is None


async def test_what_is_renewed_is_kept_and_counts_as_new(world: World) -> None:
    connections = world.workspace.connections
    begun = await visited(world, await connections.sign_in("highlevel", "Signed in", address(world)))
    await connections.go_on_signing_in(begun.id, {})
    old = "2026-01-01T00:00:00+00:00"
    await world.workspace.settings.put("credentials_since", {"Signed in": old})
    assert (await connections.get("Signed in")).credentials_since.isoformat() == old
    world.control.advance(DAY)
    assert (await connections.test("Signed in")).problem is None
    assert (await connections.get("Signed in")).credentials_since.isoformat() > old
    await connections.rename("Signed in", "Renamed")
    assert (await connections.get("Renamed")).credentials_since.isoformat() > old
    await connections.remove("Renamed")
    assert "Renamed" not in json.dumps(await world.workspace.settings.get("credentials_since"))


async def test_another_sign_in_to_the_same_platform_ends_the_one_that_waits(world: World) -> None:
    connections = world.workspace.connections
    first = await connections.sign_in("highlevel", "First", address(world))
    there = await connections.go_on_signing_in(first.id, APP)
    assert isinstance(there.step, VisitView)
    ended: list[str] = []

    async def wait() -> None:
        with pytest.raises(NotFound) as caught:
            await connections.go_on_signing_in(first.id, {})
        ended.append(caught.value.message)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    second = await connections.sign_in("highlevel", "Second", address(world))
    await waiting
    assert ended == ["This sign-in has ended."]
    await visited(world, second)
    assert isinstance((await connections.go_on_signing_in(second.id, {})).step, ConnectionView)


async def test_closing_the_workspace_ends_a_sign_in(world: World) -> None:
    begun = await world.workspace.connections.sign_in("highlevel", "Signed in", address(world))
    await world.workspace.connections.aclose()
    with pytest.raises(NotFound):
        await world.workspace.connections.go_on_signing_in(begun.id, APP)


async def test_a_lock_is_held_by_one_at_a_time_and_waited_for(tmp_path: Path) -> None:
    held: list[int] = []
    busy = WorkspaceBusy("busy")

    async def work(number: int) -> None:
        async with hold_file(tmp_path / "locks" / "one", 5, busy):
            held.append(number)
            await anyio.lowlevel.checkpoint()
            assert held[-1] == number
            held.append(number)

    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(work, number)
    assert held[::2] == held[1::2]
    async with hold_file(tmp_path / "locks" / "one", 0, busy):
        with pytest.raises(WorkspaceBusy):
            async with hold_file(tmp_path / "locks" / "one", 0, busy):
                raise AssertionError("it was held twice")
