"""Kills a run in this process at a chosen step, so that nothing of it gets through afterwards.

A step is a transaction of the store or a request that writes; the run dies right before or right after it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from desktop.connectors.transport import Transport
from desktop.store import Store


class Killed(BaseException):
    """The process would be gone now."""


class Fuse:
    """Counts steps and blows at the chosen one; step 0 never comes."""

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self.blown = False
        self._fatal = fatal

    def step(self) -> None:
        self.count += 1
        if self.blown or self.count == self._fatal:
            self.blown = True
            raise Killed

    def around(self, method: Callable[..., Awaitable[Any]], counts: Callable[..., bool]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            fatal = counts(*args)
            if fatal or self.blown:
                self.step()
            result = await method(*args, **kwargs)
            if fatal:
                self.step()
            return result

        return call


def _writes(*args: Any) -> bool:
    return args[1] != "GET" and not str(args[2]).endswith("search")


@contextmanager
def fused(fatal: int) -> Iterator[Fuse]:
    """While it is entered, the store and the transport die at the chosen step."""
    fuse = Fuse(fatal)
    write, request = Store.write, Transport.request
    Store.write = fuse.around(write, lambda *_args: True)  # type: ignore[method-assign]
    Transport.request = fuse.around(request, _writes)  # type: ignore[method-assign]
    try:
        yield fuse
    finally:
        Store.write, Transport.request = write, request  # type: ignore[method-assign]
