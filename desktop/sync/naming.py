"""Naming: the names of who changed the records that a run asks about."""

from __future__ import annotations

import logging

from desktop.domain.errors import CrosswalkError
from desktop.domain.mapping import Side
from desktop.store import Store
from desktop.sync.endpoint import Places

_log = logging.getLogger(__name__)


async def name_people(store: Store, sync_id: int, places: Places) -> None:
    """Let the questions of a sync say who changed a record, where its platform tells.

    A platform that can't be asked now is asked by the next run: nothing else depends on a name.
    """
    for side in Side:
        keys = await store.read(store.conflicts.unnamed, sync_id, side)
        if not keys:
            continue
        place = places.on(side)
        try:
            names = await place.connector.people(keys)
        except CrosswalkError as error:
            _log.info("the names of who changed %s could not be read: %s", place.named(), error.message)
            continue
        await store.write(store.conflicts.name, sync_id, side, {key: names.get(key, "") for key in keys})
