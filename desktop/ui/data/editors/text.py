"""Editors for text: a line, several lines, a web address."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.domain.schema import Field
from desktop.domain.values import FieldType, is_empty
from desktop.ui.data.editors.base import FieldEditor, line_edit
from desktop.ui.data.form_state import Typed
from desktop.ui.widgets.buttons import link

_LINES = (3, 8)


class LineEditor(FieldEditor):
    """One line of text: text, phone, e-mail."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.line = line_edit(self.tr("empty"))
        self.add_control(self.line)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        self.row.addWidget(self.line, 1)
        self.line.textEdited.connect(lambda _: self.changed.emit())

    def typed(self) -> Typed:
        return Typed(self.line.text() or None)

    def fill(self, typed: Typed) -> None:
        self.line.setText("" if is_empty(typed.value) else str(typed.value))
        self.line.setCursorPosition(0)


class UrlEditor(LineEditor):
    """A web address, and a link that opens it in the browser."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.open_link = link(self.tr("Open"), self._open)
        self.row.addWidget(self.open_link)
        self.line.textChanged.connect(lambda _: self._offer())
        self._offer()

    def _offer(self) -> None:
        self.open_link.setEnabled(self.line.text().strip().lower().startswith(("http://", "https://")))

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl(self.line.text().strip()))


class LongTextEditor(FieldEditor):
    """Several lines of text; grows with them. Tab goes on to the next field."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText(self.tr("empty"))
        self.add_control(self.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        self._filling = False
        self.text.textChanged.connect(self._text_changed)
        self._fit()

    def typed(self) -> Typed:
        return Typed(self.text.toPlainText() or None)

    def show_typed(self, typed: Typed) -> None:
        if (self.typed().value or "") != (typed.value or ""):
            self.fill(typed)

    def fill(self, typed: Typed) -> None:
        self._filling = True
        self.text.setPlainText("" if is_empty(typed.value) else str(typed.value))
        self._filling = False

    def _text_changed(self) -> None:
        self._fit()
        if not self._filling:
            self.changed.emit()

    def _fit(self) -> None:
        lines = min(max(self.text.document().lineCount(), _LINES[0]), _LINES[1])
        self.text.setFixedHeight(lines * self.text.fontMetrics().lineSpacing() + 22)


def text_editor(item: Field) -> FieldEditor:
    """The editor for a textual field."""
    if item.type is FieldType.LONG_TEXT:
        return LongTextEditor(item)
    return UrlEditor(item) if item.type is FieldType.URL else LineEditor(item)
