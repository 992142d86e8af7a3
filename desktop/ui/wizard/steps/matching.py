"""Step 3: by which fields two records are known to be the same thing."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from desktop.domain.mapping import MatchPair
from desktop.domain.schema import EXTERNAL_ID, Field
from desktop.domain.values import FieldType
from desktop.ui.shell.page import Shell
from desktop.ui.text import counted, number
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.label import Label
from desktop.ui.wizard.pairs_editor import PairsEditor
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.steps.base import StepPage

_NEVER = (FieldType.REFERENCE, FieldType.FILE, FieldType.BOOLEAN, FieldType.LONG_TEXT, FieldType.CHOICES)
_OFFERED = 4


class MatchingStep(StepPage):
    """Chooses the match pairs among suggestions, or from all fields."""

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(session, shell, parent)
        self.say(self.tr("Which records are the same?"))
        text = self.tr(
            "A record that is found on the other side by these fields is updated; only one that is not found is "
            "created. So nothing is created twice."
        )
        explanation = Label(text, "muted", wrap=True)
        explanation.setMaximumWidth(720)
        self.column.addWidget(explanation)
        self._card = Card()
        self._choices = QVBoxLayout()
        self._choices.setSpacing(2)
        self._card.body.addLayout(self._choices)
        self._card.setMaximumWidth(720)
        self._group = QButtonGroup(self)
        self.other = QRadioButton()
        self.editor = PairsEditor(self.tr("Field that is read"), self.tr("Field on the other side"))
        self.editor.edited.connect(self._edited)
        self._own = QWidget()
        inset = QVBoxLayout(self._own)
        inset.setContentsMargins(24, 0, 0, 0)
        inset.addWidget(self.editor)
        self.problem = Label("", "error", wrap=True)
        self.problem.hide()
        self._card.body.addWidget(self.problem)
        self.column.addWidget(self._card)
        self.column.addStretch(1)

    async def load(self) -> None:
        self.explanation.setText(self.tr("Looking at some records of both sides…"))
        try:
            await self.session.suggest()
        finally:
            self.explanation.setText("")
        self._show()

    def _show(self) -> None:
        self._clear()
        state = self.session.state
        suggested = self.session.suggested
        pairs = list(suggested.match[:_OFFERED]) if suggested else []
        chosen = state.match[0] if len(state.match) == 1 else None
        for pair in pairs:
            self._offer(pair, checked=pair == chosen)
        self.other = QRadioButton(self.tr("Other fields"))
        self.other.setAccessibleName(self.other.text())
        own = bool(state.match) and (chosen is None or chosen not in pairs)
        self.other.setChecked(own or not pairs)
        self._group.addButton(self.other)
        self._choices.addWidget(self.other)
        self._choices.addWidget(self._own)
        self._show_own(bool(self.other.isChecked()))
        self.other.toggled.connect(self._show_own)

    def _clear(self) -> None:
        while (item := self._choices.takeAt(0)) is not None:
            widget = item.widget()
            if widget is None or widget is self._own:
                continue
            if isinstance(widget, QRadioButton):
                self._group.removeButton(widget)
            widget.hide()
            widget.deleteLater()

    def _offer(self, pair: MatchPair, *, checked: bool) -> None:
        source, target = self.session.ends(pair)
        if source is None or target is None:
            return
        words = self.tr("%1 equals %2").replace("%1", source.label).replace("%2", target.label)
        choice = QRadioButton(words)
        remark = self._remark(source, target)
        choice.setAccessibleName(words)
        choice.setAccessibleDescription(remark)
        choice.setChecked(checked)
        choice.toggled.connect(lambda on, pair=pair: self._take(pair) if on else None)
        self._group.addButton(choice)
        self._choices.addWidget(choice)
        note = Label(remark, "small", wrap=True)
        note.setContentsMargins(24, 0, 0, 10)
        self._choices.addWidget(note)

    def _remark(self, source: Field, target: Field) -> str:
        total = len(self.session.samples)
        if not total:
            return self.tr("There are no records to look at yet.")
        distinct = self.session.distinct_samples(source.key)
        if distinct == total:
            said = counted(total, "filled in the one sample", "different in all %n samples", "MatchingStep")
        else:
            said = self.tr("different in %1 of %2 samples").replace("%1", number(distinct))
            said = said.replace("%2", number(total))
        if target.key == EXTERNAL_ID:
            kept = self.tr("%1 keeps it as the record’s external id.")
            return f"{said}. {kept.replace('%1', self.session.state.target.connection)}"
        return f"{said}."

    def _take(self, pair: MatchPair) -> None:
        self.session.state.match = (pair,)
        self.changed.emit()

    def _show_own(self, shown: bool) -> None:
        self._own.setVisible(shown)
        if not shown:
            return
        state = self.session.state
        source, target = state.direction.source, state.direction.target
        definition = state.definition()
        pairs = [(definition.key(pair, source), definition.key(pair, target)) for pair in state.match]
        sources = [field for field in self.session.source_schema.fields if field.type not in _NEVER]
        targets = [field for field in self.session.target_schema.fields if field.type not in _NEVER]
        self.editor.show_pairs(pairs, sources, targets)

    def _edited(self) -> None:
        pairs = [self.session.keys(source, target) for source, target in self.editor.pairs]
        self.session.state.match = tuple(MatchPair(left, right) for left, right in pairs)
        self.changed.emit()

    def refresh(self) -> None:
        said = self.session.known.bad_match
        self.problem.setText(said)
        self.problem.setVisible(bool(said))

    def take_focus(self) -> None:
        checked = self._group.checkedButton()
        if checked is not None:
            checked.setFocus()
