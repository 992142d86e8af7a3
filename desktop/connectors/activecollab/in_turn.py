"""Several pieces of work under way at once, their results in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def in_turn(work: Iterable[Callable[[], Awaitable[T]]], width: int) -> AsyncGenerator[T]:
    """The results in the order of the work, of which so much is under way at once; the rest ends when one fails."""
    upcoming = iter(work)
    under_way: deque[asyncio.Task[T]] = deque()
    try:
        while True:
            while len(under_way) < width and (call := next(upcoming, None)) is not None:
                under_way.append(asyncio.ensure_future(_awaited(call)))
            if not under_way:
                return
            result = await under_way[0]
            under_way.popleft()
            yield result
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _awaited(call: Callable[[], Awaitable[T]]) -> T:
    return await call()
