"""The tab of all edits that people made to single records: a table, and below it the chosen edit's values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError
from desktop.domain.schema import Field, ObjectSchema
from desktop.ui.activity.layout import fill, fit_columns, over
from desktop.ui.activity.words import edit_words
from desktop.ui.shell.page import Shell
from desktop.ui.syncs.paged import PagedModel
from desktop.ui.text import counted, listed, moment, relative
from desktop.ui.theme import Tone
from desktop.ui.value_words import json_text
from desktop.ui.widgets.buttons import plain
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.empty import EmptyState
from desktop.ui.widgets.label import ElidedLabel, Label
from desktop.ui.widgets.pill import Pill
from desktop.ui.widgets.rows import PillRole, ToneRole
from desktop.ui.widgets.search import SearchBox
from desktop.ui.widgets.table import Table
from desktop.workspace.views import EditView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

_WHEN, _RECORD, _WHERE, _WHAT, _FIELDS = range(5)
_WIDTHS = {_WHEN: 150, _RECORD: 220, _WHERE: 220, _WHAT: 110}


class EditsTab(QWidget):
    """Edits, the newest first, found by words."""

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._schemas: dict[tuple[str, str], ObjectSchema | None] = {}
        self._loading: asyncio.Task[Any] | None = None
        self._learning: asyncio.Task[Any] | None = None
        headers = (
            self.tr("When"),
            self.tr("Record"),
            self.tr("Where"),
            self.tr("What"),
            self.tr("Fields"),
        )
        self.model: PagedModel[EditView] = PagedModel(shell.scope, headers, self._describe)
        self.table = Table(self.tr("Edits"), self.model)
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.search = SearchBox(self.tr("Search edits"))
        self.search.searched.connect(lambda _: self.reload())
        self.caption = ElidedLabel("", "small")
        self.pane = EditPane(shell)
        self.empty = EmptyState("ph.pencil-simple", "", "")
        self._build()
        self.table.selectionModel().currentRowChanged.connect(lambda current, _: self._choose(current.row()))
        self.model.loaded.connect(self._arrived)

    def _build(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(24, 8, 24, 8)
        bar.addWidget(self.caption, 1)
        bar.addWidget(self.search)
        fit_columns(self.table, _WIDTHS, _FIELDS)
        self._split = over(self.table, self.pane, (340, 280))
        self._stack = fill(self, bar, self._split, self.empty)

    def reload(self) -> None:
        """Read the edits anew."""
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._shell.scope.start(self.load())

    async def load(self) -> None:
        """Read how many edits there are; the rows are fetched as they come into view."""
        words = self.search.text().strip()
        count = await self._desk.activity.edit_count(words)

        async def fetch(offset: int, limit: int) -> list[EditView]:
            edits = await self._desk.activity.edits(offset, limit, words)
            for edit in edits:
                await self._schema(edit)
            return edits

        self.model.show(count, fetch)
        self.caption.setText(counted(count, "%n edit", "%n edits", "Activity"))
        self._stack.setCurrentWidget(self._split if count else self.empty)
        if count:
            self.table.selectRow(0)
            return
        found = bool(words)
        title = self.tr("Nothing found") if found else self.tr("No edits yet")
        self.empty.title_label.setText(title)
        self.empty.text_label.setText(
            self.tr("Search for other words.")
            if found
            else self.tr("Each record that you change under Data is listed here with its values before and after.")
        )
        self.empty.text_label.show()
        self.empty.setAccessibleName(title)

    async def _schema(self, edit: EditView) -> ObjectSchema | None:
        """The schema by which the edit's values are read, as far as it is still known."""
        place = (edit.connection, edit.object)
        if place not in self._schemas:
            try:
                self._schemas[place] = await self._desk.data.schema(*place)
            except CrosswalkError:
                self._schemas[place] = None
        return self._schemas[place]

    def _fields(self, edit: EditView) -> Mapping[str, Field]:
        schema = self._schemas.get((edit.connection, edit.object))
        return schema.by_key if schema else {}

    def _where(self, edit: EditView) -> str:
        schema = self._schemas.get((edit.connection, edit.object))
        return " · ".join(filter(None, (edit.connection, schema.plural if schema else edit.object)))

    def _describe(self, edit: EditView, column: int, role: int) -> Any:
        if role == PillRole and column == _WHAT:
            return edit_words(edit)[1]
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        fields = self._fields(edit)
        labels = [fields[key].label if key in fields else key for key in edit.fields]
        texts = {
            _WHEN: relative(edit.at, datetime.now(UTC)),
            _RECORD: edit.title or edit.record_id,
            _WHERE: self._where(edit),
            _WHAT: edit_words(edit)[0],
            _FIELDS: listed(labels) if labels else "",
        }
        return texts[column]

    def _choose(self, row: int) -> None:
        edit = self.model.item(row) if 0 <= row < self.model.rowCount() else None
        if edit is not None:
            self.pane.show_edit(edit, self._where(edit), self._fields(edit))

    def _arrived(self, first: int, after: int) -> None:
        row = self.table.currentIndex().row()
        if first <= row < after:
            self._choose(row)


class EditPane(QWidget):
    """One edit: each field's value before and after."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._edit: EditView | None = None
        self.title = ElidedLabel("", "heading")
        self.pill = Pill()
        self.words = Label("", "small", wrap=True)
        self.open_button = plain(self.tr("Show the record"), self._open, compact=True)
        self.model = QStandardItemModel()
        self.table = Table(self.tr("Values before and after"), self.model)
        head = QHBoxLayout()
        head.setContentsMargins(24, 12, 24, 2)
        head.setSpacing(12)
        head.addWidget(self.title)
        head.addWidget(self.pill)
        head.addStretch(1)
        head.addWidget(self.open_button)
        words = QHBoxLayout()
        words.setContentsMargins(24, 0, 24, 8)
        words.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(words)
        column.addWidget(hairline(faint=True))
        column.addWidget(self.table, 1)

    def show_edit(self, edit: EditView, where: str, fields: Mapping[str, Field]) -> None:
        """Show an edit.

        :param fields: the object's fields by key, by which values are read.
        """
        self._edit = edit
        title = edit.title or edit.record_id
        self.setAccessibleName(f"{title}, {moment(edit.at)}")
        self.title.setText(title)
        self.pill.set_status(*edit_words(edit))
        self.pill.updateGeometry()
        problem = f"{edit.problem.message} {edit.problem.hint}".strip() if edit.problem else ""
        self.words.setText(" · ".join(filter(None, (where, moment(edit.at), problem))))
        self.open_button.setVisible(edit.action != "delete" and bool(edit.connection))
        self.model.clear()
        self.model.setHorizontalHeaderLabels([self.tr("Field"), self.tr("Before"), self.tr("After")])
        for key, change in edit.fields.items():
            field = fields.get(key)
            before, after = json_text(change.before, field), json_text(change.after, field)
            self.model.appendRow(
                [
                    QStandardItem(field.label if field else key),
                    _item(before or self.tr("blank"), Tone.BAD if before else Tone.NEUTRAL),
                    _item(after or self.tr("blank"), Tone.GOOD if after else Tone.NEUTRAL),
                ]
            )
        self.table.setColumnWidth(0, 220)
        self.table.setColumnWidth(1, 320)

    def _open(self) -> None:
        edit = self._edit
        if edit is not None:
            self._shell.go("data", connection=edit.connection, object=edit.object, record=edit.record_id)


def _item(text: str, tone: Tone) -> QStandardItem:
    item = QStandardItem(text)
    item.setData(tone, ToneRole)
    return item
