"""Lines and conditions of a mapping, told in words."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from desktop.domain.definition import SideCondition
from desktop.domain.filters import Operator
from desktop.domain.mapping import FieldPair, MatchPair, Step
from desktop.domain.schema import Field, ObjectSchema
from desktop.ui.text import counted


def _tr(text: str) -> str:
    return QCoreApplication.translate("mapping", text)


def operator_words(operator: Operator) -> str:
    """A condition's operator as it is read."""
    return {
        Operator.IS: _tr("is"),
        Operator.IS_NOT: _tr("is not"),
        Operator.EMPTY: _tr("is empty"),
        Operator.NOT_EMPTY: _tr("is not empty"),
        Operator.CONTAINS: _tr("contains"),
        Operator.NOT_CONTAINS: _tr("does not contain"),
        Operator.ABOVE: _tr("is more than"),
        Operator.BELOW: _tr("is less than"),
        Operator.AFTER: _tr("is after"),
        Operator.BEFORE: _tr("is before"),
        Operator.HAS: _tr("has"),
        Operator.HAS_NOT: _tr("does not have"),
    }[operator]


def condition_words(item: SideCondition, schema: ObjectSchema | None) -> str:
    """A condition as a phrase."""
    field = schema.field(item.condition.field) if schema else None
    value = item.condition.value
    option = field.option(value) if field else None
    label = field.label if field else item.condition.field
    said = f"{label} {operator_words(item.condition.operator)}"
    return f"{said} {option.label if option else value}".strip() if value else said


def line_words(
    pair: FieldPair,
    left: ObjectSchema | None,
    right: ObjectSchema | None,
    transforms: Mapping[str, str],
) -> str:
    """What happens to a value on its way.

    :param transforms: labels of the transformations by their names.
    """
    parts: list[str] = []
    if pair.values:
        parts.append(_values(pair, left, right))
    parts += [step_words(step, transforms) for step in pair.transform]
    if pair.carry is not None:
        parts.append(carry_words(pair.carry.match, create=pair.carry.create))
    if pair.blank_erases:
        parts.append(_tr("a blank clears it"))
    return ", ".join(parts) if parts else _tr("as it is")


def _values(pair: FieldPair, left: ObjectSchema | None, right: ObjectSchema | None) -> str:
    if len(pair.values) > 3:
        return counted(len(pair.values), "%n option paired", "%n options paired", "mapping")
    here = left.field(pair.left) if left else None
    there = right.field(pair.right) if right else None
    return ", ".join(f"{option_label(here, one)} = {option_label(there, other)}" for one, other in pair.values.items())


def option_label(field: Field | None, key: str) -> str:
    """What people call an option."""
    option = field.option(key) if field else None
    return option.label if option else key


def step_words(step: Step, transforms: Mapping[str, str]) -> str:
    """A transformation with its arguments."""
    label = transforms.get(step.use, step.use)
    arguments = ", ".join(str(value) for value in step.arguments.values() if str(value))
    return f"{label} ({arguments})" if arguments else label


def carry_words(match: tuple[MatchPair, ...], *, create: bool) -> str:
    """How a reference is carried over."""
    keys = ", ".join(pair.left if pair.left == pair.right else f"{pair.left} = {pair.right}" for pair in match)
    found = _tr("found by %1").replace("%1", keys)
    return _tr("%1, created when missing").replace("%1", found) if create else found
