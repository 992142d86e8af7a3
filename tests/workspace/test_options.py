"""A connection's options, and the file that is to be installed on a platform's side."""

from __future__ import annotations

import errno
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.connectors.registry import platforms
from desktop.domain.errors import InvalidInput, NotFound, StorageFailure, StorageFull
from desktop.workspace.files import write_whole
from tests.sync.world import World

pytestmark = pytest.mark.anyio

WITH_COMPANION = next(name for name, info in platforms.items() if info.companion)


async def test_what_holds_by_default_is_shown(world: World) -> None:
    shop = await world.workspace.connections.get("Shop")
    assert [option.name for option in shop.platform.options] == ["resubscribe", "quota_share", "background_share"]
    assert shop.options == {"resubscribe": "off", "quota_share": "80", "background_share": "50"}
    assert shop.platform.options[0].allows


async def test_an_option_is_kept_and_holds_for_the_next_request(world: World) -> None:
    connections = world.workspace.connections
    hub, schema = world.workspace._hub, "custom_objects.orders"
    before = await hub.connector("Agency")
    assert (await world.workspace.data.schema("Agency", schema)).by_key["total"].currency == "USD"
    view = await connections.set_options("Agency", {"currency": "nok"})
    assert view.options["currency"] == "nok"
    assert await hub.connector("Agency") is not before
    assert (await world.workspace.data.schema("Agency", schema)).by_key["total"].currency == "NOK"
    assert (await connections.get("Agency")).options["api_version"] == "2021-07-28"


async def test_records_are_read_anew_where_an_option_changes_what_they_hold(world: World) -> None:
    workspace = world.workspace
    await workspace.data.read("Agency", "contact")

    async def cursor() -> object:
        mirrors, row = workspace._store.mirror, await workspace._hub.row("Agency")
        state = await workspace._store.write(lambda: mirrors.state(mirrors.object_id(row.id, "contact")))
        assert state.complete
        return state.cursor

    assert await cursor() is not None
    await workspace.connections.set_options("Agency", {"api_version": "v3"})
    assert await cursor() is not None
    await workspace.connections.set_options("Agency", {"api_version": "v3", "currency": "NOK"})
    assert await cursor() is None
    await workspace.data.read("Agency", "contact")
    assert await cursor() is not None


async def test_what_can_not_be_set_changes_nothing(world: World) -> None:
    connections = world.workspace.connections
    connector = await world.workspace._hub.connector("Agency")
    with pytest.raises(InvalidInput) as caught:
        await connections.set_options("Agency", {"currency": "crowns", "api_version": "v99"})
    assert {problem.place for problem in caught.value.problems} == {"currency", "api_version"}
    assert (await connections.get("Agency")).options["api_version"] == "2021-07-28"
    assert await world.workspace._hub.connector("Agency") is connector


async def test_other_settings_of_a_connection_stay(world: World) -> None:
    store = world.workspace._store
    row = await world.workspace._hub.row("Shop")
    await store.write(store.connections.update, replace(row, options={"page_size": "20", "resubscribe": "on"}))
    await world.workspace.connections.set_options("Shop", {"resubscribe": "off"})
    assert (await world.workspace._hub.row("Shop")).options == {"page_size": "20"}


async def test_the_plugin_is_saved_whole(world: World, tmp_path: Path) -> None:
    companion = (await world.workspace.connections.platforms())[list(platforms).index(WITH_COMPANION)].companion
    assert companion is not None
    path = tmp_path / companion.file_name
    path.write_bytes(b"an earlier one")
    await world.workspace.connections.save_companion(WITH_COMPANION, path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert any(name.endswith(".php") for name in archive.namelist())
    assert companion.instructions.startswith("1. ")
    with pytest.raises(NotFound):
        await world.workspace.connections.save_companion("activecampaign", path)


@pytest.mark.parametrize(
    ("number", "kind", "said"),
    [
        (errno.ENOSPC, StorageFull, "the disk is full"),
        (errno.EACCES, StorageFailure, "you may not write"),
        (errno.EROFS, StorageFailure, "you may not write"),
        (errno.EIO, StorageFailure, "plugin.zip was not saved."),
    ],
)
def test_a_file_that_can_not_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[StorageFailure], said: str
) -> None:
    path = tmp_path / "plugin.zip"
    path.write_bytes(b"an earlier one")
    write = Path.write_bytes

    def half(self: Path, content: bytes) -> int:
        write(self, content[: len(content) // 2])
        raise OSError(number, "refused")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(kind, match=said) as caught:
        write_whole(path, b"a new one")
    assert caught.value.hint
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir()} == {"plugin.zip": b"an earlier one"}


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageFailure, match="is not there"):
        write_whole(tmp_path / "gone" / "plugin.zip", b"new")
    (tmp_path / "file").write_bytes(b"in the way")
    with pytest.raises(StorageFailure, match="was not saved"):
        write_whole(tmp_path / "file" / "plugin.zip", b"new")
