from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.mapping import ConflictRule, Direction, Side
from desktop.domain.values import FieldType, canonical
from desktop.mapping.route import Arrival
from desktop.sync.decide import Base, Cell, Rules, Times, Verdict, decide

NOW = datetime(2026, 11, 19, tzinfo=UTC)
NO_TIMES = Times(None, None)
LATER_LEFT = Times(NOW, NOW - timedelta(minutes=1))
LATER_RIGHT = Times(NOW, NOW + timedelta(minutes=1))
TO_RIGHT, TO_LEFT, BOTH = Direction.LEFT_TO_RIGHT, Direction.RIGHT_TO_LEFT, Direction.TWO_WAY
ASK, NEWEST, LEFT, RIGHT = ConflictRule.ASK, ConflictRule.NEWEST, ConflictRule.LEFT, ConflictRule.RIGHT

Known = tuple[str | None, str | None] | None


def verdict(
    left: str | None,
    right: str | None,
    base: Known,
    rule: ConflictRule,
    *,
    way: Direction = TO_RIGHT,
    times: Times = NO_TIMES,
    blank_erases: bool = False,
    revised: bool = False,
) -> Verdict:
    text = FieldType.TEXT
    cell = Cell(
        left,
        right,
        text,
        text,
        Arrival(right) if Side.LEFT in way.written else None,
        Arrival(left) if Side.RIGHT in way.written else None,
    )
    known = Base(*base, known=True) if base else Base(None, None, known=False)
    return decide(cell, known, Rules(rule, blank_erases, revised), times)


@pytest.mark.parametrize(
    ("left", "right", "base", "rule", "times", "expected"),
    [
        ("a", "a", ("a", "a"), ASK, NO_TIMES, Verdict.AGREED),
        ("b", "a", ("a", "a"), ASK, NO_TIMES, Verdict.TO_RIGHT),
        ("b", "b", ("a", "a"), ASK, NO_TIMES, Verdict.AGREED),
        ("b", "c", ("a", "a"), ASK, NO_TIMES, Verdict.CONFLICT),
        ("b", "c", ("a", "a"), LEFT, NO_TIMES, Verdict.TO_RIGHT),
        ("b", "c", ("a", "a"), RIGHT, NO_TIMES, Verdict.KEEP),
        ("b", "c", ("a", "a"), NEWEST, LATER_LEFT, Verdict.TO_RIGHT),
        ("b", "c", ("a", "a"), NEWEST, LATER_RIGHT, Verdict.KEEP),
        ("b", "c", ("a", "a"), NEWEST, NO_TIMES, Verdict.CONFLICT),
        ("b", "c", ("a", "a"), NEWEST, Times(NOW, NOW), Verdict.CONFLICT),
        ("a", "c", ("a", "a"), ASK, NO_TIMES, Verdict.KEEP),
        ("a", "c", ("a", "a"), NEWEST, LATER_LEFT, Verdict.KEEP),
        ("a", "c", ("a", "a"), LEFT, NO_TIMES, Verdict.TO_RIGHT),
        ("a", "c", None, ASK, NO_TIMES, Verdict.CONFLICT),
        ("a", None, None, ASK, NO_TIMES, Verdict.TO_RIGHT),
        ("a", "c", None, LEFT, NO_TIMES, Verdict.TO_RIGHT),
        (None, "c", ("a", "c"), LEFT, NO_TIMES, Verdict.KEEP),
    ],
)
def test_one_way(
    left: str | None, right: str | None, base: Known, rule: ConflictRule, times: Times, expected: Verdict
) -> None:
    assert verdict(left, right, base, rule, times=times) is expected


@pytest.mark.parametrize(
    ("left", "right", "base", "rule", "times", "expected"),
    [
        ("b", "a", ("a", "a"), ASK, NO_TIMES, Verdict.TO_RIGHT),
        ("a", "b", ("a", "a"), ASK, NO_TIMES, Verdict.TO_LEFT),
        ("a", "b", ("a", "a"), LEFT, NO_TIMES, Verdict.TO_LEFT),
        ("b", "b", ("a", "a"), ASK, NO_TIMES, Verdict.AGREED),
        ("b", "c", ("a", "a"), ASK, NO_TIMES, Verdict.CONFLICT),
        ("b", "c", ("a", "a"), LEFT, NO_TIMES, Verdict.TO_RIGHT),
        ("b", "c", ("a", "a"), RIGHT, NO_TIMES, Verdict.TO_LEFT),
        ("b", "c", ("a", "a"), NEWEST, LATER_LEFT, Verdict.TO_RIGHT),
        ("b", "c", ("a", "a"), NEWEST, LATER_RIGHT, Verdict.TO_LEFT),
        ("b", "c", ("a", "a"), NEWEST, NO_TIMES, Verdict.CONFLICT),
        ("a", None, None, ASK, NO_TIMES, Verdict.TO_RIGHT),
        (None, "b", None, ASK, NO_TIMES, Verdict.TO_LEFT),
        (None, "a", ("a", "a"), ASK, NO_TIMES, Verdict.KEEP),
        (None, "b", ("a", "a"), ASK, NO_TIMES, Verdict.TO_LEFT),
        ("a", "b", ("a", "b"), ASK, NO_TIMES, Verdict.KEEP),
    ],
)
def test_both_ways(
    left: str | None, right: str | None, base: Known, rule: ConflictRule, times: Times, expected: Verdict
) -> None:
    assert verdict(left, right, base, rule, way=BOTH, times=times) is expected


