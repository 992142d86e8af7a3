from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.mapping import ConflictRule, Side
from desktop.domain.values import FieldType, canonical
from desktop.sync.decide import Base, Times, Verdict, decide

NOW = datetime(2026, 11, 19, tzinfo=UTC)
NO_TIMES = Times(None, None)
LATER_HERE = Times(NOW, NOW - timedelta(minutes=1))
LATER_THERE = Times(NOW, NOW + timedelta(minutes=1))


def verdict(
    source: str | None, target: str | None, base: tuple[str, str] | None, rule: ConflictRule, **more: Any
) -> Verdict:
    known = Base(*base, known=True) if base else Base(None, None, known=False)
    options: dict[str, Any] = {"times": NO_TIMES, "source_side": Side.LEFT, **more}
    text = FieldType.TEXT
    return decide(source, source, target, known, source_type=text, target_type=text, rule=rule, **options)


@pytest.mark.parametrize(
    ("source", "target", "base", "rule", "times", "expected"),
    [
        ("a", "a", ("a", "a"), ConflictRule.ASK, NO_TIMES, Verdict.AGREED),
        ("b", "a", ("a", "a"), ConflictRule.ASK, NO_TIMES, Verdict.WRITE),
        ("b", "b", ("a", "a"), ConflictRule.ASK, NO_TIMES, Verdict.AGREED),
        ("b", "c", ("a", "a"), ConflictRule.ASK, NO_TIMES, Verdict.CONFLICT),
        ("b", "c", ("a", "a"), ConflictRule.LEFT, NO_TIMES, Verdict.WRITE),
        ("b", "c", ("a", "a"), ConflictRule.RIGHT, NO_TIMES, Verdict.KEEP),
        ("b", "c", ("a", "a"), ConflictRule.NEWEST, LATER_HERE, Verdict.WRITE),
        ("b", "c", ("a", "a"), ConflictRule.NEWEST, LATER_THERE, Verdict.KEEP),
        ("b", "c", ("a", "a"), ConflictRule.NEWEST, NO_TIMES, Verdict.CONFLICT),
        ("b", "c", ("a", "a"), ConflictRule.NEWEST, Times(NOW, NOW), Verdict.CONFLICT),
        ("a", "c", ("a", "a"), ConflictRule.ASK, NO_TIMES, Verdict.KEEP),
        ("a", "c", ("a", "a"), ConflictRule.NEWEST, LATER_HERE, Verdict.KEEP),
        ("a", "c", ("a", "a"), ConflictRule.LEFT, NO_TIMES, Verdict.WRITE),
        ("a", "c", None, ConflictRule.ASK, NO_TIMES, Verdict.CONFLICT),
        ("a", None, None, ConflictRule.ASK, NO_TIMES, Verdict.WRITE),
        ("a", "c", None, ConflictRule.LEFT, NO_TIMES, Verdict.WRITE),
        (None, "c", ("a", "c"), ConflictRule.LEFT, NO_TIMES, Verdict.KEEP),
    ],
)
def test_decisions(
    source: str | None,
    target: str | None,
    base: tuple[str, str] | None,
    rule: ConflictRule,
    times: Times,
    expected: Verdict,
) -> None:
    assert verdict(source, target, base, rule, times=times) is expected


def test_a_blank_erases_only_where_the_mapping_says_so() -> None:
    assert verdict(None, "a", ("a", "a"), ConflictRule.LEFT) is Verdict.KEEP
    assert verdict(None, "a", ("a", "a"), ConflictRule.LEFT, blank_erases=True) is Verdict.WRITE


def test_a_new_mapping_writes_what_now_arrives_differently_but_no_ones_edit() -> None:
    assert verdict("a", "b", ("a", "b"), ConflictRule.ASK, revised=True) is Verdict.WRITE
    assert verdict("a", "c", ("a", "b"), ConflictRule.ASK, revised=True) is Verdict.CONFLICT


values = st.sampled_from([None, "", "a", "b", "c"])
bases = st.none() | st.tuples(values, values)


@given(values, values, bases, st.sampled_from(ConflictRule), st.booleans())
def test_equal_values_are_never_written_and_blanks_never_erase(
    source: str | None, target: str | None, base: tuple[str, str] | None, rule: ConflictRule, revised: bool
) -> None:
    found = verdict(source, target, base, rule, revised=revised)
    equal = canonical(source, FieldType.TEXT) == canonical(target, FieldType.TEXT)
    assert (found is Verdict.AGREED) == equal
    assert source or found in (Verdict.AGREED, Verdict.KEEP)


@given(values, values, bases, st.sampled_from(ConflictRule), st.sampled_from([NO_TIMES, LATER_HERE, LATER_THERE]))
def test_mirrored_rules_give_the_mirrored_decision(
    source: str | None, target: str | None, base: tuple[str, str] | None, rule: ConflictRule, times: Times
) -> None:
    mirrored = {ConflictRule.LEFT: ConflictRule.RIGHT, ConflictRule.RIGHT: ConflictRule.LEFT}.get(rule, rule)
    one = verdict(source, target, base, rule, times=times)
    other = verdict(source, target, base, mirrored, times=times, source_side=Side.RIGHT)
    assert one is other


@given(values, values, bases, st.sampled_from([ConflictRule.ASK, ConflictRule.LEFT, ConflictRule.RIGHT]), st.integers())
def test_clocks_decide_nothing_but_which_is_newest(
    source: str | None, target: str | None, base: tuple[str, str] | None, rule: ConflictRule, skew: int
) -> None:
    skewed = Times(NOW, NOW + timedelta(seconds=skew % 10**6))
    assert verdict(source, target, base, rule, times=skewed) is verdict(source, target, base, rule)
