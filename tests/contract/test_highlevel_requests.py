"""Every request of the HighLevel connector against the vendor's own OpenAPI documents.

The requests are recorded while the connector does everything it can against the sandbox. Where they differ from the
documents on purpose, the difference is named below with its reason; one that no longer occurs fails the test too.
The documents are not part of this repository: without them the test is skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import jsonschema
import pytest

from desktop.connectors.base import ConnectionSettings
from desktop.connectors.highlevel.connector import HighLevelConnector
from desktop.connectors.registry import open_connector
from desktop.connectors.wire import Header, Reply, Wire
from desktop.domain.design import FieldDraft, ObjectDraft, OptionDraft
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType, Money
from desktop.sandbox.server import SandboxServer

ROOT = Path(__file__).parents[2]
REFERENCE = Path(os.environ.get("CROSSWALK_REFERENCE", ROOT.parent / "shared" / "reference"))
DOCUMENTS = REFERENCE / "highlevel" / "openapi" / "apps"
PREFIX = "/highlevel"

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the vendor's OpenAPI documents are not here"),
]

SEARCH = "POST /objects/{schemaKey}/records/search"
CREATE_CONTACT = "POST /contacts/"
SEARCH_OPPORTUNITIES = "POST /opportunities/search"
UPDATE_OPPORTUNITY = "PUT /opportunities/{id}"
SEARCH_TASKS = "POST /locations/{locationId}/tasks/search"
CREATE_FIELD = "POST /locations/{locationId}/customFields"
UPDATE_FIELD = "PUT /locations/{locationId}/customFields/{id}"
DELETE_OBJECT = "DELETE /objects/{key}"
DEVIATIONS = {
    (SEARCH, "body without page"): "the documents want page and searchAfter; the guides and live accounts take either",
    (SEARCH, "body without searchAfter"): "as above: the first page has nothing to go on from",
    (SEARCH, "body without query"): "a search without text is possible on live accounts",
    (SEARCH, "body key filters"): "described in the vendor's search guide, missing in the document",
    (SEARCH, "body key sort"): "described in the vendor's search guide, missing in the document",
    (SEARCH, "body value searchAfter"): "documented as texts; rows carry [milliseconds, id] and want it back as it is",
    (CREATE_CONTACT, "body value dateOfBirth"): "documented as an object, with a text as its example",
    (CREATE_CONTACT, "body value customFields"): "a number is documented as an object, with a number as its example",
    (SEARCH_OPPORTUNITIES, "body without query"): "a search without text is possible on live accounts",
    (SEARCH_OPPORTUNITIES, "body without searchAfter"): "the first page has nothing to go on from",
    (SEARCH_OPPORTUNITIES, "body without additionalDetails"): "optional in the vendor's search guide",
    (SEARCH_OPPORTUNITIES, "body key filters"): "described in the vendor's search guide, missing in the document",
    (SEARCH_OPPORTUNITIES, "body key sort"): "described in the vendor's search guide, missing in the document",
    (UPDATE_OPPORTUNITY, "body value monetaryValue"): "null takes an amount away; the document has no way to",
    (UPDATE_OPPORTUNITY, "body value assignedTo"): "null takes the user away; the document has no way to",
    (SEARCH_TASKS, "body key searchAfter"): "rows of live accounts carry it and the search takes it",
    (CREATE_FIELD, "body key options"): "missing in the document, what live accounts take for choices",
    (UPDATE_FIELD, "body key options"): "as above",
    **{
        ("POST /associations/", f"body value {name}"): "documented as an object, with a text as its example"
        for name in ("firstObjectLabel", "firstObjectKey", "secondObjectLabel", "secondObjectKey")
    },
    (DELETE_OBJECT, "in no document"): "the call that the vendor's own pages send; the public API has none",
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Operation:
    """One operation of the documents."""

    name: str
    pattern: re.Pattern[str]
    spec: Mapping[str, Any]
    document: Mapping[str, Any]
    literal: int


@dataclass
class Vendor:
    """The documents' operations, and what differs from them."""

    operations: list[Operation]
    differences: set[tuple[str, str]] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def check(self, request: httpx.Request) -> None:
        path = request.url.raw_path.decode().partition("?")[0].removeprefix(PREFIX)
        found = [
            item
            for item in self.operations
            if item.name.startswith(f"{request.method} ") and item.pattern.fullmatch(path)
        ]
        if not found:
            named = re.sub(r"/[0-9a-f]{24}$", "/{key}", path)
            self.differences.add((f"{request.method} {named}", "in no document"))
            return
        operation = max(found, key=lambda item: item.literal)
        self.seen.add(operation.name)
        self._check_parameters(operation, request)
        self._check_body(operation, request)

    def _note(self, operation: Operation, difference: str) -> None:
        self.differences.add((operation.name, difference))

    def _check_parameters(self, operation: Operation, request: httpx.Request) -> None:
        query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        known: set[str] = set()
        for parameter in operation.spec.get("parameters", []):
            name, place = parameter["name"], parameter["in"]
            value = query.get(name) if place == "query" else request.headers.get(name)
            if place == "query":
                known.add(name)
            if place not in ("query", "header"):
                continue
            if value is None:
                if parameter.get("required"):
                    self._note(operation, f"{place} without {name}")
            elif not _fits(value, parameter.get("schema", {})):
                self._note(operation, f"{place} value {name}")
        for name in query.keys() - known:
            self._note(operation, f"query key {name}")

    def _check_body(self, operation: Operation, request: httpx.Request) -> None:
        content = operation.spec.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            assert not request.content, f"{operation.name} takes no body"
            return
        body = json.loads(request.content)
        schema = {**content["schema"], "components": operation.document["components"]}
        for error in jsonschema.Draft202012Validator(schema).iter_errors(body):
            place = str(error.absolute_path[0]) if error.absolute_path else ""
            if error.validator == "required":
                missing = re.search(r"'(.+)' is a required", error.message)
                self._note(operation, f"body without {missing[1] if missing else error.message}")
            else:
                self._note(operation, f"body value {place}")
        properties = _resolved(schema, operation.document).get("properties")
        for name in body.keys() - (properties or body).keys():
            self._note(operation, f"body key {name}")


