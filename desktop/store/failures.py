"""What the database engine reports, told in the operator's words: the one place where that happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from desktop.domain.errors import StorageFailure, StorageFull
from desktop.store.driver import DriverError

_FULL = (
    StorageFull,
    "The disk is full. The last change to the workspace was not saved.",
    "Free some space, then try again.",
)
_READ_ONLY = (
    StorageFailure,
    "The workspace can't be written: its file or folder is read-only.",
    "Allow writing to the workspace folder, then try again.",
)
_UNREADABLE = (
    StorageFailure,
    "The disk reported an error while the workspace was read or written.",
    "Check that the disk is connected and healthy, then try again.",
)
_DAMAGED = (
    StorageFailure,
    "The workspace file is damaged.",
    "Nothing was changed. Put back a copy of the workspace folder, or start a new workspace.",
)
_NOT_OURS = (
    StorageFailure,
    "The workspace can't be opened: its file is damaged, is not a Crosswalk workspace, or belongs to another key.",
    "Nothing was changed. Put back the key or a copy of the workspace folder, or start a new workspace.",
)
_LOCKED = (
    StorageFailure,
    "The workspace is in use by another program and did not become free.",
    "Close other programs that use the workspace folder, then try again.",
)
_NO_FILE = (
    StorageFailure,
    "The workspace file can't be opened.",
    "Check that its folder exists and that you may read and write it.",
)
_BROKEN_OFF = (
    StorageFailure,
    "The workspace was closed while it was read.",
    "Open it again.",
)
_OTHER = (
    StorageFailure,
    "The workspace could not be read or written.",
    "Try again. If it happens again, restart Crosswalk.",
)

# Primary result codes: https://sqlite.org/rescode.html
_BY_CODE = {
    3: _READ_ONLY,  # PERM
    5: _LOCKED,  # BUSY
    6: _LOCKED,  # LOCKED
    8: _READ_ONLY,  # READONLY
    9: _BROKEN_OFF,  # INTERRUPT
    10: _UNREADABLE,  # IOERR
    11: _DAMAGED,  # CORRUPT
    13: _FULL,  # FULL
    14: _NO_FILE,  # CANTOPEN
    23: _READ_ONLY,  # AUTH
    26: _NOT_OURS,  # NOTADB
}

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the database engine's errors into :class:`StorageFailure` or :class:`StorageFull`."""
    try:
        yield
    except DBAPIError as error:
        raise failure_of(error.orig) from error
    except DriverError as error:
        raise failure_of(error) from error


def failure_of(error: BaseException | None) -> StorageFailure:
    """The operator's form of an error of the driver. Its details hold no stored value."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    kind, message, hint = _BY_CODE.get(code & 0xFF, _OTHER)
    return kind(message, hint, f"{name}: {_QUOTED.sub('…', str(error))}")
