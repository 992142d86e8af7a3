"""Members one by one: read, looked up, created, changed, deleted.

Source: https://developer.wordpress.org/rest-api/reference/users/.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from desktop.connectors.accessally.bridge import Bridge
from desktop.connectors.accessally.client import USERS, Wire
from desktop.connectors.accessally.convert import is_default, read_value, write_core, write_meta
from desktop.connectors.accessally.listing import FIELDS, SEEING, Row, checked_row, sweep
from desktop.connectors.accessally.refusals import BEFORE_SAVING
from desktop.connectors.accessally.schemas import TAGS
from desktop.connectors.dialect import Answer
from desktop.connectors.guard import confirming
from desktop.connectors.progress import parse_moment
from desktop.domain.errors import CrosswalkError, NotFound, RecordRefused
from desktop.domain.record import Record
from desktop.domain.schema import ID, Field, ObjectSchema
from desktop.domain.values import Value, Values, is_choices, is_empty

FIND_KEYS = frozenset({ID, "email", "username", "slug"})
"""Fields that WordPress can look users up by; registered meta can't be searched."""
_LONGEST_NAME = 60
_NOT_IN_NAME = re.compile(r"[^a-zA-Z0-9 _.\-@]")
_AGAIN = "Correct the value. The next run finds the member by its e-mail address and completes it."


