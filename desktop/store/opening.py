"""Opening the encrypted file: its key and settings, a new workspace's tables, and older or newer versions."""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, inspect
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from desktop.domain.errors import InvalidInput, StorageFailure, StorageFull
from desktop.store.driver import OperationalError, connect, driver_module
from desktop.store.failures import told_plainly
from desktop.store.migrations import migrate
from desktop.store.tables import metadata

HEAD = "0004"
"""The version that this program's tables have: the newest file in ``migrations/versions``."""

_OLDER = frozenset({"0001", "0002"})
_KEY = re.compile(r"[0-9a-fA-F]{64}")
_BUSY_MILLISECONDS = 10_000
_BETWEEN_TRIES = 0.02
"""Seconds."""
_STEPS_BETWEEN_QUESTIONS = 200_000

Prepare = Callable[[Any], None]


def create_file(path: Path) -> None:
    """Make the file, readable by its owner only, where there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StorageFull(
                "The disk is full. The workspace was not made.", "Free some space, then try again."
            ) from error
        raise StorageFailure(
            f"The workspace can't be made in {path.parent}.",
            "Check that the folder exists and that you may write to it.",
            str(error),
        ) from error


def check_key(key: str) -> None:
    """Refuse a key that is not 32 bytes in hexadecimal."""
    if not _KEY.fullmatch(key):
        raise InvalidInput("The workspace key is not valid.", hint="Put back the key from your keyring.")


def engine_for(
    path: Path, key: str, *, writes: bool, prepare: Prepare, broken_off: Callable[[], bool] | None = None
) -> Engine:
    """An engine whose connections are keyed and set up. Transactions of a writing one take the write lock at once.

    Pages of 4 KiB with HMAC-SHA256: a scan is a quarter faster than with SQLCipher's HMAC-SHA512, and records that
    arrive in no order of their ids dirty half of what they would with 8 KiB. ``FULL`` waits for the disk at every
    commit: an intent that was noted in the journal is there after a power cut. The writer's larger cache holds most
    of the index of a million records' ids.

    :param broken_off: asked now and then while a statement runs: whether it ends with an error.
    :param prepare: gets each new driver connection, to register its functions.
    """

    def keyed() -> Any:
        driver = connect(str(path), isolation_level=None, check_same_thread=False)
        try:
            driver.execute("PRAGMA cipher_log_level = NONE")
            driver.execute(f"PRAGMA key = \"x'{key}'\"")
            driver.execute("PRAGMA cipher_page_size = 4096")
            driver.execute("PRAGMA cipher_hmac_algorithm = HMAC_SHA256")
            driver.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            driver.execute("SELECT count(*) FROM sqlite_master").fetchone()
            driver.execute("PRAGMA foreign_keys = ON")
            driver.execute("PRAGMA synchronous = FULL")
            driver.execute("PRAGMA cell_size_check = ON")
            if writes:
                _write_ahead(driver)
                driver.execute("PRAGMA cache_size = -49152")
                driver.execute("PRAGMA wal_autocheckpoint = 8000")
                driver.execute("PRAGMA journal_size_limit = 67108864")
            else:
                driver.execute("PRAGMA cache_size = -8192")
                driver.execute("PRAGMA query_only = ON")
            if broken_off is not None:
                driver.set_progress_handler(broken_off, _STEPS_BETWEEN_QUESTIONS)
            prepare(driver)
        except BaseException:
            driver.close()
            raise
        return driver

    engine = create_engine("sqlite://", module=driver_module, creator=keyed, poolclass=NullPool)
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _write_ahead(driver: Any) -> None:
    """Switch to the write-ahead log. SQLite does not wait by itself where several make the switch at once."""
    deadline = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            driver.execute("PRAGMA journal_mode = WAL")
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_BETWEEN_TRIES)
        else:
            return


def bring_up_to_date(connection: Connection) -> None:
    """Make a new workspace's tables, or migrate an older workspace's.

    :raises StorageFailure: when a newer Crosswalk made the workspace.
    """
    with told_plainly():
        with connection.begin():
            tables = set(inspect(connection).get_table_names())
            if not tables:
                metadata.create_all(connection)
                stamp(connection)
                return
            version = _version(connection) if "alembic_version" in tables else None
        if version == HEAD:
            return
        if version in _OLDER:
            migrate(connection)
            return
    raise StorageFailure(
        "A newer Crosswalk made this workspace.",
        "Install the newest Crosswalk, then open the workspace again. Nothing was changed.",
        f"workspace version {version}, program version {HEAD}",
    )


def stamp(connection: Connection) -> None:
    """Note that the tables are this program's version, in the form that Alembic reads."""
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))


def _version(connection: Connection) -> str | None:
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
