"""What a person asks of an object's records: search text, conditions, order."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.domain.filters import Condition


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """A view of an object's records.

    :param search: words of which each must occur in one of the record's values, case ignored.
    :param sort: key of the field to order by; ``None`` for the newest change first.
    """

    search: str = ""
    conditions: tuple[Condition, ...] = ()
    sort: str | None = None
    descending: bool = False
