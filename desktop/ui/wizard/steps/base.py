"""What the wizard's steps have in common."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.ui.shell.page import Shell
from desktop.ui.widgets.label import Label
from desktop.ui.wizard.session import Session


class StepPage(QWidget):
    """One step. It reads and changes the session's state, and tells of each change by `changed`."""

    changed = Signal()

    def __init__(self, session: Session, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.shell = shell
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 20, 24, 16)
        self.column.setSpacing(12)
        self.head = QHBoxLayout()
        self.head.setSpacing(12)
        self.title = Label("", "heading")
        self.explanation = Label("", "muted")
        self.head.addWidget(self.title)
        self.head.addWidget(self.explanation, 1)
        self.column.addLayout(self.head)

    def say(self, title: str, explanation: str = "") -> None:
        """What the step asks, and a word on it."""
        self.title.setText(title)
        self.explanation.setText(explanation)
        self.setAccessibleName(title)

    async def load(self) -> None:
        """The step is shown: show what is chosen, with what the workspace knows now."""

    def refresh(self) -> None:
        """What is known has changed (verdicts, samples)."""

    def take_focus(self) -> None:
        """Put the keyboard's focus where one begins."""
        self.setFocus()


def scrolling(content: QWidget) -> QScrollArea:
    """`content` in an area that scrolls up and down where it is too tall."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(content)
    content.setProperty("surface", "background")
    area.setFocusPolicy(area.focusPolicy().NoFocus)
    return area
