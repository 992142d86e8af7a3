"""How much a small host bears. WordPress itself has no rate limit: this one is the sandbox's own choice.

Above twenty requests a second the site answers 503, as where a host has too few workers, without a word about
when to come back.
"""

from __future__ import annotations

from desktop.sandbox.kernel import Header, Verdict, Window

PER_SECOND = 20


class SmallHost:
    """The whole site's allowance."""

    def __init__(self) -> None:
        self._calls = Window(PER_SECOND, 1.0, sliding=True)

    def take(self, key: str, now: float) -> Verdict:
        """Count one request."""
        if self._calls.used(key, now) >= PER_SECOND:
            return Verdict(False)
        self._calls.take(key, now)
        return Verdict(True)

    def plenty(self) -> tuple[Header, ...]:
        """No header tells of it."""
        return ()
