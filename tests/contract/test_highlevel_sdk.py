"""The vendor's own SDK, pointed at the sandbox, reads what was written over plain HTTP, and the other way round."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from desktop.sandbox.server import SandboxServer
from tests.sandbox.client import ORDERS, HighLevelClient

highlevel_sdk = pytest.importorskip("highlevel")
pytestmark = pytest.mark.anyio
ORDERS_KEY = "custom_objects.orders"


@pytest.fixture(scope="module")
def raw() -> Iterator[HighLevelClient]:
    with SandboxServer(records=15, seed=4, limits="off") as server, HighLevelClient(server) as client:
        yield client


@pytest.fixture
async def sdk(raw: HighLevelClient) -> AsyncIterator[Any]:
    class Sandboxed(highlevel_sdk.HighLevel):
        BASE_URL = str(raw.http.base_url).rstrip("/")

    client = Sandboxed(private_integration_token=raw.token)
    try:
        yield client
    finally:
        await client.http_client.aclose()


async def test_schemas(raw: HighLevelClient, sdk: Any) -> None:
    expected = raw.call("GET", f"/objects/{ORDERS_KEY}", **raw.at, fetchProperties="true")
    found = await sdk.objects.get_object_schema_by_key(ORDERS_KEY, raw.location, "true")
    assert (found["object"], found["fields"]) == (expected["object"], expected["fields"])
    listed = await sdk.objects.get_object_by_location_id(raw.location)
    assert ORDERS_KEY in [item["key"] for item in listed["objects"]]
    fields = await sdk.custom_fields.get_custom_fields_by_object_key(ORDERS_KEY, raw.location)
    assert fields["fields"] == expected["fields"]


async def test_records(raw: HighLevelClient, sdk: Any) -> None:
    made = raw.order(order_number="SDK-1", total={"currency": "default", "value": 12.5}, extras=["insured"])
    read = await sdk.objects.get_record_by_id(ORDERS_KEY, made["id"])
    assert read["record"]["properties"] == made["properties"]
    body = {"locationId": raw.location, "properties": {"order_number": "SDK-2", "weight": 0.25}}
    written = await sdk.objects.create_object_record(ORDERS_KEY, body)
    id_ = written["record"]["id"]
    change = {"properties": {"weight": None, "note": "by the SDK"}}
    await sdk.objects.update_object_record(ORDERS_KEY, id_, raw.location, change)
    seen = raw.call("GET", f"{ORDERS}/{id_}")["record"]["properties"]
    assert seen == {"order_number": "SDK-2", "note": "by the SDK"}
    search = {"locationId": raw.location, "page": 1, "pageLimit": 100, "query": "SDK", "searchAfter": []}
    found = await sdk.objects.search_object_records(search, ORDERS_KEY)
    assert {item["id"] for item in found["records"]} == {made["id"], id_}
    await sdk.objects.delete_object_record(ORDERS_KEY, id_)
    raw.call("GET", f"{ORDERS}/{id_}", status=404)


async def test_contacts(raw: HighLevelClient, sdk: Any) -> None:
    made = raw.contact(firstName="Ann", lastName="Lee", email="ann.sdk@example.com", tags=["a"])
    read = await sdk.contacts.get_contact(made["id"])
    assert read["contact"] == made
    same = await sdk.contacts.get_duplicate_contact(raw.location, email="ann.sdk@example.com")
    assert same["contact"]["id"] == made["id"]
    await sdk.contacts.add_tags(made["id"], {"tags": ["b"]})
    assert raw.call("GET", f"/contacts/{made['id']}")["contact"]["tags"] == ["a", "b"]
    wanted = {"field": "email", "operator": "eq", "value": "ann.sdk@example.com"}
    search = {"locationId": raw.location, "page": 1, "pageLimit": 10, "filters": [wanted]}
    found = await sdk.contacts.search_contacts_advanced(search)
    assert [item["id"] for item in found["contacts"]] == [made["id"]]


async def test_relations(raw: HighLevelClient, sdk: Any) -> None:
    item = raw.seeded()
    contact = item["relations"][0]["recordId"]
    found = await sdk.associations.get_relations_by_record_id(item["id"], raw.location, 0, 10)
    assert [relation["secondRecordId"] for relation in found["relations"]] == [contact]
    link = await sdk.associations.get_association_key_by_key_name("order_contact", raw.location)
    assert link["firstObjectKey"] == ORDERS_KEY


async def test_refusals_reach_the_sdk_as_errors(raw: HighLevelClient, sdk: Any) -> None:
    with pytest.raises(highlevel_sdk.error.GHLError) as caught:
        await sdk.objects.get_record_by_id(ORDERS_KEY, "missing")
    assert caught.value.status_code == 404
