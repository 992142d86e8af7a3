"""What every part of the emulator works on: the database, the sandbox's time and the settings."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from desktop.sandbox.activecampaign.errors import bad_request
from desktop.sandbox.outgoing import is_here

if TYPE_CHECKING:
    from desktop.sandbox.activecampaign.limits import AccountLimit
    from desktop.sandbox.clock import Clock
    from desktop.sandbox.kernel import Call
    from desktop.sandbox.storage import Storage

_WRITTEN = re.compile(r"\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+(\w+)", re.IGNORECASE)


@lru_cache(maxsize=512)
def _written_table(sql: str) -> str:
    match = _WRITTEN.match(sql)
    return match[1] if match else ""


class Database:
    """Named rows over the sandbox's storage, and totals that are counted once and then carried along.

    Every answer of a collection states how many rows match. Counting a million of them for each page would be
    most of the work, so a total is kept until its table is written to.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._versions: dict[str, int] = {}
        self._totals: dict[tuple[object, ...], tuple[int, int, int]] = {}
        self._ends: dict[tuple[object, ...], tuple[int, int, tuple[object, ...]]] = {}

    def rows(self, sql: str, *params: object) -> list[sqlite3.Row]:
        """All rows of a query, with access by column name."""
        cursor = self.storage.db.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(sql, params).fetchall()

    def row(self, sql: str, *params: object) -> sqlite3.Row | None:
        """The first row of a query."""
        cursor = self.storage.db.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(sql, params).fetchone()

    def value(self, sql: str, *params: object) -> Any:
        """The first column of the first row, None when there is no row."""
        found = self.storage.db.execute(sql, params).fetchone()
        return None if found is None else found[0]

    def run(self, sql: str, *params: object) -> sqlite3.Cursor:
        """A statement that writes to one table."""
        table = _written_table(sql)
        self._versions[table] = self._versions.get(table, 0) + 1
        return self.storage.db.execute(sql, params)

    def seek(self, table: str, listing: tuple[object, ...], offset: int) -> tuple[object, ...] | None:
        """Where the page before ended, when `listing` is read page after page and nothing was written since.

        An offset makes SQLite walk over everything before it; a reader of a million rows would make it do so
        for every page.
        """
        known = self._ends.get(listing)
        if known is None or known[:2] != (self._versions.get(table, 0), offset):
            return None
        return known[2]

    def ended(self, table: str, listing: tuple[object, ...], offset: int, last: tuple[object, ...]) -> None:
        """Remember that the page before `offset` of a listing ended with a row that sorts by these values."""
        if len(self._ends) > 256:
            self._ends.clear()
        self._ends[listing] = (self._versions.get(table, 0), offset, last)

    def total(self, table: str, where: str, params: tuple[object, ...], after: int = 0) -> int:
        """How many rows of `table` match, among those whose id is greater than `after`.

        Somebody who pages by id asks for the same rows with an ever greater `after`: then only the rows
        passed since the last page are counted and subtracted.
        """
        key = (table, where, params)
        version = self._versions.get(table, 0)
        known = self._totals.get(key)
        if known is not None and known[0] == version and known[1] <= after:
            passed = 0
            if known[1] < after:
                passed = self.value(
                    f"SELECT COUNT(*) FROM {table} WHERE id > ? AND id <= ? AND {where}",
                    known[1],
                    after,
                    *params,
                )
            total = known[2] - passed
        else:
            bound, bounds = ("id > ? AND ", (after,)) if after else ("", ())
            total = self.value(f"SELECT COUNT(*) FROM {table} WHERE {bound}{where}", *bounds, *params)
        if len(self._totals) > 256:
            self._totals.clear()
        self._totals[key] = (version, after, total)
        return total


@dataclass(slots=True)
class Settings:
    """What the control address may change.

    `index_delay_seconds`: how long a written record stays out of the records list (the list is eventually
    consistent). `unknown_record_status`: the answer for a single record that does not exist; the vendor's
    reference declares 400 and no 404, callers have to expect both. `webhook_tunnel`: the address of this computer at
    which what is sent to webhooks arrives, whatever their host; blank sends nothing. `side_loading`: whether
    listings of contacts take ``include``.
    """

    index_delay_seconds: float = 0.0
    unknown_record_status: int = 400
    webhook_tunnel: str = ""
    side_loading: bool = True

    def change(self, given: Mapping[str, object]) -> None:
        """Take the given settings. Raises ``ValueError`` for an unknown name or a value out of range."""
        for name, value in given.items():
            if name == "webhook_tunnel":
                if not isinstance(value, str) or (value and not is_here(value)):
                    raise ValueError("webhook_tunnel must be an address of this computer")
                self.webhook_tunnel = value
                continue
            if name == "side_loading":
                if not isinstance(value, bool):
                    raise ValueError("side_loading must be true or false")
                self.side_loading = value
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name} must be a number, 0 or more")
            if name == "index_delay_seconds":
                self.index_delay_seconds = float(value)
            elif name == "unknown_record_status":
                if value not in (400, 404):
                    raise ValueError("unknown_record_status must be 400 or 404")
                self.unknown_record_status = int(value)
            else:
                raise ValueError(f"unknown setting: {name}")


@dataclass(slots=True)
class State:
    """The account: its database, clock, limits and settings."""

    db: Database
    clock: Clock
    limit: AccountLimit
    settings: Settings = field(default_factory=Settings)

    def now(self) -> int:
        """Epoch seconds on the sandbox's clock."""
        return int(self.clock.now())


def base(call: Call) -> str:
    """The address that ``links`` start with."""
    return f"{call.base_url}/api/3"


def payload(call: Call, key: str) -> dict[str, Any]:
    """The object under `key` of a JSON body. Raises a 400 refusal when it is not there."""
    body = call.json()
    inner = body.get(key) if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        raise bad_request(f"The request body must contain a {key} object.")
    return inner


def text(value: object) -> str:
    """A scalar of a request as the older resources keep it: text, with 1 and 0 for true and false."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
