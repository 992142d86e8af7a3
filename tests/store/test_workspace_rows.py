"""Settings, connections, schemas, syncs, drafts, edits and views."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.change import FieldChange
from desktop.domain.errors import InvalidInput, NotFound, Problem
from desktop.domain.schema import Association, Field, ObjectSchema, Option
from desktop.domain.values import FieldType
from desktop.store import Draft, EditRow, Store
from desktop.store.columns import micros, moment, pack, unpack_as
from tests.store.examples import NOW, ORDERS, connection_row, order, sync_row

_PROBLEM = Problem("credential_refused", "The token was refused.", "Paste a new token.", retryable=True)


def test_settings_keep_json_and_give_the_default(store: Store) -> None:
    def work() -> list[object]:
        store.settings.put("theme", "dark")
        store.settings.put("theme", {"name": "light", "sizes": [1, 2.5, None]})
        store.settings.put("nothing", None)
        return [store.settings.get("theme"), store.settings.get("nothing", "x"), store.settings.get("other", [1])]

    assert store.call_sync(work) == [{"name": "light", "sizes": [1, 2.5, None]}, None, [1]]


def test_a_connection_comes_back_as_it_was_stored(store: Store) -> None:
    row = connection_row(" Agency ")
    connection_id = store.call_sync(store.connections.add, row)
    stored = replace(row, id=connection_id, name="Agency")
    assert store.call_sync(store.connections.get, connection_id) == stored
    changed = replace(
        stored, name="Shop", checked_at=NOW + timedelta(hours=1), identity={"name": "A"}, problem=_PROBLEM, options={}
    )
    store.call_sync(store.connections.update, changed)
    assert store.call_sync(store.connections.by_name, "SHOP") == changed
    assert store.call_sync(store.connections.by_name, "Agency") is None
    assert store.call_sync(store.connections.all) == [changed]


def test_a_connections_name_is_taken_whatever_its_case(store: Store, connection_id: int) -> None:
    other = store.call_sync(store.connections.add, connection_row("Müller"))
    with pytest.raises(InvalidInput, match="Müller") as caught:
        store.call_sync(store.connections.add, connection_row("MÜLLER"))
    assert caught.value.problems[0].place == "name"
    row = store.call_sync(store.connections.get, other)
    with pytest.raises(InvalidInput, match="Agency"):
        store.call_sync(store.connections.update, replace(row, name="agency"))
    store.call_sync(store.connections.update, replace(row, name="müller"))
    with pytest.raises(InvalidInput):
        store.call_sync(store.connections.add, connection_row("  "))


def test_a_connection_in_use_is_not_removed(store: Store, connection_id: int) -> None:
    sync_id = store.call_sync(store.syncs.add, sync_row("Orders", right="agency"))
    with pytest.raises(InvalidInput, match="Agency is used by Orders"):
        store.call_sync(store.connections.remove, connection_id)
    store.call_sync(store.syncs.remove, sync_id)
    store.call_sync(store.connections.remove, connection_id)
    with pytest.raises(NotFound):
        store.call_sync(store.connections.get, connection_id)


def test_removing_a_connection_takes_its_mirror_schemas_drafts_and_views(
    store: Store, connection_id: int, orders: int
) -> None:
    def work() -> list[object]:
        other = store.connections.add(connection_row("Shop"))
        kept = store.mirror.object_id(other, ORDERS.key)
        for place in (orders, kept):
            store.mirror.ensure_keys(place, ORDERS, ["number"])
            store.mirror.put(place, ORDERS, [order("1", number="10")])
        store.schemas.put_one(connection_id, ORDERS, NOW)
        store.drafts.put(Draft(connection_id, ORDERS.key, "1", {}, NOW))
        store.views.put(connection_id, ORDERS.key, "Mine", {})
        store.connections.remove(connection_id)
        again = store.connections.add(connection_row("Agency"))
        assert again != connection_id
        fresh = store.mirror.object_id(again, ORDERS.key)
        return [
            store.schemas.get(connection_id, ORDERS.key),
            store.drafts.all(),
            store.views.all(connection_id, ORDERS.key),
            list(store.mirror.get(fresh, ["1"])),
            store.mirror.find_keys(kept, "number", ["10"]),
            store.sizes().records,
        ]

    assert store.call_sync(work) == [None, [], {}, [], {"10": ["1"]}, 1]


text = st.text(max_size=8)
fields = st.builds(
    Field,
    key=text,
    label=text,
    type=st.sampled_from(FieldType),
    required=st.booleans(),
    read_only=st.booleans(),
    options=st.lists(st.builds(Option, text, text), max_size=2).map(tuple),
    scale=st.none() | st.integers(0, 9),
    max_length=st.none() | st.integers(0, 999),
    currency=st.none() | text,
    target=st.none() | text,
    many=st.booleans(),
    open_choice=st.booleans(),
    description=text,
    native_type=text,
    tag=text,
    wire=text,
)
schemas = st.builds(
    ObjectSchema,
    key=text,
    label=text,
    plural=text,
    id=text,
    title=text,
    custom=st.booleans(),
    description=text,
    fields=st.lists(fields, max_size=3).map(tuple),
    associations=st.lists(st.builds(Association, text, text, text, text, text), max_size=2).map(tuple),
    refusals=st.dictionaries(text, text, max_size=2),
)


@given(schemas)
def test_a_schema_is_read_back_with_all_its_attributes(schema: ObjectSchema) -> None:
    _ = schema.by_key
    assert unpack_as(pack(schema), ObjectSchema) == schema


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=offsets))  # noqa: DTZ001 - the zone is drawn
def test_a_moment_keeps_its_microseconds(value: datetime) -> None:
    assert moment(micros(value)) == value


def test_the_listing_keeps_its_order_and_the_fields_that_are_known(store: Store, connection_id: int) -> None:
    bare = [ObjectSchema(key, key, key) for key in ("b", "a", ORDERS.key)]

    def work() -> None:
        store.schemas.put(connection_id, [*bare, ObjectSchema("old", "Old", "Olds")], NOW)
        store.schemas.put_one(connection_id, ORDERS, NOW)
        store.schemas.put(connection_id, bare, NOW + timedelta(days=1))

    store.call_sync(work)
    assert store.call_sync(store.schemas.listing, connection_id) == bare
    assert store.call_sync(store.schemas.get, connection_id, ORDERS.key) == (ORDERS, NOW)
    assert store.call_sync(store.schemas.get, connection_id, "a") is None


def test_syncs_are_found_by_name_and_by_their_connections(store: Store) -> None:
    orders = store.call_sync(store.syncs.add, sync_row("Orders", "Agency", "Shop"))
    store.call_sync(store.syncs.add, sync_row("People", "shop", "Desk"))
    assert store.call_sync(store.syncs.get, orders) == replace(sync_row("Orders"), id=orders)
    found = store.call_sync(store.syncs.by_name, "ORDERS ")
    assert found is not None
    assert found.id == orders
    assert [row.name for row in store.call_sync(store.syncs.using, "SHOP")] == ["Orders", "People"]
    assert store.call_sync(store.syncs.using, "Sho") == []
    with pytest.raises(InvalidInput, match="already"):
        store.call_sync(store.syncs.add, sync_row("people"))


def test_a_sync_follows_its_own_and_its_connections_names(store: Store, sync_id: int) -> None:
    store.call_sync(store.syncs.rename, sync_id, "Sales", NOW + timedelta(days=1))
    store.call_sync(store.syncs.rename_connection, "AGENCY", "Agency 2")
    store.call_sync(store.syncs.set_marks, sync_id, 7, 9, "abc")
    row = store.call_sync(store.syncs.get, sync_id)
    assert (row.name, row.left_seq, row.right_seq, row.fingerprint) == ("Sales", 7, 9, "abc")
    assert isinstance(row.document, dict)
    assert row.document["name"] == "Sales"
    assert row.document["left"] == {"connection": "Agency 2", "object": "a"}
    assert row.document["right"] == {"connection": "Shop", "object": "b"}
    store.call_sync(store.syncs.update, replace(row, approved=True, document={}))
    assert store.call_sync(store.syncs.all) == [replace(row, approved=True, document={})]
    with pytest.raises(NotFound):
        store.call_sync(store.syncs.set_marks, sync_id + 1, 0, 0, "")


def test_drafts_are_one_a_record(store: Store, connection_id: int) -> None:
    new = Draft(connection_id, ORDERS.key, "", {"number": "1"}, NOW)
    known = Draft(connection_id, ORDERS.key, "7", {"number": "2"}, NOW + timedelta(seconds=1))
    for draft in (replace(new, document={"number": "0"}), new, known):
        store.call_sync(store.drafts.put, draft)
    assert store.call_sync(store.drafts.get, connection_id, ORDERS.key, "") == new
    assert store.call_sync(store.drafts.all, connection_id) == [known, new]
    store.call_sync(store.drafts.remove, connection_id, ORDERS.key, "")
    assert store.call_sync(store.drafts.all) == [known]
    assert store.call_sync(store.drafts.get, connection_id, ORDERS.key, "") is None


def test_edits_are_listed_newest_first_and_searched(store: Store) -> None:
    row = EditRow(0, NOW, 3, ORDERS.key, "id-7", "Ordér 7", "update", {"total": FieldChange(None, "12.50")})
    failed = replace(row, record_id="id-8", title="Invoice", problem=_PROBLEM, fields={})
    ids = [store.call_sync(store.edits.add, item) for item in (row, failed)]
    stored = [replace(item, id=edit_id) for item, edit_id in zip((row, failed), ids, strict=True)]
    assert store.call_sync(store.edits.page) == stored[::-1]
    assert store.call_sync(store.edits.page, 1, 5) == stored[:1]
    assert store.call_sync(store.edits.page, 0, 5, "ORDÉR") == stored[:1]
    assert store.call_sync(store.edits.page, 0, 5, "id-8") == stored[1:]
    assert [store.call_sync(store.edits.count, search) for search in ("", "inv", "none")] == [2, 1, 0]


def test_views_are_kept_by_object_and_name(store: Store, connection_id: int) -> None:
    store.call_sync(store.views.put, connection_id, "a", "Open", {"sort": "x"})
    store.call_sync(store.views.put, connection_id, "a", "Open", {"sort": "y"})
    store.call_sync(store.views.put, connection_id, "a", "all", None)
    store.call_sync(store.views.put, connection_id, "b", "Other", {})
    saved = store.call_sync(store.views.all, connection_id, "a")
    assert list(saved.items()) == [("all", None), ("Open", {"sort": "y"})]
    store.call_sync(store.views.remove, connection_id, "a", "Open")
    assert store.call_sync(store.views.all, connection_id, "a") == {"all": None}


def test_sizes_count_what_is_there(store: Store, orders: int, sync_id: int) -> None:
    store.call_sync(store.mirror.put, orders, ORDERS, [order("1"), order("2")])
    store.call_sync(store.mirror.mark_gone, orders, ["1"])
    sizes = store.call_sync(store.sizes)
    assert (sizes.connections, sizes.objects, sizes.records, sizes.syncs, sizes.links) == (1, 1, 1, 1, 0)
    assert sizes.file_bytes > 8192
