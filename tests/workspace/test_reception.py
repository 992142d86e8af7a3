"""Changes as they happen: real messages over real HTTP from the sandbox's platforms, and the runs that they lead to."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest

from desktop.domain.change import RunResult, RunStatus
from desktop.domain.definition import DeleteRule, Endpoint, SyncDefinition
from desktop.domain.errors import InvalidInput, NotFound, NotSupported
from desktop.domain.mapping import ConflictRule, Direction, FieldPair, MatchPair
from desktop.domain.schedule import Schedule
from desktop.sandbox.highlevel.webhooks import PUBLIC_KEY
from desktop.sandbox.server import SandboxServer
from desktop.sync.beside import beside
from desktop.workspace.reception import Reception
from desktop.workspace.workspace import Workspace, open_throwaway
from tests.local_http import NO_CERTIFICATES
from tests.sync.test_platform_pairs import linked
from tests.workspace.clock import Clock

pytestmark = pytest.mark.anyio

AGENCY, SHOP, TEAM, SITE = "Agency", "Shop", "Team", "Site"
LIVE = Schedule(live=True)
NAMES = (FieldPair("first_name", "first_name"), FieldPair("last_name", "last_name"))
PEOPLE = SyncDefinition(
    name="People",
    left=Endpoint(TEAM, "users"),
    right=Endpoint(SITE, "members"),
    direction=Direction.TWO_WAY,
    match=(MatchPair("email", "email"),),
    fields=NAMES,
    conflict=ConflictRule.ASK,
    schedule=LIVE,
)
CONTACTS = replace(
    PEOPLE,
    name="Contacts",
    left=Endpoint(AGENCY, "contact"),
    right=Endpoint(SHOP, "contacts"),
    fields=(FieldPair("firstName", "firstName"), FieldPair("lastName", "lastName")),
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what happens on another thread."""
    with anyio.fail_after(10):
        while not await true():  # noqa: ASYNC110
            await anyio.sleep(0.02)


@dataclass
class Office:
    """A workspace that is connected to all four platforms and listens for what they tell."""

    workspace: Workspace
    server: SandboxServer
    clock: Clock
    port: int
    runs: list[RunResult] = field(default_factory=list[RunResult])

    def configure(self, platform: str, **settings: Any) -> None:
        body = {"platform": platform, **settings}
        httpx.post(f"{self.server.control_url}/settings", json=body, verify=NO_CERTIFICATES).raise_for_status()

    def pass_(self, seconds: float) -> None:
        self.clock.pass_(seconds=seconds)
        httpx.post(
            f"{self.server.control_url}/clock", json={"advance_seconds": seconds}, verify=NO_CERTIFICATES
        ).raise_for_status()

    def writes(self) -> int:
        stats = httpx.get(f"{self.server.control_url}/stats", verify=NO_CERTIFICATES).json()
        return sum(item["writes"] for item in stats.values())

    async def waiting(self) -> list[tuple[str, str]]:
        """What was told and is not served."""
        store = self.workspace.syncs._store
        return [(row.object, row.record_id) for row in await store.read(store.deliveries.waiting, 1000)]

    async def until_told(self, wanted: Callable[[list[tuple[str, str]]], bool]) -> list[tuple[str, str]]:
        async def told() -> bool:
            return wanted(await self.waiting())

        await until(told)
        return await self.waiting()

    async def serve_once(self) -> list[RunResult]:
        """Run what was told by now."""
        ended: list[RunResult] = []
        await self.workspace.automatic.run_due(ended.append)
        self.runs += ended
        return ended

    async def switch_on(self, *names: str) -> None:
        for name in names:
            await self.workspace.reception.switch_on(name)
        if AGENCY in names:
            await self.workspace.connections.set_options(AGENCY, {"webhook_key": PUBLIC_KEY})
            self.configure("highlevel", webhook_url=f"http://127.0.0.1:{self.port}/hooks/1")
        if TEAM in names:
            secret = await self.workspace.reception.secret(TEAM)
            self.configure("activecollab", webhook_url=f"http://127.0.0.1:{self.port}/hooks/3", webhook_secret=secret)
        await until(self.listening)

    async def listening(self) -> bool:
        return (await self.workspace.reception.settings()).listening

    async def change(self, connection: str, object_key: str, record_id: str, **values: str) -> None:
        """Somebody edits a record on a platform."""
        place = await self.workspace.syncs._context.place(connection, object_key)
        record = await place.connector.get(place.schema, record_id)
        await place.connector.update(place.schema, record, values)

    async def value(self, connection: str, object_key: str, record_id: str, name: str) -> object:
        place = await self.workspace.syncs._context.place(connection, object_key)
        return (await place.connector.get(place.schema, record_id)).get(name)


