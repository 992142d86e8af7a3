"""Step 2: which object on each side."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.domain.mapping import Side
from desktop.ui.shell.page import Shell
from desktop.ui.text import counted
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.search import SearchBox
from desktop.ui.widgets.table import ItemList, ListItem
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.steps.base import StepPage
from desktop.workspace.views import ObjectView, TreeView


class ObjectChooser(Card):
    """The objects of one connection, searched by name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Objects"), fill=True, parent=parent)
        self.search = SearchBox("")
        self.search.searched.connect(lambda _: self._fill())
        self.search.installEventFilter(self)
        self.list = ItemList("")
        self.list.setProperty("surface", "")
        self.problem = Label("", "error", wrap=True)
        self.problem.hide()
        self.body.setContentsMargins(16, 0, 16, 0)
        self.body.addWidget(self.search)
        self.body.addWidget(self.problem)
        self.body.addWidget(self.list, 1)
        self._objects: tuple[ObjectView, ...] = ()
        self._chosen = ""

    def show_objects(self, heading: str, connection: str, tree: TreeView | None, chosen: str) -> None:
        """Show the objects of a connection, with the chosen one current."""
        self.set_title(heading)
        self.search.setPlaceholderText(self.tr("Search objects"))
        searching = self.tr("Search objects of %1").replace("%1", connection)
        self.search.setAccessibleName(searching)
        self.list.setAccessibleName(self.tr("Objects of %1").replace("%1", connection))
        self._objects = tree.objects if tree else ()
        self._chosen = chosen
        problem = tree.problem if tree else None
        self.problem.setText(f"{problem.message} {problem.hint}".strip() if problem else "")
        self.problem.setVisible(problem is not None)
        self._fill()

    def _fill(self) -> None:
        words = self.search.text().strip().casefold()
        found = [item for item in self._objects if words in item.label.casefold() or words in item.key]
        self.list.blockSignals(True)
        self.list.set_items([ListItem(item.key, item.label, self._count(item)) for item in found])
        if not self.list.choose(self._chosen):
            self.list.clearSelection()
        self.list.blockSignals(False)

    def _count(self, item: ObjectView) -> str:
        if item.count is None:
            return self.tr("not read yet")
        return counted(item.count, "%n record", "%n records", "ObjectChooser")

    def remember(self, key: str) -> None:
        """`key` is the chosen one now."""
        self._chosen = key

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down in the search goes to the list."""
        pressed = watched is self.search and event.type() == QEvent.Type.KeyPress
        if pressed and event.key() == Qt.Key.Key_Down:  # type: ignore[attr-defined]
            self.list.setFocus()
            if not self.list.currentIndex().isValid() and self.list.model().rowCount():
                self.list.setCurrentIndex(self.list.model().index(0, 0))
            return True
        return super().eventFilter(watched, event)


class ObjectsStep(StepPage):
    """Chooses the object that is read and the one that is written."""

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(session, shell, parent)
        self.say(self.tr("Which records?"), self.tr("Choose what is read, and what is written."))
        row = QHBoxLayout()
        row.setSpacing(16)
        self.source_chooser = ObjectChooser()
        self.target_chooser = ObjectChooser()
        row.addWidget(self.source_chooser, 1)
        row.addWidget(self.target_chooser, 1)
        self.column.addLayout(row, 1)
        self.source_chooser.list.chosen.connect(lambda key: self._choose(source=True, key=key))
        self.target_chooser.list.chosen.connect(lambda key: self._choose(source=False, key=key))

    async def load(self) -> None:
        trees = {tree.connection: tree for tree in await self.session.desk.data.tree()}
        state = self.session.state
        for name in {state.source.connection, state.target.connection}:
            if name in trees and not trees[name].objects and trees[name].problem is None:
                await self._read_objects(name)
        trees = {tree.connection: tree for tree in await self.session.desk.data.tree()}
        for chooser, endpoint, pattern in (
            (self.source_chooser, state.source, self.tr("Read from %1")),
            (self.target_chooser, state.target, self.tr("Write to %1")),
        ):
            heading = pattern.replace("%1", endpoint.connection)
            chooser.show_objects(heading, endpoint.connection, trees.get(endpoint.connection), endpoint.object)

    async def _read_objects(self, connection: str) -> None:
        try:
            await self.session.desk.data.refresh_objects(connection)
        except CrosswalkError as error:
            self.shell.bus.report(error)

    def _choose(self, *, source: bool, key: str) -> None:
        direction = self.session.state.direction
        side: Side = direction.source if source else direction.target
        (self.source_chooser if source else self.target_chooser).remember(key)
        if self.session.state.endpoint(side).object != key:
            self.session.state.choose_object(side, key)
            self.changed.emit()

    def take_focus(self) -> None:
        chosen = self.session.state.source.object
        (self.source_chooser.list if chosen else self.source_chooser.search).setFocus()
