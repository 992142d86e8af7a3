"""What the tests of hostile answers ask of each kind of object, and how its platform answers when all is well."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from desktop.connectors.base import Connector, Page
from desktop.domain.errors import CrosswalkError
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, Values
from tests.connectors.accessally_server import INDEX, ME, user
from tests.connectors.conftest import Connect
from tests.connectors.raw_server import RawServer, Reply, raw_server, reply

NAME = "Blue Shop"
WORD = "3f1c9a70topsecret5b7e4c55"
"""What must never be shown: a part of every credential here."""
TOKENS = {
    "highlevel": f"pit-{WORD}",
    "activecampaign": WORD,
    "activecollab": f"1-{WORD}",
    "accessally": f"admin:{WORD}",
}
ECHOES = {platform: token.rpartition(":")[2] for platform, token in TOKENS.items()}
"""What a careless server repeats of a credential: all of it, or of a user's name and password the password."""
ERRORS_INSIDE: Mapping[str, Any] = {
    "highlevel": {"statusCode": 401, "message": f"Invalid JWT {ECHOES['highlevel']}", "error": "Unauthorized"},
    "activecampaign": {"errors": [{"status": 500, "title": f"Failed for {WORD}", "code": "server_error"}]},
    "activecollab": {"type": "Error", "message": f"Database is away for {ECHOES['activecollab']}", "code": 0},
    "accessally": {"code": "rest_forbidden", "message": f"Not for {WORD}", "data": {"status": 403}},
}
"""How each platform words a failure; here it comes with a status of 200."""

