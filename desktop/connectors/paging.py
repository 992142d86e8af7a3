"""Listings read page by page, the next page under way while the last one is worked on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

T = TypeVar("T")


async def ahead(items: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """The same items; while one is in use the next is already being fetched."""
    upcoming = asyncio.ensure_future(anext(items, _END))
    try:
        while (item := await upcoming) is not _END:
            upcoming = asyncio.ensure_future(anext(items, _END))
            yield item  # type: ignore[misc]  # only the end is no T
    finally:
        upcoming.cancel()
        await asyncio.wait([upcoming])
        if not upcoming.cancelled():
            upcoming.exception()
        await items.aclose()


_END = object()
