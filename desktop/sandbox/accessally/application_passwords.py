"""``/wp/v2/users/{user}/application-passwords``
(developer.wordpress.org/rest-api/reference/application-passwords/): a password is shown once, when it is made.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from desktop.sandbox.accessally.arguments import Arg, read
from desktop.sandbox.accessally.documents import select
from desktop.sandbox.accessally.errors import not_allowed, refuse
from desktop.sandbox.accessally.routing import Route
from desktop.sandbox.accessally.site import Site, can_edit, rest_url, self_or
from desktop.sandbox.accessally.store import User, spaced
from desktop.sandbox.accessally.text import plain
from desktop.sandbox.kernel import Answer, Call, Refusal

_COLUMNS = "uuid, app_id, name, created, last_used"
_NAMED = Arg("name", required=True, min_length=1, pattern=r".*\S.*", check=plain)
_CREATE = (_NAMED, Arg("app_id"))
_RENAME = (Arg("name", min_length=1, pattern=r".*\S.*", check=plain),)


class ApplicationPasswords:
    """The application passwords of a user, for that user and for who may edit users."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._storage = site.store.storage

    def routes(self) -> list[Route]:
        every = "/wp/v2/users/{user}/application-passwords"
        one = every + "/{uuid}"
        return [
            Route("GET", every, self.browse),
            Route("POST", every, self.create, _CREATE),
            Route("DELETE", every, self.delete_all),
            Route("GET", every + "/introspect", self.introspect),
            Route("GET", one, self.get),
            Route("PUT", one, self.rename, _RENAME),
            Route("POST", one, self.rename, _RENAME),
            Route("PATCH", one, self.rename, _RENAME),
            Route("DELETE", one, self.delete),
        ]

    def browse(self, call: Call) -> Answer:
        """All of a user's, without the passwords."""
        user = self._owner(call, "list")
        sql = f"SELECT {_COLUMNS} FROM accessally_passwords WHERE user_id = ? ORDER BY created, rowid"
        found = [_document(row, user, call) for row in self._storage.all(sql, (user.id,))]
        return Answer(200, select(found, call))

    def create(self, call: Call) -> Answer:
        """A further one; names are unique."""
        given = read(call, _CREATE)
        user = self._owner(call, "create")
        sql = "SELECT 1 FROM accessally_passwords WHERE user_id = ? AND name = ?"
        if self._storage.one(sql, (user.id, given["name"])):
            message = "Each application name should be unique."
            raise refuse("application_password_duplicate_name", message, 409)
        identifier, password = self._site.store.add_password(user.id, given["name"], given.get("app_id", ""))
        document = self._found(call, user, identifier) | {"password": spaced(password)}
        place = rest_url(call, f"/wp/v2/users/{user.id}/application-passwords/{identifier}")
        return Answer(201, select(document, call), (("Location", place),))

    def get(self, call: Call) -> Answer:
        user = self._owner(call, "read")
        return Answer(200, select(self._found(call, user, call.params["uuid"]), call))

    def introspect(self, call: Call) -> Answer:
        """The one that this call was made with."""
        user = self._owner(call, "read")
        return Answer(200, select(self._found(call, user, call.caller.token), call))

    def rename(self, call: Call) -> Answer:
        given = read(call, _RENAME)
        user = self._owner(call, "edit")
        self._found(call, user, call.params["uuid"])
        if "name" in given:
            sql = "UPDATE accessally_passwords SET name = ? WHERE uuid = ?"
            self._storage.execute(sql, (given["name"], call.params["uuid"]))
        return Answer(200, select(self._found(call, user, call.params["uuid"]), call))

    def delete(self, call: Call) -> Answer:
        """Revoke one."""
        user = self._owner(call, "delete")
        previous = self._found(call, user, call.params["uuid"])
        previous.pop("_links")
        self._storage.execute("DELETE FROM accessally_passwords WHERE uuid = ?", (call.params["uuid"],))
        return Answer(200, select({"deleted": True, "previous": previous}, call))

    def delete_all(self, call: Call) -> Answer:
        """Revoke all of a user's."""
        user = self._owner(call, "delete")
        gone = self._storage.execute("DELETE FROM accessally_passwords WHERE user_id = ?", (user.id,)).rowcount
        return Answer(200, {"deleted": True, "count": gone})

    def _owner(self, call: Call, verb: str) -> User:
        user = self_or(call, self._site, call.params["user"])
        if not can_edit(call, user):
            code, what = _REFUSALS[verb]
            raise not_allowed(call.caller, code, f"Sorry, you are not allowed to {what} for this user.")
        return user

    def _found(self, call: Call, user: User, identifier: str) -> dict[str, Any]:
        sql = f"SELECT {_COLUMNS} FROM accessally_passwords WHERE user_id = ? AND uuid = ?"
        row = self._storage.one(sql, (user.id, identifier))
        if row is None:
            raise _unknown()
        return _document(row, user, call)


_REFUSALS = {
    "list": ("rest_cannot_list_application_passwords", "list application passwords"),
    "create": ("rest_cannot_create_application_passwords", "create application passwords"),
    "read": ("rest_cannot_read_application_password", "read this application password"),
    "edit": ("rest_cannot_edit_application_password", "edit this application password"),
    "delete": ("rest_cannot_delete_application_password", "delete application passwords"),
}


def _unknown() -> Refusal:
    return refuse("rest_application_password_not_found", "Application password not found.", 404)


def _document(row: tuple[Any, ...], user: User, call: Call) -> dict[str, Any]:
    identifier, app_id, name, created, last_used = row
    return {
        "uuid": identifier,
        "app_id": app_id,
        "name": name,
        "created": _time(created),
        "last_used": _time(last_used) if last_used else None,
        "last_ip": "127.0.0.1" if last_used else None,
        "_links": {"self": [{"href": rest_url(call, f"/wp/v2/users/{user.id}/application-passwords/{identifier}")}]},
    }


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
