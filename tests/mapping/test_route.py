from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.compatibility import Fit
from desktop.domain.mapping import FieldPair, Side, Step
from desktop.domain.schema import Field, Option
from desktop.domain.validate import problem_with
from desktop.domain.values import FieldType, Money, Value, is_empty
from desktop.mapping.route import Route, check_pair
from tests.domain.strategies import values_of

HERE = Field(
    "status",
    "Status",
    FieldType.CHOICE,
    options=(Option("received", "Received"), Option("processing", "Processing"), Option("sent", "Sent")),
)
THERE = Field(
    "ship-status",
    "Shipping status",
    FieldType.CHOICE,
    options=(Option("Received", "Received"), Option("Processing", "Processing"), Option("Shipped", "Shipped")),
)


def arrival(source: Field, target: Field, value: Value, *steps: Step, values: dict[str, str] | None = None) -> object:
    pair = FieldPair(source.key, target.key, values or {}, steps)
    found = Route(pair, source, target, Side.RIGHT).arrival(value)
    return found.problem.message if found.problem else found.value


def field(type_: FieldType, **more: object) -> Field:
    return Field("x", "X", type_, **more)  # type: ignore[arg-type]


def test_options_travel_by_the_table_and_else_by_equal_labels() -> None:
    assert arrival(HERE, THERE, "sent", values={"sent": "Shipped"}) == "Shipped"
    assert arrival(HERE, THERE, "sent", values={"Sent": "Shipped"}) == "Shipped"
    assert arrival(HERE, THERE, "processing", values={"sent": "Shipped"}) == "Processing"


def test_an_option_without_counterpart_is_refused_not_guessed() -> None:
    assert "not an option" in str(arrival(HERE, THERE, "sent"))


def test_the_table_is_read_backwards_when_values_flow_to_the_left() -> None:
    pair = FieldPair("status", "ship-status", {"sent": "Shipped"})
    assert Route(pair, THERE, HERE, Side.LEFT).arrival("Shipped").value == "sent"


def test_an_option_becomes_the_text_that_people_read() -> None:
    assert arrival(HERE, field(FieldType.TEXT), "processing") == "Processing"


@pytest.mark.parametrize(
    ("source", "target", "value", "expected"),
    [
        (field(FieldType.TEXT), field(FieldType.NUMBER, scale=0), "10421", Decimal(10421)),
        (field(FieldType.NUMBER), field(FieldType.TEXT), Decimal("10421"), "10421"),
        (field(FieldType.NUMBER), field(FieldType.MONEY), Decimal(5), Money(Decimal(5), "USD")),
        (field(FieldType.DATE), field(FieldType.DATETIME), date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC)),
        (field(FieldType.BOOLEAN), field(FieldType.TEXT), True, "yes"),
        (field(FieldType.TEXT), field(FieldType.BOOLEAN), "no", False),
    ],
)
def test_types_are_converted_where_nothing_is_lost(source: Field, target: Field, value: Value, expected: Value) -> None:
    assert arrival(source, target, value) == expected


def test_nothing_is_rounded_or_cut_unless_the_mapping_says_so() -> None:
    weight, kilos = field(FieldType.NUMBER, scale=2), field(FieldType.NUMBER, scale=1)
    note, short = field(FieldType.LONG_TEXT), field(FieldType.TEXT, max_length=3)
    assert "keeps 1 decimal" in str(arrival(weight, kilos, Decimal("2.45")))
    assert arrival(weight, kilos, Decimal("2.45"), Step("round", {"decimals": 1})) == Decimal("2.5")
    assert "at most 3" in str(arrival(note, short, "long"))
    assert arrival(note, short, "long", Step("truncate", {"length": 3})) == "lon"


def test_a_loss_is_told_before_anything_is_sent_and_no_more_once_it_is_agreed() -> None:
    weight, kilos = field(FieldType.NUMBER, scale=2), field(FieldType.NUMBER, scale=1)
    assert check_pair(FieldPair("x", "x"), weight, kilos, Side.RIGHT).fit is Fit.LOSSY
    rounded = FieldPair("x", "x", transform=(Step("round", {"decimals": 1}),))
    assert check_pair(rounded, weight, kilos, Side.RIGHT).fit is Fit.TRANSFORM


def test_what_the_platform_keeps_itself_can_not_be_written() -> None:
    verdict = check_pair(FieldPair("x", "x"), field(FieldType.TEXT), field(FieldType.TEXT, read_only=True), Side.RIGHT)
    assert verdict.fit is Fit.IMPOSSIBLE


_types = st.sampled_from(FieldType)
_cases = st.tuples(_types, _types).flatmap(
    lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), values_of(pair[0]))
)


@given(_cases)
def test_what_arrives_is_blank_or_fits_the_target(case: tuple[FieldType, FieldType, Value]) -> None:
    source, target = field(case[0]), field(case[1], scale=2 if case[1] is FieldType.MONEY else None)
    route = Route(FieldPair("x", "x"), source, target, Side.RIGHT)
    found = route.arrival(case[2])
    assert found.problem or is_empty(found.value) or problem_with(target, found.value) is None
