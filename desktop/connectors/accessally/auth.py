"""How a WordPress site is addressed and signed in to, and what its user has to be allowed.

Sources: https://developer.wordpress.org/rest-api/using-the-rest-api/authentication/ (application passwords: HTTP Basic
with a user name or e-mail address) and https://wordpress.org/documentation/article/roles-and-capabilities/.
WordPress states no quota; the pace is ours, so that a small host is not overrun.
"""

from __future__ import annotations

import re
from base64 import b64encode

from desktop.connectors.dialect import Answer, Dialect, ServerError
from desktop.connectors.redaction import Secret
from desktop.domain.errors import CredentialRefused

LABEL = "WordPress"
REQUESTS_PER_SECOND = 20
CAPABILITIES = {
    "list_users": "Seeing the members",
    "create_users": "Creating members",
    "edit_users": "Changing members and their fields",
    "promote_users": "Giving members roles",
    "delete_users": "Deleting members",
}
"""What the connection's user needs, and for what in the operator's words."""
WHERE_TO_MAKE_ONE = (
    "Make one in WordPress under Users, Profile, Application Passwords. "
    "The password for signing in to the site does not work here."
)

_INSIDE_THE_SITE = re.compile(r"/(wp-json|wp-admin|wp-login\.php)(/.*)?$")


def site_address(text: str) -> str:
    """The site's address from what was copied: with or without ``/wp-json``, ``?rest_route=`` or ``/wp-admin``."""
    address = text.strip()
    head, mark, rest = address.partition("?")
    if not mark or "rest_route=" in rest:
        address = head
    return _INSIDE_THE_SITE.sub("", address.rstrip("/")).rstrip("/")


def checked_credential(name: str, secret: Secret) -> Secret:
    """The credential as ``user:password``, the password without the spaces that it is shown with.

    :raises CredentialRefused: when it has no user or no password.
    """
    user, colon, password = secret.reveal().partition(":")
    user, password = user.strip(), re.sub(r"\s", "", password)
    if not colon or not user or not password:
        raise CredentialRefused(
            f"What is stored as the credential of {name} is not a user name and an application password.",
            f"Enter it as user:password, with a colon between. {WHERE_TO_MAKE_ONE}",
        )
    return Secret(f"{user}:{password}")


def basic(credential: str) -> tuple[str, str]:
    """The header that carries ``user:password``."""
    return "Authorization", f"Basic {b64encode(credential.encode()).decode('ascii')}"


def dialect(requests_per_second: int = REQUESTS_PER_SECOND) -> Dialect:
    """A WordPress site's HTTP."""
    return Dialect(
        label=LABEL,
        authorize=basic,
        read_quota=lambda _headers: None,
        limit=max(1, requests_per_second),
        interval_seconds=1.0,
        meaning=meaning,
    )


def meaning(answer: Answer) -> ServerError:
    """What an answer of 500 or more means.

    WordPress's inner functions know no status: their refusals, such as ``existing_user_email``, come as 500 with
    ``data`` null. A database that fails is worded the same way and may work again. The bridge plugin words its own.
    """
    data = answer.data
    if not isinstance(data, dict) or not isinstance(data.get("code"), str):
        return ServerError.FAILURE
    code = str(data["code"])
    if code == "crosswalk_accessally_failed":
        return ServerError.EXPLAINED
    if code in ("rest_invalid_stored_value", "rest_trash_not_supported") or code.startswith("crosswalk_"):
        return ServerError.REFUSAL
    worded = answer.status == 500 and data.get("data", "") is None and not code.startswith(("db_", "internal_"))
    return ServerError.REFUSAL if worded else ServerError.FAILURE
