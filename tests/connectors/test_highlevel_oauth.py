"""HighLevel's sign-in from the app's credentials to an open connection, and its tokens as they lapse."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from desktop.connectors.base import Connector
from desktop.connectors.highlevel.auth import scopes
from desktop.connectors.highlevel.grants import read_grant
from desktop.connectors.highlevel.oauth import consent_address
from desktop.connectors.highlevel.signing_in import PORT, HighLevelSignIn, start_sign_in
from desktop.connectors.signing_in import Ask, SignedIn, Visit
from desktop.domain.errors import CredentialRefused, InvalidInput, StorageFailure, Unreachable
from tests.connectors.conftest import QuickClock, Sandbox
from tests.connectors.renewing import FileVault, lapsed, opened
from tests.local_http import NO_CERTIFICATES

pytestmark = pytest.mark.anyio

APP = {"client_id": "6581f0c2a9d3e4b5c6d7e8f9-crosswalk", "client_secret": "the-secret-of-the-app"}
DAY = 86_400.0
TOKEN, LOCATION_TOKEN = "POST /oauth/token", "POST /oauth/locationToken"


@pytest.fixture
async def sign_in(sandbox: Sandbox, clock: QuickClock) -> AsyncIterator[HighLevelSignIn]:
    conversation = start_sign_in(sandbox.ready("highlevel")["base_url"], clock)
    yield conversation
    await conversation.aclose()


async def browse(url: str, **changes: str | None) -> httpx.Response:
    """What a browser does with the page, except that it comes back with these changes to the query."""
    async with httpx.AsyncClient(verify=NO_CERTIFICATES, trust_env=False) as browser:
        page = await browser.get(url)
        assert page.status_code == 302, page.text
        back = httpx.URL(page.headers["location"])
        for name, value in changes.items():
            back = back.copy_remove_param(name) if value is None else back.copy_set_param(name, value)
        return await browser.get(back)


async def come_back(sign_in: HighLevelSignIn, **query: str) -> httpx.Response:
    """Call the address that the browser comes back to."""
    async with httpx.AsyncClient(verify=NO_CERTIFICATES, trust_env=False) as browser:
        return await browser.get(sign_in._loopback.address, params=query)


async def visited(sign_in: HighLevelSignIn, **more: str) -> Visit:
    await sign_in.start()
    step = await sign_in.answer({**APP, **more})
    assert isinstance(step, Visit)
    return step


async def signed_in(sign_in: HighLevelSignIn) -> SignedIn:
    step = await visited(sign_in)
    await browse(step.url)
    ended = await sign_in.answer({})
    assert isinstance(ended, SignedIn)
    return ended


async def agency_signed_in(sign_in: HighLevelSignIn) -> SignedIn:
    step = await visited(sign_in, installed="agency")
    await browse(step.url)
    ask = await sign_in.answer({})
    assert isinstance(ask, Ask)
    (question,) = ask.questions
    wanted = next(key for key, title in question.choices.items() if title == "Blue Heron Shop, Austin, TX")
    ended = await sign_in.answer({"location": wanted})
    assert isinstance(ended, SignedIn)
    return ended


Reopen = Callable[..., Awaitable[tuple[Connector, FileVault]]]


@pytest.fixture
async def reopen(sandbox: Sandbox, clock: QuickClock, tmp_path: Path) -> AsyncIterator[Reopen]:
    """Keeps what a sign-in came to in a vault, and opens the connection: ``connector, vault = await reopen(ended)``."""
    async with AsyncExitStack() as stack:

        async def open_one(ended: SignedIn, secret: str = "") -> tuple[Connector, FileVault]:
            vault = FileVault(tmp_path / "vault")
            vault.put("entry", secret or ended.secret)
            vault.puts = 0
            connector = await opened(tmp_path, vault, ended.base_url, ended.account, clock)
            stack.push_async_callback(connector.aclose)
            return connector, vault

        yield open_one


def kept(vault: FileVault) -> str:
    secret = vault.get("entry")
    assert secret is not None
    return secret


def pass_a_day(sandbox: Sandbox, clock: QuickClock) -> None:
    sandbox.advance(DAY)
    clock.ahead += DAY


def calls(sandbox: Sandbox, route: str) -> int:
    return sandbox.stats("highlevel")["by_route"].get(route, 0)


async def test_a_sign_in_leads_to_a_connection(sign_in: HighLevelSignIn, reopen: Reopen, sandbox: Sandbox) -> None:
    ask = await sign_in.start()
    assert isinstance(ask, Ask)
    assert sign_in._loopback.address in ask.text
    assert "contacts.readonly" in ask.text
    step = await sign_in.answer(APP)
    assert isinstance(step, Visit)
    page = await browse(step.url)
    assert (page.status_code, "You can close this page" in page.text) == (200, True)
    ended = await sign_in.answer({})
    assert isinstance(ended, SignedIn)
    assert ended.account == sandbox.ready("highlevel")["account"]
    connector, _vault = await reopen(ended)
    assert (await connector.identify()).name == "Blue Heron Shop"


def test_the_page_of_consent_is_asked_for_everything_that_may_be_needed() -> None:
    url = consent_address(
        "https://services.leadconnectorhq.com",
        "65-abc",
        "http://127.0.0.1:1/callback",
        "s",
        agency=True,
        white_label=False,
    )
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith("https://marketplace.gohighlevel.com/v2/oauth/chooselocation?")
    assert query["scope"].split() == [*scopes(), "oauth.readonly", "oauth.write"]
    assert (query["response_type"], query["client_id"], query["version_id"]) == ("code", "65-abc", "65")
    white = consent_address("https://services.leadconnectorhq.com", "a", "r", "s", agency=False, white_label=True)
    assert white.startswith("https://marketplace.leadconnectorhq.com/")
    assert "version_id" not in white


async def test_what_is_missing_is_asked_for_again(sign_in: HighLevelSignIn) -> None:
    await sign_in.start()
    with pytest.raises(InvalidInput) as caught:
        await sign_in.answer({"client_id": " "})
    assert [problem.place for problem in caught.value.problems] == ["client_id", "client_secret"]
    assert isinstance(await sign_in.answer(APP), Visit)


async def test_what_others_send_to_the_address_is_waited_past(sign_in: HighLevelSignIn) -> None:
    step = await visited(sign_in)
    assert (await come_back(sign_in, code="theirs", state="theirs")).status_code == 400
    assert (await come_back(sign_in, code="theirs")).status_code == 400
    port = httpx.URL(sign_in._loopback.address).port
    async with httpx.AsyncClient(verify=NO_CERTIFICATES, trust_env=False) as browser:
        assert (await browser.get(f"http://127.0.0.1:{port}/favicon.ico")).status_code == 404
        assert (await browser.get(f"http://localhost:{port}/callback?code=1")).status_code == 404
        assert (await browser.post(sign_in._loopback.address)).status_code == 405
    await browse(step.url)
    assert isinstance(await sign_in.answer({}), SignedIn)


async def test_a_refusal_in_the_browser_is_told_and_can_be_tried_again(sign_in: HighLevelSignIn) -> None:
    step = await visited(sign_in)
    await come_back(sign_in, error="access_denied", state=sign_in._state)
    with pytest.raises(CredentialRefused, match="told not to allow"):
        await sign_in.answer({})
    await come_back(sign_in, error="error.noversionid", state=sign_in._state)
    with pytest.raises(CredentialRefused, match="does not know a version of this app"):
        await sign_in.answer({})
    await browse(step.url, code="made-up")
    with pytest.raises(CredentialRefused, match="did not accept the code") as caught:
        await sign_in.answer({})
    assert "made-up" not in caught.value.details
    await browse(step.url)
    assert isinstance(await sign_in.answer({}), SignedIn)


async def test_a_wrong_client_secret_is_told(sign_in: HighLevelSignIn, sandbox: Sandbox) -> None:
    await signed_in(sign_in)
    other = start_sign_in(sandbox.ready("highlevel")["base_url"], QuickClock())
    try:
        step = await visited(other, client_secret="not-the-one-it-was")
        await browse(step.url)
        with pytest.raises(CredentialRefused, match="client id and client secret") as caught:
            await other.answer({})
    finally:
        await other.aclose()
    assert "not-the-one-it-was" not in f"{caught.value.message}{caught.value.details}"


async def test_a_taken_port_is_told_before_anything_is_typed(sandbox: Sandbox, clock: QuickClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        conversation = HighLevelSignIn(sandbox.ready("highlevel")["base_url"], clock, port)
        with pytest.raises(Unreachable, match=f"127.0.0.1:{port}/callback"):
            await conversation.start()
        await conversation.aclose()
    assert start_sign_in("", clock)._loopback.address == f"http://127.0.0.1:{PORT}/callback"


async def test_giving_up_ends_the_waiting(sign_in: HighLevelSignIn) -> None:
    await visited(sign_in)
    waiting = asyncio.create_task(sign_in.answer({}))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    await sign_in.aclose()
    with pytest.raises(httpx.ConnectError):
        await come_back(sign_in)


async def test_an_agency_chooses_a_location_whose_token_is_made_again_when_it_lapses(
    sign_in: HighLevelSignIn, reopen: Reopen, sandbox: Sandbox, clock: QuickClock
) -> None:
    ended = await agency_signed_in(sign_in)
    connector, vault = await reopen(ended)
    assert (await connector.identify()).name == "Blue Heron Shop"
    before = read_grant(kept(vault))
    pass_a_day(sandbox, clock)
    assert (await connector.identify()).name == "Blue Heron Shop"
    after = read_grant(kept(vault))
    assert before.agency is not None
    assert after.agency is not None
    assert after.agency != before.agency
    assert after.refresh != before.refresh
    assert (calls(sandbox, TOKEN), calls(sandbox, LOCATION_TOKEN)) == (2, 2)


async def test_an_agencys_choice_must_be_one_of_its_locations(sign_in: HighLevelSignIn) -> None:
    step = await visited(sign_in, installed="agency")
    await browse(step.url)
    await sign_in.answer({})
    with pytest.raises(InvalidInput) as caught:
        await sign_in.answer({"location": "elsewhere"})
    assert [problem.place for problem in caught.value.problems] == ["location"]


async def test_many_requests_on_a_lapsed_token_renew_it_once(
    sign_in: HighLevelSignIn, reopen: Reopen, sandbox: Sandbox, clock: QuickClock
) -> None:
    connector, vault = await reopen(await signed_in(sign_in))
    old = kept(vault)
    pass_a_day(sandbox, clock)
    await asyncio.gather(*(connector.objects() for _ in range(10)))
    assert (calls(sandbox, TOKEN), vault.puts) == (2, 1)
    assert kept(vault) != old
    assert sandbox.stats("highlevel")["by_status"].get("401", 0) == 0


async def test_a_token_that_is_refused_before_its_time_is_renewed_and_nothing_is_written_twice(
    sign_in: HighLevelSignIn, reopen: Reopen, sandbox: Sandbox
) -> None:
    connector, vault = await reopen(await signed_in(sign_in))
    schema = await connector.schema("contact")
    sandbox.advance(DAY)
    made = await connector.create(schema, {"email": "renewed@example.com"})
    assert made.id
    assert (calls(sandbox, TOKEN), vault.puts) == (2, 1)
    assert [item.id for item in await connector.find(schema, _email(schema), "renewed@example.com")] == [made.id]
    assert sandbox.stats("highlevel")["writes"] == 1


def _email(schema: Any) -> Any:
    field = schema.field("email")
    assert field is not None
    return field


async def test_a_missing_scope_renews_nothing(sandbox: Sandbox, reopen: Reopen) -> None:
    base_url = sandbox.ready("highlevel")["base_url"]
    code = sandbox.control("POST", "/tokens", platform="highlevel", grant="code", scopes=["locations.readonly"])[
        "token"
    ]
    form = {**APP, "grant_type": "authorization_code", "code": code}
    async with httpx.AsyncClient(verify=NO_CERTIFICATES, trust_env=False) as client:
        answer = (await client.post(f"{base_url}/oauth/token", data=form)).json()
    access = {"text": answer["access_token"], "expires_at": None}
    more = {"company": "", "location": "", "agency": None, "refresh": answer["refresh_token"]}
    secret = json.dumps({"kind": "oauth", "access": access, **APP, **more})
    connector, vault = await reopen(SignedIn(base_url, answer["locationId"], secret))
    identity = await connector.identify()
    assert {item.granted for item in identity.permissions if item.name == "contacts.readonly"} == {False}
    assert (calls(sandbox, TOKEN), vault.puts) == (1, 0)


async def test_a_sign_in_that_is_no_longer_accepted_says_to_sign_in_again(
    sign_in: HighLevelSignIn, reopen: Reopen, sandbox: Sandbox, clock: QuickClock
) -> None:
    connector, vault = await reopen(await signed_in(sign_in))
    sandbox.advance(366 * DAY)
    clock.ahead += 366 * DAY
    for _ in range(2):
        with pytest.raises(CredentialRefused, match="no longer accepts the sign-in of Agency") as caught:
            await connector.objects()
        assert "sign in again" in caught.value.hint
        assert read_grant(kept(vault)).refresh not in f"{caught.value.message}{caught.value.details}"


async def test_a_renewal_whose_answer_is_lost_is_asked_for_again(
    sign_in: HighLevelSignIn, reopen: Reopen, sandbox: Sandbox, clock: QuickClock
) -> None:
    connector, vault = await reopen(await signed_in(sign_in))
    pass_a_day(sandbox, clock)
    sandbox.fault("highlevel", "reset", next=1, path="/oauth/token")
    await connector.objects()
    assert vault.puts == 1


async def test_cancelling_the_request_that_needed_it_does_not_lose_the_renewal(
    sign_in: HighLevelSignIn, reopen: Reopen, sandbox: Sandbox, clock: QuickClock
) -> None:
    connector, vault = await reopen(await signed_in(sign_in))
    pass_a_day(sandbox, clock)
    reading = asyncio.create_task(connector.objects())
    while calls(sandbox, TOKEN) != 2:  # noqa: ASYNC110 - the sandbox runs on another thread
        await asyncio.sleep(0.001)
    reading.cancel()
    await asyncio.wait([reading])
    await connector.aclose()
    assert vault.puts == 1


async def test_a_locked_keyring_stops_everything_and_loses_nothing(
    sign_in: HighLevelSignIn, reopen: Reopen, sandbox: Sandbox, clock: QuickClock
) -> None:
    connector, vault = await reopen(await signed_in(sign_in))
    old = kept(vault)
    pass_a_day(sandbox, clock)
    vault.locked = True
    before = sandbox.stats("highlevel")["requests"]
    for _ in range(2):
        with pytest.raises(StorageFailure, match="in memory only") as caught:
            await connector.objects()
        assert "before you close Crosswalk" in caught.value.hint
    assert StorageFailure.stops_run
    assert sandbox.stats("highlevel")["requests"] - before == 1
    assert kept(vault) == old
    vault.locked = False
    await connector.objects()
    assert kept(vault) != old
    assert calls(sandbox, TOKEN) == 2


async def test_what_another_process_renewed_is_used(
    sign_in: HighLevelSignIn, reopen: Reopen, sandbox: Sandbox, clock: QuickClock
) -> None:
    ended = await signed_in(sign_in)
    first, _vault = await reopen(ended)
    second, _vault = await reopen(ended)
    pass_a_day(sandbox, clock)
    await first.objects()
    await second.objects()
    assert calls(sandbox, TOKEN) == 2


class Process:
    """A connection in a process of its own, ready to be used."""

    def __init__(self, folder: Path, ended: SignedIn, *, dies: bool = False) -> None:
        options = {"folder": str(folder), "base_url": ended.base_url, "account": ended.account, "dies": dies}
        script = Path(__file__).with_name("renewing.py")
        root = script.parents[2]
        command = [sys.executable, "-m", "tests.connectors.renewing", json.dumps(options)]
        self._process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def said(self) -> str:
        return self._process.communicate(timeout=20)[0].strip()


async def test_two_processes_renew_once(sign_in: HighLevelSignIn, sandbox: Sandbox, tmp_path: Path) -> None:
    ended = await signed_in(sign_in)
    FileVault(tmp_path / "vault").put("entry", lapsed(ended.secret))
    processes = [Process(tmp_path, ended) for _ in range(2)]
    for process in processes:
        process.go()
    assert [process.said() for process in processes] == ["worked", "worked"]
    assert calls(sandbox, TOKEN) == 2


async def test_a_process_that_is_killed_before_it_could_keep_the_new_tokens_blocks_nobody(
    sign_in: HighLevelSignIn, sandbox: Sandbox, tmp_path: Path
) -> None:
    ended = await signed_in(sign_in)
    FileVault(tmp_path / "vault").put("entry", lapsed(ended.secret))
    killed = Process(tmp_path, ended, dies=True)
    killed.go()
    assert killed.said() == ""
    assert calls(sandbox, TOKEN) == 2
    other = Process(tmp_path, ended)
    other.go()
    assert other.said().startswith("credential_refused: Open Connections, choose Agency, replace its credentials")
