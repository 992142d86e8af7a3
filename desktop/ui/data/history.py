"""The history of one record: each change that Crosswalk made or helped to make, with the values before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.schema import Field
from desktop.ui.text import moment
from desktop.ui.theme import Tone
from desktop.ui.value_words import json_text
from desktop.ui.widgets.buttons import primary
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.rows import ToneRole
from desktop.ui.widgets.table import Table
from desktop.workspace.record_history import RecordChange

_SIZE = QSize(1000, 520)
_WIDTHS = (200, 220, 150, 190)


class RecordHistory(QDialog):
    """Shows what became of a record.

    :param fields: the object's fields by key, by which values are read.
    """

    def __init__(
        self, title: str, changes: Sequence[RecordChange], fields: Mapping[str, Field], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        heading = self.tr("History of %1").replace("%1", title)
        self.setWindowTitle(heading)
        self.setAccessibleName(heading)
        self.resize(_SIZE)
        self.model = QStandardItemModel(self)
        self.model.setHorizontalHeaderLabels(
            [self.tr("When"), self.tr("By"), self.tr("Field"), self.tr("Before"), self.tr("After")]
        )
        for change in changes:
            self._add(change, fields)
        self.table = Table(self.tr("Changes of this record"), self.model)
        self.table.setProperty("framed", True)
        for column, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(column, width)
        note = Label(
            self.tr(
                "What syncs wrote and what you changed in Crosswalk. Changes made on the platform itself are not here."
            ),
            "small",
            wrap=True,
        )
        nothing = EmptyState(
            "ph.clock", self.tr("No changes yet"), self.tr("Nothing was changed in this record through Crosswalk.")
        )
        self.close_button = primary(self.tr("Close"), self.accept)
        foot = QHBoxLayout()
        foot.addWidget(note, 1)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(Label(heading, "heading"))
        column.addWidget(self.table if changes else nothing, 1)
        column.addLayout(foot)
        (self.table if changes else self.close_button).setFocus()

    def _add(self, change: RecordChange, fields: Mapping[str, Field]) -> None:
        when, by = moment(change.at), change.sync or self.tr("you")
        if change.action == "delete":
            self._row(when, by, self.tr("Record"), "", self.tr("deleted"), Tone.BAD)
            return
        for key, values in change.fields.items():
            field = fields.get(key)
            before = json_text(values.before, field)
            after = json_text(values.after, field) or self.tr("blank")
            blank = self.tr("not there yet") if change.action == "create" else self.tr("blank")
            self._row(when, by, field.label if field else key, before or blank, after, Tone.GOOD)

    def _row(self, when: str, by: str, field: str, before: str, after: str, tone: Tone) -> None:
        items = [QStandardItem(text) for text in (when, by, field, before, after)]
        items[4].setData(tone, ToneRole)
        for item in items:
            item.setEditable(False)
        self.model.appendRow(items)
