"""Guards: what makes a run stop before its first write and ask a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desktop.domain.definition import SyncDefinition
from desktop.domain.errors import Problem
from desktop.domain.mapping import Side
from desktop.sync.endpoint import Places
from desktop.sync.tally import Tally

_FEWEST = 20
"""Below this many linked records, changing all of them is nothing unusual."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run is about to do.

    :param linked: linked pairs before the run.
    :param held: by side, the records that it holds.
    :param whole: whether everything that changed was looked at, not only chosen records.
    """

    linked: int
    held: Mapping[Side, int]
    tally: Tally
    whole: bool


def guard(outlook: Outlook, definition: SyncDefinition, sources: Sequence[Side], places: Places) -> Problem | None:
    """Why the run has to be confirmed, or ``None``."""
    if outlook.whole:
        for side in sources:
            if outlook.linked and not outlook.held[side]:
                return _empty(outlook, side, places)
    return _deletes(outlook, definition, places) or _all_change(outlook, places)


def _empty(outlook: Outlook, side: Side, places: Places) -> Problem:
    deletes = outlook.tally.on[side.other].deletes
    place, there = places.on(side), places.on(side.other)
    then = (
        f"{deletes:,} {there.schema.plural} in {there.connection} would be deleted."
        if deletes
        else "If they really are gone, go ahead; nothing is deleted."
    )
    return Problem(
        "needs_confirmation",
        f"{place.named()} lists nothing, although {outlook.linked:,} of its records are linked.",
        f"Look at the records there. {then}",
    )


def _deletes(outlook: Outlook, definition: SyncDefinition, places: Places) -> Problem | None:
    deletes = {side: item.deletes for side, item in outlook.tally.on.items() if item.deletes}
    if sum(deletes.values()) * 100 <= outlook.linked * definition.delete_limit_percent:
        return None
    counts = " and ".join(f"{count:,} {places.on(side).named()}" for side, count in deletes.items())
    titles = outlook.tally.deleted_titles
    names = ", ".join(titles) + (" and others" if sum(deletes.values()) > len(titles) else "")
    return Problem(
        "needs_confirmation",
        f"{counts} would be deleted ({names}): more than {definition.delete_limit_percent} % of the "
        f"{outlook.linked:,} linked records.",
        "Look at the preview. If this is what you want, go ahead.",
    )


def _all_change(outlook: Outlook, places: Places) -> Problem | None:
    for side, item in outlook.tally.on.items():
        if outlook.linked >= _FEWEST and item.updates_of_linked >= outlook.linked:
            place = places.on(side)
            return Problem(
                "needs_confirmation",
                f"Every one of the {outlook.linked:,} linked {place.schema.plural} in {place.connection} would change.",
                "Look at the preview. If this is what you want, go ahead.",
            )
    return None
