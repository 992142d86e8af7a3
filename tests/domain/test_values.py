from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given

from desktop.domain.values import (
    FieldType,
    Money,
    Value,
    canonical,
    from_json,
    is_empty,
    key_text,
    plain_number,
    same,
    to_json,
)
from tests.domain.strategies import typed_values


@given(typed_values)
def test_what_is_written_down_is_read_back(typed: tuple[FieldType, Value]) -> None:
    type_, value = typed
    assert same(from_json(to_json(value), type_), value, type_)


@given(typed_values)
def test_blank_values_and_only_they_have_no_canonical_form(typed: tuple[FieldType, Value]) -> None:
    type_, value = typed
    assert (canonical(value, type_) is None) == is_empty(value)


@pytest.mark.parametrize(
    ("one", "other", "type_"),
    [
        ("Ada@Example.com ", "ada@example.com", FieldType.EMAIL),
        ("+1 (415) 555-0100", "+14155550100", FieldType.PHONE),
        ("line\r\nline", "line\nline", FieldType.LONG_TEXT),
        ("e\u0301", "é", FieldType.TEXT),
        (Decimal("1.50"), Decimal("1.5"), FieldType.NUMBER),
        (Money(Decimal("10"), "usd"), Money(Decimal("10.00"), "USD"), FieldType.MONEY),
        ("", None, FieldType.TEXT),
        (
            datetime(2026, 5, 20, 14, tzinfo=UTC),
            datetime(2026, 5, 20, 9, tzinfo=timezone(timedelta(hours=-5))),
            FieldType.DATETIME,
        ),
    ],
)
def test_notations_of_the_same_value_are_the_same(one: Value, other: Value, type_: FieldType) -> None:
    assert same(one, other, type_)


@pytest.mark.parametrize(
    ("one", "other", "type_"),
    [
        ("Ada", "ada", FieldType.TEXT),
        (Money(Decimal(1), "USD"), Money(Decimal(1), "EUR"), FieldType.MONEY),
        (False, None, FieldType.BOOLEAN),
        (Decimal(0), None, FieldType.NUMBER),
    ],
)
def test_different_values_differ(one: Value, other: Value, type_: FieldType) -> None:
    assert not same(one, other, type_)


def test_a_number_and_its_text_are_the_same_key() -> None:
    assert key_text(Decimal("10421"), FieldType.NUMBER) == key_text(" 10421 ", FieldType.TEXT) == "10421"
    assert key_text("  ", FieldType.TEXT) is None


def test_numbers_are_written_without_exponent() -> None:
    assert plain_number(Decimal("1E+3")) == "1000"
    assert plain_number(Decimal("-0.00")) == "0"


@pytest.mark.parametrize(
    ("data", "type_"),
    [("x", FieldType.NUMBER), ("Infinity", FieldType.NUMBER), (1, FieldType.TEXT), ("yes", FieldType.BOOLEAN)],
)
def test_data_that_does_not_fit_the_type_is_refused(data: object, type_: FieldType) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        from_json(data, type_)  # type: ignore[arg-type]
