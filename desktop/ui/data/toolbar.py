"""Above the grid: search, filters, columns, saved views, and the panels that they open."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from desktop.domain.filters import Condition
from desktop.domain.query import RecordQuery
from desktop.domain.schema import ObjectSchema
from desktop.ui.data.editors.reference import References
from desktop.ui.data.filters import FilterChips, FilterPanel
from desktop.ui.data.saved_views import NamePanel, ViewsButton
from desktop.ui.widgets.buttons import Button, IconButton
from desktop.ui.widgets.search import SearchBox


class RecordsToolbar(QWidget):
    """What is asked of the records. Every change is told as a whole query."""

    asked = Signal(object)
    """The new :class:`RecordQuery`."""
    view_named = Signal(str)
    view_removed = Signal(str)

    def __init__(self, references: References, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._schema: ObjectSchema | None = None
        self._query = RecordQuery()
        self.search = SearchBox(self.tr("Search records"))
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(280)
        self.search.searched.connect(self._searched)
        self.filter_button = Button(self.tr("Filter"), "quiet", clicked=self._open_filter, icon_name="ph.plus")
        self.views = ViewsButton()
        self.columns = IconButton("ph.columns", self.tr("Columns"))
        self.columns_menu = QMenu(self)
        self.columns.setMenu(self.columns_menu)
        self.columns.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 10, 16, 10)
        bar.setSpacing(8)
        bar.addWidget(self.search, 3)
        bar.addWidget(self.filter_button)
        bar.addStretch(1)
        bar.addWidget(self.views)
        bar.addWidget(self.columns)
        self.chips = FilterChips()
        self.panel = FilterPanel(references)
        self.names = NamePanel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        for part in (self.chips, self.panel, self.names):
            column.addWidget(part)
        self.chips.edited.connect(self._edit)
        self.chips.removed.connect(self._remove)
        self.chips.cleared.connect(self.clear)
        self.panel.made.connect(self._made)
        self.views.picked.connect(self._pick)
        self.views.save_wanted.connect(self._name_view)
        self.views.removed.connect(self.view_removed.emit)
        self.names.named.connect(self.view_named.emit)

    @property
    def query(self) -> RecordQuery:
        """What is asked."""
        return self._query

    def show_query(self, schema: ObjectSchema, query: RecordQuery, views: dict[str, RecordQuery]) -> None:
        """Show what is asked of which object, and the views that there are of it."""
        if schema is not self._schema:
            self.panel.close_panel()
            self.names.hide()
        self._schema = schema
        self.views.show_views(views, query)
        self._show(query)

    def _show(self, query: RecordQuery) -> None:
        self._query = query
        if self.search.text().strip() != query.search:
            self.search.blockSignals(True)
            self.search.setText(query.search)
            self.search.blockSignals(False)
        if self._schema is not None:
            self.chips.show_conditions(query.conditions, self._schema, self.panel.titles)

    def _ask(self, query: RecordQuery) -> None:
        if query != self._query:
            self._show(query)
            self.asked.emit(query)

    def sort(self, key: str, descending: bool) -> None:
        """Order by a field, or by none."""
        self._ask(replace(self._query, sort=key or None, descending=descending))

    def clear(self) -> None:
        """Ask for all records, in the same order."""
        self._ask(replace(self._query, search="", conditions=()))

    def _searched(self, words: str) -> None:
        self._ask(replace(self._query, search=words))

    def _open_filter(self) -> None:
        if self._schema is None:
            return
        if self.panel.isVisible():
            self.panel.close_panel()
        else:
            self.names.hide()
            self.panel.open_panel(self._schema)

    def _edit(self, condition: Condition) -> None:
        if self._schema is not None:
            self.panel.open_panel(self._schema, condition)

    def _remove(self, condition: Condition) -> None:
        self.filter_button.setFocus()
        left = tuple(item for item in self._query.conditions if item is not condition)
        self._ask(replace(self._query, conditions=left))

    def _made(self, condition: Condition, replaces: Condition | None) -> None:
        kept = self._query.conditions
        if replaces in kept:
            conditions = tuple(condition if item is replaces else item for item in kept)
        else:
            conditions = (*kept, condition)
        self.filter_button.setFocus()
        self._ask(replace(self._query, conditions=conditions))

    def _pick(self, name: str) -> None:
        self._ask(self.views.query(name))

    def _name_view(self) -> None:
        self.panel.close_panel()
        self.names.open_panel(self.views.names, self.views.accessibleDescription())
