"""Tags and lists of ActiveCampaign's contacts: what reading costs, and whom writing leaves alone."""

from __future__ import annotations

import itertools
import json

import httpx
import pytest

from desktop.connectors.base import Connector
from desktop.domain.errors import InvalidInput, NotFound, NotSupported, RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from tests.connectors.conformance import read
from tests.connectors.conftest import Connect, Sandbox
from tests.connectors.raw_server import raw_server, reply
from tests.local_http import NO_CERTIFICATES

pytestmark = pytest.mark.anyio
_serial = itertools.count(1)
NEWSLETTER, CUSTOMERS = "1", "2"


@pytest.fixture
async def shop(connect: Connect) -> Connector:
    return await connect("activecampaign", name="Shop")


@pytest.fixture
async def contacts(shop: Connector) -> ObjectSchema:
    return await shop.schema("contacts")


@pytest.fixture
async def ada(shop: Connector, contacts: ObjectSchema) -> Record:
    values = {
        "email": f"ada.{next(_serial)}@bonds.example",
        "tags": frozenset({"vip", "customer"}),
        "lists": frozenset({NEWSLETTER}),
    }
    return await shop.create(contacts, values)


async def test_lists_are_shown_by_their_names_and_tags_are_free(contacts: ObjectSchema) -> None:
    lists, tags = contacts.by_key["lists"], contacts.by_key["tags"]
    assert [(option.key, option.label) for option in lists.options] == [("1", "Newsletter"), ("2", "Customers")]
    assert not lists.open_choice
    assert tags.open_choice


async def test_tags_and_lists_of_a_hundred_contacts_cost_no_request_more(
    sandbox: Sandbox, shop: Connector, contacts: ObjectSchema
) -> None:
    for number in range(100):
        await shop.create(
            contacts, {"email": f"many{number}@bonds.example", "tags": frozenset({f"group {number % 3}"})}
        )
    sandbox.control("DELETE", "/stats")
    found, _ = await read(shop, contacts)
    routes = sandbox.stats("activecampaign")["by_route"]
    assert routes["GET /api/3/contacts"] == 2
    assert not any("tag" in route.lower() or "list" in route.lower() for route in routes)
    groups = [record.values["tags"] for record in found.values() if "many" in str(record.values["email"])]
    assert len(groups) == 100
    assert set(groups) == {frozenset({"group 0"}), frozenset({"group 1"}), frozenset({"group 2"})}


async def test_nobody_is_looked_up_by_tags(shop: Connector, contacts: ObjectSchema, ada: Record) -> None:
    for key in ("tags", "lists"):
        assert key not in shop.capabilities(contacts).find_keys
        with pytest.raises(NotSupported) as caught:
            await shop.find(contacts, contacts.by_key[key], ada.values[key])
        assert caught.value.message.startswith("ActiveCampaign can't look up a Contact by ")


async def test_tags_given_by_somebody_else_since_stay(
    connect: Connect, shop: Connector, contacts: ObjectSchema, ada: Record
) -> None:
    somebody = await connect("activecampaign")
    await somebody.update(contacts, ada, {"tags": frozenset({"customer", "theirs"})})
    updated = await shop.update(contacts, ada, {"tags": frozenset({"vip", "customer", "ours"})})
    assert updated.values["tags"] == frozenset({"customer", "theirs", "ours"}), "vip was taken away by somebody else"
    updated = await shop.update(contacts, updated, {"tags": None})
    assert updated.values["tags"] is None


async def test_only_what_differs_is_written(
    sandbox: Sandbox, shop: Connector, contacts: ObjectSchema, ada: Record
) -> None:
    sandbox.control("DELETE", "/stats")
    wanted = {"tags": frozenset({"VIP ", "newsletter"}), "lists": frozenset({NEWSLETTER, CUSTOMERS})}
    await shop.update(contacts, ada, wanted)
    routes = sandbox.stats("activecampaign")["by_route"]
    written = {route: count for route, count in routes.items() if not route.startswith("GET")}
    assert written == {
        "POST /api/3/tags": 1,
        "POST /api/3/contactTags": 1,
        "DELETE /api/3/contactTags/{id}": 1,
        "POST /api/3/contactLists": 1,
    }
    record = await shop.get(contacts, ada.id)
    assert record.values["tags"] == frozenset({"vip", "newsletter"})
    assert record.values["lists"] == frozenset({NEWSLETTER, CUSTOMERS})


