from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import InvalidInput
from desktop.domain.mapping import ConflictRule, Direction
from desktop.domain.sync_file import as_document, read_sync_file, write_sync_file

SCHEMA = json.loads((Path(__file__).parents[2] / "resources/sync-file.schema.json").read_text("utf-8"))

ORDERS: dict[str, Any] = {
    "crosswalk": 1,
    "name": "Orders to ActiveCampaign",
    "left": {"connection": "Agency", "object": "custom_objects.orders"},
    "right": {"connection": "Shop", "object": "orders"},
    "direction": "left_to_right",
    "match": [{"left": "order_number", "right": "@external_id"}],
    "fields": [
        {"left": "total", "right": "order-total"},
        {"left": "status", "right": "order-ship-status", "values": {"received": "Received", "sent": "Shipped"}},
        {
            "left": "note",
            "right": "order-instructions",
            "transform": [{"use": "trim"}, {"use": "truncate", "length": 500}],
            "conflict": "left",
        },
        {
            "left": "order_contact",
            "right": "primary-contact",
            "carry": {"match": [{"left": "email", "right": "email"}], "fields": [], "create": True},
        },
    ],
    "filter": [{"side": "left", "field": "status", "is": "is not", "value": "draft"}],
    "conflict": "newest",
    "delete": "keep",
    "delete_limit_percent": 10,
    "schedule": None,
}


def changed(path: str, value: object) -> dict[str, Any]:
    document: Any = json.loads(json.dumps(ORDERS))
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    target = document
    for part in parents:
        target = target[part]
    target[last] = value
    return document


def test_the_documented_example_is_read() -> None:
    definition = read_sync_file(json.dumps(ORDERS))
    assert definition.direction is Direction.LEFT_TO_RIGHT
    assert definition.conflict is ConflictRule.NEWEST
    assert definition.fields[2].transform[1].arguments == {"length": 500}
    assert definition.fields[1].values == {"received": "Received", "sent": "Shipped"}


def test_a_file_that_is_written_is_read_as_the_same_sync_and_fits_the_published_schema() -> None:
    definition = read_sync_file(json.dumps(ORDERS))
    assert read_sync_file(write_sync_file(definition)) == definition
    jsonschema.validate(as_document(definition), SCHEMA)


@pytest.mark.parametrize(
    ("path", "value", "place", "says"),
    [
        ("colour", "red", "colour", "not a known setting"),
        ("fields.0.colour", "red", "fields[0].colour", "not a known setting"),
        ("crosswalk", 2, "crosswalk", "must be 1"),
        ("name", " ", "name", "text"),
        ("left", None, "left", "missing"),
        ("left.object", "", "left.object", "missing"),
        ("right", ORDERS["left"], "right", "same object"),
        ("direction", "sideways", "direction", "left_to_right"),
        ("match", [], "match", "at least one"),
        ("match", {}, "match", "must be a list"),
        ("fields.1.values", {"sent": 1}, "fields[1].values.sent", "must be text"),
        ("fields.2.transform.1", "trim", "fields[2].transform[1]", "braces"),
        ("fields.2.conflict", "mine", "fields[2].conflict", "must be one of"),
        ("filter.0.is", "resembles", "filter[0].is", "must be one of"),
        ("filter.0.value", "", "filter[0].value", "missing"),
        ("fields.2.one_way", "two_way", "fields[2].one_way", "left_to_right, right_to_left"),
        ("delete", "everything", "delete", "keep, propagate"),
        ("delete_limit_percent", 101, "delete_limit_percent", "0 to 100"),
        ("schedule", "15m", "schedule", "must be null, or"),
        ("schedule", {"every": "15m", "daily": "02:00"}, "schedule", "exactly one"),
        ("schedule", {"every": "0m"}, "schedule.every", "15m"),
        ("schedule", {"daily": "24:00"}, "schedule.daily", "02:00"),
        ("schedule", {"daily": "02:00", "between": ["22:00", "06:00"]}, "schedule.between", "every only"),
        ("schedule", {"every": "15m", "between": ["22:00", "22:00"]}, "schedule.between", "different"),
        ("schedule", {"live": False}, "schedule", "live alone"),
        ("schedule", {"live": "yes"}, "schedule.live", "true or false"),
        ("schedule", {"live": True, "between": ["22:00", "06:00"]}, "schedule.between", "every only"),
        ("schedule", {"cron": "0 2 * *"}, "schedule.cron", "0 2 * * *"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_and_the_reason(path: str, value: object, place: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_sync_file(json.dumps(changed(path, value)))
    said = {problem.place: problem.message for problem in caught.value.problems}
    assert says in said[place]
    if path not in ("right", "name", "filter.0.value") and says not in ("different", "0 2 * * *"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed(path, value), SCHEMA)


@pytest.mark.parametrize(
    "schedule",
    [
        {"every": "15m"},
        {"every": "2h", "between": ["22:00", "06:00"]},
        {"daily": "02:00"},
        {"cron": "*/5 8-18 * * 1-5"},
    ],
)
def test_a_sync_both_ways_with_deletes_and_a_schedule_is_read_as_it_was_written(schedule: dict[str, Any]) -> None:
    document: dict[str, Any] = {
        **changed("name", "Both"),
        "direction": "two_way",
        "delete": "propagate",
        "schedule": schedule,
    }
    document["fields"][1] = {**ORDERS["fields"][1], "one_way": "left_to_right"}
    definition = read_sync_file(json.dumps(document))
    assert definition.direction.two_way
    assert as_document(definition)["schedule"] == schedule
    assert read_sync_file(write_sync_file(definition)) == definition
    jsonschema.validate(as_document(definition), SCHEMA)


@pytest.mark.parametrize("text", ["", "id,name\n1,Ada\n", "[]", "null", "[" * 100_000, "{" + "x" * 2_000_000])
def test_what_is_no_sync_file_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_sync_file(text)
    assert "sync" in caught.value.message


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(ORDERS)), _json)
def test_no_file_makes_the_reader_fail_otherwise(key: str, value: object) -> None:
    document = {**ORDERS, key: value}
    with contextlib.suppress(InvalidInput):
        definition = read_sync_file(json.dumps(document))
        assert read_sync_file(write_sync_file(definition)) == definition
