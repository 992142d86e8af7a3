"""Getting a token, and who calls with one.

A self-hosted instance answers ``issue-token`` in one call; a token that the same person has for the same client is
dead from then on. The cloud signs in at an address of its own, which answers an intent (on the user in older answers,
on each account in newer ones), and the account changes the intent into a token. With two-factor sign-in the cloud
answers a lone ``intent_id``; how the code is then sent is not settled by the vendor: here, and it is this sandbox's
own choice, a second ``POST external/login`` with ``intent_id`` and ``code`` goes on.

The bodies follow the vendor's PHP client (feather-sdk, with its issues 32 and 35); the numbers of the failures are
those that self-hosted version 8 gives.
"""

from __future__ import annotations

import secrets

from desktop.sandbox.activecollab import fields
from desktop.sandbox.activecollab.errors import failure, forbidden, missing, unauthenticated
from desktop.sandbox.activecollab.kinds import OPEN, USER, Document
from desktop.sandbox.activecollab.site import Site, number, whoami
from desktop.sandbox.kernel import Answer, Call, Caller, Endpoint, Refusal
from desktop.sandbox.storage import Row

ACCOUNTS = {"123456": "Blue Heron Studio", "654321": "Oak & Ember"}
CODE = "246810"
UNKNOWN_USER, WRONG_PASSWORD, NOT_ALLOWED = 2, 3, 4

_TABLES = """
CREATE TABLE IF NOT EXISTS activecollab_subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    user INTEGER NOT NULL,
    client_name TEXT NOT NULL,
    client_vendor TEXT NOT NULL,
    created_on INTEGER NOT NULL,
    UNIQUE (user, client_name, client_vendor)
);
CREATE TABLE IF NOT EXISTS activecollab_intents (
    intent TEXT PRIMARY KEY,
    user INTEGER NOT NULL,
    purpose TEXT NOT NULL
);
"""


