"""Files of a record: links, to be opened in the browser."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.domain.schema import Field
from desktop.ui.data.cells import text_of
from desktop.ui.data.editors.base import FieldEditor
from desktop.ui.data.form_state import Typed
from desktop.ui.theme import colours
from desktop.ui.widgets.label import Label


class FilesView(FieldEditor):
    """The record's files by name. They are looked at here and changed on the platform."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self._typed = Typed()
        self.label = Label("", "body", wrap=True)
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.label.setOpenExternalLinks(True)
        self.add_control(self.label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        self.fill(Typed())

    def typed(self) -> Typed:
        return self._typed

    def fill(self, typed: Typed) -> None:
        self._typed = typed
        files = typed.value if isinstance(typed.value, tuple) else ()
        ink = colours().accent
        lines = [
            f'<a href="{escape(file.url, quote=True)}" style="color: {ink}">{escape(file.name or file.url)}</a>'
            if file.url.lower().startswith(("http://", "https://"))
            else escape(file.name or file.url)
            for file in files
        ]
        self.label.setText("<br>".join(lines) or self.tr("empty"))


class PlainView(FieldEditor):
    """A value that cannot be typed in: text to select and copy."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self._typed = Typed()
        self.label = Label("", "body", wrap=True)
        self.label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.add_control(self.label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        self.fill(Typed())

    def typed(self) -> Typed:
        return self._typed

    def fill(self, typed: Typed) -> None:
        self._typed = typed
        text = text_of(typed.value, self.item)
        self.label.setText(text or "–")
        self.label.setAccessibleName(f"{self.item.label}: {text or self.tr('empty')}")
