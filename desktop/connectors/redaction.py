"""Secrets that do not show themselves, and texts without them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

HIDDEN = "•••"

_CREDENTIAL = re.compile(
    r"(?i)(bearer\s+|basic\s+|(?:api-token|access_token|refresh_token|client_secret)['\"]?\s*[:=]\s*['\"]?"
    r"|authorization['\"]?\s*[:=]\s*['\"]?(?:bearer\s+|basic\s+)?)"
    r"[^\s'\",;}]+"
)
_PRIVATE_TOKEN = re.compile(r"\bpit-[0-9A-Za-z-]{8,}")
_SHORTEST = 4


class Secret:
    """A credential. Printing, formatting or logging it shows only that there is one."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The credential itself, for the header that carries it and nothing else."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is never written down")


def scrub(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text without those secrets and without anything that looks like a credential."""
    for secret in secrets:
        plain = secret.reveal()
        if len(plain) >= _SHORTEST:
            text = text.replace(plain, HIDDEN)
    return _PRIVATE_TOKEN.sub(HIDDEN, _CREDENTIAL.sub(lambda match: match[1] + HIDDEN, text))


class RedactingFilter(logging.Filter):
    """Takes credentials out of log records: put it on every handler.

    :param secrets: credentials to look for beside what is recognised by its form.
    """

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        super().__init__()
        self._secrets = set(secrets)
        self._formatter = logging.Formatter()

    def add(self, secret: Secret) -> None:
        """Look for one more credential."""
        self._secrets.add(secret)

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = scrub(message, self._secrets)
        if clean != message or record.args:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = scrub(record.exc_text, self._secrets)
        if record.stack_info:
            record.stack_info = scrub(record.stack_info, self._secrets)
        return True
