"""How often and how long a failed request is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with full jitter, within a number of tries and a total time.

    :param attempts: tries in all, the first one included.
    :param connect_attempts: tries in all when no connection can be made.
    :param base_seconds: upper bound of the first wait; it doubles with each try.
    :param longest_wait: upper bound of one wait, a stated ``Retry-After`` included.
    :param total_seconds: no new try is begun after so long.
    """

    attempts: int = 6
    connect_attempts: int = 3
    base_seconds: float = 0.5
    cap_seconds: float = 20.0
    longest_wait: float = 120.0
    total_seconds: float = 300.0

    def wait(self, attempt: int, source: random.Random) -> float:
        """Seconds to wait after the given try (1 is the first)."""
        return source.uniform(0.0, min(self.cap_seconds, self.base_seconds * 2 ** (attempt - 1)))


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks to wait: whole seconds or a date (RFC 9110, 10.2.3)."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    moment = parse_http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def parse_http_date(text: str | None) -> datetime | None:
    """The moment that an HTTP date states, ``None`` when it is none."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None
