"""A lock among all processes of this computer, which the system gives back when its holder ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from desktop.domain.errors import CrosswalkError, StorageFailure

_LOOK_EVERY = 0.05


@asynccontextmanager
async def hold_file(path: Path, seconds: float, busy: CrosswalkError) -> AsyncGenerator[None]:
    """Hold the lock that the file stands for. The file itself stays, and nothing is written into it.

    :param seconds: how long to wait for another holder.
    :param busy: raised when another still holds it then.
    :raises StorageFailure: when there can be no such file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise StorageFailure(
            f"{path} can't be written.", "Look whether the disk is full and the folder is yours.", str(error)
        ) from None
    try:
        deadline = anyio.current_time() + seconds
        while not _taken(file):
            if anyio.current_time() >= deadline:
                raise busy
            await anyio.sleep(_LOOK_EVERY)
        try:
            yield
        finally:
            _give_back(file)
    finally:
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    def _taken(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give_back(file: int) -> None:
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _taken(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _give_back(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
