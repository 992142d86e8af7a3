"""Who a token belongs to, and what that person's role lets them do.

Roles: https://activecollab.com/help (Owners, Members and Clients). What a role may do is not told by the API; reading
changes nothing, so what can be read is tried.
"""

from __future__ import annotations

from desktop.connectors.activecollab.client import Row, Wire
from desktop.connectors.base import Identity, Permission
from desktop.domain.errors import NotFound, ScopeMissing

_OWNER, _CLIENT = "Owner", "Client"
_PROJECT_MAKERS = frozenset({"can_manage_projects"})


async def identify(wire: Wire, user_id: str | None) -> Identity:
    """The application, and the person whose token it is.

    :param user_id: as the token states it, ``None`` when it states none.
    """
    info = await wire.data("GET", "/info")
    if not isinstance(info, dict):
        raise wire.unexpected("the answer to /info is no object")
    version = str(info.get("version") or "")
    application = f"ActiveCollab {version}".strip()
    may_list = Permission("projects", await _may(wire, "/projects"), "Reading the projects this person takes part in")
    if user_id is None:
        return Identity(wire.transport.name, application, (may_list,))
    user = await wire.single("GET", f"/users/{user_id}", record=f"the person {user_id}")
    role = str(user.get("class") or "")
    return Identity(
        name=str(user.get("display_name") or user.get("email") or user_id),
        detail=", ".join(part for part in (str(user.get("email") or ""), role, application) if part),
        permissions=(may_list, *_by_role(user, role)),
    )


def _by_role(user: Row, role: str) -> tuple[Permission, ...]:
    owner = role == _OWNER
    custom = frozenset(map(str, user.get("custom_permissions") or ()))
    return (
        Permission("all projects", owner, "Seeing every project, not only those this person takes part in"),
        Permission("manage projects", owner or bool(custom & _PROJECT_MAKERS), "Creating and changing projects"),
        Permission("time tracking", None if role == _CLIENT else True, "Reading and changing time records"),
        Permission("hidden tasks", role != _CLIENT, "Seeing tasks that are hidden from clients"),
        Permission("people and companies", owner, "Changing companies and people"),
    )


async def _may(wire: Wire, path: str) -> bool:
    try:
        await wire.call("GET", path)
    except (ScopeMissing, NotFound):
        return False
    return True
