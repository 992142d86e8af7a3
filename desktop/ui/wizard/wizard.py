"""The wizard: its steps one after the other, with what is missing said, and a draft that outlives a crash."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError, InvalidInput
from desktop.domain.mapping import FieldPair
from desktop.ui.shell.page import Shell
from desktop.ui.widgets.buttons import plain, primary, quiet
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.steps import StepBar
from desktop.ui.wizard.document import to_document
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.state import STEPS, WizardState, WizardStep
from desktop.ui.wizard.steps.base import StepPage
from desktop.ui.wizard.steps.fields import FieldsStep
from desktop.ui.wizard.steps.finish import FinishStep
from desktop.ui.wizard.steps.matching import MatchingStep
from desktop.ui.wizard.steps.objects import ObjectsStep
from desktop.ui.wizard.steps.rules import RulesStep
from desktop.ui.wizard.steps.systems import SystemsStep
from desktop.ui.wizard.steps.trial import TrialStep
from desktop.ui.wizard.words import missing_words, step_name

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_PAGES: dict[WizardStep, type[StepPage]] = {
    WizardStep.SYSTEMS: SystemsStep,
    WizardStep.OBJECTS: ObjectsStep,
    WizardStep.MATCHING: MatchingStep,
    WizardStep.FIELDS: FieldsStep,
    WizardStep.RULES: RulesStep,
    WizardStep.TEST: TrialStep,
    WizardStep.FINISH: FinishStep,
}


class Wizard(QWidget):
    """Makes or changes one sync. `closed` leaves it with its draft kept, `finished` tells the saved sync's name."""

    closed = Signal()
    finished = Signal(str)

    def __init__(
        self,
        desk: Desk,
        shell: Shell,
        state: WizardState,
        *,
        resumed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self.session = Session(desk, state)
        self._pages: dict[WizardStep, StepPage] = {}
        self._loading: asyncio.Task[Any] | None = None
        self._revising: asyncio.Task[Any] | None = None
        self._keeping: asyncio.Task[Any] | None = None
        self._unkept = False
        self._touched = resumed
        self._begun: object = None
        self._busy = True
        self._ended = False
        self._build()

    def _build(self) -> None:
        new, edit = self.tr("New sync"), self.tr("Edit “%1”").replace("%1", self.session.state.replaces)
        title = edit if self.session.state.replaces else new
        self.setAccessibleName(title)
        self.kept = Label(self.tr("Draft kept"), "muted")
        self.kept.hide()
        self.close_button = quiet(self.tr("Close"), self.closed.emit)
        self.header = PageHeader(title, actions=(self.kept, self.close_button))
        self.bar = StepBar([step_name(step) for step in STEPS])
        self.bar.chosen.connect(lambda at: self._go(STEPS[at]))
        self._stack = QStackedWidget()
        self.gap = Label("", "muted", wrap=True)
        self.hint = Label(self.tr("Drag from one field to the other, or press Enter on a field."), "faint")
        self.back_button = plain(self.tr("Back"), self._back)
        self.next_button = primary(self.tr("Next"), self._next)
        self.finish_button = primary(self.tr("Finish"), self._finish)
        self.early_button = plain(self.tr("Finish"), self._finish)
        foot = QFrame()
        foot.setProperty("surface", "surface")
        row = QHBoxLayout(foot)
        row.setContentsMargins(24, 14, 24, 14)
        row.setSpacing(8)
        row.addWidget(self.gap, 1)
        row.addWidget(self.hint, 1)
        for button in (self.back_button, self.early_button, self.next_button, self.finish_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.header, hairline(), self.bar, hairline()):
            column.addWidget(widget)
        column.addWidget(self._stack, 1)
        column.addWidget(hairline())
        column.addWidget(foot)
        for keys, slot in (("Alt+Left", self._back), ("Alt+Right", self._next), ("Ctrl+Return", self._next)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def start(self) -> None:
        """Show the step at which the state is."""
        self._loading = self._shell.scope.start(self._begin())

    async def _begin(self) -> None:
        await self.session.begin()
        try:
            await self.session.learn()
        except CrosswalkError as error:
            self._shell.bus.report(error)
            self.session.state.step = WizardStep.SYSTEMS
        await self._show_step(self.session.state.step)

    @property
    def page(self) -> StepPage:
        """The step that is shown."""
        return self._pages[self.session.state.step]

    def _page(self, step: WizardStep) -> StepPage:
        if step not in self._pages:
            page = _PAGES[step](self.session, self._shell)
            page.changed.connect(self._changed)
            if isinstance(page, TrialStep):
                page.line_wanted.connect(self._open_line)
            if isinstance(page, FinishStep):
                page.entered.connect(self._finish)
            self._pages[step] = page
            self._stack.addWidget(page)
        return self._pages[step]

    async def _show_step(self, step: WizardStep) -> None:
        page = self._page(step)
        self.bar.set_current(STEPS.index(step))
        self._stack.setCurrentWidget(page)
        self._busy = True
        self._tell()
        try:
            await page.load()
            await self.session.check()
        finally:
            self._busy = False
            self._tell()
        page.refresh()
        page.take_focus()
        self._keep()

    def _go(self, step: WizardStep) -> None:
        """Show `step`, if everything before it is done."""
        if self._ended or not self.session.state.go(step, self.session.known):
            return
        for task in (self._loading, self._revising):
            if task is not None:
                task.cancel()
        self._loading = self._shell.scope.start(self._arrive(step))

    async def _arrive(self, step: WizardStep) -> None:
        await self.session.learn()
        await self._show_step(step)

    def _next(self) -> None:
        at = STEPS.index(self.session.state.step)
        if self.next_button.isEnabled() and at + 1 < len(STEPS):
            self._go(STEPS[at + 1])

    def _back(self) -> None:
        if self.session.state.back():
            self._go(self.session.state.step)

    def _open_line(self, pair: FieldPair) -> None:
        """Show the line, or the step of the matching where the pair is none of the lines."""
        lines = {(line.left, line.right) for line in self.session.state.fields}
        if (pair.left, pair.right) not in lines:
            self._go(WizardStep.MATCHING)
            return
        self._go(WizardStep.FIELDS)
        if self.session.state.step is WizardStep.FIELDS and self._loading is not None:
            self._loading.add_done_callback(lambda _: self._edit_line(pair))

    def _edit_line(self, pair: FieldPair) -> None:
        page = self._pages.get(WizardStep.FIELDS)
        if isinstance(page, FieldsStep) and not self._ended:
            page.open_line(pair)

    def _changed(self) -> None:
        self._tell()
        if self._revising is not None:
            self._revising.cancel()
        self._revising = self._shell.scope.start(self._revise())
        self._keep()

    async def _revise(self) -> None:
        """Learn what the change means, and say what is missing now."""
        self.session.forget_if_changed()
        self._tell()
        await self.session.learn()
        await self.session.check()
        self.page.refresh()
        self._tell()

    def _tell(self) -> None:
        """Say what is missing, and let the buttons follow."""
        state, known = self.session.state, self.session.known
        last = state.step is STEPS[-1]
        gaps = state.missing(state.step, known)
        words = "" if self._busy else missing_words(gaps, state)
        self.gap.setText(words)
        self.gap.setAccessibleName(words)
        self.hint.setVisible(not words and state.step is WizardStep.FIELDS)
        self.gap.setVisible(not self.hint.isVisibleTo(self))
        learnt = STEPS.index(state.step) < 1 or known.left is not None
        self.next_button.setVisible(not last)
        self.next_button.setEnabled(not gaps and not self._busy and learnt)
        self.back_button.setEnabled(state.step is not STEPS[0])
        complete = learnt and state.first_unfinished(known) is None
        self.finish_button.setVisible(last)
        self.early_button.setVisible(bool(state.replaces) and not last)
        for button in (self.finish_button, self.early_button):
            button.setEnabled(complete and not self._busy)

    # The draft

    def _keep(self) -> None:
        """Keep the draft, unless nothing was chosen since the wizard opened."""
        choices = self.session.state.definition()
        if self._begun is None:
            self._begun = choices
        self._touched = self._touched or choices != self._begun
        if not self._touched:
            return
        self._unkept = True
        if self._keeping is None or self._keeping.done():
            self._keeping = self._shell.scope.start(self._keep_draft())

    async def _keep_draft(self) -> None:
        while self._unkept:
            self._unkept = False
            await self._desk.syncs.keep_wizard(to_document(self.session.state))
        # A wizard that was left is gone by now; what was chosen last is kept all the same.
        if not self._ended:
            self.kept.show()

    async def draft_kept(self) -> None:
        """Wait until what was chosen is kept; also of a wizard that was left."""
        if self._keeping is not None:
            await asyncio.wait([self._keeping])

    # The end

    def _finish(self) -> None:
        button = self.finish_button if self.finish_button.isVisible() else self.early_button
        if button.isEnabled() and not self._ended:
            self._shell.scope.start(self._save(), busy=button)

    async def _save(self) -> None:
        state = self.session.state
        try:
            view = await self._desk.syncs.save(state.definition(), state.replaces or None)
        except InvalidInput as error:
            self._refuse(error)
            return
        self._ended = True
        if self._keeping is not None:
            self._keeping.cancel()
        await self._desk.syncs.drop_wizard()
        self.finished.emit(view.name)

    def _refuse(self, error: InvalidInput) -> None:
        """Say what is wrong where it is wrong, as far as there is a step for it."""
        place = error.problems[0].place if error.problems else ""
        step = {
            "left": WizardStep.OBJECTS,
            "right": WizardStep.OBJECTS,
            "match": WizardStep.MATCHING,
            "fields": WizardStep.FIELDS,
            "filter": WizardStep.RULES,
        }.get(place.partition("[")[0].partition(".")[0])
        page = self.page
        if step is not None and step is not self.session.state.step:
            self._go(step)
            self._shell.bus.error(error.message, error.hint, details=error.details)
        elif isinstance(page, FinishStep):
            page.refuse(f"{error.message} {error.hint}".strip())
        else:
            self._shell.bus.error(error.message, error.hint, details=error.details)

    def end(self) -> None:
        """The wizard is being left: nothing more is loaded or kept for it."""
        self._ended = True
        for task in (self._loading, self._revising):
            if task is not None:
                task.cancel()
