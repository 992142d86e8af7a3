"""The tab "Relationships": which objects an object is tied to, and the records that the chosen one is tied to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.domain.record import Record, title_of
from desktop.domain.schema import ObjectSchema
from desktop.ui.aio import TaskScope
from desktop.ui.data.form import record_title
from desktop.ui.data.latest import Latest
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.label import ElidedLabel, Label
from desktop.ui.widgets.table import Table
from desktop.workspace.views import RelatedView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its cells, and the object and record that it leads to."""

    cells: tuple[str, ...]
    object: str
    record: str = ""


class LinesModel(QAbstractTableModel):
    """Rows of plain text."""

    def __init__(self, heads: tuple[str, ...]) -> None:
        super().__init__()
        self._heads = heads
        self._lines: list[Line] = []

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def line(self, row: int) -> Line:
        """A row."""
        return self._lines[row]

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._heads)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        text = self._lines[index.row()].cells[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._heads[index.column()]}: {text}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return None


class RelationshipsTab(QFrame):
    """Two tables: the object's relationships, and the chosen record's."""

    go_wanted = Signal(str, str)
    """Key of an object of the same connection, and the id of one of its records or a blank text."""

    def __init__(self, desk: Desk, scope: TaskScope, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surface")
        self._desk = desk
        self._work = Latest(scope)
        self._shown: tuple[str, str, str] | None = None
        self._kinds = LinesModel((self.tr("Relationship"), self.tr("Object"), self.tr("Direction")))
        self._records = LinesModel((self.tr("Relationship"), self.tr("Object"), self.tr("Record")))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.heading = self._section(column, self.tr("Relationships of this object"))
        self.kinds = Table(self.tr("Relationships"), self._kinds)
        self.none = self._empty(self.tr("This object has no relationships."))
        column.addWidget(self.kinds, 2)
        column.addWidget(self.none, 2)
        column.addWidget(hairline())
        self.record_heading = self._section(column, "")
        self.records = Table(self.tr("Related records"), self._records)
        self.state = self._empty("")
        column.addWidget(self.records, 3)
        column.addWidget(self.state, 3)
        for table in (self.kinds, self.records):
            table.setColumnWidth(0, 240)
            table.setColumnWidth(1, 200)
        self.kinds.activated_row.connect(lambda row: self._go(self._kinds.line(row)))
        self.records.activated_row.connect(lambda row: self._go(self._records.line(row)))

    @staticmethod
    def _section(column: QVBoxLayout, text: str) -> ElidedLabel:
        label = ElidedLabel(text, "heading")
        row = QHBoxLayout()
        row.setContentsMargins(12, 16, 12, 10)
        row.addWidget(label)
        column.addLayout(row)
        return label

    @staticmethod
    def _empty(text: str) -> Label:
        label = Label(text, "muted", wrap=True)
        label.setContentsMargins(12, 4, 12, 16)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        return label

    def _go(self, line: Line) -> None:
        if line.object:
            self.go_wanted.emit(line.object, line.record)

    def show_object(self, schema: ObjectSchema | None, plurals: dict[str, str]) -> None:
        """Show an object's relationships; `plurals` are the names of the connection's objects by key."""
        lines: list[Line] = []
        for item in schema.associations if schema else ():
            own_first = schema is not None and item.first in (schema.key, schema.id)
            other = item.second if own_first else item.first
            ends = (plurals.get(item.first, item.first), plurals.get(item.second, item.second))
            direction = self.tr("%1 to %2").replace("%1", ends[0]).replace("%2", ends[1])
            lines.append(Line((item.label, plurals.get(other, other), direction), other))
        known = {line.object for line in lines}
        for field in schema.fields if schema else ():
            if field.target and field.target not in known:
                ends = (schema.plural if schema else "", plurals.get(field.target, field.target))
                direction = self.tr("%1 to %2").replace("%1", ends[0]).replace("%2", ends[1])
                lines.append(Line((field.label, ends[1], direction), field.target))
        self._kinds.show_lines(lines)
        self.kinds.setVisible(bool(lines))
        self.none.setVisible(not lines)

    def show_record(self, connection: str, schema: ObjectSchema | None, record: Record | None) -> None:
        """Show what the chosen record is tied to; nothing is asked for while the tab is not seen."""
        shown = (connection, schema.key, record.id) if schema and record else None
        if shown is not None and shown == self._shown:
            return
        self._shown = shown
        self._records.show_lines(())
        if schema is None or record is None:
            self._work.cancel()
            self.record_heading.setText(self.tr("Related records"))
            self._tell(self.tr("Choose a record in “Records” to see what it is tied to."))
            return
        title = record_title(title_of(record, schema), schema)
        self.record_heading.setText(self.tr("Related to %1").replace("%1", title))
        self._tell(self.tr("Looking…"))
        self._work.start(self._look(connection, schema.key, record.id))

    async def _look(self, connection: str, object_key: str, record_id: str) -> None:
        try:
            found: list[RelatedView] = await self._desk.data.related(connection, object_key, record_id)
        except CrosswalkError as error:
            self._shown = None
            self._tell(f"{error.message} {error.hint}".strip())
            return
        self._records.show_lines(
            [Line((item.label, item.object_label, item.title), item.object, item.record_id) for item in found]
        )
        self._tell("" if found else self.tr("This record is tied to no other."))

    def _tell(self, text: str) -> None:
        self.state.setText(text)
        self.state.setVisible(bool(text))
        self.records.setVisible(not text)