class Members:
    """The members of one site."""

    def __init__(self, wire: Wire, bridge: Bridge) -> None:
        self._wire = wire
        self._bridge = bridge

    @staticmethod
    def read_row(schema: ObjectSchema, row: Row, tags: frozenset[str] | None) -> Record:
        """A member from the wire.

        :param tags: ``None`` where they were not read.
        """
        values: dict[str, Value] = {}
        meta = row.get("meta") if isinstance(row.get("meta"), dict) else {}
        for field in schema.fields:
            source, key = (meta, field.wire) if field.wire else (row, field.key)
            if is_tags(field):
                if tags is not None:
                    values[TAGS] = tags or None
            elif not field.is_system and source is not None and key in source:
                read_value(values, field, source[key])
        return Record(schema.key, str(row["id"]), values, created_at=parse_moment(row.get("registered_date")))

    async def get(self, schema: ObjectSchema, member_id: str) -> Record:
        """One member as it is now."""
        row = checked_row(
            self._wire, await self._wire.data("GET", self._route(member_id), params=SEEING, record=_called(member_id))
        )
        tags = await self._bridge.tags_of([member_id]) if TAGS in schema.by_key else {}
        return self.read_row(schema, row, tags.get(member_id))

    async def find(self, field: Field, value: str) -> list[Row]:
        """The users that may have that value; the caller compares exactly."""
        rows: dict[str, Row] = {}
        for filters in _searches(field.key, value):
            async with aclosing(sweep(self._wire, filters)) as pages:
                async for listed in pages:
                    rows.update({str(row["id"]): row for row in listed.rows})
        return list(rows.values())

    async def create(self, schema: ObjectSchema, values: Values) -> Record:
        """Create a member with a password that nobody knows: they choose theirs by "Lost your password".

        :raises Duplicate: when its e-mail address or user name is taken.
        :raises RecordRefused: when it was not created, or, as the sentence then says, not completely.
        """
        given = {key: value for key, value in values.items() if not is_empty(value)}
        email = str(given.get("email") or "").strip()
        title = f"the member {email}"
        if not email:
            raise RecordRefused(
                "A member needs an e-mail address, and this one has none.", "Fill it in and try again.", field="email"
            )
        body = self._body(schema, given)
        name = str(given.get("username") or user_name_for(email))
        body |= {"email": email, "username": name, "password": secrets.token_urlsafe(32)}
        answer = await self._wire.attempt("POST", USERS, params={"_fields": FIELDS}, json=body, idempotent=False)
        if answer.status >= 400:
            raise await self._not_whole(schema, answer, body, _chosen(given.get(TAGS)), title)
        with confirming(self._wire.transport):
            row = checked_row(self._wire, answer.data)
        tags = await self._first_tags(str(row["id"]), _chosen(given.get(TAGS)), email)
        self._check_kept(schema, body, row, f"The member {email} was created")
        return self.read_row(schema, row, tags)

    async def _first_tags(self, member_id: str, chosen: frozenset[str], email: str) -> frozenset[str] | None:
        try:
            return await self._bridge.change_tags(member_id, chosen, (), f"the member {email}")
        except CrosswalkError as error:
            raise RecordRefused(
                f"The member {email} was created, but without its tags. {error.message}",
                error.hint,
                error.details,
                TAGS,
            ) from None

    async def _not_whole(
        self, schema: ObjectSchema, answer: Answer, body: Mapping[str, Any], tags: frozenset[str], title: str
    ) -> CrosswalkError:
        """The error for a refused creation, after what could be saved was saved.

        WordPress makes the user first and looks at registered keys then: where one of those is refused, the member is
        there, without it and what follows.
        """
        error = self._wire.error(answer, record=title, writes=True)
        refusal = self._wire.refusals.read(answer)
        meta = dict(body.get("meta") or {})
        if refusal.code in BEFORE_SAVING or refusal.field not in meta:
            return error
        member_id = await self._made(str(body["email"]), str(body["username"]))
        if member_id is None:
            return error
        missing = await self._complete(member_id, meta, refusal.field)
        try:
            await self._bridge.change_tags(member_id, tags, (), title)
        except CrosswalkError:
            missing.append(TAGS)
        labels = ", ".join(_label(schema, key) for key in missing)
        return RecordRefused(
            f"{title[:1].upper()}{title[1:]} was created, but without {labels}: {refusal.text}",
            _AGAIN,
            error.details,
            _key(schema, missing[0]),
        )

    async def _complete(self, member_id: str, meta: dict[str, Any], refused: str) -> list[str]:
        """Save the registered keys beside the refused one, as far as it goes; those that could not be saved."""
        missing = [refused]
        rest = {key: value for key, value in meta.items() if key != refused}
        while rest:
            try:
                await self._wire.call("POST", self._route(member_id), params={"_fields": "id"}, json={"meta": rest})
            except RecordRefused as error:
                if error.field not in rest:
                    return [*missing, *rest]
                missing.append(error.field)
                del rest[error.field]
            except CrosswalkError:
                return [*missing, *rest]
            else:
                break
        return missing

    async def _made(self, email: str, name: str) -> str | None:
        """The id of the user with that address and name."""
        async with aclosing(sweep(self._wire, {"search": email})) as pages:
            async for listed in pages:
                for row in listed.rows:
                    if _same(row["email"], email) and _same(row["username"], name):
                        return str(row["id"])
        return None

    async def update(self, schema: ObjectSchema, record: Record, changes: Values) -> Record:
        """Send the fields that change and nothing else."""
        title = _called(record.id)
        body = self._body(schema, changes, record)
        if "email" in changes and is_empty(changes["email"]):
            raise RecordRefused(
                f"WordPress keeps an e-mail address for each member, so that of {title} was not removed.",
                "Leave the field out of the change, or give another address.",
                field="email",
            )
        name = changes.get("username")
        if not is_empty(name) and not _same(name, record.values.get("username")):
            raise RecordRefused(
                f"WordPress never changes a user name, so {title} keeps its own. Nothing was changed.",
                "Leave the user name out of the change.",
                field="username",
            )
        if not body:
            row = (await self._wire.call("GET", self._route(record.id), params=SEEING, record=title)).data
        else:
            row = await self._wire.data(
                "POST", self._route(record.id), params={"_fields": FIELDS}, json=body, record=title
            )
        row = checked_row(self._wire, row)
        self._check_kept(schema, body, row, f"The rest of {title} was saved")
        tags = await self._tags_after(record, changes, title)
        answered = self.read_row(schema, row, tags)
        if tags is None and TAGS in record.values and TAGS in schema.by_key:
            return answered.patched({TAGS: record.values[TAGS]})
        return answered

    async def _tags_after(self, record: Record, changes: Values, title: str) -> frozenset[str] | None:
        """Give and take the tags that differ from the record as it was read; somebody else's stay."""
        if TAGS not in changes:
            return None
        wanted, had = _chosen(changes[TAGS]), _chosen(record.values.get(TAGS))
        tags = await self._bridge.change_tags(record.id, wanted - had, had - wanted, title)
        return tags if tags is not None else had

    async def delete(self, member_id: str, heir: str) -> None:
        """Delete a member and give what it wrote to another user; one that is gone is no error.

        :raises RecordRefused: for the connection's own user.
        """
        title = _called(member_id)
        if member_id == (await self._wire.account()).id:
            raise RecordRefused(
                f"{title.capitalize()} is the user that {self._wire.transport.name} signs in with, so it was not "
                "deleted.",
                "Delete it in WordPress, if that is what you want.",
            )
        try:
            answer = await self._wire.call(
                "DELETE",
                self._route(member_id),
                params={"force": "true", "reassign": heir, "_fields": "deleted"},
                record=title,
            )
        except NotFound:
            return
        if not isinstance(answer.data, dict) or answer.data.get("deleted") is not True:
            raise self._wire.refusals.unexpected("the answer does not say that the member was deleted")

    @staticmethod
    def _body(schema: ObjectSchema, values: Values, record: Record | None = None) -> dict[str, Any]:
        """What to send; of numbers and yes-or-no that are blank already nothing, since WordPress refuses that."""
        body: dict[str, Any] = {}
        meta: dict[str, Any] = {}
        for key, value in values.items():
            field = schema.field(key)
            if field is None or field.is_system or field.read_only or is_tags(field) or key == "username":
                continue
            if not field.wire:
                body[key] = write_core(field, value)
                continue
            wire_value = write_meta(field, value)
            if wire_value is not None or record is None or not is_default(field, record.values.get(key)):
                meta[field.wire] = wire_value
        return {**body, "meta": meta} if meta else body

    def _check_kept(self, schema: ObjectSchema, body: Mapping[str, Any], row: Row, done: str) -> None:
        """WordPress answers with success where it ignored a key that is not registered (any more).

        :raises RecordRefused: naming the keys.
        """
        meta = row.get("meta")
        kept = set(meta) if isinstance(meta, dict) else set[str]()
        dropped = [key for key in body.get("meta") or {} if key not in kept]
        if dropped:
            labels = ", ".join(_label(schema, key) for key in dropped)
            raise RecordRefused(
                f"{done}, but WordPress ignored {labels}: the field is not registered on the site of "
                f"{self._wire.transport.name} (any more).",
                "Add the field again (New field, with the Crosswalk Bridge plugin), or refresh the fields and take it "
                "out of the mapping.",
                f"keys {', '.join(dropped)}",
                _key(schema, dropped[0]),
            )

    def _route(self, member_id: str) -> str:
        if not member_id.isdecimal():
            raise NotFound(
                f"{self._wire.transport.name} does not have {_called(member_id)} (any more).",
                "Refresh the list: it may have been deleted.",
            )
        return f"{USERS}/{member_id}"


