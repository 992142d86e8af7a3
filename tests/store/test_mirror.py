"""The mirror: what changed, what is gone, and how records are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from desktop.domain.errors import InvalidInput, NotFound
from desktop.domain.query import RecordQuery
from desktop.domain.record import Record
from desktop.domain.schema import Field
from desktop.domain.values import FieldType, key_text
from desktop.store import MirrorState, Store
from desktop.store.record_codec import decode_record, encode_record
from tests.store.examples import KEY, NOW, ORDERS, connection_row, order, orders_numbered
from tests.store.values import records

_KEYS = tuple(field.key for field in ORDERS.fields if not field.is_system)


@given(records(3))
def test_a_record_is_read_back_as_it_was(found: list[Record]) -> None:
    for record in found:
        body = encode_record(record, _KEYS)
        again = decode_record(record.object, record.id, body, _KEYS)
        assert (again, again.updated_by) == (record, record.updated_by)
        assert encode_record(again, (*_KEYS, "a field that came later")) == body


def put(store: Store, orders: int, *records_: Record, sweep: int | None = None) -> int:
    return store.call_sync(store.mirror.put, orders, ORDERS, records_, sweep)


def changed(store: Store, orders: int, after: int = 0, up_to: int | None = None) -> list[tuple[int, str]]:
    found = store.call_sync(store.mirror.changed, orders, after, 100, up_to)
    return [(seq, record.id) for seq, record in found]


def state(store: Store, orders: int) -> MirrorState:
    return store.call_sync(store.mirror.state, orders)


def test_an_objects_mirror_is_made_once(store: Store, connection_id: int, orders: int) -> None:
    assert store.call_sync(store.mirror.object_id, connection_id, ORDERS.key) == orders
    assert store.call_sync(store.mirror.object_id, connection_id, "contact") != orders
    with pytest.raises(NotFound):
        store.call_sync(store.mirror.state, 999)


def test_only_new_and_changed_records_get_a_number(store: Store, orders: int) -> None:
    assert put(store, orders, order("a", number="1"), order("b", number="2")) == 2
    assert put(store, orders, order("b", number="2"), order("a", number="9"), order("c")) == 2
    assert changed(store, orders) == [(2, "b"), (3, "a"), (4, "c")]
    assert changed(store, orders, after=2) == [(3, "a"), (4, "c")]
    assert changed(store, orders, after=2, up_to=3) == [(3, "a")]
    assert put(store, orders) == 0
    assert put(store, orders, order("d", number="1"), order("d", number="2")) == 1
    assert store.call_sync(store.mirror.get, orders, ["d"])["d"].values == {"number": "2"}


def test_empty_and_absent_differ(store: Store, orders: int) -> None:
    assert put(store, orders, order("a")) == 1
    assert put(store, orders, order("a", paid=None)) == 1
    assert put(store, orders, order("a", paid=None)) == 0
    assert dict(store.call_sync(store.mirror.get, orders, ["a"])["a"].values) == {"paid": None}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("shared")
    opened = Store.open(folder / "workspace.db", KEY)
    opened.call_sync(opened.connections.add, connection_row("Agency"))
    yield opened
    opened.close()


@given(first=records(6), second=records(6))
def test_putting_twice_changes_nothing_and_the_last_one_stays(
    shared: Store, first: list[Record], second: list[Record]
) -> None:
    def work() -> None:
        place = shared.mirror.object_id(1, "twice")
        try:
            shared.mirror.ensure_keys(place, ORDERS, ["number", "@external_id"])
            assert shared.mirror.put(place, ORDERS, first) == len(first)
            before = shared.mirror.state(place)
            assert shared.mirror.put(place, ORDERS, first) == 0
            assert shared.mirror.state(place) == before
            known = {record.id: record for record in first}
            differing = [record for record in second if known.get(record.id) != record]
            assert shared.mirror.put(place, ORDERS, second) == len(differing)
            known.update((record.id, record) for record in second)
            expected = {key: replace(record, object="twice") for key, record in known.items()}
            assert shared.mirror.get(place, known) == expected
            assert shared.mirror.state(place).count == len(known)
            assert shared.mirror.state(place).last_seq == len(first) + len(differing)
            by_key: dict[str, set[str]] = {}
            for record in known.values():
                text = key_text(record.get("number"), FieldType.TEXT)
                if text is not None:
                    by_key.setdefault(text, set()).add(record.id)
            found = shared.mirror.find_keys(place, "number", by_key)
            assert {text: set(ids) for text, ids in found.items()} == by_key
        finally:
            shared.mirror.remove(place)

    shared.call_sync(work)


def test_a_whole_read_finds_what_is_gone(store: Store, orders: int) -> None:
    put(store, orders, order("a"), order("b"), order("c"), order("d"))
    sweep = store.call_sync(store.mirror.begin_sweep, orders)
    put(store, orders, order("a"), order("b", number="new"), order("e"), sweep=sweep)
    put(store, orders, order("c", number="by another way"))
    assert store.call_sync(store.mirror.end_sweep, orders, sweep) == 1
    assert store.call_sync(store.mirror.gone_since, orders, 0, 9) == [(8, "d")]
    assert set(store.call_sync(store.mirror.get, orders, "abcde")) == set("abce")
    assert state(store, orders).count == 4
    assert [record.id for record in store.call_sync(store.mirror.page, orders, RecordQuery(), 0, 9)] == list("ceba")
    assert store.call_sync(store.mirror.end_sweep, orders, sweep) == 0
    assert put(store, orders, order("d")) == 1
    assert store.call_sync(store.mirror.gone_since, orders, 0, 9) == []
    assert changed(store, orders, after=8) == [(9, "d")]
    assert state(store, orders).count == 5


def test_a_whole_read_that_broke_off_buries_nothing(store: Store, orders: int) -> None:
    put(store, orders, order("a"), order("b"))
    broken = store.call_sync(store.mirror.begin_sweep, orders)
    put(store, orders, order("a"), sweep=broken)
    again = store.call_sync(store.mirror.begin_sweep, orders)
    put(store, orders, order("b"), sweep=broken)
    assert store.call_sync(store.mirror.end_sweep, orders, broken) == 0
    put(store, orders, order("b"), sweep=again)
    assert store.call_sync(store.mirror.end_sweep, orders, again) == 1
    assert set(store.call_sync(store.mirror.get, orders, ["a", "b"])) == {"b"}


def test_what_is_gone_is_found_no_more_until_it_is_back(store: Store, orders: int) -> None:
    store.call_sync(store.mirror.ensure_keys, orders, ORDERS, ["number"])
    put(store, orders, order("a", "x", number="7"), order("b", "y", number="7"))
    assert store.call_sync(store.mirror.mark_gone, orders, ["a", "no"]) == 1
    assert store.call_sync(store.mirror.mark_gone, orders, ["a"]) == 0
    assert store.call_sync(store.mirror.find_keys, orders, "number", ["7"]) == {"7": ["b"]}
    assert set(store.call_sync(store.mirror.by_external_ids, orders, ["x", "y"])) == {"y"}
    assert store.call_sync(store.mirror.count, orders, RecordQuery(search="7")) == 1
    assert put(store, orders, order("a", "x", number="7")) == 1
    assert store.call_sync(store.mirror.find_keys, orders, "number", ["7"]) == {"7": ["a", "b"]}
    assert store.call_sync(store.mirror.count, orders, RecordQuery(search="7")) == 2


def test_records_can_be_asked_for_as_of_an_earlier_number(store: Store, orders: int) -> None:
    put(store, orders, order("a"), order("b"))
    put(store, orders, order("a", number="2"))
    assert set(store.call_sync(store.mirror.get, orders, ["a", "b"], 2)) == {"b"}
    assert set(store.call_sync(store.mirror.get, orders, ["a", "b"], up_to_seq=3)) == {"a", "b"}


def test_how_far_it_was_read_is_kept(store: Store, orders: int) -> None:
    assert state(store, orders) == MirrorState(None, None, complete=False, count=0, last_seq=0)
    store.call_sync(store.mirror.checkpoint, orders, {"after": ["2026", 7]}, NOW, True)
    put(store, orders, order("a"))
    assert state(store, orders) == MirrorState({"after": ["2026", 7]}, NOW, complete=True, count=1, last_seq=1)
    store.call_sync(store.mirror.checkpoint, orders, None, NOW + timedelta(1), False)
    assert state(store, orders) == MirrorState(None, NOW + timedelta(1), complete=False, count=1, last_seq=1)


def test_match_keys_are_made_for_records_that_are_there_already(store: Store, orders: int) -> None:
    put(store, orders, order("a", "X1", number=" Ab ", items=Decimal("10.0")), order("b", number="aB"), order("c"))
    store.call_sync(store.mirror.ensure_keys, orders, ORDERS, ["number", "items"])
    store.call_sync(store.mirror.ensure_keys, orders, ORDERS, ["items", "@external_id", "@id"])
    find = store.mirror.find_keys
    assert store.call_sync(find, orders, "number", ["ab", "zz", "ab"]) == {"ab": ["a", "b"]}
    assert store.call_sync(find, orders, "items", ["10"]) == {"10": ["a"]}
    assert store.call_sync(find, orders, "@external_id", ["x1"]) == {"x1": ["a"]}
    assert store.call_sync(find, orders, "@id", ["b", "c"]) == {"b": ["b"], "c": ["c"]}
    put(store, orders, order("a", number="new"), order("b", number="aB", items=Decimal(3)))
    assert store.call_sync(find, orders, "number", ["ab", "new"]) == {"ab": ["b"], "new": ["a"]}
    assert store.call_sync(find, orders, "items", ["10", "3"]) == {"3": ["b"]}
    with pytest.raises(InvalidInput, match="status"):
        store.call_sync(find, orders, "status", ["open"])


def test_match_keys_follow_a_changed_type(store: Store, orders: int) -> None:
    store.call_sync(store.mirror.ensure_keys, orders, ORDERS, ["phone"])
    put(store, orders, order("a", phone="+1 415"))
    assert store.call_sync(store.mirror.find_keys, orders, "phone", ["+1415"]) == {"+1415": ["a"]}
    textual = ORDERS.with_fields(Field("phone", "Phone", FieldType.TEXT))
    store.call_sync(store.mirror.put, orders, textual, [order("b", phone="+1415")])
    found = store.call_sync(store.mirror.find_keys, orders, "phone", ["+1 415", "+1415"])
    assert found == {"+1 415": ["a"], "+1415": ["b"]}


def test_external_ids_are_matched_exactly(store: Store, orders: int) -> None:
    put(store, orders, *orders_numbered(30), order("none"))
    found = store.call_sync(store.mirror.by_external_ids, orders, ["ext-3", "EXT-4", "ext-99"])
    assert {key: record.id for key, record in found.items()} == {"ext-3": "id-3"}


def test_new_fields_leave_earlier_records_as_they_are(store: Store, orders: int) -> None:
    put(store, orders, order("a", number="1"))
    wider = ORDERS.with_fields(*ORDERS.fields, Field("extra", "Extra", FieldType.TEXT))
    assert store.call_sync(store.mirror.put, orders, wider, [order("a", number="1")]) == 0
    assert store.call_sync(store.mirror.put, orders, wider, [order("a", number="1", extra="é")]) == 1
    assert store.call_sync(store.mirror.put, orders, ORDERS, [order("a", number="1", extra="é")]) == 0
    assert [row.id for row in store.call_sync(store.mirror.page, orders, RecordQuery("É"), 0, 9)] == ["a"]
