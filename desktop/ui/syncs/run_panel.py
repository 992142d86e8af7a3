"""The panel above the tabs: how far a run is, and afterwards what it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.domain.change import Progress, RunStatus
from desktop.ui.syncs.words import (
    Tally,
    Targets,
    counters,
    length_words,
    phase_words,
    progress_words,
    run_sentence,
    share_done,
    started_words,
    status_tone,
    status_words,
    tally_of,
    tally_so_far,
)
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import link, plain, primary
from desktop.ui.widgets.card import Stat
from desktop.ui.widgets.disclosure import Disclosure
from desktop.ui.widgets.label import ElidedLabel, Label
from desktop.ui.widgets.pill import Pill
from desktop.ui.widgets.progress import ProgressLine
from desktop.workspace.views import RunView


class _Counters(QWidget):
    """The counts of a run, side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        self._stats: list[Stat] = []
        for name, value in counters(Tally()):
            stat = Stat(name, value)
            self._stats.append(stat)
            row.addWidget(stat, 1)

    def show_tally(self, tally: Tally) -> None:
        """Show these counts."""
        for stat, (_, value) in zip(self._stats, counters(tally), strict=True):
            stat.set_value(value)


class _Panel(QFrame):
    """A card without a heading of its own."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 13, 16, 13)
        self.column.setSpacing(10)
        self.head = QHBoxLayout()
        self.head.setSpacing(12)
        self.column.addLayout(self.head)


class RunningPanel(_Panel):
    """A run that is under way. `cancelled` says that it is to stop."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(self.tr("Running"))
        self.title = Label(self.tr("Running"), "strong")
        self.words = ElidedLabel("", "small")
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.cancel_button = plain(self.tr("Cancel"), self.cancelled.emit, compact=True)
        self.head.addWidget(self.title)
        self.head.addWidget(self.words, 1)
        self.head.addWidget(self.cancel_button)
        self.bar = ProgressLine(self.tr("Progress"))
        self.column.addWidget(self.bar)
        self._counters = _Counters()
        self.column.addWidget(self._counters)

    def show_progress(self, progress: Progress | None, *, preview: bool, cancelling: bool) -> None:
        """Show where the run stands."""
        phase = phase_words(progress.phase) if progress is not None else self.tr("Starting")
        kind = self.tr("Preview") if preview else self.tr("Running")
        self.title.setText(f"{kind} · {phase}")
        self.cancel_button.setEnabled(not cancelling)
        if cancelling:
            self.words.setText(self.tr("Cancelling: what was started is being finished."))
        elif progress is not None:
            self.words.setText(progress_words(progress))
        else:
            self.words.setText("")
        self.words.setAccessibleName(self.words.text())
        share = share_done(progress)
        if share is None:
            if self.bar.maximum() != 0:
                self.bar.set_unknown()
        else:
            self.bar.set_share(share)
        self._counters.show_tally(tally_so_far(progress) if progress is not None else Tally())


@dataclass(frozen=True, slots=True)
class Asking:
    """A question about a run: a word on what it is, the question, and the answers' labels."""

    mark: str
    tone: Tone
    text: str
    agree: str
    decline: str


class ResultPanel(_Panel):
    """A run that has ended: what happened, in a sentence and in counts, or what has to be decided first."""

    failures_wanted = Signal()
    undo_wanted = Signal()
    answered = Signal(bool)
    """Whether what :meth:`show_run` asked is agreed to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(self.tr("Result"))
        self.status = Pill()
        self.sentence = Label("", "body", wrap=True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.failures_button = link(self.tr("Show failures"), self.failures_wanted.emit)
        self.undo_button = link(self.tr("Undo last run"), self.undo_wanted.emit)
        self.when = Label("", "small")
        self.agree = primary("", lambda: self.answered.emit(True))
        self.decline = plain("", lambda: self.answered.emit(False))
        self.head.addWidget(self.status)
        self.head.addWidget(self.sentence, 1)
        for widget in (self.failures_button, self.undo_button, self.when, self.agree, self.decline):
            self.head.addWidget(widget)
        self.hint = Label("", "small", wrap=True)
        self.column.addWidget(self.hint)
        self.details = Disclosure()
        self.column.addWidget(self.details)
        self._counters = _Counters()
        self.column.addWidget(self._counters)

    def show_run(
        self, run: RunView, targets: Targets, now: datetime, *, due: int, asking: Asking | None = None
    ) -> None:
        """Show what a run did.

        :param targets: the connections that were written to.
        :param due: records that wait to be retried.
        :param asking: what has to be decided before the sync goes on.
        """
        self._show_head(run, targets, asking)
        length = length_words(run)
        when = started_words(run, now)
        took = self.tr("%1, took %2").replace("%1", when).replace("%2", length)
        self.when.setText(took if length else when)
        self.when.setVisible(asking is None)
        problem = run.problem
        hint = problem.hint if problem and asking is None else ""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.details.set_text(problem.details if problem else "")
        self.details.setVisible(bool(problem and problem.details))
        self.failures_button.setVisible(due > 0 and run.status is not RunStatus.PREVIEW)
        tally = tally_of(run.result)
        self._counters.show_tally(tally)
        nothing = run.status in (RunStatus.FAILED, RunStatus.NEEDS_CONFIRMATION) and tally == Tally()
        self._counters.setVisible(not nothing)

    def _show_head(self, run: RunView, targets: Targets, asking: Asking | None) -> None:
        if asking is None:
            self.status.set_status(status_words(run.status), status_tone(run.status))
            said = run_sentence(run, targets)
        else:
            self.status.set_status(asking.mark, asking.tone)
            said = asking.text
            self.agree.set_label(asking.agree)
            self.decline.set_label(asking.decline)
            self.agree.setAccessibleDescription(said)
        self.status.updateGeometry()
        self.sentence.setText(said)
        self.sentence.setAccessibleName(said)
        self.agree.setVisible(asking is not None)
        self.decline.setVisible(asking is not None)

    @property
    def asks(self) -> bool:
        """Whether an answer is waited for."""
        return self.agree.isVisible()
