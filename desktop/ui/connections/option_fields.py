"""A field for each kind of option, all read and set as text."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QSpinBox, QWidget

from desktop.ui.connections.fields import ChoiceField, FormField, LineField
from desktop.ui.theme import Tone
from desktop.ui.widgets.field import padded
from desktop.ui.widgets.notice import Notice
from desktop.workspace.platform_parts import OptionView

ON, OFF = "on", "off"
_NARROW = 120


class LineOption(LineField):
    """A text, or a number without an upper bound."""

    def put(self, value: str) -> None:
        """Show a value."""
        if value != self.text:
            self.edit.setText(value)

    def on_change(self, told: Callable[[], None]) -> None:
        """Call `told` whenever a person changes it."""
        self.edit.textEdited.connect(lambda _: told())


class ChoiceOption(ChoiceField):
    """One of a few values."""

    def put(self, value: str) -> None:
        """Show a value."""
        self.choose(value)

    def on_change(self, told: Callable[[], None]) -> None:
        """Call `told` whenever a person changes it."""
        self.box.activated.connect(lambda _: told())


class NumberOption(FormField):
    """A whole number between two bounds."""

    def __init__(self, name: str, least: int, most: int, hint: str = "", parent: QWidget | None = None) -> None:
        self.box = padded(QSpinBox())
        self.box.setRange(least, most)
        self.box.setMaximumWidth(_NARROW)
        super().__init__(name, self.box, hint, parent)
        self._row.addStretch(100)
        self.box.valueChanged.connect(lambda _: self.mark(""))

    @property
    def text(self) -> str:
        """The number."""
        return str(self.box.value())

    def put(self, value: str) -> None:
        """Show a value."""
        if value.isdecimal():
            self.box.setValue(int(value))

    def on_change(self, told: Callable[[], None]) -> None:
        """Call `told` whenever a person changes it."""
        self.box.valueChanged.connect(lambda _: told())


class SwitchOption(FormField):
    """On or off.

    :param allows: what it makes possible that can't be taken back; said while it is on.
    """

    def __init__(self, name: str, hint: str = "", allows: str = "", parent: QWidget | None = None) -> None:
        self.box = QCheckBox(name)
        super().__init__(name, self.box, hint, parent)
        self.label.hide()
        self.warning = Notice(escape(allows), Tone.WARNING)
        self._allows = allows
        column = self.layout()
        assert column is not None
        column.addWidget(self.warning)
        self.box.toggled.connect(lambda _: self._show())
        self._show()

    def _show(self) -> None:
        self.mark("")
        self.warning.setVisible(bool(self._allows) and self.box.isChecked())

    @property
    def text(self) -> str:
        """The position."""
        return ON if self.box.isChecked() else OFF

    def put(self, value: str) -> None:
        """Show a value."""
        self.box.setChecked(value == ON)

    def on_change(self, told: Callable[[], None]) -> None:
        """Call `told` whenever a person changes it."""
        self.box.toggled.connect(lambda _: told())


AnyOption = LineOption | ChoiceOption | NumberOption | SwitchOption


def option_field(view: OptionView) -> AnyOption:
    """The field for an option, with nothing set."""
    hint = view.hint
    if view.in_records:
        again = QCoreApplication.translate("OptionField", "After a change all records are read again.")
        hint = f"{hint} {again}"
    match view.kind:
        case "switch":
            return SwitchOption(view.label, hint, view.allows)
        case "choice":
            return ChoiceOption(view.label, view.choices, hint)
        case "number" if view.maximum is not None:
            return NumberOption(view.label, view.minimum, view.maximum, hint)
        case _:
            return LineOption(view.label, hint)
