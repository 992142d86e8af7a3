"""Strategies for records of the example object."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import strategies as st

from desktop.domain.record import Record
from desktop.domain.values import FieldType, File, Money, Value
from tests.store.examples import ORDERS

# Composed characters only: the store compares text in Unicode NFC.
texts = st.text(st.sampled_from("aAbBéÉüß\n 1-,\"'\\/"), max_size=6)
numbers = st.decimals(-1000, 1000, places=2) | st.sampled_from(
    [Decimal("1E+20"), Decimal("12345678901234567890.12"), Decimal("12345678901234567890.13"), Decimal("0.10")]
)
zones = st.sampled_from([timezone(timedelta(hours=hours)) for hours in (-5, 0, 2)])
dates = st.dates(date(2026, 1, 1), date(2026, 1, 4))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3), timezones=zones) | st.builds(  # noqa: DTZ001
    datetime, st.just(2026), st.just(1), st.just(2), microsecond=st.integers(0, 3), tzinfo=zones
)
files = st.lists(st.builds(File, st.sampled_from(["https://a/1", "https://b/2"]), texts), max_size=2).map(tuple)

by_type: dict[FieldType, st.SearchStrategy[Value]] = {
    FieldType.NUMBER: numbers,
    FieldType.MONEY: st.builds(Money, numbers, st.sampled_from(["USD", "EUR"])),
    FieldType.BOOLEAN: st.booleans(),
    FieldType.DATE: dates,
    FieldType.DATETIME: moments,
    FieldType.CHOICE: st.sampled_from(["open", "sent", "Other"]),
    FieldType.CHOICES: st.frozensets(st.sampled_from(["vip", "b", "a, b"])),
    FieldType.REFERENCE: st.frozensets(st.sampled_from(["c1", "c2", "c3"])),
    FieldType.FILE: files,
    FieldType.PHONE: st.sampled_from(["+1 415 555 0100", "+14155550100", "415-555", "none"]),
    FieldType.EMAIL: st.sampled_from(["Anna@example.com", "anna@EXAMPLE.com", "ben@example.com"]),
}

_values = st.fixed_dictionaries(
    {},
    optional={field.key: st.none() | by_type.get(field.type, texts) for field in ORDERS.fields if not field.is_system},
)
_external = st.none() | st.sampled_from(["X-1", "x-2"])


def record(record_id: str) -> st.SearchStrategy[Record]:
    """A record of the example object with that id."""
    times = st.none() | moments
    who = st.sampled_from(["", "17"])
    return st.builds(Record, st.just(ORDERS.key), st.just(record_id), _values, _external, times, times, who)


def records(most: int) -> st.SearchStrategy[list[Record]]:
    """Records with ids of their own."""
    ids = st.lists(st.sampled_from([f"id-{number}" for number in range(20)]), unique=True, max_size=most)
    return ids.flatmap(lambda chosen: st.tuples(*(record(item) for item in chosen))).map(list)
