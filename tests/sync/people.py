"""Contacts of both platforms as people there see and change them, for tests that edit at random."""

from __future__ import annotations

from typing import Any

import httpx

from desktop.domain.mapping import Side
from desktop.sandbox.server import SandboxServer
from tests.local_http import NO_CERTIFICATES
from tests.sandbox.client import Control, HighLevelClient

FIELDS = ("firstName", "lastName")
PLATFORMS = {Side.LEFT: "highlevel", Side.RIGHT: "activecampaign"}


class People:
    """The contacts on both sides, by e-mail address."""

    def __init__(self, server: SandboxServer) -> None:
        self.highlevel = HighLevelClient(server)
        ready = server.ready["platforms"]["activecampaign"]
        self.activecampaign = httpx.Client(
            verify=NO_CERTIFICATES,
            base_url=f"{ready['base_url']}/api/3",
            headers={"Api-Token": ready["token"]},
            timeout=10,
        )
        self.control = Control(server)

    def close(self) -> None:
        self.highlevel.http.close()
        self.activecampaign.close()

    def on(self, side: Side) -> dict[str, dict[str, Any]]:
        """The contacts of a side. Fails when two have the same address."""
        found: dict[str, dict[str, Any]] = {}
        for contact in self._all(side):
            email = contact["email"]
            assert email not in found, f"{email} is there twice on the {side.value} side"
            found[email] = contact
        return found

    def _all(self, side: Side) -> list[dict[str, Any]]:
        if side is Side.LEFT:
            return self.highlevel.contacts()["contacts"]
        return self._call("GET", "/contacts", limit=100)["contacts"]

    def create(self, side: Side, email: str, **values: str) -> None:
        if side is Side.LEFT:
            self.highlevel.contact(email=email, **values)
        else:
            self._call("POST", "/contacts", {"contact": {"email": email, **values}})

    def change(self, side: Side, email: str, **values: str) -> None:
        contact_id = self.on(side)[email]["id"]
        if side is Side.LEFT:
            self.highlevel.call("PUT", f"/contacts/{contact_id}", values)
        else:
            self._call("PUT", f"/contacts/{contact_id}", {"contact": values})

    def delete(self, side: Side, email: str) -> None:
        contact_id = self.on(side)[email]["id"]
        if side is Side.LEFT:
            self.highlevel.call("DELETE", f"/contacts/{contact_id}")
        else:
            self._call("DELETE", f"/contacts/{contact_id}")

    def writes(self) -> tuple[int, int]:
        """Requests that write, so far, on both sides."""
        left, right = (self.control.stats(PLATFORMS[side])["writes"] for side in Side)
        return left, right

    def _call(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        answer = self.activecampaign.request(method, path, params=query or None, json=body)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None
