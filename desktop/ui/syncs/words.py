"""Syncs, runs and their values, told in the operator's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QCoreApplication

from desktop.domain.change import UNDO, Phase, Progress, RunStatus
from desktop.domain.definition import SyncDefinition
from desktop.domain.mapping import ConflictRule, Side
from desktop.domain.values import Json
from desktop.ui.text import clock, counted, duration, moment, number, percent, relative
from desktop.ui.theme import Tone
from desktop.workspace.views import Health, RunView, SyncView


def _tr(text: str) -> str:
    return QCoreApplication.translate("syncs", text)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records a run dealt with in which way, both sides together."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    deleted: int = 0

    @property
    def written(self) -> int:
        """Records created, updated or deleted."""
        return self.created + self.updated + self.deleted


def tally_of(result: Mapping[str, Json]) -> Tally:
    """The counts of a run's document."""

    return _tally([result.get("left"), result.get("right")])


def tally_on(result: Mapping[str, Json], side: Side) -> Tally:
    """The counts of one side in a run's document."""
    return _tally([result.get(side.value)])


_COUNTS = ("created", "updated", "unchanged", "skipped", "failed", "deleted")


def _tally(sides: Sequence[Json]) -> Tally:
    def total(name: str) -> int:
        return sum(int(side.get(name) or 0) for side in sides if isinstance(side, dict))  # type: ignore[arg-type]

    return Tally(*(total(name) for name in _COUNTS))


Targets = Mapping[Side, str]
"""The connections that a sync writes to, by side."""


def targets_of(definition: SyncDefinition) -> Targets:
    """The connections that a sync writes to."""
    return {side: definition.endpoint(side).connection for side in definition.direction.written}


def places_words(targets: Targets) -> str:
    """The connections that a sync writes to, as one phrase."""
    if len(targets) < len(Side):
        return next(iter(targets.values()), "")
    return _tr("%1 and %2").replace("%1", targets[Side.LEFT]).replace("%2", targets[Side.RIGHT])


def tally_so_far(progress: Progress) -> Tally:
    """The counts of a run that is under way."""
    left, right = progress.left, progress.right
    return Tally(*(getattr(left, name) + getattr(right, name) for name in _COUNTS))


def counters(tally: Tally) -> list[tuple[str, str]]:
    """The name and formatted number of each count."""
    return [
        (_tr("created"), number(tally.created)),
        (_tr("updated"), number(tally.updated)),
        (_tr("deleted"), number(tally.deleted)),
        (_tr("unchanged"), number(tally.unchanged)),
        (_tr("skipped"), number(tally.skipped)),
        (_tr("failed"), number(tally.failed)),
    ]


def health_line(view: SyncView, progress: Progress | None, now: datetime, *, running: bool = False) -> tuple[str, Tone]:
    """The second line of a sync in the list: how it is.

    :param running: whether it runs, which is known here before the view tells.
    """
    if running or view.health is Health.RUNNING:
        share = share_done(progress)
        words = _tr("Running")
        return (words if share is None else f"{words} · {percent(share)}"), Tone.ACCENT
    if view.health is Health.STOPPED:
        problem = view.last_run.problem if view.last_run else None
        return _tr("Stopped: %1").replace("%1", problem.message if problem else _tr("not known why")), Tone.BAD
    if view.due:
        return counted(view.due, "%n record failed", "%n records failed", "syncs"), Tone.BAD
    if view.conflicts:
        return counted(view.conflicts, "%n question for you", "%n questions for you", "syncs"), Tone.WARNING
    if view.paused:
        return _tr("Paused"), Tone.NEUTRAL
    if view.last_run is None:
        return _tr("Not run yet"), Tone.NEUTRAL
    ago = relative(view.last_run.ended_at or view.last_run.started_at, now)
    if view.last_run.status is RunStatus.NEEDS_CONFIRMATION:
        return _tr("Waits for your answer"), Tone.WARNING
    if view.last_run.status is RunStatus.PREVIEW:
        return _tr("Previewed · %1").replace("%1", ago), Tone.NEUTRAL
    if view.last_run.status in (RunStatus.CANCELLED, RunStatus.INTERRUPTED):
        return _tr("Not finished · %1").replace("%1", ago), Tone.WARNING
    if view.health is Health.ATTENTION:
        return _tr("Needs a look · %1").replace("%1", ago), Tone.WARNING
    if view.last_run.trigger == UNDO:
        return _tr("Undone · %1").replace("%1", ago), Tone.NEUTRAL
    return _tr("In step · %1").replace("%1", ago), Tone.NEUTRAL


def next_words(view: SyncView, now: datetime) -> str:
    """When a sync runs by itself next; blank where it does not."""
    if view.paused:
        return _tr("paused")
    if view.next_run is None:
        return ""
    if view.next_run <= now:
        return _tr("runs in a moment")
    local, today = view.next_run.astimezone(), now.astimezone()
    shown = clock(view.next_run) if local.date() == today.date() else moment(view.next_run)
    schedule = view.definition.schedule
    live = schedule is not None and schedule.live
    return (_tr("as changes happen, and at %1") if live else _tr("next run %1")).replace("%1", shown)


