"""How a sync is, in the words of its card."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication

from desktop.domain.change import UNDO, Progress, RunStatus
from desktop.ui.syncs.words import next_words, phase_words, share_done, tally_of
from desktop.ui.text import counted, number, percent, relative
from desktop.ui.theme import Tone
from desktop.workspace.views import Health, RunView, SyncView


def _tr(text: str) -> str:
    return QCoreApplication.translate("Home", text)


def health_pill(view: SyncView, progress: Progress | None, *, running: bool) -> tuple[str, Tone]:
    """The word or two that say how a sync is, and their tint."""
    if running or view.health is Health.RUNNING:
        share = share_done(progress)
        words = _tr("Running")
        return (words if share is None else f"{words} {percent(share)}"), Tone.ACCENT
    status = view.last_run.status if view.last_run else None
    if status is RunStatus.INTERRUPTED:
        return _tr("Interrupted"), Tone.WARNING
    if view.health is Health.STOPPED:
        return _tr("Stopped"), Tone.BAD
    if status is RunStatus.NEEDS_CONFIRMATION:
        return _tr("Asks first"), Tone.WARNING
    if view.due:
        return counted(view.due, "%n failed", "%n failed", "Home"), Tone.WARNING
    if view.conflicts:
        return counted(view.conflicts, "%n question", "%n questions", "Home"), Tone.WARNING
    if view.paused:
        return _tr("Paused"), Tone.NEUTRAL
    if status is RunStatus.CANCELLED:
        return _tr("Cancelled"), Tone.NEUTRAL
    if view.last_run is not None and view.last_run.trigger == UNDO:
        return _tr("Undone"), Tone.NEUTRAL
    return (_tr("New"), Tone.NEUTRAL) if status is None else (_tr("In step"), Tone.GOOD)


def card_lines(view: SyncView, progress: Progress | None, now: datetime, *, running: bool) -> tuple[str, str]:
    """Two lines on a sync: how many records are linked, when it ran, and what came of it."""
    if running:
        return _linked(view), _under_way(progress)
    run = view.last_run
    if run is None:
        return _tr("Not run yet"), "" if view.approved else _tr("The first run shows a preview")
    ago = relative(run.ended_at or run.started_at, now)
    if view.health is Health.STOPPED and run.problem is not None:
        return run.problem.message, ago
    return f"{_linked(view)} · {ago}", " · ".join(filter(None, (_outcome(run), next_words(view, now))))


def _linked(view: SyncView) -> str:
    return counted(view.linked, "%n linked", "%n linked", "Home")


def _under_way(progress: Progress | None) -> str:
    if progress is None:
        return _tr("Starting")
    far = number(progress.done)
    if progress.total is not None:
        far = _tr("%1 of %2").replace("%1", far).replace("%2", number(progress.total))
    return f"{phase_words(progress.phase)}: {far}"


def _outcome(run: RunView) -> str:
    tally = tally_of(run.result)
    parts = [
        counted(count, one, many, "Home")
        for count, one, many in (
            (tally.created, "%n created", "%n created"),
            (tally.updated, "%n updated", "%n updated"),
            (tally.deleted, "%n deleted", "%n deleted"),
            (tally.failed, "%n failed", "%n failed"),
        )
        if count
    ]
    return ", ".join(parts) if parts else _tr("nothing had changed")


def bars_words(recent: tuple[int, ...]) -> str:
    """What the bars of a card show."""
    if not recent:
        return _tr("No runs yet")
    written = ", ".join(number(count) for count in recent)
    return _tr("Records written in the last runs, oldest first: %1").replace("%1", written)
