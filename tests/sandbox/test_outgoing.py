"""What the emulated platforms tell on their own is what Crosswalk's connectors believe of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from desktop.connectors.registry import platforms
from desktop.connectors.webhooks import Delivery, Receipt
from desktop.sandbox.highlevel.webhooks import PUBLIC_KEY
from desktop.sandbox.server import SandboxServer
from tests.local_http import NO_CERTIFICATES
from tests.sandbox.receiver import Receiver, receiving

PERSON = {"email": "new@example.com", "firstName": "New", "lastName": "One"}


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(records=20, seed=3) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def told(platform: str, server: SandboxServer, receiver: Receiver) -> list[tuple[str, str]]:
    """What the next message names."""
    info = platforms[platform].webhooks
    assert info is not None
    delivery = receiver.next()
    account = server.ready["platforms"][platform].get("account", "")
    receipt = Receipt("", account, datetime.now(UTC), {"webhook_key": PUBLIC_KEY})
    found = info.read(Delivery(delivery.headers, delivery.body), receipt)
    return [(item.object, item.record_id) for item in found]


def configure(server: SandboxServer, platform: str, **settings: Any) -> None:
    httpx.post(
        f"{server.control_url}/settings", json={"platform": platform, **settings}, verify=NO_CERTIFICATES
    ).raise_for_status()


def test_highlevel_tells_of_contacts_and_records(server: SandboxServer, receiver: Receiver) -> None:
    configure(server, "highlevel", webhook_url=receiver.url)
    ready = server.ready["platforms"]["highlevel"]
    headers = {"Authorization": f"Bearer {ready['token']}", "Version": "2021-07-28"}
    here = {"locationId": ready["account"]}
    with httpx.Client(verify=NO_CERTIFICATES, base_url=ready["base_url"], headers=headers) as client:

        def call(method: str, path: str, **more: Any) -> dict[str, Any]:
            return client.request(method, path, **more).raise_for_status().json()

        contact = call("POST", "/contacts/", json={**PERSON, **here})["contact"]["id"]
        assert told("highlevel", server, receiver) == [("contact", contact)]
        call("PUT", f"/contacts/{contact}", json={"firstName": "Other"})
        assert told("highlevel", server, receiver) == [("contact", contact)]
        call("POST", f"/contacts/{contact}/tags", json={"tags": ["vip"]})
        assert told("highlevel", server, receiver) == [("contact", contact)]
        found = call("POST", "/objects/custom_objects.orders/records/search", json={**here, "page": 1, "pageLimit": 1})[
            "records"
        ][0]
        changed = {"properties": {"note": "Told"}}
        call("PUT", f"/objects/custom_objects.orders/records/{found['id']}", params=here, json=changed)
        assert told("highlevel", server, receiver) == [("custom_objects.*", found["id"])]
        call("DELETE", f"/contacts/{contact}")
        assert told("highlevel", server, receiver) == [("contact", contact)]
        client.put("/contacts/nobody", json={"firstName": "Other"})
        call("GET", f"/objects/custom_objects.orders/records/{found['id']}")
    assert receiver.deliveries.empty()


def test_activecampaign_tells_those_who_subscribed(server: SandboxServer, receiver: Receiver) -> None:
    configure(server, "activecampaign", webhook_tunnel=receiver.origin)
    ready = server.ready["platforms"]["activecampaign"]
    with httpx.Client(
        verify=NO_CERTIFICATES, base_url=f"{ready['base_url']}/api/3", headers={"Api-Token": ready["token"]}
    ) as client:

        def call(method: str, path: str, **body: Any) -> dict[str, Any]:
            return client.request(method, path, json=body or None).raise_for_status().json()

        contact = call("POST", "/contacts", contact=PERSON)["contact"]["id"]
        call("PUT", f"/contacts/{contact}", contact={"firstName": "Not told"})
        hook = {"name": "x", "url": "https://hooks.example.com/hook", "events": ["update"], "sources": ["api"]}
        call("POST", "/webhooks", webhook=hook)
        call("PUT", f"/contacts/{contact}", contact={"firstName": "Told"})
        assert told("activecampaign", server, receiver) == [("contacts", contact)]
        call("POST", "/contactTags", contactTag={"contact": contact, "tag": "1"})
        account = call("POST", "/accounts", account={"name": "Not told either"})["account"]["id"]
        assert account
        call("POST", "/contact/sync", contact={"email": PERSON["email"], "lastName": "Two"})
        assert told("activecampaign", server, receiver) == [("contacts", contact)]
    assert receiver.deliveries.empty()


def test_nothing_is_sent_to_other_computers(server: SandboxServer) -> None:
    for platform, setting in (("activecampaign", "webhook_tunnel"), ("highlevel", "webhook_url")):
        answer = httpx.post(
            f"{server.control_url}/settings",
            json={"platform": platform, setting: "https://hooks.example.com"},
            verify=NO_CERTIFICATES,
        )
        assert answer.status_code == 400
