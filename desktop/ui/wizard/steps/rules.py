"""Step 5: which records take part, and whose value stands."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.definition import SideCondition
from desktop.domain.filters import Condition, operators_for
from desktop.domain.mapping import ConflictRule
from desktop.ui.shell.page import Shell
from desktop.ui.widgets.buttons import link
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.label import Label
from desktop.ui.wizard.condition_row import ConditionRow
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.steps.base import StepPage, scrolling
from desktop.ui.wizard.words import rule_choices

_WIDTH = 760


class RulesStep(StepPage):
    """Conditions on the records that are read, and the rule for values that differ."""

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(session, shell, parent)
        self.say(self.tr("By which rules?"))
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        self._filter_card = Card(self.tr("Which records take part"))
        self._everything = Label("", "small", wrap=True)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        self.add_button = link(self.tr("Add a condition"), self._add)
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        self._filter_card.body.addWidget(self._everything)
        self._filter_card.body.addLayout(self._rows)
        self._filter_card.body.addLayout(foot)
        self._rule_card = Card(self.tr("When the target holds another value"))
        self._rule_card.body.setSpacing(2)
        self._group = QButtonGroup(self)
        self._never_card = Card(self.tr("What this sync never does"))
        self._never = Label("", "muted", wrap=True)
        self._never_card.body.addWidget(self._never)
        for card in (self._filter_card, self._rule_card, self._never_card):
            card.setMaximumWidth(_WIDTH)
            column.addWidget(card)
        column.addStretch(1)
        self.column.addWidget(scrolling(content), 1)
        self._conditions: list[Condition] = []

    async def load(self) -> None:
        state = self.session.state
        source, target = state.source.connection, state.target.connection
        self._conditions = list(state.definition().conditions(state.direction.source))
        self._show_conditions()
        self._show_rules()
        way = self.tr("Values flow from %1 to %2 only; %1 is never written.")
        keeps = self.tr("Nothing is deleted, on either side, even when a record is gone on the other.")
        blank = self.tr("A blank value clears nothing unless a line says so.")
        text = f"{way} {keeps} {blank}".replace("%1", source).replace("%2", target)
        self._never.setText(text)

    def _show_rules(self) -> None:
        while (item := self._rule_card.body.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for button in self._group.buttons():
            self._group.removeButton(button)
        for rule, words, meaning in rule_choices(self.session.state):
            choice = QRadioButton(words)
            choice.setAccessibleName(words)
            choice.setAccessibleDescription(meaning)
            choice.setChecked(rule is self.session.state.conflict)
            choice.toggled.connect(lambda on, rule=rule: self._take(rule) if on else None)
            self._group.addButton(choice)
            self._rule_card.body.addWidget(choice)
            note = Label(meaning, "small", wrap=True)
            note.setContentsMargins(24, 0, 0, 6)
            self._rule_card.body.addWidget(note)

    def _take(self, rule: ConflictRule) -> None:
        self.session.state.conflict = rule
        self.changed.emit()

    def _show_conditions(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        every = self.tr("Every record of %1 takes part.")
        some = self.tr("Only records of %1 that meet each of these take part.")
        noun = self.session.source_schema.plural
        self._everything.setText((some if self._conditions else every).replace("%1", noun))
        for at in range(len(self._conditions)):
            self._rows.addWidget(self._row(at))

    def _row(self, at: int) -> QWidget:
        row = ConditionRow(self.session.source_schema, self._conditions[at])
        row.changed.connect(lambda: self._set_condition(at, row.condition))
        row.removed.connect(lambda: self._remove(at))
        return row

    def _add(self) -> None:
        schema = self.session.source_schema
        first = next((field for field in schema.fields if not field.is_system), schema.fields[0])
        self._conditions.append(Condition(first.key, operators_for(first.type)[0]))
        self._keep()
        self._show_conditions()
        last = self._rows.itemAt(self._rows.count() - 1)
        row = last.widget() if last is not None else None
        if isinstance(row, ConditionRow):
            row.field_box.setFocus()

    def _remove(self, at: int) -> None:
        del self._conditions[at]
        self._keep()
        self._show_conditions()
        self.add_button.setFocus()

    def _set_condition(self, at: int, condition: Condition) -> None:
        self._conditions[at] = condition
        self._keep()

    def _keep(self) -> None:
        state = self.session.state
        side = state.direction.source
        others = tuple(item for item in state.filter if item.side is not side)
        state.filter = (*others, *(SideCondition(side, item) for item in self._conditions))
        self.changed.emit()

    def take_focus(self) -> None:
        self.add_button.setFocus()
