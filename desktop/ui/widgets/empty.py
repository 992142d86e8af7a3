"""What a view shows when there is nothing to show: why, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.widgets.buttons import Button, primary
from desktop.ui.widgets.icon import IconDisc
from desktop.ui.widgets.label import Label


class EmptyState(QWidget):
    """An icon, a sentence, what to do about it, and the buttons that do it.

    :param action: label of the main button and what it does.
    :param others: further buttons, such as a plain one.
    """

    def __init__(
        self,
        icon_name: str,
        title: str,
        text: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
        others: tuple[Button, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(IconDisc(icon_name), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        self.title_label = self._centred(column, title, "heading")
        self.text_label = self._centred(column, text, "muted")
        self.text_label.setVisible(bool(text))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        self.action_button = primary(*action) if action is not None else None
        for button in (*([self.action_button] if self.action_button else []), *others):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addSpacing(8)
        column.addLayout(buttons)
        column.addStretch(3)

    def set_text(self, text: str) -> None:
        """Change the sentence below the title."""
        self.text_label.setText(text)
        self.text_label.setVisible(bool(text))

    @staticmethod
    def _centred(column: QVBoxLayout, text: str, role) -> Label:
        label = Label(text, role, wrap=True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setMaximumWidth(480)
        label.setMinimumWidth(240)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(label, 8)
        row.addStretch(1)
        column.addLayout(row)
        return label
