"""Sync files on disk: read with care, written plainly."""

from __future__ import annotations

from pathlib import Path

from desktop.domain.errors import CrosswalkError, InvalidInput
from desktop.domain.sync_file import MAX_BYTES


def read_text(path: Path) -> str:
    """The text of a file.

    :raises InvalidInput: when it can't be read as text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidInput("The file is larger than 1 MB, so it is no sync file.", hint="Choose another.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            "The file can’t be read as text.", hint="Choose a file that Crosswalk exported.", details=str(error)
        ) from None


def write_text(path: Path, text: str) -> None:
    """Write a file.

    :raises CrosswalkError: when it can't be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        hint = "Choose another folder, or look whether the disk is full."
        raise CrosswalkError(f"{path.name} could not be written.", hint, str(error)) from None


def file_name(name: str) -> str:
    """A sync's name without what file systems don't take."""
    return "".join(sign if sign.isalnum() or sign in " -_" else "-" for sign in name).strip() or "sync"
