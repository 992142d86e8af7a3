"""The first phase of a run: bringing the mirrors up to date that it compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from desktop.domain.change import RunResult
from desktop.domain.definition import DeleteRule
from desktop.domain.errors import NotFound
from desktop.domain.mapping import Side
from desktop.store import Store
from desktop.sync.carrying import Carriers
from desktop.sync.endpoint import Place, Places
from desktop.sync.meter import Meter
from desktop.sync.reading import read_into_mirror, read_with_deletions
from desktop.sync.routes import Itinerary


class Gatherer:
    """Reads what one run needs."""

    def __init__(
        self,
        store: Store,
        sync_id: int,
        places: Places,
        itinerary: Itinerary,
        carriers: Carriers,
        meter: Meter,
        result: RunResult,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._sync_id = sync_id
        self._places = places
        self._itinerary = itinerary
        self._carriers = carriers
        self._meter = meter
        self._result = result
        self._now = now

    def declare(self) -> None:
        """Make the mirrors findable by what records are matched by. Runs in a transaction of the store."""
        mirror = self._store.mirror
        for side in Side:
            place = self._places.on(side)
            mirror.ensure_keys(place.mirror, place.schema, [line.field(side).key for line in self._itinerary.matches])
        for carrier in self._carriers.values():
            carrier.declare_keys(self._store)

    async def read(self, only: Mapping[Side, Sequence[str]] | None) -> None:
        """Bring the mirrors up to date: of all that changed, or of chosen records and what they are matched with."""
        sides = (self._itinerary.source, self._itinerary.target)
        if only is None:
            for side in sides:
                await self._read_side(side)
        else:
            unlinked = False
            for side in sides:
                unlinked |= await self._read_chosen(side, list(dict.fromkeys(only.get(side, ()))))
            if unlinked:
                await self._read_unchosen(only)
        for place in self._referenced():
            await read_into_mirror(self._store, place, self._now, self._meter.advance)

    async def _read_side(self, side: Side) -> None:
        counts = self._result.counts(side)
        deletions = self._itinerary.definition.delete is DeleteRule.PROPAGATE and side in self._itinerary.sources
        read = read_with_deletions if deletions else read_into_mirror
        summary = await read(self._store, self._places.on(side), self._now, self._meter.advance)
        counts.read = summary.read

    async def _read_chosen(self, side: Side, ids: Sequence[str]) -> bool:
        """Read records and their linked counterparts, and say whether any is not linked."""
        for record_id in ids:
            if await self._fetch(side, record_id):
                self._result.counts(side).read += 1
        links = await self._store.read(self._store.links.by_ids, self._sync_id, side, ids)
        for link in links.values():
            await self._fetch(side.other, link.id_on(side.other))
        return len(links) < len(ids)

    async def _read_unchosen(self, only: Mapping[Side, Sequence[str]]) -> None:
        """Bring the sides up to date in which a chosen record may have its counterpart."""
        for side in Side:
            if only.get(side.other):
                await read_into_mirror(self._store, self._places.on(side), self._now, self._meter.advance)

    async def look_at(self, side: Side, ids: Iterable[str]) -> None:
        """Read single records as they are now."""
        for record_id in ids:
            await self._fetch(side, record_id)

    async def _fetch(self, side: Side, record_id: str) -> bool:
        place = self._places.on(side)
        try:
            record = await place.connector.get(place.schema, record_id)
        except NotFound:
            await self._store.write(self._store.mirror.mark_gone, place.mirror, [record_id])
            return False
        await self._store.write(self._store.mirror.put, place.mirror, place.schema, [record])
        return True

    def _referenced(self) -> list[Place]:
        """The objects that references point to, each once."""
        places = {
            place.mirror: place for carrier in self._carriers.values() for place in (carrier.source, carrier.target)
        }
        for side in Side:
            places.pop(self._places.on(side).mirror, None)
        return list(places.values())
