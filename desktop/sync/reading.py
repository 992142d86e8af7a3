"""Reading an object's records into its mirror: everything once, then what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from desktop.connectors.base import Page
from desktop.store import Store
from desktop.sync.endpoint import Place

Seen = Callable[[int, int | None], None]
"""Called with the records read so far and the total, where it is known."""


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """What a read brought: records read, records whose content is new, and whether everything was read."""

    read: int
    changed: int
    whole: bool


async def read_into_mirror(
    store: Store, place: Place, now: Callable[[], datetime], seen: Seen, *, whole: bool = False
) -> ReadSummary:
    """Bring an object's mirror up to date.

    The cursor moves only once every page of the read is stored, so that a read that breaks off is made again.
    Records are taken for gone when a read of changes names them, or after a whole and successful read without them.

    :param whole: read everything even where changes would do.
    """
    state = await store.read(store.mirror.state, place.mirror)
    cursor = state.cursor if state.complete and not whole else None
    started = now()
    sweep = await store.write(store.mirror.begin_sweep, place.mirror) if cursor is None else None
    read = changed = 0
    async for page in place.connector.read(place.schema, cursor):
        changed += await _put(store, place, page, sweep)
        read += len(page.records)
        seen(read, page.total)
        if page.last:
            await _close(store, place, page, sweep, started)
    return ReadSummary(read, changed, cursor is None)


async def _put(store: Store, place: Place, page: Page, sweep: int | None) -> int:
    if not page.records and not page.gone:
        return 0

    def put() -> int:
        gone = store.mirror.mark_gone(place.mirror, page.gone) if page.gone else 0
        return gone + store.mirror.put(place.mirror, place.schema, page.records, sweep)

    return await store.write(put)


async def _close(store: Store, place: Place, page: Page, sweep: int | None, started: datetime) -> None:
    def close() -> None:
        if sweep is not None:
            store.mirror.end_sweep(place.mirror, sweep)
        store.mirror.checkpoint(place.mirror, page.cursor, started, True)

    await store.write(close)
