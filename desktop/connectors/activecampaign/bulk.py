"""Many contacts created by few requests: the bulk import.

Source: https://developers.activecampaign.com/reference/bulk-import-contacts. Up to 250 contacts and fewer than 400,000
bytes a request, 100 requests a minute; one contact that is not valid has the whole request refused. An import is
queued: its outcome is asked for until it is there. As with contacts created one by one, automations run for them.

An import updates a contact that is there already instead of refusing it. So the newest contacts are looked at just
before, and whoever is among them is not sent. One that is there all the same, because it is older than a day or was
created in the seconds between, is told afterwards by its id, which is not among the new ones.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from desktop.connectors.activecampaign.client import PAGE, Wire, refusal_text
from desktop.connectors.activecampaign.contacts import Contacts
from desktop.connectors.activecampaign.convert import parse_time
from desktop.connectors.activecampaign.listing import Row, page, sweep
from desktop.connectors.activecampaign.schemas import LISTS, TAGS
from desktop.connectors.clock import wait_until
from desktop.connectors.dialect import Answer
from desktop.connectors.guard import MISSHAPEN
from desktop.connectors.trouble import sayable
from desktop.domain.errors import CrosswalkError, Duplicate, OutcomeUnknown, RateLimited, RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Values, is_choices, is_empty

LARGEST_BATCH = 250
_LARGEST_BODY = 390_000
_A_MINUTE = 60.0
_IN_A_MINUTE = 100
_LONGEST_WAIT = 600.0
_PATIENCE = 3
_FIRST_LOOK = timedelta(days=1)
_LOOK_PAGES = 10
_NAMES = {"firstName": "first_name", "lastName": "last_name", "phone": "phone"}
_ENDED = ("completed", "failed", "interrupted")

Outcome = Record | CrosswalkError


@dataclass(frozen=True, slots=True)
class _Item:
    """One contact to create.

    :param place: its place among those that were asked for.
    """

    place: int
    email: str
    values: Values
    entry: Mapping[str, Any]

    @property
    def key(self) -> str:
        return self.email.casefold()


class Imports:
    """Bulk imports into one account."""

    def __init__(self, wire: Wire, contacts: Contacts) -> None:
        self._wire = wire
        self._contacts = contacts
        self._starts: deque[float] = deque()
        self._newest: dict[str, Row] = {}
        self._last_id: int | None = None

    async def create_many(self, schema: ObjectSchema, rows: Sequence[Values]) -> list[Outcome]:
        """Create contacts; for each, in their order, the record or what became of it.

        Nothing is raised for what concerns one contact, nor when the connection fails on the way: then what was
        created before stays told.
        """
        outcomes: dict[int, Outcome] = {}
        items = await self._items(schema, rows, outcomes)
        failure: CrosswalkError | None = None
        for batch in _batches(items):
            if failure is None:
                try:
                    outcomes |= (
                        await self._one(schema, batch[0]) if len(batch) == 1 else await self._batch(schema, batch)
                    )
                except CrosswalkError as error:
                    failure = error
            outcomes = {**{item.place: failure for item in batch if failure is not None}, **outcomes}
        return [outcomes[place] for place in range(len(rows))]

    async def _items(self, schema: ObjectSchema, rows: Sequence[Values], outcomes: dict[int, Outcome]) -> list[_Item]:
        items: list[_Item] = []
        seen: set[str] = set()
        for place, values in enumerate(rows):
            given = {key: value for key, value in values.items() if not is_empty(value)}
            email = str(given.get("email") or "").strip()
            try:
                item = _Item(place, email, given, await self._entry(schema, given, email))
            except CrosswalkError as error:
                outcomes[place] = error
                continue
            if not email:
                outcomes[place] = RecordRefused(
                    "A contact needs an e-mail address, and this one has none.", "Fill it in.", field="email"
                )
            elif item.key in seen:
                outcomes[place] = self._duplicate(email, "is among the contacts to create twice")
            elif _size(item) > _LARGEST_BODY:
                outcomes[place] = RecordRefused(
                    f"The contact {email} holds more than ActiveCampaign takes at once.", "Shorten its longest texts."
                )
            else:
                items.append(item)
            seen.add(item.key)
        return items

    async def _entry(self, schema: ObjectSchema, given: Values, email: str) -> dict[str, Any]:
        """A contact as the import takes it: other names of keys, options between bars, lists and tags."""
        body = self._contacts.body(schema, given)
        entry: dict[str, Any] = {"email": email}
        entry |= {theirs: body[ours] for ours, theirs in _NAMES.items() if ours in body}
        if "fieldValues" in body:
            entry["fields"] = [{"id": int(item["field"]), "value": item["value"]} for item in body["fieldValues"]]
        tags, lists = given.get(TAGS), given.get(LISTS)
        if is_choices(tags):
            entry["tags"] = sorted(tags)
        if is_choices(lists):
            entry["subscribe"] = [{"listid": list_id} for list_id in sorted(lists)]
        return entry

    async def _one(self, schema: ObjectSchema, item: _Item) -> dict[int, Outcome]:
        """A single contact is created as usual: imports of one are limited to 20 a minute."""
        try:
            return {item.place: await self._contacts.create(schema, item.values)}
        except CrosswalkError as error:
            if error.stops_run:
                raise
            return {item.place: error}

    async def _batch(self, schema: ObjectSchema, batch: Sequence[_Item]) -> dict[int, Outcome]:
        await self._look()
        outcomes: dict[int, Outcome] = {
            item.place: self._duplicate(item.email, "is there already") for item in batch if item.key in self._newest
        }
        left = [item for item in batch if item.place not in outcomes]
        before = self._last_id or 0
        try:
            job = await self._queued(left, outcomes)
        except OutcomeUnknown as error:
            return outcomes | {item.place: self._unknown(item, error.details) for item in _rest(left, outcomes)}
        if job:
            outcomes |= await self._outcome(schema, _rest(left, outcomes), job, before)
        return outcomes

    async def _look(self) -> None:
        """The contacts that came since the last look; at first those of the last day."""
        first, newest = self._last_id is None, self._last_id or 0
        params: dict[str, str | int] = {"orders[id]": "DESC"}
        if not first:
            params = {"orders[id]": "ASC", "id_greater": newest}
        pages = 0
        async with aclosing(sweep(self._wire, "/contacts", "contacts", params)) as listing:
            async for listed in listing:
                pages += 1
                bound = (listed.server_time or self._wire.transport.clock.now()) - _FIRST_LOOK
                for row in listed.rows:
                    self._newest[str(row.get("email") or "").casefold()] = row
                    newest = max(newest, int(row["id"]))
                moments = [parse_time(row.get("cdate")) for row in listed.rows]
                if first and (pages >= _LOOK_PAGES or any(moment and moment < bound for moment in moments)):
                    break
        self._last_id = newest

    async def _queued(self, items: Sequence[_Item], outcomes: dict[int, Outcome]) -> str:
        """Send a batch; who is refused gets an outcome, and the rest is sent again. The batch's id, blank without one.

        :raises OutcomeUnknown: when the answer was lost.
        """
        refusals = 0
        left = list(items)
        while left:
            await self._turn()
            answer = await self._wire.call(
                "POST",
                "/import/bulk_import",
                json={"contacts": [item.entry for item in left]},
                idempotent=False,
                record="the contacts",
                accept=frozenset({400}),
            )
            if answer.status < 300 and not _says_no(answer):
                return self._batch_id(answer)
            if "rate limit" in refusal_text(answer).lower():
                refusals += 1
                if refusals > _PATIENCE:
                    raise RateLimited(
                        f"ActiveCampaign keeps refusing imports of {self._wire.transport.name} because there were too "
                        "many.",
                        "Wait a few minutes, then sync again.",
                    )
                await self._wait(_A_MINUTE)
                continue
            self._refused(left, answer, outcomes)
            left = _rest(left, outcomes)
        return ""

    @staticmethod
    def _batch_id(answer: Answer) -> str:
        job = answer.data.get("batchId") if isinstance(answer.data, dict) else None
        if not job:
            raise OutcomeUnknown("The answer to an import names no batch.")
        return str(job)

    def _refused(self, items: Sequence[_Item], answer: Answer, outcomes: dict[int, Outcome]) -> None:
        """The contacts that a refusal names, by their place in the request; all of them when it names none."""
        reasons = answer.data.get("failureReasons") if isinstance(answer.data, dict) else None
        named: dict[int, list[str]] = {}
        for reason in reasons if isinstance(reasons, list) else []:
            if isinstance(reason, dict) and str(reason.get("contact")).isdecimal():
                named.setdefault(int(reason["contact"]), []).append(str(reason.get("failureReason") or ""))
        named = {number: texts for number, texts in named.items() if 1 <= number <= len(items)}
        for number, item in enumerate(items, 1):
            if named and number not in named:
                continue
            text = sayable(self._wire.transport.scrub("; ".join(named[number]))) if named else self._wire.said(answer)
            outcomes[item.place] = RecordRefused(
                f"{self._wire.transport.name} did not accept the contact {item.email}: {text.rstrip('.')}.",
                "Correct the value and try again.",
                f"status {answer.status}",
            )

    async def _outcome(self, schema: ObjectSchema, items: Sequence[_Item], job: str, before: int) -> dict[int, Outcome]:
        """What became of a batch.

        :param before: the greatest id of a contact before it was sent.
        """
        try:
            info = await self._info(job)
            done = [str(entry) for entry in info.get("success") or []]
            rows = await self._rows([entry for entry in done if "@" not in entry])
        except (CrosswalkError, *MISSHAPEN) as error:
            return {item.place: self._unknown(item, str(error)) for item in items}
        failed = {str(entry).casefold() for entry in info.get("failure") or []}
        whole = info.get("status") == "completed"
        return {item.place: await self._told(schema, item, rows, failed, before, whole=whole) for item in items}

    async def _told(
        self, schema: ObjectSchema, item: _Item, rows: Mapping[str, Row], failed: set[str], before: int, *, whole: bool
    ) -> Outcome:
        row = rows.get(item.key)
        if row is not None and int(row["id"]) > before:
            return await self._contacts.imported(schema, row, item.values)
        if row is not None:
            return self._duplicate(item.email, "was there already, and ActiveCampaign updated it with what was sent")
        name = self._wire.transport.name
        if item.key in failed:
            return RecordRefused(
                f"{name} did not import the contact {item.email}.", "Look at its address and values, then try again."
            )
        if not whole:
            return self._unknown(item, "the import was interrupted")
        return RecordRefused(
            f"{name} passed over the contact {item.email} without a reason: its address may have bounced, or be "
            "excluded.",
            "Look in ActiveCampaign under Contacts, Exclusions.",
            field="email",
        )

    async def _info(self, job: str) -> Mapping[str, Any]:
        """The report of a batch once it has ended; asked for now and then, for ten minutes at most."""
        waited, pause = 0.0, 1.0
        while waited < _LONGEST_WAIT:
            await self._wait(pause)
            waited += pause
            pause = min(pause * 1.5, 10.0)
            info = await self._wire.data("GET", "/import/info", params={"batchId": job})
            if info.get("status") in _ENDED:
                return info
        raise OutcomeUnknown(
            f"{self._wire.transport.name} took the contacts, but has not imported them within ten minutes.",
            "Look at them later, and sync again.",
        )

    async def _rows(self, ids: Sequence[str]) -> dict[str, Row]:
        """Contacts by their addresses: those that came since the last look, and of older ones those with these ids."""
        await self._look()
        known = {str(row["id"]) for row in self._newest.values()}
        older = [id_ for id_ in ids if id_ not in known]
        rows = {key: row for key, row in self._newest.items() if str(row["id"]) in set(ids)}
        for start in range(0, len(older), PAGE):
            params = {f"ids[{place}]": id_ for place, id_ in enumerate(older[start : start + PAGE])}
            found = await page(self._wire, "/contacts", "contacts", {**params, "limit": PAGE})
            rows |= {str(row.get("email") or "").casefold(): row for row in found.rows}
        return rows

    def _duplicate(self, email: str, said: str) -> Duplicate:
        return Duplicate(
            f"The contact {email} {said}.",
            "Sync again: it is then found, and compared with what it should be.",
            field="email",
        )

    def _unknown(self, item: _Item, details: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{self._wire.transport.name} did not confirm the contact {item.email}, so it is not known whether it was "
            "saved.",
            "Look the contact up before it is sent again.",
            details,
        )

    async def _turn(self) -> None:
        """Wait until another import is allowed: the limit is its own, beside that of all requests."""
        clock = self._wire.transport.clock
        while len(self._starts) >= _IN_A_MINUTE and self._starts[0] + _A_MINUTE > clock.monotonic():
            await wait_until(clock, self._starts[0] + _A_MINUTE)
        while len(self._starts) >= _IN_A_MINUTE:
            self._starts.popleft()
        self._starts.append(clock.monotonic())

    async def _wait(self, seconds: float) -> None:
        clock = self._wire.transport.clock
        await wait_until(clock, clock.monotonic() + seconds)


def _says_no(answer: Answer) -> bool:
    """Whether an answer with a good status says that it is a refusal."""
    data = answer.data if isinstance(answer.data, dict) else {}
    return data.get("success", data.get("Success")) in (0, "0", False)


def _rest(items: Iterable[_Item], outcomes: Mapping[int, Outcome]) -> list[_Item]:
    return [item for item in items if item.place not in outcomes]


def _size(item: _Item) -> int:
    return len(json.dumps(item.entry, ensure_ascii=False).encode())


def _batches(items: Iterable[_Item]) -> list[list[_Item]]:
    """The items in batches within the limits of one request."""
    batches: list[list[_Item]] = []
    room = 0
    for item in items:
        size = _size(item)
        if not batches or len(batches[-1]) >= LARGEST_BATCH or size > room:
            batches.append([])
            room = _LARGEST_BODY
        batches[-1].append(item)
        room -= size
    return batches
