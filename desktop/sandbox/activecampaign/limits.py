"""ActiveCampaign's limits: five requests a second for the whole account, and the bulk import's own.

developers.activecampaign.com/reference/rate-limits: a refused request answers 429 with ``Retry-After`` in
whole seconds; ``RateLimit-Limit`` and ``RateLimit-Remaining`` state the allowance. There is no header for the
reset.
"""

from __future__ import annotations

import math

from desktop.sandbox.kernel import Header, Verdict, Window

PER_SECOND = 5
IMPORTS_PER_MINUTE = 100
SINGLE_IMPORTS_PER_MINUTE = 20


class AccountLimit:
    """The account's allowance. `enforced` says whether limits apply to the request being handled."""

    def __init__(self) -> None:
        self.enforced = False
        self._calls = Window(PER_SECOND, 1.0, sliding=True)
        self._imports = Window(IMPORTS_PER_MINUTE, 60.0, sliding=True)
        self._single_imports = Window(SINGLE_IMPORTS_PER_MINUTE, 60.0, sliding=True)

    def take(self, key: str, now: float) -> Verdict:
        """Count one request."""
        self.enforced = True
        used = self._calls.used(key, now)
        if used >= PER_SECOND:
            wait = max(math.ceil(self._calls.reset_in(key, now)), 1)
            return Verdict(False, (("Retry-After", str(wait)), *_headers(0)))
        self._calls.take(key, now)
        return Verdict(True, _headers(PER_SECOND - used - 1))

    def plenty(self) -> tuple[Header, ...]:
        """The headers with nothing used.

        The pipeline asks for them before it decides whether limits apply.
        """
        self.enforced = False
        return _headers(PER_SECOND)

    def take_import(self, contacts: int, now: float) -> int | None:
        """Count one bulk import of so many contacts; the limit's size when it is used up, else None."""
        if not self.enforced:
            return None
        window = self._single_imports if contacts == 1 else self._imports
        if window.used("", now) >= window.limit:
            return window.limit
        window.take("", now)
        return None


def _headers(remaining: int) -> tuple[Header, ...]:
    return (("RateLimit-Limit", str(PER_SECOND)), ("RateLimit-Remaining", str(remaining)))
