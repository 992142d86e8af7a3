"""Questions: the only thing that stands before the window. Buttons say what they do."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.aio import ask
from desktop.ui.widgets.buttons import Button, ButtonKind
from desktop.ui.widgets.label import Label

_WIDTH = 440


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer: a key, and the verb that its button says.

    :param kind: ``primary`` for the one that Enter takes, ``destructive`` for one that loses something.
    """

    key: str
    label: str
    kind: ButtonKind = "plain"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    :param text: what will happen, or be lost, by count and name.
    :param listing: the things concerned, line by line, in a scrolling list.
    :param choices: the answers besides "Cancel", from left to right.
    :param typed_name: a name that must be typed before anything but "Cancel" can be chosen.
    :param cancel: label of the button that leaves everything as it is.
    """

    title: str
    text: str
    choices: tuple[Choice, ...]
    listing: tuple[str, ...] = ()
    typed_name: str = ""
    cancel: str = ""


class QuestionDialog(QDialog):
    """The dialog of one question; :attr:`answer` is the chosen key, or None."""

    def __init__(self, question: Question, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer: str | None = None
        self._question = question
        self.setWindowTitle(question.title)
        self.setAccessibleName(question.title)
        self.setAccessibleDescription(question.text)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(8)
        title = Label(question.title, "heading", wrap=True)
        title.setFixedWidth(_WIDTH)
        column.addWidget(title)
        text = Label(question.text, "muted", wrap=True)
        text.setFixedWidth(_WIDTH)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(text)
        if question.listing:
            column.addWidget(self._listing())
        self.name_edit = self._name_field(column) if question.typed_name else None
        column.addSpacing(8)
        column.addLayout(self._buttons())
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)

    def _listing(self) -> QListWidget:
        listing = QListWidget()
        listing.setAccessibleName(self.tr("Concerned"))
        listing.addItems(list(self._question.listing))
        listing.setProperty("framed", True)
        shown = min(len(self._question.listing), 6)
        listing.setFixedHeight(shown * max(listing.sizeHintForRow(0), 28) + 10)
        return listing

    def _name_field(self, column: QVBoxLayout) -> QLineEdit:
        edit = QLineEdit()
        wanted = self.tr("Type “%1” to confirm").replace("%1", self._question.typed_name)
        label = Label(wanted, "small", wrap=True)
        label.setBuddy(edit)
        edit.setAccessibleName(wanted)
        edit.textChanged.connect(self._check_name)
        column.addSpacing(4)
        column.addWidget(label)
        column.addWidget(edit)
        return edit

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.cancel_button = Button(self._question.cancel or self.tr("Cancel"), clicked=self.reject)
        row.addWidget(self.cancel_button)
        self.choice_buttons: dict[str, Button] = {}
        for choice in self._question.choices:
            button = Button(choice.label, choice.kind, clicked=lambda key=choice.key: self._choose(key))
            button.setEnabled(not self._question.typed_name)
            row.addWidget(button)
            self.choice_buttons[choice.key] = button
            if choice.kind == "primary":
                button.setDefault(True)
        if not any(choice.kind == "primary" for choice in self._question.choices):
            self.cancel_button.setDefault(True)
        if self.name_edit is not None:
            self.name_edit.setFocus()
        elif any(choice.kind == "destructive" for choice in self._question.choices):
            self.cancel_button.setFocus()
        else:
            next(iter(self.choice_buttons.values()), self.cancel_button).setFocus()
        return row

    def _check_name(self, text: str) -> None:
        for button in self.choice_buttons.values():
            button.setEnabled(text.strip() == self._question.typed_name)

    def _choose(self, key: str) -> None:
        self.answer = key
        self.accept()


async def ask_question(parent: QWidget, question: Question) -> str | None:
    """Ask over `parent`'s window, and return the chosen key, or None if everything is to stay as it is."""
    dialog = QuestionDialog(question, parent)
    try:
        await ask(dialog)
        return dialog.answer
    finally:
        dialog.deleteLater()
