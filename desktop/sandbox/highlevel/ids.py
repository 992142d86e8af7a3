"""Ids in the shapes that HighLevel uses: 24 hex digits, 20 letters and digits, and UUIDs."""

from __future__ import annotations

import secrets
import string
from base64 import b64encode
from functools import cache

from desktop.sandbox.people import mix

_ODD = 0x9E3779B1
_ALPHABET = string.ascii_letters + string.digits


@cache
def _salt(seed: int, series: int) -> int:
    return mix(seed, series)


def hex_id(seed: int, series: int, i: int) -> str:
    """A 24-digit id (objects, records, fields, associations, relations); within a series no two are the
    same.
    """
    return f"{mix(seed, series, i):016x}{(i * _ODD ^ _salt(seed, series)) & 0xFFFFFFFF:08x}"


def short_id(seed: int, series: int, i: int) -> str:
    """A 20-character id (locations, contacts, users, V1 fields)."""
    bits = mix(seed, series, i) | ((i * _ODD ^ _salt(seed, series)) & 0xFF_FFFF_FFFF_FFFF) << 64
    return b64encode(bits.to_bytes(15, "little"), b"aZ").decode()


def uuid_text(seed: int, series: int) -> str:
    digits = f"{mix(seed, series):016x}{mix(seed, series, 1):016x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def new_hex_id() -> str:
    return secrets.token_hex(12)


def new_short_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(20))


def new_uuid() -> str:
    digits = secrets.token_hex(16)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
