"""HighLevel's search: the way to list records, contacts and opportunities.

Sources: the advanced search guides that https://marketplace.gohighlevel.com/docs/ghl/objects/search-object-records
and .../contacts/search-contacts-advanced link. A search is an index: what was written a moment ago may be missing.
Pages are asked for by ``searchAfter`` in the order of creation, so that records that come, change or go meanwhile
shift nothing; the page number ends at 10,000 rows.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from desktop.connectors.dialect import Answer
from desktop.connectors.highlevel.auth import CONTACT_READ, OPPORTUNITY_READ, RECORD_READ, Scope
from desktop.connectors.highlevel.client import SearchRefused, Wire
from desktop.connectors.highlevel.standard import CONTACT, OPPORTUNITY
from desktop.connectors.progress import utc_milliseconds
from desktop.domain.errors import NotSupported, UnexpectedAnswer
from desktop.domain.schema import ObjectSchema

LAG_SECONDS = 10.0
"""How long a search may not show a write: seconds on live accounts."""
_SPARE_ROWS, _SPARE_SHARE = 10, 0.01
_SPARE_MANY = 10_000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A search: where it is, what it calls the rows, their times and the number of rows, and how many a page has.

    The largest page of contacts and opportunities is documented as 500; for records none is, 100 is in common use.
    """

    path: str
    rows: str
    created: str
    updated: str
    size: int
    scope: Scope
    limit: str = "pageLimit"


CONTACTS = Listing("/contacts/search", "contacts", "dateAdded", "dateUpdated", 500, CONTACT_READ)
OPPORTUNITIES = Listing(
    "/opportunities/search", "opportunities", "date_added", "date_updated", 500, OPPORTUNITY_READ, "limit"
)


def listing_of(schema: ObjectSchema) -> Listing:
    """The search that lists an object."""
    if schema.key == CONTACT:
        return CONTACTS
    if schema.key == OPPORTUNITY:
        return OPPORTUNITIES
    return Listing(f"/objects/{schema.key}/records/search", "records", "createdAt", "updatedAt", 100, RECORD_READ)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search."""

    rows: Sequence[Row]
    total: int | None
    server_time: datetime | None
    last: bool

    @property
    def distinct(self) -> int:
        """How many rows there are, each counted once."""
        return len({str(row.get("id") or row.get("_id")) for row in self.rows})


async def pages(
    wire: Wire, listing: Listing, filters: Sequence[Mapping[str, Any]] = (), size: int | None = None
) -> AsyncGenerator[Found]:
    """Every row that fits the filters, the oldest first.

    :raises SearchRefused: when the platform does not take the filter, or leads no further.
    :raises UnexpectedAnswer: when the listing does not bring what it promised.
    """
    size = size or listing.size
    order: list[dict[str, str]] = [{"field": listing.created, "direction": "asc"}]
    after: object = None
    places: set[str] = set()
    seen = 0
    while True:
        body: dict[str, Any] = {"locationId": wire.location, listing.limit: size, "sort": order}
        if filters:
            body["filters"] = list(filters)
        body |= {"page": 1} if after is None else {"searchAfter": after}
        answer = await wire.call("POST", listing.path, listing.scope, json=body, idempotent=True)
        data = wire.as_object(answer)
        found = page_of(wire, listing, answer, data.get("total"), seen, size)
        seen += found.distinct
        upcoming = _cursor(found.rows[-1], data) if found.rows else None
        if (not upcoming and not found.last) or str(upcoming) in places:
            raise SearchRefused(*_no_way_on(wire))
        places.add(str(upcoming))
        yield found
        if found.last:
            return
        after = upcoming


def _cursor(last: Row, data: Mapping[str, Any]) -> object:
    """Where the next page goes on: with the last row, or beside the rows."""
    return last.get("searchAfter") or last.get("sort") or data.get("searchAfter")


def _no_way_on(wire: Wire) -> tuple[str, str, str]:
    known = wire.unexpected("the search gives no way to its next page")
    return known.message, known.hint, known.details


def page_of(wire: Wire, listing: Listing, answer: Answer, stated: object, seen: int, size: int) -> Found:
    """The rows of one answer.

    :param stated: how many rows the answer says there are in all.
    :param seen: rows of the pages before.
    :raises UnexpectedAnswer: when it ends the listing too early.
    """
    rows = wire.as_object(answer).get(listing.rows)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id") for row in rows):
        raise wire.unexpected(f"the search has no list of {listing.rows}")
    total = stated if isinstance(stated, int) else None
    found = Found(rows, total, answer.server_time, last=False)
    seen += found.distinct
    last = not rows or (len(rows) < size and (total is None or seen >= total))
    if total is not None and seen > 2 * total + _SPARE_MANY:
        raise wire.unexpected(f"the search goes on after {seen} of {total} {listing.rows}")
    if last and total is not None and total - seen > max(_SPARE_ROWS, total * _SPARE_SHARE):
        # What was only just written may be counted and not yet listed; more than that is missing.
        raise UnexpectedAnswer(
            f"HighLevel listed {seen:,} of {total:,} {listing.rows} of {wire.transport.name} and then stopped.",
            "Nothing was changed. Try again in a few minutes.",
        )
    return replace(found, last=last)


async def count(wire: Wire, listing: Listing) -> int | None:
    """How many rows the search lists in all."""
    body = {"locationId": wire.location, listing.limit: 1, "page": 1}
    total = (await wire.data("POST", listing.path, listing.scope, json=body, idempotent=True)).get("total")
    return total if isinstance(total, int) else None


async def matching(wire: Wire, listing: Listing, condition: Mapping[str, Any], limit: int = 20) -> list[Row]:
    """The rows that meet one condition, at most one page: more carry no key that could tell records apart."""
    body = {"locationId": wire.location, listing.limit: limit, "page": 1, "filters": [condition]}
    try:
        data = await wire.data("POST", listing.path, listing.scope, json=body, idempotent=True)
    except SearchRefused as refusal:
        # Not found would be another thing: it could have the record created a second time.
        raise NotSupported(
            f"HighLevel does not search {listing.rows} of {wire.transport.name} by the field {condition['field']}.",
            "Match on another field.",
            refusal.details,
        ) from None
    return list(wire.rows(data, listing.rows))


def changed_since(listing: Listing, since: datetime) -> list[dict[str, Any]]:
    """The filter for rows that changed at or after a time."""
    return [{"field": listing.updated, "operator": "range", "value": {"gte": utc_milliseconds(since)}}]
