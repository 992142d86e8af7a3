"""One emulated ActiveCampaign account, spoken to over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from desktop.sandbox.server import SandboxServer
from tests.local_http import NO_CERTIFICATES


class Account:
    """The sandbox's account with the administrator's key, and the sandbox's control address."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.ready: dict[str, Any] = server.ready["platforms"]["activecampaign"]
        self.control = httpx.Client(verify=NO_CERTIFICATES, base_url=server.ready["control_url"])
        self.api = self.client(self.ready["token"])

    def client(self, token: str) -> httpx.Client:
        """A client of the API with another key."""
        return httpx.Client(
            verify=NO_CERTIFICATES, base_url=f"{self.ready['base_url']}/api/3", headers={"Api-Token": token}
        )

    def get(self, path: str, **query: object) -> httpx.Response:
        """A GET; a name like ``filters__updated_after`` stands for ``filters[updated_after]``."""
        return self.api.get(path, params=brackets(query))

    def read(self, path: str, **query: object) -> Any:
        """The JSON of a GET that has to succeed."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> httpx.Response:
        return self.api.post(path, json=body)

    def put(self, path: str, body: object) -> httpx.Response:
        return self.api.put(path, json=body)

    def delete(self, path: str) -> httpx.Response:
        return self.api.delete(path)

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        assert self.control.post("/clock", json={"advance_seconds": seconds}).status_code == 200

    def configure(self, **settings: object) -> None:
        """Change the platform's settings."""
        answer = self.control.post("/settings", json={"platform": "activecampaign", **settings})
        assert answer.status_code == 200, answer.text

    def contact(self, email: str, **given: object) -> str:
        """A new contact; its id."""
        answer = self.post("/contacts", {"contact": {"email": email, **given}})
        assert answer.status_code == 201, answer.text
        return answer.json()["contact"]["id"]

    def schema_id(self, slug: str) -> str:
        """The id of a schema."""
        schemas = self.read("/customObjects/schemas", limit=100)["schemas"]
        return next(schema["id"] for schema in schemas if schema["slug"] == slug)


def brackets(query: dict[str, object]) -> list[tuple[str, Any]]:
    """``filters__fields.total__gt=1`` as the pair ``filters[fields.total][gt]``, ``1``."""
    pairs: list[tuple[str, Any]] = []
    for key, value in query.items():
        head, *rest = key.split("__")
        pairs.append((head + "".join(f"[{part}]" for part in rest), value))
    return pairs


@contextmanager
def open_account(records: int = 100, limits: str = "off", state: Path | None = None) -> Iterator[Account]:
    """A sandbox of its own with an account of a fifth as many contacts as `records`."""
    with SandboxServer(records=records, seed=1, limits=limits, state_dir=state) as server:
        opened = Account(server)
        try:
            yield opened
        finally:
            opened.api.close()
            opened.control.close()
