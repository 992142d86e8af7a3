"""Opportunities: what is taken and refused, both searches, the status, and what version 3 renames."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.sandbox.server import SandboxServer
from tests.sandbox.client import Control, HighLevelClient

Own = tuple[HighLevelClient, Control]


def pipeline(client: HighLevelClient, number: int = 0) -> dict[str, Any]:
    return client.call("GET", "/opportunities/pipelines", **client.at)["pipelines"][number]


def body(client: HighLevelClient, **more: Any) -> dict[str, Any]:
    return {
        "locationId": client.location,
        "pipelineId": pipeline(client)["id"],
        "name": "Boat",
        "status": "open",
        "contactId": more.pop("contactId", None) or client.contact(firstName="Ada")["id"],
        **more,
    }


def make(client: HighLevelClient, **more: Any) -> dict[str, Any]:
    return client.call("POST", "/opportunities/", body(client, **more), status=201)["opportunity"]


def field_id(client: HighLevelClient, key: str) -> str:
    listed = client.call("GET", f"/locations/{client.location}/customFields", model="opportunity")["customFields"]
    return next(item["id"] for item in listed if item["fieldKey"] == f"opportunity.{key}")


def test_a_new_opportunity_goes_into_the_first_stage(highlevel: HighLevelClient) -> None:
    made = make(highlevel, monetaryValue=12.5)
    assert made["pipelineStageId"] == pipeline(highlevel)["stages"][0]["id"]
    assert made["contact"]["name"] == "Ada"
    assert highlevel.call("GET", f"/opportunities/{made['id']}")["opportunity"] == made


@pytest.mark.parametrize(
    ("more", "status", "text"),
    [
        ({"name": ""}, 422, "name should not be empty"),
        ({"colour": "red"}, 422, "property colour should not exist"),
        ({"status": "all"}, 422, "status must be one of"),
        ({"pipelineId": "none"}, 400, "The pipeline id is invalid."),
        ({"pipelineStageId": "none"}, 400, "The pipeline stage id is invalid."),
        ({"contactId": "none"}, 400, "Contact not found for id:none"),
        ({"monetaryValue": "much"}, 422, "monetaryValue must be a number"),
        ({"customFields": [{"id": "none", "field_value": "x"}]}, 400, "Custom field none not found"),
        ({"customFields": [{"key": "remarks", "fieldValue": "x"}]}, 422, "property fieldValue should not exist"),
    ],
)
def test_opportunities_that_can_not_be(
    highlevel: HighLevelClient, more: dict[str, Any], status: int, text: str
) -> None:
    refused = highlevel.call("POST", "/opportunities/", body(highlevel, **more), status=status)
    assert text in str(refused["message"])


def test_an_update_changes_what_is_sent(highlevel: HighLevelClient) -> None:
    made = make(highlevel, monetaryValue=12.5, customFields=[{"key": "remarks", "field_value": "Soon"}])
    path = f"/opportunities/{made['id']}"
    other = pipeline(highlevel, 1)
    changed = highlevel.call("PUT", path, {"pipelineId": other["id"], "monetaryValue": None})["opportunity"]
    assert changed["pipelineStageId"] == other["stages"][0]["id"]
    assert "monetaryValue" not in changed
    assert changed["customFields"] == made["customFields"]
    highlevel.call("PUT", path, {"contactId": "x"}, status=422)
    highlevel.call("PUT", path, {"pipelineStageId": pipeline(highlevel)["stages"][0]["id"]}, status=400)
    assert highlevel.call("DELETE", path)["succeded"] is True
    highlevel.call("GET", path, status=400)


def test_status_with_a_reason(highlevel: HighLevelClient) -> None:
    made = make(highlevel)
    reason = highlevel.call("GET", "/opportunities/lost-reason", **highlevel.at)["lostReasons"][0]
    path = f"/opportunities/{made['id']}"
    highlevel.call("PUT", f"{path}/status", {"status": "lost", "lostReasonId": reason["id"]})
    read = highlevel.call("GET", path)["opportunity"]
    assert (read["status"], read["lostReasonId"]) == ("lost", reason["id"])
    assert read["lastStatusChangeAt"] >= made["lastStatusChangeAt"]
    highlevel.call("PUT", f"{path}/status", {"status": "lost", "lostReasonId": "none"}, status=400)


def test_upsert_finds_by_id_or_by_the_contacts_open_one(highlevel: HighLevelClient) -> None:
    given = body(highlevel)
    first = highlevel.call("POST", "/opportunities/upsert", given)
    assert first["new"] is True
    again = highlevel.call("POST", "/opportunities/upsert", {**given, "name": "Ship"})
    assert (again["new"], again["opportunity"]["id"]) == (False, first["opportunity"]["id"])
    by_id = {"id": first["opportunity"]["id"], "pipelineId": given["pipelineId"], **highlevel.at, "name": "Raft"}
    assert highlevel.call("POST", "/opportunities/upsert", by_id)["opportunity"]["name"] == "Raft"


def test_followers(highlevel: HighLevelClient) -> None:
    path = f"/opportunities/{make(highlevel)['id']}/followers"
    assert highlevel.call("POST", path, {"followers": ["a", "b"]}, status=201)["followersAdded"] == ["a", "b"]
    assert highlevel.call("DELETE", path, {"followers": ["a"]})["followers"] == ["b"]
    assert highlevel.call("DELETE", path, {"followers": ["x"]}, isRemoveAllFollowers="true")["followers"] == []


def test_one_open_opportunity_for_a_contact(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.configure(allow_duplicate_opportunities=False)
    made = make(highlevel)
    refused = highlevel.call("POST", "/opportunities/", body(highlevel, contactId=made["contactId"]), status=400)
    assert (refused["code"], refused["meta"]) == ("OPPORTUNITY_NO_DUPLICATE", {"existingId": made["id"]})
    highlevel.call("PUT", f"/opportunities/{made['id']}/status", {"status": "won"})
    highlevel.call("POST", "/opportunities/", body(highlevel, contactId=made["contactId"]), status=201)


def search(client: HighLevelClient, **more: Any) -> dict[str, Any]:
    return client.call("POST", "/opportunities/search", {**client.at, "limit": 100, **more}, status=201)


def test_the_filtering_search(highlevel: HighLevelClient) -> None:
    likelihood = field_id(highlevel, "likelihood")
    custom = [{"id": likelihood, "field_value": 123.5}, {"key": "products", "field_value": ["Training"]}]
    made = make(highlevel, name="Searched for", customFields=custom)
    for condition in (
        {"field": f"custom_fields.{likelihood}", "operator": "eq", "value": 123.5},
        {"field": "name", "operator": "contains", "value": "Searched"},
        {"field": "contact_id", "operator": "eq", "value": made["contactId"]},
    ):
        found = search(highlevel, filters=[condition])
        assert [item["id"] for item in found["opportunities"]] == [made["id"]]
    typed = {item["id"]: item for item in found["opportunities"][0]["customFields"]}
    assert typed[likelihood] == {"id": likelihood, "type": "number", "fieldValueNumber": 123.5}
    assert typed[field_id(highlevel, "products")]["fieldValueArray"] == ["Training"]
    refused = highlevel.call("POST", "/opportunities/search", {**highlevel.at, "pageLimit": 10}, status=422)
    assert "property pageLimit should not exist" in refused["message"]
    for bad in (
        {"filters": [{"field": "colour", "operator": "eq", "value": 1}]},
        {"filters": [{"field": "name", "operator": "range", "value": {"gte": 1}}]},
        {"limit": 501},
    ):
        highlevel.call("POST", "/opportunities/search", {**highlevel.at, "limit": 10, **bad}, status=422)
    highlevel.call("POST", "/opportunities/search", {**highlevel.at, "limit": 500, "page": 21}, status=400)


def test_both_searches_page_through_everything(highlevel: HighLevelClient) -> None:
    by_body: list[str] = []
    after = None
    while rows := search(highlevel, limit=5, **({"searchAfter": after} if after else {}))["opportunities"]:
        by_body += [row["id"] for row in rows]
        after = rows[-1]["searchAfter"]
    by_query: list[str] = []
    more: dict[str, Any] = {}
    while True:
        page = highlevel.call("GET", "/opportunities/search", location_id=highlevel.location, limit="5", **more)
        by_query += [row["id"] for row in page["opportunities"]]
        meta = page["meta"]
        if "startAfter" not in meta:
            break
        more = {"startAfter": str(meta["startAfter"]), "startAfterId": meta["startAfterId"]}
    assert by_body == by_query
    assert len(by_body) == meta["total"] > 10
    alone = highlevel.call("GET", "/opportunities/search", location_id=highlevel.location, limit="5", startAfter=str(1))
    assert [row["id"] for row in alone["opportunities"]] == by_query[:5], "one of the two alone repeats the first page"
    highlevel.call("GET", "/opportunities/search", status=422, location_id=highlevel.location, limit="101")


def test_version_3_renames_keys(sandbox: SandboxServer, highlevel: HighLevelClient) -> None:
    with HighLevelClient(sandbox, version="v3") as newer:
        made = make(newer, customFields=[{"key": "remarks", "fieldValue": "Soon"}])
        assert made["customFields"][0]["fieldValue"] == "Soon"
        given = body(newer, customFields=[{"key": "remarks", "field_value": "Soon"}])
        newer.call("POST", "/opportunities/", given, status=422)
        path = "/opportunities/search"
        assert newer.call("GET", path, **newer.at, contactId=made["contactId"])["meta"]["total"] == 1
        newer.call("GET", path, status=422, location_id=newer.location)
        highlevel.call("GET", path, status=422, locationId=newer.location)
        newer.call("GET", "/contacts/", status=404, **newer.at)
        assert newer.call("DELETE", f"/opportunities/{made['id']}")["success"] is True
        assert newer.call("DELETE", f"/contacts/{made['contactId']}")["succeeded"] is True


def test_the_filtering_search_may_be_closed_to_tokens(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.configure(opportunity_search=False)
    refused = highlevel.call("POST", "/opportunities/search", {**highlevel.at, "limit": 1}, status=401)
    assert "not yet supported by the IAM Service" in refused["message"]
    highlevel.call("GET", "/opportunities/search", location_id=highlevel.location)