async def test_taking_a_list_away_unsubscribes_and_nobody_is_subscribed_again_unasked(
    sandbox: Sandbox, connect: Connect, shop: Connector, contacts: ObjectSchema, ada: Record
) -> None:
    left = await shop.update(contacts, ada, {"lists": None})
    assert left.values["lists"] is None
    with pytest.raises(RecordRefused) as caught:
        await shop.update(contacts, left, {"lists": frozenset({NEWSLETTER}), "firstName": "Not sent"})
    assert caught.value.message == (
        "The contact has left the list Newsletter, or never confirmed it, so that Shop was not told to subscribe it "
        "again. Nothing was changed."
    )
    assert caught.value.field == "lists"
    assert "Subscribe people again" in caught.value.hint
    assert (await shop.get(contacts, ada.id)).values["firstName"] is None
    asked = await connect("activecampaign", resubscribe="on")
    again = await asked.update(contacts, left, {"lists": frozenset({NEWSLETTER})})
    assert again.values["lists"] == frozenset({NEWSLETTER})
    with pytest.raises(InvalidInput):
        await connect("activecampaign", resubscribe="perhaps")


async def test_a_stale_list_does_not_subscribe_somebody_who_left_meanwhile(
    connect: Connect, shop: Connector, contacts: ObjectSchema, ada: Record
) -> None:
    await (await connect("activecampaign")).update(contacts, ada, {"lists": None})
    updated = await shop.update(contacts, ada, {"lists": frozenset({NEWSLETTER, CUSTOMERS})})
    assert updated.values["lists"] == frozenset({CUSTOMERS})


async def test_a_tag_deleted_meanwhile_is_made_anew(
    sandbox: Sandbox, shop: Connector, contacts: ObjectSchema, ada: Record
) -> None:
    await shop.update(contacts, ada, {"tags": frozenset({"passing"})})
    ready = sandbox.ready("activecampaign")
    async with httpx.AsyncClient(
        verify=NO_CERTIFICATES,
        base_url=f"{ready['base_url']}/api/3",
        headers={"Api-Token": ready["token"]},
        trust_env=False,
    ) as api:
        (tag,) = (await api.get("/tags", params={"search": "passing"})).json()["tags"]
        await api.delete(f"/tags/{tag['id']}")
    other = await shop.create(contacts, {"email": f"b.{next(_serial)}@bonds.example", "tags": frozenset({"passing"})})
    assert (await shop.get(contacts, other.id)).values["tags"] == frozenset({"passing"})


async def test_a_contact_that_is_gone_has_no_tags_to_change(
    shop: Connector, contacts: ObjectSchema, ada: Record
) -> None:
    await shop.delete(contacts, ada.id)
    with pytest.raises(NotFound):
        await shop.update(contacts, ada, {"tags": frozenset({"late"})})


def _listing(**beside: object) -> bytes:
    contact = {"id": "7", "email": "seven@example.com"}
    return reply(json.dumps({"contacts": [contact], "meta": {"total": "1"}, **beside}))


async def test_an_account_that_brings_no_tags_along_counts_as_not_read(
    connect: Connect, contacts: ObjectSchema, caplog: pytest.LogCaptureFixture
) -> None:
    schema = contacts.with_fields(*(contacts.by_key[key] for key in ("@id", "email", "tags", "lists")))
    async with raw_server([_listing()]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        found, _ = await read(shop, schema)
    assert not found["7"].has("tags")
    assert not found["7"].has("lists")
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "Agency lists contacts without their tags and lists"
    ]
    bonds = {"contactTags": [{"id": "1", "contact": "7", "tag": "5"}], "contactLists": []}
    hidden = reply('{"tag": {"id": "5", "tag": "hidden"}}')
    none = reply('{"tags": [], "meta": {"total": "0"}}')
    async with raw_server([_listing(**bonds), none, hidden]) as server:
        shop = await connect("activecampaign", base_url=server.url)
        found, _ = await read(shop, schema)
    assert found["7"].values["tags"] == frozenset({"hidden"})
    assert found["7"].values["lists"] is None


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (
            "404 Not Found",
            '{"errors":[{"status":404,"title":"Not Found","detail":"Contact not found"}]}',
            "does not have",
        ),
        ("422 Unprocessable", '{"errors":[{"title":"No tag id provided"}]}', "No tag id provided."),
    ],
)
async def test_a_contact_that_could_not_be_given_its_tags_says_that_it_is_there(
    connect: Connect, contacts: ObjectSchema, status: str, body: str, text: str
) -> None:
    schema = contacts.with_fields(*(contacts.by_key[key] for key in ("@id", "email", "tags")))
    made = reply('{"contact": {"id": "7", "email": "seven@example.com"}}', status="201 Created")
    tag = reply('{"tag": {"id": "5", "tag": "vip"}}')
    async with raw_server([made, tag, reply(body, status=status)]) as server:
        shop = await connect("activecampaign", name="Shop", base_url=server.url)
        with pytest.raises(RecordRefused) as caught:
            await shop.create(schema, {"email": "seven@example.com", "tags": frozenset({"vip"})})
    assert caught.value.message.startswith(
        "Shop created the contact seven@example.com, but did not give it its tags and lists: "
    )
    assert text in caught.value.message
