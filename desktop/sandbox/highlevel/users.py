"""``/users``: the people who work in the location.

Source: https://marketplace.gohighlevel.com/docs/ghl/users/.
"""

from __future__ import annotations

from typing import Any

from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.ids import short_id
from desktop.sandbox.highlevel.wire import Key, query_of, refuse
from desktop.sandbox.kernel import Answer, Call, Endpoint

_STAFF = (("Amelia", "Walker"), ("Jonas", "Keller"), ("Priya", "Sharma"))


class Users:
    """The users of a location of this seed, and the handlers of their endpoints."""

    def __init__(self, account: Account, seed: int) -> None:
        self._account = account
        self._all = {short_id(seed, 401, number): names for number, names in enumerate(_STAFF)}
        self.ids = tuple(self._all)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/users/", self.list, "users.readonly"),
            Endpoint("GET", "/users/{userId}", self.get, "users.readonly"),
        ]

    def list(self, call: Call) -> Answer:
        self._account.admit(call, query_of(call, {"locationId": Key(required=True)})["locationId"])
        return Answer(200, {"users": [self._report(id_) for id_ in self.ids]})

    def get(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        id_ = call.params["userId"]
        if id_ not in self._all:
            raise refuse(400, f"User with id {id_} not found")
        return Answer(200, self._report(id_))

    def _report(self, id_: str) -> dict[str, Any]:
        first, last = self._all[id_]
        return {
            "id": id_,
            "name": f"{first} {last}",
            "firstName": first,
            "lastName": last,
            "email": f"{first.lower()}@shop.example.com",
            "phone": "+15125550101",
            "extension": "",
            "roles": {"type": "account", "role": "admin", "locationIds": [self._account.location]},
        }