@asynccontextmanager
async def open_office(folder: Path, *, address: str = "") -> AsyncIterator[Office]:
    clock, port = Clock(), free_port()
    with SandboxServer(records=10, seed=3, limits="off") as server:
        platforms = server.ready["platforms"]
        async with open_throwaway(folder, clock=clock) as workspace:
            names = {"highlevel": AGENCY, "activecampaign": SHOP, "activecollab": TEAM, "accessally": SITE}
            for platform, name in names.items():
                at = platforms[platform]
                await workspace.connections.connect(platform, name, at["base_url"], at.get("account", ""), at["token"])
            await workspace.reception.set_address(address or f"http://127.0.0.1:{port}", port)
            async with beside(workspace.reception.serve):
                yield Office(workspace, server, clock, port)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def ready(office: Office, definition: SyncDefinition, *names: str) -> tuple[str, str]:
    """Have a sync run once, and its connections tell of changes from then on. A linked pair."""
    await office.workspace.syncs.save(definition)
    await office.workspace.syncs.run(definition.name)
    if names:
        await office.switch_on(*names)
    pair, _other = await linked(office.workspace, definition.name)
    return pair.left_id, pair.right_id


async def test_a_change_on_either_side_arrives_on_the_other(office: Office) -> None:
    left, right = await ready(office, PEOPLE, TEAM, SITE)
    await office.change(TEAM, "users", left, first_name="From the team")
    await office.until_told(lambda found: ("users", left) in found)
    (run,) = await office.serve_once()
    assert (run.status, run.right.updated) == (RunStatus.COMPLETED, 1)
    assert await office.value(SITE, "members", right, "first_name") == "From the team"
    await office.change(SITE, "members", right, last_name="From the site")
    await office.until_told(lambda found: ("members", right) in found)
    assert any(run.left.updated for run in await office.serve_once())
    assert await office.value(TEAM, "users", left, "last_name") == "From the site"
    history = await office.workspace.activity.runs(PEOPLE.name)
    assert [run.trigger for run in history][:2] == ["webhook", "webhook"]
    assert (await office.workspace.reception.webhook(TEAM)).last is not None  # pyright: ignore[reportOptionalMemberAccess]


async def test_after_both_sides_settled_nothing_is_written_for_ten_minutes(office: Office) -> None:
    left, _right = await ready(office, PEOPLE, TEAM, SITE)
    await office.change(TEAM, "users", left, first_name="Echo")
    await office.until_told(bool)
    await office.serve_once()
    for _settling in range(2):
        await anyio.sleep(0.3)
        await office.serve_once()
    before = office.writes()
    history = len(await office.workspace.activity.runs(PEOPLE.name))
    for _half_minute in range(20):
        office.pass_(30)
        await anyio.sleep(0.02)
        await office.serve_once()
    assert office.writes() == before
    assert await office.waiting() == []
    assert len(await office.workspace.activity.runs(PEOPLE.name)) == history


async def test_highlevel_and_activecampaign_tell_each_other(tmp_path: Path) -> None:
    async with open_office(tmp_path, address="https://crosswalk.example.com") as office:
        office.configure("activecampaign", webhook_tunnel=f"http://127.0.0.1:{office.port}")
        left, right = await ready(office, CONTACTS, AGENCY, SHOP)
        await office.change(AGENCY, "contact", left, firstName="From HighLevel")
        await office.until_told(lambda found: ("contact", left) in found)
        await office.serve_once()
        assert await office.value(SHOP, "contacts", right, "firstName") == "From HighLevel"
        await office.change(SHOP, "contacts", right, lastName="From ActiveCampaign")
        await office.until_told(lambda found: ("contacts", right) in found)
        await office.serve_once()
        assert await office.value(AGENCY, "contact", left, "lastName") == "From ActiveCampaign"


async def test_what_was_told_while_crosswalk_was_busy_or_closed_is_kept(office: Office) -> None:
    left, right = await ready(office, PEOPLE, TEAM, SITE)
    await office.workspace.syncs.pause(PEOPLE.name)
    await office.change(TEAM, "users", left, first_name="Meanwhile")
    await office.until_told(bool)
    assert await office.serve_once() == []
    assert await office.value(SITE, "members", right, "first_name") != "Meanwhile"
    await office.workspace.syncs.resume(PEOPLE.name)
    # Messages of a rest are let go: the next run by the clock reads all that changed.
    office.pass_(3601)
    assert [run.right.updated for run in await office.serve_once()] == [1]
    assert await office.value(SITE, "members", right, "first_name") == "Meanwhile"


