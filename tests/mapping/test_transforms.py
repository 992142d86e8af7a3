from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.mapping import Argument, Step
from desktop.domain.values import FieldType, File, Money, Value, is_empty
from desktop.mapping.transforms import CannotTransform, apply_step, catalogue, step_problem
from tests.domain.strategies import values_of


@pytest.mark.parametrize(
    ("use", "arguments", "value", "expected"),
    [
        ("trim", {}, "  Ada ", "Ada"),
        ("squeeze", {}, "Ada \n  Marlow", "Ada Marlow"),
        ("lower", {}, "ADA", "ada"),
        ("upper", {}, "ada", "ADA"),
        ("title", {}, "ada marlow", "Ada Marlow"),
        ("plain_letters", {}, "Zoë Müller", "Zoe Muller"),
        ("truncate", {"length": 3}, "Marlow", "Mar"),
        ("replace", {"find": "-", "with": " "}, "a-b", "a b"),
        ("prefix", {"text": "No. "}, "7", "No. 7"),
        ("suffix", {"text": " kg"}, "7", "7 kg"),
        ("default", {"value": "none"}, None, "none"),
        ("default", {"value": "none"}, "some", "some"),
        ("round", {"decimals": 1}, Decimal("2.45"), Decimal("2.5")),
        ("round", {"decimals": 0}, Money(Decimal("2.50"), "EUR"), Money(Decimal(3), "EUR")),
        ("multiply", {"by": "0.01"}, Decimal(250), Decimal("2.50")),
        ("as_text", {}, Decimal("2.50"), "2.5"),
        ("as_text", {}, Money(Decimal(5), "EUR"), "5 EUR"),
        ("as_number", {}, " 12.5 ", Decimal("12.5")),
        ("as_yes_no", {}, "Yes", True),
        ("as_yes_no", {}, Decimal(0), False),
        ("as_date", {"format": "%d.%m.%Y"}, "19.11.2026", date(2026, 11, 19)),
        ("as_date", {}, datetime(2026, 11, 19, 23, tzinfo=UTC), date(2026, 11, 19)),
        ("as_datetime", {}, "2026-11-19T16:02:00+00:00", datetime(2026, 11, 19, 16, 2, tzinfo=UTC)),
        ("format_date", {"format": "%d/%m/%y"}, date(2026, 11, 19), "19/11/26"),
        ("as_money", {"currency": "eur"}, "12.5", Money(Decimal("12.5"), "EUR")),
        ("amount", {}, Money(Decimal("12.5"), "EUR"), Decimal("12.5")),
        ("first", {}, frozenset({"b", "a"}), "a"),
        ("as_list", {}, "a", frozenset({"a"})),
        ("split", {"separator": ";"}, "a; b;", frozenset({"a", "b"})),
        ("join", {"separator": "/"}, frozenset({"b", "a"}), "a/b"),
        ("as_phone", {"region": "DE"}, "030 901820", "+4930901820"),
        ("file_address", {}, (File("https://x/y.pdf", "y.pdf"),), "https://x/y.pdf"),
    ],
)
def test_transformations(use: str, arguments: dict[str, Argument], value: Value, expected: Value) -> None:
    assert apply_step(value, Step(use, arguments)) == expected


@pytest.mark.parametrize(
    ("step", "value", "says"),
    [
        (Step("as_number"), "ten", "not a number"),
        (Step("as_date"), "soon", "not a date"),
        (Step("as_yes_no"), "perhaps", "neither yes nor no"),
        (Step("as_phone"), "call me", "not a phone number"),
        (Step("shrink"), "x", "no transformation"),
        (Step("truncate"), "x", "length"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(step: Step, value: Value, says: str) -> None:
    with pytest.raises(CannotTransform, match=says):
        apply_step(value, step)


_every_step = st.sampled_from(sorted(catalogue)).map(
    lambda name: Step(name, {p.name: p.default if p.default is not None else "x" for p in catalogue[name].parameters})
)
_any_value = st.sampled_from(FieldType).flatmap(values_of)


@given(_every_step, _any_value)
def test_every_transformation_gives_a_value_or_refuses_whatever_it_is_given(step: Step, value: Value) -> None:
    with contextlib.suppress(CannotTransform):
        result = apply_step(value, step)
        assert step.use == "default" or not is_empty(value) or result == value


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Step("shrink"), "no transformation"),
        (Step("trim", {"length": 3}), "takes no"),
        (Step("truncate", {"length": -1}), "whole number"),
        (Step("multiply", {"by": "much"}), "number"),
        (Step("prefix"), "needs"),
        (Step("truncate", {"length": 10}), None),
    ],
)
def test_steps_are_checked_before_they_run(step: Step, says: str | None) -> None:
    said = step_problem(step)
    assert said is None if says is None else said is not None and says in said
