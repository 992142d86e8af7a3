"""The people that every platform is filled with."""

from __future__ import annotations

from datetime import UTC, datetime

import phonenumbers
import pytest

from desktop.sandbox import people


def test_addresses_and_numbers_are_everybodys_own() -> None:
    crowd = [people.person(1, i) for i in range(20_000)]
    assert len({one.email for one in crowd}) == len(crowd)
    assert len({one.phone for one in crowd}) == len(crowd)
    assert all(one.email.isascii() for one in crowd)


def test_phone_numbers_are_ones_that_exist() -> None:
    for i in range(0, 1_000_000, 9_973):
        number = phonenumbers.parse(people.person(3, i).phone)
        assert phonenumbers.is_possible_number(number)


def test_a_person_follows_from_seed_and_number() -> None:
    assert people.person(1, 999_999) == people.person(1, 999_999)
    assert people.person(1, 5) != people.person(2, 5)
    assert people.order(1, 5) == people.order(1, 5)


def test_one_order_in_twenty_is_a_draft_and_buyers_were_there_before() -> None:
    orders = [people.order(1, i) for i in range(5_000)]
    assert 0.03 < sum(order.status == "draft" for order in orders) / len(orders) < 0.07
    assert all(order.person <= order.number for order in orders)
    assert any(order.person < order.number for order in orders)
    assert [order.order_number for order in orders[:2]] == ["10001", "10002"]


@pytest.mark.parametrize("total", [1, 7, 500])
def test_everything_was_made_between_two_years_and_a_day_ago(total: int) -> None:
    now = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1000)
    times = [people.created_ms(1, i, total, now) for i in range(total)]
    assert times == sorted(times)
    assert now - 730 * people.DAY_MS <= times[0]
    assert times[-1] <= now - people.DAY_MS