async def test_what_could_not_be_looked_at_is_tried_again_later(office: Office) -> None:
    left, right = await ready(office, PEOPLE, TEAM, SITE)
    await office.change(TEAM, "users", left, first_name="Later")
    await office.until_told(bool)
    hub = office.workspace.syncs._context.hub
    row, token = await hub.row(SITE), office.server.ready["platforms"]["accessally"]["token"]
    await hub.forget_secret(row)
    assert await office.serve_once() == []
    assert (await office.workspace.activity.runs(PEOPLE.name))[0].status is RunStatus.FAILED
    await hub.keep_secret(row, token)
    assert await office.serve_once() == []
    assert await office.waiting()
    office.pass_(31)
    assert [run.status for run in await office.serve_once()] == [RunStatus.COMPLETED]
    assert await office.value(SITE, "members", right, "first_name") == "Later"
    assert ("users", left) not in await office.waiting()


@pytest.mark.parametrize("rule", DeleteRule)
async def test_a_deletion_that_is_told_of_follows_where_it_is_to(office: Office, rule: DeleteRule) -> None:
    definition = replace(CONTACTS, delete=rule, delete_limit_percent=90)
    left, right = await ready(office, definition, AGENCY)
    here = await office.workspace.syncs._context.place(AGENCY, "contact")
    there = await office.workspace.syncs._context.place(SHOP, "contacts")
    await here.connector.delete(here.schema, left)
    await office.until_told(lambda found: ("contact", left) in found)
    ended = await office.serve_once()
    if rule is DeleteRule.KEEP:
        assert await there.connector.get(there.schema, right)
        return
    assert [(run.status, run.right.deleted) for run in ended] == [(RunStatus.COMPLETED, 1)]
    with pytest.raises(NotFound):
        await there.connector.get(there.schema, right)


async def test_a_flood_for_a_sync_that_fails_does_not_pile_up(office: Office) -> None:
    await ready(office, PEOPLE)
    context = office.workspace.syncs._context
    await context.hub.forget_secret(await context.hub.row(SITE))
    told = [(f"message-{number}", "users", str(number)) for number in range(300)]
    row = await context.hub.row(TEAM)
    await context.store.write(context.store.deliveries.add, row.id, told, office.clock.now)
    assert await office.serve_once() == []
    assert len(await office.waiting()) == 101
    assert (await office.workspace.activity.runs(PEOPLE.name))[0].status is RunStatus.FAILED


def message(secret: str, at: float, **payload: Any) -> tuple[dict[str, str], bytes]:
    said = {"instance_id": 1, "type": "TaskUpdated", "timestamp": int(at), "payload": payload}
    return {"X-Angie-WebhookSecret": secret}, json.dumps(said).encode()


async def test_what_is_answered_to_a_message(office: Office) -> None:
    await office.switch_on(TEAM)
    secret, now = await office.workspace.reception.secret(TEAM), office.clock.now.timestamp()
    origin = f"http://127.0.0.1:{office.port}"
    async with httpx.AsyncClient(verify=NO_CERTIFICATES, base_url=origin) as client:

        async def post(path: str, sent: tuple[dict[str, str], bytes]) -> int:
            return (await client.post(path, headers=sent[0], content=sent[1])).status_code

        good = message(secret, now, **{"class": "Task", "id": 5})
        assert await post("/hooks/3", good) == 204
        assert await office.waiting() == [("tasks", "5")]
        assert await post("/hooks/3", good) == 204
        assert await office.waiting() == [("tasks", "5")]
        assert await post("/hooks/3", message("wrong", now, id=5)) == 403
        assert await post("/hooks/3", message(secret, now - 3600, id=5)) == 403
        assert await post("/hooks/3", ({}, b"x" * (1 << 20) + b"x")) == 413
        assert await post("/hooks/4", good) == 410
        assert await post("/hooks/99", good) == 404
        assert await post("/elsewhere", good) == 404
        assert (await client.get("/hooks/3")).status_code == 405
    assert await office.waiting() == [("tasks", "5")]


async def test_a_message_without_proof_needs_the_secret_in_its_address(tmp_path: Path) -> None:
    async with open_office(tmp_path, address="https://crosswalk.example.com") as office:
        await office.switch_on(SHOP)
        secret = await office.workspace.reception.secret(SHOP)
        form = {"type": "update", "contact[id]": "1"}
        async with httpx.AsyncClient(verify=NO_CERTIFICATES, base_url=f"http://127.0.0.1:{office.port}") as client:
            assert (await client.post("/hooks/2", data=form)).status_code == 404
            assert (await client.post("/hooks/2/guessed", data=form)).status_code == 404
            assert (await client.post(f"/hooks/2/{secret}", data=form)).status_code == 204
        assert await office.waiting() == [("contacts", "1")]
        view = await office.workspace.reception.webhook(SHOP)
        assert view is not None
        assert secret not in view.address
        rows = await office.workspace.syncs._store.read(office.workspace.syncs._store.connections.all)
        assert not any(secret in json.dumps(dict(row.options)) for row in rows)


