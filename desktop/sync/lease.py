"""Who runs a sync: the name by which a process holds a lease, and whether that process is gone."""

from __future__ import annotations

import os
import socket

import psutil


def process_owner() -> str:
    """The name of this process among all processes of all machines."""
    started = int(psutil.Process().create_time())
    return f"{socket.gethostname()}:{os.getpid()}:{started}"


def is_gone(owner: str) -> bool:
    """Whether the process that holds a lease is known to have ended.

    :param owner: what :func:`process_owner` gave, a run's id perhaps behind it. Of other machines nothing is known.
    """
    host, process, started, *_run = [*owner.split(":"), "", ""]
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        return int(psutil.Process(int(process)).create_time()) != int(started)
    except psutil.NoSuchProcess:
        return True
    except (psutil.AccessDenied, ValueError):
        return False
