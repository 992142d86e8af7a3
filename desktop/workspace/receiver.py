"""The receiver of platforms' messages: an HTTP server on this computer, behind the operator's tunnel."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import anyio

from desktop.connectors.webhooks import Delivery
from desktop.domain.errors import CrosswalkError, Unreachable

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
_LARGEST = 1 << 20
"""Bytes of a message at most."""
_CLOSING_SECONDS = 2


class Verdict(IntEnum):
    """What is answered to a message, as an HTTP status."""

    TAKEN = 204
    REFUSED = 403
    UNKNOWN = 404
    OFF = 410
    """ActiveCampaign ends a subscription that is answered so."""
    TOO_LARGE = 413
    LATER = 503
    """It could not be kept; most platforms send it again."""


Taker = Callable[[int, str, Delivery], Awaitable[Verdict]]
"""Takes a message for a connection, by its number; with what the address holds behind that."""


@asynccontextmanager
async def receive(port: int, take: Taker) -> AsyncGenerator[int]:
    """Listen on this computer while entered; yields the port.

    A message is answered once it is kept, which takes milliseconds; what it leads to comes later.

    :param port: 0 takes a free one.
    :raises Unreachable: when another program has the port.
    """
    import uvicorn

    class Server(uvicorn.Server):
        """Leaves signals to whoever runs the program."""

        @contextlib.contextmanager
        def capture_signals(self) -> Any:
            yield

    with _listener(port) as listener:
        config = uvicorn.Config(
            _app(take),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            limit_concurrency=64,
            timeout_graceful_shutdown=_CLOSING_SECONDS,
        )
        server = Server(config)
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: server.serve(sockets=[listener]))
            try:
                yield listener.getsockname()[1]
            finally:
                server.should_exit = True


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise Unreachable(
            f"Crosswalk can’t receive changes: another program uses port {port} of this computer.",
            "If it is another window or worker of this workspace, that one receives them. Else choose another port "
            "under Connections.",
            str(error),
        ) from None
    return listener


def _app(take: Taker) -> Starlette:
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    async def hook(request: Request) -> Response:
        verdict = await _answer(request, take)
        return Response(status_code=verdict.value)

    paths = ("/hooks/{connection:int}", "/hooks/{connection:int}/{secret}")
    return Starlette(routes=[Route(path, hook, methods=["POST"]) for path in paths])


async def _answer(request: Request, take: Taker) -> Verdict:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return Verdict.TOO_LARGE
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        return await take(
            int(request.path_params["connection"]),
            str(request.path_params.get("secret", "")),
            Delivery(headers, bytes(body)),
        )
    except CrosswalkError as error:
        logger.warning("A message could not be kept: %s", error.message)
        return Verdict.LATER
