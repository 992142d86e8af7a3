"""What a sign-in to HighLevel leaves behind: tokens that lapse, and what renews them, as one secret.

Sources: https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0 (an access token lives for about a day, a
refresh token works once and lapses after a year) and the vendor's OpenAPI document of OAuth (a location's token made
from an agency's has no refresh token of its own).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from desktop.connectors.redaction import Secret

MARGIN = timedelta(minutes=1)
"""A token that lapses within this time is renewed before it is used."""

_KIND = "oauth"


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when it lapses, ``None`` where it does not."""

    text: str = field(repr=False)
    expires_at: datetime | None = None

    def lapses(self, now: datetime) -> bool:
        """Whether it has lapsed or is about to."""
        return self.expires_at is not None and now >= self.expires_at - MARGIN


@dataclass(frozen=True, slots=True)
class Grant:
    """What a connection is authorised with.

    :param access: the location's token, which goes with every request.
    :param refresh: gives a new pair of tokens, once; blank for a private integration token. With an agency it is
        that of the agency's token.
    :param client_id: the marketplace app's.
    :param company: the agency's id where it was the agency that signed in.
    :param location: the location whose token is made from the agency's.
    :param agency: the agency's own token.
    """

    access: Token
    refresh: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    company: str = ""
    location: str = ""
    agency: Token | None = None

    def secrets(self) -> set[Secret]:
        """Everything of it that must not be shown."""
        texts = (self.access.text, self.refresh, self.client_secret, self.agency.text if self.agency else "")
        return {Secret(text) for text in texts if text}

    def with_answer(self, answer: Mapping[str, Any], now: datetime) -> Grant:
        """With the pair of tokens that ``/oauth/token`` answered."""
        token = token_of(answer, now)
        refresh = str(answer["refresh_token"])
        if self.agency is not None:
            return replace(self, agency=token, refresh=refresh)
        return replace(self, access=token, refresh=refresh)


def token_of(answer: Mapping[str, Any], now: datetime) -> Token:
    """The access token of an answer."""
    return Token(str(answer["access_token"]), now + timedelta(seconds=float(answer["expires_in"])))


def is_signed_in(secret: str) -> bool:
    """Whether a connection's secret comes from a sign-in, not from a private integration."""
    return _document(secret) is not None


def read_grant(secret: str) -> Grant:
    """A connection's secret; what comes from no sign-in is a token that does not lapse."""
    document = _document(secret)
    if document is None:
        return Grant(Token(secret))
    known = {key: document[key] for key in ("refresh", "client_id", "client_secret", "company", "location")}
    agency = document["agency"]
    return Grant(_token(document["access"]), agency=_token(agency) if agency else None, **known)


def write_grant(grant: Grant) -> str:
    """The secret to keep."""
    return json.dumps({"kind": _KIND, **asdict(grant)}, default=datetime.isoformat, separators=(",", ":"))


def _document(secret: str) -> dict[str, Any] | None:
    if not secret.startswith("{"):
        return None
    try:
        document = json.loads(secret)
    except ValueError:
        return None
    return cast("dict[str, Any]", document) if document.get("kind") == _KIND else None


def _token(document: Mapping[str, Any]) -> Token:
    expires = document["expires_at"]
    return Token(document["text"], datetime.fromisoformat(expires) if expires else None)
