"""What the emulated platforms share: calls, answers, routing, rate limits and the request pipeline.

A platform is a list of endpoints with synchronous handlers plus an idea of who is calling, how often they
may, and how it words an error. The kernel does the rest, in this order for every request: count, inject
faults, authenticate, apply the rate limit, handle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from desktop.sandbox.clock import Clock
    from desktop.sandbox.storage import Storage

Header = tuple[str, str]

_decode = msgspec.json.Decoder().decode

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler returns. ``body``: None for no body, bytes sent as they are, anything else becomes
    JSON.
    """

    status: int = 200
    body: object = None
    headers: tuple[Header, ...] = ()
    content_type: str = JSON


class Refusal(Exception):
    """Raised anywhere in a handler or in ``authenticate`` to end the request with ``answer``."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: the token, what it may do, and the account it belongs to (empty when the platform has
    none).
    """

    token: str
    account: str = ""
    scopes: frozenset[str] = frozenset()
    admin: bool = False


@dataclass(slots=True)
class Call:
    """One request as a handler sees it.

    ``path`` is relative to the platform's prefix. ``params`` are the values of the template's placeholders.
    ``query`` keeps the last value of a repeated name, ``query_all`` keeps every pair in order. Header names
    are lower case. ``base_url`` is the platform's address as the client used it, prefix included.
    ``caller`` is set before the handler runs.
    """

    method: str
    path: str
    params: Mapping[str, str]
    query_all: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    base_url: str
    endpoint: Endpoint | None
    caller: Caller = field(default_factory=lambda: Caller(token=""))

    @property
    def query(self) -> dict[str, str]:
        return dict(self.query_all)

    def json(self) -> Any:
        """The decoded body; an empty body is ``None``. Raises ``msgspec.DecodeError`` when it is not JSON."""
        return _decode(self.body) if self.body else None


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method and path template, such as ``PUT /objects/{schemaKey}/records/{id}``.

    ``write`` counts the call as a write when it succeeds; None means every method but GET. ``scope`` is for
    the platform's own use in ``authenticate``; so is ``tag``.
    """

    method: str
    path: str
    handle: Handler
    scope: str = ""
    write: bool | None = None
    tag: str = ""

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        return self.method != "GET" if self.write is None else self.write


@dataclass(frozen=True, slots=True)
class Verdict:
    """A limiter's decision for one request, with the headers that every answer carries."""

    allowed: bool
    headers: tuple[Header, ...] = ()


class RateLimit(Protocol):
    """Counts the requests of one key (a token and account, say) against the platform's allowance."""

    def take(self, key: str, now: float) -> Verdict:
        """Count one request at ``now`` (seconds on the sandbox's clock), unless the allowance is used up."""
        ...

    def plenty(self) -> tuple[Header, ...]:
        """The same headers with nothing used, for when limits are off."""
        ...


class Platform(Protocol):
    """One emulated platform. Everything is called on the server's own thread, one call at a time."""

    name: str
    prefix: str

    def endpoints(self) -> list[Endpoint]:
        """Every route; order does not matter, a literal segment wins over a placeholder."""
        ...

    def seed(self, seed: int, records: int) -> None:
        """Fill an empty storage."""
        ...

    def ready(self, origin: str) -> dict[str, object]:
        """``base_url`` (``origin`` plus ``prefix``), ``token`` and, where it has one, ``account`` for the
        ready line.
        """
        ...

    def authenticate(self, call: Call) -> Caller:
        """Who is calling. Raises ``Refusal`` when they may not make this call."""
        ...

    def quota_key(self, call: Call) -> str:
        """What the allowance is counted by; ``call.caller`` is set."""
        ...

    def limiter(self) -> RateLimit:
        """A fresh limiter with the platform's real allowance."""
        ...

    def error(self, status: int, call: Call) -> Answer:
        """The platform's own wording for 400 (body is not JSON), 404 (no such route), 429 and 504, and for every
        status that a fault can ask for.
        """
        ...

    def finish(self, call: Call, answer: Answer) -> Answer:
        """Last touch on every answer that comes from the platform (a trace id, say); usually returns it as
        it is.
        """
        ...

    def configure(self, settings: Mapping[str, object]) -> None:
        """Platform-specific settings from the control address. Raises ``ValueError`` for an unknown one."""
        ...

    def new_token(self, options: Mapping[str, object]) -> str:
        """Make a further token. Raises ``ValueError`` for options that mean nothing here."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a platform is built from."""

    storage: Storage
    clock: Clock
    seed: int


class Window:
    """At most ``limit`` takes per ``seconds`` for each key.

    ``sliding`` looks back from the request; otherwise the window starts with its first request and ends
    ``seconds`` later.
    """

    __slots__ = ("_fixed", "_log", "limit", "seconds", "sliding")

    def __init__(self, limit: int, seconds: float, *, sliding: bool = False) -> None:
        self.limit = limit
        self.seconds = seconds
        self.sliding = sliding
        self._fixed: dict[str, tuple[float, int]] = {}
        self._log: dict[str, deque[float]] = {}

    def used(self, key: str, now: float) -> int:
        if self.sliding:
            log = self._log.setdefault(key, deque())
            while log and log[0] <= now - self.seconds:
                log.popleft()
            return len(log)
        start, used = self._fixed.get(key, (now, 0))
        return 0 if now >= start + self.seconds else used

    def take(self, key: str, now: float) -> None:
        """Count one; the caller has seen that ``used`` is below ``limit``."""
        used = self.used(key, now)
        if self.sliding:
            self._log[key].append(now)
            return
        start = self._fixed[key][0] if used else now
        self._fixed[key] = (start, used + 1)

    def reset_in(self, key: str, now: float) -> float:
        """Seconds until something is free again (0 when something is free now)."""
        if self.used(key, now) < self.limit:
            return 0.0
        start = self._log[key][0] if self.sliding else self._fixed[key][0]
        return start + self.seconds - now
