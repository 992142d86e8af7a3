"""What a platform says is gone, over real HTTP: it leaves the mirror with the next read of changes."""

from __future__ import annotations

import pytest

from tests.sandbox.accessally_site import Emulated, calling
from tests.sync.world import World

pytestmark = pytest.mark.anyio

CHANGES = "GET /wp-json/crosswalk/v1/changes"


async def test_a_read_of_changes_takes_a_record_named_gone_out_of_the_mirror(world: World) -> None:
    site, data = Emulated(world.server), world.workspace.data
    await world.workspace.connections.connect("accessally", "Club", site.base_url, "", site.token("administrator"))
    with calling(site) as admin:
        jane, john = admin.member("jane"), admin.member("john")
        before = await data.read("Club", "members")
        assert await data.local("Club", "members", str(jane["id"])) is not None
        admin.delete(jane)
        admin.change(john, first_name="John")
    assert CHANGES not in world.control.stats("accessally")["by_route"]
    after = await data.read("Club", "members")
    assert await data.local("Club", "members", str(jane["id"])) is None
    changed = await data.local("Club", "members", str(john["id"]))
    assert changed is not None
    assert changed.values["first_name"] == "John"
    assert after.count == before.count - 1
    # After a whole read, whoever is missing counts as gone: this was none.
    assert world.control.stats("accessally")["by_route"][CHANGES] == 1
