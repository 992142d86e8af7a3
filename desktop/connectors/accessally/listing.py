"""The list of a site's users, read without gaps while users come and go.

Source: https://developer.wordpress.org/rest-api/reference/users/#list-users (``orderby=id``, ``offset``,
``X-WP-Total``). Ids only grow, so who registers meanwhile comes last. When somebody is deleted, everybody behind moves
forward and the next page would skip one; so each page starts at the last row of the page before it, and where it does
not, the reading goes back until it does.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desktop.connectors.accessally.client import USERS, Wire
from desktop.connectors.pacing import header_number
from desktop.domain.errors import PlatformUnavailable, ScopeMissing

Row = Mapping[str, Any]

FIELDS = "id,username,name,first_name,last_name,email,url,description,locale,nickname,slug,roles,registered_date,meta"
"""What is asked for of each user; a part of ``meta`` alone can't be asked for."""
SEEING: Mapping[str, str | int] = {"context": "edit", "_fields": FIELDS}
_RETURNS = 25


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the list.

    :param rows: those that were not in an earlier page.
    :param total: how many users there are in all.
    """

    rows: Sequence[Row]
    total: int | None
    server_time: datetime | None
    last: bool = False


def checked_row(wire: Wire, row: object) -> Row:
    """A user as the site shows one to somebody who may edit it.

    :raises CredentialRefused: when it is what a visitor is shown.
    :raises UnexpectedAnswer: when it is no user.
    """
    if not isinstance(row, dict) or not row.get("id") or isinstance(row["id"], bool):
        raise wire.refusals.unexpected("the answer holds no user")
    if "email" not in row or "username" not in row:
        raise wire.not_signed_in()
    return row


async def sweep(wire: Wire, filters: Mapping[str, str | int] | None = None) -> AsyncGenerator[Listed]:
    """Every user, or those that the filters choose, in the order of their ids, each once.

    :raises ScopeMissing: when the connection's user may not see everybody.
    :raises PlatformUnavailable: when the list changes faster than it can be read.
    """
    size = wire.page_size
    offset = returns = newest = seen = 0
    while True:
        fetched = await _page(wire, filters or {}, size, offset)
        later = [number for number in fetched.ids if number > newest]
        last = offset + size >= fetched.total
        # Who registers comes last, so that at the end nobody can be missing.
        if not _goes_on(wire, fetched, size, offset, newest) or (last and seen + len(later) < fetched.total):
            returns += 1
            if returns > _RETURNS:
                raise PlatformUnavailable(
                    f"The members of {wire.transport.name} kept changing while they were read.",
                    "Nothing was changed. Try again when fewer changes are made at once.",
                )
            offset = max(0, offset - size * returns)
            continue
        fresh = [row for row in fetched.rows if int(row["id"]) > newest]
        newest = max([newest, *fetched.ids])
        seen += len(later)
        yield Listed(fresh, fetched.total, fetched.server_time, last)
        if last:
            return
        offset += size - 1


@dataclass(frozen=True, slots=True)
class _Fetched:
    """One page as it came; ``ids`` hold also those of users who may not be edited."""

    rows: Sequence[Row]
    ids: Sequence[int]
    total: int
    server_time: datetime | None


def _goes_on(wire: Wire, fetched: _Fetched, size: int, offset: int, newest: int) -> bool:
    """Whether a page is whole and joins what was read before."""
    ids = fetched.ids
    if list(ids) != sorted(set(ids)):
        raise wire.refusals.unexpected("the users are not in the order of their ids")
    if len(ids) != max(0, min(size, fetched.total - offset)):
        return False
    return not offset or (bool(ids) and ids[0] <= newest)


async def _page(wire: Wire, filters: Mapping[str, str | int], size: int, offset: int) -> _Fetched:
    place: dict[str, str | int] = {**filters, "orderby": "id", "order": "asc", "per_page": size, "offset": offset}
    answer = await wire.call("GET", USERS, params={**place, **SEEING}, record="the members")
    if not isinstance(answer.data, list):
        raise wire.refusals.unexpected("the list of users is none")
    stated = header_number(answer.headers, "x-wp-total")
    if stated is None:
        raise wire.refusals.unexpected("the list of users has no X-WP-Total")
    rows = [checked_row(wire, row) for row in answer.data]
    ids = [int(row["id"]) for row in rows]
    if len(ids) < min(size, stated - offset):
        ids = await _every_id(wire, place, ids)
    return _Fetched(rows, ids, stated, answer.server_time)


async def _every_id(wire: Wire, place: Mapping[str, str | int], ids: Sequence[int]) -> Sequence[int]:
    """The ids of a page that came with gaps: WordPress leaves out whom the connection's user may not edit.

    On one site of a network that is the network's own administrators, who are no members to keep in step. Anybody
    without the right would get hardly any page at all.
    """
    if "edit_users" not in (await wire.account()).capabilities:
        raise ScopeMissing(
            f"The WordPress user of {wire.transport.name} may not see all members: it lacks the right edit_users.",
            "Use the application password of an administrator, or have the user given the right in WordPress.",
        )
    answer = await wire.call("GET", USERS, params={**place, "_fields": "id"}, record="the members")
    seen = [int(row["id"]) for row in answer.data]
    return seen if set(ids) <= set(seen) else ids


async def by_ids(wire: Wire, ids: Sequence[str]) -> list[Row]:
    """The users with those ids, a page of them at most, who are there."""
    params: dict[str, str | int] = {"include": ",".join(ids), "orderby": "id", "per_page": wire.page_size}
    answer = await wire.call("GET", USERS, params={**params, **SEEING}, record="the members")
    if not isinstance(answer.data, list):
        raise wire.refusals.unexpected("the list of users is none")
    return [checked_row(wire, row) for row in answer.data]


async def total(wire: Wire) -> int | None:
    """How many users there are."""
    answer = await wire.call("GET", USERS, params={"context": "edit", "per_page": 1, "_fields": "id"})
    return header_number(answer.headers, "x-wp-total")
