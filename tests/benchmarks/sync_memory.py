"""What a first full sync takes of memory, by the number of records: it should not grow with them.

python -m tests.benchmarks sync_memory
python -c "from tests.benchmarks import sync_memory; sync_memory.run(1_000_000)"
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import anyio
import psutil

from desktop.workspace.demo import CONTACTS, ORDERS, connect_both
from desktop.workspace.workspace import open_throwaway
from tests.benchmarks.figures import figure, sandbox

_EVERY = 0.05


def run(largest: int = 100_000) -> None:
    """Measure at 1,000, at 10,000 and at the largest number of records, each in a process of its own."""
    peaks: dict[int, float] = {}
    for records in sorted({1000, 10_000, largest}):
        with sandbox(records) as ready:
            command = [sys.executable, "-m", "tests.benchmarks.sync_memory", json.dumps(ready)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        measured = json.loads(done.stdout.splitlines()[-1])
        peaks[records] = measured["peak"] - measured["before"]
        figure(
            f"first sync of {measured['written']:,} records: memory beyond the idle process", peaks[records], "MB", ""
        )
    growth = peaks[largest] - peaks[1000]
    figure(f"more memory for {largest:,} records than for 1,000", growth, "MB", "flat")


async def _sync(ready: dict[str, object]) -> None:
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
            await workspace.syncs.save(CONTACTS)
            await workspace.syncs.save(ORDERS)
            before = _megabytes(process)
            async with anyio.create_task_group() as group:
                group.start_soon(watch)
                written = (await workspace.syncs.run(ORDERS.name)).right.created
                print(json.dumps({"before": before, "peak": peak, "written": written}))
                group.cancel_scope.cancel()


def _megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6


if __name__ == "__main__":
    anyio.run(_sync, json.loads(sys.argv[1]))
