"""What the wizard knows and asks for: the steps, the choices made so far, and what keeps Next from going on.

Free of Qt and of input and output: the choices are plain data, and what was learnt about the chosen objects
(their schemas, the verdicts on lines) is handed in as :class:`Known`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto

from desktop.domain.compatibility import Fit
from desktop.domain.definition import DeleteRule, Endpoint, SideCondition, SyncDefinition
from desktop.domain.filters import check_value
from desktop.domain.mapping import ConflictRule, Direction, FieldPair, MatchPair, Side
from desktop.domain.schedule import Schedule
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType

UNNAMED = "?"
"""Stands for a name that was not chosen yet, where a definition needs one."""


NOT_CHOSEN = Endpoint("", "")


class WizardStep(StrEnum):
    """The steps, in their order."""

    SYSTEMS = "systems"
    OBJECTS = "objects"
    MATCHING = "matching"
    FIELDS = "fields"
    RULES = "rules"
    TEST = "test"
    FINISH = "finish"


STEPS = tuple(WizardStep)


class Gap(Enum):
    """What is missing before a step is done."""

    NO_SOURCE_CONNECTION = auto()
    NO_TARGET_CONNECTION = auto()
    NO_SOURCE_OBJECT = auto()
    NO_TARGET_OBJECT = auto()
    SAME_OBJECT = auto()
    TARGET_FIXED = auto()
    NO_MATCH = auto()
    HALF_MATCH = auto()
    BAD_MATCH = auto()
    NO_LINES = auto()
    UNFILLED = auto()
    IMPOSSIBLE = auto()
    NO_CARRY = auto()
    BAD_CONDITION = auto()
    NO_NAME = auto()
    NAME_TAKEN = auto()


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that keeps a step from being done.

    :param subject: what it is about (a field's label, a reason), blank where there is nothing to add.
    """

    gap: Gap
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about one line: how well it fits, and in a sentence why."""

    fit: Fit
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What was learnt about the choices.

    :param verdicts: by the line's left and right key.
    :param unfilled: required fields of the target that nothing fills.
    :param bad_match: why a pair of the match can't be compared; blank when it can.
    :param taken: names of the other syncs.
    """

    left: ObjectSchema | None = None
    right: ObjectSchema | None = None
    verdicts: Mapping[tuple[str, str], Verdict] = field(default_factory=dict[tuple[str, str], Verdict])
    unfilled: tuple[Field, ...] = ()
    bad_match: str = ""
    taken: frozenset[str] = frozenset()

    def schema(self, side: Side) -> ObjectSchema | None:
        """The schema of a side's object."""
        return self.left if side is Side.LEFT else self.right

    def field(self, side: Side, key: str) -> Field | None:
        """A field of a side's object."""
        schema = self.schema(side)
        return schema.field(key) if schema else None


_Mapped = tuple[tuple[MatchPair, ...], tuple[FieldPair, ...], tuple[SideCondition, ...]]


