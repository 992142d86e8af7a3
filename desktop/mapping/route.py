"""The way of one value from a source field to a target field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from desktop.domain.compatibility import Compatibility, Fit, compatibility
from desktop.domain.errors import Problem
from desktop.domain.mapping import Direction, FieldPair, Side, Step
from desktop.domain.record import display
from desktop.domain.schema import Field
from desktop.domain.validate import problem_with
from desktop.domain.values import FieldType, Value, is_empty
from desktop.mapping.transforms import CannotTransform, apply_back, apply_step, catalogue, irreversible


@dataclass(frozen=True, slots=True)
class Arrival:
    """A value as it arrives, or why it can't."""

    value: Value = None
    problem: Problem | None = None


class Route:
    """How the values of one line of a mapping travel, worked out once for many records.

    :param back: whether they travel against the mapping: its steps are undone, the last one first.
    """

    def __init__(self, pair: FieldPair, source: Field, target: Field, target_side: Side, *, back: bool = False) -> None:
        self.pair = pair
        self.source = source
        self.target = target
        self._back = back
        self._values = _directed(pair.values, source, target_side)
        self._steps = tuple(reversed(pair.transform)) if back else pair.transform
        landed = target.type if back else _type_after(source, pair.transform)
        self.fit = compatibility(replace(source, type=landed) if pair.transform else source, target)
        self._via = Step(self.fit.via) if self.fit.via and self.fit.via in catalogue else None
        self._options = _option_index(target)

    @property
    def is_reference(self) -> bool:
        """Whether the line carries a reference, which the engine resolves to a record of the other side."""
        return self.source.type is FieldType.REFERENCE

    def arrival(self, value: Value) -> Arrival:
        """The value as the target takes it.

        Nothing is shortened, rounded or replaced unless the mapping says so: what does not fit is a problem.
        """
        try:
            arrived = self._travel(value)
        except CannotTransform as error:
            return Arrival(problem=self._problem(str(error)))
        if is_empty(arrived):
            return Arrival(None)
        said = problem_with(self.target, arrived)
        return Arrival(problem=self._problem(said)) if said else Arrival(arrived)

    def _travel(self, value: Value) -> Value:
        value = self._undone(value) if self._back else self._done(value)
        if is_empty(value):
            return None
        if self._via is not None and not _already(value, self.target.type):
            value = apply_step(value, self._via)
        return self._as_options(value)

    def _done(self, value: Value) -> Value:
        value = self._replaced(value)
        for step in self._steps:
            value = apply_step(value, step)
        return value

    def _undone(self, value: Value) -> Value:
        for step in self._steps:
            value = apply_back(value, step)
        return self._replaced(value)

    def _replaced(self, value: Value) -> Value:
        if not self._values:
            return value
        if isinstance(value, frozenset):
            return frozenset(self._values.get(item, item) for item in value)
        return self._values.get(display(value), value)

    def _as_options(self, value: Value) -> Value:
        if self.target.type is FieldType.CHOICE and isinstance(value, str):
            return self._option(value)
        if self.target.type is FieldType.CHOICES:
            items = value if isinstance(value, frozenset) else frozenset({display(value)})
            return frozenset(self._option(item) for item in items)
        if isinstance(value, frozenset) or self.source.type in (FieldType.CHOICE, FieldType.CHOICES):
            return self._as_labels(value)
        return value

    def _option(self, text: str) -> str:
        labelled = self.source.option(text)
        for name in (text, labelled.label if labelled else text):
            found = self._options.get(name) or self._options.get(name.casefold())
            if found is not None:
                return found
        return text

    def _as_labels(self, value: Value) -> Value:
        """Options as people read them, where the target is plain text."""
        if isinstance(value, frozenset):
            return ", ".join(sorted(self._label(item) for item in value))
        return self._label(value) if isinstance(value, str) else value

    def _label(self, key: str) -> str:
        option = self.source.option(key)
        return option.label if option else key

    def _problem(self, message: str) -> Problem:
        return Problem(
            "record_refused",
            message,
            f"Correct {self.source.label}, or change the mapping.",
            place=self.target.key,
        )


