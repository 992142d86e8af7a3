"""Conditions on a record's fields: which operators fit a type, and whether a record meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum

from desktop.domain.record import Record, display
from desktop.domain.schema import Field
from desktop.domain.values import FieldType, Money, Value, is_empty, key_text, parse_number


class Operator(StrEnum):
    """What a condition asks. The values are the words used in sync files and in the window."""

    IS = "is"
    IS_NOT = "is not"
    EMPTY = "empty"
    NOT_EMPTY = "not empty"
    CONTAINS = "contains"
    NOT_CONTAINS = "does not contain"
    ABOVE = "is more than"
    BELOW = "is less than"
    AFTER = "is after"
    BEFORE = "is before"
    HAS = "has"
    HAS_NOT = "has not"

    @property
    def takes_value(self) -> bool:
        """Whether the condition compares with a value."""
        return self not in (Operator.EMPTY, Operator.NOT_EMPTY)


_EQUALITY = (Operator.IS, Operator.IS_NOT)
_BLANK = (Operator.EMPTY, Operator.NOT_EMPTY)
_TEXT = (*_EQUALITY, Operator.CONTAINS, Operator.NOT_CONTAINS, *_BLANK)
_AMOUNT = (*_EQUALITY, Operator.ABOVE, Operator.BELOW, *_BLANK)
_TIME = (*_EQUALITY, Operator.BEFORE, Operator.AFTER, *_BLANK)
_SET = (Operator.HAS, Operator.HAS_NOT, *_BLANK)

_BY_TYPE: dict[FieldType, tuple[Operator, ...]] = {
    FieldType.NUMBER: _AMOUNT,
    FieldType.MONEY: _AMOUNT,
    FieldType.DATE: _TIME,
    FieldType.DATETIME: _TIME,
    FieldType.BOOLEAN: (*_EQUALITY, *_BLANK),
    FieldType.CHOICE: (*_EQUALITY, *_BLANK),
    FieldType.CHOICES: _SET,
    FieldType.REFERENCE: _SET,
    FieldType.FILE: _BLANK,
}


def operators_for(type_: FieldType) -> tuple[Operator, ...]:
    """The operators that fit a type, the most used first."""
    return _BY_TYPE.get(type_, _TEXT)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one field. ``value`` is as typed: plain text in the notation of sync files."""

    field: str
    operator: Operator
    value: str = ""

    def met_by(self, record: Record, field: Field) -> bool:
        """Whether the record meets it. Comparison ignores case; a blank value is not equal to anything."""
        return _tests[self.operator](record.get(self.field), self.value, field)


def all_met(conditions: Iterable[Condition], record: Record, fields: Callable[[str], Field | None]) -> bool:
    """Whether the record meets each condition; a condition on an unknown field is not met."""
    for condition in conditions:
        field = fields(condition.field)
        if field is None or not condition.met_by(record, field):
            return False
    return True


def check_value(operator: Operator, value: str, field: Field) -> str | None:
    """What is wrong with a condition's value for the field, in a sentence, or ``None``."""
    if not operator.takes_value:
        return None
    if not value.strip():
        return f"Say what {field.label} is compared with."
    if operator in (Operator.CONTAINS, Operator.NOT_CONTAINS):
        return None
    if field.type in (FieldType.NUMBER, FieldType.MONEY) and parse_number(value) is None:
        return f"“{value}” is not a number. Write it like 1204.50."
    if field.type in (FieldType.DATE, FieldType.DATETIME) and _moment(value) is None:
        return f"“{value}” is not a date. Write it like 2026-11-19."
    return None


def _is(value: Value, wanted: str, field: Field) -> bool:
    if isinstance(value, bool):
        return wanted.strip().casefold() in (("yes", "true", "1") if value else ("no", "false", "0"))
    if isinstance(value, Money | Decimal):
        return _amount(value) == parse_number(wanted)
    if isinstance(value, date):
        moment = _moment(wanted)
        if moment is not None and (not isinstance(value, datetime) or len(wanted.strip()) <= 10):
            return _as_moment(value).date() == moment.date()
        return moment is not None and _as_moment(value) == moment
    if isinstance(value, str) and field.options:
        option = field.option(value)
        labels = {value.casefold(), option.label.casefold() if option else value.casefold()}
        return wanted.strip().casefold() in labels
    return key_text(value, field.type) == key_text(wanted, field.type)


def _contains(value: Value, wanted: str, field: Field) -> bool:
    return not is_empty(value) and wanted.strip().casefold() in display(value).casefold()


def _has(value: Value, wanted: str, field: Field) -> bool:
    if not isinstance(value, frozenset):
        return False
    wanted = wanted.strip().casefold()
    options = {option.key: option.label.casefold() for option in field.options}
    return any(wanted in (key.casefold(), options.get(key, "")) for key in value)


def _above(value: Value, wanted: str, field: Field) -> bool:
    amount, limit = _amount(value), parse_number(wanted)
    return amount is not None and limit is not None and amount > limit


def _below(value: Value, wanted: str, field: Field) -> bool:
    amount, limit = _amount(value), parse_number(wanted)
    return amount is not None and limit is not None and amount < limit


def _after(value: Value, wanted: str, field: Field) -> bool:
    moment = _moment(wanted)
    if moment is None or not isinstance(value, date):
        return False
    if len(wanted.strip()) <= 10:
        return _as_moment(value).date() > moment.date()
    return _as_moment(value) > moment


def _before(value: Value, wanted: str, field: Field) -> bool:
    moment = _moment(wanted)
    return moment is not None and isinstance(value, date) and _as_moment(value) < moment


_tests: dict[Operator, Callable[[Value, str, Field], bool]] = {
    Operator.IS: _is,
    Operator.IS_NOT: lambda value, wanted, field: not _is(value, wanted, field),
    Operator.EMPTY: lambda value, _wanted, _field: is_empty(value),
    Operator.NOT_EMPTY: lambda value, _wanted, _field: not is_empty(value),
    Operator.CONTAINS: _contains,
    Operator.NOT_CONTAINS: lambda value, wanted, field: not _contains(value, wanted, field),
    Operator.ABOVE: _above,
    Operator.BELOW: _below,
    Operator.AFTER: _after,
    Operator.BEFORE: _before,
    Operator.HAS: _has,
    Operator.HAS_NOT: lambda value, wanted, field: not _has(value, wanted, field),
}


def _amount(value: Value) -> Decimal | None:
    if isinstance(value, Money):
        return value.amount
    return value if isinstance(value, Decimal) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _as_moment(value: date) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC)
