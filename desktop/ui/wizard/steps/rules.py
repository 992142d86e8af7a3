"""Step 5: which records take part, whose value stands, what follows a deletion, and when it runs."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.definition import DeleteRule, SideCondition
from desktop.domain.filters import Condition, operators_for
from desktop.domain.mapping import ConflictRule, Side
from desktop.domain.schedule import Schedule
from desktop.ui.shell.page import Shell
from desktop.ui.widgets.buttons import link
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.field import padded
from desktop.ui.widgets.label import Label
from desktop.ui.wizard.condition_row import ConditionRow
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.steps.base import StepPage, scrolling
from desktop.ui.wizard.steps.schedule_card import ScheduleCard
from desktop.ui.wizard.words import rule_choices

_WIDTH = 760


class RulesStep(StepPage):
    """Conditions on the records, the rules for values that differ and for deletions, and the schedule."""

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(session, shell, parent)
        self.say(self.tr("By which rules?"))
        content = QWidget()
        cards = QWidget()
        cards.setMaximumWidth(_WIDTH)
        # Beside a stretch: a layout gives a widget of limited width no more height than the whole width needs.
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(cards, 100)
        row.addStretch(1)
        column = QVBoxLayout(cards)
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
        self._rule_card = Card(self.tr("When both sides hold different values"))
        self._rule_card.body.setSpacing(2)
        self._group = QButtonGroup(self)
        self._deletions = self._deletions_card()
        self.schedule = ScheduleCard()
        self.schedule.edited.connect(self._set_schedule)
        self._never_card = Card(self.tr("What this sync never does"))
        self._never = Label("", "muted", wrap=True)
        self._never_card.body.addWidget(self._never)
        for card in (self._filter_card, self._rule_card, self._deletions, self.schedule, self._never_card):
            column.addWidget(card)
        column.addStretch(1)
        self.column.addWidget(scrolling(content), 1)
        self._conditions: list[Condition] = []

    def _deletions_card(self) -> Card:
        card = Card(self.tr("When a record was deleted"))
        card.body.setSpacing(2)
        self.keep = QRadioButton(self.tr("Keep its counterpart"))
        self.propagate = QRadioButton(self.tr("Delete its counterpart too"))
        self._deletion_group = QButtonGroup(self)
        self._deletion_note = Label("", "small", wrap=True)
        self.limit = QSpinBox()
        self.limit.setRange(0, 100)
        self.limit.setSuffix(" %")
        padded(self.limit)
        self.limit.setAccessibleName(self.tr("Ask when more than this share would be deleted"))
        self.limit.valueChanged.connect(self._set_limit)
        for choice in (self.keep, self.propagate):
            choice.setAccessibleName(choice.text())
            self._deletion_group.addButton(choice)
            card.body.addWidget(choice)
        self.propagate.toggled.connect(self._set_deletions)
        self._deletion_note.setContentsMargins(24, 0, 0, 6)
        card.body.addWidget(self._deletion_note)
        self._limit_row = QWidget()
        row = QHBoxLayout(self._limit_row)
        row.setContentsMargins(24, 0, 0, 0)
        row.addWidget(Label(self.limit.accessibleName(), "body"))
        row.addWidget(self.limit)
        row.addStretch(1)
        card.body.addWidget(self._limit_row)
        return card

    def _show_deletions(self) -> None:
        state = self.session.state
        propagates = state.delete is DeleteRule.PROPAGATE
        for widget in (self.keep, self.propagate, self.limit):
            widget.blockSignals(True)
        self.propagate.setChecked(propagates)
        self.keep.setChecked(not propagates)
        self.limit.setValue(state.delete_limit_percent)
        for widget in (self.keep, self.propagate, self.limit):
            widget.blockSignals(False)
        self._tell_deletions()

    def _tell_deletions(self) -> None:
        state = self.session.state
        propagates = state.delete is DeleteRule.PROPAGATE
        self._limit_row.setVisible(propagates)
        one_way = self.tr("What was deleted in %1 is deleted in %2. A record that was edited there is asked about.")
        both = self.tr("What was deleted on one side is deleted on the other. A record that was edited is asked about.")
        kept = self.tr("A record that is gone on one side stays on the other.")
        said = (both if state.direction.two_way else one_way) if propagates else kept
        said = said.replace("%1", state.source.connection).replace("%2", state.target.connection)
        self._deletion_note.setText(said)

    def _set_deletions(self, propagate: bool) -> None:
        self.session.state.delete = DeleteRule.PROPAGATE if propagate else DeleteRule.KEEP
        self._tell_deletions()
        self._tell_never()
        self.changed.emit()

    def _set_limit(self, percent: int) -> None:
        self.session.state.delete_limit_percent = percent
        self.changed.emit()

    def _set_schedule(self, schedule: Schedule | None) -> None:
        self.session.state.schedule = schedule
        self.changed.emit()

    async def load(self) -> None:
        state = self.session.state
        self._conditions = list(state.definition().conditions(state.direction.source))
        self._show_conditions()
        self._show_rules()
        self._show_deletions()
        self.schedule.set_untold(self._untold())
        self.schedule.show_schedule(state.schedule)
        self._tell_never()

    def _untold(self) -> list[str]:
        """The objects that are read and whose platform does not tell of their changes."""
        state, session = self.session.state, self.session
        found: list[str] = []
        for side in Side if state.direction.two_way else (state.direction.source,):
            end = state.endpoint(side)
            connection = session.connection(end.connection)
            if connection is not None and not connection.platform.tells_of_object(end.object):
                plural = session.schema(side).plural
                found.append(self.tr("%1 in %2").replace("%1", plural).replace("%2", end.connection))
        return found

    def _tell_never(self) -> None:
        state = self.session.state
        way = self.tr("Values flow from %1 to %2 only; %1 is never written.")
        keeps = self.tr("Nothing is deleted, on either side, even when a record is gone on the other.")
        blank = self.tr("A blank value clears nothing unless a line says so.")
        said = [
            "" if state.direction.two_way else way,
            "" if state.delete is DeleteRule.PROPAGATE else keeps,
            blank,
        ]
        text = " ".join(filter(None, said))
        self._never.setText(text.replace("%1", state.source.connection).replace("%2", state.target.connection))

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