def share_done(progress: Progress | None) -> float | None:
    """How much of the phase is done, None while nobody knows."""
    if progress is None or not progress.total:
        return None
    return min(progress.done / progress.total, 1.0)


def rule_words(rule: ConflictRule, definition: SyncDefinition) -> str:
    """What happens when the target holds another value."""
    if rule is ConflictRule.NEWEST:
        return _tr("the newest value wins")
    if rule is ConflictRule.ASK:
        return _tr("differences are asked about")
    side = Side(rule.value)
    return _tr("%1 wins").replace("%1", definition.endpoint(side).connection)


def progress_words(progress: Progress) -> str:
    """One line on a run under way: how far, how fast, how long still."""
    if progress.paused:
        return f"{_far(progress)} · {_tr('paused: it goes on with “Resume”')}"
    parts = [_far(progress)]
    if progress.rate > 0:
        pace = _tr("%1 requests a second").replace("%1", number(Decimal(f"{progress.rate:.1f}")))
        share = _tr("%1 of what is allowed").replace("%1", percent(progress.quota_share))
        parts.append(f"{pace}, {share}" if progress.quota_share >= 0.005 else pace)
    if progress.waiting_for:
        wait = _tr("waiting for %1’s limit, %2").replace("%1", progress.waiting_for)
        parts.append(wait.replace("%2", duration(timedelta_seconds(progress.waiting_seconds))))
    elif progress.seconds_left is not None:
        parts.append(_tr("about %1 left").replace("%1", duration(timedelta_seconds(progress.seconds_left))))
    return " · ".join(parts)


def timedelta_seconds(seconds: float) -> float:
    """Seconds for people: whole ones, at least one."""
    return float(max(round(seconds), 1))


def _far(progress: Progress) -> str:
    done = number(progress.done)
    if progress.phase is Phase.CLOSING:
        return _tr("finishing")
    if progress.total is None:
        patterns = {
            Phase.READING: _tr("%1 read"),
            Phase.COMPARING: _tr("%1 compared"),
            Phase.WRITING: _tr("%1 written"),
        }
        return patterns[progress.phase].replace("%1", done)
    patterns = {
        Phase.READING: _tr("%1 of %2 read"),
        Phase.COMPARING: _tr("%1 of %2 compared"),
        Phase.WRITING: _tr("%1 of %2 written"),
    }
    return patterns[progress.phase].replace("%1", done).replace("%2", number(progress.total))


def phase_words(phase: Phase) -> str:
    """What a run is doing."""
    return {
        Phase.READING: _tr("Reading"),
        Phase.COMPARING: _tr("Comparing"),
        Phase.WRITING: _tr("Writing"),
        Phase.CLOSING: _tr("Finishing"),
    }[phase]


def will_do(run: RunView, targets: Targets) -> str:
    """What a run would do, by its preview."""
    said = [sentence for side, target in targets.items() if (sentence := _will_do_there(run, side, target))]
    if not said:
        pattern = _tr("Nothing has to be written to %3: the records agree already.")
        said = [pattern.replace("%3", places_words(targets))]
    if referenced := _referenced_count(run):
        one = "%n record that they refer to is created too."
        many = "%n records that they refer to are created too."
        said.append(counted(referenced, one, many, "syncs"))
    failed = tally_of(run.result).failed
    if failed:
        said.append(counted(failed, "%n record can’t be sent.", "%n records can’t be sent.", "syncs"))
    conflicts = run.result.get("conflicts")
    if isinstance(conflicts, int) and conflicts:
        said.append(counted(conflicts, "%n question is for you.", "%n questions are for you.", "syncs"))
    return " ".join(said)


def _will_do_there(run: RunView, side: Side, target: str) -> str:
    tally = tally_on(run.result, side)
    parts = [
        counted(count, one, many, "syncs")
        for count, one, many in (
            (tally.created, "create %n record", "create %n records"),
            (tally.updated, "update %n record", "update %n records"),
            (tally.deleted, "delete %n record", "delete %n records"),
        )
        if count
    ]
    if not parts:
        return ""
    *first, last = parts
    work = _tr("%1 and %2").replace("%2", last).replace("%1", ", ".join(first)) if first else last
    return _tr("This will %1 in %3.").replace("%3", target).replace("%1", work)


def status_tone(status: RunStatus) -> Tone:
    """How a run's end looks."""
    return {
        RunStatus.RUNNING: Tone.ACCENT,
        RunStatus.COMPLETED: Tone.GOOD,
        RunStatus.COMPLETED_WITH_ERRORS: Tone.WARNING,
        RunStatus.NEEDS_CONFIRMATION: Tone.WARNING,
        RunStatus.CANCELLED: Tone.NEUTRAL,
        RunStatus.INTERRUPTED: Tone.WARNING,
        RunStatus.FAILED: Tone.BAD,
        RunStatus.PREVIEW: Tone.NEUTRAL,
    }[status]


