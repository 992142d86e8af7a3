"""The editor of one line: what happens to a value on its way, and how it arrives."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.compatibility import Fit
from desktop.domain.errors import CrosswalkError
from desktop.domain.mapping import Carry, ConflictRule, Direction, FieldPair, MatchPair
from desktop.domain.schema import Field
from desktop.domain.values import FieldType, is_empty
from desktop.ui.shell.page import Shell
from desktop.ui.theme import Tone
from desktop.ui.value_words import type_words, value_text
from desktop.ui.widgets.buttons import IconButton, danger, plain
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.label import ElidedLabel, Label
from desktop.ui.widgets.pill import Pill
from desktop.ui.wizard.options_editor import OptionsEditor
from desktop.ui.wizard.pairs_editor import PairsEditor
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.state import Verdict
from desktop.ui.wizard.steps.base import scrolling
from desktop.ui.wizard.steps_editor import StepsEditor
from desktop.ui.wizard.words import fit_words, rule_choices

_WIDTH = 340


class LineEditor(QFrame):
    """Edits one line at a time. Each edit is told at once by `edited` (old and new line)."""

    edited = Signal(object, object)
    removed = Signal(object)
    closed = Signal()

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shell = shell
        self.pair: FieldPair | None = None
        self.setProperty("surface", "card")
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(self.tr("Line"))
        self.title = ElidedLabel("", "strong")
        self.types = ElidedLabel("", "faint")
        self.fit = Pill()
        self.reason = Label("", "small", wrap=True)
        self.sample = Label("", "body", wrap=True)
        self.steps = StepsEditor(session.transforms)
        self.steps.edited.connect(lambda: self._change(transform=tuple(self.steps.steps)))
        self.options = OptionsEditor()
        self.options.edited.connect(self._set_options)
        self.carry_pairs = PairsEditor(
            self.tr("Field of the referenced record"), self.tr("Field over there"), narrow=True
        )
        self.carry_pairs.edited.connect(self._set_carry)
        self.create_missing = QCheckBox(self.tr("Create it when it is missing"))
        self.create_missing.toggled.connect(lambda _: self._set_carry())
        self.created = Label("", "small", wrap=True)
        self.blank = QCheckBox(self.tr("A blank clears the value"))
        self.blank.toggled.connect(lambda on: self._change(blank_erases=on))
        for box in (self.create_missing, self.blank):
            box.setAccessibleName(box.text())
        self.rule = QComboBox()
        self.rule.setAccessibleName(self.tr("When both sides hold different values"))
        self.rule.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.rule.setMinimumContentsLength(12)
        self.rule.activated.connect(lambda _: self._set_rule())
        self.way = QComboBox()
        self.way.setAccessibleName(self.tr("Which way values go"))
        self.way.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.way.setMinimumContentsLength(12)
        self.way.activated.connect(lambda _: self._set_way())
        self.one_way_button = plain(self.tr("Make it one way"), self._make_one_way, compact=True)
        self.remove_button = danger(self.tr("Remove line"), self._remove, compact=True)
        self.done_button = plain(self.tr("Done"), self.closed.emit, compact=True)
        self._filling = False
        self._build()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 10, 1, 10)
        outer.setSpacing(8)
        head = QHBoxLayout()
        head.setContentsMargins(14, 0, 8, 0)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.title)
        names.addWidget(self.types)
        head.addLayout(names, 1)
        head.addWidget(IconButton("ph.x", self.tr("Close the line"), clicked=self.closed.emit))
        outer.addLayout(head)
        outer.addWidget(hairline(faint=True))
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(14, 4, 14, 4)
        column.setSpacing(8)
        for widget in (self.fit, self.reason, self.one_way_button, self.sample):
            column.addWidget(widget)
        self._way_head = Label(self.way.accessibleName(), "side")
        self._steps_head = Label(self.tr("On the way"), "side")
        self._options_head = Label(self.tr("Options"), "side")
        self._carry_head = Label(self.tr("The referenced record is found by"), "side")
        sections: list[QWidget] = [
            *(self._carry_head, self.carry_pairs, self.create_missing, self.created),
            *(self._options_head, self.options, self._steps_head, self.steps),
            *(self._way_head, self.way),
            *(self.blank, Label(self.rule.accessibleName(), "side"), self.rule),
        ]
        for widget in sections:
            if isinstance(widget, Label) and widget is not self.created:
                column.addSpacing(6)
            column.addWidget(widget)
        column.addStretch(1)
        area = scrolling(content)
        content.setProperty("surface", "surface")
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer.addWidget(area, 1)
        outer.addWidget(hairline(faint=True))
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 0, 14, 0)
        foot.addWidget(self.remove_button)
        foot.addStretch(1)
        foot.addWidget(self.done_button)
        outer.addLayout(foot)

    async def show_line(self, pair: FieldPair) -> None:
        """Edit this line."""
        source, target = self._session.ends(pair)
        if source is None or target is None:
            return
        self.pair = pair
        self._filling = True
        arrow = "⇄" if self._session.state.direction.two_way and pair.one_way is None else "→"
        self.title.setText(f"{source.label} {arrow} {target.label}")
        self.types.setText(f"{type_words(source)} {arrow} {type_words(target)}")
        self._show_way(pair)
        self._show_options(pair, source, target)
        reference = source.type is FieldType.REFERENCE
        self.steps.show_steps(pair.transform, source.type)
        self._steps_head.setVisible(not reference)
        self.steps.setVisible(not reference)
        for widget in (self._carry_head, self.carry_pairs, self.create_missing, self.created):
            widget.setVisible(reference)
        self.blank.setChecked(pair.blank_erases)
        self._show_rules(pair)
        self._filling = False
        self.refresh()
        if reference:
            await self._show_carry(pair, source, target)

    def _show_options(self, pair: FieldPair, source: Field, target: Field) -> None:
        both = bool(source.options and target.options)
        self._options_head.setVisible(both)
        self.options.setVisible(both)
        if both:
            self.options.show_options(source, target, self._directed(pair))

    def _directed(self, pair: FieldPair) -> dict[str, str]:
        if self._session.keys("l", "r") == ("l", "r"):
            return dict(pair.values)
        return {right: left for left, right in reversed(list(pair.values.items()))}

    def _show_rules(self, pair: FieldPair) -> None:
        self.rule.clear()
        choices = rule_choices(self._session.state)
        general = next((words for rule, words, _ in choices if rule is self._session.state.conflict), "")
        self.rule.addItem(self.tr("As for the whole sync: %1").replace("%1", general), "")
        for rule, words, _ in choices:
            self.rule.addItem(words, rule.value)
        self.rule.setCurrentIndex(max(self.rule.findData(pair.conflict.value if pair.conflict else ""), 0))

    def _show_way(self, pair: FieldPair) -> None:
        """Offer the ways that a line of a sync both ways can go."""
        state = self._session.state
        both = state.direction.two_way
        self._way_head.setVisible(both)
        self.way.setVisible(both)
        self.way.clear()
        only = self.tr("Only from %1 to %2")
        left, right = state.left.connection, state.right.connection
        self.way.addItem(self.tr("Both ways"), "")
        self.way.addItem(only.replace("%1", left).replace("%2", right), Direction.LEFT_TO_RIGHT.value)
        self.way.addItem(only.replace("%1", right).replace("%2", left), Direction.RIGHT_TO_LEFT.value)
        self.way.setCurrentIndex(max(self.way.findData(pair.one_way.value if pair.one_way else ""), 0))

    def _set_way(self) -> None:
        chosen = self.way.currentData()
        self._change(one_way=Direction(chosen) if chosen else None)

    def _make_one_way(self) -> None:
        self.way.setCurrentIndex(self.way.findData(Direction.LEFT_TO_RIGHT.value))
        self._set_way()
        self.way.setFocus()

    def _set_rule(self) -> None:
        chosen = self.rule.currentData()
        self._change(conflict=ConflictRule(chosen) if chosen else None)

    async def _show_carry(self, pair: FieldPair, source: Field, target: Field) -> None:
        state, data = self._session.state, self._session.desk.data
        carry = pair.carry or Carry(())
        try:
            here = await data.schema(state.source.connection, source.target or "")
            there = await data.schema(state.target.connection, target.target or "")
        except CrosswalkError as error:
            self.reason.setText(f"{error.message} {error.hint}")
            self.reason.setVisible(True)
            return
        if self.pair is None or (self.pair.left, self.pair.right) != (pair.left, pair.right):
            return
        self._filling = True
        pairs = [self._session.keys(item.left, item.right) for item in carry.match]
        usable = (FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.NUMBER, FieldType.URL)
        sources = [field for field in here.fields if field.type in usable]
        targets = [field for field in there.fields if field.type in usable]
        self.carry_pairs.show_pairs(pairs, sources, targets)
        self.create_missing.setChecked(carry.create)
        labels = [
            field.label
            for item in carry.fields
            if (field := there.field(self._session.keys(item.left, item.right)[1])) is not None
        ]
        gets = self.tr("A new one also gets: %1.").replace("%1", ", ".join(labels))
        self.created.setText(gets if labels else "")
        self.created.setVisible(bool(labels) and carry.create)
        self._filling = False

    def refresh(self) -> None:
        """Show anew how well the line fits and how the sample arrives."""
        pair = self.pair
        if pair is None:
            return
        verdict = self._session.known.verdicts.get((pair.left, pair.right), Verdict(Fit.EXACT))
        trial = self._session.trial.get((pair.left, pair.right))
        broken = trial is not None and trial.problem is not None and verdict.fit is not Fit.IMPOSSIBLE
        words, tone = fit_words(verdict.fit)
        self.fit.set_status(self.tr("needs a look") if broken else words, Tone.WARNING if broken else tone)
        self.fit.updateGeometry()
        self.reason.setText(verdict.reason)
        self.reason.setVisible(bool(verdict.reason))
        stuck = verdict.fit is Fit.IMPOSSIBLE and self._session.state.direction.two_way and pair.one_way is None
        self.one_way_button.setVisible(stuck)
        source, target = self._session.ends(pair)
        if trial is None or source is None or target is None:
            self.sample.hide()
            return
        titles = self._session.titles.get(source.key)
        before = value_text(trial.source, source, titles) or self.tr("blank")
        after = trial.problem or value_text(trial.arrives, target, titles) or self.tr("blank")
        self.sample.set_role("error" if trial.problem else "body")
        arrives = self.tr("%1 arrives as %2").replace("%1", f"“{before}”").replace("%2", f"“{after}”")
        if is_empty(trial.source) and is_empty(trial.arrives):
            arrives = self.tr("It is blank in this record.")
        self.sample.setText(trial.problem if trial.problem else arrives)
        self.sample.show()

    def _set_options(self) -> None:
        values = dict(self.options.values)
        if self._session.keys("l", "r") != ("l", "r"):
            values = {left: right for right, left in values.items()}
        self._change(values=values)

    def _set_carry(self) -> None:
        if self.pair is None or self._filling:
            return
        carry = self.pair.carry or Carry(())
        match = tuple(MatchPair(*self._session.keys(here, there)) for here, there in self.carry_pairs.pairs)
        self.created.setVisible(bool(self.created.text()) and self.create_missing.isChecked())
        self._change(carry=replace(carry, match=match, create=self.create_missing.isChecked()))

    def _change(self, **changes: object) -> None:
        if self.pair is None or self._filling:
            return
        before = self.pair
        self.pair = replace(before, **changes)  # type: ignore[arg-type]
        if self.pair != before:
            self.edited.emit(before, self.pair)

    def _remove(self) -> None:
        if self.pair is not None:
            self.removed.emit(self.pair)

    def take_focus(self) -> None:
        """Put the keyboard's focus on what one edits first."""
        places = (self.carry_pairs.add_button, self.steps.add_box, self.done_button)
        next((place for place in places if place.isVisible()), self.done_button).setFocus()

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