async def test_switching_off_tells_the_platform_and_turns_away_the_rest(office: Office) -> None:
    await office.switch_on(SITE, TEAM)
    at = office.server.ready["platforms"]["accessally"]
    user, _, password = at["token"].partition(":")

    def target() -> Any:
        hook = f"{at['base_url']}/wp-json/crosswalk/v1/webhooks"
        return httpx.get(hook, auth=(user, password), verify=NO_CERTIFICATES).json()["url"]

    assert await anyio.to_thread.run_sync(target) == f"http://127.0.0.1:{office.port}/hooks/4"
    await office.workspace.reception.switch_off(SITE)
    assert await anyio.to_thread.run_sync(target) is None
    view = await office.workspace.reception.webhook(SITE)
    assert view is not None
    assert not view.on
    with pytest.raises(NotSupported):
        await office.workspace.reception.secret(SITE)


async def test_a_connection_that_is_removed_is_not_told_of_any_more(office: Office) -> None:
    await office.switch_on(SITE)
    at = office.server.ready["platforms"]["accessally"]
    user, _, password = at["token"].partition(":")
    await office.workspace.connections.remove(SITE)
    hook = f"{at['base_url']}/wp-json/crosswalk/v1/webhooks"
    assert (
        await anyio.to_thread.run_sync(
            lambda: httpx.get(hook, auth=(user, password), verify=NO_CERTIFICATES).json()["url"]
        )
        is None
    )


async def test_another_address_is_told_to_the_platforms_that_know_the_old_one(office: Office) -> None:
    await office.switch_on(SITE)
    await office.workspace.reception.set_address("http://127.0.0.1:9999/deeper/", office.port)
    at = office.server.ready["platforms"]["accessally"]
    user, _, password = at["token"].partition(":")
    hook = f"{at['base_url']}/wp-json/crosswalk/v1/webhooks"
    told = await anyio.to_thread.run_sync(lambda: httpx.get(hook, auth=(user, password), verify=NO_CERTIFICATES).json())
    assert told["url"] == "http://127.0.0.1:9999/deeper/hooks/4"


@pytest.mark.parametrize(
    ("address", "port", "place"),
    [
        ("http://crosswalk.example.com", 4000, "address"),
        ("crosswalk.example.com", 4000, "address"),
        ("https://user:word@example.com", 4000, "address"),
        ("https://example.com:x", 4000, "address"),
        ("", 4000, "address"),
        ("https://crosswalk.example.com", 80, "port"),
    ],
)
async def test_addresses_that_lead_nowhere_are_refused(office: Office, address: str, port: int, place: str) -> None:
    before = await office.workspace.reception.settings()
    with pytest.raises(InvalidInput) as caught:
        await office.workspace.reception.set_address(address, port)
    assert [problem.place for problem in caught.value.problems] == [place]
    assert await office.workspace.reception.settings() == before


async def test_activecampaign_does_not_take_an_address_without_https(office: Office) -> None:
    with pytest.raises(InvalidInput, match="does not send messages to this address"):
        await office.workspace.reception.switch_on(SHOP)
    view = await office.workspace.reception.webhook(SHOP)
    assert view is not None
    assert not view.on


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        with socket.socket() as other:
            other.bind(("127.0.0.1", office.port))
            other.listen()
            await office.workspace.reception.switch_on(TEAM)

            async def told() -> bool:
                return (await office.workspace.reception.settings()).problem is not None

            await until(told)
            view = await office.workspace.reception.settings()
        assert not view.listening
        assert str(office.port) in view.problem.message  # pyright: ignore[reportOptionalMemberAccess]


async def test_what_another_process_switched_on_is_listened_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.workspace.reception._LOOK_SECONDS", 0.05)
    another = Reception(office.workspace.syncs._context)
    # The first look was begun before; a change of its own has it look again at the quicker pace.
    await office.workspace.reception.set_address(f"http://127.0.0.1:{office.port}", office.port)
    await another.switch_on(TEAM)
    await until(office.listening)
    await another.switch_off(TEAM)

    async def closed() -> bool:
        return not await office.listening()

    await until(closed)
