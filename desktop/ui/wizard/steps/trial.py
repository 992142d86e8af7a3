"""Step 6: the mapping tried on real records, with nothing written."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QHBoxLayout, QHeaderView, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.ui.shell.page import Shell
from desktop.ui.theme import Tone
from desktop.ui.value_words import value_text
from desktop.ui.widgets.buttons import link, plain
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.progress import ProgressLine
from desktop.ui.widgets.rows import ToneRole
from desktop.ui.widgets.table import ItemList, ListItem, Table
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.steps.base import StepPage
from desktop.workspace.views import TrialField, TrialRecord

_RECORDS = 5


class TrialStep(StepPage):
    """Shows what the sync would do with a few real records. `line_wanted` leads to a line that needs a look."""

    line_wanted = Signal(object)

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(session, shell, parent)
        self.say(self.tr("What would happen?"), self.tr("Tried on real records. Nothing is written."))
        self.again = plain(self.tr("Try again"), self._again, compact=True)
        self.head.addWidget(self.again)
        self.records = ItemList(self.tr("Tried records"))
        self.records.setProperty("surface", "")
        self.records.setFixedWidth(280)
        self.records.chosen.connect(self._show_record)
        self.model = QStandardItemModel(self)
        self.table = Table(self.tr("Values as they arrive"), self.model)
        self.table.activated_row.connect(self._open_line)
        self.sentence = Label("", "strong", wrap=True)
        self.change = link(self.tr("Change this line"), self._open_current)
        self.problem = Notice("", Tone.BAD)
        self.problem.hide()
        self.column.addWidget(self.problem)
        self._trials: list[TrialRecord] = []
        self._shown: list[TrialField] = []
        self._build()

    def _build(self) -> None:
        card = QFrame()
        card.setProperty("surface", "card")
        row = QHBoxLayout(card)
        row.setContentsMargins(1, 9, 1, 9)
        row.setSpacing(0)
        row.addWidget(self.records)
        right = QVBoxLayout()
        right.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 12, 10)
        head.addWidget(self.sentence, 1)
        head.addWidget(self.change)
        right.addLayout(head)
        right.addWidget(self.table, 1)
        row.addLayout(right, 1)
        waiting = QWidget()
        column = QVBoxLayout(waiting)
        column.addStretch(1)
        words = Label(self.tr("Trying some records…"), "muted")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.bar = ProgressLine(self.tr("Trying"))
        self.bar.setFixedWidth(240)
        column.addWidget(words)
        column.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        title = self.tr("No record to try")
        text = self.tr("The source holds no record that meets the conditions. You can go on nevertheless.")
        self._stack = QStackedWidget()
        for page in (card, waiting, EmptyState("ph.magnifying-glass", title, text)):
            self._stack.addWidget(page)
        self.column.addWidget(self._stack, 1)

    def _again(self) -> None:
        self.shell.scope.start(self.load(), busy=self.again)

    async def load(self) -> None:
        self._stack.setCurrentIndex(1)
        self.bar.set_unknown()
        self.problem.hide()
        try:
            self._trials = await self.session.desk.syncs.try_out(self.session.state.definition(), _RECORDS)
        except CrosswalkError as error:
            self._trials = []
            self.problem.set_notice(f"{error.message} {error.hint}", Tone.BAD)
            self.problem.show()
            self._stack.setCurrentIndex(2)
            return
        finally:
            self.bar.set_share(1)
        self._stack.setCurrentIndex(0 if self._trials else 2)
        items = [
            ListItem(at, trial.title, self._outcome(trial)[0], self._outcome(trial)[1])
            for at, trial in enumerate(self._trials)
        ]
        self.records.set_items(items)
        if items and not self.records.choose(0):
            return
        if items:
            self._show_record(0)

    def _outcome(self, trial: TrialRecord) -> tuple[str, Tone]:
        return {
            "create": (self.tr("would be created"), Tone.GOOD),
            "update": (self.tr("would be updated"), Tone.ACCENT),
            "unchanged": (self.tr("would stay as it is"), Tone.NEUTRAL),
            "skipped": (self.tr("would be left out"), Tone.NEUTRAL),
            "failed": (self.tr("would fail"), Tone.BAD),
        }.get(trial.outcome, (trial.outcome, Tone.NEUTRAL))

    def _show_record(self, at: int) -> None:
        if not 0 <= at < len(self._trials):
            return
        trial = self._trials[at]
        self.sentence.setText(trial.sentence)
        self.sentence.setAccessibleName(trial.sentence)
        self._shown = list(trial.fields)
        self.model.clear()
        state = self.session.state
        self.model.setHorizontalHeaderLabels(
            [
                state.source.connection,
                self.tr("Value"),
                state.target.connection,
                self.tr("Arrives as"),
            ]
        )
        for item in self._shown:
            self.model.appendRow(self._cells(item))
        header = self.table.horizontalHeader()
        for column in range(4):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        bad = next((row for row, item in enumerate(self._shown) if item.problem), 0)
        if self._shown:
            self.table.setCurrentIndex(self.model.index(bad, 0))
        self.change.setVisible(bool(self._shown))

    def _cells(self, item: TrialField) -> list[QStandardItem]:
        source, target = self.session.ends(item.pair)
        titles = self.session.titles.get(source.key) if source else None
        found = self.tr("found there") if item.arrives else self.tr("not there yet")
        is_reference = bool(target and target.target)
        arrives = item.problem or (found if is_reference else value_text(item.arrives, target))
        texts = (
            source.label if source else item.pair.left,
            value_text(item.source, source, titles),
            target.label if target else item.pair.right,
            arrives,
        )
        cells = [QStandardItem(text) for text in texts]
        for cell, text in zip(cells, texts, strict=True):
            cell.setToolTip(text)
            cell.setData(text, Qt.ItemDataRole.AccessibleTextRole)
        if item.problem:
            cells[3].setData(Tone.BAD, ToneRole)
        return cells

    def _open_current(self) -> None:
        self._open_line(self.table.currentIndex().row())

    def _open_line(self, row: int) -> None:
        if 0 <= row < len(self._shown):
            pair: Any = self._shown[row].pair
            self.line_wanted.emit(pair)

    def take_focus(self) -> None:
        self.records.setFocus()
