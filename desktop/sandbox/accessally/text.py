"""How WordPress cleans names and compares text."""

from __future__ import annotations

import re
import unicodedata

_TAGS = re.compile(r"<[^>]*>")
_SPACES = re.compile(r"[\r\n\t ]+")
_NOT_IN_LOGIN = re.compile(r"[^a-zA-Z0-9 _.\-@]")
_NOT_IN_SLUG = re.compile(r"[^a-z0-9 _\-]")


def fold(text: str) -> str:
    """Text without case and accents: the database compares so."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def plain(text: object) -> str:
    """One line without markup (``sanitize_text_field``)."""
    return _SPACES.sub(" ", _TAGS.sub("", str(text))).strip()


def is_login(text: str) -> bool:
    """Whether a user may be named so: letters, digits, spaces and ``_ . - @``, all ASCII."""
    return bool(text) and text == _SPACES.sub(" ", _NOT_IN_LOGIN.sub("", text)).strip()


def slug(text: str) -> str:
    """Text as part of an address (``sanitize_title``)."""
    cleaned = _NOT_IN_SLUG.sub("", fold(text).replace(".", "-"))
    return re.sub(r"-+", "-", re.sub(r"\s+", "-", cleaned)).strip("-")
