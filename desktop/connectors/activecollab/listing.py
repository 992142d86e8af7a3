"""Reading one collection: which come in pages is told by headers alone.

A collection that pages states ``X-Angie-PaginationCurrentPage``, ``-ItemsPerPage`` and ``-TotalItems``; one that does
not ignores ``page`` and comes whole without them, and some instances repeat the first page of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desktop.connectors.activecollab.client import Row, Wire
from desktop.connectors.activecollab.convert import id_of
from desktop.connectors.dialect import Answer
from desktop.connectors.pacing import header_number
from desktop.domain.errors import UnexpectedAnswer

_PASSES = 4
_SPARE_ROWS, _SPARE_SHARE = 10, 0.01
_SPARE_MANY = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A whole collection, without what is in the trash.

    :param server_time: the platform's time when the reading began.
    """

    rows: list[Row]
    server_time: datetime | None


async def listed(wire: Wire, path: str, key: str = "", record: str = "") -> Listed:
    """A whole collection.

    Pages shift when something is added or removed while they are read, and a row could be missed. So a reading whose
    rows are not as many as the platform states is made again, until it is or two in a row agree.

    :param key: under which the rows are where the answer is an object.
    :param record: what the collection belongs to, for the sentence when that is gone.
    :raises UnexpectedAnswer: when the platform keeps the later pages back.
    """
    before: frozenset[str] = frozenset()
    found: dict[str, Row] = {}
    began: datetime | None = None
    for _ in range(_PASSES):
        found, total, time = await _pass(wire, path, key, record)
        began = began or time
        ids = frozenset(found)
        if total is None or len(ids) == total or ids == before:
            _whole(wire, path, len(ids), total)
            break
        before = ids
    return Listed([row for row in found.values() if not in_trash(row)], began)


async def _pass(wire: Wire, path: str, key: str, record: str) -> tuple[dict[str, Row], int | None, datetime | None]:
    found: dict[str, Row] = {}
    began: datetime | None = None
    asked = 1
    while True:
        answer = await wire.call("GET", path, params={"page": asked} if asked > 1 else None, record=record)
        rows = _rows(wire, answer, key)
        current = header_number(answer.headers, "x-angie-paginationcurrentpage")
        size = header_number(answer.headers, "x-angie-paginationitemsperpage")
        total = header_number(answer.headers, "x-angie-paginationtotalitems")
        began = began or answer.server_time
        fresh = {id_of(row["id"]): row for row in rows}
        repeated = asked > 1 and (current != asked or fresh.keys() <= found.keys())
        if not repeated:
            found.update(fresh)
        if current is None or size is None:
            return found, None, began
        if repeated and rows and total is not None and len(found) < total and current != asked:
            raise wire.unexpected(f"{path} gives page {current} for page {asked}, and {len(found)} of {total} rows")
        if len(found) > 2 * (total or len(found)) + _SPARE_MANY:
            raise wire.unexpected(f"{path} goes on after {len(found)} of {total} rows")
        if repeated or not rows or (len(rows) < size and (total is None or len(found) >= total)):
            return found, total, began
        asked += 1


def _rows(wire: Wire, answer: Answer, key: str) -> list[Row]:
    data: Any = answer.data
    if key and isinstance(data, dict):
        data = data.get(key)
    if not isinstance(data, list) or not all(isinstance(row, dict) and id_of(row.get("id")) for row in data):
        raise wire.unexpected("no list of objects")
    return data


def _whole(wire: Wire, path: str, seen: int, total: int | None) -> None:
    """See that a collection that has ended brought what it stated.

    :raises UnexpectedAnswer: when rows are missing.
    """
    if total is not None and total - seen > max(_SPARE_ROWS, total * _SPARE_SHARE):
        raise UnexpectedAnswer(
            f"ActiveCollab listed {seen:,} of {total:,} records of {wire.transport.name} and then stopped.",
            "Nothing was changed. Try again in a few minutes.",
            path,
        )


def in_trash(row: Row) -> bool:
    """Whether an object lies in the trash."""
    return str(row.get("is_trashed") or "").lower() not in ("false", "0", "")
