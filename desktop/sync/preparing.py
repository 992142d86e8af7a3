"""Preparing planned changes: what each needs to be sent, read from the store for a whole chunk at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from desktop.domain.change import Action, Change
from desktop.domain.errors import Problem
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.schema import Field
from desktop.store import Link, Store
from desktop.sync.carrying import NEW, Carriers
from desktop.sync.comparing import Decisions, References
from desktop.sync.endpoint import Place, Places
from desktop.sync.questions import Open
from desktop.sync.routes import Itinerary
from desktop.sync.sending import Task


class Preparer:
    """Prepares the changes of one run. Its methods run inside a transaction of the store."""

    def __init__(self, store: Store, sync_id: int, places: Places, itinerary: Itinerary, carriers: Carriers) -> None:
        self._store = store
        self._sync_id = sync_id
        self._places = places
        self.itinerary = itinerary
        self._carriers = carriers

    def prepare(self, changes: Sequence[Change]) -> list[Task]:
        """The tasks of changes, in their order."""
        tasks: dict[int, Task] = {item.id: self._carried(item) for item in changes if item.object}
        for side in Side:
            own = [item for item in changes if item.side is side and not item.object]
            tasks.update({task.change.id: task for task in self._own(own, side)})
        return [tasks[item.id] for item in changes]

    def place_of(self, change: Change) -> tuple[Place, Sequence[Field]]:
        """The object that a change writes, and the fields by which a created record is found again."""
        if change.object:
            for (side, _key), carrier in self._carriers.items():
                if side is change.side and carrier.target.schema.key == change.object:
                    return carrier.target, [route.target for route in carrier.matches]
        return self._places.on(change.side), [route.target for route in self.itinerary.match_routes(change.side)]

    def _carried(self, change: Change) -> Task:
        place, keys = self.place_of(change)
        return Task(change, place, keys, None, None, {}, carried=True)

    def _own(self, changes: Sequence[Change], side: Side) -> list[Task]:
        if not changes:
            return []
        other = side.other
        ids = [item for change in changes if (item := change.id_on(other))]
        sources = self._store.mirror.get(self._places.on(other).mirror, ids)
        links = self._store.links.by_ids(self._sync_id, other, ids)
        references = self._references(sources, side)
        decided = self._decided(other, ids)
        keys = [route.target for route in self.itinerary.match_routes(side)]
        return [
            self._task(change, keys, sources, links, references, decided.get(change.id_on(other) or "", Open()))
            for change in changes
        ]

    def _task(
        self,
        change: Change,
        keys: Sequence[Field],
        sources: Mapping[str, Record],
        links: Mapping[str, Link],
        references: Mapping[str, References],
        open_: Open,
    ) -> Task:
        source_id = change.id_on(change.side.other) or ""
        place, source = self._places.on(change.side), sources.get(source_id)
        decisions = self._decisions(change, source, open_)
        link, known = links.get(source_id), references.get(source_id, {})
        return Task(change, place, keys, source, link, known, decisions)

    def _decided(self, side: Side, ids: Sequence[str]) -> Mapping[str, Open]:
        if not self._store.conflicts.any(self._sync_id):
            return {}
        found = self._store.conflicts.of_records(self._sync_id, side, ids)
        return {record_id: Open([item for item in items if item.decision]) for record_id, items in found.items()}

    def _decisions(self, change: Change, source: Record | None, open_: Open) -> Decisions:
        target_id = change.id_on(change.side)
        if source is None or target_id is None or change.action is not Action.UPDATE or not open_.conflicts:
            return {}
        found = self._store.mirror.get(self._places.on(change.side).mirror, [target_id]).get(target_id)
        if found is None:
            return {}
        left, right = (found, source) if change.side is Side.LEFT else (source, found)
        return open_.decisions(left, right)

    def _references(self, sources: Mapping[str, Record], side: Side) -> dict[str, References]:
        found: dict[str, dict[str, frozenset[str] | Problem]] = {key: {} for key in sources}
        for route in self.itinerary.routes(side):
            if not route.is_reference:
                continue
            carrier = self._carriers[side, route.target.key]
            wanted = {key: _ids(record, route.source) for key, record in sources.items()}
            known = carrier.resolve(self._store, {item for ids in wanted.values() for item in ids})
            for key, ids in wanted.items():
                problem: Problem | None = None
                resolved: set[str] = set()
                for item in ids:
                    counterpart = known[item]
                    problem = problem or counterpart.problem
                    resolved.add(counterpart.target_id or NEW + item)
                if not problem and any(item.startswith(NEW) for item in resolved):
                    noun = carrier.target.schema.label
                    problem = Problem(
                        "not_found",
                        f"Its {noun} could not be created in {carrier.target.connection}.",
                        f"See the failed {noun} in this run, correct it, then retry.",
                    )
                found[key][route.target.key] = problem or frozenset(resolved)
        return dict(found)


def _ids(record: Record, field: Field) -> frozenset[str]:
    value = record.get(field.key)
    return value if isinstance(value, frozenset) else frozenset()
