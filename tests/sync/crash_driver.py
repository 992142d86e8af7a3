"""Runs a sync, or takes its last run back, in a process of its own and kills that process at a chosen step.

A step is a transaction of the store or a request that writes; the process dies right before or right after it.
Usage: ``crash_driver FOLDER SYNC STEP run|undo`` with the tokens in the environment; step 0 never comes, and the number
of steps is printed instead.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio

from desktop.connectors.transport import Transport
from desktop.store import Store
from desktop.vault import SessionVault
from desktop.workspace.context import Clock, current_time
from desktop.workspace.opening import Opened
from desktop.workspace.workspace import Workspace

KEY = "11" * 32
WORKSPACE_ID = "crash"


class Steps:
    """Counts steps and ends the process at the chosen one."""

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self._fatal = fatal

    def step(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, method: Callable[..., Any], counts: Callable[..., bool]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            fatal = counts(*args)
            if fatal:
                self.step()
            result = await method(*args, **kwargs)
            if fatal:
                self.step()
            return result

        return call


async def open_persistent(folder: Path, tokens: dict[int, str], clock: Clock = current_time) -> Workspace:
    """A workspace that another process can open again: its key is known, its secrets are handed in."""
    vault = SessionVault()
    for number, token in tokens.items():
        vault.put(f"{WORKSPACE_ID}/connection/{number}", token)
    opened = Opened(folder, WORKSPACE_ID, Store.open(folder / "workspace.db", KEY), vault)
    workspace = Workspace(opened, None, clock=clock)
    await workspace.syncs.close_interrupted()
    return workspace


async def main(folder: Path, sync: str, fatal: int, work: str) -> None:
    given = {name: value for name, value in os.environ.items() if name.startswith("TOKEN_")}
    tokens = {int(name.removeprefix("TOKEN_")): value for name, value in given.items()}
    workspace = await open_persistent(folder, tokens)
    steps = Steps(fatal)
    Store.write = steps.around(Store.write, lambda *_args: True)  # type: ignore[method-assign]
    Transport.request = steps.around(  # type: ignore[method-assign]
        Transport.request, lambda *args: args[1] != "GET" and not str(args[2]).endswith("search")
    )
    result = await (workspace.syncs.undo(sync) if work == "undo" else workspace.syncs.run(sync))
    sys.stdout.write(f"{steps.count} {result.status}\n")
    await workspace.aclose()


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
