"""Guards: what makes a run stop before its first write and ask a person."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.domain.errors import Problem
from desktop.sync.endpoint import Place

_FEWEST = 20
"""Below this many linked records, changing all of them is nothing unusual."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run is about to do.

    :param linked: linked pairs before the run.
    :param source_count: records that the source holds.
    :param updates_of_linked: linked records that would be written.
    :param whole: whether every linked record was compared, not only the changed ones.
    """

    linked: int
    source_count: int
    updates_of_linked: int
    whole: bool


def guard(outlook: Outlook, source: Place, target: Place) -> Problem | None:
    """Why the run has to be confirmed, or ``None``."""
    if outlook.linked and not outlook.source_count:
        return Problem(
            "needs_confirmation",
            f"{source.named()} lists nothing, although {outlook.linked:,} of its records are linked.",
            "Look at the records there. If they really are gone, go ahead; nothing is deleted.",
        )
    if outlook.linked >= _FEWEST and outlook.updates_of_linked >= outlook.linked:
        return Problem(
            "needs_confirmation",
            f"Every one of the {outlook.linked:,} linked {target.schema.plural} in {target.connection} would change.",
            "Look at the preview. If this is what you want, go ahead.",
        )
    return None
