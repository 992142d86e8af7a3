"""One emulated ActiveCollab instance, spoken to over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from desktop.sandbox.server import SandboxServer
from tests.local_http import NO_CERTIFICATES

API = "/api/v1"


class Instance:
    """The sandbox's instance with the owner's token, and the sandbox's control address."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.ready: dict[str, Any] = server.ready["platforms"]["activecollab"]
        self.control = httpx.Client(verify=NO_CERTIFICATES, base_url=server.ready["control_url"])
        self.api = self.client(self.ready["token"])

    def client(self, token: str, base: str | None = None) -> httpx.Client:
        """A client of the API with another token, or at another address."""
        return httpx.Client(
            verify=NO_CERTIFICATES,
            base_url=f"{base or self.ready['base_url']}{API}",
            headers={"X-Angie-AuthApiToken": token},
        )

    def get(self, path: str, **query: object) -> httpx.Response:
        return self.api.get(path, params={name.rstrip("_"): str(value) for name, value in query.items()})

    def read(self, path: str, **query: object) -> Any:
        """The JSON of a GET that has to succeed."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, /, **body: object) -> httpx.Response:
        return self.api.post(path, json=body)

    def put(self, path: str, /, **body: object) -> httpx.Response:
        return self.api.put(path, json=body)

    def made(self, path: str, /, **body: object) -> dict[str, Any]:
        """What a POST that has to succeed made."""
        return single(self.post(path, **body))

    def changed(self, path: str, /, **body: object) -> dict[str, Any]:
        """What a PUT that has to succeed made of it."""
        return single(self.put(path, **body))

    def wrong(self, path: str, /, **body: object) -> dict[str, list[str]]:
        """The field errors of a POST that has to be refused."""
        return field_errors(self.post(path, **body))

    def project(self, name: str = "Website", **given: object) -> dict[str, Any]:
        return self.made("/projects", name=name, **given)

    def task(self, project: int, name: str = "Prepare offer", **given: object) -> dict[str, Any]:
        return self.made(f"/projects/{project}/tasks", name=name, **given)

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        assert self.control.post("/clock", json={"advance_seconds": seconds}).status_code == 200

    def configure(self, **settings: object) -> None:
        """Change the platform's settings."""
        answer = self.control.post("/settings", json={"platform": "activecollab", **settings})
        assert answer.status_code == 200, answer.text

    def token(self, role: str) -> str:
        """A further token, of somebody with this role."""
        return self.control.post("/tokens", json={"platform": "activecollab", "role": role}).json()["token"]


def single(answer: httpx.Response) -> dict[str, Any]:
    """The object of an answer that has to be a success."""
    assert answer.status_code == 200, answer.text
    return answer.json()["single"]


def field_errors(answer: httpx.Response) -> dict[str, list[str]]:
    """What is wrong with each field, of an answer that has to be a refusal of them."""
    assert answer.status_code == 500, answer.text
    body = answer.json()
    assert (body["type"], body["message"], body["code"]) == ("ValidationErrors", "Validation failed", 0)
    return body["field_errors"]


def seconds(day: str) -> int:
    """UNIX seconds of a day's UTC midnight."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


@contextmanager
def open_instance(records: int = 100, limits: str = "off", state: Path | None = None) -> Iterator[Instance]:
    """A sandbox of its own with an instance of as many tasks as `records`."""
    with SandboxServer(records=records, seed=1, limits=limits, state_dir=state) as server:
        opened = Instance(server)
        try:
            yield opened
        finally:
            opened.api.close()
            opened.control.close()
