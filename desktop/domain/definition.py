"""A sync: two objects, the mapping between them, the direction and the rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from desktop.domain.filters import Condition
from desktop.domain.mapping import ConflictRule, Direction, FieldPair, MatchPair, Side
from desktop.domain.schedule import Schedule


class DeleteRule(StrEnum):
    """What happens to a record whose counterpart was deleted."""

    KEEP = "keep"
    PROPAGATE = "propagate"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One side of a sync: an object of a connection, by their names."""

    connection: str
    object: str


@dataclass(frozen=True, slots=True)
class SideCondition:
    """A condition that records of one side must meet to take part."""

    side: Side
    condition: Condition


@dataclass(frozen=True, slots=True)
class SyncDefinition:
    """What a sync file says.

    :param match: all pairs must be equal for two records to be the same thing.
    :param delete_limit_percent: a run that would delete more than this share of the linked records asks first.
    :param schedule: when it runs by itself, ``None`` where only on demand.
    """

    name: str
    left: Endpoint
    right: Endpoint
    direction: Direction
    match: tuple[MatchPair, ...]
    fields: tuple[FieldPair, ...]
    filter: tuple[SideCondition, ...] = ()
    conflict: ConflictRule = ConflictRule.ASK
    delete: DeleteRule = DeleteRule.KEEP
    delete_limit_percent: int = 10
    schedule: Schedule | None = None

    def endpoint(self, side: Side) -> Endpoint:
        """The object on a side."""
        return self.left if side is Side.LEFT else self.right

    def conditions(self, side: Side) -> tuple[Condition, ...]:
        """The conditions on a side's records."""
        return tuple(item.condition for item in self.filter if item.side is side)

    def key(self, pair: MatchPair, side: Side) -> str:
        """The key of a match pair's field on a side."""
        return pair.left if side is Side.LEFT else pair.right

    def writes(self, pair: FieldPair, side: Side) -> bool:
        """Whether a line of the mapping carries values to a side."""
        return side in (pair.one_way or self.direction).written and side in self.direction.written

    def rule(self, pair: FieldPair) -> ConflictRule:
        """The conflict rule that holds for a line of the mapping."""
        return pair.conflict or self.conflict
