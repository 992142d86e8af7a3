"""The card of one sync on Home."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.domain.change import Progress
from desktop.ui.home.focus import give_focus
from desktop.ui.home.words import bars_words, card_lines, health_pill
from desktop.ui.syncs.words import share_done
from desktop.ui.widgets.buttons import plain, primary, quiet
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.pill import Pill
from desktop.ui.widgets.platform_mark import Joined
from desktop.ui.widgets.progress import ProgressLine
from desktop.ui.widgets.spark import Spark
from desktop.workspace.views import Health, SyncView


class SyncCard(Card):
    """What a sync joins, how it is, and its buttons."""

    run_wanted = Signal(str)
    preview_wanted = Signal(str)
    cancel_wanted = Signal(str)
    mend_wanted = Signal(str)

    def __init__(self, view: SyncView, parent: QWidget | None = None) -> None:
        self.pill = Pill()
        super().__init__(view.name, aside=self.pill, parent=parent)
        self.name = view.name
        self._joins: tuple[object, ...] = ()
        self._joined: Joined | None = None
        self._lines = (Label("", "small", wrap=True), Label("", "small", wrap=True))
        self.spark = Spark()
        self.bar = ProgressLine(self.tr("Progress of “%1”").replace("%1", view.name))
        self.run_button = primary(self.tr("Sync now"), lambda: self.run_wanted.emit(self.name))
        self.mend_button = primary(self.tr("Replace credentials"), lambda: self.mend_wanted.emit(self.name))
        self.preview_button = quiet(self.tr("Preview"), lambda: self.preview_wanted.emit(self.name))
        self.cancel_button = plain(self.tr("Cancel"), lambda: self.cancel_wanted.emit(self.name))
        for button in (self.run_button, self.mend_button, self.preview_button, self.cancel_button):
            button.setAccessibleDescription(view.name)
        self._arrange()

    def _arrange(self) -> None:
        facts = QHBoxLayout()
        facts.setSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(5)
        for line in self._lines:
            line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            words.addWidget(line)
        words.addStretch(1)
        facts.addLayout(words, 1)
        facts.addWidget(self.spark, 0, Qt.AlignmentFlag.AlignBottom)
        self.body.addSpacing(2)
        self.body.addLayout(facts, 1)
        kept = self.bar.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(kept)
        self.body.addWidget(self.bar)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.run_button, self.mend_button, self.preview_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        # Away from "Sync now", so that a double click there does not cancel what it started.
        buttons.addWidget(self.cancel_button)
        self.body.addLayout(buttons)

    def show_view(self, view: SyncView, progress: Progress | None, now: datetime, *, running: bool, mend: bool) -> None:
        """Show how the sync is.

        :param running: whether it runs, which is known here before the view tells.
        :param mend: whether new credentials are what it needs.
        """
        self._show_ends(view)
        running = running or view.health is Health.RUNNING
        self.pill.set_status(*health_pill(view, progress, running=running))
        self.pill.updateGeometry()
        for label, line in zip(self._lines, card_lines(view, progress, now, running=running), strict=True):
            label.setText(line)
            label.setVisible(bool(line))
        self.spark.set_values(view.recent, bars_words(view.recent))
        self.spark.setVisible(bool(view.recent))
        self._show_bar(progress, running)
        self._show_buttons(running=running, mend=mend and not running)

    def _show_buttons(self, *, running: bool, mend: bool) -> None:
        shown = {
            self.run_button: not running and not mend,
            self.mend_button: mend,
            self.cancel_button: running,
            self.preview_button: not running,
        }
        wanted = [button for button, visible in shown.items() if visible]
        for button in wanted:
            button.show()
        if any(button.hasFocus() for button in shown if button not in wanted):
            give_focus(wanted[0])
        for button in shown:
            button.setVisible(button in wanted)

    def _show_ends(self, view: SyncView) -> None:
        definition = view.definition
        left = (_platform(view, left=True), f"{definition.left.connection} · {view.left_label}")
        right = (_platform(view, left=False), f"{definition.right.connection} · {view.right_label}")
        joins = (left, right, definition.direction.value)
        if joins == self._joins:
            return
        self._joins = joins
        if self._joined is not None:
            self.body.removeWidget(self._joined)
            self._joined.hide()
            self._joined.deleteLater()
        self._joined = Joined(left, right, definition.direction.value)
        self.body.insertWidget(0, self._joined)

    def _show_bar(self, progress: Progress | None, running: bool) -> None:
        self.bar.setVisible(running)
        share = share_done(progress)
        if share is not None:
            self.bar.set_share(share)
        elif self.bar.maximum() != 0:
            self.bar.set_unknown()

    def minimumSizeHint(self) -> QSize:
        return QSize(240, super().minimumSizeHint().height())


def _platform(view: SyncView, *, left: bool) -> str:
    platform = view.left_platform if left else view.right_platform
    return platform.name if platform else "?"
