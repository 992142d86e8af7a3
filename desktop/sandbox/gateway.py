"""The request pipeline in front of a platform: count, inject faults, authenticate, limit, handle, answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from desktop.sandbox.clock import PlatformClock
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.kernel import Answer, Call, Endpoint, Header, Platform, Refusal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_CLOSING_SECONDS = 5.0
_encode = msgspec.json.Encoder().encode


class Routes:
    """Path templates to endpoints: exact paths by dictionary, the rest by the number of segments."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._exact: dict[tuple[str, str], Endpoint] = {}
        self._by_shape: dict[tuple[str, int], list[tuple[tuple[str, ...], Endpoint]]] = {}
        for endpoint in endpoints:
            path = endpoint.path.rstrip("/") or "/"
            if "{" not in path:
                self._exact[endpoint.method, path] = endpoint
                continue
            parts = tuple(path.split("/"))
            self._by_shape.setdefault((endpoint.method, len(parts)), []).append((parts, endpoint))
        for candidates in self._by_shape.values():
            candidates.sort(key=lambda item: [part.startswith("{") for part in item[0]])

    def find(self, method: str, path: str) -> tuple[Endpoint | None, dict[str, str]]:
        path = path.rstrip("/") or "/"
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact, {}
        parts = path.split("/")
        for template, endpoint in self._by_shape.get((method, len(parts)), ()):
            params: dict[str, str] = {}
            for expected, given in zip(template, parts, strict=True):
                if expected.startswith("{"):
                    if not given:
                        break
                    params[expected[1:-1]] = given
                elif expected != given:
                    break
            else:
                return endpoint, params
        return None, {}


@dataclass(slots=True)
class Stats:
    """What has been counted since the start or the last reset."""

    requests: int = 0
    rejected_429: int = 0
    max_concurrency: int = 0
    writes: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    by_route: dict[str, int] = field(default_factory=dict)
    by_status: dict[str, int] = field(default_factory=dict)

    def report(self) -> dict[str, object]:
        return {
            "requests": self.requests,
            "rejected_429": self.rejected_429,
            "429": self.rejected_429,
            "max_concurrency": self.max_concurrency,
            "writes": self.writes,
            "by_route": dict(sorted(self.by_route.items())),
            "by_status": dict(sorted(self.by_status.items())),
            "faults": dict(sorted(self.faults.items())),
        }