def _fits(value: str, schema: Mapping[str, Any]) -> bool:
    if "enum" in schema:
        return value in [str(item) for item in schema["enum"]]
    return value.isdecimal() if schema.get("type") == "number" else True


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    target: Any = document
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return target


@pytest.fixture(scope="module")
def vendor() -> Vendor:
    operations: list[Operation] = []
    for name in (
        "objects",
        "custom-fields",
        "associations",
        "contacts",
        "locations",
        "opportunities",
        "businesses",
        "users",
    ):
        document = _nullable(json.loads((DOCUMENTS / f"{name}.json").read_text("utf-8")))
        for path, methods in document["paths"].items():
            pattern = re.compile(re.sub(r"\{\w+\}", r"[^/]+", path))
            for method, spec in methods.items():
                literal = sum(not part.startswith("{") for part in path.split("/"))
                operations.append(Operation(f"{method.upper()} {path}", pattern, spec, document, literal))
    return Vendor(operations)


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _nullable(value) for key, value in node.items()}
    if changed.pop("nullable", False) is True and isinstance(changed.get("type"), str):
        changed["type"] = [changed["type"], "null"]
    return changed


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(records=120, seed=3, limits="off") as server:
        yield server


async def test_requests_are_what_the_vendor_documents(
    sandbox: SandboxServer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = sandbox.ready["platforms"]["highlevel"]
    settings = ConnectionSettings("Agency", ready["base_url"], ready["account"], options={"page_size": "50"})
    connector = await open_connector("highlevel", settings, ready["token"])
    assert isinstance(connector, HighLevelConnector)
    requests: list[httpx.Request] = []

    send = Wire.exchange

    async def record(wire: Wire, method: str, target: bytes, headers: list[Header], body: bytes | None) -> Reply:
        url = httpx.URL(ready["base_url"]).copy_with(raw_path=target)
        requests.append(httpx.Request(method, url, headers=headers, content=body))
        return await send(wire, method, target, headers, body)

    monkeypatch.setattr(Wire, "exchange", record)
    try:
        await _use_everything(connector)
    finally:
        await connector.aclose()
    for request in requests:
        vendor.check(request)
    assert vendor.differences == DEVIATIONS.keys()
    assert len(vendor.seen) >= 40, sorted(vendor.seen)


async def _use_everything(connector: HighLevelConnector) -> None:
    await connector.identify()
    for item in await connector.objects():
        schema = await connector.schema(item.key)
        cursor = None
        async for page in connector.read(schema):
            cursor = page.cursor
        async for page in connector.read(schema, cursor):
            assert page.records or page.last
        await connector.count(schema)
    await _use_records(connector)
    await _use_contacts(connector)
    await _use_opportunities(connector)
    await _use_tasks(connector)
    await _use_companies(connector)
    await _use_designer(connector)


async def _use_records(connector: HighLevelConnector) -> None:
    schema, contacts = await connector.schema("custom_objects.orders"), await connector.schema("contact")
    first, second = await _two(connector, contacts)
    record = await connector.create(
        schema,
        {
            "order_number": "contract",
            "total": Money(Decimal("1.5"), "USD"),
            "extras": frozenset({"insured"}),
            "order_date": date(2026, 1, 2),
            "order_contact": frozenset({first}),
        },
    )
    changed = await connector.update(
        schema,
        record,
        {"extras": frozenset({"express"}), "total": None, "order_contact": frozenset({second})},
    )
    for key in ("order_number", "order_date"):
        assert await connector.find(schema, schema.by_key[key], changed.values[key])
    await connector.get(schema, record.id)
    await connector.related(schema, record.id)
    await connector.delete(schema, record.id)


async def _two(connector: HighLevelConnector, contacts: ObjectSchema) -> tuple[str, str]:
    async for page in connector.read(contacts):
        return page.records[0].id, page.records[1].id
    raise AssertionError("there are no contacts")


async def _use_contacts(connector: HighLevelConnector) -> None:
    schema = await connector.schema("contact")
    record = await connector.create(
        schema,
        {
            "email": "contract@example.com",
            "firstName": "Ada",
            "dateOfBirth": date(1990, 1, 2),
            "tags": frozenset({"a"}),
            "favourite_colour": "green",
            "interests": frozenset({"Music"}),
            "lifetime_value": Money(Decimal("10.5"), "USD"),
            "member_since": date(2020, 1, 2),
        },
    )
    blank = ("firstName", "city", "country", "postalCode", "source", "website", "interests", "lifetime_value")
    await connector.update(schema, record, dict.fromkeys(blank))
    await connector.find(schema, schema.by_key["email"], "contract@example.com")
    await connector.find(schema, schema.by_key["favourite_colour"], "green")
    await connector.get(schema, record.id)
    await connector.delete(schema, record.id)


async def _use_opportunities(connector: HighLevelConnector) -> None:
    schema = await connector.schema("opportunity")
    contact, _ = await _two(connector, await connector.schema("contact"))
    stage = schema.by_key["pipelineStageId"].options
    record = await connector.create(
        schema,
        {
            "name": "contract",
            "pipelineId": schema.by_key["pipelineId"].options[0].key,
            "status": "open",
            "monetaryValue": Money(Decimal("10.5"), "USD"),
            "contactId": frozenset({contact}),
            "expected_close": date(2026, 1, 2),
            "products": frozenset({"Training"}),
        },
    )
    changes = {"pipelineStageId": stage[-1].key, "assignedTo": "082goXVW3lIExEQPOnd3", "expected_close": None}
    changed = await connector.update(schema, record, changes)
    for key in ("name", "monetaryValue"):
        assert await connector.find(schema, schema.by_key[key], changed.values[key])
    await connector.update(schema, record, {"monetaryValue": None, "assignedTo": None})
    await connector.get(schema, record.id)
    await connector.related(schema, record.id)
    await connector.related(await connector.schema("contact"), contact)
    await connector.delete(schema, record.id)


async def _use_tasks(connector: HighLevelConnector) -> None:
    schema = await connector.schema("task")
    contact, _ = await _two(connector, await connector.schema("contact"))
    due = datetime(2026, 1, 2, 8, tzinfo=UTC)
    record = await connector.create(
        schema, {"title": "contract", "dueDate": due, "contactId": frozenset({contact}), "body": "Soon"}
    )
    await connector.update(schema, record, {"completed": True, "title": "contract again"})
    assert await connector.find(schema, schema.by_key["title"], "contract again")
    await connector.get(schema, record.id)
    await connector.delete(schema, record.id)


async def _use_companies(connector: HighLevelConnector) -> None:
    schema = await connector.schema("business")
    record = await connector.create(schema, {"name": "contract", "email": "contract@example.com"})
    await connector.update(schema, record, {"city": "Oslo", "email": None})
    await connector.get(schema, record.id)
    await connector.related(schema, record.id)
    await connector.delete(schema, record.id)


async def _use_designer(connector: HighLevelConnector) -> None:
    designer = connector.designer
    assert designer is not None
    await designer.rules(None)
    draft = ObjectDraft("Pet", "Pets", fields=(FieldDraft("Name", FieldType.TEXT),), relates_to=("contact",))
    made = await designer.create_object(draft)
    made = await designer.change_object(made, ObjectDraft("Animal", "Animals", description="All"))
    choices = FieldDraft("Kind", FieldType.CHOICE, options=(OptionDraft("Dog"),), folder="More", description="d")
    made = await designer.create_field(made, choices)
    changed = FieldDraft("Kinds", FieldType.CHOICE, options=(OptionDraft("Dogs", "dog"), OptionDraft("Cats")))
    made = await designer.change_field(made, made.by_key["kind"], changed)
    made = await designer.create_field(made, FieldDraft("Papers", FieldType.FILE))
    made = await designer.delete_field(made, made.by_key["kind"])
    await designer.delete_object(made)
    contacts = await connector.schema("contact")
    contacts = await designer.create_field(contacts, replace(choices, folder="", description=""))
    contacts = await designer.change_field(contacts, contacts.by_key["kind"], changed)
    await designer.delete_field(contacts, contacts.by_key["kind"])
