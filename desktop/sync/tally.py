"""The counts of a plan, as it grows."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.domain.mapping import Side


@dataclass(slots=True)
class SideTally:
    """What is planned on one side.

    :ivar updates_of_linked: updates of records that were linked before the run.
    :ivar failed_linked: linked records that can't be written.
    """

    creates: int = 0
    updates: int = 0
    deletes: int = 0
    updates_of_linked: int = 0
    failed: int = 0
    failed_linked: int = 0


@dataclass(slots=True)
class Tally:
    """What a plan holds.

    :ivar compared: by side, records looked at.
    :ivar filtered: by side, records that a condition leaves out.
    :ivar carried: referenced records to create.
    :ivar matched: pairs that were found equal and are linked for the first time.
    :ivar deleted_titles: the first names of records to delete.
    """

    carried: int = 0
    matched: int = 0
    conflicts: int = 0
    compared: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    filtered: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    on: dict[Side, SideTally] = field(default_factory=lambda: {side: SideTally() for side in Side})
    deleted_titles: list[str] = field(default_factory=list[str])

    @property
    def planned(self) -> int:
        """Changes that are to be written."""
        return self.carried + sum(item.creates + item.updates + item.deletes for item in self.on.values())

    @property
    def failed(self) -> int:
        """Records that can't be written, on both sides together."""
        return sum(item.failed for item in self.on.values())
