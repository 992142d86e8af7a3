"""The tags and lists of contacts: read beside a listing, written as differences.

Sources: https://developers.activecampaign.com/reference/create-contact-tag, .../reference/tags,
.../reference/update-list-status-for-contact and .../reference/sideloading: a listing of contacts brings their tags and
lists when it is asked with ``include``. Where an account does not take it, tags and lists count as not read in
listings; one contact read by itself always has them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from desktop.connectors.activecampaign.client import Wire
from desktop.connectors.activecampaign.listing import Row, sweep
from desktop.connectors.activecampaign.schemas import LISTS, TAGS
from desktop.connectors.together import together
from desktop.domain.errors import NotFound, RecordRefused
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import Value, Values, is_choices

INCLUDE = ("contactTags.tag", "contactLists")
_SIDES = {TAGS: "contactTags", LISTS: "contactLists"}
_SUBSCRIBED, _UNSUBSCRIBED = "1", "2"
_AGAIN = 4
"""The ``sourceid`` with which somebody who left a list is subscribed to it again."""

_log = logging.getLogger(__name__)


def has_bonds(schema: ObjectSchema) -> bool:
    """Whether tags or lists are among the fields."""
    return any(schema.field(key) for key in _SIDES)


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be done to a contact's tags and lists.

    :param untag: ids of the bonds between the contact and its tags.
    :param again: lists that the contact has left and is to be subscribed to all the same.
    """

    tag: Sequence[str] = ()
    untag: Sequence[str] = ()
    subscribe: Sequence[str] = ()
    again: Sequence[str] = ()
    unsubscribe: Sequence[str] = ()

    def __bool__(self) -> bool:
        return any((self.tag, self.untag, self.subscribe, self.again, self.unsubscribe))


