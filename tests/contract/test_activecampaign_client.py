"""A client that others wrote, ``activecampaign-python``, reads what raw HTTP wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from activecampaign.client import Client

from tests.sandbox.activecampaign_account import Account, open_account


@pytest.fixture(scope="module")
def shared() -> Iterator[Account]:
    with open_account() as opened:
        yield opened


@pytest.fixture
def account(shared: Account) -> Account:
    shared.control.post("/reset")
    return shared


@pytest.fixture
def client(account: Account) -> Any:
    return Client(account.ready["base_url"], account.ready["token"])


def test_contacts(account: Account, client: Any) -> None:
    contact = account.contact("jane@example.com", firstName="Jane", fieldValues=[{"field": 6, "value": "Albany"}])
    account.post("/contactTags", {"contactTag": {"contact": contact, "tag": 1}})
    found = client.contacts.list_all_contacts(email="jane@example.com")
    assert [entry["id"] for entry in found["contacts"]] == [contact]
    page = client.contacts.list_all_contacts(**{"orders[id]": "ASC", "id_greater": 3, "limit": 2})
    assert [entry["id"] for entry in page["contacts"]] == ["4", "5"]
    assert client.contacts.retrieve_a_contact(contact)["contact"]["firstName"] == "Jane"
    values = client.contacts.retrieve_a_contacts_field_values(contact)["fieldValues"]
    assert [value["value"] for value in values] == ["Albany"]
    tags = client.contacts.retrieve_contact_tags(contact)["contactTags"]
    assert [tag["tag"] for tag in tags] == ["1"]
    client.contacts.create_or_update_contact({"contact": {"email": "jane@example.com", "lastName": "Doe"}})
    assert account.read(f"/contacts/{contact}")["contact"]["lastName"] == "Doe"
    assert client.contacts.delete_a_contact(contact) == {}
    assert account.get(f"/contacts/{contact}").status_code == 404


def test_fields_tags_lists_and_users(account: Account, client: Any) -> None:
    fields = client.contacts.list_all_custom_fields(limit=100)
    assert fields == account.read("/fields", limit=100)
    options = client.contacts.retrieve_field_options(5)["fieldOptions"]
    assert [option["value"] for option in options] == ["Free", "Basic", "Pro", "Business"]
    assert client.tags.list_all_tags(search="vip")["tags"][0]["tag"] == "vip"
    assert [entry["name"] for entry in client.lists.retrieve_all_lists()["lists"]] == [
        "Newsletter",
        "Customers",
    ]
    assert client.users.retrieve_logged_in_user()["user"]["id"] == "1"
    assert "update" in client.webhooks.list_all_webhook_events()["webhookEvents"]
    assert client.deals.list_all_deals()["deals"]
    assert client.deals.list_all_stages()["dealStages"]


def test_records(account: Account, client: Any) -> None:
    schemas = client.customobjects.list_all_schemas(
        schema_relationship="contact", ordering=[("slug", "DESC")], show_all_fields=True
    )
    (schema,) = schemas["schemas"]
    assert client.customobjects.retrieve_a_schema(schema["id"], show_all_fields=True) == {"schema": schema}
    record = {
        "externalId": "10001",
        "fields": [{"id": "order-total", "value": 15.12, "currency": "EUR"}],
        "relationships": {"primary-contact": [3]},
    }
    address = f"/customObjects/records/{schema['id']}"
    assert account.post(address, {"record": record}).status_code == 201
    listed = client.customobjects.list_all_records(schema["id"], contact_id=3, limit=100)
    assert listed["meta"] == {"total": 1, "count": 1, "limit": 100, "offset": 0}
    (found,) = listed["records"]
    assert found["fields"] == record["fields"]
    assert found["relationships"] == {"primary-contact": ["3"]}
    assert client.customobjects.retrieve_a_record(schema["id"], found["id"]) == {"record": found}
    assert client.customobjects.retrieve_a_record_by_external_id(schema["id"], "10001") == {"record": found}
    changed = client.customobjects.create_or_update_record(schema["id"], {"record": {"externalId": "10001"}})
    assert changed["record"]["fields"] == []
    assert account.read(f"{address}/{found['id']}")["record"]["fields"] == []
    assert client.customobjects.delete_a_record_by_external_id(schema["id"], "10001") == ""
    assert account.read(address)["records"] == []


def test_schemas(account: Account, client: Any) -> None:
    labels = {"singular": "Boat", "plural": "Boats"}
    field = {"id": "name", "labels": {"singular": "Name", "plural": "Names"}, "type": "text"}
    made = client.customobjects.create_a_schema({"schema": {"slug": "boats", "labels": labels, "fields": [field]}})
    identifier = made["schema"]["id"]
    assert account.schema_id("boats") == identifier
    emptied = client.customobjects.delete_a_field(identifier, "name", show_all_fields=True)
    assert emptied["schema"]["fields"][0]["status"] == "marked_for_deletion"
    assert client.customobjects.delete_a_schema(identifier) == ""
    assert client.customobjects.retrieve_a_schema(identifier) == {"message": "Not Found"}
