"""Saved views: a search, filters and an order under a name."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from desktop.domain.query import RecordQuery
from desktop.ui.widgets.buttons import Button, plain, primary
from desktop.ui.widgets.label import Label


class ViewsButton(Button):
    """The menu of saved views. Its label is the view in force."""

    picked = Signal(str)
    """A view's name; blank for all records."""
    save_wanted = Signal()
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "quiet", parent=parent)
        self._views: dict[str, RecordQuery] = {}
        self._current = ""
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)
        self.show_views({}, RecordQuery())

    def show_views(self, views: dict[str, RecordQuery], query: RecordQuery) -> None:
        """Offer these views; the one that equals `query` is in force."""
        self._views = views
        self._current = next((name for name, view in views.items() if view == query), "")
        self.setText(self._current or self.tr("Saved views"))
        self.setAccessibleName(self.tr("Saved views"))
        self.setAccessibleDescription(self._current)

    def query(self, name: str) -> RecordQuery:
        """What a view asks; all records where there is no such view."""
        return self._views.get(name, RecordQuery())

    @property
    def names(self) -> tuple[str, ...]:
        """The views that there are."""
        return tuple(self._views)

    def _fill(self) -> None:
        menu = self._menu
        menu.clear()
        menu.addAction(self.tr("All records"), lambda: self.picked.emit(""))
        if self._views:
            menu.addSeparator()
        for name in sorted(self._views, key=str.casefold):
            act = menu.addAction(name.replace("&", "&&"), partial(self.picked.emit, name))
            act.setCheckable(True)
            act.setChecked(name == self._current)
        menu.addSeparator()
        menu.addAction(self.tr("Save this view…"), self.save_wanted.emit)
        if self._current:
            label = self.tr("Delete view “%1”").replace("%1", self._current)
            menu.addAction(label, partial(self.removed.emit, self._current))


class NamePanel(QFrame):
    """Asks for a view's name, below the toolbar."""

    named = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self.setAccessibleName(self.tr("Save this view"))
        self._taken: tuple[str, ...] = ()
        self.line = QLineEdit()
        self.line.setPlaceholderText(self.tr("Name of the view"))
        self.line.setAccessibleName(self.tr("Name of the view"))
        self.note = Label("", "small", wrap=True)
        self.note.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(plain(self.tr("Cancel"), self.hide, compact=True))
        self.save = primary(self.tr("Save view"), self._save, compact=True)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.note)
        self.line.textChanged.connect(self._check)
        self.hide()

    def open_panel(self, taken: tuple[str, ...], name: str = "") -> None:
        """Ask; `taken` are the names that there are."""
        self._taken = taken
        self.line.setText(name)
        self._check(name)
        self.show()
        self.line.setFocus()
        self.line.selectAll()

    def _check(self, text: str) -> None:
        name = text.strip()
        self.save.setEnabled(bool(name))
        there = self.tr("A view of that name is there; it will be replaced.") if name in self._taken else ""
        self.note.setText(there)
        self.note.setVisible(bool(there))

    def _save(self) -> None:
        self.hide()
        self.named.emit(self.line.text().strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.save.isEnabled():
                self._save()
        else:
            super().keyPressEvent(event)
