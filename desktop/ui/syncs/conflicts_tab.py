"""The inbox of a sync: the questions that its rules leave to a person, one after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.conflict import ConflictKind
from desktop.domain.mapping import ConflictRule, Side
from desktop.domain.schema import Field, ObjectSchema
from desktop.ui.shell.page import Shell
from desktop.ui.syncs.conflict_pane import Answer, ConflictPane, question_words
from desktop.ui.text import counted
from desktop.ui.theme import Tone
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.table import ItemList, ListItem
from desktop.workspace.views import ConflictView, SyncView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_SHOWN = 500
"""So many questions are listed; the others follow once some are answered."""
_PATIENCE_MS = 1_500
"""Milliseconds after the last answer until what was decided is carried out."""


class ConflictsTab(QWidget):
    """Open questions. `apply_wanted` tells that answers are to be carried out."""

    apply_wanted = Signal(str)
    """Name of the sync."""

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._name = ""
        self._schemas: dict[Side, ObjectSchema | None] = {}
        self._conflicts: dict[int, ConflictView] = {}
        self._loading: asyncio.Task[Any] | None = None
        self.list = ItemList(self.tr("Conflicts"))
        self.list.chosen.connect(self._show)
        self.pane = ConflictPane()
        self.pane.answered.connect(self._answered)
        self.pane.listen_in(self)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.apply_wanted.emit(self._name))
        self._arrange()

    def _arrange(self) -> None:
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.list.setFixedWidth(240)
        row.addWidget(self.list)
        row.addWidget(hairline(vertical=True))
        row.addWidget(self.pane, 1)
        self.empty = EmptyState("ph.check", self.tr("Nothing to decide"), "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)

    def know(self, left: ObjectSchema | None, right: ObjectSchema | None) -> None:
        """The objects whose values are shown."""
        self._schemas = {Side.LEFT: left, Side.RIGHT: right}

    def show_sync(self, view: SyncView) -> None:
        """Show the questions of a sync."""
        if view.name != self._name:
            self._finish_waiting()
            self._conflicts = {}
        self._name = view.name
        asks = view.definition.conflict is ConflictRule.ASK
        self.empty.set_text(
            self.tr("What both sides changed differently is asked about here.")
            if asks
            else self.tr("What the rules of this sync can’t decide is asked about here.")
        )
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._shell.scope.start(self._load(view.name))

    def _finish_waiting(self) -> None:
        """Carry out at once what was decided of the sync that is left."""
        if self._patience.isActive():
            self._patience.stop()
            self.apply_wanted.emit(self._name)

    async def _load(self, name: str) -> None:
        found = await self._desk.syncs.conflicts(name, 0, _SHOWN)
        if name == self._name:
            self._fill({item.id: item for item in found})

    def _fill(self, conflicts: dict[int, ConflictView]) -> None:
        row = self.list.currentIndex().row()
        shown = self.list.current_key()
        self._conflicts = conflicts
        self.list.set_items([ListItem(item.id, item.title, _line(item), Tone.WARNING) for item in conflicts.values()])
        self._stack.setCurrentIndex(1 if conflicts else 0)
        if conflicts and shown not in conflicts:
            keys = list(conflicts)
            self.list.choose(keys[min(max(row, 0), len(keys) - 1)])
        self._show(self.list.current_key())

    def _show(self, key: object) -> None:
        conflict = self._conflicts.get(key) if isinstance(key, int) else None
        if conflict is not None:
            self.pane.show_conflict(conflict, self._field)

    def _field(self, side: Side, label: str) -> Field | None:
        schema = self._schemas.get(side)
        return next((item for item in schema.fields if item.label == label), None) if schema else None

    def _answered(self, answer: Answer) -> None:
        self._patience.stop()
        self._shell.scope.start(self._note(self._name, answer))

    async def _note(self, name: str, answer: Answer) -> None:
        syncs, conflict = self._desk.syncs, answer.conflict
        if answer.alike:
            count = await syncs.settle_alike(name, conflict.id, answer.decision)
        else:
            count = await syncs.settle(name, [conflict.id], answer.decision)
        said = counted(count, "%n decision noted", "%n decisions noted", "Conflicts")
        self._shell.bus.success(said, self.tr("They are carried out in a moment."))
        await self._load(name)
        if name == self._name:
            self._patience.start()
        else:
            self.apply_wanted.emit(name)


def _line(item: ConflictView) -> str:
    """What a question is about, in a few words."""
    if item.kind is ConflictKind.FIELD:
        return item.label
    return question_words(item)
