"""Values that were given back are taken as agreed, so that no later run takes them for an edit."""

from __future__ import annotations

from datetime import datetime

from desktop.domain.change import Change
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.values import Json, canonical
from desktop.store import Store
from desktop.sync.comparing import renewed_link
from desktop.sync.routes import Itinerary


def agree(store: Store, sync_id: int, itinerary: Itinerary, change: Change, written: Record, now: datetime) -> None:
    """Make what a change gave back part of what both records are compared with from now on.

    Runs inside a transaction of the store.
    """
    if change.left_id is None or change.object:
        return
    link = store.links.by_ids(sync_id, Side.LEFT, [change.left_id]).get(change.left_id)
    if link is None:
        return
    base: dict[str, Json] = {}
    for line in itinerary.lines:
        here = line.field(change.side)
        if here.key in change.fields:
            base[here.key] = canonical(written.get(here.key), here.type)
    bases = {change.side: base, change.side.other: dict[str, Json]()}
    store.links.put_many(sync_id, [renewed_link(link, link.left_id, link.right_id, bases, now)])
