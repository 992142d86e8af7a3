"""What the window has to know before its workspace is open: its place, its colours, its language.

The workspace is encrypted and opened after the first paint, so that these few settings, which tell nothing of
anybody, are also kept in a small file beside it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

_FILE = "window.json"


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the window looked when it was last closed.

    :param theme: ``system``, ``light`` or ``dark``.
    :param language: ``system`` or a language's code.
    :param geometry: place and size, as Qt saves them, in base64.
    """

    theme: str = "system"
    language: str = "system"
    geometry: str = ""


def read_appearance(folder: Path | None) -> Appearance:
    """What the folder's file says; the defaults where there is none or it is damaged."""
    if folder is None:
        return Appearance()
    try:
        document = json.loads((folder / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return Appearance()
    if not isinstance(document, dict):
        return Appearance()
    names = {field.name for field in fields(Appearance)}
    known = {key: value for key, value in document.items() if key in names and isinstance(value, str)}
    appearance = Appearance(**known)
    return appearance if appearance.theme in ("system", "light", "dark") else Appearance()


def keep_appearance(folder: Path | None, appearance: Appearance) -> None:
    """Write the folder's file. A failure is let go: the window only opens in its first size and colours."""
    if folder is None:
        return
    fresh = folder / f"{_FILE}.{os.getpid()}"
    try:
        fresh.write_text(json.dumps(asdict(appearance)), "utf-8")
        fresh.replace(folder / _FILE)
    except OSError:
        fresh.unlink(missing_ok=True)
