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


class Lease:
    """The right to run a sync, kept while the run goes on."""

    def __init__(self, store: Store, sync_id: int, name: str, owner: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._sync_id = sync_id
        self._name = name
        self._owner = owner
        self._now = now
        self._kept_at = now()

    async def take(self) -> bool:
        """Take it where nobody has it."""
        self._kept_at = self._now()
        return await self._store.write(
            self._store.leases.acquire, self._sync_id, self._owner, self._kept_at, LEASE_SECONDS
        )

    async def check(self) -> None:
        """Make sure that it is still held, when it was not renewed for long: the computer may have slept.

        :raises AlreadyRunning: when another run took over meanwhile.
        """
        if (self._now() - self._kept_at).total_seconds() > 2 * _RENEW_SECONDS:
            await self._renew()

    async def keep(self) -> None:
        """Renew it every minute, until cancelled or lost."""
        with contextlib.suppress(AlreadyRunning):
            while True:
                await anyio.sleep(_RENEW_SECONDS)
                await self._renew()

    async def give_back(self) -> None:
        """Let others run the sync."""
        with contextlib.suppress(StorageFailure):
            await self._store.write(self._store.leases.release, self._sync_id, self._owner)

    async def _renew(self) -> None:
        at = self._now()
        if not await self._store.write(self._store.leases.renew, self._sync_id, self._owner, at, LEASE_SECONDS):
            raise AlreadyRunning(
                f"Another run of “{self._name}” took over while this one was at rest.",
                "Nothing is sent twice. See that run for how it goes on.",
            )
        self._kept_at = at


@asynccontextmanager
async def hold_lease(
    store: Store, sync_id: int, name: str, owner: str, now: Callable[[], datetime]
) -> AsyncGenerator[Lease]:
    """Keep other runs of a sync away.

    :raises AlreadyRunning: when a run of it is under way, here or in another process.
    """
    lease = Lease(store, sync_id, name, owner, now)
    if not await lease.take():
        raise AlreadyRunning(f"“{name}” is already running.", "Wait until it has ended, or cancel it there.")
    try:
        async with beside(lease.keep):
            yield lease
    finally:
        with anyio.CancelScope(shield=True):
            await lease.give_back()


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
