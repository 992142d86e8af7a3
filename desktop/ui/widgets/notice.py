"""A strip within a page that says what to know before going on, with buttons for what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.ui.theme import SMALL, Tone, colours
from desktop.ui.widgets.buttons import Button, link
from desktop.ui.widgets.label import Label


class Notice(QWidget):
    """A sentence on a tint, and behind it its actions as links that are reached by Tab.

    :param text: rich text of the simplest kind (``<b>``); escape what comes from data with ``html.escape``.
    :param actions: label and what it does.
    """

    def __init__(
        self,
        text: str,
        tone: Tone = Tone.WARNING,
        actions: tuple[tuple[str, Callable[[], object]], ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tone = tone
        self._words = text
        self.buttons: list[Button] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(4)
        self.label = Label("", "small", wrap=True)
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row.addWidget(self.label, 1)
        self._row = row
        self._offer(actions)
        self._show()

    def set_notice(self, text: str, tone: Tone, actions: tuple[tuple[str, Callable[[], object]], ...] = ()) -> None:
        """Say something else."""
        self._words, self._tone = text, tone
        self._offer(actions)
        self._show()

    def _offer(self, actions: tuple[tuple[str, Callable[[], object]], ...]) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [link(label, act) for label, act in actions]
        for button in self.buttons:
            self._row.addWidget(button)

    def _show(self) -> None:
        ink = self._tone.colours(colours())[0].name()
        self.label.setText(f'<span style="color: {ink}; font-size: {SMALL}px;">{self._words}</span>')
        self.label.setAccessibleName(_plain(self._words))
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._tone.colours(colours())[1])
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)


def _plain(rich: str) -> str:
    from PySide6.QtGui import QTextDocumentFragment

    return QTextDocumentFragment.fromHtml(rich).toPlainText()
