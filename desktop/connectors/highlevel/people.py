"""Who changed a record, as HighLevel tells it.

Source: https://marketplace.gohighlevel.com/docs/ghl/objects/ (``lastUpdatedBy``) and
https://marketplace.gohighlevel.com/docs/ghl/users/get-user. Records of custom objects and companies tell it; contacts,
opportunities and tasks do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from desktop.connectors.highlevel.auth import USER_READ
from desktop.connectors.highlevel.client import SearchRefused, Wire
from desktop.connectors.highlevel.relations import name_in
from desktop.domain.errors import NotFound, ScopeMissing

APP = "app"
"""Stands for every program that writes through the API: the platform gives them ids, but no names."""

_APPS = frozenset({"OAUTH", "PUBLIC_API", "INTEGRATION"})


def author_of(meta: object) -> str:
    """The id of a user, :data:`APP`, or blank, from ``lastUpdatedBy``: ``{channel, source, sourceId, createdAt}``."""
    if not isinstance(meta, dict):
        return ""
    channel = meta.get("channel")
    if isinstance(channel, str) and channel.endswith("_USER"):
        user_id = meta.get("sourceId")
        return user_id if isinstance(user_id, str) else ""
    return APP if channel in _APPS else ""


async def names_of(wire: Wire, ids: Iterable[str]) -> dict[str, str]:
    """The names of users, without those that are gone. Nobody's where the token may not see users."""
    names: dict[str, str] = {}
    for key in ids:
        if key == APP:
            names[key] = "an app"
            continue
        try:
            user = await wire.data("GET", f"/users/{quote(key, safe='')}", USER_READ, record=f"the user {key}")
        except ScopeMissing:
            break
        except (NotFound, SearchRefused):
            continue
        if name := name_in(user):
            names[key] = name
    return names
