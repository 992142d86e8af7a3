"""Reads objects page by page, and tells from where the next read of changes starts.

Contacts are filtered by their change, records of custom objects are ordered by it; accounts and deals are read wholly.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from desktop.connectors.activecampaign.client import QueryRefused
from desktop.connectors.activecampaign.contacts import Contacts
from desktop.connectors.activecampaign.listing import Listed, Row
from desktop.connectors.activecampaign.records import Disordered, Records
from desktop.connectors.activecampaign.standard import Standard
from desktop.connectors.base import Page
from desktop.connectors.clock import Clock
from desktop.connectors.paging import ahead
from desktop.connectors.progress import Progress
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Json

RECORD_LAG_SECONDS = 10.0
"""How long the listing of a custom object may not show a write (guides of integrators: wait 10 seconds)."""
CONTACT_LAG_SECONDS = 2.0


class Reading:
    """Reads the objects of one account."""

    def __init__(self, clock: Clock, contacts: Contacts, records: Records, standard: Standard) -> None:
        self._clock = clock
        self._contacts = contacts
        self._records = records
        self._standard = standard

    async def records(self, schema: ObjectSchema, cursor: Json) -> AsyncGenerator[Page]:
        """Records of a custom object: all, or those that changed since the cursor."""
        progress = self._progress(cursor, RECORD_LAG_SECONDS)
        if progress.since is not None:
            try:
                async with aclosing(self._records.changed(schema, progress.since)) as changed:
                    async for listed in changed:
                        yield self._record_page(schema, listed, progress)
            except (Disordered, QueryRefused):
                # Where to stop can't be told: everything is read, which brings the changes too.
                progress = self._progress(None, RECORD_LAG_SECONDS)
            else:
                return
        async with aclosing(ahead(self._records.everything(schema))) as everything:
            async for listed in everything:
                yield self._record_page(schema, listed, progress)

    def _record_page(self, schema: ObjectSchema, listed: Listed, progress: Progress) -> Page:
        return self._page([self._records.read_row(schema, row) for row in listed.rows], listed, progress)

    async def standard(self, schema: ObjectSchema) -> AsyncGenerator[Page]:
        """Accounts or deals, always all of them."""
        entries: dict[str, dict[str, Row]] = {}
        async with aclosing(ahead(self._standard.listed(schema))) as pages:
            async for listed in pages:
                records = await self._standard.read_rows(schema, listed.rows, entries)
                yield Page(records, None, listed.total, listed.last)

    async def contacts(self, schema: ObjectSchema, cursor: Json) -> AsyncGenerator[Page]:
        """Contacts with their custom fields, tags and lists.

        The filter for changes is sparsely documented, so it is not trusted blindly: the contact that was the newest
        at the last read must be among those that changed since, unless it is gone. If it is not, all are read.
        """
        progress = self._progress(cursor, CONTACT_LAG_SECONDS)
        witness = _Witness(cursor)
        if progress.since is not None:
            held: Page | None = None
            async with aclosing(self._contact_pages(schema, progress, witness)) as changed:
                async for found in changed:
                    held = found if found.last else None
                    if held is None:
                        yield found
            if held is not None and await self._trusted(witness, progress):
                yield held
                return
            if held is not None and held.records:
                yield Page(held.records)
            progress = self._progress(None, CONTACT_LAG_SECONDS)
        async with aclosing(self._contact_pages(schema, progress, witness)) as everything:
            async for found in everything:
                yield found

    async def _trusted(self, witness: _Witness, progress: Progress) -> bool:
        if witness.met or not witness.expected:
            return True
        changed = await self._contacts.changed_at(witness.expected)
        return changed is None or progress.since is None or changed < progress.since

    async def _contact_pages(self, schema: ObjectSchema, progress: Progress, witness: _Witness) -> AsyncGenerator[Page]:
        reader = self._contacts.reader(schema)
        async with aclosing(ahead(self._contacts.listed(schema, progress.since))) as pages:
            async for listed in pages:
                progress.begin(listed.server_time)
                records = await self._contacts.records(schema, listed, reader, listed.total or 0)
                for record in records:
                    witness.see(record, newest=progress.see(record.updated_at))
                cursor = {**progress.cursor(), **witness.cursor()} if listed.last else None
                yield Page(records, cursor, listed.total, listed.last)

    def _progress(self, cursor: Json, lag_seconds: float) -> Progress:
        return Progress(cursor, self._clock.now(), lag_seconds)

    @staticmethod
    def _page(records: list[Record], listed: Listed, progress: Progress) -> Page:
        progress.begin(listed.server_time)
        for record in records:
            progress.see(record.updated_at)
        return Page(records, progress.cursor() if listed.last else None, listed.total, listed.last)


class _Witness:
    """The contact that changed last, by which the next read can tell whether the platform's filter works."""

    def __init__(self, cursor: Json) -> None:
        known = cursor.get("witness") if isinstance(cursor, dict) else None
        self.expected = str(known or "")
        self.met = False
        self._newest = ""

    def see(self, record: Record, *, newest: bool) -> None:
        """Note a contact that was read."""
        self.met = self.met or record.id == self.expected
        if newest:
            self._newest = record.id

    def cursor(self) -> dict[str, Json]:
        """What the cursor has to hold for the next read."""
        return {"witness": self._newest} if self._newest else {}
