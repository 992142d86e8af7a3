"""The transport against answers as they come: good, late, broken, huge, or not the platform's at all."""

from __future__ import annotations

import asyncio
import base64
import datetime
import gzip
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from desktop import __version__
from desktop.connectors.base import Quota
from desktop.connectors.dialect import Answer
from desktop.connectors.highlevel.auth import dialect
from desktop.connectors.pacing import Pacer
from desktop.connectors.redaction import Secret
from desktop.connectors.retry import RetryPolicy
from desktop.connectors.transport import Transport
from desktop.connectors.wire import ANSWER_LIMIT
from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    InvalidInput,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    TlsFailure,
    UnexpectedAnswer,
    Unreachable,
)
from tests.connectors.conftest import QuickClock
from tests.connectors.raw_server import Reply, proxy_server, raw_server, reply

pytestmark = pytest.mark.anyio

SECRET = "pit-3f1c9a70-5b7e-4c55-9d1e-0f2b6a7c8d9e"
Open = Callable[..., Transport]


@pytest.fixture
async def open_transport(clock: QuickClock) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        def open_one(
            url: str, secret: str = SECRET, seconds: float = 5.0, policy: RetryPolicy | None = None
        ) -> Transport:
            transport = Transport(
                "Agency",
                url,
                Secret(secret),
                dialect(),
                pacer=Pacer(100, 10.0, clock),
                clock=clock,
                timeout=seconds,
                policy=policy,
            )
            stack.push_async_callback(transport.aclose)
            return transport

        yield open_one


async def ask(transport: Transport, **more: object) -> Answer:
    return await transport.request("GET", "/thing", idempotent=True, **more)  # type: ignore[arg-type]


async def create(transport: Transport) -> Answer:
    return await transport.request("POST", "/thing", json={"a": 1}, idempotent=False)


async def test_what_is_sent_and_what_comes_back(open_transport: Open) -> None:
    async with raw_server([reply('{"price": 1.10, "id": "7"}', "Date: Fri, 20 Nov 2026 19:16:00 GMT")]) as server:
        answer = await open_transport(f"{server.url}/base/").request(
            "POST", "/thing", params={"q": "a b&c", "n": 1}, json={"x": [1]}, idempotent=True
        )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /base/thing?q=a+b%26c&n=1 HTTP/1.1") or head.startswith(
        b"POST /base/thing?q=a%20b%26c&n=1 HTTP/1.1"
    )
    assert f"user-agent: crosswalk/{__version__}".encode() in head.lower()
    assert b"authorization: bearer " + SECRET.encode() in head.lower()
    assert b"version: 2021-07-28" in head.lower()
    assert body == b'{"x":[1]}'
    assert str(answer.data["price"]) == "1.10"
    assert answer.server_time == datetime.datetime(2026, 11, 20, 19, 16, tzinfo=datetime.UTC)


async def test_one_connection_serves_many_requests(open_transport: Open) -> None:
    async with raw_server([reply("{}")]) as server:
        transport = open_transport(server.url)
        for _ in range(5):
            await ask(transport)
    assert server.connections == 1
    assert (len(server.requests), transport.traffic.requests) == (5, 5)


async def test_a_value_that_can_not_be_written_as_text_is_refused_before_it_is_sent(open_transport: Open) -> None:
    async with raw_server([reply("{}")]) as server:
        transport = open_transport(server.url)
        with pytest.raises(InvalidInput):
            await transport.request("POST", "/thing", json={"a": "broken \ud800"}, idempotent=False)
    assert server.requests == []


async def test_an_empty_answer_holds_no_data(open_transport: Open) -> None:
    async with raw_server([reply("", status="202 Accepted")]) as server:
        answer = await ask(open_transport(server.url))
    assert (answer.status, answer.data, answer.text) == (202, None, "")


async def test_a_refusal_is_an_answer_whatever_its_form(open_transport: Open) -> None:
    async with raw_server([reply("Forbidden", status="403 Forbidden", kind="text/plain")]) as server:
        answer = await ask(open_transport(server.url))
    assert (answer.status, answer.data, answer.text) == (403, None, "Forbidden")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply("<html>Sign in to the guest network</html>", kind="text/html"), "a web page"),
        (reply("<html>nothing here</html>", status="404 Not Found", kind="text/html"), "a web page"),
        (reply("hello", kind="text/plain"), "something unreadable"),
        (reply("", "Location: https://elsewhere.example/", status="302 Found"), "another address"),
        (reply("[" * 100_000), "something unreadable"),
    ],
)
async def test_what_is_no_data_is_said_to_be_none(open_transport: Open, answer: bytes, words: str) -> None:
    async with raw_server([answer]) as server:
        transport = open_transport(server.url)
        with pytest.raises(UnexpectedAnswer) as caught:
            await ask(transport)
    assert words in caught.value.message
    assert "Agency" in caught.value.message
    assert caught.value.hint
    assert len(server.requests) == 1
    assert transport.traffic.retries == 0


