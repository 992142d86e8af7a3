"""ActiveCampaign's custom object schemas in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.activecampaign_account import Account, open_account


@pytest.fixture(scope="module")
def shared() -> Iterator[Account]:
    with open_account() as opened:
        yield opened


@pytest.fixture
def account(shared: Account) -> Account:
    shared.control.post("/reset")
    return shared


SCHEMAS = "/customObjects/schemas"


def labels(name: str) -> dict[str, str]:
    return {"singular": name, "plural": f"{name}s"}


def field(identifier: str, kind: str = "text", **settings: Any) -> dict[str, Any]:
    return {"id": identifier, "labels": labels(identifier.title()), "type": kind, **settings}


def schema(slug: str = "boats", **given: Any) -> dict[str, Any]:
    return {"schema": {"slug": slug, "labels": labels("Boat"), "fields": [field("name")], **given}}


def make(account: Account, slug: str = "boats", **given: Any) -> dict[str, Any]:
    answer = account.post(SCHEMAS, schema(slug, **given))
    assert answer.status_code == 201, answer.text
    return answer.json()["schema"]


def problem(answer: Any) -> tuple[int, str, str]:
    error = answer.json()["errors"][0]
    assert error["source"]["type"] == "pointer"
    return answer.status_code, error["title"], error["source"]["value"]


def test_the_account_starts_with_two_schemas(account: Account) -> None:
    body = account.read(SCHEMAS)
    assert [entry["slug"] for entry in body["schemas"]] == ["orders", "subscriptions"]
    assert body["meta"] == {"total": 2, "count": 2, "limit": 20, "offset": 0}
    orders = body["schemas"][0]
    assert {entry["id"]: entry["type"] for entry in orders["fields"]} == {
        "order-number": "text",
        "order-date": "date",
        "placed-at": "datetime",
        "order-total": "currency",
        "order-receipt-link": "text",
        "order-instructions": "textarea",
        "order-ship-status": "dropdown",
        "extras": "multiselect",
        "weight": "number",
    }
    assert [relation["namespace"] for relation in orders["relationships"]] == ["contacts"]
    assert not any(entry["required"] for entry in orders["fields"])
    assert orders["createdTimestamp"].endswith("Z")
    assert len(orders["createdTimestamp"].split(".")[1]) == 10


def test_a_page_of_schemas(account: Account) -> None:
    page = account.read(SCHEMAS, limit=1, offset=1, orders__slug="DESC")
    assert [entry["slug"] for entry in page["schemas"]] == ["orders"]
    assert page["meta"] == {"total": 2, "count": 1, "limit": 1, "offset": 1}
    refused = account.get(SCHEMAS, limit="many")
    assert (refused.status_code, refused.json()) == (400, {})


def test_schemas_are_filtered_by_slug_and_relationship(account: Account) -> None:
    contacts = {
        "filters__relationships.id__eq": "primary-contact",
        "filters__relationships.namespace__eq": "contacts",
    }
    assert [entry["slug"] for entry in account.read(SCHEMAS, **contacts)["schemas"]] == ["orders"]
    found = account.read(SCHEMAS, **{"filters__relationships.namespace": "accounts"})
    assert [entry["slug"] for entry in found["schemas"]] == ["subscriptions"]
    assert account.read(SCHEMAS, filters__slug="orders")["meta"]["total"] == 1
    assert account.read(SCHEMAS, filters__slug="none")["meta"]["total"] == 0


def test_option_ids_are_the_servers_and_is_required_means_nothing(account: Account) -> None:
    options = [{"id": "mine", "value": "Red"}, {"value": "Blue"}]
    made = make(account, fields=[field("colour", "dropdown", options=options, isRequired=True)])
    colour = made["fields"][0]
    assert [option["value"] for option in colour["options"]] == ["Red", "Blue"]
    assert "mine" not in [option["id"] for option in colour["options"]]
    assert colour["required"] is False
    assert "isRequired" not in colour
    required = make(account, "ships", fields=[field("name", required=True)])
    assert required["fields"][0]["required"] is True
    assert account.read(f"{SCHEMAS}/{made['id']}") == {"schema": made}


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"slug": "orders"}, "schema/slug"),
        ({"slug": ""}, "schema/slug"),
        ({"labels": {"singular": "Boat"}}, "schema/labels"),
        ({"fields": [{"id": "a", "type": "text"}]}, "schema/fields/labels"),
        ({"fields": [field("a", "decimal")]}, "schema/fields/type"),
        ({"fields": [field("a"), field("a")]}, "schema/fields/id"),
        ({"fields": [field("a"), field("b") | {"labels": labels("A")}]}, "schema/fields/labels"),
        ({"fields": [field("a", "number", scale=54)]}, "schema/fields/scale"),
        ({"fields": [field("a", "currency", defaultCurrency="dollar")]}, "schema/fields/defaultCurrency"),
        ({"fields": [field("a", "dropdown")]}, "schema/fields/options"),
        (
            {"relationships": [{"id": "r", "labels": labels("R"), "namespace": "orders"}]},
            "schema/relationships/namespace",
        ),
        (
            {"relationships": [{"id": "r", "labels": labels("R"), "namespace": "contacts", "hasMany": True}]},
            "schema/relationships/hasMany",
        ),
        (
            {"relationships": [{"id": n, "labels": labels(n), "namespace": n} for n in ("contacts", "deals")]},
            "schema/relationships",
        ),
    ],
)
def test_a_wrong_schema_is_422_with_its_place(account: Account, given: dict[str, Any], where: str) -> None:
    status, title, value = problem(account.post(SCHEMAS, schema(**{"slug": "boats"} | given)))
    assert (status, value) == (422, f"/data/attributes/{where}")
    assert title == f'Invalid value for field "{where.replace("/", ".")}"'
    assert account.read(SCHEMAS)["meta"]["total"] == 2


def test_an_update_adds_and_changes_and_leaves_the_rest(account: Account) -> None:
    options = [{"value": "Red"}, {"value": "Blue"}]
    made = make(account, fields=[field("name"), field("colour", "dropdown", options=options)])
    red, blue = made["fields"][1]["options"]
    account.advance(5)
    colour = field("colour", "dropdown", options=[{"id": blue["id"], "value": "Navy"}, {"value": "Green"}])
    answer = account.put(f"{SCHEMAS}/{made['id']}", {"schema": {"fields": [colour, field("length", "number")]}})
    assert answer.status_code == 200
    changed = answer.json()["schema"]
    assert [entry["id"] for entry in changed["fields"]] == ["name", "colour", "length"]
    navy, green = changed["fields"][1]["options"]
    assert navy == {"id": blue["id"], "value": "Navy"}
    assert green["id"] not in (red["id"], blue["id"])
    assert changed["slug"] == "boats"
    assert changed["updatedTimestamp"] > made["updatedTimestamp"]
    retyped = account.put(f"{SCHEMAS}/{made['id']}", {"schema": {"fields": [field("name", "number")]}})
    assert problem(retyped)[2] == "/data/attributes/schema/fields/type"
    taken = account.put(f"{SCHEMAS}/{made['id']}", {"schema": {"slug": "orders"}})
    assert problem(taken)[2] == "/data/attributes/schema/slug"
    unknown = account.put(f"{SCHEMAS}/none", {"schema": {}})
    assert (unknown.status_code, unknown.content) == (404, b"")


def test_an_update_can_be_tried_without_being_kept(account: Account) -> None:
    made = make(account)
    body = {"schema": {"labels": labels("Ship"), "fields": [field("length", "number")]}}
    tried = account.api.put(f"{SCHEMAS}/{made['id']}", json=body, headers={"validateOnly": "true"})
    assert (tried.status_code, tried.json()["schema"]["labels"]["singular"]) == (200, "Ship")
    assert account.read(f"{SCHEMAS}/{made['id']}")["schema"] == made
    wrong = {"schema": {"fields": [field("length", "decimal")]}}
    refused = account.api.put(f"{SCHEMAS}/{made['id']}", json=wrong, headers={"validateOnly": "true"})
    assert refused.status_code == 422


def test_a_deleted_field_is_hidden_emptied_and_its_id_burned(account: Account) -> None:
    made = make(account, fields=[field("name"), field("length", "number")])
    records = f"/customObjects/records/{made['id']}"
    values = [{"id": "name", "value": "Sea"}, {"id": "length", "value": 7}]
    account.post(records, {"record": {"externalId": "1", "fields": values}})
    gone = account.delete(f"{SCHEMAS}/{made['id']}/fields/length")
    assert gone.status_code == 202
    assert [entry["id"] for entry in gone.json()["schema"]["fields"]] == ["name"]
    everything = account.read(f"{SCHEMAS}/{made['id']}", showFields="all")["schema"]["fields"]
    assert [(entry["id"], entry.get("status")) for entry in everything] == [
        ("name", None),
        ("length", "marked_for_deletion"),
    ]
    assert [entry["id"] for entry in account.read(f"{SCHEMAS}/{made['id']}")["schema"]["fields"]] == ["name"]
    assert account.read(f"{records}/external/1")["record"]["fields"] == values[:1]
    again = account.put(f"{SCHEMAS}/{made['id']}", {"schema": {"fields": [field("length", "number")]}})
    assert problem(again) == (
        422,
        'Invalid value for field "schema.fields.id"',
        "/data/attributes/schema/fields/id",
    )
    relabelled = field("size", "number") | {"labels": labels("Length")}
    assert account.put(f"{SCHEMAS}/{made['id']}", {"schema": {"fields": [relabelled]}}).status_code == 200
    used = account.post(records, {"record": {"externalId": "2", "fields": values}})
    assert used.status_code == 422
    assert account.delete(f"{SCHEMAS}/{made['id']}/fields/length").status_code == 404


def test_only_an_admin_deletes_a_field(account: Account) -> None:
    made = make(account)
    token = account.control.post("/tokens", json={"platform": "activecampaign", "admin": False}).json()["token"]
    with account.client(token) as someone:
        refused = someone.delete(f"{SCHEMAS}/{made['id']}/fields/name")
    assert (refused.status_code, refused.json()["errors"][0]["title"]) == (403, "Forbidden")


def test_deleting_a_schema_deletes_its_records(account: Account) -> None:
    made = make(account)
    record = {"record": {"externalId": "1", "fields": []}}
    account.post(f"/customObjects/records/{made['id']}", record)
    gone = account.delete(f"{SCHEMAS}/{made['id']}")
    assert (gone.status_code, gone.content) == (200, b"")
    for answer in (
        account.get(f"{SCHEMAS}/{made['id']}"),
        account.get(f"/customObjects/records/{made['id']}"),
        account.post(f"/customObjects/records/{made['id']}", record),
    ):
        assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})
    again = make(account)
    assert account.read(f"/customObjects/records/{again['id']}")["records"] == []


def test_public_and_child_schemas(account: Account) -> None:
    relationships = [{"id": "primary-contact", "labels": labels("Contact"), "namespace": "contacts"}]
    public = account.post(f"{SCHEMAS}/public", schema(appId="77", relationships=relationships))
    assert public.status_code == 200
    parent = public.json()["schema"]
    assert (parent["slug"], parent["visibility"], parent["appId"]) == ("app-77-boats", "public", "77")
    child = account.api.post(f"{SCHEMAS}/{parent['id']}/child")
    assert child.status_code == 200
    heir = child.json()["schema"]
    assert (heir["parentId"], heir["visibility"]) == (parent["id"], "private")
    assert all(entry["inherited"] for entry in heir["fields"] + heir["relationships"])
    for refused in (
        account.api.post(f"{SCHEMAS}/none/child"),
        account.api.post(f"{SCHEMAS}/{heir['id']}/child"),
        account.post(f"{SCHEMAS}/public", schema("ships")),
    ):
        assert (refused.status_code, refused.json()) == (400, {})
    assert account.delete(f"{SCHEMAS}/{parent['id']}/fields/name").status_code == 400
    assert account.delete(f"{SCHEMAS}/{heir['id']}/fields/name").status_code == 400
