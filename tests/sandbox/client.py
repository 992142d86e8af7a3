"""A caller of the sandbox over real HTTP, as bare as it gets."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx

from desktop.sandbox.server import SandboxServer
from tests.local_http import NO_CERTIFICATES

ORDERS = "/objects/custom_objects.orders/records"
MEMBERSHIPS = "/objects/custom_objects.memberships/records"


class HighLevelClient:
    """Calls HighLevel's emulator with a token; ``location`` is the seeded sub-account's id."""

    def __init__(self, server: SandboxServer, token: str | None = None, version: str = "2021-07-28") -> None:
        ready = server.ready["platforms"]["highlevel"]
        self.location: str = ready["account"]
        self.token: str = token or ready["token"]
        self.http = httpx.Client(
            verify=NO_CERTIFICATES,
            base_url=ready["base_url"],
            headers={"Authorization": f"Bearer {self.token}", "Version": version},
            timeout=10,
        )

    def __enter__(self) -> HighLevelClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    @property
    def at(self) -> dict[str, Any]:
        """The query that names the location."""
        return {"locationId": self.location}

    def call(self, method: str, path: str, body: object = None, *, status: int | None = None, **query: str) -> Any:
        """The decoded answer; fails unless it has ``status`` (any 2xx when none is named)."""
        answer = self.http.request(method, path, params=query or None, json=body)
        expected = answer.is_success if status is None else answer.status_code == status
        assert expected, (method, path, answer.status_code, answer.text)
        return answer.json()

    def order(self, **properties: Any) -> dict[str, Any]:
        """A new order."""
        return self.create(ORDERS, **properties)

    def create(self, path: str, /, **properties: Any) -> dict[str, Any]:
        body = {"locationId": self.location, "properties": properties}
        return self.call("POST", path, body, status=201)["record"]

    def change(self, path: str, id_: str, /, **properties: Any) -> dict[str, Any]:
        return self.call("PUT", f"{path}/{id_}", {"properties": properties}, **self.at)["record"]

    def refused(self, path: str, /, **properties: Any) -> Any:
        """The message of a create that is refused with 400."""
        body = {"locationId": self.location, "properties": properties}
        return self.call("POST", path, body, status=400)["message"]

    def search(self, path: str = ORDERS, **more: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"locationId": self.location, "pageLimit": 100, **more}
        if "searchAfter" not in body:
            body.setdefault("page", 1)
        return self.call("POST", f"{path}/search", body)

    def seeded(self, path: str = ORDERS) -> dict[str, Any]:
        """A record that was there from the start, as search shows it."""
        return self.search(path, pageLimit=1, sort=[{"field": "createdAt", "direction": "asc"}])["records"][0]

    def ids(self, path: str = ORDERS, **more: Any) -> list[str]:
        return [item["id"] for item in self.search(path, **more)["records"]]

    def contacts(self, **more: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"locationId": self.location, "pageLimit": 100, **more}
        return self.call("POST", "/contacts/search", body, status=200)

    def contact(self, **values: Any) -> dict[str, Any]:
        """A new contact."""
        return self.call("POST", "/contacts/", {"locationId": self.location, **values}, status=201)["contact"]


class Control:
    """Calls the control address."""

    def __init__(self, server: SandboxServer) -> None:
        self._url = server.control_url

    def get(self, path: str) -> Any:
        return httpx.get(f"{self._url}/{path}", verify=NO_CERTIFICATES).raise_for_status().json()

    def post(self, address: str, /, **body: Any) -> Any:
        return httpx.post(f"{self._url}/{address}", json=body, verify=NO_CERTIFICATES).raise_for_status().json()

    def delete(self, path: str) -> Any:
        return httpx.delete(f"{self._url}/{path}", verify=NO_CERTIFICATES).raise_for_status().json()

    def refused(self, address: str, /, **body: Any) -> str:
        """The sentence of a refusal."""
        answer = httpx.post(f"{self._url}/{address}", json=body, verify=NO_CERTIFICATES)
        assert answer.status_code == 400, answer.text
        return answer.json()["error"]

    def stats(self, platform: str = "highlevel") -> dict[str, Any]:
        return self.get("stats")[platform]

    def fault(self, kind: str, **more: Any) -> None:
        self.post("faults", platform=more.pop("platform", "highlevel"), kind=kind, **more)

    def configure(self, **settings: Any) -> None:
        self.post("settings", platform=settings.pop("platform", "highlevel"), **settings)

    def advance(self, seconds: float) -> None:
        self.post("clock", advance_seconds=seconds)
