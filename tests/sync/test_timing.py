from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.schedule import read_schedule
from desktop.sync.timing import is_due, next_run


@pytest.fixture
def berlin() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can't be set here")
def test_a_daily_run_follows_the_clock_on_the_wall_into_summer_time(berlin: None) -> None:
    daily = read_schedule({"daily": "05:00"})
    assert daily is not None
    # On 29 March 2026 clocks go from 02:00 to 03:00: five o'clock is an hour earlier by UTC from then on.
    assert next_run(daily, at("2026-03-28 04:00")) == at("2026-03-29 03:00")
    assert next_run(daily, at("2026-03-29 03:00")) == at("2026-03-30 03:00")
    assert next_run(daily, at("2026-10-24 03:00")) == at("2026-10-25 04:00")


def test_a_run_that_was_missed_outside_of_its_hours_waits_for_them() -> None:
    nightly = read_schedule({"every": "1h", "between": ["22:00", "06:00"]})
    assert nightly is not None
    local = datetime(2026, 5, 4, 23, 30).astimezone()
    noon = datetime(2026, 5, 5, 12, 0).astimezone()
    evening = datetime(2026, 5, 5, 22, 1).astimezone()
    assert not is_due(nightly, local, noon)
    assert is_due(nightly, local, evening)


@given(st.integers(1, 3000), st.integers(0, 10**6))
def test_an_interval_is_due_once_it_has_passed_and_not_before(minutes: int, waited: int) -> None:
    schedule = read_schedule({"every": f"{minutes}m"})
    assert schedule is not None
    served = at("2026-06-01 12:00")
    assert is_due(schedule, served, served + timedelta(seconds=waited)) == (waited >= minutes * 60)
