"""``/oauth/token``: access tokens for a day, and refresh tokens that work once.

Source: https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0. Authorization codes, which a
person's consent in the browser gives, come from the control address here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

from desktop.sandbox.clock import Clock
from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.ids import new_hex_id, new_uuid, short_id
from desktop.sandbox.highlevel.wire import Key, Shape, check, refuse
from desktop.sandbox.kernel import Answer, Call, Endpoint, Refusal
from desktop.sandbox.storage import Storage

ACCESS_SECONDS = 86_399
_GRANTS = ("authorization_code", "refresh_token")
_FORM: Shape = {
    "client_id": Key(required=True),
    "client_secret": Key(required=True),
    "grant_type": Key(required=True),
    "code": Key(),
    "refresh_token": Key(),
    "user_type": Key(),
    "redirect_uri": Key(),
}


class OAuth:
    """Codes and refresh tokens, kept in storage: each is worth one pair of tokens with the scopes it was
    made for.
    """

    def __init__(self, account: Account, clock: Clock, storage: Storage) -> None:
        self._account = account
        self._clock = clock
        self._storage = storage
        storage.execute(
            "CREATE TABLE IF NOT EXISTS highlevel_grants"
            " (secret TEXT PRIMARY KEY, sort TEXT NOT NULL, scopes TEXT NOT NULL)"
        )

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint("POST", "/oauth/token", self.token, write=False, tag="public")]

    def new_code(self, scopes: Collection[str]) -> str:
        """An authorization code, as the redirect after consent would bring it."""
        return self._grant("authorization_code", " ".join(sorted(scopes)))

    def token(self, call: Call) -> Answer:
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        check(form, _FORM)
        sort = form["grant_type"]
        if sort not in _GRANTS:
            raise refuse(422, [f"grant_type must be one of the following values: {', '.join(_GRANTS)}"])
        secret = form.get("code" if sort == "authorization_code" else "refresh_token", "")
        row = self._storage.one("SELECT scopes FROM highlevel_grants WHERE secret = ? AND sort = ?", (secret, sort))
        if row is None:
            name = "Authorization code" if sort == "authorization_code" else "Refresh token"
            body = {"error": "UnAuthorized!", "error_description": f"{name} not found"}
            raise Refusal(Answer(401, body))
        with self._storage.transaction():
            self._storage.execute("DELETE FROM highlevel_grants WHERE secret = ?", (secret,))
            return Answer(200, self._pair(row[0]))

    def _pair(self, scopes: str) -> dict[str, Any]:
        expires = self._clock.now() + ACCESS_SECONDS
        access = self._account.issue(
            f"eyJ{new_hex_id()}.{new_hex_id()}.{new_hex_id()}", scopes.split(), owner="oauth", expires=expires
        )
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
            "refresh_token": self._grant("refresh_token", scopes),
            "refreshTokenId": new_hex_id(),
            "scope": scopes,
            "userType": "Location",
            "companyId": self._account.company,
            "locationId": self._account.location,
            "userId": short_id(0, 104, 0),
            "isBulkInstallation": False,
        }

    def _grant(self, sort: str, scopes: str) -> str:
        secret = new_uuid().replace("-", "") + new_hex_id()
        self._storage.execute("INSERT INTO highlevel_grants VALUES (?, ?, ?)", (secret, sort, scopes))
        return secret
