from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.schedule import read_schedule

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("schedule", "now", "then"),
    [
        ({"every": "15m"}, "2026-03-02 10:07", "2026-03-02 10:22"),
        ({"every": "1d"}, "2026-03-02 10:07", "2026-03-03 10:07"),
        ({"every": "15m", "between": ["22:00", "06:00"]}, "2026-03-02 23:50", "2026-03-03 00:05"),
        ({"every": "15m", "between": ["22:00", "06:00"]}, "2026-03-03 05:50", "2026-03-03 22:00"),
        ({"every": "15m", "between": ["09:00", "17:00"]}, "2026-03-02 07:00", "2026-03-02 09:00"),
        ({"live": True}, "2026-03-02 10:07", "2026-03-02 11:07"),
        ({"live": True, "every": "15m"}, "2026-03-02 10:07", "2026-03-02 10:22"),
        ({"daily": "02:00"}, "2026-03-02 01:59", "2026-03-02 02:00"),
        ({"daily": "02:00"}, "2026-03-02 02:00", "2026-03-03 02:00"),
        ({"cron": "0 2 * * 1"}, "2026-03-02 02:00", "2026-03-09 02:00"),
    ],
)
def test_the_next_run_is_when_the_operator_expects_it(schedule: dict[str, Any], now: str, then: str) -> None:
    read = read_schedule(schedule)
    assert read is not None
    assert read.next_after(at(now)) == at(then)


@given(
    st.sampled_from([{"every": "7m"}, {"every": "5m", "between": ["21:30", "04:10"]}, {"daily": "02:30"}]),
    st.integers(0, 365 * 24 * 60).map(lambda minutes: at("2026-01-01 00:00") + timedelta(minutes=minutes)),
)
def test_the_next_run_is_always_later_and_inside_the_hours(schedule: dict[str, Any], moment: datetime) -> None:
    read = read_schedule(schedule)
    assert read is not None
    then = read.next_after(moment)
    assert then is not None
    assert timedelta() < then - moment <= timedelta(days=1, minutes=7)
    if read.between:
        assert then.time() >= read.between[0] or then.time() < read.between[1]
