"""What happens to one field of a linked pair: the three-way comparison of left, right and base. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from desktop.domain.mapping import ConflictRule, Side
from desktop.domain.values import FieldType, Json, Value, canonical, is_empty
from desktop.mapping.route import Arrival


class Verdict(Enum):
    """What to do with a field."""

    AGREED = auto()
    """Both sides mean the same: nothing to write, the base is renewed."""
    TO_LEFT = auto()
    """The right value goes to the left."""
    TO_RIGHT = auto()
    """The left value goes to the right."""
    KEEP = auto()
    """Both values stand by the rule; the base is renewed."""
    CONFLICT = auto()
    """Both sides changed it and the rule is to ask: nothing is written, the base stays."""


@dataclass(frozen=True, slots=True)
class Times:
    """When the two records changed, as their platforms state it; ``None`` where one does not."""

    left: datetime | None
    right: datetime | None

    @property
    def newer(self) -> Side | None:
        """The side that changed later; ``None`` where a time is missing or they are equal."""
        if self.left is None or self.right is None or self.left == self.right:
            return None
        return Side.LEFT if self.left > self.right else Side.RIGHT


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides last agreed on, in canonical form. ``known`` is false before the first agreement."""

    left: Json
    right: Json
    known: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a pair as it is now.

    :param to_left: the right value as the left side takes it; ``None`` where the line does not go there.
    :param to_right: the left value as the right side takes it; ``None`` where the line does not go there.
    """

    left: Value
    right: Value
    left_type: FieldType
    right_type: FieldType
    to_left: Arrival | None
    to_right: Arrival | None

    def agrees(self) -> bool:
        """Whether one side's value is what the other's is there."""
        return _arrives_as(self.to_right, self.right, self.right_type) or _arrives_as(
            self.to_left, self.left, self.left_type
        )

    def arrival(self, side: Side) -> Arrival | None:
        """What arrives on a side."""
        return self.to_left if side is Side.LEFT else self.to_right


@dataclass(frozen=True, slots=True)
class Rules:
    """How a line of the mapping is decided.

    :param revised: whether the mapping has changed since the base was stored, so that an unchanged value may
        nevertheless arrive differently.
    """

    conflict: ConflictRule
    blank_erases: bool = False
    revised: bool = False


def decide(cell: Cell, base: Base, rules: Rules, times: Times) -> Verdict:
    """Decide on one field. A blank never erases unless the line says so."""
    if cell.agrees():
        return Verdict.AGREED
    changed = _changed(cell, base)
    if len(changed) == 2:
        return _settle(cell, rules, times)
    if not changed:
        return _unchanged(cell, rules)
    (mover,) = changed
    if cell.arrival(mover.other) is not None:
        return _carry(cell, mover, rules)
    if rules.revised:
        return _settle(cell, rules, times)
    # Only the side changed that is written and never read: its value stands unless the rule names the other side.
    return _carry(cell, mover.other, rules) if _names(rules.conflict, mover.other) else Verdict.KEEP


def _changed(cell: Cell, base: Base) -> list[Side]:
    """The sides that changed since the base; before the first agreement, those that hold anything."""
    if not base.known:
        held = {Side.LEFT: not is_empty(cell.left), Side.RIGHT: not is_empty(cell.right)}
    else:
        held = {
            Side.LEFT: canonical(cell.left, cell.left_type) != base.left,
            Side.RIGHT: canonical(cell.right, cell.right_type) != base.right,
        }
    return [side for side in Side if held[side]]


def _settle(cell: Cell, rules: Rules, times: Times) -> Verdict:
    if not rules.blank_erases:
        # A blank is no rival: what the other side holds stands, and goes there where it may.
        for side, value in ((Side.LEFT, cell.left), (Side.RIGHT, cell.right)):
            if is_empty(value):
                return _carry(cell, side.other, rules)
    winner = times.newer if rules.conflict is ConflictRule.NEWEST else _named(rules.conflict)
    return Verdict.CONFLICT if winner is None else _carry(cell, winner, rules)


def _unchanged(cell: Cell, rules: Rules) -> Verdict:
    """Neither side changed, and yet they differ: a new mapping is applied, anything else was so before."""
    if not rules.revised:
        return Verdict.KEEP
    source = next((side for side in Side if cell.arrival(side) is None), None)
    return _carry(cell, source or _named(rules.conflict) or Side.LEFT, rules)


def _carry(cell: Cell, winner: Side, rules: Rules) -> Verdict:
    """The winner's value goes to the other side, where the line goes there and the value is not blank."""
    arrival = cell.arrival(winner.other)
    if arrival is None or (arrival.problem is None and is_empty(arrival.value) and not rules.blank_erases):
        return Verdict.KEEP
    return Verdict.TO_RIGHT if winner is Side.LEFT else Verdict.TO_LEFT


def _arrives_as(arrival: Arrival | None, value: Value, type_: FieldType) -> bool:
    return (
        arrival is not None and arrival.problem is None and canonical(arrival.value, type_) == canonical(value, type_)
    )


def _named(rule: ConflictRule) -> Side | None:
    return Side(rule.value) if rule in (ConflictRule.LEFT, ConflictRule.RIGHT) else None


def _names(rule: ConflictRule, side: Side) -> bool:
    return _named(rule) is side
