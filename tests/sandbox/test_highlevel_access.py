"""Who may call: tokens, scopes, the Version header, locations; and what every answer of HighLevel has in common."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from desktop.sandbox.server import SandboxServer
from tests.local_http import NO_CERTIFICATES
from tests.sandbox.client import MEMBERSHIPS, ORDERS, Control, HighLevelClient

SEARCH = {"pageLimit": 1, "page": 1}
CALLS = [
    ("GET", "/objects/", "objects/schema.readonly"),
    ("GET", "/objects/custom_objects.orders", "objects/schema.readonly"),
    ("POST", "/objects/", "objects/schema.write"),
    ("PUT", "/objects/custom_objects.orders", "objects/schema.write"),
    ("GET", f"{ORDERS}/x", "objects/record.readonly"),
    ("POST", f"{ORDERS}/search", "objects/record.readonly"),
    ("POST", ORDERS, "objects/record.write"),
    ("PUT", f"{ORDERS}/x", "objects/record.write"),
    ("DELETE", f"{ORDERS}/x", "objects/record.write"),
    ("GET", "/custom-fields/x", "locations/customFields.readonly"),
    ("GET", "/custom-fields/object-key/custom_objects.orders", "locations/customFields.readonly"),
    ("POST", "/custom-fields/", "locations/customFields.write"),
    ("PUT", "/custom-fields/x", "locations/customFields.write"),
    ("DELETE", "/custom-fields/x", "locations/customFields.write"),
    ("POST", "/custom-fields/folder", "locations/customFields.write"),
    ("PUT", "/custom-fields/folder/x", "locations/customFields.write"),
    ("DELETE", "/custom-fields/folder/x", "locations/customFields.write"),
    ("GET", "/locations/{location}", "locations.readonly"),
    ("GET", "/locations/{location}/customFields", "locations/customFields.readonly"),
    ("POST", "/locations/{location}/customFields", "locations/customFields.write"),
    ("PUT", "/locations/{location}/customFields/x", "locations/customFields.write"),
    ("DELETE", "/locations/{location}/customFields/x", "locations/customFields.write"),
    ("GET", "/associations/", "associations.readonly"),
    ("GET", "/associations/x", "associations.readonly"),
    ("GET", "/associations/key/x", "associations.readonly"),
    ("GET", "/associations/objectKey/contact", "associations.readonly"),
    ("POST", "/associations/", "associations.write"),
    ("PUT", "/associations/x", "associations.write"),
    ("DELETE", "/associations/x", "associations.write"),
    ("POST", "/associations/relations", "associations/relation.write"),
    ("GET", "/associations/relations/x", "associations/relation.readonly"),
    ("DELETE", "/associations/relations/x", "associations/relation.write"),
    ("GET", "/contacts/x", "contacts.readonly"),
    ("GET", "/contacts/", "contacts.readonly"),
    ("POST", "/contacts/search", "contacts.readonly"),
    ("GET", "/contacts/search/duplicate", "contacts.readonly"),
    ("POST", "/contacts/", "contacts.write"),
    ("POST", "/contacts/upsert", "contacts.write"),
    ("PUT", "/contacts/x", "contacts.write"),
    ("DELETE", "/contacts/x", "contacts.write"),
    ("POST", "/contacts/x/tags", "contacts.write"),
    ("DELETE", "/contacts/x/tags", "contacts.write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_each_call_needs_its_scope(sandbox: SandboxServer, method: str, path: str, scope: str) -> None:
    control = Control(sandbox)
    every = {scope for _, _, scope in CALLS}
    without = control.post("tokens", platform="highlevel", scopes=sorted(every - {scope}))["token"]
    only = control.post("tokens", platform="highlevel", scopes=[scope])["token"]
    with HighLevelClient(sandbox, without) as refused, HighLevelClient(sandbox, only) as allowed:
        path = path.replace("{location}", allowed.location)
        answer = refused.http.request(method, path, json={} if method != "GET" else None)
        assert answer.status_code == 401
        assert answer.json()["message"] == "The token is not authorized for this scope."
        answer = allowed.http.request(method, path, json={} if method != "GET" else None)
        assert answer.status_code != 401, answer.text


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic abc", "Bearer"])
def test_an_unknown_token_is_refused(highlevel: HighLevelClient, header: str) -> None:
    headers = {"Authorization": header}
    answer = highlevel.http.get("/objects/", params=highlevel.at, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["message"] == "Invalid JWT"
    assert answer.json()["error"] == "Unauthorized"


@pytest.mark.parametrize("version", ["2021-04-15", "2021-07-28", "2023-02-21", "v3"])
def test_known_versions_are_served(sandbox: SandboxServer, version: str) -> None:
    with HighLevelClient(sandbox, version=version) as client:
        client.call("GET", "/objects/", **client.at)


def test_a_missing_or_unknown_version_is_refused(highlevel: HighLevelClient) -> None:
    address = f"{highlevel.http.base_url}objects/"
    headers = {"Authorization": f"Bearer {highlevel.token}"}
    missing = httpx.get(address, params=highlevel.at, headers=headers, verify=NO_CERTIFICATES)
    assert (missing.status_code, missing.json()["message"]) == (401, "version header was not found.")
    unknown = httpx.get(address, params=highlevel.at, headers=headers | {"Version": "v9"}, verify=NO_CERTIFICATES)
    assert unknown.status_code == 400
    assert unknown.json()["message"] == "Invalid API version segment 'v9' at position 0"


def test_a_token_of_another_location_sees_nothing(sandbox: SandboxServer, highlevel: HighLevelClient) -> None:
    foreign = Control(sandbox).post("tokens", platform="highlevel", location="someOtherLocation000")["token"]
    order = highlevel.order(order_number="A-1")
    text = "The token does not have access to this location."
    with HighLevelClient(sandbox, foreign) as other:
        body: dict[str, Any] = {**SEARCH, "locationId": other.location}
        assert other.call("POST", f"{ORDERS}/search", body, status=403)["message"] == text
        other.call("GET", f"{ORDERS}/{order['id']}", status=403)
        other.call("GET", f"/locations/{other.location}", status=403)
        other.call("DELETE", f"{ORDERS}/{order['id']}", status=403)
    highlevel.call("GET", "/objects/", status=403, locationId="someOtherLocation000")


def test_unknown_routes_are_named(highlevel: HighLevelClient) -> None:
    answer = highlevel.call("PATCH", "/objects/x", status=404)
    assert answer["message"] == "Cannot PATCH /objects/x"
    assert answer["error"] == "Not Found"


def test_every_answer_carries_a_trace_id_and_the_limit_headers(highlevel: HighLevelClient) -> None:
    traces = set()
    for path, status in (("/objects/", 200), ("/objects/custom_objects.none", 404), ("/nowhere", 404)):
        answer = highlevel.http.get(path, params=highlevel.at)
        assert answer.status_code == status
        traces.add(answer.json()["traceId"])
        assert {name.lower() for name in answer.headers} >= {
            "x-ratelimit-max",
            "x-ratelimit-remaining",
            "x-ratelimit-interval-milliseconds",
            "x-ratelimit-limit-daily",
            "x-ratelimit-daily-remaining",
        }
    assert len(traces) == 3


@pytest.mark.parametrize("path", ["/objects", "/objects/", "/contacts", "/contacts/"])
def test_a_trailing_slash_is_optional(highlevel: HighLevelClient, path: str) -> None:
    highlevel.call("GET", path, **highlevel.at)


def test_a_body_that_is_not_json_is_refused(highlevel: HighLevelClient) -> None:
    for content in (b"{", b"[]", b'"text"'):
        answer = highlevel.http.post(MEMBERSHIPS, content=content)
        assert answer.status_code == 400
        assert answer.json()["statusCode"] == 400
