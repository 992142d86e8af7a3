"""Reading an object's records into its mirror: everything once, then what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.connectors.base import ChangeReport, Page
from desktop.store import Store, Sweep
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


async def read_with_deletions(store: Store, place: Place, now: Callable[[], datetime], seen: Seen) -> ReadSummary:
    """Bring an object's mirror up to date so that deletions show as well, as cheaply as the platform allows.

    Where it tells only what changed, everything is read once a day, and at once when the platform counts other than
    the mirror: one request tells. What it counted beside its listing after the last whole read is taken into account.
    """
    sweep = await store.read(store.sweeps.get, place.mirror)
    by_absence = place.capabilities.changes is not ChangeReport.NONE
    started = now()
    whole = by_absence and (sweep is None or started - sweep.at >= _SWEEP_AGE)
    summary = await read_into_mirror(store, place, now, seen, whole=whole)
    if not by_absence:
        return summary
    surplus = await _surplus(store, place)
    if not summary.whole and sweep is not None and surplus not in (None, sweep.surplus):
        again = await read_into_mirror(store, place, now, seen, whole=True)
        summary = ReadSummary(summary.read + again.read, summary.changed + again.changed, True)
        surplus = await _surplus(store, place)
    if summary.whole:
        await store.write(store.sweeps.put, place.mirror, Sweep(started, surplus or 0))
    return summary


async def _surplus(store: Store, place: Place) -> int | None:
    """How many records more the platform counts than the mirror holds, ``None`` where it does not count."""
    counted = await place.connector.count(place.schema)
    state = await store.read(store.mirror.state, place.mirror)
    return None if counted is None else counted - state.count


_SWEEP_AGE = timedelta(days=1)


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
