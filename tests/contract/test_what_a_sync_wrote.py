"""Third parties' clients, not ours, read from the sandbox what a sync wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest

from desktop.domain.change import RunStatus
from desktop.domain.mapping import ConflictRule, Direction, FieldPair
from desktop.workspace.demo import CONTACTS, ORDERS
from tests.sync.test_one_way import synced_orders
from tests.sync.world import open_world

activecampaign = pytest.importorskip("activecampaign.client")
highlevel_sdk = pytest.importorskip("highlevel")
pytestmark = pytest.mark.anyio


async def test_activecampaigns_records_and_contacts_are_read_by_anothers_client(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        for definition in (ORDERS, CONTACTS):
            await world.add(definition)
            assert (await world.run(definition.name)).status is RunStatus.COMPLETED
        ready = world.server.ready["platforms"]["activecampaign"]
        client = activecampaign.Client(ready["base_url"], ready["token"])
        emails = {contact["email"]: contact for contact in world.highlevel.contacts()["contacts"]}
        wanted = synced_orders(world)
        seen = 0
        for contact_id in await anyio.to_thread.run_sync(_contact_ids, client):
            for order in await anyio.to_thread.run_sync(
                _orders_of, client, world.activecampaign.orders_schema, contact_id
            ):
                properties = wanted[order["externalId"]]
                fields = {item["id"]: item["value"] for item in order["fields"]}
                assert fields["order-number"] == order["externalId"]
                assert fields.get("order-date") == properties.get("order_date")
                contact = await anyio.to_thread.run_sync(client.contacts.retrieve_a_contact, contact_id)
                source = emails[contact["contact"]["email"]]
                assert contact["contact"]["lastName"].casefold() == source["lastNameLowerCase"]
                seen += 1
        assert seen == len(wanted)


def _contact_ids(client: Any) -> list[str]:
    return [contact["id"] for contact in client.contacts.list_all_contacts(limit=100)["contacts"]]


def _orders_of(client: Any, schema: str, contact_id: str) -> list[dict[str, Any]]:
    return client.customobjects.list_all_records(schema, contact_id=contact_id, limit=100)["records"]


async def test_highlevels_records_are_read_by_the_vendors_own_sdk(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.add()
        await world.run()
        number = next(iter(synced_orders(world)))
        world.activecampaign.change_order(number, **{"order-instructions": "Ring twice"})
        back = replace(
            ORDERS,
            name="Back",
            direction=Direction.RIGHT_TO_LEFT,
            fields=(FieldPair("note", "order-instructions"),),
            filter=(),
            conflict=ConflictRule.RIGHT,
        )
        await world.add(back)
        assert (await world.run("Back")).status is RunStatus.COMPLETED
        ready = world.server.ready["platforms"]["highlevel"]

        class Sandboxed(highlevel_sdk.HighLevel):
            BASE_URL = ready["base_url"]

        client = Sandboxed(private_integration_token=ready["token"])
        try:
            record_id = world.source_orders()[number]["id"]
            read = await client.objects.get_record_by_id("custom_objects.orders", record_id)
        finally:
            await client.http_client.aclose()
        assert read["record"]["properties"]["note"] == "Ring twice"
