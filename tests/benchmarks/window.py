"""The window: its first paint against a bare one, and how long its event loop is kept waiting while a sync runs.

Run with ``python -m tests.benchmarks window``; without a display Qt draws off the screen.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import psutil

from tests.benchmarks.figures import figure, sandbox

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk
    from desktop.workspace.workspace import Workspace

_SYNCS = 10
_TICK = 0.002
_ROUNDS = 5


def run(records: int = 100_000, synced: int = 5000) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder, sandbox(50) as ready:
        anyio.run(_prepare, Path(folder), ready, records)
        bare = [_child("bare")["first"] for _ in range(_ROUNDS)]
        ours = [_child("ours", folder) for _ in range(_ROUNDS)]
    first = statistics.median(item["first"] for item in ours)
    filled = statistics.median(item["filled"] for item in ours)
    figure("bare PySide6 and qasync window: start to first paint", statistics.median(bare) * 1000, "ms", "")
    figure("main window over 10 syncs and 100,000 records: start to first paint", first * 1000, "ms", "")
    figure("first painted main window against a bare one", first / statistics.median(bare), "x", "<= 1.6")
    figure("the same window: start to Home filled from the workspace", filled * 1000, "ms", "")
    lag = _child("lag", str(synced))
    figure(f"event-loop lag while {synced:,} records sync, 99th percentile", lag["p99"], "ms", "<= 16")
    figure(f"event-loop lag while {synced:,} records sync, longest", lag["max"], "ms", "<= 100")


def _child(role: str, *arguments: str) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.window", role, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


async def _prepare(folder: Path, ready: dict[str, Any], records: int) -> None:
    """A workspace with ten syncs and an object of so many mirrored records."""
    from desktop.domain.record import Record
    from desktop.workspace.demo import ORDERS, connect_both
    from tests.sync.crash_driver import open_persistent

    workspace = await open_persistent(folder, {})
    try:
        await connect_both(workspace, ready)
        for number in range(_SYNCS):
            await workspace.syncs.save(replace(ORDERS, name=f"Orders {number}"))
        store = workspace._store
        schema, mirror = await workspace.data._context.mirror("Agency", ORDERS.left.object)
        for start in range(0, records, 1000):
            batch = [
                Record(schema.key, f"id{number}", {"order_number": str(number), "note": f"Order number {number}"})
                for number in range(start, start + 1000)
            ]
            await store.write(store.mirror.put, mirror, schema, batch)
        await store.write(store.mirror.checkpoint, mirror, {"since": None}, datetime.now(UTC), True)
    finally:
        await workspace.aclose()


def _since_start() -> float:
    return time.time() - psutil.Process().create_time()


def _bare() -> None:
    """A window of PySide6 under qasync with nothing in it."""
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QMainWindow
    from qasync import QEventLoop

    app = QApplication([])
    painted = asyncio.Event()

    class Window(QMainWindow):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            painted.set()

    async def main() -> None:
        window = Window()
        window.resize(1280, 800)
        window.show()
        await painted.wait()
        print(json.dumps({"first": _since_start()}))

    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        runner.run(main())


def _ours(folder: str) -> None:
    """The application's own window, from its start to Home with its cards."""
    from contextlib import asynccontextmanager

    from PySide6.QtWidgets import QApplication

    from desktop.ui.aio import run_application
    from desktop.ui.app_window import WorkspaceWindow
    from desktop.ui.theme import Theme

    @asynccontextmanager
    async def opening() -> AsyncGenerator[Workspace]:
        from tests.sync.crash_driver import open_persistent

        workspace = await open_persistent(Path(folder), {1: "x", 2: "x"})
        try:
            yield workspace
        finally:
            await workspace.aclose()

    async def main(app: QApplication) -> None:
        Theme(app, "light")
        window = WorkspaceWindow()
        window.show()
        await window.painted()
        first = _since_start()
        from desktop.workspace.desk import serve_desk

        async with serve_desk(opening) as desk:
            window.serve(desk)
            await window.scope.settle()
            app.processEvents()
            print(json.dumps({"first": first, "filled": _since_start()}))
            window.close()
            await window.closed()

    run_application(main)


def _lag(records: str) -> None:
    """The window's loop, asked every two milliseconds how late it is, while the demo's sync runs."""
    from PySide6.QtWidgets import QApplication

    from desktop.ui.aio import run_application
    from desktop.ui.app_garbage import collect_here, spare_what_stays
    from desktop.ui.app_window import WorkspaceWindow
    from desktop.ui.theme import Theme
    from desktop.workspace.demo import ORDERS, open_demo

    sys.setswitchinterval(0.001)
    late: list[float] = []

    async def watch() -> None:
        while True:
            due = time.perf_counter() + _TICK
            await asyncio.sleep(_TICK)
            late.append(max(0.0, time.perf_counter() - due) * 1000)

    async def main(app: QApplication) -> None:
        Theme(app, "light")
        with collect_here():
            async with open_demo(int(records)) as desk:
                await measure(desk)

    async def measure(desk: Desk) -> None:
        window = WorkspaceWindow()
        window.show()
        window.serve(desk)
        await window.scope.settle()
        await desk.syncs.approve(ORDERS.name)
        window.go("syncs", sync=ORDERS.name)
        await window.scope.settle()
        spare_what_stays()
        watcher = asyncio.ensure_future(watch())
        window.go("syncs", sync=ORDERS.name, start=True)
        await window.scope.settle()
        watcher.cancel()
        window.close()
        await window.closed()
        ordered = sorted(late)
        print(json.dumps({"p99": ordered[int(len(ordered) * 0.99)], "max": ordered[-1]}))

    run_application(main)


_ROLES: dict[str, Callable[..., None]] = {"bare": _bare, "ours": _ours, "lag": _lag}

if __name__ == "__main__":
    _ROLES[sys.argv[1]](*sys.argv[2:])
