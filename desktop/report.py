"""What the commands print: tables and sentences for people, documents for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from desktop.domain.change import Progress
from desktop.domain.errors import CrosswalkError, InvalidInput, Problem

_WIDEST = 60


def say(text: str) -> None:
    """A message for the person at the terminal."""
    sys.stderr.write(text + "\n")


def print_document(document: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_error(problem: Problem, error: CrosswalkError, *, as_json: bool) -> None:
    """What went wrong and what to do next; each problem with its place."""
    if as_json:
        print_document({"error": {"code": problem.code, "message": problem.message, "hint": problem.hint}})
    say(problem.message)
    if isinstance(error, InvalidInput):
        for item in error.problems:
            if item.message not in problem.message:
                say(f"  {item.place}: {item.message}")
    if problem.hint:
        say(problem.hint)


def write_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows as aligned columns."""
    cells = [[_cell(_value(row, column)) for column in columns] for row in rows]
    widths = [max([len(column), *(len(line[index]) for line in cells)]) for index, column in enumerate(columns)]
    for line in ([*columns], *cells):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write(text.rstrip() + "\n")
    if not rows:
        say("Nothing to list.")


def print_run(document: Mapping[str, Any]) -> None:
    """A run or preview in sentences."""
    would = document["status"] == "preview"
    sys.stdout.write(f"{document['sync']}: {_STATUS[document['status']]}\n")
    for side in ("left", "right"):
        counts = {name: number for name, number in document[side].items() if number}
        told = ", ".join(f"{number:,} {_COUNTS[name]}" for name, number in counts.items())
        sys.stdout.write(f"  {side:<6} {told or 'nothing to do'}\n")
    if document["referenced_created"]:
        sys.stdout.write(f"  with {document['referenced_created']:,} records that they refer to\n")
    if document["conflicts"]:
        sys.stdout.write(f"  {document['conflicts']:,} questions for you: open the window, Syncs, Conflicts\n")
    if not would:
        requests = document["requests"]["left"] + document["requests"]["right"]
        sys.stdout.write(f"  {requests:,} requests in {document['duration_seconds']:.1f} s\n")
    error = document["error"]
    if error:
        sys.stdout.write(f"  {error['message']} {error['hint']}\n")


def run_line(document: Mapping[str, Any]) -> str:
    """A run in one line."""
    written = {
        name: sum(document[side][name] for side in ("left", "right"))
        for name in ("created", "updated", "deleted", "failed")
    }
    told = ", ".join(f"{number:,} {_COUNTS[name]}" for name, number in written.items() if number)
    problem = f": {document['error']['message']}" if document["error"] else ""
    return f"{document['sync']}: {_STATUS[document['status']]}{problem} ({told or 'nothing to write'})"


def print_demo(report: Mapping[str, Any]) -> None:
    """The demo's syncs, each run twice."""
    sys.stdout.write(f"A sandbox with {report['records']:,} orders and as many contacts.\n\n")
    for document in report["syncs"]:
        print_run(document)
    sys.stdout.write("\nOnce more, to see that nothing is written twice:\n\n")
    for document in report["again"]:
        print_run(document)


def progress_line(progress: Progress) -> None:
    """The progress of a run, on one line that is written over."""
    total = f" of {progress.total:,}" if progress.total else ""
    sys.stderr.write(f"\r{progress.phase.value:<10} {progress.done:,}{total}  {progress.rate:.1f} requests a second   ")
    sys.stderr.flush()


_STATUS = {
    "preview": "what a run would do",
    "completed": "completed",
    "completed_with_errors": "completed, but some records failed",
    "needs_confirmation": "stopped before any write, to ask",
    "cancelled": "cancelled",
    "failed": "failed",
    "interrupted": "interrupted",
}

_COUNTS = {
    "read": "read",
    "created": "created",
    "updated": "updated",
    "deleted": "deleted",
    "unchanged": "unchanged",
    "skipped": "left as they are",
    "failed": "failed",
}


def _value(row: Mapping[str, Any], column: str) -> object:
    return row[column] if column in row else row.get("values", {}).get(column)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value).replace("\n", " ")
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
