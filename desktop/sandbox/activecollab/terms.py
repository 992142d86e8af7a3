"""Start and due dates that belong together."""

from __future__ import annotations

from desktop.sandbox.activecollab.errors import invalid
from desktop.sandbox.activecollab.kinds import Document


def check_term(start: int | None, due: int | None) -> None:
    """Raises the refusal when something starts after it is due."""
    if start is not None and due is not None and start > due:
        raise invalid({"due_on": "Due date cannot be before start date"})


def fill_start(changes: Document, start: int | None) -> None:
    """A due date that is sent without a start: the start fills itself when there is none, and is never later."""
    due = changes.get("due_on")
    if due is not None and "start_on" not in changes and (start is None or start > due):
        changes["start_on"] = due
