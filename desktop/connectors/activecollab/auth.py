"""ActiveCollab's addresses, its credential, and what its HTTP is like.

Sources: https://developers.activecollab.com/api-documentation (v1) and the vendor's own client,
https://github.com/activecollab/activecollab-feather-sdk.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from desktop.connectors.dialect import Answer, Dialect, ServerError

CLOUD = "https://app.activecollab.com"
API = "/api/v1"
TOKEN_HEADER = "X-Angie-AuthApiToken"
REQUESTS_PER_SECOND = 5
"""No limit is published. With the usual share of it this makes four requests a second."""
_VENDOR = "activecollab.com"
_INVALID = re.compile(r"(?i)valid|param|argument")
_KNOWN = re.compile(r"Failed to match|Job type is required|Invalid timesheet period")


def dialect(per_second: int = REQUESTS_PER_SECOND, meaning: Callable[[Answer], ServerError] | None = None) -> Dialect:
    """The platform's HTTP: a gentle pace, and a status of 500 for most of what the application refuses."""
    return Dialect(
        label="ActiveCollab",
        authorize=lambda token: (TOKEN_HEADER, token),
        read_quota=lambda _headers: None,
        limit=per_second,
        interval_seconds=1.0,
        meaning=meaning or meaning_of,
    )


def meaning_of(answer: Answer) -> ServerError:
    """What a status of 500 and more means.

    The application answers JSON with a ``type``. Validation, with ``field_errors`` or a type of that kind, and paths
    that it does not know are refusals, and nothing was saved. Of any other failure it is not certain that nothing was:
    it may have come after. A server that has failed answers a web page or nothing.
    """
    if answer.status != 500 or not isinstance(answer.data, dict) or "type" not in answer.data:
        return ServerError.FAILURE
    if answer.data.get("field_errors") or _INVALID.search(str(answer.data["type"])):
        return ServerError.REFUSAL
    if _KNOWN.search(str(answer.data.get("message") or "")):
        return ServerError.REFUSAL
    return ServerError.EXPLAINED


def api_address(text: str) -> str:
    """The address of the API, from an account's or server's address with or without ``/api/v1``."""
    address = text.strip().rstrip("/")
    return (address if address.endswith(API) else address + API) if address else address


def in_cloud(address: str) -> bool:
    """Whether an address is the vendor's own, where every account has its number in the address."""
    host = urlsplit(address).hostname or ""
    return host == _VENDOR or host.endswith(f".{_VENDOR}")


def lacks_account(address: str) -> bool:
    """Whether an address of the cloud leaves open which account is meant."""
    parts = urlsplit(address).path.removesuffix(API).strip("/")
    return in_cloud(address) and not parts.isdecimal()


def user_of(token: str) -> str | None:
    """The id of the person whose token it is: the number before the first hyphen."""
    number, hyphen, _rest = token.partition("-")
    return number if hyphen and number.isdecimal() else None
