"""A mapping: which field here is which field there, and what happens to a value on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Argument = str | int | float | bool


class Side(StrEnum):
    """One of the two objects of a sync."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Direction(StrEnum):
    """Which way values flow."""

    LEFT_TO_RIGHT = "left_to_right"
    RIGHT_TO_LEFT = "right_to_left"
    TWO_WAY = "two_way"

    @property
    def source(self) -> Side:
        """The side that values come from; the left one where they come from both."""
        return Side.RIGHT if self is Direction.RIGHT_TO_LEFT else Side.LEFT

    @property
    def target(self) -> Side:
        """The side opposite of the source."""
        return self.source.other

    @property
    def written(self) -> tuple[Side, ...]:
        """The sides that are written."""
        return (Side.LEFT, Side.RIGHT) if self is Direction.TWO_WAY else (self.target,)

    @property
    def two_way(self) -> bool:
        """Whether values flow both ways."""
        return self is Direction.TWO_WAY


class ConflictRule(StrEnum):
    """Which value stands when both sides changed a field differently."""

    NEWEST = "newest"
    LEFT = "left"
    RIGHT = "right"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Step:
    """One transformation of a value: its name in the catalogue, and its arguments."""

    use: str
    arguments: Mapping[str, Argument] = field(default_factory=dict[str, Argument])


@dataclass(frozen=True, slots=True)
class MatchPair:
    """Two fields whose equal values say that two records are the same thing."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Carry:
    """How a reference is carried over: the referenced record is found on the other side, or created there.

    :param match: fields of the two referenced objects by which the counterpart is found.
    :param fields: fields that a created counterpart gets, beside those it is matched by.
    :param create: whether a counterpart that is not there is created.
    """

    match: tuple[MatchPair, ...]
    fields: tuple[MatchPair, ...] = ()
    create: bool = True


@dataclass(frozen=True, slots=True)
class FieldPair:
    """One line of the mapping.

    :param values: option of the left side to option of the right side.
    :param transform: steps applied to a value on its way from the source to the target; in a sync that goes both
        ways from left to right, and undone from right to left.
    :param conflict: the rule for this field, where it differs from the sync's.
    :param carry: for references, how the referenced record is found.
    :param blank_erases: whether a blank source value clears the target's.
    :param one_way: the only way the line's values go, where the sync goes both ways.
    """

    left: str
    right: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    transform: tuple[Step, ...] = ()
    conflict: ConflictRule | None = None
    carry: Carry | None = None
    blank_erases: bool = False
    one_way: Direction | None = None

    def on(self, side: Side) -> str:
        """The field's key on a side."""
        return self.left if side is Side.LEFT else self.right
