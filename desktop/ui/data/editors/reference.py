"""The editor for references: the records that are referred to, and a search for others."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.domain.schema import Field
from desktop.ui.aio import TaskScope
from desktop.ui.data.cells import title_texts
from desktop.ui.data.editors.base import FieldEditor
from desktop.ui.data.flow import FlowLayout
from desktop.ui.data.form_state import Typed
from desktop.ui.data.latest import Latest
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import link
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.pill import Chip
from desktop.ui.widgets.search import SearchBox


class References(Protocol):
    """Where the records that a reference can point to are looked up."""

    @property
    def scope(self) -> TaskScope:
        """Owns the look-ups."""
        ...

    def find(self, field_key: str, text: str) -> Coroutine[Any, Any, list[tuple[str, str]]]:
        """Records that the field could point to: ids and names, by a text in them."""
        ...

    def titles(self, field_key: str, ids: Iterable[str]) -> Coroutine[Any, Any, dict[str, str]]:
        """What records are called, by id."""
        ...

    def open(self, item: Field, record_id: str) -> None:
        """Show the record that is referred to."""
        ...


class ReferencePicker(QFrame):
    """Finds a record by a text in it; over the window until one is picked or something else is clicked."""

    picked = Signal(str, str)

    def __init__(self, item: Field, references: References, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._item = item
        self._references = references
        self._work = Latest(references.scope)
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        self.search = SearchBox(self.tr("Find a record"))
        column.addWidget(self.search)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Records found"))
        self.list.setFixedHeight(6 * 28 + 8)
        column.addWidget(self.list)
        self.state = Label("", "small", wrap=True)
        column.addWidget(self.state)
        self.search.searched.connect(self._look)
        self.list.itemClicked.connect(self._take)

    def open_below(self, field: QWidget, width: int) -> None:
        """Open below `field` with the first records that could be meant."""
        self.search.clear()
        self.setFixedWidth(max(width, 260))
        self.adjustSize()
        self.move(field.mapToGlobal(QPoint(0, field.height() + 2)))
        self.show()
        self.search.setFocus()
        self._look(self.search.text().strip())

    def _look(self, words: str) -> None:
        self.state.setText(self.tr("Looking…"))
        self._work.start(self._find(words))

    async def _find(self, words: str) -> None:
        found: list[tuple[str, str]] = []
        try:
            found = await self._references.find(self._item.key, words)
        finally:
            self.state.setText("")
        self.list.clear()
        for record_id, title in found:
            line = QListWidgetItem(title)
            line.setData(Qt.ItemDataRole.UserRole, record_id)
            self.list.addItem(line)
        self.list.setCurrentRow(0)
        self.state.setText("" if found else self.tr("No record with these words."))

    def _take(self, line: QListWidgetItem | None) -> None:
        if line is not None and self.isVisible():
            self.close()
            self.picked.emit(line.data(Qt.ItemDataRole.UserRole), line.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self._work.is_running:
                self._take(self.list.currentItem())
        elif key == Qt.Key.Key_Down and self.search.hasFocus():
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event) -> None:
        self._work.cancel()
        super().hideEvent(event)


class ReferenceEditor(FieldEditor):
    """A chip for each record that is referred to, and what finds another."""

    def __init__(
        self, item: Field, references: References, *, editable: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(item, parent)
        self._editable = editable
        self._references = references
        self._work = Latest(references.scope)
        self._keys: frozenset[str] = frozenset()
        self._titles: dict[str, str] = {}
        self._flow = FlowLayout(6, self)
        self._picker: ReferencePicker | None = None
        self.pick = link("", self._open)
        self.add_control(self.pick)
        self._flow.addWidget(self.pick)
        self.pick.setVisible(editable)
        self.setAccessibleName(item.label)
        self._tell()

    def _open(self) -> None:
        if self._picker is None:
            self._picker = ReferencePicker(self.item, self._references, self)
            self._picker.picked.connect(self._picked)
        self._picker.open_below(self.pick, self.width())

    def _picked(self, record_id: str, title: str) -> None:
        self._titles[record_id] = title
        self._keys = self._keys | {record_id} if self.item.many else frozenset({record_id})
        self._tell()
        self.pick.setFocus()
        self.changed.emit()

    def _remove(self, record_id: str) -> None:
        self._keys = self._keys - {record_id}
        self._tell()
        self.pick.setFocus()
        self.changed.emit()

    def _tell(self) -> None:
        self._flow.removeWidget(self.pick)
        self._flow.clear()
        for record_id, title in title_texts(self.item, self._titles, self._keys):
            show = partial(self._references.open, self.item, record_id)
            if self._editable:
                chip = Chip(title, Tone.NEUTRAL, clicked=show, removed=partial(self._remove, record_id))
            else:
                chip = Chip(title, Tone.NEUTRAL, clicked=show)
            chip.setToolTip(self.tr("Open %1").replace("%1", title))
            self._flow.add(chip)
        self._flow.addWidget(self.pick)
        several = self.item.many and self._keys
        label = self.tr("Attach another…") if several else self.tr("Change…") if self._keys else self.tr("Choose…")
        self.pick.setText(label)
        self.pick.setAccessibleName(f"{self.item.label}: {label}")
        self._flow.settle()
        self.updateGeometry()

    def names(self) -> dict[str, str]:
        """What the records that are referred to are called, by id."""
        return {key: self._titles.get(key, key) for key in self._keys}

    def typed(self) -> Typed:
        return Typed(self._keys or None)

    def fill(self, typed: Typed) -> None:
        self._keys = typed.value if isinstance(typed.value, frozenset) else frozenset()
        self._tell()
        unknown = [key for key in self._keys if key not in self._titles]
        if unknown:
            self._work.start(self._name(unknown))

    async def _name(self, ids: list[str]) -> None:
        self._titles.update(await self._references.titles(self.item.key, ids))
        self._tell()
