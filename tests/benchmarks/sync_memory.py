"""What a first full sync takes of memory, by the number of records: it should not grow with them.

Once where every record is made on the other side, and once where each is there already and is only matched.

python -m tests.benchmarks sync_memory
python -c "from tests.benchmarks import sync_memory; sync_memory.run(made=10_000, matched=1_000_000)"
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import anyio
import psutil

from desktop.domain.mapping import Direction, FieldPair
from desktop.workspace.demo import CONTACTS, ORDERS, connect_both
from desktop.workspace.workspace import open_throwaway
from tests.benchmarks.figures import figure, sandbox

_EVERY = 0.05

# Each contact of the shop is in the agency too; what differs besides the address is left alone.
_MATCHED = replace(CONTACTS, direction=Direction.RIGHT_TO_LEFT, fields=(FieldPair("email", "email"),))
_SYNCS = {"made": ORDERS, "matched": _MATCHED}


def run(made: int = 30_000, matched: int = 100_000) -> None:
    """Measure at 1,000, at 10,000 and at the largest number of records, each in a process of its own."""
    for kind, largest in (("made", made), ("matched", matched)):
        measure(kind, largest)


def measure(kind: str, largest: int) -> None:
    peaks: dict[int, float] = {}
    for records in sorted({1000, 10_000, largest}):
        with sandbox(records) as ready:
            command = [sys.executable, "-m", "tests.benchmarks.sync_memory", kind, json.dumps(ready)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        measured = json.loads(done.stdout.splitlines()[-1])
        peaks[records] = measured["peak"] - measured["before"]
        what = f"first sync, {measured['records']:,} records {kind}: memory beyond the idle process"
        figure(what, peaks[records], "MB", "")
    figure(f"more memory for {largest:,} records than for 1,000", peaks[largest] - peaks[1000], "MB", "flat")


async def _sync(kind: str, ready: dict[str, object]) -> None:
    process = psutil.Process()
    before = peak = 0.0

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, _megabytes(process))
            await anyio.sleep(_EVERY)

    with tempfile.TemporaryDirectory() as folder:
        async with open_throwaway(Path(folder)) as workspace:
            await connect_both(workspace, ready)
            definition = _SYNCS[kind]
            await workspace.syncs.save(definition)
            before = _megabytes(process)
            async with anyio.create_task_group() as group:
                group.start_soon(watch)
                counts = await workspace.syncs.run(definition.name)
                done = counts.right.created if kind == "made" else counts.left.unchanged
                print(json.dumps({"before": before, "peak": peak, "records": done}))
                group.cancel_scope.cancel()


def _megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6


if __name__ == "__main__":
    anyio.run(_sync, sys.argv[1], json.loads(sys.argv[2]))