async def test_an_answer_that_never_ends_is_not_read_to_its_end(open_transport: Open) -> None:
    def endless(writer: asyncio.StreamWriter) -> None:
        chunk = b"x" * 1_000_000
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(ANSWER_LIMIT // len(chunk) + 1):
            writer.write(b"%x\r\n" % len(chunk) + chunk + b"\r\n")

    async with raw_server([endless]) as server:
        with pytest.raises(UnexpectedAnswer, match="more than fits"):
            await ask(open_transport(server.url))
    assert len(server.requests) == 1


def packed(body: bytes, *, cut: int = 0) -> bytes:
    return reply(gzip.compress(body)[: -cut or None], "Content-Encoding: gzip")


async def test_a_packed_answer_is_unpacked(open_transport: Open) -> None:
    async with raw_server([packed(b'{"price": 1.10}')]) as server:
        answer = await ask(open_transport(server.url))
    assert str(answer.data["price"]) == "1.10"
    assert b"accept-encoding: gzip" in server.requests[0].lower()


@pytest.mark.parametrize("broken", [packed(b"[1, 2]", cut=9), reply(b"no gzip", "Content-Encoding: gzip")])
async def test_a_packed_answer_that_is_cut_short_is_asked_for_again(open_transport: Open, broken: bytes) -> None:
    async with raw_server([broken, GOOD]) as server:
        answer = await ask(open_transport(server.url))
    assert (answer.data, len(server.requests)) == ({"ok": True}, 2)


async def test_a_small_answer_that_unpacks_to_a_huge_one_is_not_unpacked_to_its_end(open_transport: Open) -> None:
    bomb = packed(b" " * (ANSWER_LIMIT + 1))
    assert len(bomb) < 100_000
    async with raw_server([bomb]) as server:
        with pytest.raises(UnexpectedAnswer, match="more than fits"):
            await ask(open_transport(server.url))


GOOD = reply('{"ok": true}')
CUT = GOOD[:-4]
FAULTS: dict[str, Reply] = {
    "500": reply("{}", status="500 Internal Server Error"),
    "502 page": reply("<html>Bad gateway</html>", status="502 Bad Gateway", kind="text/html"),
    "503": reply("{}", status="503 Service Unavailable"),
    "closed": b"",
    "cut": lambda writer: writer.write(CUT),
    "reset": lambda writer: writer.transport.abort(),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_read_is_asked_again_after_a_passing_fault(open_transport: Open, fault: str) -> None:
    async with raw_server([FAULTS[fault], FAULTS[fault], GOOD]) as server:
        transport = open_transport(server.url)
        answer = await ask(transport)
    assert answer.data == {"ok": True}
    assert len(server.requests) == 3
    assert (transport.traffic.requests, transport.traffic.retries) == (3, 2)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_create_whose_answer_is_lost_is_sent_once(open_transport: Open, fault: str) -> None:
    async with raw_server([FAULTS[fault], GOOD]) as server:
        with pytest.raises(OutcomeUnknown) as caught:
            await create(open_transport(server.url))
    assert len(server.requests) == 1
    assert "not known whether" in caught.value.message
    assert caught.value.retryable


async def test_a_create_that_was_refused_for_the_pace_is_sent_again(open_transport: Open) -> None:
    busy = reply("{}", "Retry-After: 7", status="429 Too Many Requests")
    async with raw_server([busy, GOOD]) as server:
        assert (await create(open_transport(server.url))).data == {"ok": True}
    assert len(server.requests) == 2


async def test_a_create_that_was_never_sent_says_so(open_transport: Open) -> None:
    with pytest.raises(Unreachable):
        await create(open_transport("http://127.0.0.1:1"))


async def test_waits_grow_are_random_and_end(open_transport: Open, clock: QuickClock) -> None:
    async with raw_server([FAULTS["500"]]) as server:
        transport = open_transport(server.url)
        with pytest.raises(PlatformUnavailable) as caught:
            await ask(transport)
    assert len(server.requests) == RetryPolicy().attempts
    assert transport.traffic.retries == RetryPolicy().attempts - 1
    assert "HighLevel" in caught.value.message
    assert sum(clock.waits) <= 0.5 + 1 + 2 + 4 + 8
    assert len(set(clock.waits)) == len(clock.waits)


async def test_a_stated_wait_is_kept(open_transport: Open, clock: QuickClock) -> None:
    stated = reply("{}", "Retry-After: 40", status="503 Service Unavailable")
    async with raw_server([stated, GOOD]) as server:
        await ask(open_transport(server.url))
    assert 39.9 <= clock.ahead < 41


async def test_a_429_waits_as_stated_and_counts_as_throttled(open_transport: Open, clock: QuickClock) -> None:
    busy = reply("{}", "Retry-After: 30", status="429 Too Many Requests")
    async with raw_server([busy, GOOD]) as server:
        transport = open_transport(server.url)
        await ask(transport)
    assert 29.9 <= clock.ahead < 31
    assert 29.9 <= transport.traffic.throttled_seconds < 31


async def test_a_429_without_a_wait_waits_for_the_next_interval(open_transport: Open, clock: QuickClock) -> None:
    used_up = ("X-RateLimit-Max: 25", "X-RateLimit-Interval-Milliseconds: 10000", "X-RateLimit-Remaining: 0")
    busy = reply("{}", *used_up, status="429 Too Many Requests")
    async with raw_server([busy, GOOD]) as server:
        transport = open_transport(server.url)
        await ask(transport)
    assert 9.9 <= clock.ahead < 11
    assert transport.quota == Quota(25, 10.0, 0)


async def test_a_wait_that_is_too_long_is_not_begun(open_transport: Open, clock: QuickClock) -> None:
    busy = reply("{}", "Retry-After: 3600", status="429 Too Many Requests")
    async with raw_server([busy]) as server:
        with pytest.raises(RateLimited) as caught:
            await ask(open_transport(server.url))
    assert len(server.requests) == 1
    assert clock.ahead == 0
    assert caught.value.retryable


async def test_a_day_used_up_stops_before_a_request_is_sent(open_transport: Open) -> None:
    headers = (
        "X-RateLimit-Max: 100",
        "X-RateLimit-Interval-Milliseconds: 10000",
        "X-RateLimit-Remaining: 90",
        "X-RateLimit-Limit-Daily: 200000",
        "X-RateLimit-Daily-Remaining: 10",
    )
    async with raw_server([reply("{}", *headers)]) as server:
        transport = open_transport(server.url)
        await ask(transport)
        await ask(transport)
        with pytest.raises(RateLimited, match="today"):
            await ask(transport)
    assert len(server.requests) == 2


async def test_a_silent_server_is_given_up(open_transport: Open) -> None:
    quick = RetryPolicy(attempts=2)

    held = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    quiet = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with quiet:
        url = f"http://127.0.0.1:{quiet.sockets[0].getsockname()[1]}"
        transport = open_transport(url, seconds=0.05, policy=quick)
        with pytest.raises(PlatformUnavailable, match="no answer in time"):
            await ask(transport)
        with pytest.raises(OutcomeUnknown, match="no answer in time"):
            await create(transport)
        held.set()
    assert transport.traffic.requests == 3


async def test_a_server_that_refuses_connections_is_unreachable(open_transport: Open) -> None:
    transport = open_transport("http://127.0.0.1:1")
    with pytest.raises(Unreachable) as caught:
        await ask(transport)
    assert "127.0.0.1" in caught.value.message
    assert transport.traffic.requests == 3


async def test_a_name_that_does_not_exist_is_named(open_transport: Open) -> None:
    with pytest.raises(Unreachable) as caught:
        await ask(open_transport("https://no-such-host.invalid"))
    assert "no-such-host.invalid" in caught.value.message


async def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(open_transport: Open) -> None:
    def last(writer: asyncio.StreamWriter) -> None:
        writer.write(GOOD)

    async with raw_server([last]) as server:
        transport = open_transport(server.url)
        for _ in range(3):
            await ask(transport)
            await server.closed.acquire()
    assert (server.connections, transport.traffic.retries) == (3, 0)


@pytest.mark.parametrize("path", ["/thing/a b", "/thing/ä", "/thing/..", "/thing/%41", "/thing?a=1", "/thing/[x]"])
async def test_what_a_path_holds_is_escaped_as_in_any_address(open_transport: Open, path: str) -> None:
    async with raw_server([reply("{}")]) as server:
        transport = open_transport(f"{server.url}/base")
        await transport.request("GET", path, params={"b": 2}, idempotent=True)
    expected = httpx.URL(f"{server.url}/base{path}").copy_merge_params({"b": 2}).raw_path
    assert server.requests[0].startswith(b"GET " + expected + b" HTTP/1.1")


async def test_an_address_that_can_not_be_one_is_refused_before_it_is_sent(open_transport: Open) -> None:
    async with raw_server([reply("{}")]) as server:
        with pytest.raises(InvalidInput, match="part of an address"):
            await open_transport(server.url).request("GET", "/thing/\n", idempotent=True)
    assert server.requests == []


async def test_the_way_leads_through_the_proxy_of_the_computer(
    clock: QuickClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _self_signed(tmp_path, "services.example.com")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with raw_server([GOOD], tls=context) as server, proxy_server(server.url) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("//", "//who:pass%20word@"))
        transport = Transport(
            "Agency",
            "https://services.example.com",
            Secret(SECRET),
            dialect(),
            pacer=Pacer(100, 10.0, clock),
            clock=clock,
            ssl_context=trusting,
        )
        for _ in range(2):
            assert (await ask(transport)).data == {"ok": True}
        await transport.aclose()
    assert len(server.requests) == 2
    (asked,) = proxy.requests
    assert asked.startswith(b"CONNECT services.example.com:443 HTTP/1.1")
    assert base64.b64encode(b"who:pass word") in asked
    assert SECRET.encode() not in asked


async def test_a_proxy_of_another_kind_is_named(open_transport: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "socks5://name:password@proxy.example.com")
    with pytest.raises(InvalidInput, match="socks5") as caught:
        open_transport("https://services.example.com")
    assert "password" not in str(caught.value)


async def test_a_certificate_that_nobody_vouches_for_stops_everything(open_transport: Open, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))
    async with raw_server([GOOD], tls=context) as server:
        transport = open_transport(server.url)
        with pytest.raises(TlsFailure) as caught:
            await ask(transport)
    assert server.requests == []
    assert "127.0.0.1" in caught.value.message
    assert transport.traffic.retries == 0


def _self_signed(folder: Path, host: str = "127.0.0.1") -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.mark.parametrize(
    "url",
    [
        "http://services.example.com",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "services.example.com",
        "https://",
        "https://name:password@services.example.com",
        "https://services.example.com/?a=1",
        "https://services.example.com:port",
        "https://two words.example.com",
        "",
    ],
)
async def test_addresses_that_credentials_are_not_sent_to(open_transport: Open, url: str) -> None:
    with pytest.raises(InvalidInput):
        open_transport(url)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1/x/", "http://[::1]:1", "https://a.example"])
async def test_addresses_that_can_be_used(open_transport: Open, url: str) -> None:
    open_transport(url)


@pytest.mark.parametrize("secret", ["", "two words\nX-Other: 1", "tökén", "tab\there", " padded "])
async def test_what_can_not_be_a_credential_is_refused_unseen(open_transport: Open, secret: str) -> None:
    with pytest.raises(CredentialRefused) as caught:
        open_transport("https://services.example.com", secret)
    assert not secret or secret not in repr(caught.value) + caught.value.details


async def test_the_secret_is_in_no_error(open_transport: Open, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"Bearer {SECRET} is not welcome"
    answers = [
        reply(f"<html>{echo}</html>", kind="text/html"),
        reply(echo, status="500 Internal Server Error"),
        reply("", f"Location: https://elsewhere.example/?token={SECRET}", status="302 Found"),
        reply(echo, status="403 Forbidden", kind="text/plain"),
    ]
    errors: list[CrosswalkError] = []
    texts: list[str] = []
    for answer in answers:
        async with raw_server([answer]) as server:
            transport = open_transport(server.url, policy=RetryPolicy(attempts=2))
            try:
                texts.append((await ask(transport)).text)
            except CrosswalkError as error:
                errors.append(error)
            texts.append(repr(transport))
    assert len(errors) == 3
    texts += [f"{error!r} {error.message} {error.hint} {error.details}" for error in errors]
    texts += [record.getMessage() for record in caplog.records]
    assert any("not welcome" in text for text in texts)
    assert not [text for text in texts if SECRET in text]


async def test_the_client_library_keeps_quiet(open_transport: Open, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with raw_server([GOOD]) as server:
        await ask(open_transport(server.url))
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


async def test_requests_under_way_at_once_are_limited(open_transport: Open, clock: QuickClock) -> None:
    most = now = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal most, now
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                now += 1
                most = max(most, now)
                for _ in range(20):
                    await asyncio.sleep(0)
                now -= 1
                writer.write(GOOD)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        transport = open_transport(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await asyncio.gather(*(ask(transport) for _ in range(40)))
        await transport.aclose()
    assert 2 <= most <= 8


@pytest.mark.parametrize("warm", [False, True], ids=["first request", "later request"])
async def test_a_request_broken_off_at_any_moment_leaves_the_connection_usable(
    open_transport: Open, *, warm: bool
) -> None:
    broken_off = 0
    async with raw_server([GOOD]) as server:
        transport = open_transport(server.url)
        for moment in range(60):
            if warm:
                await ask(transport)
            under_way = [asyncio.create_task(ask(transport)) for _ in range(8)]
            for _ in range(moment):
                await asyncio.sleep(0)
            broken_off += sum(task.cancel() for task in under_way)
            await asyncio.gather(*under_way, return_exceptions=True)
        answers = await asyncio.wait_for(asyncio.gather(*(ask(transport) for _ in range(8))), 5)
        await transport.aclose()
    assert broken_off > 60
    assert [answer.status for answer in answers] == [200] * 8
