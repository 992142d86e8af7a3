"""Where the browser comes back to after a sign-in: an address of this computer that hears one page only.

RFC 8252, section 7.3 (redirects to the loopback interface).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from desktop.domain.errors import NotFound, Unreachable

HOST = "127.0.0.1"
PATH = "/callback"

_LINE_SECONDS = 10.0
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Crosswalk</title></head>
<body style="font: 16px system-ui, sans-serif; margin: 4rem auto; max-width: 32rem"><p>{text}</p></body></html>
"""


class Loopback:
    """Waits for the browser on this computer, from :meth:`open` to :meth:`aclose`.

    :param port: 0 takes any free one.
    :param is_ours: whether what the query says belongs to this sign-in; all else is turned away and waited past.
    """

    def __init__(self, port: int, is_ours: Callable[[Mapping[str, str]], bool]) -> None:
        self._port = port
        self._is_ours = is_ours
        self._arrived: asyncio.Queue[Mapping[str, str] | None] = asyncio.Queue()
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> str:
        """The address to come back to."""
        return f"http://{HOST}:{self._port}{PATH}"

    async def open(self) -> None:
        """Begin to listen.

        :raises Unreachable: when another program has the port.
        """
        try:
            self._server = await asyncio.start_server(self._serve, HOST, self._port)
        except OSError as error:
            raise Unreachable(
                f"Crosswalk can't wait for the browser: another program uses the address {self.address}.",
                "Finish or cancel a sign-in that is open in another window, or close that program, then try again.",
                str(error),
            ) from None
        self._port = self._server.sockets[0].getsockname()[1]

    async def arrival(self) -> Mapping[str, str]:
        """Wait until the browser comes back; the query that it brings.

        :raises NotFound: when nobody listens any more.
        """
        query = await self._arrived.get()
        if query is None:
            raise NotFound("This sign-in has ended.", "Start it again.")
        return query

    async def aclose(self) -> None:
        """Stop listening and waiting."""
        self._arrived.put_nowait(None)
        server, self._server = self._server, None
        if server is not None:
            server.close()
            for caller in tuple(self._callers):
                caller.transport.abort()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.add(writer)
        try:
            async with asyncio.timeout(_LINE_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            status, text = self._heard(head)
            body = _PAGE.format(text=text).encode()
            writer.write(_head(status, len(body)) + body)
            await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._callers.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _heard(self, head: bytes) -> tuple[str, str]:
        """What to answer to a request; what it brings is kept if it is the one that is waited for."""
        first, *lines = head.decode("latin-1").split("\r\n")
        method, _, rest = first.partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        host = next((line[5:].strip() for line in lines if line.lower().startswith("host:")), "")
        # A page elsewhere could reach this port under a name of its own: it would name that one here.
        if target.path != PATH or host != f"{HOST}:{self._port}":
            return "404 Not Found", "There is nothing here."
        if method != "GET":
            return "405 Method Not Allowed", "There is nothing here."
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        if not self._is_ours(query):
            return "400 Bad Request", "This page does not belong to the sign-in that Crosswalk waits for."
        self._arrived.put_nowait(query)
        return "200 OK", "You can close this page and go back to Crosswalk."


def _head(status: str, length: int) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
    ).encode("ascii")