def check_pair(pair: FieldPair, source: Field, target: Field, target_side: Side) -> Compatibility:
    """How well a line of the mapping fits, its transformations taken into account."""
    route = Route(pair, source, target, target_side)
    eased = {step.use for step in pair.transform}
    if route.fit.fit is Fit.LOSSY and eased & {"round", "truncate"}:
        return Compatibility(Fit.TRANSFORM, route.fit.reason, route.fit.via)
    return route.fit


def check_line(pair: FieldPair, left: Field, right: Field, written: Collection[Side]) -> Compatibility:
    """How well a line of the mapping fits on every way that its values go; the worst of them counts.

    :param written: the sides to which its values go.
    """
    if len(written) < len(Side):
        target_side = next(iter(written))
        source, target = (left, right) if target_side is Side.RIGHT else (right, left)
        return check_pair(pair, source, target, target_side)
    forward = check_pair(pair, left, right, Side.RIGHT)
    if forward.fit is Fit.IMPOSSIBLE:
        return forward
    problem = way_back_problem(pair)
    back = Route(pair, right, left, Side.LEFT, back=True).fit
    if problem or back.fit is Fit.IMPOSSIBLE:
        return Compatibility(Fit.IMPOSSIBLE, f"{problem or back.reason} Let this line go one way only.")
    return back if _RANK[back.fit] > _RANK[forward.fit] else forward


def as_far_as_it_goes(pair: FieldPair, left: Field, right: Field) -> FieldPair:
    """A line for a sync both ways: one way only, where its values can't come back."""
    if check_line(pair, left, right, tuple(Side)).fit is not Fit.IMPOSSIBLE:
        return pair
    for direction in (Direction.LEFT_TO_RIGHT, Direction.RIGHT_TO_LEFT):
        if check_line(pair, left, right, direction.written).fit is not Fit.IMPOSSIBLE:
            return replace(pair, one_way=direction)
    return pair


_RANK = {Fit.EXACT: 0, Fit.TRANSFORM: 1, Fit.LOSSY: 2, Fit.IMPOSSIBLE: 3}


def way_back_problem(pair: FieldPair) -> str | None:
    """Why a line's values can't travel against the mapping, in a sentence, or ``None``."""
    for step in pair.transform:
        problem = irreversible(step)
        if problem:
            return problem
    doubled = {there for there in pair.values.values() if list(pair.values.values()).count(there) > 1}
    if doubled:
        there = min(doubled)
        names = ", ".join(f"“{here}”" for here, to in pair.values.items() if to == there)
        return f"“{there}” stands for {names}, so the way back is not clear."
    return None


def _type_after(source: Field, steps: tuple[Step, ...]) -> FieldType:
    landed = source.type
    for step in steps:
        entry = catalogue.get(step.use)
        landed = (entry.gives if entry else None) or landed
    return landed


def _directed(values: Mapping[str, str], source: Field, target_side: Side) -> dict[str, str]:
    """The replacement of options in the direction of travel, findable by the source's key or label."""
    pairs = list(values.items())
    if target_side is Side.LEFT:
        pairs = [(right, left) for left, right in reversed(pairs)]
    directed = dict(pairs)
    by_label = {option.label: option.key for option in source.options}
    directed.update({by_label[name]: to for name, to in pairs if name in by_label})
    return directed


def _option_index(target: Field) -> dict[str, str]:
    index: dict[str, str] = {}
    for option in reversed(target.options):
        index[option.key.casefold()] = index[option.label.casefold()] = option.key
    for option in target.options:
        index[option.key] = option.key
    return index


_PYTHON_TYPES: dict[FieldType, type] = {FieldType.CHOICES: frozenset, FieldType.BOOLEAN: bool}


def _already(value: Value, type_: FieldType) -> bool:
    kind = _PYTHON_TYPES.get(type_)
    return kind is not None and isinstance(value, kind)
