"""Matching: which record of the target is the counterpart of a source record.

A link decides; without one, the match fields do, and only if exactly one record on each side carries the key.
Ambiguous matches are reported, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from desktop.domain.errors import Problem
from desktop.domain.filters import all_met
from desktop.domain.mapping import Side
from desktop.domain.record import Record
from desktop.domain.values import key_text
from desktop.store import Link, Store
from desktop.sync.endpoint import Places
from desktop.sync.routes import Itinerary

Matched = tuple[dict[str, Link], dict[str, Record], dict[str, Problem]]
"""By source id: the link, the counterpart, and why there can be none."""


class Matcher:
    """Matches the source records of one sync. Its methods run inside a transaction of the store."""

    def __init__(self, store: Store, sync_id: int, places: Places, itinerary: Itinerary) -> None:
        self._store = store
        self._sync_id = sync_id
        self._itinerary = itinerary
        self._source = places.on(itinerary.source)
        self._target = places.on(itinerary.target)

    def match(self, sources: Sequence[Record], *, recreate: bool) -> Matched:
        """Find the counterparts of source records.

        :param recreate: whether a linked counterpart that is gone is forgotten, so that it is made again.
        """
        side = self._itinerary.source
        links = self._store.links.by_ids(self._sync_id, side, [record.id for record in sources])
        problems: dict[str, Problem] = {}
        pairs = {source_id: _other(link, side) for source_id, link in links.items()}
        unlinked = [record for record in sources if record.id not in pairs]
        pairs.update(self._by_key(unlinked, problems))
        present = self._store.mirror.get(self._target.mirror, sorted(set(pairs.values())))
        targets: dict[str, Record] = {}
        for source_id, target_id in pairs.items():
            if target_id in present:
                targets[source_id] = present[target_id]
            elif recreate:
                self._store.links.remove(self._sync_id, [links.pop(source_id).left_id])
            else:
                problems[source_id] = self._deleted()
        return links, targets, problems

    def _deleted(self) -> Problem:
        name = self._target.connection
        return Problem("not_found", f"It was deleted in {name}.", f"Retry makes it again in {name}.")

    def _by_key(self, sources: Sequence[Record], problems: dict[str, Problem]) -> dict[str, str]:
        keys = self._keys(sources, problems)
        doubled = self._doubled([record for record in sources if record.id in keys])
        hits = self._hits(keys)
        taken = self._store.links.by_ids(
            self._sync_id, self._itinerary.target, sorted({item for found in hits.values() for item in found})
        )
        pairs: dict[str, str] = {}
        for source_id, found in hits.items():
            if doubled.get(source_id, 1) > 1:
                problems[source_id] = self._double_here(doubled[source_id])
            elif len(found) > 1:
                problems[source_id] = self._double_there(len(found))
            elif found:
                target_id = next(iter(found))
                if target_id in taken:
                    problems[source_id] = self._taken()
                else:
                    pairs[source_id] = target_id
        return pairs

    def _keys(self, sources: Sequence[Record], problems: dict[str, Problem]) -> dict[str, tuple[str, ...]]:
        keys: dict[str, tuple[str, ...]] = {}
        for record in sources:
            texts: list[str] = []
            for route in self._itinerary.matches:
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
        for position, route in enumerate(self._itinerary.matches):
            texts = sorted({texts[position] for texts in keys.values()})
            found = self._store.mirror.find_keys(self._target.mirror, route.target.key, texts)
            for source_id, wanted in keys.items():
                ids = set(found.get(wanted[position], ()))
                hits[source_id] = hits[source_id] & ids if source_id in hits else ids
        return hits

    def _doubled(self, sources: Sequence[Record]) -> dict[str, int]:
        """How many source records that take part carry a record's key, itself included."""
        sharing: dict[str, set[str]] = {}
        for route in self._itinerary.matches:
            field = route.source
            texts = {record.id: key_text(record.get(field.key), field.type) or "" for record in sources}
            found = self._store.mirror.find_keys(self._source.mirror, field.key, sorted(set(texts.values())))
            for source_id, text in texts.items():
                ids = set(found.get(text, ()))
                sharing[source_id] = sharing[source_id] & ids if source_id in sharing else ids
        others = {item for ids in sharing.values() if len(ids) > 1 for item in ids}
        taking_part = self._taking_part(others)
        return {source_id: len(ids & taking_part) if len(ids) > 1 else len(ids) for source_id, ids in sharing.items()}

    def _taking_part(self, ids: set[str]) -> set[str]:
        conditions = self._itinerary.definition.conditions(self._itinerary.source)
        records = self._store.mirror.get(self._source.mirror, sorted(ids))
        schema = self._source.schema
        return {key for key, record in records.items() if all_met(conditions, record, schema.field)}

    def _blank(self, label: str) -> Problem:
        return Problem(
            "record_refused",
            f"{label} is blank, so it can't be matched.",
            f"Fill in {label} in {self._source.connection}.",
        )

    def _double_here(self, count: int) -> Problem:
        labels = ", ".join(route.source.label for route in self._itinerary.matches)
        message = f"{count} {self._source.schema.plural} in {self._source.connection} have the same {labels}."
        return Problem("ambiguous", message, "Give each its own, or merge them, then retry.")

    def _double_there(self, count: int) -> Problem:
        labels = ", ".join(route.target.label for route in self._itinerary.matches)
        message = f"{count} {self._target.schema.plural} in {self._target.connection} have the same {labels}."
        return Problem("ambiguous", message, "Merge them there, then retry.")

    def _taken(self) -> Problem:
        message = f"Its counterpart in {self._target.connection} already belongs to another record."
        return Problem("ambiguous", message, "Two records carry the same key. Correct one, then retry.")


def _other(link: Link, side: Side) -> str:
    return link.right_id if side is Side.LEFT else link.left_id
