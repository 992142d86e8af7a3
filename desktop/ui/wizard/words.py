"""What the wizard says about steps, gaps and rules."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.domain.compatibility import Fit
from desktop.domain.mapping import ConflictRule, Side
from desktop.domain.schedule import Schedule
from desktop.ui.text import counted
from desktop.ui.theme import Tone
from desktop.ui.wizard.state import Gap, Missing, WizardState, WizardStep


def _tr(text: str) -> str:
    return QCoreApplication.translate("wizard", text)


def step_name(step: WizardStep) -> str:
    """A step's name in the bar."""
    return {
        WizardStep.SYSTEMS: _tr("Systems"),
        WizardStep.OBJECTS: _tr("Objects"),
        WizardStep.MATCHING: _tr("Matching"),
        WizardStep.FIELDS: _tr("Fields"),
        WizardStep.RULES: _tr("Rules"),
        WizardStep.TEST: _tr("Test"),
        WizardStep.FINISH: _tr("Finish"),
    }[step]


def missing_words(gaps: list[Missing], state: WizardState) -> str:
    """The sentence that says what is still missing; blank when nothing is."""
    if not gaps:
        return ""
    unfilled = [item.subject for item in gaps if item.gap is Gap.UNFILLED]
    if unfilled:
        target = state.target.connection
        pattern = counted(
            len(unfilled),
            "%1 requires a field that nothing fills yet: %2.",
            "%1 requires fields that nothing fills yet: %2.",
            "wizard",
        )
        return pattern.replace("%1", target).replace("%2", ", ".join(unfilled))
    return _one(gaps[0])


def _one(missing: Missing) -> str:
    patterns = {
        Gap.NO_SOURCE_CONNECTION: _tr("Choose where the records come from."),
        Gap.NO_TARGET_CONNECTION: _tr("Choose where the records go to."),
        Gap.NO_SOURCE_OBJECT: _tr("Choose what is read."),
        Gap.NO_TARGET_OBJECT: _tr("Choose what is written."),
        Gap.SAME_OBJECT: _tr("Both sides are the same object. Choose another on one side."),
        Gap.TARGET_FIXED: _tr("This object can’t be written. %1"),
        Gap.NO_MATCH: _tr("Say by which fields records are the same."),
        Gap.HALF_MATCH: _tr("Choose both fields of the pair, or remove it."),
        Gap.BAD_MATCH: _tr("Records can’t be matched like this: %1"),
        Gap.NO_LINES: _tr("Join at least one field."),
        Gap.IMPOSSIBLE: _tr("A line can’t work: %1"),
        Gap.NO_CARRY: _tr("Say how the record behind “%1” is found on the other side: edit its line."),
        Gap.BAD_CONDITION: _tr("A condition is not complete: %1"),
        Gap.NO_NAME: _tr("Give the sync a name."),
        Gap.NAME_TAKEN: _tr("There is already a sync “%1”. Choose another name."),
    }
    return patterns[missing.gap].replace("%1", missing.subject)


def fit_words(fit: Fit) -> tuple[str, Tone]:
    """How well two fields fit, in a word, and its tint."""
    return {
        Fit.EXACT: (_tr("fits exactly"), Tone.GOOD),
        Fit.TRANSFORM: (_tr("is transformed"), Tone.ACCENT),
        Fit.LOSSY: (_tr("loses something"), Tone.WARNING),
        Fit.IMPOSSIBLE: (_tr("can’t work"), Tone.BAD),
    }[fit]


def schedule_words(schedule: Schedule | None) -> str:
    """When a sync runs, in a sentence."""
    if schedule is None:
        return _tr("It runs on demand.")
    said = _times(schedule)
    return f"{said} {_tr('It also runs as changes happen.')}" if schedule.live else said


def _times(schedule: Schedule) -> str:
    if schedule.cron is not None:
        return _tr("It runs by the cron expression %1.").replace("%1", schedule.cron)
    if schedule.daily is not None:
        return _tr("It runs every day at %1.").replace("%1", f"{schedule.daily:%H:%M}")
    every = _interval(schedule.every_minutes or 60)
    if schedule.between is None:
        return _tr("It runs every %1.").replace("%1", every)
    begin, end = (f"{item:%H:%M}" for item in schedule.between)
    pattern = _tr("It runs every %1, between %2 and %3.").replace("%1", every)
    return pattern.replace("%2", begin).replace("%3", end)


def _interval(minutes: int) -> str:
    if minutes % (24 * 60) == 0:
        return counted(minutes // (24 * 60), "day", "%n days", "wizard")
    if minutes % 60 == 0:
        return counted(minutes // 60, "hour", "%n hours", "wizard")
    return counted(minutes, "minute", "%n minutes", "wizard")


def rule_choices(state: WizardState) -> list[tuple[ConflictRule, str, str]]:
    """The rules for a target that holds another value: rule, its words, what it means."""
    source, target = state.source.connection, state.target.connection
    source_side = state.direction.source
    wins = _tr("%1 wins")

    def side_rule(side: Side) -> ConflictRule:
        return ConflictRule.LEFT if side is Side.LEFT else ConflictRule.RIGHT

    both = state.direction.two_way
    source_wins = _tr("The value from %1 replaces the one in %2.")
    target_wins = source_wins if both else _tr("A value that was changed in %2 stays.")
    return [
        (
            side_rule(source_side),
            wins.replace("%1", source),
            source_wins.replace("%1", source).replace("%2", target),
        ),
        (
            side_rule(source_side.other),
            wins.replace("%1", target),
            target_wins.replace("%1", target).replace("%2", source if both else target),
        ),
        (
            ConflictRule.NEWEST,
            _tr("The newest value wins"),
            _tr("The record that was changed last decides, by the times that both systems state."),
        ),
        (
            ConflictRule.ASK,
            _tr("Ask me"),
            _tr("Nothing is overwritten. The question waits under Conflicts, and everything else goes on."),
        ),
    ]
