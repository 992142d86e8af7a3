"""Listings by offset, read without gaps while records come and go.

Source: https://developers.activecampaign.com/reference/pagination (``limit`` up to 100, ``offset``). When a record is
deleted, everything behind it moves forward and the next page skips one; so each page starts with the last row of the
page before it, and where it does not, the reading goes back until it does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.guard import id_text
from desktop.domain.errors import PlatformUnavailable, UnexpectedAnswer

_REMEMBERED_PAGES = 20
_RETURNS = 25
_SPARE_ROWS, _SPARE_SHARE = 10, 0.01

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a listing.

    :param total: how many rows the listing has in all.
    :param beside: the whole answer, which may hold what belongs to the rows under other keys.
    """

    rows: Sequence[Row]
    total: int | None
    server_time: datetime | None
    last: bool = False
    beside: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def page(wire: Wire, path: str, key: str, params: Mapping[str, str | int]) -> Listed:
    """One answer of a listing; ``meta.total`` is text on the older resources and a number on custom objects."""
    answer = await wire.call("GET", path, params=params)
    data = wire.as_object(answer)
    rows = data.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise wire.unexpected(f"the listing has no {key}")
    meta = data.get("meta")
    total = str(meta.get("total", "")) if isinstance(meta, dict) else ""
    return Listed(rows, int(total) if total.isdecimal() else None, answer.server_time, beside=data)


async def sweep(
    wire: Wire, path: str, key: str, params: Mapping[str, str | int], *, parallel: int = 1
) -> AsyncGenerator[Listed]:
    """Every row of a listing, some perhaps once more.

    :param params: filters and an order in which rows keep their place, or move to the front.
    :param parallel: pages to ask for at once.
    :raises PlatformUnavailable: when the listing changes faster than it can be read.
    """

    def fetch(offset: int) -> Awaitable[Listed]:
        return page(wire, path, key, {**params, "limit": size, "offset": offset})

    size = wire.page_size
    pages = _Ahead(fetch, parallel, size - 1)
    seen: deque[str] = deque(maxlen=_REMEMBERED_PAGES * size)
    offset = returns = stale = brought = 0
    try:
        while True:
            listed = await pages.take(offset)
            known = set(seen)
            if offset and not (listed.rows and _id(listed.rows[0]) in known):
                returns += 1
                if returns > _RETURNS:
                    raise PlatformUnavailable(
                        f"The {key} of {wire.transport.name} kept changing while they were read.",
                        "Nothing was changed. Try again when fewer changes are made at once.",
                    )
                offset = max(0, offset - size * returns)
                pages.drop()
                continue
            fresh = [row for row in listed.rows if _id(row) not in known]
            seen.extend(_id(row) for row in fresh)
            end = offset + len(listed.rows)
            brought += len(fresh)
            last = ends(len(listed.rows), size, end, listed.total)
            if last:
                whole(wire, key, brought, listed.total)
            stale = 0 if fresh else stale + 1
            if stale > _RETURNS:
                raise wire.unexpected(f"the listing of {key} does not go on")
            yield Listed(fresh, listed.total, listed.server_time, last, listed.beside)
            if last:
                return
            if len(listed.rows) < size:
                # Pages are shorter here than was asked for.
                pages.drop()
            offset = end - 1
            pages.expect(offset, listed.total)
    finally:
        await pages.aclose()


def ends(rows: int, size: int, seen: int, total: int | None) -> bool:
    """Whether a page is the last one. A short one is not, as long as more rows are stated and each page brings some."""
    if total is None:
        return rows < size
    return seen >= total or rows < min(size, _LEAST)


def whole(wire: Wire, key: str, seen: int, total: int | None) -> None:
    """See that a listing that has ended brought what it stated.

    :raises UnexpectedAnswer: when more is missing than may have gone or come meanwhile.
    """
    if total is not None and total - seen > max(_SPARE_ROWS, total * _SPARE_SHARE):
        raise UnexpectedAnswer(
            f"ActiveCampaign listed {seen:,} of {total:,} {key} of {wire.transport.name} and then stopped.",
            "Nothing was changed. Try again in a few minutes.",
        )


_LEAST = 2
"""Rows of a page that brings anything new, since each begins with the last row of the one before."""


class _Ahead:
    """Pages that are asked for before they are needed."""

    def __init__(self, fetch: Callable[[int], Awaitable[Listed]], parallel: int, step: int) -> None:
        self._fetch = fetch
        self._parallel = parallel
        self._step = step
        self._tasks: dict[int, asyncio.Future[Listed]] = {}

    async def take(self, offset: int) -> Listed:
        """The page at an offset."""
        task = self._tasks.pop(offset, None)
        if task is None:
            return await self._fetch(offset)
        try:
            return await task
        except asyncio.CancelledError:
            task.cancel()
            raise

    def expect(self, offset: int, total: int | None) -> None:
        """Ask for the pages that come next, as far as the listing goes."""
        for number in range(self._parallel):
            upcoming = offset + number * self._step
            if upcoming in self._tasks or (number and (total is None or upcoming >= total)):
                continue
            self._tasks[upcoming] = asyncio.ensure_future(self._fetch(upcoming))

    def drop(self) -> None:
        """Forget what was asked for: rows have moved."""
        for task in self._tasks.values():
            task.cancel()
            task.add_done_callback(_looked_at)
        self._tasks.clear()

    async def aclose(self) -> None:
        """End every request that is under way."""
        tasks = list(self._tasks.values())
        self.drop()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task


def _looked_at(task: asyncio.Future[Listed]) -> None:
    if not task.cancelled():
        task.exception()


def _id(row: Row) -> str:
    return id_text(row["id"])
