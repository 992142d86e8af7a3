"""Who a token belongs to and what it may do, found out without changing anything.

Source: https://marketplace.gohighlevel.com/docs/Authorization/Scopes. The platform does not tell a token's scopes:
reading ones are tried with a harmless read, writing ones can't be tried without writing.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from desktop.connectors.base import Identity, Permission
from desktop.connectors.highlevel.auth import (
    ASSOCIATION_READ,
    ASSOCIATION_WRITE,
    CONTACT_READ,
    CONTACT_WRITE,
    FIELD_READ,
    FIELD_WRITE,
    LOCATION_READ,
    OPPORTUNITY_READ,
    OPPORTUNITY_WRITE,
    RECORD_READ,
    RECORD_WRITE,
    RELATION_READ,
    RELATION_WRITE,
    SCHEMA_READ,
    SCHEMA_WRITE,
    TASK_READ,
    USER_READ,
    Scope,
)
from desktop.connectors.highlevel.client import SearchRefused, Wire
from desktop.connectors.highlevel.schemas import stated_currency
from desktop.connectors.together import together
from desktop.domain.errors import NotFound, ScopeMissing

_NO_RECORD = "000000000000000000000000"
_NO_USER = "00000000000000000000"


async def identify(wire: Wire) -> Identity:
    """The account's name and currency, and every scope with whether the token has it.

    :raises CredentialRefused: when the token is not accepted, or is for another location.
    """
    # The first call alone shows whether the token is known at all.
    location = await _try(wire, LOCATION_READ, "GET", f"/locations/{quote(wire.location, safe='')}")
    if location[1] is not None and not isinstance(location[1].get("location"), dict):
        raise wire.unexpected("the answer holds no location")
    calls = (
        _try(wire, SCHEMA_READ, "GET", "/objects/", params=_location(wire)),
        _try(
            wire,
            CONTACT_READ,
            "POST",
            "/contacts/search",
            json={**_location(wire), "pageLimit": 1, "page": 1},
        ),
        _try(wire, FIELD_READ, "GET", f"/locations/{quote(wire.location, safe='')}/customFields"),
        _try(wire, ASSOCIATION_READ, "GET", "/associations/", params={**_location(wire), "skip": 0, "limit": 1}),
        _try(
            wire,
            RELATION_READ,
            "GET",
            f"/associations/relations/{_NO_RECORD}",
            params={**_location(wire), "skip": 0, "limit": 1},
        ),
        _try(wire, OPPORTUNITY_READ, "GET", "/opportunities/pipelines", params=_location(wire)),
        _try(wire, TASK_READ, "POST", f"/locations/{quote(wire.location, safe='')}/tasks/search", json={"limit": 1}),
        _try(wire, USER_READ, "GET", f"/users/{_NO_USER}"),
    )
    objects, *others = await together(calls)
    contacts, fields, associations, relations, opportunities, tasks, users = (may for may, _ in others)
    records = await _records(wire, objects[1])
    about: dict[str, Any] = (location[1] or {}).get("location") or {}
    granted = (
        (LOCATION_READ, location[0]),
        (SCHEMA_READ, objects[0]),
        (SCHEMA_WRITE, None),
        (RECORD_READ, records),
        (RECORD_WRITE, None),
        (CONTACT_READ, contacts),
        (CONTACT_WRITE, None),
        (TASK_READ, tasks),
        (OPPORTUNITY_READ, opportunities),
        (OPPORTUNITY_WRITE, None),
        (FIELD_READ, fields),
        (FIELD_WRITE, None),
        (ASSOCIATION_READ, associations),
        (ASSOCIATION_WRITE, None),
        (RELATION_READ, relations),
        (RELATION_WRITE, None),
        (USER_READ, users),
    )
    return Identity(
        name=str(about.get("name") or f"Location {wire.location}"),
        detail=", ".join(str(about[key]) for key in ("city", "state", "country") if about.get(key)) or wire.location,
        permissions=tuple(Permission(scope.name, may, scope.needed_for) for scope, may in granted),
        quota=wire.transport.quota,
        currency=stated_currency(location[1] or {}) or None,
    )


async def _records(wire: Wire, objects: dict[str, Any] | None) -> bool | None:
    customs = [item for item in (objects or {}).get("objects") or [] if not item.get("standard")]
    if not customs:
        return None
    body = {**_location(wire), "pageLimit": 1, "page": 1}
    return (await _try(wire, RECORD_READ, "POST", f"/objects/{customs[0]['key']}/records/search", json=body))[0]


async def _try(
    wire: Wire, scope: Scope, method: str, path: str, **more: Any
) -> tuple[bool | None, dict[str, Any] | None]:
    """Whether a harmless call is allowed, and its answer."""
    try:
        data = await wire.data(method, path, scope, idempotent=True, **more)
    except ScopeMissing:
        return False, None
    except (NotFound, SearchRefused):
        # It got past the check of the token and failed on what it asked for.
        return True, None
    return True, data


def _location(wire: Wire) -> dict[str, str]:
    return {"locationId": wire.location}
