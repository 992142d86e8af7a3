"""Keys of new objects and fields: what is suggested for a label, and what is wrong with one that was typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from PySide6.QtCore import QCoreApplication

_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "å": "a"})
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


def suggest_key(label: str, known: Collection[str]) -> str:
    """A key made of a label, in the manner of the keys that are there already, and different from them."""
    joint = "-" if _count("-", known) > _count("_", known) else "_"
    spelt = label.strip().casefold().translate(_SPELT_OUT)
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", joint, plain).strip(joint)
    if key[:1].isdigit():
        key = f"n{joint}{key}"
    taken = {_short(item) for item in known}
    number = 2
    unique = key
    while key and unique in taken:
        unique = f"{key}{joint}{number}"
        number += 1
    return unique


def key_problem(key: str, known: Collection[str]) -> str:
    """What is wrong with a key; blank where nothing is. A blank key is made by the platform."""
    if not key:
        return ""
    if not _KEY.fullmatch(key):
        return QCoreApplication.translate(
            "DesignKeys", "Use the letters a to z, digits, “_” and “-”, and begin with a letter."
        )
    if _short(key) in {_short(item) for item in known}:
        return QCoreApplication.translate("DesignKeys", "This key is taken. Choose another.")
    return ""


def _short(key: str) -> str:
    """The key without the object's or the platform's prefix, whatever its case."""
    return key.rpartition(".")[2].casefold()


def _count(sign: str, keys: Collection[str]) -> int:
    return sum(sign in _short(key) for key in keys)
