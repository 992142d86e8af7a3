"""HighLevel's search: the only way to list records and contacts.

Sources: the advanced search guides that https://marketplace.gohighlevel.com/docs/ghl/objects/search-object-records
and .../contacts/search-contacts-advanced link. A search is an index: what was written a moment ago may be missing.
Pages are asked for by ``searchAfter`` in the order of creation, so that records that come, change or go meanwhile
shift nothing; the page number ends at 10,000 rows.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desktop.connectors.highlevel.auth import CONTACT_READ, RECORD_READ, Scope
from desktop.connectors.highlevel.client import SearchRefused, Wire
from desktop.connectors.progress import utc_milliseconds
from desktop.domain.errors import NotSupported, UnexpectedAnswer
from desktop.domain.schema import ObjectSchema

LAG_SECONDS = 10.0
"""How long a search may not show a write: seconds on live accounts."""
_SPARE_ROWS, _SPARE_SHARE = 10, 0.01

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A search: where it is, what its answer calls the rows and their times, and how many rows a page has.

    The largest page of contacts is documented as 500; for records no largest page is, 100 is in common use.
    """

    path: str
    rows: str
    created: str
    updated: str
    size: int
    scope: Scope


CONTACTS = Listing("/contacts/search", "contacts", "dateAdded", "dateUpdated", 500, CONTACT_READ)


def listing_of(schema: ObjectSchema) -> Listing:
    """The search that lists an object."""
    if not schema.custom:
        return CONTACTS
    return Listing(f"/objects/{schema.key}/records/search", "records", "createdAt", "updatedAt", 100, RECORD_READ)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search."""

    rows: Sequence[Row]
    total: int | None
    server_time: datetime | None
    last: bool


async def pages(
    wire: Wire, listing: Listing, filters: Sequence[Mapping[str, Any]] = (), size: int | None = None
) -> AsyncGenerator[Found]:
    """Every row that fits the filters, the oldest first.

    :raises SearchRefused: when the platform does not take the filter.
    :raises UnexpectedAnswer: when the listing does not bring what it promised.
    """
    size = size or listing.size
    order: list[dict[str, str]] = [{"field": listing.created, "direction": "asc"}]
    after: object = None
    seen = 0
    while True:
        body: dict[str, Any] = {"locationId": wire.location, "pageLimit": size, "sort": order}
        if filters:
            body["filters"] = list(filters)
        body |= {"page": 1} if after is None else {"searchAfter": after}
        found = await _page(wire, listing, body, seen, size)
        seen += len(found.rows)
        yield found
        if found.last:
            return
        upcoming = found.rows[-1].get("searchAfter") or found.rows[-1].get("sort")
        if not upcoming or upcoming == after:
            raise wire.unexpected("the search gives no way to its next page")
        after = upcoming


async def _page(wire: Wire, listing: Listing, body: Mapping[str, Any], seen: int, size: int) -> Found:
    answer = await wire.call("POST", listing.path, listing.scope, json=body, idempotent=True)
    data = wire.as_object(answer)
    rows = data.get(listing.rows)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id") for row in rows):
        raise wire.unexpected(f"the search has no list of {listing.rows}")
    stated = data.get("total")
    total = stated if isinstance(stated, int) else None
    seen += len(rows)
    last = not rows or (len(rows) < size and (total is None or seen >= total))
    if last and total is not None and total - seen > max(_SPARE_ROWS, total * _SPARE_SHARE):
        # What was only just written may be counted and not yet listed; more than that is missing.
        raise UnexpectedAnswer(
            f"HighLevel listed {seen:,} of {total:,} {listing.rows} of {wire.transport.name} and then stopped.",
            "Nothing was changed. Try again in a few minutes.",
        )
    return Found(rows, total, answer.server_time, last)


async def count(wire: Wire, listing: Listing) -> int | None:
    """How many rows the search lists in all."""
    body = {"locationId": wire.location, "pageLimit": 1, "page": 1}
    total = (await wire.data("POST", listing.path, listing.scope, json=body, idempotent=True)).get("total")
    return total if isinstance(total, int) else None


async def matching(wire: Wire, listing: Listing, condition: Mapping[str, Any]) -> list[Row]:
    """The rows that meet one condition, at most one page: more carry no key that could tell records apart."""
    body = {"locationId": wire.location, "pageLimit": 20, "page": 1, "filters": [condition]}
    try:
        data = await wire.data("POST", listing.path, listing.scope, json=body, idempotent=True)
    except SearchRefused as refusal:
        # Not found would be another thing: it could have the record created a second time.
        raise NotSupported(
            f"HighLevel does not search {listing.rows} of {wire.transport.name} by the field {condition['field']}.",
            "Match on another field.",
            refusal.details,
        ) from None
    return list(data.get(listing.rows) or [])


def changed_since(listing: Listing, since: datetime) -> list[dict[str, Any]]:
    """The filter for rows that changed at or after a time."""
    return [{"field": listing.updated, "operator": "range", "value": {"gte": utc_milliseconds(since)}}]
