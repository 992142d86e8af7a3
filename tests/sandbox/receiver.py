"""Takes the messages that an emulated or real site sends to this computer."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Arrived(NamedTuple):
    """One message; header names in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> tuple[str, int]:
        """What the bridge plugin tells: the event and the user's id."""
        told = json.loads(self.body)
        return told["event"], told["user_id"]


class Receiver:
    """Keeps what arrives, in order."""

    def __init__(self) -> None:
        self.deliveries: queue.Queue[Arrived] = queue.Queue()
        deliveries = self.deliveries

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()
                deliveries.put(Arrived({name.lower(): value for name, value in self.headers.items()}, body))

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = f"{self.origin}/hook"

    def next(self) -> Arrived:
        """The next message, within seconds."""
        return self.deliveries.get(timeout=10)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen while entered."""
    taking = Receiver()
    thread = threading.Thread(target=taking.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield taking
    finally:
        taking.server.shutdown()
        thread.join()
        taking.server.server_close()
