"""Failures of the connection forms, told in place: beside the field they belong to, or in a strip above."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError, InvalidInput
from desktop.ui.connections.fields import FormField
from desktop.ui.theme import Tone
from desktop.ui.widgets.disclosure import Disclosure
from desktop.ui.widgets.notice import Notice


class Trouble(QWidget):
    """A strip that is there only while something is to be told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice = Notice("")
        self._details = Disclosure(self.tr("Details"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._notice)
        column.addWidget(self._details)
        self.hide()

    def say(self, title: str, text: str, tone: Tone, details: str = "") -> None:
        """Tell a sentence, what to do about it, and the rest for whoever helps."""
        words = f"<b>{escape(title)}</b> {escape(text)}".strip()
        self._notice.set_notice(words, tone)
        self._details.set_text(details)
        self._details.setVisible(bool(details))
        self.setAccessibleName(" ".join(filter(None, (title, text))))
        self.show()

    def tell(self, error: CrosswalkError, fields: Mapping[str, FormField]) -> None:
        """Tell of a failure: at its fields where it names some, else in the strip. Focuses the first such field."""
        marked: list[FormField] = []
        rest: list[str] = []
        for problem in error.problems if isinstance(error, InvalidInput) else ():
            field = fields.get(problem.place)
            if field is None:
                rest.append(problem.message)
            else:
                field.mark(problem.message)
                marked.append(field)
        if marked:
            marked[0].control.setFocus()
        if not marked or rest:
            self.say(" ".join(rest) or error.message, error.hint, Tone.BAD, error.details)
