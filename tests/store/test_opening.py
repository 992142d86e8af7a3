"""Making and opening a workspace: encryption, keys, damage, versions."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop.domain.errors import InvalidInput, StorageFailure
from desktop.store import Store
from desktop.store.conditions import register_functions
from desktop.store.database import Database
from desktop.store.driver import connect
from desktop.store.migrations import migrate
from desktop.store.opening import HEAD, engine_for
from tests.store.examples import KEY, NOW, ORDERS, ROOT, connection_row, order


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def filled(path: Path) -> None:
    store = Store.open(path, KEY)
    connection_id = store.call_sync(store.connections.add, connection_row("Agency"))
    object_id = store.call_sync(store.mirror.object_id, connection_id, ORDERS.key)
    store.call_sync(store.mirror.put, object_id, ORDERS, [order("1", number="Zebra crossing")])
    store.close()


def test_what_was_stored_is_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    filled(path)
    store = Store.open(path, KEY)
    assert [row.name for row in store.call_sync(store.connections.all)] == ["Agency"]
    store.close()


def test_nothing_stored_can_be_read_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "files" / "workspace.db"
    store = Store.open(path, KEY)
    connection_id = store.call_sync(store.connections.add, connection_row("Agency"))
    object_id = store.call_sync(store.mirror.object_id, connection_id, ORDERS.key)
    store.call_sync(store.mirror.put, object_id, ORDERS, [order("1", number="Zebra crossing")])
    while_open = everything_in(path.parent)
    store.close()
    for data in (while_open, everything_in(path.parent)):
        for secret in (b"Zebra", b"zebra", b"Agency", b"mirror_record", b"SQLite", KEY.encode()):
            assert secret not in data


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    filled(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_key_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    filled(path)
    before = everything_in(tmp_path)
    with pytest.raises(StorageFailure, match="belongs to another key") as caught:
        Store.open(path, "ab" * 32)
    assert caught.value.hint
    assert everything_in(tmp_path) == before


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        Store.open(tmp_path / "workspace.db", "x'; DROP TABLE run; --")
    assert not (tmp_path / "workspace.db").exists()


@pytest.mark.parametrize("content", [b"not a database at all " * 1000, b"short", b"SQLite format 3\0" + bytes(4080)])
def test_a_file_that_is_no_workspace_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "workspace.db"
    path.write_bytes(content)
    with pytest.raises(StorageFailure, match="can't be opened"):
        Store.open(path, KEY)
    assert path.read_bytes() == content


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused_and_kept(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "workspace.db"
    filled(path)
    content = path.read_bytes()[: int(path.stat().st_size * keep)]
    path.write_bytes(content)
    with pytest.raises(StorageFailure):
        Store.open(path, KEY)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageFailure, match="can't be made"):
        Store.open(tmp_path / "file" / "workspace.db", KEY)


def test_a_newer_workspace_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    filled(path)
    database = Database(path, KEY, register_functions)
    database.write_blocking(lambda: database.driver.execute("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    before = everything_in(tmp_path)
    with pytest.raises(StorageFailure, match="newer Crosswalk"):
        Store.open(path, KEY)
    assert everything_in(tmp_path) == before


def schema_of(path: Path) -> dict[str, str]:
    engine = engine_for(path, KEY, writes=False, prepare=register_functions)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master")
        found = {name: "".join(sql.split()) for name, sql in rows}
    engine.dispose()
    return found


def test_migrating_from_nothing_gives_the_tables_of_a_new_workspace(tmp_path: Path) -> None:
    new, migrated = tmp_path / "new.db", tmp_path / "migrated.db"
    Store.open(new, KEY).close()
    engine = engine_for(migrated, KEY, writes=True, prepare=register_functions)
    with engine.connect() as connection:
        migrate(connection)
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
    engine.dispose()
    assert schema_of(migrated) == schema_of(new)
    assert "table mirror_record" in schema_of(new)
    filled(migrated)


def back_to_the_first_version(database: Database) -> None:
    for table in ("mirror_whole", "sync_rest", "conflict", "delivery"):
        database.driver.execute(f"DROP TABLE {table}")
    database.driver.execute("UPDATE alembic_version SET version_num = '0001'")


def test_schemas_of_an_earlier_version_are_due_to_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    store = Store.open(path, KEY)
    connection_id = store.call_sync(store.connections.add, connection_row("Agency"))
    store.call_sync(store.schemas.put_one, connection_id, ORDERS, NOW)
    store.close()
    database = Database(path, KEY, register_functions)
    database.write_blocking(back_to_the_first_version, database)
    database.close()
    store = Store.open(path, KEY)
    known = store.call_sync(store.schemas.get, connection_id, ORDERS.key)
    store.close()
    assert known == (ORDERS, datetime(1970, 1, 1, tzinfo=UTC))


def test_opening_does_not_import_alembic(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from desktop.store import Store; "
        f"Store.open(Path({str(tmp_path / 'workspace.db')!r}), {KEY!r}).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_a_copy_of_a_closed_workspace_is_whole(tmp_path: Path) -> None:
    filled(tmp_path / "workspace.db")
    (tmp_path / "copy").mkdir()
    shutil.copy(tmp_path / "workspace.db", tmp_path / "copy")
    store = Store.open(tmp_path / "copy" / "workspace.db", KEY)
    assert store.call_sync(store.connections.by_name, "agency") is not None
    store.close()


def test_the_driver_is_the_encrypting_one() -> None:
    driver = connect(":memory:")
    assert driver.execute("PRAGMA cipher_version").fetchone()[0]
    driver.close()
