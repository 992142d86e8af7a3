"""What the panels that change schemas are made of: a labelled control with what is wrong with it, and their frame."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError, InvalidInput
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import IconButton, plain, primary
from desktop.ui.widgets.card import hairline
from desktop.ui.widgets.disclosure import Disclosure
from desktop.ui.widgets.field import set_invalid
from desktop.ui.widgets.label import ElidedLabel, Label
from desktop.ui.widgets.notice import Notice

WIDTH = 304
"""Width in pixels that a panel opens with."""


class DesignRow(QWidget):
    """A control below its label; below it, what is wrong with it or what it is for.

    :param name: the label, and the control's accessible name.
    :param needed: whether it is marked as required.
    :param focus: what takes the keyboard's focus and the mark of a wrong value, where it is a part of `control`.
    """

    def __init__(
        self,
        name: str,
        control: QWidget,
        hint: str = "",
        *,
        needed: bool = False,
        focus: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.control = control
        self.focus = focus or control
        self.label = ElidedLabel(name, "small")
        self.note = Label(self.tr("required"), "faint")
        self.hint = Label("", "faint", wrap=True)
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.label, 1)
        head.addWidget(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        for part in (control, self.error, self.hint):
            column.addWidget(part)
        self.label.setVisible(bool(name))
        self.label.setBuddy(self.focus)
        self.note.setVisible(needed)
        self.set_hint(hint)
        if not self.focus.accessibleName():
            self.focus.setAccessibleName(name)

    def set_hint(self, hint: str) -> None:
        """Say below the control what it is for."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint) and self.error.isHidden())

    def mark(self, problem: str) -> None:
        """Mark the control as wrong, with the reason in the hint's place; a blank one makes it right again."""
        self.error.setText(problem)
        self.error.setVisible(bool(problem))
        self.set_hint(self.hint.text())
        set_invalid(self.focus, bool(problem), problem)


class DesignPanel(QFrame):
    """A form at the right of the fields. Subclasses add their rows in the order in which they are filled in.

    What is typed stays until it was taken by the platform or is given up with "Cancel".
    """

    save_wanted = Signal()
    cancelled = Signal()
    closed = Signal()
    """It is to be closed, and to hold what was typed when it is opened again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surface")
        self.setMinimumWidth(280)
        self.rows: dict[str, DesignRow] = {}
        self._busy = False
        self.title = ElidedLabel("", "heading")
        self.notice = Notice("", Tone.BAD)
        self.details = Disclosure()
        self.limits = Label("", "small", wrap=True)
        self.save_button = primary("", self._save)
        self.cancel_button = plain(self.tr("Cancel"), self.cancelled.emit)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(16, 4, 16, 16)
        self._body.setSpacing(12)
        self._arrange()
        escape_key = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape_key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape_key.activated.connect(self.closed.emit)
        save_key = QShortcut(QKeySequence("Ctrl+S"), self)
        save_key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        save_key.activated.connect(self._save)
        self.hide()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 10, 8, 8)
        head.addWidget(self.title, 1)
        head.addWidget(IconButton("ph.x", self.tr("Close"), clicked=self.closed.emit))
        messages = QVBoxLayout()
        messages.setContentsMargins(16, 0, 16, 8)
        messages.setSpacing(8)
        for part in (self.notice, self.details):
            messages.addWidget(part)
        body = QWidget()
        body.setLayout(self._body)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.viewport().setAutoFillBackground(False)
        area.setWidget(body)
        body.setAutoFillBackground(False)
        self.area = area
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 12, 16, 12)
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(messages)
        column.addWidget(area, 1)
        column.addWidget(hairline())
        column.addLayout(foot)

    def add_row(self, place: str, row: DesignRow) -> DesignRow:
        """Append a row; `place` is its name in an :class:`desktop.domain.errors.InvalidInput`."""
        self.rows[place] = row
        self._body.addWidget(row)
        if isinstance(row.focus, QLineEdit):
            row.focus.textEdited.connect(lambda _: row.mark(""))
            row.focus.returnPressed.connect(self._save)
        return row

    def end_rows(self) -> None:
        """All rows were added."""
        self._body.addWidget(hairline(faint=True))
        self._body.addWidget(self.limits)
        self._body.addStretch(1)
        self.go_on_from(list(self.rows.values())[-1].focus)

    def go_on_from(self, last: QWidget) -> None:
        """Let Tab lead from the last control to the buttons."""
        QWidget.setTabOrder(last, self.cancel_button)
        QWidget.setTabOrder(self.cancel_button, self.save_button)

    def begin(self, title: str, save: str, limits: Iterable[str]) -> None:
        """Show the panel with nothing marked, and the keyboard's focus where typing starts."""
        self.title.setText(title)
        self.setAccessibleName(title)
        self.save_button.set_label(save)
        self.show_limits(limits)
        self.clear_marks()
        self.set_busy(False)
        self.show()
        self.area.verticalScrollBar().setValue(0)

    def show_limits(self, limits: Iterable[str]) -> None:
        """Say what the platform limits, before anything is sent."""
        text = "\n".join(f"\u2022 {limit}" for limit in limits)
        self.limits.setText(text)
        self.setAccessibleDescription(text)

    def clear_marks(self) -> None:
        """Take away what was said of an earlier try."""
        self.notice.hide()
        self.details.hide()
        for row in self.rows.values():
            row.mark("")

    def set_busy(self, busy: bool) -> None:
        """Something is being sent: it can be typed on, but not be sent a second time."""
        self._busy = busy
        self.save_button.setEnabled(not busy)

    def _save(self) -> None:
        if not self._busy and self.isVisible():
            self.clear_marks()
            if self.check():
                self.save_wanted.emit()

    def check(self) -> bool:
        """Mark what can be seen to be wrong before it is sent; whether nothing is."""
        return True

    def mark(self, problems: Iterable[tuple[str, str]]) -> bool:
        """Mark rows by place and problem, and focus the first of them; whether there were any."""
        marked: list[DesignRow] = []
        for place, said in problems:
            row = self.row_of(place)
            if row is not None and said:
                row.mark(said)
                marked.append(row)
        if marked:
            self._go_to(marked[0])
        return bool(marked)

    def row_of(self, place: str) -> DesignRow | None:
        """The row that an error's place means: ``options[2]`` and ``options.2.label`` are in the row ``options``."""
        parts = re.split(r"[.\[\]]+", place.strip("]"))
        whole = ".".join(parts)
        return self.rows.get(whole) or next((self.rows[part] for part in parts if part in self.rows), None)

    def _go_to(self, row: DesignRow) -> None:
        row.show()
        row.focus.setFocus(Qt.FocusReason.OtherFocusReason)
        self.area.ensureWidgetVisible(row, 0, 24)

    def tell(self, error: CrosswalkError) -> None:
        """Say what failed: at the rows that it names, else above them. What was typed stays."""
        problems = error.problems if isinstance(error, InvalidInput) and error.problems else (error.report(),)
        beside = [item for item in problems if self.row_of(item.place) is not None]
        above = [item.message for item in problems if self.row_of(item.place) is None]
        self.mark((item.place, item.message) for item in beside)
        text = " ".join(above)
        if above or error.hint:
            words = f"<b>{escape(text)}</b> {escape(error.hint)}" if text else escape(error.hint)
            self.notice.set_notice(words.strip(), Tone.BAD)
            self.notice.show()
        self.details.set_text(error.details)
        self.details.setVisible(bool(error.details))
