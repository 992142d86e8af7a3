"""One kept-alive connection to an address: a request goes out on it, and its whole answer comes back.

The only module that imports httpcore, the library below httpx's client. There is one address and no cookie, redirect or
sign-in that a client would look after, and a pool looks at all of its connections for each request and never takes back
one whose request was broken off before it began.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote, urlsplit

import httpcore

from desktop.connectors.trouble import Kind, Trouble, connect_kind

ANSWER_LIMIT = 50_000_000
"""Bytes of one answer, unpacked."""

ACCEPTED_ENCODING = "gzip"

_CONNECT_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 30.0
_FAILURES = (
    OSError,
    httpcore.ConnectionNotAvailable,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)

Header = tuple[bytes, bytes]
Origin = tuple[bytes, bytes, int | None]
"""Scheme, host and port, which is ``None`` for the scheme's own."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer.

    :ivar headers: by their names in lower case.
    :ivar content: unpacked.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes


class Wire:
    """A connection, made when it is first used and again once the other side has closed it.

    :param seconds: after so long without a byte a request has failed.
    :param proxy: the proxy's address, with its name and password if it has any.
    """

    def __init__(self, origin: Origin, ssl_context: ssl.SSLContext, seconds: float, proxy: str | None = None) -> None:
        self._scheme, self._host, self._port = origin
        self._ssl_context = ssl_context
        self._proxy = _proxy(proxy, ssl_context) if proxy else None
        connecting = min(seconds, _CONNECT_SECONDS)
        self._extensions = {"timeout": {"connect": connecting, "read": seconds, "write": seconds, "pool": None}}
        self._connection = self._new_connection()

    async def exchange(self, method: str, target: bytes, headers: Sequence[Header], body: bytes | None) -> Reply:
        """Send a request and read its answer to the end. After a failure the wire can't be used any more.

        :param target: path and query as they are sent.
        :raises Trouble: when there is no answer, or it is cut short or too large.
        """
        url = self._url(target)
        request = httpcore.Request(method, url, headers=headers, content=body, extensions=self._extensions)
        try:
            response = await (await self._open_connection()).handle_async_request(request)
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            try:
                content = await _whole(response, told.get("content-encoding", ""))
            finally:
                await response.aclose()
        except _FAILURES as error:
            raise _in_own_words(error) from None
        return Reply(response.status, told, content)

    def _url(self, target: bytes) -> httpcore.URL:
        return httpcore.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._connection.aclose()

    async def _open_connection(self) -> httpcore.AsyncHTTPConnection | httpcore.AsyncConnectionPool:
        connection = self._connection
        if isinstance(connection, httpcore.AsyncHTTPConnection) and (
            connection.is_closed() or connection.has_expired()
        ):
            await connection.aclose()
            connection = self._connection = self._new_connection()
        return connection

    def _new_connection(self) -> httpcore.AsyncHTTPConnection | httpcore.AsyncConnectionPool:
        if self._proxy is None:
            return httpcore.AsyncHTTPConnection(
                self._url(b"/").origin, self._ssl_context, keepalive_expiry=_KEEP_ALIVE_SECONDS
            )
        return httpcore.AsyncConnectionPool(
            self._ssl_context, self._proxy, max_connections=1, keepalive_expiry=_KEEP_ALIVE_SECONDS
        )


def _proxy(address: str, ssl_context: ssl.SSLContext) -> httpcore.Proxy:
    parts = urlsplit(address)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return httpcore.Proxy(bare, auth=auth, ssl_context=ssl_context if parts.scheme == "https" else None)


async def _whole(response: httpcore.Response, encoding: str) -> bytes:
    """The answer's content, unpacked.

    :raises Trouble: when it is larger than :data:`ANSWER_LIMIT`, the rest of which is not read, or broken off.
    """
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding.lower() else None
    chunks: list[bytes] = []
    size = 0
    async for chunk in cast("AsyncIterable[bytes]", response.stream):
        try:
            part = unpacker.decompress(chunk, ANSWER_LIMIT + 1 - size) if unpacker is not None else chunk
        except zlib.error as error:
            raise Trouble(Kind.CUT_SHORT, str(error)) from None
        size += len(part)
        if size > ANSWER_LIMIT:
            raise Trouble(Kind.TOO_LARGE, f"status {response.status}, more than {ANSWER_LIMIT} bytes")
        chunks.append(part)
    if unpacker is not None and chunks and not unpacker.eof:
        raise Trouble(Kind.CUT_SHORT, f"status {response.status}, packed content without its end")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _in_own_words(error: Exception) -> Trouble:
    """A failure of the library as :class:`Trouble`, with its text but without its request."""
    text = str(error)
    match error:
        case httpcore.ConnectError() | httpcore.ConnectTimeout() | httpcore.ProxyError():
            return Trouble(connect_kind(error), text)
        case httpcore.TimeoutException():
            return Trouble(Kind.TIMEOUT, text)
        case httpcore.RemoteProtocolError():
            return Trouble(Kind.CUT_SHORT if "complete message body" in text else Kind.BROKEN, text)
        case _:
            return Trouble(Kind.BROKEN, f"{type(error).__name__}: {text}")
