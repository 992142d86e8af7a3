"""Random typed values."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

from hypothesis import strategies as st

from desktop.domain.values import FieldType, File, Money, Value

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_numbers = st.decimals(min_value=-(10**12), max_value=10**12, places=4, allow_nan=False)
_zones = st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=30))])

_by_type: dict[FieldType, st.SearchStrategy[Value]] = {
    FieldType.NUMBER: _numbers,
    FieldType.BOOLEAN: st.booleans(),
    FieldType.DATE: st.dates(),
    FieldType.DATETIME: st.datetimes(timezones=_zones),
    FieldType.MONEY: st.builds(Money, _numbers, st.sampled_from(["USD", "EUR", "JPY"])),
    FieldType.CHOICES: st.frozensets(_texts, max_size=4),
    FieldType.REFERENCE: st.frozensets(_texts, max_size=4),
    FieldType.FILE: st.lists(st.builds(File, _texts, _texts), max_size=3).map(tuple),
}


def values_of(type_: FieldType) -> st.SearchStrategy[Value]:
    """Values of a type, blanks among them."""
    return st.none() | _by_type.get(type_, _texts)


typed_values = st.sampled_from(FieldType).flatmap(lambda type_: st.tuples(st.just(type_), values_of(type_)))
