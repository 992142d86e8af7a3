"""External ids that came into use lately, so that a create does not replace what somebody else has just created.

A record is written by an upsert: a create whose external id is taken replaces that record. The platform has no
condition for a write, so that a look before it is all that can be done. Asking for every single id would double the
requests of a first sync. Instead the newest records are listed, at most every few seconds however many creates there
are; what the list names is asked for once more, exactly. A record that somebody else created in the last seconds, which
the list does not show yet, can still be replaced. That is noticed afterwards by its age, when the new record's id is
looked up, and logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desktop.connectors.activecampaign.client import QueryRefused, Wire
from desktop.connectors.activecampaign.convert import parse_time
from desktop.connectors.activecampaign.listing import sweep
from desktop.domain.errors import Duplicate, ScopeMissing
from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID, ObjectSchema

_EVERY_SECONDS = 5.0
_FIRST_LOOK = timedelta(days=1)
"""Whoever creates records knows what was there a day ago."""
_OVERLAP = timedelta(seconds=60)
"""Several times as long as the list may not show a new record."""
_PAGES = 10
_DOUBT = timedelta(seconds=5)

_log = logging.getLogger(__name__)

Lookup = Callable[[ObjectSchema, str], Awaitable[Record | None]]


@dataclass(slots=True)
class _Known:
    """What is known of one object.

    :param listed: whether the key's user may list its records in order.
    :param created: from when on a record with that external id must have been created, if this connection made it.
    """

    external_ids: set[str] = field(default_factory=set[str])
    created: dict[str, datetime] = field(default_factory=dict[str, datetime])
    newest: datetime | None = None
    looked_at: float | None = None
    listed: bool = True
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Newcomers:
    """Watches the external ids of one account.

    :param lookup: the record with an external id, past the listing's delay.
    """

    def __init__(self, wire: Wire, lookup: Lookup) -> None:
        self._wire = wire
        self._lookup = lookup
        self._objects: dict[str, _Known] = {}

    async def refuse_taken(self, schema: ObjectSchema, external_id: str) -> None:
        """Go on only when no record is known to have that external id.

        :raises Duplicate: when there is one.
        """
        known = self._objects.setdefault(schema.id, _Known())
        async with known.lock:
            await self._look(schema, known)
        if known.listed and external_id not in known.external_ids:
            return
        if await self._lookup(schema, external_id) is not None:
            raise Duplicate(
                f"In {self._wire.transport.name} the external id {external_id} is taken by another {schema.label}, "
                "which a new one would replace. Nothing was sent.",
                "Sync again: it is then found, and updated instead.",
                field=EXTERNAL_ID,
            )

    async def _look(self, schema: ObjectSchema, known: _Known) -> None:
        now = self._wire.transport.clock.monotonic()
        if not known.listed or (known.looked_at is not None and now - known.looked_at < _EVERY_SECONDS):
            return
        try:
            await self._list(schema, known)
        except (ScopeMissing, QueryRefused):
            known.listed = False
        known.looked_at = now

    async def _list(self, schema: ObjectSchema, known: _Known) -> None:
        """The newest records, back to where the last look began."""
        bound = known.newest - _OVERLAP if known.newest else None
        pages = 0
        path = f"/customObjects/records/{schema.id}"
        async with aclosing(sweep(self._wire, path, "records", {"orders[createdTimestamp]": "DESC"})) as listing:
            async for listed in listing:
                pages += 1
                if bound is None:
                    bound = (listed.server_time or self._wire.transport.clock.now()) - _FIRST_LOOK
                moments: list[datetime] = []
                for row in listed.rows:
                    created = parse_time(row.get("createdTimestamp"))
                    if created is not None:
                        moments.append(created)
                    if row.get("externalId"):
                        known.external_ids.add(str(row["externalId"]))
                known.newest = max((moment for moment in (known.newest, *moments) if moment), default=None)
                if pages >= _PAGES or any(moment < bound for moment in moments):
                    return

    def created(self, schema: ObjectSchema, external_id: str, answered_at: datetime | None, seconds: float) -> None:
        """Note a record that was created here.

        :param answered_at: the platform's time when it answered.
        :param seconds: how long it took, further tries included.
        """
        known = self._objects.setdefault(schema.id, _Known())
        known.external_ids.add(external_id)
        if answered_at is not None:
            known.created[external_id] = answered_at - timedelta(seconds=seconds) - _DOUBT

    def check_age(self, schema: ObjectSchema, record: Record) -> bool:
        """Whether a record that was created here is not older than that; one that is was somebody else's."""
        known = self._objects.get(schema.id)
        since = known.created.pop(record.external_id or "", None) if known else None
        if since is None or record.created_at is None or record.created_at >= since:
            return True
        _log.warning(
            "%s: a record of %s that was to be created was there already, created by somebody else at %s; "
            "what it held was replaced: id %s",
            self._wire.transport.name,
            schema.key,
            record.created_at.isoformat(timespec="seconds"),
            record.id,
        )
        return False
