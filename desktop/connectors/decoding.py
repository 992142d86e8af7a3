"""JSON as platforms send it.

Numbers with a fraction or an exponent become ``Decimal``. Half of a character outside the basic plane, which servers
written in JavaScript leave behind where they cut a text, is no text anywhere else: it becomes U+FFFD.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec

_LARGEST_EXPONENT = 400
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)
"""Whole pairs of surrogates, single ones (the group), and all other escapes."""


def decode(content: bytes) -> Any:
    """The document.

    :raises ValueError: when it is not JSON.
    :raises ArithmeticError: when it holds a number out of all proportion.
    :raises RecursionError: when it is deeper than anybody reads.
    """
    try:
        return _decode(content)
    except msgspec.DecodeError:
        mended, count = _ESCAPES.subn(lambda found: rb"\ufffd" if found[1] else found[0], content)
        if not count or mended == content:
            raise
        return _decode(mended)


def _number(text: str) -> Decimal:
    """A number; written out, one with a large exponent would fill the memory."""
    number = Decimal(text)
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise OverflowError("a number out of all proportion")
    return number


_decode = msgspec.json.Decoder(float_hook=_number).decode
