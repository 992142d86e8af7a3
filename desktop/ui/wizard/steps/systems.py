"""Step 1: from which connection to which."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.mapping import Direction, Side
from desktop.ui.shell.page import Shell
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.table import ItemList, ListItem
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.steps.base import StepPage


class SystemsStep(StepPage):
    """Chooses the two connections and the direction."""

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(session, shell, parent)
        self.source_list = ItemList(self.tr("From"))
        self.target_list = ItemList(self.tr("To"))
        for box in (self.source_list, self.target_list):
            box.setProperty("surface", "")
        self.source_list.chosen.connect(lambda key: self._choose(source=True, key=key))
        self.target_list.chosen.connect(lambda key: self._choose(source=False, key=key))
        self.swap_button = Button(self.tr("Swap"), clicked=self._swap, icon_name="ph.arrows-left-right")
        self.both_ways = QCheckBox(self.tr("Both ways"))
        self.both_ways.setAccessibleName(self.both_ways.text())
        self.both_ways.setAccessibleDescription(self.tr("Edits on either side go to the other."))
        self.both_ways.setToolTip(self.both_ways.accessibleDescription())
        self.both_ways.toggled.connect(self._set_both_ways)
        self.sentence = Label("", "strong")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._build()
        self._loading = False

    def _build(self) -> None:
        chooser = QWidget()
        column = QVBoxLayout(chooser)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        row = QHBoxLayout()
        row.setSpacing(16)
        for title, box in ((self.tr("From"), self.source_list), (self.tr("To"), self.target_list)):
            card = Card(title, fill=True)
            card.body.setContentsMargins(8, 0, 8, 0)
            card.body.addWidget(box)
            if box is self.target_list:
                row.addLayout(self._between())
            row.addWidget(card, 1)
        column.addLayout(row, 1)
        column.addWidget(self.sentence)
        self._stack = QStackedWidget()
        self._stack.addWidget(chooser)
        self._stack.addWidget(
            EmptyState(
                "ph.plug",
                self.tr("No account is connected yet"),
                self.tr("A sync needs two systems. Connect their accounts first."),
                (self.tr("Connect an account"), lambda: self.shell.go("connections", new=True)),
            )
        )
        self.column.addWidget(self._stack, 1)

    def _between(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self.swap_button)
        column.addWidget(self.both_ways, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return column

    async def load(self) -> None:
        self.session.connections = await self.session.desk.connections.all()
        self._stack.setCurrentIndex(0 if self.session.connections else 1)
        self._suggest()
        self._show()

    def _suggest(self) -> None:
        state, names = self.session.state, [view.name for view in self.session.connections]
        if state.is_blank and names:
            state.choose_connection(state.direction.source, names[0])
            state.choose_connection(state.direction.target, names[1] if len(names) > 1 else names[0])

    def _show(self) -> None:
        items: list[ListItem] = []
        for view in self.session.connections:
            said = view.problem.message if view.problem else view.platform.label
            items.append(ListItem(view.name, view.name, said, Tone.BAD if view.problem else Tone.NEUTRAL))
        self._loading = True
        for box, endpoint in (
            (self.source_list, self.session.state.source),
            (self.target_list, self.session.state.target),
        ):
            box.set_items(items)
            box.choose(endpoint.connection)
        self.both_ways.setChecked(self.session.state.direction.two_way)
        self._loading = False
        self._tell()

    def _tell(self) -> None:
        state = self.session.state
        both = state.source.connection and state.target.connection
        words = self.tr("Between %1 and %2") if state.direction.two_way else self.tr("From %1 to %2")
        shown = words.replace("%1", state.source.connection).replace("%2", state.target.connection)
        self.sentence.setText(shown if both else "")
        self.swap_button.setEnabled(bool(both) and not state.direction.two_way)
        said = self.tr("Records are read from both, and written to both.")
        one_way = self.tr("Records are read from one and written to the other.")
        self.say(self.tr("Which systems?"), said if state.direction.two_way else one_way)

    def _choose(self, *, source: bool, key: str) -> None:
        if self._loading:
            return
        direction = self.session.state.direction
        self.session.state.choose_connection(direction.source if source else direction.target, key)
        self._tell()
        self.changed.emit()

    def _set_both_ways(self, both: bool) -> None:
        if self._loading:
            return
        self.session.state.set_both_ways(both)
        self._show()
        self.changed.emit()

    def _swap(self) -> None:
        state = self.session.state
        if state.has_objects:
            state.swap()
        else:
            left, right = state.left.connection, state.right.connection
            state.choose_connection(Side.LEFT, right)
            state.choose_connection(Side.RIGHT, left)
            state.direction = Direction.LEFT_TO_RIGHT
        self._show()
        self.changed.emit()

    def take_focus(self) -> None:
        self.source_list.setFocus()
