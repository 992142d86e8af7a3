"""What goes wrong between a request and a whole answer, and the sentence that the operator reads of it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from desktop.connectors.address import host_of
from desktop.connectors.redaction import Secret
from desktop.domain.errors import (
    CredentialRefused,
    CrosswalkError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    TlsFailure,
    UnexpectedAnswer,
    Unreachable,
)

if TYPE_CHECKING:
    from desktop.connectors.dialect import Answer


class Kind(StrEnum):
    """The ways in which a request fails to bring a whole answer."""

    UNKNOWN_HOST = "unknown host"
    NO_CONNECTION = "no connection"
    TLS = "certificate"
    TIMEOUT = "no answer in time"
    BROKEN = "connection broken"
    CUT_SHORT = "answer cut short"
    BUSY = "too many requests"
    FAILED = "failure of the platform"
    DOUBTFUL = "doubtful refusal"
    WEB_PAGE = "web page"
    REDIRECT = "redirect"
    NOT_JSON = "not JSON"
    TOO_LARGE = "too large"


NOT_SENT = frozenset({Kind.UNKNOWN_HOST, Kind.NO_CONNECTION, Kind.TLS})
NOT_APPLIED = NOT_SENT | {Kind.BUSY, Kind.DOUBTFUL, Kind.REDIRECT}
"""After these a write has certainly not taken effect."""
PASSING = frozenset(
    {
        Kind.UNKNOWN_HOST,
        Kind.NO_CONNECTION,
        Kind.TIMEOUT,
        Kind.BROKEN,
        Kind.CUT_SHORT,
        Kind.BUSY,
        Kind.FAILED,
        Kind.DOUBTFUL,
    }
)
"""These may be gone at the next try."""


_LONGEST_SAID = 300


class Trouble(Exception):
    """One try of a request failed.

    :param wait: seconds that the platform asked to wait, ``None`` when it did not.
    :param answer: what to return when the tries are used up, where that is better than an error.
    """

    def __init__(
        self, kind: Kind, detail: str = "", *, wait: float | None = None, answer: Answer | None = None
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.wait = wait
        self.answer = answer


def sayable(text: str) -> str:
    """What a platform says, fit to stand in a sentence: one line of bounded length without control characters."""
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 10 * _LONGEST_SAID]).split())
    return words if len(words) <= _LONGEST_SAID else f"{words[: _LONGEST_SAID - 3].rstrip()}..."


class Troubles:
    """Failures of one connection in the domain's words.

    :param scrub: takes the connection's secret out of a text.
    """

    def __init__(self, name: str, label: str, base_url: str, scrub: Callable[[str], str]) -> None:
        self._name = name
        self._label = label
        self._host = host_of(base_url)
        self._scrub = scrub

    def checked_secret(self, secret: Secret) -> str:
        """The credential as it goes into a header.

        :raises CredentialRefused: when it can't be one; sending it could break the header or show it in an error.
        """
        plain = secret.reveal()
        if not plain or not plain.isascii() or not plain.isprintable() or plain != plain.strip():
            raise CredentialRefused(
                f"What is stored as the credential of {self._name} can't be one: it is blank, or has spaces or "
                "characters that do not occur in one.",
                "Copy it again and replace it under Connections.",
            )
        return plain

    def day_used_up(self) -> CrosswalkError:
        """The share of the day's requests is used up."""
        return RateLimited(
            f"{self._name} has used the requests that {self._label} allows for today.",
            "Go on tomorrow, or raise the share of the quota under Connections.",
        )

    def error(self, trouble: Trouble, *, idempotent: bool) -> CrosswalkError:
        """The error to raise for a request whose last try ended so."""
        details = self._scrub(f"{trouble.kind.value}: {trouble.detail}" if trouble.detail else trouble.kind.value)
        if not idempotent and trouble.kind not in NOT_APPLIED:
            return OutcomeUnknown(
                f"{self._name} did not confirm what was sent ({_REASON[trouble.kind]}), so it is not known whether it "
                "was saved.",
                "Look the record up before it is sent again.",
                details,
            )
        return self._known(trouble.kind, details)

    def _known(self, kind: Kind, details: str) -> CrosswalkError:
        name, label, host = self._name, self._label, self._host
        match kind:
            case Kind.UNKNOWN_HOST:
                return Unreachable(
                    f"There is no server called {host}, which {name} should be reached at.",
                    "Check the address under Connections, and that this computer is online.",
                    details,
                )
            case Kind.NO_CONNECTION:
                return Unreachable(
                    f"{name} can't be reached: {host} accepts no connection.",
                    "Check the internet connection and the address under Connections, then try again.",
                    details,
                )
            case Kind.TLS:
                return TlsFailure(
                    f"The certificate of {host} could not be verified, so nothing was sent to {name}.",
                    "Check the address and this computer's date. In a company network, ask whoever runs it.",
                    details,
                )
            case Kind.BUSY:
                return RateLimited(
                    f"{label} keeps refusing requests of {name} because there were too many.",
                    "Wait a few minutes. If other programs use the same account, lower the share of the quota "
                    "under Connections.",
                    details,
                )
            case Kind.TIMEOUT | Kind.BROKEN | Kind.FAILED | Kind.DOUBTFUL:
                return PlatformUnavailable(
                    f"{label} does not answer {name} properly at the moment ({_REASON[kind]}).",
                    "Try again in a few minutes.",
                    details,
                )
            case Kind.CUT_SHORT:
                return UnexpectedAnswer(
                    f"The answers of {label} to {name} keep arriving incomplete.",
                    "Try again in a few minutes, and check the internet connection.",
                    details,
                )
            case Kind.TOO_LARGE:
                return UnexpectedAnswer(
                    f"{host} sent {name} more than fits into one answer, so it was not read.",
                    "Check the address under Connections.",
                    details,
                )
            case Kind.REDIRECT:
                return UnexpectedAnswer(
                    f"{host} sends {name} on to another address, which is not followed with a credential.",
                    "Check the address under Connections.",
                    details,
                )
            case Kind.WEB_PAGE | Kind.NOT_JSON:
                return UnexpectedAnswer(
                    f"{host} answered {name} with {_REASON[kind]} instead of data.",
                    f"Check under Connections that the address is {label}'s, and that no sign-in page of a network "
                    "lies between.",
                    details,
                )


_REASON = {
    Kind.UNKNOWN_HOST: "the server was not found",
    Kind.NO_CONNECTION: "no connection",
    Kind.TLS: "the certificate could not be verified",
    Kind.TIMEOUT: "no answer in time",
    Kind.BROKEN: "the connection broke",
    Kind.CUT_SHORT: "the answer was cut short",
    Kind.BUSY: "too many requests",
    Kind.FAILED: "a failure on its side",
    Kind.DOUBTFUL: "a refusal that comes and goes",
    Kind.WEB_PAGE: "a web page",
    Kind.REDIRECT: "a redirect",
    Kind.NOT_JSON: "something unreadable",
    Kind.TOO_LARGE: "the answer was too large",
}


def connect_kind(error: BaseException) -> Kind:
    """Why a connection could not be made, by what lies behind the client library's error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError | ssl.CertificateError):
            return Kind.TLS
        if isinstance(cause, socket.gaierror):
            return Kind.UNKNOWN_HOST
        cause = cause.__cause__ or cause.__context__
    return Kind.NO_CONNECTION
