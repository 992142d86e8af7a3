"""The sandbox's HTTP server: the ASGI application, the blocking command and the background server for
tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from desktop.sandbox import control
from desktop.sandbox.gateway import Receive, Scope, Send
from desktop.sandbox.registry import PLATFORMS
from desktop.sandbox.world import World

_KEEP_ALIVE_SECONDS = 75
_HOST = "127.0.0.1"


class TransportProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that also tells the application its connection, so that faults can break it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope["extensions"] = {"crosswalk.transport": self.transport}


class SandboxApp:
    """The ASGI application: each platform under its prefix, the control address under ``/control``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._apps: dict[str, Any] = {
            gateway.platform.prefix.strip("/"): gateway for gateway in world.gateways.values()
        }
        self._control = control.control_app(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        segment = scope["path"].split("/", 2)[1]
        app = self._apps.get(segment)
        if app is not None:
            await app(scope, receive, send)
            return
        if segment == control.PREFIX.strip("/"):
            inner = dict(scope)
            inner["path"] = scope["path"][len(control.PREFIX) :] or "/"
            await self._control(inner, receive, send)
            return
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


def build_app(*, records: int = 500, seed: int = 1, limits: str = "real", state_dir: Path | None = None) -> SandboxApp:
    """A seeded sandbox as an ASGI application. ``limits``: "real" or "off"."""
    return SandboxApp(World(PLATFORMS, records=records, seed=seed, limits=limits == "real", state_dir=state_dir))


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to its owner, and ends at once instead of looking now and then."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Stop answering. Called from any thread."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._over.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        ticking = asyncio.ensure_future(super().main_loop())
        over = asyncio.ensure_future(self._over.wait())
        await asyncio.wait((ticking, over), return_when=asyncio.FIRST_COMPLETED)
        ticking.cancel()
        over.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.close()
        for task in list(self.server_state.tasks):
            task.cancel()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off on every connection.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_HOST, port))
    listener.listen(2048)
    return listener


def _server(app: SandboxApp) -> _Server:
    config = uvicorn.Config(
        app,
        http=TransportProtocol,
        ws="none",
        lifespan="off",
        log_level=logging.WARNING,
        access_log=False,
        log_config=None,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        server_header=False,
        # Answers carry the sandbox's own date.
        date_header=False,
    )
    return _Server(config)


def serve(
    port: int = 0,
    records: int = 500,
    seed: int = 1,
    limits: str = "real",
    state_dir: Path | str | None = None,
) -> None:
    """Run the sandbox until SIGINT or SIGTERM; one JSON line on standard output says that it listens.

    ``port`` 0 takes a free one. Raises ``OSError`` when the port is taken.
    """
    with _listen(port) as listener:
        app = build_app(records=records, seed=seed, limits=limits, state_dir=Path(state_dir) if state_dir else None)
        server = _server(app)
        origin = f"http://{_HOST}:{listener.getsockname()[1]}"
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _signal, _frame: server.end())
        sys.stdout.write(json.dumps(app.world.ready(origin)) + "\n")
        sys.stdout.flush()
        try:
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            app.world.close()


class SandboxServer:
    """The sandbox in a background thread: ``with SandboxServer(records=500) as sandbox: sandbox.ready``."""

    def __init__(
        self,
        *,
        records: int = 500,
        seed: int = 1,
        limits: str = "off",
        port: int = 0,
        state_dir: Path | str | None = None,
    ) -> None:
        self._listener = _listen(port)
        self.origin = f"http://{_HOST}:{self._listener.getsockname()[1]}"
        try:
            self.app = build_app(
                records=records, seed=seed, limits=limits, state_dir=Path(state_dir) if state_dir else None
            )
        except BaseException:
            self._listener.close()
            raise
        self._server = _server(self.app)
        self._thread = threading.Thread(target=self._run, name="crosswalk-sandbox", daemon=True)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))

    @property
    def ready(self) -> dict[str, Any]:
        """The ready line's content."""
        return self.app.world.ready(self.origin)

    @property
    def control_url(self) -> str:
        return f"{self.origin}{control.PREFIX}"

    def start(self) -> None:
        """Begin to answer; connections made before wait in the listening socket."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, close every connection and the storage."""
        self._server.end()
        self._thread.join()
        self._listener.close()
        self.app.world.close()

    def __enter__(self) -> SandboxServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