class Access:
    """Sign-in and the tokens that come of it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        site.storage.script(_TABLES)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/info", self.info),
            Endpoint("POST", "/issue-token", self.issue_token, write=False, tag="public"),
            Endpoint("GET", "/users/{user}/api-subscriptions", self.subscriptions),
            Endpoint("GET", "/users/{user}/api-subscriptions/{id}", self.subscription),
            Endpoint("DELETE", "/users/{user}/api-subscriptions/{id}", self.revoke),
        ]

    def login_endpoint(self, path: str) -> Endpoint:
        """The cloud's sign-in, at an address that is no account's."""
        return Endpoint("POST", path, self.external_login, write=False, tag="public")

    def intent_endpoint(self) -> Endpoint:
        """Where an account of the cloud changes an intent into a token."""
        return Endpoint("POST", "/issue-token-intent", self.issue_token_intent, write=False, tag="public")

    def caller(self, call: Call) -> Caller:
        """Who the token in ``X-Angie-AuthApiToken`` stands for. Raises 401; its body is the sandbox's own."""
        token = call.headers.get("x-angie-authapitoken", "")
        row = self._site.storage.one("SELECT user FROM activecollab_subscriptions WHERE token = ?", (token,))
        user = self._site.objects.get(USER, row[0]) if row else None
        if user is None or USER.state(user) != OPEN:
            raise unauthenticated()
        return Caller(token=token, account=str(user["id"]), scopes=frozenset({user["class"]}))

    def issue(self, user: int, client_name: str, client_vendor: str, token: str = "") -> str:
        """A token for a person's client, instead of the one it had."""
        token = token or f"{user}-{secrets.token_urlsafe(30)}"
        storage = self._site.storage
        sql = "DELETE FROM activecollab_subscriptions WHERE user = ? AND client_name = ? AND client_vendor = ?"
        storage.execute(sql, (user, client_name, client_vendor))
        sql = (
            "INSERT INTO activecollab_subscriptions (token, user, client_name, client_vendor, created_on)"
            " VALUES (?, ?, ?, ?, ?)"
        )
        storage.execute(sql, (token, user, client_name, client_vendor, self._site.now()))
        return token

    def info(self, call: Call) -> Answer:
        """``GET /info``: which application and version this is."""
        return Answer(200, {"application": "ActiveCollab", "version": "7.4.765", "system_url": call.base_url})

    def issue_token(self, call: Call) -> Answer:
        """``POST /issue-token``. An account of the cloud fails in the way that puzzles its users."""
        if "account" in call.params:
            message = "DOMDocument::loadXML(): Argument #1 ($source) must not be empty"
            raise failure(message, "ValueError")
        sent = _sent(call, "username", "password", "client_name", "client_vendor")
        user = self._active(sent["username"])
        if user is None:
            raise _refused(UNKNOWN_USER, "User not found")
        if user["password"] != sent["password"]:
            raise _refused(WRONG_PASSWORD, "Invalid password")
        if not user["may_issue_tokens"]:
            raise _refused(NOT_ALLOWED, "You are not allowed to issue API tokens")
        token = self.issue(user["id"], sent["client_name"], sent["client_vendor"])
        return Answer(200, {"is_ok": True, "token": token})

    def external_login(self, call: Call) -> Answer:
        """The cloud's first step; failures too are answered 200."""
        body = call.json()
        body = body if isinstance(body, dict) else {}
        if "intent_id" in body:
            user = self._second_factor(body)
        else:
            user = self._active(body.get("email"))
            if user is not None and user["password"] != body.get("password"):
                user = None
            if user is not None and self._site.settings.two_factor:
                return Answer(200, {"intent_id": self._intent(user, "two-factor")})
        if user is None:
            return Answer(200, {"is_ok": False, "message": "Login failed"})
        return Answer(200, self._welcome(call, user))

    def _second_factor(self, body: Document) -> Document | None:
        found = self._site.storage.one(
            "SELECT user FROM activecollab_intents WHERE intent = ? AND purpose = 'two-factor'",
            (str(body["intent_id"]),),
        )
        if found is None or body.get("code") != CODE:
            return None
        self._site.storage.execute("DELETE FROM activecollab_intents WHERE intent = ?", (str(body["intent_id"]),))
        return self._site.objects.get(USER, found[0])

    def _welcome(self, call: Call, user: Document) -> Document:
        settings = self._site.settings
        names = list(ACCOUNTS)[: 2 if settings.second_account else 1]
        accounts: list[Document] = [
            {
                "name": name,
                "display_name": ACCOUNTS[name],
                "url": f"{call.base_url}/cloud/{name}",
                "class": "FeatherApplicationInstance",
            }
            for name in names
        ]
        greeted: Document = {
            "first_name": user["first_name"],
            "last_name": user["last_name"],
            "avatar_url": "https://activecollab.example.com/avatar.png",
        }
        for holder in [greeted] if settings.intent_on == "user" else accounts:
            holder["intent"] = self._intent(user, "token")
        return {"is_ok": 1, "user": greeted, "accounts": accounts}

    def issue_token_intent(self, call: Call) -> Answer:
        """The cloud's second step: an intent is worth one token."""
        sent = _sent(call, "client_vendor", "client_name", "intent")
        storage = self._site.storage
        sql = "SELECT user FROM activecollab_intents WHERE intent = ? AND purpose = 'token'"
        found = storage.one(sql, (sent["intent"],))
        if found is None:
            raise failure("Intent is not valid.")
        storage.execute("DELETE FROM activecollab_intents WHERE intent = ?", (sent["intent"],))
        return Answer(200, {"is_ok": 1, "token": self.issue(found[0], sent["client_name"], sent["client_vendor"])})

    def subscriptions(self, call: Call) -> Answer:
        """``GET /users/<id>/api-subscriptions``: which clients hold a token; the tokens are not shown."""
        sql = f"SELECT {_SHOWN} FROM activecollab_subscriptions WHERE user = ? ORDER BY id"
        return Answer(200, [_subscription(row) for row in self._site.storage.all(sql, (self._own(call),))])

    def subscription(self, call: Call) -> Answer:
        """``GET /users/<id>/api-subscriptions/<id>``."""
        return Answer(200, {"single": self._subscription(call)})

    def revoke(self, call: Call) -> Answer:
        """``DELETE /users/<id>/api-subscriptions/<id>``: the token is dead."""
        found = self._subscription(call)
        self._site.storage.execute("DELETE FROM activecollab_subscriptions WHERE id = ?", (found["id"],))
        return Answer(200, {"single": found})

    def _subscription(self, call: Call) -> Document:
        sql = f"SELECT {_SHOWN} FROM activecollab_subscriptions WHERE user = ? AND id = ?"
        row = self._site.storage.one(sql, (self._own(call), number(call)))
        if row is None:
            raise missing()
        return _subscription(row)

    def _own(self, call: Call) -> int:
        user = number(call, "user")
        if user != whoami(call) and "Owner" not in call.caller.scopes:
            raise forbidden()
        return user

    def _active(self, email: object) -> Document | None:
        """The person with this address who is neither archived nor in the trash."""
        found = self._site.objects.find(USER, "state = ?", OPEN) if isinstance(email, str) else []
        return next((user for user in found if user["email"].lower() == str(email).strip().lower()), None)

    def _intent(self, user: Document, purpose: str) -> str:
        kind = "eyJ0eXAiOiJKV1QifQ." if purpose == "token" else ""
        intent = f"{kind}{secrets.token_urlsafe(24)}"
        self._site.storage.execute("INSERT INTO activecollab_intents VALUES (?, ?, ?)", (intent, user["id"], purpose))
        return intent


_SHOWN = "id, user, client_name, client_vendor, created_on"


def _subscription(row: Row) -> Document:
    number_, user, name, vendor, made = row
    return {
        "id": number_,
        "class": "ApiSubscription",
        "url_path": f"/users/{user}/api-subscriptions/{number_}",
        "user_id": user,
        "client_name": name,
        "client_vendor": vendor,
        "created_on": made,
        "is_enabled": True,
    }


def _sent(call: Call, *names: str) -> dict[str, str]:
    """The texts of the body, every one of them required."""
    body = call.json()
    return fields.read(body if isinstance(body, dict) else {}, dict.fromkeys(names, fields.required), names)


def _refused(kind: int, message: str) -> Refusal:
    return Refusal(Answer(500, {"type": kind, "message": message}))