@dataclass(slots=True)
class WizardState:
    """The choices, as far as they were made. A blank connection or object is one that was not chosen.

    :param replaces: name of the sync that is being changed; blank for a new one.
    :param furthest: the last step that was reached.
    """

    replaces: str = ""
    name: str = ""
    left: Endpoint = NOT_CHOSEN
    right: Endpoint = NOT_CHOSEN
    direction: Direction = Direction.LEFT_TO_RIGHT
    match: tuple[MatchPair, ...] = ()
    fields: tuple[FieldPair, ...] = ()
    filter: tuple[SideCondition, ...] = ()
    conflict: ConflictRule = ConflictRule.ASK
    delete: DeleteRule = DeleteRule.KEEP
    delete_limit_percent: int = 10
    schedule: Schedule | None = None
    step: WizardStep = WizardStep.SYSTEMS
    furthest: WizardStep = WizardStep.SYSTEMS
    _set_aside: dict[tuple[Endpoint, Endpoint], _Mapped] = field(
        default_factory=dict[tuple[Endpoint, Endpoint], _Mapped]
    )

    @classmethod
    def editing(cls, definition: SyncDefinition) -> WizardState:
        """The state that changes an existing sync: everything chosen, every step reached."""
        return cls(
            replaces=definition.name,
            name=definition.name,
            left=definition.left,
            right=definition.right,
            direction=definition.direction,
            match=definition.match,
            fields=definition.fields,
            filter=definition.filter,
            conflict=definition.conflict,
            delete=definition.delete,
            delete_limit_percent=definition.delete_limit_percent,
            schedule=definition.schedule,
            step=WizardStep.FIELDS,
            furthest=WizardStep.FINISH,
        )

    def definition(self) -> SyncDefinition:
        """The sync as it stands; what has no name yet is called :data:`UNNAMED`."""
        return SyncDefinition(
            self.name.strip() or UNNAMED,
            self.left,
            self.right,
            self.direction,
            tuple(pair for pair in self.match if pair.left and pair.right),
            self.fields,
            self.filter,
            self.conflict,
            delete=self.delete,
            delete_limit_percent=self.delete_limit_percent,
            schedule=self.schedule,
        )

    def endpoint(self, side: Side) -> Endpoint:
        """The choice on a side."""
        return self.left if side is Side.LEFT else self.right

    @property
    def source(self) -> Endpoint:
        """The object that is read."""
        return self.endpoint(self.direction.source)

    @property
    def target(self) -> Endpoint:
        """The object that is written."""
        return self.endpoint(self.direction.target)

    @property
    def has_objects(self) -> bool:
        """Whether both objects are chosen, and differ."""
        chosen = all((self.left.connection, self.left.object, self.right.connection, self.right.object))
        return chosen and self.left != self.right

    @property
    def is_blank(self) -> bool:
        """Whether nothing was chosen yet, so that there is nothing to keep."""
        return not (self.left.connection or self.right.connection or self.name)

    def choose_connection(self, side: Side, connection: str) -> None:
        """Choose a side's connection; another one than before forgets the side's object."""
        if self.endpoint(side).connection != connection:
            self._set_endpoint(side, Endpoint(connection, ""))

    def choose_object(self, side: Side, key: str) -> None:
        """Choose a side's object. Mappings of objects chosen before come back when they are chosen again."""
        before = self.endpoint(side)
        if before.object != key:
            self._set_endpoint(side, Endpoint(before.connection, key))

    def _set_endpoint(self, side: Side, endpoint: Endpoint) -> None:
        if self.left.object and self.right.object:
            self._set_aside[self.left, self.right] = (self.match, self.fields, self.filter)
        if side is Side.LEFT:
            self.left = endpoint
        else:
            self.right = endpoint
        kept = self._set_aside.get((self.left, self.right), ((), (), ()))
        self.match, self.fields, self.filter = kept
        self.furthest = self.step

    def swap(self) -> None:
        """Turn the direction around; the two sides and the mapping between them stay."""
        forwards = self.direction is Direction.LEFT_TO_RIGHT
        self._turn(Direction.RIGHT_TO_LEFT if forwards else Direction.LEFT_TO_RIGHT)

    def set_both_ways(self, both: bool) -> None:
        """Let values flow both ways, or from left to right only; the mapping between the two sides stays."""
        self._turn(Direction.TWO_WAY if both else Direction.LEFT_TO_RIGHT)

    def _turn(self, direction: Direction) -> None:
        if direction is self.direction:
            return
        self.direction = direction
        self.filter = ()
        if not direction.two_way:
            self.fields = tuple(replace(pair, one_way=None) for pair in self.fields)
        self.furthest = self.step

    def line_of(self, side: Side, key: str) -> FieldPair | None:
        """The first line at a field."""
        return next((pair for pair in self.fields if pair.on(side) == key), None)

    def join(self, pair: FieldPair) -> None:
        """Add a line; a field that is written takes one line only, so an earlier one gives way."""
        written = self.direction.written
        others = tuple(line for line in self.fields if not any(line.on(side) == pair.on(side) for side in written))
        self.fields = (*others, pair)

    def change_line(self, old: FieldPair, new: FieldPair) -> None:
        """Put `new` where `old` stands."""
        self.fields = tuple(new if line == old else line for line in self.fields)

    def remove_line(self, pair: FieldPair) -> None:
        """Take a line away."""
        self.fields = tuple(line for line in self.fields if line != pair)

    def accept(self, match: Iterable[MatchPair], fields: Iterable[FieldPair]) -> None:
        """Take suggestions over where nothing was chosen yet."""
        self.match = self.match or tuple(match)
        self.fields = self.fields or tuple(fields)

    def missing(self, step: WizardStep, known: Known) -> list[Missing]:
        """What keeps a step from being done; empty when Next may go on."""
        checks = {
            WizardStep.SYSTEMS: self._missing_systems,
            WizardStep.OBJECTS: self._missing_objects,
            WizardStep.MATCHING: self._missing_match,
            WizardStep.FIELDS: self._missing_fields,
            WizardStep.RULES: self._missing_rules,
            WizardStep.FINISH: self._missing_name,
        }
        check = checks.get(step)
        return check(known) if check else []

    def first_unfinished(self, known: Known) -> WizardStep | None:
        """The first step at which something is missing."""
        return next((step for step in STEPS if self.missing(step, known)), None)

    def may_go(self, step: WizardStep, known: Known) -> bool:
        """Whether `step` can be shown: everything before it is done."""
        return not any(self.missing(before, known) for before in STEPS[: STEPS.index(step)])

    def go(self, step: WizardStep, known: Known) -> bool:
        """Show `step`; False, and nothing changes, where something before it is missing."""
        if not self.may_go(step, known):
            return False
        self.step = step
        if STEPS.index(step) > STEPS.index(self.furthest):
            self.furthest = step
        return True

    def next(self, known: Known) -> bool:
        """Go one step on."""
        at = STEPS.index(self.step)
        return at + 1 < len(STEPS) and self.go(STEPS[at + 1], known)

    def back(self) -> bool:
        """Go one step back; every choice stays."""
        at = STEPS.index(self.step)
        if at == 0:
            return False
        self.step = STEPS[at - 1]
        return True

    def suggested_name(self, known: Known, connection_label: str) -> str:
        """A name that no other sync has: what is read, and where it goes."""
        schema = known.schema(self.direction.source)
        join = "with" if self.direction.two_way else "to"
        base = f"{schema.plural if schema else self.source.object} {join} {connection_label}"
        name, number = base, 2
        while name in known.taken:
            name, number = f"{base} {number}", number + 1
        return name

    def _missing_systems(self, known: Known) -> list[Missing]:
        gaps: list[Missing] = []
        if not self.source.connection:
            gaps.append(Missing(Gap.NO_SOURCE_CONNECTION))
        if not self.target.connection:
            gaps.append(Missing(Gap.NO_TARGET_CONNECTION))
        return gaps

    def _missing_objects(self, known: Known) -> list[Missing]:
        gaps: list[Missing] = []
        if not self.source.object:
            gaps.append(Missing(Gap.NO_SOURCE_OBJECT))
        if not self.target.object:
            gaps.append(Missing(Gap.NO_TARGET_OBJECT))
        if not gaps and self.left == self.right:
            gaps.append(Missing(Gap.SAME_OBJECT))
        for side in () if gaps else self.direction.written:
            schema = known.schema(side)
            if schema and {"create", "update"} <= set(schema.refusals):
                gaps.append(Missing(Gap.TARGET_FIXED, schema.refusals["create"]))
        return gaps

    def _missing_match(self, known: Known) -> list[Missing]:
        if any(not (pair.left and pair.right) for pair in self.match):
            return [Missing(Gap.HALF_MATCH)]
        if self.match and known.bad_match:
            return [Missing(Gap.BAD_MATCH, known.bad_match)]
        return [] if self.match else [Missing(Gap.NO_MATCH)]

    def _missing_fields(self, known: Known) -> list[Missing]:
        if not self.fields:
            return [Missing(Gap.NO_LINES)]
        gaps = [Missing(Gap.UNFILLED, item.label) for item in known.unfilled]
        for pair in self.fields:
            verdict = known.verdicts.get((pair.left, pair.right))
            if verdict is not None and verdict.fit is Fit.IMPOSSIBLE:
                gaps.append(Missing(Gap.IMPOSSIBLE, verdict.reason))
            source = known.field(self.direction.source, pair.on(self.direction.source))
            if source and source.type is FieldType.REFERENCE and not _carries(pair):
                gaps.append(Missing(Gap.NO_CARRY, source.label))
        return gaps

    def _missing_rules(self, known: Known) -> list[Missing]:
        gaps: list[Missing] = []
        for item in self.filter:
            subject = known.field(item.side, item.condition.field)
            if subject is None:
                continue
            said = check_value(item.condition.operator, item.condition.value, subject)
            if said:
                gaps.append(Missing(Gap.BAD_CONDITION, said))
        return gaps

    def _missing_name(self, known: Known) -> list[Missing]:
        name = self.name.strip()
        if not name:
            return [Missing(Gap.NO_NAME)]
        if name != self.replaces and name in known.taken:
            return [Missing(Gap.NAME_TAKEN, name)]
        return []


def _carries(pair: FieldPair) -> bool:
    return (
        pair.carry is not None and all(item.left and item.right for item in pair.carry.match) and bool(pair.carry.match)
    )
