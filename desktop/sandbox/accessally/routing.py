"""The site's own routing: one table behind both address forms, with the method that a header may name.

developer.wordpress.org/rest-api/using-the-rest-api/global-parameters/: ``/wp-json/wp/v2/users`` and
``/?rest_route=/wp/v2/users`` are the same; ``X-HTTP-Method-Override`` and ``_method`` stand in for a method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from desktop.sandbox.accessally.arguments import Arg
from desktop.sandbox.accessally.errors import no_route
from desktop.sandbox.gateway import Routes
from desktop.sandbox.kernel import Answer, Call, Endpoint, Handler

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_QUIET = ("GET", "HEAD", "OPTIONS")
JSON = "/wp-json"
_EXPRESSIONS = {
    "{id}": r"(?P<id>[\d]+)",
    "{user}": r"(?P<user_id>(?:[\d]+|me))",
    "{uuid}": r"(?P<uuid>[\w\-]+)",
    "{key}": r"(?P<key>[^/]+)",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One method of a path below ``/wp-json`` with its parameters; ``title`` names the schema of what it
    shows."""

    method: str
    path: str
    handle: Handler
    args: Sequence[Arg] = ()
    title: str = ""

    @property
    def namespace(self) -> str:
        return "/".join(self.path.split("/")[1:3])

    @property
    def expression(self) -> str:
        """The path as WordPress writes it, with regular expressions."""
        path = self.path
        for name, expression in _EXPRESSIONS.items():
            path = path.replace(name, expression)
        return path


class Router:
    """Finds and runs the route of a call."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = list(routes)
        self.schemas: dict[str, Callable[[], dict[str, object]]] = {}
        self._found = Routes(Endpoint(route.method, route.path, route.handle) for route in routes)

    def endpoints(self) -> list[Endpoint]:
        """What the pipeline has to know: every path with every method that may lead to one of its own."""
        paths = sorted({route.path for route in self.routes})
        own = [
            Endpoint(method, JSON + path.rstrip("/"), self.serve, write=False if method in _QUIET else None)
            for path in paths
            for method in METHODS
        ]
        plain = [Endpoint(method, "/", self.serve, write=False if method in _QUIET else None) for method in METHODS]
        return own + plain

    def serve(self, call: Call) -> Answer:
        """Run the route that a call asks for. Raises 404 ``rest_no_route``."""
        path, method = asked_path(call), asked_method(call)
        wanted = "GET" if method == "HEAD" else method
        if wanted == "OPTIONS":
            return self._options(call, path)
        endpoint, params = self._found.find(wanted, path)
        if endpoint is None or not well_formed(params):
            raise no_route()
        return endpoint.handle(replace(call, method=method, path=path, params=params, endpoint=call.endpoint))

    def methods(self, path: str) -> list[str]:
        """The methods that a path has."""
        return [method for method in METHODS if self._found.find(method, path)[0] is not None]

    def has(self, method: str, path: str) -> bool:
        endpoint, params = self._found.find(method, path)
        return endpoint is not None and well_formed(params)

    def _options(self, call: Call, path: str) -> Answer:
        methods = self.methods(path)
        if not methods:
            raise no_route()
        title = next(route.title for route in self._all(path))
        schema = {"schema": self.schemas[title]()} if title in self.schemas else {}
        return Answer(200, self.describe(path) | schema, (("Allow", ", ".join(methods)),))

    def describe(self, path: str) -> dict[str, object]:
        """What the answer to OPTIONS and the index say of a path."""
        endpoints = [
            {"methods": [route.method], "args": {arg.name: arg.schema() for arg in route.args}}
            for route in self._all(path)
        ]
        namespace = "/".join(path.split("/")[1:3])
        return {"namespace": namespace, "methods": self.methods(path), "endpoints": endpoints}

    def _all(self, path: str) -> list[Route]:
        """The routes of a path or of a template."""
        found = [self._found.find(method, path)[0] for method in METHODS]
        names = {endpoint.name for endpoint in found if endpoint}
        return [route for route in self.routes if f"{route.method} {route.path}" in names]


def asked_path(call: Call) -> str:
    """The route, without the address form it came in."""
    path = call.path[len(JSON) :] if call.path.startswith(JSON) else call.query.get("rest_route", "/")
    return "/" + path.strip("/")


def asked_method(call: Call) -> str:
    """The method, or the one that a query or header puts in its place."""
    stated = call.query.get("_method") or (
        call.headers.get("x-http-method-override") if call.method == "POST" else None
    )
    return stated.upper() if stated else call.method


def well_formed(params: object) -> bool:
    """Whether the numbers in a path are numbers."""
    assert isinstance(params, dict)
    if "id" in params and not params["id"].isdigit():
        return False
    return "user" not in params or params["user"] == "me" or params["user"].isdigit()
