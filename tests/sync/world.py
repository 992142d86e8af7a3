"""Both platforms as a test sees them from outside, and a workspace that is connected to them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import httpx

from desktop.domain.change import RunResult
from desktop.domain.definition import SyncDefinition
from desktop.sandbox.server import SandboxServer
from desktop.workspace.demo import ORDERS, connect_both
from desktop.workspace.workspace import Workspace, open_throwaway
from tests.local_http import NO_CERTIFICATES
from tests.sandbox.client import Control, HighLevelClient

ORDER_PATH = "/objects/custom_objects.orders/records"


class ActiveCampaignClient:
    """Calls ActiveCampaign's emulator."""

    def __init__(self, server: SandboxServer) -> None:
        ready = server.ready["platforms"]["activecampaign"]
        self.http = httpx.Client(
            verify=NO_CERTIFICATES,
            base_url=f"{ready['base_url']}/api/3",
            headers={"Api-Token": ready["token"]},
            timeout=10,
        )
        schemas = self.call("GET", "/customObjects/schemas")["schemas"]
        self.orders_schema = next(item["id"] for item in schemas if item["slug"] == "orders")

    def call(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        answer = self.http.request(method, path, params=query or None, json=body)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def _all(self, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", path, limit=100, offset=len(found), **query)[key]
            found += page
            if len(page) < 100:
                return found

    def orders(self) -> dict[str, dict[str, Any]]:
        """Orders by external id, their fields flattened. Fails when two have the same external id."""
        found: dict[str, dict[str, Any]] = {}
        for record in self._all(f"/customObjects/records/{self.orders_schema}", "records"):
            fields = {item["id"]: item["value"] for item in record["fields"]}
            assert record["externalId"] not in found, f"order {record['externalId']} is there twice"
            found[record["externalId"]] = {**fields, "id": record["id"], "relationships": record["relationships"]}
        return found

    def contacts(self) -> dict[str, dict[str, Any]]:
        """Contacts by e-mail. Fails when two have the same."""
        found: dict[str, dict[str, Any]] = {}
        for contact in self._all("/contacts", "contacts", **{"orders[id]": "ASC"}):
            assert contact["email"] not in found, f"{contact['email']} is there twice"
            found[contact["email"]] = contact
        return found

    def change_order(self, external_id: str, **fields: object) -> None:
        """Change fields of an order as a person there would, leaving the others as they are."""
        path = f"/customObjects/records/{self.orders_schema}"
        record = self.call("GET", f"{path}/external/{external_id}")["record"]
        kept = [item for item in record["fields"] if item["id"] not in fields]
        changed = [{"id": key, "value": value} for key, value in fields.items()]
        body = {"externalId": external_id, "fields": kept + changed, "relationships": record["relationships"]}
        self.call("POST", path, {"record": body})

    def delete_order(self, external_id: str) -> None:
        self.call("DELETE", f"/customObjects/records/{self.orders_schema}/external/{external_id}")


@dataclass(slots=True)
class World:
    """A sandbox and a workspace."""

    server: SandboxServer
    workspace: Workspace
    highlevel: HighLevelClient
    activecampaign: ActiveCampaignClient
    control: Control

    async def add(self, definition: SyncDefinition = ORDERS, **changes: Any) -> str:
        """Save a sync, changed as the test wants it."""
        view = await self.workspace.syncs.save(replace(definition, **changes))
        return view.name

    async def run(self, name: str = ORDERS.name, **options: Any) -> RunResult:
        return await self.workspace.syncs.run(name, **options)

    def writes(self, platform: str = "activecampaign") -> int:
        """Requests that write, so far."""
        return cast("int", self.control.stats(platform)["writes"])

    def source_orders(self) -> dict[str, dict[str, Any]]:
        """HighLevel's orders by number."""
        records: list[dict[str, Any]] = []
        page = 1
        while batch := self.highlevel.search(page=page)["records"]:
            records += batch
            page += 1
        return {record["properties"]["order_number"]: record for record in records}

    def change_source(self, number: str, **properties: Any) -> None:
        record = self.source_orders()[number]
        self.highlevel.change(ORDER_PATH, record["id"], **properties)


@asynccontextmanager
async def open_world(folder: Path, records: int = 12, **settings: Any) -> AsyncGenerator[World]:
    """A sandbox of so many records, and a workspace with both accounts connected and no sync."""
    with SandboxServer(records=records, seed=3, **{"limits": "off", **settings}) as server:
        async with open_throwaway(folder) as workspace:
            await connect_both(workspace, server.ready)
            highlevel = HighLevelClient(server)
            world = World(server, workspace, highlevel, ActiveCampaignClient(server), Control(server))
            try:
                yield world
            finally:
                highlevel.http.close()
                world.activecampaign.http.close()
