"""The tab that shows a sync's mapping, line by line, to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.domain.definition import SyncDefinition
from desktop.domain.mapping import Direction, FieldPair, MatchPair, Side
from desktop.domain.schema import ObjectSchema
from desktop.ui.syncs.columns import Share, SharedColumns
from desktop.ui.syncs.line_words import condition_words, line_words
from desktop.ui.syncs.words import rule_words
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.table import Table
from desktop.workspace.views import SyncView

_WAY = 1
_SHARES = {0: Share(0.2, 90, 320), 2: Share(0.2, 90, 320), 3: Share(0.24, 90, 320)}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the words of a mapping are taken from.

    :param transforms: labels of the transformations by their names.
    """

    left: ObjectSchema | None
    right: ObjectSchema | None
    transforms: dict[str, str]

    def label(self, side: Side, key: str) -> str:
        """A field's label, or its key where the field is not known."""
        schema = self.left if side is Side.LEFT else self.right
        field = schema.field(key) if schema else None
        return field.label if field else key


class MappingTab(QWidget):
    """The lines of a mapping: left field, what happens on the way, right field, rule."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.model = QStandardItemModel(0, 4, self)
        self.table = Table(self.tr("Mapping"), self.model)
        self._columns = SharedColumns(self.table, _SHARES, rest=_WAY)
        self.filters = Label("", "small", wrap=True)
        self.filters.setContentsMargins(16, 10, 16, 10)
        column.addWidget(self.filters)
        column.addWidget(self.table, 1)

    def show_sync(self, view: SyncView, words: Vocabulary) -> None:
        """Show the mapping of a sync."""
        definition = view.definition
        self.model.setRowCount(0)
        self.model.setHorizontalHeaderLabels(
            [
                f"{definition.left.connection} · {view.left_label}",
                self.tr("On the way"),
                f"{definition.right.connection} · {view.right_label}",
                self.tr("When the other side differs"),
            ]
        )
        for pair in definition.match:
            self._add(self._match_cells(pair, words))
        for pair in definition.fields:
            self._add(self._line_cells(pair, definition, words))
        self._columns.apply()
        conditions = [
            condition_words(item, words.left if item.side is Side.LEFT else words.right) for item in definition.filter
        ]
        pattern = self.tr("Only records of which: %1.")
        self.filters.setText(pattern.replace("%1", "; ".join(conditions)) if conditions else "")
        self.filters.setVisible(bool(conditions))

    def _match_cells(self, pair: MatchPair, words: Vocabulary) -> Sequence[str]:
        same = self.tr("the same record when equal")
        return (words.label(Side.LEFT, pair.left), same, words.label(Side.RIGHT, pair.right), "")

    @staticmethod
    def _line_cells(pair: FieldPair, definition: SyncDefinition, words: Vocabulary) -> Sequence[str]:
        arrow = "→" if definition.direction is Direction.LEFT_TO_RIGHT else "←"
        said = line_words(pair, words.left, words.right, words.transforms)
        rule = rule_words(definition.rule(pair), definition)
        left, right = words.label(Side.LEFT, pair.left), words.label(Side.RIGHT, pair.right)
        return (left, f"{arrow} {said}", right, rule)

    def _add(self, texts: Sequence[str]) -> None:
        cells: list[QStandardItem] = []
        for text in texts:
            cell = QStandardItem(text)
            cell.setToolTip(text)
            cell.setData(text, Qt.ItemDataRole.AccessibleTextRole)
            cells.append(cell)
        self.model.appendRow(cells)
