"""Pages of records: search, conditions and order mean what the domain says, whichever way they are found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import desktop.store.grid
import desktop.store.search_index
from desktop.domain.filters import Condition, Operator, all_met, operators_for
from desktop.domain.query import RecordQuery
from desktop.domain.record import Record, display
from desktop.domain.schema import Field
from desktop.domain.values import FieldType, Money, Value, is_empty
from desktop.store import Store
from tests.store.examples import KEY, ORDERS, connection_row, order, orders_numbered
from tests.store.values import records

_SHOWN = [field for field in ORDERS.fields if not field.is_system]
_WANTED = st.sampled_from(
    [
        *("a", "AB", "é", "ß", "1", " 1 ", "-1", "0.1", "100", "12345678901234567890.12", "1E+20", "x"),
        *("2026-01-02", "20260102", "2026-01-02T00:00:00", "2026-01-02T00:00:00.000002+00:00"),
        "2026-01-01T22:00-05:00",
        *("yes", "No", "true", "0", "open", "Received", "SHIPPED", "other", "vip", "Very important", "a, b", "C1"),
        *("+1 (415) 555-0100", "415555", "anna@example.com", "example"),
    ]
)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(ORDERS.fields))
    return Condition(field.key, draw(st.sampled_from(operators_for(field.type))), draw(_WANTED))


queries = st.builds(
    RecordQuery,
    search=st.sampled_from(
        [
            "",
            "",
            "",
            "a",
            "É",
            "ab",
            "a1",
            "2026",
            "usd",
            "received",
            "very important",
            "usd a",
            "a  2026 x",
            '"',
            "\\",
            "x-1",
        ]
    ),
    conditions=st.lists(conditions(), max_size=2).map(tuple),
    sort=st.none() | st.sampled_from([field.key for field in ORDERS.fields]),
    descending=st.booleans(),
)


def texts_of(record: Record) -> Iterator[str]:
    """Everything that a search looks at."""
    yield record.id
    yield record.external_id or ""
    for field in _SHOWN:
        value = record.get(field.key)
        yield display(value)
        keys = value if isinstance(value, frozenset) else [value]
        yield from (option.label for option in field.options if option.key in keys)


def sort_key(field: Field, value: Value) -> Any:
    """What a value is ordered by."""
    if field.type is FieldType.MONEY and isinstance(value, Money):
        return float(value.amount)
    if field.type is FieldType.NUMBER and isinstance(value, Decimal):
        return float(value)
    if field.type is FieldType.DATETIME:
        return round(value.timestamp(), 3)  # type: ignore[union-attr]
    if field.type is FieldType.CHOICE and isinstance(value, str):
        option = field.option(value)
        return (option.label if option else value).casefold()
    if isinstance(value, str):
        return value.strip().casefold()
    return display(value)


def expected(found: Sequence[Record], query: RecordQuery) -> list[Record]:
    """The query's answer, by the domain's own means."""
    words = query.search.casefold().split()
    met = [
        record
        for record in found
        if all(any(word in shown.casefold() for shown in texts_of(record)) for word in words)
        and all_met(query.conditions, record, ORDERS.field)
    ]
    if query.sort is None:
        return met[::-1]
    field = ORDERS.field(query.sort)
    assert field is not None
    blank = [record for record in met if is_empty(record.get(query.sort))]
    filled = [record for record in met if not is_empty(record.get(query.sort))]
    filled.sort(key=lambda record: sort_key(field, record.get(field.key)), reverse=query.descending)
    return stable(filled, field, met) + blank


def stable(ordered: list[Record], field: Field, first_seen: Sequence[Record]) -> list[Record]:
    """Equal ones in the order in which they were first seen, also when the order is descending."""
    place = {record.id: number for number, record in enumerate(first_seen)}
    groups: list[list[Record]] = []
    for record in ordered:
        key = sort_key(field, record.get(field.key))
        if groups and sort_key(field, groups[-1][0].get(field.key)) == key:
            groups[-1].append(record)
        else:
            groups.append([record])
    return [record for group in groups for record in sorted(group, key=lambda item: place[item.id])]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("grid")
    opened = Store.open(folder / "workspace.db", KEY)
    opened.call_sync(opened.connections.add, connection_row("Agency"))
    yield opened
    opened.close()


# Sets have no order of their own that a person would expect.
_UNORDERED = (FieldType.CHOICES, FieldType.REFERENCE, FieldType.FILE)


@given(found=records(12), query=queries, indexed=st.booleans(), few=st.sampled_from([0, 10_000]))
def test_a_page_is_what_the_domain_says(
    shared: Store, found: list[Record], query: RecordQuery, indexed: bool, few: int
) -> None:
    sorted_by = ORDERS.field(query.sort) if query.sort else None
    unordered = sorted_by is not None and sorted_by.type in _UNORDERED

    def work() -> None:
        mirror = shared.mirror
        place = mirror.object_id(1, ORDERS.key)
        try:
            mirror.put(place, ORDERS, found[:6])
            if indexed:
                desktop.store.search_index.index_some(mirror._driver, place, 100)
            mirror.put(place, ORDERS, found[6:])
            wanted = [record.id for record in expected(found, query)]
            got = mirror.page(place, query, 0, 100)
            ids = [record.id for record in got]
            assert sorted(ids) == sorted(wanted)
            assert unordered or ids == wanted
            assert {record.id: record for record in got} == {r.id: r for r in found if r.id in wanted}
            assert mirror.count(place, query) == len(wanted)
            assert mirror.count(place, query, 3) == min(3, len(wanted))
            assert mirror.ids(place, query, 2) == ids[:2]
            assert [record.id for record in mirror.page(place, query, 2, 3)] == ids[2:5]
            desktop.store.grid._NEAR_TOP, near = 0, desktop.store.grid._NEAR_TOP
            try:
                for offset in (0, 1, 5, 50):
                    assert [record.id for record in mirror.page(place, query, offset, 3)] == ids[offset : offset + 3]
                assert mirror.count(place, query) == len(wanted)
            finally:
                desktop.store.grid._NEAR_TOP = near
        finally:
            mirror.remove(place)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desktop.store.search_index, "SMALLEST_OBJECT", 0)
        patch.setattr(desktop.store.grid, "_FEW", few)
        shared.call_sync(work)


def ids(store: Store, orders: int, query: RecordQuery, offset: int = 0, limit: int = 100) -> list[str]:
    return [record.id for record in store.call_sync(store.mirror.page, orders, query, offset, limit)]


def test_the_newest_change_comes_first(store: Store, orders: int) -> None:
    store.call_sync(store.mirror.put, orders, ORDERS, [order("a"), order("b"), order("c")])
    store.call_sync(store.mirror.put, orders, ORDERS, [order("a", number="new")])
    assert ids(store, orders, RecordQuery()) == ["a", "c", "b"]
    assert ids(store, orders, RecordQuery(), 1, 1) == ["c"]


def test_a_page_shows_what_changed_since_the_last_one(store: Store, orders: int) -> None:
    store.call_sync(store.mirror.put, orders, ORDERS, orders_numbered(2_000))
    query = RecordQuery(sort="number")
    assert ids(store, orders, query, 1_990, 2) == ["id-1990", "id-1991"]
    store.call_sync(store.mirror.mark_gone, orders, ["id-0"])
    assert ids(store, orders, query, 1_990, 2) == ["id-1991", "id-1992"]
    store.call_sync(store.mirror.put, orders, ORDERS, [order("first", number="A")])
    assert ids(store, orders, query, 1_990, 2) == ["id-1990", "id-1991"]


def test_far_down_a_large_object_the_order_is_the_same(
    store: Store, orders: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop.store.grid, "_MANY", 100)
    store.call_sync(store.mirror.put, orders, ORDERS, orders_numbered(3_000))
    query = RecordQuery("order", sort="number", descending=True)

    def page(offset: int) -> list[str]:
        found = asyncio.run(store.read(store.mirror.page, orders, query, offset, 2))
        return [record.id for record in found]

    for _ in range(2):
        assert page(0) == ["id-2999", "id-2998"]
        assert page(2_500) == ["id-499", "id-498"]
    store.call_sync(store.mirror.mark_gone, orders, ["id-2999"])
    assert page(2_500) == ["id-498", "id-497"]
    assert page(0) == ["id-2998", "id-2997"]
    assert page(2_998) == ["id-0"]


def test_objects_do_not_mix(store: Store, connection_id: int, orders: int) -> None:
    other = store.call_sync(store.mirror.object_id, connection_id, "other")
    store.call_sync(store.mirror.put, orders, ORDERS, [order("a", number="x")])
    store.call_sync(store.mirror.put, other, ORDERS, [order("b", number="x")])
    for query in (RecordQuery(), RecordQuery("x"), RecordQuery(sort="number")):
        assert ids(store, orders, query) == ["a"]
        assert ids(store, other, query) == ["b"]


def test_odd_characters_hide_nothing(store: Store, orders: int) -> None:
    store.call_sync(store.mirror.put, orders, ORDERS, [order("a", number="be\0fore\x1fafter", status="sent")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desktop.store.search_index, "SMALLEST_OBJECT", 0)
        for _ in range(2):
            assert ids(store, orders, RecordQuery("before")) == ids(store, orders, RecordQuery("after")) == ["a"]
            assert ids(store, orders, RecordQuery("shipped")) == ["a"]
            store.upkeep.want_index(orders)
            assert store.upkeep.wait(30)


def test_unknown_fields_are_met_by_nothing_and_order_nothing(store: Store, orders: int) -> None:
    store.call_sync(store.mirror.put, orders, ORDERS, [order("a", number="x")])
    assert ids(store, orders, RecordQuery(conditions=(Condition("no", Operator.EMPTY),))) == []
    assert ids(store, orders, RecordQuery(conditions=(Condition("no", Operator.IS_NOT, "1"),))) == []
    assert ids(store, orders, RecordQuery(sort="no")) == ["a"]


def test_a_large_object_gets_a_search_index_and_finds_the_same(store: Store, orders: int) -> None:
    count = desktop.store.search_index.SMALLEST_OBJECT
    for start in range(0, count, 5_000):
        store.call_sync(store.mirror.put, orders, ORDERS, orders_numbered(5_000, start))
    queries_ = [RecordQuery(text) for text in ("order 0012", "der 19999", "ext-777", "EXT", "none", "usd")]

    def answers() -> list[tuple[list[str], int]]:
        return [(ids(store, orders, query), store.call_sync(store.mirror.count, orders, query)) for query in queries_]

    before = answers()
    assert before[1] == (["id-19999"], 1)
    assert store.upkeep.wait(30)
    store.upkeep.want_index(orders)
    assert store.upkeep.wait(30)
    indexed = store.call_sync(
        lambda: store.mirror._driver.execute(f"SELECT count(*) FROM search_{orders}").fetchone()[0]
    )
    assert indexed == count
    assert answers() == before
    store.call_sync(store.mirror.put, orders, ORDERS, [order("id-3", number="Order 19999")])
    store.call_sync(store.mirror.mark_gone, orders, ["id-19999"])
    assert answers()[1] == (["id-3"], 1)
    for round_ in range(9):
        store.call_sync(store.mirror.put, orders, ORDERS, [order(f"id-{n}", number=f"R{round_}") for n in range(9)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desktop.store.search_index, "_MOST_STALE", 0)
        assert store.call_sync(lambda: desktop.store.search_index.index_some(store.mirror._driver, orders, 5)) is True
    store.upkeep.want_index(orders)
    assert store.upkeep.wait(30)
    assert sorted(ids(store, orders, RecordQuery("r8"))) == [f"id-{n}" for n in range(9)]
    assert ids(store, orders, RecordQuery("00129 order")) == ["id-129"]
    store.call_sync(store.mirror.remove, orders)
