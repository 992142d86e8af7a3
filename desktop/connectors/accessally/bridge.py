"""The Crosswalk Bridge plugin's routes: registered keys, AccessAlly's tags, and who changed since a time.

Source: ``resources/wordpress/README.md``. Everything here does without the plugin where it is not installed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote

from desktop.connectors.accessally.client import BRIDGE, Wire
from desktop.connectors.dialect import Answer
from desktop.connectors.together import together
from desktop.domain.errors import InvalidInput, NotFound, RecordRefused
from desktop.domain.schema import Option

_PREFIX = f"/{BRIDGE}"
_CHANGES = 1000
_TAGS_OF_MANY = 2
"""The contract from which the tags of several members are told at once."""
_MEMBERS = 100
"""Members of one such request at most."""
INSTALL = "Install the Crosswalk Bridge plugin on the site first: Crosswalk saves it for you under Connections."


@dataclass(frozen=True, slots=True)
class Status:
    """What the plugin says of the site.

    :param accessally: the product's version, blank where it is not active.
    :param mode: where AccessAlly keeps contacts (``managed`` or ``connected``), blank where it can't be told.
    """

    version: str
    accessally: str
    mode: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """Members that changed, oldest change first.

    :param ids: those that are there.
    :param gone: those that were deleted.
    :param now: the site's time when it answered.
    """

    ids: Sequence[str]
    gone: Sequence[str]
    now: datetime


class Bridge:
    """The plugin on one site."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._contract: int | None = None

    async def installed(self) -> bool:
        """Whether the plugin is there."""
        return (await self._wire.site()).has_bridge

    async def status(self) -> Status | None:
        """What the plugin says of the site, ``None`` without it."""
        if not await self.installed():
            return None
        data = await self._wire.data("GET", f"{_PREFIX}/status")
        self._contract = int(data.get("contract") or 1)
        product = data.get("accessally") or {}
        return Status(
            str(data.get("plugin") or ""),
            str(product.get("version") or "active") if product.get("present") else "",
            str(product.get("mode") or ""),
            _moment(data["now"]),
        )

    async def labels(self) -> dict[str, str]:
        """The labels of the keys that the plugin registers, by key."""
        if not await self.installed():
            return {}
        data = await self._wire.data("GET", f"{_PREFIX}/fields")
        return {str(item["key"]): str(item.get("label") or "") for item in data.get("fields") or []}

    async def put_field(self, key: str, type_: str, label: str) -> Answer:
        """Register a key, or give a registered one another label; the answer may be a refusal."""
        return await self._wire.attempt("POST", f"{_PREFIX}/fields", json={"key": key, "type": type_, "label": label})

    async def remove_field(self, key: str) -> None:
        """Stop registering a key; what members have under it stays. One that is not registered is no error."""
        try:
            await self._wire.call("DELETE", f"{_PREFIX}/fields/{quote(key, safe='')}", record=f"the field {key}")
        except NotFound:
            return

    async def tags(self) -> tuple[Option, ...] | None:
        """AccessAlly's tags, ``None`` where the plugin or the product is missing."""
        status = await self.status()
        if status is None or not status.accessally:
            return None
        data = await self._wire.data("GET", f"{_PREFIX}/tags")
        return tuple(Option(str(tag["Id"]), str(tag.get("TagName") or tag["Id"])) for tag in data.get("tags") or [])

    async def tags_of(self, member_ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """The tags that each member has by its id; members that are gone are left out.

        A request tells those of 100 members; where the plugin is of contract 1, those of one.
        """
        ids = list(dict.fromkeys(member_ids))
        if len(ids) > 1 and await self._tells_many():
            chunks = [ids[start : start + _MEMBERS] for start in range(0, len(ids), _MEMBERS)]
            told = await together(self._tags_of_many(chunk) for chunk in chunks)
            return {member_id: tags for part in told for member_id, tags in part.items()}
        found = await together(self._tags_of(member_id) for member_id in ids)
        return {member_id: tags for member_id, tags in zip(ids, found, strict=True) if tags is not None}

    async def _tells_many(self) -> bool:
        if self._contract is None:
            await self.status()
        return self._contract is not None and self._contract >= _TAGS_OF_MANY

    async def _tags_of_many(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        params = {"ids": ",".join(ids)}
        data = await self._wire.data("GET", f"{_PREFIX}/members/tags", params=params, record="the members' tags")
        return {str(member["id"]): _ids(member) for member in data["members"]}

    async def _tags_of(self, member_id: str) -> frozenset[str] | None:
        answer = await self._wire.attempt("GET", _tags_route(member_id))
        if answer.status < 400:
            return _ids(cast("dict[str, Any]", answer.data))
        error = self._wire.error(answer, record=f"the member {member_id}", writes=False)
        if isinstance(error, NotFound):
            return None
        raise error

    async def change_tags(
        self, member_id: str, add: Collection[str], remove: Collection[str], title: str
    ) -> frozenset[str] | None:
        """Give a member tags and take others away; what the site knows the member to have afterwards.

        Where another platform keeps the contacts, that may be the old ones for a while. ``None``: nothing to change.

        :raises RecordRefused: when AccessAlly has no such tag, or the member is no contact of it yet.
        """
        tags: frozenset[str] | None = None
        for method, ids in (("POST", add), ("DELETE", remove)):
            if not ids:
                continue
            numbers = [int(item) for item in sorted(ids) if item.isdecimal()]
            unknown = sorted(item for item in ids if not item.isdecimal())
            if unknown:
                raise _unknown_tags(title, unknown)
            answer = await self._wire.attempt(method, _tags_route(member_id), json={"tags": numbers})
            if answer.status >= 400:
                raise _tag_error(answer, title) or self._wire.error(answer, record=title, writes=True)
            tags = _ids(cast("dict[str, Any]", answer.data))
        return tags

    async def changes(self, since: datetime) -> AsyncGenerator[Changes]:
        """Who changed at or after a time; a member may come more than once.

        :raises UnexpectedAnswer: when the list does not go on.
        """
        place: dict[str, int] = {"since": max(0, int(since.timestamp()))}
        while True:
            data = await self._wire.data("GET", f"{_PREFIX}/changes", params={**place, "limit": _CHANGES})
            ids: dict[bool, list[str]] = {False: [], True: []}
            for item in data["changes"]:
                ids[bool(item.get("deleted"))].append(str(item["id"]))
            yield Changes(ids[False], ids[True], _moment(data["now"]))
            following = data.get("next")
            if following is None:
                return
            upcoming = {"since": int(following["since"]), "after": int(following["after"])}
            if (upcoming["since"], upcoming["after"]) <= (place["since"], place.get("after", -1)):
                raise self._wire.refusals.unexpected("the list of changes does not go on")
            place = upcoming

    async def set_webhook(self, address: str, secret: str) -> None:
        """Have the site send what happens to an address, signed with a secret.

        :raises InvalidInput: when the site does not take the address.
        """
        answer = await self._wire.attempt("PUT", f"{_PREFIX}/webhooks", json={"url": address, "secret": secret})
        if _code(answer.data) == "crosswalk_invalid_url":
            raise InvalidInput(
                "The site does not send messages to this address.", hint="It takes addresses that begin with https://."
            )
        if answer.status >= 400:
            raise self._wire.error(answer, record="the address for messages", writes=True)

    async def remove_webhook(self) -> None:
        """Have the site send nothing any longer."""
        await self._wire.call("DELETE", f"{_PREFIX}/webhooks", record="the address for messages")


def _tags_route(member_id: str) -> str:
    return f"{_PREFIX}/members/{quote(member_id, safe='')}/tags"


def _tag_error(answer: Answer, title: str) -> RecordRefused | None:
    code = _code(answer.data)
    if code == "crosswalk_no_contact":
        return RecordRefused(
            f"The tags of {title} were not saved: AccessAlly does not have the member as a contact yet.",
            "Open the member in WordPress, tab AccessAlly, and press Resync. Then try again.",
            f"status {answer.status} {code}",
            "tags",
        )
    if code == "crosswalk_unknown_tag":
        body = cast("dict[str, Any]", answer.data)
        return _unknown_tags(title, [str(item) for item in (body.get("data") or {}).get("tags") or []])
    return None


def _unknown_tags(title: str, tags: Sequence[str]) -> RecordRefused:
    return RecordRefused(
        f"The tags of {title} were not saved: AccessAlly has no tag {', '.join(tags)}.",
        "Refresh the fields, and choose tags that are there; new ones are made in AccessAlly.",
        field="tags",
    )


def _ids(data: dict[str, Any]) -> frozenset[str]:
    return frozenset(str(item) for item in data["tags"])


def _code(data: object) -> str:
    return str(cast("dict[str, Any]", data).get("code") or "") if isinstance(data, dict) else ""


def _moment(seconds: object) -> datetime:
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except OSError as error:
        raise ValueError("no time of any calendar") from error
