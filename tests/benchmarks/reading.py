"""Reading a whole object into the workspace, against a bare loop over the same pages and against dlt loading them into
SQLite.

dlt is no part of the tests: ``pip install -r requirements/compare.lock`` into the project's environment adds it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio

from desktop.workspace.demo import SHOP, connect_both
from desktop.workspace.workspace import open_throwaway
from tests.benchmarks.figures import figure, sandbox
from tests.benchmarks.sync_speed import Sent, bare_loop, concurrency, recorded

OBJECT, KEY = "contacts", "contacts"


def run(records: int = 100_000) -> None:
    """Measure each in one sandbox, ours first."""
    with sandbox(records) as ready:
        read, seconds = anyio.run(_ours, ready)
        sent = [item for item in anyio.run(_pages, ready) if "/contacts?" in item[1]]
        origin = ready["control_url"].removesuffix("/control")
        bare = anyio.run(bare_loop, origin, sent, concurrency(sent))
        figure(f"reading {read:,} contacts into the workspace", read / seconds, "1/s", "")
        figure("reading against a bare loop over the same pages", bare / seconds, "x", "")
        if importlib.util.find_spec("dlt") is None:
            print("dlt is not installed: pip install -r requirements/compare.lock")
            return
        theirs = _dlt(origin, sent)
    # A page that begins where the one before ended repeats its last record.
    assert theirs["rows"] >= read, (theirs, read)
    figure("dlt loading the same pages into SQLite", read / theirs["seconds"], "1/s", "")
    figure("reading into the workspace against dlt", theirs["seconds"] / seconds, "x", "")


async def _ours(ready: dict[str, Any]) -> tuple[int, float]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_throwaway(Path(folder)) as workspace:
            await connect_both(workspace, ready)
            started = time.monotonic()
            await workspace.data.read(SHOP, OBJECT)
            seconds = time.monotonic() - started
            sizes = await workspace.settings.about()
    return int(str(sizes["records"])), seconds


async def _pages(ready: dict[str, Any]) -> list[Sent]:
    async def read() -> None:
        await _ours(ready)

    return await recorded(read)


def _dlt(origin: str, sent: list[Sent]) -> dict[str, float]:
    """Load the pages in a process of its own, with dlt's files in a folder that goes."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "pages.json"
        plan.write_text(json.dumps([(origin + path, headers) for _method, path, headers, *_rest in sent]))
        environment = {**os.environ, "DLT_DATA_DIR": folder, "RUNTIME__DLTHUB_TELEMETRY": "false"}
        command = [sys.executable, "-m", "tests.benchmarks.reading", str(plan)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def _load(plan: Path) -> None:
    import dlt  # pyright: ignore[reportMissingImports]
    from dlt.sources.helpers import requests  # pyright: ignore[reportMissingImports]

    pages: list[tuple[str, dict[str, str]]] = json.loads(plan.read_text())

    def contacts() -> Iterator[list[dict[str, Any]]]:
        for url, headers in pages:
            yield requests.get(url, headers=headers).json()[KEY]

    started = time.monotonic()
    destination = dlt.destinations.sqlalchemy(f"sqlite:///{plan.parent / 'loaded.db'}")
    pipeline = dlt.pipeline("contacts", destination=destination, dataset_name="main", pipelines_dir=str(plan.parent))
    pipeline.run(dlt.resource(contacts, name=KEY, primary_key="id", write_disposition="append"))
    seconds = time.monotonic() - started
    rows = pipeline.last_trace.last_normalize_info.row_counts[KEY]
    print(json.dumps({"rows": rows, "seconds": seconds}))


if __name__ == "__main__":
    _load(Path(sys.argv[1]))
