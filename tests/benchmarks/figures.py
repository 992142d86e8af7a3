"""How a figure is printed, and a sandbox in a process of its own to measure against."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def figure(what: str, value: float, unit: str, bound: str) -> None:
    """Print one measured figure with the bound that it is held against."""
    print(f"{what:<76} {value:>10.2f} {unit:<10} {bound}", flush=True)


@contextmanager
def sandbox(records: int, limits: str = "off", seed: int = 1) -> Iterator[dict[str, Any]]:
    """A sandbox in its own process; yields its ready line."""
    command = [sys.executable, "-m", "desktop", "sandbox", "--records", str(records), "--limits", limits]
    with subprocess.Popen([*command, "--seed", str(seed)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
