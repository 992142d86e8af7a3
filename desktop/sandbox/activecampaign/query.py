"""The query strings of ActiveCampaign: PHP-style brackets, ``limit`` and ``offset``, ``filters`` and
``orders``.

`limit` is 20 when absent and 100 at most (more is clamped); ``orders[<field>]=ASC|DESC`` may be repeated and
counts in order of appearance (developers.activecampaign.com/reference/pagination, .../ordering,
.../filtering).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100
_TOO_LARGE = 2**63
_BRACKETS = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Filter:
    """One ``filters[<prop>][<op>]=<value>``; an operator left out is ``eq``."""

    prop: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Order:
    """One ``orders[<prop>]=ASC|DESC``."""

    prop: str
    descending: bool

    @property
    def word(self) -> str:
        """The SQL word of the direction."""
        return "DESC" if self.descending else "ASC"


class Query:
    """The decoded query string of one request."""

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._items = list(items)

    def text(self, name: str) -> str | None:
        """The last value of a parameter, None when it is absent or blank."""
        found = None
        for key, value in self._items:
            if key == name:
                found = value
        return found or None

    def number(self, name: str) -> int | None:
        """A parameter as a whole number; None when it is absent or no number."""
        return whole(self.text(name))

    def many(self, name: str) -> list[str]:
        """The values of ``name[]=1&name[]=2``, ``name[0]=1`` or ``name=1,2``."""
        values: list[str] = []
        for key, value in self._items:
            if key == name:
                values.extend(part.strip() for part in value.split(","))
            elif key.startswith(name + "["):
                values.append(value)
        return [value for value in values if value]

    def filters(self) -> list[Filter]:
        """All filters, in order of appearance."""
        return list(self._filters())

    def _filters(self) -> Iterator[Filter]:
        for key, value in self._items:
            if key.startswith("filters["):
                parts = _BRACKETS.findall(key) or [""]
                yield Filter(parts[0], parts[1] if len(parts) > 1 and parts[1] else "eq", value)

    def filter(self, *props: str) -> str | None:
        """The value of the last ``filters[<prop>]`` (any operator) that is not blank; the first name that is
        set wins.
        """
        for prop in props:
            found = None
            for candidate in self._filters():
                if candidate.prop == prop:
                    found = candidate.value
            if found:
                return found
        return None

    def orders(self) -> list[Order]:
        """All orders, in order of appearance; a direction other than DESC counts as ASC."""
        found: list[Order] = []
        for key, value in self._items:
            if key.startswith("orders["):
                names = _BRACKETS.findall(key) or [""]
                found.append(Order(names[0], value.strip().upper() == "DESC"))
        return found

    @property
    def limit(self) -> int:
        """1 to 100; 20 when absent or not positive."""
        number = self.number("limit")
        if number is None or number <= 0:
            return DEFAULT_LIMIT
        return min(number, LARGEST_LIMIT)

    @property
    def offset(self) -> int:
        """0 and up."""
        return max(self.number("offset") or 0, 0)


def whole(value: object) -> int | None:
    """An id or count of at most 63 bits, sent as a number or as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) < 30 and value.strip().isdecimal():
        value = int(value)
    return value if isinstance(value, int) and abs(value) < _TOO_LARGE else None


def like(text: str) -> str:
    """`text` with the wildcards of SQL's LIKE made literal (escape character: backslash)."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class Rows(Protocol):
    """What a selection needs of the database."""

    def rows(self, sql: str, *params: object) -> list[Any]: ...
    def value(self, sql: str, *params: object) -> Any: ...
    def total(self, table: str, where: str, params: tuple[object, ...]) -> int: ...
    def seek(self, table: str, listing: tuple[object, ...], offset: int) -> tuple[object, ...] | None: ...
    def ended(self, table: str, listing: tuple[object, ...], offset: int, last: tuple[object, ...]) -> None: ...


class Selection:
    """A filtered, ordered page of one table. Conditions are ANDed; the id always breaks ties."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._where: list[str] = []
        self._params: list[object] = []

    def where(self, condition: str, *params: object) -> None:
        """Add one SQL condition and the values of its question marks."""
        self._where.append(condition)
        self._params.extend(params)

    def page(self, db: Rows, query: Query, columns: dict[str, str], default: str = "id") -> tuple[list[Any], int]:
        """The page that `query` asks for and the number of all matching rows.

        `columns` maps the names that ``orders`` may use to SQL; other names are ignored, as the vendor does.
        """
        where = " AND ".join(self._where) or "1"
        orders = [f"{columns[o.prop]} {o.word}" for o in query.orders() if o.prop in columns]
        params = tuple(self._params)
        if orders in ([], ["id ASC"]):
            rows = page_by_id(db, self._table, where, params, query)
        else:
            order = ", ".join([*orders, default])
            rows = db.rows(
                f"SELECT * FROM {self._table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
                *params,
                query.limit,
                query.offset,
            )
        return rows, db.total(self._table, where, params)


def page_by_id(db: Rows, table: str, where: str, params: tuple[object, ...], query: Query) -> list[Any]:
    """One page in the order of ids; it begins where the page before has ended, if that is known."""
    listing = (table, where, params)
    end = db.seek(table, listing, query.offset) if query.offset else None
    if end is None:
        sql = f"SELECT * FROM {table} WHERE {where} ORDER BY id LIMIT ? OFFSET ?"
        rows = db.rows(sql, *params, query.limit, query.offset)
    else:
        sql = f"SELECT * FROM {table} WHERE id > ? AND {where} ORDER BY id LIMIT ?"
        rows = db.rows(sql, *end, *params, query.limit)
    if rows:
        db.ended(table, listing, query.offset + len(rows), (rows[-1]["id"],))
    return rows
