"""``/users``: who the key belongs to (developers.activecampaign.com/reference/users)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.sandbox.activecampaign.documents import Documents, page
from desktop.sandbox.activecampaign.errors import missing
from desktop.sandbox.activecampaign.query import Query, whole
from desktop.sandbox.activecampaign.state import base
from desktop.sandbox.kernel import Answer, Call, Endpoint


class Users:
    """The user resource.

    Every key belongs to one user; ``admin`` of a user is the sandbox's own knowledge.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def endpoints(self) -> list[Endpoint]:
        """Routes of this resource."""
        return [
            Endpoint("GET", "/api/3/users", self.browse),
            Endpoint("GET", "/api/3/users/me", self.me),
            Endpoint("GET", "/api/3/users/{id}", self.get),
        ]

    def add(self, token: str, *, admin: bool) -> None:
        """A new user with this key."""
        number = len(self._documents.all("user")) + 1
        user = {
            "username": "admin" if number == 1 else f"user{number}",
            "firstName": "Amelia" if number == 1 else "Noah",
            "lastName": "Hart",
            "email": "amelia.hart@example.com" if number == 1 else f"user{number}@example.com",
            "phone": "",
            "signature": None,
            "token": token,
            "admin": admin,
        }
        self._documents.add("user", user)

    def of_token(self, token: str) -> Mapping[str, Any] | None:
        """The user whose key this is."""
        return next((user for user in self._documents.all("user") if user["token"] == token), None)

    def browse(self, call: Call) -> Answer:
        """``GET /users``."""
        users, total = page(Query(call.query_all), self._documents.all("user"))
        return Answer(200, {"users": [_document(user, base(call)) for user in users], "meta": {"total": str(total)}})

    def me(self, call: Call) -> Answer:
        """``GET /users/me``: the cheapest way to see whether a key is good."""
        user = self.of_token(call.caller.token)
        assert user is not None
        return Answer(200, {"user": _document(user, base(call))})

    def get(self, call: Call) -> Answer:
        """``GET /users/{id}``."""
        user = self._documents.get("user", whole(call.params["id"]))
        if user is None:
            raise missing("User", call.params["id"])
        return Answer(200, {"user": _document(user, base(call))})


def _document(user: Mapping[str, Any], address: str) -> dict[str, Any]:
    hidden = ("token", "admin")
    names = ("lists", "userGroup", "configs")
    links = {name: f"{address}/users/{user['id']}/{name}" for name in names}
    return {key: value for key, value in user.items() if key not in hidden} | {"links": links}
