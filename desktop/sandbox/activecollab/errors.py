"""The refusals of ActiveCollab's API v1.

Most failures are HTTP 500 with ``type``, ``message`` and ``code``, validation adds ``field_errors``; an object
that does not exist is a 404 with nothing in it, a path that does not exist a 404 that says so. Seen on self-hosted
7.4 and 8; the wording of a 401 or 403 is in no public source and is the sandbox's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.sandbox.kernel import Answer, Refusal

if TYPE_CHECKING:
    from desktop.sandbox.kernel import Call

API = "/api/v1"
HTML = "text/html; charset=utf-8"


def failed(message: str, kind: str = "RuntimeException", status: int = 500) -> Answer:
    """The answer to an application failure."""
    return Answer(status, {"type": kind, "message": message, "code": 0})


def failure(message: str, kind: str = "RuntimeException", status: int = 500) -> Refusal:
    """An application failure."""
    return Refusal(failed(message, kind, status))


def forbidden() -> Refusal:
    """403: the caller's role is not enough."""
    return failure("You are not allowed to do this.", "PermissionDeniedError", 403)


def unauthenticated() -> Refusal:
    """401: the token is missing, replaced or made up."""
    return failure("Token is not valid.", "AuthenticationError", 401)


def invalid(errors: dict[str, str]) -> Refusal:
    """500 with one sentence for each field that is wrong."""
    body = {
        "type": "ValidationErrors",
        "message": "Validation failed",
        "code": 0,
        "field_errors": {name: [sentence] for name, sentence in errors.items()},
    }
    return Refusal(Answer(500, body))


def missing() -> Refusal:
    """A known path without such an object: 404 and no body."""
    return Refusal(Answer(404))


def unmatched(call: Call) -> Answer:
    """404 for a path that the API does not know; outside the API it is the application's own page."""
    _before, api, path = call.path.partition(f"{API}/")
    if not api:
        return page(404, "Not Found")
    return failed(f"Failed to match '{path}' path.", status=404)


def page(status: int, title: str) -> Answer:
    """A page of the web server, not of the API."""
    body = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Answer(status, body.encode(), content_type=HTML)
