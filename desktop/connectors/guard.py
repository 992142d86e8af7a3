"""Answers whose JSON is not shaped as documented become the domain's error instead of a crash.

Connectors read the parts that they need from documents which only the platform controls. A part that is missing or of
another type surfaces where it is used, as one of Python's own errors.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from desktop.domain.errors import UnexpectedAnswer

P = ParamSpec("P")
T = TypeVar("T")

MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, ArithmeticError)


def shaped(call: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A connector's call that raises :class:`UnexpectedAnswer` for an answer of another shape."""

    @wraps(call)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(*args, **kwargs)
        except MISSHAPEN as error:
            raise _unexpected(error) from error

    return guarded


def shaped_pages(call: Callable[P, AsyncGenerator[T]]) -> Callable[P, AsyncGenerator[T]]:
    """The same for a reading."""

    @wraps(call)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T]:
        async with aclosing(call(*args, **kwargs)) as items:
            while True:
                try:
                    item = await anext(items)
                except StopAsyncIteration:
                    return
                except MISSHAPEN as error:
                    raise _unexpected(error) from error
                yield item

    return guarded


def _unexpected(error: Exception) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        "The platform answered in a form that Crosswalk does not know.",
        "Try again. If it stays so, the platform may have changed, and a newer Crosswalk may be needed.",
        f"{type(error).__name__}: {error}",
    )
