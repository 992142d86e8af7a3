"""Answers whose JSON is not shaped as documented become the domain's error instead of a crash.

Connectors read the parts that they need from documents which only the platform controls. A part that is missing or of
another type surfaces where it is used, as one of Python's own errors.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from functools import wraps
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from desktop.domain.errors import OutcomeUnknown, UnexpectedAnswer

MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, ArithmeticError, RecursionError)
_DETAIL = 500


class Named(Protocol):
    """A connection: its name, for sentences, and what takes its secrets out of a text."""

    name: str

    def scrub(self, text: str) -> str:
        """The text without the connection's secrets."""
        ...


class _OfConnection(Protocol):
    """Whatever speaks over a connection."""

    @property
    def _transport(self) -> Named: ...


P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=_OfConnection)


def shaped(
    call: Callable[Concatenate[S, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], CoroutineType[Any, Any, T]]:
    """A connector's call that raises :class:`UnexpectedAnswer` for an answer of another shape."""

    @wraps(call)
    async def guarded(self: S, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(self, *args, **kwargs)
        except MISSHAPEN as error:
            raise _unexpected(self._transport, error) from error

    return guarded


def shaped_pages(
    call: Callable[Concatenate[S, P], AsyncGenerator[T]],
) -> Callable[Concatenate[S, P], AsyncGenerator[T]]:
    """The same for a reading."""

    @wraps(call)
    async def guarded(self: S, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T]:
        async with aclosing(call(self, *args, **kwargs)) as items:
            while True:
                try:
                    item = await anext(items)
                except StopAsyncIteration:
                    return
                except MISSHAPEN as error:
                    raise _unexpected(self._transport, error) from error
                yield item

    return guarded


def id_text(raw: object) -> str:
    """A record's id as text, be it a number or a text on the wire.

    :raises ValueError: when it is neither: a record that goes by something made up would look like a new one.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int) or raw == "":
        raise ValueError("a record without an id")
    return str(raw)


@contextmanager
def confirming(connection: Named) -> Iterator[None]:
    """Reads the answer to a create: of whatever shape it is, the record may be there.

    :raises OutcomeUnknown: for an answer of another shape.
    """
    try:
        yield
    except (*MISSHAPEN, UnexpectedAnswer) as error:
        known = error.details if isinstance(error, UnexpectedAnswer) else ""
        raise OutcomeUnknown(
            f"{connection.name} did not confirm what was sent (it answered in a form that Crosswalk does not know), so "
            "it is not known whether it was saved.",
            "Look the record up before it is sent again.",
            known or _details(connection, error),
        ) from error


def _unexpected(connection: Named, error: Exception) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"The platform answered {connection.name} in a form that Crosswalk does not know.",
        "Try again. If it stays so, the platform may have changed, and a newer Crosswalk may be needed.",
        _details(connection, error),
    )


def _details(connection: Named, error: Exception) -> str:
    return connection.scrub(f"{type(error).__name__}: {error}")[:_DETAIL]
