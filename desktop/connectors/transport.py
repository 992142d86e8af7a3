"""One connection's HTTP: addresses, pace, retries, limits on answers, and failures in the domain's words.

The only module that imports httpx, whose addresses it uses; what is sent goes through a :class:`Wire`. It knows no
platform: what a platform's HTTP is like comes as a :class:`Dialect`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode

import httpx
import msgspec
import truststore

from desktop import __version__
from desktop.connectors.address import checked_address, proxy_for
from desktop.connectors.base import Quota, Traffic
from desktop.connectors.clock import Clock, wait_until
from desktop.connectors.credential import Credential
from desktop.connectors.decoding import decode
from desktop.connectors.dialect import Answer, Dialect, ServerError
from desktop.connectors.pacing import Pacer, Ticket
from desktop.connectors.redaction import Secret, scrub
from desktop.connectors.retry import RetryPolicy, retry_after
from desktop.connectors.trouble import NOT_APPLIED, NOT_SENT, PASSING, Kind, Trouble, Troubles
from desktop.connectors.urgency import runs_alone
from desktop.connectors.wire import ACCEPTED_ENCODING, Header, Reply, Wire
from desktop.domain.errors import InvalidInput

_SNIPPET = 2_000
_DOUBTFUL_ATTEMPTS = 3
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_~@:-][A-Za-z0-9._~@:-]*)*/?")
"""Paths that are sent as they are: nothing to escape, no dots that lead elsewhere, no query."""

_log = logging.getLogger(__name__)

_encode = msgspec.json.Encoder(decimal_format="number").encode

Params = Mapping[str, str | int] | Sequence[tuple[str, str | int]]
_Body = tuple[bytes, Header]
"""A body with the header that says what it is."""


class Transport:
    """One connection's HTTP client.

    :param name: the connection's name, for sentences.
    :param base_url: every path is put behind it.
    :param credential: what requests are authorised with; ``None`` where they are not, as when signing in.
    :param pacer: shared by everything that uses the same account.
    :param share: the share of the quota to use while a person waits.
    :param background_share: the same while nobody does.
    :param concurrency: requests under way at once.
    :param timeout: seconds without a byte after which a request has failed.
    :param hidden: parts of the credential that must not be shown either.
    :raises InvalidInput: when the address can't be used.
    :raises CredentialRefused: when the secret can't be a credential.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        credential: Secret | Credential | None,
        dialect: Dialect,
        *,
        pacer: Pacer,
        clock: Clock,
        share: float = 0.8,
        background_share: float = 0.5,
        concurrency: int = 8,
        timeout: float = 30.0,
        policy: RetryPolicy | None = None,
        ssl_context: ssl.SSLContext | None = None,
        source: random.Random | None = None,
        hidden: Sequence[Secret] = (),
    ) -> None:
        self.name = name
        self.label = dialect.label
        self.clock = clock
        self.traffic = Traffic()
        self.quota: Quota | None = None
        self._base = checked_address(base_url)
        self._fixed = credential if isinstance(credential, Secret) else None
        self._hidden = tuple(hidden)
        self._renewed = None if isinstance(credential, Secret) else credential
        self._dialect = dialect
        self._pacer = pacer
        self._shares = {False: _possible(share), True: _possible(min(share, background_share))}
        self._policy = policy or RetryPolicy()
        self._random = source or random.Random()
        self._slots = asyncio.Semaphore(concurrency)
        self._waiting = 0
        self._waiting_since = 0.0
        self._troubles = Troubles(name, dialect.label, self._base, self.scrub)
        for logger in ("httpx", "httpcore"):
            logging.getLogger(logger).setLevel(logging.WARNING)
        self._address = httpx.URL(self._base)
        self._base_path = self._address.raw_path.rstrip(b"/")
        self._headers = httpx.Headers(
            {
                "Host": self._address.netloc.decode("ascii"),
                "User-Agent": f"Crosswalk/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": ACCEPTED_ENCODING,
                **dialect.headers,
            }
        ).raw
        if self._fixed is not None:
            self._headers = self._authorized(self._fixed)
        self._timeout = timeout
        self._proxy = proxy_for(self._base)
        self._ssl_context = ssl_context or _ssl_context(self._base)
        self._closed = False
        self._idle = [self._new_wire() for _ in range(concurrency)]

    def _new_wire(self) -> Wire:
        origin = self._address.raw_scheme, self._address.raw_host, self._address.port
        return Wire(origin, self._ssl_context, self._timeout, self._proxy)

    async def _send(self, method: str, target: bytes, headers: list[Header], body: bytes | None) -> Reply:
        """Send a request on a wire, the last used first. After anything but a whole answer it is not used again."""
        wire = self._idle.pop()
        try:
            reply = await wire.exchange(method, target, headers, body)
        except BaseException:
            self._idle.append(self._new_wire())
            await wire.aclose()
            raise
        if self._closed:
            await wire.aclose()
        self._idle.append(wire)
        return reply

    async def aclose(self) -> None:
        """Close every connection; one that a request is under way on, once that has ended."""
        self._closed = True
        try:
            if self._renewed is not None:
                await self._renewed.aclose()
        finally:
            for wire in self._idle:
                await wire.aclose()

    def scrub(self, text: str) -> str:
        """The text without this connection's secret."""
        if self._renewed is not None:
            return scrub(text, self._renewed.secrets())
        return scrub(text, (self._fixed, *self._hidden) if self._fixed is not None else self._hidden)

    def _authorized(self, secret: Secret) -> list[Header]:
        name, value = self._dialect.authorize(self._troubles.checked_secret(secret))
        return [*self._headers, (name.encode("ascii"), value.encode("ascii"))]

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        idempotent: bool,
    ) -> Answer:
        """Send a request in its turn, and again where that is safe and may help.

        :param form: sent as a form's fields, in place of ``json``.
        :param idempotent: whether the request may be sent again when its answer was lost.
        :returns: the answer, also one with a status of 400 to 499 other than 429, or of 500 and more whose meaning
            the dialect knows.
        :raises OutcomeUnknown: when a request that is not idempotent was sent and its answer lost.
        :raises CrosswalkError: Unreachable, TlsFailure, RateLimited, PlatformUnavailable or UnexpectedAnswer.
        """
        body = self._body(json) if form is None else (urlencode(form).encode("ascii"), _FORM_BODY)
        began = self.clock.monotonic()
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._attempt(method, path, params, body)
            except Trouble as caught:
                trouble = caught
            wait = self._next_wait(trouble, idempotent, attempt, self.clock.monotonic() - began)
            if wait is None:
                if trouble.answer is not None:
                    return trouble.answer
                raise self._troubles.error(trouble, idempotent=idempotent) from None
            self.traffic.retries += 1
            _log.debug("%s %s: %s; try %d follows in %.1f s", method, path, trouble.kind, attempt + 1, wait)
            if trouble.kind is Kind.BUSY:
                self._pacer.refused(wait)
                self.traffic.blocked_until = self.clock.monotonic() + wait
            else:
                await wait_until(self.clock, self.clock.monotonic() + wait)

    def _body(self, json: object) -> _Body | None:
        try:
            return (_encode(json), _JSON_BODY) if json is not None else None
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                f"A value holds something that can't be sent to {self.name}.",
                hint="Look for unusual characters in it and type it anew.",
                details=self.scrub(str(error)),
            ) from None

    def _next_wait(self, trouble: Trouble, idempotent: bool, attempt: int, elapsed: float) -> float | None:
        """Seconds before the next try, ``None`` when there is none."""
        policy, kind = self._policy, trouble.kind
        if kind not in PASSING or not (idempotent or kind in NOT_APPLIED):
            return None
        attempts = policy.attempts
        if kind in NOT_SENT:
            attempts = policy.connect_attempts
        elif kind is Kind.DOUBTFUL or trouble.answer is not None:
            attempts = _DOUBTFUL_ATTEMPTS
        wait = policy.wait(attempt, self._random)
        if trouble.wait is not None:
            wait = max(wait, trouble.wait)
        if attempt >= attempts or wait > policy.longest_wait or elapsed + wait > policy.total_seconds:
            return None
        return wait

    async def _attempt(self, method: str, path: str, params: Params | None, body: _Body | None) -> Answer:
        if self._pacer.day_used_up(self._shares[runs_alone()]):
            raise self._troubles.day_used_up()
        renewed = self._renewed
        secret = await renewed.current() if renewed is not None else None
        headers = self._headers if secret is None else self._authorized(secret)
        async with self._slots:
            self._begin_wait()
            try:
                ticket = await self._pacer.turn(self._shares[runs_alone()])
            finally:
                self._end_wait()
            self.traffic.requests += 1
            try:
                answer = await self._exchange(method, path, params, headers, body, ticket)
            finally:
                self._pacer.finished(ticket)
        if renewed and secret and answer.status == 401 and await renewed.refused(secret, answer):
            raise Trouble(Kind.DOUBTFUL, "another credential", answer=answer)
        return self._checked(answer)

    def _begin_wait(self) -> None:
        if not self._waiting:
            self._waiting_since = self.clock.monotonic()
        self._waiting += 1

    def _end_wait(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self.traffic.throttled_seconds += self.clock.monotonic() - self._waiting_since

    async def _exchange(
        self,
        method: str,
        path: str,
        params: Params | None,
        headers: list[Header],
        body: _Body | None,
        ticket: Ticket,
    ) -> Answer:
        target, content = self._target(path, params), None
        if body is not None:
            content, about = body
            headers = [*headers, about, (b"Content-Length", str(len(content)).encode("ascii"))]
        elif method in _WITH_BODY:
            headers = [*headers, _NO_BODY]
        reply = await self._send(method, target, headers, content)
        told = reply.headers
        quota = self._dialect.read_quota(told)
        if quota is not None:
            self.quota = quota
            self._pacer.observe(quota, ticket)
        return self._parsed(reply.status, told, reply.content)

    def _target(self, path: str, params: Params | None) -> bytes:
        """Path and query as they are sent.

        :raises InvalidInput: when they can't be part of an address.
        """
        try:
            if _PLAIN_PATH.fullmatch(path):
                query = f"?{urlencode(cast('Any', params))}" if params else ""
                return self._base_path + f"{path}{query}".encode("ascii")
            url = httpx.URL(self._base + path)
            return (url.copy_merge_params(cast("Any", params)) if params else url).raw_path
        except (httpx.InvalidURL, UnicodeError) as error:
            raise InvalidInput("What was asked for can't be part of an address.", details=str(error)) from None

    def _parsed(self, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
        if not content:
            return Answer(status, headers, None)
        try:
            return Answer(status, headers, decode(content))
        except (ValueError, ArithmeticError, RecursionError):
            text = self.scrub(content[:_SNIPPET].decode("utf-8", "replace").strip())
        return Answer(status, headers, None, text)

    def _checked(self, answer: Answer) -> Answer:
        """The answer, if it is one to go on with.

        :raises Trouble: when it says that it isn't, or is no data.
        """
        status = answer.status
        if status < 300 and not answer.text:
            return answer
        detail = f"status {status} {answer.text[:200]}".strip()
        if 300 <= status < 400:
            raise Trouble(Kind.REDIRECT, f"{detail} to {answer.headers.get('location', '')[:200]}")
        if status == 429:
            raise Trouble(Kind.BUSY, detail, wait=self._busy_wait(answer))
        meaning = self._dialect.meaning(answer) if status >= 500 else ServerError.REFUSAL
        if meaning is not ServerError.REFUSAL:
            wait = retry_after(answer.headers.get("retry-after"), self.clock.now())
            explained = answer if meaning is ServerError.EXPLAINED else None
            raise Trouble(Kind.FAILED, detail, wait=wait, answer=explained)
        if status in self._dialect.doubtful:
            raise Trouble(Kind.DOUBTFUL, detail, answer=answer)
        if answer.text and (status < 300 or status == 404):
            raise Trouble(Kind.WEB_PAGE if answer.text.startswith("<") else Kind.NOT_JSON, detail)
        return answer

    def _busy_wait(self, answer: Answer) -> float | None:
        """What a 429 asks to wait: stated, or one interval when the quota is used up."""
        stated = retry_after(answer.headers.get("retry-after"), self.clock.now())
        if stated is not None:
            return stated
        quota = self._dialect.read_quota(answer.headers)
        if quota is not None and quota.remaining:
            return None
        return quota.interval_seconds if quota is not None else self._dialect.interval_seconds


def _possible(share: float) -> float:
    return max(0.01, min(share, 0.95))


def _ssl_context(base_url: str) -> ssl.SSLContext:
    """The system's certificates; none at all for plain http, which is only spoken to this computer."""
    if base_url.startswith("https:"):
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


_WITH_BODY = frozenset({"PATCH", "POST", "PUT"})
_NO_BODY = (b"Content-Length", b"0")
_JSON_BODY = (b"Content-Type", b"application/json")
_FORM_BODY = (b"Content-Type", b"application/x-www-form-urlencoded")
