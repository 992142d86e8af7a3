"""How the site shows users: by context, with ``_fields``, and with links
(developer.wordpress.org/rest-api/reference/users/#schema).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from desktop.sandbox.accessally.roles import capabilities
from desktop.sandbox.accessally.site import Site, can, can_edit, rest_url
from desktop.sandbox.accessally.store import User
from desktop.sandbox.kernel import Call

EDIT = (
    "id", "username", "name", "first_name", "last_name", "email", "url", "description", "link", "locale",
    "nickname", "slug", "roles", "registered_date", "capabilities", "extra_capabilities", "avatar_urls", "meta",
)  # fmt: skip
_EMBED = ("id", "name", "url", "description", "link", "slug", "avatar_urls")
CONTEXTS = {"edit": EDIT, "view": (*_EMBED, "meta"), "embed": _EMBED}


def wanted_fields(call: Call) -> list[str]:
    """The names in ``_fields``; none means all."""
    given = ",".join(value for name, value in call.query_all if name in ("_fields", "_fields[]"))
    return [name.strip() for name in given.split(",") if name.strip()]


def show(site: Site, user: User, call: Call, context: str, *, links: bool = True) -> dict[str, Any]:
    """A user as the caller sees it in a context.

    A part of ``meta`` alone cannot be chosen: the whole of a part is left out then.
    """
    wanted = wanted_fields(call)
    names = [name for name in CONTEXTS[context] if not wanted or name in wanted or name == "id"]
    if "roles" in names and not (can(call, "list_users") or can_edit(call, user)):
        names.remove("roles")
    document = {name: _value(site, user, call, name, context) for name in names}
    if links and (not wanted or any(name.split(".")[0] == "_links" for name in wanted)):
        document["_links"] = {
            "self": [{"href": rest_url(call, f"/wp/v2/users/{user.id}")}],
            "collection": [{"href": rest_url(call, "/wp/v2/users")}],
        }
    return document


def _value(site: Site, user: User, call: Call, name: str, context: str) -> Any:
    match name:
        case "username":
            return user.login
        case "slug":
            return user.nicename
        case "link":
            return f"{call.base_url}/author/{user.nicename}/"
        case "locale":
            return user.locale or "en_US"
        case "registered_date":
            return datetime.fromtimestamp(user.registered, UTC).isoformat()
        case "capabilities":
            return capabilities(user.roles) or {}
        case "extra_capabilities":
            return dict.fromkeys(user.roles, True)
        case "avatar_urls":
            return _avatars(user.email)
        case "meta":
            # Everything that is registered shows in context edit alone; an empty PHP array is a list.
            return site.fields.values(user) if context == "edit" else []
        case _:
            return getattr(user, name)


def _avatars(email: str) -> dict[str, str]:
    digest = hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()
    return {str(size): f"https://secure.gravatar.com/avatar/{digest}?s={size}&d=mm&r=g" for size in (24, 48, 96)}


def select(document: Any, call: Call) -> Any:
    """An answer with the fields that ``_fields`` names; of a list, each of its elements."""
    wanted = wanted_fields(call)
    if not wanted:
        return document
    if isinstance(document, list):
        return [_selected(item, wanted) for item in document]
    return _selected(document, wanted)


def _selected(document: Any, wanted: list[str]) -> Any:
    if not isinstance(document, dict):
        return document
    chosen: dict[str, Any] = {}
    for key, value in document.items():
        inner = [name.partition(".")[2] for name in wanted if name.partition(".")[0] == key]
        if not inner:
            continue
        chosen[key] = value if "" in inner or not isinstance(value, dict) else _selected(value, inner)
    return chosen or []