def test_a_blank_erases_only_where_the_mapping_says_so() -> None:
    assert verdict(None, "a", ("a", "a"), LEFT) is Verdict.KEEP
    assert verdict(None, "a", ("a", "a"), LEFT, blank_erases=True) is Verdict.TO_RIGHT
    assert verdict("a", None, ("a", "a"), ASK, way=BOTH, blank_erases=True) is Verdict.TO_LEFT


def test_a_new_mapping_writes_what_now_arrives_differently_but_no_ones_edit() -> None:
    assert verdict("a", "b", ("a", "b"), ASK, revised=True) is Verdict.TO_RIGHT
    assert verdict("a", "c", ("a", "b"), ASK, revised=True) is Verdict.CONFLICT
    assert verdict("a", "c", ("a", "b"), ASK, way=BOTH, revised=True) is Verdict.TO_LEFT
    assert verdict("a", "b", ("a", "b"), RIGHT, way=BOTH, revised=True) is Verdict.TO_LEFT


values = st.sampled_from([None, "", "a", "b", "c"])
bases = st.none() | st.tuples(values, values)
ways = st.sampled_from(Direction)
all_times = st.sampled_from([NO_TIMES, LATER_LEFT, LATER_RIGHT])


@given(values, values, bases, st.sampled_from(ConflictRule), ways, st.booleans())
def test_equal_values_are_never_written_and_blanks_never_erase(
    left: str | None, right: str | None, base: Known, rule: ConflictRule, way: Direction, revised: bool
) -> None:
    found = verdict(left, right, base, rule, way=way, revised=revised)
    equal = canonical(left, FieldType.TEXT) == canonical(right, FieldType.TEXT)
    assert (found is Verdict.AGREED) == equal
    assert left or found is not Verdict.TO_RIGHT
    assert right or found is not Verdict.TO_LEFT


@given(values, values, bases, st.sampled_from(ConflictRule), ways, all_times, st.booleans(), st.booleans())
def test_swapped_sides_and_mirrored_rules_give_the_mirrored_decision(
    left: str | None,
    right: str | None,
    base: Known,
    rule: ConflictRule,
    way: Direction,
    times: Times,
    erases: bool,
    revised: bool,
) -> None:
    one = verdict(left, right, base, rule, way=way, times=times, blank_erases=erases, revised=revised)
    other = verdict(
        right,
        left,
        base and (base[1], base[0]),
        {LEFT: RIGHT, RIGHT: LEFT}.get(rule, rule),
        way={TO_RIGHT: TO_LEFT, TO_LEFT: TO_RIGHT}.get(way, way),
        times=Times(times.right, times.left),
        blank_erases=erases,
        revised=revised,
    )
    mirrored = {Verdict.TO_LEFT: Verdict.TO_RIGHT, Verdict.TO_RIGHT: Verdict.TO_LEFT}
    # A new mapping under a rule that names no side is applied from the left.
    if not (revised and way is BOTH and rule in (ASK, NEWEST)):
        assert other is mirrored.get(one, one)


@given(values, values, bases, st.sampled_from([ASK, LEFT, RIGHT]), ways, st.integers(0, 10**6))
def test_clocks_decide_nothing_but_which_is_newest(
    left: str | None, right: str | None, base: Known, rule: ConflictRule, way: Direction, skew: int
) -> None:
    skewed = Times(NOW, NOW + timedelta(seconds=skew))
    assert verdict(left, right, base, rule, way=way, times=skewed) is verdict(left, right, base, rule, way=way)


@given(values, values, st.tuples(values, values), st.sampled_from(ConflictRule), ways, all_times)
def test_only_what_changed_since_the_base_overwrites_anything(
    left: str | None, right: str | None, base: tuple[str, str], rule: ConflictRule, way: Direction, times: Times
) -> None:
    found = verdict(left, right, base, rule, way=way, times=times)
    changed_left = canonical(left, FieldType.TEXT) != base[0]
    changed_right = canonical(right, FieldType.TEXT) != base[1]
    if found is Verdict.TO_RIGHT and not changed_left:
        assert way is TO_RIGHT
        assert rule is LEFT
    if found is Verdict.TO_LEFT and not changed_right:
        assert way is TO_LEFT
        assert rule is RIGHT
    if found is Verdict.CONFLICT:
        assert changed_left
        assert changed_right
