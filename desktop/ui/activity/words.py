"""Runs and edits in the operator's words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.domain.change import RunStatus
from desktop.ui.theme import Tone
from desktop.workspace.views import EditView, RunView


def _tr(text: str) -> str:
    return QCoreApplication.translate("Activity", text)


def trigger_words(trigger: str) -> str:
    """What started a run."""
    known = {
        "manual": _tr("by hand"),
        "retry": _tr("retry"),
        "command": _tr("by command"),
        "schedule": _tr("on schedule"),
        "webhook": _tr("as it happened"),
        "settled": _tr("decisions"),
        "undo": _tr("undo"),
    }
    return known.get(trigger, trigger)


def edit_words(edit: EditView) -> tuple[str, Tone]:
    """What a person did to a record, in a word, and its tint."""
    if edit.problem is not None:
        return _tr("failed"), Tone.BAD
    known = {
        "create": (_tr("created"), Tone.GOOD),
        "update": (_tr("changed"), Tone.ACCENT),
        "delete": (_tr("deleted"), Tone.BAD),
    }
    return known.get(edit.action, (edit.action, Tone.NEUTRAL))


def is_troubled(run: RunView) -> bool:
    """Whether a run did not do all that it set out to do."""
    return run.status not in (RunStatus.COMPLETED, RunStatus.RUNNING)
