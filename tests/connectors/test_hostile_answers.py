"""Whatever a server answers, the operator reads a sentence and nothing is lost.

One table says what the server does and what is then read. Each line of it is tried on every kind of object of every
platform, and on every call.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from desktop.domain.errors import CredentialRefused, OutcomeUnknown, ScopeMissing
from tests.connectors.conftest import Connect
from tests.connectors.hostile import (
    ECHOES,
    ERRORS_INSIDE,
    TARGETS,
    Target,
    ask,
    assert_sentence,
    read_to_the_end,
    speaking_to,
)
from tests.connectors.raw_server import Reply, reply

pytestmark = pytest.mark.anyio

FORM = "in a form that Crosswalk does not know."
NO_DATA = "127.0.0.1 answered Blue Shop with"


def _cut(target: Target) -> Callable[[asyncio.StreamWriter], None]:
    """The connection ends in the middle of the answer."""

    def write(writer: asyncio.StreamWriter) -> None:
        whole = target.page([target.row(1)], 1)
        writer.write(whole[: len(whole) - 5])

    return write


def _half(target: Target) -> bytes:
    body = target.page([target.row(1)], 1).partition(b"\r\n\r\n")[2]
    return reply(body[: len(body) // 2])


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    :param does: what the server answers.
    :param reads: what the operator then reads of a listing.
    :param deletes: whether a delete that is answered so has been done, where the platform has nothing to say.
    """

    name: str
    does: Callable[[Target], Reply]
    reads: str
    deletes: bool = False

    def __str__(self) -> str:
        return self.name


def _page(status: str) -> Callable[[Target], Reply]:
    """A web page that repeats the credential."""
    return lambda target: reply(
        f"<!DOCTYPE html><html><title>Sign in {ECHOES[target.platform]}</title>", status=status, kind="text/html"
    )


def _elsewhere(target: Target) -> bytes:
    return reply("", f"Location: https://login.example/?next={ECHOES[target.platform]}", status="302 Found")


def _always(given: Reply) -> Callable[[Target], Reply]:
    return lambda _target: given


TABLE = (
    Line("the connection ends within the answer", _cut, "to Blue Shop keep arriving incomplete."),
    Line("JSON that ends in the middle", _half, f"{NO_DATA} something unreadable instead of data."),
    Line("a web page", _page("200 OK"), f"{NO_DATA} a web page instead of data."),
    Line(
        "a web page that says not found",
        _page("404 Not Found"),
        f"{NO_DATA} a web page instead of data.",
    ),
    Line(
        "a redirect to a sign-in page",
        _elsewhere,
        "127.0.0.1 sends Blue Shop on to another address, which is not followed with a credential.",
    ),
    Line("an error with a good status", lambda target: reply(json.dumps(ERRORS_INSIDE[target.platform])), FORM),
    Line("nothing", _always(reply("")), FORM, deletes=True),
    Line("null", _always(reply("null")), FORM, deletes=True),
    Line("a number", _always(reply("7")), FORM, deletes=True),
    Line("a text", _always(reply('"done"')), FORM, deletes=True),
    Line("a list of numbers", _always(reply("[1, 2, 3]")), FORM, deletes=True),
    Line("an object without what was asked for", _always(reply('{"ok": true}')), FORM, deletes=True),
    Line(
        "lists where objects should be and objects where lists should be",
        _always(
            reply(
                json.dumps(
                    {key: {} for key in ("contacts", "records", "opportunities", "tasks", "accounts", "time_records")}
                    | {key: ["x"] for key in ("contact", "record", "opportunity", "task", "account", "single")}
                )
            )
        ),
        FORM,
        deletes=True,
    ),
    Line("JSON deeper than anybody reads", _always(reply("[" * 100_000 + "]" * 100_000)), NO_DATA),
    Line("bytes that are no text", _always(reply(b'{"contacts": "\xff\xfe"}')), NO_DATA),
    Line("a number of more digits than there are", _always(reply('{"x": 1e99999999999999999999}')), NO_DATA),
)
LINES = pytest.mark.parametrize("line", TABLE, ids=str)
EACH = pytest.mark.parametrize("target", TARGETS, ids=str)


@EACH
@LINES
async def test_a_listing_that_is_mangled_never_looks_complete(connect: Connect, target: Target, line: Line) -> None:
    heard = await ask(target, connect, "read", line.does(target))
    assert heard.error is not None, heard.result
    assert line.reads in heard.error.message
    assert_sentence(heard.error)


@EACH
@LINES
async def test_a_create_whose_answer_is_mangled_is_not_certain_and_not_repeated(
    connect: Connect, target: Target, line: Line
) -> None:
    heard = await ask(target, connect, "create", line.does(target))
    assert heard.error is not None, heard.result
    if "redirect" in line.name:
        assert "not followed" in heard.error.message
    else:
        assert isinstance(heard.error, OutcomeUnknown), heard.error
        assert "known whether it was saved" in heard.error.message
        assert "Look the record up" in heard.error.hint
    assert_sentence(heard.error)
    assert len(heard.requests) == 1


@pytest.mark.parametrize("call", ["get", "update", "delete"])
@pytest.mark.parametrize("target", [target for target in TARGETS if target.one], ids=str)
@LINES
async def test_every_other_call_ends_in_a_sentence(connect: Connect, target: Target, line: Line, call: str) -> None:
    heard = await ask(target, connect, call, line.does(target))
    if heard.error is None:
        assert call == "delete", heard.result
        assert line.deletes
        return
    assert not isinstance(heard.error, CredentialRefused | ScopeMissing)
    assert_sentence(heard.error)


@pytest.mark.parametrize("target", [target for target in TARGETS if target.platform != "activecollab"], ids=str)
async def test_a_listing_that_breaks_off_after_its_first_page_has_no_last_page(
    connect: Connect, target: Target
) -> None:
    """However the second page fails, the first one is passed on as what it is: not the last."""
    first = target.page([target.row(number) for number in range(1, 101)], 1000)
    before, _ = target.calls["read"]
    for line in TABLE:
        async with speaking_to(target, connect, *before, first, line.does(target)) as (connector, _server):
            seen, error = await read_to_the_end(connector, target.schema)
        assert error is not None
        assert_sentence(error)
        assert not any(page.last for page in seen)
        assert sum(len(page.records) for page in seen) in (0, 100), line.name


@EACH
async def test_good_answers_are_taken(connect: Connect, target: Target) -> None:
    """The answers that the table mangles are good ones."""
    heard = await ask(target, connect, "read", target.page([target.row(1), target.row(2)], 2), *_ending(target))
    assert heard.error is None, heard.error
    assert heard.result[-1].last
    assert sorted(record.id for page in heard.result for record in page.records) == _ids(target)
    for call in target.calls:
        if call in ("get", "create", "update"):
            heard = await ask(target, connect, call, target.single(target.row(1, **{target.text_key: "Grace"})))
            assert heard.error is None, heard.error
            assert heard.result.values[target.text_key] == "Grace"


def _ending(target: Target) -> tuple[bytes, ...]:
    """What follows the only page: of tasks a page without any, of what lies in projects their listing once more."""
    if target.schema.key == "task":
        return (target.page([], 0),)
    return (reply("[]"),) if target.platform == "activecollab" else ()


def _ids(target: Target) -> list[str]:
    return ["c1:1", "c1:2"] if target.schema.key == "task" else ["1", "2"]
