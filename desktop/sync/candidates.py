"""Which source records a run looks at: chosen ones, or all that changed here or there, or failed before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.store import Store, SyncRow
from desktop.sync.endpoint import Places
from desktop.sync.routes import Itinerary

_BATCH = 400


class Candidates:
    """The source records of one run, in batches, each record once.

    :param only: ids of the records that were chosen, ``None`` for all that call for a look.
    """

    def __init__(
        self, store: Store, row: SyncRow, places: Places, itinerary: Itinerary, only: Sequence[str] | None
    ) -> None:
        self._store = store
        self._row = row
        self._itinerary = itinerary
        self._only = only
        self._source = places.on(itinerary.source).mirror
        self._target = places.on(itinerary.target).mirror
        self._marks = self._marks_of(row)

    @property
    def everything(self) -> bool:
        """Whether every source record is looked at, as by a first run."""
        return self._only is None and self._marks[0] == 0

    async def batches(self) -> AsyncIterator[tuple[list[Record], int | None]]:
        """Source records to look at: chosen ones, or all that changed here or there, or failed before."""
        if self._only is not None:
            records = await self._store.read(self._store.mirror.get, self._source, list(self._only))
            yield list(records.values()), len(records)
            return
        source_mark, target_mark = self._marks
        total = await self._store.read(self._store.mirror.state, self._source)
        upper = total.last_seq
        seen = source_mark
        while True:
            rows = await self._store.read(self._store.mirror.changed, self._source, seen, _BATCH, upper)
            if not rows:
                break
            seen = rows[-1][0]
            yield [record for _seq, record in rows], total.count if source_mark == 0 else None
        if source_mark == 0:
            return
        due = await self._store.read(self._store.due.ids, self._row.id)
        async for batch in self._touched_there(target_mark, source_mark, frozenset(due)):
            yield batch, None
        async for batch in self._due(due, source_mark):
            yield batch, None

    async def _touched_there(
        self, target_mark: int, source_mark: int, due: frozenset[str]
    ) -> AsyncIterator[list[Record]]:
        """Source records that did not change themselves but whose counterpart did; those that are due come later."""
        seen = target_mark
        while True:
            rows = await self._store.read(self._store.mirror.changed, self._target, seen, _BATCH)
            if not rows:
                return
            seen = rows[-1][0]
            ids = [record.id for _seq, record in rows]
            yield await self._store.read(self._linked_sources, ids, source_mark, due)

    def _linked_sources(self, target_ids: Sequence[str], source_mark: int, due: frozenset[str]) -> list[Record]:
        links = self._store.links.by_ids(self._row.id, self._itinerary.target, target_ids)
        left = self._itinerary.source is Side.LEFT
        ids = {link.left_id if left else link.right_id for link in links.values()}
        return self._unchanged_since(sorted(ids - due), source_mark)

    async def _due(self, ids: Sequence[str], source_mark: int) -> AsyncIterator[list[Record]]:
        """Records that failed before: they stay due until they succeed or a person dismisses them."""
        for start in range(0, len(ids), _BATCH):
            yield await self._store.read(self._unchanged_since, ids[start : start + _BATCH], source_mark)

    def _unchanged_since(self, ids: Sequence[str], source_mark: int) -> list[Record]:
        """The records of these ids that are not among the changed ones, which are looked at anyway."""
        return list(self._store.mirror.get(self._source, ids, up_to_seq=source_mark).values())

    def _marks_of(self, row: SyncRow) -> tuple[int, int]:
        """Up to where source and target were compared by earlier runs; from the start after a new mapping."""
        if row.fingerprint != self._itinerary.fingerprint:
            return 0, 0
        marks = (row.left_seq, row.right_seq)
        return marks if self._itinerary.source is Side.LEFT else (marks[1], marks[0])
