"""A server on this computer that answers each request with prepared bytes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

Reply = bytes | Callable[[asyncio.StreamWriter], None]


def reply(body: bytes | str, *headers: str, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """A whole answer."""
    content = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


class RawServer:
    """Where the server is, the requests that it got (head and body), and an event for each connection it closed."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = asyncio.Semaphore(0)


@asynccontextmanager
async def raw_server(replies: Sequence[Reply], tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Answers with the replies in turn, the last one for ever. An empty one closes the connection."""
    state = RawServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                state.requests.append(head + await reader.readexactly(length))
                answer = replies[min(len(state.requests), len(replies)) - 1]
                if callable(answer):
                    answer(writer)
                    return
                if not answer:
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            return
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
            state.closed.release()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    state.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    async with server:
        yield state


@asynccontextmanager
async def proxy_server(behind: str) -> AsyncIterator[RawServer]:
    """A proxy whose every way leads to the server at the address `behind`; it notes what it was asked for."""
    state = RawServer()
    port = int(behind.rpartition(":")[2])

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.requests.append(await reader.readuntil(b"\r\n\r\n"))
        there, back = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield state