def status_words(status: RunStatus) -> str:
    """How a run ended, in a word or two."""
    return {
        RunStatus.RUNNING: _tr("running"),
        RunStatus.COMPLETED: _tr("done"),
        RunStatus.COMPLETED_WITH_ERRORS: _tr("some failed"),
        RunStatus.NEEDS_CONFIRMATION: _tr("waits for you"),
        RunStatus.CANCELLED: _tr("cancelled"),
        RunStatus.INTERRUPTED: _tr("interrupted"),
        RunStatus.FAILED: _tr("stopped"),
        RunStatus.PREVIEW: _tr("preview"),
    }[status]


def may_be_undone(run: RunView) -> bool:
    """Whether a run wrote something, or broke off before it could say so."""
    if run.status in (RunStatus.PREVIEW, RunStatus.RUNNING):
        return False
    return run.status is RunStatus.INTERRUPTED or tally_of(run.result).written > 0


def run_sentence(run: RunView, targets: Targets) -> str:
    """What a run did, in a sentence."""
    if run.status is RunStatus.PREVIEW:
        return f"{will_do(run, targets)} {_tr('Nothing was sent.')}"
    if run.status is RunStatus.FAILED:
        return run.problem.message if run.problem else _tr("The run stopped.")
    if run.status is RunStatus.NEEDS_CONFIRMATION:
        return run.problem.message if run.problem else _tr("The run stopped and asks before it goes on.")
    if run.trigger == UNDO:
        return _undo_sentence(run, targets)
    if run.status is RunStatus.INTERRUPTED:
        return _tr("The run was interrupted. The next one goes on where it stopped.")
    done = _done(run, targets)
    if run.status is RunStatus.CANCELLED:
        return f"{_tr('Cancelled.')} {done} {_tr('The next run goes on from there.')}"
    return " ".join(filter(None, (done, _referenced(run), _conflicts(run))))


def _undo_sentence(run: RunView, targets: Targets) -> str:
    if run.status is RunStatus.INTERRUPTED:
        return _tr("The undo was interrupted. “Undo last run” goes on where it stopped.")
    done = _told(run, targets) or _tr("Nothing was taken back.")
    if run.status is RunStatus.CANCELLED:
        return f"{_tr('Cancelled.')} {done} {_tr('“Undo last run” goes on from there.')}"
    stays = tally_of(run.result).skipped
    one, many = "%n record was changed since and stays as it is.", "%n records were changed since and stay as they are."
    return f"{_tr('An earlier run was undone.')} {done} {counted(stays, one, many, 'syncs') if stays else ''}".strip()


def _done(run: RunView, targets: Targets) -> str:
    nothing = _tr("Everything agrees: nothing had to be written to %1.").replace("%1", places_words(targets))
    return _told(run, targets) or nothing


def _told(run: RunView, targets: Targets) -> str:
    """What was written on each side; empty where nothing was."""
    said = (_done_there(run, side, target) for side, target in targets.items())
    return " ".join(filter(None, said))


def _done_there(run: RunView, side: Side, target: str) -> str:
    tally = tally_on(run.result, side)
    parts = [
        counted(count, one, many, "syncs")
        for count, one, many in (
            (tally.created, "%n record created", "%n records created"),
            (tally.updated, "%n record updated", "%n records updated"),
            (tally.deleted, "%n record deleted", "%n records deleted"),
            (tally.failed, "%n record failed", "%n records failed"),
        )
        if count
    ]
    return _tr("%1 in %2.").replace("%1", ", ".join(parts)).replace("%2", target) if parts else ""


def _referenced_count(run: RunView) -> int:
    count = run.result.get("referenced_created")
    return count if isinstance(count, int) else 0


def _referenced(run: RunView) -> str:
    count = _referenced_count(run)
    if not count:
        return ""
    one = "%n record that they refer to was created too."
    many = "%n records that they refer to were created too."
    return counted(count, one, many, "syncs")


def _conflicts(run: RunView) -> str:
    count = run.result.get("conflicts")
    if not isinstance(count, int) or not count:
        return ""
    one = "%n question is for you: see Conflicts."
    many = "%n questions are for you: see Conflicts."
    return counted(count, one, many, "syncs")


def started_words(run: RunView, now: datetime) -> str:
    """When a run was, short where it was today."""
    local, today = run.started_at.astimezone(), now.astimezone()
    return clock(run.started_at) if local.date() == today.date() else moment(run.started_at)


def length_words(run: RunView) -> str:
    """How long a run took; blank while it goes on."""
    seconds = run.result.get("duration_seconds")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
        return duration(float(seconds))
    if run.ended_at is None:
        return ""
    return duration((run.ended_at - run.started_at).total_seconds())
