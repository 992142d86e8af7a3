"""A members' site spoken to over real HTTP: the emulated one, or a real WordPress with our plugin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import httpx

from desktop.sandbox.server import SandboxServer
from tests.local_http import NO_CERTIFICATES
from tests.sandbox.client import Control
from tests.wordpress.site import WordPress

USERS = "/wp-json/wp/v2/users"
ME = f"{USERS}/me"
BRIDGE = "/wp-json/crosswalk/v1"
PASSWORD = "S3cret-enough!"


class Site(Protocol):
    """What both kinds of site give a test. ``real``: whether this is WordPress itself."""

    real: bool
    base_url: str

    def token(self, role: str) -> str:
        """``user:application password`` of an account with this role."""
        ...

    def switch(self, **switches: object) -> None:
        """How the site is set up: accessally, mode, strict_login."""
        ...


class Emulated:
    """The sandbox's site, with nobody but its administrator at first."""

    real = False

    def __init__(self, server: SandboxServer) -> None:
        ready = server.ready["platforms"]["accessally"]
        self.base_url: str = ready["base_url"]
        self.control = Control(server)
        self.storage = server.app.world.storage
        self._tokens: dict[str, str] = {"administrator": ready["token"]}

    def token(self, role: str) -> str:
        if role not in self._tokens:
            self._tokens[role] = self.control.post("tokens", platform="accessally", role=role)["token"]
        return self._tokens[role]

    def switch(self, **switches: object) -> None:
        self.control.configure(platform="accessally", **switches)


class Real:
    """The real WordPress."""

    real = True

    def __init__(self, wordpress: WordPress) -> None:
        self.wordpress = wordpress
        self.base_url = wordpress.base_url

    def token(self, role: str) -> str:
        return self.wordpress.credentials[role]

    def switch(self, **switches: object) -> None:
        self.wordpress.switch(**switches)


class Caller:
    """Calls a site, as an account with a role unless told otherwise."""

    def __init__(self, site: Site, token: str | None) -> None:
        name, _, password = (token or "").partition(":")
        self.site = site
        self.http = httpx.Client(
            verify=NO_CERTIFICATES,
            base_url=site.base_url,
            auth=httpx.BasicAuth(name, password) if token else None,
            timeout=20,
        )

    def call(self, method: str, path: str, body: object = None, *, status: int = 200, **query: Any) -> Any:
        """The decoded answer; fails unless it has ``status``."""
        answer = self.ask(method, path, body, **query)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json()

    def ask(self, method: str, path: str, body: object = None, **query: Any) -> httpx.Response:
        return self.http.request(method, path, params=query or None, json=body)

    def refused(self, method: str, path: str, body: object = None, **query: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = self.ask(method, path, body, **query)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["code"]

    def member(self, name: str, **given: Any) -> dict[str, Any]:
        """A new member, named after ``name``."""
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, **given}
        return self.call("POST", USERS, body, status=201)

    def change(self, user: dict[str, Any], **given: Any) -> dict[str, Any]:
        return self.call("POST", f"{USERS}/{user['id']}", given)

    def show(self, user: dict[str, Any]) -> dict[str, Any]:
        return self.call("GET", f"{USERS}/{user['id']}", context="edit")

    def list(self, **query: Any) -> list[str]:
        """The user names that a query finds, in its order."""
        return [user["username"] for user in self.call("GET", USERS, context="edit", **query)]

    def delete(self, user: dict[str, Any]) -> Any:
        return self.call("DELETE", f"{USERS}/{user['id']}", force="true", reassign="false")


@contextmanager
def calling(site: Site, role: str | None = "administrator") -> Iterator[Caller]:
    """A caller with the role's account; ``None`` is a visitor."""
    caller = Caller(site, site.token(role) if role else None)
    with caller.http:
        yield caller
