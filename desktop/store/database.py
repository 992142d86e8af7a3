"""The open workspace file: a thread that writes, two that read and one that sorts, each with its own connection."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.engine import Connection

from desktop.domain.errors import StorageFailure
from desktop.store.failures import told_plainly
from desktop.store.opening import Prepare, bring_up_to_date, check_key, create_file, engine_for

P = ParamSpec("P")
T = TypeVar("T")

_READERS = 2
_log = logging.getLogger(__name__)


class _Current(threading.local):
    connection: Connection | None = None


class Database:
    """Runs work in transactions. Work finds its thread's connection in :attr:`connection`."""

    def __init__(self, path: Path, key: str, prepare: Prepare) -> None:
        check_key(key)
        create_file(path)
        self.path = path
        self._closed = False
        self._readers_engine = engine_for(path, key, writes=False, prepare=prepare, broken_off=lambda: self._closed)
        self._current = _Current()
        self._reader = threading.local()
        self._opened: list[Connection] = []
        self._opened_lock = threading.Lock()
        self._after_commit: list[Callable[[], None]] = []
        with told_plainly():
            self._writer = engine_for(path, key, writes=True, prepare=prepare).connect()
        try:
            bring_up_to_date(self._writer)
        except BaseException:
            self._writer.close()
            raise
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(_READERS, "store-reader")
        self._ordering = ThreadPoolExecutor(1, "store-order")

    @property
    def connection(self) -> Connection:
        """The connection of the transaction that this thread is in."""
        connection = self._current.connection
        if connection is None:
            raise RuntimeError("The store was used outside of read() and write().")
        return connection

    @property
    def driver(self) -> Any:
        """The same connection at the driver's level, for hot paths."""
        return self.connection.connection.driver_connection

    @property
    def closed(self) -> bool:
        """Whether no more work is taken."""
        return self._closed

    def after_commit(self, work: Callable[[], None]) -> None:
        """Have work done once the transaction that this thread is in has been committed."""
        self._after_commit.append(work)

    def release_memory(self) -> None:
        """Give back what the writing thread's cache holds. Called on that thread, between transactions."""
        self._writer.connection.driver_connection.execute("PRAGMA shrink_memory")  # type: ignore[union-attr]

    def submit_write(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue work for the writing thread, in a transaction of its own."""
        return self._submit(self._writing, lambda: self._write(lambda: work(*args, **kwargs)))

    def submit_read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue work for a reading thread, on one snapshot."""
        return self._submit(self._reading, lambda: self._read(lambda: work(*args, **kwargs)))

    def submit_order(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a long read that sorts. There is one thread for that: what sorting takes of memory is taken once."""
        return self._submit(self._ordering, lambda: self._read(lambda: work(*args, **kwargs)))

    def write_blocking(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work on the writing thread and wait. Inside a transaction it joins that one."""
        if self._current.connection is not None:
            return work(*args, **kwargs)
        return self.submit_write(work, *args, **kwargs).result()

    def close(self) -> None:
        """Finish what is being written, break off what is being read, and close the file."""
        if self._closed:
            return
        self._closed = True
        self._ordering.shutdown(wait=True, cancel_futures=True)
        self._reading.shutdown(wait=True, cancel_futures=True)
        self._writing.shutdown(wait=True)
        for connection in (*self._opened, self._writer):
            with suppress(Exception):
                connection.close()

    def _submit(self, executor: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
        try:
            return executor.submit(work)
        except RuntimeError as error:
            raise StorageFailure("The workspace is closed.", "Open it again.") from error

    def _write(self, work: Callable[[], T]) -> T:
        self._after_commit.clear()
        result = self._within(self._writer, work)
        for follow in self._after_commit:
            try:
                follow()
            except Exception:  # noqa: BLE001 - what is stored stays stored
                _log.exception("Work after a transaction failed")
        return result

    def _read(self, work: Callable[[], T]) -> T:
        connection: Connection | None = getattr(self._reader, "connection", None)
        if connection is None:
            with told_plainly():
                connection = self._readers_engine.connect()
            self._reader.connection = connection
            with self._opened_lock:
                self._opened.append(connection)
        return self._within(connection, work)

    def _within(self, connection: Connection, work: Callable[[], T]) -> T:
        with told_plainly():
            transaction = connection.begin()
            self._current.connection = connection
            try:
                result = work()
            except BaseException:
                with suppress(Exception):
                    transaction.rollback()
                raise
            finally:
                self._current.connection = None
            try:
                transaction.commit()
            except BaseException:
                with suppress(Exception):
                    transaction.rollback()
                raise
            return result


async def finished(future: Future[T]) -> T:
    """Wait for work that goes on when the waiting task is cancelled."""
    return await asyncio.shield(asyncio.wrap_future(future))


class Repository:
    """Reads and writes of one subject, on the transaction that the calling thread is in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def _connection(self) -> Connection:
        return self._database.connection

    @property
    def _driver(self) -> Any:
        return self._database.driver
