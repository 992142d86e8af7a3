"""Every pair of platforms, both ways, under each fault of the sandbox: what comes of it, and whether it converges.

Run it whole with ``python -m tests.sync.fault_table``; the suite runs a part of it.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import anyio

from desktop.domain.change import RunResult, RunStatus
from desktop.domain.mapping import Direction, Side
from desktop.sandbox.server import SandboxServer
from desktop.workspace.workspace import open_throwaway
from tests.sandbox.client import Control
from tests.sync.test_platform_pairs import BOTH_WAYS, Pair, connect

KINDS = ("429", "500", "503", "reset", "truncate", "empty")
_HONEST = (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS, RunStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Row:
    """What one pair did under one fault.

    :param runs: runs that it took afterwards until nothing was written.
    """

    pair: str
    fault: str
    result: RunResult
    runs: int

    def __str__(self) -> str:
        result = self.result
        requests = result.left_requests + result.right_requests
        told = f"{result.status.value:<24} {requests:>5} requests {result.retries:>4} retries"
        return f"{self.pair:<62} {self.fault:<16} {told}  converged after {self.runs}"


async def row(pair: Pair, kind: str, when: str, folder: Path) -> Row:
    """Run a pair under a fault at 10 % of its requests, then without until nothing is written.

    :raises AssertionError: when it does not end honestly, or does not converge in three runs.
    """
    definition = replace(pair.definition(), direction=Direction.TWO_WAY, fields=pair.fields)
    with SandboxServer(records=12, limits="off") as server:
        control = Control(server)
        platforms = {definition.left.connection, definition.right.connection}
        async with open_throwaway(folder) as workspace:
            await connect(workspace, server, definition)
            await workspace.syncs.save(definition)
            for platform in platforms:
                control.fault(kind, platform=platform, probability=0.1, when=when)
            result = await workspace.syncs.run(definition.name)
            assert result.status in _HONEST, result
            assert result.status is not RunStatus.FAILED or result.error, result
            control.delete("faults")
            for runs in range(1, 4):
                again = await workspace.syncs.run(definition.name)
                counts = [again.counts(side) for side in Side]
                if not any(item.created + item.updated + item.deleted for item in counts):
                    return Row(definition.name, f"{kind} {when}", result, runs)
            raise AssertionError(f"{definition.name} under {kind} {when} did not converge")


async def main() -> None:
    for pair in BOTH_WAYS:
        for kind in KINDS:
            for when in ("before", "after"):
                if kind == "429" and when == "after":
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    sys.stdout.write(f"{await row(pair, kind, when, Path(folder))}\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    anyio.run(main)