class Bonds:
    """The tags and lists of the contacts of one account.

    :param resubscribe: whether somebody who has left a list may be subscribed to it again.
    """

    def __init__(self, wire: Wire, *, resubscribe: bool = False) -> None:
        self._wire = wire
        self._resubscribe = resubscribe
        self._names: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._told = False

    async def of_rows(
        self, schema: ObjectSchema, rows: Sequence[Row], beside: Mapping[str, Any]
    ) -> dict[str, dict[str, Value]]:
        """The tags and lists of contacts by the contacts' ids; what the answer does not tell is left out."""
        self._learn(beside)
        found: dict[str, dict[str, Value]] = {str(row["id"]): {} for row in rows}
        for key in filter(schema.field, _SIDES):
            sides = _by_contact(beside.get(_SIDES[key]))
            for row in rows:
                bonds = sides.get(str(row["id"]), [])
                if self._complete(row.get(_SIDES[key]), bonds, beside.get(_SIDES[key])):
                    found[str(row["id"])][key] = await self._value(key, bonds)
        return found

    def _complete(self, ids: object, bonds: Sequence[Row], side: object) -> bool:
        """Whether the answer has all bonds of a contact: those that it names, or at least a list of bonds."""
        told = {str(bond.get("id")) for bond in bonds}
        complete = {str(id_) for id_ in ids} <= told if isinstance(ids, list) else isinstance(side, list)
        if not complete and not self._told:
            self._told = True
            _log.warning("%s lists contacts without their tags and lists", self._wire.transport.name)
        return complete

    async def _value(self, key: str, bonds: Iterable[Row]) -> Value:
        if key == LISTS:
            on = (str(bond.get("list")) for bond in bonds if str(bond.get("status")) == _SUBSCRIBED)
            return frozenset(on) or None
        names = await self._named([str(bond.get("tag")) for bond in bonds])
        return frozenset(names.values()) or None

    def _learn(self, data: Mapping[str, Any]) -> None:
        for row in data.get("tags") or []:
            if isinstance(row, dict) and row.get("id") and row.get("tag"):
                self._names[str(row["id"])] = str(row["tag"])

    async def _named(self, ids: Sequence[str]) -> dict[str, str]:
        """Tags' names by their ids. Tags that no listing shows are asked for one by one."""
        if not self._names.keys() >= set(ids):
            async for listed in sweep(self._wire, "/tags", "tags", {"orders[id]": "ASC"}, parallel=4):
                self._learn({"tags": listed.rows})
        hidden = [id_ for id_ in dict.fromkeys(ids) if id_ not in self._names]
        await together(self._ask(id_) for id_ in hidden)
        return {id_: self._names[id_] for id_ in ids if id_ in self._names}

    async def _ask(self, id_: str) -> None:
        try:
            data = await self._wire.data("GET", f"/tags/{quote(id_, safe='')}")
        except NotFound:
            return
        self._learn({"tags": [data.get("tag")]})

    @staticmethod
    def first(values: Values) -> Difference:
        """What to do to a contact that was just created, and has neither tags nor lists."""
        names = {name.strip().casefold(): name.strip() for name in _chosen(values.get(TAGS))}
        return Difference(tag=[names[key] for key in sorted(names)], subscribe=sorted(_chosen(values.get(LISTS))))

    async def difference(self, schema: ObjectSchema, contact_id: str, before: Values, changes: Values) -> Difference:
        """What to do to a contact so that it has the tags and lists of ``changes``.

        Both are told from what it has just now. A tag or list that somebody else gave it since it was read, which
        ``before`` therefore does not know, stays.

        :raises RecordRefused: when the contact has left a list that it would be subscribed to again.
        """
        if not any(key in changes and schema.field(key) for key in _SIDES):
            return Difference()
        data = await self._wire.data(
            "GET", f"/contacts/{quote(contact_id, safe='')}", record=f"the contact {contact_id}"
        )
        tag, untag = await self._tags(_rows(data, "contactTags"), before, changes)
        subscribe, again, unsubscribe = self._lists(schema, _rows(data, "contactLists"), before, changes)
        return Difference(tag, untag, subscribe, again, unsubscribe)

    async def _tags(self, bonds: Sequence[Row], before: Values, changes: Values) -> tuple[list[str], list[str]]:
        if TAGS not in changes:
            return [], []
        names = await self._named([str(bond.get("tag")) for bond in bonds])
        current = {names[id_].casefold(): bond for bond in bonds if (id_ := str(bond.get("tag"))) in names}
        wanted = {name.strip().casefold(): name.strip() for name in _chosen(changes[TAGS])}
        known = {name.strip().casefold() for name in _chosen(before[TAGS])} if TAGS in before else set(current)
        tag = [name for key, name in sorted(wanted.items()) if key not in known and key not in current]
        untag = [str(bond["id"]) for key, bond in sorted(current.items()) if key in known and key not in wanted]
        return tag, untag

    def _lists(
        self, schema: ObjectSchema, bonds: Sequence[Row], before: Values, changes: Values
    ) -> tuple[list[str], list[str], list[str]]:
        if LISTS not in changes:
            return [], [], []
        standing = {str(bond.get("list")): str(bond.get("status")) for bond in bonds}
        on = {list_id for list_id, status in standing.items() if status == _SUBSCRIBED}
        wanted = set(_chosen(changes[LISTS]))
        known = set(_chosen(before[LISTS])) if LISTS in before else on
        join = sorted(wanted - known - on)
        left = [list_id for list_id in join if list_id in standing]
        if left and not self._resubscribe:
            raise self._has_left(schema, left)
        return [list_id for list_id in join if list_id not in standing], left, sorted((on & known) - wanted)

    def _has_left(self, schema: ObjectSchema, lists: Sequence[str]) -> RecordRefused:
        field = schema.field(LISTS)
        options = {option.key: option.label for option in field.options} if field else {}
        named = " and ".join(options.get(list_id, list_id) for list_id in lists)
        return RecordRefused(
            f"The contact has left the list {named}, or never confirmed it, so that {self._wire.transport.name} was "
            "not told to subscribe it again. Nothing was changed.",
            "Take the list out of the contact's lists. Only if these people asked for it: turn on “Subscribe people "
            "again who have left a list” under Connections, Options.",
            field=LISTS,
        )

    async def send(self, contact_id: str, difference: Difference) -> None:
        """Do it. Each step may be repeated without another effect."""
        for name in difference.tag:
            await self._tag(contact_id, name)
        for bond in difference.untag:
            await self._untag(bond)
        for list_id in difference.subscribe:
            await self._post("contactList", {"list": list_id, "contact": contact_id, "status": 1})
        for list_id in difference.again:
            body = {"list": list_id, "contact": contact_id, "status": 1, "sourceid": _AGAIN}
            await self._post("contactList", body)
        for list_id in difference.unsubscribe:
            await self._post("contactList", {"list": list_id, "contact": contact_id, "status": 2})

    async def _tag(self, contact_id: str, name: str) -> None:
        remembered = name.casefold() in self._ids
        try:
            await self._post("contactTag", {"contact": contact_id, "tag": await self._id_of(name)})
        except NotFound:
            if not remembered:
                raise
            # The tag itself may have been deleted since: then it is made anew.
            del self._ids[name.casefold()]
            await self._post("contactTag", {"contact": contact_id, "tag": await self._id_of(name)})

    async def _post(self, key: str, body: Mapping[str, object]) -> None:
        what = "tags" if key == "contactTag" else "lists"
        await self._wire.call(
            "POST", f"/{key}s", json={key: body}, idempotent=True, record=f"the {what} of the contact {body['contact']}"
        )

    async def _untag(self, bond: str) -> None:
        try:
            await self._wire.call("DELETE", f"/contactTags/{quote(bond, safe='')}", record="the tag of the contact")
        except NotFound:
            return

    async def _id_of(self, name: str) -> str:
        """A tag's id; a tag that is not there is made, one that is there is answered."""
        known = self._ids.get(name.casefold())
        if known is not None:
            return known
        body = {"tag": {"tag": name, "tagType": "contact", "description": ""}}
        data = await self._wire.data("POST", "/tags", json=body, idempotent=True, record=f"the tag {name}")
        self._learn({"tags": [data.get("tag")]})
        self._ids[name.casefold()] = id_ = str((data.get("tag") or {})["id"])
        return id_


def _chosen(value: Value) -> frozenset[str]:
    return value if is_choices(value) else frozenset()


def _rows(data: Mapping[str, Any], key: str) -> list[Row]:
    rows = data.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _by_contact(side: object) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in side if isinstance(side, list) else []:
        if isinstance(row, dict):
            found.setdefault(str(row.get("contact")), []).append(row)
    return found
