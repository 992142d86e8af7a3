"""After a crash: every write whose outcome is not known is looked up before anything is sent again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from desktop.domain.change import UNDO, Action, Change, ChangeState, FieldChange
from desktop.domain.errors import NotFound, Problem
from desktop.domain.record import Record
from desktop.domain.schema import Field
from desktop.domain.values import from_json, same
from desktop.store import Store
from desktop.sync.agreeing import agree
from desktop.sync.endpoint import Place
from desktop.sync.lookup import Sleep, look_up, values_after
from desktop.sync.preparing import Preparer

_INTERRUPTED = Problem(
    "interrupted", "The run was interrupted before this was written.", "It is compared again by the next run."
)


async def recover(store: Store, sync_id: int, preparer: Preparer, *, now: Callable[[], datetime], sleep: Sleep) -> int:
    """Settle the unknown outcomes of earlier runs and return how many there were.

    What is found is put into the mirror, where matching finds it; what is not found after the platform's own
    delay was not made, and the run plans it anew.
    """
    unresolved = await store.read(store.journal.unresolved, sync_id)
    for run_id, change in unresolved:
        place, keys = preparer.place_of(change)
        found = await _current(place, change, keys, now, sleep)
        await store.write(_end, store, sync_id, preparer, run_id, change, found, now())
    return len(unresolved)


async def _current(
    place: Place, change: Change, keys: Sequence[Field], now: Callable[[], datetime], sleep: Sleep
) -> Record | None:
    target_id = change.id_on(change.side)
    if change.action is not Action.CREATE and target_id:
        try:
            return await place.connector.get(place.schema, target_id)
        except NotFound:
            return None
    values = values_after(change, place)
    found = await look_up(place, keys, values)
    if not found and change.sent_at is not None:
        since = (now() - change.sent_at).total_seconds()
        wait = place.capabilities.lag_seconds - since
        if wait > 0:
            await sleep(wait)
            found = await look_up(place, keys, values)
    return found[0] if found else None


def _end(
    store: Store,
    sync_id: int,
    preparer: Preparer,
    run_id: str,
    change: Change,
    found: Record | None,
    at: datetime,
) -> None:
    _settle(store, sync_id, run_id, change, preparer.place_of(change)[0], found, at)
    if found is None or change.action is not Action.UPDATE or store.runs.get(run_id).trigger != UNDO:
        return
    # What an undo gave back is no edit for later runs, also where the undo was broken off.
    ended = store.journal.get(run_id, change.id)
    if ended is not None and ended.state is ChangeState.DONE:
        agree(store, sync_id, preparer.itinerary, ended, found, at)


def _settle(
    store: Store, sync_id: int, run_id: str, change: Change, place: Place, found: Record | None, at: datetime
) -> None:
    if change.action is Action.DELETE and found is None:
        _forget(store, sync_id, change, place)
        store.journal.mark_done(run_id, [(change.id, change.left_id, change.right_id)], at)
        return
    if found is None or change.action is Action.DELETE:
        if found is not None:
            store.mirror.put(place.mirror, place.schema, [found])
        store.journal.mark_failed(run_id, [(change.id, _INTERRUPTED)], at)
        return
    store.mirror.put(place.mirror, place.schema, [found])
    written = {key: item for key, item in change.fields.items() if not _untouched(item, key, found, place)}
    if change.action is Action.UPDATE and not written:
        store.journal.mark_failed(run_id, [(change.id, _INTERRUPTED)], at)
        return
    if change.action is Action.UPDATE and len(written) < len(change.fields):
        store.journal.narrow(run_id, [(change.id, written)])
    source_id = change.id_on(change.side.other)
    left, right = (found.id, source_id) if change.side.value == "left" else (source_id, found.id)
    store.journal.mark_done(run_id, [(change.id, left, right)], at)


def _untouched(item: FieldChange, key: str, found: Record, place: Place) -> bool:
    """Whether a field still has the value from before the change."""
    field = place.schema.field(key)
    if field is None:
        return False
    now, before, after = found.get(key), from_json(item.before, field.type), from_json(item.after, field.type)
    return same(now, before, field.type) and not same(now, after, field.type)


def _forget(store: Store, sync_id: int, change: Change, place: Place) -> None:
    target_id = change.id_on(change.side)
    if target_id:
        store.mirror.mark_gone(place.mirror, [target_id])
    if change.left_id:
        store.links.remove(sync_id, [change.left_id])
