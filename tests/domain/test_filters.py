from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from desktop.domain.filters import Condition, Operator, all_met, check_value, operators_for
from desktop.domain.record import Record
from desktop.domain.schema import Field, Option
from desktop.domain.values import FieldType, Money, Value

STATUS = Field("status", "Status", FieldType.CHOICE, options=(Option("on_hold", "On hold"), Option("sent", "Sent")))
TAGS = Field("tags", "Tags", FieldType.CHOICES, options=(Option("vip", "Very important"),))


def met(field: Field, value: Value, operator: Operator, wanted: str = "") -> bool:
    return Condition(field.key, operator, wanted).met_by(Record("orders", "1", {field.key: value}), field)


def field(type_: FieldType) -> Field:
    return Field("x", "X", type_)


@pytest.mark.parametrize(
    ("item", "value", "operator", "wanted", "expected"),
    [
        (field(FieldType.TEXT), "Ada Marlow", Operator.IS, "ada marlow", True),
        (field(FieldType.TEXT), "Ada Marlow", Operator.IS_NOT, "Ada", True),
        (field(FieldType.TEXT), None, Operator.IS_NOT, "Ada", True),
        (field(FieldType.TEXT), "  ", Operator.EMPTY, "", True),
        (field(FieldType.TEXT), "Ada", Operator.NOT_EMPTY, "", True),
        (field(FieldType.TEXT), "Ada Marlow", Operator.CONTAINS, "MAR", True),
        (field(FieldType.TEXT), None, Operator.CONTAINS, "", False),
        (field(FieldType.TEXT), "Ada", Operator.NOT_CONTAINS, "mar", True),
        (field(FieldType.NUMBER), Decimal("2.50"), Operator.IS, "2.5", True),
        (field(FieldType.NUMBER), Decimal(3), Operator.ABOVE, "2.9", True),
        (field(FieldType.NUMBER), None, Operator.BELOW, "5", False),
        (field(FieldType.MONEY), Money(Decimal("9.99"), "EUR"), Operator.BELOW, "10", True),
        (field(FieldType.DATE), date(2026, 11, 19), Operator.AFTER, "2026-11-18", True),
        (field(FieldType.DATE), date(2026, 11, 19), Operator.AFTER, "2026-11-19", False),
        (field(FieldType.DATETIME), datetime(2026, 11, 19, 16, tzinfo=UTC), Operator.AFTER, "2026-11-19", False),
        (field(FieldType.DATETIME), datetime(2026, 11, 19, 16, tzinfo=UTC), Operator.IS, "2026-11-19", True),
        (field(FieldType.DATETIME), datetime(2026, 11, 19, 16, tzinfo=UTC), Operator.BEFORE, "2026-11-20", True),
        (field(FieldType.BOOLEAN), True, Operator.IS, "yes", True),
        (field(FieldType.BOOLEAN), False, Operator.IS, "yes", False),
        (STATUS, "on_hold", Operator.IS, "On hold", True),
        (STATUS, "on_hold", Operator.IS, "on_hold", True),
        (STATUS, "sent", Operator.IS_NOT, "on hold", True),
        (TAGS, frozenset({"vip", "new"}), Operator.HAS, "very important", True),
        (TAGS, frozenset({"new"}), Operator.HAS_NOT, "vip", True),
    ],
)
def test_conditions(item: Field, value: Value, operator: Operator, wanted: str, expected: bool) -> None:
    assert met(item, value, operator, wanted) is expected


def test_a_condition_on_an_unknown_field_is_not_met() -> None:
    assert not all_met([Condition("gone", Operator.IS_NOT, "x")], Record("orders", "1"), lambda _key: None)


def test_each_type_offers_only_operators_that_fit() -> None:
    for type_ in FieldType:
        offered = operators_for(type_)
        assert {Operator.EMPTY, Operator.NOT_EMPTY} <= set(offered)
        assert (Operator.CONTAINS in offered) == type_.is_textual


@pytest.mark.parametrize(
    ("operator", "value", "item", "says"),
    [
        (Operator.ABOVE, "ten", field(FieldType.NUMBER), "not a number"),
        (Operator.AFTER, "yesterday", field(FieldType.DATE), "not a date"),
        (Operator.IS, " ", field(FieldType.TEXT), "compared with"),
        (Operator.EMPTY, "", field(FieldType.DATE), None),
        (Operator.IS, "2026-11-19", field(FieldType.DATE), None),
    ],
)
def test_values_are_checked_before_they_are_used(operator: Operator, value: str, item: Field, says: str | None) -> None:
    said = check_value(operator, value, item)
    assert said is None if says is None else said is not None and says in said
