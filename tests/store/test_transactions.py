"""Work in transactions: all or nothing, from any loop, in several threads and processes, and when the disk is full."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from desktop.domain.errors import CrosswalkError, StorageFailure, StorageFull
from desktop.store import Store
from tests.store.examples import KEY, ORDERS, ROOT, orders_numbered

pytestmark = pytest.mark.anyio


async def test_a_transaction_is_stored_as_a_whole_or_not_at_all(store: Store) -> None:
    def half() -> None:
        store.settings.put("a", 1)
        raise ValueError("no")

    await store.write(store.settings.put, "a", 0)
    with pytest.raises(ValueError, match="no"):
        await store.write(half)
    assert await store.read(store.settings.get, "a") == 0


async def test_several_repositories_share_a_transaction(store: Store) -> None:
    def both() -> tuple[object, object]:
        store.settings.put("x", [1, {"y": None}])
        return store.settings.get("x"), store.call_sync(store.settings.get, "x")

    assert await store.write(both) == ([1, {"y": None}], [1, {"y": None}])


async def test_a_reader_sees_one_snapshot(store: Store) -> None:
    await store.write(store.settings.put, "n", 1)
    started, written = threading.Event(), threading.Event()

    def look_twice() -> tuple[object, object]:
        first = store.settings.get("n")
        started.set()
        assert written.wait(5)
        return first, store.settings.get("n")

    reading = asyncio.ensure_future(store.read(look_twice))
    await asyncio.to_thread(started.wait, 5)
    await store.write(store.settings.put, "n", 2)
    written.set()
    assert await reading == (1, 1)
    assert await store.read(store.settings.get, "n") == 2


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StorageFailure):
        await store.read(store.settings.put, "a", 1)
    assert await store.read(store.settings.get, "a", "default") == "default"


async def test_work_goes_on_when_the_waiting_task_is_cancelled(store: Store) -> None:
    started, go = threading.Event(), threading.Event()

    def slow() -> None:
        started.set()
        assert go.wait(5)
        store.settings.put("done", True)

    writing = asyncio.ensure_future(store.write(slow))
    await asyncio.to_thread(started.wait, 5)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    go.set()
    assert await store.write(store.settings.get, "done") is True


def test_one_store_serves_several_loops(store: Store) -> None:
    for number in range(3):
        asyncio.run(store.write(store.settings.put, "n", number))
        assert asyncio.run(store.read(store.settings.get, "n")) == number


def test_outside_of_a_transaction_the_repositories_refuse(store: Store) -> None:
    with pytest.raises(RuntimeError, match="outside"):
        store.settings.get("a")


async def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(StorageFailure, match="closed"):
        await store.read(store.settings.get, "a")


async def test_closing_breaks_off_what_is_being_read(store: Store) -> None:
    started = threading.Event()
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"

    def read_for_ever() -> None:
        started.set()
        store.settings._driver.execute(endless).fetchone()

    reading = asyncio.ensure_future(store.read(read_for_ever))
    await asyncio.to_thread(started.wait, 5)
    await asyncio.to_thread(store.close)
    with pytest.raises(StorageFailure, match="was closed while"):
        await reading


async def test_a_workspace_can_be_made_by_several_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "workspace.db"
    opened = await asyncio.gather(*(asyncio.to_thread(Store.open, path, KEY) for _ in range(4)))
    for number, one in enumerate(opened):
        await one.write(one.settings.put, str(number), number)
    assert [await opened[0].read(opened[0].settings.get, str(number)) for number in range(4)] == [0, 1, 2, 3]
    for one in opened:
        await asyncio.to_thread(one.close)


async def test_a_full_disk_is_told_and_leaves_everything_as_it_was(store: Store, orders: int) -> None:
    await store.write(store.mirror.put, orders, ORDERS, orders_numbered(10))

    def limit() -> None:
        driver = store.settings._driver
        pages = driver.execute("PRAGMA page_count").fetchone()[0]
        driver.execute(f"PRAGMA max_page_count = {pages + 2}")

    await store.write(limit)
    with pytest.raises(StorageFull, match="disk is full") as caught:
        await store.write(store.mirror.put, orders, ORDERS, orders_numbered(2_000, 10))
    assert caught.value.code == "storage_full"
    assert caught.value.hint
    assert (await store.read(store.mirror.state, orders)).count == 10
    await store.write(lambda: store.settings._driver.execute("PRAGMA max_page_count = 1000000"))
    assert await store.write(store.mirror.put, orders, ORDERS, orders_numbered(2_000, 10)) == 2_000


async def test_errors_name_no_stored_value(store: Store) -> None:
    def collide() -> None:
        store.settings._driver.execute("INSERT INTO setting VALUES ('secret-key', 'secret-value'), ('secret-key', 'b')")

    with pytest.raises(CrosswalkError) as caught:
        await store.write(collide)
    assert "secret" not in repr(caught.value.report())


_WRITER = """
import sys
from pathlib import Path
from desktop.store import Store
from tests.store.examples import KEY, ORDERS, connection_row, orders_numbered

store = Store.open(Path(sys.argv[1]), KEY)
connection = store.call_sync(store.connections.by_name, "Agency")
connection_id = connection.id if connection else store.call_sync(store.connections.add, connection_row("Agency"))
object_id = store.call_sync(store.mirror.object_id, connection_id, ORDERS.key)

def step(number):
    store.mirror.put(object_id, ORDERS, orders_numbered(50, number * 50))
    store.settings.put("steps", number + 1)

number = store.call_sync(store.settings.get, "steps", 0)
while True:
    store.call_sync(step, number)
    number += 1
    print(number, flush=True)
"""


def integrity(store: Store) -> str:
    return store.settings._driver.execute("PRAGMA integrity_check").fetchone()[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_writer_leaves_whole_transactions_and_nothing_reported_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    for _round in range(2):
        command = [sys.executable, "-c", _WRITER, str(path)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert writer.stdout is not None
        reported = [int(writer.stdout.readline()) for _ in range(5)]
        writer.send_signal(signal.SIGKILL)
        rest = [int(line) for line in writer.stdout.read().split()]
        writer.wait()
        writer.stdout.close()
        store = Store.open(path, KEY)
        steps = store.call_sync(store.settings.get, "steps")
        object_id = store.call_sync(store.mirror.object_id, 1, ORDERS.key)
        state = store.call_sync(store.mirror.state, object_id)
        assert isinstance(steps, int)
        assert steps >= (rest or reported)[-1]
        assert state.count == state.last_seq == steps * 50
        assert store.call_sync(integrity, store) == "ok"
        store.close()


_OTHER = """
import sys
from pathlib import Path
from desktop.store import Store
from tests.store.examples import KEY

store = Store.open(Path(sys.argv[1]), KEY)

def add():
    store.settings.put("n", store.settings.get("n", 0) + 1)

for _ in range(50):
    store.call_sync(add)
store.close()
"""


def test_two_processes_write_the_same_workspace(store: Store) -> None:
    def add() -> None:
        number = store.settings.get("n", 0)
        assert isinstance(number, int)
        store.settings.put("n", number + 1)

    other = subprocess.Popen([sys.executable, "-c", _OTHER, str(store.path)], cwd=ROOT)
    for _ in range(50):
        store.call_sync(add)
    assert other.wait(30) == 0
    assert store.call_sync(store.settings.get, "n") == 100