Row = dict[str, Any]
Call = Callable[[Connector], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of object.

    :param row: a row with that number as the platform shows it, and more keys.
    :param page: the answer to a listing with those rows, of a stated number in all.
    :param single: the answer that holds one row.
    :param opening: answers before the first one of a call.
    :param reading: answers before the first page of a listing.
    :param updating: answers before the one to an update.
    :param one: whether one record can be read and changed by its address alone.
    """

    platform: str
    schema: ObjectSchema
    row: Callable[..., Row]
    page: Callable[[Sequence[Any], int], bytes]
    single: Callable[[Any], bytes]
    values: Values
    change: Values
    record_id: str = "1"
    opening: tuple[bytes, ...] = ()
    reading: tuple[bytes, ...] = ()
    updating: tuple[bytes, ...] = ()
    one: bool = True
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        return f"{self.platform}-{self.schema.key}"

    @property
    def text_key(self) -> str:
        """A field that holds text."""
        return next(iter(self.change))

    @property
    def calls(self) -> Mapping[str, tuple[tuple[bytes, ...], Call]]:
        """What can be asked, each with the answers before the one that matters."""
        record = Record(self.schema.key, self.record_id, {**self.values})
        found: dict[str, tuple[tuple[bytes, ...], Call]] = {
            "read": ((*self.opening, *self.reading), lambda connector: pages_of(connector, self.schema)),
            "create": (self.opening, lambda connector: connector.create(self.schema, self.values)),
        }
        if self.one:
            found |= {
                "get": (self.opening, lambda connector: connector.get(self.schema, self.record_id)),
                "update": (
                    (*self.opening, *self.updating),
                    lambda connector: connector.update(self.schema, record, self.change),
                ),
                "delete": (self.opening, lambda connector: connector.delete(self.schema, self.record_id)),
            }
        return found


async def pages_of(connector: Connector, schema: ObjectSchema) -> list[Page]:
    """The pages of a whole read."""
    return [page async for page in connector.read(schema)]


async def read_to_the_end(connector: Connector, schema: ObjectSchema) -> tuple[list[Page], CrosswalkError | None]:
    """The pages that a read passed on, and the error that it ended in."""
    seen: list[Page] = []
    try:
        async for page in connector.read(schema):
            seen.append(page)
    except CrosswalkError as error:
        return seen, error
    return seen, None


def answer(body: object, *headers: str) -> bytes:
    """A good answer of JSON."""
    return reply(json.dumps(body), *headers)


def _schema(key: str, label: str, *fields: Field, **more: Any) -> ObjectSchema:
    return ObjectSchema(key, label, f"{label}s", title=fields[0].key, fields=fields, **more)


def _text(key: str, wire: str = "") -> Field:
    return Field(key, key.capitalize(), FieldType.TEXT, wire=wire)


def _highlevel(key: str, label: str, rows: str, row: Callable[..., Row], *fields: Field, **more: Any) -> Target:
    return Target(
        "highlevel",
        _schema(key, label, *fields, custom=key.startswith("custom_objects.")),
        row=row,
        page=lambda found, total: answer({rows: found, "total": total}),
        single=lambda found: answer({rows.removesuffix("ies") + "y" if rows.endswith("ies") else rows[:-1]: found}),
        **more,
    )


_IDS = frozenset({"c1"})
_ORDER = _schema("orders", "Order", _text("number"), _text("note"), id="s1", custom=True)


def _order_row(number: Any, **more: Any) -> Row:
    entries = [{"id": key, "value": more.pop(key)} for key in ("number", "note") if key in more]
    return {"id": number, "fields": entries or [{"id": "number", "value": f"N{number}"}], "relationships": {}, **more}


TARGETS = (
    _highlevel(
        "contact",
        "Contact",
        "contacts",
        lambda number, **more: {"id": number, "firstName": f"N{number}", "searchAfter": [1, str(number)], **more},
        _text("firstName"),
        values={"firstName": "Ada"},
        change={"firstName": "Grace"},
    ),
    _highlevel(
        "custom_objects.orders",
        "Order",
        "records",
        lambda number, **more: {
            "id": number,
            "properties": {"note": more.pop("note", f"N{number}")},
            "searchAfter": [1, str(number)],
            **more,
        },
        _text("note"),
        values={"note": "Ada"},
        change={"note": "Grace"},
    ),
    _highlevel(
        "opportunity",
        "Opportunity",
        "opportunities",
        lambda number, **more: {"id": number, "name": f"N{number}", "searchAfter": [1, str(number)], **more},
        _text("name"),
        values={"name": "Ada", "status": "open", "contactId": _IDS},
        change={"name": "Grace"},
    ),
    _highlevel(
        "task",
        "Task",
        "tasks",
        lambda number, **more: {
            "id": number,
            "contactId": "c1",
            "title": f"N{number}",
            "searchAfter": [1, str(number)],
            **more,
        },
        _text("title"),
        values={"title": "Ada", "contactId": _IDS},
        change={"title": "Grace"},
        record_id="c1:1",
    ),
    Target(
        "activecampaign",
        _schema("contacts", "Contact", _text("email"), _text("firstName")),
        row=lambda number, **more: {"id": str(number), "email": f"{number}@example.com", "deleted": "0", **more},
        page=lambda found, total: answer({"contacts": found, "meta": {"total": str(total)}}),
        single=lambda found: answer({"contact": found, "fieldValues": []}),
        values={"email": "ada@example.com"},
        change={"firstName": "Grace"},
        options={"page_size": "100"},
    ),
    Target(
        "activecampaign",
        _ORDER,
        row=_order_row,
        page=lambda found, total: answer({"records": found, "meta": {"total": total}}),
        single=lambda found: answer({"record": found}),
        values={"number": "Ada"},
        change={"note": "Grace"},
        updating=(answer({"record": _order_row("1")}),),
    ),
    Target(
        "activecampaign",
        _schema("accounts", "Account", _text("name")),
        row=lambda number, **more: {"id": str(number), "name": f"N{number}", "fields": [], **more},
        page=lambda found, total: answer({"accounts": found, "meta": {"total": str(total)}}),
        single=lambda found: answer({"account": found}),
        values={"name": "Ada"},
        change={"name": "Grace"},
    ),
    Target(
        "activecollab",
        _schema("companies", "Company", _text("name", "name")),
        row=lambda number, **more: {"id": number, "name": f"N{number}", **more},
        page=lambda found, _total: answer(found),
        single=lambda found: answer({"single": found}),
        values={"name": "Ada"},
        change={"name": "Grace"},
    ),
    Target(
        "activecollab",
        _schema("time_records", "Time record", _text("summary", "summary")),
        row=lambda number, **more: {"id": number, "summary": f"N{number}", "project_id": 1, **more},
        page=lambda found, _total: answer({"time_records": found, "related": {}}),
        single=lambda found: answer({"single": found}),
        values={"summary": "Ada", "project": frozenset({"1"})},
        change={"summary": "Grace"},
        reading=(answer([{"id": 1, "name": "P"}]), answer([])),
        one=False,
    ),
    Target(
        "accessally",
        _schema("members", "Member", _text("email"), _text("first_name")),
        row=lambda number, **more: user(number, f"{number}@example.com", **{"first_name": f"N{number}", **more}),
        page=lambda found, total: answer(found, f"X-WP-Total: {total}"),
        single=answer,
        values={"email": "ada@example.com"},
        change={"first_name": "Grace"},
        opening=(reply(INDEX), reply(ME)),
        options={"delete_members": "on", "reassign_to": "1"},
        record_id="2",
    ),
)


@dataclass(slots=True)
class Heard:
    """What came of a call.

    :param requests: heads and bodies of what was sent after the opening answers.
    """

    error: CrosswalkError | None
    result: Any
    requests: list[bytes]


@asynccontextmanager
async def speaking_to(target: Target, connect: Connect, *replies: Reply) -> AsyncIterator[tuple[Connector, RawServer]]:
    """A connection to a server that gives those answers."""
    async with raw_server(list(replies)) as server:
        yield (
            await connect(
                target.platform,
                name=NAME,
                base_url=server.url,
                token=TOKENS[target.platform],
                account="loc1" if target.platform == "highlevel" else "",
                **target.options,
            ),
            server,
        )


async def ask(target: Target, connect: Connect, call: str, *replies: Reply) -> Heard:
    """Make a call that gets those answers once it is open for them. Errors other than the domain's are not caught."""
    before, asked = target.calls[call]
    async with speaking_to(target, connect, *before, *replies) as (connector, server):
        try:
            result = await asked(connector)
        except CrosswalkError as error:
            return Heard(error, None, server.requests[len(before) :])
        return Heard(None, result, server.requests[len(before) :])


def assert_sentence(error: CrosswalkError) -> None:
    """The operator can read it, act on it, and show it to anybody."""
    assert NAME in error.message, error.message
    assert error.hint.strip()
    assert len(error.message) < 700
    for text in (error.message, error.hint):
        assert text.isprintable(), ascii(text)
        assert text.endswith((".", "!", "?"))
    assert WORD not in f"{error.message} {error.hint} {error.details}"
    assert len(error.details) < 3000
    msgspec.json.encode(error.report())
