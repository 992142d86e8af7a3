"""The sandbox's own storage: one SQLite database, in memory or in a file that survives a restart.

All access happens on one thread at a time: the seeding thread before the server starts, then the server's
own thread. Statements are short, so handlers call it directly. Each platform makes tables whose names start
with its own name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()

Row = tuple[Any, ...]


def to_text(document: object) -> str:
    """A document as the JSON text that is kept in a column."""
    return _encoder.encode(document).decode()


def from_text(text: str) -> Any:
    return _decoder.decode(text)


class Storage:
    """A SQLite connection with what the platforms need of it.

    ``path`` None keeps everything in memory. Outside ``transaction`` every statement commits by itself.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.db = sqlite3.connect(
            ":memory:" if path is None else path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        # A killed process loses nothing (the operating system has the pages); only a power cut could.
        self.db.execute("PRAGMA synchronous = OFF")
        self.db.execute("PRAGMA temp_store = MEMORY")
        self.db.execute("PRAGMA cache_size = -65536")
        if path is not None:
            self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("CREATE TABLE IF NOT EXISTS sandbox_values (name TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def close(self) -> None:
        self.db.close()

    def script(self, sql: str) -> None:
        """Run several statements, such as ``CREATE TABLE IF NOT EXISTS`` ones."""
        self.db.executescript(sql)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self.db.execute(sql, params)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self.db.executemany(sql, rows)

    def one(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        return self.db.execute(sql, params).fetchone()

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        return self.db.execute(sql, params).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction inside another one joins it."""
        if self.db.in_transaction:
            yield
            return
        self.db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def get_value(self, name: str) -> Any:
        """A small named JSON value (a setting, a counter), or None."""
        row = self.one("SELECT value FROM sandbox_values WHERE name = ?", (name,))
        return None if row is None else from_text(row[0])

    def set_value(self, name: str, value: object) -> None:
        self.execute("INSERT OR REPLACE INTO sandbox_values VALUES (?, ?)", (name, to_text(value)))

    def clear(self) -> None:
        """Drop every table; platforms make theirs anew."""
        names = self.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (name,) in names:
            self.execute(f'DROP TABLE IF EXISTS "{name}"')
        self.execute("CREATE TABLE sandbox_values (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
