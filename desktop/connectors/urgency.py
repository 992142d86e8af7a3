"""Whether a person waits for what is asked of a platform: what runs by itself leaves more of the quota to others."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_alone: ContextVar[bool] = ContextVar("runs by itself", default=False)


@contextmanager
def in_background() -> Generator[None]:
    """What is asked while entered, by this task and those that it starts, is waited for by nobody."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def runs_alone() -> bool:
    """Whether nobody waits."""
    return _alone.get()
