"""Which records a run looks at: chosen ones, or all that changed, went, failed before or are asked about."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from desktop.domain.definition import DeleteRule
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.store import Store, SyncRow
from desktop.sync.endpoint import Places
from desktop.sync.routes import Itinerary

_BATCH = 400


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of one side.

    :param total: how many records this kind of look takes in all, ``None`` where it is not known.
    :param after: a pair is left out if its other record changed after this sequence number: it was looked at from
        there. ``None`` leaves out nothing.
    :param elsewhere: a pair is left out if its other record is one of these: it is looked at from there.
    """

    side: Side
    records: Sequence[Record]
    total: int | None = None
    after: int | None = None
    elsewhere: frozenset[str] = frozenset()


class Candidates:
    """The records of one run, in batches.

    A pair is looked at once: from the first of :attr:`Itinerary.sources`, unless only its other record changed.

    :param only: ids of the records that were chosen, by side; ``None`` for all that call for a look.
    :ivar marks: up to where each side was compared by earlier runs; from the start after a new mapping.
    """

    def __init__(
        self,
        store: Store,
        row: SyncRow,
        places: Places,
        itinerary: Itinerary,
        only: Mapping[Side, Sequence[str]] | None,
    ) -> None:
        self._store = store
        self._row = row
        self._itinerary = itinerary
        self._only = only
        self._first = itinerary.sources[0]
        self._mirrors = {side: places.on(side).mirror for side in Side}
        anew = row.fingerprint != itinerary.fingerprint
        self.marks = {Side.LEFT: 0 if anew else row.left_seq, Side.RIGHT: 0 if anew else row.right_seq}

    @property
    def everything(self) -> bool:
        """Whether every record of the source is looked at, as by a first run."""
        return self._only is None and self.marks[self._first] == 0

    async def batches(self) -> AsyncIterator[Batch]:
        """Records to look at: chosen ones, or all that call for a look."""
        if self._only is not None:
            async for batch in self._chosen(self._only):
                yield batch
            async for batch in self._bereaved_of(self._only):
                yield batch
            return
        waiting = {side: await self._store.read(self._waiting_ids, side) for side in Side}
        async for batch in self._changed(self._first, frozenset()):
            yield batch
        other = self._first.other
        if other in self._itinerary.sources:
            async for batch in self._changed(other, frozenset(waiting[self._first])):
                yield batch
        elif not self.everything:
            async for batch in self._touched(other, frozenset(waiting[self._first])):
                yield batch
        async for batch in self._waiting(waiting):
            yield batch
        async for batch in self._bereaved(waiting):
            yield batch

    async def _chosen(self, only: Mapping[Side, Sequence[str]]) -> AsyncIterator[Batch]:
        chosen = list(dict.fromkeys(only.get(self._first, ())))
        records = await self._store.read(self._store.mirror.get, self._mirrors[self._first], chosen)
        yield Batch(self._first, list(records.values()), len(records))
        other = self._first.other
        rest = list(dict.fromkeys(only.get(other, ())))
        if rest:
            found = await self._store.read(self._store.mirror.get, self._mirrors[other], rest)
            yield Batch(other, list(found.values()), elsewhere=frozenset(records))

    async def _changed(self, side: Side, elsewhere: frozenset[str]) -> AsyncIterator[Batch]:
        mirror, seen = self._mirrors[side], self.marks[side]
        state = await self._store.read(self._store.mirror.state, mirror)
        total = state.count if seen == 0 else None
        after = None if side is self._first else self.marks[self._first]
        if seen:
            # What somebody changed last is what somebody waits for.
            below = state.last_seq + 1
            while rows := await self._store.read(self._store.mirror.changed_latest_first, mirror, seen, _BATCH, below):
                below = rows[-1][0]
                yield Batch(side, [record for _seq, record in rows], total, after, elsewhere)
            return
        while rows := await self._store.read(self._store.mirror.changed, mirror, seen, _BATCH, state.last_seq):
            seen = rows[-1][0]
            yield Batch(side, [record for _seq, record in rows], total, after, elsewhere)

    async def _touched(self, side: Side, elsewhere: frozenset[str]) -> AsyncIterator[Batch]:
        """Records that did not change themselves but whose counterpart did, on the side that is only written."""
        seen = self.marks[side]
        while rows := await self._store.read(self._store.mirror.changed, self._mirrors[side], seen, _BATCH):
            seen = rows[-1][0]
            ids = [record.id for _seq, record in rows]
            yield Batch(side.other, await self._store.read(self._partners, side, ids, elsewhere))

    def _partners(self, side: Side, ids: Sequence[str], elsewhere: frozenset[str]) -> list[Record]:
        links = self._store.links.by_ids(self._row.id, side, ids)
        return self._unchanged(side.other, sorted({link.id_on(side.other) for link in links.values()} - elsewhere))

    async def _waiting(self, waiting: Mapping[Side, Sequence[str]]) -> AsyncIterator[Batch]:
        """Records that failed before or are asked about: they stay until they are settled or dismissed."""
        for side in (self._first, self._first.other):
            ids = waiting[side]
            first = side is self._first
            after = None if first else self.marks[self._first]
            elsewhere = frozenset[str]() if first else frozenset(waiting[self._first])
            for start in range(0, len(ids), _BATCH):
                records = await self._store.read(self._unchanged, side, ids[start : start + _BATCH])
                yield Batch(side, records, None, after, elsewhere)

    def _waiting_ids(self, side: Side) -> list[str]:
        due = self._store.due.ids(self._row.id, side)
        asked = self._store.conflicts.record_ids(self._row.id, self._first)[side]
        return list(dict.fromkeys([*due, *sorted(asked)]))

    async def _bereaved(self, waiting: Mapping[Side, Sequence[str]]) -> AsyncIterator[Batch]:
        """Records whose linked counterpart went since the last run, where deletions are carried over."""
        if self._itinerary.definition.delete is DeleteRule.KEEP:
            return
        for gone_side in self._itinerary.sources:
            seen, mirror = self.marks[gone_side], self._mirrors[gone_side]
            known = frozenset(waiting[gone_side.other])
            while rows := await self._store.read(self._store.mirror.gone_since, mirror, seen, _BATCH):
                seen = rows[-1][0]
                ids = [record_id for _seq, record_id in rows]
                yield Batch(gone_side.other, await self._store.read(self._survivors, gone_side, ids, known))

    async def _bereaved_of(self, only: Mapping[Side, Sequence[str]]) -> AsyncIterator[Batch]:
        """Records whose linked counterpart was chosen and is gone, where deletions are carried over."""
        if self._itinerary.definition.delete is DeleteRule.KEEP:
            return
        for side in self._itinerary.sources:
            ids = list(dict.fromkeys(only.get(side, ())))
            chosen = frozenset(only.get(side.other, ()))
            records = await self._store.read(self._widowed, side, ids, chosen) if ids else []
            if records:
                yield Batch(side.other, records)

    def _widowed(self, side: Side, ids: Sequence[str], elsewhere: frozenset[str]) -> list[Record]:
        there = self._store.mirror.get(self._mirrors[side], ids)
        links = self._store.links.by_ids(self._row.id, side, [item for item in ids if item not in there])
        partners = sorted({link.id_on(side.other) for link in links.values()} - elsewhere)
        return list(self._store.mirror.get(self._mirrors[side.other], partners).values())

    def _survivors(self, gone_side: Side, ids: Sequence[str], known: frozenset[str]) -> list[Record]:
        side = gone_side.other
        links = self._store.links.by_ids(self._row.id, gone_side, ids)
        wanted = sorted({link.id_on(side) for link in links.values()} - known)
        if side in self._itinerary.sources:
            return self._unchanged(side, wanted)
        return list(self._store.mirror.get(self._mirrors[side], wanted).values())

    def _unchanged(self, side: Side, ids: Sequence[str]) -> list[Record]:
        """The records of these ids that are not among the changed ones, which are looked at anyway."""
        upper = self.marks[side] if side in self._itinerary.sources else None
        return list(self._store.mirror.get(self._mirrors[side], ids, up_to_seq=upper).values())
