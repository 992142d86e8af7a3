"""The custom field values of contacts: brought along by a listing, or read beside it.

Sources: https://developers.activecampaign.com/reference/sideloading and .../reference/fieldvalues. A listing that is
asked with ``include`` brings the values of its contacts. Where an account does not take that, they are read one contact
at a time, or all of the account's in pages of 100 values: whichever needs fewer requests for the contacts that were
asked for. All of the account's are kept until the reading ends, packed: some 200 bytes for each contact with five.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

import msgspec

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.listing import page, sweep
from desktop.connectors.together import together
from desktop.domain.errors import NotFound

INCLUDE = ("fieldValues",)
_FEW = 5
_PARALLEL = 6

FieldValues = Mapping[str, Any]
"""Field id to value of one contact."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[str, Any]).decode


def side_loaded(rows: Iterable[Mapping[str, Any]], beside: Mapping[str, Any]) -> dict[str, FieldValues]:
    """The values of those contacts of a listing whose values it brought along completely, by the contacts' ids.

    :param beside: the whole answer. It is complete for a contact when it has all values that the contact names.
    """
    values = beside.get("fieldValues")
    if not isinstance(values, list):
        return {}
    by_contact: dict[str, list[Mapping[str, Any]]] = {}
    for value in values:
        if isinstance(value, dict):
            by_contact.setdefault(str(value.get("contact")), []).append(value)
    found: dict[str, FieldValues] = {}
    for row in rows:
        key, named = str(row["id"]), row.get("fieldValues")
        own = by_contact.get(key, [])
        if isinstance(named, list) and {str(item) for item in named} <= {str(value.get("id")) for value in own}:
            found[key] = by_field(own)
    return found


class ValueReader:
    """The values of the contacts of one reading that no listing brought along.

    :param fields: ids of the custom fields; without any nothing is asked for.
    """

    def __init__(self, wire: Wire, fields: Iterable[str]) -> None:
        self._wire = wire
        self._fields = frozenset(fields)
        self._all: dict[str, bytes] | None = None
        self._pages: int | None = None

    async def of(self, contact_ids: Sequence[str], expected: int) -> Mapping[str, FieldValues]:
        """The values of some contacts.

        :param expected: for how many contacts values will be asked in all.
        """
        if not self._fields or not contact_ids:
            return {}
        if self._all is None and expected > _FEW and expected > await self._needed_pages():
            self._all = await self._everything()
        if self._all is not None:
            return {key: _unpack(self._all[key]) for key in contact_ids if key in self._all}
        found = await together(self._one(contact_id) for contact_id in contact_ids)
        return dict(zip(contact_ids, found, strict=True))

    async def _needed_pages(self) -> int:
        if self._pages is None:
            total = (await page(self._wire, "/fieldValues", "fieldValues", {"limit": 1})).total
            self._pages = -(-(total or 0) // (self._wire.page_size - 1))
        return self._pages

    async def _everything(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        params: dict[str, str | int] = {"orders[id]": "ASC"}
        async with aclosing(sweep(self._wire, "/fieldValues", "fieldValues", params, parallel=_PARALLEL)) as pages:
            async for listed in pages:
                brought: dict[str, dict[str, Any]] = {}
                for row in listed.rows:
                    field = str(row.get("field"))
                    if field in self._fields:
                        brought.setdefault(str(row.get("contact")), {})[field] = row.get("value")
                for contact, values in brought.items():
                    known = _unpack(found[contact]) if contact in found else {}
                    found[contact] = _pack({**known, **values})
        return found

    async def _one(self, contact_id: str) -> FieldValues:
        try:
            data = await self._wire.data("GET", f"/contacts/{quote(contact_id, safe='')}/fieldValues")
        except NotFound:
            return {}
        return listed_values(self._wire, data)


def listed_values(wire: Wire, data: Mapping[str, Any]) -> FieldValues:
    """The values in an answer about one contact.

    :raises UnexpectedAnswer: when it lists none: that is not the same as blank ones.
    """
    if not isinstance(data.get("fieldValues"), list):
        raise wire.unexpected("the answer has no list of fieldValues")
    return by_field(data["fieldValues"])


def by_field(rows: object) -> dict[str, Any]:
    """Field id to value, from a list of field values."""
    entries = rows if isinstance(rows, list) else []
    return {str(row.get("field")): row.get("value") for row in entries if isinstance(row, dict)}
