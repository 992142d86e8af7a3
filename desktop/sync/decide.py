"""What happens to one field of a linked pair: the three-way comparison of source, target and base. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from desktop.domain.mapping import ConflictRule, Side
from desktop.domain.values import FieldType, Json, Value, canonical, is_empty


class Verdict(Enum):
    """What to do with a field."""

    AGREED = auto()
    """Both sides mean the same: nothing to write, the base is renewed."""
    WRITE = auto()
    """The source's value goes to the target."""
    KEEP = auto()
    """The target's value stands by the rule; the base is renewed."""
    CONFLICT = auto()
    """Both sides changed it and the rule is to ask: nothing is written, the base stays."""


@dataclass(frozen=True, slots=True)
class Times:
    """When the two records changed, as their platforms state it; ``None`` where one does not."""

    source: datetime | None
    target: datetime | None


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides last agreed on, in canonical form. ``known`` is false before the first agreement."""

    source: Json
    target: Json
    known: bool


def decide(
    source: Value,
    arrived: Value,
    target: Value,
    base: Base,
    *,
    source_type: FieldType,
    target_type: FieldType,
    rule: ConflictRule,
    source_side: Side,
    times: Times,
    blank_erases: bool = False,
    revised: bool = False,
) -> Verdict:
    """Decide on one field.

    :param arrived: the source's value as the target takes it.
    :param revised: whether the mapping has changed since the base was stored, so that an unchanged source may
        nevertheless arrive differently.
    """
    if canonical(arrived, target_type) == canonical(target, target_type):
        return Verdict.AGREED
    if is_empty(arrived) and not blank_erases:
        return Verdict.KEEP
    if not base.known:
        return Verdict.WRITE if is_empty(target) else _settle(rule, source_side, times)
    source_changed = canonical(source, source_type) != base.source
    target_changed = canonical(target, target_type) != base.target
    if target_changed and (source_changed or revised):
        return _settle(rule, source_side, times)
    if source_changed or (revised and not target_changed):
        return Verdict.WRITE
    if target_changed and _favours(rule, source_side):
        return Verdict.WRITE
    return Verdict.KEEP


def _settle(rule: ConflictRule, source_side: Side, times: Times) -> Verdict:
    if rule is ConflictRule.ASK:
        return Verdict.CONFLICT
    if rule is ConflictRule.NEWEST:
        if times.source is None or times.target is None or times.source == times.target:
            return Verdict.CONFLICT
        return Verdict.WRITE if times.source > times.target else Verdict.KEEP
    return Verdict.WRITE if _favours(rule, source_side) else Verdict.KEEP


def _favours(rule: ConflictRule, source_side: Side) -> bool:
    """Whether the rule names the source's side."""
    return rule.value == source_side.value
