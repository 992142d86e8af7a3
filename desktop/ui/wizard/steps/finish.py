"""Step 7: the name, and everything once more in words."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.domain.definition import DeleteRule
from desktop.domain.mapping import Side
from desktop.ui.shell.page import Shell
from desktop.ui.syncs.line_words import condition_words
from desktop.ui.syncs.words import rule_words
from desktop.ui.text import counted
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.field import set_invalid
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.platform_mark import Joined
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.state import Gap, WizardStep
from desktop.ui.wizard.steps.base import StepPage
from desktop.ui.wizard.words import missing_words, schedule_words

_WIDTH = 640


class FinishStep(StepPage):
    """Names the sync. `entered` tells that Enter was pressed in the name."""

    entered = Signal()

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(session, shell, parent)
        self.say(self.tr("What is it called?"))
        self._card = Card()
        self._card.setMaximumWidth(_WIDTH)
        label = Label(self.tr("Name"), "small")
        self.name_edit = QLineEdit()
        self.name_edit.setAccessibleName(self.tr("Name"))
        self.name_edit.setMaxLength(120)
        self.name_edit.textEdited.connect(self._typed)
        self.name_edit.returnPressed.connect(self.entered)
        label.setBuddy(self.name_edit)
        self.problem = Label("", "error", wrap=True)
        self.problem.hide()
        for widget in (label, self.name_edit, self.problem):
            self._card.body.addWidget(widget)
        self._summary = self._card.add_row()
        self.column.addWidget(self._card)
        self.column.addStretch(1)

    async def load(self) -> None:
        state = self.session.state
        if not state.name.strip():
            connection = self.session.connection(state.target.connection)
            state.name = state.suggested_name(
                self.session.known, connection.platform.label if connection else state.target.connection
            )
        if self.name_edit.text() != state.name:
            self.name_edit.setText(state.name)
        self._show_summary()
        self.refresh()

    def _show_summary(self) -> None:
        while (item := self._summary.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        state, session = self.session.state, self.session
        left, right = session.schema(Side.LEFT), session.schema(Side.RIGHT)
        joined = Joined(
            (session.platform(state.left.connection), f"{state.left.connection} · {left.plural}"),
            (session.platform(state.right.connection), f"{state.right.connection} · {right.plural}"),
            state.direction.value,
        )
        self._summary.addWidget(joined)
        for line in self._sentences():
            self._summary.addWidget(Label(line, "muted", wrap=True))

    def _sentences(self) -> list[str]:
        state, session = self.session.state, self.session
        ends = [session.ends(pair) for pair in state.match]
        equal = ", ".join(f"{a.label} = {b.label}" for a, b in ends if a and b)
        same = self.tr("Records are the same when %1.").replace("%1", equal)
        lines = counted(len(state.fields), "%n field is carried over.", "%n fields are carried over.", "FinishStep")
        conditions = [
            condition_words(item, session.known.schema(item.side))
            for item in state.filter
            if item.side is state.direction.source
        ]
        only = self.tr("Only records of which: %1.").replace("%1", "; ".join(conditions))
        every = self.tr("Every record takes part.")
        rule = rule_words(state.conflict, state.definition())
        differs = self.tr("When both sides hold different values: %1.").replace("%1", rule)
        follows = self.tr("Deletions follow on the other side; over %1 % of the linked records it asks first.")
        follows = follows.replace("%1", str(state.delete_limit_percent))
        deletes = follows if state.delete is DeleteRule.PROPAGATE else self.tr("Nothing is deleted.")
        first = self.tr("The first run shows its preview and asks before it sends anything.")
        return [
            same,
            lines,
            only if conditions else every,
            differs,
            deletes,
            schedule_words(state.schedule),
            first,
        ]

    def _typed(self, text: str) -> None:
        self.session.state.name = text
        self.changed.emit()

    def refresh(self) -> None:
        gaps = self.session.state.missing(WizardStep.FINISH, self.session.known)
        taken = [item for item in gaps if item.gap is Gap.NAME_TAKEN]
        said = missing_words(taken, self.session.state)
        self.problem.setText(said)
        self.problem.setVisible(bool(said))
        set_invalid(self.name_edit, bool(said), said)

    def refuse(self, message: str) -> None:
        """Say why the name, or the sync, was not accepted."""
        self.problem.setText(message)
        self.problem.setVisible(True)
        set_invalid(self.name_edit, True, message)
        self.name_edit.setFocus()

    def take_focus(self) -> None:
        self.name_edit.setFocus()
        self.name_edit.selectAll()
