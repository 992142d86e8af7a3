"""What the transport has to know of a platform's HTTP, and the answers that it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from desktop.connectors.base import Quota
from desktop.connectors.retry import parse_http_date


class ServerError(StrEnum):
    """What an answer with a status of 500 and more means."""

    FAILURE = "failure"
    """The server failed, and nothing more is known."""
    EXPLAINED = "explained"
    """The application failed and says why: asked again a few times where that is safe, then returned."""
    REFUSAL = "refusal"
    """The application refuses, and nothing was saved: returned at once, as one of 400 is."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the transport has to know of a platform's HTTP.

    :param label: what people call the platform.
    :param authorize: the header that carries the credential.
    :param read_quota: what an answer's headers (names in lower case) say of the quota, if anything.
    :param limit: requests in ``interval_seconds`` as documented, until the headers say otherwise.
    :param headers: sent with each request.
    :param doubtful: refusals that the platform sends now and then without meaning them: asked again before believed.
    :param meaning: what an answer with a status of 500 and more means.
    """

    label: str
    authorize: Callable[[str], tuple[str, str]]
    read_quota: Callable[[Mapping[str, str]], Quota | None]
    limit: int
    interval_seconds: float
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    doubtful: frozenset[int] = frozenset()
    meaning: Callable[[Answer], ServerError] = lambda _answer: ServerError.FAILURE


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that arrived whole.

    :param headers: names in lower case.
    :param data: the JSON that it holds, ``None`` when there is none. Numbers with a fraction are ``Decimal``.
    :param text: the beginning of what isn't JSON, without secrets.
    """

    status: int
    headers: Mapping[str, str]
    data: Any
    text: str = ""

    @property
    def server_time(self) -> datetime | None:
        """The platform's time, to the second (``Date`` header)."""
        return parse_http_date(self.headers.get("date"))
