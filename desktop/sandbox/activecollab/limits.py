"""How often one may call: ActiveCollab publishes no limit and no header that tells of one.

Here, as the sandbox's own choice, an instance answers at most ten requests in any second; what is more gets the 503
of a busy web server.
"""

from __future__ import annotations

from desktop.sandbox.activecollab.errors import page
from desktop.sandbox.kernel import Header, Refusal, Verdict, Window

PER_SECOND = 10


class Busy:
    """The instance's allowance, for all tokens together."""

    def __init__(self) -> None:
        self._calls = Window(PER_SECOND, 1.0, sliding=True)

    def take(self, key: str, now: float) -> Verdict:
        """Count one request. Raises the refusal itself: it is another one than the 429 of other platforms."""
        if self._calls.used(key, now) >= PER_SECOND:
            raise Refusal(page(503, "Service Unavailable"))
        self._calls.take(key, now)
        return Verdict(True)

    def plenty(self) -> tuple[Header, ...]:
        """No headers."""
        return ()
