"""Runs the benchmarks by name, or all of them, and prints each figure with its bound."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = ("sync_speed", "sync_memory", "reading", "store_grid", "window")


def main(chosen: list[str]) -> None:
    for name in chosen or NAMES:
        print(f"== {name}")
        import_module(f"tests.benchmarks.{name}").run()


if __name__ == "__main__":
    main(sys.argv[1:])
