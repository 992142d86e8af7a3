"""Step 4: which field is which, drawn as lines between two columns."""

from __future__ import annotations

import asyncio
from html import escape
from typing import Any

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from desktop.domain.compatibility import Fit
from desktop.domain.mapping import FieldPair
from desktop.domain.record import title_of
from desktop.domain.schema import Field
from desktop.domain.values import FieldType
from desktop.ui.shell.page import Shell
from desktop.ui.syncs.announce import announce
from desktop.ui.text import counted, number
from desktop.ui.theme import Tone
from desktop.ui.value_words import type_words, value_text
from desktop.ui.widgets.buttons import IconButton
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.search import SearchBox
from desktop.ui.wizard.advice import Remedy, advice_on, eased
from desktop.ui.wizard.field_list import FieldItem
from desktop.ui.wizard.line_editor import LineEditor
from desktop.ui.wizard.mapping_canvas import LineItem, MappingCanvas
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.state import Verdict
from desktop.ui.wizard.steps.base import StepPage
from desktop.ui.wizard.words import fit_words


class FieldsStep(StepPage):
    """Joins fields, edits lines, and shows how the values of a real record arrive."""

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(session, shell, parent)
        self.say(self.tr("Which field is which?"))
        self.before = IconButton("ph.caret-left", self.tr("Previous record"), clicked=lambda: self._turn(-1))
        self.after = IconButton("ph.caret-right", self.tr("Next record"), clicked=lambda: self._turn(1))
        self._another = Label(self.tr("another record"), "muted")
        self.search = SearchBox(self.tr("Search fields"))
        self.search.searched.connect(self._search)
        for widget in (self.search, self.before, self._another, self.after):
            self.head.addWidget(widget)
        self.canvas = MappingCanvas()
        self.canvas.joined.connect(self._join)
        self.canvas.opened.connect(self.open_line)
        self.canvas.removed.connect(self._remove)
        self.canvas.seen.connect(self._scroll_to)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setWidget(self.canvas)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.canvas.setProperty("surface", "background")
        self.editor = LineEditor(session, shell)
        self.editor.edited.connect(self._edited)
        self.editor.removed.connect(self._remove)
        self.editor.closed.connect(self._close_editor)
        self.editor.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._area, 1)
        row.addWidget(self.editor)
        self.column.addLayout(row, 1)
        self.notice = Notice("")
        self.notice.hide()
        self.column.addWidget(self.notice)
        self._sources: list[Field] = []
        self._targets: list[Field] = []
        self._refused = ""
        self._words: list[str] = []
        self._below: object = None
        self._opening: asyncio.Task[Any] | None = None

    async def load(self) -> None:
        await self.session.suggest()
        state, session = self.session.state, self.session
        self._order()
        self.canvas.show_sides(
            (
                session.platform(state.source.connection),
                f"{state.source.connection} · {session.source_schema.plural}",
            ),
            (
                session.platform(state.target.connection),
                f"{state.target.connection} · {session.target_schema.plural}",
            ),
        )
        self._refused = ""
        await self.session.check()
        self._show()

    def _order(self) -> None:
        """Put joined fields side by side, and required ones before the rest. Only when the step opens."""
        state = self.session.state
        source, target = state.direction.source, state.direction.target
        by_source = {pair.on(source): pair.on(target) for pair in state.fields}
        sources = sorted(
            self.session.source_schema.fields, key=lambda field: (field.key not in by_source, field.is_system)
        )
        joined = [by_source[field.key] for field in sources if field.key in by_source]
        place = {key: at for at, key in enumerate(joined)}
        targets = [
            field
            for field in self.session.target_schema.fields
            if not (field.is_system and field.read_only) or field.key in place
        ]
        targets.sort(key=lambda f: (place.get(f.key, len(place)), not f.required, f.read_only, f.is_system))
        self._sources, self._targets = sources, targets

    def refresh(self) -> None:
        if self._sources:
            self._show()

    def _show(self) -> None:
        self._show_words()
        lines = [self._line(pair) for pair in self.session.state.fields]
        chosen = self.editor.pair if self.editor.isVisibleTo(self) else None
        shown_sources, shown_targets = self._found(lines)
        sources = [self._source_item(field, lines) for field in shown_sources]
        targets = [self._target_item(field, lines) for field in shown_targets]
        drawn = {field.key for field in shown_sources}
        self.canvas.show_mapping(sources, targets, [line for line in lines if line.source in drawn], chosen)
        self._show_advice()
        if self.editor.isVisibleTo(self):
            self.editor.refresh()

    def _search(self, words: str) -> None:
        self._words = words.casefold().split()
        self._show()

    def _found(self, lines: list[LineItem]) -> tuple[list[Field], list[Field]]:
        """The fields of either side that the search finds, each with what it is joined to."""
        sources = {field.key for field in self._sources if self._is_found(field)}
        targets = {field.key for field in self._targets if self._is_found(field)}
        pairs = [(line.source, line.target) for line in lines if line.source in sources or line.target in targets]
        sources |= {source for source, _ in pairs}
        targets |= {target for _, target in pairs}
        return (
            [field for field in self._sources if field.key in sources],
            [field for field in self._targets if field.key in targets],
        )

    def _is_found(self, field: Field) -> bool:
        text = f"{field.label} {field.key}".casefold()
        return all(word in text for word in self._words)

    def _show_words(self) -> None:
        record = self.session.record
        said: list[str] = []
        if self.session.matched:
            pattern = self.tr("%1 of %2 matched for you.").replace("%1", number(self.session.matched))
            own = sum(1 for field in self._sources if not field.is_system)
            said.append(pattern.replace("%2", number(own)))
        if record is not None:
            title = title_of(record, self.session.source_schema)
            said.append(self.tr("Values are from “%1”.").replace("%1", title))
        self.explanation.setText(" ".join(said))
        several = len(self.session.samples) > 1
        for widget in (self.before, self._another, self.after):
            widget.setVisible(several)

    def _line(self, pair: FieldPair) -> LineItem:
        source, target = self.session.ends(pair)
        state = self.session.state
        keys = pair.on(state.direction.source), pair.on(state.direction.target)
        verdict = self.session.known.verdicts.get((pair.left, pair.right), Verdict(Fit.EXACT))
        transformed = bool(pair.transform or pair.values or pair.carry)
        fit = Fit.TRANSFORM if verdict.fit is Fit.EXACT and transformed else verdict.fit
        trial = self.session.trial.get((pair.left, pair.right))
        if trial is not None and trial.problem and fit is not Fit.IMPOSSIBLE:
            fit = Fit.LOSSY
        name = self.tr("%1 to %2").replace("%1", source.label if source else keys[0])
        name = name.replace("%2", target.label if target else keys[1])
        return LineItem(pair, *keys, fit, name, verdict.reason or fit_words(fit)[0])

    def _source_item(self, field: Field, lines: list[LineItem]) -> FieldItem:
        record = self.session.record
        titles = self.session.titles.get(field.key)
        sample = value_text(record.get(field.key), field, titles) if record else ""
        joined = self._joined([line.target for line in lines if line.source == field.key], target=True)
        return FieldItem(field.key, field.label, type_words(field), sample, joined=joined)

    def _target_item(self, field: Field, lines: list[LineItem]) -> FieldItem:
        line = next((line for line in lines if line.target == field.key), None)
        sample, problem = "", ""
        if line is not None:
            trial = self.session.trial.get((line.pair.left, line.pair.right))
            source, _ = self.session.ends(line.pair)
            titles = self.session.titles.get(source.key) if source else None
            sample = value_text(trial.arrives, field, titles) if trial else ""
            problem = (trial.problem or "") if trial else ""
        matched = {pair.left for pair in self.session.state.match} | {pair.right for pair in self.session.state.match}
        unfilled = any(item.key == field.key for item in self.session.known.unfilled)
        kind = type_words(field)
        if field.read_only:
            kind = self.tr("%1 · can’t be written").replace("%1", kind)
        elif line is None and field.key in matched:
            kind = self.tr("%1 · filled by the matching").replace("%1", kind)
        joined = self._joined([line.source] if line else [], target=False)
        return FieldItem(field.key, field.label, kind, sample, field.required, unfilled, problem, joined)

    def _joined(self, keys: list[str], *, target: bool) -> str:
        fields = self._targets if target else self._sources
        labels = [field.label for field in fields if field.key in keys]
        return self.tr("joined to %1").replace("%1", ", ".join(labels)) if labels else ""

    def _show_advice(self) -> None:
        if self._refused:
            seen = ((self.tr("Got it"), self._forget_refusal),)
            self._say_below(escape(self._refused, quote=False), Tone.BAD, seen)
            return
        advice = advice_on(self.session)
        if not advice:
            self._below = None
            self.notice.hide()
            return
        first = advice[0]
        line = self._line(first.pair)
        text = f"<b>{escape(line.name, quote=False)}:</b> {escape(first.reason, quote=False)}"
        if len(advice) > 1:
            text += " " + counted(len(advice) - 1, "%n more line needs a look.", "%n more lines need a look.")
        words = {
            Remedy.ROUND: self.tr("Round it"),
            Remedy.SHORTEN: self.tr("Shorten it"),
            Remedy.KEEP: self.tr("Keep it"),
        }
        actions: list[tuple[str, Any]] = []
        broken = first.fit is Fit.IMPOSSIBLE or self._has_problem(first.pair)
        if first.remedy is not Remedy.KEEP or not broken:
            actions.append((words[first.remedy], lambda: self._ease(first.pair, first.remedy)))
        actions.append((self.tr("Edit line"), lambda: self.open_line(first.pair)))
        actions.append((self.tr("Leave it out"), lambda: self._remove(first.pair)))
        tone = Tone.BAD if first.fit is Fit.IMPOSSIBLE else Tone.WARNING
        self._say_below(text, tone, tuple(actions), about=first.pair)

    def _say_below(
        self, text: str, tone: Tone, actions: tuple[tuple[str, Any], ...], *, about: FieldPair | None = None
    ) -> None:
        """Say it in the strip; what is said already is left alone, with the keyboard's focus in it."""
        said = (text, tone, tuple(label for label, _ in actions), about)
        if said != self._below:
            self._below = said
            self.notice.set_notice(text, tone, actions)
        self.notice.show()

    def _has_problem(self, pair: FieldPair) -> bool:
        trial = self.session.trial.get((pair.left, pair.right))
        return bool(trial and trial.problem)

    def _forget_refusal(self) -> None:
        self._refused = ""
        self._show_advice()

    def _ease(self, pair: FieldPair, remedy: Remedy) -> None:
        if remedy is Remedy.KEEP:
            self.session.accepted_losses.add((pair.left, pair.right))
            self._show_advice()
            return
        better = eased(self.session, pair, remedy)
        self.session.state.change_line(pair, better)
        if self.editor.isVisibleTo(self) and self.editor.pair == pair:
            self.open_line(better)
        self.changed.emit()

    def _join(self, source: str, target: str) -> None:
        self.shell.scope.start(self._join_fields(source, target))

    async def _join_fields(self, source: str, target: str) -> None:
        check = await self.session.compatible(*self.session.keys(source, target))
        if check.fit == Fit.IMPOSSIBLE:
            self._refused = check.reason
            self._show_advice()
            announce(self, check.reason)
            return
        self._refused = ""
        self.session.state.join(check.pair)
        self._show()
        announce(self, self.tr("%1 joined").replace("%1", self._line(check.pair).name))
        self.changed.emit()
        field = next((item for item in self._sources if item.key == source), None)
        if field is not None and field.type is FieldType.REFERENCE and check.pair.carry is None:
            self.open_line(check.pair)

    def _remove(self, pair: FieldPair) -> None:
        state = self.session.state
        line = next((item for item in state.fields if (item.left, item.right) == (pair.left, pair.right)), None)
        if line is None:
            return
        state.remove_line(line)
        if self.editor.pair is not None and (self.editor.pair.left, self.editor.pair.right) == (
            pair.left,
            pair.right,
        ):
            self._close_editor()
        self._show()
        self.changed.emit()

    def _edited(self, before: FieldPair, after: FieldPair) -> None:
        self.session.state.change_line(before, after)
        self.changed.emit()

    def open_line(self, pair: FieldPair) -> None:
        """Open the editor of a line."""
        state = self.session.state
        line = next((item for item in state.fields if (item.left, item.right) == (pair.left, pair.right)), None)
        if line is None:
            return
        if self._opening is not None:
            self._opening.cancel()
        self._opening = self.shell.scope.start(self._open(line))

    async def _open(self, line: FieldPair) -> None:
        self.editor.show()
        await self.editor.show_line(line)
        self._show()
        self.editor.take_focus()

    def _close_editor(self) -> None:
        pair = self.editor.pair
        self.editor.hide()
        self.editor.pair = None
        self._show()
        if pair is not None:
            self.canvas.lines.focus_line(pair)

    def _turn(self, step: int) -> None:
        self.session.another_record(step)
        self.shell.scope.start(self._show_another())

    async def _show_another(self) -> None:
        await self.session.check()
        self._show()

    def _scroll_to(self, part: QRectF) -> None:
        middle: QPoint = part.center().toPoint()
        self._area.ensureVisible(middle.x(), middle.y(), 0, 60)

    def take_focus(self) -> None:
        self.canvas.source.setFocus()
