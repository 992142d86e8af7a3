"""Signing in to ActiveCollab: at a server of one's own, in the cloud, with a second step, with several accounts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from desktop.connectors.activecollab.signing_in import login_address, start_sign_in
from desktop.connectors.signing_in import Ask, SignedIn, SignIn
from desktop.domain.errors import CredentialRefused, CrosswalkError, InvalidInput, UnexpectedAnswer, Unreachable
from tests.connectors.conftest import Connect, QuickClock, Sandbox
from tests.connectors.raw_server import raw_server, reply

pytestmark = pytest.mark.anyio

PASSWORD = "open sesame ünïcode"
TYPED = {"email": "ada@example.com", "password": PASSWORD}


@pytest.fixture
def ready(sandbox: Sandbox) -> Mapping[str, Any]:
    sandbox.configure("activecollab", two_factor=False, second_account=False, intent_on="account")
    return sandbox.ready("activecollab")


@asynccontextmanager
async def signing_in(address: str, clock: QuickClock) -> AsyncIterator[SignIn]:
    conversation = start_sign_in(address, clock)
    try:
        yield conversation
    finally:
        await conversation.aclose()


def typed(ready: Mapping[str, Any], **other: str) -> dict[str, str]:
    return {"email": ready["username"], "password": ready["password"], **other}


async def check(connect: Connect, end: object) -> str:
    """The end works as a connection; its address."""
    assert isinstance(end, SignedIn)
    assert end.account == ""
    assert end.secret not in repr(end)
    identity = await (await connect("activecollab", base_url=end.base_url, token=end.secret, account="")).identify()
    assert identity.name
    return end.base_url


@pytest.mark.parametrize("ending", ["", "/", "/api/v1"])
async def test_at_a_server_of_ones_own(
    connect: Connect, ready: Mapping[str, Any], clock: QuickClock, ending: str
) -> None:
    async with signing_in(ready["base_url"] + ending, clock) as conversation:
        asked = await conversation.start()
        assert isinstance(asked, Ask)
        assert [(item.name, item.secret) for item in asked.questions] == [("email", False), ("password", True)]
        assert "127.0.0.1" in asked.text
        assert await check(connect, await conversation.answer(typed(ready))) == ready["base_url"]


@pytest.mark.parametrize("intent_on", ["user", "account"])
async def test_in_the_cloud(
    connect: Connect, sandbox: Sandbox, ready: Mapping[str, Any], clock: QuickClock, intent_on: str
) -> None:
    sandbox.configure("activecollab", intent_on=intent_on)
    async with signing_in(ready["cloud_base_url"], clock) as conversation:
        asked = await conversation.start()
        assert isinstance(asked, Ask)
        assert "cloud" in asked.text
        end = await check(connect, await conversation.answer(typed(ready)))
        assert end == f"{ready['cloud_base_url']}/{ready['cloud_account']}"


async def test_with_a_second_step_and_several_accounts(
    connect: Connect, sandbox: Sandbox, ready: Mapping[str, Any], clock: QuickClock
) -> None:
    sandbox.configure("activecollab", two_factor=True, second_account=True)
    async with signing_in(ready["cloud_base_url"], clock) as conversation:
        asked = await conversation.answer(typed(ready))
        assert isinstance(asked, Ask)
        assert [item.name for item in asked.questions] == ["code"]
        with pytest.raises(CredentialRefused) as caught:
            await conversation.answer({"code": "000000"})
        assert caught.value.message == "The code is wrong or too old."
        asked = await conversation.answer({"code": ready["two_factor_code"]})
        assert isinstance(asked, Ask)
        assert set(asked.questions[0].choices) == {"123456", "654321"}
        with pytest.raises(InvalidInput):
            await conversation.answer({"account": "9"})
        end = await check(connect, await conversation.answer({"account": "654321"}))
        assert end.endswith("/654321")


async def test_an_account_in_the_address_is_not_asked_for(
    connect: Connect, sandbox: Sandbox, ready: Mapping[str, Any], clock: QuickClock
) -> None:
    sandbox.configure("activecollab", second_account=True)
    async with signing_in(f"{ready['cloud_base_url']}/654321", clock) as conversation:
        assert (await check(connect, await conversation.answer(typed(ready)))).endswith("/654321")
    async with signing_in(f"{ready['cloud_base_url']}/777777", clock) as conversation:
        with pytest.raises(CredentialRefused) as caught:
            await conversation.answer(typed(ready))
        assert "no account" in caught.value.message


async def test_a_sign_in_ends_no_other_programs_token(
    connect: Connect, ready: Mapping[str, Any], clock: QuickClock
) -> None:
    async with signing_in(ready["base_url"], clock) as conversation:
        await check(connect, await conversation.answer(typed(ready)))
    assert (await (await connect("activecollab")).identify()).name


@pytest.mark.parametrize(("left_out", "place"), [("email", "email"), ("password", "password")])
async def test_what_is_missing_is_asked_for_again(
    connect: Connect, ready: Mapping[str, Any], clock: QuickClock, left_out: str, place: str
) -> None:
    async with signing_in(ready["base_url"], clock) as conversation:
        with pytest.raises(InvalidInput) as caught:
            await conversation.answer(typed(ready, **{left_out: " "}))
        assert [problem.place for problem in caught.value.problems] == [place]
        await check(connect, await conversation.answer(typed(ready)))


async def test_a_wrong_password_can_be_typed_again(
    connect: Connect, ready: Mapping[str, Any], clock: QuickClock
) -> None:
    async with signing_in(ready["base_url"], clock) as conversation:
        with pytest.raises(CredentialRefused) as caught:
            await conversation.answer(typed(ready, password="wrong-password"))
        assert caught.value.message == "The password is wrong."
        assert "wrong-password" not in str(caught.value.report())
        await check(connect, await conversation.answer(typed(ready)))
    async with signing_in(ready["cloud_base_url"], clock) as conversation:
        with pytest.raises(CredentialRefused) as caught:
            await conversation.answer(typed(ready, password="wrong-password"))
        assert "cloud does not accept" in caught.value.message
        await check(connect, await conversation.answer(typed(ready)))


@pytest.mark.parametrize(
    ("status", "body", "error", "sentence"),
    [
        (500, {"type": 2, "message": "x"}, CredentialRefused, "127.0.0.1 knows nobody who is active with this"),
        (500, {"type": 3, "message": "x"}, CredentialRefused, "The password is wrong."),
        (500, {"type": 4, "message": "x"}, CredentialRefused, "This person may not use other programs"),
        (
            500,
            {
                "type": "ValueError",
                "message": "DOMDocument::loadXML(): Argument #1 ($source) must not be empty",
                "code": 0,
            },
            CredentialRefused,
            "This is an account of ActiveCollab's cloud, where people sign in another way.",
        ),
        (
            404,
            {"type": "RuntimeException", "message": "Failed to match 'issue-token' path."},
            UnexpectedAnswer,
            "There is no ActiveCollab to sign in to at http://127.0.0.1",
        ),
        (200, "<html>Welcome</html>", UnexpectedAnswer, "There is no ActiveCollab to sign in to at http://127.0.0.1"),
        (404, "<html>Not here</html>", UnexpectedAnswer, "There is no ActiveCollab to sign in to at http://127.0.0.1"),
        (200, {"is_ok": False, "message": "Ask the owner"}, CredentialRefused, "did not sign this person in: Ask the"),
    ],
)
async def test_every_refusal_is_told_in_plain_words(
    clock: QuickClock, status: int, body: object, error: type[CrosswalkError], sentence: str
) -> None:
    html = isinstance(body, str)
    text = body if isinstance(body, str) else json.dumps(body)
    answer = reply(text, status=f"{status} X", kind="text/html" if html else "application/json")
    async with raw_server([answer]) as server, signing_in(server.url, clock) as conversation:
        with pytest.raises(error) as caught:
            await conversation.answer(TYPED)
        assert sentence in caught.value.message
        assert caught.value.hint
        assert PASSWORD not in str(caught.value.report())
        assert len(server.requests) == 1


async def test_a_newer_account_takes_the_intent_where_passwords_go(clock: QuickClock) -> None:
    unknown = reply(
        json.dumps({"type": "RuntimeException", "message": "Failed to match 'issue-token-intent' path."}),
        status="404 Not Found",
    )
    replies = [b"", unknown, reply(json.dumps({"is_ok": 1, "token": "5-new"}))]
    async with raw_server(replies) as server:
        account = {
            "name": "77",
            "display_name": "Mine",
            "url": f"{server.url}/cloud/77",
            "class": "ActiveCollab\\Shepherd\\Model\\Account\\ActiveCollab\\FeatherAccount",
            "intent": "jwt",
        }
        other = {**account, "name": "78", "class": "SomethingElse"}
        replies[0] = reply(json.dumps({"is_ok": 1, "user": {}, "accounts": [other, account]}))
        async with signing_in(f"{server.url}/cloud", clock) as conversation:
            end = await conversation.answer(TYPED)
        assert end == SignedIn(f"{server.url}/cloud/77", "", "5-new")
        assert b"POST /cloud/77/api/v1/issue-token HTTP" in server.requests[2]
        assert b'"intent":"jwt"' in server.requests[2]
        assert PASSWORD.encode() not in server.requests[2]


async def test_a_server_that_is_not_there_is_told(clock: QuickClock) -> None:
    async with raw_server([b""]) as server:
        address = server.url
    async with signing_in(address, clock) as conversation:
        with pytest.raises(Unreachable):
            await conversation.answer(TYPED)


@pytest.mark.parametrize(
    ("address", "login"),
    [
        ("https://app.activecollab.com", "https://activecollab.com/api/v1"),
        ("https://app.activecollab.com/123456", "https://activecollab.com/api/v1"),
        ("https://projects.example.com", ""),
        ("https://projects.example.com/cloud", ""),
        ("https://activecollab.com.example.net", ""),
        ("https://notactivecollab.com", ""),
    ],
)
def test_the_cloud_is_known_by_its_address(address: str, login: str) -> None:
    assert login_address(address) == login


async def test_without_an_address_it_is_the_cloud(clock: QuickClock) -> None:
    async with signing_in("", clock) as conversation:
        asked = await conversation.start()
        assert isinstance(asked, Ask)
        assert "cloud" in asked.text


@pytest.mark.parametrize("address", ["http://projects.example.com", "projects", "https://me:secret@example.com"])
def test_an_address_that_cannot_be_used_is_refused_at_once(clock: QuickClock, address: str) -> None:
    with pytest.raises(InvalidInput):
        start_sign_in(address, clock)
