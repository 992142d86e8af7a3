"""The refusals of the WordPress REST API: ``{"code", "message", "data"}``
(developer.wordpress.org/rest-api/using-the-rest-api/, class ``WP_Error``).

``data`` holds the status, at times more, and is null where core forgot it: that answer's status is 500.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desktop.sandbox.kernel import Answer, Caller, Refusal


def wp_error(code: str, message: str, status: int, **data: object) -> Answer:
    """An error as the API words it."""
    return Answer(status, {"code": code, "message": message, "data": {**data, "status": status}})


def refuse(code: str, message: str, status: int = 400, **data: object) -> Refusal:
    """A refusal with the status in its ``data``."""
    return Refusal(wp_error(code, message, status, **data))


def unworded(code: str, message: str) -> Refusal:
    """An error of WordPress's inner functions, which know no HTTP status: 500, ``data`` null."""
    return Refusal(Answer(500, {"code": code, "message": message, "data": None}))


def not_allowed(caller: Caller, code: str, message: str, **data: object) -> Refusal:
    """A right is missing: 401 for who is not signed in, 403 for who is."""
    return refuse(code, message, 403 if caller.account else 401, **data)


def no_route() -> Refusal:
    """Unknown path, or a method that the path does not have."""
    return refuse("rest_no_route", "No route was found matching the URL and request method.", 404)


def missing_params(names: Sequence[str]) -> Refusal:
    """Required parameters were not sent."""
    message = f"Missing parameter(s): {', '.join(names)}"
    return Refusal(
        Answer(
            400,
            {
                "code": "rest_missing_callback_param",
                "message": message,
                "data": {"status": 400, "params": list(names)},
            },
        )
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value. ``code`` blank: WordPress gives the message alone."""

    code: str
    message: str
    data: Mapping[str, object] | None = None

    def report(self) -> dict[str, object]:
        return {"code": self.code, "message": self.message, "data": self.data}


def invalid_params(problems: Mapping[str, Problem]) -> Refusal:
    """Parameters were sent that are not valid."""
    details = {name: problem.report() for name, problem in problems.items() if problem.code}
    data = {
        "status": 400,
        "params": {name: problem.message for name, problem in problems.items()},
        # An empty PHP array is an empty list in JSON, whatever it was meant to be.
        "details": details or [],
    }
    message = f"Invalid parameter(s): {', '.join(problems)}"
    return Refusal(Answer(400, {"code": "rest_invalid_param", "message": message, "data": data}))
