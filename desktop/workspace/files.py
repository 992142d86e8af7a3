"""Files that a person asked for: written whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path
from uuid import uuid4

from desktop.domain.errors import StorageFailure, StorageFull

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside where it is to be, then put it there: a file of that name is replaced or stays as it was.

    :raises StorageFailure: when it can't be written.
    """
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise _told(path, error) from None


def _told(path: Path, error: OSError) -> StorageFailure:
    said = f"{path.name} was not saved"
    if error.errno == errno.ENOSPC:
        return StorageFull(f"{said}: the disk is full.", "Free some space or choose another folder.", str(error))
    if error.errno in _FORBIDDEN:
        return StorageFailure(
            f"{said}: you may not write to the folder {path.parent}.", "Choose another folder.", str(error)
        )
    if error.errno == errno.ENOENT:
        return StorageFailure(
            f"{said}: the folder {path.parent} is not there (any more).", "Choose another folder.", str(error)
        )
    return StorageFailure(f"{said}.", "Choose another folder, then try again.", str(error))
