"""The site's index, its batch route, its front page, and the page that hands out application passwords."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from desktop.sandbox.accessally.arguments import Arg, read
from desktop.sandbox.accessally.documents import select
from desktop.sandbox.accessally.errors import no_route, wp_error
from desktop.sandbox.accessally.routing import Route, Router
from desktop.sandbox.accessally.site import Site, rest_url
from desktop.sandbox.accessally.store import spaced
from desktop.sandbox.kernel import Answer, Call, Endpoint

AUTHORIZE = "/wp-admin/authorize-application.php"
_HTML = "text/html; charset=UTF-8"
_NAME = "Sandbox Members"
_BATCH = (Arg("requests", "array", items="object", required=True),)


class Index:
    """What is not about users."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.router: Router | None = None

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/", self.index),
            Route("GET", "/wp/v2", self.namespace),
            Route("GET", "/crosswalk/v1", self.namespace),
            Route("POST", "/batch/v1", self.batch),
        ]

    def endpoints(self) -> list[Endpoint]:
        """The page where an administrator gives an application a password."""
        return [Endpoint(method, AUTHORIZE, self.authorize, write=False) for method in ("GET", "HEAD")]

    def index(self, call: Call) -> Answer:
        """``GET /``: what the site offers, and whether application passwords can be used."""
        offered: Any = []
        if self._site.settings.application_passwords:
            endpoints = {"authorization": f"{call.base_url}{AUTHORIZE}"}
            offered = {"application-passwords": {"endpoints": endpoints}}
        routes = self._routes()
        document = {
            "name": _NAME,
            "description": "",
            "url": call.base_url,
            "home": call.base_url,
            "gmt_offset": "0",
            "timezone_string": "",
            "namespaces": sorted({route["namespace"] for route in routes.values() if route["namespace"]}),
            "authentication": offered,
            "routes": routes,
            "site_logo": 0,
            "site_icon": 0,
            "site_icon_url": "",
            "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
        }
        return Answer(200, select(document, call))

    def namespace(self, call: Call) -> Answer:
        """``GET /wp/v2`` and its like: the routes of one namespace."""
        name = call.path.strip("/")
        routes = {path: route for path, route in self._routes().items() if route["namespace"] == name}
        if not routes:
            raise no_route()
        return Answer(200, select({"namespace": name, "routes": routes}, call))

    def _routes(self) -> dict[str, dict[str, Any]]:
        assert self.router is not None
        hidden = () if self._site.settings.bridge else ("crosswalk/v1",)
        shown = {route.expression: route.path for route in self.router.routes if route.namespace not in hidden}
        return {expression: self.router.describe(path) for expression, path in shown.items()}

    def batch(self, call: Call) -> Answer:
        """``POST /batch/v1``: none of these routes takes part."""
        requests = read(call, _BATCH)["requests"]
        return Answer(207, {"responses": [self._refused(request) for request in requests]})

    def _refused(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.router is not None
        path = urlsplit(str(request.get("path", ""))).path
        if self.router.has(str(request.get("method", "POST")).upper(), path):
            answer = wp_error("rest_batch_not_allowed", "The requested route does not support batch requests.", 400)
        else:
            answer = no_route().answer
        return {"body": answer.body, "status": answer.status, "headers": []}

    def front_page(self, call: Call) -> Answer:
        """The site itself: its header tells where the API is."""
        link = ("Link", f'<{rest_url(call)}>; rel="https://api.w.org/"')
        return Answer(200, f"<!DOCTYPE html><title>{_NAME}</title>\n".encode(), (link,), _HTML)

    def authorize(self, call: Call) -> Answer:
        """``GET /wp-admin/authorize-application.php``: in the sandbox the administrator is signed in and answers
        at once (setting ``approves_sign_in``); the browser is led back as on a real site.
        """
        query = call.query
        name, back = query.get("app_name", ""), query.get("success_url", "")
        if not name or not self._site.settings.application_passwords:
            return Answer(400, b"<!DOCTYPE html><p>This application cannot be authorized.</p>\n", content_type=_HTML)
        if not self._site.settings.approves_sign_in:
            target = query.get("reject_url") or (f"{back}{_joint(back)}success=false" if back else "")
            return _led(target, b"<!DOCTYPE html><p>The application was not authorized.</p>\n")
        user = self._site.store.user(1)
        assert user is not None
        _, password = self._site.store.add_password(user.id, name, query.get("app_id", ""))
        given = urlencode({"site_url": call.base_url, "user_login": user.login, "password": password})
        shown = f"<!DOCTYPE html><p>Your new password is <code>{spaced(password)}</code></p>\n"
        return _led(f"{back}{_joint(back)}{given}" if back else "", shown.encode())


def _joint(address: str) -> str:
    return "&" if "?" in address else "?"


def _led(target: str, page: bytes) -> Answer:
    if not target:
        return Answer(200, page, content_type=_HTML)
    return Answer(302, b"", (("Location", target),), _HTML)
