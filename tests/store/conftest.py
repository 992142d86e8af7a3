"""A store in a folder of its own, and the rows that others hang on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.store import Store
from tests.store.examples import KEY, ORDERS, connection_row, sync_row


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "workspace.db", KEY)
    yield opened
    opened.close()


@pytest.fixture
def connection_id(store: Store) -> int:
    return store.call_sync(store.connections.add, connection_row("Agency"))


@pytest.fixture
def orders(store: Store, connection_id: int) -> int:
    return store.call_sync(store.mirror.object_id, connection_id, ORDERS.key)


@pytest.fixture
def sync_id(store: Store) -> int:
    return store.call_sync(store.syncs.add, sync_row("Orders"))