def is_tags(field: Field) -> bool:
    """Whether the field is AccessAlly's tags."""
    return field.key == TAGS and not field.wire


def user_name_for(email: str) -> str:
    """A user name that WordPress takes, made of an address: letters, digits, ``_ . - @``, at most 60 characters."""
    name = _NOT_IN_NAME.sub("-", email)
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(email.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST_NAME - 9]}-{digest}"


def _searches(key: str, value: str) -> list[dict[str, str | int]]:
    """The filters that bring everybody who may have a value.

    A search for text with an @ looks at addresses alone, so a user name like that is also looked for by the slug that
    WordPress made of it.
    """
    if key == "slug":
        return [{"slug": value}]
    if key == "username" and "@" in value:
        return [{"search": value, "search_columns": "username"}, {"slug": _slug(value)}]
    return [{"search": value}]


def _slug(name: str) -> str:
    """What WordPress's ``sanitize_title`` makes of a user name."""
    return re.sub(r"-+", "-", re.sub(r"[^a-z0-9_-]", "", re.sub(r"[\s.]", "-", name.lower()))).strip("-")[:50]


def _same(one: object, other: object) -> bool:
    return str(one).strip().casefold() == str(other).strip().casefold()


def _chosen(value: Value) -> frozenset[str]:
    return value if is_choices(value) else frozenset()


def _called(member_id: str) -> str:
    return f"the member {member_id}"


def _label(schema: ObjectSchema, key: str) -> str:
    return next((field.label for field in schema.fields if (field.wire or field.key) == key), key)


def _key(schema: ObjectSchema, key: str) -> str:
    return next((field.key for field in schema.fields if (field.wire or field.key) == key), key)
