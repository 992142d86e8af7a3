"""Syncs between the platforms, over real HTTP: the first run fills the target, the second writes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from desktop.domain.change import ChangeState
from desktop.domain.definition import Endpoint, SyncDefinition
from desktop.domain.mapping import ConflictRule, Direction, FieldPair, MatchPair, Side
from desktop.sandbox.server import SandboxServer
from desktop.store import Link
from desktop.workspace.workspace import Workspace, open_throwaway

pytestmark = pytest.mark.anyio

RECORDS = 25


@dataclass(frozen=True)
class Pair:
    """What is synced: the objects as ``platform:object``, the match and the other lines by their keys."""

    left: str
    right: str
    match: tuple[str, str]
    fields: tuple[FieldPair, ...] = ()

    def definition(self) -> SyncDefinition:
        """The sync, with connections that are called as their platforms."""
        sides = [Endpoint(*side.split(":")) for side in (self.left, self.right)]
        return SyncDefinition(
            name=f"{self.left} to {self.right}",
            left=sides[0],
            right=sides[1],
            direction=Direction.LEFT_TO_RIGHT,
            match=(MatchPair(*self.match),),
            fields=(FieldPair(*self.match), *self.fields),
            conflict=ConflictRule.LEFT,
        )


def names(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[FieldPair, ...]:
    return tuple(FieldPair(*pair) for pair in zip(left, right, strict=True))


PERSON = ("firstName", "lastName")
MEMBER = ("first_name", "last_name")
MEMBERSHIP = "highlevel:custom_objects.memberships"
PAIRS = [
    Pair("highlevel:contact", "accessally:members", ("email", "email"), names(PERSON, MEMBER)),
    Pair("accessally:members", "highlevel:contact", ("email", "email"), names(MEMBER, PERSON)),
    Pair("activecampaign:contacts", "accessally:members", ("email", "email"), names(PERSON, MEMBER)),
    Pair("accessally:members", "activecampaign:contacts", ("email", "email"), names(MEMBER, PERSON)),
    Pair("highlevel:business", "activecollab:companies", ("name", "name")),
    Pair(
        "activecollab:companies",
        "activecampaign:accounts",
        ("name", "name"),
        (FieldPair("homepage_url", "accountUrl"),),
    ),
    Pair("activecampaign:accounts", "highlevel:business", ("name", "name")),
    Pair(
        "activecollab:task_lists",
        MEMBERSHIP,
        ("@id", "answers.goal"),
        names(("name", "due_on"), ("name", "started_on")),
    ),
    Pair("activecollab:tasks", MEMBERSHIP, ("@id", "answers.goal"), names(("name", "due_on"), ("name", "started_on"))),
]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.definition().name)
async def test_the_first_run_fills_the_target_and_the_second_writes_nothing(pair: Pair, tmp_path: Path) -> None:
    definition = pair.definition()
    with SandboxServer(records=RECORDS) as server:
        async with open_throwaway(tmp_path) as workspace:
            await connect(workspace, server, definition)
            await workspace.syncs.save(definition)
            first = await workspace.syncs.run(definition.name)
            assert (first.status, first.right.failed) == ("completed", 0)
            linked = first.right.created + first.right.updated + first.right.unchanged
            assert linked == first.left.read > 0
            second = await workspace.syncs.run(definition.name)
            assert (second.status, second.right.created, second.right.updated) == ("completed", 0, 0)
            preview = await workspace.syncs.preview(definition.name)
            assert (preview.right.created, preview.right.updated, preview.right.failed) == (0, 0, 0)


BOTH_WAYS = [
    Pair("highlevel:contact", "activecampaign:contacts", ("email", "email"), names(PERSON, PERSON)),
    Pair("highlevel:contact", "accessally:members", ("email", "email"), names(PERSON, MEMBER)),
    Pair("highlevel:business", "activecollab:companies", ("name", "name"), names(("address",), ("address",))),
    Pair("activecampaign:contacts", "accessally:members", ("email", "email"), names(PERSON, MEMBER)),
    Pair(
        "activecollab:companies",
        "activecampaign:accounts",
        ("name", "name"),
        names(("homepage_url",), ("accountUrl",)),
    ),
    Pair("activecollab:users", "accessally:members", ("email", "email"), names(MEMBER, MEMBER)),
]


@pytest.mark.parametrize("pair", BOTH_WAYS, ids=lambda pair: pair.definition().name)
async def test_edits_on_either_side_arrive_on_the_other_and_then_nothing_is_written(pair: Pair, tmp_path: Path) -> None:
    definition = replace(pair.definition(), direction=Direction.TWO_WAY, fields=pair.fields)
    async with in_step(definition, tmp_path) as workspace:
        one, two = await linked(workspace, definition.name)
        line = pair.fields[0]
        await edit(workspace, definition.left, one.left_id, line.left, "https://left.example.com/")
        await edit(workspace, definition.right, two.right_id, line.right, "https://right.example.com/")
        second = await workspace.syncs.run(definition.name)
        assert (second.left.updated, second.right.updated, second.conflicts) == (1, 1, 0)
        planned = await workspace.activity.raw_changes(second.run_id, 0, 10)
        assert [item for item in planned if item.state is ChangeState.SKIPPED] == []
        assert await value(workspace, definition.right, one.right_id, line.right) == "https://left.example.com/"
        assert await value(workspace, definition.left, two.left_id, line.left) == "https://right.example.com/"
        third = await workspace.syncs.run(definition.name)
        counts = [third.counts(side) for side in Side]
        assert [(item.created, item.updated, item.deleted) for item in counts] == [(0, 0, 0)] * 2


async def test_a_question_names_who_changed_the_record_where_the_platform_tells(tmp_path: Path) -> None:
    pair = Pair("highlevel:business", "activecollab:companies", ("name", "name"), names(("address",), ("address",)))
    definition = replace(pair.definition(), direction=Direction.TWO_WAY, fields=pair.fields, conflict=ConflictRule.ASK)
    async with in_step(definition, tmp_path) as workspace:
        one, _ = await linked(workspace, definition.name)
        await edit(workspace, definition.left, one.left_id, "address", "Here 1")
        await edit(workspace, definition.right, one.right_id, "address", "There 2")
        owner = (await workspace.connections.test("activecollab")).identity
        assert owner is not None
        for _run in range(2):
            assert (await workspace.syncs.run(definition.name)).conflicts == 1
            (question,) = await workspace.syncs.conflicts(definition.name)
            assert (question.left_by, question.right_by) == ("an app", owner.name)


@asynccontextmanager
async def in_step(definition: SyncDefinition, folder: Path) -> AsyncIterator[Workspace]:
    """A workspace with a sync that has run once."""
    with SandboxServer(records=RECORDS, limits="off") as server:
        async with open_throwaway(folder) as workspace:
            await connect(workspace, server, definition)
            await workspace.syncs.save(definition)
            await workspace.syncs.run(definition.name)
            yield workspace


async def connect(workspace: Workspace, server: SandboxServer, definition: SyncDefinition) -> None:
    for platform in {definition.left.connection, definition.right.connection}:
        ready = server.ready["platforms"][platform]
        account = ready.get("account", "")
        await workspace.connections.connect(platform, platform, ready["base_url"], account, ready["token"])


async def linked(workspace: Workspace, name: str) -> tuple[Link, Link]:
    """Two linked pairs."""
    row = await workspace.syncs._row(name)
    store, definition = workspace.syncs._store, (await workspace.syncs.get(name)).definition
    records = await workspace.syncs.samples(definition.left, 100)
    links = await store.read(store.links.by_ids, row.id, Side.LEFT, [record.id for record in records])
    one, two, *_ = links.values()
    return one, two


async def edit(workspace: Workspace, endpoint: Endpoint, record_id: str, field: str, text: str) -> None:
    record = await workspace.data.record(endpoint.connection, endpoint.object, record_id)
    await workspace.data.save(endpoint.connection, endpoint.object, record, {field: text})


async def value(workspace: Workspace, endpoint: Endpoint, record_id: str, field: str) -> object:
    return (await workspace.data.record(endpoint.connection, endpoint.object, record_id)).get(field)
