"""HighLevel's allowance: requests per ten seconds and per day, stated by five headers on every answer.

Source: https://marketplace.gohighlevel.com/docs/oauth/Faqs (rate limits): 100 requests per 10 seconds and
200,000 a day for each app and resource.
"""

from __future__ import annotations

from desktop.sandbox.kernel import Header, Verdict, Window

INTERVAL_SECONDS = 10.0
DAY_SECONDS = 86_400.0


class HighLevelLimit:
    """Burst and daily windows per key; a refused request does not count."""

    def __init__(self, burst: int, daily: int, *, retry_after: bool = False, sliding: bool = False) -> None:
        self._burst = Window(burst, INTERVAL_SECONDS, sliding=sliding)
        self._daily = Window(daily, DAY_SECONDS)
        self._retry_after = retry_after
        self._plenty = self._headers(burst, daily)

    def take(self, key: str, now: float) -> Verdict:
        burst, daily = self._burst, self._daily
        left = burst.limit - burst.used(key, now)
        left_today = daily.limit - daily.used(key, now)
        if left <= 0 or left_today <= 0:
            headers = self._headers(max(0, left), max(0, left_today))
            if self._retry_after:
                seconds = max(burst.reset_in(key, now), daily.reset_in(key, now))
                headers = (*headers, ("Retry-After", str(int(seconds) + 1)))
            return Verdict(allowed=False, headers=headers)
        burst.take(key, now)
        daily.take(key, now)
        return Verdict(allowed=True, headers=self._headers(left - 1, left_today - 1))

    def plenty(self) -> tuple[Header, ...]:
        return self._plenty

    def _headers(self, left: int, left_today: int) -> tuple[Header, ...]:
        return (
            ("X-RateLimit-Max", str(self._burst.limit)),
            ("X-RateLimit-Remaining", str(left)),
            ("X-RateLimit-Interval-Milliseconds", str(int(INTERVAL_SECONDS * 1000))),
            ("X-RateLimit-Limit-Daily", str(self._daily.limit)),
            ("X-RateLimit-Daily-Remaining", str(left_today)),
        )
