"""Signing in: the page of consent, access tokens for a day, refresh tokens that work once, and an agency's tokens.

Sources: https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0 and the vendor's OpenAPI document of OAuth.
The page of consent asks nobody: it allows what is asked for and leads back at once. Codes also come from the control
address. An app is known by its first exchange: from then on its secret has to be the same.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from desktop.sandbox.clock import Clock
from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.ids import new_hex_id, new_uuid, short_id
from desktop.sandbox.highlevel.wire import Key, Shape, check, query_of, refuse, whole
from desktop.sandbox.kernel import Answer, Call, Endpoint, Refusal
from desktop.sandbox.storage import Row, Storage

ACCESS_SECONDS = 86_399
REFRESH_SECONDS = 365 * 86_400
_GRANTS = ("authorization_code", "refresh_token")
_COMPANY, _LOCATION = "Company", "Location"
_FORM: Shape = {
    "client_id": Key(required=True),
    "client_secret": Key(required=True),
    "grant_type": Key(required=True),
    "code": Key(),
    "refresh_token": Key(),
    "user_type": Key(),
    "redirect_uri": Key(),
}
_LOCATION_FORM: Shape = {"companyId": Key(required=True), "locationId": Key(required=True)}
_INSTALLED: Shape = {
    "companyId": Key(required=True),
    "appId": Key(required=True),
    **{name: Key() for name in ("skip", "limit", "query", "isInstalled", "versionId", "onTrial", "planId")},
    "locationId": Key(),
}


class OAuth:
    """Codes and refresh tokens, kept in storage: each is worth one pair of tokens with the scopes it was
    made for, to the app that it was made for (``client`` blank: to any).
    """

    def __init__(self, account: Account, clock: Clock, storage: Storage, seed: int) -> None:
        self._account = account
        self._clock = clock
        self._storage = storage
        self._locations = {
            account.location: ("Blue Heron Shop", "Austin, TX"),
            # It has no data here: its tokens are good for nothing but being made.
            short_id(seed, 105, 0): ("Blue Heron Wholesale", "Dallas, TX"),
        }
        storage.script(
            "CREATE TABLE IF NOT EXISTS highlevel_oauth_grants (secret TEXT PRIMARY KEY, sort TEXT NOT NULL,"
            " scopes TEXT NOT NULL, user_type TEXT NOT NULL, client TEXT NOT NULL, redirect TEXT NOT NULL,"
            " expires REAL NOT NULL);"
            "CREATE TABLE IF NOT EXISTS highlevel_oauth_apps (client TEXT PRIMARY KEY, secret TEXT NOT NULL);"
        )

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/v2/oauth/chooselocation", self.consent, tag="public"),
            Endpoint("POST", "/oauth/token", self.token, write=False, tag="public"),
            Endpoint("GET", "/oauth/installedLocations", self.installed, scope="oauth.readonly"),
            Endpoint("POST", "/oauth/locationToken", self.location_token, scope="oauth.write", write=False),
        ]

    def new_code(self, scopes: Collection[str]) -> str:
        """An authorization code, as the redirect after consent would bring it."""
        return self._grant("authorization_code", " ".join(sorted(scopes)), _LOCATION)

    def consent(self, call: Call) -> Answer:
        """Lead back with a code. An agency's installation leads back without the state, as it really does."""
        query = call.query
        redirect = query.get("redirect_uri", "")
        if query.get("response_type") != "code" or not query.get("client_id"):
            return _page("error.invalidrequest")
        if not query.get("version_id"):
            return _page("error.noversionid")
        if urlsplit(redirect).hostname != "127.0.0.1":
            return _page("error.invalidredirecturi")
        scopes = query.get("scope", "")
        agency = "oauth.write" in scopes.split()
        kind = _COMPANY if agency else _LOCATION
        back = {"code": self._grant("authorization_code", scopes, kind, query["client_id"], redirect)}
        if not agency and "state" in query:
            back["state"] = query["state"]
        return Answer(302, None, (("Location", f"{redirect}?{urlencode(back)}"),))

    def token(self, call: Call) -> Answer:
        form = _form(call, _FORM)
        sort = form["grant_type"]
        if sort not in _GRANTS:
            raise refuse(422, [f"grant_type must be one of the following values: {', '.join(_GRANTS)}"])
        self._check_app(form["client_id"], form["client_secret"])
        secret = form.get("code" if sort == "authorization_code" else "refresh_token", "")
        row = self._storage.one(
            "SELECT scopes, user_type, client, redirect FROM highlevel_oauth_grants"
            " WHERE secret = ? AND sort = ? AND expires > ?",
            (secret, sort, self._clock.now()),
        )
        if row is None or not _meant(row, form):
            name = "Authorization code" if sort == "authorization_code" else "Refresh token"
            raise _unauthorized(f"{name} not found")
        with self._storage.transaction():
            self._storage.execute("DELETE FROM highlevel_oauth_grants WHERE secret = ?", (secret,))
            return Answer(200, self._pair(row[0], row[1], form["client_id"]))

    def installed(self, call: Call) -> Answer:
        query = query_of(call, _INSTALLED)
        self._check_company(call, query["companyId"])
        skip, limit = whole(query.get("skip"), "skip", 0), whole(query.get("limit"), "limit", 20)
        rows = [
            {"_id": key, "name": name, "address": address, "isInstalled": True}
            for key, (name, address) in self._locations.items()
            if query.get("query", "").lower() in name.lower()
        ]
        return Answer(
            200,
            {"locations": rows[skip : skip + limit], "count": len(rows), "installToFutureLocations": False},
        )

    def location_token(self, call: Call) -> Answer:
        form = _form(call, _LOCATION_FORM)
        self._check_company(call, form["companyId"])
        if form["locationId"] not in self._locations:
            raise refuse(400, "Location not found")
        scopes = sorted(call.caller.scopes - {"oauth.readonly", "oauth.write"})
        made = self._access(scopes, form["locationId"])
        return Answer(
            201,
            {
                **made,
                "scope": " ".join(scopes),
                "locationId": form["locationId"],
                "userId": short_id(0, 104, 0),
                "userType": _LOCATION,
            },
        )

    def _check_app(self, client: str, secret: str) -> None:
        row = self._storage.one("SELECT secret FROM highlevel_oauth_apps WHERE client = ?", (client,))
        if row is None:
            self._storage.execute("INSERT INTO highlevel_oauth_apps VALUES (?, ?)", (client, secret))
        elif row[0] != secret:
            raise _unauthorized("Invalid client credentials")

    def _check_company(self, call: Call, company: str) -> None:
        if call.caller.account != self._account.company:
            raise refuse(401, "This authClass type is not allowed to access this scope.")
        if company != self._account.company:
            raise refuse(403, "The token does not have access to this company.")

    def _pair(self, scopes: str, user_type: str, client: str) -> dict[str, Any]:
        about: dict[str, Any] = {"companyId": self._account.company}
        if user_type == _LOCATION:
            about["locationId"] = self._account.location
        return {
            **self._access(scopes.split(), self._account.company if user_type == _COMPANY else self._account.location),
            "refresh_token": self._grant("refresh_token", scopes, user_type, client),
            "refreshTokenId": new_hex_id(),
            "scope": scopes,
            "userType": user_type,
            **about,
            "userId": short_id(0, 104, 0),
            "isBulkInstallation": user_type == _COMPANY,
        }

    def _access(self, scopes: Collection[str], account: str) -> dict[str, Any]:
        """A new access token for a location, or for the company."""
        token = self._account.issue(
            f"eyJ{new_hex_id()}.{new_hex_id()}.{new_hex_id()}",
            scopes,
            location=account,
            owner="oauth",
            expires=self._clock.now() + ACCESS_SECONDS,
        )
        return {"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_SECONDS}

    def _grant(self, sort: str, scopes: str, user_type: str, client: str = "", redirect: str = "") -> str:
        secret = new_uuid().replace("-", "") + new_hex_id()
        self._storage.execute(
            "INSERT INTO highlevel_oauth_grants VALUES (?, ?, ?, ?, ?, ?, ?)",
            (secret, sort, scopes, user_type, client, redirect, self._clock.now() + REFRESH_SECONDS),
        )
        return secret


def _meant(row: Row, form: dict[str, str]) -> bool:
    """Whether a grant is for the app that presents it, and a code for the address that it was sent to."""
    _scopes, _kind, client, redirect = row
    return client in ("", form["client_id"]) and (not redirect or redirect == form.get("redirect_uri"))


def _form(call: Call, shape: Shape) -> dict[str, str]:
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    check(form, shape)
    return form


def _unauthorized(description: str) -> Refusal:
    return Refusal(Answer(401, {"error": "UnAuthorized!", "error_description": description}))


def _page(error: str) -> Answer:
    """What a person sees of a wrong link."""
    return Answer(400, f"<!DOCTYPE html><p>{error}</p>".encode(), content_type="text/html; charset=utf-8")
