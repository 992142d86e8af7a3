"""Connecting accounts: what is checked, what is kept where, and what each trouble says."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    InvalidInput,
    KeyringMissing,
    NotFound,
    StorageFailure,
    TlsFailure,
    Unreachable,
)
from desktop.vault import SessionVault
from desktop.workspace.demo import ORDERS
from desktop.workspace.opening import open_parts
from desktop.workspace.workspace import open_workspace
from tests.sync.world import World

pytestmark = pytest.mark.anyio


class DurableVault(SessionVault):
    """Secrets in memory that outlive a workspace, as a keyring's do."""

    @property
    def durable(self) -> bool:
        return True


async def test_testing_a_connection_tells_who_it_is_and_what_it_may_do(world: World) -> None:
    view = await world.workspace.connections.test("Agency")
    assert view.identity is not None
    assert view.identity.name
    scopes = {item.name: item.granted for item in view.identity.permissions}
    assert scopes["objects/record.readonly"] is True
    assert all(item.needed_for for item in view.identity.permissions)
    assert view.identity.quota is not None


async def test_missing_scopes_are_named_with_what_they_forbid(world: World) -> None:
    scopes = ["locations.readonly", "contacts.readonly", "objects/schema.readonly"]
    token = world.control.post("tokens", platform="highlevel", scopes=scopes)["token"]
    await world.workspace.connections.replace_secret("Agency", token)
    view = await world.workspace.connections.get("Agency")
    assert view.identity is not None
    missing = {item.name for item in view.identity.permissions if item.granted is False}
    assert "objects/record.readonly" in missing
    assert "contacts.readonly" not in missing


async def test_a_bad_new_credential_changes_nothing(world: World) -> None:
    with pytest.raises(CredentialRefused):
        await world.workspace.connections.replace_secret("Shop", "wrong")
    assert (await world.workspace.connections.test("Shop")).problem is None


@pytest.mark.parametrize(
    ("base_url", "error"),
    [
        ("http://127.0.0.1:9", Unreachable),
        ("https://127.0.0.1:9", Unreachable),
        ("http://shop.example.com", InvalidInput),
        ("not an address", InvalidInput),
    ],
)
async def test_an_address_that_does_not_answer_is_told_in_plain_words(
    world: World, base_url: str, error: type[CrosswalkError]
) -> None:
    with pytest.raises(error) as caught:
        await world.workspace.connections.connect("activecampaign", "Other", base_url, "", "secret-of-mine")
    assert "secret-of-mine" not in f"{caught.value.message}{caught.value.hint}{caught.value.details}"
    assert caught.value.message.endswith(".")
    assert len(await world.workspace.connections.all()) == 2


async def test_plain_http_where_tls_is_expected_is_a_tls_failure(world: World) -> None:
    base_url = world.server.ready["platforms"]["activecampaign"]["base_url"].replace("http://", "https://")
    with pytest.raises(TlsFailure):
        await world.workspace.connections.try_out("activecampaign", base_url, "", "x")


async def test_each_missing_entry_of_the_form_is_marked(world: World) -> None:
    with pytest.raises(InvalidInput) as caught:
        await world.workspace.connections.connect("highlevel", "Agency", "", " ", "")
    assert {problem.place for problem in caught.value.problems} == {"name", "base_url", "account", "secret"}


async def test_a_renamed_connection_keeps_its_syncs(world: World) -> None:
    await world.add()
    await world.workspace.connections.rename("Shop", "Store")
    view = await world.workspace.syncs.get(ORDERS.name)
    assert view.definition.right.connection == "Store"
    assert (await world.run()).right.created > 0


async def test_a_connection_in_use_is_not_removed(world: World) -> None:
    await world.add()
    with pytest.raises(InvalidInput, match=ORDERS.name):
        await world.workspace.connections.remove("Shop")
    await world.workspace.syncs.remove(ORDERS.name)
    await world.workspace.connections.remove("Shop")
    with pytest.raises(NotFound):
        await world.workspace.connections.get("Shop")


async def test_a_workspace_is_found_again_with_its_key(tmp_path: Path) -> None:
    vault = DurableVault()
    folder = tmp_path / "kept"
    async with open_workspace(folder, vault) as workspace:
        await workspace.settings.put("theme", "dark")
    async with open_workspace(folder, vault) as workspace:
        assert await workspace.settings.get("theme") == "dark"
        assert workspace.notice is None


def test_without_its_key_a_workspace_is_neither_opened_nor_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    opened = open_parts(folder, DurableVault())
    opened.store.close()
    before = (folder / "workspace.db").read_bytes()
    with pytest.raises(KeyringMissing):
        open_parts(folder, DurableVault())
    assert (folder / "workspace.db").read_bytes() == before


def test_a_folder_that_can_not_be_a_workspace_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(StorageFailure):
        open_parts(file, DurableVault())
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "workspace.json").write_text("{")
    with pytest.raises(StorageFailure, match="damaged"):
        open_parts(damaged, DurableVault())


async def test_without_a_keyring_everything_lasts_for_the_session_and_that_is_said(tmp_path: Path) -> None:
    async with open_workspace(tmp_path / "asked-for", SessionVault()) as workspace:
        assert workspace.notice
        assert workspace.path != tmp_path / "asked-for"
        assert workspace.path.exists()
    assert not workspace.path.exists()
    assert not (tmp_path / "asked-for").exists()


async def test_no_secret_is_written_into_the_database_or_the_log(world: World) -> None:
    tokens = [world.server.ready["platforms"][name]["token"] for name in ("highlevel", "activecampaign")]
    await world.add()
    world.control.fault("500", platform="activecampaign", probability=0.2)
    await world.run()
    with pytest.raises(CrosswalkError):
        await world.workspace.connections.replace_secret("Shop", f"{tokens[1]}-wrong")
    store = world.workspace._store

    def dump() -> str:
        driver = store.settings._driver
        tables = [name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(str(row) for name in tables for row in driver.execute(f'SELECT * FROM "{name}"'))

    held = await store.read(dump)
    log = anyio.Path(world.workspace.path / "crosswalk.log")
    logged = await log.read_text() if await log.exists() else ""
    assert "order_number" in held
    assert not [token for token in tokens if token in held or token in logged]
