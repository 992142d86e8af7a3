"""Fields of the connection forms: a label above, what is wrong below, and a secret that is never shown unasked."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.ui.widgets.buttons import quiet
from desktop.ui.widgets.field import set_invalid
from desktop.ui.widgets.label import Label


class FormField(QWidget):
    """A control with its label, a hint and, below it, what is wrong with it.

    :param control: what is typed into or chosen from.
    """

    def __init__(self, name: str, control: QWidget, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = Label(name, "strong")
        self.control = control
        self.hint = Label(hint, "small", wrap=True)
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addWidget(control, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.label)
        column.addLayout(self._row)
        column.addWidget(self.error)
        column.addWidget(self.hint)
        self.label.setBuddy(control)
        self.set_name(name)
        self.set_hint(hint)

    def set_name(self, name: str) -> None:
        """Change the label and the control's accessible name with it."""
        self.label.setText(name)
        self.control.setAccessibleName(name)

    def set_hint(self, hint: str) -> None:
        """Say below the control where its content is found."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def mark(self, problem: str) -> None:
        """Mark the control as wrong, with the reason; a blank one makes it right again."""
        self.error.setText(problem)
        self.error.setVisible(bool(problem))
        set_invalid(self.control, bool(problem), problem)

    @property
    def text(self) -> str:
        """What is typed or chosen, without spaces around it."""
        raise NotImplementedError


class LineField(FormField):
    """A line to type into."""

    def __init__(self, name: str, hint: str = "", parent: QWidget | None = None) -> None:
        self.edit = QLineEdit()
        super().__init__(name, self.edit, hint, parent)
        self.edit.textEdited.connect(lambda _: self.mark(""))

    @property
    def text(self) -> str:
        """What is typed, without spaces around it."""
        return self.edit.text().strip()


class ChoiceField(FormField):
    """One of a few values to choose.

    :param choices: by value, what people read.
    """

    def __init__(self, name: str, choices: Mapping[str, str], hint: str = "", parent: QWidget | None = None) -> None:
        self.box = QComboBox()
        super().__init__(name, self.box, hint, parent)
        self.box.setMinimumContentsLength(12)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.set_choices(choices)
        self.box.currentIndexChanged.connect(lambda _: self.mark(""))

    def set_choices(self, choices: Mapping[str, str]) -> None:
        """Offer these; what was chosen stays where it is among them."""
        before = self.text
        self.box.clear()
        for value, label in choices.items():
            self.box.addItem(label, value)
        self.choose(before)

    def choose(self, value: str) -> None:
        """Choose a value, if it is among those that are offered."""
        at = self.box.findData(value)
        if at >= 0:
            self.box.setCurrentIndex(at)

    @property
    def text(self) -> str:
        """The chosen value."""
        return str(self.box.currentData() or "")


class SecretField(LineField):
    """A line whose content shows as dots unless "Show" is pressed.

    Its undo history is gone with :meth:`clear`, and it is kept out of input methods' word lists.
    """

    def __init__(self, name: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, hint, parent)
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.show_button = quiet(self.tr("Show"), self._toggle)
        self.show_button.setAccessibleName(self.tr("Show the credential"))
        self._row.addWidget(self.show_button)

    def _toggle(self) -> None:
        self._reveal(self.edit.echoMode() == QLineEdit.EchoMode.Password)

    def _reveal(self, shown: bool) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self.show_button.setText(self.tr("Hide") if shown else self.tr("Show"))
        name = self.tr("Hide the credential") if shown else self.tr("Show the credential")
        self.show_button.setAccessibleName(name)

    def conceal(self) -> None:
        """Show dots again."""
        self._reveal(False)

    def clear(self) -> None:
        """Forget what was typed."""
        self.edit.setText("")
        self._reveal(False)
