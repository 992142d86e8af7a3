"""One-way syncs between the platforms, over real HTTP: the first run fills the target, the second writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop.domain.definition import Endpoint, SyncDefinition
from desktop.domain.mapping import ConflictRule, Direction, FieldPair, MatchPair
from desktop.sandbox.server import SandboxServer
from desktop.workspace.workspace import open_throwaway

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


def names(left: tuple[str, str], right: tuple[str, str]) -> tuple[FieldPair, ...]:
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
            for platform in {definition.left.connection, definition.right.connection}:
                ready = server.ready["platforms"][platform]
                account = ready.get("account", "")
                await workspace.connections.connect(platform, platform, ready["base_url"], account, ready["token"])
            await workspace.syncs.save(definition)
            first = await workspace.syncs.run(definition.name)
            assert (first.status, first.right.failed) == ("completed", 0)
            linked = first.right.created + first.right.updated + first.right.unchanged
            assert linked == first.left.read > 0
            second = await workspace.syncs.run(definition.name)
            assert (second.status, second.right.created, second.right.updated) == ("completed", 0, 0)
            preview = await workspace.syncs.preview(definition.name)
            assert (preview.right.created, preview.right.updated, preview.right.failed) == (0, 0, 0)
