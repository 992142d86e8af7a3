"""Whatever is sent, the answer is one that the platform gives, never a failure of the emulator."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.client import MEMBERSHIPS, ORDERS, HighLevelClient

ODD: list[Any] = [
    None, 0, -1, 1.5, 10**30, True, "", "x", "\x00", "\U0001f600", [], {}, [None], [1], ["x"], [[]], [{}], {"a": 1},
    {"add": None}, {"add": [1], "remove": [{}]}, {"currency": [], "value": {}}, [{"url": 1}], [1, "x"], [10**30, "a"],
    [{"field": 1}], [{"field": ["x"], "operator": ["y"], "direction": ["z"]}], [{"group": "AND", "filters": [1]}],
    [{"field": "createdAt", "operator": "range", "value": {"gt": 10**30}}],
    [{"field": "dateAdded", "operator": "range", "value": {"gt": None}}],
    [{"field": "properties.extras", "operator": "eq", "value": [{}]}], [{"id": [], "field_value": 1}],
    [{"key": "plan", "field_value": {}}], [{"label": 1}], [{"key": "a", "label": 1}],
]  # fmt: skip
BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/objects/", {"labels": {}, "key": "odd", "description": "", "primaryDisplayPropertyDetails": {}}),
    ("PUT", "/objects/custom_objects.memberships", {"labels": {}, "description": "", "searchableProperties": []}),
    (
        "POST",
        f"{ORDERS}/search",
        {"page": 1, "pageLimit": 5, "query": "", "searchAfter": [], "filters": [], "sort": []},
    ),
    ("POST", "/contacts/search", {"pageLimit": 5, "query": "", "searchAfter": [], "filters": [], "sort": []}),
    ("POST", "/contacts/", {"firstName": "Odd", "email": None, "phone": None, "tags": [], "customFields": []}),
    ("POST", "/contacts/upsert", {"email": "odd@example.com", "dateOfBirth": None, "dnd": None, "dndSettings": None}),
    ("POST", "/custom-fields/", {"objectKey": "", "fieldKey": "", "dataType": "", "parentId": "", "options": []}),
    ("POST", "/associations/", {"key": "odd", "firstObjectKey": "", "secondObjectKey": ""}),
    ("POST", "/associations/relations", {"associationId": "", "firstRecordId": "", "secondRecordId": ""}),
]


@pytest.mark.parametrize(("method", "path", "body"), BODIES, ids=lambda value: str(value)[:40])
def test_odd_bodies(highlevel: HighLevelClient, method: str, path: str, body: dict[str, Any]) -> None:
    for key in ("locationId", *body):
        for odd in ODD:
            answer = highlevel.http.request(method, path, json={**highlevel.at, **body, key: odd})
            assert answer.status_code in (200, 201, 400, 403, 404, 422), (key, odd, answer.text)
            assert answer.json()["traceId"]


@pytest.mark.parametrize("key", ["order_number", "order_date", "status", "total", "note", "extras", "weight"])
def test_odd_order_values(highlevel: HighLevelClient, key: str) -> None:
    id_ = highlevel.order(order_number="odd")["id"]
    for odd in ODD:
        body = {"properties": {"order_number": "odd", key: odd}}
        made = highlevel.http.post(ORDERS, json=body | highlevel.at)
        changed = highlevel.http.put(f"{ORDERS}/{id_}", json=body, params=highlevel.at)
        for answer in (made, changed):
            assert answer.status_code in (200, 201, 400, 422), (odd, answer.text)


@pytest.mark.parametrize("key", ["card", "answers.goal", "perks", "level", "phone", "fee"])
def test_odd_membership_values(highlevel: HighLevelClient, key: str) -> None:
    for odd in ODD:
        answer = highlevel.http.post(MEMBERSHIPS, json=highlevel.at | {"properties": {"name": "odd", key: odd}})
        assert answer.status_code in (201, 400, 422), (odd, answer.text)


@pytest.mark.parametrize("path", ["/objects/", "/contacts/", "/associations/", "/contacts/search/duplicate"])
@pytest.mark.parametrize("name", ["locationId", "limit", "skip", "startAfter", "startAfterId", "number", "email"])
def test_odd_queries(highlevel: HighLevelClient, path: str, name: str) -> None:
    for odd in ("", "x", "-1", "\x00", "9" * 30, "é"):
        whole = {**highlevel.at, "skip": "0", "limit": "1", "startAfterId": "x", name: odd}
        for query in (whole, {**highlevel.at, name: odd}):
            answer = highlevel.http.get(path, params=query)
            assert answer.status_code in (200, 400, 403, 422), (query, answer.text)
