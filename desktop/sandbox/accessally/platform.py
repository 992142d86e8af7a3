"""A WordPress 6.1 site with AccessAlly as one platform of the sandbox, under ``/accessally``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING

from desktop.sandbox import inputs
from desktop.sandbox.accessally import seeding
from desktop.sandbox.accessally.application_passwords import ApplicationPasswords
from desktop.sandbox.accessally.arguments import is_email
from desktop.sandbox.accessally.bridge import NAMESPACE, Bridge
from desktop.sandbox.accessally.errors import no_route, refuse, wp_error
from desktop.sandbox.accessally.fields import Fields
from desktop.sandbox.accessally.index import Index
from desktop.sandbox.accessally.limits import SmallHost
from desktop.sandbox.accessally.roles import CAPABILITIES, capabilities
from desktop.sandbox.accessally.routing import JSON, Router, asked_path
from desktop.sandbox.accessally.schema import user_schema
from desktop.sandbox.accessally.site import Site, rest_url
from desktop.sandbox.accessally.store import Store, User, spaced
from desktop.sandbox.accessally.users import Users
from desktop.sandbox.accessally.webhooks import Webhook
from desktop.sandbox.kernel import Answer, Call, Caller, Endpoint, RateLimit

if TYPE_CHECKING:
    from desktop.sandbox.kernel import Context

_HTML = "text/html; charset=UTF-8"
_SETTINGS = "accessally.settings"
_VISITOR = Caller(token="")


class AccessAlly:
    """The whole emulator: who is calling, what answers, and how an error is worded."""

    name = "accessally"
    prefix = "/accessally"

    def __init__(self, context: Context) -> None:
        store = Store(context.storage, context.clock)
        self._storage = context.storage
        self._site = Site(store, Fields(context.storage), Webhook(context.storage, context.clock))
        self._site.settings.change(context.storage.get_value(_SETTINGS) or {})
        self._index = Index(self._site)
        parts = (Users(self._site), ApplicationPasswords(self._site), Bridge(self._site), self._index)
        self._router = Router([route for part in parts for route in part.routes()])
        self._router.schemas["user"] = lambda: user_schema(self._site.fields)
        self._index.router = self._router

    def endpoints(self) -> list[Endpoint]:
        """Every route in both address forms, and the few pages that are needed."""
        served = [
            Endpoint(endpoint.method, endpoint.path, self._serve, write=endpoint.write)
            for endpoint in self._router.endpoints()
        ]
        return [*served, *self._index.endpoints()]

    def _serve(self, call: Call) -> Answer:
        if not call.path.startswith(JSON) and "rest_route" not in call.query:
            return self._index.front_page(call)
        if asked_path(call).startswith(NAMESPACE) and not self._site.settings.bridge:
            raise no_route()
        return self._router.serve(call)

    def seed(self, seed: int, records: int) -> None:
        """Fill the site with about a fifth as many members as `records`."""
        seeding.seed(self._site, seed, records)

    def ready(self, origin: str) -> dict[str, object]:
        """The site's address and the administrator's ``user:application password``."""
        row = self._storage.one("SELECT password FROM accessally_passwords WHERE user_id = 1 AND name = 'sandbox'")
        assert row is not None
        return {"base_url": f"{origin}{self.prefix}", "token": f"admin:{spaced(row[0])}"}

    def authenticate(self, call: Call) -> Caller:
        """The user of the Basic credentials, else a visitor; wrong ones are a visitor's too, or with
        ``strict_login`` raise 401.
        """
        given = _basic(call.headers.get("authorization", ""))
        if given is None or not self._site.settings.application_passwords:
            return _VISITOR
        name, password = given
        user, identifier = self._site.store.login(name, password)
        if user is not None and identifier is not None:
            return _caller(user, identifier)
        if self._site.settings.strict_login:
            raise refuse(*_wrong_login(user, name), 401)
        return _VISITOR

    def quota_key(self, call: Call) -> str:
        """All callers share the host."""
        return "site"

    def limiter(self) -> RateLimit:
        """A fresh allowance."""
        return SmallHost()

    def error(self, status: int, call: Call) -> Answer:
        """WordPress's own for what it answers itself; the web server's page where it never got that far."""
        if status == 404:
            if call.path.startswith(JSON):
                return no_route().answer
            return Answer(404, b"<!DOCTYPE html><title>Page not found</title>\n", content_type=_HTML)
        if status == 400:
            return wp_error("rest_invalid_json", "Invalid JSON body passed.", 400)
        if status == 401:
            return wp_error("rest_not_logged_in", "You are not currently logged in.", 401)
        if status == 403:
            return wp_error("rest_forbidden", "Sorry, you are not allowed to do that.", 403)
        if status == 500:
            message = "There has been a critical error on this website."
            return wp_error("internal_server_error", message, 500)
        status = 503 if status == 429 else status
        body = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n"
        return Answer(status, body.encode(), content_type=_HTML)

    def finish(self, call: Call, answer: Answer) -> Answer:
        """The headers that every answer of the API carries."""
        if not answer.content_type.startswith("application/json"):
            return answer
        headers = [
            ("X-Robots-Tag", "noindex"),
            ("X-Content-Type-Options", "nosniff"),
            ("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
            *answer.headers,
        ]
        if not any(name == "Link" for name, _ in answer.headers):
            headers.append(("Link", f'<{rest_url(call)}>; rel="https://api.w.org/"'))
        if call.caller.account:
            headers.append(("Cache-Control", "no-cache, must-revalidate, max-age=0"))
        return Answer(answer.status, answer.body, tuple(headers), answer.content_type)

    def configure(self, settings: Mapping[str, object]) -> None:
        """Change the settings. Raises ``ValueError`` for an unknown name or a wrong value."""
        self._site.settings.change(settings)
        self._storage.set_value(_SETTINGS, self._site.settings.report())

    def new_token(self, options: Mapping[str, object]) -> str:
        """A further user of a ``role`` (administrator when none is named), as ``user:application password``.

        Raises ``ValueError``.
        """
        inputs.only(options, ("role",))
        role = inputs.one_of("role", options.get("role", "administrator"), CAPABILITIES)
        number = self._site.store.count("1", ()) + 1
        while self._site.store.by_login(f"{role}{number}") is not None:
            number += 1
        login = f"{role}{number}"
        user = User(0, login, f"{login}@site.example.com", name=login, nickname=login, roles=[role])
        self._site.store.insert(user)
        _, password = self._site.store.add_password(user.id, "sandbox")
        return f"{login}:{spaced(password)}"


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, text = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(text).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


def _caller(user: User, identifier: str) -> Caller:
    scopes = frozenset(capabilities(user.roles))
    return Caller(token=identifier, account=str(user.id), scopes=scopes, admin="manage_options" in scopes)


def _wrong_login(user: User | None, name: str) -> tuple[str, str]:
    if user is not None:
        return "incorrect_password", "The provided password is an invalid application password."
    if is_email(name):
        return "invalid_email", "<strong>Error</strong>: Unknown email address. Check again or try your username."
    return "invalid_username", "<strong>Error</strong>: Unknown username. Check again or try your email address."


def platform(context: Context) -> AccessAlly:
    """The emulator over the sandbox's storage and clock."""
    return AccessAlly(context)
