"""After a crash: every write whose outcome is not known is looked up before anything is sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from desktop.domain.change import Action, Change
from desktop.domain.errors import NotFound, Problem
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.schema import Field
from desktop.domain.values import Value, from_json
from desktop.store import Store
from desktop.sync.carrying import Carrier
from desktop.sync.endpoint import Place, Places
from desktop.sync.lookup import look_up
from desktop.sync.routes import Itinerary
from desktop.sync.sending import Sleep


async def recover(
    store: Store,
    sync_id: int,
    places: Places,
    itinerary: Itinerary,
    carriers: Mapping[str, Carrier],
    *,
    now: Callable[[], datetime],
    sleep: Sleep,
) -> int:
    """Settle the unknown outcomes of earlier runs and return how many there were.

    What is found is put into the mirror, where matching finds it; what is not found after the platform's own
    delay was not made, and the run plans it anew.
    """
    unresolved = await store.read(store.journal.unresolved, sync_id)
    for run_id, change in unresolved:
        place, keys = _place(change, places, itinerary, carriers)
        found = await _current(place, change, keys, itinerary.target, now, sleep)
        await store.write(_settle, store, run_id, change, place, found, itinerary.source, now())
    return len(unresolved)


def _place(
    change: Change, places: Places, itinerary: Itinerary, carriers: Mapping[str, Carrier]
) -> tuple[Place, Sequence[Field]]:
    for carrier in carriers.values():
        if change.object and carrier.target.schema.key == change.object:
            return carrier.target, [route.target for route in carrier.matches]
    return places.on(itinerary.target), [route.target for route in itinerary.matches]


async def _current(
    place: Place,
    change: Change,
    keys: Sequence[Field],
    target: Side,
    now: Callable[[], datetime],
    sleep: Sleep,
) -> Record | None:
    target_id = change.id_on(target)
    if change.action is not Action.CREATE and target_id:
        try:
            return await place.connector.get(place.schema, target_id)
        except NotFound:
            return None
    values = _values(place, change)
    found = await look_up(place, keys, values)
    if not found and change.sent_at is not None:
        since = (now() - change.sent_at).total_seconds()
        wait = place.capabilities.lag_seconds - since
        if wait > 0:
            await sleep(wait)
            found = await look_up(place, keys, values)
    return found[0] if found else None


def _values(place: Place, change: Change) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, item in change.fields.items():
        field = place.schema.field(key)
        if field is not None:
            values[key] = from_json(item.after, field.type)
    return values


def _settle(
    store: Store, run_id: str, change: Change, place: Place, found: Record | None, source: Side, at: datetime
) -> None:
    if found is None:
        problem = Problem(
            "interrupted",
            "The run was interrupted before this was written.",
            "It is compared again by the next run.",
        )
        store.journal.mark_failed(run_id, [(change.id, problem)], at)
        return
    store.mirror.put(place.mirror, place.schema, [found])
    source_id = change.id_on(source)
    left, right = (source_id, found.id) if source is Side.LEFT else (found.id, source_id)
    store.journal.mark_done(run_id, [(change.id, left, right)], at)
