"""Matching: which record of the other side is the counterpart of a record.

A link decides; without one, the match fields do, and only if exactly one record on each side carries the key.
Where more than one record could be it, a person is asked; it is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from desktop.domain.errors import Problem
from desktop.domain.filters import all_met
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.values import key_text
from desktop.store import Link, Store
from desktop.sync.endpoint import Places
from desktop.sync.routes import Itinerary


@dataclass(slots=True)
class Matched:
    """What matching a batch of records of one side found, each by record id.

    :ivar links: the links that there are.
    :ivar counterparts: the records on the other side, where they are there.
    :ivar choices: ids of the records that could be the counterpart, where more than one could.
    :ivar problems: why there can be no counterpart.
    :ivar shared: of records whose key others here have as well, the records of the other side that have it.
    :ivar stale: left ids of links that are over, by the record that takes the place of the one that is gone.
    :ivar rivals: ids, on the same side, of the records whose place a record would need: are they still there?
    """

    links: dict[str, Link] = field(default_factory=dict[str, Link])
    counterparts: dict[str, Record] = field(default_factory=dict[str, Record])
    choices: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    problems: dict[str, Problem] = field(default_factory=dict[str, Problem])
    shared: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    stale: dict[str, str] = field(default_factory=dict[str, str])
    rivals: dict[str, set[str]] = field(default_factory=dict[str, set[str]])


class Matcher:
    """Matches records of one side of a sync with the other. Its methods run inside a transaction of the store.

    :param here: the side whose records seek their counterparts.
    """

    def __init__(self, store: Store, sync_id: int, places: Places, itinerary: Itinerary, here: Side) -> None:
        self._store = store
        self._sync_id = sync_id
        self._itinerary = itinerary
        self._side = here
        self._routes = itinerary.match_routes(here.other)
        self._here = places.on(here)
        self._there = places.on(here.other)

    def match(self, records: Sequence[Record], chosen: Mapping[str, str]) -> Matched:
        """Find the counterparts of records.

        :param chosen: ids of counterparts that a person chose, by record id.
        """
        found = self.linked(records)
        unlinked = [record for record in records if record.id not in found.links]
        self._present(found, self._by_key(unlinked, found, chosen))
        self._replace_gone(records, found)
        return found

    def _replace_gone(self, records: Sequence[Record], found: Matched) -> None:
        """Pair records whose linked counterpart is gone with the one record that has their key now, if there is one."""
        bereaved = [item for item in records if item.id in found.links and item.id not in found.counterparts]
        if not bereaved:
            return
        looked = Matched()
        pairs = self._by_key(bereaved, looked, {})
        for record_id in pairs:
            found.stale[record_id] = found.links.pop(record_id).left_id
        self._present(found, pairs)

    def linked(self, records: Sequence[Record]) -> Matched:
        """Find the linked counterparts of records, and no others."""
        found = Matched(self._store.links.by_ids(self._sync_id, self._side, [record.id for record in records]))
        self._present(found, {key: link.id_on(self._side.other) for key, link in found.links.items()})
        return found

    def _present(self, found: Matched, pairs: Mapping[str, str]) -> None:
        present = self._store.mirror.get(self._there.mirror, sorted(set(pairs.values())))
        for record_id, other_id in pairs.items():
            if other_id in present:
                found.counterparts[record_id] = present[other_id]

    def _by_key(self, records: Sequence[Record], matched: Matched, chosen: Mapping[str, str]) -> dict[str, str]:
        keys = self._keys(records, matched.problems)
        doubled = self._doubled([record for record in records if record.id in keys])
        hits = self._hits(keys)
        taken = self._store.links.by_ids(
            self._sync_id, self._side.other, sorted({item for found in hits.values() for item in found})
        )
        holders = {target: link.id_on(self._side) for target, link in taken.items()}
        there = self._store.mirror.get(self._here.mirror, holders.values())
        over = {target for target, holder in holders.items() if holder not in there}
        pairs: dict[str, str] = {}
        for record_id, found in hits.items():
            free = sorted((found - taken.keys()) | (found & over))
            alike = doubled.get(record_id, {record_id})
            if len(alike) > 1:
                matched.problems[record_id] = self._double_here(len(alike))
                matched.rivals[record_id] = alike - {record_id}
                matched.shared[record_id] = found
            elif chosen.get(record_id) in free:
                pairs[record_id] = chosen[record_id]
            elif len(found) > 1:
                matched.choices[record_id] = sorted(found)
            elif found and not free:
                matched.problems[record_id] = self._taken()
                matched.rivals[record_id] = {holders[target] for target in found}
            elif found:
                pairs[record_id] = free[0]
        for record_id, target in pairs.items():
            if target in over:
                matched.stale[record_id] = taken[target].left_id
        return pairs

    def _keys(self, sources: Sequence[Record], problems: dict[str, Problem]) -> dict[str, tuple[str, ...]]:
        keys: dict[str, tuple[str, ...]] = {}
        for record in sources:
            texts: list[str] = []
            for route in self._routes:
                arrival = route.arrival(record.get(route.source.key))
                text = key_text(arrival.value, route.target.type)
                if arrival.problem or text is None:
                    problems[record.id] = arrival.problem or self._blank(route.source.label)
                    break
                texts.append(text)
            else:
                keys[record.id] = tuple(texts)
        return keys

    def _hits(self, keys: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
        hits: dict[str, set[str]] = {}
        for position, route in enumerate(self._routes):
            texts = sorted({texts[position] for texts in keys.values()})
            found = self._store.mirror.find_keys(self._there.mirror, route.target.key, texts)
            for source_id, wanted in keys.items():
                ids = set(found.get(wanted[position], ()))
                hits[source_id] = hits[source_id] & ids if source_id in hits else ids
        return hits

    def _doubled(self, sources: Sequence[Record]) -> dict[str, set[str]]:
        """Ids of the records of this side that take part and carry a record's key, itself included."""
        sharing: dict[str, set[str]] = {}
        for route in self._routes:
            key = route.source
            texts = {record.id: key_text(record.get(key.key), key.type) or "" for record in sources}
            found = self._store.mirror.find_keys(self._here.mirror, key.key, sorted(set(texts.values())))
            for source_id, text in texts.items():
                ids = set(found.get(text, ()))
                sharing[source_id] = sharing[source_id] & ids if source_id in sharing else ids
        others = {item for ids in sharing.values() if len(ids) > 1 for item in ids}
        taking_part = self._taking_part(others)
        return {source_id: ids & taking_part if len(ids) > 1 else ids for source_id, ids in sharing.items()}

    def _taking_part(self, ids: set[str]) -> set[str]:
        conditions = self._itinerary.definition.conditions(self._side)
        records = self._store.mirror.get(self._here.mirror, sorted(ids))
        schema = self._here.schema
        return {key for key, record in records.items() if all_met(conditions, record, schema.field)}

    def _blank(self, label: str) -> Problem:
        return Problem(
            "record_refused",
            f"{label} is blank, so it can't be matched.",
            f"Fill in {label} in {self._here.connection}.",
        )

    def _double_here(self, count: int) -> Problem:
        labels = ", ".join(route.source.label for route in self._routes)
        message = f"{count} {self._here.schema.plural} in {self._here.connection} have the same {labels}."
        return Problem("ambiguous", message, "Give each its own, or merge them, then retry.")

    def _taken(self) -> Problem:
        message = f"Its counterpart in {self._there.connection} already belongs to another record."
        return Problem("ambiguous", message, "Two records carry the same key. Correct one, then retry.")
