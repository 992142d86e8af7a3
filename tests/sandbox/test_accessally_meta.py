"""Registered profile fields, on the emulated site and on a real WordPress alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.accessally_site import PASSWORD, USERS, Caller

UNSET = {
    "persisted_preferences": [],
    "crm_object_id": "",
    "crm_score": 0,
    "crm_active": False,
    "crm_tags": [],
    "crm_joined": "",
}


def test_what_was_never_set_shows_its_kinds_default(admin: Caller) -> None:
    assert admin.member("jane")["meta"] == UNSET


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("crm_object_id", "rec-1", "rec-1"),
        ("crm_object_id", "", ""),
        ("crm_score", 4.5, 4.5),
        ("crm_score", "4.5", 4.5),
        ("crm_score", 0, 0),
        ("crm_score", -1e3, -1000),
        ("crm_active", True, True),
        ("crm_active", "true", True),
        ("crm_active", 1, True),
        ("crm_active", "0", False),
        ("crm_tags", ["gold", "silver, old"], ["gold", "silver, old"]),
        ("crm_tags", "gold,silver", ["gold", "silver"]),
        ("crm_tags", [], []),
        ("crm_joined", "2024-02-29", "2024-02-29"),
        ("crm_joined", "", ""),
    ],
)
def test_values_of_every_kind(admin: Caller, key: str, given: Any, kept: Any) -> None:
    jane = admin.member("jane", meta={key: given})
    assert jane["meta"] == UNSET | {key: kept}
    assert admin.change(jane, meta={key: given})["meta"] == UNSET | {key: kept}


@pytest.mark.parametrize(
    ("key", "given", "code", "message"),
    [
        ("crm_object_id", 7, "rest_invalid_type", "meta.crm_object_id is not of type string."),
        ("crm_score", "abc", "rest_invalid_type", "meta.crm_score is not of type number."),
        ("crm_score", True, "rest_invalid_type", "meta.crm_score is not of type number."),
        ("crm_score", "", "rest_invalid_type", "meta.crm_score is not of type number."),
        ("crm_active", "maybe", "rest_invalid_type", "meta.crm_active is not of type boolean."),
        ("crm_tags", {"a": "b"}, "rest_invalid_type", "meta.crm_tags is not of type array."),
        ("crm_tags", ["a", 1], "rest_invalid_type", "meta.crm_tags[1] is not of type string."),
        (
            "crm_joined",
            "29 Feb",
            "rest_invalid_pattern",
            r"meta.crm_joined does not match pattern ^(\d{4}-\d{2}-\d{2})?$.",
        ),
    ],
)
def test_a_value_of_another_kind_is_refused(admin: Caller, key: str, given: Any, code: str, message: str) -> None:
    jane = admin.member("jane")
    refusal = admin.call("POST", f"{USERS}/{jane['id']}", {"meta": {key: given}}, status=400)
    assert (refusal["code"], refusal["message"], refusal["data"]["status"]) == (code, message, 400)
    assert admin.show(jane)["meta"] == UNSET


def test_a_member_is_there_although_its_meta_was_refused(admin: Caller) -> None:
    body = {
        "username": "jane",
        "email": "jane@example.com",
        "password": PASSWORD,
        "first_name": "Jane",
        "meta": {"crm_object_id": "rec-1", "crm_score": "abc"},
    }
    answer = admin.call("POST", USERS, body, status=400)
    assert answer["additional_data"] == [{"param": "meta.crm_score"}]
    (jane,) = admin.call("GET", USERS, search="jane@example.com", context="edit")
    assert (jane["first_name"], jane["meta"]["crm_object_id"]) == ("Jane", "rec-1")


def test_unknown_keys_are_taken_and_dropped(admin: Caller) -> None:
    jane = admin.member("jane", meta={"unknown_key": "x", "crm_object_id": "rec-1"}, nothing="x")
    assert jane["meta"] == UNSET | {"crm_object_id": "rec-1"}


def test_null_takes_a_value_away_but_not_a_number_that_was_never_set(admin: Caller) -> None:
    values = {"crm_score": 4.5, "crm_active": True, "crm_tags": ["a"], "crm_object_id": "x", "crm_joined": "2024-01-01"}
    jane = admin.member("jane", meta=values)
    assert admin.change(jane, meta=dict.fromkeys(values))["meta"] == UNSET
    again = {"crm_object_id": None, "crm_tags": None, "crm_joined": None}
    assert admin.change(jane, meta=again)["meta"] == UNSET
    for key in ("crm_score", "crm_active"):
        body = {"meta": {"crm_object_id": f"before {key}", key: None}}
        refusal = admin.call("POST", f"{USERS}/{jane['id']}", body, status=500)
        assert refusal["code"] == "rest_invalid_stored_value"
        assert refusal["data"] == {"status": 500}
        assert admin.show(jane)["meta"]["crm_object_id"] == f"before {key}"
