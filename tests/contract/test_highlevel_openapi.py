"""The emulator's answers against the vendor's own OpenAPI files.

Where live accounts differ from those files, the emulator follows the live ones: each such place is a row of
``DEVIATIONS`` or ``STATUSES``, and a row that is no longer needed fails.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from desktop.sandbox.server import SandboxServer
from tests.sandbox.client import MEMBERSHIPS, ORDERS, HighLevelClient

_ROOT = Path(__file__).parents[2]
_REFERENCE = Path(os.environ.get("CROSSWALK_REFERENCE") or _ROOT.parent / "shared" / "reference")
OPENAPI = _REFERENCE / "highlevel" / "openapi"
pytestmark = pytest.mark.skipif(not OPENAPI.is_dir(), reason="the vendor's OpenAPI files are not here")

FILES = ("objects", "custom-fields", "associations", "contacts", "locations", "opportunities", "businesses", "users")
CONTACT_PATHS = {
    "/contacts/",
    "/contacts/{contactId}",
    "/contacts/search",
    "/contacts/search/duplicate",
    "/contacts/upsert",
    "/contacts/{contactId}/tags",
    "/contacts/{contactId}/tasks",
    "/contacts/{contactId}/tasks/{taskId}",
    "/contacts/{contactId}/tasks/{taskId}/completed",
    "/contacts/business/{businessId}",
    "/contacts/bulk/business",
}
# Agency calls, and the upload of files, are no part of the emulator.
LEFT_OUT = {
    ("PUT", "/locations/{locationId}"),
    ("DELETE", "/locations/{locationId}"),
    ("POST", "/locations/{locationId}/customFields/upload"),
    ("GET", "/users/search"),
    ("POST", "/users/search/filter-by-email"),
    ("POST", "/users/"),
    ("PUT", "/users/{userId}"),
    ("DELETE", "/users/{userId}"),
}
ANY: dict[str, Any] = {}
TEXT = {"type": "string"}
NULLABLE = {"type": ["string", "null"]}
RELATION = {
    "type": "object",
    "required": ["id", "associationId", "firstRecordId", "secondRecordId", "firstObjectKey", "secondObjectKey"],
}
ASSOCIATION = {"$ref": "#/components/schemas/GetPostSuccessfulResponseDto"}


@dataclass(frozen=True)
class Deviation:
    """In ``file``, what stands at ``place`` is replaced by ``with_``, because of ``reason``."""

    file: str
    place: str
    with_: Any
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.place}"


def _schema(file: str, place: str, with_: Any, reason: str) -> Deviation:
    return Deviation(file, f"components/schemas/{place}", with_, reason)


def _answer(file: str, operation: str, with_: Any, reason: str) -> Deviation:
    return Deviation(file, f"paths/{operation}/content/application~1json/schema", with_, reason)


DEVIATIONS = [
    _schema("objects", "IRecordSchema/properties/properties", {"type": "object"}, "typed string, really an object"),
    _schema("objects", "RecordResponseDTO/properties/properties", {"type": "object"}, "the same, in search"),
    _schema("objects", "ICustomObjectSchema/properties/type", TEXT, "typed object, really a word"),
    _schema(
        "objects",
        "RecordResponseDTO/properties/searchAfter/items",
        {"type": ["number", "string"]},
        "the specification's own example holds an id",
    ),
    _schema(
        "objects",
        "RecordResponseDTO/required",
        [
            "id",
            "owners",
            "followers",
            "properties",
            "createdAt",
            "updatedAt",
            "locationId",
            "objectId",
            "objectKey",
            "createdBy",
            "lastUpdatedBy",
            "searchAfter",
        ],
        "search answers owners, not owner",
    ),
    _schema(
        "custom-fields", "ICustomField/required", ["id", "locationId", "objectKey", "name"], "folders are no fields"
    ),
    *(
        _schema(
            file,
            "ICustomField/properties/dataType",
            TEXT,
            "the business object has an e-mail field, and create takes the type",
        )
        for file in ("objects", "custom-fields")
    ),
    *(
        _schema(
            "associations",
            f"GetPostSuccessfulResponseDto/properties/{name}",
            TEXT,
            "typed object, really a text",
        )
        for name in (
            "firstObjectLabel",
            "firstObjectKey",
            "secondObjectLabel",
            "secondObjectKey",
            "associationType",
        )
    ),
    _answer(
        "associations",
        "~1associations~1/get/responses/200",
        {
            "type": "object",
            "required": ["associations"],
            "properties": {"associations": {"type": "array", "items": ASSOCIATION}},
        },
        "a list, as measured",
    ),
    _answer(
        "associations",
        "~1associations~1objectKey~1{objectKey}/get/responses/200",
        {
            "type": "object",
            "required": ["associations"],
            "properties": {"associations": {"type": "array", "items": ASSOCIATION}},
        },
        "a list, as measured",
    ),
    _answer("associations", "~1associations~1relations/post/responses/201", RELATION, "a relation, as measured"),
    _answer(
        "associations",
        "~1associations~1relations~1{recordId}/get/responses/200",
        {
            "type": "object",
            "required": ["relations", "total"],
            "properties": {"relations": {"type": "array", "items": RELATION}},
        },
        "a list of relations, as measured",
    ),
    _answer(
        "associations",
        "~1associations~1relations~1{relationId}/delete/responses/200",
        RELATION,
        "unsettled; the deleted relation",
    ),
    _schema("contacts", "CustomFieldSchema/properties/value", ANY, "numbers and lists come as they are"),
    *(
        _schema("contacts", f"ContactsSearchSchema/properties/{name}", NULLABLE, "unset properties are null in lists")
        for name in ("timezone", "businessId", "country", "source")
    ),
    _schema(
        "locations",
        "CustomFieldSchema/properties/model",
        TEXT,
        "model=all lists the fields of objects too",
    ),
    _schema(
        "locations",
        "LocationTaskListSuccessfulResponseDto/properties/tasks/items",
        {"type": "object", "required": ["id", "title", "dueDate", "completed", "contactId"]},
        "typed lists of lists, really a list of tasks",
    ),
    _schema(
        "opportunities",
        "PipelinesResponseSchema/properties/stages/items",
        {"type": "object", "required": ["id", "name"]},
        "typed lists of lists, really a list of stages",
    ),
    _schema(
        "opportunities",
        "SearchOpportunitiesResponseSchema/properties/followers/items",
        TEXT,
        "typed lists of lists, really a list of ids",
    ),
    _schema(
        "opportunities", "CustomFieldResponseSchema/required", ["id"], "search names the type of a value in its key"
    ),
    _schema("opportunities", "CustomFieldResponseSchema/properties/fieldValue", ANY, "numbers come as they are"),
]
# Method and path, the specification's status, the live one.
STATUSES = {
    ("POST", "/objects/{schemaKey}/records/search"): ("200", "201"),
    ("POST", "/opportunities/search"): ("200", "201"),
    ("POST", "/locations/{locationId}/tasks/search"): ("200", "201"),
}


def _load() -> dict[str, Any]:
    return {file: json.loads((OPENAPI / "apps" / f"{file}.json").read_text()) for file in FILES}


def _deviate(specs: dict[str, Any], deviations: list[Deviation]) -> dict[str, Any]:
    changed = copy.deepcopy(specs)
    for deviation in deviations:
        *parents, last = [
            part.replace("~1", "/") if part.startswith("~1") or "~1" in part else part
            for part in deviation.place.split("/")
        ]
        node = changed[deviation.file]
        for part in parents:
            node = node[part]
        assert last in node, deviation
        node[last] = deviation.with_
    return changed


def _resolved(node: Any, spec: dict[str, Any]) -> Any:
    """A schema with its references put in place."""
    if isinstance(node, list):
        return [_resolved(item, spec) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        file, _, place = node["$ref"].partition("#/")
        source = json.loads((OPENAPI / "apps" / file).resolve().read_text()) if file else spec
        for part in place.split("/"):
            source = source[part]
        return _resolved(source, spec)
    kept = {key: _resolved(value, spec) for key, value in node.items() if key not in ("example", "examples")}
    if kept.pop("nullable", False) and isinstance(kept.get("type"), str):
        kept["type"] = [kept["type"], "null"]
    return kept


def _operations(specs: dict[str, Any]) -> list[tuple[str, str, str]]:
    """File, method and path of everything that the emulator covers."""
    found = []
    for file in FILES:
        for path, methods in specs[file]["paths"].items():
            if file == "contacts" and path not in CONTACT_PATHS:
                continue
            if file == "locations" and not path.startswith("/locations/{locationId}"):
                continue
            if (
                file == "locations"
                and not any(part in path for part in ("customFields", "{locationId}/tasks/"))
                and path != "/locations/{locationId}"
            ):
                continue
            found += [(file, method.upper(), path) for method in methods if (method.upper(), path) not in LEFT_OUT]
    return found


OPERATIONS = _operations(_load()) if OPENAPI.is_dir() else [("objects", "GET", "/objects/")]
Heard = dict[tuple[str, str], list[tuple[int, Any]]]


class Listener:
    """Calls by path template and remembers every answer."""

    def __init__(self, client: HighLevelClient) -> None:
        self.client = client
        self.heard: Heard = {}

    def __call__(
        self, method: str, path: str, body: object = None, query: dict[str, str] | None = None, **params: str
    ) -> Any:
        answer = self.client.http.request(method, path.format(**params), params=query, json=body)
        self.heard.setdefault((method, path), []).append((answer.status_code, answer.json()))
        return answer.json()


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    """Every covered call made at least once with success, and refusals of each kind."""
    with SandboxServer(records=40, seed=2, limits="off") as server, HighLevelClient(server) as client:
        call = Listener(client)
        _objects(call)
        _fields(call)
        _associations(call)
        _contacts(call)
        _locations(call)
        _opportunities(call)
        _businesses(call)
        _tasks(call)
        _users(call)
        yield call.heard


def _users(call: Listener) -> None:
    listed = call("GET", "/users/", query=call.client.at)["users"]
    call("GET", "/users/")
    call("GET", "/users/{userId}", userId=listed[0]["id"])
    call("GET", "/users/{userId}", userId="00000000000000000000")


def _objects(call: Listener) -> None:
    at = call.client.at
    call("GET", "/objects/", query=at)
    call("GET", "/objects/")
    for key in ("contact", "business", "custom_objects.orders", "custom_objects.memberships"):
        call("GET", "/objects/{key}", query={**at, "fetchProperties": "true"}, key=key)
    call("GET", "/objects/{key}", query=at, key="custom_objects.none")
    primary = {"key": "name", "name": "Name", "dataType": "TEXT"}
    labels = {"singular": "Pet", "plural": "Pets"}
    pet = {**at, "labels": labels, "key": "pet", "primaryDisplayPropertyDetails": primary, "description": "d"}
    call("POST", "/objects/", pet)
    call("POST", "/objects/", {**pet, "colour": "red"})
    call("PUT", "/objects/{key}", {**at, "searchableProperties": ["custom_objects.pet.name"]}, key="custom_objects.pet")
    for path, schema in ((ORDERS, "custom_objects.orders"), (MEMBERSHIPS, "custom_objects.memberships")):
        name = "order_number" if path == ORDERS else "name"
        records = "/objects/{schemaKey}/records"
        body = {**at, "properties": {name: "one"}}
        made = call("POST", records, body, schemaKey=schema)["record"]
        call("POST", records, {**at, "properties": {}}, schemaKey=schema)
        one: dict[str, Any] = {"schemaKey": schema, "id": made["id"]}
        call("GET", f"{records}/{{id}}", **one)
        call("PUT", f"{records}/{{id}}", {"properties": {name: "two"}}, query=at, **one)
        call("POST", f"{records}/search", {**at, "page": 1, "pageLimit": 50}, schemaKey=schema)
        call("DELETE", f"{records}/{{id}}", **one)


def _fields(call: Listener) -> None:
    at = call.client.at
    key = "custom_objects.memberships"
    for name in (key, "custom_objects.orders", "business"):
        listed = call("GET", "/custom-fields/object-key/{objectKey}", query=at, objectKey=name)
        for item in [*listed["fields"], *listed["folders"]]:
            call("GET", "/custom-fields/{id}", id=item["id"])
    folder = call("POST", "/custom-fields/folder", {**at, "objectKey": key, "name": "F"})
    call("PUT", "/custom-fields/folder/{id}", {**at, "name": "G"}, id=folder["id"])
    base = {**at, "objectKey": key, "parentId": folder["id"], "showInForms": True}
    choice = {"options": [{"key": "a", "label": "A"}], "dataType": "CHECKBOX", "fieldKey": f"{key}.boxes"}
    made = call("POST", "/custom-fields/", base | choice)["field"]
    call("POST", "/custom-fields/", base)
    call("PUT", "/custom-fields/{id}", {**at, "showInForms": False, "name": "Boxes"}, id=made["id"])
    call("DELETE", "/custom-fields/{id}", id=made["id"])
    call("DELETE", "/custom-fields/folder/{id}", query=at, id=folder["id"])


def _associations(call: Listener) -> None:
    at, page = call.client.at, {**call.client.at, "skip": "0", "limit": "10"}
    call("GET", "/associations/", query=page)
    call("GET", "/associations/key/{key_name}", query=at, key_name="order_contact")
    call("GET", "/associations/objectKey/{objectKey}", query=at, objectKey="contact")
    labels = {"firstObjectLabel": "A", "secondObjectLabel": "B"}
    keys = {"firstObjectKey": "custom_objects.orders", "secondObjectKey": "contact", "key": "second_link"}
    made = call("POST", "/associations/", {**at, **labels, **keys})
    one: dict[str, Any] = {"associationId": made["id"]}
    call("GET", "/associations/{associationId}", **one)
    call("PUT", "/associations/{associationId}", labels, **one)
    order = call.client.seeded()
    contact = order["relations"][0]["recordId"]
    records = {"firstRecordId": order["id"], "secondRecordId": contact}
    relation = call("POST", "/associations/relations", {**at, **one, **records})
    call("GET", "/associations/relations/{recordId}", query=page, recordId=contact)
    call("DELETE", "/associations/relations/{relationId}", query=at, relationId=relation["id"])
    call("DELETE", "/associations/{associationId}", **one)


def _contacts(call: Listener) -> None:
    at = call.client.at
    person = {
        **at,
        "firstName": "Ann",
        "email": "ann@example.com",
        "dateOfBirth": "1990-09-25",
        "tags": ["a"],
        "customFields": [{"key": "lifetime_value", "field_value": 1.5}],
    }
    made = call("POST", "/contacts/", person)["contact"]
    call("POST", "/contacts/", person)
    call("POST", "/contacts/", {})
    one: dict[str, Any] = {"contactId": made["id"]}
    call("GET", "/contacts/{contactId}", **one)
    call("GET", "/contacts/{contactId}", contactId="none")
    call("PUT", "/contacts/{contactId}", {"city": "Austin"}, **one)
    call("POST", "/contacts/upsert", {**at, "email": "ann@example.com", "lastName": "Lee"})
    call("POST", "/contacts/search", {**at, "page": 1, "pageLimit": 50})
    call("GET", "/contacts/search/duplicate", query={**at, "email": "ann@example.com"})
    call("GET", "/contacts/", query=at)
    call("POST", "/contacts/{contactId}/tags", {"tags": ["b"]}, **one)
    call("DELETE", "/contacts/{contactId}/tags", {"tags": ["b"]}, **one)
    call("DELETE", "/contacts/{contactId}", **one)


def _locations(call: Listener) -> None:
    place: dict[str, Any] = {"locationId": call.client.location}
    fields = "/locations/{locationId}/customFields"
    call("GET", "/locations/{locationId}", **place)
    call("GET", "/locations/{locationId}", locationId="elsewhere")
    call("GET", fields, **place)
    call("GET", fields, query={"model": "all"}, **place)
    made = call("POST", fields, {"name": "Size", "dataType": "TEXT"}, **place)["customField"]
    one = {**place, "id": made["id"]}
    call("GET", f"{fields}/{{id}}", **one)
    call("PUT", f"{fields}/{{id}}", {"name": "Sizes"}, **one)
    call("DELETE", f"{fields}/{{id}}", **one)


def _opportunities(call: Listener) -> None:
    at = call.client.at
    pipeline = call("GET", "/opportunities/pipelines", query=at)["pipelines"][0]
    call("GET", "/opportunities/pipelines")
    call("GET", "/opportunities/lost-reason", query=at)
    place = {"location_id": call.client.location}
    call("GET", "/opportunities/search", query={**place, "limit": "3"})
    call("GET", "/opportunities/search", query={**place, "limit": "100", "status": "all"})
    call("GET", "/opportunities/search", query=at)
    call("POST", "/opportunities/search", {**at, "limit": 50, "page": 1})
    call("POST", "/opportunities/search", {**at, "pageLimit": 50})
    fields = call.client.call("GET", f"/locations/{call.client.location}/customFields", model="opportunity")
    ids = {item["fieldKey"].removeprefix("opportunity."): item["id"] for item in fields["customFields"]}
    custom = [
        {"id": ids["likelihood"], "field_value": 40},
        {"id": ids["products"], "field_value": ["Training"]},
        {"id": ids["remarks"], "field_value": "Soon"},
    ]
    contact = call.client.contact(firstName="Otto")
    body = {
        **at,
        "pipelineId": pipeline["id"],
        "name": "Contract",
        "status": "open",
        "contactId": contact["id"],
        "monetaryValue": 10.5,
        "customFields": custom,
    }
    made = call("POST", "/opportunities/", body)["opportunity"]
    call("POST", "/opportunities/", {**body, "contactId": "none"})
    call("POST", "/opportunities/", at)
    one = "/opportunities/{id}"
    call("GET", one, id=made["id"])
    call("GET", one, id="none")
    call("PUT", one, {"pipelineStageId": pipeline["stages"][1]["id"], "name": "Changed"}, id=made["id"])
    call("PUT", f"{one}/status", {"status": "lost"}, id=made["id"])
    call("POST", f"{one}/followers", {"followers": ["082goXVW3lIExEQPOnd3"]}, id=made["id"])
    call("GET", one, id=made["id"])
    call("DELETE", f"{one}/followers", {"followers": ["082goXVW3lIExEQPOnd3"]}, id=made["id"])
    followers = {"followers": [], "isRemoveAllFollowers": False, "followersActionType": "add"}
    call("POST", "/opportunities/upsert", {**at, **followers, "id": made["id"], "pipelineId": pipeline["id"]})
    call("POST", "/opportunities/upsert", {**at, "id": made["id"]})
    call("DELETE", one, id=made["id"])


def _businesses(call: Listener) -> None:
    at = call.client.at
    call("GET", "/businesses/", query=at)
    call("GET", "/businesses/")
    made = call("POST", "/businesses/", {**at, "name": "Sails", "postalCode": "0150", "email": "a@example.com"})
    one: dict[str, Any] = {"businessId": made["buiseness"]["id"]}
    call("GET", "/businesses/{businessId}", **one)
    call("GET", "/businesses/{businessId}", businessId="malformed")
    call("PUT", "/businesses/{businessId}", {"city": "Oslo"}, **one)
    call("PUT", "/businesses/{businessId}", {**at, "city": "Oslo"}, **one)
    contact = call.client.contact(firstName="Bo", email="bo@example.com")
    call("POST", "/contacts/bulk/business", {**at, "ids": [contact["id"]], **one})
    call("GET", "/contacts/business/{businessId}", query=at, **one)
    call("DELETE", "/businesses/{businessId}", **one)


def _tasks(call: Listener) -> None:
    contact: dict[str, Any] = {"contactId": call.client.contact(firstName="Tom")["id"]}
    base, search = "/contacts/{contactId}/tasks", "/locations/{locationId}/tasks/search"
    due = {"title": "Call", "dueDate": "2026-01-02T08:00:00.000Z"}
    made = call("POST", base, {**due, "completed": False, "body": "Soon"}, **contact)["task"]
    call("POST", base, due, **contact)
    one = {**contact, "taskId": made["id"]}
    call("GET", base, **contact)
    call("GET", base, contactId="none")
    call("GET", f"{base}/{{taskId}}", **one)
    call("PUT", f"{base}/{{taskId}}", {"title": "Call again"}, **one)
    call("PUT", f"{base}/{{taskId}}/completed", {"completed": True}, **one)
    call("POST", search, {"limit": 10, "completed": True}, locationId=call.client.location)
    call("POST", search, {"limit": 501}, locationId=call.client.location)
    call("DELETE", f"{base}/{{taskId}}", **one)


def _faults(specs: dict[str, Any], heard: Heard, operation: tuple[str, str, str]) -> list[str]:
    """Where an operation's answers do not fit its specification."""
    file, method, path = operation
    responses = specs[file]["paths"][path][method.lower()]["responses"]
    found = []
    for status, body in heard[method, path]:
        specified, live = STATUSES.get((method, path), ("", ""))
        expected = specified if str(status) == live else str(status)
        if expected not in responses:
            # The specification names neither 403 nor 404, and not everywhere the whitelist's 422.
            if status not in (403, 404, 422):
                found.append(f"status {status} is not specified")
            continue
        schema = (responses[expected].get("content") or {}).get("application/json", {}).get("schema")
        if schema is not None:
            validator = Draft202012Validator(_resolved(schema, specs[file]))
            found += [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]
    return found


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: " ".join(operation[1:]))
def test_answers_fit_the_specification(heard: Heard, operation: tuple[str, str, str]) -> None:
    _, method, path = operation
    assert any(status < 300 for status, _ in heard[method, path]), heard[method, path]
    assert _faults(_deviate(_load(), DEVIATIONS), heard, operation) == []


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=str)
def test_each_deviation_is_needed(heard: Heard, deviation: Deviation) -> None:
    specs = _deviate(_load(), [item for item in DEVIATIONS if item is not deviation])
    found = [_faults(specs, heard, operation) for operation in OPERATIONS if operation[0] == deviation.file]
    assert any(found), f"{deviation} can go: {deviation.reason}"


def test_refusals_of_each_kind_were_heard(heard: Heard) -> None:
    statuses = {status for answers in heard.values() for status, _ in answers}
    assert {200, 201, 400, 403, 404, 422} <= statuses