class Gateway:
    """The pipeline in front of one platform; an ASGI application for the paths under its prefix."""

    def __init__(self, platform: Platform, clock: PlatformClock, faults: Faults, *, limits: bool) -> None:
        self.platform = platform
        self.clock = clock
        self.faults = faults
        self.limits = limits
        self.latency = 0.0
        self.stats = Stats()
        self.routes = Routes(platform.endpoints())
        self.limiter = platform.limiter()
        self._in_flight = 0

    def renew_limits(self) -> None:
        """Forget what was used and take the platform's present allowance."""
        self.limiter = self.platform.limiter()

    def replace(self, fresh: Gateway) -> None:
        """Take over everything from a gateway that was built anew."""
        self.platform = fresh.platform
        self.clock = fresh.clock
        self.routes = fresh.routes
        self.limiter = fresh.limiter
        self.limits = fresh.limits
        self.latency = 0.0
        self.reset_stats()

    def reset_stats(self) -> None:
        self.stats = Stats(max_concurrency=self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._in_flight += 1
        try:
            # One turn of the loop lets requests that arrived together be seen together.
            await asyncio.sleep(0)
            call = await self._receive(scope, receive)
            self._count(call)
            await self._serve(call, scope, receive, send)
        finally:
            self._in_flight -= 1

    async def _receive(self, scope: Scope, receive: Receive) -> Call:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        method = scope["method"]
        path = scope["path"][len(self.platform.prefix) :] or "/"
        endpoint, params = self.routes.find(method, path)
        query = scope["query_string"].decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return Call(
            method=method,
            path=path,
            params=params,
            query_all=parse_qsl(query, keep_blank_values=True) if query else [],
            headers=headers,
            body=body,
            base_url=f"http://{headers.get('host', '127.0.0.1')}{self.platform.prefix}",
            endpoint=endpoint,
        )

    def _count(self, call: Call) -> None:
        stats = self.stats
        stats.requests += 1
        stats.max_concurrency = max(stats.max_concurrency, self._in_flight)
        name = call.endpoint.name if call.endpoint else f"{call.method} (unknown)"
        stats.by_route[name] = stats.by_route.get(name, 0) + 1

    async def _serve(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self.faults.pick(self.platform.name, call.path)
        if fault is None:
            await self._send(self._answer(call), send)
            return
        self.stats.faults[fault.kind] = self.stats.faults.get(fault.kind, 0) + 1
        if fault.kind == "slow" and fault.when == "before":
            await asyncio.sleep(fault.seconds)
        # A slow, cut or emptied answer is a real one; the others let it happen only when they come afterwards.
        happens = fault.when == "after" or fault.kind in ("slow", "truncate", "empty")
        answer = self._answer(call) if happens else None
        await self._fail(fault, call, answer, scope, receive, send)

    async def _fail(
        self, fault: Fault, call: Call, answer: Answer | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        transport: asyncio.Transport = scope["extensions"]["crosswalk.transport"]
        match fault.kind:
            case "slow" | "truncate" if answer is not None:
                if fault.kind == "slow" and fault.when == "after":
                    await asyncio.sleep(fault.seconds)
                await self._send(answer, send, cut=transport if fault.kind == "truncate" else None)
                if fault.kind == "truncate":
                    await _disconnected(receive, _CLOSING_SECONDS)
            case "empty" if answer is not None:
                await self._send(replace(answer, body=None), send)
            case "reset":
                _drop(transport)
                await _disconnected(receive, _CLOSING_SECONDS)
            case "timeout":
                if not await _disconnected(receive, fault.seconds):
                    await self._send(self._fault_answer(504, call), send)
            case status:
                failure = self._fault_answer(int(status), call)
                if fault.retry_after is not None:
                    failure = self._with_headers(failure, (("Retry-After", str(fault.retry_after)),))
                await self._send(failure, send)

    def _answer(self, call: Call) -> Answer:
        platform = self.platform
        headers = self._unlimited()
        try:
            if call.endpoint is None:
                raise Refusal(platform.error(404, call))
            call.caller = platform.authenticate(call)
            if self.limits:
                verdict = self.limiter.take(platform.quota_key(call), self.clock.now())
                headers = verdict.headers
                if not verdict.allowed:
                    raise Refusal(platform.error(429, call))
            answer = call.endpoint.handle(call)
            if call.endpoint.writes and answer.status < 400:
                self.stats.writes += 1
        except Refusal as refusal:
            answer = refusal.answer
        except msgspec.DecodeError:
            answer = platform.error(400, call)
        return self._with_headers(platform.finish(call, answer), headers)

    def _fault_answer(self, status: int, call: Call) -> Answer:
        answer = self.platform.finish(call, self.platform.error(status, call))
        return self._with_headers(answer, self._unlimited())

    def _unlimited(self) -> tuple[Header, ...]:
        """The limit headers of an answer that nothing was counted for: with real limits it says nothing of them."""
        return () if self.limits else self.limiter.plenty()

    @staticmethod
    def _with_headers(answer: Answer, headers: tuple[Header, ...]) -> Answer:
        return Answer(answer.status, answer.body, (*headers, *answer.headers), answer.content_type)

    async def _send(self, answer: Answer, send: Send, *, cut: asyncio.Transport | None = None) -> None:
        """Send an answer; with ``cut`` only half of its body, after which that connection closes."""
        if answer.body is None:
            body = b""
        elif isinstance(answer.body, bytes):
            body = answer.body
        else:
            body = _encode(answer.body)
        if answer.status == 429:
            self.stats.rejected_429 += 1
        status = str(answer.status)
        self.stats.by_status[status] = self.stats.by_status.get(status, 0) + 1
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        headers.append((b"date", self.clock.http_date()))
        if answer.status != 204:
            headers.append((b"content-length", b"%d" % len(body)))
            if body:
                headers.append((b"content-type", answer.content_type.encode("latin-1")))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if cut is None:
            await send({"type": "http.response.body", "body": body})
            return
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        cut.close()


async def _disconnected(receive: Receive, seconds: float) -> bool:
    """Wait until the client has gone, at most ``seconds``; whether it has."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return False
    return True


def _drop(transport: asyncio.Transport) -> None:
    """Close a connection with a TCP reset, without an answer."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
