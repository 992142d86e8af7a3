"""Who runs a sync: at most one run at a time, in whichever process."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import anyio
import psutil

from desktop.domain.errors import AlreadyRunning, StorageFailure
from desktop.store import Store
from desktop.sync.beside import beside

LEASE_SECONDS = 300.0
_RENEW_SECONDS = 60.0


@asynccontextmanager
async def hold_lease(
    store: Store, sync_id: int, name: str, owner: str, now: Callable[[], datetime]
) -> AsyncGenerator[None]:
    """Keep other runs of a sync away.

    :raises AlreadyRunning: when a run of it is under way, here or in another process.
    """
    if not await store.write(store.leases.acquire, sync_id, owner, now(), LEASE_SECONDS):
        raise AlreadyRunning(f"“{name}” is already running.", "Wait until it has ended, or cancel it there.")

    async def renew() -> None:
        while True:
            await anyio.sleep(_RENEW_SECONDS)
            await store.write(store.leases.renew, sync_id, owner, now(), LEASE_SECONDS)

    try:
        async with beside(renew):
            yield
    finally:
        with anyio.CancelScope(shield=True), contextlib.suppress(StorageFailure):
            await store.write(store.leases.release, sync_id, owner)


def process_owner() -> str:
    """The name of this process among all processes of all machines."""
    started = int(psutil.Process().create_time())
    return f"{socket.gethostname()}:{os.getpid()}:{started}"


def is_gone(owner: str) -> bool:
    """Whether the process that holds a lease is known to have ended.

    :param owner: what :func:`process_owner` gave, a run's id perhaps behind it. Of other machines nothing is known.
    """
    host, process, started, *_run = [*owner.split(":"), "", ""]
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        return int(psutil.Process(int(process)).create_time()) != int(started)
    except psutil.NoSuchProcess:
        return True
    except (psutil.AccessDenied, ValueError):
        return False
